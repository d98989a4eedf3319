/* lags.c - an autoregression whose lags are the last few periods and, of each season, the
 * periods around one season back.
 *
 * A seasonal ARIMA of an hourly series with its day and week is, multiplied out, such an
 * autoregression; with its weights left free least squares finds them in one step, where a
 * likelihood would be searched through states of a week's length. The candidates stand in
 * one fixed order, the lags that matter most first, and the model is the head of that list
 * with the smallest AICc. All heads come out of one Cholesky factor: the residual sum of
 * squares falls by the square of one more element of the forward solution each. */
#include "forecast/lags/lags.h"

#include <math.h>
#include <string.h>

#include "num/linear.h"

enum { UNKNOWNS = KU_LAGS + 1, FEWEST_ROWS = 15, LONG = 150, ORIGINS = 40 };

/* Added to the diagonal, relative to it: columns that depend on each other, as in a series
 * without noise, share their weight. */
static const double ridge = 1e-9;

struct ku_lags_work {
    int longest, horizon;
    double *z; /* values or logarithms; longest + horizon */
    double *x; /* z, or its steps, less the mean */
    double *psi;
    double gram[UNKNOWNS * UNKNOWNS], right[UNKNOWNS], solution[UNKNOWNS];
};

ku_lags_work *ku_lags_work_new(ku_arena *arena, int observations, int horizon)
{
    ku_lags_work *w = KU_NEW(arena, ku_lags_work);
    size_t n = (size_t)observations + (size_t)horizon;
    w->longest = observations;
    w->horizon = horizon;
    w->z = ku_arena_try(arena, n * sizeof(double));
    w->x = ku_arena_try(arena, n * sizeof(double));
    w->psi = ku_arena_try(arena, (size_t)horizon * sizeof(double));
    return w->z && w->x && w->psi ? w : NULL;
}

/* ---- the candidates ---------------------------------------------------------------------- */

int ku_lags_seasons(int n, const int *seasons, int count)
{
    int usable = 0;
    for (int i = 0; i < count; i++)
        usable += seasons[i] > 1 && n / 2 >= seasons[i] && n - seasons[i] > 40;
    return usable;
}

static void add(ku_lags_fit *fit, int lag)
{
    for (int i = 0; i < fit->count; i++)
        if (fit->lag[i] == lag) return;
    if (lag > 0 && fit->count < KU_LAGS) fit->lag[fit->count++] = lag;
}

/* m and m + 1 go together: the product of one period's and one season's dependence has
 * both. */
static void list_candidates(int n, const int *seasons, int usable, ku_lags_fit *fit)
{
    fit->count = 0;
    add(fit, 1);
    for (int i = 0; i < usable; i++) {
        add(fit, seasons[i]);
        add(fit, seasons[i] + 1);
    }
    add(fit, 2);
    for (int i = 0; i < usable; i++) add(fit, seasons[i] - 1);
    add(fit, 3);
    if (usable == 1 && n / 5 >= seasons[0]) {
        add(fit, 2 * seasons[0]);
        add(fit, 2 * seasons[0] + 1);
    }
    for (int lag = 4; lag <= (n > LONG ? 6 : 4); lag++) add(fit, lag);
    fit->start = fit->steps;
    for (int i = 0; i < fit->count; i++)
        if (fit->start < fit->lag[i] + fit->steps) fit->start = fit->lag[i] + fit->steps;
}

/* ---- fitting ------------------------------------------------------------------------------ */

/* Fills z and x. */
static bool transform(ku_lags_work *w, const double *y, int n, ku_lags_fit *fit)
{
    for (int t = 0; t < n; t++) {
        if (fit->logs && !(y[t] > 0)) return false;
        w->z[t] = fit->logs ? log(y[t]) : y[t];
    }
    double sum = 0;
    int first = fit->steps;
    for (int t = first; t < n; t++) {
        w->x[t] = first ? w->z[t] - w->z[t - 1] : w->z[t];
        sum += w->x[t];
    }
    fit->mean = sum / (n - first);
    for (int t = first; t < n; t++) w->x[t] -= fit->mean;
    return true;
}

static double product(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int t = 0; t < n; t++) sum += a[t] * b[t];
    return sum;
}

/* The factor of the cross products of the constant and all candidates, and the forward
 * solution. Column 0 is the constant. */
static bool factor(ku_lags_work *w, const ku_lags_fit *fit, int rows)
{
    const double *target = w->x + fit->start;
    int columns = fit->count + 1;
    for (int i = 0; i < columns; i++) {
        const double *a = i ? target - fit->lag[i - 1] : NULL;
        double sum = 0, *to = w->gram + (size_t)i * UNKNOWNS;
        for (int t = 0; t < rows; t++) sum += a ? a[t] : 1;
        to[0] = sum;
        for (int j = 1; j <= i; j++) to[j] = product(a, target - fit->lag[j - 1], rows);
        to[i] *= 1 + ridge;
        w->right[i] = 0;
        for (int t = 0; t < rows; t++) w->right[i] += (a ? a[t] : 1) * target[t];
    }
    if (!ku_cholesky(w->gram, columns, UNKNOWNS)) return false;
    for (int i = 0; i < columns; i++) {
        const double *row = w->gram + (size_t)i * UNKNOWNS;
        w->solution[i] = (w->right[i] - product(row, w->solution, i)) / row[i];
    }
    return true;
}

/* Keeps the head of the list with the smallest AICc: HKOS section 7.1 for the form with its
 * correction for short series; the error's variance is one of the k. */
static bool choose_head(ku_lags_work *w, ku_lags_fit *fit, int rows)
{
    double total = product(w->x + fit->start, w->x + fit->start, rows), rss = total;
    int best = 0;
    fit->aicc = INFINITY;
    if (!(total > 0)) return false;
    for (int i = 0; i <= fit->count; i++) {
        int k = i + 2;
        if (rows - k - 1 <= 0) break;
        rss -= w->solution[i] * w->solution[i];
        double aicc = rows * log(fmax(rss, 1e-14 * total) / rows) + 2 * k +
                      2.0 * k * (k + 1) / (rows - k - 1);
        if (i < 1 || !(aicc < fit->aicc)) continue;
        fit->aicc = aicc;
        best = i;
    }
    fit->count = best;
    return best > 0;
}

static void solve(ku_lags_work *w, ku_lags_fit *fit)
{
    double *x = w->right; /* no longer needed */
    for (int i = fit->count; i >= 0; i--) {
        double rest = w->solution[i];
        for (int j = i + 1; j <= fit->count; j++) rest -= w->gram[(size_t)j * UNKNOWNS + i] * x[j];
        x[i] = rest / w->gram[(size_t)i * UNKNOWNS + i];
    }
    fit->constant = x[0];
    memcpy(fit->weight, x + 1, (size_t)fit->count * sizeof *x);
}

/* x of period t by the fit. */
static double forecast_at(const ku_lags_work *w, const ku_lags_fit *fit, int t)
{
    double value = fit->constant;
    for (int i = 0; i < fit->count; i++) value += fit->weight[i] * w->x[t - fit->lag[i]];
    return value;
}

bool ku_lags_fit_form(ku_lags_work *w, const double *y, int n, const int *seasons, int count,
                      bool logs, bool steps, ku_lags_fit *fit)
{
    if (n > w->longest) return false;
    fit->logs = logs;
    fit->steps = steps;
    list_candidates(n, seasons, ku_lags_seasons(n, seasons, count), fit);
    int rows = n - fit->start;
    if (rows < FEWEST_ROWS || !transform(w, y, n, fit)) return false;
    if (!factor(w, fit, rows) || !choose_head(w, fit, rows)) return false;
    solve(w, fit);
    double squares = 0, shift = 0;
    for (int t = fit->start; t < n; t++) {
        double error = w->x[t] - forecast_at(w, fit, t);
        squares += error * error;
        if (logs) shift += w->z[t];
    }
    fit->sigma2 = squares / (rows - fit->count - 1);
    fit->aicc += 2 * shift; /* from the density of the logarithms to that of the values */
    return isfinite(fit->sigma2) && isfinite(fit->aicc);
}

/* ---- forecasting -------------------------------------------------------------------------- */

/* variance[j] = sigma2 * sum of psi[0..j]^2, psi the weights of the errors in the values. */
static void spread(ku_lags_work *w, const ku_lags_fit *fit, int h, double *variance)
{
    double sum = 0, value = 0;
    for (int j = 0; j < h; j++) {
        w->psi[j] = j == 0;
        for (int i = 0; i < fit->count; i++)
            if (fit->lag[i] <= j) w->psi[j] += fit->weight[i] * w->psi[j - fit->lag[i]];
        value = fit->steps ? value + w->psi[j] : w->psi[j];
        sum += value * value;
        variance[j] = fit->sigma2 * sum;
    }
}

/* How much larger the errors of forecasts from origins inside the past are, on average over
 * the steps, than `variance` says; 1 where it is enough. An origin's
 * forecasts are kept in psi. */
static double excess(ku_lags_work *w, const ku_lags_fit *fit, int n, int h, const double *variance)
{
    int steps = h < (n - fit->start) / 2 ? h : (n - fit->start) / 2, origins = 0;
    int stride = 1 + (n - fit->start - steps) / ORIGINS;
    double sum = 0;
    for (int origin = n - steps; origin > fit->start; origin -= stride, origins++) {
        double z = w->z[origin - 1];
        for (int j = 0; j < steps; j++) {
            double x = fit->constant;
            for (int i = 0; i < fit->count; i++) {
                int back = j - fit->lag[i];
                x += fit->weight[i] * (back >= 0 ? w->psi[back] : w->x[origin + back]);
            }
            w->psi[j] = x;
            z = x + fit->mean + (fit->steps ? z : 0);
            double error = w->z[origin + j] - z;
            sum += error * error / variance[j] / steps;
        }
    }
    return origins > 0 && sum > origins ? sum / origins : 1;
}

static void fit_past(const ku_lags_work *w, const ku_lags_fit *fit, const double *y, int n,
                     double *fitted)
{
    for (int t = 0; t < n; t++) {
        if (t < fit->start) {
            fitted[t] = y[t > 0 ? t - 1 : 0];
            continue;
        }
        double z = forecast_at(w, fit, t) + fit->mean + (fit->steps ? w->z[t - 1] : 0);
        fitted[t] = fit->logs ? exp(z) : z;
    }
}

bool ku_lags_predict(ku_lags_work *w, const ku_lags_fit *fit_, const double *y, int n, int h,
                     double *mean, double *variance, double *fitted)
{
    ku_lags_fit now = *fit_; /* the work may hold another series by now */
    const ku_lags_fit *fit = &now;
    if (h > w->horizon || !transform(w, y, n, &now)) return false;
    double least = w->z[0], most = w->z[0];
    for (int t = 1; t < n; t++) {
        least = fmin(least, w->z[t]);
        most = fmax(most, w->z[t]);
    }
    double range = most - least;
    for (int t = n; t < n + h; t++) {
        w->x[t] = forecast_at(w, fit, t);
        w->z[t] = w->x[t] + fit->mean + (fit->steps ? w->z[t - 1] : 0);
        mean[t - n] = w->z[t];
        if (!(w->z[t] > least - range && w->z[t] < most + range)) return false;
    }
    spread(w, fit, h, variance);
    double wider = fit->sigma2 > 0 ? excess(w, fit, n, h, variance) : 1;
    for (int j = 0; j < h; j++) variance[j] *= wider;
    if (fitted != NULL) fit_past(w, fit, y, n, fitted);
    return true;
}
