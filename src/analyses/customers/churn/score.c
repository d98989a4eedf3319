/* score.c - how good probabilities were. */
#include "analyses/customers/churn/score.h"

#include <math.h>
#include <stdlib.h>

#include "num/glm.h"
#include "num/share.h"

estimate churn_share(double x, double n)
{
    if (n <= 0) return (estimate){NAN, NAN, NAN};
    ku_interval i = ku_wilson(x, n, 0.95);
    return (estimate){x / n, i.lo, i.hi};
}

estimate churn_around(double value, double error)
{
    return (estimate){value, value - CHURN_Z * error, value + CHURN_Z * error};
}

double score_log_odds(double p)
{
    p = fmin(fmax(p, 1e-12), 1 - 1e-12);
    return log(p / (1 - p));
}

/* ---- area under the curve ------------------------------------------------------------------- */

typedef struct ranked {
    double p;
    size_t row;
} ranked;

static int by_p(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static ranked *sort_by_p(const forecasts *f, ku_arena *arena)
{
    ranked *order = KU_ARRAY(arena, f->rows + 1, ranked);
    for (size_t i = 0; i < f->rows; i++) order[i] = (ranked){f->p[i], i};
    qsort(order, f->rows, sizeof *order, by_p);
    return order;
}

/* Variance of a mean of n placements of the given sum and sum of squares. */
static double mean_variance(double sum, double squares, double n)
{
    return n > 1 ? fmax(squares - sum * sum / n, 0) / (n - 1) / n : 0;
}

estimate score_auc(const forecasts *f, ku_arena *arena)
{
    ranked *order = sort_by_p(f, arena);
    double left = 0, sum_left = 0, square_left = 0, sum_stayed = 0, square_stayed = 0;
    for (size_t i = 0; i < f->rows; i++) left += f->y[i];
    double stayed = (double)f->rows - left, left_below = 0, stayed_below = 0;
    if (left == 0 || stayed == 0) return (estimate){NAN, NAN, NAN};
    for (size_t from = 0, to; from < f->rows; from = to) {
        double left_here = 0, stayed_here = 0;
        for (to = from; to < f->rows && order[to].p == order[from].p; to++) {
            left_here += f->y[order[to].row];
            stayed_here += 1 - f->y[order[to].row];
        }
        double placed_left = (stayed_below + stayed_here / 2) / stayed;
        double placed_stayed = (left - left_below - left_here / 2) / left;
        sum_left += left_here * placed_left;
        square_left += left_here * placed_left * placed_left;
        sum_stayed += stayed_here * placed_stayed;
        square_stayed += stayed_here * placed_stayed * placed_stayed;
        left_below += left_here;
        stayed_below += stayed_here;
    }
    double error = sqrt(mean_variance(sum_left, square_left, left) +
                        mean_variance(sum_stayed, square_stayed, stayed));
    estimate auc = churn_around(sum_left / left, error);
    auc.lo = fmax(auc.lo, 0);
    auc.hi = fmin(auc.hi, 1);
    return auc;
}

/* ---- distance and calibration ---------------------------------------------------------------- */

estimate score_brier(const forecasts *f)
{
    double sum = 0, squares = 0, n = (double)f->rows;
    if (f->rows == 0) return (estimate){NAN, NAN, NAN};
    for (size_t i = 0; i < f->rows; i++) {
        double distance = (f->p[i] - f->y[i]) * (f->p[i] - f->y[i]);
        sum += distance;
        squares += distance * distance;
    }
    return churn_around(sum / n, sqrt(mean_variance(sum, squares, n)));
}

bool score_calibration(const forecasts *f, ku_arena *arena, calibration *out)
{
    static const double free_of_penalty[2] = {0, 0};
    ku_glm fit;
    ku_error ignored = {0};
    double *x = KU_ARRAY(arena, f->rows + 1, double);
    for (size_t i = 0; i < f->rows; i++) x[i] = score_log_odds(f->p[i]);
    ku_glm_rows rows = {.rows = f->rows, .dense = 1, .x = x, .y = f->y};
    if (ku_glm_fit(KU_GLM_LOGIT, &rows, free_of_penalty, arena, NULL, &fit, &ignored) != KU_OK)
        return false;
    const double *v = fit.covariance;
    if (!(v[0] > 0) || !(v[3] > 0) || !fit.converged) return false;
    out->intercept = churn_around(fit.beta[0], sqrt(v[0]));
    out->slope = churn_around(fit.beta[1], sqrt(v[3]));
    return true;
}

int score_groups(const forecasts *f, int groups, ku_arena *arena, tenth *out)
{
    ranked *order = sort_by_p(f, arena);
    int count = 0;
    for (int g = 0; g < groups; g++) {
        size_t from = f->rows * (size_t)g / (size_t)groups;
        size_t to = f->rows * (size_t)(g + 1) / (size_t)groups;
        if (from == to) continue;
        tenth t = {.rows = (double)(to - from)};
        for (size_t i = from; i < to; i++) {
            t.expected += f->p[order[i].row] / t.rows;
            t.happened += f->y[order[i].row];
        }
        out[count++] = t;
    }
    return count;
}
