/* test_bad_input.c - what a careless or hostile client sends: each line of the tables below
 * is refused with the right status and words, before any handler sees it, and the server
 * is as well afterwards as before. */
#include "runs/run.h"
#include "served.h"

typedef struct bad {
    const char *what, *method, *path, *body;
    long status;
    const char *code, *words;
} bad;

static const bad targets[] = {
    {"unknown route", "GET", API "/nothing", NULL, 404, "NOT_FOUND", "nothing at this address"},
    {"unknown version", "GET", "/api/v2/health", NULL, 404, "NOT_FOUND", "nothing at this address"},
    {"slash at the end", "GET", API "/health/", NULL, 404, "NOT_FOUND", "nothing"},
    {"climbing out", "GET", "/../../etc/passwd", NULL, 400, "USAGE", "climb"},
    {"climbing out, escaped", "GET", "/%2e%2e/%2e%2e/etc/passwd", NULL, 400, "USAGE", "climb"},
    {"half escaped", "GET", "/assets/.%2e/index.html", NULL, 400, "USAGE", "climb"},
    {"slash behind an escape", "GET", "/assets/..%2fsecret.js", NULL, 400, "USAGE", "climb"},
    {"backslash", "GET", "/assets/..%5csecret.js", NULL, 400, "USAGE", "climb"},
    {"escaped twice is one name", "GET", "/%252e%252e/x.js", NULL, 404, "NOT_FOUND",
     "no such file"},
    {"a NUL", "GET", API "/facts/sale%00.js", NULL, 400, "USAGE", "control character"},
    {"a line break", "GET", API "/facts/sale%0d%0aX:%20y", NULL, 400, "USAGE", ""},
    {"half an escape", "GET", API "/facts/%2", NULL, 400, "USAGE", "hexadecimal"},
    {"no hexadecimal", "GET", API "/facts/%zz", NULL, 400, "USAGE", "hexadecimal"},
    {"not UTF-8", "GET", API "/facts/%ff", NULL, 400, "USAGE", "UTF-8"},
    {"overlong dots", "GET", "/%c0%ae%c0%ae/x", NULL, 400, "USAGE", "UTF-8"},
    {"too many segments", "GET", "/api/v1/a/b/c/d/e/f/g/h/i/j/k/l", NULL, 404, "NOT_FOUND", "long"},
    {"an id that is none", "GET", API "/runs/a%20b", NULL, 400, "USAGE", "letters, digits"},
    {"an unknown fact", "GET", API "/facts/sales", NULL, 404, "NOT_FOUND", "did you mean \"sale\""},
    {"an unknown analysis", "GET", API "/analyses/sales.overvew", NULL, 404, "NOT_FOUND",
     "did you mean \"sales.overview\""},
    {"an unknown run", "GET", API "/runs/r0000000", NULL, 404, "NOT_FOUND", "r0000000"},
    {"events of an unknown run", "GET", API "/runs/r0000000/events", NULL, 404, "NOT_FOUND", ""},
    {"an unknown import", "GET", API "/imports/x1", NULL, 404, "NOT_FOUND", "no import"},
    {"events of an unknown import", "GET", API "/imports/x1/events", NULL, 404, "NOT_FOUND", ""},
    {"rejects of an unknown import", "GET", API "/imports/x1/rejects", NULL, 404, "NOT_FOUND", ""},
    {"undo of an unknown import", "POST", API "/imports/x1/undo", NULL, 404, "NOT_FOUND", ""},
    {"an unknown upload", "DELETE", API "/uploads/u0123456789abcdef", NULL, 404, "NOT_FOUND",
     "24 hours"},
    {"not the id of an upload", "DELETE", API "/uploads/kemudi.toml", NULL, 404, "NOT_FOUND", ""},
    {"limit 0", "GET", API "/runs?limit=0", NULL, 400, "USAGE", "from 1 to 200"},
    {"limit too large", "GET", API "/runs?limit=201", NULL, 400, "USAGE", "from 1 to 200"},
    {"limit in words", "GET", API "/runs?limit=ten", NULL, 400, "USAGE", "found \"ten\""},
    {"a character cut in the message", "GET",
     API "/runs?limit=x%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9"
         "%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9",
     NULL, 400, "USAGE", "from 1 to 200"},
    {"limit beyond all", "GET", API "/runs?limit=99999999999999999999", NULL, 400, "USAGE", ""},
    {"limit twice", "GET", API "/runs?limit=1&limit=2", NULL, 400, "USAGE", "twice"},
    {"a near miss", "GET", API "/runs?limt=1", NULL, 400, "USAGE", "did you mean \"limit\""},
    {"no such format", "GET", API "/runs/r1/tables/x?format=xml", NULL, 400, "USAGE", "'json'"},
    {"part of a choice", "GET", API "/runs/r1/tables/x?format=js", NULL, 400, "USAGE", "'json'"},
    {"a bare filter", "GET", API "/runs/r1/tables/x?filter.=a", NULL, 400, "USAGE", "not known"},
    {"an unknown cursor", "GET", API "/imports?cursor=77", NULL, 400, "USAGE", "cursor"},
};

#define RUN    API "/runs"
#define IMPORT API "/imports"
#define DEEP   "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["

static const bad bodies[] = {
    {"no body", "POST", RUN, "", 400, "USAGE", ""},
    {"no JSON", "POST", RUN, "{\"analysis\":", 400, "", ""},
    {"a comma too many", "POST", RUN, "{\"analysis\":\"a\",}", 400, "", ""},
    {"two documents", "POST", RUN, "{} {}", 400, "", ""},
    {"a key twice", "POST", RUN, "{\"analysis\":\"a\",\"analysis\":\"b\"}", 400, "", ""},
    {"not UTF-8", "POST", RUN, "{\"analysis\":\"\xff\"}", 400, "", ""},
    {"a NUL in a text", "POST", RUN, "{\"analysis\":\"sales.overview\\u0000\"}", 400, "", ""},
    {"very deep", "POST", RUN, "{\"params\":" DEEP, 413, "TOO_LARGE", "deeper than 32"},
    {"a list", "POST", RUN, "[]", 400, "USAGE", "expected an object, found a list"},
    {"nothing in it", "POST", RUN, "{}", 400, "USAGE", "is missing"},
    {"an unknown member", "POST", RUN, "{\"analysis\":\"sales.overview\",\"sead\":1}", 400, "USAGE",
     "did you mean \"seed\""},
    {"a number for a text", "POST", RUN, "{\"analysis\":5}", 400, "USAGE",
     "expected a text, found a whole number"},
    {"a text for a number", "POST", RUN, "{\"analysis\":\"sales.overview\",\"seed\":\"1\"}", 400,
     "USAGE", "expected a whole number, found a text"},
    {"a negative seed", "POST", RUN, "{\"analysis\":\"sales.overview\",\"seed\":-1}", 400, "USAGE",
     "from 0"},
    {"an unknown analysis", "POST", RUN, "{\"analysis\":\"sales.overvew\"}", 400, "USAGE",
     "did you mean"},
    {"an unknown parameter", "POST", RUN,
     "{\"analysis\":\"sales.overview\",\"params\":{\"windo\":\"month\"}}", 400, "USAGE", "window"},
    {"a wrong choice", "POST", RUN,
     "{\"analysis\":\"sales.overview\",\"params\":{\"window\":\"moon\"}}", 400, "USAGE", "moon"},
    {"a list as parameter", "POST", RUN,
     "{\"analysis\":\"sales.overview\",\"params\":{\"window\":[]}}", 400, "USAGE",
     "expected a text"},
    {"an input that was not uploaded", "POST", RUN,
     "{\"analysis\":\"sales.overview\",\"inputs\":{\"sale\":\"u0123456789abcdef\"}}", 404,
     "NOT_FOUND", "24 hours"},
    {"a path as input", "POST", RUN,
     "{\"analysis\":\"sales.overview\",\"inputs\":{\"sale\":\"../kemudi.toml\"}}", 404, "NOT_FOUND",
     ""},
    {"a number as input", "POST", RUN, "{\"analysis\":\"sales.overview\",\"inputs\":{\"sale\":7}}",
     400, "USAGE", "the id of an upload, or"},
    {"half an earlier result as input", "POST", RUN,
     "{\"analysis\":\"sales.overview\",\"inputs\":{\"sale\":{\"run\":\"r1111111\"}}}", 400, "USAGE",
     "the id of an upload, or"},
    {"a result of no run as input", "POST", RUN,
     "{\"analysis\":\"sales.overview\",\"inputs\":{\"sale\":{\"run\":\"rzzzzzzz\",\"table\":"
     "\"figures\"}}}",
     404, "NOT_FOUND", "rzzzzzzz"},
    {"an unknown fact", "POST", IMPORT, "{\"fact\":\"sold\",\"uploads\":[\"u1\"]}", 400, "USAGE",
     "no fact"},
    {"no uploads", "POST", IMPORT, "{\"fact\":\"sale\",\"uploads\":[]}", 400, "USAGE", "1 to 50"},
    {"a path as upload", "POST", IMPORT, "{\"fact\":\"sale\",\"uploads\":[\"/etc/passwd\"]}", 404,
     "NOT_FOUND", ""},
    {"a wrong overlap", "POST", IMPORT,
     "{\"fact\":\"sale\",\"uploads\":[\"u1\"],\"overlap\":\"twice\"}", 400, "USAGE", "'once'"},
    {"a wrong delimiter", "POST", IMPORT "/detect",
     "{\"fact\":\"sale\",\"uploads\":[\"u1\"],\"options\":{\"delimiter\":\"::\"}}", 400, "USAGE",
     "longer than 1"},
    {"a wrong encoding", "POST", IMPORT "/detect",
     "{\"fact\":\"sale\",\"uploads\":[\"u1\"],\"options\":{\"encoding\":\"ebcdic\"}}", 400, "USAGE",
     "'utf-8'"},
};

typedef struct fixture {
    served s;
    client c;
} fixture;

static void check_table(client *c, const bad *table, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const bad *b = &table[i];
        answer found = ask(c, b->path, (asked){.method = b->method, .body = b->body});
        bool good = found.status == b->status &&
                    strstr(member(found.json, "detail"), b->words) != NULL &&
                    (*b->code == '\0' || strcmp(member(found.json, "code"), b->code) == 0);
        if (!good)
            print_error("%s: expected %ld %s \"%s\", found %ld\n%s\n", b->what, b->status, b->code,
                        b->words, found.status, found.body.bytes);
        wrong += !good;
        if (good) expect_problem(c, found, b->status, member(found.json, "code"), b->words);
    }
    assert_int_equal(wrong, 0);
    expect(get(c, API "/health"), 200);
}

static void bad_targets_are_refused(void **state)
{
    fixture *f = *state;
    check_table(&f->c, targets, sizeof targets / sizeof *targets);
}

static void bad_bodies_are_refused(void **state)
{
    fixture *f = *state;
    check_table(&f->c, bodies, sizeof bodies / sizeof *bodies);
}

static void many_parameters_are_refused(void **state)
{
    fixture *f = *state;
    ku_text path = {0};
    ku_text_add(&path, API "/runs?");
    for (int i = 0; i < 40; i++) ku_text_addf(&path, "p%d=1&", i);
    answer found = get(&f->c, "%s", settle(&f->c, &path).bytes);
    expect_problem(&f->c, found, 400, "USAGE", "more than 32");
}

/* A page elsewhere whose name was pointed at this computer. */
static void foreign_hosts_are_refused(void **state)
{
    fixture *f = *state;
    static const char *const refused[] = {"Host: shop.example",   "Host: 127.0.0.1.evil.example",
                                          "Host: localhost.evil", "Host: 127.0.0.1:80x",
                                          "Host: 192.168.1.5",    "Host: [::1].evil"};
    static const char *const taken[] = {"Host: localhost", "Host: LOCALHOST:80", "Host: 127.0.0.1",
                                        "Host: [::1]:8765"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        asked a = {.header = {refused[i]}};
        expect_problem(&f->c, ask(&f->c, API "/health", a), 403, "NOT_ALLOWED", "localhost");
        expect_problem(&f->c, ask(&f->c, "/", a), 403, "NOT_ALLOWED", "localhost");
    }
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        expect(ask(&f->c, API "/health", (asked){.header = {taken[i]}}), 200);
}

static void no_other_site_is_let_in(void **state)
{
    fixture *f = *state;
    asked a = {.method = "OPTIONS",
               .header = {"Origin: https://evil.example", "Access-Control-Request-Method: POST"}};
    answer found = ask(&f->c, API "/runs", a);
    expect(found, 405);
    assert_null(header(&f->c, &found, "Access-Control-Allow-Origin"));
    found = ask(&f->c, API "/health", (asked){.header = {"Origin: https://evil.example"}});
    assert_null(header(&f->c, &found, "Access-Control-Allow-Origin"));
}

static void keys_are_checked(void **state)
{
    fixture *f = *state;
    char *longest = ku_arena_printf(f->c.arena, "Idempotency-Key: %0201d", 1);
    expect_problem(&f->c,
                   ask(&f->c, RUN, (asked){.method = "POST", .body = "{}", .header = {longest}}),
                   400, "USAGE", "1 to 200");
    asked spaced = {.method = "POST", .body = "{}", .header = {"Idempotency-Key: a b"}};
    expect_problem(&f->c, ask(&f->c, RUN, spaced), 400, "USAGE", "without spaces");
}

/* A head beyond all measure is refused by the library underneath. */
static void a_huge_head_is_refused(void **state)
{
    fixture *f = *state;
    char *huge = ku_arena_printf(f->c.arena, "X-Padding: %065000d", 1);
    answer found = ask(&f->c, API "/health", (asked){.header = {huge}});
    assert_true(found.status == 431 || found.status == 0);
    expect(get(&f->c, API "/health"), 200);
}

static void uploads_are_named_safely(void **state)
{
    fixture *f = *state;
    static const char *const names[][2] = {{"..%2F..%2Fsale.csv", "sale.csv"},
                                           {"C:%5Cdata%5Csale.csv", "sale.csv"},
                                           {".hidden", "hidden"},
                                           {"a%7Cb%3F.csv", "a_b_.csv"},
                                           {"", "file"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = ku_arena_printf(f->c.arena, API "/uploads?name=%s", names[i][0]);
        asked a = {.method = "POST", .body = "x", .type = "application/octet-stream"};
        answer found = ask(&f->c, path, a);
        expect(found, 201);
        assert_string_equal(member(found.json, "name"), names[i][1]);
    }
}

static void an_empty_upload_leaves_nothing(void **state)
{
    fixture *f = *state;
    asked a = {.method = "POST", .body = "", .type = "application/octet-stream"};
    answer found = ask(&f->c, API "/uploads?name=empty.csv", a);
    expect_problem(&f->c, found, 400, "USAGE", "empty");
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
        cmocka_unit_test(bad_targets_are_refused),
        cmocka_unit_test(bad_bodies_are_refused),
        cmocka_unit_test(many_parameters_are_refused),
        cmocka_unit_test(foreign_hosts_are_refused),
        cmocka_unit_test(no_other_site_is_let_in),
        cmocka_unit_test(keys_are_checked),
        cmocka_unit_test(a_huge_head_is_refused),
        cmocka_unit_test(uploads_are_named_safely),
        cmocka_unit_test(an_empty_upload_leaves_nothing),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
