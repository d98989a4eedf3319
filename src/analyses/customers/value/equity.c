/* equity.c - the money in the tables: customers, equity by group, the bridge from a period
 * ago, what it costs to win a customer, the figures to know.
 *
 * The bridge. A customer's value is P(still a customer) x purchases to come if so x money of a
 * purchase. Between the two days each factor moves; the change is split among the three by
 * Shapley's value, customer by customer, so that nothing is left over. Who was won since is a
 * step of its own. */
#include <math.h>
#include <string.h>

#include "analyses/customers/value/value.h"
#include "base/date.h"
#include "base/format.h"

enum { MOST_GROUPS = 200 };

static const double z95 = 1.959963984540054;

/* ---- groups --------------------------------------------------------------------------------- */

/* Customers put into groups of one kind. */
typedef struct grouping {
    const char *kind;
    int groups;
    const char **name;
    int32_t *group; /* of each of the people; -1: none */
} grouping;

typedef struct group_sum {
    ku_worth_total now, before;
    double won, part[3]; /* of the change: still a customer, frequency, basket */
    size_t customers, new_customers;
    double spend; /* on winning customers; NAN: not known */
} group_sum;

typedef struct ranked_code {
    int32_t code;
    size_t count;
} ranked_code;

static int by_count(const void *a, const void *b)
{
    const ranked_code *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return (x->code > y->code) - (x->code < y->code);
}

/* The number of each word's group: the most frequent have one of their own, the others share
 * one; groups are in the order of the words' first customers. */
static int number_groups(const ku_column *column, int32_t *number, const char **name,
                         ku_arena *arena)
{
    int32_t size = column->dictionary.size;
    ranked_code *rank = KU_ARRAY(arena, (size_t)size + 1, ranked_code);
    for (int32_t k = 0; k < size; k++) rank[k] = (ranked_code){k, 0};
    for (int64_t i = 0; i < column->rows; i++)
        if (ku_column_valid(column, i)) rank[column->as.codes[i]].count++;
    qsort(rank, (size_t)size, sizeof *rank, by_count);
    int groups = 0;
    for (int32_t k = 0; k < size && rank[k].count > 0; k++) {
        int32_t length;
        const char *word = ku_dictionary_at(&column->dictionary, rank[k].code, &length);
        number[rank[k].code] = groups < MOST_GROUPS ? groups : MOST_GROUPS;
        if (groups < MOST_GROUPS)
            name[groups++] = ku_arena_strndup(arena, word, (size_t)length);
        else
            name[MOST_GROUPS] = "others";
    }
    return groups + (name[MOST_GROUPS] != NULL ? 1 : 0);
}

/* By a column of words; false where it tells nothing of anybody. */
static bool group_by_words(const value_case *c, const char *kind, const ku_column *column,
                           grouping *g)
{
    int32_t *number = KU_ARRAY(c->arena, (size_t)column->dictionary.size + 1, int32_t);
    *g = (grouping){.kind = kind, .name = KU_ARRAY(c->arena, MOST_GROUPS + 2, const char *)};
    g->groups = number_groups(column, number, g->name, c->arena);
    if (g->groups == 0) return false;
    g->group = KU_ARRAY(c->arena, c->people.count + 1, int32_t);
    int unknown = -1;
    for (size_t i = 0; i < c->people.count; i++) {
        if (!ku_column_valid(column, (int64_t)i) && unknown < 0) {
            unknown = g->groups++;
            g->name[unknown] = "not known";
        }
        g->group[i] = ku_column_valid(column, (int64_t)i) ? number[column->as.codes[i]] : unknown;
    }
    return true;
}

static bool group_by_contact(const value_case *c, grouping *g)
{
    const ku_column *may = c->people.contact_allowed;
    static const char *name[] = {"may be contacted", "may not be contacted", "not known"};
    if (may->nulls == may->rows) return false;
    *g = (grouping){"contact", 3, name, KU_ARRAY(c->arena, c->people.count + 1, int32_t)};
    for (size_t i = 0; i < c->people.count; i++)
        g->group[i] = !ku_column_valid(may, (int64_t)i) ? 2
                      : ku_column_bool(may, (int64_t)i) ? 0
                                                        : 1;
    return true;
}

static void group_all(const value_case *c, grouping *g)
{
    static const char *name[] = {"All customers"};
    *g = (grouping){"all", 1, name, KU_ARRAY(c->arena, c->people.count + 1, int32_t)};
}

/* ---- sums --------------------------------------------------------------------------------------- */

/* A value as still a customer x purchases if so x money of a purchase; `like` lends the factors
 * that a value of nothing leaves open. */
static void factors_of(const ku_worth_one *one, const ku_worth_one *like, double factor[3])
{
    const ku_worth_one *f = one->alive > 0 ? one : like;
    const ku_worth_one *s = one->discounted > 0 ? one : like;
    factor[0] = one->alive;
    factor[1] = f->alive > 0 ? (double)f->discounted / f->alive : 0;
    factor[2] = s->discounted > 0 ? (double)s->value / s->discounted : 0;
}

static void add_changes(const value_case *c, const grouping *g, group_sum *sum)
{
    const value_money *m = &c->money;
    for (size_t i = 0; i < c->people.count; i++) {
        const ku_worth_one *to = &m->now.one[i];
        if (g->group[i] < 0) continue;
        group_sum *s = &sum[g->group[i]];
        if (m->place_before[i] < 0) {
            s->won += to->value;
            continue;
        }
        const ku_worth_one *from = &m->before.one[m->place_before[i]];
        double a[3], b[3], part[3];
        factors_of(from, to, a);
        factors_of(to, from, b);
        value_split(a, b, part);
        for (int k = 0; k < 3; k++) s->part[k] += part[k];
    }
}

static void add_before(const value_case *c, const grouping *g, group_sum *sum)
{
    const value_history *h = &c->before;
    ku_worth_total *total = KU_ARRAY(c->arena, (size_t)g->groups, ku_worth_total);
    int32_t *group = KU_ARRAY(c->arena, h->customers + 1, int32_t);
    for (size_t i = 0; i < h->customers; i++) group[i] = g->group[h->who[i]];
    ku_worth_totals(&c->money.before, group, g->groups, total);
    for (int k = 0; k < g->groups; k++) {
        group_sum *s = &sum[k];
        s->before = total[k];
        /* single values are kept in fewer digits than totals: what that leaves over, millionths,
           goes to frequency, so that the bridge adds up */
        s->part[1] += s->now.value - s->before.value - s->won - s->part[0] - s->part[1] -
                      s->part[2];
    }
}

static group_sum *sums_of(const value_case *c, const grouping *g)
{
    group_sum *sum = KU_ARRAY(c->arena, (size_t)g->groups, group_sum);
    for (size_t i = 0; i < c->people.count; i++) {
        if (g->group[i] < 0) continue;
        sum[g->group[i]].customers++;
        sum[g->group[i]].new_customers += c->people.first_day->as.days[i] > c->span.won_after;
    }
    for (int k = 0; k < g->groups; k++) sum[k].spend = NAN;
    if (c->choice.chosen < 0) return sum;
    ku_worth_total *total = KU_ARRAY(c->arena, (size_t)g->groups, ku_worth_total);
    ku_worth_totals(&c->money.now, g->group, g->groups, total);
    for (int k = 0; k < g->groups; k++) sum[k].now = total[k];
    if (!c->money.has_before) return sum;
    add_changes(c, g, sum);
    add_before(c, g, sum);
    return sum;
}

/* The marketing spend that is booked on the group: all of it, or the channel's of that name. */
static void add_spend(const value_case *c, const ku_frame *media, const grouping *g, group_sum *sum)
{
    const ku_column *channel = ku_frame_column(media, "channel");
    const ku_column *amount = ku_frame_column(media, "amount");
    double share = ku_param_real(c->params, "winning-share");
    for (int64_t i = 0; i < media->rows; i++) {
        double money = share * ku_column_number(amount, i);
        const char *name = ku_column_text(channel, i, c->arena);
        for (int k = 0; k < g->groups; k++) {
            bool all = strcmp(g->kind, "all") == 0;
            bool own = strcmp(g->kind, "channel") == 0 && strcmp(g->name[k], name) == 0;
            if (all || own) sum[k].spend = money + (isnan(sum[k].spend) ? 0 : sum[k].spend);
        }
    }
}

/* ---- equity -------------------------------------------------------------------------------------- */

/* An interval widened by what the holdout missed, each side for itself. */
static void widen(const value_case *c, double value, double *lo, double *hi)
{
    double miss = c->tested ? z95 * c->choice.missed * fabs(value) : 0;
    double floor_at = value >= 0 ? 0 : -INFINITY;
    *lo = fmax(fmin(*lo, floor_at), value - hypot(value - *lo, miss));
    *hi = value + hypot(*hi - value, miss);
}

static double months(const value_case *c, double time)
{
    return time * c->span.unit_days / (365.25 / 12);
}

static void put_payback(const value_case *c, const group_sum *s, ku_frame_builder *b)
{
    double cost = s->new_customers > 0 ? s->spend / (double)s->new_customers : NAN;
    ku_build_int(b, 13, (int64_t)s->new_customers);
    ku_build_double(b, 14, cost);
    if (isnan(cost) || !c->money.money || !(cost > 0)) return;
    ku_worth_payback back = ku_worth_pays_back(&c->choice.fit, &c->money.spend, &c->money.terms,
                                               cost);
    const double time[3] = {back.time, back.time_lo, back.time_hi};
    for (int k = 0; k < 3; k++)
        ku_build_double(b, 15 + k, isfinite(time[k]) ? months(c, time[k]) : NAN);
    ku_build_double(b, 18, isfinite(back.ratio) ? back.ratio : NAN);
}

static void put_group(const value_case *c, const char *kind, const char *name, const group_sum *s,
                      ku_frame_builder *b)
{
    ku_build_text(b, 0, kind);
    ku_build_text(b, 1, name);
    ku_build_int(b, 2, (int64_t)s->customers);
    if (c->choice.chosen >= 0) {
        double lo = s->now.value_lo, hi = s->now.value_hi, n = (double)s->customers;
        ku_build_double(b, 3, n > 0 ? s->now.alive / n : NAN);
        widen(c, s->now.value, &lo, &hi);
        if (c->money.money) {
            ku_build_double(b, 4, s->now.value);
            ku_build_double(b, 5, lo);
            ku_build_double(b, 6, hi);
            ku_build_double(b, 7, n > 0 ? s->now.value / n : NAN);
        }
    }
    if (c->money.has_before) {
        ku_build_double(b, 8, s->before.value);
        ku_build_double(b, 9, s->won);
        for (int k = 0; k < 3; k++) ku_build_double(b, 10 + k, s->part[k]);
    }
    put_payback(c, s, b);
    ku_build_row(b);
}

static void put_bridge(const value_case *c, const grouping *g, int k, const group_sum *s,
                       ku_frame_builder *b)
{
    char from[KU_DATE_TEXT], to[KU_DATE_TEXT];
    bool all = strcmp(g->kind, "all") == 0;
    const char *group = all ? g->name[k] : ku_arena_printf(c->arena, "%s: %s", g->kind, g->name[k]);
    const char *step[] = {ku_date_show(c->span.before_day, from),
                          "new customers",
                          "lost or kept",
                          "frequency",
                          "basket",
                          ku_date_show(c->span.until_day, to)};
    const double amount[] = {s->before.value, s->won,     s->part[0],
                             s->part[1],      s->part[2], s->now.value};
    for (int i = 0; i < 6; i++) {
        ku_build_text(b, 0, group);
        ku_build_text(b, 1, step[i]);
        ku_build_double(b, 2, amount[i]);
        ku_build_row(b);
    }
}

/* Groups from the most valuable on, cohorts by their time. */
static void order_of(const grouping *g, const group_sum *sum, int *order)
{
    bool timely = strcmp(g->kind, "cohort") == 0, fixed = strcmp(g->kind, "contact") == 0;
    for (int k = 0; k < g->groups; k++) {
        int at = k;
        for (; at > 0 && !fixed; at--) {
            int other = order[at - 1];
            bool before = timely ? strcmp(g->name[k], g->name[other]) < 0
                                 : sum[k].now.value > sum[other].now.value;
            if (!before) break;
            order[at] = other;
        }
        order[at] = k;
    }
}

typedef struct tables {
    ku_frame_builder *equity, *bridge;
    const ku_frame *media;
} tables;

static const group_sum *put_kind(const value_case *c, const grouping *g, const tables *t,
                                 bool equity, bool bridge)
{
    int *order = KU_ARRAY(c->arena, (size_t)g->groups, int);
    group_sum *sum = sums_of(c, g);
    add_spend(c, t->media, g, sum);
    order_of(g, sum, order);
    for (int k = 0; k < g->groups; k++) {
        const group_sum *s = &sum[order[k]];
        if (s->customers == 0) continue;
        if (equity) put_group(c, g->kind, g->name[order[k]], s, t->equity);
        if (bridge && c->money.has_before) put_bridge(c, g, order[k], s, t->bridge);
    }
    return sum;
}

static void put_contracts(const value_case *c, ku_frame_builder *b)
{
    for (int i = 0; i < c->contracts.cohorts; i++) {
        const value_cohort *k = &c->contracts.cohort[i];
        double left = k->seen.alive[k->seen.periods], first = k->seen.alive[0];
        ku_build_text(b, 0, "contract");
        ku_build_text(b, 1, k->name);
        ku_build_int(b, 2, (int64_t)first);
        ku_build_double(b, 3, first > 0 ? left / first : NAN);
        ku_build_double(b, 4, k->value);
        ku_build_double(b, 5, k->lo);
        ku_build_double(b, 6, k->hi);
        ku_build_double(b, 7, first > 0 ? k->value / first : NAN);
        ku_build_row(b);
    }
}

/* ---- figures --------------------------------------------------------------------------------------- */

static void put_figure(ku_frame_builder *b, const char *measure, double value, const char *unit,
                       double lo, double hi)
{
    if (isnan(value)) return;
    ku_build_text(b, 0, measure);
    ku_build_double(b, 1, value);
    ku_build_text(b, 2, unit);
    ku_build_double(b, 3, isfinite(lo) ? lo : NAN);
    ku_build_double(b, 4, isfinite(hi) ? hi : NAN);
    ku_build_row(b);
}

static void put_costs(const value_case *c, const group_sum *s, ku_frame_builder *b)
{
    const value_money *m = &c->money;
    double cost = s->new_customers > 0 ? s->spend / (double)s->new_customers : NAN;
    ku_worth_new one = ku_worth_of_new(&c->choice.fit, &m->spend, &m->terms);
    double lo = one.value_lo, hi = one.value_hi;
    widen(c, one.value, &lo, &hi);
    put_figure(b, "A new customer brings", one.value, "money", lo, hi);
    put_figure(b, "Cost to win a customer", cost, "money", NAN, NAN);
    if (!(cost > 0)) return;
    ku_worth_payback back = ku_worth_pays_back(&c->choice.fit, &m->spend, &m->terms, cost);
    put_figure(b, "Earned for 1 spent on winning", back.ratio, "", back.ratio_lo, back.ratio_hi);
    if (isfinite(back.time))
        put_figure(b, "Months to pay back", months(c, back.time), "", months(c, back.time_lo),
                   months(c, back.time_hi));
}

static void put_figures(const value_case *c, const group_sum *s, ku_frame_builder *b)
{
    put_figure(b, "Customers", (double)s->customers, "customers", NAN, NAN);
    put_figure(b, "Bought more than once", (double)c->people.repeaters / (double)s->customers,
               "share", NAN, NAN);
    if (c->choice.chosen < 0) return;
    double lo = s->now.purchases_lo, hi = s->now.purchases_hi;
    widen(c, s->now.purchases, &lo, &hi);
    put_figure(b, "Still customers", s->now.alive, "customers", NAN, NAN);
    put_figure(b, "Purchases to come", s->now.purchases, "count", lo, hi);
    if (!c->money.money) return;
    lo = s->now.value_lo;
    hi = s->now.value_hi;
    widen(c, s->now.value, &lo, &hi);
    put_figure(b, "Customer equity", s->now.value, "money", lo, hi);
    put_costs(c, s, b);
}

static void remark_costs(const value_case *c, const ku_frame *media)
{
    char day[KU_DATE_TEXT];
    if (media->rows == 0) return;
    if (c->span.won_after < c->span.first_day + 180)
        ku_run_remark(c->context, KU_WARN, "cost to win",
                      "The sales begin on %s, so customers from before count as won in the last"
                      " year: the cost to win one is higher than it looks.",
                      ku_date_show(c->span.first_day, day));
    if (ku_param_real(c->params, "winning-share") >= 1)
        ku_run_remark(c->context, KU_NOTE, "cost to win",
                      "All marketing spend counts as spent on winning customers; --winning-share"
                      " says otherwise.");
}

ku_status value_equity(const value_case *c, const ku_frames *in, ku_frames *out, ku_error *err)
{
    ku_frame_builder *figures = ku_run_output(c->context, "figures");
    tables t = {ku_run_output(c->context, "equity"), ku_run_output(c->context, "bridge"),
                ku_frames_find(in, "media")};
    grouping g, all;
    group_all(c, &all);
    const group_sum *sum = put_kind(c, &all, &t, false, true);
    if (group_by_words(c, "segment", c->people.segment, &g)) put_kind(c, &g, &t, true, true);
    if (group_by_words(c, "channel", c->people.channel, &g)) put_kind(c, &g, &t, true, true);
    if (group_by_words(c, "region", c->people.region, &g)) put_kind(c, &g, &t, true, true);
    if (group_by_words(c, "cohort", c->people.cohort, &g)) put_kind(c, &g, &t, true, true);
    if (group_by_contact(c, &g)) put_kind(c, &g, &t, true, true);
    put_contracts(c, t.equity);
    put_group(c, all.kind, all.name[0], sum, t.equity);
    put_figures(c, sum, figures);
    remark_costs(c, t.media);
    KU_TRY(ku_frames_add_built(out, t.equity, err));
    KU_TRY(ku_frames_add_built(out, t.bridge, err));
    return ku_frames_add_built(out, figures, err);
}
