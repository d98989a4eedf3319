/* hazard.h - who leaves within a horizon and what those who stay bring: fitted on past dates,
 * tested on later ones, corrected where the test asks for it. Lives in the run's arena. */
#ifndef KU_CUSTOMERS_CHURN_HAZARD_H
#define KU_CUSTOMERS_CHURN_HAZARD_H

#include "analyses/customers/churn/design.h"
#include "analyses/customers/churn/score.h"

enum { HAZARD_TESTS = 4 };

typedef enum hazard_test {
    TEST_NONE,
    TEST_CUSTOMERS, /* one past date only: half of the customers against the other */
    TEST_TIME,      /* later dates than those learned from */
} hazard_test;

typedef struct hazard {
    bool learned; /* there were past dates, and some left and some stayed */
    ku_glm leave;
    double shift, slope; /* log odds = shift + slope x predictor */
    bool recalibrated;
    double drift; /* variance of the level of log odds between dates, beyond chance */
    bool valued;  /* some stayed and brought a margin above 0 */
    ku_glm value;
    double money;                /* its unit */
    double factor_mean[FACTORS]; /* of the coefficients over the rows learned from */
    double value_drift;          /* variance of the level of its logarithm between dates */

    hazard_test test;
    int tests;        /* windows 1 .. tests were forecast from earlier ones */
    double *left;     /* of each learn row, 1 or 0 */
    double *forecast; /* of each learn row: the probability before it was known; NaN: none */
    double *worth;    /* the margin expected if the customer stays, likewise */
    double shift_last, slope_last; /* correction learned from the tests before the last */
    bool recalibrated_last;
} hazard;

ku_status hazard_fit(const design *d, ku_run_context *context, hazard *out, ku_error *err);

/* Of one customer: P(leave), and the margin of a horizon if the customer stays. `leave_slope`:
 * the derivative of P by the predictor. Intervals are of these expectations. */
typedef struct prospect {
    estimate leave, worth;
    double leave_slope;
    double leave_error, worth_error; /* of log odds and of the logarithm */
} prospect;

prospect hazard_prospect(const design *d, const hazard *h, const double *x, const int32_t *level);

#endif
