/* test_register.c - every run is on record and can be repeated from the record alone;
 * what a dead process leaves behind is cleared up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <sched.h>
#include <sys/mount.h>
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

static ku_status run_act(const char *act, const char *count, ku_run_record *record, ku_frames *out,
                         ku_error *err)
{
    ku_param_text params[] = {{"act", act}, {"count", count}};
    ku_run_request request = {
        .analysis = &actor, .params = params, .param_count = 2, .seed = 5, .actor = "anna"};
    return ku_run_now(workspace, &request, NULL, NULL, arena, record, out, err);
}

static void execute(const char *sql)
{
    sqlite3 *db;
    ku_error err = {0};
    check(ku_workspace_office(workspace, &db, &err), &err);
    ku_status status = ku_sql_run(db, &err, sql, "");
    ku_workspace_office_done(workspace, db);
    check(status, &err);
}

/* ---- the record ------------------------------------------------------------------- */

static void the_record_tells_all(void **state)
{
    (void)state;
    char path[2 * PLACE];
    ku_run_record given, kept;
    ku_frames out;
    ku_frame *frame;
    ku_error err = {0};
    ku_frames_init(&out);
    const char *csv = "key,x\na,1\nb,2\n";
    check(ku_file_write(place_path(place, "n.csv", path), csv, strlen(csv), 0600, &err), &err);
    ku_table_file file = {"numbers", path};
    ku_param_text param = {"count", "50"};
    ku_run_request request = {.analysis = &actor,
                              .params = &param,
                              .param_count = 1,
                              .files = &file,
                              .file_count = 1,
                              .seed = UINT64_MAX - 1,
                              .actor = "anna"};
    check(ku_run_now(workspace, &request, NULL, NULL, arena, &given, &out, &err), &err);
    check(ku_run_get(workspace, given.id, arena, &kept, &err), &err);
    assert_string_equal(kept.analysis, "test.actor");
    assert_string_equal(kept.version, "1");
    assert_int_equal(kept.state, KU_RUN_DONE);
    assert_true(kept.seed == UINT64_MAX - 1);
    assert_string_equal(kept.actor, "anna");
    assert_int_equal(kept.param_count, 2);
    assert_string_equal(kept.params[0].name, "act");
    assert_string_equal(kept.params[0].value, "sum");
    assert_string_equal(kept.params[1].value, "50");
    assert_string_equal(kept.input_hash, given.input_hash);
    assert_string_equal(kept.output_hash, given.output_hash);
    assert_true(kept.as_of >= kept.started && kept.ended >= kept.as_of);
    assert_true(kept.peak_bytes == given.peak_bytes && kept.progress == 1);
    assert_int_equal(kept.remark_count, 2);
    assert_int_equal(kept.remark[1].severity, KU_WARN);
    assert_string_equal(kept.remark[0].text, "2 numbers were given");
    assert_int_equal(kept.input_count, 1);
    assert_int_equal(kept.output_count, 2);
    assert_null(kept.again_of);
    check(ku_run_table_read(workspace, given.id, "draws", &frame, &err), &err);
    char hash[KU_HASH_TEXT], expected[KU_HASH_TEXT];
    ku_frame_hash(frame, hash);
    ku_frame_hash(ku_frames_find(&out, "draws"), expected);
    assert_string_equal(hash, expected);
    ku_frame_free(frame);
    assert_int_equal(ku_run_table_read(workspace, given.id, "nothing", &frame, &err), KU_NOT_FOUND);
    ku_frames_clear(&out);
}

static void a_failed_run_is_on_record_too(void **state)
{
    (void)state;
    ku_run_record given, kept;
    ku_frames out;
    ku_error err = {0};
    ku_frames_init(&out);
    assert_int_equal(run_act("refuse", "1", &given, &out, &err), KU_BAD_DATA);
    check(ku_run_get(workspace, given.id, arena, &kept, &err), &err);
    assert_int_equal(kept.state, KU_RUN_FAILED);
    assert_int_equal(kept.failure.code, KU_BAD_DATA);
    assert_string_equal(kept.failure.where, "numbers, row 7");
    assert_string_equal(kept.failure.message, "there are too few weeks");
    assert_int_equal(kept.output_count, 0);
    assert_null(kept.output_hash);
}

static void unknown_ids_are_told(void **state)
{
    (void)state;
    ku_run_record record;
    ku_error err = {0};
    assert_int_equal(ku_run_get(workspace, "r0000000", arena, &record, &err), KU_NOT_FOUND);
    assert_non_null(strstr(err.message, "no run r0000000"));
    assert_int_equal(ku_run_get(workspace, "forecast", arena, &record, &err), KU_NOT_FOUND);
    assert_non_null(strstr(err.message, "not the id of a run"));
}

static void ids_read_as_people_type_them(void **state)
{
    (void)state;
    int64_t number;
    char id[KU_RUN_ID], later[KU_RUN_ID];
    ku_run_id(INT64_C(8486413345), id);
    assert_int_equal(strlen(id), 8);
    assert_true(ku_run_number(id, &number));
    assert_true(number == INT64_C(8486413345));
    assert_true(ku_run_number("R0o0O1iL", &number)); /* r0000111 */
    assert_true(number == 32 * 32 + 32 + 1);
    assert_false(ku_run_number("r00000u0", &number));
    assert_false(ku_run_number("r000000", &number));
    assert_false(ku_run_number(NULL, &number));
    for (int64_t n = 1; n < INT64_C(1) << 34; n = n * 3 + 1) {
        ku_run_id(n, id);
        ku_run_id(n + 1, later);
        assert_true(strcmp(id, later) < 0);
    }
}

static void lists_come_in_pages_newest_first(void **state)
{
    (void)state;
    ku_run_record record, *page;
    ku_frames out;
    ku_error err = {0};
    size_t count, seen = 0;
    const char *cursor = NULL, *last = "s";
    ku_frames_init(&out);
    for (int i = 0; i < 5; i++) {
        check(run_act("x", "1", &record, &out, &err), &err);
        ku_frames_clear(&out);
    }
    do {
        check(ku_run_list(workspace, "test.actor", cursor, 2, arena, &page, &count, &err), &err);
        for (size_t i = 0; i < count; i++, seen++) {
            assert_true(strcmp(page[i].id, last) < 0);
            last = cursor = page[i].id;
            assert_int_equal(page[i].param_count, 2);
        }
    } while (count > 0);
    assert_true(seen >= 5);
    check(ku_run_list(workspace, "other.analysis", NULL, 10, arena, &page, &count, &err), &err);
    assert_int_equal(count, 0);
}

static void a_clock_set_back_does_not_mix_the_order(void **state)
{
    (void)state;
    ku_run_record before, after;
    ku_frames out;
    ku_error err = {0};
    ku_frames_init(&out);
    check(run_act("x", "1", &before, &out, &err), &err);
    ku_frames_clear(&out);
    /* As if that run had been made an hour from now, before the clock was put right. */
    execute("INSERT INTO run SELECT number + 36000, analysis, version, program, state, seed, "
            "threads, memory_limit, time_limit, actor, NULL, submitted, as_of, started, ended, "
            "seconds, cpu_seconds, peak_bytes, progress, doing, input_hash, output_hash, "
            "failure_code, failure_where, failure_text FROM run ORDER BY number DESC LIMIT 1");
    int64_t old, now;
    check(run_act("x", "1", &after, &out, &err), &err);
    ku_frames_clear(&out);
    assert_true(ku_run_number(before.id, &old) && ku_run_number(after.id, &now));
    assert_true(now == old + 36001);
}

/* ---- once more -------------------------------------------------------------------- */

static ku_status again(const char *id, ku_run_record *record, ku_frames *out, ku_error *err)
{
    return ku_run_again_of(workspace, &actor, id, NULL, NULL, NULL, arena, record, out, err);
}

static void a_run_is_repeated_from_its_record(void **state)
{
    (void)state;
    char path[2 * PLACE];
    ku_run_record first, second, kept;
    ku_frames out;
    ku_error err = {0};
    ku_frames_init(&out);
    const char *csv = "key,x\na,1.25\nb,\"2.5\"\n";
    check(ku_file_write(place_path(place, "gone.csv", path), csv, strlen(csv), 0600, &err), &err);
    ku_table_file file = {"numbers", path};
    ku_param_text param = {"count", "300"};
    ku_run_request request = {.analysis = &actor,
                              .params = &param,
                              .param_count = 1,
                              .files = &file,
                              .file_count = 1,
                              .seed = 9,
                              .threads = 1};
    check(ku_run_now(workspace, &request, NULL, NULL, arena, &first, &out, &err), &err);
    ku_frames_clear(&out);
    unlink(path); /* the record is enough */
    check(again(first.id, &second, &out, &err), &err);
    assert_int_equal(out.count, 2);
    ku_frames_clear(&out);
    assert_string_equal(second.output_hash, first.output_hash);
    assert_string_equal(second.input_hash, first.input_hash);
    assert_string_not_equal(second.id, first.id);
    check(ku_run_get(workspace, second.id, arena, &kept, &err), &err);
    assert_string_equal(kept.again_of, first.id);
    assert_string_equal(kept.remark[kept.remark_count - 1].check, "repetition");
    assert_int_equal(kept.remark[kept.remark_count - 1].severity, KU_NOTE);
    assert_true(kept.as_of == first.as_of);
    /* And the repetition can be repeated. */
    check(again(second.id, &kept, &out, &err), &err);
    ku_frames_clear(&out);
}

static void a_different_result_is_a_conflict(void **state)
{
    (void)state;
    ku_run_record first, second;
    ku_frames out;
    ku_error err = {0};
    ku_frames_init(&out);
    check(run_act("sum", "10", &first, &out, &err), &err);
    ku_frames_clear(&out);
    execute("UPDATE run_table SET hash = 'other' WHERE side = 'output' AND name = 'draws'");
    execute("UPDATE run SET output_hash = 'other', version = '0'");
    assert_int_equal(again(first.id, &second, &out, &err), KU_CONFLICT);
    assert_non_null(strstr(err.message, "table draws"));
    assert_non_null(strstr(err.message, "from version 0 to 1"));
    assert_int_equal(second.remark[second.remark_count - 1].severity, KU_FAIL);
    ku_frames_clear(&out);
}

static void what_cannot_be_repeated_is_told(void **state)
{
    (void)state;
    char path[2 * PLACE];
    ku_run_record first, second;
    ku_frames out;
    ku_error err = {0};
    ku_frames_init(&out);
    ku_table_file file = {"numbers", "/no/such/file.csv"};
    ku_run_request request = {.analysis = &actor, .files = &file, .file_count = 1};
    assert_int_equal(ku_run_now(workspace, &request, NULL, NULL, arena, &first, &out, &err),
                     KU_NOT_FOUND);
    assert_int_equal(again(first.id, &second, &out, &err), KU_CONFLICT);
    assert_non_null(strstr(err.message, "ended before it had read its input"));
    assert_int_equal(ku_run_again(workspace, first.id, NULL, NULL, arena, &second, &out, &err),
                     KU_NOT_FOUND); /* the registry has no such analysis */
    const char *csv = "key,x\nq,1\n";
    check(ku_file_write(place_path(place, "q.csv", path), csv, strlen(csv), 0600, &err), &err);
    file.path = path;
    check(ku_run_now(workspace, &request, NULL, NULL, arena, &first, &out, &err), &err);
    ku_frames_clear(&out);
    snprintf(path, sizeof path, "%s/w/blobs/%.2s/%s.zst", place, first.input[0].blob,
             first.input[0].blob);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(again(first.id, &second, &out, &err), KU_NOT_FOUND);
}

/* ---- several processes -------------------------------------------------------------- */

/* In a child: a workspace of its own making, `times` runs. */
static int run_many(int times)
{
    char path[2 * PLACE];
    ku_error err = {0};
    ku_workspace *own;
    if (ku_workspace_open(place_path(place, "w", path), &own, &err) != KU_OK) return 1;
    for (int i = 0; i < times; i++) {
        ku_run_record record;
        ku_frames out;
        ku_arena *a = ku_arena_new();
        ku_frames_init(&out);
        ku_param_text params[] = {{"count", "100"}};
        ku_run_request request = {
            .analysis = &actor, .params = params, .param_count = 1, .seed = 3};
        if (ku_run_now(own, &request, NULL, NULL, a, &record, &out, &err) != KU_OK) return 2;
        ku_frames_clear(&out);
        ku_arena_free(a);
    }
    ku_workspace_close(own);
    return 0;
}

static pid_t start_self(const char *mode)
{
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test", mode, place, (char *)NULL);
        _exit(127);
    }
    return child;
}

static void two_processes_share_a_workspace(void **state)
{
    (void)state;
    ku_run_record *page;
    size_t count, done = 0;
    ku_error err = {0};
    execute("UPDATE run SET again_of = NULL");
    execute("DELETE FROM run");
    pid_t child[2] = {start_self("--many"), start_self("--many")};
    for (int i = 0; i < 2; i++) {
        int status;
        waitpid(child[i], &status, 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    check(ku_run_list(workspace, NULL, NULL, 100, arena, &page, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        done += page[i].state == KU_RUN_DONE;
        assert_string_equal(page[i].output_hash, page[0].output_hash);
    }
    assert_int_equal(done, 12);
}

/* The pid of the worker that the child started, from its /proc/PID/task/PID/children. */
static pid_t worker_of(pid_t parent)
{
    char path[64];
    int worker = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    FILE *f = fopen(path, "r");
    if (f != NULL) {
        if (fscanf(f, "%d", &worker) != 1) worker = 0;
        fclose(f);
    }
    return worker;
}

static bool running(pid_t pid)
{
    char path[64], state = 'X';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    if (f == NULL) return false;
    if (fscanf(f, "%*d %*s %c", &state) != 1) state = 'X';
    fclose(f);
    return state != 'Z' && state != 'X';
}

static void wait_until_newest_is(ku_run_state wanted, ku_run_record *record)
{
    double until = ku_clock_seconds() + 20;
    do {
        ku_run_record *page;
        size_t count;
        ku_error err = {0};
        check(ku_run_list(workspace, NULL, NULL, 1, arena, &page, &count, &err), &err);
        if (count == 1) *record = page[0];
        if (count == 1 && record->state == wanted) return;
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    } while (ku_clock_seconds() < until);
    fail_msg("the newest run is %s", ku_run_state_name(record->state));
}

static void a_killed_program_leaves_no_worker_and_a_reason(void **state)
{
    (void)state;
    ku_run_record record = {0};
    ku_error err = {0};
    pid_t child = start_self("--spin");
    wait_until_newest_is(KU_RUN_RUNNING, &record);
    pid_t worker = 0;
    for (int i = 0; i < 500 && worker == 0; i++) {
        worker = worker_of(child);
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    assert_true(worker > 0 && running(worker));
    check(ku_run_get(workspace, record.id, arena, &record, &err), &err);
    assert_int_equal(record.state, KU_RUN_RUNNING); /* its process is alive */
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    for (int i = 0; i < 300 && running(worker); i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    assert_false(running(worker));
    check(ku_run_get(workspace, record.id, arena, &record, &err), &err);
    assert_int_equal(record.state, KU_RUN_FAILED);
    assert_string_equal(record.failure.message, "the program stopped while it ran");
    assert_true(record.submitted > 0 && record.started >= record.submitted);
}

static int spin_for_ever(void)
{
    char path[2 * PLACE];
    ku_error err = {0};
    ku_workspace *own;
    ku_run_record record;
    ku_frames out;
    if (ku_workspace_open(place_path(place, "w", path), &own, &err) != KU_OK) return 1;
    ku_param_text params[] = {{"act", "spin"}};
    ku_run_request request = {.analysis = &actor, .params = params, .param_count = 1};
    ku_frames_init(&out);
    ku_run_now(own, &request, NULL, NULL, ku_arena_new(), &record, &out, &err);
    return 2;
}

/* ---- things in the way ---------------------------------------------------------------- */

static void a_locked_office_is_told(void **state)
{
    (void)state;
    char path[2 * PLACE];
    sqlite3 *other, *db;
    ku_run_record record;
    ku_frames out;
    ku_error err = {0};
    ku_frames_init(&out);
    assert_int_equal(sqlite3_open(place_path(place, "w/office.db", path), &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    check(ku_workspace_office(workspace, &db, &err), &err);
    sqlite3_busy_timeout(db, 100);
    ku_workspace_office_done(workspace, db);
    assert_int_equal(run_act("x", "1", &record, &out, &err), KU_BUSY);
    assert_non_null(strstr(err.message, "another program"));
    sqlite3_close(other);
    check(run_act("x", "1", &record, &out, &err), &err);
    ku_frames_clear(&out);
}

/* In a child whose blobs lie on a file system of 256 KiB. */
static int fill_the_disk(void)
{
    char path[2 * PLACE];
    ku_error err = {0};
    ku_workspace *own;
    ku_run_record record, kept;
    ku_frames out;
    ku_arena *a = ku_arena_new();
    if (unshare(CLONE_NEWNS | (getuid() == 0 ? 0 : CLONE_NEWUSER)) != 0) return 77;
    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
    if (mount("none", place_path(place, "w/blobs", path), "tmpfs", 0, "size=256k") != 0) return 77;
    if (ku_workspace_open(place_path(place, "w", path), &own, &err) != KU_OK) return 1;
    ku_param_text params[] = {{"count", "200000"}};
    ku_run_request request = {.analysis = &actor, .params = params, .param_count = 1};
    ku_frames_init(&out);
    if (ku_run_now(own, &request, NULL, NULL, a, &record, &out, &err) != KU_NO_SPACE) return 3;
    if (ku_run_get(own, record.id, a, &kept, &err) != KU_OK) return 4;
    if (kept.state != KU_RUN_FAILED || kept.failure.code != KU_NO_SPACE) return 5;
    ku_arena_free(a);
    ku_workspace_close(own);
    return 0;
}

static void a_full_disk_fails_the_run_with_its_reason(void **state)
{
    (void)state;
    int status;
    waitpid(start_self("--fill"), &status, 0);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) PLACE_SKIP("no file system can be mounted here");
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, actor_find);
    if (argc == 3) snprintf(place, sizeof place, "%s", argv[2]);
    if (argc == 3 && strcmp(argv[1], "--many") == 0) return run_many(6);
    if (argc == 3 && strcmp(argv[1], "--spin") == 0) return spin_for_ever();
    if (argc == 3 && strcmp(argv[1], "--fill") == 0) return fill_the_disk();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_record_tells_all),
        cmocka_unit_test(a_failed_run_is_on_record_too),
        cmocka_unit_test(unknown_ids_are_told),
        cmocka_unit_test(ids_read_as_people_type_them),
        cmocka_unit_test(lists_come_in_pages_newest_first),
        cmocka_unit_test(a_run_is_repeated_from_its_record),
        cmocka_unit_test(a_different_result_is_a_conflict),
        cmocka_unit_test(what_cannot_be_repeated_is_told),
        cmocka_unit_test(two_processes_share_a_workspace),
        cmocka_unit_test(a_killed_program_leaves_no_worker_and_a_reason),
        cmocka_unit_test(a_locked_office_is_told),
        cmocka_unit_test(a_full_disk_fails_the_run_with_its_reason),
        cmocka_unit_test(a_clock_set_back_does_not_mix_the_order),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
