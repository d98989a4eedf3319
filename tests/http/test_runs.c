/* test_runs.c - runs over HTTP from the start to the table on the screen: following by
 * events, repeating, cancelling, paging, filters, downloads, unchanged answers, and
 * requests sent twice. */
#include "runs/run.h"
#include "served.h"

enum { MANY_SERIES = 1500, MANY_MONTHS = 72 };

typedef struct fixture {
    served s;
    client c;
    const char *run; /* sales.overview, done */
} fixture;

static void a_run_is_followed_to_its_end(void **state)
{
    fixture *f = *state;
    json_t *run = run_overview(&f->c);
    f->run = member(run, "id");
    assert_true(strlen(member(run, "output_hash")) >= 64);
    assert_true(strlen(member(run, "input_hash")) >= 64);
    assert_string_equal(member(run, "actor"), "web");
    assert_true(json_array_size(json_object_get(run, "outputs")) > 3);
    /* What is told later is what the last event told. */
    answer now = get(&f->c, API "/runs/%s", f->run);
    expect(now, 200);
    assert_true(json_equal(now.json, run));
    /* The stream of a run that has ended tells once and ends. */
    answer again = get(&f->c, API "/runs/%s/events", f->run);
    assert_true(json_equal(last_event(&f->c, &again, "run"), run));
}

static void a_repeated_run_gives_the_same_bits(void **state)
{
    fixture *f = *state;
    answer first = get(&f->c, API "/runs/%s", f->run);
    answer started = ask(&f->c, ku_arena_printf(f->c.arena, API "/runs/%s/again", f->run),
                         (asked){.method = "POST"});
    expect(started, 202);
    const char *id = member(started.json, "id");
    assert_string_equal(header(&f->c, &started, "Location"),
                        ku_arena_printf(f->c.arena, API "/runs/%s", id));
    json_t *run = follow(&f->c, "runs", id);
    assert_string_equal(member(run, "state"), "done");
    assert_string_equal(member(run, "again_of"), f->run);
    assert_string_equal(member(run, "output_hash"), member(first.json, "output_hash"));
    assert_string_not_equal(id, f->run);
}

static void runs_are_listed_newest_first(void **state)
{
    fixture *f = *state;
    answer all = get(&f->c, API "/runs");
    expect_shape(all.json, "RunList");
    json_t *items = json_object_get(all.json, "items");
    size_t count = json_array_size(items), seen = 0;
    assert_true(count >= 2);
    assert_string_equal(member(json_array_get(items, count - 1), "id"), f->run);
    const char *cursor = "";
    for (; cursor != NULL && seen <= count; seen++) { /* one a page */
        answer page = *cursor != '\0' ? get(&f->c, API "/runs?limit=1&cursor=%s", cursor)
                                      : get(&f->c, API "/runs?limit=1");
        json_t *one = json_array_get(json_object_get(page.json, "items"), 0);
        assert_true(json_equal(one, json_array_get(items, seen)));
        cursor = json_string_value(json_object_get(page.json, "next"));
    }
    assert_int_equal(seen, count);
    answer none = get(&f->c, API "/runs?analysis=demand.forecast");
    assert_int_equal(json_array_size(json_object_get(none.json, "items")), 0);
}

/* ---- a long run ------------------------------------------------------------------------- */

static const char *many_series(client *c)
{
    ku_text text = {0};
    ku_text_add(&text, "series,date,value\n");
    for (int i = 0; i < MANY_SERIES; i++) {
        for (int m = 0; m < MANY_MONTHS; m++)
            ku_text_addf(&text, "s%d,%d-%02d-01,%d\n", i, 2015 + m / 12, m % 12 + 1,
                         100 + (i * 31 + m * m * 17 + m % 12 * 40) % 97);
    }
    return settle(c, &text).bytes;
}

static const char *long_run(client *c)
{
    const char *id = upload(c, "series.csv", many_series(c));
    answer a = post(c, API "/runs",
                    ku_arena_printf(c->arena,
                                    "{\"analysis\":\"demand.forecast\",\"threads\":1,"
                                    "\"inputs\":{\"series\":\"%s\"}}",
                                    id));
    expect(a, 202);
    return member(a.json, "id");
}

static void a_long_run_is_cancelled(void **state)
{
    fixture *f = *state;
    const char *id = long_run(&f->c), *told = "queued";
    for (int i = 0; i < 100 && strcmp(told, "running") != 0; i++) {
        told = member(get(&f->c, API "/runs/%s", id).json, "state");
        usleep(50000);
    }
    assert_string_equal(told, "running");
    const char *cancel = ku_arena_printf(f->c.arena, API "/runs/%s/cancel", id);
    expect(ask(&f->c, cancel, (asked){.method = "POST"}), 202);
    double began = ku_clock_seconds();
    json_t *run = follow(&f->c, "runs", id);
    assert_true(ku_clock_seconds() - began < 5);
    assert_string_equal(member(run, "state"), "cancelled");
    assert_string_equal(member(json_object_get(run, "failure"), "code"), "CANCELLED");
    expect_problem(&f->c, ask(&f->c, cancel, (asked){.method = "POST"}), 409, "CONFLICT", "ended");
    answer table = get(&f->c, API "/runs/%s/tables/forecast", id);
    expect_shape(table.json, "Problem");
}

/* ---- tables -------------------------------------------------------------------------------- */

static answer table(fixture *f, const char *rest)
{
    return get(&f->c, API "/runs/%s/tables/%s", f->run, rest);
}

static size_t rows_of(const answer *a)
{
    return json_array_size(json_object_get(a->json, "rows"));
}

static void tables_come_in_pages(void **state)
{
    fixture *f = *state;
    answer whole = table(f, "members");
    expect_shape(whole.json, "TablePage");
    int64_t total = number(whole.json, "total"), seen = 0;
    assert_true(total > 3);
    assert_int_equal(rows_of(&whole), total);
    assert_true(json_is_null(json_object_get(whole.json, "next")));
    const char *cursor = "0";
    while (cursor != NULL && seen <= total) {
        answer page = table(f, ku_arena_printf(f->c.arena, "members?limit=2&cursor=%s", cursor));
        assert_int_equal(number(page.json, "total"), total);
        for (size_t i = 0; i < rows_of(&page); i++, seen++) {
            json_t *row = json_array_get(json_object_get(page.json, "rows"), i);
            json_t *same = json_array_get(json_object_get(whole.json, "rows"), (size_t)seen);
            assert_true(json_equal(row, same));
        }
        cursor = json_string_value(json_object_get(page.json, "next"));
    }
    assert_int_equal(seen, total);
    answer beyond = table(f, "members?cursor=100000");
    assert_int_equal(rows_of(&beyond), 0);
}

static double cell(const answer *a, size_t row, const char *column)
{
    json_t *columns = json_object_get(a->json, "columns");
    size_t at = 0;
    while (strcmp(json_string_value(json_object_get(json_array_get(columns, at), "name")), column))
        at++;
    json_t *value = json_array_get(json_array_get(json_object_get(a->json, "rows"), row), at);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void tables_are_sorted(void **state)
{
    fixture *f = *state;
    int64_t total = number(table(f, "members").json, "total");
    answer up = table(f, "members?sort=revenue"), down = table(f, "members?sort=-revenue");
    assert_int_equal(rows_of(&up), total);
    for (size_t i = 1; i < (size_t)total; i++) {
        assert_true(cell(&up, i - 1, "revenue") <= cell(&up, i, "revenue"));
        assert_true(cell(&down, i - 1, "revenue") >= cell(&down, i, "revenue"));
    }
    answer first = table(f, "members?sort=-revenue&limit=2");
    const char *next = json_string_value(json_object_get(first.json, "next"));
    assert_string_equal(next, "2");
    answer second = table(f, "members?sort=-revenue&limit=2&cursor=2");
    assert_true(cell(&second, 0, "revenue") == cell(&down, 2, "revenue"));
    answer beyond = table(f, "members?sort=-revenue&cursor=100000");
    assert_int_equal(rows_of(&beyond), 0);
    expect_problem(&f->c, table(f, "members?sort=nobody"), 400, "USAGE", "no column");
}

static void tables_are_searched(void **state)
{
    fixture *f = *state;
    answer whole = table(f, "members");
    answer shop = table(f, "members?search.member=sHO&sort=member");
    assert_true(rows_of(&shop) >= 1 && rows_of(&shop) < rows_of(&whole));
    answer nobody = table(f, "members?search.member=nobody%20here");
    assert_int_equal(rows_of(&nobody), 0);
    answer all = table(f, "members?search.member=");
    assert_int_equal(number(all.json, "total"), number(table(f, "members").json, "total"));
    expect_problem(&f->c, table(f, "members?search.revenue=1"), 400, "USAGE", "texts");
    expect_problem(&f->c, table(f, "members?search.nobody=x"), 400, "USAGE", "no such column");
}

static void tables_are_filtered(void **state)
{
    fixture *f = *state;
    answer all = table(f, "members");
    answer shop = table(f, "members?filter.member=Shop");
    answer both = table(f, "members?filter.member=Shop&filter.dimension=nothing");
    assert_int_equal(rows_of(&shop), 1);
    assert_int_equal(number(shop.json, "total"), 1);
    assert_int_equal(rows_of(&both), 0);
    assert_true(number(all.json, "total") > 1);
    answer nobody = table(f, "members?filter.member=Nobody");
    assert_int_equal(rows_of(&nobody), 0);
    expect_problem(&f->c, table(f, "members?filter.nobody=x"), 400, "USAGE", "no such column");
    expect_problem(&f->c, table(f, "members?filter.revenue=much"), 400, "USAGE", "much");
    /* Dates and truths. */
    expect_problem(&f->c, table(f, "windows?filter.first_day=2026-02-31"), 400, "USAGE", "");
    answer covered = table(f, "windows?filter.covered=true");
    answer uncovered = table(f, "windows?filter.covered=false");
    assert_int_equal(rows_of(&covered) + rows_of(&uncovered),
                     number(table(f, "windows").json, "total"));
    expect_problem(&f->c, table(f, "windows?filter.covered=maybe"), 400, "USAGE", "true or false");
}

static void the_values_of_a_column_are_offered(void **state)
{
    fixture *f = *state;
    answer all = table(f, "members?distinct=member");
    expect_shape(all.json, "TablePage");
    json_t *values = json_object_get(all.json, "values");
    size_t count = json_array_size(values);
    assert_true(count > 3);
    for (size_t i = 0; i < count; i++) { /* each once */
        for (size_t k = 0; k < i; k++)
            assert_false(json_equal(json_array_get(values, i), json_array_get(values, k)));
    }
    answer some = table(f, "members?distinct=member&q=sHO");
    json_t *found = json_object_get(some.json, "values");
    assert_int_equal(json_array_size(found), 1);
    assert_string_equal(json_string_value(json_array_get(found, 0)), "Shop");
    assert_true(json_is_null(json_object_get(some.json, "next")));
    answer quote = table(f, "members?distinct=member&q=%22");
    assert_int_equal(json_array_size(json_object_get(quote.json, "values")), 0);
    answer page = table(f, "members?distinct=member&limit=1");
    const char *next = json_string_value(json_object_get(page.json, "next"));
    assert_non_null(next);
    page = table(f, ku_arena_printf(f->c.arena, "members?distinct=member&limit=1&cursor=%s", next));
    assert_true(json_equal(json_array_get(json_object_get(page.json, "values"), 0),
                           json_array_get(values, 1)));
    expect_problem(&f->c, table(f, "members?distinct=revenue"), 400, "USAGE",
                   "not a column of texts");
    expect_problem(&f->c, table(f, "members?distinct=nobody"), 400, "USAGE", "no column");
}

static void tables_are_downloaded(void **state)
{
    fixture *f = *state;
    answer csv = table(f, "members?format=csv&limit=1"); /* the whole table all the same */
    expect(csv, 200);
    assert_string_equal(header(&f->c, &csv, "Content-Type"), "text/csv; charset=utf-8");
    const char *name = header(&f->c, &csv, "Content-Disposition");
    assert_string_equal(
        name, ku_arena_printf(f->c.arena, "attachment; filename=\"%s-members.csv\"", f->run));
    assert_true(ku_text_starts(csv.body.bytes, "dimension,member,"));
    int64_t lines = 0;
    for (const char *at = csv.body.bytes; (at = strchr(at, '\n')) != NULL; at++) lines++;
    assert_int_equal(lines, 1 + number(table(f, "members").json, "total"));
    expect_problem(&f->c, table(f, "nobody?format=csv"), 404, "NOT_FOUND", "nobody");
}

static int64_t lines_of(const answer *csv)
{
    int64_t lines = 0;
    for (const char *at = csv->body.bytes; (at = strchr(at, '\n')) != NULL; at++) lines++;
    return lines;
}

/* A download holds what the page shows: the same rows, in the same order. */
static void downloads_keep_to_the_page(void **state)
{
    fixture *f = *state;
    int64_t all = number(table(f, "members").json, "total");
    int64_t in = number(table(f, "members?filter.member=Shop").json, "total");
    assert_true(in > 0 && in < all);
    assert_int_equal(number(table(f, "members?not.member=Shop").json, "total"), all - in);
    answer some = table(f, "members?format=csv&filter.member=Shop&sort=-revenue");
    assert_int_equal(lines_of(&some), 1 + in);
    answer rest = table(f, "members?format=csv&not.member=Shop&sort=member");
    assert_int_equal(lines_of(&rest), 1 + all - in);
    assert_null(strstr(rest.body.bytes, ",Shop,"));
    answer up = table(f, "members?format=csv&sort=member");
    answer down = table(f, "members?format=csv&sort=-member");
    assert_int_equal(lines_of(&up), 1 + all);
    assert_string_not_equal(up.body.bytes, down.body.bytes);
    const char *first = json_string_value(json_array_get(
        json_array_get(json_object_get(table(f, "members?sort=-member").json, "rows"), 0), 1));
    assert_non_null(first);
    const char *line = strchr(down.body.bytes, '\n') + 1, *cell = strchr(line, ',') + 1;
    assert_true(ku_text_starts(cell, first));
    expect_problem(&f->c, table(f, "members?format=csv&sort=nobody"), 400, "USAGE", "no column");
    expect_problem(&f->c, table(f, "members?not.nobody=1"), 400, "USAGE", "no such column");
}

/* ---- the same again ---------------------------------------------------------------------------- */

static void check_unchanged(fixture *f, const char *path)
{
    answer first = get(&f->c, "%s", path);
    expect(first, 200);
    const char *etag = header(&f->c, &first, "ETag");
    if (etag == NULL) print_error("%s has no ETag\n", path);
    assert_non_null(etag);
    asked same = {.header = {ku_arena_printf(f->c.arena, "If-None-Match: %s", etag)}};
    answer second = ask(&f->c, path, same);
    expect(second, 304);
    assert_int_equal(second.body.length, 0);
    assert_string_equal(header(&f->c, &second, "ETag"), etag);
    expect(ask(&f->c, path, (asked){.header = {"If-None-Match: \"other\""}}), 200);
}

static void unchanged_answers_are_not_sent_again(void **state)
{
    fixture *f = *state;
    static const char *const paths[] = {API "/openapi.json",
                                        API "/workspace",
                                        API "/analyses",
                                        API "/analyses/sales.overview",
                                        API "/facts",
                                        API "/facts/sale",
                                        "/"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) check_unchanged(f, paths[i]);
    check_unchanged(f, ku_arena_printf(f->c.arena, API "/runs/%s", f->run));
    check_unchanged(f, ku_arena_printf(f->c.arena, API "/runs/%s/tables/members", f->run));
    check_unchanged(f,
                    ku_arena_printf(f->c.arena, API "/runs/%s/tables/members?format=csv", f->run));
    /* Another page of a table is another answer. */
    answer one = table(f, "members?limit=1"), two = table(f, "members?limit=2");
    assert_string_not_equal(header(&f->c, &one, "ETag"), header(&f->c, &two, "ETag"));
}

static void views_are_drawn(void **state)
{
    fixture *f = *state;
    answer svg = get(&f->c, API "/runs/%s/charts/revenue.svg", f->run);
    answer dark = get(&f->c, API "/runs/%s/charts/revenue.svg?theme=dark", f->run);
    answer png = get(&f->c, API "/runs/%s/charts/revenue.png?width=300&height=200", f->run);
    expect(svg, 200);
    expect(png, 200);
    assert_string_equal(header(&f->c, &svg, "Content-Type"), "image/svg+xml");
    assert_string_equal(header(&f->c, &png, "Content-Type"), "image/png");
    assert_non_null(strstr(svg.body.bytes, "<svg"));
    assert_string_not_equal(svg.body.bytes, dark.body.bytes);
    assert_memory_equal(png.body.bytes, "\x89PNG", 4);
    check_unchanged(f, ku_arena_printf(f->c.arena, API "/runs/%s/charts/revenue.svg", f->run));
    answer none = get(&f->c, API "/runs/%s/charts/nobody.svg", f->run);
    expect_problem(&f->c, none, 400, "USAGE", "revenue");
    answer huge = get(&f->c, API "/runs/%s/charts/revenue.png?width=100000", f->run);
    expect_problem(&f->c, huge, 400, "USAGE", "from 0 to 4000");
}

static void a_request_sent_twice_is_done_once(void **state)
{
    fixture *f = *state;
    const char *id = upload(&f->c, "sale.csv", overview_sales());
    const char *body = ku_arena_printf(
        f->c.arena, "{\"analysis\":\"sales.overview\",\"inputs\":{\"sale\":\"%s\"}}", id);
    asked a = {.method = "POST", .body = body, .header = {"Idempotency-Key: once-1"}};
    answer first = ask(&f->c, API "/runs", a), second = ask(&f->c, API "/runs", a);
    expect(first, 202);
    expect(second, 202);
    assert_string_equal(first.body.bytes, second.body.bytes);
    assert_string_equal(header(&f->c, &first, "Location"), header(&f->c, &second, "Location"));
    assert_null(header(&f->c, &first, "Idempotent-Replayed"));
    assert_string_equal(header(&f->c, &second, "Idempotent-Replayed"), "true");
    /* The key with anything else is a mistake. */
    a.body = ku_arena_printf(f->c.arena, "%s ", body);
    expect_problem(&f->c, ask(&f->c, API "/runs", a), 409, "CONFLICT", "another request");
    /* Another key is another request. */
    a.body = body;
    a.header[0] = "Idempotency-Key: once-2";
    assert_string_not_equal(member(ask(&f->c, API "/runs", a).json, "id"),
                            member(first.json, "id"));
    /* A file sent twice is kept once. */
    asked file = {.method = "POST",
                  .body = "time\n",
                  .type = "application/octet-stream",
                  .header = {"Idempotency-Key: file-1"}};
    first = ask(&f->c, API "/uploads?name=a.csv", file);
    second = ask(&f->c, API "/uploads?name=a.csv", file);
    expect(second, 201);
    assert_string_equal(member(first.json, "id"), member(second.json, "id"));
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
        cmocka_unit_test(a_run_is_followed_to_its_end),
        cmocka_unit_test(a_repeated_run_gives_the_same_bits),
        cmocka_unit_test(runs_are_listed_newest_first),
        cmocka_unit_test(tables_come_in_pages),
        cmocka_unit_test(tables_are_sorted),
        cmocka_unit_test(tables_are_searched),
        cmocka_unit_test(tables_are_filtered),
        cmocka_unit_test(the_values_of_a_column_are_offered),
        cmocka_unit_test(tables_are_downloaded),
        cmocka_unit_test(downloads_keep_to_the_page),
        cmocka_unit_test(unchanged_answers_are_not_sent_again),
        cmocka_unit_test(views_are_drawn),
        cmocka_unit_test(a_request_sent_twice_is_done_once),
        cmocka_unit_test(a_long_run_is_cancelled),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
