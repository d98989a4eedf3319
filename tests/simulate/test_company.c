/* test_company.c - the simulator's folder: whole or not there, the same bytes for the same
 * seed, columns as the facts have them, and plain words for senseless wishes. */
#include "simulated.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "simulate/facts_internal.h"

static ku_company_options small(const simulated *s)
{
    return (ku_company_options){.out = s->folder, .seed = 7, .customers = 5000, .years = 1};
}

static void run(const ku_company_options *options, ku_company_report *report)
{
    ku_error err = {0};
    check_ok(ku_simulate_company(options, NULL, NULL, report, &err), &err);
}

static void hash_folder(const simulated *s, char hash[FACT_FILES + 1][KU_HASH_TEXT])
{
    ku_error err = {0};
    char path[256], name[64];
    for (int f = 0; f < FACT_FILES; f++) {
        snprintf(name, sizeof name, "%s.csv", ku_sim_fact_files[f].name);
        simulated_path(s, name, path);
        check_ok(ku_hash_file(path, hash[f], &err), &err);
    }
    simulated_path(s, "truth.json", path);
    check_ok(ku_hash_file(path, hash[FACT_FILES], &err), &err);
}

static void same_seed_gives_same_bytes_with_any_threads(void **state)
{
    (void)state;
    simulated s;
    char one[FACT_FILES + 1][KU_HASH_TEXT], three[FACT_FILES + 1][KU_HASH_TEXT];
    simulated_place(&s);
    ku_company_options options = small(&s);
    options.threads = 1;
    run(&options, &s.report);
    hash_folder(&s, one);
    options.threads = 3;
    options.force = true;
    run(&options, &s.report);
    hash_folder(&s, three);
    for (int f = 0; f <= FACT_FILES; f++) assert_string_equal(one[f], three[f]);
    options.seed = 8;
    run(&options, &s.report);
    hash_folder(&s, three);
    assert_string_not_equal(one[1], three[1]);
    simulated_clear(&s);
}

static const ku_fact_column *column_of(const ku_fact *fact, const char *name, size_t length)
{
    for (const ku_fact_column *c = fact->columns; c->name != NULL; c++)
        if (strlen(c->name) == length && memcmp(c->name, name, length) == 0) return c;
    return NULL;
}

static bool has_column(const char *columns, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = columns; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

static void every_fact_has_a_file_with_its_columns(void **state)
{
    (void)state;
    size_t facts, happened = 0;
    const ku_fact *const *all = ku_facts(&facts);
    for (size_t i = 0; i < facts; i++) happened += !all[i]->belief;
    assert_int_equal(happened, FACT_FILES);
    for (int f = 0; f < FACT_FILES; f++) {
        const ku_fact *fact = ku_fact_find(ku_sim_fact_files[f].name);
        if (fact == NULL) print_error("there is no fact %s\n", ku_sim_fact_files[f].name);
        assert_non_null(fact);
        for (const char *at = ku_sim_fact_files[f].columns; *at != '\0';) {
            size_t length = strcspn(at, ",");
            if (column_of(fact, at, length) == NULL)
                print_error("%s has no column %.*s\n", fact->name, (int)length, at);
            assert_non_null(column_of(fact, at, length));
            at += length + (at[length] == ',');
        }
        for (const ku_fact_column *c = fact->columns; c->name != NULL; c++)
            if (c->required) assert_true(has_column(ku_sim_fact_files[f].columns, c->name));
    }
}

/* Every row has as many fields as the header, and as many rows as reported. */
static void rows_are_whole(void **state)
{
    (void)state;
    simulated s;
    simulated_place(&s);
    ku_company_options options = small(&s);
    run(&options, &s.report);
    for (size_t k = 0; k < s.report.file_count; k++) {
        char path[256], name[64];
        snprintf(name, sizeof name, "%s.csv", s.report.file[k].fact);
        simulated_path(&s, name, path);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        char row[1024];
        int64_t found = -1, wanted = 0;
        while (fgets(row, sizeof row, file) != NULL) {
            int64_t fields = 1;
            for (const char *p = row; *p != '\0'; p++) fields += *p == ',';
            if (found++ < 0) wanted = fields;
            if (fields != wanted) print_error("%s row %lld: %s", name, (long long)found, row);
            assert_int_equal(fields, wanted);
        }
        fclose(file);
        assert_int_equal(found, s.report.file[k].rows);
        assert_true(found > 0);
    }
    simulated_clear(&s);
}

static void only_named_facts_are_written(void **state)
{
    (void)state;
    simulated s;
    simulated_place(&s);
    const char *only[] = {"product", "sale"};
    ku_company_options options = small(&s);
    options.only = only;
    options.only_count = 2;
    run(&options, &s.report);
    assert_int_equal(s.report.file_count, 2);
    char path[256];
    simulated_path(&s, "touch.csv", path);
    assert_false(ku_file_exists(path));
    simulated_path(&s, "sale.csv", path);
    assert_true(ku_file_exists(path));
    simulated_clear(&s);
}

/* A fact's rows do not depend on which others are written. */
static void a_fact_alone_is_the_same(void **state)
{
    (void)state;
    simulated s;
    char path[256], all[KU_HASH_TEXT], alone[KU_HASH_TEXT];
    ku_error err = {0};
    simulated_place(&s);
    ku_company_options options = small(&s);
    run(&options, &s.report);
    simulated_path(&s, "market.csv", path);
    check_ok(ku_hash_file(path, all, &err), &err);
    const char *only[] = {"market"};
    options.only = only;
    options.only_count = 1;
    options.force = true;
    run(&options, &s.report);
    check_ok(ku_hash_file(path, alone, &err), &err);
    assert_string_equal(all, alone);
    simulated_clear(&s);
}

static void rows_wanted_are_about_reached(void **state)
{
    (void)state;
    simulated s;
    simulated_place(&s);
    const char *only[] = {"sale"};
    ku_company_options options = {.out = s.folder, .rows = 300000, .only = only, .only_count = 1};
    run(&options, &s.report);
    check_near("sale rows", 300000, (double)s.report.file[0].rows, 0.06);
    simulated_clear(&s);
}

static void a_full_folder_is_left_alone(void **state)
{
    (void)state;
    simulated s;
    ku_error err = {0};
    char path[256];
    simulated_place(&s);
    check_ok(ku_folder_make(s.folder, 0755, &err), &err);
    simulated_path(&s, "notes.txt", path);
    check_ok(ku_file_write(path, "mine", 4, 0644, &err), &err);
    ku_company_options options = small(&s);
    check_fails(KU_CONFLICT, "not empty", ku_simulate_company(&options, NULL, NULL, NULL, &err),
                &err);
    options.force = true; /* replaces simulated files only */
    run(&options, &s.report);
    assert_true(ku_file_exists(path));
    simulated_path(&s, "sale.csv", path);
    assert_true(ku_file_exists(path));
    simulated_clear(&s);
}

static bool stop_at_once(void *data, double done, const char *doing)
{
    (void)done;
    (void)doing;
    ++*(int *)data;
    return false;
}

static bool exists(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0;
}

static void cancelled_leaves_nothing(void **state)
{
    (void)state;
    simulated s;
    ku_error err = {0};
    char part[128];
    int calls = 0;
    simulated_place(&s);
    ku_company_options options = small(&s);
    check_fails(KU_CANCELLED, "stopped",
                ku_simulate_company(&options, stop_at_once, &calls, NULL, &err), &err);
    assert_int_equal(calls, 1);
    snprintf(part, sizeof part, "%s.part", s.folder);
    assert_false(exists(s.folder));
    assert_false(exists(part));
    simulated_clear(&s);
}

/* What a killed simulation left is swept away; what somebody else left is not. */
static void leftovers_are_swept(void **state)
{
    (void)state;
    simulated s;
    ku_error err = {0};
    char part[128], path[192];
    simulated_place(&s);
    snprintf(part, sizeof part, "%s.part", s.folder);
    check_ok(ku_folder_make(part, 0755, &err), &err);
    snprintf(path, sizeof path, "%s/sale.csv", part);
    check_ok(ku_file_write(path, "half", 4, 0644, &err), &err);
    ku_company_options options = small(&s);
    run(&options, &s.report);
    assert_false(exists(part));
    ku_folder_remove(s.folder, NULL);
    check_ok(ku_folder_make(part, 0755, &err), &err);
    snprintf(path, sizeof path, "%s/letter.txt", part);
    check_ok(ku_file_write(path, "mine", 4, 0644, &err), &err);
    check_fails(KU_CONFLICT, "letter.txt", ku_simulate_company(&options, NULL, NULL, NULL, &err),
                &err);
    assert_true(exists(path));
    simulated_clear(&s);
}

/* A limit on the size of files stands for the full disk: both stop a write midway. */
static void a_stopped_write_leaves_nothing(void **state)
{
    (void)state;
    simulated s;
    ku_error err = {0};
    char part[128];
    simulated_place(&s);
    ku_company_options options = small(&s);
    struct rlimit usual, tight;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
    tight = usual;
    tight.rlim_cur = 200000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    ku_status status = ku_simulate_company(&options, NULL, NULL, NULL, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
    assert_true(status == KU_NO_SPACE || status == KU_IO || status == KU_TOO_LARGE);
    assert_true(err.message[0] != '\0');
    snprintf(part, sizeof part, "%s.part", s.folder);
    assert_false(exists(s.folder));
    assert_false(exists(part));
    simulated_clear(&s);
}

static void senseless_wishes_are_refused(void **state)
{
    (void)state;
    simulated s;
    ku_error err = {0};
    simulated_place(&s);
    const char *wrong[] = {"sales"};
    struct {
        ku_company_options options;
        const char *where, *words;
    } wishes[] = {
        {{.customers = -5}, "customers", "-5"},
        {{.customers = INT64_C(2000000000)}, "customers", "1,000,000,000"},
        {{.years = 31}, "years", "1 to 30"},
        {{.years = -1}, "years", "-1"},
        {{.rows = -1}, "rows", "-1"},
        {{.rows = 10, .customers = 10}, "rows", "not both"},
        {{.end = "2025-02-30"}, "end", "30"},
        {{.end = "1900-01-01"}, "end", "1950"},
        {{.format = "xlsx"}, "format", "csv or parquet"},
        {{.only = wrong, .only_count = 1}, "only", "did you mean sale"},
    };
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        wishes[i].options.out = s.folder;
        check_fails(KU_USAGE, wishes[i].words,
                    ku_simulate_company(&wishes[i].options, NULL, NULL, NULL, &err), &err);
        assert_string_equal(err.where, wishes[i].where);
        assert_false(exists(s.folder));
    }
    check_fails(KU_USAGE, "folder",
                ku_simulate_company(&(ku_company_options){0}, NULL, NULL, NULL, &err), &err);
    simulated_clear(&s);
}

static void one_customer_is_a_company(void **state)
{
    (void)state;
    simulated s;
    simulated_place(&s);
    ku_company_options options = {.out = s.folder, .customers = 1, .years = 1};
    run(&options, &s.report);
    assert_int_equal(s.report.file[0].rows, 1);
    simulated_clear(&s);
}

static void parquet_holds_the_same_rows(void **state)
{
    (void)state;
    simulated s;
    simulated_place(&s);
    const char *only[] = {"sale", "calendar", "complaint"};
    ku_company_options options = small(&s);
    options.only = only;
    options.only_count = 3;
    run(&options, &s.report);
    simulated_load(&s);
    char other[128];
    snprintf(other, sizeof other, "%s/parquet", s.place);
    options.out = other;
    options.format = "parquet";
    run(&options, NULL);
    static const char *const facts[] = {"sale", "calendar", "complaint"};
    for (int k = 0; k < 3; k++) {
        char sql[512];
        snprintf(sql, sizeof sql,
                 "SELECT count(*)::DOUBLE FROM (SELECT * FROM f_%s EXCEPT ALL "
                 "SELECT * FROM read_parquet('%s/%s.parquet'))",
                 facts[k], other, facts[k]);
        check_near(facts[k], 0, simulated_number(&s, sql), 0);
    }
    simulated_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_gives_same_bytes_with_any_threads),
        cmocka_unit_test(every_fact_has_a_file_with_its_columns),
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(only_named_facts_are_written),
        cmocka_unit_test(a_fact_alone_is_the_same),
        cmocka_unit_test(rows_wanted_are_about_reached),
        cmocka_unit_test(a_full_folder_is_left_alone),
        cmocka_unit_test(cancelled_leaves_nothing),
        cmocka_unit_test(leftovers_are_swept),
        cmocka_unit_test(a_stopped_write_leaves_nothing),
        cmocka_unit_test(senseless_wishes_are_refused),
        cmocka_unit_test(one_customer_is_a_company),
        cmocka_unit_test(parquet_holds_the_same_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
