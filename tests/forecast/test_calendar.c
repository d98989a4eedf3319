/* Days that move against published dates, and the columns made of them. */
#include "base/date.h"
#include "check.h"
#include "forecast/calendar/calendar.h"
#include "forecast/calendar/holidays.h"

static int32_t day(int year, int month, int date)
{
    return ku_date_from_civil(year, month, date);
}

static void is_day(const char *what, int32_t expected, int32_t found)
{
    char a[KU_DATE_TEXT], b[KU_DATE_TEXT];
    if (expected == found) return;
    print_error("%s: expected %s, found %s\n", what, ku_date_format(expected, a),
                ku_date_format(found, b));
    fail();
}

/* Published by the churches; 1818 and 1943 are the earliest and the latest there are. */
static void easter(void **state)
{
    (void)state;
    static const int dates[][3] = {{1818, 3, 22}, {1943, 4, 25}, {1961, 4, 2},  {2000, 4, 23},
                                   {2008, 3, 23}, {2011, 4, 24}, {2019, 4, 21}, {2020, 4, 12},
                                   {2021, 4, 4},  {2022, 4, 17}, {2023, 4, 9},  {2024, 3, 31},
                                   {2025, 4, 20}, {2026, 4, 5},  {2027, 3, 28}, {2038, 4, 25}};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        is_day("Easter", day(dates[i][0], dates[i][1], dates[i][2]), ku_easter(dates[i][0]));
}

/* The tabular calendar's own dates: new years of 1400 and 1420 (Reingold & Dershowitz,
 * appendix C), and holidays as kept, within a day. */
static void islamic_months(void **state)
{
    (void)state;
    is_day("1 Muharram 1400", day(1979, 11, 21), ku_islamic(1400, 1));
    is_day("1 Muharram 1420", day(1999, 4, 17), ku_islamic(1420, 1));
    static const struct {
        int year, month, plus, date[3];
    } kept[] = {
        {1440, 10, 0, {2019, 6, 4}},  {1441, 10, 0, {2020, 5, 24}}, {1442, 10, 0, {2021, 5, 13}},
        {1443, 10, 0, {2022, 5, 2}},  {1444, 10, 0, {2023, 4, 21}}, {1445, 10, 0, {2024, 4, 10}},
        {1446, 10, 0, {2025, 3, 30}}, {1443, 12, 9, {2022, 7, 9}},  {1444, 12, 9, {2023, 6, 28}},
        {1445, 12, 9, {2024, 6, 16}}, {1446, 12, 9, {2025, 6, 6}},  {1446, 9, 0, {2025, 3, 1}},
    };
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        int32_t found = ku_islamic(kept[i].year, kept[i].month) + kept[i].plus;
        int32_t holiday = day(kept[i].date[0], kept[i].date[1], kept[i].date[2]);
        if (abs(found - holiday) > 1) is_day("a holiday as kept", holiday, found);
        assert_int_equal(ku_islamic_year(found), kept[i].year);
    }
    for (int year = 1300; year < 1600; year++) {
        int length = ku_islamic(year + 1, 1) - ku_islamic(year, 1);
        assert_true(length == 354 || length == 355);
        assert_int_equal(ku_islamic_year(ku_islamic(year, 1)), year);
        assert_int_equal(ku_islamic_year(ku_islamic(year, 1) - 1), year - 1);
    }
}

/* Public holidays of China; 2034 comes after a leap eleventh month. */
static void chinese_new_year(void **state)
{
    (void)state;
    static const int dates[][3] = {
        {1950, 2, 17}, {1966, 1, 21}, {1979, 1, 28}, {1985, 2, 20}, {1997, 2, 7},  {2000, 2, 5},
        {2001, 1, 24}, {2008, 2, 7},  {2010, 2, 14}, {2012, 1, 23}, {2015, 2, 19}, {2016, 2, 8},
        {2017, 1, 28}, {2018, 2, 16}, {2019, 2, 5},  {2020, 1, 25}, {2021, 2, 12}, {2022, 2, 1},
        {2023, 1, 22}, {2024, 2, 10}, {2025, 1, 29}, {2026, 2, 17}, {2027, 2, 6},  {2028, 1, 26},
        {2029, 2, 13}, {2030, 2, 3},  {2033, 1, 31}, {2034, 2, 19}, {2035, 2, 8}};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        is_day("Chinese New Year", day(dates[i][0], dates[i][1], dates[i][2]),
               ku_chinese_new_year(dates[i][0]));
    for (int year = 1950; year <= 2100; year++) {
        int32_t found = ku_chinese_new_year(year);
        assert_true(found >= day(year, 1, 20) && found <= day(year, 2, 21));
    }
}

static double cell(const ku_series *s, int column, int t)
{
    return s->x[(size_t)column * (size_t)(s->n + s->ahead) + (size_t)t];
}

static int column_of(const ku_series_set *set, const char *name)
{
    for (int i = 0; i < set->columns; i++)
        if (strcmp(set->column[i], name) == 0) return i;
    print_error("no column %s\n", name);
    fail();
    return -1;
}

/* January 2024 to June 2025 by month, six months of it ahead. */
static void months_count_their_days(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    double value[12] = {0}, price[13];
    for (int t = 0; t < 13; t++) price[t] = t;
    ku_series s = {
        .name = "north", .n = 12, .first = day(2024, 1, 1), .value = value, .ahead = 1, .x = price};
    const char *names[] = {"price"};
    ku_series_set set = {.period = {.months = true, .step = 1},
                         .count = 1,
                         .series = &s,
                         .columns = 1,
                         .column = names};
    static const ku_field fields[] = {
        {"date", KU_DATE}, {"event", KU_TEXT}, {"region", KU_TEXT}, {"value", KU_DOUBLE}};
    ku_frame_builder *b = ku_frame_builder_new("calendar", fields, 4);
    for (int i = 0; i < 5; i++) {
        ku_build_date(b, 0, day(2024, 3, 30) + i);
        ku_build_text(b, 1, i < 4 ? "fair" : "match");
        ku_build_text(b, 2, i == 0 ? "south" : i == 4 ? "north" : NULL);
        if (i == 4) ku_build_double(b, 3, 2.5);
        ku_build_row(b);
    }
    ku_frame *events = NULL;
    ku_error err = {0};
    check_ok(ku_frame_builder_finish(b, &events, &err), &err);
    check_ok(ku_calendar_add(&set, "all", events, 6, arena, &err), &err);
    assert_int_equal(s.ahead, 6);
    check_near("price stays", 12, cell(&s, 0, 12), 0);
    assert_true(isnan(cell(&s, 0, 13)));
    int work = column_of(&set, "working days"), easter_column = column_of(&set, "Easter");
    static const int working[18] = {23, 21, 21, 22, 23, 20, 23, 22, 21,
                                    23, 21, 22, 23, 20, 21, 22, 22, 21};
    for (int t = 0; t < 18; t++) check_near("working days", working[t], cell(&s, work, t), 0);
    check_near("leap year", 29, cell(&s, column_of(&set, "days"), 1), 0);
    check_near("Easter in March", 3, cell(&s, easter_column, 2), 0); /* 29 to 31 March */
    check_near("and in April", 1, cell(&s, easter_column, 3), 0);
    check_near("Easter 2025", 4, cell(&s, easter_column, 15), 0);
    check_near("Ramadan", 30, cell(&s, column_of(&set, "Ramadan"), 14), 1.0 / 15);
    check_near("fair", 1, cell(&s, column_of(&set, "fair"), 2), 0); /* not the one of the south */
    check_near("fair", 2, cell(&s, column_of(&set, "fair"), 3), 0);
    check_near("match", 2.5, cell(&s, column_of(&set, "match"), 3), 0);
    check_near("no match", 0, cell(&s, column_of(&set, "match"), 4), 0);
    ku_frame_free(events);
    check_fails(KU_USAGE, "expected some of: working-days",
                ku_calendar_add(&set, "easter,diwali", NULL, 6, arena, &err), &err);
    set.period = (ku_series_period){.numbers = true, .step = 1};
    check_fails(KU_USAGE, "no calendar", ku_calendar_add(&set, "easter", NULL, 6, arena, &err),
                &err);
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(easter),
        cmocka_unit_test(islamic_months),
        cmocka_unit_test(chinese_new_year),
        cmocka_unit_test(months_count_their_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
