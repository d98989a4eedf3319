/* test_backup.c - a backup taken while the workspace is in use comes back whole; a file
 * that was cut, changed or made by someone else never becomes a workspace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void execute(ku_workspace *w, const char *sql)
{
    sqlite3 *db;
    ku_error err = {0};
    check(ku_workspace_office(w, &db, &err), &err);
    char *wrong = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &wrong) != SQLITE_OK) fail_msg("%s", wrong);
    ku_workspace_office_done(w, db);
}

static int number(ku_workspace *w, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    ku_error err = {0};
    check(ku_workspace_office(w, &db, &err), &err);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int n = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    ku_workspace_office_done(w, db);
    return n;
}

static unsigned entries(const char *folder)
{
    unsigned n = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) n += e->d_name[0] != '.';
    if (dir != NULL) closedir(dir);
    return n;
}

/* A workspace with a blob of `size` bytes, a key, and a table with one row. */
static ku_workspace *filled(const char *name, size_t size, char id[KU_BLOB_ID])
{
    ku_workspace *w;
    ku_error err = {0};
    char path[PLACE];
    ku_settings settings = {.company = "Saved & Found"};
    check(ku_workspace_init(at(name), &settings, &err), &err);
    check(ku_workspace_open(at(name), &w, &err), &err);
    unsigned char *bytes = malloc(size);
    for (size_t i = 0; i < size; i++) bytes[i] = (unsigned char)(i * 2654435761u >> 24);
    check(ku_blob_put(w, bytes, size, id, &err), &err);
    free(bytes);
    execute(w, "CREATE TABLE mark (n INTEGER); INSERT INTO mark VALUES (42)");
    snprintf(path, sizeof path, "%s/keys/seal", name);
    check(ku_file_write(at(path), "secret", 6, 0600, &err), &err);
    return w;
}

static void a_backup_comes_back(void **state)
{
    (void)state;
    char id[KU_BLOB_ID];
    ku_error err = {0};
    struct stat st;
    ku_workspace *w = filled("from", 500000, id), *back;
    check(ku_workspace_backup(w, at("one.backup"), &err), &err);
    ku_workspace_close(w);
    assert_int_equal(stat(at("one.backup"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    check(ku_workspace_restore(at("one.backup"), at("to"), &err), &err);
    check(ku_workspace_open(at("to"), &back, &err), &err);
    assert_string_equal(ku_workspace_settings(back)->company, "Saved & Found");
    assert_int_equal(number(back, "SELECT n FROM mark"), 42);
    ku_arena *arena = ku_arena_new();
    void *bytes;
    size_t length;
    check(ku_blob_get(back, id, arena, &bytes, &length, &err), &err);
    assert_int_equal(length, 500000);
    char *key;
    check(ku_file_read(at("to/keys/seal"), 100, arena, &key, &length, &err), &err);
    assert_string_equal(key, "secret");
    check(ku_workspace_verify(back, NULL, NULL, &err), &err);
    ku_arena_free(arena);
    ku_workspace_close(back);
}

static void tar_reads_it(void **state)
{
    (void)state;
    char id[KU_BLOB_ID], command[4 * PLACE];
    ku_error err = {0};
    if (system("tar --version >/dev/null 2>&1 && zstd --version >/dev/null 2>&1") != 0)
        PLACE_SKIP("tar and zstd are not installed");
    ku_workspace *w = filled("tar", 1000, id);
    check(ku_workspace_backup(w, at("tar.backup"), &err), &err);
    ku_workspace_close(w);
    mkdir(at("tarred"), 0700);
    snprintf(command, sizeof command, "tar --zstd -xf %s/tar.backup -C %s/tarred", place, place);
    assert_int_equal(system(command), 0);
    assert_int_equal(access(at("tarred/office.db"), R_OK), 0);
    assert_int_equal(access(at("tarred/hashes"), R_OK), 0);
}

static void nothing_is_overwritten(void **state)
{
    (void)state;
    char id[KU_BLOB_ID];
    ku_error err = {0};
    ku_workspace *w = filled("keep", 1000, id);
    check(ku_workspace_backup(w, at("keep.backup"), &err), &err);
    assert_int_equal(ku_workspace_backup(w, at("keep.backup"), &err), KU_CONFLICT);
    ku_workspace_close(w);
    assert_int_equal(ku_workspace_restore(at("keep.backup"), at("keep"), &err), KU_CONFLICT);
    assert_int_equal(ku_workspace_restore(at("absent.backup"), at("other"), &err), KU_NOT_FOUND);
}

/* Copies at most `length` bytes of a file, the byte at `flip` changed. */
static void copy_changed(const char *from, const char *to, long length, long flip)
{
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    int c;
    for (long i = 0; i < length && (c = fgetc(in)) != EOF; i++)
        fputc(i == flip ? c ^ 0x10 : c, out);
    fclose(in);
    fclose(out);
}

/* A changed bit may be one of the few that unpacking does not look at; what comes out is then
 * what was saved, to the byte. */
static void assert_harmless(const char *restored, const char *good)
{
    char command[4 * PLACE];
    snprintf(command, sizeof command, "diff -r %s %s && rm -rf %s", restored, good, restored);
    assert_int_equal(system(command), 0);
}

static void a_cut_or_changed_file_is_refused(void **state)
{
    (void)state;
    char id[KU_BLOB_ID];
    ku_error err = {0};
    struct stat st;
    ku_workspace *w = filled("whole", 20000, id);
    check(ku_workspace_backup(w, at("whole.backup"), &err), &err);
    ku_workspace_close(w);
    assert_int_equal(stat(at("whole.backup"), &st), 0);
    check(ku_workspace_restore(at("whole.backup"), at("good"), &err), &err);
    unsigned before = entries(place) + 1; /* the changed file */
    for (int i = 0; i < 400; i++) {
        long size = (long)st.st_size, place_of = size * i / 400;
        bool cut = i % 2 == 0;
        copy_changed(at("whole.backup"), at("bad.backup"), cut ? place_of : size,
                     cut ? -1 : place_of);
        ku_status status = ku_workspace_restore(at("bad.backup"), at("bad"), &err);
        if (status == KU_OK && !cut)
            assert_harmless(at("bad"), at("good"));
        else if (status != KU_BAD_DATA && status != KU_CONFLICT) /* "a newer Kemudi" */
            fail_msg("%s at %ld of %ld: %s: %s", cut ? "cut" : "changed", place_of, size,
                     ku_status_name(status), err.message);
        assert_int_equal(entries(place), before);
    }
    check(ku_file_write(at("letter"), "Dear Sir or Madam", 17, 0600, &err), &err);
    assert_int_equal(ku_workspace_restore(at("letter"), at("bad"), &err), KU_BAD_DATA);
    assert_non_null(strstr(err.message, "not a backup made by Kemudi"));
}

static void a_foreign_archive_is_refused(void **state)
{
    (void)state;
    char command[4 * PLACE];
    ku_error err = {0};
    if (system("tar --version >/dev/null 2>&1 && zstd --version >/dev/null 2>&1") != 0)
        PLACE_SKIP("tar and zstd are not installed");
    snprintf(
        command, sizeof command,
        "cd %s && mkdir f && printf 'kemudi backup 1\\n' > f/kemudi-backup && echo x > evil && "
        "tar --zstd -P --transform 's,^f/,,;s,^evil,../escaped,' -cf evil.backup "
        "f/kemudi-backup evil",
        place);
    assert_int_equal(system(command), 0);
    assert_int_equal(ku_workspace_restore(at("evil.backup"), at("escape"), &err), KU_BAD_DATA);
    assert_int_not_equal(access(at("escaped"), F_OK), 0);
}

typedef struct work {
    ku_workspace *workspace;
    _Atomic bool stop;
    int rounds;
} work;

/* Stores blobs and names them in the office, as runs do. */
static void *keep_working(void *data)
{
    work *w = data;
    for (; !w->stop; w->rounds++) {
        char text[64], id[KU_BLOB_ID], sql[512];
        ku_error err = {0};
        int n = snprintf(text, sizeof text, "result %d", w->rounds);
        if (ku_blob_put(w->workspace, text, (size_t)n, id, &err) != KU_OK) return data;
        snprintf(sql, sizeof sql,
                 "BEGIN; INSERT INTO run (number, analysis, version, program, state, seed, "
                 "threads, memory_limit, time_limit, submitted) VALUES (%d, 'a.b', '1', '1', "
                 "'done', 1, 1, 1, 1, 1); INSERT INTO run_table VALUES (%d, 'output', 0, 't', "
                 "'%s', '', 1); COMMIT",
                 w->rounds + 1, w->rounds + 1, id);
        execute(w->workspace, sql);
    }
    return NULL;
}

static void a_workspace_at_work_is_saved_consistently(void **state)
{
    (void)state;
    char id[KU_BLOB_ID];
    ku_error err = {0};
    ku_workspace *w = filled("live", 100000, id), *back;
    work job = {.workspace = w};
    pthread_t thread;
    void *wrong;
    pthread_create(&thread, NULL, keep_working, &job);
    for (int i = 0; i < 3; i++) {
        char file[32], to[32];
        snprintf(file, sizeof file, "live%d.backup", i);
        snprintf(to, sizeof to, "live%d", i);
        check(ku_workspace_backup(w, at(file), &err), &err);
        check(ku_workspace_restore(at(file), at(to), &err), &err); /* verifies blobs and rows */
        check(ku_workspace_open(at(to), &back, &err), &err);
        int runs = number(back, "SELECT count(*) FROM run");
        assert_int_equal(runs, number(back, "SELECT count(*) FROM run_table"));
        ku_workspace_close(back);
    }
    job.stop = true;
    pthread_join(thread, &wrong);
    assert_null(wrong);
    assert_true(job.rounds > 3);
    ku_workspace_close(w);
}

typedef struct said {
    char text[4096];
} said;

static void hear(void *data, const char *text)
{
    said *s = data;
    size_t n = strlen(s->text);
    snprintf(s->text + n, sizeof s->text - n, "%s\n", text);
}

static void verify_tells_all_that_is_wrong(void **state)
{
    (void)state;
    char id[KU_BLOB_ID], path[PLACE];
    ku_error err = {0};
    said s = {{0}};
    ku_workspace *w = filled("check", 1000, id);
    check(ku_workspace_verify(w, hear, &s, &err), &err);
    assert_non_null(strstr(s.text, "office.db: good"));
    assert_non_null(strstr(s.text, "stored files: 1, all good"));
    execute(w, "INSERT INTO run (number, analysis, version, program, state, seed, threads, "
               "memory_limit, time_limit, submitted) VALUES (1,'a','1','1','done',1,1,1,1,1);"
               "INSERT INTO run_table VALUES (1, 'output', 0, 't', "
               "'00000000000000000000000000000000000000000000000000000000000000ff', '', 1);"
               "PRAGMA foreign_keys = OFF; INSERT INTO run_param VALUES (99, 0, 'a', 'b')");
    snprintf(path, sizeof path, "check/blobs/%.2s/%s.zst", id, id);
    assert_int_equal(truncate(at(path), 10), 0);
    s = (said){{0}};
    assert_int_equal(ku_workspace_verify(w, hear, &s, &err), KU_BAD_DATA);
    assert_non_null(strstr(err.message, "3 things"));
    assert_non_null(strstr(s.text, "is missing; a run or a document needs it"));
    assert_non_null(strstr(s.text, "run_param"));
    assert_non_null(strstr(s.text, "is damaged"));
    ku_workspace_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backup_comes_back),
        cmocka_unit_test(tar_reads_it),
        cmocka_unit_test(nothing_is_overwritten),
        cmocka_unit_test(a_cut_or_changed_file_is_refused),
        cmocka_unit_test(a_foreign_archive_is_refused),
        cmocka_unit_test(a_workspace_at_work_is_saved_consistently),
        cmocka_unit_test(verify_tells_all_that_is_wrong),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
