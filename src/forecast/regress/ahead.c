/* ahead.c - effects on the series without them, and on what lies ahead.
 *
 * The forecast of the series without effects is made at the usual level of every column (its
 * reference), so a future at that level adds nothing and no uncertainty; the further a plan
 * leads away from it, the more the uncertainty of the effect counts. A column nobody has
 * planned is foreseen from its own past; how far it may stray widens the interval by its
 * effect, instead of being passed over. */
#include <math.h>
#include <string.h>

#include "forecast/regress/regress.h"

/* No effect, and no uncertainty of one, counts as larger: the forecast stays printable. */
static const double largest_effect = 1e150;
/* The same for the share of a forecast that its spread is. */
static const double relative_spread = 1e100;
/* Normal quantiles of .9 and .975. */
static const double wide[2] = {1.2815515655446004, 1.9599639845400545};

void ku_regress_pair(const char *const *names, int count, bool *helper, int *sd)
{
    for (int j = 0; j < count; j++) helper[j] = false, sd[j] = -1;
    for (int j = 0; j < count; j++) {
        size_t length = strlen(names[j]);
        for (int k = 0; k < count; k++)
            if (strncmp(names[k], names[j], length) == 0 && strcmp(names[k] + length, "_sd") == 0) {
                sd[j] = k;
                helper[k] = true;
            }
    }
}

/* ---- the past without effects ------------------------------------------------------------------ */

void ku_regress_remove(const ku_regress_data *d, const ku_regress_fit *fit, double *adjusted)
{
    for (int t = 0; t < d->n; t++) {
        double effect = 0;
        for (int j = 0; j < d->columns; j++) {
            const ku_regress_effect *e = &fit->effect[j];
            if (e->fate == KU_REGRESS_USED)
                effect += e->beta * (ku_regress_value(d, fit, j, t) - e->reference);
        }
        adjusted[t] = fit->relative ? fmin(d->y[t] * exp(fmin(-effect, 100)), 1e140)
                                    : d->y[t] - effect;
    }
}

/* ---- a column nobody planned ---------------------------------------------------------------------- */

/* Means by the place in the season, or one mean; -> the variance around them. */
static double means(const double *x, int n, int season, double *mean)
{
    double squares = 0;
    for (int p = 0; p < season; p++) {
        int count = 0;
        mean[p] = 0;
        for (int t = p; t < n; t += season) mean[p] += (x[t] - mean[p]) / ++count;
        for (int t = p; t < n; t += season) squares += (x[t] - mean[p]) * (x[t] - mean[p]);
    }
    return squares / n;
}

static bool is_rare(const double *x, int n)
{
    int zeros = 0, ones = 0;
    for (int t = 0; t < n; t++) {
        zeros += fabs(x[t]) <= 0;
        ones += fabs(x[t] - 1) <= 0;
    }
    return 2 * zeros > n || zeros + ones == n;
}

/* Correlation of neighbouring values around their means. */
static double persistence(const double *x, int n, int season, const double *mean)
{
    double same = 0, next = 0;
    for (int t = 0; t < n; t++) {
        double here = x[t] - mean[t % season];
        same += here * here;
        if (t > 0) next += here * (x[t - 1] - mean[(t - 1) % season]);
    }
    return same > 0 ? fmin(fmax(next / same, 0), 0.99) : 0;
}

/* mean and deviation are h each; `mean` beyond that (season) is room for the means. */
static void foresee(const double *x, int n, int season, int h, double *level, double *mean,
                    double *deviation)
{
    int m = 1;
    double variance = means(x, n, 1, level), one = level[0];
    if (season > 1 && n >= 2 * season) {
        double seasonal = means(x, n, season, level);
        /* With so many means some of the variance goes by chance. */
        if (seasonal * n / (n - season + 1.0) < 0.5 * variance * n / (n - 1.0)) {
            m = season;
            variance = seasonal * n / (n - season + 1.0);
        }
    }
    if (m == 1) level[0] = one;
    double phi = is_rare(x, n) ? 0 : persistence(x, n, m, level), power = 1;
    double last = x[n - 1] - level[(n - 1) % m];
    for (int k = 0; k < h; k++) {
        power *= phi;
        mean[k] = level[(n + k) % m] + power * last;
        deviation[k] = sqrt(variance * (1 - power * power));
    }
}

/* ---- what lies ahead --------------------------------------------------------------------------------- */

size_t ku_regress_ahead_room(int longest, int columns, int h)
{
    size_t n = (size_t)longest, k = (size_t)columns;
    return 2 * n + 2 + (2 * k + 2) * (size_t)h;
}

/* The planned value k + 1 periods ahead on the scale of beta, or NaN. */
static double planned(const ku_regress_data *d, const ku_regress_fit *fit, const double *plan,
                      int j, int k, int h)
{
    double value = plan != NULL ? plan[(size_t)j * (size_t)h + (size_t)k] : NAN;
    if (isnan(value) && k < d->ahead) return ku_regress_value(d, fit, j, d->n + k);
    if (!fit->effect[j].logged) return value;
    return value > 0 ? log(value) : NAN;
}

/* The standard deviation of a planned value on the same scale; 0 where none is given. */
static double planned_deviation(const ku_regress_data *d, const ku_regress_fit *fit,
                                const double *plan, int j, int k, int h, double value)
{
    int from = d->sd != NULL ? d->sd[j] : -1;
    if (from < 0) return 0;
    double sd = plan != NULL ? plan[(size_t)from * (size_t)h + (size_t)k] : NAN;
    if (isnan(sd) && k < d->ahead)
        sd = d->x[(size_t)from * (size_t)(d->n + d->ahead) + (size_t)(d->n + k)];
    if (!(sd > 0)) return 0;
    return fit->effect[j].logged ? sd / exp(value) : sd;
}

/* Values and deviations of column j over h periods; whether some had to be foreseen. */
static bool column_ahead(const ku_regress_data *d, const ku_regress_fit *fit, const double *plan,
                         int j, int h, double *room, double *value, double *deviation)
{
    bool missing = false;
    for (int k = 0; k < h; k++) missing = missing || isnan(planned(d, fit, plan, j, k, h));
    if (missing) {
        for (int t = 0; t < d->n; t++) room[t] = ku_regress_value(d, fit, j, t);
        foresee(room, d->n, d->season, h, room + d->n + 1, value, deviation);
    }
    for (int k = 0; k < h; k++) {
        double given = planned(d, fit, plan, j, k, h);
        if (isnan(given)) continue;
        value[k] = given;
        deviation[k] = planned_deviation(d, fit, plan, j, k, h, given);
    }
    return missing;
}

/* The sum at one step from the columns' distances from their references. */
static void add_up(const ku_regress_data *d, const ku_regress_fit *fit, const double *value,
                   const double *deviation, int h, int k, double *effect, double *variance)
{
    int columns = d->columns;
    *effect = *variance = 0;
    for (int j = 0; j < columns; j++) {
        const ku_regress_effect *e = &fit->effect[j];
        if (e->fate != KU_REGRESS_USED) continue;
        double far = value[(size_t)j * (size_t)h + (size_t)k] - e->reference;
        double sd = deviation[(size_t)j * (size_t)h + (size_t)k];
        *effect += fmax(-largest_effect, fmin(e->beta * far, largest_effect));
        *variance += (e->beta * e->beta + e->deviation * e->deviation) * sd * sd;
        for (int i = 0; i < columns; i++)
            if (fit->effect[i].fate == KU_REGRESS_USED)
                *variance += far * fit->covariance[(size_t)j * (size_t)columns + (size_t)i] *
                             (value[(size_t)i * (size_t)h + (size_t)k] - fit->effect[i].reference);
    }
    /* Sums of infinities of both signs are as large as can be, too. */
    if (!(*variance <= largest_effect * largest_effect))
        *variance = largest_effect * largest_effect;
    *variance = fmax(*variance, 0);
}

int ku_regress_ahead(const ku_regress_data *d, const ku_regress_fit *fit, const double *plan, int h,
                     double *room, double *effect, double *variance)
{
    double *value = room + 2 * (size_t)d->n + 2;
    double *deviation = value + (size_t)d->columns * (size_t)h;
    int foreseen = 0;
    for (int j = 0; j < d->columns; j++)
        if (fit->effect[j].fate == KU_REGRESS_USED)
            foreseen += column_ahead(d, fit, plan, j, h, room, value + (size_t)j * (size_t)h,
                                     deviation + (size_t)j * (size_t)h);
    for (int k = 0; k < h; k++) add_up(d, fit, value, deviation, h, k, &effect[k], &variance[k]);
    return foreseen;
}

/* ---- back into the forecast ----------------------------------------------------------------------------- */

static double floor_of(const ku_regress_data *d, bool below_zero)
{
    for (int t = 0; t < d->n && !below_zero; t++) below_zero = d->y[t] < 0;
    return below_zero ? -INFINITY : 0;
}

void ku_regress_restore(const ku_regress_data *d, const ku_regress_fit *fit, const double *effect,
                        const double *variance, int h, bool below_zero, double *mean,
                        double *const bound[KU_BOUNDS])
{
    double least = floor_of(d, below_zero);
    for (int k = 0; k < h; k++) {
        double shift = fit->relative ? 0 : effect[k];
        /* Where exp(effect) leads beyond all measure the forecast stays printable. */
        double factor = fit->relative ? exp(fmin(effect[k], 100)) : 1;
        double old = mean[k], middle = old * factor + shift;
        double spread = fit->relative ? fmin(sqrt(variance[k]), relative_spread) * fabs(middle)
                                      : sqrt(variance[k]);
        for (int b = 0; b < KU_BOUNDS; b++) {
            double reach = (bound[b][k] - old) * factor, more = wide[b / 2] * spread;
            double side = ku_bound_share[b] < 0.5 ? -1 : 1;
            /* A bound on the other side of the mean keeps its place. */
            if (reach * side < 0) more = 0;
            bound[b][k] = fmax(middle + side * hypot(reach, more) * (reach * side < 0 ? -1 : 1),
                               least);
        }
        mean[k] = fmax(middle, least);
    }
}
