/* test.c - customers.basket: what it makes of odd tills. The search and the tests behind it are
 * tested in tests/customers/test_baskets.c, the worked example with all others. */
#include "whole_run.h"

#define ID "customers.basket"

/* Ten baskets each of a pair, ten of one alone. */
static const char *pairs(ku_arena *arena, const char *key)
{
    const char *text = ku_arena_printf(arena, "%s,product,amount\n", key);
    for (int b = 0; b < 120; b++) {
        if (b % 3 == 0) text = ku_arena_printf(arena, "%s%d,Tea,2\n%d,Milk,1\n", text, b, b);
        if (b % 3 == 1) text = ku_arena_printf(arena, "%s%d,Bread,3\n", text, b);
        if (b % 3 == 2) text = ku_arena_printf(arena, "%s%d,Cheese,5\n", text, b);
    }
    return text;
}

static void pair_is_found(void **state)
{
    (void)state;
    whole_run run;
    whole_begin(&run);
    whole_table(&run, "sales", pairs(run.arena, "order_id"));
    check_ok(whole_go(&run, ID), &run.err);
    assert_int_equal(whole_rows(&run, "rules"), 2);
    assert_int_equal(whole_rows(&run, "sets"), 1);
    check_near("baskets", 40, whole_number(&run, "sets", "baskets", 0), 0);
    check_near("lift", 3, whole_number(&run, "sets", "lift", 0), 1e-12);
    check_near("always", 1, whole_number(&run, "rules", "share", 0), 1e-12);
    /* 40 baskets, a third of which chance would have, each with tea for 2. */
    assert_string_equal(whole_text(&run, "rules", "also", 0), "Tea");
    check_near("worth", 40 * 2 / 3.0 * 2, whole_number(&run, "rules", "worth", 0), 1e-12);
    assert_true(whole_remarks(&run, "No proposals: no line tells of a customer"));
    whole_end(&run);
}

static void nothing_is_together(void **state)
{
    (void)state;
    whole_run run;
    whole_begin(&run);
    whole_table(&run, "sales", "order_id,product\n1,A\n2,B\n3,A\n4,B\n");
    check_ok(whole_go(&run, ID), &run.err);
    assert_int_equal(whole_rows(&run, "rules") + whole_rows(&run, "sets"), 0);
    assert_true(whole_remarks(&run, "No two products are together in 5 of the 4 baskets"));
    whole_end(&run);
}

/* Without orders, what a customer buys on a day is a basket; lines of nobody are none. */
static void customer_and_day(void **state)
{
    (void)state;
    whole_run run;
    whole_begin(&run);
    const char *text = "customer,date,product,amount\n";
    for (int c = 0; c < 60; c++) {
        const char *other = c % 2 == 0 ? "Cup" : "Plate";
        text = ku_arena_printf(run.arena, "%sc%d,2025-03-0%d,%s,4\n", text, c, 1 + c % 9, other);
        if (c % 2 == 0)
            text = ku_arena_printf(run.arena, "%sc%d,2025-03-0%d,Saucer,2\n", text, c, 1 + c % 9);
    }
    whole_table(&run, "sales", ku_arena_printf(run.arena, "%s,2025-03-01,Cup,4\n", text));
    check_ok(whole_go(&run, ID), &run.err);
    check_near("baskets", 30, whole_number(&run, "sets", "baskets", 0), 0);
    assert_true(whole_remarks(&run, "1 of 91 lines have neither an order number nor a customer"));
    assert_true(whole_remarks(&run, "too few customers bought something new"));
    whole_end(&run);
}

static void left_out_is_said(void **state)
{
    (void)state;
    whole_run run;
    whole_begin(&run);
    const char *text = pairs(run.arena, "order_id");
    whole_table(&run, "sales", ku_arena_printf(run.arena, "%s7,Milk,-1\n8,,2\n", text));
    whole_param(&run, "without", "Bread, Milk");
    check_ok(whole_go(&run, ID), &run.err);
    assert_int_equal(whole_rows(&run, "sets"), 0);
    assert_true(whole_remarks(&run, "returns and are left out"));
    assert_true(whole_remarks(&run, "have no product and are left out"));
    whole_end(&run);
}

static void only_returns(void **state)
{
    (void)state;
    whole_run run;
    whole_begin(&run);
    whole_table(&run, "sales", "order_id,product,amount\n1,A,-2\n1,B,-3\n2,,4\n");
    check_fails(KU_BAD_DATA, "of 3 lines 1 have no product and 2 are returns", whole_go(&run, ID),
                &run.err);
    whole_end(&run);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pair_is_found),    cmocka_unit_test(nothing_is_together),
        cmocka_unit_test(customer_and_day), cmocka_unit_test(left_out_is_said),
        cmocka_unit_test(only_returns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
