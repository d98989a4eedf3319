/* change.c - what changed between the last two vintages of a series, and why.
 *
 * Both say something about the same coming periods. Their difference is taken apart by
 * replaying: the model of the earlier one is fitted again to what was known then and to
 * what is known now, and so is the model of the later one to what is known now. Then
 *
 *   new actual values  = earlier model, known now  - earlier model, known then
 *   another model      = later model, known now    - earlier model, known now
 *   plan and settings  = what remains of the change of the kept forecasts: changed plans and
 *                        regressors, corrected history, another version
 *   overrides          = change of what people put in the place of the forecast
 *
 * so that the four add up to the change of what is believed. The first is split by the line
 * of least squares through its periods: where that begins is the new level, the rest is
 * trend and season. */
#include <ctype.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/demand/vintages/vintages.h"
#include "base/date.h"
#include "base/format.h"
#include "base/text.h"
#include "num/linear.h"

enum { MODELS = 128 }; /* room for the methods, the named models and the automatic choice */

typedef enum part_name { LEVEL, SHAPE, MODEL, PLAN, OVERRIDE, PARTS } part_name;

/* One period that both vintages speak of. */
typedef struct period {
    int32_t place;
    double before, now; /* what was believed, overrides in force included */
    double part[PARTS];
    double told; /* change of the kept forecasts */
} period;

typedef struct change {
    size_t series;
    ku_vintage before, now;
    period *period;
    int count;
    bool replayed;
    double sum_before, sum_now, sum[PARTS];
    double came, expected; /* actual values since, and what the earlier vintage said of them */
    int since;
} change;

typedef struct replayer {
    ku_arena *arena;
    ku_outlook_work *work[MODELS];
    ku_outlook out;
    double *y, *line; /* past; periods of one change */
} replayer;

typedef struct job {
    ku_vintages *v;
    change *change;
    size_t count;
    int horizon;
    replayer *replayer; /* by thread */
    atomic_size_t done;
    atomic_bool no_memory;
} job;

/* ---- which model it was --------------------------------------------------------------------- */

static bool same_word(const char *word, size_t length, const char *name)
{
    return strlen(name) == length && strncasecmp(word, name, length) == 0;
}

/* "ETS(M,Ad,M)" as exponential smoothing's short name. */
static int named_ets(const char *text)
{
    char name[16];
    size_t length = 0;
    for (const char *at = text; *at != '\0' && length + 1 < sizeof name; at++)
        if (isalpha((unsigned char)*at)) name[length++] = *at;
    name[length] = '\0';
    return ku_outlook_model(name);
}

int ku_vintages_model(const char *text)
{
    int model = ku_outlook_model(text);
    if (model >= KU_OUTLOOK_AUTO) return model;
    size_t word = 0;
    while (isalpha((unsigned char)text[word])) word++;
    if (same_word(text, word, "ETS") && text[word] == '(') {
        model = named_ets(text + word);
        return model >= KU_OUTLOOK_AUTO ? model : ku_outlook_model("ets");
    }
    for (int i = 0; i < ku_method_count; i++)
        if (strcasecmp(text, ku_methods[i]->title) == 0)
            return ku_outlook_model(ku_methods[i]->name);
    for (int i = 0; i < ku_method_count; i++)
        if (same_word(text, word, ku_methods[i]->name)) return i;
    return KU_OUTLOOK_AUTO;
}

/* ---- replaying --------------------------------------------------------------------------------- */

static bool replayer_init(replayer *r, const job *j)
{
    r->arena = ku_arena_new();
    if (r->arena == NULL) return false;
    r->y = ku_arena_try(r->arena, ((size_t)j->v->set.longest + 1) * sizeof *r->y);
    r->line = ku_arena_try(r->arena, (size_t)j->horizon * sizeof *r->line);
    return r->y != NULL && r->line != NULL &&
           ku_outlook_room(r->arena, j->horizon, j->v->set.longest, &r->out);
}

static ku_outlook_work *work_of(const job *j, replayer *r, int model)
{
    ku_outlook_work **work = &r->work[model + 1];
    ku_outlook_options options = {.horizon = j->horizon, .shortest = 1, .model = model};
    if (*work == NULL)
        *work = ku_outlook_work_new(r->arena, j->v->set.longest,
                                    ku_series_longest_season(&j->v->set), &options);
    return *work;
}

/* What the model says with `known` values known, added to `to` of each period times sign. */
static bool replay(job *j, replayer *r, const change *c, int model, int known, double sign,
                   part_name part)
{
    const ku_series *s = &j->v->set.series[c->series];
    ku_outlook_work *work = work_of(j, r, model);
    if (work == NULL) {
        atomic_store(&j->no_memory, true);
        return false;
    }
    ku_past past = {
        .y = r->y, .n = known, .season = j->v->set.season, .season_count = j->v->set.season_count};
    memcpy(past.seasons, j->v->set.seasons, sizeof past.seasons);
    memcpy(r->y, s->value, (size_t)known * sizeof *r->y);
    if (s->known != NULL) ku_series_fill(r->y, s->known, known, past.season);
    r->out.model[0] = r->out.remark[0] = r->out.why[0] = r->out.parameters[0] = '\0';
    ku_outlook_make(work, &past, ku_run_rng(j->v->context, ku_series_stream(s->name)), &r->out);
    if (!r->out.forecast) return false;
    for (int i = 0; i < c->count; i++)
        c->period[i].part[part] += sign * r->out.mean[c->period[i].place - known];
    return true;
}

static int known_at(const job *j, const change *c, ku_vintage vintage)
{
    int n = j->v->set.series[c->series].n, first = j->v->belief[vintage.from].place;
    return first < n ? first : n;
}

/* New actual values (in LEVEL for now) and the change of the model. */
static bool replay_all(job *j, replayer *r, const change *c)
{
    int then = known_at(j, c, c->before), now = known_at(j, c, c->now);
    int earlier = ku_vintages_model(j->v->belief[c->before.from].model);
    int later = ku_vintages_model(j->v->belief[c->now.from].model);
    if (then < 1 || now < then) return false;
    if (now == then && earlier == later) return true;
    if (c->period[c->count - 1].place - then >= j->horizon) return false;
    return (now == then || (replay(j, r, c, earlier, now, 1, LEVEL) &&
                            replay(j, r, c, earlier, then, -1, LEVEL))) &&
           (earlier == later ||
            (replay(j, r, c, later, now, 1, MODEL) && replay(j, r, c, earlier, now, -1, MODEL)));
}

/* Splits LEVEL by the line through the periods. */
static void split(replayer *r, change *c)
{
    double level = c->period[0].part[LEVEL], slope = 0;
    for (int i = 0; i < c->count; i++) r->line[i] = c->period[i].part[LEVEL];
    if (c->count > 2) {
        ku_line_fit(r->line, c->count, &level, &slope);
        level += slope; /* at the first period, which the line calls 1 */
    }
    for (int i = 0; i < c->count; i++) {
        c->period[i].part[SHAPE] = c->period[i].part[LEVEL] - level;
        c->period[i].part[LEVEL] = level;
    }
}

static void explain(void *data, size_t item, unsigned thread)
{
    job *j = data;
    change *c = &j->change[item];
    replayer *r = &j->replayer[thread];
    if (ku_run_cancelled(j->v->context)) return;
    c->replayed = replay_all(j, r, c);
    if (!c->replayed)
        for (int i = 0; i < c->count; i++) c->period[i].part[LEVEL] = c->period[i].part[MODEL] = 0;
    for (int i = 0; i < c->count; i++) {
        period *p = &c->period[i];
        p->part[PLAN] = p->told - p->part[LEVEL] - p->part[MODEL];
    }
    split(r, c);
    size_t done = atomic_fetch_add(&j->done, 1) + 1;
    ku_run_progress(j->v->context, (double)done / (double)j->count,
                    "Taking the last change of each series apart");
}

/* ---- what changed ------------------------------------------------------------------------------- */

/* The last two vintages of a series; false when there are not two. */
static bool last_two(const ku_vintages *v, size_t series, ku_vintage *before, ku_vintage *now)
{
    size_t at = v->belief_from[series], end = v->belief_from[series + 1];
    int count = 0;
    for (; at < end; at = now->to, count++) {
        *before = *now;
        *now = ku_vintage_at(v, at);
    }
    return count >= 2;
}

static void compare(const ku_vintages *v, change *c)
{
    int64_t now = v->belief[c->now.from].made_at;
    for (size_t i = c->now.from; i < c->now.to; i++) {
        const ku_belief *b = &v->belief[i], *a = ku_vintage_find(v, c->before, b->place);
        if (a == NULL) continue;
        const ku_override *first = ku_override_find(v, b->series, b->place, now);
        const ku_override *last = ku_override_find(v, b->series, b->place, INT64_MAX);
        period *p = &c->period[c->count++];
        *p = (period){.place = b->place, .told = b->mean - a->mean};
        p->before = first != NULL ? first->value : a->mean;
        p->now = last != NULL ? last->value : b->mean;
        p->part[OVERRIDE] = p->now - p->before - p->told;
    }
    const ku_series *s = &v->set.series[c->series];
    for (size_t i = c->before.from; i < c->before.to; i++) {
        const ku_belief *a = &v->belief[i];
        if (a->place >= s->n || a->place >= v->belief[c->now.from].place) continue;
        if (s->known != NULL && !s->known[a->place]) continue;
        c->came += s->value[a->place];
        c->expected += a->mean;
        c->since++;
    }
}

/* Finds the changes; returns how many series have but one vintage. */
static size_t find_changes(job *j, ku_arena *arena)
{
    ku_vintages *v = j->v;
    size_t single = 0;
    j->change = KU_ARRAY(arena, v->set.count + 1, change);
    for (size_t s = 0; s < v->set.count; s++) {
        ku_vintage before = {0, 0}, now = {0, 0};
        if (v->belief_from[s] == v->belief_from[s + 1]) continue;
        if (!last_two(v, s, &before, &now)) {
            single++;
            continue;
        }
        change *c = &j->change[j->count];
        *c = (change){.series = s, .before = before, .now = now};
        c->period = KU_ARRAY(arena, now.to - now.from, period);
        compare(v, c);
        if (c->count == 0) continue;
        int reach = c->period[c->count - 1].place - v->belief[before.from].place + 1;
        int gap = v->belief[before.from].place - known_at(j, c, before);
        if (reach + gap > j->horizon) j->horizon = reach + gap;
        j->count++;
    }
    if (j->horizon > KU_SERIES_AHEAD) j->horizon = KU_SERIES_AHEAD;
    return single;
}

static void sum_up(change *c)
{
    for (int i = 0; i < c->count; i++) {
        c->sum_before += c->period[i].before;
        c->sum_now += c->period[i].now;
        for (int p = 0; p < PARTS; p++) c->sum[p] += c->period[i].part[p];
    }
}

/* ---- in words ---------------------------------------------------------------------------------------- */

static void say_since(const change *c, ku_text *why)
{
    if (c->since == 0 || !(fabs(c->expected) > 0)) return;
    double off = c->came / c->expected - 1;
    ku_text_addf(why, "The %s since came in ", c->since == 1 ? "period" : "periods");
    if (fabs(off) < 0.005)
        ku_text_add(why, "as forecast.");
    else
        ku_text_addf(why, "%.0f %% %s than forecast.", 100 * fabs(off),
                     off > 0 ? "higher" : "lower");
}

static void say_parts(const ku_vintages *v, const change *c, ku_text *why)
{
    static const char *const name[PARTS] = {"the new level", "trend and season", "another model",
                                            "plan and settings", "overrides"};
    double all = 0;
    int largest = 0;
    for (int p = 0; p < PARTS; p++) {
        all += fabs(c->sum[p]);
        if (fabs(c->sum[p]) > fabs(c->sum[largest])) largest = p;
    }
    if (why->length > 0) ku_text_addc(why, ' ');
    if (!(all > 1e-9 * fabs(c->sum_before)) || !(all > 0)) {
        ku_text_add(why, "Nothing changed.");
        return;
    }
    char number[KU_NUMBER_TEXT];
    ku_text_addf(why, "The largest part: %s (%s%s).", name[largest], c->sum[largest] > 0 ? "+" : "",
                 ku_format_number(number, c->sum[largest], "", NULL));
    if (largest == MODEL)
        ku_text_addf(why, " It was %s, now it is %s.", v->belief[c->before.from].model,
                     v->belief[c->now.from].model);
    if (!c->replayed)
        ku_text_add(why, " What new actual values and models did cannot be told apart here.");
}

/* ---- tables --------------------------------------------------------------------------------------------- */

static void put_change(const ku_vintages *v, const change *c, ku_frame_builder *to)
{
    const ku_belief *before = &v->belief[c->before.from], *now = &v->belief[c->now.from];
    ku_text why = {0};
    ku_build_text(to, 0, v->set.series[c->series].name);
    ku_build_timestamp(to, 1, before->made_at);
    ku_build_timestamp(to, 2, now->made_at);
    ku_build_int(to, 3, c->count);
    ku_build_double(to, 4, c->sum_before);
    ku_build_double(to, 5, c->sum_now);
    ku_build_double(to, 6, c->sum_now - c->sum_before);
    if (c->sum_before > 0) ku_build_double(to, 7, c->sum_now / c->sum_before - 1);
    for (int p = 0; p < PARTS; p++) ku_build_double(to, 8 + p, c->sum[p]);
    ku_build_text(to, 13, before->model[0] != '\0' ? before->model : NULL);
    ku_build_text(to, 14, now->model[0] != '\0' ? now->model : NULL);
    say_since(c, &why);
    say_parts(v, c, &why);
    ku_build_text(to, 15, ku_text_string(&why));
    ku_text_clear(&why);
    ku_build_row(to);
}

static void put_steps(const ku_vintages *v, const change *c, ku_frame_builder *to)
{
    static const char *const name[PARTS + 2] = {
        "Before",    "New level", "Trend and season", "Another model", "Plan and settings",
        "Overrides", "Now"};
    for (int i = 0; i < PARTS + 2; i++) {
        ku_build_text(to, 0, v->set.series[c->series].name);
        ku_build_text(to, 1, name[i]);
        ku_build_double(to, 2,
                        i == 0           ? c->sum_before
                        : i == PARTS + 1 ? c->sum_now
                                         : c->sum[i - 1]);
        ku_build_row(to);
    }
}

static void put_periods(const ku_vintages *v, const change *c, ku_frame_builder *to)
{
    for (int i = 0; i < c->count; i++) {
        const period *p = &c->period[i];
        ku_build_text(to, 0, v->set.series[c->series].name);
        ku_vintages_put_date(v, to, 1, (int32_t)c->series, p->place);
        ku_build_double(to, 2, p->before);
        ku_build_double(to, 3, p->now);
        ku_build_double(to, 4, p->now - p->before);
        for (int part = 0; part < PARTS; part++) ku_build_double(to, 5 + part, p->part[part]);
        ku_build_row(to);
    }
}

static double weight_of(const ku_vintages *v, const change *c)
{
    double cost = v->cost[c->series].under;
    return fabs(c->sum_now - c->sum_before) * (v->money ? (isnan(cost) ? 0 : cost) : 1);
}

typedef struct weighed {
    double weight;
    size_t at;
} weighed;

static int heavier_first(const void *a, const void *b)
{
    const weighed *x = a, *y = b;
    if (x->weight > y->weight) return -1;
    if (x->weight < y->weight) return 1;
    return (x->at > y->at) - (x->at < y->at);
}

static ku_status put_tables(job *j, ku_frames *out, ku_error *err)
{
    ku_vintages *v = j->v;
    weighed *order = KU_ARRAY(ku_run_arena(v->context), j->count + 1, weighed);
    ku_frame_builder *changes = ku_run_output(v->context, "changes");
    ku_frame_builder *steps = ku_run_output(v->context, "steps");
    ku_frame_builder *periods = ku_run_output(v->context, "periods");
    for (size_t i = 0; i < j->count; i++) {
        sum_up(&j->change[i]);
        order[i] = (weighed){weight_of(v, &j->change[i]), i};
    }
    qsort(order, j->count, sizeof *order, heavier_first);
    for (size_t i = 0; i < j->count; i++) {
        put_change(v, &j->change[order[i].at], changes);
        put_steps(v, &j->change[order[i].at], steps);
        put_periods(v, &j->change[order[i].at], periods);
    }
    ku_status status = ku_vintages_add(changes, out, err);
    ku_status second = ku_vintages_add(steps, out, status ? NULL : err);
    ku_status third = ku_vintages_add(periods, out, status || second ? NULL : err);
    return status ? status : second ? second : third;
}

ku_status ku_vintages_changes(ku_vintages *v, ku_frames *out, ku_error *err)
{
    ku_arena *arena = ku_run_arena(v->context);
    unsigned threads = ku_pool_threads(ku_run_pool(v->context));
    char some[KU_NUMBER_TEXT];
    job *j = KU_NEW(arena, job);
    *j = (job){.v = v, .horizon = 1};
    size_t single = find_changes(j, arena);
    bool enough = true;
    j->replayer = KU_ARRAY(arena, threads, replayer);
    for (unsigned t = 0; t < threads; t++) enough = replayer_init(&j->replayer[t], j) && enough;
    if (enough) ku_pool_each(ku_run_pool(v->context), j->count, 1, explain, j);
    for (unsigned t = 0; t < threads; t++) ku_arena_free(j->replayer[t].arena);
    if (!enough || atomic_load(&j->no_memory))
        return ku_error_set(err, KU_NO_MEMORY, "series", "these series do not fit into the memory");
    if (ku_run_cancelled(v->context)) return ku_error_set(err, KU_CANCELLED, NULL, "cancelled");
    if (single > 0)
        ku_run_remark(v->context, KU_NOTE, "one vintage",
                      "%s series have one kept forecast only: nothing to compare it with yet.",
                      ku_format_int(some, (int64_t)single, NULL));
    return put_tables(j, out, err);
}
