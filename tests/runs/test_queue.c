/* test_queue.c - the queue of a serving process: many runs, watchers, cancels, and going
 * on after a stop or a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <sys/wait.h>

#include "../workspace/place.h"
#include "actor.h"
#include "base/date.h"
#include "runs/task.h"
#include "workspace/sql.h"

static char place[PLACE];
static ku_workspace *workspace;
static ku_arena *arena;

static void check(ku_status status, const ku_error *err)
{
    if (status != KU_OK) fail_msg("%s: %s: %s", ku_status_name(status), err->where, err->message);
}

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

static ku_run_queue *start(unsigned workers)
{
    ku_run_queue *queue;
    ku_error err = {0};
    check(ku_run_queue_start_with(workspace, workers, actor_find, &queue, &err), &err);
    return queue;
}

static void submit(ku_run_queue *queue, const char *act, const char *count, char id[KU_RUN_ID])
{
    ku_error err = {0};
    ku_param_text params[] = {{"act", act}, {"count", count}};
    ku_run_request request = {
        .analysis = &actor, .params = params, .param_count = 2, .seed = 4, .threads = 2};
    check(ku_run_submit(queue, &request, id, &err), &err);
}

static bool ended(ku_run_state state)
{
    return state == KU_RUN_DONE || state == KU_RUN_FAILED || state == KU_RUN_CANCELLED;
}

/* Watches as the page does, until `wanted` (or an end) is seen; counts what was told. */
static ku_run_record watch_until(ku_run_queue *queue, const char *id, ku_run_state wanted,
                                 int *told)
{
    ku_run_record record;
    ku_error err = {0};
    uint64_t version = 0;
    double until = ku_clock_seconds() + 60;
    do {
        uint64_t before = version;
        check(ku_run_watch(queue, id, &version, 5000, arena, &record, &err), &err);
        if (told != NULL && version != before) ++*told;
    } while (record.state != wanted && !ended(record.state) && ku_clock_seconds() < until);
    return record;
}

static void twenty_runs_are_all_done(void **state)
{
    (void)state;
    char id[20][KU_RUN_ID];
    ku_run_queue *queue = start(3);
    for (int i = 0; i < 20; i++) submit(queue, "sum", i % 2 == 0 ? "500" : "400", id[i]);
    for (int i = 0; i < 20; i++) {
        ku_run_record first = watch_until(queue, id[i % 2], KU_RUN_DONE, NULL);
        ku_run_record r = watch_until(queue, id[i], KU_RUN_DONE, NULL);
        if (r.state != KU_RUN_DONE) fail_msg("run %d: %s", i, r.failure.message);
        assert_string_equal(r.output_hash, first.output_hash);
        for (int j = 0; j < i; j++) assert_string_not_equal(id[i], id[j]);
    }
    ku_run_queue_stop(queue);
}

static void a_repetition_is_queued(void **state)
{
    (void)state;
    char first[KU_RUN_ID], second[KU_RUN_ID];
    ku_error err = {0};
    ku_run_queue *queue = start(2);
    submit(queue, "sum", "700", first);
    assert_int_equal(ku_run_submit_again(queue, "r0000000", "bert", second, &err), KU_NOT_FOUND);
    ku_run_record old = watch_until(queue, first, KU_RUN_DONE, NULL);
    check(ku_run_submit_again(queue, first, "bert", second, &err), &err);
    ku_run_record r = watch_until(queue, second, KU_RUN_DONE, NULL);
    assert_int_equal(r.state, KU_RUN_DONE);
    assert_string_equal(r.output_hash, old.output_hash);
    assert_string_equal(r.again_of, first);
    assert_string_equal(r.actor, "bert");
    assert_string_equal(r.remark[r.remark_count - 1].check, "repetition");
    ku_run_queue_stop(queue);
}

static void a_watcher_sees_states_and_progress(void **state)
{
    (void)state;
    char id[KU_RUN_ID];
    int told = 0;
    ku_run_queue *queue = start(1);
    submit(queue, "listen", "1", id);
    ku_run_record r = watch_until(queue, id, KU_RUN_RUNNING, &told);
    assert_int_equal(r.state, KU_RUN_RUNNING);
    uint64_t version = 0;
    ku_error err = {0};
    double until = ku_clock_seconds() + 10;
    while (r.progress < 0.4 && ku_clock_seconds() < until)
        check(ku_run_watch(queue, id, &version, 1000, arena, &r, &err), &err);
    assert_string_equal(r.doing, "going round");
    assert_true(r.progress > 0.4);
    /* Nothing new: the watcher sleeps its time out. */
    double from = ku_clock_seconds();
    uint64_t same = version;
    check(ku_run_watch(queue, id, &version, 300, arena, &r, &err), &err);
    if (same == version) assert_true(ku_clock_seconds() - from > 0.25);
    check(ku_run_cancel(queue, id, &err), &err);
    r = watch_until(queue, id, KU_RUN_CANCELLED, &told);
    assert_int_equal(r.state, KU_RUN_CANCELLED);
    assert_int_equal(r.failure.code, KU_CANCELLED);
    assert_true(told >= 2);
    ku_run_queue_stop(queue);
}

static void waiting_and_running_ones_are_cancelled(void **state)
{
    (void)state;
    char runs[KU_RUN_ID], waits[KU_RUN_ID], shouted[KU_RUN_ID];
    ku_error err = {0};
    ku_run_queue *queue = start(1);
    submit(queue, "listen", "1", runs);
    submit(queue, "sum", "10", waits);
    watch_until(queue, runs, KU_RUN_RUNNING, NULL);
    check(ku_run_cancel(queue, waits, &err), &err);
    ku_run_record r = watch_until(queue, waits, KU_RUN_CANCELLED, NULL);
    assert_int_equal(r.state, KU_RUN_CANCELLED);
    assert_int_equal(r.started, 0);
    for (size_t i = 0; i < sizeof runs; i++)
        shouted[i] = (char)(runs[i] >= 'a' && runs[i] <= 'z' ? runs[i] - 32 : runs[i]);
    check(ku_run_cancel(queue, shouted, &err), &err);
    r = watch_until(queue, runs, KU_RUN_CANCELLED, NULL);
    assert_int_equal(r.state, KU_RUN_CANCELLED);
    assert_int_equal(ku_run_cancel(queue, runs, &err), KU_CONFLICT);
    assert_non_null(strstr(err.message, "has ended already"));
    assert_int_equal(ku_run_cancel(queue, "r0000000", &err), KU_NOT_FOUND);
    ku_run_queue_stop(queue);
}

static void bad_parameters_are_refused_at_once(void **state)
{
    (void)state;
    char id[KU_RUN_ID];
    ku_error err = {0};
    ku_run_queue *queue = start(1);
    ku_param_text param = {"count", "many"};
    ku_run_request request = {.analysis = &actor, .params = &param, .param_count = 1};
    assert_int_equal(ku_run_submit(queue, &request, id, &err), KU_USAGE);
    assert_string_equal(err.where, "count");
    ku_run_queue_stop(queue);
}

static void a_failure_reaches_the_watcher(void **state)
{
    (void)state;
    char id[2][KU_RUN_ID];
    ku_run_queue *queue = start(2);
    submit(queue, "open", "1", id[0]);
    submit(queue, "refuse", "1", id[1]);
    ku_run_record r = watch_until(queue, id[0], KU_RUN_FAILED, NULL);
    assert_non_null(strstr(r.failure.message, "tried to open a file"));
    r = watch_until(queue, id[1], KU_RUN_FAILED, NULL);
    assert_string_equal(r.failure.message, "there are too few weeks");
    ku_run_queue_stop(queue);
}

static void a_stop_cancels_what_runs_and_keeps_what_waits(void **state)
{
    (void)state;
    char runs[KU_RUN_ID], waits[2][KU_RUN_ID];
    ku_run_record r;
    ku_error err = {0};
    ku_run_queue *queue = start(1);
    submit(queue, "listen", "1", runs);
    submit(queue, "sum", "10", waits[0]);
    submit(queue, "sum", "20", waits[1]);
    watch_until(queue, runs, KU_RUN_RUNNING, NULL);
    ku_run_queue_stop(queue);
    check(ku_run_get(workspace, runs, arena, &r, &err), &err);
    assert_int_equal(r.state, KU_RUN_CANCELLED);
    check(ku_run_get(workspace, waits[0], arena, &r, &err), &err);
    assert_int_equal(r.state, KU_RUN_QUEUED);
    queue = start(2);
    for (int i = 0; i < 2; i++)
        assert_int_equal(watch_until(queue, waits[i], KU_RUN_DONE, NULL).state, KU_RUN_DONE);
    ku_run_queue_stop(queue);
}

/* ---- a crash of the serving process -------------------------------------------------- */

/* In a child: a queue with one run at work and two waiting, then nothing more. */
static int serve_until_killed(void)
{
    char path[2 * PLACE], id[KU_RUN_ID];
    ku_error err = {0};
    if (ku_workspace_open(place_path(place, "w", path), &workspace, &err) != KU_OK) return 1;
    arena = ku_arena_new();
    ku_run_queue *queue = start(1);
    submit(queue, "spin", "1", id);
    submit(queue, "sum", "30", id);
    submit(queue, "sum", "40", id);
    for (;;) sleep(100);
}

static size_t newest(ku_run_record **page, size_t limit)
{
    size_t count;
    ku_error err = {0};
    check(ku_run_list(workspace, NULL, NULL, limit, arena, page, &count, &err), &err);
    return count;
}

static void after_a_crash_the_queue_goes_on(void **state)
{
    (void)state;
    ku_run_record *page;
    double until = ku_clock_seconds() + 30;
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test", "--serve", place, (char *)NULL);
        _exit(127);
    }
    /* Third newest is the one at work. */
    while ((newest(&page, 3) < 3 || page[2].state != KU_RUN_RUNNING ||
            page[0].state != KU_RUN_QUEUED) &&
           ku_clock_seconds() < until)
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    assert_int_equal(page[2].state, KU_RUN_RUNNING);
    const char *lost = page[2].id, *waiting[2] = {page[0].id, page[1].id};
    /* Someone else's run is watched through the register. */
    ku_run_queue *watcher_queue = NULL;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    watcher_queue = start(2);
    ku_run_record r = watch_until(watcher_queue, lost, KU_RUN_FAILED, NULL);
    assert_int_equal(r.state, KU_RUN_FAILED);
    assert_string_equal(r.failure.message, "the program stopped while it ran");
    for (int i = 0; i < 2; i++)
        assert_int_equal(watch_until(watcher_queue, waiting[i], KU_RUN_DONE, NULL).state,
                         KU_RUN_DONE);
    ku_run_queue_stop(watcher_queue);
}

static void a_run_of_another_program_is_watched_and_left_alone(void **state)
{
    (void)state;
    ku_run_record *page;
    ku_error err = {0};
    double until = ku_clock_seconds() + 30;
    ku_run_queue *queue = start(1);
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test", "--serve", place, (char *)NULL);
        _exit(127);
    }
    while ((newest(&page, 3) < 3 || page[2].state != KU_RUN_RUNNING ||
            page[0].state != KU_RUN_QUEUED) &&
           ku_clock_seconds() < until)
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    const char *id = page[2].id;
    ku_run_record r = watch_until(queue, id, KU_RUN_RUNNING, NULL);
    assert_int_equal(r.state, KU_RUN_RUNNING);
    assert_int_equal(ku_run_cancel(queue, id, &err), KU_CONFLICT);
    assert_non_null(strstr(err.message, "another program"));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    r = watch_until(queue, id, KU_RUN_FAILED, NULL);
    assert_int_equal(r.state, KU_RUN_FAILED);
    for (int i = 0; i < 2; i++) check(ku_run_cancel(queue, page[i].id, &err), &err);
    ku_run_queue_stop(queue);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, actor_find);
    if (argc == 3 && strcmp(argv[1], "--serve") == 0) {
        snprintf(place, sizeof place, "%s", argv[2]);
        return serve_until_killed();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_runs_are_all_done),
        cmocka_unit_test(a_repetition_is_queued),
        cmocka_unit_test(a_watcher_sees_states_and_progress),
        cmocka_unit_test(waiting_and_running_ones_are_cancelled),
        cmocka_unit_test(bad_parameters_are_refused_at_once),
        cmocka_unit_test(a_failure_reaches_the_watcher),
        cmocka_unit_test(a_stop_cancels_what_runs_and_keeps_what_waits),
        cmocka_unit_test(after_a_crash_the_queue_goes_on),
        cmocka_unit_test(a_run_of_another_program_is_watched_and_left_alone),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
