/* launch.h - a launch forecast from launches of the past and the first sales of its own. The
 * caller owns all arrays.
 *
 * Empirical Bayes: the curves of past launches (bass.h) say what curves there are and how
 * often; the first sales of the new one say which of these it is on. Lilien, Rangaswamy &
 * Van den Bulte (2000), in New-Product Diffusion Models, chapter 12 (curves by analogy);
 * Lenk & Rao (1990), Marketing Science 9, 42-53 (updating them as sales come in). */
#ifndef KU_FORECAST_DIFFUSION_LAUNCH_H
#define KU_FORECAST_DIFFUSION_LAUNCH_H

#include "forecast/diffusion/bass.h"
#include "kemudi/arena.h"
#include "kemudi/rng.h"

/* A launch of the past. */
typedef struct ku_analogue {
    ku_bass_fit fit;
    double weight; /* how alike; any size above 0 */
} ku_analogue;

/* What the analogues say of another launch: theta is Student t with `freedom` degrees. */
typedef struct ku_launch_prior {
    double mean[KU_BASS_UNKNOWNS];
    double scale[KU_BASS_UNKNOWNS * KU_BASS_UNKNOWNS];
    double freedom;
    double noise;     /* as in ku_bass_fit */
    double effective; /* number of equally weighted analogues that say as much */
} ku_launch_prior;

/* count >= 1. The spread of few analogues is pooled with a usual one (a factor of 2 in size,
 * 2 in p, 1.5 in q either way) that counts as much as two analogues. */
void ku_launch_pool(const ku_analogue *analogue, int count, ku_launch_prior *prior);

/* Draws from what is known of the launch after its own first sales y[n] (n may be 0): theta[i]
 * of each draw, by importance resampling around the most likely curve. False when no curve is
 * possible. `work`: ku_bass_room(n) + n + 4 * draws doubles. */
bool ku_launch_draw(const ku_launch_prior *prior, const double *y, int n, bool again, ku_rng rng,
                    int draws, ku_bass *theta, double *work);

/* Sales of periods n + 1 .. n + h of one draw, with noise, never negative; curve has room for
 * n + h. `peak` is the highest expected sales up to n + h. */
void ku_launch_future(const ku_bass *b, double noise, int n, int h, bool again, ku_rng *rng,
                      double *curve, double *sales);

#endif
