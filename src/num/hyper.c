/* hyper.c - the series of ₂F₁ in two forms.
 *
 * The quotient of neighbouring terms is rational in n, so a term and its derivatives by a, b
 * and c cost a few operations.
 * Where c < a + b the terms first grow, beyond the largest double for hundreds of
 * purchases; Euler's transformation
 *     ₂F₁(a, b; c; z) = (1 - z)^(c-a-b) ₂F₁(c-a, c-b; c; z)
 * takes that growth out as a power known in closed form. Sums that still grow are kept in
 * bounds by a scale of their own. */
#include "num/hyper.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

enum { MOST_TERMS = 1000000 };

/* A running sum with its derivatives, times exp(scale). */
typedef struct running {
    double term, sum;
    double ta, tb, tc; /* derivatives of the term */
    double sa, sb, sc; /* of the sum */
    double scale;
    int terms;
} running;

static void shrink(running *s, double limit)
{
    double *const all[] = {&s->term, &s->sum, &s->ta, &s->tb, &s->tc, &s->sa, &s->sb, &s->sc};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) *all[i] /= limit;
    s->scale += log(limit);
}

/* From the n-th term to the next. Its derivatives are carried as sums, not as shares of it:
 * they live on where a or b is a whole number <= 0 and the terms end. */
static double next(running *s, double a, double b, double c, double z, int n)
{
    double an = a + n, bn = b + n, cn = c + n, f = z / (cn * (n + 1)), quotient = an * bn * f;
    s->ta = s->ta * quotient + s->term * bn * f;
    s->tb = s->tb * quotient + s->term * an * f;
    s->tc = (s->tc - s->term / cn) * quotient;
    s->term *= quotient;
    s->sa += s->ta;
    s->sb += s->tb;
    s->sc += s->tc;
    s->sum += s->term;
    return quotient;
}

/* Adds up until what is left, as a geometric series, changes nothing. */
static running add_up(double a, double b, double c, double z, bool derivatives, double limit)
{
    running s = {.term = 1, .sum = 1, .terms = 1};
    for (int n = 0; n < MOST_TERMS; n++, s.terms++) {
        double quotient = fabs(next(&s, a, b, c, z, n)), size = fabs(s.term);
        if (derivatives) size += fabs(s.ta) + fabs(s.tb) + fabs(s.tc);
        if (fabs(s.sum) > limit) shrink(&s, limit);
        if (quotient < 1 && size <= 1e-17 * (1 - fmax(quotient, z)) * fabs(s.sum)) break;
    }
    return s;
}

ku_hyper_sum ku_hyper_series(double a, double b, double c, double z)
{
    assert(c > 0 && z >= 0 && z < 1);
    running s = add_up(a, b, c, z, true, INFINITY);
    return (ku_hyper_sum){s.sum, s.sa, s.sb, s.sc, s.terms};
}

double ku_log_hyper(double a, double b, double c, double z, double by[3])
{
    assert(a >= 0 && b >= 0 && c > 0 && z >= 0 && z < 1);
    bool euler = c < a + b && c > a && c > b;
    running s = euler ? add_up(c - a, c - b, c, z, by != NULL, 1e200)
                      : add_up(a, b, c, z, by != NULL, 1e200);
    double power = log1p(-z), value = s.scale + log(s.sum);
    if (by != NULL) {
        double da = s.sa / s.sum, db = s.sb / s.sum, dc = s.sc / s.sum;
        by[0] = euler ? -da - power : da;
        by[1] = euler ? -db - power : db;
        by[2] = euler ? da + db + dc + power : dc;
    }
    return euler ? value + (c - a - b) * power : value;
}
