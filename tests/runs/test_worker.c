/* test_worker.c - a run ends with its result or with a reason, whatever its kernel does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../workspace/place.h"
#include "actor.h"
#include "base/date.h"
#include "runs/sandbox.h"

typedef struct given {
    const char *act;
    const char *count;
    unsigned threads;
    uint64_t seed;
    const char *file;
    int seconds;
    uint64_t memory;
    ku_progress_fn *progress;
    void *progress_data;
} given;

static ku_arena *arena;

static int new_arena(void **state)
{
    (void)state;
    arena = ku_arena_new();
    return arena == NULL;
}

static int free_arena(void **state)
{
    (void)state;
    ku_arena_free(arena);
    return 0;
}

static ku_status run(const given *g, ku_run_record *record, ku_frames *out, ku_error *err)
{
    ku_param_text params[] = {{"act", g->act}, {"count", g->count != NULL ? g->count : "1000"}};
    ku_table_file file = {"numbers", g->file};
    ku_run_request request = {.analysis = &actor,
                              .params = params,
                              .param_count = 2,
                              .files = &file,
                              .file_count = g->file != NULL,
                              .seed = g->seed != 0 ? g->seed : 1,
                              .threads = g->threads,
                              .seconds = g->seconds,
                              .memory_limit = g->memory};
    *err = (ku_error){0};
    ku_frames_init(out);
    return ku_run_now(NULL, &request, g->progress, g->progress_data, arena, record, out, err);
}

static void expect(const given *g, ku_status status, ku_run_state state, const char *says)
{
    ku_run_record record;
    ku_frames out;
    ku_error err;
    ku_status got = run(g, &record, &out, &err);
    if (got != status || strstr(err.message, says) == NULL || record.state != state)
        fail_msg("%s: got %s, %s, \"%s\"; expected %s, %s, \"%s\"", g->act, ku_status_name(got),
                 ku_run_state_name(record.state), err.message, ku_status_name(status),
                 ku_run_state_name(state), says);
    assert_int_equal(out.count, 0);
    assert_int_equal(record.output_count, 0);
    assert_int_equal(record.failure.code, status);
    assert_string_equal(record.failure.message, err.message);
}

static double value_of(const ku_frames *out)
{
    return ku_column_number(ku_frame_column(ku_frames_find(out, "result"), "value"), 0);
}

/* ---- good runs ------------------------------------------------------------------ */

static void a_run_gives_tables_remarks_and_figures(void **state)
{
    (void)state;
    char place[PLACE], path[2 * PLACE];
    ku_run_record record;
    ku_frames out;
    ku_error err;
    place_make(place);
    const char *csv = "key,x\na,1.5\nb,2.5\na,4\n";
    assert_int_equal(ku_file_write(place_path(place, "n.csv", path), csv, strlen(csv), 0600, &err),
                     KU_OK);
    ku_status status = run(&(given){.act = "sum", .file = path}, &record, &out, &err);
    if (status != KU_OK) fail_msg("%s: %s", err.where, err.message);
    assert_int_equal(record.state, KU_RUN_DONE);
    assert_int_equal(out.count, 2);
    assert_string_equal(out.frame[0]->name, "result"); /* the descriptor's order */
    assert_int_equal(out.frame[1]->rows, 1000);
    assert_int_equal(record.remark_count, 2);
    assert_string_equal(record.remark[0].check, "input");
    assert_string_equal(record.remark[0].text, "3 numbers were given");
    assert_int_equal(record.remark[1].severity, KU_WARN);
    assert_int_equal(record.input_count, 1);
    assert_int_equal(record.input[0].rows, 3);
    assert_int_equal(strlen(record.input_hash), 64);
    assert_int_equal(strlen(record.output_hash), 64);
    assert_true(record.peak_bytes > 1 << 20);
    if (ku_sandbox_limits_memory()) assert_true(record.peak_bytes < UINT64_C(200) << 20);
    assert_true(record.seconds > 0 && record.ended >= record.started);
    assert_int_equal(record.param_count, 2);
    double with = value_of(&out);
    ku_frames_clear(&out);
    assert_int_equal(run(&(given){.act = "sum"}, &record, &out, &err), KU_OK);
    double without = value_of(&out);
    assert_true(fabs(with - without - 8) < 1e-9); /* 1.5 + 2.5 + 4 */
    ku_frames_clear(&out);
    place_remove(place);
}

static void same_seed_same_bits_whatever_the_threads(void **state)
{
    (void)state;
    char first[65] = "";
    static const unsigned threads[] = {1, 2, 3, 8};
    for (size_t i = 0; i < 4; i++) {
        ku_run_record record;
        ku_frames out;
        ku_error err;
        given g = {.act = "sum", .count = "5000", .seed = 77, .threads = threads[i]};
        if (run(&g, &record, &out, &err) != KU_OK) fail_msg("%s", err.message);
        if (i == 0) memcpy(first, record.output_hash, sizeof first);
        assert_string_equal(record.output_hash, first);
        ku_frames_clear(&out);
        g.seed = 78;
        if (run(&g, &record, &out, &err) != KU_OK) fail_msg("%s", err.message);
        assert_string_not_equal(record.output_hash, first);
        ku_frames_clear(&out);
    }
}

static bool count_calls(void *data, double done, const char *doing)
{
    int *seen = data;
    seen[0]++;
    if (done > 0 && strcmp(doing, "drawing numbers") == 0) seen[1]++;
    return true;
}

static void progress_is_told(void **state)
{
    (void)state;
    int seen[2] = {0};
    ku_run_record record;
    ku_frames out;
    ku_error err;
    given g = {.act = "sum", .count = "200000", .progress = count_calls, .progress_data = seen};
    if (run(&g, &record, &out, &err) != KU_OK) fail_msg("%s", err.message);
    assert_true(seen[1] > 0);
    ku_frames_clear(&out);
}

static void a_worker_sees_nothing_of_the_outside(void **state)
{
    (void)state;
    ku_run_record record;
    ku_frames out;
    ku_error err;
    setenv("ACTOR_SECRET", "1", 1);
    int extra = open("/dev/null", O_RDONLY); /* not even marked to be closed */
    if (run(&(given){.act = "look"}, &record, &out, &err) != KU_OK) fail_msg("%s", err.message);
    close(extra);
    unsetenv("ACTOR_SECRET");
    assert_string_equal(record.remark[0].text, "8"); /* 0 to 2, its job's, its status */
    assert_string_equal(record.remark[1].text, "unseen");
    assert_string_equal(record.remark[2].text, "1");
    assert_true(value_of(&out) <= 6);
    ku_frames_clear(&out);
}

/* ---- reaching out ----------------------------------------------------------------- */

static void reaching_out_ends_the_run(void **state)
{
    (void)state;
    static const char *const tries[][2] = {
        {"open", "tried to open a file"},
        {"creat", "tried to open a file"},
        {"memfd", "tried to open a file"},
        {"unlink", "tried to remove a file"},
        {"stat", "tried to look at a file"},
        {"socket", "tried to use the network"},
        {"unix", "tried to use the network"},
        {"fork", "tried to start a thread or program"},
        {"system", "tried to "},
        {"exec", "tried to start a program"},
        {"kill", "tried to signal another program"},
        {"killself", "tried to signal another program"},
        {"thread", "tried to start a thread or program"},
        {"signal", "tried to change how it can be stopped"},
        {"limits", "tried to "},
        {"ptrace", "tried to look into another program"},
        {"code", "tried to do something that analyses have no need of"},
        {"uname", "tried to do something that analyses have no need of"},
    };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
        expect(&(given){.act = tries[i][0]}, KU_FAULT, KU_RUN_FAILED, tries[i][1]);
    assert_int_not_equal(access("/tmp/kemudi-escaped", F_OK), 0);
}

/* ---- dying ------------------------------------------------------------------------ */

static void a_crash_is_told(void **state)
{
    (void)state;
    if (!ku_sandbox_limits_memory()) PLACE_SKIP("a sanitizer reports crashes its own way");
    expect(&(given){.act = "segv"}, KU_FAULT, KU_RUN_FAILED, "memory that is not its own");
    expect(&(given){.act = "stack"}, KU_FAULT, KU_RUN_FAILED, "memory that is not its own");
    expect(&(given){.act = "abort"}, KU_FAULT, KU_RUN_FAILED, "found a fault in itself");
    expect(&(given){.act = "assert"}, KU_FAULT, KU_RUN_FAILED,
           "found a fault in itself: kernel.c:12: weights add to one");
}

static void an_end_without_a_result_is_told(void **state)
{
    (void)state;
    expect(&(given){.act = "exit"}, KU_FAULT, KU_RUN_FAILED, "ended without a result");
}

static void limits_of_time_hold(void **state)
{
    (void)state;
    double from = ku_clock_seconds();
    expect(&(given){.act = "spin", .seconds = 1}, KU_LIMIT, KU_RUN_FAILED,
           "took longer than its limit of 1");
    expect(&(given){.act = "sleep", .seconds = 1}, KU_LIMIT, KU_RUN_FAILED,
           "took longer than its limit of 1");
    assert_true(ku_clock_seconds() - from < 6);
}

static void limits_of_memory_hold(void **state)
{
    (void)state;
    if (!ku_sandbox_limits_memory()) PLACE_SKIP("memory is not limited under a sanitizer");
    uint64_t memory = UINT64_C(256) << 20;
    const char *says = "needed more memory than its limit of 256";
    expect(&(given){.act = "arena", .memory = memory}, KU_LIMIT, KU_RUN_FAILED, says);
    expect(&(given){.act = "nomemory", .memory = memory}, KU_LIMIT, KU_RUN_FAILED, says);
    expect(&(given){.act = "balloon", .memory = memory}, KU_FAULT, KU_RUN_FAILED,
           "found a fault in itself"); /* malloc gave NULL, the kernel aborted */
}

/* What the parent holds is not the analysis' use. */
static void a_large_parent_does_not_count(void **state)
{
    (void)state;
    if (!ku_sandbox_limits_memory()) PLACE_SKIP("a sanitizer uses memory of its own");
    size_t size = (size_t)400 << 20;
    char *large = malloc(size);
    memset(large, 1, size);
    ku_run_record record;
    ku_frames out;
    ku_error err;
    if (run(&(given){.act = "x"}, &record, &out, &err) != KU_OK) fail_msg("%s", err.message);
    assert_true(large[size / 2] == 1 && record.peak_bytes < UINT64_C(200) << 20);
    ku_frames_clear(&out);
    free(large);
    assert_int_equal(
        run(&(given){.act = "arena", .memory = UINT64_C(300) << 20}, &record, &out, &err),
        KU_LIMIT);
    assert_true(record.peak_bytes > UINT64_C(20) << 20); /* as seen before it died */
}

static void a_worker_that_hangs_up_is_ended(void **state)
{
    (void)state;
    double from = ku_clock_seconds();
    expect(&(given){.act = "hangup", .seconds = 30}, KU_LIMIT, KU_RUN_FAILED, "ended from outside");
    assert_true(ku_clock_seconds() - from < 10);
}

static bool stop_at_half(void *data, double done, const char *doing)
{
    (void)doing;
    int *calls = data;
    ++*calls;
    return done < 0.5;
}

static void a_cancel_ends_the_run(void **state)
{
    (void)state;
    int calls = 0;
    double from = ku_clock_seconds();
    expect(&(given){.act = "listen", .progress = stop_at_half, .progress_data = &calls},
           KU_CANCELLED, KU_RUN_CANCELLED, "cancelled");
    assert_true(ku_clock_seconds() - from < 2); /* it listened */
    expect(&(given){.act = "spin", .progress = stop_at_half, .progress_data = &calls}, KU_CANCELLED,
           KU_RUN_CANCELLED, "cancelled");
    assert_true(ku_clock_seconds() - from < 8); /* it was killed after the grace */
}

/* ---- wrong results ------------------------------------------------------------------ */

static void a_wrong_result_is_a_fault_that_names_the_place(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"nothing", "did not give this table"},
        {"inf", "column value, row 1: the analysis gave infinity"},
        {"renamed", "column 2 is worth; expected value"},
        {"retyped", "column value holds int64; expected double"},
        {"fewer", "column value is missing"},
        {"more", "column z is not in the descriptor"},
        {"extra", "its descriptor does not name"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect(&(given){.act = wrong[i][0]}, KU_FAULT, KU_RUN_FAILED, wrong[i][1]);
}

static void the_kernels_own_error_comes_through(void **state)
{
    (void)state;
    ku_run_record record;
    ku_frames out;
    ku_error err;
    assert_int_equal(run(&(given){.act = "refuse"}, &record, &out, &err), KU_BAD_DATA);
    assert_string_equal(err.where, "numbers, row 7");
    assert_string_equal(err.message, "there are too few weeks");
    expect(&(given){.act = "silent"}, KU_BAD_DATA, KU_RUN_FAILED, ku_status_text(KU_BAD_DATA));
}

static void a_flood_of_remarks_is_cut(void **state)
{
    (void)state;
    ku_run_record record;
    ku_frames out;
    ku_error err;
    if (run(&(given){.act = "flood"}, &record, &out, &err) != KU_OK) fail_msg("%s", err.message);
    assert_true(record.remark_count > 0 && record.remark_count <= 1000);
    ku_frames_clear(&out);
}

/* ---- requests ---------------------------------------------------------------------- */

static void bad_requests_are_refused(void **state)
{
    (void)state;
    ku_run_record record;
    ku_frames out;
    ku_error err = {0};
    ku_param_text unknown = {"cuont", "3"};
    ku_table_file file = {"nubmers", "x.csv"};
    ku_run_request request = {.analysis = &actor, .params = &unknown, .param_count = 1};
    ku_frames_init(&out);
    assert_int_equal(ku_run_now(NULL, &request, NULL, NULL, arena, &record, &out, &err), KU_USAGE);
    request = (ku_run_request){.analysis = &actor, .files = &file, .file_count = 1};
    assert_int_equal(ku_run_now(NULL, &request, NULL, NULL, arena, &record, &out, &err), KU_USAGE);
    assert_non_null(strstr(err.message, "no input table nubmers"));
    given g = {.act = "sum", .file = "/no/such/file.csv"};
    assert_int_equal(run(&g, &record, &out, &err), KU_NOT_FOUND);
    assert_int_equal(record.state, KU_RUN_FAILED);
}

/* A program that does not know --worker: the run ends, nothing goes on for ever. */
static void a_program_that_is_no_worker_is_told(void **state)
{
    (void)state;
    ku_run_record record;
    ku_frames out;
    ku_error err = {0};
    ku_run_request request = {.analysis = &actor, .program = "/bin/true"};
    ku_frames_init(&out);
    assert_int_equal(ku_run_now(NULL, &request, NULL, NULL, arena, &record, &out, &err), KU_FAULT);
    assert_non_null(strstr(err.message, "ended without a result"));
    request.program = "/no/such/program";
    assert_int_equal(ku_run_now(NULL, &request, NULL, NULL, arena, &record, &out, &err),
                     KU_NOT_FOUND);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, actor_find);
#define CASE(name) cmocka_unit_test_setup_teardown(name, new_arena, free_arena)
    const struct CMUnitTest tests[] = {
        CASE(a_run_gives_tables_remarks_and_figures),
        CASE(same_seed_same_bits_whatever_the_threads),
        CASE(progress_is_told),
        CASE(a_worker_sees_nothing_of_the_outside),
        CASE(reaching_out_ends_the_run),
        CASE(a_crash_is_told),
        CASE(an_end_without_a_result_is_told),
        CASE(limits_of_time_hold),
        CASE(limits_of_memory_hold),
        CASE(a_large_parent_does_not_count),
        CASE(a_worker_that_hangs_up_is_ended),
        CASE(a_cancel_ends_the_run),
        CASE(a_wrong_result_is_a_fault_that_names_the_place),
        CASE(the_kernels_own_error_comes_through),
        CASE(a_flood_of_remarks_is_cut),
        CASE(bad_requests_are_refused),
        CASE(a_program_that_is_no_worker_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
