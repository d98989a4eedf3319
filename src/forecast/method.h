/* method.h - what every forecasting method has in common: it is told the past of one
 * series and fills in what lies ahead. The caller owns all arrays; a method's work memory
 * is for one thread, taken from an arena and valid as long as it.
 *
 * The methods are the lines of methods.def and nothing else: the choices of --model, the
 * backtest and the combination read them from there. A method is a constant
 * `ku_method_<name>` in a folder or file of its own below src/forecast. Methods know
 * nothing of each other, of tables or of remarks; what a series may get (too short,
 * constant, never below zero) is outlook.c's to decide. */
#ifndef KU_FORECAST_METHOD_H
#define KU_FORECAST_METHOD_H

#include <stdbool.h>

#include "kemudi/arena.h"
#include "kemudi/rng.h"

#define KU_SEASONS 4 /* at most: a half hour's day, week and year, and one to spare */
#define KU_BOUNDS  4 /* lo80, hi80, lo95, hi95 */
extern const double ku_bound_share[KU_BOUNDS]; /* .1, .9, .025, .975 */

/* The past of one series. */
typedef struct ku_past {
    const double *y; /* n values, finite, the oldest first */
    int n;
    int season;              /* periods of the main season; 1: none */
    int seasons[KU_SEASONS]; /* all seasons, ascending, season among them */
    int season_count;        /* 0: none */
    const double *x;         /* regressors by column, rows n + h of each; NULL: none */
    int columns;             /* of x */
    /* What the series of a run have in common (counts/counts.h), and the place of y[0] on
     * their calendar; NULL: the series stands for itself. Only `counts` looks at it. */
    const struct ku_counts_pool *pool;
    int place;
} ku_past;

/* What lies ahead. The caller gives h and the arrays; the method fills them. */
typedef struct ku_ahead {
    int h;
    double *mean;                /* h */
    double *bound[KU_BOUNDS];    /* h each: quantiles of ku_bound_share of the observation */
    double *fitted;              /* n one-step forecasts of the past; NULL: not wanted */
    char model[48];              /* what was fitted: "ARIMA(1,1,0)(0,1,1)[12]" */
    char parameters[240];        /* "alpha=.31; phi=.9", "" when it has none */
    bool likelihood;             /* loglik and aicc hold */
    double loglik, aicc, sigma2; /* sigma2: variance of the one-step errors */
} ku_ahead;

typedef struct ku_method {
    const char *name;  /* "theta": the value of --model */
    const char *title; /* "Theta": for people, as in methods.def */
    const char *about; /* half a sentence: "half the trend, half smoothing" */
    bool regressors;   /* makes use of past->x */
    /* Memory for series of up to `observations` values, seasons of up to `season` periods
     * (any past->seasons) and `horizon` periods ahead; NULL when the machine has not that
     * much. */
    void *(*work_new)(ku_arena *arena, int observations, int season, int horizon);
    /* False when this past is too short or otherwise not for this method; `ahead` is then
     * undefined. True: mean, bounds and fitted are finite, sigma2 is not negative and
     * lo95 <= lo80 <= hi80 <= hi95 throughout. Nothing is allocated. Cheap refusals come
     * first. |y| and |x| up to 1e140, n from 0. Same past and rng, same bits. */
    bool (*forecast)(void *work, const ku_past *past, ku_rng rng, ku_ahead *ahead);
} ku_method;

#define KU_METHOD(name, title) extern const ku_method ku_method_##name;
#include "forecast/methods.def"
#undef KU_METHOD

/* All methods in the order of methods.def. */
extern const ku_method *const ku_methods[];
extern const int ku_method_count;
/* The method of that name, or NULL. */
const ku_method *ku_method_find(const char *name);

/* mean -/+ the normal quantiles times the square root of variance[h], into ahead->bound. */
void ku_ahead_normal(ku_ahead *ahead, const double *variance);
/* Whether means, bounds and (unless NULL) the n fits are finite. */
bool ku_ahead_finite(const ku_ahead *ahead, int n);

#endif
