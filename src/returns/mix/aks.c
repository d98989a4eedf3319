/* aks.c - knots chosen by the data: an adaptive ridge on the second differences of a linear
 * spline with a knot in nearly every period drives most bends to 0; over a hundred penalties
 * the set of knots with the lowest AIC is taken. As Meridian's automatic knot selection does
 * (google/meridian, model/knots.py), after Goepp, Bouaziz & Nuel (2018), Spline regression with
 * automatic knot selection, arXiv:1808.01770, and Frommlet & Nuel (2016), An adaptive ridge
 * procedure for L0 regularization, PLoS ONE 11(2).
 *
 * The regions share the spline's matrix, so only their mean in each period enters the
 * coefficients; the squares around the means only the criterion. */
#include "returns/mix/mix_internal.h"

#include <math.h>
#include <string.h>

enum { PENALTIES = 100, ROUNDS = 1000, BAND = 3 };

/* A symmetric matrix with two bands beside the diagonal: row i holds (i,i), (i,i+1), (i,i+2). */
typedef struct band {
    int n;
    double *a; /* [n][BAND] */
} band;

/* Solves a x = b; x replaces b, L D L' replaces a. */
static void solve(band m, double *b)
{
    for (int i = 0; i < m.n; i++) {
        const double *row = m.a + BAND * i;
        for (int j = 1; j < BAND && i + j < m.n; j++) {
            double factor = row[j] / row[0];
            for (int l = j; l < BAND && i + l < m.n; l++)
                m.a[BAND * (i + j) + l - j] -= factor * row[l];
            b[i + j] -= factor * b[i];
        }
    }
    for (int i = m.n - 1; i >= 0; i--) {
        for (int j = 1; j < BAND && i + j < m.n; j++) b[i] -= m.a[BAND * i + j] * b[i + j];
        b[i] /= m.a[BAND * i];
    }
}

/* The normal equations of the hat functions on the knots at[n] for means over all periods, each
 * of `weight` regions. */
static void normal_equations(const int *at, int n, const double *mean, int periods, double weight,
                             band m, double *xy)
{
    memset(m.a, 0, (size_t)(BAND * n) * sizeof *m.a);
    memset(xy, 0, (size_t)n * sizeof *xy);
    for (int t = 0, i = 0; t < periods; t++) {
        while (i + 2 < n && at[i + 1] <= t) i++;
        double right = (double)(t - at[i]) / (double)(at[i + 1] - at[i]), left = 1 - right;
        m.a[BAND * i] += weight * left * left;
        m.a[BAND * i + 1] += weight * left * right;
        m.a[BAND * (i + 1)] += weight * right * right;
        xy[i] += weight * left * mean[t];
        xy[i + 1] += weight * right * mean[t];
    }
}

/* The squares that the spline with coefficients c leaves of the means. */
static double left_over(const int *at, int n, const double *mean, int periods, const double *c)
{
    double sum = 0;
    for (int t = 0, i = 0; t < periods; t++) {
        while (i + 2 < n && at[i + 1] <= t) i++;
        double right = (double)(t - at[i]) / (double)(at[i + 1] - at[i]);
        double miss = mean[t] - (1 - right) * c[i] - right * c[i + 1];
        sum += miss * miss;
    }
    return sum;
}

typedef struct search {
    const double *mean;
    double within, weight;
    int periods, n; /* coefficients of the full spline */
    const int *at;  /* its knots, ends included */
    band full, system;
    double *xy, *c, *w;
    int *chosen; /* knots of a penalty, ends included */
    double *fit;
} search;

/* One round of the adaptive ridge; the largest change of what is selected. */
static double round_of(search *s, double penalty, double *selected)
{
    static const double step[BAND] = {1, -2, 1};
    double change = 0;
    memcpy(s->system.a, s->full.a, (size_t)(BAND * s->n) * sizeof *s->full.a);
    for (int k = 0; k + 2 < s->n; k++)
        for (int i = 0; i < BAND; i++)
            for (int j = i; j < BAND; j++)
                s->system.a[BAND * (k + i) + j - i] += penalty * s->w[k] * step[i] * step[j];
    memcpy(s->c, s->xy, (size_t)s->n * sizeof *s->c);
    solve(s->system, s->c);
    for (int k = 0; k + 2 < s->n; k++) {
        double bend = s->c[k] - 2 * s->c[k + 1] + s->c[k + 2];
        s->w[k] = 1 / (bend * bend + 1e-10);
        double now = s->w[k] * bend * bend;
        change = fmax(change, fabs(now - selected[k]));
        selected[k] = now;
    }
    return change;
}

/* Least squares on the selected knots: how many there are, and the squares it leaves. */
static int refit(search *s, const double *selected, double *squares)
{
    int n = 0;
    s->chosen[n++] = 0;
    for (int k = 0; k + 2 < s->n; k++)
        if (selected[k] > .99) s->chosen[n++] = s->at[k + 1];
    s->chosen[n++] = s->periods - 1;
    s->system.n = n;
    normal_equations(s->chosen, n, s->mean, s->periods, s->weight, s->system, s->fit);
    solve(s->system, s->fit);
    s->system.n = s->n;
    *squares = s->within + s->weight * left_over(s->chosen, n, s->mean, s->periods, s->fit);
    return n - 2;
}

static search start(const double *mean, double within, int periods, int regions, ku_arena *arena)
{
    size_t room = (size_t)periods;
    int *at = KU_ARRAY(arena, room, int), n = 0;
    for (int t = 0; t < periods; t++)
        if (t != periods - 2) at[n++] = t; /* one knot fewer than there are periods */
    search s = {mean, within, regions, periods, n, at, {0}, {0}, NULL, NULL, NULL, NULL, NULL};
    s.full = (band){n, KU_ARRAY(arena, BAND * room, double)};
    s.system = (band){n, KU_ARRAY(arena, BAND * room, double)};
    s.xy = KU_ARRAY(arena, room, double);
    s.c = KU_ARRAY(arena, room, double);
    s.w = KU_ARRAY(arena, room, double);
    s.fit = KU_ARRAY(arena, room, double);
    s.chosen = KU_ARRAY(arena, room + 2, int);
    for (int k = 0; k < n; k++) s.w[k] = 1;
    normal_equations(at, n, mean, periods, regions, s.full, s.xy);
    return s;
}

/* The scale of the criterion: the square of the full spline's mean residual square. */
static double criterion_scale(search *s)
{
    memcpy(s->system.a, s->full.a, (size_t)(BAND * s->n) * sizeof *s->full.a);
    memcpy(s->c, s->xy, (size_t)s->n * sizeof *s->c);
    solve(s->system, s->c);
    double left = s->within + s->weight * left_over(s->at, s->n, s->mean, s->periods, s->c);
    double mean = left / (s->weight * s->periods - s->n);
    return mean * mean;
}

int mix_choose_knots(const double *mean, double within, int periods, int regions, int features,
                     ku_arena *arena, int *to)
{
    int most = periods - 3 - features, found = 0, penalty = 0;
    if (most < 1 || periods < 6) return 0;
    search s = start(mean, within, periods, regions, arena);
    double *selected = KU_ARRAY(arena, (size_t)periods, double), best = INFINITY;
    for (int k = 0; k < s.n; k++) selected[k] = 1;
    double scale = criterion_scale(&s);
    for (int i = 0; i < ROUNDS && penalty < PENALTIES; i++) {
        double size = pow(10, -1 + 3 * penalty / (double)(PENALTIES - 1)) / sqrt(regions);
        if (round_of(&s, size, selected) >= 1e-6) continue;
        double squares;
        int n = refit(&s, selected, &squares);
        double aic = 2 * (n + 2) + squares / scale;
        penalty++;
        if (n < 1 || n > most || aic > best) continue;
        best = aic;
        found = n;
        memcpy(to, s.chosen + 1, (size_t)n * sizeof *to);
    }
    return found;
}
