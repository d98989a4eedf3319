/* average.h - the mean of all exponential smoothing models of a series, each weighing by its
 * AICc. The work is taken from an arena, for one thread; the arrays of `ahead` are the
 * caller's. */
#ifndef KU_FORECAST_ETS_AVERAGE_H
#define KU_FORECAST_ETS_AVERAGE_H

#include "forecast/method.h"

/* How slowly a model's weight exp(-(AICc - smallest AICc) / temper) falls. 2 gives Akaike's
 * weights, which speak for one step ahead; further ahead more even weights miss less.
 * Chosen on the held-out ends of M3's training parts: bench/cases/m3.c prints the table. */
extern const double ku_ets_temper;

/* As ku_method's work_new. */
void *ku_ets_average_new(ku_arena *arena, int observations, int season, int horizon);
/* Burnham & Anderson (2002), Model Selection and Multimodel Inference, section 2.9, with
 * `temper` in place of 2; the variance is that of the mixture. False where no model can be
 * estimated, or a season longer than KU_ETS_LONGEST_SEASON was seen twice. */
bool ku_ets_average(void *work, double temper, const ku_past *past, ku_ahead *ahead);

#endif
