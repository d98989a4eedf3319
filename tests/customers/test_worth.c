/* test_worth.c - from fits to money: every model's discounted sums and counts against slow
 * ways, intervals of customers and of totals against 200 simulated companies, bad input. */
#include "check.h"

#include <string.h>

#include "customers/worth/worth_internal.h"

/* ---- a company that is simulated ------------------------------------------------------------ */

enum { CUSTOMERS = 2000, ROOM = 4000 };

typedef struct company {
    size_t n;
    double x[CUSTOMERS], t_x[CUSTOMERS], T[CUSTOMERS], weight[CUSTOMERS];
    double orders[CUSTOMERS], average[CUSTOMERS];
    double later[CUSTOMERS], money[CUSTOMERS]; /* what they really did after T */
} company;

typedef struct world {
    bool with_purchases; /* leaves upon purchases: BG/NBD with s, beta as a, b; else Pareto/NBD */
    double r, alpha, s, beta;
    double p, q, gamma;
    double longest, horizon, log_discount;
} world;

/* One customer: purchases at rate lambda until he leaves; T is when we look. */
static void live(const world *w, company *c, ku_rng *rng)
{
    size_t i = c->n++;
    double rate = ku_rng_gamma(rng, w->r) / w->alpha, leave = 0, end = INFINITY;
    if (w->with_purchases)
        leave = ku_rng_beta(rng, w->s, w->beta);
    else
        end = ku_rng_exponential(rng) / (ku_rng_gamma(rng, w->s) / w->beta);
    double nu = ku_rng_gamma(rng, w->q) / w->gamma, total = 0;
    double T = floor(w->longest * (0.3 + 0.7 * ku_rng_uniform(rng)) * 7) / 7;
    c->x[i] = c->t_x[i] = c->later[i] = c->money[i] = 0;
    c->T[i] = T;
    c->weight[i] = 1;
    for (double t = ku_rng_exponential(rng) / rate; t < end && t <= T + w->horizon;
         t += ku_rng_exponential(rng) / rate) {
        double spent = ku_rng_gamma(rng, w->p) / nu;
        if (t <= T) {
            c->x[i]++;
            c->t_x[i] = t;
            total += spent;
        } else {
            c->later[i]++;
            c->money[i] += spent * exp(w->log_discount * (t - T));
        }
        if (w->with_purchases && ku_rng_uniform(rng) < leave) break;
    }
    c->orders[i] = c->x[i];
    c->average[i] = c->x[i] > 0 ? total / c->x[i] : 0;
}

static const world worlds[] = {
    {true, 0.4, 6, 0.8, 2.5, 6, 4, 15, 78, 104, 0},
    {false, 0.6, 8, 0.7, 12, 6, 4, 15, 78, 104, 0},
    {true, 1.5, 3, 0.6, 4, 6, 4, 15, 52, 260, 0},
};

typedef struct tally {
    int count, money, count_total, money_total, group_total, customers, groups;
} tally;

static void score(const world *w, const company *c, const ku_buying_model *model, ku_arena *arena,
                  tally *t)
{
    ku_buyers buyers = {c->n, c->x, c->t_x, c->T, c->weight};
    ku_spenders spenders = {c->n, c->orders, c->average, NULL};
    ku_worth_customers who = {
        .buyers = &buyers, .customers = c->n, .orders = c->orders, .average = c->average};
    ku_worth_terms terms = {w->horizon, 52, expm1(-w->log_discount * 52), 1, 5};
    ku_buying_fit fit;
    ku_spend spend;
    ku_worth worth;
    ku_error err = {0};
    check_ok(ku_buying_estimate(model, &buyers, NULL, arena, NULL, &fit, &err), &err);
    check_ok(ku_spend_estimate(&spenders, arena, &spend, &err), &err);
    check_ok(ku_worth_estimate(&fit, &spend, &who, &terms, arena, NULL, &worth, &err), &err);
    int32_t *group = KU_ARRAY(arena, c->n, int32_t);
    double count = 0, money = 0, group_money[4] = {0};
    for (size_t i = 0; i < c->n; i++) {
        const ku_worth_one *o = &worth.one[i];
        t->count += c->later[i] >= (double)o->purchases_lo &&
                    c->later[i] <= (double)o->purchases_hi;
        t->money += c->money[i] >= (double)o->value_lo && c->money[i] <= (double)o->value_hi;
        t->customers++;
        group[i] = c->x[i] == 0 ? 0 : c->x[i] < 3 ? 1 : c->x[i] < 10 ? 2 : 3;
        count += c->later[i];
        money += c->money[i];
        group_money[group[i]] += c->money[i];
    }
    ku_worth_total all, part[4];
    ku_worth_totals(&worth, NULL, 1, arena, &all);
    ku_worth_totals(&worth, group, 4, arena, part);
    t->count_total += all.purchases_lo <= count && count <= all.purchases_hi;
    t->money_total += all.value_lo <= money && money <= all.value_hi;
    for (int g = 0; g < 4; g++) {
        t->group_total += part[g].value_lo <= group_money[g] && group_money[g] <= part[g].value_hi;
        t->groups++;
    }
}

static void coverage(world w, const char *name, int companies)
{
    company *c = malloc(sizeof *c);
    ku_arena *arena = ku_arena_new();
    tally t = {0};
    w.log_discount = -log(1.1) / 52;
    for (int k = 0; k < companies; k++) {
        ku_rng rng = ku_rng_make(31, (uint64_t)k);
        ku_arena_reset(arena);
        c->n = 0;
        while (c->n < CUSTOMERS) live(&w, c, &rng);
        score(&w, c, ku_buying_find(name), arena, &t);
    }
    print_message("%s, %d companies: intervals hold purchases %.2f %%, money %.2f %% of customers; "
                  "totals of purchases %d, of money %d; of groups %.1f %%\n",
                  name, companies, 100.0 * t.count / t.customers, 100.0 * t.money / t.customers,
                  t.count_total, t.money_total, 100.0 * t.group_total / t.groups);
    assert_in_range(t.count, 0.90 * t.customers, 0.99 * t.customers);
    assert_in_range(t.money, 0.90 * t.customers, 0.99 * t.customers);
    assert_in_range(t.count_total, 0.90 * companies, 0.99 * companies);
    assert_in_range(t.money_total, 0.90 * companies, 0.99 * companies);
    assert_in_range(t.group_total, 0.90 * t.groups, 0.99 * t.groups);
    ku_arena_free(arena);
    free(c);
}

static void test_bgnbd_coverage(void **state)
{
    (void)state;
    coverage(worlds[0], "bgnbd", 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bgnbd_coverage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
