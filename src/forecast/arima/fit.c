/* fit.c - exact maximum likelihood for one order.
 *
 * With S the sum of squared standardised errors e_t / sqrt(f_t) after the regression, and
 * the variance concentrated out, the likelihood of N differenced values is
 *     -2 ln L = N ln(2 pi) + N + N ln(S / N) + sum ln f_t,
 * that is N ln of the sum of squares of G^(1/2) e_t / sqrt(f_t), G the geometric mean of
 * the f_t: least squares, and a few Gauss-Newton steps do what a general search needs
 * many evaluations for. The regression coefficients are not among the unknowns: y and
 * the columns go through the same filter, and ordinary least squares of the one on the
 * others is generalised least squares (Kohn & Ansley 1985, Biometrika 72). The
 * derivatives are differences, one filter run for each ARMA coefficient.
 *
 * The coordinates of the search are partial autocorrelations of each of the four
 * polynomials, so that the stationary and invertible models fill a box. An invertible
 * model stands for those with the same likelihood whose roots lie inside the circle; the
 * box of the moving averages includes its walls, where likelihoods often have maxima. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "forecast/arima/arima_internal.h"
#include "num/levenberg.h"
#include "num/linear.h"

static const double partial_limit = 0.9999; /* of the autoregressions */
static const double step_size = 1e-6;       /* of the differences */
/* Squared errors below this share of the largest value squared are rounding. */
static const double smallest_square = 1e-26;
static const double two_pi = 6.283185307179586;

void ku_arima_name(const ku_arima_order *o, int columns, char name[KU_ARIMA_NAME])
{
    char season[32] = "";
    if (o->season > 1 && o->P + o->D + o->Q > 0)
        snprintf(season, sizeof season, "(%d,%d,%d)[%d]", o->P, o->D, o->Q, o->season);
    int apart = o->d + o->D;
    snprintf(name, KU_ARIMA_NAME, "%sARIMA(%d,%d,%d)%s%s", columns > 0 ? "Regression with " : "",
             o->p, o->d, o->q, season,
             columns > 0                 ? " errors"
             : o->constant && apart == 1 ? " with drift"
             : o->constant && apart == 0 ? " with non-zero mean"
             : apart == 0                ? " with zero mean"
                                         : "");
}

/* One fit under way. */
typedef struct fitting {
    ku_arima_work *work;
    ku_arima_order order;
    int unknowns;
    double phi[KU_ARIMA_ORDER], theta[KU_ARIMA_ORDER];
    double Phi[KU_ARIMA_SEASONAL], Theta[KU_ARIMA_SEASONAL];
    arima_process process;
    arima_filter filter;
    double squares;                  /* of the errors without the regression */
    double at[KU_ARIMA_ARMA], value; /* where work->base holds the errors */
    int steady;                      /* step found there */
} fitting;

static void begin(fitting *f, ku_arima_work *w, const ku_arima_order *order)
{
    *f = (fitting){.work = w, .order = *order};
    f->unknowns = order->p + order->q + order->P + order->Q;
    f->filter = (arima_filter){.n = w->used,
                               .series = 1 + w->kept,
                               .in = w->in,
                               .error = w->error,
                               .ahead = w->ahead,
                               .gain = w->gain,
                               .change = w->change};
    f->value = INFINITY;
}

static void take_coefficients(fitting *f, const double *x)
{
    const ku_arima_order *o = &f->order;
    ku_arima_from_partial(x, o->p, f->phi);
    ku_arima_from_partial(x + o->p, o->q, f->theta);
    ku_arima_from_partial(x + o->p + o->q, o->P, f->Phi);
    ku_arima_from_partial(x + o->p + o->q + o->P, o->Q, f->Theta);
    for (int i = 0; i < o->q; i++) f->theta[i] = -f->theta[i];
    for (int i = 0; i < o->Q; i++) f->Theta[i] = -f->Theta[i];
    ku_arima_process(&f->process, o, f->phi, f->theta, f->Phi, f->Theta);
}

/* Least squares of the filtered y on the filtered columns, by Gram and Schmidt in place:
 * error[0] is left with what they do not explain, error[k] with the basis. The triangle
 * and right side stay for the coefficients. */
static void project(ku_arima_work *w)
{
    int n = w->used, stride = w->columns + 2;
    double *y = w->error[0];
    for (int k = 0; k < w->kept; k++) {
        double *x = w->error[k + 1], norm = 0, size = 0, right = 0;
        for (int t = 0; t < n; t++) size += x[t] * x[t];
        for (int j = 0; j < k; j++) {
            const double *q = w->error[j + 1];
            double dot = 0;
            for (int t = 0; t < n; t++) dot += q[t] * x[t];
            for (int t = 0; t < n; t++) x[t] -= dot * q[t];
            w->triangle[j * stride + k] = dot;
        }
        for (int t = 0; t < n; t++) norm += x[t] * x[t];
        bool nothing = !(norm > 1e-20 * size);
        double factor = nothing ? 0 : 1 / sqrt(norm);
        for (int t = 0; t < n; t++) x[t] *= factor;
        for (int t = 0; t < n; t++) right += x[t] * y[t];
        for (int t = 0; t < n; t++) y[t] -= right * x[t];
        w->triangle[k * stride + k] = nothing ? 0 : sqrt(norm);
        w->beta[k] = right;
    }
}

/* Filters at x; ln of the sum of squares, and those errors, times G^(1/2), in `out`. */
static double errors_at(fitting *f, const double *x, int steady, double *out)
{
    ku_arima_work *w = f->work;
    take_coefficients(f, x);
    f->filter.steady = steady;
    if (!ku_arima_filter(&f->process, &f->filter, w->covariance)) return INFINITY;
    project(w);
    double mean = f->filter.logs / w->used, factor = exp(0.5 * mean), sum = 0;
    for (int t = 0; t < w->used; t++) {
        sum += w->error[0][t] * w->error[0][t];
        out[t] = factor * w->error[0][t];
    }
    f->squares = sum;
    return isfinite(sum) ? log(fmax(sum, w->used * smallest_square)) + mean : INFINITY;
}

/* ---- the two functions of the search -------------------------------------------------- */

static double value_at(void *data, const double *x)
{
    fitting *f = data;
    f->value = errors_at(f, x, -1, f->work->base);
    f->steady = f->filter.steady;
    memcpy(f->at, x, (size_t)f->unknowns * sizeof(double));
    return f->value;
}

/* Derivative of the errors by unknown j, into its column of the Jacobian. The step goes
 * inward; the filter turns steady where it did at x, so that the difference is smooth. */
static void column_at(fitting *f, const double *x, int j)
{
    ku_arima_work *w = f->work;
    double moved[KU_ARIMA_ARMA], *column = w->jacobian + (size_t)j * (size_t)w->used;
    memcpy(moved, x, (size_t)f->unknowns * sizeof(double));
    double step = x[j] > 0 ? -step_size : step_size;
    moved[j] += step;
    if (!isfinite(errors_at(f, moved, f->steady == w->used ? -2 : f->steady, column))) {
        memset(column, 0, (size_t)w->used * sizeof(double));
        return;
    }
    for (int t = 0; t < w->used; t++) column[t] = (column[t] - w->base[t]) / step;
}

static void normal_at(void *data, const double *x, double *matrix, double *gradient)
{
    fitting *f = data;
    ku_arima_work *w = f->work;
    size_t n = (size_t)w->used, k = (size_t)f->unknowns;
    if (memcmp(f->at, x, k * sizeof(double)) != 0) value_at(f, x);
    double share = exp(-f->value);
    for (int j = 0; j < f->unknowns; j++) column_at(f, x, j);
    for (size_t i = 0; i < k; i++) {
        const double *a = w->jacobian + i * n;
        double slope = 0;
        for (size_t t = 0; t < n; t++) slope += a[t] * w->base[t];
        gradient[i] = slope * share;
        for (size_t j = 0; j <= i; j++) {
            const double *b = w->jacobian + j * n;
            double sum = 0;
            for (size_t t = 0; t < n; t++) sum += a[t] * b[t];
            matrix[i * k + j] = sum * share;
        }
    }
}

static double search(fitting *f, double *x, double good_enough)
{
    double lower[KU_ARIMA_ARMA], upper[KU_ARIMA_ARMA];
    const ku_arima_order *o = &f->order;
    for (int i = 0; i < f->unknowns; i++) {
        bool average = (i >= o->p && i < o->p + o->q) || i >= o->p + o->q + o->P;
        upper[i] = average ? 1 : partial_limit;
        lower[i] = -upper[i];
    }
    const ku_levenberg_problem problem = {.unknowns = f->unknowns,
                                          .lower = lower,
                                          .upper = upper,
                                          .value = value_at,
                                          .normal = normal_at,
                                          .data = f};
    const ku_levenberg_options options = {
        .iterations = 100, .tolerance = 1e-9, .good_enough = good_enough};
    return ku_levenberg(&problem, &options, x, f->work->search).value;
}

/* ---- starts ----------------------------------------------------------------------------- */

/* The neighbour's parameters as far as both have them. */
static void from_neighbour(const ku_arima_order *o, const ku_arima_fit *near, double *x)
{
    const ku_arima_order *other = &near->order;
    const int have[4] = {other->p, other->q, other->P, other->Q};
    const int want[4] = {o->p, o->q, o->P, o->Q};
    const double *from = near->partial;
    for (int i = 0; i < 4; from += have[i], x += want[i], i++)
        for (int k = 0; k < want[i]; k++) x[k] = k < have[i] ? from[k] : 0;
}

enum { STARTS = 5 };

/* The two best points of a coarse grid over the first coordinate of each polynomial, for
 * likelihoods with several maxima; how many. */
static int grid_starts(fitting *f, double to[2][KU_ARIMA_ARMA])
{
    static const double value[4][3] = {
        {-0.4, 0.3, 0.8}, {-0.3, 0.3, 0.8}, {-0.4, 0.3, 0.9}, {-0.3, 0.3, 0.8}};
    const ku_arima_order *o = &f->order;
    const int size[4] = {o->p, o->q, o->P, o->Q};
    double best[2] = {INFINITY, INFINITY};
    for (int point = 0; point < 81; point++) {
        double x[KU_ARIMA_ARMA] = {0};
        bool repeated = false;
        for (int part = 0, at = 0, code = point; part < 4; at += size[part], part++, code /= 3) {
            if (size[part] > 0) x[at] = value[part][code % 3];
            repeated |= size[part] == 0 && code % 3 > 0;
        }
        if (repeated) continue;
        double here = value_at(f, x);
        int place = here < best[0] ? 0 : here < best[1] ? 1 : 2;
        if (place == 0) {
            best[1] = best[0];
            memcpy(to[1], to[0], sizeof x);
        }
        if (place == 2) continue;
        best[place] = here;
        memcpy(to[place], x, sizeof x);
    }
    return isfinite(best[1]) ? 2 : isfinite(best[0]) ? 1 : 0;
}

/* The starts there are, by row of `to`; how many. */
static int starts(fitting *f, const ku_arima_fit *near, bool thorough,
                  double to[STARTS][KU_ARIMA_ARMA])
{
    int count = 0;
    if (ku_arima_guess(f->work, &f->order, to[count])) count++;
    if (near != NULL) from_neighbour(&f->order, near, to[count++]);
    /* Small and unlike each other: at zero the two sides of a model cancel. */
    for (int i = 0; i < f->unknowns; i++) to[count][i] = i % 2 == 0 ? 0.1 : -0.05;
    count++;
    return thorough ? count + grid_starts(f, to + count) : count;
}

/* The best of a few points far apart for an autoregression and a moving average that could
 * cancel each other; `x` holds a start, of which the other polynomials stay. */
static void apart_start(fitting *f, int ar, int p, int ma, int q, double *x)
{
    static const double value[3] = {-0.5, 0.3, 0.9};
    double best = INFINITY, to[KU_ARIMA_ARMA], trial[KU_ARIMA_ARMA];
    memcpy(trial, x, sizeof trial);
    for (int i = 0; i < p; i++) trial[ar + i] = 0;
    for (int i = 0; i < q; i++) trial[ma + i] = 0;
    for (int point = 0; point < 9; point++) {
        trial[ar] = value[point / 3];
        trial[ma] = value[point % 3];
        double here = point / 3 == point % 3 ? INFINITY : value_at(f, trial);
        if (!(here < best)) continue;
        best = here;
        memcpy(to, trial, sizeof to);
    }
    if (isfinite(best)) memcpy(x, to, sizeof to);
}

/* Searches from the best of the starts and, where autoregression and moving average meet,
 * once more from afar: at zero they cancel, and a search that begins near there stays. */
static double find_quickly(fitting *f, double from[STARTS][KU_ARIMA_ARMA], int count,
                           double good_enough, double *x)
{
    const ku_arima_order *o = &f->order;
    double best = INFINITY, other[KU_ARIMA_ARMA];
    int first = 0;
    for (int i = 0; i < count; i++) {
        double value = value_at(f, from[i]);
        if (!(value < best)) continue;
        best = value;
        first = i;
    }
    if (!isfinite(best)) return best;
    memcpy(x, from[first], sizeof other);
    memcpy(other, x, sizeof other);
    best = search(f, x, good_enough);
    if (o->p * o->q == 0 && o->P * o->Q == 0) return best;
    if (o->p * o->q > 0) apart_start(f, 0, o->p, o->p, o->q, other);
    if (o->P * o->Q > 0) apart_start(f, o->p + o->q, o->P, o->p + o->q + o->P, o->Q, other);
    double again = search(f, other, fmin(good_enough, best));
    if (!(again < best)) return best;
    memcpy(x, other, sizeof other);
    return again;
}

static bool find_parameters(fitting *f, const ku_arima_fit *near, bool thorough, double good_enough,
                            double *x)
{
    double from[STARTS][KU_ARIMA_ARMA] = {{0}}, best = INFINITY;
    int count = starts(f, near, thorough, from);
    if (!thorough) return isfinite(find_quickly(f, from, count, good_enough, x));
    for (int i = 0; i < count; i++) {
        double value = search(f, from[i], good_enough);
        if (!(value < best)) continue;
        best = value;
        memcpy(x, from[i], sizeof from[i]);
    }
    return isfinite(best);
}

/* ---- the result ----------------------------------------------------------------------- */

static void solve_regression(ku_arima_work *w, double *coefficient /* kept */)
{
    int stride = w->columns + 2;
    for (int k = w->kept - 1; k >= 0; k--) {
        double rest = w->beta[k];
        for (int j = k + 1; j < w->kept; j++) rest -= w->triangle[k * stride + j] * coefficient[j];
        double pivot = w->triangle[k * stride + k];
        coefficient[k] = pivot == 0 ? 0 : rest / pivot;
    }
}

static void describe_likelihood(const fitting *f, ku_arima_fit *fit)
{
    const ku_arima_work *w = f->work;
    double n = w->used, k = fit->unknowns + 1;
    double squares = fmax(f->squares, n * smallest_square);
    fit->exact = f->squares <= n * smallest_square;
    fit->loglik = -0.5 *
                  (n * (log(two_pi * squares / n) + 1 + 2 * log(w->scale[0])) + f->filter.logs);
    fit->aic = -2 * fit->loglik + 2 * k;
    fit->bic = -2 * fit->loglik + log(n) * k;
    fit->aicc = n > k + 1 ? fit->aic + 2 * k * (k + 1) / (n - k - 1) : INFINITY;
    double spread = w->scale[0] * sqrt(f->squares / fmax(1, n - fit->unknowns));
    fit->sigma2 = spread * spread;
}

/* The coefficients in the units of the data. */
static void describe_regression(ku_arima_work *w, ku_arima_fit *fit)
{
    double *scaled = w->base;
    memset(w->coefficient, 0, (size_t)w->given * sizeof(double));
    solve_regression(w, scaled);
    for (int k = 0; k < w->kept; k++) {
        double value = scaled[k] / w->scale[k + 1] * w->scale[0];
        if (w->column[k] < 0)
            fit->constant = value;
        else
            w->coefficient[w->column[k]] = value;
    }
    fit->coefficient = w->coefficient;
    fit->dependent = w->dependent;
}

static bool finish(fitting *f, const double *x, ku_arima_fit *fit)
{
    ku_arima_work *w = f->work;
    if (!isfinite(errors_at(f, x, -1, w->base))) return false;
    *fit = (ku_arima_fit){.order = f->order, .n = w->n, .columns = w->given, .used = w->used};
    fit->order.constant = w->order.constant;
    fit->unknowns = f->unknowns + w->kept;
    memcpy(fit->phi, f->phi, sizeof fit->phi);
    memcpy(fit->theta, f->theta, sizeof fit->theta);
    memcpy(fit->Phi, f->Phi, sizeof fit->Phi);
    memcpy(fit->Theta, f->Theta, sizeof fit->Theta);
    memcpy(fit->partial, x, (size_t)f->unknowns * sizeof(double));
    describe_likelihood(f, fit);
    describe_regression(w, fit);
    return true;
}

/* ln of the sum of squares with which the order's AICc is `aicc`. */
static double squares_for(const fitting *f, double aicc)
{
    const ku_arima_work *w = f->work;
    double n = w->used, k = f->unknowns + w->kept + 1;
    if (!isfinite(aicc) || n <= k + 1) return INFINITY;
    double deviance = aicc - 2 * k - 2 * k * (k + 1) / (n - k - 1);
    return deviance / n - 1 - log(two_pi / n) - 2 * log(w->scale[0]);
}

bool ku_arima_fit_prepared(ku_arima_work *work, const ku_arima_order *order,
                           const ku_arima_fit *near, bool thorough, double worth, ku_arima_fit *fit)
{
    fitting f;
    double x[KU_ARIMA_ARMA];
    begin(&f, work, order);
    if (f.unknowns > 0 && !find_parameters(&f, near, thorough, squares_for(&f, worth), x))
        return false;
    return finish(&f, x, fit);
}

bool ku_arima_refit(ku_arima_work *work, const ku_arima_fit *known, ku_arima_fit *fit)
{
    fitting f;
    begin(&f, work, &known->order);
    return finish(&f, known->partial, fit);
}

int ku_arima_most_columns(const ku_arima_order *order, int n)
{
    int most = n - order->d - order->D * order->season - order->p - order->q - order->P - order->Q;
    return most - 1;
}

bool ku_arima_fit_order(ku_arima_work *work, const ku_arima_data *data, const ku_arima_order *order,
                        const ku_arima_fit *start, ku_arima_fit *fit)
{
    if (!ku_arima_possible(order, data->n)) return false;
    int most = ku_arima_most_columns(order, data->n);
    return ku_arima_prepare(work, data, order, most) &&
           ku_arima_fit_prepared(work, order, start, true, INFINITY, fit);
}

bool ku_arima_load(ku_arima_work *work, const ku_arima_data *data, const ku_arima_fit *fit,
                   arima_process *process, arima_filter *filter)
{
    fitting f;
    int most = ku_arima_most_columns(&fit->order, data->n);
    if (!ku_arima_prepare(work, data, &fit->order, most)) return false;
    begin(&f, work, &fit->order);
    f.filter.steady = -2;
    ku_arima_process(process, &fit->order, fit->phi, fit->theta, fit->Phi, fit->Theta);
    *filter = f.filter;
    if (!ku_arima_filter(process, filter, work->covariance)) return false;
    project(work);
    solve_regression(work, work->slope);
    return true;
}

/* ---- standard errors -------------------------------------------------------------------- */

/* Second derivatives of the value by central differences; `x` within the bounds. */
static void curvature(fitting *f, const double *x, double *matrix)
{
    static const double width = 1e-4;
    int k = f->unknowns;
    double *out = f->work->jacobian, moved[KU_ARIMA_ARMA];
    double middle = errors_at(f, x, -2, out);
    for (int i = 0; i < k; i++)
        for (int j = 0; j <= i; j++) {
            double sum = 0;
            for (int corner = 0; corner < 4; corner++) {
                double a = corner & 1 ? width : -width, b = corner & 2 ? width : -width;
                memcpy(moved, x, (size_t)k * sizeof(double));
                moved[i] += a;
                moved[j] += b;
                if (i == j && a != b) {
                    sum -= middle;
                    continue;
                }
                sum += (a * b > 0 ? 1 : -1) * errors_at(f, moved, -2, out);
            }
            matrix[i * k + j] = sum / (4 * width * width);
        }
}

/* Variance of coefficient i = variance of its linear form in the coordinates, whose
 * curvature is `factor` (Cholesky), per observation. */
static void coefficient_errors(const double *partial, int p, int from, const double *factor, int k,
                               double n, double *error)
{
    double slope[KU_ARIMA_ORDER][KU_ARIMA_ORDER], up[KU_ARIMA_ORDER], down[KU_ARIMA_ORDER];
    static const double width = 1e-6;
    for (int j = 0; j < p; j++) {
        double moved[KU_ARIMA_ORDER];
        memcpy(moved, partial, (size_t)p * sizeof(double));
        moved[j] = partial[j] + width;
        ku_arima_from_partial(moved, p, up);
        moved[j] = partial[j] - width;
        ku_arima_from_partial(moved, p, down);
        for (int i = 0; i < p; i++) slope[i][j] = (up[i] - down[i]) / (2 * width);
    }
    for (int i = 0; i < p; i++) {
        double form[KU_ARIMA_ARMA] = {0}, variance = 0, solved[KU_ARIMA_ARMA];
        memcpy(form + from, slope[i], (size_t)p * sizeof(double));
        memcpy(solved, form, sizeof form);
        ku_cholesky_solve(factor, k, k, solved);
        for (int j = 0; j < k; j++) variance += form[j] * solved[j];
        error[i] = sqrt(2 * variance / n);
    }
}

/* sqrt of the diagonal of the inverse of R'R, in the units of the data, by regressor. */
static void regression_errors(ku_arima_work *w, double spread, double *error)
{
    int stride = w->columns + 2, shift = w->order.constant ? 1 : 0;
    memset(error, 0, (size_t)(w->given + shift) * sizeof(double));
    for (int k = 0; k < w->kept; k++) {
        double sum = 0, *row = w->slope;
        for (int i = k; i < w->kept; i++) { /* row k of the inverse of R */
            double right = i == k ? 1 : 0;
            for (int j = k; j < i; j++) right -= row[j] * w->triangle[j * stride + i];
            double pivot = w->triangle[i * stride + i];
            row[i] = pivot == 0 ? 0 : right / pivot;
            sum += row[i] * row[i];
        }
        int to = w->column[k] < 0 ? 0 : shift + w->column[k];
        error[to] = spread * sqrt(sum) / w->scale[k + 1] * w->scale[0];
    }
}

void ku_arima_errors(ku_arima_work *work, const ku_arima_data *data, const ku_arima_fit *fit,
                     double *error)
{
    fitting f;
    double x[KU_ARIMA_ARMA], matrix[KU_ARIMA_ARMA * KU_ARIMA_ARMA];
    const ku_arima_order *o = &fit->order;
    const int size[4] = {o->p, o->q, o->P, o->Q};
    int most = ku_arima_most_columns(o, data->n), from = 0;
    if (!ku_arima_prepare(work, data, o, most)) return;
    begin(&f, work, o);
    for (int i = 0; i < f.unknowns; i++)
        x[i] = fmin(fmax(fit->partial[i], -partial_limit + 1e-4), partial_limit - 1e-4);
    int k = f.unknowns;
    if (k > 0) curvature(&f, x, matrix);
    bool curved = k == 0 || ku_cholesky(matrix, k, k);
    for (int part = 0; part < 4; from += size[part], part++) {
        for (int i = 0; i < size[part]; i++) error[from + i] = NAN;
        if (curved)
            coefficient_errors(x + from, size[part], from, matrix, k, work->used, error + from);
    }
    errors_at(&f, fit->partial, -2, work->base);
    regression_errors(work, sqrt(f.squares / work->used), error + from);
}
