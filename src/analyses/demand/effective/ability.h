/* ability.h - who can pay a price: incomes in bands as a lognormal distribution, and the share
 * of people whose ceiling lies above a price. Plain values; the caller owns the bands. */
#ifndef KU_DEMAND_ABILITY_H
#define KU_DEMAND_ABILITY_H

#include <stdbool.h>

typedef struct income_band {
    double low, high; /* 0 <= low < high; INFINITY: open */
    double people;
} income_band;

/* ln income is normal with mean `middle` and standard deviation `spread`. The estimates of
 * (middle, ln spread) err together with the lower triangular factor `error` of their
 * covariance: error[0] z0, and error[1] z0 + error[2] z1 for independent normal z. */
typedef struct income_fit {
    double middle, spread;
    double error[3];
    double people;
} income_fit;

/* Maximum likelihood for people counted in bands, by Fisher scoring; Kleiber & Kotz (2003),
 * Statistical Size Distributions in Economics and Actuarial Sciences, section 4.11 (grouped
 * data). False unless at least three bands have people. */
bool income_fit_bands(const income_band *band, int bands, income_fit *fit);

/* The share of people whose ceiling, a share of their income, is at least `price`: the
 * median of that share is `afford`, its logarithm differs between people by `differ`. */
double ability_share(double price, double afford, double differ, double middle, double spread);

#endif
