/* internal.h - what the files of returns.mix share. Everything lies in the run's arena. */
#ifndef KU_RETURNS_MIX_RUN_INTERNAL_H
#define KU_RETURNS_MIX_RUN_INTERNAL_H

#include "analyses/returns/data.h"
#include "analyses/returns/mix/analysis.h"
#include "returns/mix/mix.h"

enum { RMIX_LEVELS = 13 }; /* points of a response curve */

/* What the draws said, one row a draw: laid out as [draw][...]. */
typedef struct rmix_told {
    size_t draws;       /* looked at, evenly of all */
    size_t curve_draws; /* of these, every `curve_step`-th for curves */
    size_t curve_step;
    double *channel;          /* [draw][channel]: contribution in all */
    double *marginal;         /* [draw][channel]: return of the next unit; NAN organic */
    double *channel_region;   /* [draw][channel][region] */
    double *channel_period;   /* [draw][channel][period] */
    double *treatment;        /* [draw][treatment] */
    double *treatment_period; /* [draw][treatment][period] */
    double *baseline;         /* [draw] */
    double *baseline_period;  /* [draw][period] */
    double *replicate_period; /* [draw][period]: predictive, in money, known cells only */
    double *replicate;        /* [draw]: their sum */
    double *expected;         /* [block][cell] of the outcome's own units, summed over its draws */
    unsigned *below;          /* [block][cell]: replicates below the actual */
    double *curve;            /* [curve draw][channel][level] */
    double *curve_next;       /* the same: return of the next unit */
    double *lift;             /* [draw][experiment] */
    double *prior_roi;        /* [prior draw][channel] */
    size_t prior_draws;
} rmix_told;

typedef struct rmix_run_state {
    const ku_frames *in;
    const ku_params *params;
    ku_run_context *context;
    ku_arena *arena;
    ku_returns_findings checks, health;
    ku_returns_data data; /* channels that never ran and constant series taken out */
    ku_mix_data mix;
    ku_mix_spec *spec;
    const ku_mix_model *model;
    ku_mix_fit fit;
    const int *experiment;    /* [mix.experiments, or compared]: its number in the data */
    ku_mix_experiment *trial; /* [trials]: those that can be used, as the model takes them */
    int trials;
    bool trials_used;            /* as evidence, not compared only */
    const int *treatment_series; /* [treatment]: its series */
    double total;                /* outcome in money, known cells */
    double *money;               /* [period]: outcome in money */
    rmix_told told;
} rmix_run_state;

/* A mean, its 95 % interval and what share lies above a limit. */
typedef struct rmix_estimate {
    double mean, sd, lo, hi;
} rmix_estimate;
/* Of values[k * step], k < count; `work` takes count doubles. */
rmix_estimate rmix_estimate_of(const double *values, size_t step, size_t count, double *work);
double rmix_share_above(const double *values, size_t step, size_t count, double limit);

/* kernel.c: the tables as grids, looked at; the draws of the model that was specified. */
ku_status rmix_read(rmix_run_state *r, ku_error *err);
ku_status rmix_sample(rmix_run_state *r, ku_error *err);
/* specify.c: from the data's grids to the model's data and specification. */
ku_status rmix_specify(rmix_run_state *r, ku_error *err);
/* The longest lag that the parameters ask for. */
int rmix_lag(const ku_params *params);
/* tell.c: looks at the draws. */
void rmix_tell(rmix_run_state *r);
double rmix_level(int k); /* of a response curve: times today's spend */
/* health.c: whether it can be relied on; fills r->health. */
void rmix_judge(rmix_run_state *r);
/* How much of the doubt about a channel's return the data took away, and how far they moved it
 * in standard deviations of the prior; the prior's median and 95 % interval. */
typedef struct rmix_belief {
    double median, lo, hi, data, shift;
} rmix_belief;
rmix_belief rmix_belief_of_return(const rmix_run_state *r, int channel);
rmix_belief rmix_belief_of_unknown(const rmix_run_state *r, int unknown);
/* Measures of fit over cells that are held out or not. */
typedef struct rmix_fit_of {
    int64_t count;
    double r_squared, r_squared_total, mean_error, coverage;
} rmix_fit_of;
rmix_fit_of rmix_measure_fit(const rmix_run_state *r, bool held_out);
/* An experiment beside the model: the model's lift and how far apart both are. */
rmix_estimate rmix_trial_lift(const rmix_run_state *r, int trial, double *apart);
/* tables.c, tables_more.c: the outputs. */
ku_status rmix_put_tables(rmix_run_state *r, ku_frames *out, ku_error *err);
ku_status rmix_put_findings(rmix_run_state *r, const char *table,
                            const ku_returns_findings *findings, ku_frames *out, ku_error *err);
ku_status rmix_put_response(rmix_run_state *r, ku_frames *out, ku_error *err);
ku_status rmix_put_parameters(rmix_run_state *r, ku_frames *out, ku_error *err);
ku_status rmix_put_fit(rmix_run_state *r, ku_frames *out, ku_error *err);
ku_status rmix_put_experiments(rmix_run_state *r, ku_frames *out, ku_error *err);
/* remarks.c: the verdict in words. */
void rmix_remark(rmix_run_state *r);

#endif
