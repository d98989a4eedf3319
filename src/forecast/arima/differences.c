/* differences.c - how often a series has to be differenced to look stationary, by the
 * rules of R forecast's auto.arima: a seasonal difference where the season is strong, then
 * differences until the test of Kwiatkowski, Phillips, Schmidt & Shin no longer rejects a
 * level (Hyndman & Khandakar 2008, J. Statistical Software 27, section 3.1). */
#include <math.h>
#include <string.h>

#include "forecast/arima/arima_internal.h"

static const double strong_season = 0.64;
static const double level_rejected = 0.463; /* 5 % point, KPSS (1992), table 1 */

bool ku_arima_constant(const double *y, int n)
{
    double size = 0, apart = 0;
    for (int t = 0; t < n; t++) {
        size += fabs(y[0]);
        apart += fabs(y[t] - y[0]);
    }
    return apart <= 1.5e-8 * size;
}

/* Whether the KPSS test at 5 % rejects that y varies around a level: eq. 10 to 13 of
 * Kwiatkowski et al. (1992), J. Econometrics 54, with Bartlett weights. */
static bool rejects_level(const double *y, int n)
{
    double mean = 0, sum = 0, squares = 0, spread = 0;
    int lags = (int)(3 * sqrt(n) / 13);
    for (int t = 0; t < n; t++) mean += y[t] / n;
    for (int t = 0; t < n; t++) {
        sum += y[t] - mean;
        squares += sum * sum;
        spread += (y[t] - mean) * (y[t] - mean);
    }
    for (int k = 1; k <= lags; k++) {
        double product = 0;
        for (int t = k; t < n; t++) product += (y[t] - mean) * (y[t - k] - mean);
        spread += 2 * (1 - k / (lags + 1.0)) * product;
    }
    return squares > level_rejected * spread * n;
}

int ku_arima_differences(const double *y, int n, int most, double *room)
{
    int d = 0;
    memcpy(room, y, (size_t)n * sizeof(double));
    while (d < most && n > 1 && !ku_arima_constant(room, n) && rejects_level(room, n)) {
        n--;
        for (int t = 0; t < n; t++) room[t] = room[t + 1] - room[t];
        d++;
    }
    return d;
}

int ku_arima_seasonal_differences(ku_stl_work *work, const double *y, int n, int season)
{
    if (work == NULL || season < 2 || n <= 2 * season || ku_arima_constant(y, n)) return 0;
    return ku_stl_seasonality(work, y, n, season) > strong_season;
}
