/* kernel.c - the run of demand.explain.
 *
 * Each series' regression (regress.h) says what a unit of price, promotion, media or holiday
 * does. The baseline is what demand would have been without promotion, media and holidays at
 * the usual price; what a promotion of one product takes from the others of its group is the
 * effect, on those, of the share of the group that is on promotion beside them. Parts add up
 * to the actual by construction; a check says so all the same. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "analyses/demand/explain/explain.h"
#include "forecast/calendar/calendar.h"
#include "num/student.h"

static const char beside[] = "others on promotion";

typedef struct job {
    ku_run_context *context;
    ku_series_set set;
    ku_drivers drivers;
    ku_scenarios scenarios;
    part *part; /* of each column */
    int *group; /* of each series, -1: none */
    int groups;
    bool has[PARTS]; /* parts that occur: the baseline, and those of the columns */
    int price;       /* the column that values units in money, -1: none */
    int horizon;
    explained *one;      /* by series */
    ku_outlook *outlook; /* of the baselines, by series */
    ku_outlook_work **work;
    double **room; /* by thread: longest + 1 twice, columns */
} job;

/* ---- groups ------------------------------------------------------------------------------------ */

static void read_groups(job *j, const ku_frame *table, ku_arena *arena)
{
    const ku_column *group = ku_frame_column(table, "group");
    const ku_column *series = ku_frame_column(table, "series");
    j->group = KU_ARRAY(arena, j->set.count + 1, int);
    for (size_t i = 0; i < j->set.count; i++) j->group[i] = -1;
    if (group == NULL || group->type != KU_TEXT) return;
    j->groups = group->dictionary.size;
    int32_t *place = KU_ARRAY(arena, (size_t)series->dictionary.size + 1, int32_t);
    for (int32_t code = 0; code < series->dictionary.size; code++) {
        int32_t length;
        const char *text = ku_dictionary_at(&series->dictionary, code, &length);
        const ku_series *s = ku_series_find(&j->set, ku_arena_strndup(arena, text, (size_t)length));
        place[code] = s != NULL ? (int32_t)(s - j->set.series) : -1;
    }
    for (int64_t row = 0; row < table->rows; row++) {
        if (!ku_column_valid(group, row) || !ku_column_valid(series, row)) continue;
        int32_t at = place[series->as.codes[row]];
        if (at >= 0) j->group[at] = group->as.codes[row];
    }
}

/* How much of a series is on promotion at t, 0 to 1 where promotions are flags or shares. */
static double promoted(const job *j, const ku_series *s, int t)
{
    double most = 0;
    for (int c = 0; c < j->set.columns; c++) {
        if (j->part[c] != PART_PROMOTION) continue;
        double x = s->x[(size_t)c * (size_t)(s->n + s->ahead) + (size_t)t];
        if (x > most) most = x;
    }
    return most;
}

static double mean_of(const ku_series *s)
{
    double sum = 0;
    for (int t = 0; t < s->n; t++) sum += fabs(s->value[t]) / s->n;
    return sum;
}

/* For the series `at`: the part of its group's other sales that is on promotion in each of
 * its periods, into to[n + ahead]. */
static void put_beside(const job *j, size_t at, double *to)
{
    const ku_series *s = &j->set.series[at];
    double weight = 0;
    for (int t = 0; t < s->n + s->ahead; t++) to[t] = 0;
    for (size_t i = 0; i < j->set.count; i++) {
        const ku_series *other = &j->set.series[i];
        if (i == at || j->group[i] != j->group[at] || other->value == NULL) continue;
        double size = mean_of(other);
        int shift = (int)ku_series_place(&j->set.period, other->first, s->first);
        weight += size;
        for (int t = 0; t < s->n + s->ahead; t++) {
            int there = t + shift;
            if (there < 0 || there >= other->n + other->ahead) continue;
            to[t] += size * promoted(j, other, there);
        }
    }
    for (int t = 0; t < s->n + s->ahead && weight > 0; t++) to[t] /= weight;
}

/* One column more in every series: how much of its group is on promotion beside it. */
static ku_status add_beside(job *j, ku_arena *arena, ku_error *err)
{
    int columns = j->set.columns;
    const char **names = KU_ARRAY(arena, (size_t)columns + 2, const char *);
    bool any = false;
    for (int c = 0; c < columns; c++) {
        names[c] = j->set.column[c];
        any = any || j->part[c] == PART_PROMOTION;
    }
    if (!any || j->groups == 0) return KU_OK;
    names[columns] = beside;
    double **wide = KU_ARRAY(arena, j->set.count + 1, double *);
    for (size_t i = 0; i < j->set.count; i++) {
        const ku_series *s = &j->set.series[i];
        size_t length = (size_t)(s->n + s->ahead);
        if (s->value == NULL) continue;
        wide[i] = ku_arena_try(arena, ((size_t)columns + 1) * length * sizeof(double));
        if (wide[i] == NULL)
            return ku_error_set(err, KU_NO_MEMORY, "series", "too many rows for the memory");
        memcpy(wide[i], s->x, (size_t)columns * length * sizeof(double));
        for (size_t t = 0; t < length; t++) wide[i][(size_t)columns * length + t] = NAN;
        if (j->group[i] >= 0) put_beside(j, i, wide[i] + (size_t)columns * length);
    }
    for (size_t i = 0; i < j->set.count; i++)
        if (wide[i] != NULL) j->set.series[i].x = wide[i];
    j->set.column = names;
    j->set.columns = columns + 1;
    j->part[columns] = PART_CANNIBALISED;
    return KU_OK;
}

/* ---- one series ----------------------------------------------------------------------------------- */

static void explain_one(void *data, size_t item, unsigned thread)
{
    job *j = data;
    explained *e = &j->one[item];
    const ku_series *s = e->series = &j->set.series[item];
    if (s->value == NULL || ku_run_cancelled(j->context)) return;
    e->data = ku_drivers_data(&j->drivers, s);
    ku_regress_estimate(j->drivers.work[thread], &e->data, &e->fit);
    double *base = j->room[thread], value[PARTS];
    double *slope = base + 2 * ((size_t)j->set.longest + 1);
    explain_references(e, base);
    if (j->horizon == 0) return;
    for (int t = 0; t < s->n; t++) {
        explain_split(e, t, s->value[t], value, slope);
        base[t] = value[PART_BASELINE];
    }
    ku_past past = {
        .y = base, .n = s->n, .season = j->set.season, .season_count = j->set.season_count};
    memcpy(past.seasons, j->set.seasons, sizeof past.seasons);
    ku_outlook_make(j->work[thread], &past, ku_run_rng(j->context, item), &j->outlook[item]);
    ku_run_progress(j->context, (double)item / (double)j->set.count, "Explaining each series");
}

static ku_status make_room(job *j, ku_arena *arena, ku_error *err)
{
    size_t threads = ku_pool_threads(ku_run_pool(j->context)), columns = (size_t)j->set.columns;
    const ku_outlook_options options = {
        .horizon = j->horizon, .shortest = 3, .model = KU_OUTLOOK_AUTO};
    bool whole = true;
    j->one = KU_ARRAY(arena, j->set.count + 1, explained);
    j->outlook = KU_ARRAY(arena, j->set.count + 1, ku_outlook);
    j->work = KU_ARRAY(arena, threads, ku_outlook_work *);
    j->room = KU_ARRAY(arena, threads, double *);
    for (size_t i = 0; whole && i < j->set.count; i++) {
        if (j->set.series[i].value == NULL) continue;
        j->one[i].part = j->part;
        j->one[i].reference = ku_arena_try(arena, columns * sizeof(double));
        whole = j->one[i].reference != NULL &&
                ku_regress_room(arena, (int)columns, &j->one[i].fit) &&
                (j->horizon == 0 ||
                 ku_outlook_room(arena, j->horizon, j->set.series[i].n, &j->outlook[i]));
    }
    for (size_t t = 0; whole && t < threads; t++) {
        size_t cells = 2 * ((size_t)j->set.longest + 1) + 2 * columns;
        j->room[t] = ku_arena_try(arena, cells * sizeof(double));
        if (j->horizon > 0)
            j->work[t] = ku_outlook_work_new(arena, j->set.longest,
                                             ku_series_longest_season(&j->set), &options);
        whole = j->room[t] != NULL && (j->horizon == 0 || j->work[t] != NULL);
    }
    if (whole) return KU_OK;
    return ku_error_set(err, KU_NO_MEMORY, "series", "these series do not fit into the memory");
}

/* ---- tables ------------------------------------------------------------------------------------------ */

/* What a unit costs at t, NaN where it is not known. */
static double price_at(const job *j, const ku_series *s, int t)
{
    return j->price < 0 ? (double)NAN
                        : s->x[(size_t)j->price * (size_t)(s->n + s->ahead) + (size_t)t];
}

static void put_parts(const job *j, const explained *e, int t, double total, double base_reach,
                      ku_frame_builder *to, double *slope)
{
    double value[PARTS], price = price_at(j, e->series, t);
    explain_split(e, t, total, value, slope);
    for (int p = 0; p < PARTS; p++) {
        if (!j->has[p]) continue;
        /* The baseline of the past is what the other parts leave. */
        double reach = explain_reach(e, slope, p == PART_BASELINE ? PARTS : (part)p);
        if (p == PART_BASELINE && base_reach > 0) reach = base_reach;
        ku_build_text(to, 0, e->series->name);
        ku_series_put_date(to, 1, &j->set.period, e->series->first, t);
        ku_build_text(to, 2, t < e->series->n ? "actual" : "planned");
        ku_build_text(to, 3, part_names[p]);
        ku_build_double(to, 4, ku_outlook_in_range(value[p]));
        ku_build_double(to, 5, ku_outlook_in_range(value[p] - reach));
        ku_build_double(to, 6, ku_outlook_in_range(value[p] + reach));
        ku_build_double(to, 7, isnan(price) ? (double)NAN : ku_outlook_in_range(value[p] * price));
        ku_build_row(to);
    }
}

static void put_course(const job *j, ku_frame_builder *to)
{
    double *slope = j->room[0];
    for (size_t i = 0; i < j->set.count; i++) {
        const explained *e = &j->one[i];
        const ku_series *s = &j->set.series[i];
        const ku_outlook *o = &j->outlook[i];
        if (s->value == NULL) continue;
        for (int t = 0; t < s->n; t++) put_parts(j, e, t, s->value[t], 0, to, slope);
        int ahead = j->horizon > 0 && o->forecast ? s->ahead : 0;
        for (int k = 0; k < ahead && k < j->horizon; k++)
            put_parts(j, e, s->n + k, explain_total(e, s->n + k, o->mean[k]),
                      fmax(o->bound[3][k] - o->mean[k], o->mean[k] - o->bound[2][k]), to, slope);
    }
}

typedef struct totals {
    double value[PARTS], money[PARTS], actual, paid;
    double *slope; /* columns */
} totals;

static void add_up(const job *j, const explained *e, totals *sum, double *slope)
{
    const ku_series *s = e->series;
    double value[PARTS];
    for (int c = 0; c < e->data.columns; c++) sum->slope[c] = 0;
    for (int t = 0; t < s->n; t++) {
        double price = price_at(j, s, t);
        explain_split(e, t, s->value[t], value, slope);
        for (int c = 0; c < e->data.columns; c++) sum->slope[c] += slope[c];
        for (int p = 0; p < PARTS; p++) {
            sum->value[p] += value[p];
            if (!isnan(price)) sum->money[p] += value[p] * price;
        }
        sum->actual += s->value[t];
        if (!isnan(price)) sum->paid += s->value[t] * price;
    }
}

static void put_sum(const job *j, const explained *e, const char *name, double value, double reach,
                    double share, double money, ku_frame_builder *to)
{
    ku_build_text(to, 0, e->series->name);
    ku_build_text(to, 1, name);
    ku_build_double(to, 2, ku_outlook_in_range(value));
    ku_build_double(to, 3, ku_outlook_in_range(value - reach));
    ku_build_double(to, 4, ku_outlook_in_range(value + reach));
    ku_build_double(to, 5, share);
    if (j->price >= 0) ku_build_double(to, 6, ku_outlook_in_range(money));
    ku_build_row(to);
}

/* Returns the largest difference between parts and actual, as a share of the actual. */
static double put_summary(const job *j, ku_frame_builder *to)
{
    double worst = 0, *slope = j->room[0];
    for (size_t i = 0; i < j->set.count; i++) {
        const explained *e = &j->one[i];
        totals sum = {.slope = slope + j->set.columns};
        double parts = 0;
        if (e->series == NULL || e->series->value == NULL) continue;
        add_up(j, e, &sum, slope);
        double size = fabs(sum.actual) > 0 ? fabs(sum.actual) : 1;
        for (int p = 0; p < PARTS; p++) {
            parts += sum.value[p];
            if (!j->has[p]) continue;
            put_sum(j, e, part_names[p], sum.value[p],
                    explain_reach(e, sum.slope, p == PART_BASELINE ? PARTS : (part)p),
                    sum.value[p] / size, sum.money[p], to);
        }
        put_sum(j, e, "Actual", sum.actual, 0, sum.actual / size, sum.paid, to);
        worst = fmax(worst, fabs(parts - sum.actual) / size);
    }
    return worst;
}

/* The effect in relation to demand: an elasticity for prices, else the change one unit makes.
 * With added effects at the mean of demand (and price). */
static void put_relative(const job *j, const explained *e, int c, ku_frame_builder *to)
{
    const ku_regress_effect *effect = &e->fit.effect[c];
    double wide = ku_student_quantile(0.975, e->fit.freedom), scale = 1;
    bool elastic = j->part[c] == PART_PRICE || effect->logged;
    double mean = mean_of(e->series);
    if (!e->fit.relative) {
        scale = mean > 0 ? 1 / mean : 0;
        if (elastic) scale *= effect->reference;
    } else if (elastic && !effect->logged) {
        scale = effect->reference;
    }
    for (int k = 0; k < 3; k++) {
        double value = effect->beta + (k == 0 ? 0 : k == 1 ? -wide : wide) * effect->deviation;
        value *= scale;
        if (e->fit.relative && !elastic) value = expm1(fmin(value, 300));
        ku_build_double(to, 4 + k, ku_outlook_in_range(value));
    }
    ku_build_text(to, 3, elastic ? "elasticity" : "uplift by one unit");
}

static const char *why_not(ku_regress_fate fate)
{
    return fate == KU_REGRESS_CONSTANT ? "not known: it never changed"
           : fate == KU_REGRESS_SHORT  ? "not known: the past is too short"
                                       : "not known: it follows from the others";
}

static void put_effects(const job *j, ku_frame_builder *to)
{
    for (size_t i = 0; i < j->set.count; i++) {
        const explained *e = &j->one[i];
        if (e->series == NULL || e->series->value == NULL) continue;
        for (int c = 0; c < j->set.columns; c++) {
            ku_regress_fate fate = e->fit.effect[c].fate;
            if (fate == KU_REGRESS_HELPER || fate == KU_REGRESS_EMPTY) continue;
            ku_build_text(to, 0, e->series->name);
            ku_build_text(to, 1, j->set.column[c]);
            ku_build_text(to, 2, part_names[j->part[c]]);
            if (fate == KU_REGRESS_USED)
                put_relative(j, e, c, to);
            else
                ku_build_text(to, 3, why_not(fate));
            ku_build_row(to);
        }
    }
}

/* ---- what changed between futures ------------------------------------------------------------------------ */

/* The columns of a scenario in the place of what is planned. */
static explained in_scenario(const job *j, size_t item, const double *plan, double *x)
{
    explained e = j->one[item];
    const ku_series *s = e.series;
    size_t length = (size_t)(s->n + s->ahead);
    memcpy(x, s->x, (size_t)j->set.columns * length * sizeof *x);
    for (int c = 0; c < j->set.columns; c++)
        for (int k = 0; k < s->ahead && k < j->horizon; k++) {
            double value = plan[(size_t)c * (size_t)j->horizon + (size_t)k];
            if (!isnan(value)) x[(size_t)c * length + (size_t)(s->n + k)] = value;
        }
    e.data.x = x;
    return e;
}

/* The difference one regressor makes between plan and scenario, over the planned periods. */
static void put_change(const job *j, size_t item, int scenario, double *x, ku_frame_builder *to)
{
    const explained *plan = &j->one[item];
    const ku_series *s = plan->series;
    const double *given = j->scenarios.plan[(size_t)scenario * j->set.count + item];
    if (given == NULL || !j->outlook[item].forecast) return;
    explained other = in_scenario(j, item, given, x);
    for (int c = 0; c < j->set.columns; c++) {
        if (plan->fit.effect[c].fate != KU_REGRESS_USED) continue;
        double slope = 0;
        for (int k = 0; k < s->ahead && k < j->horizon; k++) {
            int t = s->n + k;
            double a = explain_total(plan, t, j->outlook[item].mean[k]);
            double b = explain_total(&other, t, j->outlook[item].mean[k]);
            double far = ku_regress_value(&other.data, &plan->fit, c, t) -
                         ku_regress_value(&plan->data, &plan->fit, c, t);
            double ratio = a > 0 && b > 0 ? log(b / a) : 0;
            double weight = !plan->fit.relative ? 1 : fabs(ratio) < 1e-8 ? b : (b - a) / ratio;
            if (!isnan(far)) slope += weight * far;
        }
        if (fabs(slope) <= 0) continue;
        const ku_regress_effect *effect = &plan->fit.effect[c];
        double reach = ku_student_quantile(0.975, plan->fit.freedom) * effect->deviation *
                       fabs(slope);
        ku_build_text(to, 0, j->scenarios.name[scenario]);
        ku_build_text(to, 1, s->name);
        ku_build_text(to, 2, j->set.column[c]);
        ku_build_double(to, 3, ku_outlook_in_range(slope * effect->beta));
        ku_build_double(to, 4, ku_outlook_in_range(slope * effect->beta - reach));
        ku_build_double(to, 5, ku_outlook_in_range(slope * effect->beta + reach));
        ku_build_row(to);
    }
}

static ku_status put_changes(const job *j, ku_frame_builder *to)
{
    ku_arena *arena = ku_run_arena(j->context);
    size_t most = 0;
    for (size_t i = 0; i < j->set.count; i++) {
        size_t length = (size_t)(j->set.series[i].n + j->set.series[i].ahead);
        if (length > most) most = length;
    }
    double *x = KU_ARRAY(arena, most * (size_t)j->set.columns + 1, double);
    for (int scenario = 0; scenario < j->scenarios.count; scenario++)
        for (size_t i = 0; i < j->set.count; i++)
            if (j->set.series[i].value != NULL) put_change(j, i, scenario, x, to);
    return KU_OK;
}

/* ---- the run ------------------------------------------------------------------------------------------------ */

static ku_status put_tables(const job *j, ku_frames *out, ku_error *err)
{
    static const char *const names[] = {"summary", "parts", "effects", "changes"};
    double worst = 0;
    for (int i = 0; i < 4; i++) {
        if (i == 3 && j->scenarios.count == 0) continue;
        ku_frame_builder *to = ku_run_output(j->context, names[i]);
        if (i == 0) worst = put_summary(j, to);
        if (i == 1) put_course(j, to);
        if (i == 2) put_effects(j, to);
        if (i == 3) put_changes(j, to);
        ku_frame *frame = NULL;
        KU_TRY(ku_frame_builder_finish(to, &frame, err));
        KU_TRY(ku_frames_add(out, frame, err));
    }
    ku_run_remark(j->context, worst > 1e-9 ? KU_FAIL : KU_NOTE, "adds up",
                  worst > 1e-9 ? "The parts do not add up to the actual demand."
                               : "The parts of every series add up to its actual demand.");
    return KU_OK;
}

static void remark_all(const job *j)
{
    size_t none = 0;
    ku_arena *arena = ku_run_arena(j->context);
    for (size_t i = 0; i < j->set.count; i++) {
        const explained *e = &j->one[i];
        none += e->series == NULL || e->series->value == NULL || e->fit.used == 0;
        if (i >= 20 || e->series == NULL || e->series->value == NULL) continue;
        const char *text = ku_drivers_remark(&j->drivers, &e->fit, 0, arena);
        if (text[0] != '\0')
            ku_run_remark(j->context, KU_NOTE, "effects", "%.80s: %s", e->series->name, text);
    }
    if (none > 0)
        ku_run_remark(j->context, none == j->set.count ? KU_FAIL : KU_WARN, "no effects",
                      "%zu of %zu series: too short, or nothing that changed; all is baseline.",
                      none, j->set.count);
}

/* Roles of the columns, and the one that values units. */
static void name_parts(job *j, const ku_params *params, ku_arena *arena)
{
    j->part = KU_ARRAY(arena, (size_t)j->set.columns + 1, part);
    j->price = -1;
    for (int c = 0; c < j->set.columns; c++) {
        j->part[c] = part_of_column(j->set.column[c], params);
        size_t length = strlen(j->set.column[c]);
        bool deviation = length > 3 && strcmp(j->set.column[c] + length - 3, "_sd") == 0;
        if (j->part[c] == PART_PRICE && j->price < 0 && !deviation) j->price = c;
    }
}

ku_status explain_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                      ku_frames *out, ku_error *err)
{
    ku_arena *arena = ku_run_arena(context);
    job *j = KU_NEW(arena, job);
    const ku_frame *table = ku_frames_find(in, "series");
    const char *season = ku_param_text_value(params, "season");
    const char *calendar = ku_param_text_value(params, "calendar");
    bool relative = strcmp(ku_param_text_value(params, "response"), "relative") == 0;
    j->context = context;
    KU_TRY(ku_series_read(table, ku_param_text_value(params, "period"), arena, &j->set, err));
    if (season != NULL) KU_TRY(ku_series_seasons(&j->set, season, err));
    if (calendar != NULL)
        KU_TRY(ku_calendar_add(&j->set, calendar, ku_frames_find(in, "events"), 0, arena, err));
    if (j->set.columns == 0)
        return ku_error_set(err, KU_BAD_DATA, "series",
                            "there is nothing to explain demand by: add columns such as price or "
                            "promotion, or --calendar");
    name_parts(j, params, arena);
    read_groups(j, table, arena);
    KU_TRY(add_beside(j, arena, err));
    j->has[PART_BASELINE] = true;
    for (int c = 0; c < j->set.columns; c++) j->has[j->part[c]] = true;
    for (size_t i = 0; i < j->set.count; i++)
        if (j->set.series[i].ahead > j->horizon) j->horizon = j->set.series[i].ahead;
    KU_TRY(ku_drivers_init(&j->drivers, &j->set, j->horizon, relative, false,
                           ku_pool_threads(ku_run_pool(context)), arena, err));
    KU_TRY(ku_scenarios_read(ku_frames_find(in, "scenario"), &j->set, j->horizon, arena,
                             &j->scenarios, err));
    KU_TRY(make_room(j, arena, err));
    ku_pool_each(ku_run_pool(context), j->set.count, 1, explain_one, j);
    if (ku_run_cancelled(context))
        return ku_error_set(err, KU_CANCELLED, NULL, "the run was cancelled");
    remark_all(j);
    return put_tables(j, out, err);
}
