/* test.c - customers.segments: what it says of data that tell little, of rules that cannot be
 * used, and of customers who were put into segments before. */
#include "check.h"

#include <fcntl.h>
#include <string.h>

#include "bank/bank.h"
#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "runs/context.h"

typedef struct run {
    ku_arena *arena;
    ku_bank *bank;
    ku_pool *pool;
    ku_frames in, out;
    ku_control control;
    ku_error err;
    ku_param_text param[8];
    size_t params;
    ku_table_file file[4];
    char path[4][64];
    size_t files;
    char said[1 << 16]; /* remarks, as they were sent */
} run;

static int run_new(void **state)
{
    run *r = calloc(1, sizeof *r);
    r->arena = ku_arena_new();
    check_ok(ku_bank_open(NULL, NULL, &r->bank, &r->err), &r->err);
    ku_frames_init(&r->in);
    ku_frames_init(&r->out);
    *state = r;
    return 0;
}

static void forget(run *r)
{
    for (size_t i = 0; i < r->files; i++) unlink(r->path[i]);
    r->files = r->params = 0;
}

static int run_end(void **state)
{
    run *r = *state;
    forget(r);
    ku_frames_clear(&r->in);
    ku_frames_clear(&r->out);
    ku_bank_close(r->bank);
    ku_pool_free(r->pool);
    ku_arena_free(r->arena);
    free(r);
    return 0;
}

static void with(run *r, const char *name, const char *value)
{
    r->param[r->params++] = (ku_param_text){name, value};
}

static void give(run *r, const char *table, const char *csv)
{
    char *path = r->path[r->files];
    snprintf(path, sizeof r->path[0], "/tmp/kemudi-segments-XXXXXX.csv");
    close(mkstemps(path, 4));
    check_ok(ku_file_write(path, csv, strlen(csv), 0600, &r->err), &r->err);
    r->file[r->files++] = (ku_table_file){table, path};
}

/* What the kernel wrote to the descriptor, zero bytes taken out so that it can be searched. */
static void read_said(run *r, int fd)
{
    size_t length = 0;
    ssize_t n = pread(fd, r->said, sizeof r->said - 1, 0);
    for (ssize_t i = 0; i < n; i++)
        if (r->said[i] != '\0') r->said[length++] = r->said[i];
    r->said[length] = '\0';
}

static ku_status go(run *r)
{
    const ku_analysis *analysis = ku_analysis_find("customers.segments");
    ku_params *params;
    char path[] = "/tmp/kemudi-segments-said-XXXXXX";
    ku_frames_clear(&r->in);
    ku_frames_clear(&r->out);
    r->err = (ku_error){.code = KU_OK};
    check_ok(ku_params_parse(analysis, r->param, r->params, r->arena, &params, &r->err), &r->err);
    KU_TRY(ku_bank_inputs(r->bank, analysis, params, r->file, r->files, &r->in, &r->err));
    ku_run_context context = {.analysis = analysis,
                              .arena = r->arena,
                              .pool = r->pool,
                              .seed = 1,
                              .control = &r->control,
                              .messages = mkstemp(path)};
    ku_status status = analysis->run(&r->in, params, &context, &r->out, &r->err);
    read_said(r, context.messages);
    close(context.messages);
    unlink(path);
    return status;
}

static void check_said(const run *r, const char *words)
{
    if (strstr(r->said, words) == NULL) fail_msg("expected '%s', found: %s", words, r->said);
}

static const ku_frame *table(const run *r, const char *name)
{
    return ku_frames_find(&r->out, name);
}

static double number(const run *r, const char *name, const char *column, int64_t row)
{
    return ku_column_number(ku_frame_column(table(r, name), column), row);
}

static const char *text(const run *r, const char *name, const char *column, int64_t row)
{
    return ku_column_text(ku_frame_column(table(r, name), column), row, r->arena);
}

/* A run of these sales; `by` as the flag. */
static void sales(run *r, const char *by, const char *csv)
{
    forget(r);
    with(r, "by", by);
    give(r, "sales", csv);
    check_ok(go(r), &r->err);
}

/* ---- data that tell little ------------------------------------------------------------------ */

static void one_customer(void **state)
{
    run *r = *state;
    const char *csv = "customer,date,amount\nA,2026-01-01,5\nA,2026-02-01,5\n";
    sales(r, "rfm", csv);
    check_said(r, "only one customer");
    assert_int_equal(table(r, "members")->rows, 1);
    for (const char *const *score = (const char *const[]){"r", "f", "m", NULL}; *score; score++)
        check_near("middle score", 3, number(r, "members", *score, 0), 0);
    sales(r, "clusters", csv);
    check_said(r, "groups need at least 30");
    assert_string_equal(text(r, "members", "segment", 0), "All who bought");
}

static void all_alike(void **state)
{
    run *r = *state;
    sales(r, "rfm", "customer,date,amount\nA,2026-01-01,5\nB,2026-01-01,5\nC,2026-01-01,5\n");
    check_said(r, "bought last on the same day");
    check_said(r, "bought equally often");
    check_said(r, "spent the same");
    check_said(r, "less than a year before");
    check_near("middle score", 3, number(r, "members", "m", 2), 0);
    assert_int_equal(table(r, "changes")->rows, 0);
    assert_true(isnan(number(r, "segments", "retention", 0)));
}

static void nobody_to_put(void **state)
{
    run *r = *state;
    give(r, "sales", "customer,date,amount\n,2026-01-01,5\n,2026-03-01,6\n");
    check_fails(KU_BAD_DATA, "no line says who bought", go(r), &r->err);
    forget(r);
    give(r, "sales", "customer,date,amount\nA,2026-01-01,-5\nB,2026-03-01,0\n");
    check_fails(KU_BAD_DATA, "no customer has bought anything on balance", go(r), &r->err);
    forget(r);
    with(r, "until", "2020-01-01");
    give(r, "sales", "customer,date,amount\nA,2026-01-01,5\n");
    check_fails(KU_BAD_DATA, "no sales until the last day", go(r), &r->err);
}

/* Returns count against spend, a day of returns is no purchase, unknown lines are told. */
static void returns_and_unknown_lines(void **state)
{
    run *r = *state;
    sales(r, "rfm",
          "customer,date,amount\nA,2026-01-01,50\nA,2026-01-05,-60\nB,2026-01-05,10\n"
          "B,2026-01-05,10\nC,2026-01-04,-3\n,2026-01-05,7\n");
    check_said(r, "1 lines (16.7 %) have no customer");
    assert_int_equal(table(r, "members")->rows, 2); /* C has bought nothing */
    check_near("net spend", -10, number(r, "members", "spend", 0), 1e-12);
    check_near("purchases", 1, number(r, "members", "purchases", 0), 0);
    check_near("days since", 4, number(r, "members", "recency", 0), 0);
    check_near("orders of a day are one", 1, number(r, "members", "purchases", 1), 0);
}

/* ---- rules ---------------------------------------------------------------------------------- */

static const char two[] = "customer,date,amount,region\nA,2026-01-01,5,Java\nB,2026-01-09,9,Bali\n";

static ku_status rules_of(run *r, const char *rules, const char *rule_table)
{
    forget(r);
    with(r, "by", "rules");
    if (rules != NULL) with(r, "rules", rules);
    give(r, "sales", two);
    if (rule_table != NULL) give(r, "rules", rule_table);
    return go(r);
}

static void rules_that_cannot_be_used(void **state)
{
    run *r = *state;
    check_fails(KU_USAGE, "no rules are given", rules_of(r, NULL, NULL), &r->err);
    check_fails(KU_USAGE, "no rules are given", rules_of(r, " \n", NULL), &r->err);
    check_fails(KU_USAGE, "given twice", rules_of(r, "a: age > 1", "segment,rule\nx,age > 1\n"),
                &r->err);
    check_fails(KU_USAGE, "did you mean spend?", rules_of(r, "a: spent > 1", NULL), &r->err);
    assert_string_equal(r->err.where, "rules, line 1, column 4");
    check_fails(KU_BAD_DATA, "expected a number",
                rules_of(r, NULL, "segment,rule\nx,age > 1\ny,age > \n"), &r->err);
    assert_non_null(strstr(r->err.where, "line 2, column 10"));
    check_fails(KU_BAD_DATA, "without : ; #", rules_of(r, NULL, "segment,rule\na:b,age > 1\n"),
                &r->err);
    check_fails(KU_BAD_DATA, "one rule in each row",
                rules_of(r, NULL, "segment,rule\na,age > 1; b: age > 2\n"), &r->err);
}

static void what_is_said_of_rules(void **state)
{
    run *r = *state;
    check_ok(rules_of(r,
                      "Java: region = 'java'\nAll of Java: region in ('Java', 'Javva')\n"
                      "Old: age > 60\nNo rule: spend > 100",
                      NULL),
             &r->err);
    check_said(r, "1 of 2 customers fit no rule; they are shown as 'None of the rules'");
    check_said(r, "1 of 2 customers fit more than one rule");
    check_said(r, "No customer is taken by the rule 'All of Java'");
    check_said(r, "region \"Javva\", which no customer has; is it \"Java\"?");
    check_said(r, "Nothing is known of 'age'");
    assert_string_equal(text(r, "members", "segment", 0), "Java");
    assert_string_equal(text(r, "members", "reason", 0), "Region Java");
    assert_string_equal(text(r, "members", "segment", 1), "None of the rules");
    check_ok(rules_of(r, "Large: spend > 5; Rest: otherwise", NULL), &r->err);
    assert_null(strstr(r->said, "more than one rule"));
    assert_int_equal(table(r, "segments")->rows, 2); /* nobody is left without a rule */
    check_near("share", 0.5, number(r, "segments", "share", 0), 0);
}

/* ---- versions ------------------------------------------------------------------------------- */

static const char kept[] = "made_at,scheme,customer,segment,since,version,rule\n"
                           "2026-01-05 10:00,Ours,A,Large,2025-11-01,4,spend > 5\n"
                           "2026-01-07 10:00,Ours,A,Small,2025-12-01,5,otherwise\n"
                           "2026-01-07 10:00,Ours,Gone,Large,2025-12-01,5,spend > 5\n"
                           "2026-01-08 10:00,Other,B,Large,2025-12-01,9,spend > 5\n";

static void run_kept(run *r, const char *rules)
{
    forget(r);
    with(r, "by", "rules");
    with(r, "scheme", "Ours");
    with(r, "rules", rules);
    give(r, "sales", two);
    give(r, "segment", kept);
    check_ok(go(r), &r->err);
}

static void held_against_the_kept_version(void **state)
{
    run *r = *state;
    run_kept(r, "Large: spend > 5\nSmall: otherwise");
    check_said(r, "1 customers of the version kept on 2026-01-07 are not in these sales");
    assert_string_equal(text(r, "changes", "against", 0), "Kept on 2026-01-07");
    assert_string_equal(text(r, "changes", "segment", 0), "Large");
    check_near("before", 0, number(r, "changes", "before", 0), 0);
    check_near("new", 1, number(r, "changes", "fresh", 0), 0);
    check_near("new with", 9, number(r, "changes", "fresh_revenue", 0), 0);
    check_near("stayed", 1, number(r, "changes", "stayed", 1), 0);
    check_near("the same rules", 5, number(r, "members", "version", 0), 0);
    check_near("since", ku_date_from_civil(2025, 12, 1), number(r, "members", "since", 0), 0);
    check_near("since", ku_date_from_civil(2026, 1, 9), number(r, "members", "since", 1), 0);
    run_kept(r, "Large: spend > 6\nSmall: otherwise");
    check_near("other rules", 6, number(r, "members", "version", 0), 0);
    run_kept(r, "Large: spend > 5\nTiny: otherwise");
    check_near("another name", 6, number(r, "members", "version", 0), 0);
    assert_string_equal(text(r, "changes", "segment", 2), "Small"); /* is no more */
    check_near("left", 1, number(r, "changes", "left", 2), 0);
    check_near("left with", 5, number(r, "changes", "left_revenue", 2), 0);
}

/* ---- groups and a year before --------------------------------------------------------------- */

enum { EACH = 150, DAYS = 800 };

/* Two kinds: the even ones buy little every week, the odd ones much every second month. */
static const char *two_kinds(ku_arena *arena)
{
    ku_text csv = {0};
    ku_text_add(&csv, "customer,date,amount\n");
    for (int c = 0; c < 2 * EACH; c++) {
        ku_rng rng = ku_rng_make(9, (uint64_t)c);
        bool often = c % 2 == 0;
        for (double day = 30 * ku_rng_uniform(&rng); day < DAYS;
             day += (often ? 7 : 60) * (0.6 + 0.8 * ku_rng_uniform(&rng))) {
            char date[KU_DATE_TEXT];
            ku_date_format(ku_date_from_civil(2024, 1, 1) + (int32_t)day, date);
            ku_text_addf(&csv, "C%03d,%s,%.2f\n", c, date,
                         (often ? 5 : 80) * (0.7 + 0.6 * ku_rng_uniform(&rng)));
        }
    }
    const char *copy = ku_arena_strdup(arena, ku_text_string(&csv));
    ku_text_clear(&csv);
    return copy;
}

static void two_kinds_are_told_apart(void **state)
{
    run *r = *state;
    sales(r, "clusters", two_kinds(r->arena));
    assert_int_equal(table(r, "members")->rows, 2 * EACH);
    const char *first = text(r, "members", "segment", 0),
               *second = text(r, "members", "segment", 1);
    assert_string_not_equal(first, second);
    for (int64_t c = 2; c < 2 * EACH; c++)
        assert_string_equal(text(r, "members", "segment", c), c % 2 == 0 ? first : second);
    check_near("number", 2, number(r, "stability", "groups", 0), 0);
    assert_true(number(r, "stability", "stability", 0) > 0.99);
    check_near("chosen", 1, number(r, "stability", "chosen", 0), 0);
}

/* Who is in a segment now stayed, moved in or is new; who was then stayed or moved out. */
static void moves_add_up(void **state)
{
    run *r = *state;
    for (const char *const *by = (const char *const[]){"rfm", "clusters", NULL}; *by; by++) {
        double now = 0, then = 0;
        sales(r, *by, two_kinds(r->arena));
        for (int64_t row = 0; row < table(r, "changes")->rows; row++) {
            double stayed = number(r, "changes", "stayed", row);
            check_near(
                "now", number(r, "changes", "now", row),
                stayed + number(r, "changes", "came", row) + number(r, "changes", "fresh", row), 0);
            check_near("then", number(r, "changes", "before", row),
                       stayed + number(r, "changes", "left", row), 0);
            now += number(r, "changes", "now", row);
            then += number(r, "changes", "before", row);
        }
        check_near("all now", 2 * EACH, now, 0);
        check_near("all then", 2 * EACH, then, 0);
    }
}

static void threads_make_no_difference(void **state)
{
    run *r = *state;
    ku_text one = {0};
    sales(r, "clusters", two_kinds(r->arena));
    for (int64_t k = 0; k < table(r, "stability")->rows; k++)
        ku_text_addf(&one, "%a ", number(r, "stability", "stability", k));
    r->pool = ku_pool_new(3);
    sales(r, "clusters", two_kinds(r->arena));
    ku_text three = {0};
    for (int64_t k = 0; k < table(r, "stability")->rows; k++)
        ku_text_addf(&three, "%a ", number(r, "stability", "stability", k));
    assert_string_equal(ku_text_string(&one), ku_text_string(&three));
    ku_text_clear(&one);
    ku_text_clear(&three);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, run_new, run_end)
    const struct CMUnitTest tests[] = {
        TEST(one_customer),
        TEST(all_alike),
        TEST(nobody_to_put),
        TEST(returns_and_unknown_lines),
        TEST(rules_that_cannot_be_used),
        TEST(what_is_said_of_rules),
        TEST(held_against_the_kept_version),
        TEST(two_kinds_are_told_apart),
        TEST(moves_add_up),
        TEST(threads_make_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
