/* uplift.h - what an arm does to each person, estimated so that nobody's own outcome is in it.
 * Lives in the run's arena. */
#ifndef KU_CUSTOMERS_CHURN_UPLIFT_H
#define KU_CUSTOMERS_CHURN_UPLIFT_H

#include "analyses/customers/churn/trial.h"

enum { UPLIFT_FOLDS = 5 };

typedef struct uplift {
    /* score[a][i]: doubly robust score of person i under arm a; its mean is the mean outcome had
     * all been in arm a: Robins, Rotnitzky & Zhao (1994). */
    double *score[TRIAL_ARMS];
    /* effect[a][i], a >= 1: expected effect of arm a on person i against the control, learned
     * from other people; error: its standard error; tilt: effect less the mean effect among
     * those it was learned from. */
    double *effect[TRIAL_ARMS], *error[TRIAL_ARMS], *tilt[TRIAL_ARMS];
    const int8_t *fold;
} uplift;

ku_status uplift_estimate(const trial *t, const trial_outcome *o, ku_run_context *context,
                          uplift *out, ku_error *err);

/* How the effect of arm a changes with each feature, all others being as they are: from not
 * having it to having it, or by one standard deviation; drawn to zero as strongly as the data ask
 * for. False where no difference between people is more credible than one. */
bool uplift_reactions(const trial *t, const uplift *u, int a, ku_run_context *context,
                      estimate change[TRIAL_FEATURES]);

/* The mean of value[0 .. n) with its standard error. */
estimate mean_of(const double *value, size_t n, double *error);

#endif
