/* test_worth_coverage.c - do the intervals of customers, groups and totals hold what 200
 * simulated companies' customers really do afterwards? */
#include "worth_company.h"

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
    ku_worth_totals(&worth, NULL, 1, &all);
    ku_worth_totals(&worth, group, 4, part);
    t->count_total += all.purchases_lo <= count && count <= all.purchases_hi;
    t->money_total += all.value_lo <= money && money <= all.value_hi;
    for (int g = 0; g < 4; g++) {
        t->group_total += part[g].value_lo <= group_money[g] && group_money[g] <= part[g].value_hi;
        t->groups++;
    }
}

static void coverage(world w, const char *name, int companies, size_t customers)
{
    company *c = malloc(sizeof *c);
    ku_arena *arena = ku_arena_new();
    tally t = {0};
    w.log_discount = -log(1.1) / 52;
    for (int k = 0; k < companies; k++) {
        ku_rng rng = ku_rng_make(31, (uint64_t)k);
        ku_arena_reset(arena);
        c->n = 0;
        while (c->n < customers) live(&w, c, &rng);
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
    coverage(worlds[0], "bgnbd", 200, 1000);
}

static void test_pareto_coverage(void **state)
{
    (void)state;
    coverage(worlds[1], "pareto", 200, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bgnbd_coverage),
        cmocka_unit_test(test_pareto_coverage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
