/* refresh.h - returns.refresh: what its files share. Everything lies in the run's arena. */
#ifndef KU_RETURNS_REFRESH_H
#define KU_RETURNS_REFRESH_H

#include "analyses/returns/mix/internal.h"

extern const ku_table_spec refresh_inputs[], refresh_outputs[];
extern const ku_analysis ku_analysis_returns_refresh;
ku_analysis_fn refresh_run;

/* From the last model to this one, one thing changed at a time. */
typedef enum refresh_step {
    REFRESH_LAST,     /* the last model again */
    REFRESH_RESTATED, /* the same periods, as the data have them now */
    REFRESH_NEW,      /* the periods since */
    REFRESH_SETTINGS,
    REFRESH_PRIOR,
    REFRESH_STEPS
} refresh_step;

/* What a fit says of a channel's return within a window. */
typedef struct refresh_estimate {
    double mean, sd, lo, hi;
    double error; /* Monte Carlo's, of the mean */
} refresh_estimate;

typedef struct refresh_fit {
    rmix_run_state *state; /* NULL: nothing changed in this step, the one before stands */
    const ku_params *params;
    refresh_estimate *same; /* [channel]: over the periods that both models know */
    refresh_estimate *own;  /* [channel]: over all of its own */
} refresh_fit;

/* One thing that differs between the two. */
typedef struct refresh_difference {
    refresh_step step;
    const char *about, *before, *now, *meaning;
} refresh_difference;

typedef struct refresh {
    const ku_frames *in;
    ku_run_context *context;
    ku_arena *arena;
    ku_frames before, now; /* shallow: the tables under the names of returns.mix */
    const ku_params *params_before, *params_between, *params_now; /* between: new but old prior */
    refresh_fit fit[REFRESH_STEPS];
    ku_returns_names channel;
    int32_t first, last; /* outcome dates that both models know */
    refresh_difference *difference;
    int differences, difference_room;
    bool settings_differ, prior_differs;
} refresh;

/* differ.c: the two inputs side by side. */
ku_status refresh_settings(refresh *r, const ku_params *params, ku_error *err);
void refresh_differ(refresh *r, refresh_step step, const char *about, const char *before,
                    const char *now, const char *meaning);
/* Compares the data of two fits over the periods of both; true when they are the same. */
bool refresh_compare(refresh *r, const ku_returns_data *before, const ku_returns_data *now);
/* tables.c */
ku_status refresh_tables(refresh *r, ku_frames *out, ku_error *err);

#endif
