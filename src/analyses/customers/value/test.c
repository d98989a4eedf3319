/* test.c - customers.value: the bridge by hand, costs, contracts, and data on which no model
 * holds. test_known.c holds it against what is known. */
#include "customers/value_run.h"

#include "analyses/customers/value/value.h"

/* ---- the bridge ------------------------------------------------------------------------------ */

/* By hand: 1 x 2 x 3 = 6 becomes 2 x 3 x 5 = 30. The first factor's part over the six orders:
 * 6, 6 (first), 9 (after the second), 10 (after the third), 15, 15 (last), 61 / 6 in the mean. */
static void split_by_hand(void **state)
{
    (void)state;
    const double from[3] = {1, 2, 3}, to[3] = {2, 3, 5};
    double part[3];
    value_split(from, to, part);
    check_near("first factor", 61 / 6.0, part[0], 1e-14);
    check_near("all", 24, part[0] + part[1] + part[2], 1e-14);
}

static void split_adds_up(void **state)
{
    (void)state;
    ku_rng rng = ku_rng_make(3, 1);
    for (int i = 0; i < 1000; i++) {
        double a[3], b[3], forth[3], back[3];
        for (int k = 0; k < 3; k++) a[k] = ku_rng_uniform(&rng), b[k] = 100 * ku_rng_uniform(&rng);
        if (i % 3 == 0) b[i % 2] = a[i % 2];
        value_split(a, b, forth);
        value_split(b, a, back);
        check_near("sum", b[0] * b[1] * b[2] - a[0] * a[1] * a[2], forth[0] + forth[1] + forth[2],
                   1e-12);
        for (int k = 0; k < 3; k++) check_near("backwards", -forth[k], back[k], 1e-12);
        if (i % 3 == 0) check_near("what did not move", 0, forth[i % 2], 0);
    }
}

/* ---- costs -------------------------------------------------------------------------------------------- */

static void costs_pay_back(void **state)
{
    run *r = *state;
    ku_rng rng = ku_rng_make(8, 1);
    put_company(r, &rng, 300);
    ku_text_add(&r->table[SPEND], "date,channel,amount\n2025-06-01,web,600\n2025-07-01,tv,400\n"
                                  "2024-06-01,web,100000\n");
    with(r, "winning-share", "0.5");
    check_ok(go(r), &r->err);
    int64_t all = table(r, "equity")->rows - 1;
    double won = number(r, "equity", "new_customers", all);
    assert_true(won > 50 && won < 300);
    check_near("cost to win", 500 / won, number(r, "equity", "cost", all), 1e-12);
    double months = number(r, "equity", "payback", all),
           earned = number(r, "equity", "earned", all);
    assert_true(months >= 0 && months < 36 && earned > 1);
    check_near("earned", figure(r, "A new customer brings", "value") / (500 / won), earned, 1e-6);
}

/* ---- contracts ------------------------------------------------------------------------------------------ */

/* Fader & Hardie (2007), Journal of Interactive Marketing 21, "high end" customers, seven years
 * for estimation: gamma .668, delta 3.806, log-likelihood -1611.16 of 1,000 customers. */
static void contracts_are_valued(void **state)
{
    run *r = *state;
    ku_rng rng = ku_rng_make(8, 2);
    static const double alive[] = {1000, 869, 743, 653, 593, 551, 517, 491};
    put_company(r, &rng, 300);
    ku_text_add(&r->table[RENEWALS], "cohort,period,customers,payment\n");
    for (int t = 0; t < 8; t++)
        ku_text_addf(&r->table[RENEWALS], "2018,%d,%.0f,100\n", t, alive[t]);
    check_ok(go(r), &r->err);
    int64_t at = row_of(r, "parameters", "model", "Shifted beta-geometric", "parameter", "gamma");
    check_near("gamma", 0.668, number(r, "parameters", "estimate", at), 1e-3);
    check_near("delta", 3.806, number(r, "parameters", "estimate", at + 1), 1e-3);
    at = row_of(r, "fit", "model", "Shifted beta-geometric", NULL, NULL);
    check_near("log-likelihood", -1611.16, number(r, "fit", "loglik", at), 1e-5);
    at = row_of(r, "equity", "kind", "contract", NULL, NULL);
    double each = number(r, "equity", "equity", at) / 491;
    assert_true(each > 200 && each < 300); /* three payments at most, nearly all renew */
    assert_int_equal(table(r, "retention")->rows, 8 + 3);
}

static void contract_with_a_gap(void **state)
{
    run *r = *state;
    ku_rng rng = ku_rng_make(8, 2);
    put_company(r, &rng, 60);
    ku_text_add(&r->table[RENEWALS], "cohort,period,customers\n2018,0,100\n2018,2,80\n");
    check_fails(KU_BAD_DATA, "cohort 2018 has period 2 where 1 was expected", go(r), &r->err);
}

/* ---- data on which no model holds -------------------------------------------------------------------------- */

static void no_repeat_buyer(void **state)
{
    run *r = *state;
    char name[16];
    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "C%02d", i);
        put(r, name, 7 * i, 20 + i, 5);
    }
    check_ok(go(r), &r->err);
    /* 1 - .05^(1/50) = 5.8 % */
    says(r, KU_FAIL, "no repeat buyer", "None of 50 customers bought a second time");
    says(r, KU_FAIL, "no repeat buyer", "At most 5.8 %");
    assert_int_equal(table(r, "customers")->rows, 50);
    check_near("spent so far", 5, number(r, "customers", "spent", 0), 0);
    assert_true(isnan(number(r, "customers", "value", 0)));
    check_near("customers", 50, figure(r, "Customers", "value"), 0);
}

static void one_customer(void **state)
{
    run *r = *state;
    for (int i = 0; i < 9; i++) put(r, "Ann", 30 * i, 25, 10);
    check_ok(go(r), &r->err);
    says(r, KU_FAIL, "one customer", "only the past of this one (9 purchases)");
    check_near("purchases", 9, number(r, "customers", "purchases", 0), 0);
    check_near("spent so far", 90, number(r, "customers", "spent", 0), 1e-12);
}

static void few_repeaters(void **state)
{
    run *r = *state;
    char name[16];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "C%02d", i);
        put(r, name, 7 * i, 20, 5);
        if (i < 4) put(r, name, 7 * i + 30, 20, 5);
    }
    check_ok(go(r), &r->err);
    says(r, KU_FAIL, "few repeat buyers", "Only 4 of 40 customers bought a second time");
    assert_int_equal(table(r, "customers")->rows, 40);
}

static void all_the_same_day(void **state)
{
    run *r = *state;
    char name[16];
    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "C%02d", i);
        put(r, name, 100, 20, 5);
        put(r, name, 100, 10, 2);
    }
    check_ok(go(r), &r->err);
    says(r, KU_FAIL, "one day", "All purchases are of one day, 10 Apr 2024");
    check_near("several orders of a day are one purchase", 1,
               number(r, "customers", "purchases", 0), 0);
}

static void more_sent_back_than_bought(void **state)
{
    run *r = *state;
    ku_rng rng = ku_rng_make(8, 3);
    put_company(r, &rng, 200);
    put(r, "C00001", SOLD - 1, -1e6, -1e6);
    check_ok(go(r), &r->err);
    says(r, KU_FAIL, "returns", "More was sent back (1,000,000) than bought");
    assert_true(isnan(number(r, "customers", "value", 0)));
    assert_true(number(r, "customers", "expected", 0) > 0);
    assert_true(figure(r, "Purchases to come", "value") > 0);
}

static void nothing_but_returns(void **state)
{
    run *r = *state;
    for (int i = 0; i < 9; i++) put(r, "Ann", 30 * i, -25, -10);
    check_fails(KU_BAD_DATA, "not one known customer has a day on which more was bought", go(r),
                &r->err);
}

static void nobody_known(void **state)
{
    run *r = *state;
    for (int i = 0; i < 9; i++) put(r, "", 30 * i, 25, 10);
    check_fails(KU_BAD_DATA, "not one line says who bought", go(r), &r->err);
}

static void unknown_customers(void **state)
{
    run *r = *state;
    ku_rng rng = ku_rng_make(8, 4);
    put_company(r, &rng, 200);
    for (int i = 0; i < 500; i++) put(r, "", i, 40, 20);
    check_ok(go(r), &r->err);
    says(r, KU_WARN, "unknown customers", "501 of ");
    says(r, KU_WARN, "unknown customers", "20,010");
    check_customers(r);
}

static void losses(void **state)
{
    run *r = *state;
    char name[16];
    ku_rng rng = ku_rng_make(8, 5);
    for (int i = 0; i < 200; i++)
        for (int k = 0; k < 1 + i % 5; k++) {
            snprintf(name, sizeof name, "C%03d", i);
            put(r, name, (int)ku_rng_below(&rng, SOLD), 20, i % 4 == 0 ? -3 : 6);
        }
    with(r, "measure", "margin");
    check_ok(go(r), &r->err);
    says(r, KU_WARN, "losses", "bring nothing or a loss");
    int64_t last = table(r, "customers")->rows - 1;
    assert_true(number(r, "customers", "value", last) < 0);
    assert_true(number(r, "customers", "value_lo", last) <
                number(r, "customers", "value_hi", last));
    check_bridges(r);
}

/* Who buys more often pays more: 10 a purchase with two purchases, 20 with four ... */
static void spend_goes_with_frequency(void **state)
{
    run *r = *state;
    char name[16];
    ku_rng rng = ku_rng_make(8, 6);
    for (int i = 0; i < 300; i++)
        for (int k = 0; k < 2 + i % 9; k++) {
            snprintf(name, sizeof name, "C%03d", i);
            put(r, name, (int)ku_rng_below(&rng, SOLD),
                5 * (2 + i % 9) * (0.8 + 0.4 * ku_rng_uniform(&rng)), 0);
        }
    with(r, "measure", "revenue");
    check_ok(go(r), &r->err);
    says(r, KU_WARN, "spend and frequency", "Who buys twice as often pays +");
    says(r, KU_NOTE, "margin", "Money is revenue");
    check_customers(r);
}

static void no_margin_known(void **state)
{
    run *r = *state;
    ku_rng rng = ku_rng_make(8, 7);
    ku_text_clear(&r->table[SALES]);
    ku_text_add(&r->table[SALES], "customer,date,amount,other\n");
    put_company(r, &rng, 200);
    with(r, "measure", "margin");
    check_ok(go(r), &r->err);
    says(r, KU_WARN, "margin", "Nothing is known of costs");
}

static void before_the_first_sale(void **state)
{
    run *r = *state;
    for (int i = 0; i < 9; i++) put(r, "Ann", 30 * i, 25, 10);
    with(r, "until", "2023-12-31");
    check_fails(KU_USAGE, "the sales begin only on 1 Jan 2024", go(r), &r->err);
}

/* Same seed, same bits, whatever the threads; the order of the lines changes no figure. */
static void repeatable(void **state)
{
    run *r = *state, *other;
    ku_rng rng = ku_rng_make(8, 9);
    put_company(r, &rng, 150);
    check_ok(go(r), &r->err);
    const char *hash = r->record.output_hash;
    double equity = figure(r, "Customer equity", "value");
    r->threads = 1;
    check_ok(go(r), &r->err);
    assert_string_equal(hash, r->record.output_hash);
    run_new((void **)&other);
    const char *text = ku_text_string(&r->table[SALES]);
    for (const char *line = text + r->table[SALES].length - 1; line > text; line--)
        if (line[-1] == '\n' && strncmp(line, "customer", 8) != 0)
            ku_text_addf(&other->table[SALES], "%.*s\n", (int)strcspn(line, "\n"), line);
    check_ok(go(other), &other->err);
    check_near("equity", equity, figure(other, "Customer equity", "value"), 1e-6);
    run_end((void **)&other);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split_by_hand),
        cmocka_unit_test(split_adds_up),
        RUN(costs_pay_back),
        RUN(contracts_are_valued),
        RUN(contract_with_a_gap),
        RUN(no_repeat_buyer),
        RUN(one_customer),
        RUN(few_repeaters),
        RUN(all_the_same_day),
        RUN(more_sent_back_than_bought),
        RUN(nothing_but_returns),
        RUN(nobody_known),
        RUN(unknown_customers),
        RUN(losses),
        RUN(spend_goes_with_frequency),
        RUN(no_margin_known),
        RUN(before_the_first_sale),
        RUN(repeatable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
