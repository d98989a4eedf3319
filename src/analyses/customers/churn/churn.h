/* churn.h - customers.churn: descriptor, kernel and what its parts share. Everything lives in
 * the run's arena.
 *
 * A customer who bought within the last horizon is with us; one who then lets a whole horizon
 * pass without a purchase has left. The columns of `state` tell each customer at several past
 * dates (windows 1, 2, ..; higher is earlier) and at the last day (window 0). */
#ifndef KU_CUSTOMERS_CHURN_H
#define KU_CUSTOMERS_CHURN_H

#include "kemudi/analysis.h"

ku_analysis_fn churn_run;

/* The normal quantile of 0.975. */
#define CHURN_Z 1.959963984540054

/* An estimate with its 95 % interval. */
typedef struct estimate {
    double value, lo, hi;
} estimate;

/* x of n with Wilson's interval (num/share.h). */
estimate churn_share(double x, double n);
estimate churn_around(double value, double error);

/* What acting costs and saves. */
typedef struct action {
    double cost;
    double save, save_error; /* of those about to leave, the share that a contact keeps */
    bool measured;           /* by an experiment; else assumed */
} action;

/* Customers of the sales: hazard, drivers, list, gain. With no learnable past date the list
 * has no probabilities, and remarks say why. */
ku_status churn_customers(const ku_frames *in, const ku_params *params, ku_run_context *context,
                          const action *act, ku_frames *out, ku_error *err);

#endif
