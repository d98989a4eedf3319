/* counts_internal.h - the parts of the pooled count model. The caller owns all arrays. */
#ifndef KU_FORECAST_COUNTS_INTERNAL_H
#define KU_FORECAST_COUNTS_INTERNAL_H

#include "forecast/counts/counts.h"

/* What is known of one series' rate after some periods. */
typedef struct counts_state {
    double seen;             /* counts, older ones with less weight */
    double exposed;          /* factors of the periods they came from */
    double squares, periods; /* relative squared errors, and how many */
} counts_state;

/* Mean and variance of the next count at a season factor; *shape: how many counts, single
 * ones, the rate is known from. */
double ku_counts_mean(const ku_counts_pool *pool, const counts_state *s, double wave,
                      double *variance, double *shape);
void ku_counts_update(const ku_counts_pool *pool, counts_state *s, double wave, double y);
double ku_counts_wave(const ku_counts_pool *pool, int place);

/* ln likelihood of all counts of a series, each given those before it; the state after them
 * in *s, one-step means in fitted[n] if it is not NULL. */
double ku_counts_run(const ku_counts_pool *pool, const ku_counts_series *series, counts_state *s,
                     double *fitted);

/* The part of the calendar that the series cover: its first period, and how many. */
int ku_counts_span(const ku_counts_series *series, size_t count, int *begin);
/* Factors of the season into wave[season], of the tide into tide[span + 1]: 1 each when
 * nothing speaks for them. `room`: 2 doubles a period of span or season, the longer. */
void ku_counts_season(const ku_counts_series *series, size_t count, int season, double *wave,
                      double *tide, double *room);

/* The rest of the pool, from `count` series, every `step`-th taken. */
void ku_counts_search(ku_counts_pool *pool, const ku_counts_series *series, size_t count,
                      size_t step, ku_pool *threads);

#endif
