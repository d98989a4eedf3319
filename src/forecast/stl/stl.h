/* stl.h - a series as trend + season + remainder by local regression (STL). The caller
 * owns all series; a ku_stl_work is memory for one thread, taken from an arena and valid
 * as long as it.
 *
 * Source: Cleveland, Cleveland, McRae & Terpenning (1990), STL: a seasonal-trend
 * decomposition procedure based on loess, J. Official Statistics 6 ("CCMT" below). Spans
 * and defaults are those of R's stl(). */
#ifndef KU_FORECAST_STL_H
#define KU_FORECAST_STL_H

#include <stdbool.h>

#include "kemudi/arena.h"

/* Spans are in observations (of the season: in cycles), odd; an even one is taken one
 * larger. 0 takes the default. */
typedef struct ku_stl_options {
    int period;        /* of the season, >= 2 */
    int season_span;   /* cycles that shape the season of one; 0: it is the same in all */
    int trend_span;    /* 0: the least that leaves the season alone, CCMT section 3.6 */
    int low_pass_span; /* 0: period */
    bool season_line;  /* the season's local regression is a line, not a constant */
    bool robust;       /* 15 rounds that give outliers less weight, CCMT section 2.4 */
} ku_stl_options;

typedef struct ku_stl_work ku_stl_work;

/* Memory for series of up to `observations` values and seasons of up to `period`; NULL
 * when that is more than the machine has. */
ku_stl_work *ku_stl_work_new(ku_arena *arena, int observations, int period);

/* Decomposes y[n], finite: y = season + trend + remainder to rounding, each n long and
 * apart from y (remainder may be NULL). False, with nothing written, when n is not more than two periods. Time
 * grows with n only. */
bool ku_stl(ku_stl_work *work, const ku_stl_options *options, const double *y, int n,
            double *season, double *trend, double *remainder);

/* How strong a season is, 0..1: max(0, 1 - var(remainder) / var(season + remainder)).
 * Wang, Smith & Hyndman (2006), Characteristic-based clustering for time series data, Data
 * Mining and Knowledge Discovery 13. 0 when neither part varies. */
double ku_stl_strength(const double *season, const double *remainder, int n);

/* The same of a series, by the decomposition in which R forecast's nsdiffs() asks for a
 * seasonal difference above .64: season span 11, not robust. 0 when n is not more than two
 * periods. */
double ku_stl_seasonality(ku_stl_work *work, const double *y, int n, int period);

#endif
