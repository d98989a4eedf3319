/* Signing in by the company's service as a browser does: the way there, the cookie on the way,
 * and back. */
#include "../access/issuer.h"

#include "access/oidc.h"
#include "runs/run.h"
#include "served.h"
#include "workspace/sql.h"

typedef struct fixture {
    served s;
    client c;
    issuer i;
} fixture;

static int make(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    ku_error err = {0};
    char path[120];
    issuer_begin(&f->i);
    const ku_settings settings = {.company = "Tea & Co",
                                  .oidc_issuer = f->i.name,
                                  .oidc_client = ISSUER_CLIENT,
                                  .oidc_secret = "oidc.secret"};
    snprintf(f->s.folder, sizeof f->s.folder, "/tmp/kemudi-http-XXXXXX");
    assert_non_null(mkdtemp(f->s.folder));
    snprintf(f->s.shop, sizeof f->s.shop, "%s/shop", f->s.folder);
    check_ok(ku_workspace_init(f->s.shop, &settings, &err), &err);
    snprintf(path, sizeof path, "%s/keys/oidc.secret", f->s.shop);
    check_ok(ku_file_write(path, ISSUER_SECRET, strlen(ISSUER_SECRET), 0600, &err), &err);
    served_start(&f->s, NULL);
    client_begin(&f->c, &f->s);
    *state = f;
    return 0;
}

static int clear(void **state)
{
    fixture *f = *state;
    client_end(&f->c);
    served_end(&f->s);
    issuer_end(&f->i);
    free(f);
    return 0;
}

static void connect_ana(fixture *f)
{
    sqlite3 *db;
    ku_error err = {0};
    check_ok(ku_workspace_office(f->s.workspace, &db, &err), &err);
    check_ok(ku_sql_run(db, &err,
                        "INSERT INTO app_user (id, created, changed, name, state) VALUES"
                        " (1, 0, 0, 'ana', 'active')",
                        ""),
             &err);
    check_ok(ku_oidc_connect(db, f->i.name, 1, "u-17", 0, &err), &err);
    ku_workspace_office_done(f->s.workspace, db);
}

/* "Cookie: name=value" of the answer's Set-Cookie with that name; NULL when there is none. */
static const char *cookie(fixture *f, const answer *a, const char *name)
{
    const char *head = ku_arena_printf(f->c.arena, "Set-Cookie: %s=", name);
    const char *at = strcasestr(a->head.bytes, head);
    if (at == NULL) return NULL;
    at += strlen("Set-Cookie: ");
    return ku_arena_printf(f->c.arena, "Cookie: %.*s", (int)strcspn(at, ";\r\n"), at);
}

static answer there(fixture *f, char state[64])
{
    answer a = get(&f->c, API "/session/oidc/start");
    expect(a, 303);
    issuer_authorize(&f->i, header(&f->c, &a, "Location"), state);
    return a;
}

static answer back(fixture *f, const char *state, const char *ticket)
{
    const char *path = ku_arena_printf(
        f->c.arena, API "/session/oidc/callback?code=%s&state=%s&session_state=x", f->i.code,
        state);
    return ask(&f->c, path, (asked){.header = {ticket}, .bare = true});
}

static void a_browser_goes_there_and_comes_back_signed_in(void **state)
{
    fixture *f = *state;
    char text[64];
    connect_ana(f);
    assert_true(json_is_true(json_object_get(get(&f->c, API "/session").json, "service")));
    answer sent = there(f, text);
    const char *set = header(&f->c, &sent, "Set-Cookie");
    assert_non_null(strstr(set, "HttpOnly; SameSite=Lax; Max-Age=600"));
    assert_non_null(strstr(set, "Path=" API "/session/oidc;"));
    answer done = back(f, text, cookie(f, &sent, "kemudi_ticket"));
    expect(done, 303);
    assert_string_equal(header(&f->c, &done, "Location"), "/");
    assert_non_null(strcasestr(done.head.bytes, "SameSite=Strict"));
    assert_string_equal(cookie(f, &done, "kemudi_ticket"), "Cookie: kemudi_ticket=");
    answer me = ask(&f->c, API "/session", (asked){.header = {cookie(f, &done, "kemudi")}});
    assert_int_equal(number(json_object_get(me.json, "user"), "id"), 1);
}

static void an_answer_without_the_ticket_is_refused(void **state)
{
    fixture *f = *state;
    char text[64];
    connect_ana(f);
    answer sent = there(f, text);
    answer foreign = back(f, text, NULL);
    expect(foreign, 303);
    assert_string_equal(header(&f->c, &foreign, "Location"), "/?sign-in=refused");
    assert_null(cookie(f, &foreign, "kemudi"));
    answer other = there(f, text);
    assert_null(cookie(f, &other, "kemudi"));
    foreign = back(f, text, cookie(f, &sent, "kemudi_ticket"));
    assert_string_equal(header(&f->c, &foreign, "Location"), "/?sign-in=refused");
    answer refused = get(&f->c, API "/session/oidc/callback?error=access_denied&state=%s", text);
    assert_string_equal(header(&f->c, &refused, "Location"), "/?sign-in=refused");
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
#define T(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        T(a_browser_goes_there_and_comes_back_signed_in),
        T(an_answer_without_the_ticket_is_refused),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
