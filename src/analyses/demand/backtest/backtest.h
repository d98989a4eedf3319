/* backtest.h - demand.backtest: the run, and what its parts tell each other. Everything lies
 * in the run's arena. */
#ifndef KU_DEMAND_BACKTEST_H
#define KU_DEMAND_BACKTEST_H

#include <stdatomic.h>

#include "forecast/outlook.h"
#include "forecast/regress/drivers.h"
#include "forecast/score/compare.h"
#include "forecast/score/score.h"
#include "forecast/series.h"
#include "kemudi/analysis.h"

#define KU_BACKTEST_METHODS 12  /* at most, the yardstick among them */
#define KU_BACKTEST_BLOCKS  512 /* of series, at most: sums are made by block, in order */

/* Sums over the periods that were forecast and have come true. */
typedef struct ku_tally {
    double n;                                /* such periods */
    double forecasts;                        /* forecasts they belong to */
    double absolute, squared, error, size;   /* |f-y|, its square, f-y, |y| */
    double smape;                            /* 2 |f-y| / (|f|+|y|) */
    double scaled_n, scaled, scaled_squared; /* those with a scale, errors divided by it */
    double crps, interval;                   /* scaled: CRPS and interval score at 95 % */
    double cost;                             /* money */
    double in80, in95;                       /* periods inside the interval */
} ku_tally;

/* What the quantiles of all series came to: below[b] actual values under the b-th bound. */
typedef struct ku_bound_tally {
    double n, scaled_n, below[KU_BOUNDS], pinball[KU_BOUNDS];
} ku_bound_tally;

typedef struct ku_backtest_method {
    const char *name;  /* what --model called it */
    const char *title; /* for people: "Theta", "Repeating the past" */
    int model;         /* ku_outlook_model; of the yardstick that for series without a season */
    bool yardstick;
} ku_backtest_method;

/* What the first method did on one series, for the list of exceptions. */
typedef struct ku_series_signs {
    int above, below, shown; /* of the last origin: actual values over / under the 80 % interval */
    double stake;            /* what its errors cost a horizon: money, or the series' unit */
} ku_series_signs;

typedef struct ku_backtest {
    ku_run_context *context;
    ku_series_set set;
    int origins, step, horizon, shortest, course;
    int methods; /* the yardstick is the last */
    ku_backtest_method method[KU_BACKTEST_METHODS];
    bool money;           /* costs are known */
    ku_error_cost *cost;  /* by series; NaN where they are not known */
    ku_drivers drivers;   /* the further columns; columns 0: none */
    size_t blocks, width; /* of series */
    /* Results. */
    ku_tally *by_series;            /* [series][method] */
    double *loss;                   /* [method][series][origin] mean scaled error; NaN: none */
    double *plain;                  /* [method][series][origin] mean error in the series' unit */
    ku_tally *by_origin;            /* [block][method][origin], then summed into the first block */
    ku_tally *by_horizon;           /* [block][method][ahead] likewise */
    ku_bound_tally *bounds;         /* [block][method] likewise */
    char (*model)[KU_OUTLOOK_NAME]; /* [series][method]: what was used at the last origin */
    ku_series_signs *signs;         /* [series] */
    size_t *order;                  /* series by stake, the largest first */
    /* Work. */
    struct ku_backtest_work *work; /* by thread */
    atomic_size_t done;
} ku_backtest;

struct ku_backtest_work {
    ku_outlook_work *outlook[KU_BACKTEST_METHODS];
    ku_outlook_work *seasonal; /* the yardstick's, for series with a season */
    ku_outlook out;
    double *y;          /* the past as it was known at an origin */
    double *adjusted;   /* the same without the effects of regressors */
    ku_regress_fit fit; /* these effects */
};

/* evaluate.c: fills the results; KU_NO_MEMORY, KU_CANCELLED. */
ku_status ku_backtest_evaluate(ku_backtest *b, ku_error *err);
/* Periods of training at an origin (0: the latest), 0 when the series has not so many. */
int ku_backtest_training(const ku_backtest *b, const ku_series *s, int origin);
/* Forecasts the series as at that origin into the thread's work->out; false when nothing came
 * of it. */
bool ku_backtest_forecast(const ku_backtest *b, unsigned thread, size_t series, int method,
                          int training);
/* Whether the value of that period was given, not filled in. */
static inline bool ku_backtest_known(const ku_series *s, int t)
{
    return s->known == NULL || s->known[t];
}
void ku_tally_add(ku_tally *to, const ku_tally *from);

static inline ku_tally *ku_backtest_cell(const ku_backtest *b, size_t series, int method)
{
    return &b->by_series[series * (size_t)b->methods + (size_t)method];
}
/* The place of a series' first origin in loss and plain. */
static inline size_t ku_backtest_place(const ku_backtest *b, size_t series, int method)
{
    return ((size_t)method * b->set.count + series) * (size_t)b->origins;
}
/* Forecasts of one series before this one that share periods with it. */
static inline int ku_backtest_overlap(const ku_backtest *b)
{
    return (b->horizon + b->step - 1) / b->step - 1;
}

/* tables.c: the output tables. */
ku_status ku_backtest_tables(ku_backtest *b, ku_frames *out, ku_error *err);
/* exceptions.c: the series that need a look first. */
void ku_backtest_exceptions(const ku_backtest *b, ku_frame_builder *to);

ku_analysis_fn ku_demand_backtest_run;

#endif
