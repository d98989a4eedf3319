/* run.c - the run: read products and sales, choose the new one, weigh the others, draw
 * launches, and count out curve, figures and what remains of a replaced product. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/demand/launch/analogues.h"
#include "analyses/demand/launch/launch.h"
#include "forecast/outlook.h"

typedef struct job {
    ku_run_context *context;
    ku_arena *arena;
    const ku_params *params;
    ku_series_set set;
    product_facts *facts;
    int count;
    product_facts product; /* the new one */
    launch_sales own;      /* n = 0: not on sale yet */
    int64_t launch;        /* date of its first period */
    candidate *candidate;
    int candidates, usable;
    bool again;
    ku_launch_prior prior;
    int horizon, draws;
    ku_bass *theta;
    double *sales;   /* draw by draw, horizon each */
    double *ordered; /* draws */
    double *old;     /* of the replaced product, draw by draw; NULL: none */
    double *alone;   /* its own forecast */
} job;

static ku_status no_memory(ku_error *err)
{
    return ku_error_set(err, KU_NO_MEMORY, "series",
                        "too many products or simulated launches for the memory");
}

/* ---- the new product --------------------------------------------------------------------------- */

/* The product that came on sale last. */
static int latest(const job *j)
{
    int found = -1;
    int64_t last = INT64_MIN;
    for (int i = 0; i < j->count; i++) {
        launch_sales s;
        if (!sales_since_launch(ku_series_find(&j->set, j->facts[i].name), &j->set, &j->facts[i],
                                &s) ||
            s.first <= last)
            continue;
        last = s.first;
        found = i;
    }
    return found;
}

/* The period after the last one of all series. */
static int64_t next_period(const ku_series_set *set)
{
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < set->count; i++) {
        const ku_series *s = &set->series[i];
        int64_t end = s->n > 0 ? ku_series_date(&set->period, s->first, s->n) : INT64_MIN;
        if (end > last) last = end;
    }
    return last;
}

static ku_status choose_product(job *j, ku_error *err)
{
    const char *asked = ku_param_text_value(j->params, "product");
    int at = asked ? facts_find(j->facts, j->count, asked) : latest(j);
    if (asked == NULL && at < 0)
        return ku_error_set(err, KU_USAGE, "product",
                            "no product's launch is in the data; name the new product");
    j->product = at >= 0 ? j->facts[at]
                         : (product_facts){.name = asked, .price = NAN, .weight = NAN};
    if (ku_param_text_value(j->params, "group"))
        j->product.group = ku_param_text_value(j->params, "group");
    if (ku_param_text_value(j->params, "brand"))
        j->product.brand = ku_param_text_value(j->params, "brand");
    if (ku_param_set(j->params, "price")) j->product.price = ku_param_real(j->params, "price");
    if (ku_param_set(j->params, "launched") && !j->set.period.numbers) {
        j->product.has_date = true;
        j->product.launched = ku_param_date(j->params, "launched");
    }
    return KU_OK;
}

static bool has_sales(const ku_series *s)
{
    for (int t = 0; s && s->value && t < s->n; t++)
        if (s->value[t] > 0) return true;
    return false;
}

static ku_status find_own_sales(job *j, ku_error *err)
{
    const ku_series *own = ku_series_find(&j->set, j->product.name);
    bool seen = sales_since_launch(own, &j->set, &j->product, &j->own);
    int64_t next = next_period(&j->set);
    if (!seen && has_sales(own))
        return ku_error_set(err, KU_BAD_DATA, "product",
                            "\"%s\" was on sale when the data begin, so its launch is not known;"
                            " demand.forecast forecasts products with a past",
                            j->product.name);
    if (!seen) {
        j->own = (launch_sales){.n = 0};
        j->launch = j->product.has_date ? j->product.launched : next;
        return KU_OK;
    }
    j->launch = j->own.first;
    /* Zeros at the end are sales of nothing here, not a withdrawal. */
    while (ku_series_place(&j->set.period, own->first,
                           ku_series_date(&j->set.period, j->own.first, j->own.n)) < own->n)
        j->own.n++;
    return KU_OK;
}

/* ---- the others ------------------------------------------------------------------------------------ */

/* Whether the analogues' sales rise to a level rather than peak and fall: which curve leaves
 * less, taken over all of them by weight. */
static bool bought_again(const job *j)
{
    const char *curve = ku_param_text_value(j->params, "curve");
    double sum = 0;
    if (strcmp(curve, "auto") != 0) return strcmp(curve, "again") == 0;
    for (int i = 0; i < j->candidates; i++) {
        const candidate *c = &j->candidate[i];
        double once = c->curve[0].fit.squares, again = c->curve[1].fit.squares;
        if (c->usable && once > 0 && again > 0) sum += c->weight * log(again / once);
    }
    return sum < 0;
}

static ku_status pool(job *j, ku_error *err)
{
    j->candidate = KU_ARRAY(j->arena, (size_t)j->count + 1, candidate);
    for (int i = 0; i < j->count; i++)
        if (strcmp(j->facts[i].name, j->product.name) != 0)
            j->candidate[j->candidates++] = (candidate){.facts = j->facts[i]};
    j->usable = weigh_candidates(j->candidate, j->candidates, &j->product,
                                 ku_param_text_value(j->params, "like"), &j->set, j->arena);
    if (j->usable == 0)
        return ku_error_set(err, KU_BAD_DATA, "series",
                            "no past launch to go by; expected at least one other product whose"
                            " first sale and %d periods after it are in the data",
                            SHORTEST_ANALOGUE);
    j->again = bought_again(j);
    ku_analogue *list = KU_ARRAY(j->arena, (size_t)j->usable, ku_analogue);
    for (int i = 0, k = 0; i < j->candidates; i++)
        if (j->candidate[i].usable) list[k++] = j->candidate[i].curve[j->again];
    ku_launch_pool(list, j->usable, &j->prior);
    return KU_OK;
}

/* ---- drawing ------------------------------------------------------------------------------------------ */

static ku_status draw(job *j, ku_error *err)
{
    size_t draws = (size_t)j->draws, h = (size_t)j->horizon, n = (size_t)j->own.n;
    size_t room = ku_bass_room((int)n) + n + 4 * draws + n + h;
    j->theta = ku_arena_try(j->arena, draws * sizeof *j->theta);
    j->sales = ku_arena_try(j->arena, draws * h * sizeof(double));
    j->ordered = ku_arena_try(j->arena, draws * sizeof(double));
    double *work = ku_arena_try(j->arena, room * sizeof(double));
    if (!j->theta || !j->sales || !j->ordered || !work) return no_memory(err);
    if (!ku_launch_draw(&j->prior, j->own.y, j->own.n, j->again, ku_run_rng(j->context, 1),
                        j->draws, j->theta, work))
        return ku_error_set(err, KU_BAD_DATA, "series",
                            "the sales of \"%s\" fit no launch; expected numbers of the size of its"
                            " analogues",
                            j->product.name);
    ku_rng rng = ku_run_rng(j->context, 2);
    for (size_t i = 0; i < draws; i++)
        ku_launch_future(&j->theta[i], j->prior.noise, j->own.n, j->horizon, j->again, &rng, work,
                         j->sales + i * h);
    return KU_OK;
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts what is in j->ordered. */
static void order(job *j)
{
    qsort(j->ordered, (size_t)j->draws, sizeof(double), compare_numbers);
}

/* Of the sorted draws. The middle one stands for what to expect: how far launches differ is
 * known so little that a mean would be made by the few largest draws. */
static double quantile(const job *j, double share)
{
    double place = share * (j->draws - 1);
    int k = (int)place;
    double low = j->ordered[k], high = j->ordered[k + 1 < j->draws ? k + 1 : k];
    return fmin(low + (place - k) * (high - low), 1e300);
}

/* ---- the replaced product --------------------------------------------------------------------------------- */

/* Periods of the new one's horizon that the old one's forecast must reach beyond its past. */
static int64_t old_offset(const job *j, const ku_series *old)
{
    int64_t start = ku_series_date(&j->set.period, j->launch, j->own.n);
    return ku_series_place(&j->set.period, old->first, start) - old->n;
}

/* What the old one sells in each draw: its own forecast less its part of the new one's sales. */
static void remaining(job *j, const ku_outlook *o, int64_t offset, ku_rng rng)
{
    double part = ku_param_real(j->params, "cannibalisation");
    size_t h = (size_t)j->horizon;
    bool ends = ku_param_set(j->params, "withdrawn") && !j->set.period.numbers;
    int64_t end = ends ? ku_param_date(j->params, "withdrawn") : INT64_MAX;
    for (size_t k = 0; k < h; k++) {
        bool over = ku_series_date(&j->set.period, j->launch, j->own.n + (int)k) >= end;
        j->alone[k] = o->mean[offset + (int64_t)k];
        for (size_t i = 0; i < (size_t)j->draws; i++) {
            double own = ku_outlook_quantile(o, (int)offset + (int)k, ku_rng_uniform(&rng));
            double left = fmax(own, 0) - part * j->sales[i * h + k];
            j->old[i * h + k] = over ? 0 : fmax(left, 0);
        }
    }
}

static ku_status find_replaced(job *j, ku_error *err)
{
    const char *name = ku_param_text_value(j->params, "replaces");
    if (name == NULL) return KU_OK;
    int at = facts_find(j->facts, j->count, name);
    const ku_series *old = at >= 0 ? ku_series_find(&j->set, j->facts[at].name) : NULL;
    if (old == NULL || old->value == NULL)
        return ku_error_set(err, KU_USAGE, "replaces",
                            "there are no sales of \"%s\"; expected the name of a product in the"
                            " series",
                            name);
    int64_t offset = old_offset(j, old);
    if (offset < 0 || offset > 1000)
        return ku_error_set(err, KU_USAGE, "replaces",
                            "the sales of \"%s\" must end where the forecast of the new product"
                            " begins, or up to 1,000 periods before",
                            name);
    ku_outlook_options options = {
        .horizon = j->horizon + (int)offset, .shortest = 1, .model = KU_OUTLOOK_AUTO};
    ku_outlook_work *work = ku_outlook_work_new(j->arena, old->n, ku_series_longest_season(&j->set),
                                                &options);
    ku_outlook *o = KU_NEW(j->arena, ku_outlook);
    j->old = ku_arena_try(j->arena, (size_t)j->draws * (size_t)j->horizon * sizeof(double));
    j->alone = KU_ARRAY(j->arena, (size_t)j->horizon, double);
    if (!work || !j->old || !ku_outlook_room(j->arena, options.horizon, old->n, o))
        return no_memory(err);
    ku_past past = {
        .y = old->value, .n = old->n, .season = j->set.season, .season_count = j->set.season_count};
    memcpy(past.seasons, j->set.seasons, sizeof past.seasons);
    ku_outlook_make(work, &past, ku_run_rng(j->context, 3), o);
    remaining(j, o, offset, ku_run_rng(j->context, 4));
    return KU_OK;
}

/* ---- tables ------------------------------------------------------------------------------------------------ */

static void put_course(job *j, ku_frame_builder *to)
{
    static const double share[] = {0.1, 0.9, 0.025, 0.975};
    double total = 0;
    size_t h = (size_t)j->horizon;
    double *sum = KU_ARRAY(j->arena, (size_t)j->draws, double);
    for (int t = 0; t < j->own.n; t++) {
        total += j->own.y[t];
        ku_series_put_date(to, 0, &j->set.period, j->launch, t);
        ku_build_text(to, 1, "actual");
        ku_build_double(to, 2, j->own.y[t]);
        ku_build_double(to, 7, total);
        ku_build_row(to);
    }
    for (size_t k = 0; k < h; k++) {
        ku_series_put_date(to, 0, &j->set.period, j->launch, j->own.n + (int)k);
        ku_build_text(to, 1, "forecast");
        for (int i = 0; i < j->draws; i++) {
            j->ordered[i] = j->sales[(size_t)i * h + k];
            sum[i] += j->ordered[i];
        }
        order(j);
        ku_build_double(to, 2, quantile(j, 0.5));
        for (int b = 0; b < 4; b++) ku_build_double(to, 3 + b, quantile(j, share[b]));
        for (int i = 0; i < j->draws; i++) j->ordered[i] = total + sum[i];
        order(j);
        ku_build_double(to, 7, quantile(j, 0.5));
        ku_build_double(to, 8, quantile(j, 0.025));
        ku_build_double(to, 9, quantile(j, 0.975));
        ku_build_row(to);
    }
}

/* One figure from what is in j->ordered. */
static void put_figure(job *j, ku_frame_builder *to, const char *what, const char *unit)
{
    order(j);
    ku_build_text(to, 0, what);
    ku_build_double(to, 1, quantile(j, 0.5));
    ku_build_double(to, 2, quantile(j, 0.025));
    ku_build_double(to, 3, quantile(j, 0.975));
    ku_build_text(to, 4, unit);
    ku_build_row(to);
}

/* Bass (1969), eqs. 12 and 13; where buyers come back, the period by which nine of ten buy. */
static double period_of_interest(const ku_bass *b, bool again)
{
    double p = exp(b->theta[1]), q = exp(b->theta[2]);
    double t = log(again ? (1 + 0.9 * q / p) / 0.1 : q / p) / (p + q);
    return fmin(fmax(ceil(t), 1), 1e6);
}

static double highest(const ku_bass *b, bool again)
{
    double m = exp(b->theta[0]), p = exp(b->theta[1]), q = exp(b->theta[2]);
    if (again) return m;
    return q > p ? m * (p + q) * (p + q) / (4 * q) : m * -expm1(-p - q);
}

static void put_figures(job *j, ku_frame_builder *to)
{
    const char *unit = strcmp(ku_param_text_value(j->params, "measure"), "amount") == 0 ? "money"
                                                                                        : "units";
    size_t h = (size_t)j->horizon;
    for (int i = 0; i < j->draws; i++) j->ordered[i] = highest(&j->theta[i], j->again);
    put_figure(j, to, j->again ? "Level reached, a period" : "Peak, a period", unit);
    for (int i = 0; i < j->draws; i++) j->ordered[i] = period_of_interest(&j->theta[i], j->again);
    put_figure(j, to, j->again ? "Nine tenths of it after" : "Peak after", "periods");
    for (int i = 0; i < j->draws; i++) {
        j->ordered[i] = 0;
        for (size_t k = 0; k < h; k++) j->ordered[i] += j->sales[(size_t)i * h + k];
    }
    put_figure(j, to, "Sales forecast, all periods", unit);
    if (!j->again) {
        for (int i = 0; i < j->draws; i++) j->ordered[i] = exp(j->theta[i].theta[0]);
        put_figure(j, to, "Sales of its whole life", unit);
    }
    if (j->old == NULL) return;
    for (int i = 0; i < j->draws; i++) {
        j->ordered[i] = 0;
        for (size_t k = 0; k < h; k++)
            j->ordered[i] += j->sales[(size_t)i * h + k] + j->old[(size_t)i * h + k] - j->alone[k];
    }
    put_figure(j, to, "More than the old one alone", unit);
}

/* 1 - squares of the errors over those around the mean. */
static double explained(const candidate *c, bool again)
{
    double average = 0, squares = 0;
    for (int t = 0; t < c->sales.n; t++) average += c->sales.y[t] / c->sales.n;
    for (int t = 0; t < c->sales.n; t++)
        squares += (c->sales.y[t] - average) * (c->sales.y[t] - average);
    return squares > 0 ? fmax(0, 1 - c->curve[again].fit.squares / squares) : NAN;
}

static int by_weight(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->usable != y->usable) return x->usable ? -1 : 1;
    if (x->weight > y->weight || x->weight < y->weight) return x->weight > y->weight ? -1 : 1;
    return strcmp(x->facts.name, y->facts.name);
}

static void put_analogues(job *j, ku_frame_builder *to)
{
    qsort(j->candidate, (size_t)j->candidates, sizeof *j->candidate, by_weight);
    for (int i = 0; i < j->candidates; i++) {
        const candidate *c = &j->candidate[i];
        const double *theta = c->curve[j->again].fit.bass.theta;
        ku_build_text(to, 0, c->facts.name);
        ku_build_double(to, 1, c->weight);
        ku_build_text(to, 8, c->why);
        if (c->usable) {
            ku_series_put_date(to, 2, &j->set.period, c->sales.first, 0);
            ku_build_int(to, 3, c->sales.n);
            for (int k = 0; k < KU_BASS_UNKNOWNS; k++) ku_build_double(to, 4 + k, exp(theta[k]));
            ku_build_double(to, 7, explained(c, j->again));
        }
        ku_build_row(to);
    }
}

static void put_replaced(job *j, ku_frame_builder *to)
{
    size_t h = (size_t)j->horizon;
    for (size_t k = 0; k < h; k++) {
        for (int i = 0; i < j->draws; i++) j->ordered[i] = j->old[(size_t)i * h + k];
        order(j);
        ku_series_put_date(to, 0, &j->set.period, j->launch, j->own.n + (int)k);
        ku_build_double(to, 1, j->alone[k]);
        ku_build_double(to, 2, quantile(j, 0.5));
        ku_build_double(to, 3, quantile(j, 0.025));
        ku_build_double(to, 4, quantile(j, 0.975));
        for (int i = 0; i < j->draws; i++)
            j->ordered[i] = j->old[(size_t)i * h + k] + j->sales[(size_t)i * h + k] - j->alone[k];
        order(j);
        ku_build_double(to, 5, quantile(j, 0.5));
        ku_build_row(to);
    }
}

static ku_status put_tables(job *j, ku_frames *out, ku_error *err)
{
    static void (*const put[])(job *, ku_frame_builder *) = {put_course, put_figures, put_analogues,
                                                             put_replaced};
    static const char *const name[] = {"course", "figures", "analogues", "replaced"};
    for (size_t i = 0; i < sizeof put / sizeof *put; i++) {
        ku_frame *frame = NULL;
        if (put[i] == put_replaced && j->old == NULL) continue;
        ku_frame_builder *table = ku_run_output(j->context, name[i]);
        put[i](j, table);
        KU_TRY(ku_frame_builder_finish(table, &frame, err));
        KU_TRY(ku_frames_add(out, frame, err));
    }
    return KU_OK;
}

static void remark_all(const job *j)
{
    char period[KU_SERIES_PERIOD];
    ku_run_remark(j->context, KU_NOTE, "analogues",
                  "%s: %d past launch%s, which say as much as %.1f of equal weight; %d period%s of"
                  " its own; period: %s.",
                  j->product.name, j->usable, j->usable == 1 ? "" : "es", j->prior.effective,
                  j->own.n, j->own.n == 1 ? "" : "s",
                  ku_series_period_name(&j->set.period, period));
    ku_run_remark(j->context, KU_NOTE, "curve", "%s",
                  j->again ? "Buyers come back: sales rise to a level."
                           : "Bought once: sales peak and fall.");
    if (j->prior.effective < 2)
        ku_run_remark(j->context, KU_WARN, "analogues",
                      "Hardly more than one launch to go by: the interval rests on how far launches"
                      " differ elsewhere.");
}

ku_status ku_demand_launch_run(const ku_frames *in, const ku_params *params,
                               ku_run_context *context, ku_frames *out, ku_error *err)
{
    job *j = KU_NEW(ku_run_arena(context), job);
    j->context = context;
    j->arena = ku_run_arena(context);
    j->params = params;
    j->horizon = (int)ku_param_int(params, "horizon");
    j->draws = (int)ku_param_int(params, "draws");
    KU_TRY(ku_series_read(ku_frames_find(in, "series"), ku_param_text_value(params, "period"),
                          j->arena, &j->set, err));
    KU_TRY(
        facts_read(ku_frames_find(in, "launches"), &j->set, j->arena, &j->facts, &j->count, err));
    KU_TRY(choose_product(j, err));
    KU_TRY(find_own_sales(j, err));
    KU_TRY(pool(j, err));
    ku_run_progress(context, 0.5, "Drawing launches");
    KU_TRY(draw(j, err));
    KU_TRY(find_replaced(j, err));
    if (ku_run_cancelled(context))
        return ku_error_set(err, KU_CANCELLED, NULL, "the forecast was cancelled");
    remark_all(j);
    return put_tables(j, out, err);
}
