/* drivers.h - the further columns of a set of series as regressors: from the set to the
 * regression of one series (regress.h) and back to its forecast. All memory comes from the
 * run's arena; work memory is by thread. */
#ifndef KU_FORECAST_DRIVERS_H
#define KU_FORECAST_DRIVERS_H

#include "forecast/outlook.h"
#include "forecast/regress/regress.h"
#include "forecast/series.h"

typedef struct ku_drivers {
    int columns; /* 0: none, nothing below holds */
    const char *const *name;
    bool *helper; /* columns that hold standard deviations of others */
    int *sd;
    bool relative, below_zero;
    int season, horizon;
    ku_regress_work **work; /* by thread */
    double **room;
} ku_drivers;

/* What `params` and the set say; KU_BAD_DATA for more than KU_REGRESSORS columns. */
ku_status ku_drivers_init(ku_drivers *drivers, const ku_series_set *set, int horizon, bool relative,
                          bool below_zero, size_t threads, ku_arena *arena, ku_error *err);

/* The regression's view of a series. */
ku_regress_data ku_drivers_data(const ku_drivers *drivers, const ku_series *series);

/* Estimates the effects and gives the series without them in adjusted[n] (the series itself
 * when there are none to be found). */
void ku_drivers_remove(const ku_drivers *drivers, unsigned thread, const ku_series *series,
                       ku_regress_fit *fit, double *adjusted);

/* Puts the effects of what lies ahead into the forecast of the adjusted series; `plan` as in
 * ku_regress_ahead. Returns how many columns had to be foreseen. */
int ku_drivers_restore(const ku_drivers *drivers, unsigned thread, const ku_series *series,
                       const ku_regress_fit *fit, const double *plan, double *mean,
                       double *const bound[KU_BOUNDS]);

/* The remark on a fit: columns that are not used and why, filled cells, shrinkage, columns
 * that were foreseen. "" when there is nothing to say. */
const char *ku_drivers_remark(const ku_drivers *drivers, const ku_regress_fit *fit, int foreseen,
                              ku_arena *arena);

/* ---- scenarios ------------------------------------------------------------------------------- */

/* Futures side by side. plan[scenario * series + i] is columns x horizon, NaN where the
 * scenario leaves the plan of the series as it is; NULL: nothing of its own. */
typedef struct ku_scenarios {
    int count;
    const char **name; /* in the order of the table */
    double **plan;
} ku_scenarios;

/* Reads the table scenario(scenario, series, date, further columns); a row without a series
 * is for all of them. NULL: no scenarios. KU_BAD_DATA with the row for a series or column
 * that is not there and a date before the forecast begins. */
ku_status ku_scenarios_read(const ku_frame *table, const ku_series_set *set, int horizon,
                            ku_arena *arena, ku_scenarios *scenarios, ku_error *err);

#endif
