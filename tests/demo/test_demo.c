/* test_demo.c - the demo's workspace: every simulated row is in the bank, none refused; it
 * appears whole or not at all, and the second start does nothing. */
#include "check.h"

#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "demo/demo.h"
#include "workspace/workspace.h"

typedef struct place {
    char folder[64], workspace[80], part[96];
} place;

static place place_make(void)
{
    place p;
    snprintf(p.folder, sizeof p.folder, "/tmp/kemudi-demo-XXXXXX");
    assert_non_null(mkdtemp(p.folder));
    snprintf(p.workspace, sizeof p.workspace, "%s/shop", p.folder);
    snprintf(p.part, sizeof p.part, "%s.part", p.workspace);
    return p;
}

static ku_demo_options small(const place *p)
{
    return (ku_demo_options){
        .workspace = p->workspace, .seed = 3, .customers = 1500, .years = 1, .end = "2025-12-31"};
}

static int64_t rows_in_bank(const place *p)
{
    ku_workspace *workspace = NULL;
    ku_bank *bank = NULL;
    ku_error err = {0};
    ku_fact_count counts[64];
    size_t count = 0;
    int64_t rows = 0;
    check_ok(ku_workspace_open(p->workspace, &workspace, &err), &err);
    check_ok(ku_workspace_bank(workspace, KU_BANK_READ, &bank, &err), &err);
    check_ok(ku_bank_counts(bank, counts, 64, &count, &err), &err);
    for (size_t k = 0; k < count; k++) {
        if (counts[k].fact->belief) continue;
        if (counts[k].rows == 0) print_error("no rows of %s\n", counts[k].fact->name);
        assert_true(counts[k].rows > 0);
        rows += counts[k].rows;
    }
    ku_workspace_bank_done(workspace, bank);
    ku_workspace_close(workspace);
    return rows;
}

static void every_fact_is_brought_in(void **state)
{
    (void)state;
    place p = place_make();
    ku_error err = {0};
    ku_demo_report report;
    ku_demo_options options = small(&p);
    check_ok(ku_demo_prepare(&options, &report, &err), &err);
    assert_false(report.already);
    assert_int_equal(rows_in_bank(&p), report.rows);
    assert_false(ku_file_exists(p.part));
    char path[128];
    snprintf(path, sizeof path, "%s/truth.json", p.workspace);
    json_t *truth = json_load_file(path, 0, NULL);
    assert_non_null(truth);
    assert_non_null(json_object_get(truth, "realised"));
    json_decref(truth);

    check_ok(ku_demo_prepare(&options, &report, &err), &err);
    assert_true(report.already);
    ku_folder_remove(p.folder, NULL);
}

static bool stop_in_the_import(void *data, double done, const char *doing)
{
    bool importing = strncmp(doing, "bringing in", 11) == 0;
    if (importing) *(double *)data = done;
    return !importing || done < 0.5;
}

static void cancelled_leaves_nothing(void **state)
{
    (void)state;
    place p = place_make();
    ku_error err = {0};
    double stopped_at = 0;
    ku_demo_options options = small(&p);
    options.progress = stop_in_the_import;
    options.progress_data = &stopped_at;
    ku_status status = ku_demo_prepare(&options, NULL, &err);
    assert_int_equal(status, KU_CANCELLED);
    assert_true(stopped_at >= 0.5);
    assert_false(ku_file_exists(p.workspace));
    assert_false(ku_file_exists(p.part));
    options.progress = NULL;
    check_ok(ku_demo_prepare(&options, NULL, &err), &err); /* and the next start succeeds */
    ku_folder_remove(p.folder, NULL);
}

static void what_is_there_is_left_alone(void **state)
{
    (void)state;
    place p = place_make();
    ku_error err = {0};
    char path[128];
    check_ok(ku_folder_make(p.workspace, 0700, &err), &err);
    snprintf(path, sizeof path, "%s/letter.txt", p.workspace);
    check_ok(ku_file_write(path, "mine", 4, 0600, &err), &err);
    ku_demo_options options = small(&p);
    check_fails(KU_CONFLICT, "not empty", ku_demo_prepare(&options, NULL, &err), &err);
    assert_true(ku_file_exists(path));
    ku_folder_remove(p.folder, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fact_is_brought_in),
        cmocka_unit_test(cancelled_leaves_nothing),
        cmocka_unit_test(what_is_there_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
