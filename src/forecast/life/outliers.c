/* outliers.c - a robust course, and what lies far from it. */
#include "forecast/life/outliers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "forecast/stl/stl.h"

/* Periods that make a past, a side of the running median, a side of a step. */
enum { SHORTEST = 12, SIDE = 4, WIDTH = 8 };

struct ku_outliers_work {
    ku_stl_work *stl;
    double *season, *trend, *rest, *room;
};

ku_outliers_work *ku_outliers_work_new(ku_arena *arena, int longest, int season)
{
    size_t n = (size_t)longest + 1;
    ku_outliers_work *w = KU_NEW(arena, ku_outliers_work);
    double *room = ku_arena_try(arena, 4 * n * sizeof *room);
    w->stl = season > 1 ? ku_stl_work_new(arena, longest, season) : NULL;
    if (room == NULL || (season > 1 && w->stl == NULL)) return NULL;
    w->season = room;
    w->trend = room + n;
    w->rest = room + 2 * n;
    w->room = room + 3 * n;
    return w;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The quantile of x[n], interpolated; `room` has n. */
static double quantile(const double *x, int n, double share, double *room)
{
    memcpy(room, x, (size_t)n * sizeof *room);
    qsort(room, (size_t)n, sizeof *room, ascending);
    double at = share * (n - 1);
    int low = (int)at, high = low + 1 < n ? low + 1 : low;
    return room[low] + (at - low) * (room[high] - room[low]);
}

/* Level by running median, no season. */
static void running_median(ku_outliers_work *w, const double *y, int n)
{
    for (int t = 0; t < n; t++) {
        int from = t > SIDE ? t - SIDE : 0, to = t + SIDE < n ? t + SIDE + 1 : n;
        w->season[t] = 0;
        w->trend[t] = quantile(y + from, to - from, 0.5, w->room);
    }
}

/* The step between the medians of the values before t and from t on, without the season; the
 * noise on the louder side; and the step between their means, which is sharpest at the jump. */
static double step_at(const ku_outliers_work *w, const double *y, int t, double *noise,
                      double *means)
{
    double sides[2], list[WIDTH], far[WIDTH];
    *noise = *means = 0;
    for (int side = 0; side < 2; side++) {
        int from = side == 0 ? t - WIDTH : t;
        for (int i = 0; i < WIDTH; i++) {
            list[i] = y[from + i] - w->season[from + i];
            *means += (side == 0 ? -list[i] : list[i]) / WIDTH;
        }
        sides[side] = quantile(list, WIDTH, 0.5, far);
        for (int i = 0; i < WIDTH; i++) list[i] = fabs(list[i] - sides[side]);
        *noise = fmax(*noise, quantile(list, WIDTH, 0.5, far));
    }
    *means = fabs(*means);
    return fabs(sides[1] - sides[0]);
}

/* A jump is the largest step around, well above the noise and above what steps are usually. */
static void find_jumps(const ku_outliers_work *w, const double *y, int n, bool *jump)
{
    for (int t = 0; t < n; t++) w->rest[t] = 0;
    for (int t = WIDTH; t <= n - WIDTH; t++) {
        double noise, means;
        double step = step_at(w, y, t, &noise, &means);
        w->rest[t] = step > 6 * noise ? means : 0;
        w->trend[t] = step;
    }
    if (n < 2 * WIDTH) return;
    double usual = quantile(w->trend + WIDTH, n - 2 * WIDTH + 1, 0.5, w->room);
    for (int t = WIDTH; t <= n - WIDTH; t++) {
        bool most = w->rest[t] > 3 * usual && w->rest[t] > 0;
        for (int k = t - WIDTH + 1; k < t + WIDTH && most; k++)
            if (k >= 0 && k < n && k != t)
                most = w->rest[k] < w->rest[t] || (k > t && w->rest[k] <= w->rest[t]);
        jump[t] = most;
    }
}

int ku_outliers_find(ku_outliers_work *w, const double *y, int n, int season, bool *odd, bool *jump,
                     double *soft)
{
    int zeros = 0, found = 0;
    for (int t = 0; t < n; t++) {
        zeros += fabs(y[t]) <= 0;
        odd[t] = jump[t] = false;
        soft[t] = y[t];
    }
    if (n < SHORTEST || 3 * zeros > n) return 0;
    const ku_stl_options options = {.period = season, .robust = true};
    bool seasonal = season > 1 && n > 2 * season &&
                    ku_stl(w->stl, &options, y, n, w->season, w->trend, w->rest);
    if (!seasonal) running_median(w, y, n);
    for (int t = 0; t < n; t++) w->rest[t] = y[t] - w->season[t] - w->trend[t];
    double low = quantile(w->rest, n, 0.25, w->room), high = quantile(w->rest, n, 0.75, w->room);
    double range = high - low;
    for (int t = 0; t < n && range > 0; t++) {
        odd[t] = w->rest[t] < low - 3 * range || w->rest[t] > high + 3 * range;
        if (odd[t]) soft[t] = w->season[t] + w->trend[t];
        found += odd[t];
    }
    find_jumps(w, soft, n, jump);
    for (int t = 0; t < n; t++) found += jump[t];
    return found;
}
