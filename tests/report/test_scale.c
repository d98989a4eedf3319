/* test_scale.c - axes count in steps of 1, 2 or 5 and end on ticks; dates begin where the
 * calendar does. Reference values are worked by hand. */
#include <string.h>

#include "check.h"
#include "report/scale.h"

#define TIGHT 1e-12

static void expect_scale(double lo, double hi, int most, bool whole, double from, double to,
                         double step)
{
    ku_scale scale = ku_scale_nice(lo, hi, most, whole);
    check_near("lowest tick", from, scale.lo, TIGHT);
    check_near("highest tick", to, scale.hi, TIGHT);
    check_near("step", step, scale.step, TIGHT);
    check_near("last tick", to, ku_scale_tick(&scale, scale.count - 1), TIGHT);
    assert_true(scale.count <= most);
}

static void test_round_steps(void **state)
{
    (void)state;
    expect_scale(0, 718, 6, false, 0, 800, 200);
    expect_scale(0, 1000, 6, false, 0, 1000, 200);
    expect_scale(0, 1001, 6, false, 0, 1500, 500);
    expect_scale(0, 0.0421, 6, false, 0, 0.05, 0.01);
    expect_scale(-37, 61, 7, false, -40, 80, 20);
    expect_scale(1000200, 1000800, 8, false, 1000200, 1000800, 100);
    expect_scale(0, 3, 8, true, 0, 3, 1);
    expect_scale(0, 3, 8, false, 0, 3, 0.5);
}

static void test_any_range_is_covered(void **state)
{
    (void)state;
    for (double lo = -1000; lo <= 1000; lo += 37.3)
        for (double size = 1e-6; size < 1e12; size *= 3.7) {
            ku_scale scale = ku_scale_nice(lo, lo + size, 7, false);
            assert_true(scale.count >= 2 && scale.count <= 7);
            assert_true(scale.lo <= lo + 1e-6 * scale.step);
            assert_true(scale.hi >= lo + size - 1e-6 * scale.step);
            assert_true(size / scale.step > 0.9); /* not coarser than it must be */
        }
}

static void test_odd_ranges(void **state)
{
    (void)state;
    expect_scale(0, 0, 6, false, 0, 1, 0.2);
    expect_scale(NAN, 4, 6, false, 0, 1, 0.2);
    expect_scale(4, -4, 6, false, 0, 1, 0.2);
    ku_scale scale = ku_scale_nice(50, 50, 6, false);
    assert_true(scale.lo < 50 && scale.hi > 50);
}

static void expect_label(double lo, double hi, double value, const char *unit, const char *expected)
{
    char text[KU_NUMBER_TEXT];
    ku_scale scale = ku_scale_nice(lo, hi, 6, false);
    assert_string_equal(ku_scale_label(&scale, value, unit, text), expected);
}

static void test_labels(void **state)
{
    (void)state;
    expect_label(0, 80000, 60000, "money", "60,000");
    expect_label(0, 1.8e6, 0.5e6, "money", "0.5 M");
    expect_label(0, 1.8e6, 0, "money", "0");
    expect_label(0, 4e9, 1e9, "money", "1 B");
    expect_label(0, 1, 0.2, "share", "20 %");
    expect_label(0, 0.01, 0.002, "share", "0.2 %");
    expect_label(-0.4, 0.4, 0.2, "change", "+20 %");
    expect_label(-0.4, 0.4, -0.2, "change", "-20 %");
    expect_label(0, 1, 0.4, "", "0.4");
    /* Ticks that a letter would make alike are written out. */
    expect_label(1000200, 1000900, 1000400, "units", "1,000,400");
}

static void expect_dates(ku_period period, int32_t from, int32_t to, int most, int expected,
                         int32_t first, int32_t second)
{
    int32_t ticks[64];
    assert_int_equal(ku_scale_dates(period, from, to, most, ticks), expected);
    assert_int_equal(ticks[0], first);
    if (expected > 1) assert_int_equal(ticks[1], second);
}

#define DAY ku_date_from_civil

static void test_dates(void **state)
{
    (void)state;
    expect_dates(KU_PERIOD_MONTH, DAY(2023, 1, 1), DAY(2026, 6, 1), 10, 7, DAY(2023, 1, 1),
                 DAY(2023, 7, 1));
    expect_dates(KU_PERIOD_MONTH, DAY(2009, 12, 1), DAY(2011, 12, 1), 13, 12, DAY(2010, 1, 1),
                 DAY(2010, 3, 1));
    expect_dates(KU_PERIOD_QUARTER, DAY(2020, 4, 1), DAY(2021, 10, 1), 8, 7, DAY(2020, 4, 1),
                 DAY(2020, 7, 1));
    expect_dates(KU_PERIOD_YEAR, DAY(1949, 1, 1), DAY(2020, 1, 1), 9, 8, DAY(1950, 1, 1),
                 DAY(1960, 1, 1));
    expect_dates(KU_PERIOD_WEEK, DAY(2024, 1, 8), DAY(2024, 2, 12), 8, 6, DAY(2024, 1, 8),
                 DAY(2024, 1, 15));
    expect_dates(KU_PERIOD_DAY, DAY(2024, 2, 27), DAY(2024, 3, 2), 8, 5, DAY(2024, 2, 27),
                 DAY(2024, 2, 28));
    expect_dates(KU_PERIOD_MONTH, DAY(2024, 5, 1), DAY(2024, 5, 1), 4, 1, DAY(2024, 5, 1), 0);
}

static void test_periods(void **state)
{
    (void)state;
    assert_int_equal(ku_scale_period(1), KU_PERIOD_DAY);
    assert_int_equal(ku_scale_period(7), KU_PERIOD_WEEK);
    assert_int_equal(ku_scale_period(28), KU_PERIOD_MONTH);
    assert_int_equal(ku_scale_period(90), KU_PERIOD_QUARTER);
    assert_int_equal(ku_scale_period(365), KU_PERIOD_YEAR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_steps), cmocka_unit_test(test_any_range_is_covered),
        cmocka_unit_test(test_odd_ranges),  cmocka_unit_test(test_labels),
        cmocka_unit_test(test_dates),       cmocka_unit_test(test_periods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
