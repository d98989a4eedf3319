/* compare.h - whether a difference in accuracy is more than chance. Owns nothing. */
#ifndef KU_FORECAST_COMPARE_H
#define KU_FORECAST_COMPARE_H

#include "kemudi/rng.h"
#include "num/share.h"

/* The test of equal accuracy. */
typedef struct ku_accuracy_test {
    double difference;    /* mean of d */
    double error;         /* its standard error, small-sample correction included; NaN: unknown */
    double p;             /* two-sided: how often chance alone differs so much; NaN: unknown */
    ku_interval interval; /* of the difference, 95 %; NaN: unknown */
} ku_accuracy_test;

/* d[n]: loss of one forecaster less that of another, in order of time, n >= 1. `overlap`:
 * how many neighbours before share actual values with one (for forecasts h periods ahead
 * made every `step` periods: ceil(h / step) - 1); at most n - 2 of them are used.
 * Diebold & Mariano (1995), Comparing predictive accuracy, Journal of Business & Economic
 * Statistics 13, eq. 1, with the correction of Harvey, Leybourne & Newbold (1997), Testing
 * the equality of prediction mean squared errors, International Journal of Forecasting 13,
 * eq. 9, and their Student's distribution with n - 1 degrees of freedom. Where the
 * sum of autocovariances is not above zero, as it need not be, Bartlett's weights make it
 * so. Below 3 values, error, p and interval are NaN. */
ku_accuracy_test ku_compare_accuracy(const double *d, int n, int overlap);

/* The skill of one forecaster over another, 1 - sum(loss) / sum(yardstick), with its 95 %
 * interval from resampling: losses of `series` rows of `origins` each (row after row; NaN
 * for one that does not exist, then in both). Series and origins are drawn anew, both with
 * replacement, so that neither many series of one bad month nor many months of one odd
 * series count as evidence of many: Owen (2007), The pigeonhole bootstrap, Annals of
 * Applied Statistics 1, section 3. `room` holds series + origins + draws doubles. NaN
 * where the yardstick made no error; the interval is NaN with a single pair. */
typedef struct ku_skill {
    double value;
    ku_interval interval;
} ku_skill;
ku_skill ku_skill_of(const double *loss, const double *yardstick, int series, int origins,
                     int draws, ku_rng rng, double *room);

#endif
