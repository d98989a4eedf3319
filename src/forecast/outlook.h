/* outlook.h - the forecast of one series, whatever the series is like: a model where one
 * can be estimated, a plain rule where not, a remark in every case that limits the
 * result. The caller gives the arrays of the result; work is per thread. */
#ifndef KU_FORECAST_OUTLOOK_H
#define KU_FORECAST_OUTLOOK_H

#include "forecast/ets/ets.h"
#include "forecast/method.h"

typedef struct ku_outlook_options {
    int horizon;
    int shortest;  /* fewer periods get no forecast */
    int model;     /* index into ku_ets_models, -1: choose by AICc */
    bool simulate; /* intervals by simulation instead of the normal distribution */
    int paths;
    bool below_zero; /* forecasts of a series that never was negative may become so */
} ku_outlook_options;

#define KU_OUTLOOK_REMARK 400

typedef struct ku_outlook {
    /* Filled by the caller: arrays of horizon, horizon each one behind the other, and n. */
    double *mean, *bound[KU_BOUNDS], *fitted;
    /* Filled here. */
    bool forecast;  /* false: none could be made, the remark says why */
    bool estimated; /* a model was fitted: loglik, aicc and parameters hold */
    char model[KU_ETS_NAME + 16];
    char parameters[200];
    double loglik, aicc, deviation, smape;
    int season;
    char remark[KU_OUTLOOK_REMARK];
} ku_outlook;

typedef struct ku_outlook_work ku_outlook_work;
ku_outlook_work *ku_outlook_work_new(ku_arena *arena, int longest, int season,
                                     const ku_outlook_options *options);

/* y[n] finite. `season` 1: none. */
void ku_outlook_make(ku_outlook_work *work, const ku_outlook_options *options, const double *y,
                     int n, int season, ku_rng rng, ku_outlook *out);

#endif
