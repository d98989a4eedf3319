/* adstock.c - exposure lasts: weighted sums of the present and the past, and their gradient.
 *
 * Any weights are a sum over the lags. Geometric ones need no sum: with w[l] = a^l up to a
 * furthest lag L,
 *     s[t] = a s[t-1] + x[t] - a^(L+1) x[t-L-1],
 * where the last term takes out what leaves the window. Its way back is the same recursion
 * from the end: with z[t] = pull[t] + a z[t+1], the gradient with respect to x[t] is
 * z[t] - a^(L+1) z[t+L+1] and that with respect to a is the sum of
 * z[t] (s[t-1] - (L+1) a^L x[t-L-1]). Work on a period runs over the series side by side. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "no-trapping-math") /* else a choice between two numbers is a branch */
#endif

#include <assert.h>
#include <math.h>
#include <string.h>

#include "returns/response_internal.h"

enum {
    LANES = 8,
    STRETCH = 512, /* numbers that a sum over the lags goes through at a time */
    WEIGHTS = KU_ADSTOCK_LONGEST + 1,
};

/* ---- weights -------------------------------------------------------------------------------- */

/* The weights before they are made to sum to 1, with their derivatives. */
typedef struct weights {
    int lag;
    double w[WEIGHTS], by_carry[WEIGHTS], by_delay[WEIGHTS];
} weights;

static void geometric_weights(double a, weights *to)
{
    double power = 1, below = 0; /* a^l and a^(l-1) */
    for (int l = 0; l <= to->lag; l++) {
        to->w[l] = power;
        to->by_carry[l] = l * below;
        below = power;
        power *= a;
    }
}

static void binomial_weights(double a, weights *to)
{
    double power = a > 0 ? 1 / a - 1 : INFINITY;
    for (int l = 1; l <= to->lag; l++) {
        double base = log1p(-(double)l / (to->lag + 1));
        to->w[l] = a > 0 ? exp(base * power) : 0;
        to->by_carry[l] = to->w[l] > 0 ? -to->w[l] * base / (a * a) : 0;
    }
    to->w[0] = 1;
}

static void delayed_weights(double a, double delay, weights *to)
{
    for (int l = 0; l <= to->lag; l++) {
        double far = l - delay, square = far * far;
        double w = a > 0 ? exp(square * log(a)) : square == 0;
        to->w[l] = w;
        to->by_carry[l] = a > 0 ? square * w / a : square == 1;
        to->by_delay[l] = a > 0 ? -2 * far * log(a) * w : 0;
    }
}

static void weibull_cdf_weights(double shape, double scale, weights *to)
{
    double sum = 0, by_shape = 0, by_scale = 0; /* of (j / scale)^shape */
    to->w[0] = 1;
    for (int l = 1; l <= to->lag; l++) {
        double ratio = l / scale, power = pow(ratio, shape);
        sum += power;
        by_shape += power * log(ratio);
        by_scale -= power * shape / scale;
        to->w[l] = exp(-sum);
        to->by_carry[l] = to->w[l] > 0 ? -to->w[l] * by_shape : 0;
        to->by_delay[l] = to->w[l] > 0 ? -to->w[l] * by_scale : 0;
    }
}

/* (v - low) / size with its derivatives, for every weight. */
static void shift_and_scale(weights *to, double low, double low_carry, double low_delay,
                            double size, double size_carry, double size_delay)
{
    for (int l = 0; l <= to->lag; l++) {
        double w = (to->w[l] - low) / size;
        to->by_carry[l] = (to->by_carry[l] - low_carry - w * size_carry) / size;
        to->by_delay[l] = (to->by_delay[l] - low_delay - w * size_delay) / size;
        to->w[l] = w;
    }
}

static void weibull_pdf_weights(double shape, double scale, weights *to)
{
    int low = 0, high = 0;
    for (int l = 0; l <= to->lag; l++) {
        double ratio = (l + 1) / scale, power = pow(ratio, shape), turn = log(ratio);
        double density = shape / scale * power / ratio * exp(-power);
        to->w[l] = density;
        to->by_carry[l] = density > 0 ? density * (1 / shape + turn * (1 - power)) : 0;
        to->by_delay[l] = density > 0 ? density * shape / scale * (power - 1) : 0;
        if (density < to->w[low]) low = l;
        if (density > to->w[high]) high = l;
    }
    double size = to->w[high] - to->w[low];
    if (!(size > 0)) { /* a single weight, or a density that is nothing anywhere */
        memset(to->by_carry, 0, sizeof to->by_carry);
        memset(to->by_delay, 0, sizeof to->by_delay);
        for (int l = 0; l <= to->lag; l++) to->w[l] = l == 0;
        return;
    }
    shift_and_scale(to, to->w[low], to->by_carry[low], to->by_delay[low], size,
                    to->by_carry[high] - to->by_carry[low], to->by_delay[high] - to->by_delay[low]);
}

static void normalise(weights *to)
{
    double sum = 0, carry = 0, delay = 0;
    for (int l = 0; l <= to->lag; l++) {
        sum += to->w[l];
        carry += to->by_carry[l];
        delay += to->by_delay[l];
    }
    if (sum > 0) shift_and_scale(to, 0, 0, 0, sum, carry, delay);
}

static void fill_weights(const ku_response_form *form, const ku_response_values *values,
                         weights *to)
{
    assert(form->lag >= 0 && form->lag <= KU_ADSTOCK_LONGEST);
    size_t bytes = ((size_t)form->lag + 1) * sizeof *to->w;
    to->lag = form->adstock == KU_ADSTOCK_NONE ? 0 : form->lag;
    memset(to->by_carry, 0, bytes);
    memset(to->by_delay, 0, bytes);
    switch (form->adstock) {
    case KU_ADSTOCK_GEOMETRIC:
        geometric_weights(values->carry, to);
        break;
    case KU_ADSTOCK_BINOMIAL:
        binomial_weights(values->carry, to);
        break;
    case KU_ADSTOCK_DELAYED:
        delayed_weights(values->carry, values->delay, to);
        break;
    case KU_ADSTOCK_WEIBULL_CDF:
        weibull_cdf_weights(values->carry, values->delay, to);
        break;
    case KU_ADSTOCK_WEIBULL_PDF:
        weibull_pdf_weights(values->carry, values->delay, to);
        break;
    case KU_ADSTOCK_NONE:
    case KU_ADSTOCK_COUNT:
        to->w[0] = 1;
        break;
    }
    if (form->normalised) normalise(to);
}

void ku_adstock_weights(const ku_response_form *form, const ku_response_values *values, double *w,
                        double *by_carry, double *by_delay)
{
    weights all;
    fill_weights(form, values, &all);
    for (int l = 0; l <= form->lag; l++) {
        bool used = l <= all.lag;
        w[l] = used ? all.w[l] : 0;
        if (by_carry != NULL) by_carry[l] = used ? all.by_carry[l] : 0;
        if (by_delay != NULL) by_delay[l] = used ? all.by_delay[l] : 0;
    }
}

/* ---- any weights: a sum over the lags ----------------------------------------------------------- */

/* out[i] = sum of w[l] x[before + i - l width], a stretch at a time so that it stays near;
 * `before` numbers of history stand in front in x. */
KU_LANES void sum_lags(const weights *by, size_t width, size_t before, size_t n,
                       const double *restrict x, double *restrict out)
{
    for (size_t from = 0; from < n; from += STRETCH) {
        size_t to = n - from < STRETCH ? n : from + STRETCH;
        memset(out + from, 0, (to - from) * sizeof *out);
        for (int l = 0; l <= by->lag; l++) {
            size_t back = (size_t)l * width, first = back > before ? back - before : 0;
            double w = by->w[l];
            for (size_t i = from > first ? from : first; i < to; i++)
                out[i] += w * x[before + i - back];
        }
    }
}

KU_LANES double dot(size_t n, const double *restrict a, const double *restrict b)
{
    double lane[LANES] = {0}, sum = 0;
    size_t whole = n - n % LANES;
    for (size_t at = 0; at < whole; at += LANES)
        for (int i = 0; i < LANES; i++) lane[i] += a[at + i] * b[at + i];
    for (size_t at = whole; at < n; at++) lane[at - whole] += a[at] * b[at];
    for (int i = 0; i < LANES; i++) sum += lane[i];
    return sum;
}

/* The way back of sum_lags; by_x has `felt` numbers of history in front. */
KU_LANES void sum_lags_back(const weights *by, size_t width, size_t before, size_t felt, size_t n,
                            const double *restrict x, const double *restrict pull,
                            ku_response_values *sum, double *restrict by_x)
{
    if (by_x != NULL) memset(by_x, 0, (felt + n) * sizeof *by_x);
    for (int l = 0; l <= by->lag; l++) {
        size_t back = (size_t)l * width, first = back > before ? back - before : 0;
        if (first >= n) break;
        double found = dot(n - first, pull + first, x + (before + first - back)), w = by->w[l];
        sum->carry += found * by->by_carry[l];
        sum->delay += found * by->by_delay[l];
        if (by_x == NULL) continue;
        for (size_t i = first; i < n; i++) by_x[felt + i - back] += w * pull[i];
    }
}

/* ---- geometric weights: a recursion --------------------------------------------------------------- */

typedef struct decay {
    int lag;
    double a, tail, by_tail; /* a, a^(lag+1), (lag+1) a^lag */
    double size, by_size;    /* what the weights are multiplied with, d ln size / da */
} decay;

static decay decay_of(const ku_response_form *form, double a)
{
    decay d = {.lag = form->lag, .a = a, .size = 1};
    double power = 1, sum = 0, by_sum = 0, below = 0;
    for (int l = 0; l <= form->lag; l++) {
        sum += power;
        by_sum += l * below;
        below = power;
        power *= a;
    }
    d.tail = power;
    d.by_tail = (form->lag + 1) * below;
    if (form->normalised) {
        d.size = 1 / sum;
        d.by_size = -by_sum / sum;
    }
    return d;
}

/* The first period, from the history that it feels. */
KU_LANES void first_period(const decay *d, size_t width, int felt, const double *restrict x,
                           double *restrict out)
{
    memset(out, 0, width * sizeof *out);
    for (int l = felt; l >= 0; l--) {
        const double *then = x - (size_t)l * width;
        for (size_t s = 0; s < width; s++) out[s] = out[s] * d->a + then[s];
    }
    for (size_t s = 0; s < width; s++) out[s] *= d->size;
}

KU_LANES void recur(const decay *d, const ku_response_grid *grid, int felt,
                    const double *restrict x, double *restrict out)
{
    size_t width = (size_t)grid->width;
    first_period(d, width, felt, x, out);
    for (int t = 1; t < grid->periods; t++) {
        const double *now = x + (size_t)t * width, *last = out + (size_t)(t - 1) * width;
        double *to = out + (size_t)t * width;
        if (t + grid->before <= d->lag) { /* nothing leaves the window yet */
            for (size_t s = 0; s < width; s++) to[s] = d->a * last[s] + d->size * now[s];
            continue;
        }
        const double *left = now - (size_t)(d->lag + 1) * width;
        for (size_t s = 0; s < width; s++) {
            double sum = d->a * last[s] + d->size * (now[s] - d->tail * left[s]);
            to[s] = sum > 0 ? sum : 0; /* rounding must not leave a debt */
        }
    }
}

/* What the first period's history adds to the gradient with respect to a: z[0] times the sum
 * of l a^(l-1) x[-l]. */
KU_LANES void first_back(const decay *d, size_t width, int felt, const double *restrict x,
                         const double *restrict z, double *restrict sum)
{
    double below = 1;
    for (int l = 1; l <= felt; l++) {
        double w = d->size * l * below;
        const double *then = x - (size_t)l * width;
        for (size_t s = 0; s < width; s++) sum[s] += w * z[s] * then[s];
        below *= d->a;
    }
}

/* z of period t from that of the next one, and its part of the gradient. */
KU_LANES void step_back(const decay *d, size_t width, const double *restrict pull,
                        const double *restrict out, const double *restrict last,
                        const double *restrict left, const double *next, double *z,
                        double *restrict sum)
{
    for (size_t s = 0; s < width; s++) z[s] = pull[s] + d->a * next[s];
    for (size_t s = 0; s < width; s++) sum[s] += d->by_size * pull[s] * out[s];
    if (last != NULL)
        for (size_t s = 0; s < width; s++) sum[s] += z[s] * last[s];
    if (left != NULL)
        for (size_t s = 0; s < width; s++) sum[s] -= d->size * d->by_tail * z[s] * left[s];
}

/* by_x holds z of every period that is felt; from it the gradient with respect to x. */
KU_LANES void leave_window(const decay *d, size_t width, size_t rows, double *by_x)
{
    size_t window = (size_t)(d->lag + 1);
    for (size_t t = 0; t < rows; t++) {
        double *z = by_x + t * width;
        const double *later = z + window * width;
        if (t + window < rows)
            for (size_t s = 0; s < width; s++) z[s] = d->size * (z[s] - d->tail * later[s]);
        else
            for (size_t s = 0; s < width; s++) z[s] *= d->size;
    }
}

/* `work`: the sums by series, and z of one period where by_x is not asked for. */
KU_LANES void recur_back(const decay *d, const ku_response_grid *grid, int felt, const double *x,
                         const double *out, const double *pull, ku_response_values *by,
                         double *by_x, double *work)
{
    size_t width = (size_t)grid->width, last = (size_t)grid->periods - 1;
    double *sum = work, *z = work + width;
    const double *next = z;
    memset(work, 0, 2 * width * sizeof *work);
    for (size_t t = last + 1; t-- > 0;) {
        size_t at = t * width;
        bool leaves = t > 0 && t + (size_t)grid->before > (size_t)d->lag;
        if (by_x != NULL) z = by_x + ((size_t)felt + t) * width;
        step_back(d, width, pull + at, out + at, t > 0 ? out + at - width : NULL,
                  leaves ? x + at - (size_t)(d->lag + 1) * width : NULL, next, z, sum);
        next = z;
    }
    first_back(d, width, felt, x, next, sum);
    for (size_t s = 0; s < width; s++) by->carry += sum[s];
    if (by_x == NULL) return;
    for (int t = felt; t-- > 0;) /* history: z only passes through */
        for (size_t s = 0; s < width; s++)
            by_x[(size_t)t * width + s] = d->a * by_x[(size_t)(t + 1) * width + s];
    leave_window(d, width, (size_t)felt + last + 1, by_x);
}

/* ---- the two of them, for narrow and wide vectors -------------------------------------------------- */

KU_LANES void forward(const ku_response_form *form, const ku_response_values *values,
                      const ku_response_grid *grid, const double *x, double *out)
{
    size_t width = (size_t)grid->width, before = (size_t)grid->before * width;
    if (form->adstock == KU_ADSTOCK_GEOMETRIC) {
        decay d = decay_of(form, values->carry);
        recur(&d, grid, ku_response_felt(form, grid), x + before, out);
        return;
    }
    weights all;
    fill_weights(form, values, &all);
    sum_lags(&all, width, before, (size_t)grid->periods * width, x, out);
}

KU_LANES void back(const ku_response_form *form, const ku_response_values *values,
                   const ku_response_grid *grid, const double *x, const double *out,
                   const double *pull, ku_response_values *by, double *by_x, double *work)
{
    int felt = ku_response_felt(form, grid);
    size_t width = (size_t)grid->width, before = (size_t)grid->before * width;
    if (form->adstock == KU_ADSTOCK_GEOMETRIC) {
        decay d = decay_of(form, values->carry);
        recur_back(&d, grid, felt, x + before, out, pull, by, by_x, work);
        return;
    }
    weights all;
    fill_weights(form, values, &all);
    sum_lags_back(&all, width, before, (size_t)felt * width, (size_t)grid->periods * width, x, pull,
                  by, by_x);
}

static void forward_narrow(const ku_response_form *form, const ku_response_values *values,
                           const ku_response_grid *grid, const double *x, double *out)
{
    forward(form, values, grid, x, out);
}

KU_WIDE_LANES static void forward_wide(const ku_response_form *form,
                                       const ku_response_values *values,
                                       const ku_response_grid *grid, const double *x, double *out)
{
    forward(form, values, grid, x, out);
}

static void back_narrow(const ku_response_form *form, const ku_response_values *values,
                        const ku_response_grid *grid, const double *x, const double *out,
                        const double *pull, ku_response_values *by, double *by_x, double *work)
{
    back(form, values, grid, x, out, pull, by, by_x, work);
}

KU_WIDE_LANES static void back_wide(const ku_response_form *form, const ku_response_values *values,
                                    const ku_response_grid *grid, const double *x,
                                    const double *out, const double *pull, ku_response_values *by,
                                    double *by_x, double *work)
{
    back(form, values, grid, x, out, pull, by, by_x, work);
}

void ku_adstock(const ku_response_form *form, const ku_response_values *values,
                const ku_response_grid *grid, const double *x, double *out)
{
    assert(grid->before >= 0 && grid->periods >= 1 && grid->width >= 1);
    if (KU_HAS_WIDE_LANES)
        forward_wide(form, values, grid, x, out);
    else
        forward_narrow(form, values, grid, x, out);
}

void ku_adstock_back_felt(const ku_response_form *form, const ku_response_values *values,
                          const ku_response_grid *grid, const double *x, const double *out,
                          const double *pull, ku_response_values *by, double *by_x, double *work)
{
    if (KU_HAS_WIDE_LANES)
        back_wide(form, values, grid, x, out, pull, by, by_x, work);
    else
        back_narrow(form, values, grid, x, out, pull, by, by_x, work);
}

size_t ku_adstock_room(const ku_response_grid *grid)
{
    return (size_t)(grid->before + grid->periods + 2) * (size_t)grid->width;
}

void ku_adstock_back(const ku_response_form *form, const ku_response_values *values,
                     const ku_response_grid *grid, const double *x, const double *out,
                     const double *pull, ku_response_values *by, double *by_x, double *work)
{
    size_t width = (size_t)grid->width, felt = (size_t)ku_response_felt(form, grid) * width;
    double *all = by_x != NULL ? work + 2 * width : NULL;
    ku_adstock_back_felt(form, values, grid, x, out, pull, by, all, work);
    if (by_x != NULL) memcpy(by_x, all + felt, (size_t)grid->periods * width * sizeof *by_x);
}
