/* test_imports.c - a file on its way into the bank over HTTP: uploaded, looked at, checked
 * dry, imported, its refused rows read, undone; saved mappings; and the bank shared with
 * other programs. */
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "bank/bank.h"
#include "runs/run.h"
#include "served.h"

#define BAD_ROWS                                                                                   \
    "2026-02-31,9001,Ana,tea,Tea,Shop,North,1,1.00,1.00\n"                                         \
    "2026-03-01,9002,Ana,tea,Tea,Shop,North,one,1.00,1.00\n"

enum { GOOD = 12, REFUSED = 2, IDLE_MS = 2600, BUSY_SECONDS = 15 };

typedef struct fixture {
    served s;
    client c;
    const char *upload; /* the example's sales and two rows that cannot be */
    const char *batch;
} fixture;

/* ---- steps ----------------------------------------------------------------------------- */

static const char *import_body(fixture *f, const char *more)
{
    return ku_arena_printf(f->c.arena, "{\"fact\":\"sale\",\"uploads\":[\"%s\"]%s}", f->upload,
                           more);
}

static json_t *import_to_the_end(fixture *f, const char *more)
{
    answer a = post(&f->c, API "/imports", import_body(f, more));
    expect(a, 202);
    expect_shape(a.json, "Import");
    const char *id = member(a.json, "id");
    assert_string_equal(header(&f->c, &a, "Location"),
                        ku_arena_printf(f->c.arena, API "/imports/%s", id));
    json_t *import = follow(&f->c, "imports", id), *failure = json_object_get(import, "failure");
    if (!json_is_null(failure)) print_message("# %s\n", member(failure, "message"));
    return import;
}

static int64_t sales_in_bank(fixture *f)
{
    answer a = get(&f->c, API "/facts/sale");
    expect(a, 200);
    return number(a.json, "rows");
}

static json_t *counted(json_t *import, const char *list)
{
    return json_array_get(json_object_get(import, list), 0);
}

/* ---- tests -------------------------------------------------------------------------------- */

static void a_file_is_looked_at(void **state)
{
    fixture *f = *state;
    f->upload = upload(&f->c, "sale.csv",
                       ku_arena_printf(f->c.arena, "%s" BAD_ROWS, overview_sales()));
    answer a = post(&f->c, API "/imports/detect", import_body(f, ""));
    expect(a, 200);
    expect_shape(a.json, "Detected");
    json_t *source = json_array_get(json_object_get(a.json, "sources"), 0);
    assert_string_equal(member(source, "name"), "sale.csv");
    assert_string_equal(member(source, "format"), "csv");
    assert_string_equal(member(source, "delimiter"), ",");
    assert_true(json_is_true(json_object_get(source, "header")));
    assert_true(json_array_size(json_object_get(source, "sample")) > 0);
    size_t i, found = 0;
    json_t *match;
    json_array_foreach(json_object_get(a.json, "matches"), i, match)
    {
        bool amount = strcmp(member(match, "field"), "amount") == 0;
        found += amount && strcmp(member(match, "column"), "amount") == 0;
    }
    assert_int_equal(found, 1);
    /* A mapping that is given shows as given. */
    a = post(&f->c, API "/imports/detect", import_body(f, ",\"mapping\":{\"cost\":\"amount\"}"));
    expect(a, 200);
    json_array_foreach(json_object_get(a.json, "matches"), i, match)
    {
        if (strcmp(member(match, "field"), "cost") == 0)
            assert_string_equal(member(match, "how"), "given");
    }
}

static void a_dry_run_changes_nothing(void **state)
{
    fixture *f = *state;
    json_t *import = import_to_the_end(f, ",\"dry_run\":true");
    assert_string_equal(member(import, "state"), "done");
    assert_int_equal(number(import, "read"), GOOD + REFUSED);
    assert_int_equal(number(import, "refused"), REFUSED);
    assert_true(json_is_null(json_object_get(import, "batch")));
    assert_int_equal(sales_in_bank(f), 0);
}

static void a_strict_import_takes_all_or_nothing(void **state)
{
    fixture *f = *state;
    json_t *import = import_to_the_end(f, ",\"strict\":true");
    assert_string_equal(member(import, "state"), "failed");
    json_t *failure = json_object_get(import, "failure");
    assert_string_equal(member(failure, "code"), "BAD_DATA");
    assert_true(ku_text_starts(member(failure, "where"), "sale.csv"));
    assert_int_equal(sales_in_bank(f), 0);
}

static void check_rejects(fixture *f, const char *id)
{
    answer page = get(&f->c, API "/imports/%s/rejects?format=json&limit=1", id);
    expect(page, 200);
    json_t *first = json_array_get(json_object_get(page.json, "items"), 0);
    assert_int_equal(json_array_size(json_object_get(page.json, "items")), 1);
    assert_string_equal(member(first, "file"), "sale.csv");
    assert_string_equal(member(first, "line"), "14");
    assert_string_equal(member(first, "column"), "time");
    assert_string_equal(member(first, "value"), "2026-02-31");
    assert_non_null(strstr(member(first, "row"), "9001"));
    answer csv = get(&f->c, API "/imports/%s/rejects", id);
    assert_string_equal(header(&f->c, &csv, "Content-Type"), "text/csv; charset=utf-8");
    assert_true(ku_text_starts(csv.body.bytes, "file,line,column,value,reason,row\nsale.csv,14,"));
    assert_null(strstr(csv.body.bytes, f->s.folder)); /* nor anything else of this computer */
}

static void an_import_adds_keeps_its_rejects_and_is_undone(void **state)
{
    fixture *f = *state;
    json_t *import = import_to_the_end(f, "");
    assert_string_equal(member(import, "state"), "done");
    assert_int_equal(number(import, "added"), GOOD);
    assert_int_equal(number(import, "refused"), REFUSED);
    assert_true(json_is_true(json_object_get(import, "rejects")));
    assert_int_equal(number(counted(import, "reasons"), "rows"), 1);
    assert_int_equal(sales_in_bank(f), GOOD);
    const char *id = member(import, "id");
    f->batch = member(import, "batch");
    check_rejects(f, id);
    check_rejects(f, f->batch);
    /* The same file again is known. */
    json_t *again = import_to_the_end(f, "");
    assert_int_equal(number(again, "added"), 0);
    assert_int_equal(sales_in_bank(f), GOOD);
    /* By the batch it is found as by the import. */
    answer batch = get(&f->c, API "/imports/%s", f->batch);
    expect_shape(batch.json, "Import");
    assert_int_equal(number(batch.json, "added"), GOOD);
    answer list = get(&f->c, API "/imports");
    expect_shape(list.json, "ImportList");
    assert_string_equal(member(json_array_get(json_object_get(list.json, "items"), 0), "id"),
                        f->batch);
    answer events = get(&f->c, API "/imports/%s/events", f->batch);
    assert_true(json_equal(last_event(&f->c, &events, "import"), batch.json));

    const char *undo = ku_arena_printf(f->c.arena, API "/imports/%s/undo", id);
    answer undone = ask(&f->c, undo, (asked){.method = "POST"});
    expect(undone, 200);
    assert_true(json_is_true(json_object_get(undone.json, "undone")));
    assert_int_equal(sales_in_bank(f), 0);
    assert_true(json_is_true(json_object_get(get(&f->c, API "/imports/%s", id).json, "undone")));
    expect_problem(&f->c, ask(&f->c, undo, (asked){.method = "POST"}), 409, "CONFLICT", "");
}

static void mappings_are_saved_and_used(void **state)
{
    fixture *f = *state;
    const char *body = "{\"fact\":\"sale\",\"mapping\":{\"time\":\"Tag\",\"quantity\":\"Stück\","
                       "\"amount\":\"Betrag\"},"
                       "\"options\":{\"decimal\":\",\",\"delimiter\":\";\",\"date_order\":\"dmy\"},"
                       "\"note\":\"from the tills\"}";
    answer saved = ask(&f->c, API "/profiles/Till%20one", (asked){.method = "PUT", .body = body});
    expect(saved, 200);
    expect_shape(saved.json, "Profile");
    assert_string_equal(member(saved.json, "name"), "Till one");
    assert_string_equal(member(saved.json, "note"), "from the tills");
    answer list = get(&f->c, API "/profiles?fact=sale");
    expect_shape(list.json, "ProfileList");
    size_t built_in = 0, mine = 0, i;
    json_t *one;
    json_array_foreach(json_object_get(list.json, "items"), i, one)
    {
        built_in += json_is_true(json_object_get(one, "built_in"));
        mine += strcmp(member(one, "name"), "Till one") == 0;
    }
    assert_int_equal(mine, 1);
    assert_true(built_in >= 1);
    answer none = get(&f->c, API "/profiles?fact=survey");
    assert_int_equal(json_array_size(json_object_get(none.json, "items")), 0);
    /* A file of that till, read by it. */
    f->upload = upload(&f->c, "till.csv", "Tag;Stück;Betrag\n31.01.2026;2;12,50\n");
    json_t *import = import_to_the_end(f, ",\"profile\":\"Till one\"");
    assert_string_equal(member(import, "state"), "done");
    assert_int_equal(number(import, "added"), 1);
    /* What comes with Kemudi is not replaced. */
    answer theirs = ask(&f->c, API "/profiles/online-retail",
                        (asked){.method = "PUT", .body = body});
    expect_problem(&f->c, theirs, 409, "CONFLICT", "another name");
    answer unknown = post(&f->c, API "/imports/detect",
                          import_body(f, ",\"profile\":\"Till two\""));
    expect_problem(&f->c, unknown, 404, "NOT_FOUND", "no profile");
}

/* ---- beside other programs --------------------------------------------------------------------- */

/* Started with --hold BANK this program holds a bank until its standard input ends. */
static int hold(const char *path)
{
    ku_bank *bank;
    ku_error err = {0};
    char byte;
    ku_bank_options options = {.mode = KU_BANK_WRITE, .wait_ms = 10000};
    if (ku_bank_open(path, &options, &bank, &err) != KU_OK) return 1;
    if (write(STDOUT_FILENO, "+", 1) != 1) return 1;
    while (read(STDIN_FILENO, &byte, 1) > 0) continue;
    ku_bank_close(bank);
    return 0;
}

static pid_t start(char *const *argv, int in, int out)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    pid_t pid;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    assert_int_equal(posix_spawn(&pid, argv[0], &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static int ended(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void a_bank_in_other_hands_is_said_plainly(void **state)
{
    fixture *f = *state;
    int in[2], out[2];
    char byte, option[] = "--hold", self[] = "/proc/self/exe";
    char *bank = ku_arena_printf(f->c.arena, "%s/bank.duckdb", f->s.shop);
    char *argv[] = {self, option, bank, NULL};
    usleep(IDLE_MS * 1000);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = start(argv, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    assert_int_equal(read(out[0], &byte, 1), 1);
    double began = ku_clock_seconds();
    answer a = get(&f->c, API "/facts");
    double took = ku_clock_seconds() - began;
    expect_problem(&f->c, a, 503, "BUSY", "in use");
    assert_non_null(header(&f->c, &a, "Retry-After"));
    assert_true(took < BUSY_SECONDS);
    expect(get(&f->c, API "/runs"), 200); /* what needs no bank goes on */
    close(in[1]);
    assert_int_equal(ended(pid), 0);
    close(out[0]);
    expect(get(&f->c, API "/facts"), 200);
}

/* An idle server lets go of the bank: the command line imports beside it. */
static void the_command_line_imports_beside_an_idle_server(void **state)
{
    fixture *f = *state;
    ku_error err = {0};
    char *program = getenv("KEMUDI");
    assert_non_null(program);
    int64_t before = sales_in_bank(f); /* this opens the bank here */
    char *file = ku_arena_printf(f->c.arena, "%s/more.csv", f->s.folder);
    check_ok(ku_file_write(file, overview_sales(), strlen(overview_sales()), 0600, &err), &err);
    char import[] = "import", sale[] = "sale", option[] = "-w", quiet[] = "-q";
    char *argv[] = {program, import, sale, file, option, f->s.shop, quiet, NULL};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    assert_int_equal(ended(start(argv, null, null)), 0);
    close(null);
    assert_int_equal(sales_in_bank(f), before + GOOD);
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    served_begin(&f->s, NULL);
    client_begin(&f->c, &f->s);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    client_end(&f->c);
    served_end(&f->s);
    free(f);
    return 0;
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    if (argc == 3 && strcmp(argv[1], "--hold") == 0) return hold(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_looked_at),
        cmocka_unit_test(a_dry_run_changes_nothing),
        cmocka_unit_test(a_strict_import_takes_all_or_nothing),
        cmocka_unit_test(an_import_adds_keeps_its_rejects_and_is_undone),
        cmocka_unit_test(mappings_are_saved_and_used),
        cmocka_unit_test(a_bank_in_other_hands_is_said_plainly),
        cmocka_unit_test(the_command_line_imports_beside_an_idle_server),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
