/* Signing in by the company's service, against a small one of our own: the way there and back,
 * and every answer that must not let anyone in. */
#include "issuer.h"

#include <fcntl.h>

#include "access/oidc_internal.h"
#include "access_support.h"
#include "base/file.h"
#include "workspace/settings.h"

typedef struct fixture {
    access_fixture a;
    issuer i;
    char ticket[KU_SECRET_TEXT], state[64];
} fixture;

#define REDIRECT "http://localhost:8765/api/v1/session/oidc/callback"

static void open_with(fixture *f)
{
    ku_error err = {0};
    const ku_settings settings = {
        .oidc_issuer = f->i.name, .oidc_client = ISSUER_CLIENT, .oidc_secret = "oidc.secret"};
    place_make(f->a.place);
    place_path(f->a.place, "shop", f->a.path);
    f->a.arena = ku_arena_new();
    check_ok(ku_workspace_init(f->a.path, &settings, &err), &err);
    check_ok(ku_workspace_open(f->a.path, &f->a.workspace, &err), &err);
}

static void write_secret(fixture *f, mode_t mode)
{
    ku_error err = {0};
    const char *path = ku_arena_printf(f->a.arena, "%s/keys/oidc.secret", f->a.path);
    check_ok(ku_file_write(path, ISSUER_SECRET "\n", strlen(ISSUER_SECRET) + 1, mode, &err), &err);
}

static int make(void **state)
{
    ku_error err = {0};
    fixture *f = calloc(1, sizeof *f);
    issuer_begin(&f->i);
    open_with(f);
    write_secret(f, 0600);
    access_begin(&f->a);
    access_sql(&f->a, "INSERT INTO app_user (id, created, changed, name, state) VALUES"
                      " (1, 0, 0, 'ana', 'invited'), (2, 0, 0, 'ben', 'active')");
    check_ok(ku_oidc_connect(f->a.db, f->i.name, 1, "u-17", NOON, &err), &err);
    access_end(&f->a);
    *state = f;
    return 0;
}

static int clear(void **state)
{
    fixture *f = *state;
    access_clear(&f->a);
    issuer_end(&f->i);
    free(f);
    return 0;
}

/* ---- steps ------------------------------------------------------------------------------------- */

static ku_status go(fixture *f, bool again, const char **to, ku_error *err)
{
    const ku_oidc_begin begin = {.redirect = REDIRECT, .address = "127.0.0.1", .again = again};
    *err = (ku_error){0};
    return ku_oidc_start(f->a.workspace, &begin, f->a.arena, f->ticket, to, err);
}

/* To the service, where the person signs in. */
static void there(fixture *f)
{
    ku_error err;
    const char *to;
    check_ok(go(f, false, &to, &err), &err);
    issuer_authorize(&f->i, to, f->state);
}

static ku_oidc_back as_sent(fixture *f)
{
    return (ku_oidc_back){.ticket = f->ticket,
                          .redirect = REDIRECT,
                          .address = "127.0.0.1",
                          .agent = "Firefox",
                          .state = f->state,
                          .code = f->i.code};
}

static ku_status back(fixture *f, const ku_oidc_back *with, ku_signed *done, ku_error *err)
{
    const ku_oidc_back usual = as_sent(f);
    *err = (ku_error){0};
    return ku_oidc_finish(f->a.workspace, with != NULL ? with : &usual, done, err);
}

static int64_t sessions(fixture *f)
{
    return access_number(&f->a, "SELECT count(*) FROM user_session");
}

#define lets_nobody_in(f, words)                                                                   \
    do {                                                                                           \
        ku_error err_;                                                                             \
        ku_signed done_;                                                                           \
        check_fails(KU_NOT_ALLOWED, words, back((f), NULL, &done_, &err_), &err_);                 \
        assert_int_equal(done_.session, 0);                                                        \
        assert_int_equal(sessions(f), 0);                                                          \
    } while (0)

/* ---- what goes well ------------------------------------------------------------------------------ */

static void sign_in_by(fixture *f, bool ec)
{
    ku_error err;
    ku_signed done;
    ku_actor *actor;
    f->i.ec_signs = ec;
    there(f);
    check_ok(back(f, NULL, &done, &err), &err);
    const ku_who who = {.kind = KU_WHO_USER, .session = done.session, .via = "web"};
    access_begin(&f->a);
    check_ok(ku_actor_load(f->a.db, &who, ku_now_micros(), f->a.arena, &actor, &err), &err);
    access_end(&f->a);
    assert_int_equal(actor->user, 1);
    assert_true(actor->fresh);
    assert_int_equal(access_number(&f->a, "SELECT count(*) FROM app_user WHERE state = 'invited'"),
                     0);
    assert_int_equal(
        access_number(&f->a, "SELECT count(*) FROM event WHERE action = 'sign-in' AND user = 1"),
        1);
}

static void one_signs_in_by_rs256(void **state)
{
    sign_in_by(*state, false);
}

static void one_signs_in_by_es256(void **state)
{
    sign_in_by(*state, true);
}

static void one_who_signed_in_long_ago_is_not_fresh(void **state)
{
    fixture *f = *state;
    ku_error err;
    ku_signed done;
    f->i.claims = json_pack("{s:I}", "auth_time", (json_int_t)(ku_now_micros() / 1000000 - 3600));
    there(f);
    check_ok(back(f, NULL, &done, &err), &err);
    assert_int_equal(access_number(&f->a, "SELECT confirmed < seen - 3500000000 FROM user_session"),
                     1);
}

static void asking_again_says_so_and_every_way_is_its_own(void **state)
{
    fixture *f = *state;
    ku_error err;
    const char *first, *next;
    char ticket[KU_SECRET_TEXT];
    check_ok(go(f, true, &first, &err), &err);
    memcpy(ticket, f->ticket, sizeof ticket);
    assert_non_null(strstr(first, "&prompt=login&max_age=0"));
    check_ok(go(f, false, &next, &err), &err);
    assert_null(strstr(next, "prompt"));
    assert_string_not_equal(ticket, f->ticket);
    assert_null(strstr(next, f->ticket)); /* the cookie's text is in no address */
}

/* ---- browsers that come back wrongly ---------------------------------------------------------------- */

static void an_answer_to_another_browser_is_refused(void **state)
{
    fixture *f = *state;
    ku_error err;
    ku_signed done;
    char other[KU_SECRET_TEXT];
    there(f);
    ku_oidc_back b = as_sent(f);
    b.ticket = NULL;
    check_fails(KU_NOT_ALLOWED, "begin again", back(f, &b, &done, &err), &err);
    ku_secret_make(other);
    b.ticket = other;
    check_fails(KU_NOT_ALLOWED, "another sign-in", back(f, &b, &done, &err), &err);
    b = as_sent(f);
    b.state = "";
    check_fails(KU_NOT_ALLOWED, "another sign-in", back(f, &b, &done, &err), &err);
    b = as_sent(f);
    b.code = NULL; /* the service refused */
    check_fails(KU_NOT_ALLOWED, "begin again", back(f, &b, &done, &err), &err);
    b = as_sent(f);
    b.issuer = "https://elsewhere.example";
    check_fails(KU_NOT_ALLOWED, "another service", back(f, &b, &done, &err), &err);
    assert_int_equal(sessions(f), 0);
    b.issuer = f->i.name;
    check_ok(back(f, &b, &done, &err), &err);
}

static void a_code_is_good_once_and_for_its_verifier(void **state)
{
    fixture *f = *state;
    ku_error err;
    ku_signed done;
    there(f);
    f->i.challenge[3] = f->i.challenge[3] == 'A' ? 'B' : 'A';
    check_fails(KU_NOT_ALLOWED, "did not accept", back(f, NULL, &done, &err), &err);
    there(f);
    check_ok(back(f, NULL, &done, &err), &err);
    check_fails(KU_NOT_ALLOWED, "did not accept", back(f, NULL, &done, &err), &err);
}

/* ---- tokens that do not hold ------------------------------------------------------------------------ */

static void tokens_signed_wrongly_let_nobody_in(void **state)
{
    fixture *f = *state;
    for (int ec = 0; ec < 2; ec++) {
        f->i.ec_signs = ec == 1;
        f->i.how = WRONG_SIGNATURE;
        there(f);
        lets_nobody_in(f, "signature is wrong");
        f->i.how = FORGETS_KEY;
        there(f);
        lets_nobody_in(f, "does not publish");
    }
    f->i.how = NOT_SIGNED;
    there(f);
    lets_nobody_in(f, "no token");
    f->i.how = HMAC_BY_PUBLIC;
    there(f);
    lets_nobody_in(f, "not signed by RS256");
}

static void tokens_for_others_or_another_time_let_nobody_in(void **state)
{
    fixture *f = *state;
    json_int_t now = ku_now_micros() / 1000000;
    const struct {
        json_t *claims;
        const char *words;
    } wrong[] = {
        {json_pack("{s:s}", "iss", "https://elsewhere.example"), "another issuer"},
        {json_pack("{s:s}", "aud", "another"), "another program"},
        {json_pack("{s:[s,s]}", "aud", ISSUER_CLIENT, "another"), "another program"},
        {json_pack("{s:[s,s], s:s}", "aud", ISSUER_CLIENT, "another", "azp", "another"),
         "another program"},
        {json_pack("{s:n}", "aud"), "another program"},
        {json_pack("{s:I}", "exp", now - 61), "run out"},
        {json_pack("{s:s}", "exp", "tomorrow"), "run out"},
        {json_pack("{s:f}", "exp", 1e300), "run out"},
        {json_pack("{s:I}", "iat", now - 700), "not made just now"},
        {json_pack("{s:I}", "iat", now + 90), "not made just now"},
        {json_pack("{s:I}", "nbf", now + 90), "not hold yet"},
        {json_pack("{s:s}", "nonce", "n"), "another request"},
        {json_pack("{s:n}", "nonce"), "another request"},
        {json_pack("{s:s}", "sub", ""), "names nobody"},
        {json_pack("{s:i}", "sub", 17), "names nobody"},
    };
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        json_decref(f->i.claims);
        f->i.claims = wrong[k].claims;
        there(f);
        lets_nobody_in(f, wrong[k].words);
    }
}

static void texts_that_are_no_tokens_are_refused(void **state)
{
    static const char *const texts[] = {"",
                                        ".",
                                        "..",
                                        "...",
                                        "a.b",
                                        "a.b.c",
                                        "e30.e30.",
                                        "e30.e30.e30",
                                        "e30.e30.e30.e30",
                                        "eyJhbGciOiJSUzI1NiJ9.e30.AA",
                                        "eyJhbGciOiJSUzI1NiJ9.W10.AA",
                                        "\xff.\xfe.\xfd"};
    fixture *f = *state;
    json_t *keys = issuer_keys(&f->i);
    const ku_id_expected expected = {"i", "c", "n", 0};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        ku_error err = {0};
        ku_id_token token;
        assert_int_equal(ku_id_token_check(keys, texts[k], &expected, f->a.arena, &token, &err),
                         KU_NOT_ALLOWED);
    }
    json_decref(keys);
}

/* ---- users ---------------------------------------------------------------------------------------------- */

static void only_connected_users_come_in(void **state)
{
    fixture *f = *state;
    ku_error err = {0};
    f->i.claims = json_pack("{s:s, s:s, s:s}", "sub", "u-18", "preferred_username", "ben", "email",
                            "ben@shop.example");
    there(f);
    lets_nobody_in(f, "nobody here is connected with \"u-18\"");
    access_begin(&f->a);
    check_fails(KU_CONFLICT, "another user",
                ku_oidc_connect(f->a.db, f->i.name, 2, "u-17", NOON, &err), &err);
    check_ok(ku_oidc_connect(f->a.db, f->i.name, 1, "", NOON, &err), &err);
    access_end(&f->a);
    json_object_set_new(f->i.claims, "sub", json_string("u-17"));
    there(f);
    lets_nobody_in(f, "nobody here is connected");
    access_do(&f->a, "UPDATE app_user SET state = 'locked' WHERE id = 2");
    access_begin(&f->a);
    check_ok(ku_oidc_connect(f->a.db, f->i.name, 2, "u-17", NOON, &err), &err);
    access_end(&f->a);
    there(f);
    lets_nobody_in(f, "locked");
}

/* ---- a service that misbehaves ------------------------------------------------------------------------------ */

static void a_service_that_misbehaves_is_not_followed(void **state)
{
    fixture *f = *state;
    ku_error err;
    const char *to;
    f->i.how = REDIRECTS;
    check_fails(KU_IO, "status 302", go(f, false, &to, &err), &err);
    assert_int_equal(f->i.asked, 1);
    f->i.how = SAYS_TOO_MUCH;
    check_fails(KU_TOO_LARGE, "too much", go(f, false, &to, &err), &err);
    f->i.how = SAYS_NO_JSON;
    check_fails(KU_BAD_DATA, "expected an object", go(f, false, &to, &err), &err);
    f->i.how = OTHER_NAME;
    check_fails(KU_NOT_ALLOWED, "calls itself", go(f, false, &to, &err), &err);
    f->i.how = KEYS_ELSEWHERE;
    there(f);
    lets_nobody_in(f, "only the issuer itself");
    assert_false(f->i.offered);
}

static void a_service_that_is_gone_is_told(void **state)
{
    fixture *f = *state;
    ku_error err;
    const char *to;
    MHD_stop_daemon(f->i.daemon);
    check_fails(KU_IO, "does not answer", go(f, false, &to, &err), &err);
    f->i.daemon = NULL;
    issuer_end(&f->i);
    issuer_begin(&f->i);
}

static void a_secret_that_others_can_read_is_not_used(void **state)
{
    fixture *f = *state;
    there(f);
    write_secret(f, 0644);
    lets_nobody_in(f, "chmod 600");
}

static void ways_there_are_counted(void **state)
{
    fixture *f = *state;
    ku_error err;
    const char *to;
    for (int k = 0; k < 50; k++) check_ok(go(f, false, &to, &err), &err);
    check_fails(KU_NOT_ALLOWED, "try again in", go(f, false, &to, &err), &err);
    assert_string_equal(err.where, "throttle");
}

static void only_the_issuers_own_address_is_asked(void **state)
{
    static const struct {
        const char *issuer, *url;
        bool same;
    } cases[] = {
        {"https://a.example", "https://a.example/x", true},
        {"https://a.example/realm", "https://a.example/other?x", true},
        {"https://a.example", "https://A.EXAMPLE/x", true},
        {"https://a.example", "http://a.example/x", false},
        {"https://a.example", "https://a.example:444/x", false},
        {"https://a.example", "https://a.example.evil/x", false},
        {"https://a.example", "https://a.example@evil/x", false},
        {"https://a.example", "https://evil/https://a.example/x", false},
        {"https://a.example", "https://a.example\\@evil/x", false},
        {"https://a.example", "https://a.example/x y", false},
        {"https://a.example", "file:///etc/passwd", false},
        {"https://a.example", "", false},
    };
    ku_error err = {0};
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        assert_int_equal(ku_oidc_same_origin(cases[k].issuer, cases[k].url), cases[k].same);
    check_ok(ku_oidc_check_issuer("https://a.example/realm", &err), &err);
    check_ok(ku_oidc_check_issuer("http://127.0.0.1:80", &err), &err);
    const char *const wrong[] = {
        "http://a.example", "http://127.0.0.1.evil", "ftp://a.example",    "https://",
        "a.example",        "https://a?x",           "https://u@a.example"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        check_fails(KU_USAGE, "expected an address", ku_oidc_check_issuer(wrong[k], &err), &err);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        T(one_signs_in_by_rs256),
        T(one_signs_in_by_es256),
        T(one_who_signed_in_long_ago_is_not_fresh),
        T(asking_again_says_so_and_every_way_is_its_own),
        T(an_answer_to_another_browser_is_refused),
        T(a_code_is_good_once_and_for_its_verifier),
        T(tokens_signed_wrongly_let_nobody_in),
        T(tokens_for_others_or_another_time_let_nobody_in),
        T(texts_that_are_no_tokens_are_refused),
        T(only_connected_users_come_in),
        T(a_service_that_misbehaves_is_not_followed),
        T(a_service_that_is_gone_is_told),
        T(a_secret_that_others_can_read_is_not_used),
        T(ways_there_are_counted),
        cmocka_unit_test(only_the_issuers_own_address_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
