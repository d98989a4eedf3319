/* magnitude.c - the size of a series as a power of two. */
#include "num/magnitude.h"

#include <math.h>

double ku_magnitude(const double *y, int n)
{
    double largest = 0;
    int exponent;
    for (int t = 0; t < n; t++) largest = fmax(largest, fabs(y[t]));
    frexp(largest, &exponent);
    return largest > 0 ? ldexp(1, exponent - 1) : 1;
}
