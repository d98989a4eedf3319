/* saturation.c - more exposure brings less and less: the curves of response.h over arrays.
 *
 * The mix model asks for them at every step of its sampler for every channel, region and week,
 * so they work on LANES numbers at once without a branch. A power goes through num/lanes.h,
 * whose bits do not depend on the machine. Sums are kept by lane and joined in the end, which
 * gives the same bits whatever the width of the vectors. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "no-trapping-math") /* else a choice between two numbers is a branch */
#endif

#include <assert.h>
#include <math.h>
#include <string.h>

#include "returns/response_internal.h"

enum { LANES = 16 };

/* The parameters as the curves need them. */
typedef struct curve {
    double half, per_half, slope;
    double rate; /* logistic: r */
    double none; /* what Hill's curve or a power gives for no exposure */
    double rise; /* the derivative there */
} curve;

typedef struct lanes {
    double x[LANES], out[LANES], pull[LANES], by_x[LANES], by_half[LANES], by_slope[LANES];
} lanes;

static curve curve_of(const ku_response_form *form, const ku_response_values *values)
{
    bool hill = form->saturation == KU_SATURATION_HILL;
    curve c = {.half = values->half, .per_half = 1 / values->half, .slope = values->slope};
    c.rate = ku_response_ln3 / values->half;
    c.none = values->slope > 0 ? 0 : hill ? 0.5 : 1;
    c.rise = values->slope == 1 ? hill ? c.per_half : 1 : 0;
    return c;
}

/* ---- LANES numbers ---------------------------------------------------------------------- */

/* In two loops: a choice after the power in the same loop would become a branch around it. */
KU_LANES void hill(const curve *c, lanes *l)
{
    for (int i = 0; i < LANES; i++) {
        double u = l->x[i] * c->per_half, v = u > ku_response_least ? u : ku_response_least;
        l->out[i] = 1 / (1 + ku_response_power(v, -c->slope));
    }
    for (int i = 0; i < LANES; i++)
        l->out[i] = l->x[i] * c->per_half > ku_response_least ? l->out[i] : c->none;
}

KU_LANES double logistic_at(const curve *c, double x)
{
    double e = c->rate * x;
    e = ku_lane_exp(-(e < 700 ? e : 700));
    return (1 - e) / (1 + e);
}

KU_LANES void power(const curve *c, lanes *l)
{
    for (int i = 0; i < LANES; i++) {
        double x = l->x[i], v = x > ku_response_least ? x : ku_response_least;
        l->out[i] = ku_response_power(v, c->slope);
    }
    for (int i = 0; i < LANES; i++) l->out[i] = l->x[i] > ku_response_least ? l->out[i] : c->none;
}

KU_LANES void hill_back(const curve *c, lanes *l)
{
    for (int i = 0; i < LANES; i++) {
        double x = l->x[i], u = x * c->per_half, h = l->out[i], bend = l->pull[i] * h * (1 - h);
        double v = u > ku_response_least ? u : ku_response_least;
        double rising = c->slope * c->per_half * bend / v, start = l->pull[i] * c->rise;
        double turn = bend * ku_lane_log(v);
        l->by_x[i] = u > ku_response_least ? rising : start;
        l->by_half[i] -= c->slope * c->per_half * bend;
        l->by_slope[i] += u > ku_response_least ? turn : 0;
    }
}

KU_LANES void logistic_back(const curve *c, lanes *l)
{
    for (int i = 0; i < LANES; i++) {
        double h = l->out[i], steep = 0.5 * l->pull[i] * c->rate * (1 - h * h);
        l->by_x[i] = steep;
        l->by_half[i] -= l->x[i] * c->per_half * steep;
    }
}

KU_LANES void michaelis_menten_back(const curve *c, lanes *l)
{
    for (int i = 0; i < LANES; i++) {
        double h = l->out[i], part = l->pull[i] / (l->x[i] + c->half);
        l->by_x[i] = part * (1 - h);
        l->by_half[i] -= part * h;
    }
}

KU_LANES void power_back(const curve *c, lanes *l)
{
    for (int i = 0; i < LANES; i++) {
        double x = l->x[i], v = x > ku_response_least ? x : ku_response_least;
        double p = l->pull[i] * l->out[i], start = l->pull[i] * c->rise;
        double rising = c->slope * p / v, turn = p * ku_lane_log(v);
        l->by_x[i] = x > ku_response_least ? rising : start;
        l->by_slope[i] += x > ku_response_least ? turn : 0;
    }
}

KU_LANES void forward_lanes(ku_saturation_kind kind, const curve *c, lanes *l)
{
    switch (kind) {
    case KU_SATURATION_HILL:
        hill(c, l);
        break;
    case KU_SATURATION_LOGISTIC:
        for (int i = 0; i < LANES; i++) l->out[i] = logistic_at(c, l->x[i]);
        break;
    case KU_SATURATION_MICHAELIS_MENTEN:
        for (int i = 0; i < LANES; i++) l->out[i] = l->x[i] / (l->x[i] + c->half);
        break;
    case KU_SATURATION_POWER:
        power(c, l);
        break;
    case KU_SATURATION_NONE:
    case KU_SATURATION_COUNT:
        memcpy(l->out, l->x, sizeof l->out);
        break;
    }
}

KU_LANES void back_lanes(ku_saturation_kind kind, const curve *c, lanes *l)
{
    switch (kind) {
    case KU_SATURATION_HILL:
        hill_back(c, l);
        break;
    case KU_SATURATION_LOGISTIC:
        logistic_back(c, l);
        break;
    case KU_SATURATION_MICHAELIS_MENTEN:
        michaelis_menten_back(c, l);
        break;
    case KU_SATURATION_POWER:
        power_back(c, l);
        break;
    case KU_SATURATION_NONE:
    case KU_SATURATION_COUNT:
        memcpy(l->by_x, l->pull, sizeof l->by_x);
        break;
    }
}

/* ---- arrays ------------------------------------------------------------------------------ */

KU_LANES void forward(ku_saturation_kind kind, const curve *c, size_t n, const double *x,
                      double *out)
{
    lanes l = {.x = {0}};
    for (size_t at = 0; at < n; at += LANES) {
        size_t bytes = (n - at < LANES ? n - at : LANES) * sizeof *x;
        if (bytes == sizeof l.x) {
            memcpy(l.x, x + at, sizeof l.x);
            forward_lanes(kind, c, &l);
            memcpy(out + at, l.out, sizeof l.out);
        } else {
            memcpy(l.x, x + at, bytes);
            forward_lanes(kind, c, &l);
            memcpy(out + at, l.out, bytes);
        }
    }
}

KU_LANES void back(ku_saturation_kind kind, const curve *c, size_t n, const double *x,
                   const double *out, const double *pull, ku_response_values *by, double *by_x)
{
    lanes l = {.x = {0}};
    for (size_t at = 0; at < n; at += LANES) {
        size_t bytes = (n - at < LANES ? n - at : LANES) * sizeof *x;
        if (bytes < sizeof l.x) memset(l.pull, 0, sizeof l.pull);
        memcpy(l.x, x + at, bytes);
        memcpy(l.out, out + at, bytes);
        memcpy(l.pull, pull + at, bytes);
        back_lanes(kind, c, &l);
        memcpy(by_x + at, l.by_x, bytes);
    }
    for (int i = 0; i < LANES; i++) {
        by->half += l.by_half[i];
        by->slope += l.by_slope[i];
    }
}

typedef void forward_fn(ku_saturation_kind, const curve *, size_t, const double *, double *);
typedef void back_fn(ku_saturation_kind, const curve *, size_t, const double *, const double *,
                     const double *, ku_response_values *, double *);

/* A body once for each kind, so that the choice is made outside the loop, and once more for
 * processors with wide vectors. */
#define EACH_KIND(call)                                                                            \
    switch (kind) {                                                                                \
    case KU_SATURATION_HILL:                                                                       \
        call(KU_SATURATION_HILL);                                                                  \
        break;                                                                                     \
    case KU_SATURATION_LOGISTIC:                                                                   \
        call(KU_SATURATION_LOGISTIC);                                                              \
        break;                                                                                     \
    case KU_SATURATION_MICHAELIS_MENTEN:                                                           \
        call(KU_SATURATION_MICHAELIS_MENTEN);                                                      \
        break;                                                                                     \
    case KU_SATURATION_POWER:                                                                      \
        call(KU_SATURATION_POWER);                                                                 \
        break;                                                                                     \
    case KU_SATURATION_NONE:                                                                       \
    case KU_SATURATION_COUNT:                                                                      \
        call(KU_SATURATION_NONE);                                                                  \
        break;                                                                                     \
    }
#define FORWARD(which) forward(which, c, n, x, out)
#define BACK(which)    back(which, c, n, x, out, pull, by, by_x)

static void forward_narrow(ku_saturation_kind kind, const curve *c, size_t n, const double *x,
                           double *out){EACH_KIND(FORWARD)}

KU_WIDE_LANES static void forward_wide(ku_saturation_kind kind, const curve *c, size_t n,
                                       const double *x, double *out)
{
    EACH_KIND(FORWARD)
}

static void back_narrow(ku_saturation_kind kind, const curve *c, size_t n, const double *x,
                        const double *out, const double *pull, ku_response_values *by,
                        double *by_x){EACH_KIND(BACK)}

KU_WIDE_LANES static void back_wide(ku_saturation_kind kind, const curve *c, size_t n,
                                    const double *x, const double *out, const double *pull,
                                    ku_response_values *by, double *by_x)
{
    EACH_KIND(BACK)
}

void ku_saturate(const ku_response_form *form, const ku_response_values *values, size_t n,
                 const double *x, double *out)
{
    curve c = curve_of(form, values);
    forward_fn *run = KU_HAS_WIDE_LANES ? forward_wide : forward_narrow;
    run(form->saturation, &c, n, x, out);
}

void ku_saturate_back(const ku_response_form *form, const ku_response_values *values, size_t n,
                      const double *x, const double *out, const double *pull,
                      ku_response_values *by, double *by_x)
{
    curve c = curve_of(form, values);
    back_fn *run = KU_HAS_WIDE_LANES ? back_wide : back_narrow;
    run(form->saturation, &c, n, x, out, pull, by, by_x);
}

double ku_saturation(const ku_response_form *form, const ku_response_values *values, double x,
                     double *by_x, ku_response_values *by)
{
    assert(x >= 0);
    curve c = curve_of(form, values);
    lanes l = {.x = {x}, .pull = {1}};
    forward_lanes(form->saturation, &c, &l);
    if (by_x == NULL && by == NULL) return l.out[0];
    back_lanes(form->saturation, &c, &l);
    if (by_x != NULL) *by_x = l.by_x[0];
    if (by != NULL) *by = (ku_response_values){.half = l.by_half[0], .slope = l.by_slope[0]};
    return l.out[0];
}
