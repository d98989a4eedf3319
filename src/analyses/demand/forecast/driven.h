/* driven.h - the part of demand.forecast that regressors play: their effects out of the past,
 * back into the forecast, and the futures of the scenarios. All lies in the run's arena. */
#ifndef KU_DEMAND_FORECAST_DRIVEN_H
#define KU_DEMAND_FORECAST_DRIVEN_H

#include "forecast/regress/drivers.h"

typedef struct driven {
    const ku_series_set *set;
    ku_drivers drivers; /* columns 0: no regressors, nothing below holds */
    ku_scenarios scenarios;
    ku_regress_fit *fit; /* by series */
    int *foreseen;       /* by series: regressors that are not planned throughout */
    double **adjusted;   /* by thread */
    double **future;     /* by series: for each scenario mean and bounds, horizon each */
    const char *without; /* columns of texts, which are not used, or NULL */
} driven;

/* Reads what the run has of regressors and scenarios; adds the calendar's columns. */
ku_status driven_init(driven *d, ku_series_set *set, const ku_frames *in, const ku_params *params,
                      ku_run_context *context, ku_error *err);
/* The past without effects, valid until the thread's next series. */
const double *driven_past(driven *d, unsigned thread, size_t item);
/* Turns the forecast of that past into the forecast of the series. */
void driven_restore(driven *d, unsigned thread, size_t item, ku_outlook *o);
/* "" when there is nothing to say. */
const char *driven_remark(const driven *d, size_t item, ku_arena *arena);
/* Tables. */
void driven_put_effects(const driven *d, ku_frame_builder *to);
void driven_put_scenarios(const driven *d, const ku_outlook *outlook, ku_frame_builder *to);

#endif
