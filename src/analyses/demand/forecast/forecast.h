/* forecast.h - the run of demand.forecast. Owns nothing. */
#ifndef KU_DEMAND_FORECAST_FORECAST_H
#define KU_DEMAND_FORECAST_FORECAST_H

#include "kemudi/analysis.h"

ku_status ku_demand_forecast_run(const ku_frames *in, const ku_params *params,
                                 ku_run_context *context, ku_frames *out, ku_error *err);

#endif
