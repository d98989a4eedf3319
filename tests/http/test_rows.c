/* test_rows.c - rows that come without a file: a forecast kept from its run, and a person's
 * override sent as JSON; both counted once, refused in plain words when wrong, undone. */
#include "bank/bank.h"
#include "base/hash.h"
#include "runs/as_fact.h"
#include "served.h"

typedef struct fixture {
    served s;
    client c;
} fixture;

static int64_t rows_of(fixture *f, const char *fact)
{
    answer a = get(&f->c, API "/facts/%s", fact);
    expect(a, 200);
    return number(a.json, "rows");
}

/* Posts and follows the import to its end. */
static json_t *imported(fixture *f, const char *path, const char *body)
{
    answer a = post(&f->c, path, body);
    expect(a, 202);
    expect_shape(a.json, "Import");
    const char *id = member(a.json, "id");
    assert_string_equal(header(&f->c, &a, "Location"),
                        ku_arena_printf(f->c.arena, API "/imports/%s", id));
    json_t *import = follow(&f->c, "imports", id), *failure = json_object_get(import, "failure");
    if (!json_is_null(failure)) print_message("# %s\n", member(failure, "message"));
    return import;
}

static const char *forecast_run(fixture *f)
{
    ku_text text = {0};
    ku_text_add(&text, "series,date,value\n");
    for (int t = 0; t < 48; t++)
        ku_text_addf(&text, "%s,%d-%02d-01,%d\n", t < 24 ? "tea" : "rum", 2024 + t % 24 / 12,
                     t % 12 + 1, 50 + t % 5 + t % 12);
    const char *series = settle(&f->c, &text).bytes;
    const char *id = upload(&f->c, "series.csv", series);
    answer a = post(&f->c, API "/runs",
                    ku_arena_printf(f->c.arena,
                                    "{\"analysis\":\"demand.forecast\",\"params\":{\"horizon\":6},"
                                    "\"inputs\":{\"series\":\"%s\"}}",
                                    id));
    expect(a, 202);
    json_t *run = follow(&f->c, "runs", member(a.json, "id"));
    assert_string_equal(member(run, "state"), "done");
    return member(run, "id");
}

static void a_forecast_is_kept_once_and_undone(void **state)
{
    fixture *f = *state;
    const char *run = forecast_run(f);
    const char *path = ku_arena_printf(f->c.arena, API "/runs/%s/tables/forecast/keep", run);
    json_t *first = imported(f, path, "{\"fact\":\"forecast\"}");
    assert_string_equal(member(first, "state"), "done");
    assert_int_equal(number(first, "added"), 12); /* two series, six months */
    assert_int_equal(rows_of(f, "forecast"), 12);
    json_t *again = imported(f, path, "{\"fact\":\"forecast\"}");
    assert_int_equal(number(again, "added"), 0);
    assert_int_equal(rows_of(f, "forecast"), 12);
    /* The repetition of a run believes the same: it is not a second vintage. */
    answer a = post(&f->c, ku_arena_printf(f->c.arena, API "/runs/%s/again", run), NULL);
    expect(a, 202);
    json_t *twin = follow(&f->c, "runs", member(a.json, "id"));
    path = ku_arena_printf(f->c.arena, API "/runs/%s/tables/forecast/keep", member(twin, "id"));
    assert_int_equal(number(imported(f, path, "{\"fact\":\"forecast\"}"), "added"), 0);
    a = post(&f->c, ku_arena_printf(f->c.arena, API "/imports/%s/undo", member(first, "batch")),
             NULL);
    expect(a, 200);
    assert_int_equal(rows_of(f, "forecast"), 0);
}

/* What the table has not is filled in: when, with what, from which run. */
static void a_kept_forecast_knows_where_it_is_from(void **state)
{
    fixture *f = *state;
    const char *run = forecast_run(f);
    ku_bank *bank;
    ku_error err = {0};
    ku_frame *frame;
    const char *path = ku_arena_printf(f->c.arena, API "/runs/%s/tables/forecast/keep", run);
    json_t *import = imported(f, path, "{\"fact\":\"forecast\"}");
    assert_int_equal(number(import, "added"), 12);
    check_ok(ku_workspace_bank(f->s.workspace, KU_BANK_READ, &bank, &err), &err);
    check_ok(ku_bank_query(bank, "kept",
                           "SELECT series, min(model) AS model, min(note) AS note,"
                           " count(DISTINCT made_at) AS vintages, count(*) AS n,"
                           " bool_and(lo95 < mean AND mean < hi95) AS ordered,"
                           " max(abs(date_diff('minute', made_at, now()::TIMESTAMP))) AS minutes"
                           " FROM forecast GROUP BY 1 ORDER BY 1",
                           NULL, 0, &frame, &err),
             &err);
    ku_workspace_bank_done(f->s.workspace, bank);
    assert_int_equal(frame->rows, 2);
    for (int64_t row = 0; row < 2; row++) {
        const char *model = ku_column_text(ku_frame_column(frame, "model"), row, f->c.arena);
        assert_true(model != NULL && *model != '\0');
        const char *note = ku_column_text(ku_frame_column(frame, "note"), row, f->c.arena);
        assert_non_null(strstr(note, run));
        assert_int_equal(ku_frame_column(frame, "vintages")->as.i64[row], 1);
        assert_int_equal(ku_frame_column(frame, "n")->as.i64[row], 6);
        assert_true(ku_column_bool(ku_frame_column(frame, "ordered"), row));
    }
    ku_frame_free(frame);
    post(&f->c, ku_arena_printf(f->c.arena, API "/imports/%s/undo", member(import, "batch")), NULL);
}

static void keeping_what_is_not_there_is_refused(void **state)
{
    fixture *f = *state;
    const char *run = forecast_run(f);
    expect_problem(&f->c,
                   post(&f->c, API "/runs/r0000001/tables/x/keep", "{\"fact\":\"forecast\"}"), 404,
                   "NOT_FOUND", "r0000001");
    const char *path = ku_arena_printf(f->c.arena, API "/runs/%s/tables/nothing/keep", run);
    expect_problem(&f->c, post(&f->c, path, "{\"fact\":\"forecast\"}"), 404, "NOT_FOUND",
                   "no result table nothing");
    path = ku_arena_printf(f->c.arena, API "/runs/%s/tables/forecast/keep", run);
    expect_problem(&f->c, post(&f->c, path, "{\"fact\":\"forecats\"}"), 400, "USAGE", "forecast");
}

/* Who is in which segment: by the table that holds such rows, named by nobody. */
static void memberships_are_kept(void **state)
{
    fixture *f = *state;
    const char *sales = "customer,date,amount\nA,2026-01-01,5\nB,2026-01-09,9\n";
    answer a = post(&f->c, API "/runs",
                    ku_arena_printf(f->c.arena,
                                    "{\"analysis\":\"customers.segments\",\"params\":{\"by\":"
                                    "\"rules\",\"rules\":\"Large: spend > 5\"},\"inputs\":"
                                    "{\"sales\":\"%s\"}}",
                                    upload(&f->c, "sales.csv", sales)));
    expect(a, 202);
    const char *run = member(follow(&f->c, "runs", member(a.json, "id")), "id");
    ku_import_options named, usual;
    ku_error err = {0};
    const ku_fact *fact = ku_fact_find("segment");
    check_ok(
        ku_run_as_fact(f->s.workspace, run, "members", fact, f->s.folder, f->c.arena, &named, &err),
        &err);
    check_ok(ku_run_as_fact(f->s.workspace, run, NULL, fact, f->s.folder, f->c.arena, &usual, &err),
             &err);
    char one[KU_HASH_TEXT], two[KU_HASH_TEXT];
    check_ok(ku_hash_file(named.paths[0], one, &err), &err);
    check_ok(ku_hash_file(usual.paths[0], two, &err), &err);
    assert_string_equal(one, two);
    check_fails(KU_NOT_FOUND, "no result table calendar",
                ku_run_as_fact(f->s.workspace, run, NULL, ku_fact_find("calendar"), f->s.folder,
                               f->c.arena, &usual, &err),
                &err);
    const char *path = ku_arena_printf(f->c.arena, API "/runs/%s/tables/members/keep", run);
    json_t *import = imported(f, path, "{\"fact\":\"segment\"}");
    assert_int_equal(number(import, "added"), 2);
    assert_int_equal(rows_of(f, "segment"), 2);
    post(&f->c, ku_arena_printf(f->c.arena, API "/imports/%s/undo", member(import, "batch")), NULL);
}

#define OVERRIDE                                                                                   \
    "{\"rows\":[{\"made_at\":\"2026-03-01T09:00:00Z\",\"series\":\"Tea\",\"date\":\"2026-04-01\"," \
    "\"value\":12.5,\"reason\":\"a fair, in \\\"May\\\"\",\"person\":\"Ana\",\"model_value\":9}]}"

static void an_override_is_sent_as_json(void **state)
{
    fixture *f = *state;
    json_t *first = imported(f, API "/facts/forecast_override/rows", OVERRIDE);
    assert_string_equal(member(first, "state"), "done");
    assert_int_equal(number(first, "added"), 1);
    assert_int_equal(rows_of(f, "forecast_override"), 1);
    assert_int_equal(number(imported(f, API "/facts/forecast_override/rows", OVERRIDE), "added"),
                     0);
    assert_int_equal(rows_of(f, "forecast_override"), 1);
    answer a = post(
        &f->c, ku_arena_printf(f->c.arena, API "/imports/%s/undo", member(first, "batch")), NULL);
    expect(a, 200);
    assert_int_equal(rows_of(f, "forecast_override"), 0);
}

static void bad_rows_are_refused(void **state)
{
    fixture *f = *state;
    const char *path = API "/facts/forecast_override/rows";
    expect_problem(&f->c, post(&f->c, path, "{\"rows\":[]}"), 400, "USAGE", "1 to 10000 rows");
    expect_problem(&f->c, post(&f->c, path, "{\"rows\":[{\"value\":{\"x\":1}}]}"), 400, "USAGE",
                   "a text, a number");
    expect_problem(&f->c, post(&f->c, path, "{\"rows\":[1]}"), 400, "USAGE", "expected");
    expect_problem(&f->c, post(&f->c, API "/facts/nothing/rows", OVERRIDE), 404, "NOT_FOUND",
                   "nothing");
    /* One row in order and one without a value: none is taken. */
    json_t *import = imported(f, path,
                              "{\"rows\":[{\"made_at\":\"2026-03-01T09:00:00Z\",\"series\":\"Tea\","
                              "\"date\":\"2026-04-01\",\"value\":1},{\"made_at\":"
                              "\"2026-03-01T09:00:00Z\",\"series\":\"Tea\",\"date\":\"2026-05-01\","
                              "\"value\":\"many\"}]}");
    assert_string_equal(member(import, "state"), "failed");
    assert_int_equal(rows_of(f, "forecast_override"), 0);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_forecast_is_kept_once_and_undone),
        cmocka_unit_test(a_kept_forecast_knows_where_it_is_from),
        cmocka_unit_test(keeping_what_is_not_there_is_refused),
        cmocka_unit_test(memberships_are_kept),
        cmocka_unit_test(an_override_is_sent_as_json),
        cmocka_unit_test(bad_rows_are_refused),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
