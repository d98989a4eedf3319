/* named.h - the models of exponential smoothing one by one, as methods for whoever asks for
 * one by name. Constants; nothing is owned. */
#ifndef KU_FORECAST_ETS_NAMED_H
#define KU_FORECAST_ETS_NAMED_H

#include "forecast/ets/ets.h"
#include "forecast/method.h"

/* Longest season that a model asked for by name gives one factor a period. */
#define KU_ETS_NAMED_SEASON 400

/* In the order of ku_ets_models. One refuses where it cannot be estimated: too short, a season
 * too long, or values that are not positive. */
extern const ku_method ku_ets_named[KU_ETS_MODELS];

#endif
