/* moments.c - the first two moments of purchases, solved for a gamma distribution. */
#include "customers/moments.h"

#include <math.h>

void ku_buying_moments(const ku_buyers *buyers, double *r, double *alpha)
{
    double bought = 0, time = 0, squares = 0, spread = 0;
    for (size_t i = 0; i < buyers->rows; i++) {
        bought += buyers->weight[i] * buyers->x[i];
        time += buyers->weight[i] * buyers->T[i];
        squares += buyers->weight[i] * buyers->T[i] * buyers->T[i];
    }
    double rate = fmax(bought, 1) / (time > 0 ? time : 1);
    for (size_t i = 0; i < buyers->rows; i++) {
        double off = buyers->x[i] - rate * buyers->T[i];
        spread += buyers->weight[i] * (off * off - rate * buyers->T[i]);
    }
    double shape = spread > 0 ? rate * rate * squares / spread : 20;
    *r = fmin(fmax(shape, 0.05), 20);
    *alpha = fmin(fmax(*r / rate, 1e-6), 1e6);
}
