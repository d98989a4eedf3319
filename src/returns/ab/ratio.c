/* ratio.c - the test of sample ratios, at one look and at every look. */
#include "returns/ab/ratio.h"

#include <math.h>

#include "num/cumulative.h"
#include "num/gamma.h"

double ku_ab_ratio_p(const double *units, const double *share, int arms)
{
    double all = 0, sum = 0;
    int freedom = -1;
    for (int g = 0; g < arms; g++) all += units[g];
    if (!(all > 0)) return NAN;
    for (int g = 0; g < arms; g++) {
        double expected = all * share[g];
        if (expected > 0) {
            sum += (units[g] - expected) * (units[g] - expected) / expected;
            freedom++;
        } else if (units[g] > 0) {
            return 0; /* units where there should be none */
        }
    }
    return freedom < 1 ? NAN : ku_gamma_above(sum / 2, freedom / 2.0);
}

double ku_ab_ratio_evidence(const double *units, const double *share, int arms, double weight)
{
    double all = 0, sum = 0;
    for (int g = 0; g < arms; g++) {
        all += units[g];
        if (share[g] > 0) {
            sum += ku_log_gamma(weight * share[g] + units[g]) - ku_log_gamma(weight * share[g]) -
                   units[g] * log(share[g]);
        } else if (units[g] > 0) {
            return INFINITY;
        }
    }
    return sum - (ku_log_gamma(weight + all) - ku_log_gamma(weight));
}
