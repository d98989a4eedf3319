/* test_examples.c - every analysis has a worked example, and the example still gives what
 * its folder says. Inputs and expected tables are the embedded files that the docs show. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/number.h"
#include "check.h"
#include "frames/csv.h"
#include "runs/run.h"

typedef struct example_run {
    const ku_analysis *analysis;
    ku_arena *arena;
    char folder[64];
    ku_table_file files[16];
    size_t file_count;
    ku_param_text params[32];
    size_t param_count;
    ku_frames out;
} example_run;

/* ---- setting up ------------------------------------------------------------------------ */

static void write_inputs(example_run *run)
{
    ku_error err = {0};
    for (const ku_table_spec *t = run->analysis->inputs; t->name; t++) {
        size_t length;
        const char *name = ku_arena_printf(run->arena, "example/%s.csv", t->name);
        const char *bytes = ku_analysis_file(run->analysis, name, &length);
        if (!bytes) continue;
        const char *path = ku_arena_printf(run->arena, "%s/%s.csv", run->folder, t->name);
        assert_int_equal(ku_file_write(path, bytes, length, 0600, &err), KU_OK);
        run->files[run->file_count++] = (ku_table_file){t->name, path};
    }
    assert_true(run->file_count > 0);
}

static void read_args(example_run *run)
{
    const char *const *args = run->analysis->example->args;
    for (; args && args[0]; args += 2) {
        assert_non_null(args[1]);
        assert_true(strncmp(args[0], "--", 2) == 0);
        run->params[run->param_count++] = (ku_param_text){args[0] + 2, args[1]};
    }
}

static void run_example(example_run *run)
{
    ku_error err = {0};
    ku_run_record record;
    ku_run_request request = {.analysis = run->analysis,
                              .params = run->params,
                              .param_count = run->param_count,
                              .files = run->files,
                              .file_count = run->file_count,
                              .seed = 1};
    ku_status status = ku_run_now(NULL, &request, NULL, NULL, run->arena, &record, &run->out, &err);
    if (status != KU_OK) print_message("# %s: %s: %s\n", run->analysis->id, err.where, err.message);
    assert_int_equal(status, KU_OK);
}

/* ---- comparing -------------------------------------------------------------------------- */

/* The next field of a CSV line, unquoted into `field`; returns what follows it. */
static const char *next_field(const char *at, char *field, size_t size)
{
    size_t length = 0;
    bool quoted = *at == '"';
    if (quoted) at++;
    while (*at && (quoted || (*at != ',' && *at != '\n'))) {
        if (quoted && *at == '"' && *++at != '"') break;
        if (length + 1 < size) field[length++] = *at;
        at++;
    }
    field[length] = '\0';
    return at;
}

static bool same_field(const char *expected, const char *found, double tolerance)
{
    double a, b;
    if (strcmp(expected, found) == 0) return true;
    if (ku_parse_double(expected, strlen(expected), '.', &a, NULL) != KU_OK ||
        ku_parse_double(found, strlen(found), '.', &b, NULL) != KU_OK)
        return false;
    return fabs(a - b) <= tolerance * fmax(1, fmax(fabs(a), fabs(b)));
}

static void compare(const char *id, const char *table, const char *expected, const char *found,
                    double tolerance)
{
    char a[512], b[512];
    for (int line = 1; *expected || *found; line++) {
        for (int field = 1;; field++) {
            expected = next_field(expected, a, sizeof a);
            found = next_field(found, b, sizeof b);
            if (!same_field(a, b, tolerance)) {
                print_message("# %s, table %s, line %d, field %d: expected %s, found %s, "
                              "tolerance %g\n",
                              id, table, line, field, a, b, tolerance);
                fail();
            }
            assert_int_equal(*expected == ',', *found == ',');
            if (*expected != ',') break;
            expected++;
            found++;
        }
        if (*expected == '\n') expected++;
        if (*found == '\n') found++;
        assert_int_equal(*expected == '\0', *found == '\0');
    }
}

static bool compare_table(example_run *run, const ku_table_spec *table)
{
    const char *name = ku_arena_printf(run->arena, "example/expected/%s.csv", table->name);
    const char *expected = ku_analysis_file(run->analysis, name, NULL);
    const ku_frame *frame = ku_frames_find(&run->out, table->name);
    ku_text found = {0};
    if (frame == NULL && table->optional && expected == NULL) return false;
    assert_non_null(frame);
    ku_frame_csv_heading(frame, KU_CSV_EXACT, &found);
    ku_frame_csv_rows(frame, 0, frame->rows, KU_CSV_EXACT, &found);
    /* How a new example's expected tables are made: look at them before keeping them. */
    if (getenv("KEMUDI_PRINT_EXAMPLES"))
        fprintf(stderr, "==> %s/%s.csv\n%s", run->analysis->id, table->name,
                ku_text_string(&found));
    if (expected)
        compare(run->analysis->id, table->name, expected, ku_text_string(&found),
                run->analysis->example->tolerance);
    ku_text_clear(&found);
    return expected != NULL;
}

static void check_example(const ku_analysis *analysis)
{
    example_run run = {.analysis = analysis, .arena = ku_arena_new()};
    ku_error err = {0};
    int compared = 0;
    assert_non_null(analysis->example);
    ku_frames_init(&run.out);
    snprintf(run.folder, sizeof run.folder, "/tmp/kemudi-example-XXXXXX");
    assert_non_null(mkdtemp(run.folder));
    write_inputs(&run);
    read_args(&run);
    run_example(&run);
    for (const ku_table_spec *t = analysis->outputs; t->name; t++)
        compared += compare_table(&run, t);
    assert_true(compared > 0);
    ku_frames_clear(&run.out);
    ku_folder_remove(run.folder, &err);
    ku_arena_free(run.arena);
}

static void test_examples(void **state)
{
    (void)state;
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) check_example(all[i]);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
