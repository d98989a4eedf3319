/* series.h - the series of a run: rows of (series, date, value and further columns) sorted,
 * checked and laid out period by period. All lies in the run's arena.
 *
 * Dates are days or, where the table has whole numbers, those numbers. A row without a value
 * is a period that is not known: a gap between values, and after the last value the future
 * that is planned. */
#ifndef KU_FORECAST_SERIES_H
#define KU_FORECAST_SERIES_H

#include "forecast/method.h"
#include "kemudi/analysis.h"

#define KU_SERIES_AHEAD 1000 /* planned periods that are kept, the most a forecast can ask */

/* A period: `step` days, `step` months when `months`, or `step` of the numbers. */
typedef struct ku_series_period {
    bool months;
    bool numbers; /* the dates are whole numbers */
    int64_t step;
    bool month_end; /* dates are the last days of months */
} ku_series_period;

typedef struct ku_series {
    const char *name;
    int n;             /* periods, gaps included */
    int64_t first;     /* date of the first period: days, or the number itself */
    double *value;     /* n values, gaps filled; NULL when more than half are gaps, or n is 0 */
    int gaps;          /* periods without a value, filled by interpolation */
    const bool *known; /* n: false where a gap was filled; NULL: no gaps */
    bool unfinished;   /* a period at an end that the data do not cover was left out */
    int ahead;         /* periods after the last value that have a row */
    double *x;         /* further columns, one behind the other, n + ahead each; NaN: not given */
} ku_series;

typedef struct ku_series_set {
    ku_series_period period;
    int season; /* periods in the main season: given, or what the dates suggest; 1: none */
    int seasons[KU_SEASONS]; /* all seasons, ascending, season among them */
    int season_count;        /* 0: none */
    size_t count;
    ku_series *series; /* by name */
    int longest;       /* n of the longest */
    int columns;       /* further columns of numbers or true/false */
    const char **column;
    const char *unused; /* names of further columns that hold texts, or NULL */
} ku_series_set;

/* Reads the table. `period` is "auto" (found from the distances of the dates), the name of
 * a period, then dates count for the period they lie in, or a whole number, the periods in
 * a season. KU_BAD_DATA with the row for a value that is not finite or too large, and for
 * two rows of one period; KU_USAGE for the name of a period with numbers for dates. */
ku_status ku_series_read(const ku_frame *table, const char *period, ku_arena *arena,
                         ku_series_set *set, ku_error *err);

/* Sets the seasons from what the user said: "12", "24,168", "1" for none. KU_USAGE at
 * `season` for anything but up to KU_SEASONS whole numbers from 1 to KU_SEASON_LONGEST. */
#define KU_SEASON_LONGEST 10000
ku_status ku_series_seasons(ku_series_set *set, const char *text, ku_error *err);

/* Periods in the longest season; 1: none. */
int ku_series_longest_season(const ku_series_set *set);

/* The series of that name, or NULL. */
const ku_series *ku_series_find(const ku_series_set *set, const char *name);

/* The stream of random numbers of a series: of its name, so that neither the other series nor
 * their order change its result (FNV-1a). */
uint64_t ku_series_stream(const char *name);

/* Fills the gaps among the first n values again as one would who knows nothing later: from
 * the same place in the seasons around where both are known, else on the line between the
 * neighbours, after the last known value from the season before or that value. known[0]. */
void ku_series_fill(double *value, const bool *known, int n, int season);

/* The date n periods after `first`. */
int64_t ku_series_date(const ku_series_period *period, int64_t first, int n);
/* That date into a KU_DATE_OR_INT64 column of a table, or KU_DATE where they are days. */
void ku_series_put_date(ku_frame_builder *to, int column, const ku_series_period *period,
                        int64_t first, int n);
/* "2026-11-23", "17"; returns `to`. */
#define KU_SERIES_DATE 24
char *ku_series_date_text(const ku_series_period *period, int64_t date, char to[KU_SERIES_DATE]);
/* How many periods after `first` the date lies; negative before it. */
int64_t ku_series_place(const ku_series_period *period, int64_t first, int64_t date);
/* "month", "2 weeks"; returns `to`. */
#define KU_SERIES_PERIOD 32
char *ku_series_period_name(const ku_series_period *period, char to[KU_SERIES_PERIOD]);

#endif
