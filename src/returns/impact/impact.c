/* impact.c - from draws of what would have been to effects.
 *
 * A draw is a whole course of the series without the intervention, so sums, averages and
 * ratios are taken draw by draw and their intervals are quantiles over the draws: the doubt
 * about the level's way, which all periods share, stays in the sum. Means are taken without the
 * noise of single periods, which is 0 on average (as CausalImpact does).
 *
 * Everything is standardised by the periods before the intervention, on which the priors rest. */
#include "returns/impact/impact.h"

#include <math.h>
#include <string.h>

#include "kemudi/rng.h"
#include "num/chains.h"

/* Squares of coefficients up to here stay far from overflow. */
static const double largest_unit = 1e140;

/* A standard deviation that has all its digits. */
static const double smallest_sd = 1e-290;

/* The mean and standard deviation of the values before the intervention. */
typedef struct scale {
    double mean, sd;
} scale;

static scale measure(const double *x, const bool *seen, int count)
{
    double sum = 0, squares = 0, n = 0, largest = 0;
    for (int t = 0; t < count; t++)
        if (seen == NULL || seen[t]) sum += x[t], n++;
    double mean = sum / n;
    for (int t = 0; t < count; t++)
        if (seen == NULL || seen[t]) largest = fmax(largest, fabs(x[t] - mean));
    if (largest == 0) return (scale){mean, 0};
    for (int t = 0; t < count; t++)
        if (seen == NULL || seen[t]) squares += pow((x[t] - mean) / largest, 2);
    return (scale){mean, largest * sqrt(squares / (n - 1))};
}

/* ---- intervals ------------------------------------------------------------------------------------ */

/* Puts the value that would be at place k if values[from .. to] were sorted there, smaller ones
 * before it, larger ones behind it (Hoare 1961, algorithm 65). */
static void settle(double *values, int from, int to, int k)
{
    while (from < to) {
        double middle = values[from + (to - from) / 2];
        int i = from, j = to;
        while (i <= j) {
            while (values[i] < middle) i++;
            while (values[j] > middle) j--;
            if (i > j) break;
            double was = values[i];
            values[i++] = values[j];
            values[j--] = was;
        }
        if (k <= j)
            to = j;
        else if (k >= i)
            from = i;
        else
            return;
    }
}

/* Definition 7 of Hyndman & Fan (1996). All values behind place `from` are at least those
 * before it; reorders them. */
static double quantile(double *values, int from, int count, double p)
{
    double at = p * (count - 1);
    int below = (int)at;
    settle(values, from, count - 1, below);
    if (below >= count - 1) return values[below];
    settle(values, below + 1, count - 1, below + 1);
    return values[below] + (at - below) * (values[below + 1] - values[below]);
}

/* Reorders the values. */
static ku_impact_estimate estimate_of(double *values, int count, double confidence)
{
    ku_impact_estimate e = {0};
    double squares = 0;
    int low = (int)((1 - confidence) / 2 * (count - 1));
    for (int i = 0; i < count; i++) e.mean += values[i] / count;
    for (int i = 0; i < count; i++) squares += (values[i] - e.mean) * (values[i] - e.mean);
    e.sd = count > 1 ? sqrt(squares / (count - 1)) : 0;
    e.lo = quantile(values, 0, count, (1 - confidence) / 2);
    e.hi = quantile(values, low, count, (1 + confidence) / 2);
    return e;
}

static ku_impact_estimate none(void)
{
    return (ku_impact_estimate){NAN, NAN, NAN, NAN};
}

/* What is left of `from` when the estimate is taken away. */
static ku_impact_estimate less(double from, ku_impact_estimate e)
{
    return (ku_impact_estimate){from - e.mean, e.sd, from - e.hi, from - e.lo};
}

static ku_impact_estimate times(ku_impact_estimate e, double by)
{
    return (ku_impact_estimate){e.mean * by, e.sd * by, e.lo * by, e.hi * by};
}

/* ---- the effect ------------------------------------------------------------------------------------ */

typedef struct work {
    const ku_impact_series *series;
    const ku_impact_options *options;
    ku_structural_series scaled;
    ku_structural_draws draws;
    scale y, *x;     /* x[columns] */
    double *running; /* [total]: sum of what is predicted so far */
    double *values;  /* [total] */
    double *chains;  /* for ku_chains_summarise */
} work;

static double *try_doubles(ku_arena *arena, size_t count)
{
    return ku_arena_try(arena, (count + 1) * sizeof(double));
}

static ku_status standardise(work *w, ku_arena *arena, ku_error *err)
{
    const ku_impact_series *s = w->series;
    size_t n = (size_t)s->n, columns = (size_t)s->columns;
    double *y = try_doubles(arena, n), *x = try_doubles(arena, n * columns);
    w->x = ku_arena_try(arena, (columns + 1) * sizeof *w->x);
    if (!y || !x || !w->x) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    w->y = measure(s->value, s->seen, s->first);
    for (size_t t = 0; t < n; t++) y[t] = s->seen[t] ? (s->value[t] - w->y.mean) / w->y.sd : 0;
    for (size_t j = 0; j < columns; j++) {
        w->x[j] = measure(s->x + j * n, NULL, s->first);
        for (size_t t = 0; t < n; t++) x[j * n + t] = (s->x[j * n + t] - w->x[j].mean) / w->x[j].sd;
    }
    w->scaled = (ku_structural_series){s->n, s->first, y, s->seen, s->columns, x};
    return KU_OK;
}

static void put_past(const work *w, ku_impact *out)
{
    double z = ku_normal_quantile((1 + w->options->confidence) / 2);
    for (int t = 0; t < w->series->first; t++) {
        ku_impact_period *p = &out->period[t];
        double mean = w->y.mean + w->y.sd * w->draws.past_mean[t];
        double sd = w->y.sd * w->draws.past_sd[t];
        p->predicted = (ku_impact_estimate){mean, sd, mean - z * sd, mean + z * sd};
        p->effect = w->series->seen[t] ? less(w->series->value[t], p->predicted) : none();
        p->cumulative = (ku_impact_estimate){0, 0, 0, 0};
    }
}

/* Values of all draws for period i from the intervention on, in the series' units. */
static void take_period(const work *w, int i, double *to)
{
    for (int d = 0; d < w->draws.total; d++)
        to[d] = w->y.mean +
                w->y.sd * w->draws.value[(size_t)d * (size_t)w->draws.ahead + (size_t)i];
}

static double mean_of_period(const work *w, int i)
{
    double sum = 0;
    for (int d = 0; d < w->draws.total; d++)
        sum += w->draws.mean[(size_t)d * (size_t)w->draws.ahead + (size_t)i];
    return w->y.mean + w->y.sd * sum / w->draws.total;
}

/* Periods one after the other; leaves the sums of the draws in `running` and fills `sum`. */
static void put_future(work *w, ku_impact *out)
{
    const ku_impact_series *s = w->series;
    int total = w->draws.total;
    double confidence = w->options->confidence, expected = 0;
    memset(w->running, 0, (size_t)total * sizeof *w->running);
    for (int i = 0; i < w->draws.ahead; i++) {
        int t = s->first + i;
        ku_impact_period *p = &out->period[t];
        double mean = mean_of_period(w, i);
        take_period(w, i, w->values);
        if (s->seen[t]) {
            for (int d = 0; d < total; d++) w->running[d] += w->values[d];
            out->sum.actual += s->value[t];
            expected += mean;
            out->periods++;
        }
        p->predicted = estimate_of(w->values, total, confidence);
        p->predicted.mean = mean;
        p->effect = s->seen[t] ? less(s->value[t], p->predicted) : none();
        memcpy(w->values, w->running, (size_t)total * sizeof *w->values);
        out->sum.predicted = estimate_of(w->values, total, confidence);
        out->sum.predicted.mean = expected;
        p->cumulative = less(out->sum.actual, out->sum.predicted);
    }
    out->sum.effect = less(out->sum.actual, out->sum.predicted);
}

/* Actual over predicted less 1, draw by draw, where none of the draws is near 0. */
static ku_impact_estimate relative(const work *w, const ku_impact_total *sum)
{
    double low = sum->predicted.mean - 4 * sum->predicted.sd;
    double high = sum->predicted.mean + 4 * sum->predicted.sd;
    if (low <= 0 && high >= 0) return none();
    if (fabs(sum->actual) > 1e12 * fmin(fabs(low), fabs(high))) return none();
    for (int d = 0; d < w->draws.total; d++) {
        w->values[d] = sum->actual / w->running[d] - 1;
        if (w->running[d] == 0 || (w->running[d] > 0) != (low > 0)) return none();
    }
    ku_impact_estimate e = estimate_of(w->values, w->draws.total, w->options->confidence);
    e.mean = sum->effect.mean / sum->predicted.mean;
    if (low < 0) e = (ku_impact_estimate){-e.mean, e.sd, -e.hi, -e.lo};
    return e;
}

/* As CausalImpact's p: the real sum counted as one of the draws. */
static double tail_of(const work *w, double actual)
{
    int above = 1, below = 1;
    for (int d = 0; d < w->draws.total; d++) {
        above += w->running[d] >= actual;
        below += w->running[d] <= actual;
    }
    return (double)(above < below ? above : below) / (w->draws.total + 1);
}

static void put_total(work *w, ku_impact *out)
{
    double each = 1.0 / out->periods;
    const ku_structural_options *o = &w->options->structural;
    ku_chains chains = {o->chains, o->draws, w->running, (size_t)o->draws, 1};
    ku_chain_summary worth = ku_chains_summarise(&chains, w->chains);
    out->sum.relative = relative(w, &out->sum);
    out->tail = tail_of(w, out->sum.actual);
    out->average = (ku_impact_total){out->sum.actual * each, times(out->sum.predicted, each),
                                     times(out->sum.effect, each), out->sum.relative};
    out->rhat = worth.rhat;
    out->draws_worth = worth.ess_bulk;
    out->error = worth.mcse_mean;
}

static void put_columns(const work *w, ku_impact *out)
{
    int columns = w->series->columns;
    for (int j = 0; j < columns; j++) {
        ku_impact_column *c = &out->column[j];
        int counts = 0;
        double sum = 0, unit = w->y.sd / w->x[j].sd;
        for (int d = 0; d < w->draws.total; d++) {
            double value = w->draws.coefficient[(size_t)d * (size_t)columns + (size_t)j];
            if (value == 0) continue;
            sum += value;
            w->values[counts++] = value * unit;
        }
        c->counts = (double)counts / w->draws.total;
        c->share = sum / w->draws.total;
        c->coefficient = none();
        if (counts > 0 && unit < largest_unit)
            c->coefficient = estimate_of(w->values, counts, w->options->confidence);
    }
}

static ku_status put_fit(const work *w, ku_arena *arena, ku_impact *out, ku_error *err)
{
    const ku_structural_series *s = &w->scaled;
    double *expected = try_doubles(arena, (size_t)s->known);
    double squares = 0, sizes = 0, all = 0;
    int count = 0;
    if (expected == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    KU_TRY(ku_structural_ahead(s, &w->options->structural, &w->draws, arena, expected, err));
    for (int t = 1; t < s->known; t++) {
        if (!s->seen[t]) continue;
        squares += (s->y[t] - expected[t]) * (s->y[t] - expected[t]);
        sizes += fabs(s->y[t] - expected[t]);
        all += s->y[t] * s->y[t];
        count++;
    }
    out->explained = 1 - squares / all;
    out->off = w->y.sd * sizes / count;
    return KU_OK;
}

ku_status ku_impact_estimate_effect(const ku_impact_series *series,
                                    const ku_impact_options *options, ku_arena *arena,
                                    ku_impact *out, ku_error *err)
{
    const ku_structural_options *o = &options->structural;
    work w = {.series = series, .options = options};
    *out = (ku_impact){0};
    KU_TRY(standardise(&w, arena, err));
    KU_TRY(ku_structural_draw(&w.scaled, o, options->pool, options->stop, options->stop_data, arena,
                              &w.draws, err));
    size_t total = (size_t)w.draws.total;
    w.running = try_doubles(arena, total);
    w.values = try_doubles(arena, total);
    w.chains = try_doubles(arena, ku_chains_room(o->chains, o->draws));
    out->period = ku_arena_try(arena, (size_t)series->n * sizeof *out->period);
    out->column = ku_arena_try(arena, ((size_t)series->columns + 1) * sizeof *out->column);
    if (!w.running || !w.values || !w.chains || !out->period || !out->column)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    put_past(&w, out);
    put_future(&w, out);
    put_total(&w, out);
    put_columns(&w, out);
    return put_fit(&w, arena, out, err);
}

bool ku_impact_column_varies(const double *x, int n, int first)
{
    double largest = 0, before = 0, ever = 0;
    for (int t = 0; t < n; t++) {
        double off = fabs(x[t] - x[0]);
        largest = fmax(largest, fabs(x[t]));
        if (t < first) before = fmax(before, off);
        ever = fmax(ever, off);
    }
    return before > 1e-9 * largest && before > 1e-6 * ever;
}

/* ---- pretended interventions ------------------------------------------------------------------------ */

/* The series as it would have been studied at `first`: its columns where they vary. */
static ku_status cut_series(const ku_impact_series *s, int first, int periods, ku_arena *arena,
                            ku_impact_series *to, ku_error *err)
{
    size_t n = (size_t)(first + periods), length = (size_t)s->n;
    double *x = try_doubles(arena, n * (size_t)s->columns);
    if (x == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    *to = (ku_impact_series){
        .n = (int)n, .first = first, .value = s->value, .seen = s->seen, .x = x};
    for (int j = 0; j < s->columns; j++) {
        const double *from = s->x + (size_t)j * length;
        if (!ku_impact_column_varies(from, to->n, first)) continue;
        memcpy(x + (size_t)to->columns++ * n, from, n * sizeof *x);
    }
    return KU_OK;
}

bool ku_impact_possible(const ku_impact_series *s)
{
    int seen = 0, later = 0;
    for (int t = 0; t < s->n; t++) *(t < s->first ? &seen : &later) += s->seen[t];
    return seen >= 3 && later >= 1 && measure(s->value, s->seen, s->first).sd > smallest_sd;
}

static ku_status one_placebo(const ku_impact_series *cut, const ku_impact_options *options,
                             ku_arena *arena, ku_impact_placebo *out, ku_error *err)
{
    ku_impact found;
    KU_TRY(ku_impact_estimate_effect(cut, options, arena, &found, err));
    *out = (ku_impact_placebo){.first = cut->first,
                               .periods = cut->n - cut->first,
                               .effect = found.average.effect,
                               .relative = found.average.relative,
                               .covers = found.average.effect.lo <= 0 &&
                                         found.average.effect.hi >= 0};
    for (int t = cut->first; t < cut->n; t++) {
        const ku_impact_estimate *p = &found.period[t].predicted;
        if (!cut->seen[t]) continue;
        out->seen++;
        out->inside += p->lo <= cut->value[t] && cut->value[t] <= p->hi;
    }
    return KU_OK;
}

ku_status ku_impact_placebos(const ku_impact_series *series, const ku_impact_options *options,
                             int most, ku_arena *arena, ku_impact_placebo *out, int *count,
                             ku_error *err)
{
    int half = (series->first + 1) / 2, periods = series->n - series->first;
    *count = 0;
    if (series->first < 10) return KU_OK;
    if (periods > half / 2) periods = half / 2;
    int last = series->first - periods, places = last - half + 1;
    if (most > places) most = places;
    for (int i = 0; i < most; i++) {
        int first = most > 1 ? half + i * (places - 1) / (most - 1) : last;
        ku_impact_options own = *options;
        ku_impact_series cut;
        own.structural.stream = ku_rng_stream(options->structural.stream, (uint64_t)i + 1);
        KU_TRY(cut_series(series, first, periods, arena, &cut, err));
        if (!ku_impact_possible(&cut)) continue;
        KU_TRY(one_placebo(&cut, &own, arena, &out[*count], err));
        ++*count;
    }
    return KU_OK;
}

/* ---- columns that moved ------------------------------------------------------------------------------- */

static double jump_at(const double *x, int at, int width)
{
    double before = 0, after = 0;
    for (int i = 0; i < width; i++) {
        before += x[at - 1 - i];
        after += x[at + i];
    }
    return (after - before) / width;
}

ku_impact_move ku_impact_moved(const double *x, int n, int first)
{
    int width = n - first < first / 4 ? n - first : first / 4;
    ku_impact_move move = {.jump = NAN, .compared = NAN};
    if (width < 1) return move;
    double jump = jump_at(x, first, width), largest = 0, before = 0;
    for (int at = width; at + width <= first; at++) {
        largest = fmax(largest, fabs(jump_at(x, at, width)));
        move.places++;
    }
    for (int i = 1; i <= width; i++) before += x[first - i] / width;
    if (before != 0) move.jump = jump / fabs(before);
    if (move.places > 0 && largest > 0) move.compared = fabs(jump) / largest;
    return move;
}
