/* evaluate.c - rolling-origin evaluation: forecast as at several moments of the past and
 * score against what came. At each origin a method sees the values up to it and nothing
 * later: not in its fit, not in the gaps filled between values, not in the scale that makes
 * errors comparable. (Tashman 2000, Out-of-sample tests of forecasting accuracy,
 * International Journal of Forecasting 16, section 2.)
 *
 * Series are taken in blocks; a block's sums are made in the order of its series and the
 * blocks' in theirs, so that the threads do not show in the last bit. */
#include <math.h>
#include <string.h>

#include "analyses/demand/backtest/backtest.h"

/* ---- memory ---------------------------------------------------------------------------------- */

static void *room_for(ku_arena *arena, size_t count, size_t size, bool *enough)
{
    void *room = ku_arena_try(arena, count * size + 1);
    if (room == NULL)
        *enough = false;
    else
        memset(room, 0, count * size);
    return room;
}

static bool make_results(ku_backtest *b, ku_arena *arena)
{
    bool enough = true;
    size_t m = (size_t)b->methods, s = b->set.count, o = (size_t)b->origins;
    b->width = (s + KU_BACKTEST_BLOCKS - 1) / KU_BACKTEST_BLOCKS;
    b->blocks = (s + b->width - 1) / b->width;
    b->by_series = room_for(arena, s * m, sizeof *b->by_series, &enough);
    b->loss = room_for(arena, m * s * o, sizeof *b->loss, &enough);
    b->plain = room_for(arena, m * s * o, sizeof *b->plain, &enough);
    b->by_origin = room_for(arena, b->blocks * m * o, sizeof *b->by_origin, &enough);
    b->by_horizon = room_for(arena, b->blocks * m * (size_t)b->horizon, sizeof *b->by_horizon,
                             &enough);
    b->bounds = room_for(arena, b->blocks * m, sizeof *b->bounds, &enough);
    b->model = room_for(arena, s * m, sizeof *b->model, &enough);
    b->signs = room_for(arena, s, sizeof *b->signs, &enough);
    b->order = room_for(arena, s, sizeof *b->order, &enough);
    if (!enough) return false;
    for (size_t i = 0; i < m * s * o; i++) b->loss[i] = b->plain[i] = NAN;
    return true;
}

static bool make_work(ku_backtest *b, ku_arena *arena)
{
    unsigned threads = ku_pool_threads(ku_run_pool(b->context));
    int season = ku_series_longest_season(&b->set);
    b->work = KU_ARRAY(arena, threads, struct ku_backtest_work);
    for (unsigned t = 0; t < threads; t++) {
        struct ku_backtest_work *w = &b->work[t];
        ku_outlook_options options = {.horizon = b->horizon, .shortest = 1};
        for (int m = 0; m < b->methods; m++) {
            options.model = b->method[m].model;
            w->outlook[m] = ku_outlook_work_new(arena, b->set.longest, season, &options);
            if (w->outlook[m] == NULL) return false;
        }
        options.model = ku_outlook_model("snaive");
        w->seasonal = ku_outlook_work_new(arena, b->set.longest, season, &options);
        w->y = ku_arena_try(arena, (size_t)b->set.longest * sizeof *w->y);
        w->adjusted = ku_arena_try(arena, (size_t)b->set.longest * sizeof *w->adjusted);
        if (b->drivers.columns > 0 && !ku_regress_room(arena, b->drivers.columns, &w->fit))
            return false;
        if (!w->seasonal || !w->y || !w->adjusted ||
            !ku_outlook_room(arena, b->horizon, b->set.longest, &w->out))
            return false;
    }
    return true;
}

/* ---- one forecast ----------------------------------------------------------------------------- */

int ku_backtest_training(const ku_backtest *b, const ku_series *s, int origin)
{
    int64_t n = (int64_t)s->n - b->horizon - (int64_t)origin * b->step;
    return s->value != NULL && n >= b->shortest ? (int)n : 0;
}

/* The values that were known at the origin, with the gaps filled from these alone. */
static void copy_past(const ku_series *s, int training, int season, double *y)
{
    memcpy(y, s->value, (size_t)training * sizeof *y);
    if (s->known != NULL) ku_series_fill(y, s->known, training, season);
}

/* The series as it ended at the origin. What its further columns were after it counts as
 * planned; they lie as before, as the periods behind the past are so many more. */
static ku_series cut_off(const ku_series *s, double *y, int training)
{
    ku_series cut = *s;
    cut.value = y;
    cut.n = training;
    cut.ahead = s->n + s->ahead - training;
    cut.known = NULL;
    return cut;
}

bool ku_backtest_forecast(const ku_backtest *b, unsigned thread, size_t series, int method,
                          int training)
{
    struct ku_backtest_work *work = &b->work[thread];
    const ku_series *s = &b->set.series[series];
    const bool yardstick = b->method[method].yardstick, driven = b->drivers.columns && !yardstick;
    ku_past past = {.y = driven ? work->adjusted : work->y,
                    .n = training,
                    .season = b->set.season,
                    .season_count = b->set.season_count};
    bool seasonal = yardstick && past.season > 1 && training > past.season;
    memcpy(past.seasons, b->set.seasons, sizeof past.seasons);
    copy_past(s, training, past.season, work->y);
    ku_series cut = cut_off(s, work->y, training);
    if (driven) ku_drivers_remove(&b->drivers, thread, &cut, &work->fit, work->adjusted);
    work->out.model[0] = work->out.remark[0] = work->out.why[0] = work->out.parameters[0] = '\0';
    ku_rng rng = ku_run_rng(b->context,
                            ku_rng_stream(ku_series_stream(s->name), (uint64_t)training));
    ku_outlook_make(seasonal ? work->seasonal : work->outlook[method], &past, rng, &work->out);
    if (work->out.forecast && driven)
        ku_drivers_restore(&b->drivers, thread, &cut, &work->fit, NULL, work->out.mean,
                           work->out.bound);
    return work->out.forecast;
}

/* ---- scoring it --------------------------------------------------------------------------------- */

/* What errors of this past are divided by; the season's where there is one and it says
 * something. */
static double scale_of(const double *y, int n, int season, ku_scale_kind kind)
{
    double scale = season > 1 ? ku_score_scale(y, n, season, kind) : NAN;
    return isnan(scale) ? ku_score_scale(y, n, 1, kind) : scale;
}

typedef struct scales {
    double absolute, squared;
} scales;

static double within(double value, double lo, double hi)
{
    return fmin(fmax(value, lo), hi);
}

/* The score of one period into `to`; bounds in the order of ku_bound_share. */
static void score(const ku_outlook *out, int k, double y, scales by, ku_error_cost cost,
                  ku_tally *to)
{
    static const double share[KU_BOUNDS + 1] = {0.025, 0.1, 0.5, 0.9, 0.975};
    double f = out->mean[k], lo80 = out->bound[0][k], hi80 = out->bound[1][k];
    double lo95 = out->bound[2][k], hi95 = out->bound[3][k];
    double size = fabs(f) + fabs(y);
    to->n++;
    to->absolute += fabs(f - y);
    to->squared += (f - y) * (f - y);
    to->error += f - y;
    to->size += fabs(y);
    to->smape += size > 0 ? 2 * fabs(f - y) / size : 0;
    to->in80 += lo80 <= y && y <= hi80;
    to->in95 += lo95 <= y && y <= hi95;
    if (!isnan(cost.over)) to->cost += ku_score_cost(y, f, cost);
    if (isnan(by.absolute)) return;
    double q[KU_BOUNDS + 1] = {lo95, lo80, within(f, lo80, hi80), hi80, hi95};
    to->scaled_n++;
    to->scaled += fabs(f - y) / by.absolute;
    to->scaled_squared += (f - y) * (f - y) / (by.squared * by.squared);
    to->crps += ku_score_crps_quantiles(y, share, q, KU_BOUNDS + 1) / by.absolute;
    to->interval += ku_score_interval(y, lo95, hi95, 0.95) / by.absolute;
}

static void score_bounds(const ku_outlook *out, int k, double y, double scale, ku_bound_tally *to)
{
    to->n++;
    to->scaled_n += !isnan(scale);
    for (int i = 0; i < KU_BOUNDS; i++) {
        to->below[i] += y < out->bound[i][k];
        if (!isnan(scale))
            to->pinball[i] += ku_score_pinball(y, out->bound[i][k], ku_bound_share[i]) / scale;
    }
}

void ku_tally_add(ku_tally *to, const ku_tally *from)
{
    double *sum = (double *)to;
    const double *part = (const double *)from;
    for (size_t i = 0; i < sizeof *to / sizeof *sum; i++) sum[i] += part[i];
}

/* ---- one series ------------------------------------------------------------------------------------ */

static void note_signs(const ku_outlook *out, const ku_series *s, int training, int horizon,
                       ku_series_signs *signs)
{
    for (int k = 0; k < horizon; k++) {
        if (!ku_backtest_known(s, training + k)) continue;
        signs->shown++;
        signs->above += s->value[training + k] > out->bound[1][k];
        signs->below += s->value[training + k] < out->bound[0][k];
    }
}

static void score_forecast(ku_backtest *b, struct ku_backtest_work *work, size_t series, int method,
                           int origin, int training, size_t block)
{
    const ku_series *s = &b->set.series[series];
    const ku_outlook *out = &work->out;
    size_t row = block * (size_t)b->methods + (size_t)method;
    scales by = {scale_of(work->y, training, b->set.season, KU_SCALE_ABSOLUTE),
                 scale_of(work->y, training, b->set.season, KU_SCALE_SQUARED)};
    ku_tally sum = {.n = 0};
    for (int k = 0; k < b->horizon; k++) {
        if (!ku_backtest_known(s, training + k)) continue;
        ku_tally one = {.n = 0};
        score(out, k, s->value[training + k], by, b->cost[series], &one);
        score_bounds(out, k, s->value[training + k], by.absolute, &b->bounds[row]);
        ku_tally_add(&sum, &one);
        one.forecasts = 1;
        ku_tally_add(&b->by_horizon[row * (size_t)b->horizon + (size_t)k], &one);
    }
    if (!(sum.n > 0)) return;
    sum.forecasts = 1;
    size_t place = ku_backtest_place(b, series, method) + (size_t)origin;
    b->plain[place] = sum.absolute / sum.n;
    if (sum.scaled_n > 0) b->loss[place] = sum.scaled / sum.scaled_n;
    ku_tally_add(&b->by_origin[row * (size_t)b->origins + (size_t)origin], &sum);
    ku_tally_add(ku_backtest_cell(b, series, method), &sum);
}

static void evaluate_series(ku_backtest *b, unsigned thread, size_t series, size_t block)
{
    struct ku_backtest_work *work = &b->work[thread];
    const ku_series *s = &b->set.series[series];
    for (int m = 0; m < b->methods; m++)
        for (int o = 0; o < b->origins; o++) {
            int training = ku_backtest_training(b, s, o);
            if (training == 0 || ku_run_cancelled(b->context)) continue;
            if (!ku_backtest_forecast(b, thread, series, m, training)) continue;
            score_forecast(b, work, series, m, o, training, block);
            if (o > 0) continue;
            size_t cell = series * (size_t)b->methods + (size_t)m;
            memcpy(b->model[cell], work->out.model, sizeof b->model[cell]);
            if (m == 0) note_signs(&work->out, s, training, b->horizon, &b->signs[series]);
        }
    const ku_tally *first = ku_backtest_cell(b, series, 0);
    if (first->n > 0)
        b->signs[series].stake = (b->money ? first->cost : first->absolute) / first->n * b->horizon;
    size_t done = atomic_fetch_add(&b->done, 1) + 1;
    ku_run_progress(b->context, (double)done / (double)b->set.count,
                    "Forecasting the past of each series");
}

static void evaluate_block(void *data, size_t block, unsigned thread)
{
    ku_backtest *b = data;
    size_t from = block * b->width, to = from + b->width;
    if (to > b->set.count) to = b->set.count;
    for (size_t i = from; i < to; i++) evaluate_series(b, thread, i, block);
}

/* ---- all of them ------------------------------------------------------------------------------------- */

/* Sums rows of `row` tallies each over the blocks, into the first. */
static void sum_blocks(ku_tally *tally, size_t blocks, size_t row)
{
    for (size_t block = 1; block < blocks; block++)
        for (size_t i = 0; i < row; i++) ku_tally_add(&tally[i], &tally[block * row + i]);
}

static void sum_bounds(ku_backtest *b)
{
    const size_t m = (size_t)b->methods;
    for (size_t i = m; i < b->blocks * m; i++) {
        ku_bound_tally *to = &b->bounds[i % m], *from = &b->bounds[i];
        to->n += from->n;
        to->scaled_n += from->scaled_n;
        for (int k = 0; k < KU_BOUNDS; k++) {
            to->below[k] += from->below[k];
            to->pinball[k] += from->pinball[k];
        }
    }
}

ku_status ku_backtest_evaluate(ku_backtest *b, ku_error *err)
{
    ku_arena *arena = ku_run_arena(b->context);
    if (!make_results(b, arena) || !make_work(b, arena))
        return ku_error_set(err, KU_NO_MEMORY, "series", "these series do not fit into the memory");
    ku_pool_each(ku_run_pool(b->context), b->blocks, 1, evaluate_block, b);
    if (ku_run_cancelled(b->context))
        return ku_error_set(err, KU_CANCELLED, NULL, "the backtest was cancelled");
    sum_blocks(b->by_origin, b->blocks, (size_t)b->methods * (size_t)b->origins);
    sum_blocks(b->by_horizon, b->blocks, (size_t)b->methods * (size_t)b->horizon);
    sum_bounds(b);
    return KU_OK;
}
