/* tables.c - what each segment is and brings, who is in it and why, and what sets it apart. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/customers/segments/segments.h"
#include "base/date.h"
#include "base/format.h"
#include "base/text.h"
#include "num/share.h"

/* ---- segments --------------------------------------------------------------------------------- */

typedef struct totals {
    double customers, revenue, margin, purchases; /* of the last year */
    double spend;                                 /* of days with a purchase, in the window */
    double window_purchases;
    double recency; /* median */
    bool has_margin;
    double then_customers, then_revenue;
    double came_back; /* of then_customers */
} totals;

static double known(double x)
{
    return isnan(x) ? 0 : x;
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of the recency of each segment: one sort of all, by segment and value. */
static void medians(const segmentation *s, totals *of)
{
    const ku_column *recency = segments_column(&s->now, "recency");
    size_t *start = KU_ARRAY(s->arena, (size_t)s->groups + 1, size_t);
    double *value = ku_arena_alloc(s->arena, (s->now.rows + 1) * sizeof *value);
    for (size_t i = 0; i < s->now.rows; i++) start[s->now.segment[i] + 1]++;
    for (int k = 0; k < s->groups; k++) start[k + 1] += start[k];
    size_t *at = KU_ARRAY(s->arena, (size_t)s->groups + 1, size_t);
    memcpy(at, start, (size_t)s->groups * sizeof *at);
    for (size_t i = 0; i < s->now.rows; i++)
        value[at[s->now.segment[i]]++] = segments_value(&s->now, recency, i);
    for (int k = 0; k < s->groups; k++) {
        size_t n = start[k + 1] - start[k];
        double *own = value + start[k];
        qsort(own, n, sizeof *own, by_number);
        of[k].recency = n > 0 ? (own[(n - 1) / 2] + own[n / 2]) / 2 : NAN;
    }
}

static void add_now(const segmentation *s, totals *of)
{
    const segments_people *p = &s->now;
    const ku_column *revenue = segments_column(p, "year_revenue"),
                    *margin = segments_column(p, "year_margin"),
                    *purchases = segments_column(p, "year_purchases"),
                    *average = segments_column(p, "average_order"),
                    *in_window = segments_column(p, "purchases");
    for (size_t i = 0; i < p->rows; i++) {
        totals *t = &of[p->segment[i]];
        double m = segments_value(p, margin, i), n = segments_value(p, in_window, i);
        t->customers++;
        t->revenue += segments_value(p, revenue, i);
        t->margin += known(m);
        t->has_margin |= !isnan(m);
        t->purchases += segments_value(p, purchases, i);
        t->spend += known(segments_value(p, average, i)) * n;
        t->window_purchases += n;
    }
}

static void add_then(const segmentation *s, totals *of)
{
    const segments_people *p = &s->then;
    const ku_column *revenue = segments_column(p, "year_revenue"),
                    *recency = segments_column(&s->now, "recency");
    for (size_t i = 0; i < p->rows; i++) {
        totals *t = &of[p->segment[i]];
        t->then_customers++;
        t->then_revenue += segments_value(p, revenue, i);
        t->came_back += segments_value(&s->now, recency, (size_t)s->now_of_then[i]) < 365;
    }
}

static void put_part(ku_frame_builder *table, int column, double part, double all)
{
    if (all > 0) ku_build_double(table, column, part / all);
}

static void put_segment(const segmentation *s, int k, const totals *t, const totals *all,
                        ku_frame_builder *table)
{
    const segments_group *group = &s->group[k];
    ku_build_text(table, 0, group->name);
    ku_build_int(table, 1, (int64_t)t->customers);
    put_part(table, 2, t->customers, all->customers);
    ku_build_double(table, 3, t->revenue);
    put_part(table, 4, t->revenue, all->revenue);
    if (all->has_margin) {
        ku_build_double(table, 5, t->margin);
        put_part(table, 6, t->margin, all->margin);
    }
    put_part(table, 7, t->spend, t->window_purchases);
    put_part(table, 8, t->purchases, t->customers);
    if (t->customers > 0) ku_build_double(table, 9, t->recency);
    if (s->then.rows > 0) {
        ku_build_int(table, 10, (int64_t)t->then_customers);
        ku_build_double(table, 11, t->then_revenue);
        if (t->then_revenue > 0) ku_build_double(table, 12, t->revenue / t->then_revenue - 1);
    }
    if (t->then_customers > 0) {
        ku_interval stays = ku_wilson(t->came_back, t->then_customers, 0.95);
        ku_build_double(table, 13, t->came_back / t->then_customers);
        ku_build_double(table, 14, stays.lo);
        ku_build_double(table, 15, stays.hi);
    }
    ku_build_text(table, 16, group->action);
    ku_build_text(table, 17, group->rule);
    ku_build_row(table);
}

ku_frame_builder *segments_put_segments(segmentation *s)
{
    ku_frame_builder *table = ku_run_output(s->context, "segments");
    totals *of = KU_ARRAY(s->arena, (size_t)s->groups, totals), all = {.customers = 0};
    add_now(s, of);
    add_then(s, of);
    medians(s, of);
    for (int k = 0; k < s->groups; k++) {
        all.customers += of[k].customers;
        all.revenue += of[k].revenue;
        all.margin += of[k].margin;
        all.has_margin |= of[k].has_margin;
    }
    for (int k = 0; k < s->groups; k++) {
        bool rest = s->by != BY_RFM && k == s->groups - 1; /* no rule, dormant */
        if (rest && !(of[k].customers > 0) && !(of[k].then_customers > 0)) continue;
        put_segment(s, k, &of[k], &all, table);
    }
    return table;
}

/* ---- members ---------------------------------------------------------------------------------- */

typedef struct member_columns {
    const ku_column *customer, *recency, *purchases, *spend, *ever, *spend_ever, *region, *channel,
        *kept, *since, *contact;
} member_columns;

/* "bought lately, often and for much: 14 purchases in 365 days for 1,240.50, the last 5 days
 * ago". */
static void add_habits(const segmentation *s, const member_columns *c, size_t row, ku_text *text)
{
    char spend[KU_NUMBER_TEXT];
    double n = segments_value(&s->now, c->purchases, row);
    double ago = segments_value(&s->now, c->recency, row);
    if (n > 0) {
        ku_format_number(spend, segments_value(&s->now, c->spend, row), "money", NULL);
        ku_text_addf(text, "%.0f purchase%s in %lld days for %s, the last ", n, n > 1 ? "s" : "",
                     (long long)s->window, spend);
    } else
        ku_text_add(text, "the last purchase was ");
    if (ago < 1)
        ku_text_add(text, "on the last day");
    else
        ku_text_addf(text, "%.0f day%s ago", ago, ago > 1 ? "s" : "");
}

static void add_value(const segmentation *s, int word, size_t row, ku_text *text)
{
    const ku_rule_column *c = &s->now.column[word];
    const ku_rule_word *w = &segments_words[word];
    char number[KU_NUMBER_TEXT];
    if (w->kind == KU_RULE_TEXT) {
        int32_t length = 0, code = c->code[row];
        const char *at = code >= 0 ? ku_dictionary_at(c->texts, code, &length) : "not known";
        ku_text_addf(text, "%s %.*s", w->label, code >= 0 ? (int)length : 9, at);
    } else if (isnan(c->number[row]))
        ku_text_addf(text, "%s not known", w->label);
    else if (w->kind == KU_RULE_YES)
        ku_text_addf(text, "%s: %s", w->label, c->number[row] > 0 ? "yes" : "no");
    else if (w->kind == KU_RULE_DATE) {
        const ku_column *day = segments_column(&s->now, w->name);
        ku_text_addf(text, "%s ", w->label);
        char date[KU_DATE_TEXT];
        ku_text_add(text, ku_date_format(day->as.days[s->now.from + row], date));
    } else
        ku_text_addf(text, "%s %s", w->label,
                     ku_format_number(number, c->number[row], w->unit, NULL));
}

/* The values of what the member's rule speaks of: why it holds. */
static void add_rule_values(const segmentation *s, size_t row, ku_text *text)
{
    int rule = s->now.segment[row], said = 0;
    bool any = rule < ku_rules_count(s->rules);
    for (int w = 0; any && w < WORDS; w++) {
        if (!ku_rules_mention(s->rules, rule, w)) continue;
        if (said++ > 0) ku_text_add(text, "; ");
        add_value(s, w, row, text);
    }
    if (!any) ku_text_add(text, "no rule holds");
    if (any && said == 0) ku_text_add(text, "holds for all that are left");
}

static void add_reason(const segmentation *s, const member_columns *c, size_t row, ku_text *text)
{
    ku_text_empty(text);
    if (s->by == BY_RULES) {
        add_rule_values(s, row, text);
        return;
    }
    const char *reason = s->group[s->now.segment[row]].reason;
    if (reason[0] != '\0') ku_text_addf(text, "%s: ", reason);
    add_habits(s, c, row, text);
}

static void put_text_cell(const segmentation *s, const ku_column *column, size_t row, int to,
                          ku_frame_builder *table)
{
    int64_t at = (int64_t)(s->now.from + row);
    int32_t length;
    if (!ku_column_valid(column, at)) return;
    const char *text = ku_dictionary_at(&column->dictionary, column->as.codes[at], &length);
    ku_build_textn(table, to, text, (size_t)length);
}

/* In the segment since the kept version says so, else since the day looked at. */
static int32_t since_of(const segmentation *s, const member_columns *c, size_t row)
{
    int64_t at = (int64_t)(s->now.from + row);
    int32_t length;
    if (!ku_column_valid(c->kept, at) || !ku_column_valid(c->since, at)) return s->until;
    const char *kept = ku_dictionary_at(&c->kept->dictionary, c->kept->as.codes[at], &length);
    const char *name = s->group[s->now.segment[row]].name;
    bool same = strlen(name) == (size_t)length && memcmp(name, kept, (size_t)length) == 0;
    int32_t since = c->since->as.days[at];
    return same && since < s->until ? since : s->until;
}

static void put_member(const segmentation *s, const member_columns *c, size_t row, ku_text *reason,
                       ku_frame_builder *table)
{
    const segments_people *p = &s->now;
    const segments_group *group = &s->group[p->segment[row]];
    int32_t then = s->then_of_now[row];
    put_text_cell(s, c->customer, row, 0, table);
    ku_build_text(table, 1, group->name);
    ku_build_textn(table, 2, ku_text_string(reason), reason->length);
    ku_build_int(table, 3, (int64_t)segments_value(p, c->recency, row));
    ku_build_int(table, 4, (int64_t)segments_value(p, c->purchases, row));
    ku_build_double(table, 5, segments_value(p, c->spend, row));
    ku_build_int(table, 6, (int64_t)segments_value(p, c->ever, row));
    ku_build_double(table, 7, segments_value(p, c->spend_ever, row));
    for (int k = 0; k < 3; k++) {
        double score = p->column[WORD_R + k].number[row];
        if (!isnan(score)) ku_build_int(table, 8 + k, (int64_t)score);
    }
    put_text_cell(s, c->region, row, 11, table);
    put_text_cell(s, c->channel, row, 12, table);
    ku_build_text(table, 13, then >= 0 ? s->group[s->then.segment[then]].name : NULL);
    ku_build_date(table, 14, since_of(s, c, row));
    ku_build_text(table, 15, s->scheme);
    ku_build_int(table, 16, s->version);
    ku_build_text(table, 17, group->rule);
    size_t at = p->from + row;
    if (ku_column_valid(c->contact, (int64_t)at))
        ku_build_bool(table, 18, ku_column_bool(c->contact, (int64_t)at));
    ku_build_row(table);
}

ku_frame_builder *segments_put_members(segmentation *s)
{
    const segments_people *p = &s->now;
    const member_columns c = {
        .customer = segments_column(p, "customer"),
        .recency = segments_column(p, "recency"),
        .purchases = segments_column(p, "purchases"),
        .spend = segments_column(p, "spend"),
        .ever = segments_column(p, "purchases_ever"),
        .spend_ever = segments_column(p, "spend_ever"),
        .region = segments_column(p, "region"),
        .channel = segments_column(p, "channel"),
        .kept = segments_column(p, "kept_segment"),
        .since = segments_column(p, "kept_since"),
        .contact = segments_column(p, "contact_allowed"),
    };
    ku_frame_builder *table = ku_run_output(s->context, "members");
    ku_text reason = {0};
    for (size_t row = 0; row < p->rows; row++) {
        add_reason(s, &c, row, &reason);
        put_member(s, &c, row, &reason, table);
    }
    ku_text_clear(&reason);
    return table;
}
