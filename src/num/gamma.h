/* gamma.h - the gamma function's relatives: derivatives of its logarithm, differences that
 * keep their digits. Owns nothing, allocates nothing; every function may be called from any
 * thread. */
#ifndef KU_NUM_GAMMA_H
#define KU_NUM_GAMMA_H

/* ln Γ(x), x > 0 (the C library's, without its global sign). */
double ku_log_gamma(double x);
/* ψ(x) = d ln Γ / dx and ψ'(x), x > 0: recurrence, then Abramowitz & Stegun (1964),
 * 6.3.18 and 6.4.12. */
double ku_digamma(double x);
double ku_trigamma(double x);

/* ln Γ(x + a) - ln Γ(x), ψ(x + a) - ψ(x) and ψ'(x + a) - ψ'(x) for x > 0 and x + a > 0:
 * about 15 digits where the two sides agree in most of theirs, so for a tiny a or a huge x.
 * Stirling's series (6.1.41) of both sides, subtracted term by term. */
double ku_log_gamma_step(double x, double a);
double ku_digamma_step(double x, double a);
double ku_trigamma_step(double x, double a);

/* ln B(a, b), a, b > 0. */
double ku_log_beta(double a, double b);

/* Stirling's correction ln Γ(x) - [(x - 1/2) ln x - x + ln(2π)/2], x >= 16. */
double ku_stirling(double x);

#endif
