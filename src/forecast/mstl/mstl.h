/* mstl.h - a series with several seasons as trend + seasons + remainder. The caller owns
 * all series; work is the memory of stl.h.
 *
 * Source: Bandara, Hyndman & Bergmeir (2021), MSTL: a seasonal-trend decomposition
 * algorithm for time series with multiple seasonal patterns, arXiv 2107.13462, algorithm 1
 * without the Box-Cox step; spans and rounds as in R forecast 8.20. */
#ifndef KU_FORECAST_MSTL_H
#define KU_FORECAST_MSTL_H

#include "forecast/method.h"
#include "forecast/stl/stl.h"

/* Cycles that shape one of the season number i, from 0. */
#define KU_MSTL_SPAN(i) (11 + 4 * (i))

typedef struct ku_mstl_parts {
    int count;                  /* seasons found in the series: those seen more than twice */
    int period[KU_SEASONS];     /* ascending */
    double *season[KU_SEASONS]; /* filled by the caller: n each for as many as are asked for */
    double *trend, *remainder;  /* filled by the caller: n each */
} ku_mstl_parts;

/* Decomposes y[n], finite, by `count` ascending seasons of `periods`; those not seen more
 * than twice are left out. `robust` as in stl.h. False when none is left. y is the sum of
 * the parts, in the order trend, seasons, remainder, to rounding. `work` is for the longest
 * season asked for. */
bool ku_mstl(ku_stl_work *work, const int *periods, int count, bool robust, const double *y, int n,
             ku_mstl_parts *parts);

#endif
