/* The calendar against the C library and ISO 8601, and what dates are refused with. */
#include "base/date.h"
#include "check.h"

static void every_day_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (int32_t days = -719162; days <= 2932896; days += 7) { /* 0001-01-01 .. 9999-12-31 */
        time_t seconds = (time_t)days * 86400;
        struct tm tm;
        gmtime_r(&seconds, &tm);
        ku_civil c = ku_date_to_civil(days);
        assert_int_equal(c.year, tm.tm_year + 1900);
        assert_int_equal(c.month, tm.tm_mon + 1);
        assert_int_equal(c.day, tm.tm_mday);
        assert_int_equal(ku_date_weekday(days), tm.tm_wday == 0 ? 7 : tm.tm_wday);
        assert_int_equal(ku_date_from_civil(c.year, c.month, c.day), days);
        char week[16];
        strftime(week, sizeof week, "%G-%V", &tm);
        ku_week w = ku_date_to_week(days);
        assert_int_equal(w.year, strtol(week, NULL, 10));
        assert_int_equal(w.week, strtol(strchr(week, '-') + 1, NULL, 10));
        assert_int_equal(ku_date_from_week(w.year, w.week), days - ku_date_weekday(days) + 1);
    }
    assert_int_equal(ku_week_count(2020), 53);
    assert_int_equal(ku_week_count(2021), 52);
}

static void check_date(const char *text, ku_date_order order, const char *expected)
{
    int32_t days;
    char shown[KU_DATE_TEXT];
    ku_error err = {0};
    check_ok(ku_date_parse(text, strlen(text), order, &days, &err), &err);
    assert_string_equal(ku_date_format(days, shown), expected);
}

static void check_refused(const char *text, ku_date_order order, const char *words)
{
    int32_t days;
    ku_error err = {0};
    check_fails(KU_USAGE, words, ku_date_parse(text, strlen(text), order, &days, &err), &err);
}

static void dates_are_read_strictly(void **state)
{
    (void)state;
    check_date("2026-11-23", KU_DATE_YMD, "2026-11-23");
    check_date(" 20261123 ", KU_DATE_YMD, "2026-11-23");
    check_date("2026/1/2", KU_DATE_YMD, "2026-01-02");
    check_date("23.11.2026", KU_DATE_DMY, "2026-11-23");
    check_date("1/2/2026", KU_DATE_DMY, "2026-02-01");
    check_date("1/2/2026", KU_DATE_MDY, "2026-01-02");
    check_date("29.02.2024", KU_DATE_DMY, "2024-02-29");
    check_refused("31.02.2026", KU_DATE_DMY, "February has no 31st");
    check_refused("29.02.2026", KU_DATE_DMY, "February 2026 has no 29th");
    check_refused("2026-04-31", KU_DATE_YMD, "April has no 31st");
    check_refused("2026-13-01", KU_DATE_YMD, "no month 13");
    check_refused("0000-01-01", KU_DATE_YMD, "no year 0");
    check_refused("31.02.", KU_DATE_DMY, "expected a date such as 23.11.2026");
    check_refused("1.2.26", KU_DATE_DMY, "expected a date");
    check_refused("2026-11/23", KU_DATE_YMD, "expected a date");
    check_refused("2026-11-23x", KU_DATE_YMD, "found \"2026-11-23x\"");
    check_refused("", KU_DATE_YMD, "expected a date");
}

static void check_time(const char *text, const char *expected)
{
    int64_t micros;
    char shown[KU_TIMESTAMP_TEXT];
    ku_error err = {0};
    check_ok(ku_timestamp_parse(text, strlen(text), KU_DATE_YMD, &micros, &err), &err);
    assert_string_equal(ku_timestamp_format(micros, shown), expected);
}

static void times_are_read_and_written(void **state)
{
    (void)state;
    int64_t micros;
    ku_error err = {0};
    check_time("2026-11-23", "2026-11-23T00:00:00Z");
    check_time("2026-11-23 17:50", "2026-11-23T17:50:00Z");
    check_time("2026-11-23T17:50:33.25Z", "2026-11-23T17:50:33.250000Z");
    check_time("2026-11-23T00:30:00+02:00", "2026-11-22T22:30:00Z");
    check_time("1969-12-31T23:59:59.999999", "1969-12-31T23:59:59.999999Z");
    check_fails(KU_USAGE, "expected a time",
                ku_timestamp_parse("2026-11-23 25:00", 16, KU_DATE_YMD, &micros, &err), &err);
    check_fails(KU_USAGE, "February has no 30th",
                ku_timestamp_parse("2026-02-30 10:00", 16, KU_DATE_YMD, &micros, &err), &err);
    assert_int_equal(ku_date_of(-1), -1);
    char shown[KU_TIMESTAMP_TEXT];
    assert_string_equal(ku_timestamp_format(INT64_MIN, shown), "-290308-12-21T19:59:05.224192Z");
    assert_string_equal(ku_timestamp_format(INT64_MAX, shown), "294247-01-10T04:00:54.775807Z");
}

static void periods_floor_add_and_count(void **state)
{
    (void)state;
    int32_t day = ku_date_from_civil(2026, 11, 23);
    static const char *const labels[KU_PERIOD_COUNT] = {"23 Nov 2026", "2026-W48", "Nov 2026",
                                                        "Q4 2026", "2026"};
    char shown[KU_PERIOD_TEXT];
    for (int p = 0; p < KU_PERIOD_COUNT; p++) {
        ku_period period, found;
        period = (ku_period)p;
        assert_string_equal(ku_period_label(period, day, shown), labels[p]);
        assert_true(ku_period_find(ku_period_name(period), &found) && found == period);
        for (int n = -30; n <= 30; n++) {
            int32_t start = ku_period_add(period, day, n);
            assert_int_equal(ku_period_floor(period, start), start);
            assert_int_equal(ku_period_between(period, day, start), n);
        }
    }
    assert_int_equal(ku_period_add(KU_PERIOD_MONTH, ku_date_from_civil(2024, 1, 31), 1),
                     ku_date_from_civil(2024, 2, 1));
    assert_int_equal(ku_period_floor(KU_PERIOD_QUARTER, day), ku_date_from_civil(2026, 10, 1));
    ku_period none;
    assert_false(ku_period_find("fortnight", &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_agrees_with_the_c_library),
        cmocka_unit_test(dates_are_read_strictly),
        cmocka_unit_test(times_are_read_and_written),
        cmocka_unit_test(periods_floor_add_and_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
