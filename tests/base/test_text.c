/* Texts: copying at characters, UTF-8, distances, the growable text, CSV fields. */
#include "base/csv.h"
#include "base/text.h"
#include "check.h"

static void copies_are_cut_between_characters(void **state)
{
    (void)state;
    char to[6];
    assert_int_equal(ku_text_copy(to, sizeof to, "ab€€"), 5); /* a, b, and 3 bytes */
    assert_string_equal(to, "ab€");
    assert_int_equal(ku_text_copy(to, 5, "ab€"), 2);
    assert_string_equal(to, "ab");
    assert_int_equal(ku_text_copy(to, 1, "abc"), 0);
}

static void trimming_knows_no_break_spaces(void **state)
{
    (void)state;
    const char *text = " \t\xC2\xA0"
                       "x y\xC2\xA0\r\n";
    ku_span s = ku_text_trim(text, strlen(text));
    assert_int_equal(s.length, 3);
    assert_memory_equal(s.at, "x y", 3);
    assert_int_equal(ku_text_trim("  ", 2).length, 0);
}

static void utf8_is_checked_as_the_standard_says(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        long bad_at; /* -1: well-formed */
    } cases[] = {
        {"plain ascii, longer than eight", -1},
        {"\xC2\x80\xE0\xA0\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", -1},
        {"a\xC0\x80", 1},        /* overlong */
        {"\xE0\x9F\xBF", 0},     /* overlong */
        {"\xED\xA0\x80", 0},     /* surrogate */
        {"\xF4\x90\x80\x80", 0}, /* beyond U+10FFFF */
        {"12345678\xE2\x82", 8}, /* cut short */
        {"\x80", 0},             /* a lone continuation */
        {"\xF5\x80\x80\x80", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t bad = 99;
        bool valid = ku_utf8_valid(cases[i].bytes, strlen(cases[i].bytes), &bad);
        assert_int_equal(valid, cases[i].bad_at < 0);
        if (!valid) assert_int_equal(bad, cases[i].bad_at);
    }
    size_t at = 0;
    assert_int_equal(ku_utf8_next("€", 3, &at), 0x20AC);
    assert_int_equal(at, 3);
    at = 0;
    assert_int_equal(ku_utf8_next("\xFF", 1, &at), 0xFFFD);
    assert_int_equal(ku_utf8_count("aß€😀", strlen("aß€😀")), 4);
    assert_int_equal(ku_utf8_width("日本e\xCC\x81", strlen("日本e\xCC\x81")), 5);
}

static void distances_count_slips(void **state)
{
    (void)state;
    assert_int_equal(ku_text_distance("horizon", "horizon"), 0);
    assert_int_equal(ku_text_distance("horzon", "horizon"), 1);
    assert_int_equal(ku_text_distance("hroizon", "horizon"), 1); /* a swap */
    assert_int_equal(ku_text_distance("HORIZON", "horizon"), 0);
    assert_int_equal(ku_text_distance("kitten", "sitting"), 3);
    assert_int_equal(ku_text_distance("", "abc"), 3);
}

static const char *name_of(const void *names, size_t i)
{
    return ((const char *const *)names)[i];
}

static void the_nearest_name_is_offered_only_when_near(void **state)
{
    (void)state;
    static const char *const names[] = {"sales.overview", "demand.forecast"};
    assert_string_equal(ku_text_nearest("demand.forcast", 2, name_of, names), "demand.forecast");
    assert_null(ku_text_nearest("xyz", 2, name_of, names));
    assert_null(ku_text_nearest("anything", 0, name_of, names));
}

static void texts_grow(void **state)
{
    (void)state;
    ku_text text;
    ku_text_init(&text);
    assert_string_equal(ku_text_string(&text), "");
    for (int i = 0; i < 1000; i++) ku_text_addf(&text, "%03d,", i);
    assert_int_equal(text.length, 4000);
    assert_memory_equal(text.bytes + 3996, "999,", 5);
    assert_int_equal(ku_text_check(&text, NULL), KU_OK);
    char *taken = ku_text_take(&text);
    assert_int_equal(strlen(taken), 4000);
    free(taken);
    taken = ku_text_take(&text);
    assert_string_equal(taken, "");
    free(taken);
}

static void check_csv(const char *field, ku_csv_guard guard, const char *expected)
{
    ku_text out = {0};
    ku_csv_add(&out, field, strlen(field), guard);
    assert_string_equal(ku_text_string(&out), expected);
    ku_text_clear(&out);
}

static void csv_fields_are_quoted_when_needed(void **state)
{
    (void)state;
    check_csv("plain", KU_CSV_EXACT, "plain");
    check_csv("", KU_CSV_EXACT, "\"\"");
    check_csv("a,b", KU_CSV_EXACT, "\"a,b\"");
    check_csv("say \"x\"", KU_CSV_EXACT, "\"say \"\"x\"\"\"");
    check_csv("two\nlines", KU_CSV_EXACT, "\"two\nlines\"");
    check_csv("=1+1", KU_CSV_EXACT, "=1+1");
    check_csv("=1+1", KU_CSV_GUARDED, "'=1+1");
    check_csv("@a,b", KU_CSV_GUARDED, "\"'@a,b\"");
}

static void errors_are_one_line_and_whole_characters(void **state)
{
    (void)state;
    ku_error err = {0};
    char longer[1200];
    for (size_t i = 0; i + 3 < sizeof longer; i += 3) memcpy(longer + i, "€", 4);
    assert_int_equal(ku_error_set(&err, KU_BAD_DATA, "a\nb", "x%s", longer), KU_BAD_DATA);
    assert_string_equal(err.where, "a b");
    assert_true(ku_utf8_valid(err.message, strlen(err.message), NULL));
    assert_true(strlen(err.message) >= sizeof err.message - 4);
    ku_error_set(&err, KU_IO, NULL, "again: %s", err.message);
    assert_memory_equal(err.message, "again: x€", 11);
    ku_error_at(&err, "%s, line %d", "sales.csv", 12);
    assert_string_equal(err.where, "sales.csv, line 12");
    assert_int_equal(ku_error_errno(&err, 28, "f", "writing failed"), KU_NO_SPACE);
    assert_int_equal(ku_error_set(NULL, KU_IO, NULL, "nobody asks"), KU_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_cut_between_characters),
        cmocka_unit_test(trimming_knows_no_break_spaces),
        cmocka_unit_test(utf8_is_checked_as_the_standard_says),
        cmocka_unit_test(distances_count_slips),
        cmocka_unit_test(the_nearest_name_is_offered_only_when_near),
        cmocka_unit_test(texts_grow),
        cmocka_unit_test(csv_fields_are_quoted_when_needed),
        cmocka_unit_test(errors_are_one_line_and_whole_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
