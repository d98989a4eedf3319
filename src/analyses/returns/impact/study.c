/* study.c - which series is studied, from when to when, and what it can be compared with.
 *
 * A table may hold the outcome with columns beside it, or many series below each other, of
 * which one is the outcome. Both become the same: one series and columns of equal length. A
 * column with a few gaps is filled on the line between its neighbours; one with many, or one
 * that never changes before the start, tells nothing and is left out. */
#include "analyses/returns/impact/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum {
    COLUMNS = 40,       /* at most; of more, those that go with the series most */
    LEAST_BEFORE = 3,   /* values before the start, or nothing can be said */
    FEW_BEFORE = 12,    /* fewer are few */
    LONGEST_SEASON = 60 /* that is taken without being asked for */
};

/* Share of periods of a column that may be missing. */
static const double most_missing = 0.1;

typedef struct reader {
    const ku_params *params;
    ku_run_context *context;
    ku_arena *arena;
    ku_series_set set;
    const ku_series *chosen;
    int from, first, to; /* places in the series: learn from, start, behind the last counted */
    impact_study *out;
} reader;

/* ---- which series ---------------------------------------------------------------------------------- */

static const char *some_names(const reader *r)
{
    const char *names = "";
    size_t count = r->set.count < 8 ? r->set.count : 8;
    for (size_t i = 0; i < count; i++)
        names = ku_arena_printf(r->arena, "%s%s\"%.60s\"", names, i > 0 ? ", " : "",
                                r->set.series[i].name);
    return r->set.count > count ? ku_arena_printf(r->arena, "%s ...", names) : names;
}

static ku_status choose(reader *r, ku_error *err)
{
    bool given = ku_param_set(r->params, "series");
    const char *name = given ? ku_param_text_value(r->params, "series") : "";
    if (given) {
        r->chosen = ku_series_find(&r->set, name);
        for (size_t i = 0; r->chosen == NULL && i < r->set.count; i++)
            if (ku_text_fold_equal(r->set.series[i].name, name)) r->chosen = &r->set.series[i];
        if (r->chosen == NULL)
            return ku_error_set(err, KU_USAGE, "series",
                                "there is no series \"%.80s\"; there are %s", name, some_names(r));
    } else if (r->set.count > 1) {
        return ku_error_set(err, KU_USAGE, "series",
                            "the data hold %zu series; say in which of them it was done: %s",
                            r->set.count, some_names(r));
    } else {
        r->chosen = &r->set.series[0];
    }
    if (r->chosen->n == 0 || r->chosen->value == NULL)
        return ku_error_set(err, KU_BAD_DATA, "series",
                            "the series \"%.80s\" has no value in more than half of its periods",
                            r->chosen->name);
    return KU_OK;
}

/* ---- from when to when ------------------------------------------------------------------------------ */

static const char *date_at(const reader *r, int place)
{
    char text[KU_SERIES_DATE];
    int64_t date = ku_series_date(&r->set.period, r->chosen->first, place);
    return ku_arena_strdup(r->arena, ku_series_date_text(&r->set.period, date, text));
}

/* The place of a date, or of a number where periods have numbers; false where none is given. */
static bool place_of(const reader *r, const char *date, const char *number, int *place)
{
    const char *param = r->set.period.numbers ? number : date;
    if (param == NULL || !ku_param_set(r->params, param)) return false;
    int64_t at = r->set.period.numbers ? ku_param_int(r->params, param)
                                       : ku_param_date(r->params, param);
    int64_t found = ku_series_place(&r->set.period, r->chosen->first, at);
    *place = found < -1 ? -1 : found > r->chosen->n ? r->chosen->n : (int)found;
    return true;
}

static ku_status check_period(const reader *r, ku_error *err)
{
    const char *param = r->set.period.numbers ? "start-number" : "start";
    if (r->first <= r->from)
        return ku_error_set(err, KU_BAD_DATA, param,
                            "there is nothing to learn from before the start: the data begin with "
                            "%s; give a longer past, or a later start",
                            date_at(r, r->from));
    if (r->first >= r->chosen->n)
        return ku_error_set(err, KU_BAD_DATA, param,
                            "the start lies behind the data, whose last value is for %s",
                            date_at(r, r->chosen->n - 1));
    if (r->to <= r->first)
        return ku_error_set(err, KU_USAGE, r->set.period.numbers ? "end-number" : "end",
                            "the end lies before the start, which is in the period of %s",
                            date_at(r, r->first));
    return KU_OK;
}

static ku_status find_period(reader *r, ku_error *err)
{
    r->from = 0;
    r->to = r->chosen->n;
    if (!place_of(r, "start", "start-number", &r->first))
        return ku_error_set(err, KU_USAGE, r->set.period.numbers ? "start-number" : "start",
                            r->set.period.numbers ? "say in which period it began: --start-number N"
                                                  : "say when it began: --start DATE");
    if (place_of(r, "from", NULL, &r->from) && r->from < 0) r->from = 0;
    int last;
    if (place_of(r, "end", "end-number", &last)) {
        if (last >= r->chosen->n)
            ku_run_remark(r->context, KU_NOTE, "end",
                          "The data end with %s; the effect is counted until there.",
                          date_at(r, r->chosen->n - 1));
        else
            r->to = last + 1;
    }
    return check_period(r, err);
}

/* ---- the values --------------------------------------------------------------------------------------- */

static ku_status check_values(const reader *r, const ku_impact_series *s, ku_error *err)
{
    int before = 0, after = 0;
    double value = NAN;
    for (int t = 0; t < s->n; t++) {
        if (!s->seen[t]) continue;
        *(t < s->first ? &before : &after) += 1;
        if (t < s->first) value = s->value[t];
    }
    if (before < LEAST_BEFORE)
        return ku_error_set(err, KU_BAD_DATA, "series",
                            "only %d values lie before the start; at least %d are needed, and %d "
                            "or more for a result of use",
                            before, LEAST_BEFORE, FEW_BEFORE);
    if (after < 1)
        return ku_error_set(err, KU_BAD_DATA, "series", "no value lies at or behind the start");
    if (!ku_impact_possible(s))
        return ku_error_set(err, KU_BAD_DATA, "series",
                            "before the start the series \"%.80s\" is always %g; from what never "
                            "changes nothing can be learnt",
                            r->chosen->name, value);
    if (before < FEW_BEFORE)
        ku_run_remark(r->context, KU_WARN, "before",
                      "Only %d values lie before the start: the result rests on few.", before);
    if (before < s->first)
        ku_run_remark(r->context, KU_NOTE, "gaps",
                      "%d of %d periods before the start have no value and are passed over.",
                      s->first - before, s->first);
    if (after < s->n - s->first)
        ku_run_remark(r->context, KU_NOTE, "gaps",
                      "%d of %d periods from the start on have no value; their effect is not "
                      "counted.",
                      s->n - s->first - after, s->n - s->first);
    return KU_OK;
}

static ku_status take_values(const reader *r, ku_error *err)
{
    ku_impact_series *s = &r->out->series;
    size_t n = (size_t)(r->to - r->from);
    bool *seen = ku_arena_try(r->arena, n);
    if (seen == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    for (size_t t = 0; t < n; t++)
        seen[t] = r->chosen->known == NULL || r->chosen->known[(size_t)r->from + t];
    s->n = (int)n;
    s->first = r->first - r->from;
    s->value = r->chosen->value + r->from;
    s->seen = seen;
    r->out->name = r->chosen->name;
    r->out->period = r->set.period;
    r->out->start = ku_series_date(&r->set.period, r->chosen->first, r->from);
    return check_values(r, s, err);
}

/* ---- what it is compared with ------------------------------------------------------------------------- */

typedef enum fault { USABLE, MISSING, CONSTANT, ITSELF, FAULTS } fault;

typedef struct candidate {
    const char *name;
    double *x;
    double goes; /* how much it goes with the series before the start: |correlation| */
    int place;
} candidate;

typedef struct candidates {
    candidate *all;
    int count, filled;
    int left_out[FAULTS];
    const char *example[FAULTS]; /* name of the first left out */
} candidates;

/* Fills gaps on the line between neighbours, at the ends with the nearest; how many there were. */
static int fill(double *x, int n)
{
    int gaps = 0, before = -1;
    for (int t = 0; t < n; t++) {
        if (isnan(x[t])) continue;
        for (int k = before + 1; k < t; k++, gaps++) {
            double share = before < 0 ? 1 : (double)(k - before) / (t - before);
            x[k] = before < 0 ? x[t] : (1 - share) * x[before] + share * x[t];
        }
        before = t;
    }
    for (int k = before + 1; k < n; k++, gaps++) x[k] = before < 0 ? NAN : x[before];
    return gaps;
}

static int missing(const double *x, int from, int to)
{
    int count = 0;
    for (int t = from; t < to; t++) count += isnan(x[t]);
    return count;
}

static double correlation(const ku_impact_series *s, const double *x)
{
    double n = 0, mx = 0, my = 0, xx = 0, xy = 0, yy = 0;
    for (int t = 0; t < s->first; t++)
        if (s->seen[t]) n++, mx += x[t], my += s->value[t];
    mx /= n;
    my /= n;
    for (int t = 0; t < s->first; t++) {
        if (!s->seen[t]) continue;
        xx += (x[t] - mx) * (x[t] - mx);
        xy += (x[t] - mx) * (s->value[t] - my);
        yy += (s->value[t] - my) * (s->value[t] - my);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx) / sqrt(yy) : 0;
}

static fault judge(const ku_impact_series *s, double *x, int *gaps)
{
    bool differs = false;
    if (missing(x, 0, s->first) > most_missing * s->first ||
        missing(x, s->first, s->n) > most_missing * (s->n - s->first))
        return MISSING;
    *gaps = fill(x, s->n);
    for (int t = 0; t < s->n; t++) differs |= s->seen[t] && x[t] != s->value[t];
    if (!ku_impact_column_varies(x, s->n, s->first)) return CONSTANT;
    return differs ? USABLE : ITSELF;
}

/* Takes the column over when it can be used. */
static void consider(const reader *r, const char *name, double *x, candidates *all)
{
    int gaps = 0;
    fault found = judge(&r->out->series, x, &gaps);
    if (found != USABLE) {
        if (all->left_out[found]++ == 0) all->example[found] = name;
        return;
    }
    all->filled += gaps > 0;
    all->all[all->count] = (candidate){name, x, fabs(correlation(&r->out->series, x)), all->count};
    all->count++;
}

static ku_status consider_columns(const reader *r, candidates *all, ku_error *err)
{
    size_t length = (size_t)(r->chosen->n + r->chosen->ahead), n = (size_t)(r->to - r->from);
    for (int c = 0; c < r->set.columns; c++) {
        double *x = ku_arena_try(r->arena, n * sizeof *x);
        if (x == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
        memcpy(x, r->chosen->x + (size_t)c * length + r->from, n * sizeof *x);
        consider(r, r->set.column[c], x, all);
    }
    return KU_OK;
}

static ku_status consider_series(const reader *r, candidates *all, ku_error *err)
{
    int n = r->to - r->from;
    for (size_t i = 0; i < r->set.count; i++) {
        const ku_series *other = &r->set.series[i];
        if (other == r->chosen) continue;
        double *x = ku_arena_try(r->arena, (size_t)n * sizeof *x);
        if (x == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
        int64_t shift = ku_series_place(&r->set.period, other->first, r->out->start);
        for (int t = 0; t < n; t++) {
            int64_t at = t + shift;
            bool there = at >= 0 && at < other->n && other->value != NULL &&
                         (other->known == NULL || other->known[at]);
            x[t] = there ? other->value[at] : NAN;
        }
        consider(r, other->name, x, all);
    }
    return KU_OK;
}

static void say_left_out(const reader *r, const candidates *all)
{
    static const char *const why[FAULTS] = {
        [MISSING] = "miss values in more than a tenth of the periods before or after the start",
        [CONSTANT] = "never change before the start",
        [ITSELF] = "are the series itself under another name"};
    for (fault f = MISSING; f < FAULTS; f++)
        if (all->left_out[f] > 0)
            ku_run_remark(r->context, KU_WARN, "compared with",
                          "%d of what it could be compared with %s and %s left out: %.80s%s.",
                          all->left_out[f], why[f], all->left_out[f] == 1 ? "was" : "were",
                          all->example[f], all->left_out[f] > 1 ? " and others" : "");
    if (all->filled > 0)
        ku_run_remark(r->context, KU_NOTE, "compared with",
                      "Single missing values of %d comparisons were filled from their neighbours.",
                      all->filled);
    if (r->set.unused != NULL)
        ku_run_remark(r->context, KU_NOTE, "compared with",
                      "Columns of text are not compared with: %.120s.", r->set.unused);
}

static int by_goes(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->goes != y->goes) return x->goes > y->goes ? -1 : 1;
    return x->place - y->place;
}

static int by_place(const void *a, const void *b)
{
    return ((const candidate *)a)->place - ((const candidate *)b)->place;
}

static ku_status put_columns(const reader *r, candidates *all, ku_error *err)
{
    ku_impact_series *s = &r->out->series;
    size_t n = (size_t)s->n;
    if (all->count > COLUMNS) {
        qsort(all->all, (size_t)all->count, sizeof *all->all, by_goes);
        ku_run_remark(r->context, KU_NOTE, "compared with",
                      "Of %d series to compare with, the %d that went with it most before the "
                      "start are used.",
                      all->count, COLUMNS);
        all->count = COLUMNS;
        qsort(all->all, (size_t)all->count, sizeof *all->all, by_place);
    }
    double *x = ku_arena_try(r->arena, (n * (size_t)all->count + 1) * sizeof *x);
    if (x == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    r->out->column = KU_ARRAY(r->arena, (size_t)all->count + 1, const char *);
    for (int j = 0; j < all->count; j++) {
        memcpy(x + (size_t)j * n, all->all[j].x, n * sizeof *x);
        r->out->column[j] = all->all[j].name;
    }
    s->columns = all->count;
    s->x = x;
    return KU_OK;
}

static ku_status take_columns(const reader *r, ku_error *err)
{
    candidates all = {0};
    all.all = ku_arena_try(r->arena, ((size_t)r->set.columns + r->set.count) * sizeof *all.all);
    if (all.all == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    KU_TRY(consider_columns(r, &all, err));
    KU_TRY(consider_series(r, &all, err));
    say_left_out(r, &all);
    KU_TRY(put_columns(r, &all, err));
    if (all.count == 0)
        ku_run_remark(r->context, KU_WARN, "compared with",
                      "There is nothing to compare with: whatever moved the series at the start "
                      "counts as the effect. Give series that it did not touch.");
    return KU_OK;
}

/* ---- seasons ------------------------------------------------------------------------------------------- */

static ku_status find_season(const reader *r, ku_error *err)
{
    const ku_series_period *p = &r->set.period;
    int asked = (int)ku_param_int(r->params, "season"), before = r->out->series.first;
    r->out->season = 1;
    if (asked > 1 && before < 2 * asked)
        return ku_error_set(err, KU_USAGE, "season",
                            "a cycle of %d periods needs at least %d before the start; there are "
                            "%d",
                            asked, 2 * asked, before);
    if (asked >= 1) {
        r->out->season = asked;
    } else if (!p->numbers && !p->months && p->step == 1) {
        if (before >= 21) r->out->season = 7;
    } else if (r->out->series.columns == 0 && r->set.season <= LONGEST_SEASON &&
               before >= 2 * r->set.season) {
        r->out->season = r->set.season;
    }
    return KU_OK;
}

ku_status impact_read(const ku_frame *table, const ku_params *params, ku_run_context *context,
                      impact_study *out, ku_error *err)
{
    reader r = {.params = params, .context = context, .arena = ku_run_arena(context), .out = out};
    *out = (impact_study){0};
    KU_TRY(ku_series_read(table, ku_param_text_value(params, "period"), r.arena, &r.set, err));
    KU_TRY(choose(&r, err));
    KU_TRY(find_period(&r, err));
    KU_TRY(take_values(&r, err));
    KU_TRY(take_columns(&r, err));
    return find_season(&r, err);
}
