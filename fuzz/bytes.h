/* bytes.h - a fuzzer's bytes read as numbers and as series of every awkward kind. Owns
 * nothing: the reader points into the input. */
#ifndef KU_FUZZ_BYTES_H
#define KU_FUZZ_BYTES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kemudi/rng.h"

typedef struct bytes {
    const uint8_t *at;
    size_t left;
} bytes;

/* The next byte; 0 behind the end. */
static inline int take(bytes *from)
{
    if (from->left == 0) return 0;
    from->left--;
    return *from->at++;
}

static inline int take_below(bytes *from, int n)
{
    int value = take(from);
    if (n > 256) value = value << 8 | take(from);
    return value % n;
}

/* Sizes from a subnormal to the largest that a table may hold (series.c). */
static inline double take_scale(bytes *from)
{
    static const double scale[] = {1, 1,    100,   1e6,    1e120, 1e-120, 5e-324,
                                   1, 1e-3, 1e-12, 2.5e15, 1e60,  1e-300, -1e120};
    return scale[take_below(from, sizeof scale / sizeof *scale)];
}

enum series_shape {
    SHAPE_ZERO,
    SHAPE_CONSTANT,
    SHAPE_TWO_POINT,
    SHAPE_ALTERNATING,
    SHAPE_LINE,
    SHAPE_SEASON,
    SHAPE_COUNTS,
    SHAPE_SPARSE,
    SHAPE_SPIKE,
    SHAPE_NOISE,
    SHAPE_WALK,
    SHAPE_GROWTH,
    SHAPE_STEP,
    SHAPE_MIXED, /* numbers of every size side by side */
    SHAPE_COUNT
};

static inline double shape_value(int shape, int t, int n, int season, ku_rng *rng)
{
    double u = ku_rng_uniform(rng);
    switch (shape) {
    case SHAPE_CONSTANT:
        return 1;
    case SHAPE_TWO_POINT:
        return u < 0.3 ? 1 : 0;
    case SHAPE_ALTERNATING:
        return t % 2 ? 1 : -1;
    case SHAPE_LINE:
        return (t + 1.0) / (n + 1);
    case SHAPE_SEASON:
        return 0.5 + 0.4 * sin(6.283185307179586 * t / season) + 0.01 * u;
    case SHAPE_COUNTS:
        return floor(10 * u);
    case SHAPE_SPARSE:
        return u < 0.9 ? 0 : floor(100 * (u - 0.9));
    case SHAPE_SPIKE:
        return t == n / 2 ? 1 : 1e-9 * u;
    case SHAPE_NOISE:
        return 2 * u - 1;
    case SHAPE_GROWTH:
        return exp((t - n) * 0.7);
    case SHAPE_STEP:
        return t < n / 2 ? 0.1 : 1;
    case SHAPE_MIXED:
        return (u - 0.5) * pow(10, -floor(300 * ku_rng_uniform(rng)));
    default:
        return 0;
    }
}

/* A series of a shape and a size, with single values then set at will. |y| <= 1e120. */
static inline void take_series(bytes *from, double *y, int n, int season)
{
    int shape = take_below(from, SHAPE_COUNT);
    double scale = take_scale(from);
    double level = take_below(from, 4) == 3 ? scale * (take(from) - 128) : 0;
    ku_rng rng = ku_rng_make((uint64_t)take(from), 0);
    double walk = 0;
    for (int t = 0; t < n; t++) {
        walk += ku_rng_normal(&rng) / 100;
        double value = shape == SHAPE_WALK ? walk : shape_value(shape, t, n, season, &rng);
        y[t] = fmax(-1e120, fmin(1e120, scale * value + level));
    }
    for (int edits = take_below(from, 8); edits > 0 && n > 0; edits--) {
        int t = take_below(from, n + 256) % n;
        double size = take_scale(from);
        y[t] = fmax(-1e120, fmin(1e120, size * (take(from) - 100)));
    }
}

static inline int take_season(bytes *from)
{
    static const int usual[] = {1, 2, 3, 4, 7, 12, 24, 52, 168, 365};
    int k = take_below(from, 14);
    return k < 10 ? usual[k] : 1 + take_below(from, k == 13 ? 5000 : 300);
}

/* Says what went wrong and stops. */
#define wrong(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), abort())

/* Processor time of this thread, in seconds. */
static inline double seconds_used(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
