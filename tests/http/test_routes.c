/* test_routes.c - every route of the table, walked by the table itself: called as it should
 * be, its answer is one the table declares and fits the shape the table promises; called
 * as it should not be, the checks before the handler refuse it. A new route without a
 * step here fails the test. */
#include "app/http/route.h"
#include "runs/run.h"
#include "served.h"

/* What the steps know of each other: ids that earlier answers gave. */
typedef struct known {
    const char *run, *import, *upload, *batch;
} known;

typedef struct step {
    const char *route, *path, *body;
    long status;
    const char *extra; /* "sale": a body of bytes; "\"1\"": the version seen, for If-Match */
} step;

/* In this order; {run}, {import}, {upload} and {batch} stand for ids. */
static const step steps[] = {
    {"getHealth", "/health", NULL, 200, NULL},
    {"getOpenApi", "/openapi.json", NULL, 200, NULL},
    {"listAnalyses", "/analyses", NULL, 200, NULL},
    {"getAnalysis", "/analyses/sales.overview", NULL, 200, NULL},
    {"upload", "/uploads?name=sale.csv", NULL, 201, "sale"},
    {"detectImport", "/imports/detect", "{\"fact\":\"sale\",\"uploads\":[\"{upload}\"]}", 200,
     NULL},
    {"startImport", "/imports", "{\"fact\":\"sale\",\"uploads\":[\"{upload}\"]}", 202, NULL},
    {"watchImport", "/imports/{import}/events", NULL, 200, NULL},
    {"getImport", "/imports/{import}", NULL, 200, NULL},
    {"listImports", "/imports?limit=5", NULL, 200, NULL},
    {"getRejects", "/imports/{import}/rejects?format=json&limit=2", NULL, 200, NULL},
    {"getRejects", "/imports/{import}/rejects", NULL, 200, NULL},
    {"getWorkspace", "/workspace", NULL, 200, NULL},
    {"listFacts", "/facts", NULL, 200, NULL},
    {"getFact", "/facts/sale", NULL, 200, NULL},
    {"listRows", "/facts/sale/rows?limit=3&filter.channel=web", NULL, 200, NULL},
    {"startRun", "/runs", "{\"analysis\":\"sales.overview\",\"seed\":7}", 202, NULL},
    {"watchRun", "/runs/{run}/events", NULL, 200, NULL},
    {"getRun", "/runs/{run}", NULL, 200, NULL},
    {"listRuns", "/runs?analysis=sales.overview&limit=1", NULL, 200, NULL},
    {"getRunTable", "/runs/{run}/tables/figures?limit=3", NULL, 200, NULL},
    {"getRunTable", "/runs/{run}/tables/figures?format=csv", NULL, 200, NULL},
    {"getRunTable", "/runs/{run}/tables/figures?distinct=measure", NULL, 200, NULL},
    {"keepRunTable", "/runs/{run}/tables/figures/keep",
     "{\"fact\":\"forecast\",\"dry_run\":true,\"mapping\":{\"series\":\"measure\","
     "\"date\":\"=2026-01-01\",\"mean\":\"value\"}}",
     202, NULL},
    {"addRows", "/facts/forecast_override/rows",
     "{\"dry_run\":true,\"rows\":[{\"made_at\":\"2026-03-01T09:00:00Z\",\"series\":\"Tea\","
     "\"date\":\"2026-04-01\",\"value\":12.5,\"reason\":null,\"person\":\"Ana\"}]}",
     202, NULL},
    {"getRunChartSvg", "/runs/{run}/charts/revenue.svg?width=600&theme=dark", NULL, 200, NULL},
    {"getRunChartPng", "/runs/{run}/charts/revenue.png", NULL, 200, NULL},
    {"repeatRun", "/runs/{run}/again", NULL, 202, NULL},
    {"cancelRun", "/runs/{run}/cancel", NULL, 409, NULL}, /* it has ended: said plainly */
    {"cancelImport", "/imports/{import}/cancel", NULL, 409, NULL},
    {"undoImport", "/imports/{import}/undo", NULL, 200, NULL},
    {"listProfiles", "/profiles?fact=sale", NULL, 200, NULL},
    {"saveProfile", "/profiles/Till%20M%C3%BCnster",
     "{\"fact\":\"sale\",\"mapping\":{\"amount\":\"Betrag\"},\"options\":{\"decimal\":\",\"},"
     "\"note\":\"the tills\"}",
     200, NULL},
    {"deleteUpload", "/uploads/{upload}", NULL, 204, NULL},
    {"getSession", "/session", NULL, 200, NULL},
    {"signIn", "/session", "{\"name\":\"nobody\",\"password\":\"wrong\"}", 401, NULL},
    {"useLink", "/session/link", "{\"link\":\"x\",\"password\":\"long enough for it\"}", 401, NULL},
    /* While nobody can sign in, nobody has an account. */
    {"startService", "/session/oidc/start", NULL, 404, NULL}, /* none is set */
    {"endService", "/session/oidc/callback?code=x&state=y", NULL, 303, NULL},
    {"confirm", "/session/confirm", "{\"password\":\"x\"}", 403, NULL},
    {"changePassword", "/session/password",
     "{\"password\":\"x\",\"new_password\":\"long enough for it\"}", 403, NULL},
    {"secondFactor", "/session/second-factor", "{\"do\":\"begin\"}", 403, NULL},
    {"listSessions", "/sessions", NULL, 403, NULL},
    {"endSession", "/sessions/1", NULL, 403, NULL},
    {"endOtherSessions", "/sessions", NULL, 403, NULL},
    {"listTokens", "/tokens", NULL, 403, NULL},
    {"newToken", "/tokens", "{\"name\":\"x\",\"scopes\":[\"read\"],\"days\":9}", 403, NULL},
    {"endToken", "/tokens/1", NULL, 403, NULL},
    {"signOut", "/session", NULL, 403, NULL},
    {"listEntities", "/entities", NULL, 200, NULL},
    {"addRecord", "/records/org_unit", "{\"values\":{\"name\":\"Marketing\",\"code\":\"M\"}}", 201,
     NULL},
    {"addRecord", "/records/org_unit", "{\"values\":{\"name\":\"Marketing\",\"code\":\"M\"}}", 409,
     NULL}, /* the code is taken */
    {"listRecords", "/records/org_unit?count=true&q=mark&sort=-name&limit=1", NULL, 200, NULL},
    {"exportRecords", "/records/org_unit/export.csv?q=mark", NULL, 200, NULL},
    {"getRecord", "/records/org_unit/1", NULL, 200, NULL},
    {"getRecord", "/records/org_unit/99", NULL, 404, NULL},
    {"getRecord", "/records/spaceship/1", NULL, 404, NULL},
    {"changeRecord", "/records/org_unit/1", "{\"values\":{\"name\":\"PR\"}}", 428, NULL},
    {"changeRecord", "/records/org_unit/1", "{\"values\":{\"name\":\"PR\"}}", 200, "\"1\""},
    {"changeRecord", "/records/org_unit/1", "{\"values\":{\"name\":\"IT\"}}", 412, "\"1\""},
    {"moveRecord", "/records/org_unit/1/moves/close", "{\"reason\":\"merged\"}", 200, "\"2\""},
    {"getRecordHistory", "/records/org_unit/1/history", NULL, 200, NULL},
    {"explainRecord", "/records/org_unit/1/explain?action=decide", NULL, 200, NULL},
    {"explainRecord", "/records/org_unit/99/explain", NULL, 404, NULL},
    {"getInbox", "/inbox", NULL, 200, NULL},
    {"findSigners", "/signers?kind=spend&amount=500&date=2026-11-24", NULL, 403, NULL},
    {"verifyApproval", "/approvals/1/verify", NULL, 404, NULL},
    {"removeRecord", "/records/org_unit/1", NULL, 403, "\"3\""}, /* units are closed */
    /* Documents are people's; how they fare with them test_documents.c shows. */
    {"addVersion", "/records/document/1/versions?name=a.txt", NULL, 404, "a file"},
    {"getVersionContent", "/records/document/1/versions/0/content", NULL, 404, NULL},
    {"listReadings", "/records/document/1/readings", NULL, 404, NULL},
    {"getDocumentCard", "/records/document/1/card.pdf", NULL, 404, NULL},
    {"listMyAcks", "/acks/mine", NULL, 200, NULL},
    {"listMyReminders", "/reminders/mine", NULL, 200, NULL},
    {"listEvents", "/events?entity=org_unit&record=1&limit=2", NULL, 200, NULL},
    {"listEvents", "/events?cursor=2", NULL, 200, NULL},
    {"listHeads", "/events/heads", NULL, 200, NULL},
    {"getHeldOnPerson", "/people/1/held", NULL, 403, NULL}, /* nobody has signed in */
};
enum { STEPS = sizeof steps / sizeof *steps };

typedef struct fixture {
    served s;
    client c;
    known ids;
} fixture;

/* ---- a step ------------------------------------------------------------------------------ */

/* The text with the ids in place of their names. */
static const char *filled(fixture *f, const char *text)
{
    const struct {
        const char *name, *id;
    } ids[] = {{"{run}", f->ids.run},
               {"{import}", f->ids.import},
               {"{upload}", f->ids.upload},
               {"{batch}", f->ids.batch}};
    for (size_t i = 0; text != NULL && i < sizeof ids / sizeof *ids; i++) {
        const char *at = strstr(text, ids[i].name);
        if (at == NULL) continue;
        text = ku_arena_printf(f->c.arena, "%.*s%s%s", (int)(at - text), text,
                               ids[i].id != NULL ? ids[i].id : "missing", at + strlen(ids[i].name));
    }
    return text;
}

static const http_route *route_named(const char *name)
{
    for (const http_route *r = http_routes; r->method != NULL; r++) {
        if (strcmp(r->name, name) == 0) return r;
    }
    print_error("there is no route %s\n", name);
    fail();
    return NULL;
}

static answer call(fixture *f, const step *s)
{
    const http_route *route = route_named(s->route);
    asked a = {.method = route->method, .body = filled(f, s->body)};
    bool version = s->extra != NULL && s->extra[0] == '"';
    if (version) a.header[0] = ku_arena_printf(f->c.arena, "If-Match: %s", s->extra);
    if (s->extra != NULL && !version) {
        /* One row more that cannot be kept. */
        a.body = ku_arena_printf(f->c.arena, "%s2026-02-31,1,Ana,tea,Tea,Shop,North,1,1.00,1.00\n",
                                 overview_sales());
        a.type = "application/octet-stream";
    }
    return ask(&f->c, ku_arena_printf(f->c.arena, API "%s", filled(f, s->path)), a);
}

/* The declared answer that this one is, by status and media type. */
static const http_answer *declared(fixture *f, const http_route *route, const answer *found)
{
    const char *type = header(&f->c, found, "Content-Type");
    for (size_t i = 0; i < HTTP_ANSWERS && route->answer[i].status != 0; i++) {
        const http_answer *a = &route->answer[i];
        if (a->status != found->status) continue;
        if (a->type == NULL ? type == NULL : type != NULL && ku_text_starts(type, a->type))
            return a;
    }
    print_error("%s: %ld %s is not among its answers\n", route->name, found->status,
                type != NULL ? type : "without a body");
    fail();
    return NULL;
}

static void remember(fixture *f, const step *s, const answer *found)
{
    const char *id = member(found->json, "id");
    if (strcmp(s->route, "upload") == 0) f->ids.upload = id;
    if (strcmp(s->route, "startRun") == 0) f->ids.run = id;
    if (strcmp(s->route, "startImport") == 0) f->ids.import = id;
    if (strcmp(s->route, "getImport") == 0) f->ids.batch = member(found->json, "batch");
}

static void check_step(fixture *f, const step *s)
{
    const http_route *route = route_named(s->route);
    answer found = call(f, s);
    if (found.status != s->status) print_error("%s %s\n", route->name, filled(f, s->path));
    expect(found, s->status);
    remember(f, s, &found);
    if (s->status >= 400) {
        expect_shape(found.json, "Problem");
        return;
    }
    const http_answer *a = declared(f, route, &found);
    if (a->type != NULL && strcmp(a->type, "application/json") == 0)
        expect_shape(found.json, a->body);
    if (a->type != NULL && strcmp(a->type, "text/event-stream") == 0) {
        json_t *last = last_event(&f->c, &found, strstr(s->path, "/runs/") ? "run" : "import");
        expect_shape(last, a->body);
    }
}

/* ---- tests -------------------------------------------------------------------------------- */

static void every_route_answers_as_declared(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < STEPS; i++) check_step(f, &steps[i]);
    for (const http_route *r = http_routes; r->method != NULL; r++) {
        size_t found = 0;
        for (size_t i = 0; i < STEPS; i++) found += strcmp(steps[i].route, r->name) == 0;
        if (r->area == NULL) print_error("%s does not say whose right it takes\n", r->name);
        assert_non_null(r->area);
        if (found == 0) print_error("no step calls %s %s\n", r->method, r->path);
        assert_true(found > 0);
    }
}

/* The route's path with something harmless in the place of its parameters. */
static const char *any_path(fixture *f, const http_route *route)
{
    ku_text path = {0};
    for (const char *at = route->path; *at != '\0'; at++) {
        if (*at != '{') {
            ku_text_addc(&path, *at);
            continue;
        }
        ku_text_add(&path, "1"); /* fits names and numbers */
        at = strchr(at, '}');
    }
    return settle(&f->c, &path).bytes;
}

static void other_methods_are_refused_and_named(void **state)
{
    fixture *f = *state;
    for (const http_route *r = http_routes; r->method != NULL; r++) {
        answer found = ask(&f->c, any_path(f, r), (asked){.method = "LINK"});
        expect_problem(&f->c, found, 405, "NOT_ALLOWED", "does not take LINK");
        const char *allow = header(&f->c, &found, "Allow");
        assert_non_null(allow);
        if (strstr(allow, r->method) == NULL) print_error("%s: Allow: %s\n", r->path, allow);
        assert_non_null(strstr(allow, r->method));
    }
}

static void heads_are_answered_without_bodies(void **state)
{
    fixture *f = *state;
    for (const http_route *r = http_routes; r->method != NULL; r++) {
        if (strcmp(r->method, "GET") != 0) continue;
        answer full = get(&f->c, "%s", any_path(f, r));
        answer head = ask(&f->c, any_path(f, r), (asked){.method = "HEAD"});
        assert_int_equal(head.status, full.status);
        assert_int_equal(head.body.length, 0);
    }
}

static void changes_need_the_header(void **state)
{
    fixture *f = *state;
    size_t changing = 0;
    for (const http_route *r = http_routes; r->method != NULL; r++) {
        if (!http_changes(r->method)) continue;
        asked a = {.method = r->method, .bare = true};
        if (r->body != HTTP_NO_BODY) a.body = "{}";
        if (r->body == HTTP_BYTES_BODY) a.type = "application/octet-stream";
        expect_problem(&f->c, ask(&f->c, any_path(f, r), a), 403, "NOT_ALLOWED", "X-Kemudi: 1");
        changing++;
    }
    assert_true(changing >= 9);
}

static void unknown_parameters_are_refused(void **state)
{
    fixture *f = *state;
    for (const http_route *r = http_routes; r->method != NULL; r++) {
        asked a = {.method = r->method};
        if (r->body != HTTP_NO_BODY) a.body = "{}";
        if (r->body == HTTP_BYTES_BODY) a.type = "application/octet-stream";
        const char *path = ku_arena_printf(f->c.arena, "%s?surprise=1", any_path(f, r));
        expect_problem(&f->c, ask(&f->c, path, a), 400, "USAGE", "\"surprise\" is not known here");
    }
}

static void bodies_need_their_type(void **state)
{
    fixture *f = *state;
    for (const http_route *r = http_routes; r->method != NULL; r++) {
        if (!http_changes(r->method)) continue;
        asked a = {.method = r->method, .body = "name=value", .type = "text/plain"};
        answer found = ask(&f->c, any_path(f, r), a);
        if (r->body == HTTP_NO_BODY)
            expect_problem(&f->c, found, 400, "USAGE", "takes no body");
        else
            expect_problem(&f->c, found, 415, "USAGE", "found \"text/plain\"");
    }
}

static void too_large_bodies_are_refused(void **state)
{
    fixture *f = *state;
    size_t room = (2u << 20) + 1;
    char *large = ku_arena_alloc(f->c.arena, room);
    memset(large, ' ', room);
    for (const http_route *r = http_routes; r->method != NULL; r++) {
        if (r->body != HTTP_JSON_BODY) continue;
        asked a = {.method = r->method, .body = large, .length = (size_t)r->body_limit + 1};
        assert_true(a.length <= room);
        expect_problem(&f->c, ask(&f->c, any_path(f, r), a), 413, "TOO_LARGE", "at most");
        /* Without a length said before, it shows on the way. */
        a.header[0] = "Transfer-Encoding: chunked";
        expect_problem(&f->c, ask(&f->c, any_path(f, r), a), 413, "TOO_LARGE", "at most");
    }
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
        cmocka_unit_test(every_route_answers_as_declared),
        cmocka_unit_test(other_methods_are_refused_and_named),
        cmocka_unit_test(heads_are_answered_without_bodies),
        cmocka_unit_test(changes_need_the_header),
        cmocka_unit_test(unknown_parameters_are_refused),
        cmocka_unit_test(bodies_need_their_type),
        cmocka_unit_test(too_large_bodies_are_refused),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
