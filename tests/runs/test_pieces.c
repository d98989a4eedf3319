/* test_pieces.c - an input too large for one piece of memory is run piece by piece, and the
 * result is that of a run in one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../workspace/place.h"
#include "base/text.h"
#include "runs/task.h"

/* ---- an analysis that adds up ----------------------------------------------------------- */

static const ku_column_spec row_columns[] = {
    {"key", KU_TEXT, "", true, "Key", "A name."},
    {"x", KU_DOUBLE, "", false, "X", "A number."},
    {.name = NULL},
};
static const ku_table_spec inputs[] = {
    {.name = "rows", .meaning = "Rows.", .columns = row_columns},
    {.name = "more", .meaning = "More rows.", .columns = row_columns, .optional = true},
    {.name = NULL},
};
static const ku_column_spec sum_columns[] = {
    {"key", KU_TEXT, "", true, "Key", "A name."},
    {"sum", KU_DOUBLE, "", true, "Sum", "Of its numbers."},
    {"large", KU_BOOL, "", false, "Large", "Whether it is above 100."},
    {.name = NULL},
};
static const ku_column_spec count_columns[] = {
    {"rows", KU_INT64, "count", true, "Rows", "Rows that were seen."},
    {.name = NULL},
};
static const ku_table_spec outputs[] = {
    {.name = "sums", .meaning = "Sums.", .columns = sum_columns},
    {.name = "counts", .meaning = "Counts.", .columns = count_columns},
    {.name = NULL},
};
static const ku_param_spec params[] = {
    {.name = "spoilt", .type = KU_PARAM_TEXT, .label = "Spoilt", .help = "A key to fail at."},
    {.name = NULL},
};

static ku_status finish(ku_frame_builder *b, ku_frames *out, ku_error *err)
{
    ku_frame *frame;
    KU_TRY(ku_frame_builder_finish(b, &frame, err));
    return ku_frames_add(out, frame, err);
}

/* Rows of one key follow each other. */
static ku_status add_up(const ku_frames *in, const ku_params *given, ku_run_context *context,
                        ku_frames *out, ku_error *err)
{
    const ku_frame *rows = ku_frames_find(in, "rows");
    const ku_column *key = ku_frame_column(rows, "key"), *x = ku_frame_column(rows, "x");
    const char *spoilt = ku_param_set(given, "spoilt") ? ku_param_text_value(given, "spoilt") : "";
    ku_frame_builder *b = ku_run_output(context, "sums");
    for (int64_t from = 0, to; from < rows->rows; from = to) {
        const char *name = ku_column_text(key, from, ku_run_arena(context));
        double sum = 0;
        if (strcmp(name, spoilt) == 0)
            return ku_error_set(err, KU_BAD_DATA, "rows", "%s is spoilt", name);
        for (to = from; to < rows->rows && key->as.codes[to] == key->as.codes[from]; to++)
            sum += ku_column_valid(x, to) ? x->as.f64[to] : 0;
        ku_build_text(b, 0, name);
        ku_build_double(b, 1, sum);
        if (sum != 0) ku_build_bool(b, 2, sum > 100);
        ku_build_row(b);
    }
    KU_TRY(finish(b, out, err));
    b = ku_run_output(context, "counts");
    ku_build_int(b, 0, rows->rows);
    ku_build_row(b);
    ku_run_remark(context, KU_NOTE, "rows", "%lld rows", (long long)rows->rows);
    return finish(b, out, err);
}

static const ku_analysis adder = {
    .id = "test.adder",
    .version = "1",
    .title = "Adder",
    .area = "Test",
    .question = "How much?",
    .summary = "Adds up.",
    .inputs = inputs,
    .partition = "key",
    .params = params,
    .outputs = outputs,
    .run = add_up,
};

static const ku_analysis *find(const char *id)
{
    return strcmp(id, adder.id) == 0 ? &adder : NULL;
}

/* ---- running it --------------------------------------------------------------------------- */

static char place[PLACE], file[2 * PLACE];
static ku_workspace *workspace;
static ku_arena *arena;
enum { KEYS = 80 };

static void check(ku_status status, const ku_error *err)
{
    if (status != KU_OK) fail_msg("%s: %s: %s", ku_status_name(status), err->where, err->message);
}

/* Keys of 0 to 12 rows in no order, some numbers missing; a third of the keys long. */
static int setup(void **state)
{
    char path[2 * PLACE];
    ku_text csv = {0};
    ku_error err;
    (void)state;
    place_make(place);
    arena = ku_arena_new();
    ku_text_add(&csv, "key,x\n");
    for (int round = 0; round < 12; round++)
        for (int i = 0; i < KEYS; i++) {
            int key = (i * 331 + round * 7) % KEYS;
            if (round >= key % 13) continue;
            ku_text_addf(&csv, key % 3 == 0 ? "key number %d," : "k%d,", key);
            if ((key + round) % 5 == 0)
                ku_text_add(&csv, "\n");
            else
                ku_text_addf(&csv, "%d.5\n", key + round);
        }
    place_path(place, "rows.csv", file);
    const char *text = ku_text_string(&csv);
    if (ku_file_write(file, text, strlen(text), 0600, &err) != KU_OK) return 1;
    ku_text_clear(&csv);
    if (ku_workspace_init(place_path(place, "w", path), NULL, &err) != KU_OK) return 1;
    return ku_workspace_open(path, &workspace, &err) != KU_OK;
}

static int teardown(void **state)
{
    (void)state;
    ku_workspace_close(workspace);
    ku_arena_free(arena);
    place_remove(place);
    return 0;
}

static ku_status run(int64_t piece_rows, const char *spoilt, const char *more,
                     ku_run_record *record, ku_frames *out, ku_error *err)
{
    ku_param_text given[] = {{"spoilt", spoilt}};
    ku_table_file files[] = {{"rows", file}, {"more", more}};
    ku_run_request request = {.analysis = &adder,
                              .params = given,
                              .param_count = spoilt != NULL,
                              .files = files,
                              .file_count = more != NULL ? 2 : 1,
                              .seed = 1,
                              .piece_rows = piece_rows};
    ku_frames_init(out);
    return ku_run_now(workspace, &request, NULL, NULL, arena, record, out, err);
}

static double sum_of(const ku_frames *out, const char *table, const char *column)
{
    const ku_column *c = ku_frame_column(ku_frames_find(out, table), column);
    double sum = 0;
    for (int64_t i = 0; i < c->rows; i++) sum += ku_column_number(c, i);
    return sum;
}

/* Every key once, in order, with the sum that one run over a sorted file gives. */
static void check_sums(const ku_frames *out)
{
    const ku_frame *sums = ku_frames_find(out, "sums");
    const char *before = "";
    double expected = 0;
    for (int round = 0; round < 12; round++)
        for (int key = 0; key < KEYS; key++)
            if (round < key % 13 && (key + round) % 5 != 0) expected += key + round + 0.5;
    for (int64_t i = 0; i < sums->rows; i++) {
        const char *key = ku_column_text(&sums->column[0], i, arena);
        if (strcmp(before, key) >= 0) fail_msg("%s comes before %s", before, key);
        double sum = ku_column_number(&sums->column[1], i);
        assert_int_equal(ku_column_valid(&sums->column[2], i), sum != 0);
        if (sum != 0) assert_int_equal(ku_column_bool(&sums->column[2], i), sum > 100);
        before = key;
    }
    assert_int_equal(sums->rows, KEYS - (KEYS + 12) / 13); /* without those of no rows */
    assert_true(sum_of(out, "sums", "sum") == expected);   /* halves: exact */
}

static void pieces_give_what_one_run_gives(void **state)
{
    (void)state;
    static const int64_t sizes[] = {1, 40, 150};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ku_run_record record;
        ku_frames out;
        ku_error err = {0};
        check(run(sizes[i], NULL, NULL, &record, &out, &err), &err);
        check_sums(&out);
        int64_t rows = ku_frames_find(&out, "counts")->rows, all;
        assert_true(rows > 1 && rows <= KEYS);
        assert_int_equal(record.input_count, rows);
        assert_int_equal(ku_run_table_group(record.input, record.input_count, 0, &all), rows);
        assert_int_equal(all, (int64_t)sum_of(&out, "counts", "rows"));
        assert_int_equal(record.remark_count, 2);
        assert_string_equal(record.remark[0].check, "parts");
        assert_non_null(strstr(record.remark[1].text, "(Said of every part"));
        assert_int_equal(record.state, KU_RUN_DONE);
        assert_true(record.cpu_seconds > 0 && record.peak_bytes > 0);
        ku_frames_clear(&out);
    }
}

static void what_fits_is_not_cut(void **state)
{
    (void)state;
    ku_run_record record;
    ku_frames out;
    ku_error err = {0};
    check(run(0, NULL, NULL, &record, &out, &err), &err);
    assert_int_equal(ku_frames_find(&out, "counts")->rows, 1);
    assert_int_equal(record.input_count, 1);
    ku_frames_clear(&out);
    check(run(100, NULL, file, &record, &out, &err), &err); /* nor what has a second table */
    assert_int_equal(ku_frames_find(&out, "counts")->rows, 1);
    ku_frames_clear(&out);
}

static void a_run_in_pieces_can_be_repeated(void **state)
{
    (void)state;
    ku_run_record first, stored, second;
    ku_frames out;
    ku_frame *sums;
    ku_error err = {0};
    check(run(40, NULL, NULL, &first, &out, &err), &err);
    ku_frames_clear(&out);
    check(ku_run_get(workspace, first.id, arena, &stored, &err), &err);
    assert_int_equal(stored.input_count, first.input_count);
    assert_string_equal(stored.input_hash, first.input_hash);
    check(ku_run_table_read(workspace, first.id, "sums", &sums, &err), &err);
    ku_frames_clear(&out);
    check(ku_frames_add(&out, sums, &err), &err);
    check_sums(&out);
    ku_frames_clear(&out);
    check(
        ku_run_again_of(workspace, &adder, first.id, NULL, NULL, NULL, arena, &second, &out, &err),
        &err);
    assert_string_equal(second.output_hash, first.output_hash);
    assert_string_equal(second.input_hash, first.input_hash);
    ku_frames_clear(&out);
}

static void a_piece_that_fails_ends_the_run(void **state)
{
    (void)state;
    ku_run_record record;
    ku_frames out;
    ku_error err = {0};
    assert_int_equal(run(40, "k50", NULL, &record, &out, &err), KU_BAD_DATA);
    assert_string_equal(err.message, "k50 is spoilt");
    assert_int_equal(out.count, 0);
    assert_int_equal(record.state, KU_RUN_FAILED);
    assert_int_equal(record.output_count, 0);
}

static bool never(void *data, double done, const char *doing)
{
    (void)done;
    (void)doing;
    return --*(int *)data > 0;
}

static void a_run_in_pieces_can_be_cancelled(void **state)
{
    (void)state;
    int times = 4;
    ku_table_file files[] = {{"rows", file}};
    ku_run_request request = {
        .analysis = &adder, .files = files, .file_count = 1, .seed = 1, .piece_rows = 10};
    ku_run_record record;
    ku_frames out;
    ku_error err = {0};
    ku_frames_init(&out);
    assert_int_equal(ku_run_now(workspace, &request, never, &times, arena, &record, &out, &err),
                     KU_CANCELLED);
    assert_int_equal(out.count, 0);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, find);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_give_what_one_run_gives),
        cmocka_unit_test(what_fits_is_not_cut),
        cmocka_unit_test(a_run_in_pieces_can_be_repeated),
        cmocka_unit_test(a_piece_that_fails_ends_the_run),
        cmocka_unit_test(a_run_in_pieces_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
