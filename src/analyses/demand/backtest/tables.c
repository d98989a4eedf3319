/* tables.c - the output tables of the backtest. */
#include <math.h>

#include "analyses/demand/backtest/backtest.h"

#define DRAWS 400 /* of the interval of the skill */

/* Errors of methods gone astray may pass what a double holds. */
static void put_number(ku_frame_builder *to, int column, double value)
{
    if (!isnan(value)) ku_build_double(to, column, fmin(fmax(value, -1e300), 1e300));
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

static void put_interval(ku_frame_builder *to, int column, ku_interval interval)
{
    put_number(to, column, interval.lo);
    put_number(to, column + 1, interval.hi);
}

/* The share of periods inside and Wilson's interval of it. The periods of one forecast are
 * right or wrong together, so each forecast counts as one piece of evidence. */
static void put_coverage(ku_frame_builder *to, int column, double inside, const ku_tally *t)
{
    put_number(to, column, inside / t->n);
    put_interval(to, column + 1, ku_wilson(inside / t->n * t->forecasts, t->forecasts, 0.95));
}

/* ---- all series together ---------------------------------------------------------------------- */

static ku_tally total_of(const ku_backtest *b, int method)
{
    ku_tally sum = {.n = 0};
    for (int o = 0; o < b->origins; o++) ku_tally_add(&sum, &b->by_origin[method * b->origins + o]);
    return sum;
}

static int64_t series_of(const ku_backtest *b, int method)
{
    int64_t count = 0;
    for (size_t i = 0; i < b->set.count; i++) count += ku_backtest_cell(b, i, method)->n > 0;
    return count;
}

static ku_skill skill_of(const ku_backtest *b, int method, double *room)
{
    return ku_skill_of(b->loss + ku_backtest_place(b, 0, method),
                       b->loss + ku_backtest_place(b, 0, b->methods - 1), (int)b->set.count,
                       b->origins, DRAWS, ku_run_rng(b->context, (uint64_t)method), room);
}

/* The chance of so large a difference between method and yardstick, from the mean scaled
 * errors of all series, origin by origin in time; NaN with fewer than three origins. */
static double chance_of(const ku_backtest *b, int method, double *d)
{
    int n = 0;
    for (int o = b->origins - 1; o >= 0; o--) {
        double sum = 0;
        int count = 0;
        for (size_t s = 0; s < b->set.count; s++) {
            double mine = b->loss[ku_backtest_place(b, s, method) + (size_t)o];
            double theirs = b->loss[ku_backtest_place(b, s, b->methods - 1) + (size_t)o];
            if (isnan(mine) || isnan(theirs)) continue;
            sum += mine - theirs;
            count++;
        }
        if (count > 0) d[n++] = sum / count;
    }
    return n > 0 ? ku_compare_accuracy(d, n, ku_backtest_overlap(b)).p : NAN;
}

static void put_method(const ku_backtest *b, int method, double *room, ku_frame_builder *to)
{
    ku_tally t = total_of(b, method);
    ku_build_text(to, 0, b->method[method].title);
    ku_build_int(to, 1, series_of(b, method));
    ku_build_int(to, 2, (int64_t)t.forecasts);
    if (t.n > 0) {
        put_number(to, 3, t.smape / t.n);
        put_number(to, 4, ratio(t.scaled, t.scaled_n));
        put_number(to, 5, sqrt(ratio(t.scaled_squared, t.scaled_n)));
        put_number(to, 6, ratio(t.crps, t.scaled_n));
        put_number(to, 7, ratio(t.interval, t.scaled_n));
        put_number(to, 8, ratio(t.error, t.size));
        put_coverage(to, 9, t.in80, &t);
        put_coverage(to, 12, t.in95, &t);
        if (!b->method[method].yardstick) {
            ku_skill skill = skill_of(b, method, room);
            put_number(to, 15, skill.value);
            put_interval(to, 16, skill.interval);
            put_number(to, 18, chance_of(b, method, room));
        }
        if (b->money) put_number(to, 19, t.cost / t.forecasts);
    }
    ku_build_row(to);
}

static void put_methods(const ku_backtest *b, ku_frame_builder *to)
{
    size_t room = b->set.count + (size_t)b->origins + DRAWS;
    double *work = KU_ARRAY(ku_run_arena(b->context), room, double);
    for (int m = 0; m < b->methods; m++) put_method(b, m, work, to);
}

/* ---- by series ------------------------------------------------------------------------------------ */

/* Skill over the yardstick in the mean absolute error, with the interval of the difference
 * origin by origin. */
static void put_series_skill(const ku_backtest *b, size_t series, int method, double *d,
                             ku_frame_builder *to)
{
    const double *mine = b->plain + ku_backtest_place(b, series, method);
    const double *theirs = b->plain + ku_backtest_place(b, series, b->methods - 1);
    double yard = 0;
    int n = 0;
    for (int o = b->origins - 1; o >= 0; o--) {
        if (isnan(mine[o]) || isnan(theirs[o])) continue;
        yard += theirs[o];
        d[n++] = theirs[o] - mine[o];
    }
    if (n == 0 || !(yard > 0)) return;
    ku_accuracy_test test = ku_compare_accuracy(d, n, ku_backtest_overlap(b));
    put_number(to, 11, test.difference / (yard / n));
    put_number(to, 12, test.interval.lo / (yard / n));
    put_number(to, 13, test.interval.hi / (yard / n));
    put_number(to, 14, test.p);
}

static void put_series(const ku_backtest *b, ku_frame_builder *to)
{
    double *d = KU_ARRAY(ku_run_arena(b->context), (size_t)b->origins, double);
    for (size_t i = 0; i < b->set.count; i++)
        for (int m = 0; m < b->methods; m++) {
            const ku_tally *t = ku_backtest_cell(b, i, m);
            if (!(t->n > 0)) continue;
            ku_build_text(to, 0, b->set.series[i].name);
            ku_build_text(to, 1, b->method[m].title);
            const char *model = b->model[i * (size_t)b->methods + (size_t)m];
            ku_build_text(to, 2, *model != '\0' ? model : NULL);
            ku_build_int(to, 3, (int64_t)t->forecasts);
            put_number(to, 4, t->absolute / t->n);
            put_number(to, 5, sqrt(t->squared / t->n));
            put_number(to, 6, t->error / t->n);
            put_number(to, 7, t->smape / t->n);
            put_number(to, 8, ratio(t->scaled, t->scaled_n));
            put_number(to, 9, t->in80 / t->n);
            put_number(to, 10, t->in95 / t->n);
            if (!b->method[m].yardstick) put_series_skill(b, i, m, d, to);
            if (b->money && !isnan(b->cost[i].over)) put_number(to, 15, t->cost / t->forecasts);
            ku_build_row(to);
        }
}

/* ---- by horizon, origin and quantile ---------------------------------------------------------------- */

static void put_horizons(const ku_backtest *b, ku_frame_builder *to)
{
    for (int m = 0; m < b->methods; m++)
        for (int k = 0; k < b->horizon; k++) {
            const ku_tally *t = &b->by_horizon[m * b->horizon + k];
            if (!(t->n > 0)) continue;
            ku_build_text(to, 0, b->method[m].title);
            ku_build_int(to, 1, k + 1);
            put_number(to, 2, t->smape / t->n);
            put_number(to, 3, ratio(t->scaled, t->scaled_n));
            put_number(to, 4, ratio(t->error, t->size));
            put_number(to, 5, t->in80 / t->n);
            put_coverage(to, 6, t->in95, t);
            ku_build_row(to);
        }
}

/* The last period that any series had for training at the origin. */
static bool origin_date(const ku_backtest *b, int origin, int64_t *date)
{
    bool found = false;
    for (size_t i = 0; i < b->set.count; i++) {
        const ku_series *s = &b->set.series[i];
        int training = ku_backtest_training(b, s, origin);
        if (training == 0) continue;
        int64_t last = ku_series_date(&b->set.period, s->first, training - 1);
        if (!found || last > *date) *date = last;
        found = true;
    }
    return found;
}

static void put_origins(const ku_backtest *b, ku_frame_builder *to)
{
    for (int o = b->origins - 1; o >= 0; o--) {
        int64_t date = 0;
        if (!origin_date(b, o, &date)) continue;
        for (int m = 0; m < b->methods; m++) {
            const ku_tally *t = &b->by_origin[m * b->origins + o];
            if (!(t->n > 0)) continue;
            ku_build_text(to, 0, b->method[m].title);
            ku_series_put_date(to, 1, &b->set.period, date, 0);
            ku_build_int(to, 2, (int64_t)t->forecasts);
            put_number(to, 3, t->smape / t->n);
            put_number(to, 4, ratio(t->scaled, t->scaled_n));
            put_number(to, 5, ratio(t->error, t->size));
            put_coverage(to, 6, t->in95, t);
            ku_build_row(to);
        }
    }
}

static void put_quantiles(const ku_backtest *b, ku_frame_builder *to)
{
    static const int order[KU_BOUNDS] = {2, 0, 1, 3}; /* ascending */
    for (int m = 0; m < b->methods; m++) {
        const ku_bound_tally *t = &b->bounds[m];
        ku_tally all = total_of(b, m);
        for (int i = 0; t->n > 0 && i < KU_BOUNDS; i++) {
            int k = order[i];
            ku_build_text(to, 0, b->method[m].title);
            ku_build_double(to, 1, ku_bound_share[k]);
            put_coverage(to, 2, t->below[k], &all);
            put_number(to, 5, ratio(t->pinball[k], t->scaled_n));
            ku_build_row(to);
        }
    }
}

/* ---- the course ---------------------------------------------------------------------------------------- */

/* What came and what the first method had said, at the latest origin, of those series that
 * have the most at stake; the forecast is made once more, to the same bits. */
static void put_course(const ku_backtest *b, ku_frame_builder *to)
{
    for (size_t i = 0; i < b->set.count && i < (size_t)b->course; i++) {
        size_t at = b->order[i];
        const ku_series *s = &b->set.series[at];
        int training = ku_backtest_training(b, s, 0);
        if (training == 0 || !ku_backtest_forecast(b, 0, at, 0, training)) continue;
        int from = training > 3 * b->horizon ? training - 3 * b->horizon : 0;
        for (int t = from; t < s->n; t++) {
            if (!ku_backtest_known(s, t)) continue;
            ku_build_text(to, 0, s->name);
            ku_series_put_date(to, 1, &b->set.period, s->first, t);
            ku_build_text(to, 2, "actual");
            ku_build_double(to, 3, s->value[t]);
            ku_build_row(to);
        }
        for (int k = 0; k < b->horizon; k++) {
            ku_build_text(to, 0, s->name);
            ku_series_put_date(to, 1, &b->set.period, s->first, training + k);
            ku_build_text(to, 2, "forecast");
            put_number(to, 3, b->work->out.mean[k]);
            for (int c = 0; c < KU_BOUNDS; c++) put_number(to, 4 + c, b->work->out.bound[c][k]);
            ku_build_row(to);
        }
    }
}

/* ---- all of them ------------------------------------------------------------------------------------------ */

ku_status ku_backtest_tables(ku_backtest *b, ku_frames *out, ku_error *err)
{
    static const struct {
        const char *name;
        void (*put)(const ku_backtest *b, ku_frame_builder *to);
    } table[] = {
        {"exceptions", ku_backtest_exceptions},
        {"methods", put_methods},
        {"series", put_series},
        {"horizons", put_horizons},
        {"origins", put_origins},
        {"quantiles", put_quantiles},
        {"course", put_course},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        ku_frame *frame;
        ku_frame_builder *to = ku_run_output(b->context, table[i].name);
        table[i].put(b, to);
        KU_TRY(ku_frame_builder_finish(to, &frame, err));
        KU_TRY(ku_frames_add(out, frame, err));
    }
    return KU_OK;
}
