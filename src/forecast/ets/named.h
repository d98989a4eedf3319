/* named.h - one exponential smoothing model that was asked for by name, as a forecast. The
 * work is taken from an arena, for one thread; the arrays of `ahead` are the caller's. */
#ifndef KU_FORECAST_ETS_NAMED_H
#define KU_FORECAST_ETS_NAMED_H

#include "forecast/ets/ets.h"
#include "forecast/method.h"

/* Longest season that a model asked for by name gives one factor a period. */
#define KU_ETS_NAMED_SEASON 400

/* As ku_method's work_new. */
void *ku_ets_named_work_new(ku_arena *arena, int observations, int season, int horizon);
/* `model`: index into ku_ets_models. False where that model cannot be estimated: too short,
 * a season too long, or values that are not positive. */
bool ku_ets_named(void *work, int model, const ku_past *past, ku_ahead *ahead);

#endif
