/* learn.c - "do not know, run this test": what knowing a channel's return better would be worth.
 *
 * The plan is the best for what the draws say on average. Knew one what a channel really
 * returns, one would move money; what that would bring on average, before it is known, is the
 * value of perfect information about the channel. A test tells it with an error, which is worth
 * less. Both need the expected outcome of every split of money given what was learned; that is
 * read off by regression of the outcomes on the return (or on the return as a test would show it)
 * over the draws: Strong, Oakley & Brennan (2014), Medical Decision Making 34, section "regression
 * approach", and Strong, Oakley, Brennan & Breeze (2015), same journal 35. Splits are those
 * between channels, each channel's calendar scaled up or down within its limits. */
#include <math.h>
#include <string.h>

#include "analyses/returns/plan/planning.h"

enum { LEVELS = 13, POWERS = 4 /* 1, x, x^2, x^3 */ };
static const double level[LEVELS] = {0, 0.25, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.5, 1.75, 2};

typedef struct lesson {
    planning *p;
    int channels, draws;
    double *curve;        /* [(c * LEVELS + k) * draws + d]: outcome at level k */
    double *fitted;       /* the same, expected given what was learned */
    double *spend;        /* [c]: of the plan */
    double *least, *most; /* [c]: levels that the limits allow */
    double *shifted;      /* [d]: what the channel would get, given what was learned */
} lesson;

static double *curve_of(const lesson *l, double *all, int channel, int k)
{
    return all + ((size_t)channel * LEVELS + (size_t)k) * (size_t)l->draws;
}

/* ---- curves of the plan's channels --------------------------------------------------------------- */

static void fill_curves(lesson *l)
{
    const planning *p = l->p;
    double *amount = KU_ARRAY(p->arena, (size_t)p->cells, double);
    double *by = KU_ARRAY(p->arena, (size_t)(l->draws * l->channels), double);
    for (int k = 0; k < LEVELS; k++) {
        for (int i = 0; i < p->cells; i++) amount[i] = level[k] * (double)p->plan[1].amount[i];
        ku_plan_outcomes(p->model, amount, by);
        for (int c = 0; c < l->channels; c++)
            for (int d = 0; d < l->draws; d++)
                curve_of(l, l->curve, c, k)[d] = by[d * l->channels + c];
    }
}

/* The limits on whole channels, as levels of the plan. */
static void find_levels(lesson *l)
{
    const planning *p = l->p;
    for (int c = 0; c < l->channels; c++) {
        l->spend[c] = planning_channel_spend(p, &p->plan[1], c);
        l->least[c] = 0;
        l->most[c] = level[LEVELS - 1];
    }
    for (int k = 0; k < p->rows; k++) {
        const planning_row *row = &p->row[k];
        if (row->channel < 0 || row->group >= 0 || row->year != 0) continue;
        double now = l->spend[row->channel] * p->minor;
        if (!(now > 0)) continue;
        l->least[row->channel] = fmax(l->least[row->channel], fmin(1, p->limits.least[k] / now));
        l->most[row->channel] = fmin(l->most[row->channel], fmax(1, p->limits.most[k] / now));
    }
}

/* ---- the best split of the same total ---------------------------------------------------------------- */

/* Value of a channel's curve, levels[k] apart by `stride`, at a level. */
static double value_at(const double *curve, size_t stride, double at)
{
    int k = 0;
    while (k < LEVELS - 2 && level[k + 1] < at) k++;
    double low = curve[(size_t)k * stride], high = curve[(size_t)(k + 1) * stride];
    return low + (high - low) * (at - level[k]) / (level[k + 1] - level[k]);
}

/* What the next unit of money brings at a level, and how far that goes. */
static double slope_at(const double *curve, size_t stride, double at, double spend, double *until)
{
    int k = 0;
    while (k < LEVELS - 2 && level[k + 1] <= at + 1e-12) k++;
    *until = level[k + 1];
    return (curve[(size_t)(k + 1) * stride] - curve[(size_t)k * stride]) /
           ((level[k + 1] - level[k]) * spend);
}

/* Fills at[c] with the best levels for one draw's curves and returns what they bring: from the
 * least on, each next unit goes where it brings most. */
static double best_split(const lesson *l, const double *all, int draw, double *at)
{
    size_t stride = (size_t)l->draws;
    double left = 0, sum = 0;
    for (int c = 0; c < l->channels; c++) {
        at[c] = l->least[c];
        left += l->spend[c] * (1 - at[c]);
    }
    while (left > 1e-9) {
        int chosen = -1;
        double steepest = -INFINITY, end = 0;
        for (int c = 0; c < l->channels; c++) {
            double until, slope;
            if (!(l->spend[c] > 0) || at[c] >= l->most[c] - 1e-9) continue;
            slope = slope_at(all + (size_t)c * LEVELS * stride + (size_t)draw, stride, at[c],
                             l->spend[c], &until);
            if (slope <= steepest) continue;
            steepest = slope;
            chosen = c;
            end = fmin(until, l->most[c]);
        }
        if (chosen < 0) break;
        double step = fmin(end - at[chosen], left / l->spend[chosen]);
        at[chosen] += step;
        left -= step * l->spend[chosen];
    }
    for (int c = 0; c < l->channels; c++)
        sum += value_at(all + (size_t)c * LEVELS * stride + (size_t)draw, stride, at[c]);
    return sum;
}

/* ---- what is expected once something was learned ------------------------------------------------------- */

/* Solves the small normal equations in place by elimination; x[POWERS] replaces b. */
static void solve_small(double a[POWERS][POWERS], double *b)
{
    for (int i = 0; i < POWERS; i++) {
        double pivot = a[i][i] > 1e-12 ? a[i][i] : INFINITY; /* a power that adds nothing */
        for (int r = i + 1; r < POWERS; r++) {
            double f = a[r][i] / pivot;
            for (int c = i; c < POWERS; c++) a[r][c] -= f * a[i][c];
            b[r] -= f * b[i];
        }
    }
    for (int i = POWERS - 1; i >= 0; i--) {
        for (int c = i + 1; c < POWERS; c++) b[i] -= a[i][c] * b[c];
        b[i] = a[i][i] > 1e-12 ? b[i] / a[i][i] : 0;
    }
}

/* Each curve's points as a polynomial in the signal, by least squares over the draws. */
static void regress(lesson *l, const double *signal)
{
    int n = l->draws;
    double mean = 0, spread = 0;
    for (int d = 0; d < n; d++) mean += signal[d] / n;
    for (int d = 0; d < n; d++) spread += (signal[d] - mean) * (signal[d] - mean) / n;
    spread = sqrt(spread) > 0 ? sqrt(spread) : 1;
    for (int c = 0; c < l->channels * LEVELS; c++) {
        const double *y = l->curve + (size_t)c * (size_t)n;
        double *fit = l->fitted + (size_t)c * (size_t)n;
        double a[POWERS][POWERS] = {{0}}, b[POWERS] = {0};
        for (int d = 0; d < n; d++) {
            double z = (signal[d] - mean) / spread, x[POWERS] = {1, z, z * z, z * z * z};
            for (int i = 0; i < POWERS; i++) {
                b[i] += x[i] * y[d];
                for (int j = 0; j < POWERS; j++) a[i][j] += x[i] * x[j];
            }
        }
        solve_small(a, b);
        for (int d = 0; d < n; d++) {
            double z = (signal[d] - mean) / spread;
            fit[d] = b[0] + z * (b[1] + z * (b[2] + z * b[3]));
        }
    }
}

/* By how much the best split given the signal beats the one best on average; fills `shifted`
 * with what the channel would get. */
static double worth_of(lesson *l, const double *signal, int channel)
{
    double *at = KU_ARRAY(l->p->arena, (size_t)l->channels, double), informed = 0, alike = 0;
    double *flat = KU_ARRAY(l->p->arena, (size_t)l->draws, double);
    regress(l, signal);
    for (int d = 0; d < l->draws; d++) {
        informed += best_split(l, l->fitted, d, at) / l->draws;
        l->shifted[d] = at[channel] * l->spend[channel];
    }
    regress(l, flat); /* nothing learned: every draw's curve is the mean */
    alike = best_split(l, l->fitted, 0, at);
    return fmax(0, informed - alike);
}

/* ---- the table --------------------------------------------------------------------------------------------- */

typedef struct test_plan {
    int channel;
    double perfect, worth, cost, net, moved, low, high, changed;
    planning_spread roi;
} test_plan;

static double share_tested(const planning *p)
{
    return p->region.count >= 3 ? 1. / 3 : 1;
}

static test_plan plan_test(lesson *l, int channel, double *x, double *room)
{
    planning *p = l->p;
    test_plan t = {.channel = channel};
    double weeks = (double)ku_param_int(p->params, "test-weeks"), now = l->spend[channel];
    double days = (p->step > 0 ? p->step : 30.4) * p->media.periods;
    double error = ku_param_real(p->params, "test-error"), part = fmin(1, weeks * 7 / days);
    const double *brought = curve_of(l, l->curve, channel, 6); /* level 1: the plan */
    ku_rng rng = ku_run_rng(p->context, (uint64_t)channel);
    for (int d = 0; d < l->draws; d++) x[d] = brought[d] / now;
    t.roi = planning_spread_of(x, l->draws, room);
    t.perfect = worth_of(l, x, channel);
    for (int d = 0; d < l->draws; d++) x[d] += error * fabs(t.roi.mean) * ku_rng_normal(&rng);
    t.worth = worth_of(l, x, channel) *
              (1 - part); /* it can only change what is left of the plan */
    for (int d = 0; d < l->draws; d++) {
        t.moved += fabs(l->shifted[d] - now) / l->draws;
        t.changed += (fabs(l->shifted[d] - now) > 0.05 * now) / (double)l->draws;
    }
    memcpy(room, l->shifted, (size_t)l->draws * sizeof *room);
    planning_sort(room, l->draws);
    t.low = planning_quantile(room, l->draws, 0.05);
    t.high = planning_quantile(room, l->draws, 0.95);
    t.cost = fmax(0, t.roi.mean - 1) * now * part * share_tested(p);
    t.net = t.worth - t.cost;
    return t;
}

static const char *what_to_do(const planning *p, const test_plan *t)
{
    return ku_arena_printf(p->arena, "Switch %s off %s for %lld weeks and compare.",
                           p->channel.name[t->channel],
                           p->region.count >= 3 ? "in a third of the regions" : "everywhere",
                           (long long)ku_param_int(p->params, "test-weeks"));
}

static void put(const planning *p, const test_plan *t, int rank, ku_frame_builder *b)
{
    const double numbers[] = {t->net, t->worth, t->cost,     t->perfect, t->moved, t->changed,
                              t->low, t->high,  t->roi.mean, t->roi.lo,  t->roi.hi};
    ku_build_int(b, 0, rank);
    ku_build_text(b, 1, p->channel.name[t->channel]);
    for (int i = 0; i < (int)(sizeof numbers / sizeof *numbers); i++)
        ku_build_double(b, 2 + i, numbers[i]);
    ku_build_text(b, 13, t->net > 0 ? what_to_do(p, t) : "Not worth a test now.");
    ku_build_row(b);
}

static void tell_next(planning *p, const test_plan *best)
{
    if (best == NULL || best->net <= 0)
        ku_run_remark(p->context, KU_NOTE, "learn",
                      "No test of a single channel would bring more than it costs: the plan would "
                      "hardly change.");
    else
        ku_run_remark(p->context, KU_NOTE, "learn",
                      "The next best test: %s It is worth about %s, at a cost of %s.",
                      what_to_do(p, best), planning_money(p, best->worth * p->minor),
                      planning_money(p, best->cost * p->minor));
}

ku_status planning_learn(planning *p, ku_frames *out, ku_error *err)
{
    ku_frame_builder *b = ku_run_output(p->context, "learn");
    size_t points = (size_t)p->media.channels * LEVELS * (size_t)p->media.draws;
    size_t draws = (size_t)p->media.draws, channels = (size_t)p->media.channels;
    lesson l = {p, p->media.channels, p->media.draws, .curve = KU_ARRAY(p->arena, points, double)};
    double *x = KU_ARRAY(p->arena, draws, double), *room = KU_ARRAY(p->arena, draws, double);
    test_plan *test = KU_ARRAY(p->arena, channels + 1, test_plan);
    int tests = 0;
    l.fitted = KU_ARRAY(p->arena, points, double);
    l.spend = KU_ARRAY(p->arena, channels, double);
    l.least = KU_ARRAY(p->arena, channels, double);
    l.most = KU_ARRAY(p->arena, channels, double);
    l.shifted = KU_ARRAY(p->arena, draws, double);
    fill_curves(&l);
    find_levels(&l);
    for (int c = 0; c < l.channels; c++) {
        if (!(l.spend[c] > 0)) continue;
        test_plan t = plan_test(&l, c, x, room);
        int at = tests++;
        for (; at > 0 && test[at - 1].net < t.net; at--) test[at] = test[at - 1];
        test[at] = t;
    }
    for (int i = 0; i < tests; i++) put(p, &test[i], i + 1, b);
    tell_next(p, tests > 0 ? test : NULL);
    return ku_frames_add_built(out, b, err);
}
