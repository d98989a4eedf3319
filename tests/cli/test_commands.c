/* test_commands.c - the command line as a person meets it: the real program, its exit
 * codes, what it prints and where. */
#include "cli_support.h"

/* ---- usage -------------------------------------------------------------------------------- */

static void test_help(void **state)
{
    const fixture *f = *state;
    char name[64];
    outcome all = kemudi(f, "--help");
    expect_out(all, "the marketing director's system");
    assert_int_equal(kemudi(f, "--version").code, 0);
    expect(kemudi(f, " "), 2, "kemudi COMMAND");
    int commands = 0;
    for (const char *line = all.out; line; line = strchr(line + 1, '\n')) {
        if (strncmp(line, "\n  ", 3) != 0 || sscanf(line + 3, "%63[a-z]", name) != 1) continue;
        outcome help = kemudi(f, "%s --help", name);
        expect_out(help, ku_arena_printf(f->arena, "kemudi %s", name));
        expect_out(help, "Everywhere");
        commands++;
    }
    assert_true(commands >= 15);
}

static void test_usage_errors(void **state)
{
    const fixture *f = *state;
    expect(kemudi(f, "imporrt"), 2, "did you mean kemudi import?");
    expect(kemudi(f, "run sales.overvew"), 5, "did you mean sales.overview?");
    expect(kemudi(f, "run"), 2, "which analysis?");
    expect(kemudi(f, "run sales.overview --widow month"), 2, "did you mean --window?");
    expect(kemudi(f, "run sales.overview --window"), 2, "--window wants a value");
    expect(kemudi(f, "run sales.overview --in sale=%s --window fortnight", f->sales), 2, "quarter");
    expect(kemudi(f, "run sales.overview --in sale=%s --since 2026-02-30", f->sales), 2,
           "February has no 30th");
    expect(kemudi(f, "run sales.overview --in nonsense"), 2, "TABLE=FILE");
    expect(kemudi(f, "run sales.overview --in sael=%s", f->sales), 2, "did you mean sale?");
    expect(kemudi(f, "run sales.overview --in sale=%s --table nothing", f->sales), 2, "figures");
    expect(kemudi(f, "run sales.overview --format xml --in sale=%s", f->sales), 2, "csv or json");
    expect(kemudi(f, "runs"), 2, "which workspace?");
    expect(kemudi(f, "facts a b"), 2, "one word too many");
    expect(kemudi(f, "facts sael"), 5, "did you mean sale?");
    expect(kemudi(f, "completion tcsh"), 2, "bash, zsh or fish");
}

static void test_bad_files(void **state)
{
    const fixture *f = *state;
    ku_error err = {0};
    static const char bad[] = "time,quantity,amount\n2026-01-01,1,2\n2026-01-32,1,2\n";
    const char *path = ku_arena_printf(f->arena, "%s/bad.csv", f->folder);
    check_ok(ku_file_write(path, bad, sizeof bad - 1, 0600, &err), &err);
    expect(kemudi(f, "run sales.overview --in sale=%s", path), 3, "2026-01-32");
    expect(kemudi(f, "run sales.overview --in sale=%s/absent.csv", f->folder), 5, "absent.csv");
    expect(kemudi(f, "run sales.overview -w %s/nowhere", f->folder), 5, "nowhere");
}

static char *write_file(const fixture *f, const char *name, const char *text)
{
    ku_error err = {0};
    char *path = ku_arena_printf(f->arena, "%s/%s", f->folder, name);
    check_ok(ku_file_write(path, text, strlen(text), 0600, &err), &err);
    return path;
}

/* One product in two rows would count its sales twice. */
static void test_double_key(void **state)
{
    const fixture *f = *state;
    const char *path = write_file(f, "product.csv",
                                  "product,product_group\ngreen tea,Tea\ngreen tea,Drinks\n");
    expect(kemudi(f, "run sales.overview --in sale=%s --in product=%s", f->sales, path), 3,
           "stand in more than one row");
}

/* A first day after the last complete month: the window reaches to the last day. */
static void test_since_this_month(void **state)
{
    const fixture *f = *state;
    const char *path = write_file(f, "month.csv",
                                  "time,quantity,amount\n2026-05-01,1,2\n2026-06-15,1,2\n");
    outcome run = kemudi(f,
                         "run sales.overview --since 2026-06-10 --format csv --table windows "
                         "--in sale=%s",
                         path);
    expect_out(run, "Now,2026-06-10,2026-06-15,true");
}

/* A later list of customers keeps what it did not name from the earlier one. */
static void test_undo_of_what_was_built_on(void **state)
{
    const fixture *f = *state;
    const char *w = ku_arena_printf(f->arena, "%s/lists", f->folder);
    const char *first = write_file(f, "a.csv", "customer,region\nAna,North\n");
    const char *second = write_file(f, "b.csv", "customer,segment\nAna,Gold\n");
    assert_int_equal(kemudi(f, "init -w %s -q", w).code, 0);
    assert_int_equal(kemudi(f, "import customer %s -w %s -q", first, w).code, 0);
    assert_int_equal(kemudi(f, "import customer %s -w %s -q", second, w).code, 0);
    expect(kemudi(f, "batches --undo 1 -w %s", w), 6, "undo import 2 first");
    assert_int_equal(kemudi(f, "batches --undo 2 -w %s", w).code, 0);
    assert_int_equal(kemudi(f, "batches --undo 1 -w %s", w).code, 0);
}

/* ---- results -------------------------------------------------------------------------------- */

static void test_formats(void **state)
{
    const fixture *f = *state;
    json_error_t error;
    outcome table = kemudi(f, "run sales.overview --window month --in sale=%s", f->sales);
    expect_out(table, "Revenue");
    assert_null(strchr(table.out, '\033'));
    outcome csv = kemudi(f, "run sales.overview --window month --format csv --in sale=%s",
                         f->sales);
    expect_out(csv, "measure,value,unit,");
    expect_out(csv, "\nRevenue,426,money,305,");
    outcome one = kemudi(
        f, "run sales.overview --window month --format csv --table windows --in sale=%s", f->sales);
    expect_out(one, "window,first_day,last_day,covered\nNow,2026-06-01,2026-06-30,true\n");
    outcome json = kemudi(f, "run sales.overview --window month --format json --in sale=%s",
                          f->sales);
    json_t *root = json_loads(json.out, 0, &error);
    assert_non_null(root);
    json_t *figures = json_object_get(json_object_get(root, "tables"), "figures");
    json_t *revenue = json_object_get(json_array_get(figures, 0), "value");
    check_near("revenue", 426, json_number_value(revenue), 1e-12);
    json_decref(root);
}

static void test_out_folder(void **state)
{
    const fixture *f = *state;
    outcome run = kemudi(f, "run sales.overview --window month --in sale=%s --out %s/tables",
                         f->sales, f->folder);
    assert_int_equal(run.code, 0);
    assert_string_equal(run.out, "");
    const ku_table_spec *table = ku_analysis_find("sales.overview")->outputs;
    for (; table->name; table++) {
        const char *name = ku_arena_printf(f->arena, "tables/%s.csv", table->name);
        assert_non_null(strchr(slurp(f, name), ','));
    }
}

/* ---- a workspace's life -------------------------------------------------------------------- */

static char *run_id(const fixture *f, const char *said)
{
    const char *at = strstr(said, "kept as run ");
    assert_non_null(at);
    at += strlen("kept as run ");
    return ku_arena_strndup(f->arena, at, strcspn(at, " \n"));
}

static void test_workspace(void **state)
{
    const fixture *f = *state;
    const char *w = ku_arena_printf(f->arena, "%s/shop", f->folder);
    expect(kemudi(f, "init -w %s --currency EUR", w), 0, "is a workspace now");
    expect(kemudi(f, "init -w %s", w), 6, "");
    expect_out(kemudi(f, "import sale %s -w %s --dry-run", f->sales, w), "dry run: 12 rows read");
    expect_out(kemudi(f, "import sale %s -w %s", f->sales, w), "12 added");
    expect(kemudi(f, "import sale %s -w %s", f->sales, w), 0, "imported before, as batch 1");
    outcome run = kemudi(f, "run sales.overview -w %s --window month", w);
    expect_out(run, "€426.00");
    const char *id = run_id(f, run.say);
    expect_out(kemudi(f, "runs -w %s", w), id);
    expect_out(kemudi(f, "show %s -w %s --format csv", id, w), "\nRevenue,426,money,305,");
    expect_out(kemudi(f, "explain %s -w %s", id, w), "What it assumes");
    expect(kemudi(f, "run --again %s -w %s", id, w), 0, "the same bits");
    expect_out(kemudi(f, "batches -w %s", w), "in the bank");
    expect(kemudi(f, "batches --undo 1 -w %s", w), 0, "taken out");
    expect(kemudi(f, "run sales.overview -w %s", w), 3, "import sale");
    expect(kemudi(f, "run --again %s -w %s", id, w), 0, "the same bits");
    expect(kemudi(f, "show nothing -w %s", w), 5, "nothing");
    expect(kemudi(f, "run sales.overview -w %s --in sale=run:%s/figures", w, id), 3,
           "the earlier run's table has no column time");
    expect(kemudi(f, "run sales.overview -w %s --in sale=run:%s/nothing", w, id), 5,
           "no table nothing");
    expect(kemudi(f, "run sales.overview --in sale=run:%s/figures", id), 2, "which workspace?");
    assert_int_equal(kemudi(f, "verify -w %s", w).code, 0);
}

static void run_model(const fixture *f, const char *w, const char *media, const char *sales)
{
    expect(kemudi(f,
                  "run returns.mix -w %s --in media=%s --in outcome=%s --chains 2 --warmup 100 "
                  "--draws 100",
                  w, media, sales),
           0, "kept as run");
}

/* The model's draws reach the plan by themselves, and the record keeps them. */
static void test_a_result_feeds_the_next(void **state)
{
    const fixture *f = *state;
    char media[4096], sales[4096];
    const char *w = ku_arena_printf(f->arena, "%s/media", f->folder);
    source_path("src/analyses/returns/mix/example/media.csv", media, sizeof media);
    source_path("src/analyses/returns/mix/example/outcome.csv", sales, sizeof sales);
    expect(kemudi(f, "init -w %s", w), 0, "");
    expect(kemudi(f, "run returns.plan -w %s --in media=%s", w, media), 5,
           "kemudi run returns.mix");
    run_model(f, w, media, sales);
    outcome plan = kemudi(f, "run returns.plan -w %s --in media=%s --months 3", w, media);
    expect(plan, 0, "The table response comes from run");
    const char *id = run_id(f, plan.say);
    run_model(f, w, media, sales);
    expect(kemudi(f, "run --again %s -w %s", id, w), 0, "the same bits");
}

static void test_backup(void **state)
{
    const fixture *f = *state;
    const char *w = ku_arena_printf(f->arena, "%s/kept", f->folder);
    const char *again = ku_arena_printf(f->arena, "%s/again", f->folder);
    assert_int_equal(kemudi(f, "init -w %s -q", w).code, 0);
    assert_int_equal(kemudi(f, "import sale %s -w %s -q", f->sales, w).code, 0);
    assert_int_equal(kemudi(f, "backup %s/b.kemudi -w %s", f->folder, w).code, 0);
    assert_int_equal(kemudi(f, "restore %s/b.kemudi -w %s", f->folder, again).code, 0);
    expect_out(kemudi(f, "run sales.overview -w %s --window month --format csv", again),
               "\nRevenue,426,money,305,");
    expect(kemudi(f, "restore %s/b.kemudi -w %s", f->folder, again), 6, "");
}

/* ---- shells and the manual ------------------------------------------------------------------- */

static bool has_program(const char *name)
{
    const char *path = getenv("PATH");
    char at[512];
    for (; path && *path; path += strcspn(path, ":"), path += *path == ':') {
        snprintf(at, sizeof at, "%.*s/%s", (int)strcspn(path, ":"), path, name);
        if (access(at, X_OK) == 0) return true;
    }
    return false;
}

static void check_completion(const fixture *f, const char *shell, const char *option)
{
    ku_error err = {0};
    outcome script = kemudi(f, "completion %s", shell);
    expect_out(script, "sales.overview");
    if (!has_program(shell)) return;
    char *path = ku_arena_printf(f->arena, "%s/completion.%s", f->folder, shell);
    check_ok(ku_file_write(path, script.out, strlen(script.out), 0600, &err), &err);
    char *argv[] = {ku_arena_strdup(f->arena, shell), ku_arena_strdup(f->arena, option), path,
                    NULL};
    outcome parsed = run_program(f, shell, argv);
    expect(parsed, 0, "");
}

static void test_completion(void **state)
{
    check_completion(*state, "bash", "-n");
    check_completion(*state, "zsh", "-n");
    check_completion(*state, "fish", "--no-execute");
}

/* What Tab offers, asked of bash itself. */
static void test_completion_offers(void **state)
{
    const fixture *f = *state;
    const char *script = ku_arena_printf(
        f->arena,
        "source <('%s' completion bash); COMP_WORDS=(kemudi run sales.overview --window ''); "
        "COMP_CWORD=4; _kemudi; printf '%%s ' \"${COMPREPLY[@]}\"",
        getenv("KEMUDI"));
    char bash[] = "bash", option[] = "-c";
    char *argv[] = {bash, option, ku_arena_strdup(f->arena, script), NULL};
    outcome offered = run_program(f, "bash", argv);
    expect_out(offered, "month quarter half-year year");
}

static void test_manual(void **state)
{
    const fixture *f = *state;
    ku_error err = {0};
    outcome page = kemudi(f, "man");
    expect_out(page, ".SH COMMANDS");
    expect_out(page, "sales.overview");
    if (!has_program("man")) skip();
    char *path = ku_arena_printf(f->arena, "%s/kemudi.1", f->folder);
    check_ok(ku_file_write(path, page.out, strlen(page.out), 0600, &err), &err);
    char man[] = "man", warn[] = "--warnings=all", pager[] = "-Pcat", local[] = "-l";
    char *argv[] = {man, warn, pager, local, path, NULL};
    outcome shown = run_program(f, "man", argv);
    expect_out(shown, "kemudi");
    assert_string_equal(shown.say, "");
}

/* A result of a recorded run becomes rows of a fact: once, and taken out again. */
static void test_import_of_a_run(void **state)
{
    const fixture *f = *state;
    const char *w = ku_arena_printf(f->arena, "%s/beliefs", f->folder);
    static const char kept_as[] = "kept as run ";
    assert_int_equal(kemudi(f, "init %s", w).code, 0);
    assert_int_equal(kemudi(f, "import sale %s -w %s -q", f->sales, w).code, 0);
    outcome run = kemudi(f, "run sales.overview -w %s", w);
    char id[16] = "";
    const char *at = strstr(run.say, kept_as);
    assert_non_null(at);
    assert_int_equal(sscanf(at + sizeof kept_as - 1, "%15[a-z0-9]", id), 1);
    const char *map = "--map series=measure --map date==2026-01-01 --map mean=value";
    const char *keep = ku_arena_printf(
        f->arena, "import forecast --run %s --table figures %s -w %s", id, map, w);
    outcome first = kemudi(f, "%s", keep);
    assert_int_equal(first.code, 0);
    assert_null(strstr(first.out, " 0 added"));
    expect_out(kemudi(f, "%s", keep), " 0 added");
    expect(kemudi(f, "%s", keep), 0, "imported before, as batch 2");
    assert_int_equal(kemudi(f, "batches --undo 2 -w %s", w).code, 0);
    assert_null(strstr(kemudi(f, "%s", keep).out, " 0 added"));
    expect(kemudi(f, "import forecast --run %s -w %s", id, w), 5, "no result table forecast");
    expect(kemudi(f, "import forecast --run %s --table windows -w %s", id, w), 3,
           "no column holds series");
    expect(kemudi(f, "import forecast --run %s %s -w %s", id, f->sales, w), 2, "not both");
    expect(kemudi(f, "import forecast -w %s", w), 2, "name the files");
    expect(kemudi(f, "import forecast --table x %s -w %s", f->sales, w), 2, "--run");
    expect(kemudi(f, "import price --run r0000001 --table x -w %s", w), 5, "r0000001");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_usage_errors),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_double_key),
        cmocka_unit_test(test_since_this_month),
        cmocka_unit_test(test_undo_of_what_was_built_on),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_out_folder),
        cmocka_unit_test(test_import_of_a_run),
        cmocka_unit_test(test_workspace),
        cmocka_unit_test(test_a_result_feeds_the_next),
        cmocka_unit_test(test_backup),
        cmocka_unit_test(test_completion),
        cmocka_unit_test(test_completion_offers),
        cmocka_unit_test(test_manual),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
