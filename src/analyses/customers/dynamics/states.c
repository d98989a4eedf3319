/* states.c - one rule, held against every customer at the end of every period.
 *
 * The months are walked once, forwards: each adds its purchases to the customers' windows and
 * takes out those that fall out behind, so that the cost is that of the rows and not that of
 * customers times months. Borders of scores are learned at the end of the last period and held
 * against all periods: a segment means the same at all times, in today's terms. */
#include "analyses/customers/dynamics/states.h"

#include <math.h>
#include <string.h>

#include "customers/segments/rfm.h"

typedef struct walk {
    const history *h;
    const panel *p;
    const states_options *o;
    ku_run_context *context;
    ku_arena *arena;
    states *out;
    int64_t *bucket; /* months + 1: rows of a month in `row` */
    int64_t *row;
    int32_t *owner; /* of a row */
    /* of each customer at the end of the month reached: */
    double *purchases, *spend, *ever, *recency, *average;
    int32_t *last_day;
    int16_t *last_month, *label;
    ku_rfm_borders borders;
    ku_rules *rules;
    double *score[3];
    int32_t *segment;
} walk;

/* ---- rows by month ---------------------------------------------------------------------------- */

/* What lies before the first whole month counts as of it; what lies behind the last is left. */
static int bucket_of(const walk *w, int64_t row)
{
    int m = w->h->month[row];
    return m < 0 ? 0 : m >= w->p->months ? -1 : m;
}

static void sort_rows(walk *w)
{
    const history *h = w->h;
    w->bucket = KU_ARRAY(w->arena, (size_t)w->p->months + 2, int64_t);
    w->row = KU_ARRAY(w->arena, (size_t)h->rows + 1, int64_t);
    w->owner = KU_ARRAY(w->arena, (size_t)h->rows + 1, int32_t);
    for (int64_t i = 0; i < h->rows; i++)
        if (bucket_of(w, i) >= 0) w->bucket[bucket_of(w, i) + 1]++;
    for (int m = 0; m < w->p->months; m++) w->bucket[m + 1] += w->bucket[m];
    int64_t *next = KU_ARRAY(w->arena, (size_t)w->p->months + 1, int64_t);
    memcpy(next, w->bucket, (size_t)w->p->months * sizeof *next);
    for (int64_t k = 0; k < h->persons; k++)
        for (int64_t i = h->start[k]; i < h->start[k + 1]; i++) {
            w->owner[i] = (int32_t)k;
            if (bucket_of(w, i) >= 0) w->row[next[bucket_of(w, i)]++] = i;
        }
}

static void walk_reset(walk *w)
{
    size_t n = (size_t)w->h->persons;
    memset(w->purchases, 0, n * sizeof *w->purchases);
    memset(w->spend, 0, n * sizeof *w->spend);
    memset(w->ever, 0, n * sizeof *w->ever);
    for (size_t i = 0; i < n; i++) w->last_month[i] = INT16_MIN, w->label[i] = -1;
}

static void walk_month(walk *w, int month, const int16_t *place)
{
    const history *h = w->h;
    int behind = month - w->out->window;
    for (int64_t k = w->bucket[month]; k < w->bucket[month + 1]; k++) {
        int64_t i = w->row[k];
        int32_t who = w->owner[i];
        w->purchases[who] += (double)h->purchases[i];
        w->spend[who] += h->amount[i];
        w->ever[who] += (double)h->purchases[i];
        w->last_day[who] = h->last_day[i];
        w->last_month[who] = (int16_t)month;
        if (place != NULL)
            w->label[who] = ku_column_valid(h->label, i) ? place[h->label->as.codes[i]] : -1;
    }
    for (int64_t k = behind >= 0 ? w->bucket[behind] : 0; behind >= 0 && k < w->bucket[behind + 1];
         k++) {
        int64_t i = w->row[k];
        double *left = &w->purchases[w->owner[i]], *money = &w->spend[w->owner[i]];
        *left -= (double)h->purchases[i];
        *money = *left > 0.5 ? *money - h->amount[i] : 0;
    }
}

static void set_day(walk *w, int32_t today)
{
    for (int64_t k = 0; k < w->h->persons; k++) {
        w->recency[k] = w->ever[k] > 0 ? (double)(today - w->last_day[k]) : (double)NAN;
        w->average[k] = w->purchases[k] > 0 ? w->spend[k] / w->purchases[k] : NAN;
    }
}

/* ---- periods ------------------------------------------------------------------------------------- */

/* The first month looked at, so that every window lies within the data where that can be had. */
static int lay_periods(walk *w, bool looks_back)
{
    states *s = w->out;
    int from = 0, months = w->p->months;
    s->step = w->o->step;
    s->window = w->o->window;
    if (s->window > months / 2) s->window = months / 2 > 0 ? months / 2 : 1;
    while ((w->p->first + from) % s->step != 0) from++;
    int skip = looks_back ? s->window - s->step : 0;
    while (skip > 0) from += s->step, skip -= s->step;
    s->periods = from < months ? (months - from) / s->step : 0;
    s->first = w->p->first + from;
    s->persons = w->h->persons;
    s->at = ku_arena_try(w->arena, (size_t)s->periods * (size_t)s->persons + 1);
    return from;
}

static void put_state(states *s, int period, int64_t person, int state)
{
    s->at[(int64_t)period * s->persons + person] = (uint8_t)state;
}

/* ---- rules ------------------------------------------------------------------------------------------ */

enum { RECENCY, PURCHASES, PURCHASES_EVER, SPEND, AVERAGE, TEXTS };
static const char *const text_word[] = {"segment",       "type",        "region",
                                        "gender",        "income_band", "activity",
                                        "first_channel", "outlet",      "age_band"};
enum { TEXT_WORDS = sizeof text_word / sizeof *text_word, WORDS = TEXTS + TEXT_WORDS };

static const ku_rule_word words[WORDS + 1] = {
    {"recency", KU_RULE_NUMBER, "days", "Last purchase", "days since the last purchase"},
    {"purchases", KU_RULE_NUMBER, "count", "Purchases", "days with a purchase, in the window"},
    {"purchases_ever", KU_RULE_NUMBER, "count", "Purchases ever", "days with a purchase"},
    {"spend", KU_RULE_NUMBER, "money", "Spend", "in the window"},
    {"average_order", KU_RULE_NUMBER, "money", "Average purchase", "spend of a purchase day"},
    {"segment", KU_RULE_TEXT, "", "Own segment", "segment of the customer list"},
    {"type", KU_RULE_TEXT, "", "Type", "person, company"},
    {"region", KU_RULE_TEXT, "", "Region", "region of the customer, else of a purchase"},
    {"gender", KU_RULE_TEXT, "", "Gender", "as given"},
    {"income_band", KU_RULE_TEXT, "", "Income band", "as given"},
    {"activity", KU_RULE_TEXT, "", "Field of activity", "as given"},
    {"first_channel", KU_RULE_TEXT, "", "First channel", "channel the customer was won through"},
    {"outlet", KU_RULE_TEXT, "", "Home outlet", "branch of the customer, else of a purchase"},
    {"age_band", KU_RULE_TEXT, "", "Age", "such as 30 to 39"},
    {.name = NULL},
};

static const ku_column *person_column(const walk *w, const char *word)
{
    return ku_frame_column(w->h->person, strcmp(word, "age_band") == 0 ? "age" : word);
}

static void rule_columns(const walk *w, ku_rule_column column[WORDS])
{
    memset(column, 0, WORDS * sizeof *column);
    column[RECENCY].number = w->recency;
    column[PURCHASES].number = w->purchases;
    column[PURCHASES_EVER].number = w->ever;
    column[SPEND].number = w->spend;
    column[AVERAGE].number = w->average;
    for (int i = 0; i < (int)TEXT_WORDS; i++) {
        const ku_column *from = person_column(w, text_word[i]);
        if (from == NULL || from->type != KU_TEXT || from->nulls == from->rows) continue;
        int32_t *code = ku_arena_alloc(w->arena, ((size_t)from->rows + 1) * sizeof *code);
        for (int64_t k = 0; k < from->rows; k++)
            code[k] = ku_column_valid(from, k) ? from->as.codes[k] : -1;
        column[TEXTS + i] = (ku_rule_column){.code = code, .texts = &from->dictionary};
    }
}

/* Names of the segments that the rules make, and of what no rule takes. */
static ku_status read_rules(walk *w, ku_error *err)
{
    if (w->o->rules == NULL)
        return ku_error_set(err, KU_USAGE, "rules", "segments by rules need the rules");
    KU_TRY(ku_rules_parse(w->o->rules, words, w->arena, &w->rules, err));
    int count = ku_rules_count(w->rules);
    if (count + 1 > STATES_MOST)
        return ku_error_set(err, KU_USAGE, "rules",
                            "there are %d rules; at most %d can be followed", count,
                            STATES_MOST - 1);
    for (int i = 0; i < count; i++) w->out->name[i] = ku_rules_name(w->rules, i);
    w->out->name[count] = "No rule";
    w->out->count = count + 1;
    return KU_OK;
}

static void assign(walk *w, const ku_rule_column *column)
{
    if (w->rules != NULL) {
        ku_rules_assign(w->rules, column, (size_t)w->h->persons, w->arena, ku_run_pool(w->context),
                        w->segment, NULL);
        return;
    }
    ku_rfm_customers c = {(size_t)w->h->persons, w->recency, w->purchases, w->spend, w->ever};
    ku_rfm_assign(&c, &w->borders, w->arena, ku_run_pool(w->context), w->score[0], w->score[1],
                  w->score[2], w->segment);
}

static void learn(walk *w)
{
    walk_reset(w);
    for (int m = 0; m < w->p->months; m++) walk_month(w, m, NULL);
    set_day(w, panel_day(w->p->first + w->p->months) - 1);
    ku_rfm_customers c = {(size_t)w->h->persons, w->recency, w->purchases, w->spend, w->ever};
    ku_rfm_learn(&c, w->arena, &w->borders);
}

static void by_behaviour(walk *w, int from)
{
    states *s = w->out;
    ku_rule_column column[WORDS];
    rule_columns(w, column);
    walk_reset(w);
    for (int m = 0, t = 0; t < s->periods; m++) {
        walk_month(w, m, NULL);
        if (m != from + (t + 1) * s->step - 1) continue;
        set_day(w, panel_day(w->p->first + m + 1) - 1);
        assign(w, column);
        for (int64_t k = 0; k < s->persons; k++) {
            int state = w->segment[k] < 0 ? s->count - 1 : w->segment[k];
            put_state(s, t, k, w->ever[k] > 0 ? state : STATE_NONE);
        }
        t++;
    }
}

/* ---- a column of the lines or of the customers ------------------------------------------------------ */

/* The values with the most customers by name, the rest together, those who stopped apart. */
static int16_t *name_values(walk *w, const ku_column *column, const int64_t *weight)
{
    const ku_dictionary *d = &column->dictionary;
    states *s = w->out;
    int16_t *place = KU_ARRAY(w->arena, (size_t)d->size + 1, int16_t);
    bool *taken = KU_ARRAY(w->arena, (size_t)d->size + 1, bool);
    while (s->count < STATES_MOST - 2) {
        int32_t best = -1;
        for (int32_t v = 0; v < d->size; v++)
            if (!taken[v] && weight[v] > 0 && (best < 0 || weight[v] > weight[best])) best = v;
        if (best < 0) break;
        int32_t length;
        const char *text = ku_dictionary_at(d, best, &length);
        taken[best] = true;
        place[best] = (int16_t)s->count;
        s->name[s->count++] = ku_arena_strndup(w->arena, text, (size_t)length);
    }
    for (int32_t v = 0; v < d->size; v++)
        if (!taken[v]) place[v] = (int16_t)s->count;
    s->name[s->count++] = "Others and not known";
    return place;
}

static int64_t *weigh_values(const walk *w, const ku_column *column)
{
    int64_t *weight = KU_ARRAY(w->arena, (size_t)column->dictionary.size + 1, int64_t);
    for (int64_t i = 0; i < column->rows; i++)
        if (ku_column_valid(column, i)) weight[column->as.codes[i]]++;
    return weight;
}

static ku_status by_column(walk *w, const ku_column *column, bool of_rows, int from, ku_error *err)
{
    states *s = w->out;
    if (column == NULL || column->type != KU_TEXT || column->nulls == column->rows)
        return ku_error_set(err, KU_BAD_DATA, "by",
                            "neither sales nor customers tell the %s; choose another rule",
                            w->o->by);
    int16_t *place = name_values(w, column, weigh_values(w, column));
    int others = s->count - 1, gone = s->count++;
    s->name[gone] = "Not buying";
    walk_reset(w);
    for (int m = 0, t = 0; t < s->periods; m++) {
        walk_month(w, m, of_rows ? place : NULL);
        if (m != from + (t + 1) * s->step - 1) continue;
        for (int64_t k = 0; k < s->persons; k++) {
            int label = of_rows                      ? w->label[k]
                        : ku_column_valid(column, k) ? place[column->as.codes[k]]
                                                     : -1;
            bool active = m - w->last_month[k] < s->window;
            put_state(s, t, k,
                      w->ever[k] > 0 ? (!active     ? gone
                                        : label < 0 ? others
                                                    : label)
                                     : STATE_NONE);
        }
        t++;
    }
    return KU_OK;
}

/* ---- memberships --------------------------------------------------------------------------------------- */

static ku_status by_membership(walk *w, ku_error *err)
{
    const history *h = w->h;
    states *s = w->out;
    if (h->belong_segment->rows == 0)
        return ku_error_set(err, KU_BAD_DATA, "membership",
                            "there are no memberships of customers who bought; keep segments in the"
                            " bank first, or give a file: --in membership=FILE");
    int16_t *place = name_values(w, h->belong_segment, weigh_values(w, h->belong_segment));
    for (int64_t k = 0; k < s->persons; k++) {
        int64_t next = h->belong_start[k];
        int state = STATE_NONE;
        for (int t = 0; t < s->periods; t++) {
            int32_t end = panel_day(s->first + (t + 1) * s->step);
            for (; next < h->belong_start[k + 1] && h->belong_date->as.days[next] < end; next++)
                state = place[h->belong_segment->as.codes[next]];
            put_state(s, t, k, state);
        }
    }
    return KU_OK;
}

/* ---- all together ---------------------------------------------------------------------------------------- */

static void walk_room(walk *w)
{
    size_t n = (size_t)w->h->persons + 1;
    w->purchases = KU_ARRAY(w->arena, n, double);
    w->spend = KU_ARRAY(w->arena, n, double);
    w->ever = KU_ARRAY(w->arena, n, double);
    w->recency = KU_ARRAY(w->arena, n, double);
    w->average = KU_ARRAY(w->arena, n, double);
    w->last_day = KU_ARRAY(w->arena, n, int32_t);
    w->last_month = KU_ARRAY(w->arena, n, int16_t);
    w->label = KU_ARRAY(w->arena, n, int16_t);
    w->segment = KU_ARRAY(w->arena, n, int32_t);
    for (int i = 0; i < 3; i++) w->score[i] = KU_ARRAY(w->arena, n, double);
}

static void add_revenue(walk *w, int from)
{
    states *s = w->out;
    const history *h = w->h;
    s->revenue = KU_ARRAY(w->arena, (size_t)s->periods * (size_t)s->count + 1, double);
    s->lead = from / s->step;
    s->total = KU_ARRAY(w->arena, (size_t)(s->lead + s->periods) + 1, double);
    for (int64_t i = 0; i < h->rows; i++) {
        int m = h->month[i] - from + s->lead * s->step, t = m / s->step - s->lead;
        if (m < 0 || t >= s->periods) continue;
        s->total[t + s->lead] += h->amount[i];
        if (t < 0) continue;
        int state = s->at[(int64_t)t * s->persons + w->owner[i]];
        if (state != STATE_NONE) s->revenue[t * s->count + state] += h->amount[i];
    }
}

ku_status states_make(const history *h, const panel *p, const states_options *options,
                      ku_run_context *context, states *out, ku_error *err)
{
    walk w = {.h = h, .p = p, .o = options, .context = context, .out = out};
    w.arena = ku_run_arena(context);
    *out = (states){.count = 0};
    bool behaviour = strcmp(options->by, "behaviour") == 0, rules = !strcmp(options->by, "rules");
    bool member = strcmp(options->by, "membership") == 0;
    int from = lay_periods(&w, !member);
    if (out->at == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for %lld customers in %d periods",
                            (long long)out->persons, out->periods);
    walk_room(&w);
    sort_rows(&w);
    if (rules) KU_TRY(read_rules(&w, err));
    if (behaviour) {
        for (int i = 0; i < ku_rfm_segment_count; i++) out->name[i] = ku_rfm_segments[i].name;
        out->count = ku_rfm_segment_count;
        learn(&w);
    }
    bool of_rows = !strcmp(options->by, "channel") || !strcmp(options->by, "product-group");
    if (behaviour || rules)
        by_behaviour(&w, from);
    else if (member)
        KU_TRY(by_membership(&w, err));
    else
        KU_TRY(by_column(&w, of_rows ? h->label : ku_frame_column(h->person, options->by), of_rows,
                         from, err));
    add_revenue(&w, from);
    return KU_OK;
}
