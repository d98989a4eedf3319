/* select.c - stochastic search for the columns of a regression.
 *
 * Given which columns count, coefficients and noise have a known distribution, and how well the
 * columns explain the rows is a number that needs one small Cholesky factor. Each draw looks at
 * the columns one after the other and lets chance, weighted by those numbers, decide whether
 * each stays. The factor is of the columns that count, a handful of maybe hundreds, so that a
 * look costs little. */
#include "returns/impact/select.h"

#include <math.h>
#include <string.h>

#include "num/cumulative.h"
#include "num/linear.h"

size_t ku_select_room(int columns)
{
    return (size_t)columns * ((size_t)columns + 1);
}

size_t ku_select_places(int columns)
{
    return 2 * (size_t)columns;
}

void ku_select_precision(const double *xx, int columns, double n, double weight, double *precision)
{
    for (int i = 0; i < columns; i++)
        for (int j = 0; j < columns; j++) {
            int at = i * columns + j;
            precision[at] = weight * (i == j ? 1 : 0.5) * xx[at] / n;
        }
}

double ku_draw_deviation(ku_rng *rng, double shape, double rate, double most)
{
    for (int i = 0; i < 20; i++) {
        double deviation = sqrt(rate / ku_rng_gamma(rng, shape));
        if (deviation <= most) return deviation;
    }
    double above = ku_gamma_above(rate / (most * most), shape);
    double precision = ku_gamma_quantile(1 - above * ku_rng_uniform(rng), shape);
    double deviation = sqrt(rate / precision);
    return deviation <= most ? deviation : most;
}

/* ---- how well a choice explains the rows -------------------------------------------------------- */

typedef struct fit {
    bool possible;
    int count;     /* columns that count */
    double sum;    /* of squares: of the prior and of what is left */
    double weight; /* log of the choice's posterior, up to a constant */
} fit;

typedef struct search {
    const ku_select_prior *prior;
    const ku_select_rows *rows;
    double *factor; /* of X'X + precision, for the columns that count */
    double *mean;   /* of their coefficients */
    int *chosen;    /* which they are */
} search;

/* The factor of the chosen columns of a symmetric matrix, plus those of another one. False
 * where it has none. */
static bool factor(const search *s, int count, const double *a, const double *b, double *log_size)
{
    int columns = s->rows->columns;
    for (int i = 0; i < count; i++)
        for (int j = 0; j <= i; j++) {
            int at = s->chosen[i] * columns + s->chosen[j];
            s->factor[i * count + j] = a[at] + (b != NULL ? b[at] : 0);
        }
    if (!ku_cholesky(s->factor, count, count)) return false;
    *log_size = 0;
    for (int i = 0; i < count; i++) *log_size += 2 * log(s->factor[i * count + i]);
    return isfinite(*log_size);
}

static double prior_weight(const search *s, const bool *counts)
{
    double sum = 0;
    for (int j = 0; j < s->rows->columns; j++)
        sum += counts[j] ? log(s->prior->chance[j]) : log1p(-s->prior->chance[j]);
    return sum;
}

/* Leaves factor and mean of the choice behind. Scott & Varian (2014), eq. 11 to 13. */
static fit look(const search *s, const bool *counts)
{
    const ku_select_prior *prior = s->prior;
    fit f = {.possible = true, .weight = prior_weight(s, counts)};
    double before = 0, after = 0, explained = 0;
    for (int j = 0; j < s->rows->columns; j++)
        if (counts[j]) s->chosen[f.count++] = j;
    f.sum = prior->freedom * prior->guess * prior->guess + s->rows->rr;
    if (f.count > 0) {
        f.possible = factor(s, f.count, prior->precision, NULL, &before) &&
                     factor(s, f.count, s->rows->xx, prior->precision, &after);
        if (!f.possible) return f;
        for (int i = 0; i < f.count; i++) s->mean[i] = s->rows->xr[s->chosen[i]];
        ku_cholesky_solve(s->factor, f.count, f.count, s->mean);
        for (int i = 0; i < f.count; i++) explained += s->mean[i] * s->rows->xr[s->chosen[i]];
    }
    f.sum -= fmin(fmax(explained, 0), s->rows->rr);
    f.weight += (before - after) / 2 - (prior->freedom + s->rows->rows) / 2 * log(f.sum);
    f.possible = isfinite(f.weight);
    return f;
}

/* ---- a draw ------------------------------------------------------------------------------------ */

/* The first `count` of a random order of the columns that may or may not count. */
static int shuffle(const ku_select_prior *prior, int columns, ku_rng *rng, int *order)
{
    int open = 0;
    for (int j = 0; j < columns; j++)
        if (prior->chance[j] > 0 && prior->chance[j] < 1) order[open++] = j;
    int count = open < prior->flips ? open : prior->flips;
    for (int i = 0; i < count; i++) {
        int with = i + (int)ku_rng_below(rng, (uint64_t)(open - i)), was = order[i];
        order[i] = order[with];
        order[with] = was;
    }
    return count;
}

static void choose(const search *s, ku_rng *rng, bool *counts, int *order)
{
    int flips = shuffle(s->prior, s->rows->columns, rng, order);
    if (flips == 0) return;
    fit now = look(s, counts);
    for (int i = 0; i < flips; i++) {
        int j = order[i];
        counts[j] = !counts[j];
        fit other = look(s, counts);
        double odds = other.possible ? exp(fmin(other.weight - now.weight, 700)) : 0;
        if (!now.possible || ku_rng_uniform(rng) * (1 + odds) < odds)
            now = other;
        else
            counts[j] = !counts[j];
    }
}

/* Normal with the factor's precision divided by deviation²: L' x = z. */
static void draw_coefficients(const search *s, const fit *f, double deviation, ku_rng *rng,
                              double *coefficient)
{
    memset(coefficient, 0, (size_t)s->rows->columns * sizeof *coefficient);
    for (int i = f->count - 1; i >= 0; i--) {
        double value = deviation * ku_rng_normal(rng);
        for (int k = i + 1; k < f->count; k++)
            value -= s->factor[k * f->count + i] * coefficient[s->chosen[k]];
        coefficient[s->chosen[i]] = value / s->factor[i * f->count + i];
    }
    for (int i = 0; i < f->count; i++) coefficient[s->chosen[i]] += s->mean[i];
}

double ku_select_draw(const ku_select_prior *prior, const ku_select_rows *rows, ku_rng *rng,
                      bool *counts, double *coefficient, double *work, int *places)
{
    search s = {prior, rows, work, work + (size_t)rows->columns * (size_t)rows->columns, places};
    choose(&s, rng, counts, places + rows->columns);
    fit f = look(&s, counts);
    if (!f.possible) {
        memset(counts, 0, (size_t)rows->columns * sizeof *counts);
        f = look(&s, counts);
    }
    double deviation = ku_draw_deviation(rng, (prior->freedom + rows->rows) / 2, f.sum / 2,
                                         prior->most);
    draw_coefficients(&s, &f, deviation, rng, coefficient);
    return deviation;
}
