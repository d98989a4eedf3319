/* Signing in over HTTP, and what is refused: wrong and repeated secrets, forged, expired and
 * revoked sessions, tokens beyond their scope, too many attempts. */
#include <liboath/oath.h>

#include "office/access/users.h"
#include "runs/run.h"
#include "served.h"
#include "workspace/sql.h"

static const char password[] = "a quiet harbour 7";

typedef struct fixture {
    served s;
    client c;
    const char *cookie; /* "Cookie: kemudi=..." of the last session begun */
    char link[64];
} fixture;

/* ---- help --------------------------------------------------------------------------------------- */

static int64_t add(ku_office *office, const char *entity, json_t *values)
{
    int64_t id = 0;
    ku_error err = {0};
    check_ok(ku_record_add(office, ku_entity_find(entity), values, NULL, &id, &err), &err);
    json_decref(values);
    return id;
}

/* A user of that name and role, with a link. */
static int64_t add_user(fixture *f, const char *name, const char *role)
{
    ku_office *office;
    ku_error err = {0};
    const char *link;
    const ku_who who = {.kind = KU_WHO_LOCAL, .via = "test", .name = "test"};
    check_ok(ku_office_begin(f->s.workspace, &who, true, &office, &err), &err);
    int64_t person = add(office, "person", json_pack("{s:s}", "name", name));
    int64_t user = add(office, "app_user",
                       json_pack("{s:s, s:I}", "name", name, "person", (json_int_t)person));
    add(office, "role_grant",
        json_pack("{s:s, s:I, s:s}", "role", role, "person", (json_int_t)person, "highest",
                  "internal"));
    check_ok(ku_user_link(office, user, 1, &link, &err), &err);
    snprintf(f->link, sizeof f->link, "%s", link);
    check_ok(ku_office_commit(office, &err), &err);
    ku_office_end(office);
    return user;
}

static void sql(fixture *f, const char *text)
{
    sqlite3 *db;
    ku_error err = {0};
    check_ok(ku_workspace_office(f->s.workspace, &db, &err), &err);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    ku_workspace_office_done(f->s.workspace, db);
}

static answer with(fixture *f, const char *method, const char *path, const char *body,
                   const char *head)
{
    return ask(&f->c, ku_arena_printf(f->c.arena, API "%s", path),
               (asked){.method = method, .body = body, .header = {head}});
}

/* The request with the last session's cookie; a new text of it is kept. */
static answer mine(fixture *f, const char *method, const char *path, const char *body)
{
    answer found = with(f, method, path, body, f->cookie);
    const char *set = header(&f->c, &found, "Set-Cookie");
    if (set != NULL)
        f->cookie = ku_arena_printf(f->c.arena, "Cookie: %.*s", (int)strcspn(set, ";"), set);
    return found;
}

static answer use_link(fixture *f, const char *link, const char *words)
{
    return mine(f, "POST", "/session/link",
                ku_arena_printf(f->c.arena, "{\"link\":\"%s\",\"password\":\"%s\"}", link, words));
}

static answer sign_in(fixture *f, const char *name, const char *words, const char *code)
{
    return mine(
        f, "POST", "/session",
        code == NULL
            ? ku_arena_printf(f->c.arena, "{\"name\":\"%s\",\"password\":\"%s\"}", name, words)
            : ku_arena_printf(f->c.arena, "{\"name\":\"%s\",\"password\":\"%s\",\"code\":\"%s\"}",
                              name, words, code));
}

/* A director who has signed in by the link. */
static void begin(fixture *f)
{
    add_user(f, "ana", "director");
    expect(use_link(f, f->link, password), 200);
}

static int make(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    served_begin(&f->s, NULL);
    client_begin(&f->c, &f->s);
    *state = f;
    return 0;
}

static int clear(void **state)
{
    fixture *f = *state;
    client_end(&f->c);
    served_end(&f->s);
    free(f);
    return 0;
}

/* ---- in and out ---------------------------------------------------------------------------------- */

static void the_first_user_closes_the_door(void **state)
{
    fixture *f = *state;
    answer open = get(&f->c, API "/session");
    assert_string_equal(member(open.json, "needs"), "first-administrator");
    expect(get(&f->c, API "/runs"), 200);
    add_user(f, "ana", "director");
    assert_string_equal(member(get(&f->c, API "/session").json, "needs"), "sign-in");
    expect_problem(&f->c, get(&f->c, API "/runs"), 401, "NOT_ALLOWED", "sign in first");
    expect_problem(&f->c, get(&f->c, API "/records/person"), 401, "NOT_ALLOWED", "sign in first");
    expect(get(&f->c, API "/health"), 200);
}

static void a_link_is_good_once(void **state)
{
    fixture *f = *state;
    add_user(f, "ana", "director");
    expect_problem(&f->c, use_link(f, f->link, "short"), 422, "BAD_DATA", "at least 12");
    expect_problem(&f->c, use_link(f, f->link, "administrator"), 422, "BAD_DATA", "first that are");
    answer in = use_link(f, f->link, password);
    expect(in, 200);
    const char *set = header(&f->c, &in, "Set-Cookie");
    assert_non_null(strstr(set, "HttpOnly"));
    assert_non_null(strstr(set, "SameSite=Strict"));
    assert_string_equal(member(json_object_get(in.json, "person"), "name"), "ana");
    expect_problem(&f->c, use_link(f, f->link, password), 401, "NOT_ALLOWED", "link is not good");
    expect(mine(f, "GET", "/runs", NULL), 200);
}

static void a_password_lets_in_and_a_wrong_one_does_not(void **state)
{
    fixture *f = *state;
    begin(f);
    expect(sign_in(f, "ANA", password, NULL), 200); /* names are typed as people type */
    answer wrong = sign_in(f, "ana", "not the password", NULL);
    expect_problem(&f->c, wrong, 401, "NOT_ALLOWED", "is not right");
    answer nobody = sign_in(f, "nobody", password, NULL);
    /* The same words: they do not tell who is a user. */
    assert_string_equal(member(wrong.json, "detail"), member(nobody.json, "detail"));
}

static void signing_out_ends_it(void **state)
{
    fixture *f = *state;
    begin(f);
    const char *kept = f->cookie;
    expect(mine(f, "DELETE", "/session", NULL), 204);
    expect(with(f, "GET", "/runs", NULL, kept), 401);
}

static void forged_and_expired_sessions_are_nobody(void **state)
{
    fixture *f = *state;
    begin(f);
    expect(
        with(f, "GET", "/runs", NULL, "Cookie: kemudi=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        401);
    expect(mine(f, "GET", "/runs", NULL), 200);
    sql(f, "UPDATE user_session SET seen = seen - 1801000000");
    expect_problem(&f->c, mine(f, "GET", "/runs", NULL), 401, "NOT_ALLOWED", "session has ended");
    sql(f, "UPDATE user_session SET seen = seen + 1801000000, expires = 1");
    expect(mine(f, "GET", "/runs", NULL), 401);
}

static void a_session_changes_its_text(void **state)
{
    fixture *f = *state;
    begin(f);
    const char *first = f->cookie;
    sql(f, "UPDATE user_session SET rotated = rotated - 1000000000, seen = seen - 100000000");
    expect(mine(f, "GET", "/runs", NULL), 200);
    assert_string_not_equal(first, f->cookie);
    expect(with(f, "GET", "/runs", NULL, first), 200); /* a request that was on its way */
    expect(mine(f, "GET", "/runs", NULL), 200);
    sql(f, "UPDATE user_session SET rotated = rotated - 31000000");
    expect(with(f, "GET", "/runs", NULL, first), 401);
}

static void what_is_revoked_is_gone_at_once(void **state)
{
    fixture *f = *state;
    begin(f);
    const char *one = f->cookie;
    expect(sign_in(f, "ana", password, NULL), 200);
    answer list = mine(f, "GET", "/sessions", NULL);
    json_t *items = json_object_get(list.json, "items");
    assert_int_equal(json_array_size(items), 2);
    for (size_t i = 0; i < 2; i++) {
        json_t *item = json_array_get(items, i);
        if (json_is_true(json_object_get(item, "this"))) continue;
        expect(mine(f, "DELETE",
                    ku_arena_printf(f->c.arena, "/sessions/%d", (int)number(item, "id")), NULL),
               204);
    }
    expect(with(f, "GET", "/runs", NULL, one), 401);
    one = f->cookie;
    expect(sign_in(f, "ana", password, NULL), 200);
    expect(mine(f, "DELETE", "/sessions", NULL), 204);
    expect(with(f, "GET", "/runs", NULL, one), 401);
    expect(mine(f, "GET", "/runs", NULL), 200);
    sql(f, "UPDATE app_user SET state = 'locked'");
    expect(mine(f, "GET", "/runs", NULL), 401);
}

static void a_new_password_ends_the_other_sessions(void **state)
{
    fixture *f = *state;
    begin(f);
    const char *one = f->cookie;
    expect(sign_in(f, "ana", password, NULL), 200);
    expect(mine(f, "POST", "/session/password",
                "{\"password\":\"wrong old one\",\"new_password\":\"another harbour 8\"}"),
           403);
    expect(mine(f, "POST", "/session/password",
                ku_arena_printf(f->c.arena,
                                "{\"password\":\"%s\",\"new_password\":\"another harbour 8\"}",
                                password)),
           204);
    expect(with(f, "GET", "/runs", NULL, one), 401);
    expect(mine(f, "GET", "/runs", NULL), 200);
    expect(sign_in(f, "ana", password, NULL), 401);
    expect(sign_in(f, "ana", "another harbour 8", NULL), 200);
}

/* ---- throttling ------------------------------------------------------------------------------------ */

static void too_many_attempts_wait(void **state)
{
    fixture *f = *state;
    begin(f);
    for (int i = 0; i < 5; i++) expect(sign_in(f, "ana", "not the password", NULL), 401);
    answer found = sign_in(f, "ana", password, NULL);
    expect_problem(&f->c, found, 429, "NOT_ALLOWED", "try again in");
    sql(f, "UPDATE attempt SET last = last - 3000000");
    expect(sign_in(f, "ana", password, NULL), 200);
    expect(sign_in(f, "ana", "not the password", NULL), 401); /* counted from nothing again */
}

/* The wait must not tell who is a user. */
static void unknown_users_wait_too(void **state)
{
    fixture *f = *state;
    begin(f);
    for (int i = 0; i < 5; i++) expect(sign_in(f, "nobody", password, NULL), 401);
    expect_problem(&f->c, sign_in(f, "NoBody", password, NULL), 429, "NOT_ALLOWED", "try again in");
    expect(sign_in(f, "ana", password, NULL), 200);
}

/* ---- the second factor --------------------------------------------------------------------------------- */

static const char *code_of(fixture *f, const char *secret, int steps_later)
{
    char *key = NULL, code[7];
    size_t length = 0;
    assert_int_equal(oath_base32_decode(secret, strlen(secret), &key, &length), OATH_OK);
    uint64_t step = (uint64_t)(ku_now_micros() / 1000000 / 30 + steps_later);
    oath_hotp_generate(key, length, step, 6, false, OATH_HOTP_DYNAMIC_TRUNCATION, code);
    free(key);
    return ku_arena_strdup(f->c.arena, code);
}

static void the_second_factor_is_asked_and_each_code_is_good_once(void **state)
{
    fixture *f = *state;
    begin(f);
    answer begun = mine(f, "POST", "/session/second-factor", "{\"do\":\"begin\"}");
    expect(begun, 200);
    const char *secret = member(begun.json, "secret");
    assert_non_null(strstr(member(begun.json, "uri"), "otpauth://totp/Kemudi:ana?secret="));
    expect(mine(f, "POST", "/session/second-factor", "{\"do\":\"enable\",\"code\":\"000000\"}"),
           403);
    const char *code = code_of(f, secret, 0);
    answer on = mine(f, "POST", "/session/second-factor",
                     ku_arena_printf(f->c.arena, "{\"do\":\"enable\",\"code\":\"%s\"}", code));
    expect(on, 200);
    json_t *codes = json_object_get(on.json, "recovery_codes");
    assert_int_equal(json_array_size(codes), 10);
    expect_problem(&f->c, sign_in(f, "ana", password, NULL), 401, "NOT_ALLOWED", "now the code");
    expect(sign_in(f, "ana", password, code), 401); /* it was used to enable */
    const char *next = code_of(f, secret, 1);
    expect(sign_in(f, "ana", password, next), 200);
    expect(sign_in(f, "ana", password, next), 401);
    const char *recovery = json_string_value(json_array_get(codes, 3));
    expect(sign_in(f, "ana", password, recovery), 200);
    expect(sign_in(f, "ana", password, recovery), 401);
}

static answer use_link_and_code(fixture *f, const char *link, const char *code)
{
    return mine(f, "POST", "/session/link",
                ku_arena_printf(f->c.arena,
                                "{\"link\":\"%s\",\"password\":\"another harbour 8\","
                                "\"code\":\"%s\"}",
                                link, code));
}

/* A link given by an administrator must not be a way around the second factor. */
static void a_link_does_not_replace_the_second_factor(void **state)
{
    fixture *f = *state;
    const char *link;
    ku_office *office;
    ku_error err = {0};
    const ku_who who = {.kind = KU_WHO_LOCAL, .via = "test", .name = "test"};
    begin(f);
    answer begun = mine(f, "POST", "/session/second-factor", "{\"do\":\"begin\"}");
    const char *secret = member(begun.json, "secret");
    expect(mine(f, "POST", "/session/second-factor",
                ku_arena_printf(f->c.arena, "{\"do\":\"enable\",\"code\":\"%s\"}",
                                code_of(f, secret, 0))),
           200);
    check_ok(ku_office_begin(f->s.workspace, &who, true, &office, &err), &err);
    check_ok(ku_user_link(office, 1, 1, &link, &err), &err);
    link = ku_arena_strdup(f->c.arena, link);
    check_ok(ku_office_commit(office, &err), &err);
    ku_office_end(office);
    answer asked_for = use_link(f, link, "another harbour 8");
    expect_problem(&f->c, asked_for, 401, "NOT_ALLOWED", "now the code");
    assert_string_equal(member(asked_for.json, "where"), "code");
    expect(use_link_and_code(f, link, "000000"), 401);
    expect(use_link_and_code(f, link, code_of(f, secret, 1)), 200);
    expect(mine(f, "GET", "/runs", NULL), 200);
}

static void what_protects_takes_confirming(void **state)
{
    fixture *f = *state;
    begin(f);
    sql(f, "UPDATE user_session SET confirmed = 0");
    answer stale = mine(f, "POST", "/session/second-factor", "{\"do\":\"begin\"}");
    expect_problem(&f->c, stale, 403, "NOT_ALLOWED", "confirm who you are");
    assert_string_equal(member(stale.json, "where"), "confirm");
    expect(mine(f, "POST", "/session/confirm", "{\"password\":\"not the password\"}"), 403);
    answer confirmed = mine(f, "POST", "/session/confirm",
                            ku_arena_printf(f->c.arena, "{\"password\":\"%s\"}", password));
    expect(confirmed, 200);
    assert_true(json_is_true(json_object_get(confirmed.json, "fresh")));
    expect(mine(f, "POST", "/session/second-factor", "{\"do\":\"begin\"}"), 200);
}

/* ---- tokens ---------------------------------------------------------------------------------------------- */

static void a_token_does_what_it_was_made_for(void **state)
{
    fixture *f = *state;
    begin(f);
    answer made = mine(f, "POST", "/tokens",
                       "{\"name\":\"report\",\"scopes\":[\"read\"],\"days\":30}");
    expect(made, 201);
    const char *bearer = ku_arena_printf(f->c.arena, "Authorization: Bearer %s",
                                         member(made.json, "token"));
    expect(with(f, "GET", "/records/person", NULL, bearer), 200);
    expect(with(f, "GET", "/runs", NULL, bearer), 200);
    answer written = with(f, "POST", "/records/org_unit",
                          "{\"values\":{\"name\":\"PR\",\"code\":\"PR\"}}", bearer);
    expect(written, 403);
    expect(with(f, "POST", "/runs", "{\"analysis\":\"sales.overview\"}", bearer), 403);
    expect(with(f, "GET", "/runs", NULL, "Authorization: Bearer kmd_wrong"), 401);
    expect(mine(f, "DELETE",
                ku_arena_printf(f->c.arena, "/tokens/%d", (int)number(made.json, "id")), NULL),
           204);
    expect(with(f, "GET", "/runs", NULL, bearer), 401);
    expect(mine(f, "POST", "/tokens", "{\"name\":\"x\",\"scopes\":[\"fly\"],\"days\":3}"), 422);
}

/* ---- rights --------------------------------------------------------------------------------------------------- */

static void an_administrator_gives_themselves_nothing(void **state)
{
    fixture *f = *state;
    add_user(f, "eko", "administrator");
    expect(use_link(f, f->link, password), 200);
    expect(mine(f, "GET", "/runs", NULL), 403);
    expect_problem(
        &f->c,
        mine(f, "POST", "/records/role_grant", "{\"values\":{\"role\":\"director\",\"person\":1}}"),
        403, "NOT_ALLOWED", "nobody changes their own rights");
    answer locked = with(f, "POST", "/records/app_user/1/moves/lock", "{\"reason\":\"x\"}",
                         f->cookie);
    expect(locked, 428);
    locked = ask(&f->c, API "/records/app_user/1/moves/lock",
                 (asked){.method = "POST",
                         .body = "{\"reason\":\"x\"}",
                         .header = {f->cookie, "If-Match: \"2\""}});
    expect_problem(&f->c, locked, 409, "CONFLICT", "lock yourself out");
}

static void refusals_are_logged_without_secrets(void **state)
{
    fixture *f = *state;
    sqlite3 *db;
    sqlite3_stmt *statement;
    bool row;
    ku_error err = {0};
    begin(f);
    expect(sign_in(f, "ana", "not the password", NULL), 401);
    expect(sign_in(f, "ana", password, NULL), 200);
    check_ok(ku_workspace_office(f->s.workspace, &db, &err), &err);
    check_ok(ku_sql_prepare(db, &statement, &err,
                            "SELECT sum(action = 'denied'),"
                            " sum(coalesce(detail, '') || coalesce(reason, '') LIKE '%harbour%' OR"
                            " coalesce(detail, '') LIKE '%not the password%'),"
                            " sum(action = 'sign-in') FROM event",
                            ""),
             &err);
    check_ok(ku_sql_step(&statement, &row, &err), &err);
    assert_true(sqlite3_column_int(statement, 0) > 0);
    assert_int_equal(sqlite3_column_int(statement, 1), 0);
    assert_true(sqlite3_column_int(statement, 2) > 0);
    sqlite3_finalize(statement);
    ku_workspace_office_done(f->s.workspace, db);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
#define T(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        T(the_first_user_closes_the_door),
        T(a_link_is_good_once),
        T(a_password_lets_in_and_a_wrong_one_does_not),
        T(signing_out_ends_it),
        T(forged_and_expired_sessions_are_nobody),
        T(a_session_changes_its_text),
        T(what_is_revoked_is_gone_at_once),
        T(a_new_password_ends_the_other_sessions),
        T(too_many_attempts_wait),
        T(unknown_users_wait_too),
        T(the_second_factor_is_asked_and_each_code_is_good_once),
        T(a_link_does_not_replace_the_second_factor),
        T(what_protects_takes_confirming),
        T(a_token_does_what_it_was_made_for),
        T(an_administrator_gives_themselves_nothing),
        T(refusals_are_logged_without_secrets),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
