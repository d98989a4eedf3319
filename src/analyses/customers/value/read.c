/* read.c - from the extracts to customers and their histories.
 *
 * Millions of customers share few histories: how often, how lately, for how long, in whole
 * days. Models are asked once a history, so each customer gets the number of its row. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/customers/value/value.h"
#include "base/date.h"
#include "base/format.h"

/* ---- the extracts ------------------------------------------------------------------------- */

static double cell(const ku_frame *frame, const char *column)
{
    double value = ku_column_number(ku_frame_column(frame, column), 0);
    return isnan(value) ? 0 : value;
}

static int32_t day(const ku_frame *frame, const char *column)
{
    return (int32_t)cell(frame, column);
}

static void read_span(const ku_frame *f, value_span *s, ku_arena *arena)
{
    *s = (value_span){
        .first_day = day(f, "first_day"),
        .last_day = day(f, "last_day"),
        .until_day = day(f, "until_day"),
        .fit_to = day(f, "fit_to"),
        .held_to = day(f, "held_to"),
        .before_day = day(f, "before_day"),
        .won_after = day(f, "won_after"),
        .behind = cell(f, "behind") > 0,
        .unit_days = cell(f, "unit_days"),
        .step_days = (int64_t)cell(f, "step_days"),
        .period = ku_column_text(ku_frame_column(f, "period"), 0, arena),
        .lines = cell(f, "lines"),
        .lines_unknown = cell(f, "lines_unknown"),
        .amount = cell(f, "amount"),
        .amount_unknown = cell(f, "amount_unknown"),
        .returned = cell(f, "returned"),
        .bought = cell(f, "bought"),
        .margin_known = cell(f, "margin_known"),
        .by_margin = cell(f, "by_margin") > 0,
    };
}

static void read_people(const ku_frames *in, value_people *p)
{
    const ku_frame *f = ku_frames_find(in, "people");
    *p = (value_people){
        .count = (size_t)f->rows,
        .customer = ku_frame_column(f, "customer"),
        .segment = ku_frame_column(f, "segment"),
        .channel = ku_frame_column(f, "channel"),
        .region = ku_frame_column(f, "region"),
        .cohort = ku_frame_column(f, "cohort"),
        .contact_allowed = ku_frame_column(f, "contact_allowed"),
        .first_day = ku_frame_column(f, "first_day"),
        .last_day = ku_frame_column(f, "last_day"),
        .repeats = ku_frame_column(f, "repeats"),
        .average = ku_frame_column(f, "average"),
        .money = ku_frame_column(f, "money"),
        .fit_last = ku_frame_column(f, "fit_last"),
        .fit_repeats = ku_frame_column(f, "fit_repeats"),
        .held = ku_frame_column(f, "held"),
        .before_last = ku_frame_column(f, "before_last"),
        .before_repeats = ku_frame_column(f, "before_repeats"),
        .before_average = ku_frame_column(f, "before_average"),
        .occasions = ku_frames_find(in, "occasions"),
    };
    for (size_t i = 0; i < p->count; i++) p->repeaters += p->repeats->as.i64[i] > 0;
}

ku_status value_read(const ku_frames *in, value_case *c, ku_error *err)
{
    char first[KU_DATE_TEXT];
    read_span(ku_frames_find(in, "span"), &c->span, c->arena);
    if (c->span.until_day < c->span.first_day)
        return ku_error_set(err, KU_USAGE, "until", "the sales begin only on %s",
                            ku_date_show(c->span.first_day, first));
    read_people(in, &c->people);
    if (c->people.count > 0) return KU_OK;
    if (c->span.lines_unknown >= c->span.lines)
        return ku_error_set(err, KU_BAD_DATA, "sales",
                            "not one line says who bought, so there are no customers to value");
    return ku_error_set(err, KU_BAD_DATA, "sales",
                        "not one known customer has a day on which more was bought than sent back");
}

/* ---- histories ---------------------------------------------------------------------------- */

/* What is read of a person for a day: columns that may be empty before the first purchase. */
typedef struct source {
    int32_t day;
    const ku_column *repeats, *last, *average;  /* by days; average NULL: not wanted */
    const ku_column *occasions, *occasion_last; /* NULL: time runs on */
} source;

static source source_of(const value_case *c, value_when when, bool discrete)
{
    const value_people *p = &c->people;
    static const char *const count[] = {"repeats", "fit_repeats", "before_repeats"};
    static const char *const last[] = {"last", "fit_last", "before_last"};
    source s = {c->span.until_day, p->repeats, p->last_day, p->average, NULL, NULL};
    if (when == VALUE_FIT)
        s = (source){c->span.fit_to, p->fit_repeats, p->fit_last, NULL, NULL, NULL};
    if (when == VALUE_BEFORE)
        s = (source){
            c->span.before_day, p->before_repeats, p->before_last, p->before_average, NULL, NULL};
    if (discrete) {
        s.occasions = ku_frame_column(p->occasions, count[when]);
        s.occasion_last = ku_frame_column(p->occasions, last[when]);
    }
    return s;
}

/* A history in whole days, or in occasions. */
typedef struct past {
    int64_t x;
    int32_t t_x, T;
} past;

static past past_of(const value_case *c, const source *s, size_t i)
{
    int32_t first = c->people.first_day->as.days[i], seen = s->day - first;
    if (s->occasions == NULL)
        return (past){s->repeats->as.i64[i], s->last->as.days[i] - first, seen};
    return (past){s->occasions->as.i64[i], (int32_t)s->occasion_last->as.i64[i],
                  (int32_t)floor(seen / c->span.unit_days)};
}

static uint64_t hash_of(const past *p)
{
    uint64_t h = (uint64_t)p->x * UINT64_C(0x9E3779B97F4A7C15);
    h ^= ((uint64_t)(uint32_t)p->t_x << 32 | (uint32_t)p->T) + (h >> 29);
    h *= UINT64_C(0xBF58476D1CE4E5B9);
    h ^= h >> 32;
    return h * UINT64_C(0x94D049BB133111EB) >> 20;
}

/* Different histories, found by hashing. */
typedef struct shelf {
    uint32_t *slot; /* row + 1; 0: free */
    size_t slots;
    past *row;
    double *weight;
    size_t rows;
} shelf;

static uint32_t row_of(shelf *s, const past *p)
{
    size_t at = hash_of(p) & (s->slots - 1);
    for (; s->slot[at] != 0; at = (at + 1) & (s->slots - 1)) {
        const past *r = &s->row[s->slot[at] - 1];
        if (r->x == p->x && r->t_x == p->t_x && r->T == p->T) return s->slot[at] - 1;
    }
    s->row[s->rows] = *p;
    s->weight[s->rows] = 0;
    s->slot[at] = (uint32_t)++s->rows;
    return s->slot[at] - 1;
}

static bool shelf_new(shelf *s, size_t customers, ku_arena *scratch)
{
    s->slots = 64;
    while (s->slots < 2 * customers) s->slots *= 2;
    s->slot = ku_arena_try(scratch, s->slots * sizeof *s->slot);
    s->row = ku_arena_try(scratch, (customers + 1) * sizeof *s->row);
    s->weight = ku_arena_try(scratch, (customers + 1) * sizeof *s->weight);
    if (s->slot == NULL || s->row == NULL || s->weight == NULL) return false;
    memset(s->slot, 0, s->slots * sizeof *s->slot);
    return true;
}

/* A row in the models' unit of time. */
typedef struct timed_row {
    double x, t_x, T;
    uint32_t row;
} timed_row;

static timed_row time_row(const value_case *c, const past *p, int32_t day, bool discrete)
{
    int32_t first = day - p->T;
    if (discrete) return (timed_row){(double)p->x, p->t_x, p->T, 0};
    return (timed_row){(double)p->x, value_days(c, first, first + p->t_x) / c->span.unit_days,
                       value_days(c, first, day) / c->span.unit_days, 0};
}

static int by_time(const void *a, const void *b)
{
    const timed_row *p = a, *q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    if (p->t_x != q->t_x) return p->t_x < q->t_x ? -1 : 1;
    if (p->T != q->T) return p->T < q->T ? -1 : 1;
    return (p->row > q->row) - (p->row < q->row);
}

/* The rows as arrays, sorted by x, t_x, T, so that neighbours are alike, which spares the
 * models work; customers with traits keep their order, a row each. */
static bool lay_out(const value_case *c, const shelf *s, bool discrete, ku_arena *scratch,
                    value_history *h)
{
    timed_row *row = ku_arena_try(scratch, (s->rows + 1) * sizeof *row);
    uint32_t *place = ku_arena_try(scratch, (s->rows + 1) * sizeof *place);
    double *column[4];
    bool whole = row != NULL && place != NULL;
    for (int k = 0; k < 4; k++) {
        column[k] = ku_arena_try(c->arena, (s->rows + 1) * sizeof(double));
        whole = whole && column[k] != NULL;
    }
    if (!whole) return false;
    for (size_t i = 0; i < s->rows; i++) {
        row[i] = time_row(c, &s->row[i], h->day, discrete);
        row[i].row = (uint32_t)i;
    }
    if (c->traits.columns == 0) qsort(row, s->rows, sizeof *row, by_time);
    for (size_t i = 0; i < s->rows; i++) {
        column[0][i] = row[i].x;
        column[1][i] = row[i].t_x;
        column[2][i] = row[i].T;
        column[3][i] = s->weight[row[i].row];
        place[row[i].row] = (uint32_t)i;
    }
    for (size_t i = 0; i < h->customers; i++) h->row[i] = place[h->row[i]];
    h->buyers = (ku_buyers){s->rows, column[0], column[1], column[2], column[3]};
    return true;
}

/* Customers with traits of their own have a row each. */
static bool add_traits(const value_case *c, value_history *h)
{
    size_t k = (size_t)c->traits.columns;
    if (k == 0) return true;
    double *value = ku_arena_try(c->arena, (h->customers + 1) * k * sizeof *value);
    if (value == NULL) return false;
    for (size_t i = 0; i < h->customers; i++)
        memcpy(value + i * k, c->traits.value + h->who[i] * k, k * sizeof *value);
    h->covariates = (ku_buying_covariates){c->traits.columns, value};
    return true;
}

static bool room(const value_case *c, size_t n, bool money, value_history *h)
{
    h->who = ku_arena_try(c->arena, (n + 1) * sizeof *h->who);
    h->row = ku_arena_try(c->arena, (n + 1) * sizeof *h->row);
    h->orders = money ? ku_arena_try(c->arena, (n + 1) * sizeof *h->orders) : NULL;
    h->average = money ? ku_arena_try(c->arena, (n + 1) * sizeof *h->average) : NULL;
    return h->who != NULL && h->row != NULL &&
           (!money || (h->orders != NULL && h->average != NULL));
}

static void put_money(const source *s, const past *p, size_t i, value_history *h, size_t at)
{
    double average = ku_column_number(s->average, (int64_t)i);
    double days = (double)s->repeats->as.i64[i];
    h->orders[at] = days > 0 ? (double)p->x : 0;
    h->average[at] = days > 0 && p->x > 0 ? average * days / (double)p->x : 0;
}

static size_t count_known(const value_case *c, int32_t last)
{
    size_t n = 0;
    for (size_t i = 0; i < c->people.count; i++) n += c->people.first_day->as.days[i] <= last;
    return n;
}

ku_status value_history_of(const value_case *c, value_when when, bool discrete, value_history *h,
                           ku_error *err)
{
    source s = source_of(c, when, discrete);
    size_t n = count_known(c, s.day);
    shelf all = {0};
    ku_arena *scratch = ku_arena_new();
    *h = (value_history){.day = s.day};
    bool whole = scratch != NULL && room(c, n, s.average != NULL, h) && shelf_new(&all, n, scratch);
    for (size_t i = 0; whole && i < c->people.count; i++) {
        if (c->people.first_day->as.days[i] > s.day) continue;
        past p = past_of(c, &s, i);
        size_t at = h->customers++;
        h->who[at] = (uint32_t)i;
        if (c->traits.columns > 0) all.row[all.rows] = p;
        h->row[at] = c->traits.columns > 0 ? (uint32_t)all.rows++ : row_of(&all, &p);
        if (c->traits.columns > 0) all.weight[h->row[at]] = 0;
        all.weight[h->row[at]] += 1;
        if (s.average != NULL) put_money(&s, &p, i, h, at);
    }
    whole = whole && lay_out(c, &all, discrete, scratch, h) && add_traits(c, h);
    ku_arena_free(scratch);
    if (whole) return KU_OK;
    return ku_error_set(err, KU_NO_MEMORY, NULL, "%zu customers do not fit into memory", n);
}

/* ---- remarks ------------------------------------------------------------------------------ */

static void remark_unknown(const value_case *c)
{
    const value_span *s = &c->span;
    char lines[KU_NUMBER_TEXT], all[KU_NUMBER_TEXT], money[KU_NUMBER_TEXT];
    if (s->lines_unknown == 0) return;
    double share = s->amount > 0 ? s->amount_unknown / s->amount : 0;
    ku_run_remark(c->context, share > 0.2 ? KU_WARN : KU_NOTE, "unknown customers",
                  "%s of %s lines do not say who bought; their sales of %s (%.0f %% of all) are in"
                  " no customer's value.",
                  ku_format_fixed(lines, s->lines_unknown, 0, NULL),
                  ku_format_fixed(all, s->lines, 0, NULL),
                  ku_format_number(money, s->amount_unknown, "money", NULL), 100 * share);
}

static void remark_returns(const value_case *c)
{
    const value_span *s = &c->span;
    char returned[KU_NUMBER_TEXT], bought[KU_NUMBER_TEXT];
    if (s->returned == 0) return;
    ku_format_number(returned, s->returned, "money", NULL);
    ku_format_number(bought, s->bought, "money", NULL);
    if (s->returned >= s->bought)
        ku_run_remark(c->context, KU_FAIL, "returns",
                      "More was sent back (%s) than bought (%s), so purchases cannot be given a"
                      " value; purchases to come are shown without money.",
                      returned, bought);
    else
        ku_run_remark(c->context, s->returned > 0.2 * s->bought ? KU_WARN : KU_NOTE, "returns",
                      "%s of %s bought were sent back; values count %.1f %% of purchases for that.",
                      returned, bought, 100 * (1 - s->returned / s->bought));
}

static void remark_measure(const value_case *c)
{
    const value_span *s = &c->span;
    const char *asked = ku_param_text_value(c->params, "measure");
    if (s->by_margin && s->margin_known < 0.9995)
        ku_run_remark(c->context, s->margin_known < 0.8 ? KU_WARN : KU_NOTE, "margin",
                      "The margin is known of %.1f %% of what was sold; the rest counts with the"
                      " same share.",
                      100 * s->margin_known);
    if (!s->by_margin && strcmp(asked, "margin") == 0)
        ku_run_remark(c->context, KU_WARN, "margin",
                      "Nothing is known of costs, so money is revenue, not margin.");
    else if (!s->by_margin)
        ku_run_remark(c->context, KU_NOTE, "margin", "Money is revenue%s.",
                      s->margin_known > 0 ? "" : "; costs are not known");
}

static void remark_dates(const value_case *c)
{
    char asked[KU_DATE_TEXT], last[KU_DATE_TEXT];
    if (!ku_param_set(c->params, "until")) return;
    int32_t until = ku_param_date(c->params, "until");
    if (until > c->span.until_day)
        ku_run_remark(c->context, KU_NOTE, "last day",
                      "The sales end on %s, before %s; that is the last day looked at.",
                      ku_date_show(c->span.last_day, last), ku_date_show(until, asked));
}

void value_remark_data(const value_case *c)
{
    remark_dates(c);
    remark_unknown(c);
    remark_returns(c);
    remark_measure(c);
}
