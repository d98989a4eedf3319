/* state.h - the states of a structural time series, a level that wanders and seasons that may
 * change, drawn at random given the series. Owns nothing; the caller gives all memory. */
#ifndef KU_RETURNS_STATE_H
#define KU_RETURNS_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "kemudi/rng.h"

/* y[t] = level[t] + season[t] + noise, level[t + 1] = level[t] + its step; the effect of the
 * season that begins is minus the sum of the `seasons` - 1 before it, plus its step (Harvey
 * 1989, Forecasting, Structural Time Series Models and the Kalman Filter, section 2.3.4). */
typedef struct ku_state_model {
    int seasons;            /* seasons in a cycle; 1: none */
    int duration;           /* periods a season lasts, at least 1 */
    int phase;              /* periods of the first season that are over before the first period */
    double first;           /* what is expected of the first level */
    double first_variance;  /* of the first level, and of each season's first effect */
    double noise_variance;  /* of an observation */
    double level_variance;  /* of the level's step */
    double season_variance; /* of a season's step */
} ku_state_model;

/* Numbers that describe a period: the level, then the effects of the season that is on and of
 * those before it. */
static inline int ku_state_size(const ku_state_model *model)
{
    return model->seasons > 1 ? model->seasons : 1;
}
/* What a period of the series has of a state. */
static inline double ku_state_signal(const double *state, int size)
{
    return size > 1 ? state[0] + state[1] : state[0];
}
/* Whether another season is on in period t + 1 than in t. */
static inline bool ku_state_turns(const ku_state_model *model, int t)
{
    return model->seasons > 1 && (model->phase + t + 1) % model->duration == 0;
}

/* Doubles of work memory for a series of n periods. */
size_t ku_state_room(const ku_state_model *model, int n);

/* One draw of the states of all n periods given the values y[t] with seen[t]: state t at
 * states[t * size]. A level alone is drawn backwards; else the simulation smoother of Durbin & Koopman (2002), A simple and efficient
 * simulation smoother for state space time series analysis, Biometrika 89(3), algorithm 2 with
 * the mean corrections of section 2.3. */
void ku_state_draw(const ku_state_model *model, int n, const double *y, const bool *seen,
                   ku_rng *rng, double *states, double *work);

/* The state after `state`, which is that of period t, with its random steps. */
void ku_state_step(const ku_state_model *model, int t, ku_rng *rng, double *state);

/* What the model expects of each period from those before it: expected[n]. */
void ku_state_ahead(const ku_state_model *model, int n, const double *y, const bool *seen,
                    double *expected, double *work);

#endif
