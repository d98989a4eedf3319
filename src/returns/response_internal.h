/* response_internal.h - what the files of the response function share. Owns nothing. */
#ifndef KU_RETURNS_RESPONSE_INTERNAL_H
#define KU_RETURNS_RESPONSE_INTERNAL_H

#include "num/lanes.h"
#include "returns/response.h"

/* Below this multiple of the half-saturation point an exposure counts as none. */
static const double ku_response_least = 1e-290;
/* ln 3: a logistic curve is at one half where r x is this. */
static const double ku_response_ln3 = 1.0986122886681098;

/* The power u^slope for u > 0, within what a double holds. */
KU_LANES double ku_response_power(double u, double slope)
{
    double e = slope * ku_lane_log(u);
    e = e > 700 ? 700 : e;
    e = e < -700 ? -700 : e;
    return ku_lane_exp(e);
}

/* Rows of history that the first period still feels. */
static inline int ku_response_felt(const ku_response_form *form, const ku_response_grid *grid)
{
    int lag = form->adstock == KU_ADSTOCK_NONE ? 0 : form->lag;
    return grid->before < lag ? grid->before : lag;
}

/* ku_adstock_back whose by_x, unless NULL, also has the ku_response_felt rows of history in
 * front. */
void ku_adstock_back_felt(const ku_response_form *form, const ku_response_values *values,
                          const ku_response_grid *grid, const double *x, const double *out,
                          const double *pull, ku_response_values *by, double *by_x, double *work);

#endif
