/* magnitude.h - a unit in which a series' values are of the size of one. Owns nothing. */
#ifndef KU_NUM_MAGNITUDE_H
#define KU_NUM_MAGNITUDE_H

/* The power of two just below the largest |y| (above half of it); 1 when all are 0.
 * Dividing by it rounds nothing, and squares of what results can be summed. y[n] finite. */
double ku_magnitude(const double *y, int n);

#endif
