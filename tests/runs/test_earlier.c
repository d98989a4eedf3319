/* test_earlier.c - the result of one analysis as the input of another: the latest finished
 * run's, or a certain one's; what is missing is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../workspace/place.h"
#include "actor.h"
#include "runs/task.h"

static char place[PLACE];
static ku_workspace *workspace;
static ku_arena *arena;

/* ---- an analysis that follows the actor's ---------------------------------------------------- */

static ku_status follow(const ku_frames *in, const ku_params *params, ku_run_context *context,
                        ku_frames *out, ku_error *err)
{
    double sum = 0;
    (void)params;
    const ku_frame *sums = ku_frames_find(in, "sums");
    for (int64_t i = 0; sums != NULL && i < sums->rows; i++)
        sum += ku_column_number(ku_frame_column(sums, "value"), i);
    return actor_give(context, "followed", sum, out, err);
}

static const ku_column_spec sum_columns[] = {
    {"value", KU_DOUBLE, "", true, "Value", "A sum."},
    {"note", KU_TEXT, "", false, "Note", "Nobody gives it."},
    {0},
};
static const ku_table_spec follower_inputs[] = {
    {.name = "sums", .meaning = "Sums.", .columns = sum_columns, .result = "test.actor/result"},
    {0},
};
static const ku_table_spec lenient_inputs[] = {
    {.name = "sums",
     .meaning = "Sums.",
     .columns = sum_columns,
     .result = "test.actor/result",
     .optional = true},
    {0},
};
static const ku_param_spec no_params[] = {{0}};

#define FOLLOWER(name, tables)                                                                     \
    {                                                                                              \
        .id = (name), .version = "1", .title = "Follower", .area = "Test",                         \
        .question = "And then?", .summary = "Follows.", .inputs = (tables), .params = no_params,   \
        .outputs = actor_outputs, .run = follow,                                                   \
    }
static const ku_analysis follower = FOLLOWER("test.follower", follower_inputs);
static const ku_analysis lenient = FOLLOWER("test.lenient", lenient_inputs);

static const ku_analysis *find(const char *id)
{
    if (strcmp(id, follower.id) == 0) return &follower;
    return strcmp(id, lenient.id) == 0 ? &lenient : actor_find(id);
}

/* ---- runs -------------------------------------------------------------------------------------- */

static int setup(void **state)
{
    char path[2 * PLACE];
    ku_error err;
    (void)state;
    place_make(place);
    arena = ku_arena_new();
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

/* The follower's sum; `from` is what is given for its table, or NULL. */
static ku_status run_follower(const ku_analysis *analysis, const char *from, ku_run_record *record,
                              double *sum, ku_error *err)
{
    ku_frames out;
    ku_table_file file = {"sums", from};
    ku_run_request request = {
        .analysis = analysis, .files = &file, .file_count = from != NULL, .seed = 1};
    ku_frames_init(&out);
    ku_status status = ku_run_now(workspace, &request, NULL, NULL, arena, record, &out, err);
    if (status == KU_OK)
        *sum = ku_column_number(ku_frame_column(ku_frames_find(&out, "result"), "value"), 0);
    ku_frames_clear(&out);
    return status;
}

/* A finished run of the actor, and its sum. */
static double run_actor(const char *count, const char **id)
{
    ku_run_record *record = KU_NEW(arena, ku_run_record);
    ku_frames out;
    ku_error err = {0};
    ku_param_text param = {"count", count};
    ku_run_request request = {.analysis = &actor, .params = &param, .param_count = 1, .seed = 2};
    ku_frames_init(&out);
    assert_int_equal(ku_run_now(workspace, &request, NULL, NULL, arena, record, &out, &err), KU_OK);
    double sum = ku_column_number(ku_frame_column(ku_frames_find(&out, "result"), "value"), 0);
    ku_frames_clear(&out);
    *id = record->id;
    return sum;
}

static void fails(ku_status expected, const char *words, const char *from)
{
    ku_run_record record;
    ku_error err = {0};
    double sum;
    assert_int_equal(run_follower(&follower, from, &record, &sum, &err), expected);
    if (strstr(err.message, words) == NULL) fail_msg("\"%s\" lacks \"%s\"", err.message, words);
}

static void what_must_come_first_is_named(void **state)
{
    (void)state;
    ku_run_record record;
    ku_error err = {0};
    double sum = 7;
    fails(KU_NOT_FOUND, "kemudi run test.actor", NULL);
    assert_int_equal(run_follower(&lenient, NULL, &record, &sum, &err), KU_OK);
    assert_true(sum == 0);
}

static void the_latest_result_is_taken_and_repeated(void **state)
{
    (void)state;
    ku_run_record record, again;
    ku_frames out;
    ku_error err = {0};
    const char *first, *second, *third;
    double old = run_actor("5", &first), sum, latest = run_actor("9", &second);
    assert_int_equal(run_follower(&follower, NULL, &record, &sum, &err), KU_OK);
    assert_true(sum == latest && sum != old);
    assert_non_null(strstr(record.remark[0].text, second));
    assert_int_equal(run_follower(&follower, ku_arena_printf(arena, "run:%s/result", first),
                                  &record, &sum, &err),
                     KU_OK);
    assert_true(sum == old);
    run_actor("11", &third); /* does not change what was */
    ku_frames_init(&out);
    assert_int_equal(ku_run_again_of(workspace, &follower, record.id, NULL, NULL, NULL, arena,
                                     &again, &out, &err),
                     KU_OK);
    assert_string_equal(again.output_hash, record.output_hash);
    ku_frames_clear(&out);
}

/* What a run was given can be taken like what it found. */
static void what_a_run_was_given_is_a_table_too(void **state)
{
    (void)state;
    ku_run_record first, record;
    ku_error err = {0};
    const char *id;
    double sum, expected = run_actor("7", &id);
    assert_int_equal(
        run_follower(&follower, ku_arena_printf(arena, "run:%s/result", id), &first, &sum, &err),
        KU_OK);
    const char *given = ku_arena_printf(arena, "run:%s/sums", first.id);
    assert_int_equal(run_follower(&follower, given, &record, &sum, &err), KU_OK);
    assert_true(sum == expected);
}

static void a_failed_run_is_passed_over(void **state)
{
    (void)state;
    ku_run_record record;
    ku_frames out;
    ku_error err = {0};
    const char *id;
    double sum, expected = run_actor("13", &id);
    ku_param_text param = {"act", "refuse"};
    ku_run_request request = {.analysis = &actor, .params = &param, .param_count = 1};
    ku_frames_init(&out);
    assert_int_equal(ku_run_now(workspace, &request, NULL, NULL, arena, &record, &out, &err),
                     KU_BAD_DATA);
    fails(KU_NOT_FOUND, "failed", ku_arena_printf(arena, "run:%s/result", record.id));
    assert_int_equal(run_follower(&follower, NULL, &record, &sum, &err), KU_OK);
    assert_true(sum == expected);
}

static void a_queued_run_takes_what_there_was(void **state)
{
    (void)state;
    char id[KU_RUN_ID];
    const char *before, *after;
    ku_run_queue *queue;
    ku_run_record record = {.state = KU_RUN_QUEUED};
    ku_error err = {0};
    uint64_t version = 0;
    run_actor("15", &before);
    ku_run_request request = {.analysis = &follower, .seed = 1};
    assert_int_equal(ku_run_queue_start_with(workspace, 1, find, &queue, &err), KU_OK);
    assert_int_equal(ku_run_submit(queue, &request, id, &err), KU_OK);
    run_actor("17", &after);
    while (record.state < KU_RUN_DONE)
        assert_int_equal(ku_run_watch(queue, id, &version, 1000, arena, &record, &err), KU_OK);
    assert_int_equal(record.state, KU_RUN_DONE);
    assert_non_null(strstr(record.remark[0].text, before));
    ku_run_queue_stop(queue);
}

static void what_cannot_be_taken_is_told(void **state)
{
    (void)state;
    const char *id;
    run_actor("19", &id);
    fails(KU_USAGE, "expected run:RUN/TABLE", "run:");
    fails(KU_USAGE, "expected run:RUN/TABLE", ku_arena_printf(arena, "run:%s/", id));
    fails(KU_NOT_FOUND, "zzzzzzz", "run:rzzzzzzz/result");
    fails(KU_NOT_FOUND, "no table other", ku_arena_printf(arena, "run:%s/other", id));
    fails(KU_BAD_DATA, "has no column value", ku_arena_printf(arena, "run:%s/draws", id));
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, find);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_must_come_first_is_named),
        cmocka_unit_test(the_latest_result_is_taken_and_repeated),
        cmocka_unit_test(what_a_run_was_given_is_a_table_too),
        cmocka_unit_test(a_failed_run_is_passed_over),
        cmocka_unit_test(a_queued_run_takes_what_there_was),
        cmocka_unit_test(what_cannot_be_taken_is_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
