/* share.c - Wilson's interval: the shares at which a test would not be surprised by the hits. */
#include "num/share.h"

#include <math.h>

#include "kemudi/rng.h"

ku_interval ku_wilson(double hits, double trials, double confidence)
{
    double z = ku_normal_quantile(0.5 + confidence / 2), z2 = z * z, p = hits / trials;
    double middle = (hits + z2 / 2) / (trials + z2);
    double reach = z * sqrt(trials) / (trials + z2) * sqrt(p * (1 - p) + z2 / (4 * trials));
    return (ku_interval){fmax(0, middle - reach), fmin(1, middle + reach)};
}
