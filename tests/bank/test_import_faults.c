/* What goes wrong with files, disks and processes: a clear message, the right status, and
 * the bank as it was. */
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "import_support.h"

static void assert_bank_empty(import_test *t)
{
    assert_int_equal(number_of(t, "SELECT count(*) FROM sale"), 0);
    assert_int_equal(number_of(t, "SELECT count(*) FROM batch"), 0);
    assert_int_equal(number_of(t, "SELECT count(*) FROM batch_file"), 0);
}

static void check_fails_with(import_test *t, const char *path, ku_status status, const char *words)
{
    assert_int_equal(import_file(t, "sale", path), status);
    assert_says(&t->err, status, path, words);
    assert_bank_empty(t);
}

/* ---- files ------------------------------------------------------------------------------------- */

static void test_files_that_are_none(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    check_fails_with(&t, in_folder(&t, "none.csv"), KU_NOT_FOUND, "no such file");
    check_fails_with(&t, t.folder, KU_BAD_DATA, "this is a folder");
    check_fails_with(&t, "/dev/null", KU_BAD_DATA, "not an ordinary file");
    check_fails_with(&t, write_text(&t, "empty.csv", ""), KU_BAD_DATA, "the file is empty");
    check_fails_with(&t, write_text(&t, "blank.csv", "\n\n \n"), KU_BAD_DATA, "");
    check_fails_with(&t, write_text(&t, "head.csv", "time,quantity,amount\n"), KU_BAD_DATA,
                     "names of columns but no rows");
    const char *pipe = in_folder(&t, "pipe.csv");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    check_fails_with(&t, pipe, KU_BAD_DATA, "not an ordinary file");
    ku_import_options options = import_options("sale", NULL, 0);
    assert_int_equal(import_with(&t, &options), KU_USAGE);
    import_end(&t);
}

static void test_binary(void **state)
{
    (void)state;
    import_test t;
    char bytes[5000];
    uint32_t x = 12345;
    import_begin(&t);
    for (size_t i = 0; i < sizeof bytes; i++) {
        x = x * 1664525 + 1013904223; /* Numerical Recipes' generator */
        bytes[i] = (char)(x >> 24);
    }
    check_fails_with(&t, write_bytes(&t, "noise.csv", bytes, sizeof bytes), KU_BAD_DATA,
                     "binary data");
    check_fails_with(&t, write_bytes(&t, "paper.csv", "%PDF-1.7\n%\xE2\xE3", 11), KU_BAD_DATA,
                     "a PDF document");
    import_end(&t);
}

/* Binary data behind a good beginning refuses rows, not the file. */
static void test_zero_bytes(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    ku_text text = {0};
    ku_text_add(&text, "time,product,quantity,amount\n");
    for (int i = 0; i < 60000; i++) ku_text_add(&text, "2024-01-01,apples,1,2.00\n");
    ku_text_addn(&text, "2024-01-01,ap\0les,1,2.00\n", 25);
    const char *path = write_bytes(&t, "in.csv", text.bytes, text.length);
    ku_text_clear(&text);
    assert_imported(&t, import_file(&t, "sale", path));
    assert_int_equal(t.report.refused, 1);
    import_end(&t);
}

static void write_long(const char *path, const char *before, size_t length, const char *after)
{
    FILE *file = fopen(path, "wb");
    char block[65536];
    assert_non_null(file);
    memset(block, 'x', sizeof block);
    fputs(before, file);
    for (; length > 0; length -= length < sizeof block ? length : sizeof block)
        fwrite(block, 1, length < sizeof block ? length : sizeof block, file);
    fputs(after, file);
    assert_int_equal(fclose(file), 0);
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* A gigabyte without a line break needs no gigabyte of memory. */
static void test_long_lines(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = in_folder(&t, "long.csv");
    write_long(path, "", (size_t)1 << 30, "");
    long before = peak_kib();
    check_fails_with(&t, path, KU_BAD_DATA, "longer than 1 MiB");
    write_long(path, "time,quantity,amount\n2024-01-01,1,2\n2024-01-01,1,", (size_t)1 << 30, "\n");
    assert_int_equal(import_file(&t, "sale", path), KU_BAD_DATA);
    assert_says(&t.err, KU_BAD_DATA, "long.csv, line 3", "longer than 16 MiB");
    assert_bank_empty(&t);
    long grown = peak_kib() - before;
    if (grown > 200 * 1024) fail_msg("expected at most 200 MiB more memory, found %ld KiB", grown);
    import_end(&t);
}

static void test_open_quotation(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = write_text(&t, "in.csv",
                                  "time,product,quantity,amount\n2024-01-01,A,1,2\n"
                                  "2024-01-01,\"B,1,2\n2024-01-01,C,1,2\n");
    assert_int_equal(import_file(&t, "sale", path), KU_BAD_DATA);
    assert_says(&t.err, KU_BAD_DATA, "in.csv, line 3", "never closed");
    assert_bank_empty(&t);
    import_end(&t);
}

static void test_all_refused(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    check_fails_with(&t, write_text(&t, "in.csv", "time,quantity,amount\nx,1,2\ny,1,2\n"),
                     KU_BAD_DATA, "all 2 rows are refused, most of them for: time: not a date");
    import_end(&t);
}

/* ---- again, twice, and undone ------------------------------------------------------------------- */

static const char two_sales[] = "time,product,quantity,amount\n"
                                "2024-01-01,A,1,2\n2024-01-01,A,1,2\n2024-01-02,B,1,2\n";

static void test_same_file_again(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    assert_imported(&t, import_file(&t, "sale", write_text(&t, "in.csv", two_sales)));
    assert_int_equal(t.report.added, 3);
    const char *path = write_text(&t, "copy.csv", two_sales);
    assert_imported(&t, import_file(&t, "sale", path));
    assert_int_equal(t.report.added, 0);
    assert_string_equal(t.report.source[0].already, "1");
    assert_string_equal(t.report.batch, "1");
    assert_int_equal(number_of(&t, "SELECT count(*) FROM batch"), 1);

    ku_import_options options = import_options("sale", &path, 1);
    options.overlap = KU_OVERLAP_KEEP;
    assert_imported(&t, import_with(&t, &options));
    assert_int_equal(t.report.added, 3);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale"), 6);
    assert_ok(ku_import_undo, t.bank, "2", NULL);
    assert_ok(ku_import_undo, t.bank, "1", NULL);
    assert_imported(&t, import_file(&t, "sale", path)); /* undone: it may come again */
    assert_int_equal(t.report.added, 3);
    assert_string_equal(t.report.batch, "3");
    import_end(&t);
}

/* max(0, m - k) of a row that is there k times and comes m times. */
static void test_repeated_rows(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    assert_imported(&t, import_file(&t, "sale", write_text(&t, "a.csv", two_sales)));
    assert_imported(&t, import_file(&t, "sale",
                                    write_text(&t, "b.csv",
                                               "product,time,quantity,amount\n"
                                               "A,2024-01-01,1,2.00\nA,2024-01-01,1,2\n"
                                               "A,2024-01-01 00:00:00,1,2\nC,2024-01-02,1,2\n"
                                               "B,2024-01-02,1,3\nA,2024-01-09,1,2\n")));
    assert_int_equal(t.report.already, 2);
    assert_int_equal(t.report.added, 4);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale WHERE product = 'A' AND time = "
                                   "TIMESTAMP '2024-01-01'"),
                     3);
    assert_int_equal(number_of(&t, "SELECT sum(rows)::BIGINT FROM batch_skip"), 2);
    import_end(&t);
}

static void test_files_of_one_call(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *paths[] = {write_text(&t, "a.csv", two_sales),
                           write_text(&t, "b.csv",
                                      "time,product,quantity,amount\n"
                                      "2024-01-02,B,1,2\n2024-01-03,C,1,2\n"),
                           write_text(&t, "c.csv", two_sales)};
    ku_import_options options = import_options("sale", paths, 3);
    for (int dry = 1; dry >= 0; dry--) {
        options.dry_run = dry;
        assert_imported(&t, import_with(&t, &options));
        assert_int_equal(t.report.read, 5);
        assert_int_equal(t.report.added, 4);
        assert_int_equal(t.report.already, 1);
        assert_non_null(t.report.source[2].already);
    }
    /* One bad file keeps all of them out. */
    paths[0] = write_text(&t, "d.csv", "time,product,quantity,amount\n2024-05-01,Z,1,2\n");
    paths[1] = write_text(&t, "e.csv", "time,product,quantity,amount\nx,Z,1,2\n");
    options.path_count = 2;
    assert_imported(&t, import_with(&t, &options));
    assert_int_equal(t.report.refused, 1);
    paths[0] = write_text(&t, "f.csv", "time,product,quantity,amount\n2024-06-01,Y,1,2\n");
    paths[1] = write_text(&t, "g.csv", "time,product,quantity,amount\n2024-06-01,\"Y,1,2\n");
    assert_int_equal(import_with(&t, &options), KU_BAD_DATA);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale WHERE product = 'Y'"), 0);
    import_end(&t);
}

static void test_batches_and_undo(void **state)
{
    (void)state;
    import_test t;
    ku_batch *list = NULL;
    size_t count = 0;
    import_begin(&t);
    const char *path = write_text(&t, "a.csv", two_sales);
    ku_import_options options = import_options("sale", &path, 1);
    options.actor = "Ana";
    assert_imported(&t, import_with(&t, &options));
    assert_ok(ku_import_batches, t.bank, t.arena, &list, &count);
    assert_int_equal(count, 1);
    assert_string_equal(list[0].id, "1");
    assert_string_equal(list[0].fact, "sale");
    assert_string_equal(list[0].files, "a.csv");
    assert_string_equal(list[0].actor, "Ana");
    assert_int_equal(list[0].added, 3);
    assert_false(list[0].undone);
    assert_ok(ku_import_undo, t.bank, "1", "Ben");
    assert_ok(ku_import_batches, t.bank, t.arena, &list, &count);
    assert_true(list[0].undone);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale"), 0);
    assert_int_equal(ku_import_undo(t.bank, "1", NULL, &t.err), KU_CONFLICT);
    assert_says(&t.err, KU_CONFLICT, "", "was undone before");
    assert_int_equal(ku_import_undo(t.bank, "1x", NULL, &t.err), KU_NOT_FOUND);
    assert_int_equal(ku_import_undo(t.bank, "7", NULL, &t.err), KU_NOT_FOUND);
    import_end(&t);
}

/* A later row replaces an earlier one, keeps what its file does not tell, and gives it
 * back when it is undone. */
static void test_dimensions(void **state)
{
    (void)state;
    import_test t;
    static const char name[] = "SELECT name FROM product WHERE product = 'A'",
                      group[] = "SELECT product_group FROM product WHERE product = 'A'";
    import_begin(&t);
    assert_imported(&t, import_file(&t, "product",
                                    write_text(&t, "a.csv",
                                               "product,name,product_group\n"
                                               "A,one,g\nB,other,g\nA,two,g\n")));
    assert_int_equal(t.report.added, 2);
    assert_int_equal(t.report.already, 1);
    assert_string_equal(text_of(&t, name), "two");
    const char *paths[] = {write_text(&t, "b.csv", "product,name\nA,three\nC,x\n"),
                           write_text(&t, "c.csv", "product,name\nA,four\n")};
    ku_import_options options = import_options("product", paths, 2);
    assert_imported(&t, import_with(&t, &options));
    assert_int_equal(t.report.read, 3);
    assert_int_equal(t.report.added, 2);
    assert_string_equal(text_of(&t, name), "four");
    assert_string_equal(text_of(&t, group), "g");
    assert_int_equal(number_of(&t, "SELECT count(*) FROM product"), 3);
    assert_ok(ku_import_undo, t.bank, "2", NULL);
    assert_string_equal(text_of(&t, name), "two");
    assert_int_equal(number_of(&t, "SELECT count(*) FROM product"), 2);
    import_end(&t);
}

/* ---- the process ------------------------------------------------------------------------------------ */

static const char *write_many(import_test *t, const char *name, unsigned rows)
{
    const char *path = in_folder(t, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs("time,product,customer,quantity,amount\n", file);
    for (unsigned i = 0; i < rows; i++) /* products wrap around, as is meant */
        fprintf(file, "2024-%02u-%02u %02u:%02u:00,P%u,C%u,%u,%u.%02u\n", i % 12 + 1, i % 28 + 1,
                i % 24, i % 60, i * 7919 % 5003, i * 104729 % 100003, i % 5 + 1, i % 977, i % 100);
    assert_int_equal(fclose(file), 0);
    return path;
}

typedef struct stopper {
    int calls, at;
    double last;
    bool rose;
} stopper;

static bool stop_at(void *data, double done, const char *doing)
{
    stopper *s = data;
    assert_true(done >= 0 && done <= 1);
    assert_true(doing[0] != '\0');
    s->rose |= done > s->last;
    s->last = done;
    return ++s->calls < s->at;
}

static void test_cancel_and_again(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = write_many(&t, "in.csv", 2000000);
    ku_import_options options = import_options("sale", &path, 1);
    stopper s = {.at = 4};
    options.progress = stop_at;
    options.progress_data = &s;
    assert_int_equal(import_with(&t, &options), KU_CANCELLED);
    assert_true(s.rose);
    assert_bank_empty(&t);
    s = (stopper){.at = 1 << 30};
    assert_imported(&t, import_with(&t, &options));
    assert_int_equal(t.report.added, 2000000);

    /* The whole history exported again, with one line more: compared in slices of time. */
    FILE *file = fopen(path, "ab");
    fputs("2024-06-06 06:06:00,new,C1,1,1.00\n", file);
    assert_int_equal(fclose(file), 0);
    assert_imported(&t, import_with(&t, &options));
    assert_int_equal(t.report.added, 1);
    assert_int_equal(t.report.already, 2000000);
    import_end(&t);
}

/* Runs `child` in a process of its own and returns how it ended. */
static int in_child(void (*child)(const char *bank, const char *file, const char *extra),
                    const char *bank, const char *file, const char *extra, useconds_t kill_after)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        child(bank, file, extra);
        _exit(99);
    }
    if (kill_after > 0) {
        usleep(kill_after);
        kill(pid, SIGKILL);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Imports in the child; ends with the status, and a different word for a wrong report. */
static void child_import(const char *bank_path, const char *file, const char *extra)
{
    ku_bank *bank = NULL;
    ku_error err = {0};
    ku_import_report report;
    ku_arena *arena = ku_arena_new();
    if (extra != NULL) { /* a file may grow to this size and no further, as on a full disk */
        struct rlimit limit = {(rlim_t)strtoull(extra, NULL, 10),
                               (rlim_t)strtoull(extra, NULL, 10)};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ku_status status = ku_bank_open(bank_path, NULL, &bank, &err);
    if (status != KU_OK) _exit(98);
    ku_import_options options = import_options("sale", &file, 1);
    status = ku_import_run(bank, &options, arena, &report, &err);
    if (status != KU_OK) fprintf(stderr, "# %s: %s\n", ku_status_name(status), err.message);
    _exit((int)status);
}

/* Closes the bank for children to open, as a bank has one process that writes. */
static const char *close_bank(import_test *t)
{
    ku_bank_close(t->bank);
    t->bank = NULL;
    return in_folder(t, "bank.duckdb");
}

static void test_killed(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *file = write_many(&t, "in.csv", 2000000), *path = close_bank(&t);
    int killed = 0;
    for (useconds_t after = 100000; after <= 1500000 && killed < 6; after += 230000) {
        int status = in_child(child_import, path, file, NULL, after);
        if (!WIFSIGNALED(status)) break; /* it was quicker */
        killed++;
        assert_ok(ku_bank_open, path, NULL, &t.bank);
        assert_bank_empty(&t);
        close_bank(&t);
    }
    assert_true(killed > 0);
    int status = in_child(child_import, path, file, NULL, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(ku_bank_open(path, NULL, &t.bank, &t.err), KU_OK);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale"), 2000000);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM batch"), 1);
    import_end(&t);
}

static void test_full_disk(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *file = write_many(&t, "in.csv", 1000000), *path = close_bank(&t);
    int status = in_child(child_import, path, file, "6000000", 0);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != KU_NO_SPACE)
        fail_msg("expected NO_SPACE, found %s", ku_status_name(WEXITSTATUS(status)));
    assert_ok(ku_bank_open, path, NULL, &t.bank);
    assert_bank_empty(&t);
    assert_imported(&t, import_file(&t, "sale", file));
    assert_int_equal(t.report.added, 1000000);
    import_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_that_are_none),
        cmocka_unit_test(test_binary),
        cmocka_unit_test(test_zero_bytes),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_open_quotation),
        cmocka_unit_test(test_all_refused),
        cmocka_unit_test(test_same_file_again),
        cmocka_unit_test(test_repeated_rows),
        cmocka_unit_test(test_files_of_one_call),
        cmocka_unit_test(test_batches_and_undo),
        cmocka_unit_test(test_dimensions),
        cmocka_unit_test(test_cancel_and_again),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
