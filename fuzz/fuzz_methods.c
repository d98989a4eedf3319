/* fuzz_methods.c - any bytes as a series: every forecasting method must refuse it or give
 * finite numbers in order. The first bytes choose the method, the horizon and the seasons,
 * the others are the values, eight bytes each; what is not finite is read as small whole
 * numbers, so that short inputs reach ties, zeros and repeats. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "forecast/method.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 6, MOST = 300, FURTHEST = 20 };

static double value_of(const uint8_t *at)
{
    double value;
    memcpy(&value, at, sizeof value);
    /* The largest that the reader of series lets through. */
    return isfinite(value) && fabs(value) <= 1e300 ? value : at[0] % 8;
}

static void promise(bool kept)
{
    if (!kept) abort();
}

static void check(const ku_ahead *ahead, int n)
{
    for (int j = 0; j < ahead->h; j++) {
        promise(isfinite(ahead->mean[j]));
        for (int b = 0; b < KU_BOUNDS; b++) promise(isfinite(ahead->bound[b][j]));
        promise(ahead->bound[2][j] <= ahead->bound[0][j]);
        promise(ahead->bound[0][j] <= ahead->bound[1][j]);
        promise(ahead->bound[1][j] <= ahead->bound[3][j]);
    }
    for (int t = 0; t < n; t++) promise(isfinite(ahead->fitted[t]));
    promise(memchr(ahead->model, '\0', sizeof ahead->model) != NULL);
    promise(memchr(ahead->parameters, '\0', sizeof ahead->parameters) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static double y[MOST], mean[FURTHEST], bound[KU_BOUNDS][FURTHEST], fitted[MOST];
    if (size < HEAD + 8) return 0;
    const ku_method *method = ku_methods[data[0] % ku_method_count];
    ku_ahead ahead = {.h = 1 + data[1] % FURTHEST, .mean = mean, .fitted = fitted};
    for (int b = 0; b < KU_BOUNDS; b++) ahead.bound[b] = bound[b];
    ku_past past = {.y = y, .season = 1 + data[2] % 60};
    int longer = past.season * (2 + data[3] % 7);
    if (past.season > 1) past.seasons[past.season_count++] = past.season;
    if (past.season > 1 && data[4] % 2) past.seasons[past.season_count++] = longer;
    for (size_t at = HEAD; at + 8 <= size && past.n < MOST; at += 8)
        y[past.n++] = value_of(data + at);
    ku_arena *arena = ku_arena_new();
    void *work = method->work_new(arena, past.n, longer, ahead.h);
    promise(work != NULL);
    if (method->forecast(work, &past, ku_rng_make(1, data[5]), &ahead)) check(&ahead, past.n);
    ku_arena_free(arena);
    return 0;
}
