/* waves.h - a long season as a sum of a few sines and cosines, for seasons of so many
 * periods that a factor for each cannot be estimated. A ku_waves is memory for one
 * thread, taken from an arena. */
#ifndef KU_FORECAST_WAVES_H
#define KU_FORECAST_WAVES_H

#include "forecast/ets/ets.h"

#define KU_WAVES 6 /* at most: the sixth wave of a year is two months long */

typedef struct ku_waves ku_waves;

typedef struct ku_wave_fit {
    int season;
    int waves;                        /* 1..KU_WAVES */
    bool multiplies;                  /* the season multiplies the level instead of adding to it */
    double coefficient[2 * KU_WAVES]; /* cosine and sine of each wave */
    double loglik, aicc;              /* of the observations, waves counted */
} ku_wave_fit;

ku_waves *ku_waves_new(ku_arena *arena, int longest);

/* The number and size of the waves and the non-seasonal model of the rest with the
 * smallest AICc together; false when there is none. */
bool ku_waves_fit(ku_waves *waves, ku_ets_work *ets, const double *y, int n, int season,
                  ku_wave_fit *wave, ku_ets_fit *fit);
/* The observation of period t (0: the first) without, and with, the season. */
double ku_waves_remove(const ku_wave_fit *wave, int t, double value);
double ku_waves_restore(const ku_wave_fit *wave, int t, double value);

#endif
