/* stl.c - seasonal-trend decomposition by loess.
 *
 * The season is what the same phase of neighbouring cycles has in common, the trend what
 * neighbouring periods have in common once the season is gone; each is found with the
 * other taken out, twice. Loess is a weighted mean or line around each point. It is worked
 * out at every tenth part of a span and interpolated between, as CCMT section 5 proposes,
 * so the time is a constant number of additions for a value, whatever the span. Without
 * robustness weights the loess of all inner points is one and the same weighted sum, so
 * its weights are kept from point to point.
 *
 * The arithmetic (ends of windows, thresholds of the weights, interpolation at the end)
 * follows the published program of CCMT's authors, to agree with R. */
#include "forecast/stl/stl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INNER = 2, ROBUST_INNER = 1, ROBUST_OUTER = 15 };

struct ku_stl_work {
    int longest, period;
    double *smoothed, *means, *rest; /* longest + 2 period */
    double *phase, *phase_weights, *phase_season;
    double *robustness, *sorted, *weights;
    double *parts[3]; /* for ku_stl_seasonality */
};

/* One loess smoother and the weights of the window it used last. */
typedef struct loess {
    int span;
    bool line;
    int jump;
    double *weights; /* as many as the window has points */
    bool ready;      /* the weights are those for this many points on either side: */
    int left, right;
} loess;

static loess loess_of(int span, bool line, double *weights)
{
    return (loess){.span = span, .line = line, .jump = (span + 9) / 10, .weights = weights};
}

ku_stl_work *ku_stl_work_new(ku_arena *arena, int observations, int period)
{
    ku_stl_work *w = KU_NEW(arena, ku_stl_work);
    size_t n = (size_t)observations + 2 * (size_t)period + 8;
    double **parts[] = {&w->smoothed,      &w->means,        &w->rest,       &w->phase,
                        &w->phase_weights, &w->phase_season, &w->robustness, &w->sorted,
                        &w->weights,       &w->parts[0],     &w->parts[1],   &w->parts[2]};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!(*parts[i] = ku_arena_try(arena, n * sizeof(double)))) return NULL;
    w->longest = observations;
    w->period = period;
    return w;
}

/* ---- loess ----------------------------------------------------------------------------- */

/* Tricube weights of first..last (0-based) around x, CCMT section 2.1; times robustness. */
static double tricube(const loess *l, int n, double x, int first, int last,
                      const double *robustness)
{
    double reach = fmax(x - first, last - x), sum = 0;
    if (l->span > n) reach += (l->span - n) / 2;
    for (int j = first; j <= last; j++) {
        double r = fabs(j - x), w = 0;
        if (r <= 0.999 * reach) {
            double q = r / reach, u = 1 - q * q * q;
            w = r <= 0.001 * reach ? 1 : u * u * u;
            if (robustness != NULL) w *= robustness[j];
        }
        l->weights[j - first] = w;
        sum += w;
    }
    return sum;
}

/* Weights of the local line at x from those of the local mean. */
static void tilt(const loess *l, int n, double x, int first, int last)
{
    double middle = 0, spread = 0;
    for (int j = first; j <= last; j++) middle += l->weights[j - first] * j;
    for (int j = first; j <= last; j++)
        spread += l->weights[j - first] * (j - middle) * (j - middle);
    if (sqrt(spread) <= 0.001 * (n - 1)) return;
    double slope = (x - middle) / spread;
    for (int j = first; j <= last; j++) l->weights[j - first] *= slope * (j - middle) + 1;
}

/* The loess of y[n] at x from the points first..last; `otherwise` when none has weight. */
static double loess_at(loess *l, const double *y, int n, double x, int first, int last,
                       const double *robustness, double otherwise)
{
    int left = (int)x - first, right = last - (int)x;
    if (!l->ready || left != l->left || right != l->right) {
        l->ready = false;
        double sum = tricube(l, n, x, first, last, robustness);
        if (!(sum > 0)) return otherwise;
        for (int j = 0; j <= last - first; j++) l->weights[j] /= sum;
        if (l->line && fmax(x - first, last - x) > 0) tilt(l, n, x, first, last);
        l->ready = robustness == NULL;
        l->left = left;
        l->right = right;
    }
    const double *from = y + first;
    double value = 0;
    for (int j = 0; j <= last - first; j++) value += l->weights[j] * from[j];
    return value;
}

/* First point of the window around point i. */
static int window_start(const loess *l, int n, int i)
{
    int start = i - (l->span - 1) / 2;
    if (start < 0 || l->span >= n) return 0;
    return start > n - l->span ? n - l->span : start;
}

static double loess_point(loess *l, const double *y, int n, int i, const double *robustness)
{
    int first = window_start(l, n, i), last = l->span < n ? first + l->span - 1 : n - 1;
    return loess_at(l, y, n, i, first, last, robustness, y[i]);
}

static void interpolate(double *to, int from, int until)
{
    double step = (to[until] - to[from]) / (until - from);
    for (int j = from + 1; j < until; j++) to[j] = to[from] + step * (j - from);
}

/* Loess of y[n] at 0..n-1 into `to`. */
static void smooth(loess *l, const double *y, int n, const double *robustness, double *to)
{
    if (n < 2) {
        to[0] = y[0];
        return;
    }
    int jump = l->jump < n - 1 ? l->jump : n - 1, at = 0;
    l->ready = false;
    to[0] = loess_point(l, y, n, 0, robustness);
    while (at < n - 1) {
        int next = at + jump < n ? at + jump : n - 1;
        to[next] = loess_point(l, y, n, next, robustness);
        interpolate(to, at, next);
        at = next;
    }
}

/* ---- season ---------------------------------------------------------------------------- */

/* Every phase of the cycle smoothed on its own and continued by one cycle at both ends:
 * to[n + 2 period], the first `period` of them before the series. CCMT step 2. */
static void smooth_phases(ku_stl_work *w, loess *l, const double *y, int n, int period,
                          const double *robustness, double *to)
{
    for (int j = 0; j < period; j++) {
        int cycles = (n - j - 1) / period + 1;
        double *weights = w->phase_weights, *out = w->phase_season;
        const double *used = robustness != NULL ? weights : NULL;
        for (int i = 0; i < cycles; i++) w->phase[i] = y[(size_t)i * period + j];
        for (int i = 0; robustness != NULL && i < cycles; i++)
            weights[i] = robustness[(size_t)i * period + j];
        smooth(l, w->phase, cycles, used, out + 1);
        int last = l->span < cycles ? l->span - 1 : cycles - 1;
        l->ready = false;
        out[0] = loess_at(l, w->phase, cycles, -1, 0, last, used, out[1]);
        l->ready = false;
        out[cycles + 1] = loess_at(l, w->phase, cycles, cycles, cycles - 1 - last, cycles - 1, used,
                                   out[cycles]);
        for (int i = 0; i < cycles + 2; i++) to[(size_t)i * period + j] = out[i];
    }
}

/* Means of `span` neighbours; returns how many there are. */
static int moving_mean(const double *y, int n, int span, double *to)
{
    int count = n - span + 1;
    double sum = 0;
    for (int i = 0; i < span; i++) sum += y[i];
    to[0] = sum / span;
    for (int i = 1; i < count; i++) {
        sum += y[i + span - 1] - y[i - 1];
        to[i] = sum / span;
    }
    return count;
}

/* The season and then the trend, each from the series without the other; CCMT steps 1-6. */
static void inner_loop(ku_stl_work *w, loess smoother[3], const double *y, int n, int period,
                       int rounds, const double *robustness, double *season, double *trend)
{
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < n; i++) w->rest[i] = y[i] - trend[i];
        smooth_phases(w, &smoother[0], w->rest, n, period, robustness, w->smoothed);
        int count = moving_mean(w->smoothed, n + 2 * period, period, w->means);
        count = moving_mean(w->means, count, period, w->rest);
        moving_mean(w->rest, count, 3, w->means);
        smooth(&smoother[1], w->means, n, NULL, w->rest);
        for (int i = 0; i < n; i++) season[i] = w->smoothed[period + i] - w->rest[i];
        for (int i = 0; i < n; i++) w->rest[i] = y[i] - season[i];
        smooth(&smoother[2], w->rest, n, robustness, trend);
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Bisquare weights of the remainders, CCMT section 2.4. */
static void weigh(ku_stl_work *w, const double *y, int n, const double *season, const double *trend)
{
    for (int i = 0; i < n; i++) w->sorted[i] = w->robustness[i] = fabs(y[i] - season[i] - trend[i]);
    qsort(w->sorted, (size_t)n, sizeof *w->sorted, by_size);
    double six = 3 * (w->sorted[n / 2] + w->sorted[n - n / 2 - 1]);
    for (int i = 0; i < n; i++) {
        double r = w->robustness[i], u = six > 0 ? 1 - r / six * (r / six) : 0;
        w->robustness[i] = r <= 0.001 * six ? 1 : r <= 0.999 * six ? u * u : 0;
    }
}

/* A season that is the same in all cycles: the mean of each phase. */
static void make_periodic(double *season, int n, int period)
{
    for (int j = 0; j < period; j++) {
        double sum = 0;
        int count = 0;
        for (int i = j; i < n; i += period, count++) sum += season[i];
        for (int i = j; i < n; i += period) season[i] = sum / count;
    }
}

static int odd(int span)
{
    return span | 1;
}

bool ku_stl(ku_stl_work *w, const ku_stl_options *options, const double *y, int n, double *season,
            double *trend, double *remainder)
{
    const int period = options->period;
    if (period < 2 || n <= 2 * period || n > w->longest || period > w->period) return false;
    bool periodic = options->season_span == 0;
    int season_span = periodic ? 10 * n + 1
                               : odd(options->season_span < 3 ? 3 : options->season_span);
    int low = odd(options->low_pass_span > 0 ? options->low_pass_span : period);
    int trend_span = options->trend_span > 0
                         ? odd(options->trend_span)
                         : odd((int)ceil(1.5 * period / (1 - 1.5 / season_span)));
    loess smoother[3] = {
        loess_of(season_span, options->season_line && !periodic, w->weights),
        loess_of(low, true, w->weights),
        loess_of(trend_span, true, w->weights),
    };
    memset(trend, 0, (size_t)n * sizeof *trend);
    inner_loop(w, smoother, y, n, period, options->robust ? ROBUST_INNER : INNER, NULL, season,
               trend);
    for (int round = 0; options->robust && round < ROBUST_OUTER; round++) {
        weigh(w, y, n, season, trend);
        inner_loop(w, smoother, y, n, period, ROBUST_INNER, w->robustness, season, trend);
    }
    if (periodic) make_periodic(season, n, period);
    for (int i = 0; remainder != NULL && i < n; i++) remainder[i] = y[i] - season[i] - trend[i];
    return true;
}

/* ---- strength --------------------------------------------------------------------------- */

/* Variance of a + b (b may be NULL), two passes. */
static double variance_of(const double *a, const double *b, int n)
{
    double mean = 0, sum = 0;
    for (int i = 0; i < n; i++) mean += (a[i] + (b != NULL ? b[i] : 0)) / n;
    for (int i = 0; i < n; i++) {
        double d = a[i] + (b != NULL ? b[i] : 0) - mean;
        sum += d * d;
    }
    return sum / n;
}

double ku_stl_strength(const double *season, const double *remainder, int n)
{
    double rest = variance_of(remainder, NULL, n), both = variance_of(remainder, season, n);
    return both > 0 ? fmax(0, 1 - rest / both) : 0;
}

double ku_stl_seasonality(ku_stl_work *w, const double *y, int n, int period)
{
    ku_stl_options options = {.period = period, .season_span = 11};
    if (!ku_stl(w, &options, y, n, w->parts[0], w->parts[1], w->parts[2])) return 0;
    double size = 0; /* what is left of a series without season and noise is rounding */
    for (int i = 0; i < n; i++) size = fmax(size, fabs(y[i]));
    double varies = variance_of(w->parts[0], w->parts[2], n);
    return varies > 1e-24 * size * size ? ku_stl_strength(w->parts[0], w->parts[2], n) : 0;
}
