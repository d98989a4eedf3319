/* lanes.c - arrays through vector instructions, eight numbers at once; the last of them may
 * stand in a block with others that nobody looks at. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-trapping-math") /* else a choice between two numbers is a branch */
#endif

#include "num/lanes.h"

enum { WIDTH = 8 };

typedef enum function { LOG, LOG1P, EXP } function;

KU_LANES void block(function f, const double *from, double *to)
{
    double x[WIDTH], y[WIDTH];
    memcpy(x, from, sizeof x);
    for (int i = 0; i < WIDTH; i++) {
        double least = x[i] < -700 ? -700 : x[i], within = least > 700 ? 700 : least;
        y[i] = f == LOG     ? ku_lane_log(x[i])
               : f == LOG1P ? ku_lane_log1p(x[i], 1 / (1 + x[i]))
                            : ku_lane_exp(within);
        y[i] = f == EXP && x[i] < -700 ? 0 : y[i];
    }
    memcpy(to, y, sizeof y);
}

KU_LANES void all(function f, const double *from, double *to, int n)
{
    int i = 0;
    for (; i + WIDTH <= n; i += WIDTH) block(f, from + i, to + i);
    if (i == n) return;
    double rest[WIDTH] = {1, 1, 1, 1, 1, 1, 1, 1};
    memcpy(rest, from + i, (size_t)(n - i) * sizeof *rest);
    block(f, rest, rest);
    memcpy(to + i, rest, (size_t)(n - i) * sizeof *rest);
}

/* The function compiled for each width. */
#define EACH_WIDTH(name, f)                                                                        \
    static void name##_narrow(const double *from, double *to, int n)                               \
    {                                                                                              \
        all(f, from, to, n);                                                                       \
    }                                                                                              \
    KU_WIDE_LANES static void name##_wide(const double *from, double *to, int n)                   \
    {                                                                                              \
        all(f, from, to, n);                                                                       \
    }                                                                                              \
    KU_WIDEST_LANES static void name##_widest(const double *from, double *to, int n)               \
    {                                                                                              \
        all(f, from, to, n);                                                                       \
    }                                                                                              \
    void name(const double *from, double *to, int n)                                               \
    {                                                                                              \
        if (KU_HAS_WIDEST_LANES)                                                                   \
            name##_widest(from, to, n);                                                            \
        else if (KU_HAS_WIDE_LANES)                                                                \
            name##_wide(from, to, n);                                                              \
        else                                                                                       \
            name##_narrow(from, to, n);                                                            \
    }

EACH_WIDTH(ku_lanes_log, LOG)
EACH_WIDTH(ku_lanes_log1p, LOG1P)
EACH_WIDTH(ku_lanes_exp, EXP)
