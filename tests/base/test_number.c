/* Numbers: strict reading, shortest writing; amounts of money; numbers for people. */
#include "base/format.h"
#include "base/money.h"
#include "base/number.h"
#include "check.h"

static void whole_numbers_are_read_strictly(void **state)
{
    (void)state;
    int64_t value = 0;
    ku_error err = {0};
    check_ok(ku_parse_int(" -9223372036854775808 ", 22, &value, &err), &err);
    assert_true(value == INT64_MIN);
    check_ok(ku_parse_int("+7", 2, &value, &err), &err);
    assert_int_equal(value, 7);
    check_fails(KU_USAGE, "too large", ku_parse_int("9223372036854775808", 19, &value, &err), &err);
    check_fails(KU_USAGE, "found \"12x\"", ku_parse_int("12x", 3, &value, &err), &err);
    check_fails(KU_USAGE, "whole number", ku_parse_int("", 0, &value, &err), &err);
    check_fails(KU_USAGE, "whole number", ku_parse_int("-", 1, &value, &err), &err);
    assert_int_equal(value, 7);
}

static void reals_know_marks_and_groups(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        char decimal;
        double value; /* NaN: refused */
    } cases[] = {{"1234.5", '.', 1234.5},
                 {"1,234.5", '.', 1234.5},
                 {"1.234,5", ',', 1234.5},
                 {"1 234,5", ',', 1234.5},
                 {"-0.5", '.', -0.5},
                 {"(12.50)", '.', -12.5},
                 {"12.50-", '.', -12.5},
                 {".5", '.', 0.5},
                 {"5.", '.', 5},
                 {"1e3", '.', 1000},
                 {"1'234'567", '.', 1234567},
                 {"−3", '.', -3},
                 {"1,23", '.', NAN},
                 {"1.2.3", '.', NAN},
                 {"1,2,3", ',', NAN},
                 {"1,234,56", '.', NAN},
                 {"1 234'567", '.', NAN},
                 {"abc", '.', NAN},
                 {"", '.', NAN},
                 {"nan", '.', NAN},
                 {"inf", '.', NAN},
                 {"1e999", '.', NAN},
                 {"0x10", '.', NAN},
                 {"--1", '.', NAN},
                 {"1e", '.', NAN},
                 {"12 34", '.', NAN},
                 {"(-5)", '.', NAN},
                 {",234", '.', NAN},
                 {"1234,567", '.', NAN},
                 {".", '.', NAN}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value = NAN;
        ku_status status = ku_parse_double(cases[i].text, strlen(cases[i].text), cases[i].decimal,
                                           &value, NULL);
        if (status != (isnan(cases[i].value) ? KU_USAGE : KU_OK))
            fail_msg("\"%s\" with %c: found %s %g", cases[i].text, cases[i].decimal,
                     ku_status_name(status), value);
        if (status == KU_OK) check_near(cases[i].text, cases[i].value, value, 0);
    }
}

static void sizes_are_read(void **state)
{
    (void)state;
    uint64_t bytes = 0;
    ku_error err = {0};
    check_ok(ku_parse_bytes("64 MiB", &bytes, &err), &err);
    assert_int_equal(bytes, 64u << 20);
    check_ok(ku_parse_bytes("1.5g", &bytes, &err), &err);
    assert_int_equal(bytes, 3u << 29);
    check_fails(KU_USAGE, "512 MiB", ku_parse_bytes("many", &bytes, &err), &err);
}

static void doubles_read_back_the_same(void **state)
{
    (void)state;
    static const double values[] = {0.1,
                                    1.0 / 3,
                                    1e300,
                                    5e-324,
                                    123456789012345680.0,
                                    -2.5,
                                    0.0,
                                    2.2250738585072014e-308,
                                    9007199254740993.0};
    char text[KU_DOUBLE_TEXT];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        ku_double_print(values[i], text);
        check_near(text, values[i], strtod(text, NULL), 0);
    }
    ku_double_print(0.1, text);
    assert_string_equal(text, "0.1");
    ku_double_print(1e6, text);
    assert_string_equal(text, "1000000");
    ku_double_print(-0.0, text);
    assert_string_equal(text, "-0");
}

static ku_money parse(const char *text, const char *currency)
{
    ku_money money = {0, NULL};
    ku_error err = {0};
    check_ok(ku_money_parse(text, strlen(text), '.', ku_currency_find(currency), &money, &err),
             &err);
    return money;
}

static void money_is_read_and_written(void **state)
{
    (void)state;
    ku_error err = {0};
    ku_money money;
    assert_int_equal(parse("1,234.5", "EUR").minor, 123450);
    assert_int_equal(parse("-€ 12.50", "EUR").minor, -1250);
    assert_int_equal(parse("12.50 EUR", "eur").minor, 1250);
    assert_int_equal(parse("92233720368547758.07", "USD").minor, INT64_MAX);
    assert_int_equal(parse("1200", "JPY").minor, 1200);
    check_fails(KU_USAGE, "decimals",
                ku_money_parse("1.5", 3, '.', ku_currency_find("JPY"), &money, &err), &err);
    check_fails(KU_USAGE, "expected an amount in EUR",
                ku_money_parse("12 USD", 6, '.', ku_currency_find("EUR"), &money, &err), &err);
    check_fails(
        KU_BAD_DATA, "too large",
        ku_money_parse("92233720368547758.08", 20, '.', ku_currency_find("USD"), &money, &err),
        &err);
    ku_text out = {0};
    ku_money_add_text(&out, parse("1234567.8", "EUR"));
    ku_money_add_text(&out, parse("-12", "CHF"));
    ku_money_add_text(&out, parse("1200", "JPY"));
    assert_string_equal(ku_text_string(&out), "€1,234,567.80-CHF 12.00¥1,200");
    ku_text_clear(&out);
}

static void money_is_added_and_rounded_exactly(void **state)
{
    (void)state;
    ku_error err = {0};
    ku_money sum, five = {5, ku_currency_find("EUR")}, minus = {-5, ku_currency_find("EUR")};
    ku_money most = {INT64_MAX, ku_currency_find("EUR")}, dollar = {1, ku_currency_find("USD")};
    check_ok(ku_money_times(five, 1, 2, &sum, &err), &err); /* 2.5 goes to the even 2 */
    assert_int_equal(sum.minor, 2);
    check_ok(ku_money_times(five, 3, 2, &sum, &err), &err); /* 7.5 to 8 */
    assert_int_equal(sum.minor, 8);
    check_ok(ku_money_times(minus, 1, 2, &sum, &err), &err);
    assert_int_equal(sum.minor, -2);
    check_ok(ku_money_times(minus, 1, 3, &sum, &err), &err); /* -1.67 */
    assert_int_equal(sum.minor, -2);
    check_fails(KU_BAD_DATA, "too large", ku_money_add(most, five, &sum, &err), &err);
    check_fails(KU_BAD_DATA, "too large", ku_money_times(most, 2, 1, &sum, &err), &err);
    check_fails(KU_CONFLICT, "without a rate", ku_money_add(five, dollar, &sum, &err), &err);
    check_ok(ku_money_from_double(0.125, ku_currency_find("EUR"), &sum, &err), &err);
    assert_int_equal(sum.minor, 12);
    for (size_t i = 1; ku_currency_at(i) != NULL; i++)
        assert_true(strcmp(ku_currency_at(i - 1)->code, ku_currency_at(i)->code) < 0);
}

static void check_format(double value, const char *unit, const ku_format *format,
                         const char *expected)
{
    char text[KU_NUMBER_TEXT];
    assert_string_equal(ku_format_number(text, value, unit, format), expected);
}

static void numbers_are_shown_by_unit(void **state)
{
    (void)state;
    const ku_format euro = {.currency = "EUR"}, brief = {.currency = "EUR", .brief = true};
    const ku_format german = {.decimal = ",", .thousands = ".", .bare = true};
    check_format(1234.5, "money", &euro, "€1,234.50");
    check_format(-1234567.8, "money", &euro, "-€1,234,568");
    check_format(1234567.8, "money", &brief, "€1.2 M");
    check_format(999960, "money", &brief, "€1 M");
    check_format(0.1234, "share", NULL, "12.3 %");
    check_format(0.00123, "share", NULL, "0.12 %");
    check_format(0.045, "change", NULL, "+4.5 %");
    check_format(-0.045, "change", NULL, "-4.5 %");
    check_format(0, "change", NULL, "0.0 %");
    check_format(1234567, "orders", NULL, "1,234,567 orders");
    check_format(1234.5, "", &german, "1.234"); /* half to even, as printf rounds */
    check_format(0.012345, "score", NULL, "0.01235");
    check_format(NAN, "money", &euro, "–");
    check_format(-0.001, "money", NULL, "0.00");
    char text[KU_NUMBER_TEXT];
    assert_string_equal(ku_format_bytes(text, 1536), "1.5 KiB");
    assert_string_equal(ku_format_duration(text, 250), "4 min 10 s");
    assert_string_equal(ku_format_int(text, -1234567, NULL), "-1,234,567");
    assert_string_equal(ku_format_unit_heading("money", &euro), "EUR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_read_strictly),
        cmocka_unit_test(reals_know_marks_and_groups),
        cmocka_unit_test(sizes_are_read),
        cmocka_unit_test(doubles_read_back_the_same),
        cmocka_unit_test(money_is_read_and_written),
        cmocka_unit_test(money_is_added_and_rounded_exactly),
        cmocka_unit_test(numbers_are_shown_by_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
