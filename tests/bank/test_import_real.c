/* A real shop's order lines: two yearly files with different headers that share nine
 * days. Figures: the data set's own description (UCI Online Retail II; 525,461 and
 * 541,909 lines, 107,927 and 135,080 of them without a customer, 22,523 in both files). */
#include "import_support.h"

#define FIRST_ROWS  525461
#define SECOND_ROWS 541909
#define SHARED_ROWS 22523
#define NO_CUSTOMER (107927 + 135080)

static bool find_data(const char **first, const char **second, ku_arena *arena)
{
    const char *data = getenv("KEMUDI_DATA");
    if (data == NULL) return false;
    *first = ku_arena_printf(arena, "%s/sales/online_retail_II/online_retail_II.csv.gz", data);
    *second = ku_arena_printf(arena, "%s/sales/online_retail_II/onlineretail.csv.gz", data);
    return ku_file_exists(*first) && ku_file_exists(*second);
}

static void test_both_years_in_one_call(void **state)
{
    (void)state;
    import_test t;
    const char *paths[2];
    import_begin(&t);
    if (!find_data(&paths[0], &paths[1], t.arena)) {
        import_end(&t);
        skip();
    }
    ku_import_options options = import_options("sale", paths, 2);
    options.profile = "online-retail";
    assert_imported(&t, import_with(&t, &options));
    assert_int_equal(t.report.read, FIRST_ROWS + SECOND_ROWS);
    assert_int_equal(t.report.already, SHARED_ROWS);
    assert_int_equal(t.report.added, FIRST_ROWS + SECOND_ROWS - SHARED_ROWS);
    assert_int_equal(t.report.refused, 0);
    assert_int_equal(count_in(t.report.flag, t.report.flag_count, "no customer"), NO_CUSTOMER);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale"), 1044847);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM batch_skip"), 0);
    import_end(&t);
}

static void test_one_year_after_the_other(void **state)
{
    (void)state;
    import_test t;
    const char *paths[2];
    import_begin(&t);
    if (!find_data(&paths[0], &paths[1], t.arena)) {
        import_end(&t);
        skip();
    }
    ku_import_options options = import_options("sale", &paths[0], 1);
    options.profile = "online-retail";
    assert_imported(&t, import_with(&t, &options));
    assert_int_equal(t.report.added, FIRST_ROWS);
    options.paths = &paths[1];
    options.dry_run = true;
    assert_imported(&t, import_with(&t, &options));
    assert_null(t.report.batch);
    assert_int_equal(t.report.already, SHARED_ROWS);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale"), FIRST_ROWS);
    options.dry_run = false;
    assert_imported(&t, import_with(&t, &options));
    assert_int_equal(t.report.added, SECOND_ROWS - SHARED_ROWS);
    assert_int_equal(number_of(&t, "SELECT sum(rows)::BIGINT FROM batch_skip WHERE batch = 2 AND "
                                   "earlier = 1"),
                     SHARED_ROWS);

    /* The first cannot go while the second relies on its rows. */
    assert_int_equal(ku_import_undo(t.bank, "1", "test", &t.err), KU_CONFLICT);
    assert_says(&t.err, KU_CONFLICT, "", "undo import 2 first");
    assert_ok(ku_import_undo, t.bank, "2", "test");
    assert_ok(ku_import_undo, t.bank, "1", "test");
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale"), 0);
    import_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_years_in_one_call),
        cmocka_unit_test(test_one_year_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
