/* states.h - the segment of every customer at the end of every period, by one rule. Everything
 * lives in the run's arena. */
#ifndef KU_CUSTOMERS_DYNAMICS_STATES_H
#define KU_CUSTOMERS_DYNAMICS_STATES_H

#include "analyses/customers/dynamics/history.h"

enum { STATES_MOST = 24, STATE_NONE = 255 };

typedef struct states {
    int count; /* segments; at most STATES_MOST */
    const char *name[STATES_MOST];
    int periods, step; /* step: months in a period */
    int32_t first;     /* first month of the first period, from year 0 */
    int64_t persons;
    uint8_t *at;     /* [period][person]; STATE_NONE: not a customer yet */
    double *revenue; /* [period][segment]: of those in it at the period's end */
    int lead;        /* whole periods of the data before the first one */
    double *total;   /* [lead + periods]: revenue of all */
    int window;      /* months that were looked back */
} states;

typedef struct states_options {
    const char *by;    /* as the setting says */
    const char *rules; /* NULL: none */
    int step, window;
} states_options;

/* KU_USAGE for rules that cannot be read, KU_BAD_DATA where the data have not what the rule
 * needs; fewer than two periods leave out->periods so. */
ku_status states_make(const history *h, const panel *p, const states_options *options,
                      ku_run_context *context, states *out, ku_error *err);

#endif
