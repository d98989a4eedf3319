/* ets_start.c - where the search for a model's parameters begins, and where it may
 * not go.
 *
 * The likelihood of a seasonal model has a dozen unknown initial states. Started far
 * off, a search ends in a poor local optimum; so the series is first taken apart by
 * classical decomposition (HKOS section 2.6.1): seasonal factors from the deviations
 * from a centred moving average, level and slope from a line through the first
 * adjusted values. */
#include <math.h>

#include "forecast/ets/ets_internal.h"
#include "num/linear.h"

/* Centred moving average over one season into trend[n]; the ends stay NAN. */
static void moving_average(const double *y, int n, int season, double *trend)
{
    int half = season / 2;
    for (int t = 0; t < n; t++) {
        trend[t] = NAN;
        if (t < half || t + half >= n) continue;
        double sum = 0;
        for (int i = t - half; i <= t + half; i++) sum += y[i];
        if (season % 2 == 0) sum -= 0.5 * (y[t - half] + y[t + half]);
        trend[t] = sum / season;
    }
}

/* A line and one wave a season by least squares: for series too short to average;
 * trend[] gets the line. room: 5 n. */
static void line_and_wave(const double *y, int n, int season, double *trend, double *room)
{
    const double turn = 6.283185307179586 / season;
    double x[4];
    for (int t = 0; t < n; t++) {
        room[t] = 1;
        room[n + t] = t + 1;
        room[2 * n + t] = cos(turn * (t + 1));
        room[3 * n + t] = sin(turn * (t + 1));
        room[4 * n + t] = y[t];
    }
    ku_least_squares(room, n, 4, room + 4 * n, x);
    for (int t = 0; t < n; t++) trend[t] = x[0] + x[1] * (t + 1);
}

static double deviation(char kind, double value, double trend)
{
    return kind == 'A' ? value - trend : value / trend;
}

/* Mean deviation from the trend in each place of the season, centred. */
static void seasonal_means(char kind, const double *y, int n, int season, const double *trend,
                           double *seasonal)
{
    double neutral = kind == 'A' ? 0 : 1, mean = 0;
    for (int j = 0; j < season; j++) {
        double sum = 0;
        int count = 0;
        for (int t = j; t < n; t += season) {
            double d = deviation(kind, y[t], trend[t]);
            if (!isfinite(d)) continue;
            sum += d;
            count++;
        }
        seasonal[j] = count ? sum / count : neutral;
        mean += seasonal[j] / season;
    }
    for (int j = 0; j < season; j++) {
        if (kind == 'A')
            seasonal[j] -= mean;
        else
            seasonal[j] = fmax(mean > 0 ? seasonal[j] / mean : 1, 0.01);
    }
    if (kind == 'A') return;
    mean = 0; /* the floor may have raised the mean again */
    for (int j = 0; j < season; j++) mean += seasonal[j] / season;
    for (int j = 0; j < season; j++) seasonal[j] /= mean;
}

void ku_ets_start(ku_ets_model model, const double *y, int n, int season, double *level,
                  double *slope, double *seasonal, double *room)
{
    double *adjusted = room, *trend = room + n;
    for (int t = 0; t < n; t++) adjusted[t] = y[t];
    int span = 1;
    if (model.season != 'N') {
        span = season;
        if (n >= 3 * season)
            moving_average(y, n, season, trend);
        else
            line_and_wave(y, n, season, trend, room + 2 * n);
        seasonal_means(model.season, y, n, season, trend, seasonal);
        for (int t = 0; t < n; t++)
            adjusted[t] = model.season == 'A' ? y[t] - seasonal[t % season]
                                              : y[t] / seasonal[t % season];
    }
    int first = 2 * span > 10 ? 2 * span : 10;
    if (first > n) first = n;
    ku_line_fit(adjusted, first, level, slope);
    if (model.trend == 'N') {
        double mean = *level + *slope * (first + 1) / 2.0;
        *level = mean;
        *slope = 0;
    }
}

/* Whether all zeros of p[0] + p[1] z + ... + p[degree] z^degree lie in the closed unit
 * disc, by the Schur-Cohn reduction: compare the outer coefficients, divide out one
 * degree, repeat. Roots on the circle up to the margin pass. */
static bool roots_within(double *p, int degree, double *room)
{
    const double margin = 1e-10;
    for (int d = degree; d > 0; d--) {
        double k = p[0] / p[d];
        if (fabs(k) > 1 + margin) return false;
        if (fabs(k) > 1 - margin) return true;
        for (int i = 0; i < d; i++) room[i] = p[i + 1] - k * p[d - 1 - i];
        for (int i = 0; i < d; i++) p[i] = room[i];
    }
    return true;
}

bool ku_ets_forgets(double alpha, double beta, double gamma, double phi, int season, double *room)
{
    double *p = room, sum = alpha + beta - alpha * phi;
    /* Without slope and damping the usual bounds suffice (Rouche: on the unit circle
     * |z - (1 - alpha)| >= |(1 - gamma) z - (1 - alpha - gamma)|), and without a season
     * they always do (HKOS table 10.1). */
    if (season <= 1 || (beta == 0 && phi == 1)) return true;
    p[0] = phi * (1 - alpha - gamma);
    p[1] = sum + gamma - 1;
    for (int i = 2; i < season; i++) p[i] = sum;
    p[season] = alpha + beta - phi;
    p[season + 1] = 1;
    return roots_within(p, season + 1, room + season + 2);
}
