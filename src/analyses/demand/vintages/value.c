/* value.c - whose forecast was better, once the periods are over: the model's than repeating
 * the past, and a person's than the model's. (Gilliland 2010, The Business Forecasting Deal,
 * chapter 4: forecast value added.)
 *
 * Errors of series of different size are made comparable by the error of repeating the past
 * in the values known when the forecast was made; in money they are so by themselves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/demand/vintages/vintages.h"
#include "base/format.h"
#include "forecast/score/compare.h"

#define DRAWS 300

/* One forecast of one period beside that which it is to improve on. */
typedef struct duel {
    int32_t series, place;
    double first, second, actual; /* the one to improve on, and the other */
    double scale;
    const ku_override *by; /* NULL: the model itself */
    size_t at;             /* in the order of the input, to keep it */
} duel;

typedef struct ring {
    ku_vintages *v;
    duel *model, *people; /* by series and place */
    size_t models, peoples;
    size_t late, alone; /* overrides made too late, and with nothing to compare with */
} ring;

/* ---- what there is to compare --------------------------------------------------------------- */

static bool came_true(const ku_series *s, int32_t place)
{
    return place < s->n && (s->known == NULL || s->known[place]);
}

/* The value of the same period in the last season known, or the last known; false before the
 * series begins. */
static bool repeat_past(const ku_vintages *v, const ku_series *s, int32_t place, int known,
                        double *value)
{
    if (known < 1) return false;
    int season = v->set.season, back = known - 1;
    if (season > 1 && known >= season) back = place - season * ((place - known) / season + 1);
    *value = s->value[back];
    return true;
}

static double scale_of(const ku_vintages *v, const ku_series *s, int known)
{
    double scale = v->set.season > 1
                       ? ku_score_scale(s->value, known, v->set.season, KU_SCALE_ABSOLUTE)
                       : NAN;
    return isnan(scale) ? ku_score_scale(s->value, known, 1, KU_SCALE_ABSOLUTE) : scale;
}

static void meet_model(ring *r, ku_vintage vintage)
{
    ku_vintages *v = r->v;
    const ku_belief *first = &v->belief[vintage.from];
    const ku_series *s = &v->set.series[first->series];
    int known = first->place < s->n ? first->place : s->n;
    double scale = scale_of(v, s, known);
    for (size_t i = vintage.from; i < vintage.to; i++) {
        const ku_belief *b = &v->belief[i];
        double naive;
        if (!came_true(s, b->place) || !repeat_past(v, s, b->place, known, &naive)) continue;
        r->model[r->models++] = (duel){b->series,          b->place, naive, b->mean,
                                       s->value[b->place], scale,    NULL,  i};
    }
}

/* What the model said of the period when the person spoke: as noted, or the latest kept. */
static bool model_value(const ku_vintages *v, const ku_override *o, double *value, double *scale)
{
    const ku_series *s = &v->set.series[o->series];
    const ku_belief *found = NULL;
    int known = o->place < s->n ? o->place : s->n;
    for (size_t i = v->belief_from[o->series]; i < v->belief_from[o->series + 1]; i++) {
        const ku_belief *b = &v->belief[i];
        if (b->place == o->place && b->made_at <= o->made_at) found = b;
    }
    if (found != NULL) {
        size_t from = (size_t)(found - v->belief);
        while (from > v->belief_from[o->series] && v->belief[from - 1].made_at == found->made_at)
            from--;
        if (v->belief[from].place < known) known = v->belief[from].place;
    }
    *scale = scale_of(v, s, known);
    if (!isnan(o->model_value))
        *value = o->model_value;
    else if (found != NULL)
        *value = found->mean;
    return found != NULL || !isnan(o->model_value);
}

static void meet_person(ring *r, const ku_override *o)
{
    ku_vintages *v = r->v;
    const ku_series *s = &v->set.series[o->series];
    duel d = {.series = o->series, .place = o->place, .second = o->value, .by = o};
    if (!came_true(s, o->place)) return;
    d.actual = s->value[o->place];
    if (model_value(v, o, &d.first, &d.scale))
        r->people[r->peoples++] = d;
    else
        r->alone++;
}

/* Of each period the override that held when it ended. */
static void meet_people(ring *r)
{
    ku_vintages *v = r->v;
    for (size_t i = 0, next; i < v->overrides; i = next) {
        const ku_override *o = &v->override[i], *held = NULL;
        int64_t end = ku_vintages_end(v, o->series, o->place);
        for (next = i; next < v->overrides && v->override[next].series == o->series &&
                       v->override[next].place == o->place;
             next++) {
            if (v->override[next].made_at < end)
                held = &v->override[next];
            else
                r->late++;
        }
        if (held != NULL) meet_person(r, held);
    }
}

static int duel_order(const void *a, const void *b)
{
    const duel *x = a, *y = b;
    if (x->series != y->series) return x->series < y->series ? -1 : 1;
    if (x->place != y->place) return x->place < y->place ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* ---- sums ------------------------------------------------------------------------------------------ */

typedef struct outcome {
    int64_t series, periods, better, worse;
    double first, second; /* sums of absolute errors in the unit */
    double money;         /* saved by the second */
    ku_skill skill;       /* of the scaled errors */
    double chance;
} outcome;

static double money_of(const ku_vintages *v, const duel *d)
{
    ku_error_cost cost = v->cost[d->series];
    if (isnan(cost.over)) return 0;
    return ku_score_cost(d->actual, d->first, cost) - ku_score_cost(d->actual, d->second, cost);
}

/* Days from the first date of all to the duel's period. */
static int column_of(const ku_vintages *v, const duel *d, int64_t first)
{
    int64_t date = ku_series_date(&v->set.period, v->set.series[d->series].first, d->place);
    return (int)ku_series_place(&v->set.period, first, date);
}

static int64_t first_date(const ku_vintages *v)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < v->set.count; i++)
        if (v->set.series[i].first < first) first = v->set.series[i].first;
    return first;
}

/* The skill over all series and periods; each series and each date may be drawn again. */
static ku_skill skill_of(const ku_vintages *v, const duel *duels, size_t count, uint64_t stream)
{
    int64_t first = first_date(v);
    int rows = 0, from = INT32_MAX, to = -1, row = -1;
    int32_t series = -1;
    for (size_t i = 0; i < count; i++) {
        int column = column_of(v, &duels[i], first);
        if (column < from) from = column;
        if (column > to) to = column;
        if (i == 0 || duels[i].series != duels[i - 1].series) rows++;
    }
    ku_skill none = {NAN, {NAN, NAN}};
    if (rows == 0) return none;
    size_t columns = (size_t)(to - from + 1), cells = (size_t)rows * columns;
    ku_arena *arena = ku_arena_new();
    double *sum = arena != NULL ? ku_arena_try(arena, (3 * cells + (size_t)rows + columns + DRAWS) *
                                                          sizeof *sum)
                                : NULL;
    if (sum != NULL) {
        double *loss = sum, *yard = loss + cells, *n = yard + cells, *room = n + cells;
        for (size_t i = 0; i < cells; i++) loss[i] = yard[i] = n[i] = 0;
        for (size_t i = 0; i < count; i++) {
            const duel *d = &duels[i];
            if (d->series != series) row++, series = d->series;
            if (isnan(d->scale)) continue;
            size_t at = (size_t)row * columns + (size_t)(column_of(v, d, first) - from);
            loss[at] += fabs(d->second - d->actual) / d->scale;
            yard[at] += fabs(d->first - d->actual) / d->scale;
            n[at]++;
        }
        for (size_t i = 0; i < cells; i++) {
            loss[i] = n[i] > 0 ? loss[i] / n[i] : NAN;
            yard[i] = n[i] > 0 ? yard[i] / n[i] : NAN;
        }
        none = ku_skill_of(loss, yard, rows, (int)columns, DRAWS, ku_run_rng(v->context, stream),
                           room);
    }
    ku_arena_free(arena);
    return none;
}

static outcome sum_up(const ku_vintages *v, const duel *duels, size_t count, uint64_t stream)
{
    outcome o = {.chance = NAN};
    for (size_t i = 0; i < count; i++) {
        const duel *d = &duels[i];
        double first = fabs(d->first - d->actual), second = fabs(d->second - d->actual);
        o.series += i == 0 || d->series != duels[i - 1].series;
        o.periods++;
        o.better += second < first;
        o.worse += second > first;
        o.first += first;
        o.second += second;
        o.money += money_of(v, d);
    }
    o.skill = skill_of(v, duels, count, stream);
    return o;
}

static void put_number(ku_frame_builder *to, int column, double value)
{
    if (isfinite(value)) ku_build_double(to, column, value);
}

/* Columns from `at` on: periods, better, gain, lo, hi, money. */
static void put_outcome(const ku_vintages *v, const outcome *o, int at, ku_frame_builder *to)
{
    ku_build_int(to, at, o->periods);
    ku_build_double(to, at + 1, (double)o->better / (double)o->periods);
    put_number(to, at + 2, o->skill.value);
    put_number(to, at + 3, o->skill.interval.lo);
    put_number(to, at + 4, o->skill.interval.hi);
    if (v->money) ku_build_double(to, at + 5, o->money);
}

/* ---- who was better ------------------------------------------------------------------------------------ */

static void put_value_row(const ku_vintages *v, const char *who, const char *over,
                          const duel *duels, size_t count, uint64_t stream, ku_frame_builder *to)
{
    if (count == 0) return;
    outcome o = sum_up(v, duels, count, stream);
    ku_build_text(to, 0, who);
    ku_build_text(to, 1, over);
    ku_build_int(to, 2, o.series);
    put_outcome(v, &o, 3, to);
    ku_build_row(to);
}

static const char *person_of(const duel *d)
{
    return d->by->person[0] != '\0' ? d->by->person : "(no name)";
}

static int person_order(const void *a, const void *b)
{
    const duel *x = a, *y = b;
    int order = strcmp(person_of(x), person_of(y));
    return order != 0 ? order : duel_order(a, b);
}

static ku_status put_value(const ring *r, ku_frames *out, ku_error *err)
{
    ku_vintages *v = r->v;
    ku_frame_builder *to = ku_run_output(v->context, "value");
    put_value_row(v, "Model", "repeating the past", r->model, r->models, 1, to);
    put_value_row(v, "All people", "the model", r->people, r->peoples, 2, to);
    duel *by = KU_ARRAY(ku_run_arena(v->context), r->peoples + 1, duel);
    memcpy(by, r->people, r->peoples * sizeof *by);
    qsort(by, r->peoples, sizeof *by, person_order);
    for (size_t from = 0, end; from < r->peoples; from = end) {
        for (end = from + 1; end < r->peoples; end++)
            if (strcmp(person_of(&by[end]), person_of(&by[from])) != 0) break;
        put_value_row(v, person_of(&by[from]), "the model", by + from, end - from, 3 + from, to);
    }
    return ku_vintages_add(to, out, err);
}

/* ---- by series -------------------------------------------------------------------------------------------- */

/* The longest that a forecast of the series looked ahead, less one: so many of the duels
 * beside each other share what nobody knew. */
static int overlap_of(const ku_vintages *v, int32_t series)
{
    int longest = 1;
    for (size_t i = v->belief_from[series], to; i < v->belief_from[series + 1]; i = to) {
        ku_vintage vintage = ku_vintage_at(v, i);
        to = vintage.to;
        int reach = v->belief[to - 1].place - v->belief[i].place + 1;
        if (reach > longest) longest = reach;
    }
    return longest - 1;
}

static void put_series_row(const ku_vintages *v, const char *who, const char *over,
                           const duel *duels, size_t count, double *d, ku_frame_builder *to)
{
    double first = 0, second = 0, money = 0;
    int64_t better = 0;
    int n = 0;
    for (size_t i = 0, next; i < count; i = next) { /* one difference a period */
        double sum = 0;
        for (next = i; next < count && duels[next].place == duels[i].place; next++) {
            double a = fabs(duels[next].first - duels[next].actual);
            double b = fabs(duels[next].second - duels[next].actual);
            first += a;
            second += b;
            sum += a - b;
            better += b < a;
            money += money_of(v, &duels[next]);
        }
        d[n++] = sum / (double)(next - i);
    }
    int overlap = overlap_of(v, duels->series);
    ku_accuracy_test test = ku_compare_accuracy(d, n, overlap);
    double each = first / (double)count;
    ku_build_text(to, 0, v->set.series[duels->series].name);
    ku_build_text(to, 1, who);
    ku_build_text(to, 2, over);
    ku_build_int(to, 3, (int64_t)count);
    ku_build_double(to, 4, each);
    ku_build_double(to, 5, second / (double)count);
    ku_build_double(to, 6, (double)better / (double)count);
    if (first > 0) {
        ku_build_double(to, 7, 1 - second / first);
        put_number(to, 8, test.interval.lo / each);
        put_number(to, 9, test.interval.hi / each);
    }
    if (v->money && !isnan(v->cost[duels->series].over)) ku_build_double(to, 10, money);
    ku_build_row(to);
}

static ku_status put_series(const ring *r, ku_frames *out, ku_error *err)
{
    ku_vintages *v = r->v;
    ku_frame_builder *to = ku_run_output(v->context, "series");
    double *d = KU_ARRAY(ku_run_arena(v->context), r->models + r->peoples + 1, double);
    size_t m = 0, p = 0;
    for (int32_t s = 0; s < (int32_t)v->set.count; s++) {
        size_t from = m, first = p;
        while (m < r->models && r->model[m].series == s) m++;
        while (p < r->peoples && r->people[p].series == s) p++;
        if (m > from)
            put_series_row(v, "Model", "repeating the past", r->model + from, m - from, d, to);
        if (p > first)
            put_series_row(v, "People", "the model", r->people + first, p - first, d, to);
    }
    return ku_vintages_add(to, out, err);
}

/* ---- each override, each forecast ------------------------------------------------------------------------- */

static ku_status put_overrides(const ring *r, ku_frames *out, ku_error *err)
{
    ku_vintages *v = r->v;
    ku_frame_builder *to = ku_run_output(v->context, "overrides");
    for (size_t i = 0; i < r->peoples; i++) {
        const duel *d = &r->people[i];
        double gain = fabs(d->first - d->actual) - fabs(d->second - d->actual);
        ku_build_text(to, 0, v->set.series[d->series].name);
        ku_vintages_put_date(v, to, 1, d->series, d->place);
        ku_build_text(to, 2, person_of(d));
        ku_build_text(to, 3, d->by->reason[0] != '\0' ? d->by->reason : NULL);
        ku_build_double(to, 4, d->first);
        ku_build_double(to, 5, d->second);
        ku_build_double(to, 6, d->actual);
        ku_build_double(to, 7, gain);
        if (v->money && !isnan(v->cost[d->series].over)) ku_build_double(to, 8, money_of(v, d));
        ku_build_text(to, 9, gain > 0 ? "better" : gain < 0 ? "worse" : "the same");
        ku_build_row(to);
    }
    return ku_vintages_add(to, out, err);
}

static const char *grade_of(const ku_belief *b, double actual)
{
    if (isnan(b->bound[2]) || isnan(b->bound[3])) return "no interval";
    if (!isnan(b->bound[0]) && b->bound[0] <= actual && actual <= b->bound[1]) return "inside 80 %";
    if (b->bound[2] <= actual && actual <= b->bound[3]) return "inside 95 %";
    return actual > b->bound[3] ? "above 95 %" : "below 95 %";
}

static ku_status put_grades(const ring *r, ku_frames *out, ku_error *err)
{
    ku_vintages *v = r->v;
    ku_frame_builder *to = ku_run_output(v->context, "grades");
    double graded = 0, inside = 0, made = 0;
    for (size_t i = 0; i < v->beliefs; i++) {
        const ku_belief *b = &v->belief[i];
        const ku_series *s = &v->set.series[b->series];
        if (!came_true(s, b->place)) continue;
        double actual = s->value[b->place];
        const char *grade = grade_of(b, actual);
        ku_build_text(to, 0, s->name);
        ku_build_timestamp(to, 1, b->made_at);
        ku_vintages_put_date(v, to, 2, b->series, b->place);
        ku_build_double(to, 3, b->mean);
        for (int k = 0; k < KU_BOUNDS; k++) put_number(to, 4 + k, b->bound[k]);
        ku_build_double(to, 8, actual);
        ku_build_double(to, 9, b->mean - actual);
        ku_build_text(to, 10, grade);
        ku_build_row(to);
        if (strcmp(grade, "no interval") == 0) continue;
        graded++;
        inside += strncmp(grade, "inside", 6) == 0;
        made += i == 0 || b->series != b[-1].series || b->made_at != b[-1].made_at;
    }
    if (graded > 0) {
        /* The periods of one forecast are right or wrong together. */
        double pieces = made > 0 ? made : 1;
        ku_interval w = ku_wilson(inside / graded * pieces, pieces, 0.95);
        ku_run_remark(v->context, w.hi < 0.95 ? KU_WARN : KU_NOTE, "coverage",
                      "Of %.0f kept forecasts of periods now over, %.0f %% were inside their 95 %% "
                      "interval (%.0f to %.0f %%).",
                      graded, 100 * inside / graded, 100 * w.lo, 100 * w.hi);
    }
    return ku_vintages_add(to, out, err);
}

/* ---- all -------------------------------------------------------------------------------------------------- */

static void remark_all(const ring *r)
{
    if (r->models == 0)
        ku_run_remark(r->v->context, KU_WARN, "too early",
                      "None of the periods that were forecast is over yet; who was better cannot "
                      "be told.");
    if (r->late > 0)
        ku_run_remark(r->v->context, KU_NOTE, "too late",
                      "Overrides made after their period was over are left out: %zu.", r->late);
    if (r->alone > 0)
        ku_run_remark(r->v->context, KU_NOTE, "no model",
                      "Overrides without a kept forecast to compare with are left out: %zu.",
                      r->alone);
}

ku_status ku_vintages_value(ku_vintages *v, ku_frames *out, ku_error *err)
{
    ku_arena *arena = ku_run_arena(v->context);
    ring *r = KU_NEW(arena, ring);
    *r = (ring){.v = v};
    r->model = ku_arena_try(arena, (v->beliefs + 1) * sizeof *r->model);
    r->people = ku_arena_try(arena, (v->overrides + 1) * sizeof *r->people);
    if (r->model == NULL || r->people == NULL)
        return ku_error_set(err, KU_NO_MEMORY, "forecast", "too many rows for the memory");
    for (size_t i = 0; i < v->beliefs; i = ku_vintage_at(v, i).to)
        meet_model(r, ku_vintage_at(v, i));
    meet_people(r);
    qsort(r->model, r->models, sizeof *r->model, duel_order);
    qsort(r->people, r->peoples, sizeof *r->people, duel_order);
    remark_all(r);
    KU_TRY(put_value(r, out, err));
    KU_TRY(put_series(r, out, err));
    KU_TRY(put_overrides(r, out, err));
    return put_grades(r, out, err);
}
