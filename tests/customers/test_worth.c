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
    ku_worth_totals(&worth, NULL, 1, &all);
    ku_worth_totals(&worth, group, 4, part);
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

static void test_pareto_coverage(void **state)
{
    (void)state;
    coverage(worlds[1], "pareto", 200);
}

/* ---- every model ---------------------------------------------------------------------------- */

/* Parameters of published fits (donations for BG/BB), in weeks, or years of opportunities. */
typedef struct sample {
    const char *name;
    double parameter[KU_BUYING_PARAMETERS];
    double x, early, late, T, horizon; /* bought last at `early` or `late` */
} sample;

static const sample samples[] = {
    {"nbd", {.38477, 12.07202}, 3, 10, 36, 39, 52},
    {"bgnbd", {.24259, 4.4136, .79292, 2.4259}, 3, 10, 36, 39, 52},
    {"bgnbd", {.24259, 4.4136, .79292, 2.4259}, 0, 0, 0, 39, 260},
    {"bgnbd", {.24259, 4.4136, .79292, 2.4259}, 29, 36, 38.5, 39, 260},
    {"mbgnbd", {.52484, 6.18308, .89136, 1.61401}, 3, 10, 36, 39, 104},
    {"pareto", {.55328, 10.57769, .60624, 11.66872}, 3, 10, 36, 39, 104},
    {"pareto", {.55328, 10.57769, .60624, 11.66872}, 26, 30, 31, 31, 260},
    {"ggompertz", {.553, 10.578, .0002, .603, .0026}, 3, 10, 36, 39, 104},
    {"bgbb", {1.20352, .74972, .65672, 2.78344}, 3, 4, 6, 6, 5},
    {"bgbb", {1.20352, .74972, .65672, 2.78344}, 60, 99, 100, 100, 300},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static ku_buyers one_of(const double at[4])
{
    return (ku_buyers){1, &at[0], &at[1], &at[2], &at[3]};
}

static double future_of(const ku_buying_model *model, const sample *s, double t_x, double t)
{
    double at[4] = {s->x, t_x, s->T, 1}, alive = 1, expected;
    ku_buyers one = one_of(at);
    if (model->alive != NULL) model->alive(s->parameter, &one, 0, 1, &alive);
    model->expected(s->parameter, &one, 0, 1, t, &expected);
    return expected / alive;
}

static ku_worth_future look(const ku_buying_model *model, const sample *s, double log_discount,
                            ku_worth_nodes *nodes)
{
    ku_worth_future f = {.x = s->x, .T = s->T, .parameter = s->parameter};
    ku_worth_place_nodes(s->horizon, log_discount, model->discrete, nodes);
    ku_worth_look_ahead(model, nodes, &f);
    return f;
}

/* The ground of all: given that he is a customer still, it does not matter when a customer
 * bought last. */
static void test_recency_is_forgotten(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLES; i++) {
        const sample *s = &samples[i];
        const ku_buying_model *model = ku_buying_find(s->name);
        assert_non_null(model);
        for (double t = 1; t <= s->horizon; t *= 3)
            check_near(s->name, 1,
                       future_of(model, s, s->early, t) / future_of(model, s, s->late, t), 1e-9);
    }
    int known = 0;
    for (int m = 0; m < ku_buying_model_count; m++)
        for (int i = 0; i < SAMPLES; i++)
            if (strcmp(samples[i].name, ku_buying_models[m]->name) == 0) {
                known++;
                break;
            }
    assert_int_equal(known, ku_buying_model_count); /* a new model needs a sample here */
}

/* Purchases at today's worth against 20,000 small steps, or all steps of a discrete model. */
static void test_discounted(void **state)
{
    (void)state;
    const double rate = log(1.15) / 52;
    for (int i = 0; i < SAMPLES; i++) {
        const sample *s = &samples[i];
        const ku_buying_model *model = ku_buying_find(s->name);
        ku_worth_nodes nodes;
        ku_worth_future f = look(model, s, -rate, &nodes);
        int steps = model->discrete ? (int)s->horizon : 20000;
        double once = 0, twice = 0, before = 0, width = s->horizon / steps;
        for (int k = 1; k <= steps; k++) {
            double now = future_of(model, s, s->late, k * width);
            double t = model->discrete ? k : (k - 0.5) * width;
            once += (now - before) * exp(-rate * t);
            twice += (now - before) * exp(-2 * rate * t);
            before = now;
        }
        check_near("purchases", 1, f.mean / before, 1e-12);
        check_near("at today's worth", 1, f.discounted / once, model->discrete ? 1e-4 : 2e-6);
        check_near("at its square", 1, f.twice / twice, model->discrete ? 2e-4 : 4e-6);
    }
}

/* Against 40,000 draws from the model: no purchase, and N (N - 1) once corrected. */
static void test_spread(void **state)
{
    (void)state;
    enum { DRAWS = 40000 };
    ku_arena *arena = ku_arena_new();
    for (int i = 0; i < SAMPLES; i++) {
        const sample *s = &samples[i];
        const ku_buying_model *model = ku_buying_find(s->name);
        ku_worth_nodes nodes;
        ku_worth_future f = look(model, s, 0, &nodes);
        double weight = 1, none = 0, second = 0, fourth = 0, t_x = s->x > 0 ? s->T : 0;
        ku_worth_spread(model, &nodes, &f, &weight, 1, 7, arena);
        ku_rng rng = ku_rng_make(41, (uint64_t)i);
        for (int k = 0; k < DRAWS; k++) {
            double n = model->draw(s->parameter, s->x, t_x, s->T, s->horizon, &rng, NULL, 0);
            none += n == 0;
            second += n * (n - 1) / DRAWS;
            fourth += n * (n - 1) * n * (n - 1) / DRAWS;
        }
        double now_none = 1 - f.alive_now * (1 - f.none),
               se = sqrt(now_none * (1 - now_none) / DRAWS);
        double found = f.alive_now * f.second, error = sqrt((fourth - second * second) / 4800);
        check_near("none", none / DRAWS, now_none, 4 * se + 1e-12);
        assert_true(fabs(found - second) <= 4 * error);
    }
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recency_is_forgotten),
        cmocka_unit_test(test_discounted),
        cmocka_unit_test(test_spread),
        cmocka_unit_test(test_bgnbd_coverage),
        cmocka_unit_test(test_pareto_coverage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
