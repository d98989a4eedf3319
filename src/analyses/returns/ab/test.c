/* test.c - returns.ab from tables to tables: units, days and counts, the published rates of a
 * real test, and bad input in words. */
#include "whole_run.h"

#include <zlib.h>

#include "base/text.h"
#include "kemudi/rng.h"

typedef struct table_text {
    char at[65536];
    size_t length;
} table_text;

static void add(table_text *to, const char *format, ...) KU_PRINTF(2, 3);

static void add(table_text *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(to->at + to->length, sizeof to->at - to->length, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof to->at - to->length);
    to->length += (size_t)n;
}

static void again(whole_run *run, const char *table, const char *csv)
{
    whole_forget(run);
    run->param_count = 0;
    whole_table(run, table, csv);
}

/* The row of an output table whose first columns are these. */
static int64_t row_of(const whole_run *run, const char *table, const char *first,
                      const char *second)
{
    const ku_frame *frame = ku_frames_find(&run->out, table);
    for (int64_t row = 0; row < frame->rows; row++) {
        const char *a = whole_text(run, table, frame->column[0].name, row);
        const char *b = second ? whole_text(run, table, frame->column[1].name, row) : "";
        if (strcmp(a, first) == 0 && (second == NULL || strcmp(b, second) == 0)) return row;
    }
    fail_msg("no row %s %s in %s", first, second ? second : "", table);
    return -1;
}

/* ---- Hillstrom's test of two e-mails ------------------------------------------------------------------ */

/* Its file with the column `segment`, which names the e-mail, as the variant. */
static void unpack(const char *from, const char *to)
{
    char line[512];
    gzFile in = gzopen(from, "r");
    FILE *out = fopen(to, "w");
    assert_true(in != NULL && out != NULL);
    assert_non_null(gzgets(in, line, sizeof line));
    char *name = strstr(line, "segment,visit");
    assert_non_null(name);
    fprintf(out, "%.*svariant%s", (int)(name - line), line, name + strlen("segment"));
    while (gzgets(in, line, sizeof line) != NULL) fputs(line, out);
    gzclose(in);
    assert_int_equal(fclose(out), 0);
}

/* Hillstrom (2008), MineThatData challenge; as published: visits 18.28, 15.14 and 10.62 %,
 * conversions 1.25, .88 and .57 %, spend 1.42, 1.08 and .65. */
static void hillstrom(void **state)
{
    static const struct {
        const char *metric, *variant;
        double value, digit;
    } published[] = {{"visit", "Mens E-Mail", 0.1828, 5e-5},
                     {"visit", "Womens E-Mail", 0.1514, 5e-5},
                     {"visit", "No E-Mail", 0.1062, 5e-5},
                     {"conversion", "Mens E-Mail", 0.0125, 5e-5},
                     {"conversion", "Womens E-Mail", 0.0088, 5e-5},
                     {"conversion", "No E-Mail", 0.0057, 5e-5},
                     {"spend", "Mens E-Mail", 1.42, 5e-3},
                     {"spend", "Womens E-Mail", 1.08, 5e-3},
                     {"spend", "No E-Mail", 0.65, 5e-3}};
    whole_run *run = *state;
    char path[512];
    data_path("experiments/hillstrom/hillstrom.csv.gz", path, sizeof path);
    const char *to = ku_arena_printf(run->arena, "%s/units.csv", run->folder);
    unpack(path, to);
    run->made[run->file_count] = true;
    run->files[run->file_count++] = (ku_table_file){"units", to};
    whole_param(run, "metrics", "visit, conversion, spend, spend/visit");
    whole_param(run, "before", "recency, history, mens, womens, newbie");
    whole_param(run, "money", "spend");
    check_ok(whole_go(run, "returns.ab"), &run->err);
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        double found = NAN;
        for (int64_t row = 0; row < whole_rows(run, "metrics"); row++)
            if (strcmp(whole_text(run, "metrics", "metric", row), published[i].metric) == 0 &&
                strcmp(whole_text(run, "metrics", "variant", row), published[i].variant) == 0)
                found = whole_number(run, "metrics", "observed", row);
        print_message("%s, %s: %.6f\n", published[i].metric, published[i].variant, found);
        check_near(published[i].metric, published[i].value, found, published[i].digit);
    }
    check_near("units", 21306,
               whole_number(run, "ratio", "units", row_of(run, "ratio", "No E-Mail", NULL)), 0);
    assert_true(whole_number(run, "ratio", "p", 0) > 0.5);
    int64_t row = row_of(run, "effects", "visit", "Mens E-Mail");
    assert_string_equal(whole_text(run, "effects", "verdict", row), "higher");
    assert_true(whole_number(run, "effects", "saved", row) > 0.02);
    row = row_of(run, "decision", "Mens E-Mail", NULL);
    assert_true(whole_number(run, "decision", "best", row) > 0.95);
    assert_true(whole_remarks(run, "The best is most likely \"Mens E-Mail\""));
}

/* ---- units, days, counts ------------------------------------------------------------------------------- */

static void days_of_units_are_added_up(void **state)
{
    whole_run *run = *state;
    whole_table(run, "units",
                "unit,variant,date,bought,spend,pre_spend\n"
                "a,control,2026-05-01,0,0,5\na,control,2026-05-02,1,20,5\n"
                "a,control,2026-05-03,1,10,5\nb,control,2026-05-01,0,0,2\n"
                "c,new,2026-05-02,1,40,4\nd,new,2026-05-02,,,\ne,new,2026-05-03,1,8,9\n"
                "f,control,2026-05-03,0,0,1\ng,new,2026-05-01,1,5,1\ng,control,2026-05-02,1,5,1\n");
    whole_param(run, "metrics", "bought,spend");
    check_ok(whole_go(run, "returns.ab"), &run->err);
    int64_t row = row_of(run, "effects", "bought", "new");
    check_near("bought", 2.0 / 3 - 1.0 / 3, whole_number(run, "effects", "effect", row), 1e-12);
    for (row = 0; row < whole_rows(run, "metrics"); row++)
        if (strcmp(whole_text(run, "metrics", "metric", row), "spend") == 0)
            check_near("spend",
                       strcmp(whole_text(run, "metrics", "variant", row), "new") == 0 ? 16 : 10,
                       whole_number(run, "metrics", "observed", row), 1e-12);
    assert_true(whole_remarks(run, "1 units of 7 were given more than one variant"));
    assert_true(whole_remarks(run, "2 empty values of metrics count as 0"));
    assert_true(whole_remarks(run, "has only 3 units"));
    row = whole_rows(run, "course") - 1;
    check_near("last day", whole_number(run, "effects", "effect", 1),
               whole_number(run, "course", "effect", row), 1e-12);
}

/* Counts give what the same units give. */
static void counts_are_units(void **state)
{
    whole_run *run = *state;
    table_text csv = {.length = 0};
    add(&csv, "variant,bought,spend\n");
    double sum[2] = {0}, square[2] = {0};
    int hits[2] = {0};
    for (int i = 0; i < 400; i++) {
        int g = i % 2, hit = i % (g ? 5 : 7) == 0;
        double spend = 10 + i % 13;
        add(&csv, "%s,%d,%g\n", g ? "B" : "A", hit, spend);
        hits[g] += hit;
        sum[g] += spend;
        square[g] += spend * spend;
    }
    whole_table(run, "units", csv.at);
    check_ok(whole_go(run, "returns.ab"), &run->err);
    double bought[4], spend[4];
    static const char *const field[] = {"effect", "effect_lo", "relative_hi", "p"};
    for (int k = 0; k < 4; k++) {
        bought[k] = whole_number(run, "effects", field[k], row_of(run, "effects", "bought", "B"));
        spend[k] = whole_number(run, "effects", field[k], row_of(run, "effects", "spend", "B"));
    }
    csv.length = 0;
    add(&csv, "variant,units,bought,spend_mean,spend_sd\n");
    for (int g = 0; g < 2; g++)
        add(&csv, "%s,200,%d,%.17g,%.17g\n", g ? "B" : "A", hits[g], sum[g] / 200,
            sqrt((square[g] - sum[g] * sum[g] / 200) / 199));
    again(run, "counts", csv.at);
    check_ok(whole_go(run, "returns.ab"), &run->err);
    for (int k = 0; k < 4; k++) {
        check_near("bought", bought[k],
                   whole_number(run, "effects", field[k], row_of(run, "effects", "bought", "B")),
                   1e-9);
        check_near("spend", spend[k],
                   whole_number(run, "effects", field[k], row_of(run, "effects", "spend", "B")),
                   1e-9);
    }
    again(run, "counts", "variant,units,bought\nA,10,11\nB,10,1\n");
    check_fails(KU_BAD_DATA, "between 0 and the units; found 11", whole_go(run, "returns.ab"),
                &run->err);
    again(run, "counts", "variant,units,spend_mean\nA,10,11\nB,10,1\n");
    check_fails(KU_BAD_DATA, "needs its standard deviation in a column spend_sd",
                whole_go(run, "returns.ab"), &run->err);
}

static void wrong_division(void **state)
{
    whole_run *run = *state;
    whole_table(run, "counts", "variant,units,bought\ncontrol,10000,500\nnew,9400,600\n");
    check_ok(whole_go(run, "returns.ab"), &run->err);
    assert_true(whole_remarks(run, "Units were not divided as planned: \""));
    assert_true(whole_remarks(run, "Not to be trusted"));
    assert_string_equal(whole_text(run, "effects", "verdict", 0), "not to be trusted");
    whole_param(run, "shares", "control 10, new 9.4");
    check_ok(whole_go(run, "returns.ab"), &run->err);
    assert_string_equal(whole_text(run, "effects", "verdict", 0), "higher");
    run->params[0].value = "control 10";
    check_fails(KU_USAGE, "must name each variant with its share", whole_go(run, "returns.ab"),
                &run->err);
}

/* An effect on phones only is found among segments; one nowhere is not. */
static void segments(void **state)
{
    whole_run *run = *state;
    table_text csv = {.length = 0};
    ku_rng rng = ku_rng_make(3, 0);
    add(&csv, "variant,spend,device,day\n");
    for (int i = 0; i < 2000; i++) {
        bool new = ku_rng_uniform(&rng) < 0.5, phone = ku_rng_uniform(&rng) < 0.5;
        add(&csv, "%s,%.3f,%s,%d\n", new ? "new" : "old",
            ku_rng_normal(&rng) + (new &&phone ? 0.5 : 0), phone ? "phone" : "desk", i % 7);
    }
    whole_table(run, "units", csv.at);
    whole_param(run, "metrics", "spend");
    check_ok(whole_go(run, "returns.ab"), &run->err);
    assert_int_equal(whole_rows(run, "segments"), 2);
    int64_t phone = row_of(run, "segments", "device", "phone");
    assert_true(whole_number(run, "segments", "differs", phone) < 0.01);
    check_near("phones", 0.5, whole_number(run, "segments", "pooled", phone), 0.2);
    check_near("desks", 0, whole_number(run, "segments", "pooled", 1 - phone), 0.2);
    assert_true(whole_remarks(run, "\"new\" works differently by device"));
}

static void known_before_differs(void **state)
{
    whole_run *run = *state;
    table_text csv = {.length = 0};
    ku_rng rng = ku_rng_make(4, 0);
    add(&csv, "variant,spend,pre_spend\n");
    for (int i = 0; i < 400; i++)
        add(&csv, "%s,%.3f,%.3f\n", i % 2 ? "new" : "old", 5 + ku_rng_normal(&rng),
            3 + ku_rng_normal(&rng) + (i % 2 ? 1 : 0));
    whole_table(run, "units", csv.at);
    check_ok(whole_go(run, "returns.ab"), &run->err);
    assert_true(whole_remarks(run, "differ in pre_spend, which should have been known before"));
}

/* ---- bad input ---------------------------------------------------------------------------------------- */

static void tests_that_say_nothing(void **state)
{
    whole_run *run = *state;
    whole_table(run, "units", "variant,bought\nA,1\nA,0\n");
    check_fails(KU_BAD_DATA, "only one variant, \"A\"", whole_go(run, "returns.ab"), &run->err);
    again(run, "units", "variant,name\nA,x\nB,y\n");
    check_fails(KU_BAD_DATA, "there is no metric", whole_go(run, "returns.ab"), &run->err);
    again(run, "units", "variant,bought\nA,1\nB,0\n");
    whole_param(run, "control", "C");
    check_fails(KU_USAGE, "no variant \"C\"; there are A, B", whole_go(run, "returns.ab"),
                &run->err);
    run->params[0] = (ku_param_text){"metrics", "sold"};
    check_fails(KU_USAGE, "no metric \"sold\"; there are bought", whole_go(run, "returns.ab"),
                &run->err);
    run->params[0] = (ku_param_text){"before", "age"};
    check_fails(KU_USAGE, "no column of numbers called \"age\"", whole_go(run, "returns.ab"),
                &run->err);
    again(run, "counts", "variant,units,bought\nA,200,0\nB,210,0\n");
    check_ok(whole_go(run, "returns.ab"), &run->err);
    assert_true(whole_remarks(run, "bought is 0 for every unit of every variant"));
    assert_true(whole_number(run, "effects", "effect_hi", 0) > 0.005);
    assert_string_equal(whole_text(run, "effects", "verdict", 0), "not known");
    again(run, "counts", "variant,units,bought\nA,12,1\nB,11,4\n");
    check_ok(whole_go(run, "returns.ab"), &run->err);
    assert_true(whole_remarks(run, "fewer than ten times in a variant"));
    /* fisher.test(matrix(c(1, 11, 4, 7), 2)) in R: .1550. */
    check_near("p", 0.1550, whole_number(run, "effects", "p", 0), 5e-5);
    again(run, "units", "variant,spend\nA,5\nA,5\nB,5\nB,5\n");
    check_ok(whole_go(run, "returns.ab"), &run->err);
    assert_true(whole_remarks(run, "spend is the same for every unit"));
}

static void row_of_an_experiment(void **state)
{
    whole_run *run = *state;
    whole_table(run, "counts",
                "variant,units,date,bought\ncontrol,500,2026-05-01,50\nshown,500,2026-05-01,60\n"
                "control,500,2026-05-09,48\nshown,500,2026-05-09,71\n");
    whole_param(run, "channel", "Display");
    whole_param(run, "spend", "900");
    whole_param(run, "worth", "30");
    check_ok(whole_go(run, "returns.ab"), &run->err);
    assert_string_equal(whole_text(run, "experiment", "channel", 0), "Display");
    check_near("effect", 30 * 33, whole_number(run, "experiment", "effect", 0), 1e-9);
    check_near("error", 30 * 1000 * sqrt(0.098 * 0.902 / 999 + 0.131 * 0.869 / 999),
               whole_number(run, "experiment", "effect_error", 0), 1e-9);
    assert_true(whole_number(run, "experiment", "ends", 0) -
                    whole_number(run, "experiment", "starts", 0) ==
                8);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hillstrom, whole_setup, whole_teardown),
        cmocka_unit_test_setup_teardown(days_of_units_are_added_up, whole_setup, whole_teardown),
        cmocka_unit_test_setup_teardown(counts_are_units, whole_setup, whole_teardown),
        cmocka_unit_test_setup_teardown(wrong_division, whole_setup, whole_teardown),
        cmocka_unit_test_setup_teardown(segments, whole_setup, whole_teardown),
        cmocka_unit_test_setup_teardown(known_before_differs, whole_setup, whole_teardown),
        cmocka_unit_test_setup_teardown(tests_that_say_nothing, whole_setup, whole_teardown),
        cmocka_unit_test_setup_teardown(row_of_an_experiment, whole_setup, whole_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
