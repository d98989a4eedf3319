/* conformal.c - permutation tests of effects and the search for the effects not rejected.
 *
 * The share of permutations moves in steps of 1 / periods and need not fall evenly on both sides
 * of the estimate. So the search looks at places ever further apart on each side, takes the
 * outermost that is not rejected and halves the way to its outer neighbour. */
#include "returns/geolift/conformal.h"

#include <math.h>
#include <stdbool.h>

enum { PLACES = 36, HALVINGS = 34, DOUBLINGS = 60 };
#define NEAREST 0.05 /* first place, in root mean squares of the residuals */
#define FURTHER 1.2  /* each place as far again */

static double part_of(double residual, ku_lift_test test)
{
    return test == KU_LIFT_ANY ? fabs(residual) : residual;
}

/* The sum over the last `window`. */
static double statistic(const double *residual, int count, int window, ku_lift_test test)
{
    double sum = 0;
    for (int k = count - window; k < count; k++) sum += part_of(residual[k], test);
    return sum;
}

/* Equal but for rounding counts as at least as extreme. */
static bool reaches(double other, double observed, double size)
{
    return other >= observed - 1e-10 * size;
}

static double size_of(const double *residual, int count)
{
    double sum = 0;
    for (int k = 0; k < count; k++) sum += fabs(residual[k]);
    return sum;
}

double ku_conformal_blocks(const double *residual, int count, int window, ku_lift_test test)
{
    double size = size_of(residual, count), sum = statistic(residual, count, window, test);
    double observed = fabs(sum);
    int hits = 1;                                 /* itself */
    for (int shift = 1; shift < count; shift++) { /* the block moves on by one, round the end */
        sum += part_of(residual[shift - 1], test);
        sum -= part_of(residual[(count - window + shift - 1) % count], test);
        hits += reaches(fabs(sum), observed, size);
    }
    return (double)hits / count;
}

double ku_conformal_days(const double *residual, int count, int window, int draws, ku_rng *rng,
                         int *room)
{
    double size = size_of(residual, count);
    double observed = statistic(residual, count, window, KU_LIFT_ANY);
    int hits = 1;
    for (int k = 0; k < count; k++) room[k] = k;
    for (int draw = 0; draw < draws; draw++) {
        double sum = 0;
        for (int k = 0; k < window; k++) { /* the first of a random order, and no more of it */
            int other = k + (int)ku_rng_below(rng, (uint64_t)(count - k)), kept = room[k];
            room[k] = room[other];
            room[other] = kept;
            sum += fabs(residual[room[k]]);
        }
        hits += reaches(sum, observed, size);
    }
    return (double)hits / (draws + 1);
}

/* ---- intervals ------------------------------------------------------------------------------ */

typedef struct asking {
    ku_synth *synth;
    int window;
    ku_lift_test test;
    double alpha;
} asking;

/* The mean of the window's residuals once the effect is taken off. */
static double left_at(const asking *a, double effect)
{
    ku_synth *s = a->synth;
    double sum = 0;
    ku_synth_lower(s, a->window, effect, NULL);
    for (int k = s->count - a->window; k < s->count; k++) sum += s->residual[k];
    return sum / a->window;
}

static bool allowed(const asking *a, double effect)
{
    ku_synth *s = a->synth;
    ku_synth_lower(s, a->window, effect, NULL);
    return ku_conformal_blocks(s->residual, s->count, a->window, a->test) > a->alpha;
}

/* The effect that leaves the window's residuals a mean of 0: all permutations are at least as
 * extreme, so it is allowed. What is left falls as the effect supposed grows. */
static double centre_of(const asking *a, double about, double unit)
{
    double before = about, left = left_at(a, about), step = left > 0 ? unit : -unit;
    double lo, hi;
    if (left == 0) return about;
    for (int k = 0; k < DOUBLINGS; k++, step *= 2) {
        double next = before + step, then = left_at(a, next);
        if ((then > 0) != (left > 0)) break;
        before = next;
    }
    lo = step > 0 ? before : before + step;
    hi = step > 0 ? before + step : before;
    for (int k = 0; k < HALVINGS; k++) {
        double middle = lo + (hi - lo) / 2;
        if (left_at(a, middle) > 0)
            lo = middle;
        else
            hi = middle;
    }
    return lo + (hi - lo) / 2;
}

/* The end of what is allowed on one side of the centre, `unit` long and signed. */
static double end_of(const asking *a, double centre, double unit)
{
    double reach = 0, step = unit * NEAREST, inner = centre, outer = centre + step;
    for (int k = 0; k < PLACES; k++, step *= FURTHER) {
        reach += step;
        if (!allowed(a, centre + reach)) continue;
        inner = centre + reach;
        outer = inner + step * FURTHER;
    }
    if (inner == centre + reach) return unit > 0 ? INFINITY : -INFINITY;
    for (int k = 0; k < HALVINGS; k++) {
        double middle = inner + (outer - inner) / 2;
        if (allowed(a, middle))
            inner = middle;
        else
            outer = middle;
    }
    return inner;
}

ku_lift_interval ku_conformal_interval(ku_synth *synth, int window, ku_lift_test test,
                                       double confidence, double about)
{
    asking a = {synth, window, test, 1 - confidence + 1e-12};
    if (1.0 / synth->count > a.alpha) return (ku_lift_interval){-INFINITY, INFINITY};
    ku_synth_lower(synth, window, about, NULL);
    double unit = synth->imbalance / sqrt(synth->count);
    if (!(unit > 0)) return (ku_lift_interval){about, about};
    double centre = centre_of(&a, about, unit);
    return (ku_lift_interval){end_of(&a, centre, -unit), end_of(&a, centre, unit)};
}
