/* score.h - how good probabilities were that met what happened. Owns nothing; work memory comes
 * from the caller's arena. */
#ifndef KU_CUSTOMERS_CHURN_SCORE_H
#define KU_CUSTOMERS_CHURN_SCORE_H

#include "analyses/customers/churn/churn.h"

/* Probabilities and what happened, 1 or 0. */
typedef struct forecasts {
    size_t rows;
    const double *p;
    const double *y;
} forecasts;

/* The chance that of one who left and one who stayed the first had the higher p (ties half):
 * the area under the ROC curve. Interval: DeLong, DeLong & Clarke-Pearson (1988), Biometrics
 * 44, eqs. (4)-(7), by the midranks of Sun & Xu (2014). NaN where all or none left. */
estimate score_auc(const forecasts *f, ku_arena *arena);

/* Mean squared difference of p and y (Brier 1950), with the interval of a mean. */
estimate score_brier(const forecasts *f);

/* Cox's (1958) calibration: log odds of what happened = intercept + slope x log odds of p;
 * 0 and 1 are perfect. False where it cannot be found. */
typedef struct calibration {
    estimate intercept, slope;
} calibration;
bool score_calibration(const forecasts *f, ku_arena *arena, calibration *out);

/* The rows cut into `groups` by p, lowest first: mean p, rows and sum of y of each. Returns the
 * groups that have rows. */
typedef struct tenth {
    double rows, expected, happened;
} tenth;
int score_groups(const forecasts *f, int groups, ku_arena *arena, tenth *out);

double score_log_odds(double p);

#endif
