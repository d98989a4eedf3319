/* student.h - Student's t distribution. Owns nothing. */
#ifndef KU_NUM_STUDENT_H
#define KU_NUM_STUDENT_H

/* The probability below t, and the quantile at p in (0, 1) to about 10 digits, with
 * `freedom` >= 1 degrees of freedom. */
double ku_student_below(double t, double freedom);
double ku_student_quantile(double p, double freedom);

#endif
