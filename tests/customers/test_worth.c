/* test_worth.c - from fits to money: every model's discounted sums and counts against slow
 * ways, totals, customers to be won, bad input. Intervals: test_worth_coverage.c. */
#include "worth_company.h"

#include <string.h>

#include "customers/pareto/pareto.h"

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

/* With a horizon so far that nothing is left, Pareto/NBD's closed form. */
static void test_residual_transactions(void **state)
{
    (void)state;
    const double parameter[] = {.55328, 10.57769, .60624, 11.66872}, d = 0.0027;
    const ku_buying_model *model = ku_buying_find("pareto");
    const sample s = {"pareto", {.55328, 10.57769, .60624, 11.66872}, 7, 0, 35, 77.86, 7000};
    ku_worth_nodes nodes;
    ku_worth_future f = look(model, &s, -d, &nodes);
    double at[4] = {s.x, s.late, s.T, 1}, alive;
    ku_buyers one = one_of(at);
    model->alive(parameter, &one, 0, 1, &alive);
    check_near("discounted for ever", 1,
               alive * f.discounted / ku_pareto_residual(parameter, s.x, s.late, s.T, d), 1e-5);
}

/* ---- totals ---------------------------------------------------------------------------------- */

typedef struct setting {
    ku_arena *arena;
    company *c;
    ku_buyers buyers;
    ku_worth_customers who;
    ku_worth_terms terms;
    ku_buying_fit fit;
    ku_spend spend;
    ku_worth worth;
} setting;

static setting set_up(const world *w, const char *name)
{
    setting s = {.arena = ku_arena_new(), .c = malloc(sizeof *s.c)};
    ku_rng rng = ku_rng_make(51, 0);
    ku_error err = {0};
    s.c->n = 0;
    while (s.c->n < CUSTOMERS) live(w, s.c, &rng);
    s.buyers = (ku_buyers){s.c->n, s.c->x, s.c->t_x, s.c->T, s.c->weight};
    ku_spenders spenders = {s.c->n, s.c->orders, s.c->average, NULL};
    s.who = (ku_worth_customers){
        .customers = s.c->n, .orders = s.c->orders, .average = s.c->average};
    s.terms = (ku_worth_terms){104, 52, 0.1, 0.4, 3};
    check_ok(ku_buying_estimate(ku_buying_find(name), &s.buyers, NULL, s.arena, NULL, &s.fit, &err),
             &err);
    check_ok(ku_spend_estimate(&spenders, s.arena, &s.spend, &err), &err);
    return s;
}

static void estimate(setting *s)
{
    ku_error err = {0};
    s->who.buyers = &s->buyers;
    check_ok(
        ku_worth_estimate(&s->fit, &s->spend, &s->who, &s->terms, s->arena, NULL, &s->worth, &err),
        &err);
}

static void tear_down(setting *s)
{
    free(s->c);
    ku_arena_free(s->arena);
}

static double total_value(setting *s)
{
    ku_worth_total all;
    estimate(s);
    ku_worth_totals(&s->worth, NULL, 1, &all);
    return all.value;
}

/* What is not known of a total is that of its derivatives, here taken by moving the fit
 * itself. */
static void test_knowledge(void **state)
{
    (void)state;
    setting s = set_up(&worlds[0], "bgnbd");
    ku_worth_total all;
    double base = total_value(&s), slope[7], variance = 0;
    ku_worth_totals(&s.worth, NULL, 1, &all);
    double *moved[] = {&s.fit.parameter[0], &s.fit.parameter[1], &s.fit.parameter[2],
                       &s.fit.parameter[3], &s.spend.p,          &s.spend.q,
                       &s.spend.gamma};
    for (int i = 0; i < 7; i++) {
        double kept = *moved[i];
        *moved[i] = kept * exp(0.001);
        slope[i] = (total_value(&s) - base) / 0.001;
        *moved[i] = kept;
    }
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) variance += slope[i] * slope[j] * s.fit.covariance[4 * i + j];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            variance += slope[4 + i] * slope[4 + j] * s.spend.covariance[3 * i + j];
    check_near("knowledge", 1, all.knowledge / sqrt(variance), 0.03);
    assert_true(s.worth.knowledge && s.worth.money);
    assert_true(all.chance > 0 && all.value_lo < all.value && all.value < all.value_hi);
    tear_down(&s);
}

static void test_groups(void **state)
{
    (void)state;
    setting s = set_up(&worlds[0], "bgnbd");
    int32_t group[CUSTOMERS];
    ku_worth_total all, part[4];
    estimate(&s);
    for (int i = 0; i < CUSTOMERS; i++) group[i] = i % 3 == 0 ? -1 : i % 2;
    ku_worth_totals(&s.worth, NULL, 1, &all);
    ku_worth_totals(&s.worth, group, 4, part);
    check_near("all", CUSTOMERS, all.customers, 0);
    double sum = 0;
    for (int i = 0; i < CUSTOMERS; i++)
        if (group[i] == 1) sum += (double)s.worth.one[i].value;
    check_near("a group", sum, part[1].value, 1e-12);
    check_near("nobody", 0, part[3].customers + part[3].value + part[3].value_hi, 0);
    double apart = part[0].value_hi - part[0].value_lo;
    assert_true(apart / part[0].value > (all.value_hi - all.value_lo) / all.value);
    double margin = all.value;
    s.terms.margin = 1;
    check_near("margin", margin / 0.4, total_value(&s), 1e-6);
    tear_down(&s);
}

/* Many customers in few rows, sorted, give what each in a row of his own gives. */
static void test_rows(void **state)
{
    (void)state;
    setting s = set_up(&worlds[1], "pareto");
    ku_worth_total apart, together;
    estimate(&s);
    ku_worth_totals(&s.worth, NULL, 1, &apart);
    ku_worth_one last = s.worth.one[CUSTOMERS - 1];
    uint32_t *row = KU_ARRAY(s.arena, CUSTOMERS, uint32_t);
    s.buyers = ku_buyers_compress(&s.buyers, s.arena, row);
    s.who.row = row;
    estimate(&s);
    ku_worth_totals(&s.worth, NULL, 1, &together);
    check_near("value", apart.value, together.value, 1e-6);
    check_near("knowledge", apart.knowledge, together.knowledge, 1e-3);
    check_near("chance", apart.chance, together.chance, 0.02); /* other histories are drawn */
    check_near("one", (double)last.value, (double)s.worth.one[CUSTOMERS - 1].value, 1e-6);
    tear_down(&s);
}

/* A covariate that says nothing changes nothing; one that doubles the rate does. */
static void test_covariates(void **state)
{
    (void)state;
    setting s = set_up(&worlds[0], "bgnbd");
    double value[CUSTOMERS];
    ku_buying_covariates covariates = {1, value};
    double base = total_value(&s);
    s.who.covariates = &covariates;
    s.fit.covariates = 1;
    s.fit.unknowns = 4; /* effects given, not estimated */
    for (int i = 0; i < CUSTOMERS; i++) value[i] = i < CUSTOMERS / 2;
    check_near("no effect", base, total_value(&s), 1e-3);
    s.fit.rate[0] = log(2);
    estimate(&s);
    for (size_t i = 0; i < CUSTOMERS; i += 123) {
        double parameter[KU_BUYING_PARAMETERS], expected;
        ku_buying_parameters(&s.fit, &value[i], parameter);
        s.fit.model->expected(parameter, &s.buyers, i, i + 1, s.terms.horizon, &expected);
        check_near("purchases", expected, (double)s.worth.one[i].purchases, 1e-6);
    }
    tear_down(&s);
}

/* ---- a customer to be won -------------------------------------------------------------------- */

static void test_new(void **state)
{
    (void)state;
    setting s = set_up(&worlds[0], "bgnbd");
    double later = s.fit.model->expected_new(s.fit.parameter, s.terms.horizon);
    ku_worth_new new = ku_worth_of_new(&s.fit, &s.spend, &s.terms);
    check_near("purchases", 1 + later, new.purchases, 1e-12);
    assert_true(new.purchases_lo < new.purchases &&new.purchases < new.purchases_hi);
    assert_true(new.value > 0.4 * s.spend.mean &&new.value < 0.4 * s.spend.mean *(1 + later));
    /* Won for the first purchase's margin: at once; for nine tenths of all: before the end. */
    ku_worth_payback back = ku_worth_pays_back(&s.fit, &s.spend, &s.terms, 0.2 * s.spend.mean);
    check_near("at once", 0, back.time, 0);
    back = ku_worth_pays_back(&s.fit, &s.spend, &s.terms, 0.9 * new.value);
    assert_true(back.time > 0 && back.time < s.terms.horizon);
    assert_true(back.time_lo <= back.time && back.time <= back.time_hi);
    check_near("ratio", 1 / 0.9, back.ratio, 1e-9);
    ku_worth_terms until = s.terms;
    until.horizon = back.time;
    check_near("worth by then", 0.9 * new.value, ku_worth_of_new(&s.fit, &s.spend, &until).value,
               1e-6);
    back = ku_worth_pays_back(&s.fit, &s.spend, &s.terms, 2 * new.value);
    assert_true(isinf(back.time) && back.ratio < 1);
    tear_down(&s);
}

/* ---- where little is known ------------------------------------------------------------------- */

static void check_finite(const ku_worth_one *o)
{
    const float *at = &o->alive;
    for (size_t k = 0; k < sizeof *o / sizeof *at; k++) assert_true(isfinite(at[k]));
    assert_true(o->value_lo <= o->value_hi && o->purchases_lo <= o->purchases_hi);
    assert_true(o->alive >= 0 && o->alive <= 1 && o->none >= 0 && o->none <= 1);
}

/* Nobody came back; one customer; all on the last day; thousands of purchases; losses. */
static void test_awkward(void **state)
{
    (void)state;
    double x[] = {0, 0, 1, 2000, 300}, t_x[] = {0, 0, 0.5, 99.9, 1}, T[] = {0, 40, 39, 100, 100};
    double weight[] = {1, 1, 1, 1, 1}, average[] = {0, 0, -30, 12, 1e-3};
    ku_arena *arena = ku_arena_new();
    ku_spenders spenders = {5, x, average, NULL};
    ku_spend spend;
    ku_error err = {0};
    check_ok(ku_spend_estimate(&spenders, arena, &spend, &err), &err);
    for (int m = 0; m < ku_buying_model_count; m++) {
        if (ku_buying_models[m]->discrete) continue;
        for (size_t from = 0; from < 5; from++)
            for (size_t rows = 1; from + rows <= 5; rows++) {
                ku_buyers buyers = {rows, x + from, t_x + from, T + from, weight};
                ku_worth_customers who = {.buyers = &buyers,
                                          .customers = rows,
                                          .orders = x + from,
                                          .average = average + from};
                ku_worth_terms terms = {260, 52, 0.1, 0.3, 1};
                ku_buying_fit fit;
                ku_worth worth;
                if (ku_buying_estimate(ku_buying_models[m], &buyers, NULL, arena, NULL, &fit, &err))
                    continue;
                check_ok(ku_worth_estimate(&fit, &spend, &who, &terms, arena, NULL, &worth, &err),
                         &err);
                for (size_t i = 0; i < rows; i++) check_finite(&worth.one[i]);
                ku_worth_total all;
                ku_worth_totals(&worth, NULL, 1, &all);
                assert_true(isfinite(all.value_lo) && isfinite(all.value_hi));
            }
    }
    ku_arena_free(arena);
}

static void test_bad(void **state)
{
    (void)state;
    setting s = set_up(&worlds[0], "bgnbd");
    ku_error err = {0};
    s.who.buyers = &s.buyers;
#define refused(words)                                                                             \
    check_fails(                                                                                   \
        KU_BAD_DATA, words,                                                                        \
        ku_worth_estimate(&s.fit, &s.spend, &s.who, &s.terms, s.arena, NULL, &s.worth, &err),      \
        &err)
    s.terms.horizon = 0;
    refused("expected a time above 0");
    s.terms.horizon = 10;
    s.terms.discount = -0.1;
    refused("share of 0 or more");
    s.terms.discount = 0;
    estimate(&s);
    check_near("no discount", (double)s.worth.one[3].purchases, (double)s.worth.one[3].discounted,
               1e-6);
    s.c->t_x[7] = s.c->T[7] + 1;
    refused("not a history");
    assert_string_equal(err.where, "history 8");
    s.c->t_x[7] = 0;
    s.c->orders[9] = 2;
    s.c->average[9] = NAN;
    refused("not what a customer can spend");
    uint32_t row[CUSTOMERS] = {[5] = CUSTOMERS};
    s.who.row = row;
    refused("has no history");
    tear_down(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recency_is_forgotten),
        cmocka_unit_test(test_discounted),
        cmocka_unit_test(test_residual_transactions),
        cmocka_unit_test(test_spread),
        cmocka_unit_test(test_knowledge),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_covariates),
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_awkward),
        cmocka_unit_test(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
