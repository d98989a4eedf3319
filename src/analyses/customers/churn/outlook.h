/* outlook.h - the customers of the last day with their prospects, and the tables made of them.
 * Lives in the run's arena. */
#ifndef KU_CUSTOMERS_CHURN_OUTLOOK_H
#define KU_CUSTOMERS_CHURN_OUTLOOK_H

#include "analyses/customers/churn/hazard.h"

/* Whether a customer may be written to. */
typedef enum consent { CONSENT_YES, CONSENT_NO, CONSENT_UNKNOWN } consent;

typedef struct outlook {
    const design *d;
    const hazard *h;
    const action *action;
    ku_run_context *context;
    bool consent_known; /* somebody was asked: then silence is no consent */
    prospect *of;       /* of each active customer */
    double *at_stake;   /* P(leave) x margin; NaN unknown */
    size_t *order;      /* active customers by margin at stake, most first */
    double total_at_stake;
} outlook;

ku_status outlook_make(const design *d, const hazard *h, const action *act, bool consent_known,
                       ku_run_context *context, outlook *out, ku_error *err);

consent outlook_consent(const outlook *o, size_t i);

/* A sum over customers of P, or of P x margin, with what its error is made of. */
typedef struct total {
    double customers, leave, at_stake;
    double leave_drift, stake_drift, stake_worth_drift; /* derivatives by the levels */
    double *leave_by, *stake_by, *stake_worth_by;       /* derivatives by the coefficients */
} total;

void sum_new(const outlook *o, total *s);
void sum_add(const outlook *o, size_t i, total *s);
/* The same for a row made before (design_single). */
void sum_add_row(const outlook *o, size_t i, const ku_glm_rows *row, total *s);
estimate sum_leave(const outlook *o, const total *s);    /* the share that leaves */
estimate sum_at_stake(const outlook *o, const total *s); /* the margin at stake */
/* Saved by contacting them all, less what that costs. */
estimate sum_gain(const outlook *o, const total *s);

/* list.c: `customers` and `gain`. */
ku_status list_put(const outlook *o, ku_frames *out, total *list, ku_error *err);
/* groups.c: `hazard`. */
ku_status groups_put(const outlook *o, ku_frames *out, ku_error *err);
/* reasons.c: `drivers`, and why one customer is likelier than others to leave. */
ku_status drivers_put(const outlook *o, ku_frames *out, ku_error *err);
const char *reasons_of(const outlook *o, size_t i, const double *x, const int32_t *level, char *to,
                       size_t size);
/* holdout.c: `holdout` and `calibration`. */
ku_status holdout_put(const outlook *o, ku_frames *out, ku_error *err);

#endif
