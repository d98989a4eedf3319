/* Sessions that idle out, run out, change their text and end at once; tokens with their scopes
 * and days. Every instant is given, none is waited for. */
#include <string.h>

#include "access/actor.h"
#include "access/session.h"
#include "access_support.h"

static const int64_t second = INT64_C(1000000);

typedef char token_text[KU_SECRET_TEXT];

static int make(void **state)
{
    access_fixture *f = calloc(1, sizeof *f);
    access_init(f);
    access_begin(f);
    access_sql(f, "INSERT INTO app_user (id, created, changed, name, state) VALUES"
                  " (1, 0, 0, 'ana', 'active'), (2, 0, 0, 'ben', 'active')");
    *state = f;
    return 0;
}

static int clear(void **state)
{
    access_fixture *f = *state;
    access_end(f);
    access_clear(f);
    free(f);
    return 0;
}

static int64_t begin(access_fixture *f, int64_t user, token_text token)
{
    ku_error err = {0};
    int64_t session;
    check_ok(ku_user_session_begin(f->db, user, "Firefox", NOON, &session, token, &err), &err);
    return session;
}

static int64_t find(access_fixture *f, const char *token, int64_t at, bool *due)
{
    ku_error err = {0};
    int64_t session;
    bool dummy;
    check_ok(ku_user_session_find(f->db, token, at, &session, due != NULL ? due : &dummy, &err),
             &err);
    return session;
}

static bool touch(access_fixture *f, int64_t session, int64_t at, token_text token)
{
    ku_error err = {0};
    bool changed;
    check_ok(ku_user_session_touch(f->db, session, at, &changed, token, &err), &err);
    return changed;
}

static void only_the_very_text_finds_a_session(void **state)
{
    access_fixture *f = *state;
    token_text token, other;
    int64_t session = begin(f, 1, token);
    assert_int_equal(strlen(token), 43); /* 256 bits */
    assert_int_equal(find(f, token, NOON, NULL), session);
    assert_true(begin(f, 1, other) != session);
    assert_string_not_equal(token, other);
    token[7] = token[7] == 'A' ? 'B' : 'A';
    assert_int_equal(find(f, token, NOON, NULL), 0);
    assert_int_equal(find(f, "", NOON, NULL), 0);
    const char *sql = ku_arena_printf(f->arena,
                                      "SELECT count(*) FROM user_session WHERE length(token) <> 32"
                                      " OR instr(token, CAST('%.6s' AS BLOB)) > 0",
                                      other);
    assert_int_equal(access_number(f, sql), 0);
}

static void half_an_hour_without_a_request_ends_it(void **state)
{
    access_fixture *f = *state;
    token_text token, next;
    int64_t session = begin(f, 1, token);
    int64_t late = NOON + KU_SESSION_IDLE * second;
    assert_int_equal(find(f, token, late - 1, NULL), session);
    assert_int_equal(find(f, token, late, NULL), 0);
    touch(f, session, NOON + 600 * second, next);
    assert_int_equal(find(f, token, late, NULL), session);
}

static void twelve_hours_end_it_however_busy(void **state)
{
    access_fixture *f = *state;
    token_text token, next;
    int64_t session = begin(f, 1, token), at = NOON;
    for (; at < NOON + (KU_SESSION_WHOLE - 600) * second; at += 600 * second)
        if (touch(f, session, at, next)) memcpy(token, next, sizeof token);
    at = NOON + KU_SESSION_WHOLE * second;
    touch(f, session, at - 1, next);
    assert_int_equal(find(f, next, at - 1, NULL), session);
    assert_int_equal(find(f, next, at, NULL), 0);
}

static void the_text_changes_and_the_old_one_soon_ends(void **state)
{
    access_fixture *f = *state;
    token_text first, next, third;
    bool due;
    int64_t session = begin(f, 1, first), at = NOON + KU_SESSION_ROTATE * second + 1;
    find(f, first, NOON + 30 * second, &due);
    assert_false(due);
    assert_int_equal(find(f, first, at, &due), session);
    assert_true(due);
    assert_true(touch(f, session, at, next));
    assert_false(touch(f, session, at, third)); /* of two at once only one changes it */
    assert_int_equal(find(f, next, at, &due), session);
    assert_false(due);
    assert_int_equal(find(f, first, at + KU_SESSION_GRACE * second - 1, &due), session);
    assert_false(due); /* the old text renews nothing */
    assert_int_equal(find(f, first, at + KU_SESSION_GRACE * second, NULL), 0);
    assert_int_equal(find(f, next, at + KU_SESSION_GRACE * second, NULL), session);
}

static void confirming_is_fresh_for_five_minutes_and_changes_the_text(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    token_text first, next;
    ku_actor *actor;
    int64_t session = begin(f, 1, first), at = NOON + 600 * second;
    const ku_who who = {.kind = KU_WHO_USER, .session = session, .via = "test"};
    check_ok(ku_actor_load(f->db, &who, at, f->arena, &actor, &err), &err);
    assert_false(actor->fresh);
    check_ok(ku_user_session_confirm(f->db, session, at, next, &err), &err);
    assert_string_not_equal(first, next);
    check_ok(ku_actor_load(f->db, &who, at + 300 * second, f->arena, &actor, &err), &err);
    assert_true(actor->fresh);
    check_ok(ku_actor_load(f->db, &who, at + 300 * second + 1, f->arena, &actor, &err), &err);
    assert_false(actor->fresh);
    /* A clock set back makes nothing fresh. */
    check_ok(ku_actor_load(f->db, &who, at - 1, f->arena, &actor, &err), &err);
    assert_false(actor->fresh);
}

static void one_or_all_end_at_once_and_only_ones_own(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    token_text a, b, c, other;
    int64_t one = begin(f, 1, a), two = begin(f, 1, b), three = begin(f, 1, c);
    int64_t foreign = begin(f, 2, other);
    check_ok(ku_user_session_end(f->db, 1, foreign, 0, NOON, &err), &err);
    assert_int_equal(find(f, other, NOON, NULL), foreign);
    check_ok(ku_user_session_end(f->db, 1, one, 0, NOON, &err), &err);
    assert_int_equal(find(f, a, NOON, NULL), 0);
    assert_int_equal(find(f, b, NOON, NULL), two);
    check_ok(ku_user_session_end(f->db, 1, 0, three, NOON, &err), &err);
    assert_int_equal(find(f, b, NOON, NULL), 0);
    assert_int_equal(find(f, c, NOON, NULL), three);
    assert_int_equal(find(f, other, NOON, NULL), foreign);
}

static void an_ended_session_is_nobody_within_the_same_transaction(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    token_text token;
    ku_actor *actor;
    int64_t session = begin(f, 1, token);
    const ku_who who = {.kind = KU_WHO_USER, .session = session, .via = "test"};
    check_ok(ku_actor_load(f->db, &who, NOON, f->arena, &actor, &err), &err);
    check_ok(ku_user_session_end(f->db, 1, session, 0, NOON, &err), &err);
    check_fails(KU_NOT_ALLOWED, "ended", ku_actor_load(f->db, &who, NOON, f->arena, &actor, &err),
                &err);
}

/* ---- tokens ------------------------------------------------------------------------------------- */

static int64_t found(access_fixture *f, const char *token, int64_t at)
{
    ku_error err = {0};
    int64_t id;
    check_ok(ku_token_find(f->db, token, at, &id, &err), &err);
    return id;
}

static void a_token_is_good_until_its_day_and_until_ended(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    char token[KU_TOKEN_TEXT];
    int64_t id, end = NOON + 30 * KU_DAY_MICROS;
    check_ok(ku_token_make(f->db, 1, "report", KU_SCOPE_READ, end, NOON, &id, token, &err), &err);
    assert_memory_equal(token, "kmd_", 4);
    assert_int_equal(strlen(token), 47);
    assert_int_equal(found(f, token, end - 1), id);
    assert_int_equal(found(f, token, end), 0);
    assert_int_equal(found(f, token + 4, NOON), 0);
    check_fails(KU_NOT_FOUND, "no such token", ku_token_end(f->db, 2, id, NOON, &err), &err);
    assert_int_equal(found(f, token, NOON), id);
    check_ok(ku_token_end(f->db, 1, id, NOON, &err), &err);
    assert_int_equal(found(f, token, NOON), 0);
}

static void a_token_carries_its_scopes_and_is_never_fresh(void **state)
{
    access_fixture *f = *state;
    ku_error err = {0};
    char token[KU_TOKEN_TEXT];
    int64_t id;
    ku_actor *actor;
    unsigned scopes = KU_SCOPE_READ | KU_SCOPE_EXPORT;
    check_ok(ku_token_make(f->db, 1, "x", scopes, NOON + second, NOON, &id, token, &err), &err);
    const ku_who who = {.kind = KU_WHO_TOKEN, .token = id, .via = "api"};
    check_ok(ku_actor_load(f->db, &who, NOON, f->arena, &actor, &err), &err);
    assert_int_equal(actor->scopes, scopes);
    assert_false(actor->fresh);
    access_sql(f, "UPDATE app_user SET state = 'locked' WHERE id = 1");
    assert_int_equal(ku_actor_load(f->db, &who, NOON, f->arena, &actor, &err), KU_NOT_ALLOWED);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        T(only_the_very_text_finds_a_session),
        T(half_an_hour_without_a_request_ends_it),
        T(twelve_hours_end_it_however_busy),
        T(the_text_changes_and_the_old_one_soon_ends),
        T(confirming_is_fresh_for_five_minutes_and_changes_the_text),
        T(one_or_all_end_at_once_and_only_ones_own),
        T(an_ended_session_is_nobody_within_the_same_transaction),
        T(a_token_is_good_until_its_day_and_until_ended),
        T(a_token_carries_its_scopes_and_is_never_fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
