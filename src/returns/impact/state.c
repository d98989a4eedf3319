/* state.c - a filter forwards, a smoother backwards, and random states through both.
 *
 * Durbin and Koopman's way to a random draw of the states given the series needs no draw from
 * a distribution of many variables: states and a series are simulated from the model alone, the
 * difference between the real series and the simulated one is smoothed, and its smoothed states
 * are added to the simulated ones. The mean comes from the smoother and the spread from the
 * simulation. Where there is only a level a draw backwards is simpler and needs half the random
 * numbers.
 *
 * The matrices of the model are mostly zeros, so nothing is multiplied out: what a period shows
 * is the sum of the first two numbers of the state, and the turn of a season is a shift. */
#include "returns/impact/state.h"

#include <math.h>
#include <string.h>

/* Where the parts of the work memory lie. */
typedef struct parts {
    double *p;       /* size x size: variance of the state expected */
    double *m;       /* n x size: its covariance with the period's value */
    double *f;       /* n: variance of what is expected of the value; 0: not seen */
    double *v;       /* n: the surprise */
    double *a;       /* size: state expected */
    double *r, *was; /* size: what later values say of the state */
    double *z;       /* n: the series less the simulated one */
} parts;

size_t ku_state_room(const ku_state_model *model, int n)
{
    size_t size = (size_t)ku_state_size(model), periods = (size_t)n;
    return size * size + periods * (size + 3) + 3 * size;
}

static parts lay_out(const ku_state_model *model, int n, double *work)
{
    size_t size = (size_t)ku_state_size(model), periods = (size_t)n;
    parts w = {.p = work};
    w.m = w.p + size * size;
    w.f = w.m + periods * size;
    w.v = w.f + periods;
    w.z = w.v + periods;
    w.a = w.z + periods;
    w.r = w.a + size;
    w.was = w.r + size;
    return w;
}

/* The season that begins, without its step. */
static void turn(double *state, int size)
{
    double sum = 0;
    for (int i = 1; i < size; i++) sum += state[i];
    memmove(state + 2, state + 1, (size_t)(size - 2) * sizeof *state);
    state[1] = -sum;
}

void ku_state_step(const ku_state_model *model, int t, ku_rng *rng, double *state)
{
    state[0] += sqrt(model->level_variance) * ku_rng_normal(rng);
    if (!ku_state_turns(model, t)) return;
    turn(state, model->seasons);
    state[1] += sqrt(model->season_variance) * ku_rng_normal(rng);
}

/* ---- forwards ------------------------------------------------------------------------------- */

/* What a turn does to the variance: T P T' of the seasons and of their covariance with the
 * level. Rows are `size` apart; `row` is memory for one of them. */
static void turn_variance(double *p, int size, double *row)
{
    for (int i = 0; i < size; i++) { /* columns: P T' */
        double *at = p + (size_t)i * (size_t)size;
        turn(at, size);
    }
    memset(row, 0, (size_t)size * sizeof *row);
    for (int i = 1; i < size; i++)
        for (int j = 0; j < size; j++) row[j] -= p[(size_t)i * (size_t)size + (size_t)j];
    for (int i = size - 1; i > 1; i--)
        memcpy(p + (size_t)i * (size_t)size, p + (size_t)(i - 1) * (size_t)size,
               (size_t)size * sizeof *p);
    memcpy(p + size, row, (size_t)size * sizeof *p);
}

static void start_filter(const ku_state_model *model, const parts *w)
{
    int size = ku_state_size(model);
    memset(w->p, 0, (size_t)size * (size_t)size * sizeof *w->p);
    memset(w->a, 0, (size_t)size * sizeof *w->a);
    for (int i = 0; i < size; i++) w->p[(size_t)i * (size_t)(size + 1)] = model->first_variance;
    w->a[0] = model->first;
}

/* Learns from the value of period t: fills v, m and f, and moves a and p to what is known
 * with it. */
static void take_value(const ku_state_model *model, const parts *w, int t, double value)
{
    int size = ku_state_size(model);
    double *m = w->m + (size_t)t * (size_t)size;
    for (int i = 0; i < size; i++) m[i] = ku_state_signal(w->p + (size_t)i * (size_t)size, size);
    w->f[t] = ku_state_signal(m, size) + model->noise_variance;
    w->v[t] = value - ku_state_signal(w->a, size);
    double by = 1 / w->f[t], gain = w->v[t] * by;
    for (int i = 0; i < size; i++) {
        double *row = w->p + (size_t)i * (size_t)size, share = m[i] * by;
        w->a[i] += m[i] * gain;
        for (int j = 0; j < size; j++) row[j] -= share * m[j];
    }
}

static void move_on(const ku_state_model *model, const parts *w, int t)
{
    int size = ku_state_size(model);
    w->p[0] += model->level_variance;
    if (!ku_state_turns(model, t)) return;
    turn(w->a, size);
    turn_variance(w->p, size, w->r);
    w->p[size + 1] += model->season_variance;
}

static void filter(const ku_state_model *model, int n, const double *y, const bool *seen,
                   const parts *w)
{
    start_filter(model, w);
    for (int t = 0; t < n; t++) {
        if (seen[t])
            take_value(model, w, t, y[t]);
        else
            w->f[t] = 0;
        move_on(model, w, t);
    }
}

void ku_state_ahead(const ku_state_model *model, int n, const double *y, const bool *seen,
                    double *expected, double *work)
{
    parts w = lay_out(model, n, work);
    start_filter(model, &w);
    for (int t = 0; t < n; t++) {
        expected[t] = ku_state_signal(w.a, ku_state_size(model));
        if (seen[t]) take_value(model, &w, t, y[t]);
        move_on(model, &w, t);
    }
}

/* ---- backwards ------------------------------------------------------------------------------- */

/* r becomes what it is one period earlier, as seen from period t: T' r. */
static void turn_back(const ku_state_model *model, int t, double *r)
{
    int size = model->seasons;
    if (!ku_state_turns(model, t)) return;
    double first = r[1];
    for (int j = 1; j < size - 1; j++) r[j] = r[j + 1] - first;
    r[size - 1] = -first;
}

/* Durbin & Koopman (2012), Time Series Analysis by State Space Methods, 2nd ed., eq. 4.69 and
 * 4.70: r of each period is kept in states, whose place the smoothed ones then take. */
static void smooth(const ku_state_model *model, int n, const parts *w, double *states)
{
    int size = ku_state_size(model);
    memset(w->r, 0, (size_t)size * sizeof *w->r);
    for (int t = n - 1; t >= 0; t--) {
        memcpy(states + (size_t)t * (size_t)size, w->r, (size_t)size * sizeof *states);
        turn_back(model, t, w->r);
        if (w->f[t] == 0) continue;
        const double *m = w->m + (size_t)t * (size_t)size;
        double said = w->v[t];
        for (int i = 0; i < size; i++) said -= m[i] * w->r[i];
        said /= w->f[t];
        w->r[0] += said;
        if (size > 1) w->r[1] += said;
    }
    memcpy(w->a, w->r, (size_t)size * sizeof *w->r);
    for (int i = 0; i < size; i++) w->a[i] *= model->first_variance;
    w->a[0] += model->first;
    for (int t = 0; t < n; t++) {
        double *state = states + (size_t)t * (size_t)size;
        memcpy(w->was, state, (size_t)size * sizeof *state);
        memcpy(state, w->a, (size_t)size * sizeof *state);
        w->a[0] += model->level_variance * w->was[0];
        if (!ku_state_turns(model, t)) continue;
        turn(w->a, size);
        w->a[1] += model->season_variance * w->was[1];
    }
}

/* ---- a draw ------------------------------------------------------------------------------------ */

/* A level alone needs no simulated series: the last level is drawn given all values, each
 * earlier one given the next (Carter & Kohn 1994, Biometrika 81, section 2.1), one random
 * number a period. `mean` and `variance` become those of each level given the values
 * so far. */
static void draw_levels(const ku_state_model *model, int n, const double *y, const bool *seen,
                        ku_rng *rng, double *levels, double *mean, double *variance)
{
    double a = model->first, p = model->first_variance, q = model->level_variance;
    for (int t = 0; t < n; t++) {
        if (seen[t]) {
            double gain = p / (p + model->noise_variance);
            a += gain * (y[t] - a);
            p -= gain * p;
        }
        mean[t] = a;
        variance[t] = p;
        p += q;
    }
    levels[n - 1] = mean[n - 1] + sqrt(variance[n - 1]) * ku_rng_normal(rng);
    for (int t = n - 2; t >= 0; t--) {
        double share = variance[t] / (variance[t] + q);
        levels[t] = mean[t] + share * (levels[t + 1] - mean[t]) +
                    sqrt(share * q) * ku_rng_normal(rng);
    }
}

static void draw_first(const ku_state_model *model, ku_rng *rng, double *state)
{
    double sd = sqrt(model->first_variance);
    for (int i = 0; i < ku_state_size(model); i++) state[i] = sd * ku_rng_normal(rng);
}

void ku_state_draw(const ku_state_model *model, int n, const double *y, const bool *seen,
                   ku_rng *rng, double *states, double *work)
{
    parts w = lay_out(model, n, work);
    int size = ku_state_size(model);
    double noise = sqrt(model->noise_variance);
    if (size == 1) {
        draw_levels(model, n, y, seen, rng, states, w.f, w.v);
        return;
    }
    ku_rng again = *rng; /* the same steps once more, when the smoothed states are there */
    draw_first(model, rng, w.a);
    for (int t = 0; t < n; t++) {
        w.z[t] = y[t] - ku_state_signal(w.a, size);
        if (t + 1 < n) ku_state_step(model, t, rng, w.a);
    }
    for (int t = 0; t < n; t++) w.z[t] -= noise * ku_rng_normal(rng);
    filter(model, n, w.z, seen, &w);
    smooth(model, n, &w, states);
    draw_first(model, &again, w.a);
    for (int t = 0; t < n; t++) {
        for (int i = 0; i < size; i++) states[(size_t)t * (size_t)size + (size_t)i] += w.a[i];
        if (t + 1 < n) ku_state_step(model, t, &again, w.a);
    }
}
