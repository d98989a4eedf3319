/* arms.h - what an A/B test saw of a metric in each of its arms, as sums that units can be added
 * to and taken from, and what follows of the metric's value in each arm. Owns nothing; the
 * caller gives all memory.
 *
 * A unit is what was assigned by chance: a visitor, a customer, a shop. Its record is the
 * metric's numerator, the denominator of a ratio (orders of visits) or 1, and what was known of
 * it before the test. */
#ifndef KU_RETURNS_ARMS_H
#define KU_RETURNS_ARMS_H

#include <stdbool.h>
#include <stddef.h>

#define KU_AB_BEFORE 12 /* columns from before the test, at most */
#define KU_AB_ARMS   64 /* at most */
#define KU_AB_SIZE   (2 + KU_AB_BEFORE)

typedef enum ku_ab_kind {
    KU_AB_SHARE, /* of units, values 0 and 1 */
    KU_AB_MEAN,  /* a unit */
    KU_AB_RATIO, /* sum of numerators over sum of denominators */
} ku_ab_kind;

/* Records: numerator, denominator (1 unless a ratio), then `before` columns. */
typedef struct ku_ab_metric {
    ku_ab_kind kind;
    int before;
    /* Taken off each column before it is added up, so that sums keep their digits: something
     * near its mean. */
    double shift[KU_AB_SIZE];
} ku_ab_metric;

typedef struct ku_ab_arm {
    double units;
    double sum[KU_AB_SIZE];
    double cross[KU_AB_SIZE * KU_AB_SIZE]; /* sums of products */
} ku_ab_arm;

/* Adds a unit's record to an arm, or with sign -1 takes it back. */
void ku_ab_add(const ku_ab_metric *metric, ku_ab_arm *arm, const double *record, double sign);

/* The metric in one arm. */
typedef struct ku_ab_value {
    double units;
    double plain; /* as observed */
    double mean;  /* corrected for what was known before the test, where anything was */
    double error; /* standard error of `mean`; NAN with fewer than 2 units */
    double plain_error;
    double hits; /* a share: units with 1 */
} ku_ab_value;

typedef struct ku_ab_values {
    bool adjusted;
    double saved;                /* share of the variance that the correction took away */
    double weight[KU_AB_BEFORE]; /* θ: of each column from before */
} ku_ab_values;

/* The metric in each of `arms` arms. Ratios by the delta method (Deng, Knoblich & Lu 2018,
 * Applying the delta method in metric analytics, KDD 18, section 2); correction for what was
 * known before as CUPED (Deng, Xu, Kohavi & Walker 2013, Improving the sensitivity of online
 * controlled experiments by utilizing pre-experiment data, WSDM 13, eq. 4 and 5), with θ from
 * the variance within arms of all of them together. Columns that never change are passed over. */
ku_ab_values ku_ab_work_out(const ku_ab_metric *metric, const ku_ab_arm *arm, int arms,
                            ku_ab_value *value);

/* The chance of arms differing as much in a column from before as they do, if assignment was by
 * chance (two arms, normal). NAN where it never changes. */
double ku_ab_uneven(const ku_ab_metric *metric, const ku_ab_arm *a, const ku_ab_arm *b, int column);

#endif
