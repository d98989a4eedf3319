/* outlook.h - the forecast of one series, whatever the series is like: a method or a
 * combination of methods where one can be estimated, a plain rule where not, a remark in
 * every case that limits the result, and in a sentence why it is what it is. The caller
 * gives the arrays of the result (ku_outlook_room makes them); work is per thread, taken
 * from an arena and valid as long as it.
 *
 * Many series: one ku_outlook_work a thread, ku_pool_each over the series, for each a
 * random stream of its own (by its name, say), and the result does not depend on the
 * threads:
 *
 *     static void one(void *data, size_t item, unsigned thread)
 *     {
 *         job *j = data;
 *         ku_outlook_make(j->work[thread], &j->past[item], ku_run_rng(j->context, item),
 *                         &j->outlook[item]);
 *     }
 */
#ifndef KU_FORECAST_OUTLOOK_H
#define KU_FORECAST_OUTLOOK_H

#include "forecast/method.h"

/* ku_outlook_options.model: the combination chosen from the series' own past. */
#define KU_OUTLOOK_AUTO (-1)
/* What --model says: "auto", a method of methods.def, or a model of exponential smoothing
 * by its short name ("MAdM"). KU_OUTLOOK_AUTO - 1 when there is none of that name. */
int ku_outlook_model(const char *name);

typedef struct ku_outlook_options {
    int horizon;
    int shortest;         /* fewer periods get no forecast; at least 1 */
    int model;            /* what ku_outlook_model gave */
    bool plain_intervals; /* as the methods give them, not corrected by their own misses */
    bool below_zero;      /* forecasts of a series that never was negative may become so */
} ku_outlook_options;

#define KU_OUTLOOK_NAME   64
#define KU_OUTLOOK_TEXT   240
#define KU_OUTLOOK_REMARK 400

typedef struct ku_outlook {
    /* Filled by the caller: horizon each, and n one-step forecasts of the past. */
    double *mean, *bound[KU_BOUNDS], *fitted;
    /* Filled here; all text is "" where there is nothing to say. */
    bool forecast;                    /* false: none could be made, the remark says why */
    bool estimated;                   /* a method was fitted, not a plain rule taken */
    bool likelihood;                  /* one model was fitted, and loglik and aicc hold */
    char model[KU_OUTLOOK_NAME];      /* "ARIMA(1,1,0)", "4 methods", "last value" */
    char parameters[KU_OUTLOOK_TEXT]; /* of the model, or the weights */
    char why[KU_OUTLOOK_TEXT];        /* why it is what it is, in a sentence */
    double loglik, aicc;
    double deviation; /* standard deviation of the one-step errors */
    double smape;     /* of the one-step fits, as a share (0..2) */
    int season;       /* periods in the main season; 1: none */
    int held_out;     /* values that were held out once and forecast; 0: none */
    int covered;      /* of these, how many the 95 % interval held */
    char remark[KU_OUTLOOK_REMARK];
} ku_outlook;

typedef struct ku_outlook_work ku_outlook_work;

/* Memory for series of up to `longest` values and seasons of up to `season` periods; NULL
 * when the machine has not that much. The options are copied. */
ku_outlook_work *ku_outlook_work_new(ku_arena *arena, int longest, int season,
                                     const ku_outlook_options *options);

/* The arrays of a result for a past of n values; false when there is no memory. */
bool ku_outlook_room(ku_arena *arena, int horizon, int n, ku_outlook *out);

/* The forecast. past->y finite, n <= longest; seasons ascending, none: season 1. Same past,
 * options and rng, same bits. */
void ku_outlook_make(ku_outlook_work *work, const ku_past *past, ku_rng rng, ku_outlook *out);

/* The quantile of `share` (0..1, exclusive) of the observation `step` periods after the
 * first one ahead: through the four bounds and the mean, which stands for the median, on
 * the scale of the normal distribution; straight beyond the outermost. */
double ku_outlook_quantile(const ku_outlook *out, int step, double share);

/* A figure for a table: the widest intervals may pass what a double holds. */
double ku_outlook_in_range(double value);

#endif
