/* series_internal.h - what reading series is made of: rows in order, and the period their
 * dates keep. Everything lies in the run's arena. */
#ifndef KU_FORECAST_SERIES_INTERNAL_H
#define KU_FORECAST_SERIES_INTERNAL_H

#include "forecast/series.h"

/* A row of the table; rows are sorted by rank, date and place in the table. */
typedef struct ku_series_row {
    int32_t rank; /* of the series' name */
    bool complete;
    int64_t date;
    int64_t at;   /* row in the table */
    double value; /* NaN: not known */
} ku_series_row;

/* Which period the dates of the sorted rows keep: the greatest common divisor of their
 * distances within the series. */
ku_series_period ku_series_find_period(const ku_series_row *rows, size_t count, bool numbers);
/* The period of that name, and every date moved to its first day. */
ku_series_period ku_series_named_period(const char *name, ku_series_row *rows, size_t count);
/* Periods in the season such a period suggests; 1: none. */
int ku_series_season_of(const ku_series_period *period);

#endif
