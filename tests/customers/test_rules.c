/* test_rules.c - rules of segments: what they say, whom they take, and what is said of those
 * that cannot be read. */
#include <string.h>

#include "check.h"
#include "customers/segments/rules.h"
#include "kemudi/rng.h"

enum { PURCHASES, SHARE, AGE, FIRST, REGION, ALLOWED, WORDS };

static const ku_rule_word words[] = {
    {"purchases", KU_RULE_NUMBER, "count", "Purchases", "days with a purchase"},
    {"weekend_share", KU_RULE_NUMBER, "share", "Weekend share", "of purchases"},
    {"age", KU_RULE_NUMBER, "", "Age", "in years"},
    {"first", KU_RULE_DATE, "", "First purchase", "day of it"},
    {"region", KU_RULE_TEXT, "", "Region", "where they live"},
    {"allowed", KU_RULE_YES, "", "Allowed", "may be contacted"},
    {.name = NULL},
};

enum { CUSTOMERS = 5 };
static const double purchases[] = {1, 6, 6, 12, 3}, share[] = {0, 0.75, 0.5, 1, NAN},
                    age[] = {20, NAN, 40, 61, 30}, first[] = {20000, 20100, 20200, 20300, 20400},
                    allowed[] = {1, 0, NAN, 1, 0};
static const int32_t region[] = {0, 1, 0, -1, 2};
static const int32_t offset[] = {0, 4, 8, 16};
static const ku_dictionary regions = {3, offset, "JavaBaliSulawesi"};

static const ku_rule_column columns[] = {
    [PURCHASES] = {.number = purchases},
    [SHARE] = {.number = share},
    [AGE] = {.number = age},
    [FIRST] = {.number = first},
    [REGION] = {NULL, region, &regions},
    [ALLOWED] = {.number = allowed},
};

static int arena_new(void **state)
{
    *state = ku_arena_new();
    return *state == NULL;
}

static int arena_end(void **state)
{
    ku_arena_free(*state);
    return 0;
}

/* Who is taken by "x: condition", as letters a to e. */
static void check_taken(ku_arena *arena, const char *condition, const char *expected)
{
    ku_error err = {0};
    ku_rules *rules = NULL;
    int32_t segment[CUSTOMERS], held[CUSTOMERS];
    char taken[CUSTOMERS + 1], *at = taken;
    check_ok(ku_rules_parse(ku_arena_printf(arena, "x: %s", condition), words, arena, &rules, &err),
             &err);
    ku_rules_assign(rules, columns, CUSTOMERS, arena, NULL, segment, held);
    for (int i = 0; i < CUSTOMERS; i++) {
        assert_int_equal(held[i], segment[i] + 1);
        if (segment[i] == 0) *at++ = (char)('a' + i);
    }
    *at = '\0';
    if (strcmp(taken, expected) != 0)
        fail_msg("%s: expected '%s', found '%s'", condition, expected, taken);
}

static void comparisons(void **state)
{
    check_taken(*state, "purchases = 6", "bc");
    check_taken(*state, "purchases == 6.0", "bc");
    check_taken(*state, "purchases != 6", "ade");
    check_taken(*state, "purchases <> 6", "ade");
    check_taken(*state, "purchases < 6", "ae");
    check_taken(*state, "purchases <= 6", "abce");
    check_taken(*state, "purchases > 6", "d");
    check_taken(*state, "PURCHASES >= 6", "bcd");
    check_taken(*state, "purchases between 3 and 6", "bce");
    check_taken(*state, "purchases not between 3 and 6", "ad");
    check_taken(*state, "purchases in (1, 12)", "ad");
    check_taken(*state, "purchases not in (1,12)", "bce");
    check_taken(*state, "weekend_share > 60%", "bd");
    check_taken(*state, "weekend_share > 6e-1", "bd");
    check_taken(*state, "purchases > -1", "abcde");
    check_taken(*state, "first >= 2025-03-24", "cde"); /* day 20171 */
    check_taken(*state, "allowed = yes", "ad");
    check_taken(*state, "allowed = no", "be");
    check_taken(*state, "allowed != yes", "be");
    check_taken(*state, "otherwise", "abcde");
}

static void texts(void **state)
{
    check_taken(*state, "region = \"Java\"", "ac");
    check_taken(*state, "region = 'JAVA'", "ac");
    check_taken(*state, "region != \"Java\"", "be");
    check_taken(*state, "region in (\"Java\", \"Bali\")", "abc");
    check_taken(*state, "region not in (\"Java\", \"Bali\")", "e");
    check_taken(*state, "region contains \"a\"", "abce");
    check_taken(*state, "region contains \"SULA\"", "e");
    check_taken(*state, "region contains \"\"", "abce");
    check_taken(*state, "region not contains 'av'", "be");
}

/* Kleene: what is not known decides nothing, unless the rest decides it anyway. */
static void what_is_not_known(void **state)
{
    check_taken(*state, "age > 30", "cd");
    check_taken(*state, "not age > 30", "ae");
    check_taken(*state, "age <= 30 or age > 30", "acde");
    check_taken(*state, "age is unknown", "b");
    check_taken(*state, "age is not unknown", "acde");
    check_taken(*state, "age is known", "acde");
    check_taken(*state, "age is not known", "b");
    check_taken(*state, "age > 30 or purchases = 6", "bcd");
    check_taken(*state, "not (age > 30 and purchases > 6)", "abce");
    check_taken(*state, "region is unknown", "d");
    check_taken(*state, "region is known and weekend_share is known", "abc");
    const ku_rule_column none[WORDS] = {{.number = NULL}};
    ku_rules *rules = NULL;
    ku_error err = {0};
    int32_t segment[CUSTOMERS];
    check_ok(ku_rules_parse("a: age > 1 or not age > 1 or region = 'x'\nb: age is unknown", words,
                            *state, &rules, &err),
             &err);
    ku_rules_assign(rules, none, CUSTOMERS, *state, NULL, segment, NULL);
    for (int i = 0; i < CUSTOMERS; i++) assert_int_equal(segment[i], 1);
}

static void joins(void **state)
{
    check_taken(*state, "purchases = 6 and region = 'Java' or purchases = 12", "cd");
    check_taken(*state, "purchases = 6 and (region = 'Java' or purchases = 12)", "c");
    check_taken(*state, "not purchases = 6 and not purchases = 12", "ae");
    check_taken(*state, "not not purchases = 6", "bc");
    check_taken(*state, "purchases = 6 and\n  region = 'Java'\n  or purchases = 12", "cd");
    check_taken(*state, "(purchases = 6 # six\n) and\nnot\n(region = 'Java')", "b");
    check_taken(*state, "purchases between\n3 and\n6", "bce");
    check_taken(*state, "purchases in\n(3\n,\n6)", "bce");
}

static void first_rule_wins(void **state)
{
    const char *text = "# of our own\n\n"
                       "Big: purchases >= 6;  Java : region = \"Java\"\n"
                       "   Weekend people: weekend_share >= 0.5   # many\n"
                       "Or else: otherwise";
    const int expected[] = {1, 0, 0, 0, 3}, times[] = {2, 3, 4, 3, 1};
    ku_rules *rules = NULL;
    ku_error err = {0};
    int32_t segment[CUSTOMERS], held[CUSTOMERS];
    check_ok(ku_rules_parse(text, words, *state, &rules, &err), &err);
    assert_int_equal(ku_rules_count(rules), 4);
    assert_string_equal(ku_rules_name(rules, 1), "Java");
    assert_string_equal(ku_rules_name(rules, 2), "Weekend people");
    assert_string_equal(ku_rules_condition(rules, 0), "purchases >= 6");
    assert_string_equal(ku_rules_condition(rules, 2), "weekend_share >= 0.5");
    assert_true(ku_rules_mention(rules, 2, SHARE));
    assert_false(ku_rules_mention(rules, 2, REGION));
    ku_rules_assign(rules, columns, CUSTOMERS, *state, NULL, segment, held);
    for (int i = 0; i < CUSTOMERS; i++) {
        assert_int_equal(segment[i], expected[i]);
        assert_int_equal(held[i], times[i]);
    }
}

static void refused(void **state)
{
    static const struct {
        const char *text, *where, *words;
    } bad[] = {
        {"", "line 1, column 1", "found no rule"},
        {" \n # nothing\n", "line 1, column 1", "found no rule"},
        {"purchases > 6", "line 1, column 14", "expected a colon"},
        {"a: purchases > 6\nb\n", "line 2, column 2",
         "found the end of the line, expected a colon"},
        {": purchases > 6", "line 1, column 1", "the name of a segment"},
        {"a:", "line 1, column 3", "found the end of the rules, expected a column"},
        {"a: purchses > 6", "line 1, column 4", "did you mean purchases?"},
        {"a: zzzzzzzzzzzz > 6", "line 1, column 4", "expected a column: purchases, weekend_share"},
        {"ä: purchases ? 6", "line 1, column 14", "found '?', expected a comparison"},
        {"a: purchases 6", "line 1, column 14", "found '6', expected a comparison"},
        {"a: purchases > ", "line 1, column 16", "expected a number to compare purchases with"},
        {"a: purchases >\nb: age > 1", "line 1, column 15",
         "found the end of the line, expected a"},
        {"a: purchases > \"6\"", "line 1, column 16", "found '\"6\"', expected a number"},
        {"a: purchases > 2026-01-01", "line 1, column 16", "expected a number"},
        {"a: first > 5", "line 1, column 12", "expected a date such as"},
        {"a: first > 2026-02-31", "line 1, column 12", "expected a date"},
        {"a: region > \"Java\"", "line 1, column 11", "region is a text; expected =, != or in"},
        {"a: region = Java", "line 1, column 13", "found 'Java', expected a text in quotes"},
        {"a: region = \"Java", "line 1, column 13", "closing quote is missing"},
        {"a: allowed > yes", "line 1, column 12", "allowed is yes or no"},
        {"a: allowed = 1", "line 1, column 14", "expected yes or no"},
        {"a: purchases contains '1'", "line 1, column 23", "needs a column of texts"},
        {"a: region between 'a' and 'b'", "line 1, column 19", "needs a column of numbers"},
        {"a: purchases between 9 and 3", "line 1, column 22", "the smaller one first"},
        {"a: purchases between 9 or 3", "line 1, column 24", "found 'or', expected 'and'"},
        {"a: purchases in 3", "line 1, column 17", "a list of values"},
        {"a: purchases in ()", "line 1, column 18", "expected a number"},
        {"a: purchases in (3 4)", "line 1, column 20", "a comma or )"},
        {"a: purchases is 3", "line 1, column 17", "known or unknown"},
        {"a: purchases not 3", "line 1, column 18", "in, between or contains"},
        {"a: (purchases > 3", "line 1, column 18", "closing parenthesis"},
        {"a: purchases > 3)", "line 1, column 17", "found ')', expected and, or"},
        {"a: purchases > 3 age > 2", "line 1, column 18", "found 'age', expected and, or"},
        {"a: purchases > 3 and", "line 1, column 21", "expected a column"},
        {"a: purchases > 1,000", "line 1, column 17", "found ','"},
        {"a: purchases > 1.2.3", "line 1, column 16", "expected a number"},
        {"a: age > 1\nB: age > 2\nA: age > 3", "line 3, column 1", "a second rule called 'A'"},
        {"a: age > \xff", "line 1, column 10", "no text"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ku_rules *rules = NULL;
        ku_error err = {0};
        ku_status status = ku_rules_parse(bad[i].text, words, *state, &rules, &err);
        if (status != KU_USAGE || strcmp(err.where, bad[i].where) != 0 ||
            strstr(err.message, bad[i].words) == NULL)
            fail_msg("%s: expected %s: %s; found %s: %s", bad[i].text, bad[i].where, bad[i].words,
                     err.where, err.message);
    }
}

static char *repeated(ku_arena *arena, const char *part, int times, const char *end)
{
    size_t length = strlen(part), last = strlen(end);
    char *text = ku_arena_zero(arena, length * (size_t)times + last + 1);
    for (int i = 0; i < times; i++) memcpy(text + length * (size_t)i, part, length);
    memcpy(text + length * (size_t)times, end, last);
    return text;
}

static void limits(void **state)
{
    ku_arena *arena = *state;
    ku_rules *rules = NULL;
    ku_error err = {0};
    const char *deep = repeated(arena, "(", 5000, "age > 1");
    check_fails(KU_USAGE, "within each other",
                ku_rules_parse(ku_arena_printf(arena, "a: %s", deep), words, arena, &rules, &err),
                &err);
    check_fails(
        KU_USAGE, "within each other",
        ku_rules_parse(ku_arena_printf(arena, "a: %s", repeated(arena, "not ", 60, "age=1")), words,
                       arena, &rules, &err),
        &err);
    check_fails(KU_USAGE, "longer than",
                ku_rules_parse(repeated(arena, "x", 200000, ""), words, arena, &rules, &err), &err);
    check_fails(KU_USAGE, "longer than 80",
                ku_rules_parse(repeated(arena, "x", 81, ": age > 1"), words, arena, &rules, &err),
                &err);
    char *many = ku_arena_zero(arena, 20000);
    for (int i = 0; i <= KU_RULES_MOST; i++)
        snprintf(many + strlen(many), 40, "r%d: age > %d\n", i, i);
    check_fails(KU_USAGE, "more than 200 rules", ku_rules_parse(many, words, arena, &rules, &err),
                &err);
    const char *wide = repeated(arena, "age=1 or ", 9000, "purchases = 6");
    check_taken(arena, wide, "bc");
}

static void texts_nobody_has(void **state)
{
    ku_rules *rules = NULL;
    ku_error err = {0};
    ku_rule_stranger found[2];
    check_ok(ku_rules_parse("a: age > 1\nb: region in ('Jva', 'java', 'Mars!') or not region = "
                            "'Nowhere'\nc: region contains 'zz'",
                            words, *state, &rules, &err),
             &err);
    assert_int_equal(ku_rules_strangers(rules, columns, *state, found, 2), 3);
    assert_int_equal(found[0].rule, 1);
    assert_int_equal(found[0].word, REGION);
    assert_string_equal(found[0].text, "Jva");
    assert_string_equal(found[0].nearest, "Java");
    assert_string_equal(found[1].text, "Mars!");
    assert_null(found[1].nearest);
}

/* The same with any number of threads, over many blocks. */
static void threads_make_no_difference(void **state)
{
    enum { MANY = 100003 };
    double *x = KU_ARRAY(*state, MANY, double);
    int32_t *one = KU_ARRAY(*state, MANY, int32_t), *three = KU_ARRAY(*state, MANY, int32_t);
    ku_rng rng = ku_rng_make(3, 1);
    for (int i = 0; i < MANY; i++) x[i] = (double)ku_rng_below(&rng, 30);
    const ku_rule_column column[WORDS] = {[PURCHASES] = {.number = x}};
    ku_rules *rules = NULL;
    ku_error err = {0};
    check_ok(ku_rules_parse("a: purchases < 3 or purchases between 8 and 9; b: purchases >= 20",
                            words, *state, &rules, &err),
             &err);
    ku_pool *pool = ku_pool_new(3);
    ku_rules_assign(rules, column, MANY, *state, NULL, one, NULL);
    ku_rules_assign(rules, column, MANY, *state, pool, three, NULL);
    ku_pool_free(pool);
    for (int i = 0; i < MANY; i++) {
        bool a = x[i] < 3 || (x[i] >= 8 && x[i] <= 9);
        assert_int_equal(one[i], a ? 0 : x[i] >= 20 ? 1 : -1);
        assert_int_equal(three[i], one[i]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_new, arena_end)
    const struct CMUnitTest tests[] = {
        TEST(comparisons),
        TEST(texts),
        TEST(what_is_not_known),
        TEST(joins),
        TEST(refused),
        TEST(first_rule_wins),
        TEST(texts_nobody_has),
        TEST(limits),
        TEST(threads_make_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
