/* series.h - the series of a run: rows of (series, date, value) sorted, checked and laid
 * out period by period. All lies in the run's arena. */
#ifndef KU_FORECAST_SERIES_H
#define KU_FORECAST_SERIES_H

#include "kemudi/analysis.h"

/* A period: `step` days, or `step` months when `months`. */
typedef struct ku_series_period {
    bool months;
    int step;
    bool month_end; /* dates are the last days of months */
} ku_series_period;

typedef struct ku_series {
    const char *name;
    int n;           /* periods, gaps included */
    int32_t first;   /* date of the first period */
    double *value;   /* n values, gaps filled; NULL when more than half are gaps, or n is 0 */
    int gaps;        /* periods without a row, filled by interpolation */
    bool unfinished; /* a period at an end that the data do not cover was left out */
} ku_series;

typedef struct ku_series_set {
    ku_series_period period;
    int season; /* periods in the season the dates suggest; 1: none */
    size_t count;
    ku_series *series; /* by name */
    int longest;       /* n of the longest */
} ku_series_set;

/* Reads the table. `period` is "auto" (found from the distances of the dates) or the name
 * of a period, then dates count for the period they lie in. KU_BAD_DATA with the row for a
 * value that is missing, not finite or too large, and for two rows of one period. */
ku_status ku_series_read(const ku_frame *table, const char *period, ku_arena *arena,
                         ku_series_set *set, ku_error *err);

/* The date n periods after `first`. */
int32_t ku_series_date(const ku_series_period *period, int32_t first, int n);
/* "month", "2 weeks"; returns `to`. */
#define KU_SERIES_PERIOD 24
char *ku_series_period_name(const ku_series_period *period, char to[KU_SERIES_PERIOD]);

#endif
