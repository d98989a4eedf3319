/* brent.c - a scan for the right valley, then Brent's method down to its bottom. */
#include "num/brent.h"

#include <assert.h>
#include <math.h>

enum { STEPS = 100 };

static const double golden = 0.3819660112501051; /* (3 - sqrt 5) / 2 */

typedef struct place {
    double x, value;
} place;

/* The three lowest places so far, and where the minimum must lie. */
typedef struct valley {
    place best, second, third;
    double low, high;
} valley;

/* From the best place to the bottom of the parabola through all three; NaN when they lie
 * on a line. */
static double parabola(const valley *v)
{
    double r = (v->best.x - v->second.x) * (v->best.value - v->third.value);
    double q = (v->best.x - v->third.x) * (v->best.value - v->second.value);
    double p = (v->best.x - v->third.x) * q - (v->best.x - v->second.x) * r;
    return -p / (2 * (q - r));
}

static void enter(valley *v, place next)
{
    if (next.value <= v->best.value) {
        *(next.x < v->best.x ? &v->high : &v->low) = v->best.x;
        v->third = v->second;
        v->second = v->best;
        v->best = next;
        return;
    }
    *(next.x < v->best.x ? &v->low : &v->high) = next.x;
    if (next.value <= v->second.value || v->second.x == v->best.x) {
        v->third = v->second;
        v->second = next;
    } else if (next.value <= v->third.value || v->third.x == v->best.x ||
               v->third.x == v->second.x) {
        v->third = next;
    }
}

static place descend(ku_brent_fn *fn, void *data, double low, double high, place start,
                     double tolerance)
{
    valley v = {start, start, start, low, high};
    double last = 0, before = 0; /* the last step, and the one before it */
    for (int i = 0; i < STEPS; i++) {
        double middle = (v.low + v.high) / 2, near = tolerance * fabs(v.best.x) + 1e-14;
        if (fabs(v.best.x - middle) <= 2 * near - (v.high - v.low) / 2) break;
        double step = parabola(&v), to = v.best.x + step;
        if (fabs(before) > near && fabs(step) < fabs(before) / 2 && to > v.low && to < v.high) {
            before = last;
            if (to - v.low < 2 * near || v.high - to < 2 * near)
                step = copysign(near, middle - v.best.x);
        } else {
            before = v.best.x < middle ? v.high - v.best.x : v.low - v.best.x;
            step = golden * before;
        }
        last = step;
        if (fabs(step) < near) step = copysign(near, step);
        place next = {v.best.x + step, 0};
        next.value = fn(data, next.x);
        enter(&v, next);
    }
    return v.best;
}

double ku_brent(ku_brent_fn *fn, void *data, double low, double high, int points, double tolerance,
                double *value)
{
    assert(points >= 3 && low <= high);
    place best = {low, INFINITY};
    int at = 0;
    double last = points - 1;
    for (int i = 0; i < points; i++) {
        double share = i / last, x = i == points - 1 ? high : low + (high - low) * share * share;
        double found = fn(data, x);
        if (!(found < best.value)) continue;
        best = (place){x, found};
        at = i;
    }
    if (isfinite(best.value)) {
        double down = fmax(at - 1, 0) / last, up = fmin(at + 1, last) / last;
        best = descend(fn, data, low + (high - low) * down * down, low + (high - low) * up * up,
                       best, tolerance);
    }
    if (value != NULL) *value = best.value;
    return best.x;
}
