/* test_workspace.c - making, opening, sharing a workspace, and what happens when
 * something is in the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "place.h"
#include "workspace/workspace.h"

static char place[PLACE];

static const char *at(const char *name)
{
    static char path[4][2 * PLACE];
    static unsigned next;
    return place_path(place, name, path[next++ % 4]);
}

static void check(ku_status status, const ku_error *err)
{
    if (status != KU_OK) fail_msg("%s: %s: %s", ku_status_name(status), err->where, err->message);
}

static ku_workspace *fresh(const char *name)
{
    ku_workspace *w;
    ku_error err = {0};
    check(ku_workspace_init(at(name), NULL, &err), &err);
    check(ku_workspace_open(at(name), &w, &err), &err);
    return w;
}

static int setup(void **state)
{
    (void)state;
    place_make(place);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    place_remove(place);
    return 0;
}

static unsigned entries(const char *folder)
{
    unsigned n = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) n += e->d_name[0] != '.';
    if (dir != NULL) closedir(dir);
    return n;
}

static void a_new_workspace_is_private_and_whole(void **state)
{
    (void)state;
    struct stat st;
    ku_error err = {0};
    ku_settings settings = {.company = "Korn & Co", .currency = "IDR", .port = 9999};
    check(ku_workspace_init(at("new"), &settings, &err), &err);
    assert_int_equal(stat(at("new"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat(at("new/keys"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat(at("new/kemudi.toml"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    ku_workspace *w;
    check(ku_workspace_open(at("new"), &w, &err), &err);
    assert_string_equal(ku_workspace_settings(w)->company, "Korn & Co");
    assert_string_equal(ku_workspace_settings(w)->currency, "IDR");
    assert_int_equal(ku_workspace_settings(w)->port, 9999);
    ku_workspace_close(w);
}

static void nothing_is_replaced(void **state)
{
    (void)state;
    ku_error err = {0};
    check(ku_workspace_init(at("once"), NULL, &err), &err);
    assert_int_equal(ku_workspace_init(at("once"), NULL, &err), KU_CONFLICT);
    assert_non_null(strstr(err.message, "a workspace in this folder already"));
    mkdir(at("full"), 0700);
    check(ku_file_write(at("full/letter"), "dear", 4, 0600, &err), &err);
    assert_int_equal(ku_workspace_init(at("full"), NULL, &err), KU_CONFLICT);
    assert_non_null(strstr(err.message, "not empty"));
    assert_int_equal(entries(at("full")), 1);
    check(ku_file_write(at("file"), "dear", 4, 0600, &err), &err);
    assert_int_equal(ku_workspace_init(at("file"), NULL, &err), KU_CONFLICT);
    mkdir(at("empty"), 0700);
    check(ku_workspace_init(at("empty/"), NULL, &err), &err);
}

static void a_failed_start_leaves_nothing(void **state)
{
    (void)state;
    ku_error err = {0};
    unsigned before = entries(place);
    ku_settings settings = {.currency = "nonsense"};
    assert_int_equal(ku_workspace_init(at("never"), &settings, &err), KU_USAGE);
    assert_int_equal(ku_workspace_init(at("no/such/parent"), NULL, &err), KU_NOT_FOUND);
    assert_int_equal(entries(place), before);
}

static void what_is_no_workspace_is_named(void **state)
{
    (void)state;
    ku_workspace *w;
    ku_error err = {0};
    assert_int_equal(ku_workspace_open(at("absent"), &w, &err), KU_NOT_FOUND);
    assert_non_null(strstr(err.message, "kemudi init"));
    mkdir(at("plain"), 0700);
    assert_int_equal(ku_workspace_open(at("plain"), &w, &err), KU_NOT_FOUND);
    assert_non_null(strstr(err.message, "not a workspace"));
    check(ku_file_write(at("paper"), "x", 1, 0600, &err), &err);
    assert_int_equal(ku_workspace_open(at("paper"), &w, &err), KU_NOT_FOUND);
    check(ku_workspace_init(at("half"), NULL, &err), &err);
    unlink(at("half/office.db"));
    assert_int_equal(ku_workspace_open(at("half"), &w, &err), KU_BAD_DATA);
    assert_non_null(strstr(err.message, "office.db is missing"));
}

/* In a child that is not the administrator, who may read everything. */
static int open_locked(void)
{
    ku_workspace *w;
    ku_error err = {0};
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) return 2;
    return ku_workspace_open(at("locked"), &w, &err) == KU_NOT_ALLOWED ? 0 : 1;
}

static void a_locked_folder_is_told(void **state)
{
    (void)state;
    ku_error err = {0};
    check(ku_workspace_init(at("locked"), NULL, &err), &err);
    chmod(place, 0755);
    chmod(at("locked"), 0);
    pid_t child = fork();
    if (child == 0) _exit(open_locked());
    int status;
    waitpid(child, &status, 0);
    chmod(at("locked"), 0700);
    chmod(place, 0700);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void run_sql(const char *file, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void a_newer_or_foreign_database_is_refused(void **state)
{
    (void)state;
    ku_workspace *w;
    ku_error err = {0};
    check(ku_workspace_init(at("newer"), NULL, &err), &err);
    run_sql(at("newer/office.db"), "PRAGMA user_version = 900");
    assert_int_equal(ku_workspace_open(at("newer"), &w, &err), KU_CONFLICT);
    assert_non_null(strstr(err.message, "newer Kemudi"));
    run_sql(at("newer/office.db"), "PRAGMA application_id = 7");
    assert_int_equal(ku_workspace_open(at("newer"), &w, &err), KU_BAD_DATA);
    check(ku_file_write(at("newer/office.db"), "this is not a database at all, is it?", 37, 0600,
                        &err),
          &err);
    assert_int_equal(ku_workspace_open(at("newer"), &w, &err), KU_BAD_DATA);
    assert_non_null(strstr(err.message, "damaged or not a database"));
}

static void an_old_database_is_brought_up_to_date(void **state)
{
    (void)state;
    ku_workspace *w;
    sqlite3 *db;
    ku_error err = {0};
    check(ku_workspace_init(at("old"), NULL, &err), &err);
    unlink(at("old/office.db"));
    run_sql(at("old/office.db"), "PRAGMA application_id = 1264938357"); /* "Kemu", version 0 */
    check(ku_workspace_open(at("old"), &w, &err), &err);
    check(ku_workspace_office(w, &db, &err), &err);
    assert_int_equal(sqlite3_exec(db, "SELECT count(*) FROM run", NULL, NULL, NULL), SQLITE_OK);
    ku_workspace_office_done(w, db);
    ku_workspace_close(w);
}

static void half_a_change_is_taken_back(void **state)
{
    (void)state;
    sqlite3 *db;
    ku_error err = {0};
    ku_workspace *w = fresh("turn");
    check(ku_workspace_office(w, &db, &err), &err);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE kept (a); BEGIN; INSERT INTO kept VALUES (1)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    ku_workspace_office_done(w, db);
    check(ku_workspace_office(w, &db, &err), &err);
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM kept", -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(s, 0), 0);
    sqlite3_finalize(s);
    ku_workspace_office_done(w, db);
    ku_workspace_close(w);
}

/* ---- blobs ---------------------------------------------------------------------- */

static void blobs_come_back(void **state)
{
    (void)state;
    ku_workspace *w = fresh("blobs");
    ku_arena *arena = ku_arena_new();
    ku_error err = {0};
    for (size_t length = 0; length < 3000000; length = length * 7 + 1) {
        char id[KU_BLOB_ID], again[KU_BLOB_ID];
        char *bytes = ku_arena_alloc(arena, length);
        for (size_t i = 0; i < length; i++) bytes[i] = (char)(i * i >> 3);
        void *back;
        size_t got;
        check(ku_blob_put(w, bytes, length, id, &err), &err);
        check(ku_blob_put(w, bytes, length, again, &err), &err);
        assert_string_equal(id, again);
        check(ku_blob_get(w, id, arena, &back, &got, &err), &err);
        assert_int_equal(got, length);
        assert_memory_equal(back, bytes, length);
    }
    ku_arena_free(arena);
    ku_workspace_close(w);
}

static void the_id_is_blake2b(void **state)
{
    (void)state;
    ku_workspace *w = fresh("id");
    ku_error err = {0};
    char id[KU_BLOB_ID];
    check(ku_blob_put(w, "abc", 3, id, &err), &err);
    /* printf abc | b2sum -l 256 */
    assert_string_equal(id, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    ku_workspace_close(w);
}

static void flip_byte(const char *path, long from_end)
{
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    fseek(f, -from_end, SEEK_END);
    int c = fgetc(f);
    fseek(f, -from_end, SEEK_END);
    fputc(c ^ 0x55, f);
    fclose(f);
}

static void damaged_blobs_are_noticed(void **state)
{
    (void)state;
    ku_workspace *w = fresh("damage");
    ku_arena *arena = ku_arena_new();
    ku_error err = {0};
    char id[KU_BLOB_ID], path[2 * PLACE];
    void *bytes;
    size_t length;
    check(ku_blob_put(w, "a text that was stored", 22, id, &err), &err);
    snprintf(path, sizeof path, "%s/damage/blobs/%.2s/%s.zst", place, id, id);
    for (long from_end = 1; from_end < 30; from_end++) {
        flip_byte(path, from_end);
        if (ku_blob_get(w, id, arena, &bytes, &length, &err) == KU_OK)
            assert_memory_equal(bytes, "a text that was stored", 22); /* an unused bit */
        flip_byte(path, from_end);
    }
    flip_byte(path, 8);
    assert_int_equal(ku_blob_get(w, id, arena, &bytes, &length, &err), KU_BAD_DATA);
    assert_int_equal(truncate(path, 3), 0);
    assert_int_equal(ku_blob_get(w, id, arena, &bytes, &length, &err), KU_BAD_DATA);
    assert_int_equal(ku_blob_get(w, "../../kemudi.toml", arena, &bytes, &length, &err),
                     KU_NOT_FOUND);
    assert_int_equal(ku_workspace_verify(w, NULL, NULL, &err), KU_BAD_DATA);
    ku_arena_free(arena);
    ku_workspace_close(w);
}

/* In a child with a file system of its own, of 1 MiB. */
static int fill_the_disk(void)
{
    ku_workspace *w;
    ku_error err = {0};
    char id[KU_BLOB_ID];
    static char noise[4 << 20];
    uint64_t x = 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        x = x * UINT64_C(6364136223846793005) + 1;
        noise[i] = (char)(x >> 56);
    }
    if (ku_workspace_init(at("disk"), NULL, &err) != KU_OK) return 2;
    if (mount("none", at("disk/blobs"), "tmpfs", 0, "size=1m") != 0) return 77;
    if (ku_workspace_open(at("disk"), &w, &err) != KU_OK) return 3;
    if (ku_blob_put(w, noise, sizeof noise, id, &err) != KU_NO_SPACE) return 4;
    ku_arena *arena = ku_arena_new();
    void *bytes;
    size_t length;
    /* Nothing of it is left, so something small still fits. */
    if (ku_blob_put(w, noise, 900000, id, &err) != KU_OK) return 5;
    if (ku_blob_get(w, id, arena, &bytes, &length, &err) != KU_OK) return 6;
    ku_arena_free(arena);
    ku_workspace_close(w);
    return 0;
}

static void a_full_disk_is_told_and_leaves_nothing(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNS | (getuid() == 0 ? 0 : CLONE_NEWUSER)) != 0) _exit(77);
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
        _exit(fill_the_disk());
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) PLACE_SKIP("no file system can be mounted here");
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- sharing -------------------------------------------------------------------- */

static void another_program_that_writes_is_named(void **state)
{
    (void)state;
    ku_workspace *w = fresh("busy");
    sqlite3 *other, *db;
    ku_error err = {0};
    assert_int_equal(sqlite3_open(at("busy/office.db"), &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    check(ku_workspace_office(w, &db, &err), &err);
    sqlite3_busy_timeout(db, 100);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_BUSY);
    ku_workspace_office_done(w, db);
    sqlite3_close(other);
    ku_workspace_close(w);
}

typedef struct visitor {
    ku_workspace *workspace;
    ku_bank_mode mode;
    int times;
    _Atomic int *inside, *most, *writers;
} visitor;

static void *visit(void *data)
{
    visitor *v = data;
    for (int i = 0; i < v->times; i++) {
        ku_bank *bank;
        ku_error err = {0};
        if (ku_workspace_bank(v->workspace, v->mode, &bank, &err) != KU_OK) return "failed";
        int inside = ++*v->inside;
        if (inside > *v->most) *v->most = inside;
        if (v->mode == KU_BANK_WRITE && ++*v->writers > 1) return "two writers at once";
        ku_fact_count counts[64];
        size_t count;
        if (ku_bank_counts(bank, counts, 64, &count, &err) != KU_OK) return "cannot read";
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        if (v->mode == KU_BANK_WRITE) --*v->writers;
        --*v->inside;
        ku_workspace_bank_done(v->workspace, bank);
    }
    return NULL;
}

static void readers_share_the_bank_and_writers_take_turns(void **state)
{
    (void)state;
    ku_workspace *w = fresh("share");
    _Atomic int inside = 0, most = 0, writers = 0;
    visitor reader = {w, KU_BANK_READ, 10, &inside, &most, &writers};
    visitor writer = {w, KU_BANK_WRITE, 3, &inside, &most, &writers};
    pthread_t thread[8];
    for (int i = 0; i < 8; i++)
        pthread_create(&thread[i], NULL, visit, i % 4 == 3 ? &writer : &reader);
    for (int i = 0; i < 8; i++) {
        void *wrong;
        pthread_join(thread[i], &wrong);
        if (wrong != NULL) fail_msg("%s", (const char *)wrong);
    }
    assert_true(most > 1);
    ku_workspace_close(w);
}

/* Another process gets the bank for writing within `ms`. */
static bool other_process_can_write(const char *path, int ms)
{
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test", "--write", path, ms > 1000 ? "5000" : "0", NULL);
        _exit(1);
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void an_idle_bank_is_let_go(void **state)
{
    (void)state;
    ku_workspace *w = fresh("idle");
    ku_bank *bank;
    ku_error err = {0};
    check(ku_workspace_bank(w, KU_BANK_READ, &bank, &err), &err);
    assert_false(other_process_can_write(at("idle/bank.duckdb"), 0));
    ku_workspace_bank_done(w, bank);
    assert_true(other_process_can_write(at("idle/bank.duckdb"), 5000));
    /* ... and taken again. */
    check(ku_workspace_bank(w, KU_BANK_READ, &bank, &err), &err);
    ku_workspace_bank_done(w, bank);
    ku_workspace_close(w);
}

/* `test --write PATH WAIT_MS`: opens a bank for writing and says whether it could. */
static int write_bank(char **argv)
{
    ku_bank *bank;
    ku_error err = {0};
    ku_bank_options options = {.mode = KU_BANK_WRITE, .wait_ms = argv[3][0] == '5' ? 5000 : 0};
    if (ku_bank_open(argv[2], &options, &bank, &err) != KU_OK) return 1;
    ku_bank_close(bank);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--write") == 0) return write_bank(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_workspace_is_private_and_whole),
        cmocka_unit_test(nothing_is_replaced),
        cmocka_unit_test(a_failed_start_leaves_nothing),
        cmocka_unit_test(what_is_no_workspace_is_named),
        cmocka_unit_test(a_locked_folder_is_told),
        cmocka_unit_test(a_newer_or_foreign_database_is_refused),
        cmocka_unit_test(an_old_database_is_brought_up_to_date),
        cmocka_unit_test(half_a_change_is_taken_back),
        cmocka_unit_test(blobs_come_back),
        cmocka_unit_test(the_id_is_blake2b),
        cmocka_unit_test(damaged_blobs_are_noticed),
        cmocka_unit_test(a_full_disk_is_told_and_leaves_nothing),
        cmocka_unit_test(another_program_that_writes_is_named),
        cmocka_unit_test(readers_share_the_bank_and_writers_take_turns),
        cmocka_unit_test(an_idle_bank_is_let_go),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
