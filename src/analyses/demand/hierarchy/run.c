/* run.c - the run: read the leaves, build the nodes, forecast each node by itself, reconcile
 * period by period, draw futures for the intervals, write the tables. Random numbers come
 * from streams by node and by future, so that threads do not change the result. */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "analyses/demand/hierarchy/hierarchy.h"
#include "analyses/demand/hierarchy/nodes.h"
#include "analyses/demand/hierarchy/structure.h"
#include "base/format.h"
#include "forecast/reconcile/futures.h"

enum { MOST_IN_COURSE = 5000 };

typedef struct job {
    ku_run_context *context;
    ku_arena *arena;
    const ku_params *params;
    ku_outlook_options options;
    ku_series_set set;
    const ku_series **leaf;
    int leaves, left_out;
    structure tree;
    nodes_past past;
    ku_outlook_work **work; /* by thread */
    ku_outlook *outlook;    /* by node */
    nodes_errors errors;
    bool *positive;                  /* nodes that never were negative and must not become so */
    bool *bounded;                   /* those of the leaves */
    double *mean, *bound[KU_BOUNDS]; /* period by period, nodes each */
    int unsolved;                    /* periods whose non-negative optimum was not reached */
    atomic_size_t done;
} job;

static ku_status no_memory(ku_error *err)
{
    return ku_error_set(err, KU_NO_MEMORY, "series",
                        "this hierarchy does not fit into the memory; fewer simulated futures"
                        " need less");
}

/* ---- reading ------------------------------------------------------------------------------- */

static ku_status choose_leaves(job *j, ku_error *err)
{
    j->leaf = KU_ARRAY(j->arena, j->set.count + 1, const ku_series *);
    for (size_t i = 0; i < j->set.count; i++) {
        if (j->set.series[i].value != NULL)
            j->leaf[j->leaves++] = &j->set.series[i];
        else
            j->left_out++;
    }
    if (j->leaves == 0)
        return ku_error_set(err, KU_BAD_DATA, "series",
                            "no series has values for at least half of its periods");
    return KU_OK;
}

static ku_status read_all(job *j, const ku_frames *in, ku_error *err)
{
    KU_TRY(ku_series_read(ku_frames_find(in, "series"), ku_param_text_value(j->params, "period"),
                          j->arena, &j->set, err));
    const char *season = ku_param_text_value(j->params, "season");
    if (season != NULL) KU_TRY(ku_series_seasons(&j->set, season, err));
    if (strcmp(ku_param_text_value(j->params, "missing"), "zero") == 0 &&
        !nodes_zero_gaps(ku_frames_find(in, "series"), &j->set, j->arena))
        return no_memory(err);
    KU_TRY(choose_leaves(j, err));
    const char **name = KU_ARRAY(j->arena, (size_t)j->leaves, const char *);
    for (int i = 0; i < j->leaves; i++) name[i] = j->leaf[i]->name;
    structure_options options = {.separator = ku_param_text_value(j->params, "separator"),
                                 .cross = ku_param_bool(j->params, "cross")};
    KU_TRY(structure_read(ku_frames_find(in, "groups"), name, j->leaves, &options, j->arena,
                          &j->tree, err));
    return nodes_add_up(j->leaf, j->tree.h, &j->set.period, j->arena, &j->past, err);
}

/* ---- every node by itself ---------------------------------------------------------------------- */

static bool make_room(job *j)
{
    size_t h = (size_t)j->options.horizon, n = (size_t)j->tree.h->nodes;
    size_t threads = ku_pool_threads(ku_run_pool(j->context));
    j->outlook = ku_arena_try(j->arena, n * sizeof *j->outlook);
    j->mean = ku_arena_try(j->arena, n * h * sizeof(double));
    j->positive = ku_arena_try(j->arena, n);
    j->work = KU_ARRAY(j->arena, threads, ku_outlook_work *);
    if (!j->outlook || !j->mean || !j->positive) return false;
    memset(j->outlook, 0, n * sizeof *j->outlook);
    for (size_t b = 0; b < KU_BOUNDS; b++) {
        j->bound[b] = ku_arena_try(j->arena, n * h * sizeof(double));
        if (!j->bound[b]) return false;
    }
    for (size_t i = 0; i < n; i++)
        if (!ku_outlook_room(j->arena, j->options.horizon, j->past.periods - j->past.start[i],
                             &j->outlook[i]))
            return false;
    for (size_t t = 0; t < threads; t++) {
        j->work[t] = ku_outlook_work_new(j->arena, j->past.periods,
                                         ku_series_longest_season(&j->set), &j->options);
        if (!j->work[t]) return false;
    }
    return true;
}

static void forecast_one(void *data, size_t item, unsigned thread)
{
    job *j = data;
    if (ku_run_cancelled(j->context)) return;
    int start = j->past.start[item];
    ku_past past = {.y = j->past.value + item * (size_t)j->past.periods + start,
                    .n = j->past.periods - start,
                    .season = j->set.season,
                    .season_count = j->set.season_count};
    memcpy(past.seasons, j->set.seasons, sizeof past.seasons);
    ku_outlook_make(j->work[thread], &past, ku_run_rng(j->context, item), &j->outlook[item]);
    size_t done = atomic_fetch_add(&j->done, 1) + 1;
    ku_run_progress(j->context, 0.7 * (double)done / j->tree.h->nodes, "Forecasting each node");
}

/* A leaf is held at zero or above unless its past was below; a sum if all its leaves are. */
static void find_positive(job *j)
{
    const ku_hierarchy *h = j->tree.h;
    j->bounded = j->positive + h->aggregates;
    for (int i = 0; i < h->nodes; i++) j->positive[i] = !j->options.below_zero;
    for (int i = 0; i < h->leaves; i++) {
        const double *y = j->past.value + (size_t)(h->aggregates + i) * (size_t)j->past.periods;
        for (int t = 0; t < j->past.periods; t++)
            if (y[t] < 0) j->bounded[i] = false;
        for (int l = 0; l < h->levels && !j->bounded[i]; l++) {
            int32_t node = h->member[(size_t)l * (size_t)h->leaves + (size_t)i];
            if (node >= 0) j->positive[node] = false;
        }
    }
}

/* ---- together -------------------------------------------------------------------------------------- */

/* Each leaf's share of the total: the mean of its shares, or its share of all the past. */
static double *past_shares(const job *j, bool mean_of_shares)
{
    const ku_hierarchy *h = j->tree.h;
    const double *total = j->past.value + (size_t)ku_hierarchy_total(h) * (size_t)j->past.periods;
    double *share = KU_ARRAY(j->arena, (size_t)h->leaves, double), sum = 0;
    for (int i = 0; i < h->leaves; i++) {
        const double *y = j->past.value + (size_t)(h->aggregates + i) * (size_t)j->past.periods;
        for (int t = 0; t < j->past.periods; t++) {
            bool zero = fpclassify(total[t]) == FP_ZERO;
            share[i] += !mean_of_shares ? y[t] : zero ? 0 : y[t] / total[t];
        }
        sum += share[i];
    }
    bool zero = fpclassify(sum) == FP_ZERO;
    for (int i = 0; i < h->leaves; i++) share[i] = zero ? 1.0 / h->leaves : share[i] / sum;
    return share;
}

static ku_reconciler *make_reconciler(const job *j)
{
    static const struct {
        const char *name;
        ku_reconcile_method method;
    } methods[] = {
        {"mint", KU_MINT},
        {"wls-variance", KU_WLS_VARIANCE},
        {"wls-structure", KU_WLS_STRUCTURE},
        {"ols", KU_OLS},
        {"bottom-up", KU_BOTTOM_UP},
        {"top-down-average", KU_TOP_DOWN},
        {"top-down-total", KU_TOP_DOWN},
        {"top-down-forecast", KU_TOP_DOWN_FORECAST},
    };
    const char *name = ku_param_text_value(j->params, "method");
    size_t k = 0;
    while (strcmp(methods[k].name, name) != 0) k++;
    ku_reconcile_options options = {.method = methods[k].method,
                                    .variance = j->errors.variance,
                                    .error = j->errors.error,
                                    .periods = j->errors.periods,
                                    .shrinkage = j->errors.shrinkage};
    if (options.method == KU_TOP_DOWN)
        options.share = past_shares(j, strcmp(name, "top-down-average") == 0);
    return ku_reconciler_new(j->arena, j->tree.h, &options);
}

/* Independent part of the errors in simulated futures: only enough to tell nodes apart whose
 * errors of a few dozen periods happen to look alike. Shrinking as for the weights would let
 * errors average out in the sums that did not in the past. */
static const double own_part = 0.05;

static ku_futures *make_futures(const job *j, const ku_reconciler *r)
{
    ku_futures_options options = {.hierarchy = j->tree.h,
                                  .reconciler = r,
                                  .score = j->errors.score,
                                  .periods = j->errors.periods,
                                  .shrinkage = own_part,
                                  .bounded = j->bounded,
                                  .count = (int)ku_param_int(j->params, "futures"),
                                  .seed = ku_run_rng(j->context, 0).seed};
    return ku_futures_new(j->arena, &options, ku_pool_threads(ku_run_pool(j->context)));
}

/* One period ahead: all nodes' own forecasts, reconciled, with the bounds of the futures; no
 * interval is narrower than that of the node's own forecast, for theory promises less error
 * than a changing world then shows. */
static void reconcile_period(job *j, int step, ku_reconciler *r, ku_futures *f, double *base[],
                             double *work)
{
    const ku_hierarchy *h = j->tree.h;
    size_t n = (size_t)h->nodes, at = (size_t)step * n;
    for (size_t i = 0; i < n; i++) {
        base[0][i] = j->outlook[i].mean[step];
        for (int b = 0; b < KU_BOUNDS; b++) base[1 + b][i] = j->outlook[i].bound[b][step];
    }
    ku_bounded_end end = ku_reconcile_bounded(r, base[0], j->bounded, j->mean + at, work);
    j->unsolved += !end.optimal;
    ku_futures_base from = {base[0], {base[1], base[2], base[3], base[4]}};
    ku_futures_set(f, &from, (uint64_t)step + 1);
    double *bound[KU_BOUNDS] = {j->bound[0] + at, j->bound[1] + at, j->bound[2] + at,
                                j->bound[3] + at};
    ku_futures_bounds(f, ku_run_pool(j->context), bound);
    for (size_t i = 0; i < n; i++)
        for (int b = 0; b < KU_BOUNDS; b++) {
            double own = j->mean[at + i] + base[1 + b][i] - base[0][i];
            if (j->positive[i]) own = fmax(own, 0);
            j->bound[b][at + i] = b % 2 ? fmax(j->bound[b][at + i], own)
                                        : fmin(j->bound[b][at + i], own);
        }
}

static ku_status reconcile_all(job *j, ku_error *err)
{
    size_t n = (size_t)j->tree.h->nodes;
    double *base[1 + KU_BOUNDS];
    if (!nodes_find_errors(&j->past, j->outlook, j->arena, &j->errors)) return no_memory(err);
    ku_reconciler *r = make_reconciler(j);
    ku_futures *f = r ? make_futures(j, r) : NULL;
    double *room = ku_arena_try(j->arena, (1 + KU_BOUNDS) * n * sizeof(double));
    double *work = r ? ku_arena_try(j->arena, ku_reconciler_room(r) * sizeof(double)) : NULL;
    if (!f || !room || !work) return no_memory(err);
    for (size_t b = 0; b <= KU_BOUNDS; b++) base[b] = room + b * n;
    for (int step = 0; step < j->options.horizon; step++) {
        if (ku_run_cancelled(j->context)) break;
        reconcile_period(j, step, r, f, base, work);
        ku_run_progress(j->context, 0.7 + 0.3 * (step + 1) / j->options.horizon,
                        "Making the forecasts add up");
    }
    return KU_OK;
}

/* ---- tables ---------------------------------------------------------------------------------------- */

static void put_bounds(const job *j, ku_frame_builder *to, int column, size_t at)
{
    for (int b = 0; b < KU_BOUNDS; b++)
        ku_build_double(to, column + b, ku_outlook_in_range(j->bound[b][at]));
}

static void put_forecast(const job *j, ku_frame_builder *to)
{
    const ku_hierarchy *h = j->tree.h;
    for (int i = 0; i < h->nodes; i++)
        for (int k = 0; k < j->options.horizon; k++) {
            size_t at = (size_t)k * (size_t)h->nodes + (size_t)i;
            ku_build_text(to, 0, j->tree.level[j->tree.level_of[i]]);
            ku_build_text(to, 1, j->tree.node[i]);
            ku_series_put_date(to, 2, &j->past.period, j->past.first, j->past.periods + k);
            ku_build_double(to, 3, ku_outlook_in_range(j->mean[at]));
            put_bounds(j, to, 4, at);
            ku_build_double(to, 8, ku_outlook_in_range(j->outlook[i].mean[k]));
            ku_build_row(to);
        }
}

/* All periods together. */
typedef struct sums {
    double base, reconciled, size, moved;
} sums;

static void add_node(const job *j, int i, sums *s)
{
    for (int k = 0; k < j->options.horizon; k++) {
        double base = j->outlook[i].mean[k];
        double mean = j->mean[(size_t)k * (size_t)j->tree.h->nodes + (size_t)i];
        s->base += base;
        s->reconciled += mean;
        s->size += fabs(base);
        s->moved += fabs(mean - base);
    }
}

static void put_levels(const job *j, ku_frame_builder *to)
{
    const ku_hierarchy *h = j->tree.h;
    for (int l = 0; l <= h->levels; l++) {
        int from = l < h->levels ? h->first[l] : h->aggregates;
        int end = l < h->levels ? h->first[l + 1] : h->nodes;
        sums s = {0};
        for (int i = from; i < end; i++) add_node(j, i, &s);
        ku_build_text(to, 0, j->tree.level[l]);
        ku_build_int(to, 1, end - from);
        ku_build_double(to, 2, ku_outlook_in_range(s.base));
        ku_build_double(to, 3, ku_outlook_in_range(s.reconciled));
        if (s.size > 0) ku_build_double(to, 4, s.moved / s.size);
        ku_build_row(to);
    }
}

/* remarks[leaf] of the dates, then what the node's own forecast said. */
static const char *remark_of(const job *j, int i)
{
    const ku_outlook *o = &j->outlook[i];
    int leaf = i - j->tree.h->aggregates;
    const char *gaps = "";
    if (leaf >= 0 && j->leaf[leaf]->gaps > 0)
        gaps = ku_arena_printf(j->arena,
                               "%d of %d periods are missing and were filled between their"
                               " neighbours.",
                               j->leaf[leaf]->gaps, j->leaf[leaf]->n);
    bool both = gaps[0] != '\0' && o->remark[0] != '\0';
    const char *text = ku_arena_printf(j->arena, "%s%s%s", gaps, both ? " " : "", o->remark);
    return text[0] != '\0' ? text : NULL;
}

static void put_nodes(const job *j, ku_frame_builder *to)
{
    const ku_hierarchy *h = j->tree.h;
    int *count = KU_ARRAY(j->arena, (size_t)h->nodes, int);
    for (int i = 0; i < h->leaves; i++) {
        count[h->aggregates + i] = 1;
        for (int l = 0; l < h->levels; l++) {
            int32_t node = h->member[(size_t)l * (size_t)h->leaves + (size_t)i];
            if (node >= 0) count[node]++;
        }
    }
    for (int i = 0; i < h->nodes; i++) {
        sums s = {0};
        add_node(j, i, &s);
        ku_build_text(to, 0, j->tree.level[j->tree.level_of[i]]);
        ku_build_text(to, 1, j->tree.node[i]);
        ku_build_int(to, 2, count[i]);
        ku_build_int(to, 3, j->past.periods - j->past.start[i]);
        ku_build_text(to, 4, j->outlook[i].model);
        if (s.size > 0) ku_build_double(to, 5, (s.reconciled - s.base) / s.size);
        ku_build_text(to, 6, remark_of(j, i));
        ku_build_row(to);
    }
}

static void put_course(const job *j, ku_frame_builder *to)
{
    const ku_hierarchy *h = j->tree.h;
    int nodes = h->nodes <= MOST_IN_COURSE ? h->nodes : h->aggregates, T = j->past.periods;
    for (int i = 0; i < nodes; i++)
        for (int t = j->past.start[i]; t < T + j->options.horizon; t++) {
            size_t at = t < T ? 0 : (size_t)(t - T) * (size_t)h->nodes + (size_t)i;
            const double *y = j->past.value + (size_t)i * (size_t)T;
            ku_build_text(to, 0, j->tree.node[i]);
            ku_series_put_date(to, 1, &j->past.period, j->past.first, t);
            ku_build_text(to, 2, t < T ? "actual" : "forecast");
            ku_build_double(to, 3, t < T ? y[t] : ku_outlook_in_range(j->mean[at]));
            if (t >= T) put_bounds(j, to, 4, at);
            ku_build_row(to);
        }
}

static ku_status put_tables(const job *j, ku_frames *out, ku_error *err)
{
    static void (*const put[])(const job *, ku_frame_builder *) = {put_forecast, put_levels,
                                                                   put_nodes, put_course};
    static const char *const name[] = {"forecast", "levels", "nodes", "course"};
    for (size_t i = 0; i < sizeof put / sizeof *put; i++) {
        ku_frame *frame = NULL;
        ku_frame_builder *table = ku_run_output(j->context, name[i]);
        put[i](j, table);
        KU_TRY(ku_frame_builder_finish(table, &frame, err));
        KU_TRY(ku_frames_add(out, frame, err));
    }
    return KU_OK;
}

/* ---- remarks on the whole run -------------------------------------------------------------------- */

static void remark_count(const job *j, ku_severity severity, const char *check, int64_t count,
                         const char *what)
{
    char number[KU_NUMBER_TEXT];
    if (count > 0)
        ku_run_remark(j->context, severity, check, "%s %s", ku_format_int(number, count, NULL),
                      what);
}

static void remark_method(const job *j)
{
    const char *method = ku_param_text_value(j->params, "method");
    char share[KU_NUMBER_TEXT];
    if (strcmp(method, "mint") == 0)
        ku_run_remark(j->context, KU_NOTE, "weights",
                      "How the nodes erred together is taken from the last %d periods;"
                      " correlations were drawn %s of the way to none.",
                      j->errors.periods,
                      ku_format_number(share, j->errors.shrinkage, "share", NULL));
    if (strcmp(method, "top-down-forecast") == 0 && j->tree.h->chains > 1)
        ku_run_remark(j->context, KU_WARN, "weights",
                      "From the total down only one line of levels can be followed; the levels"
                      " that cross it had no say.");
}

static void remark_all(const job *j)
{
    const ku_hierarchy *h = j->tree.h;
    char period[KU_SERIES_PERIOD], leaves[KU_NUMBER_TEXT], sums_text[KU_NUMBER_TEXT];
    ku_run_remark(j->context, KU_NOTE, "structure",
                  "%s series, %s groups on %d levels; period: %s; season: %d.",
                  ku_format_int(leaves, h->leaves, NULL),
                  ku_format_int(sums_text, h->aggregates, NULL), h->levels,
                  ku_series_period_name(&j->set.period, period), j->set.season);
    remark_method(j);
    remark_count(j, KU_WARN, "gaps", j->left_out,
                 "series with more than half of their periods missing were left out, of the sums"
                 " too. If nothing was asked for in them, count them as zero (--missing zero).");
    remark_count(j, KU_WARN, "ended", j->past.ended,
                 "series ended before the others and count as zero since.");
    remark_count(j, KU_WARN, "groups", j->tree.unknown,
                 "times a series has no group on a level; such series are together as"
                 " \"(not known)\".");
    remark_count(j, KU_NOTE, "groups", j->tree.unused,
                 "rows of the groups are about series that have no values.");
    remark_count(j, KU_NOTE, "groups", j->tree.same,
                 "levels divide the series like another one and were left out.");
    remark_count(j, KU_WARN, "zero", j->unsolved,
                 "periods: the best forecasts without negative ones were not found in time;"
                 " negative ones were set to zero instead.");
    if (h->nodes > MOST_IN_COURSE)
        ku_run_remark(j->context, KU_NOTE, "chart", "The chart shows groups, not single series.");
}

ku_status ku_demand_hierarchy_run(const ku_frames *in, const ku_params *params,
                                  ku_run_context *context, ku_frames *out, ku_error *err)
{
    job *j = KU_NEW(ku_run_arena(context), job);
    j->context = context;
    j->arena = ku_run_arena(context);
    j->params = params;
    j->options = (ku_outlook_options){
        .horizon = (int)ku_param_int(params, "horizon"),
        .shortest = 1,
        .model = ku_outlook_model(ku_param_text_value(params, "model")),
        .below_zero = ku_param_bool(params, "below-zero"),
    };
    KU_TRY(read_all(j, in, err));
    if (!make_room(j)) return no_memory(err);
    find_positive(j);
    ku_pool_each(ku_run_pool(context), (size_t)j->tree.h->nodes, 1, forecast_one, j);
    if (!ku_run_cancelled(context)) KU_TRY(reconcile_all(j, err));
    if (ku_run_cancelled(context))
        return ku_error_set(err, KU_CANCELLED, NULL, "the forecast was cancelled");
    remark_all(j);
    return put_tables(j, out, err);
}
