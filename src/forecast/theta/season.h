/* season.h - the season of one series as the Theta methods take it out: one factor a
 * period, found by moving averages, if there is any season at all. The caller owns all
 * arrays. */
#ifndef KU_FORECAST_THETA_SEASON_H
#define KU_FORECAST_THETA_SEASON_H

#include <stdbool.h>

typedef struct ku_theta_season {
    int periods;    /* 1: no season was found */
    bool adds;      /* factors are added instead of multiplied */
    double *factor; /* factor[t % periods] belongs to observation t; room for a season */
} ku_theta_season;

/* Whether the autocorrelation at the season's lag is more than chance at one-sided 5 %,
 * given those at shorter lags: |r_m| > 1.645 sqrt((1 + 2 sum_{k<m} r_k^2) / n), Bartlett's
 * formula as in Assimakopoulos & Nikolopoulos (2000), Int. J. Forecasting 16, and R
 * forecast's thetaf. False for n <= 2 m and constant series. */
bool ku_theta_seasonal(const double *y, int n, int season);

/* Tests and decomposes: classical decomposition with a centred moving average (Hyndman &
 * Athanasopoulos 2021, section 3.4). The season multiplies where no value is negative and
 * every factor is at least 1e-4, and adds otherwise. season->factor is filled; room[n]. */
void ku_theta_season_find(const double *y, int n, int periods, ku_theta_season *season,
                          double *room);

/* The value of observation t (n, n + 1, ...: the future) without and with its season. */
double ku_theta_season_remove(const ku_theta_season *season, int t, double value);
double ku_theta_season_restore(const ku_theta_season *season, int t, double value);

#endif
