/* test_actor.c - who acts, by what right, at which instant: sessions and tokens that hold no
 * more, positions held on the day, roles by unit, orders cut to what their holder holds. */
#include "access_support.h"

#include <string.h>

#include "access/actor.h"

static access_fixture f;

/* Marketing (1) holds Advertising (2), which holds Design (3); Sales (4) stands apart. Ana (1)
 * heads Advertising, Ben (2) designs, Cleo (3) directs, Dan (4) has no position. */
static const char company[] =
    "INSERT INTO org_unit (id, version, state, created, changed, name, code, kind, parent) VALUES"
    " (1, 1, 'active', 0, 0, 'Marketing', 'M', 'department', NULL),"
    " (2, 1, 'active', 0, 0, 'Advertising', 'A', 'department', 1),"
    " (3, 1, 'active', 0, 0, 'Design', 'D', 'department', 2),"
    " (4, 1, 'active', 0, 0, 'Sales', 'S', 'department', NULL);"
    "INSERT INTO person (id, version, state, created, changed, name) VALUES"
    " (1, 1, 'active', 0, 0, 'Ana Putri'), (2, 1, 'active', 0, 0, 'Ben Ode'),"
    " (3, 1, 'active', 0, 0, 'Cleo Diaz'), (4, 1, 'active', 0, 0, 'Dan Eze');"
    "INSERT INTO position (id, version, state, created, changed, title, unit) VALUES"
    " (1, 1, 'active', 0, 0, 'Marketing Director', 1),"
    " (2, 1, 'active', 0, 0, 'Head of Advertising', 2),"
    " (3, 1, 'active', 0, 0, 'Designer', 3);"
    "INSERT INTO assignment (id, version, state, created, changed, person, position, starts, ends)"
    " VALUES (1, 1, '', 0, 0, 3, 1, '2026-01-01', NULL),"
    " (2, 1, 'active', 0, 0, 1, 2, '2026-01-01', '2026-11-24'),"
    " (3, 1, '', 0, 0, 2, 3, '2026-11-24', '2026-12-31'),"
    " (4, 1, 'ended', 0, 0, 4, 1, '2026-01-01', NULL);"
    "INSERT INTO role_grant (id, created, changed, role, position, person, unit, highest, starts,"
    " ends, state) VALUES (1, 0, 0, 'director', 1, NULL, NULL, 'personal', NULL, NULL, ''),"
    " (2, 0, 0, 'head', 2, NULL, 2, 'internal', NULL, NULL, ''),"
    " (3, 0, 0, 'specialist', 3, NULL, 3, 'internal', NULL, NULL, ''),"
    " (4, 0, 0, 'auditor', NULL, 2, NULL, 'internal', '2026-11-25', '2026-11-30', ''),"
    " (5, 0, 0, 'clerk', NULL, 2, NULL, 'internal', NULL, NULL, 'revoked');"
    "INSERT INTO app_user (id, created, changed, name, person, state) VALUES"
    " (1, 0, 0, 'ana', 1, 'active'), (2, 0, 0, 'ben', 2, 'active'), (3, 0, 0, 'gone', 3, 'closed');"
    "INSERT INTO user_session (id, user, token, created, rotated, seen, expires, confirmed, revoked)"
    " VALUES (1, 1, x'01', 0, 0, 0, 1795521600000001, 1795521300000000, NULL),"
    " (2, 1, x'02', 0, 0, 0, 1795521600000000, 1795521600000000, NULL),"
    " (3, 1, x'03', 0, 0, 0, 9999999999999999, 1795521299999999, NULL),"
    " (4, 1, x'04', 0, 0, 0, 9999999999999999, 1795521600000000, 1795521599999999),"
    " (5, 3, x'05', 0, 0, 0, 9999999999999999, 1795521600000000, NULL);"
    "INSERT INTO api_token (id, state, created, changed, name, user, token, scopes, expires, revoked)"
    " VALUES (1, 'active', 0, 0, 'export', 1, x'11', 9, 9999999999999999, NULL),"
    " (2, 'active', 0, 0, 'old', 1, x'12', 15, 1795521600000000, NULL),"
    " (3, 'revoked', 0, 0, 'lost', 1, x'13', 15, 9999999999999999, 5);";

static int setup(void **state)
{
    (void)state;
    access_init(&f);
    access_do(&f, company);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    access_clear(&f);
    return 0;
}

static ku_status load(ku_who who, ku_actor **actor, ku_error *err)
{
    access_begin(&f);
    ku_status status = ku_actor_load(f.db, &who, NOON, f.arena, actor, err);
    access_end(&f);
    return status;
}

static ku_actor *person_at(int64_t person, int64_t at)
{
    ku_actor *actor = NULL;
    ku_error err = {0};
    access_begin(&f);
    check_ok(ku_actor_of_person(f.db, person, at, f.arena, &actor, &err), &err);
    access_end(&f);
    return actor;
}

static const ku_grant *grant_of(const ku_actor *actor, const char *role)
{
    for (size_t i = 0; i < actor->grant_count; i++)
        if (strcmp(actor->grants[i].role, role) == 0) return &actor->grants[i];
    return NULL;
}

/* ---- sessions and tokens ------------------------------------------------------------------------- */

static void a_session_holds_until_it_does_not(void **state)
{
    (void)state;
    ku_error err = {0};
    ku_actor *actor = NULL;
    check_ok(load((ku_who){.kind = KU_WHO_USER, .session = 1}, &actor, &err), &err);
    assert_string_equal(actor->name, "Ana Putri");
    assert_int_equal(actor->user, 1);
    assert_int_equal(actor->person, 1);
    assert_int_equal(actor->scopes, KU_SCOPE_ALL);
    assert_true(actor->fresh); /* confirmed five minutes ago to the microsecond */
    check_ok(load((ku_who){.kind = KU_WHO_USER, .session = 3}, &actor, &err), &err);
    assert_false(actor->fresh);
    check_fails(KU_NOT_ALLOWED, "run out",
                load((ku_who){.kind = KU_WHO_USER, .session = 2}, &actor, &err), &err);
    check_fails(KU_NOT_ALLOWED, "was ended",
                load((ku_who){.kind = KU_WHO_USER, .session = 4}, &actor, &err), &err);
    check_fails(KU_NOT_ALLOWED, "may not sign in any more",
                load((ku_who){.kind = KU_WHO_USER, .session = 5}, &actor, &err), &err);
    check_fails(KU_NOT_ALLOWED, "no such session",
                load((ku_who){.kind = KU_WHO_USER, .session = 99}, &actor, &err), &err);
    check_fails(KU_NOT_ALLOWED, "sign in first",
                load((ku_who){.kind = KU_WHO_NOBODY}, &actor, &err), &err);
}

static void a_token_has_its_scopes_only(void **state)
{
    (void)state;
    ku_error err = {0};
    ku_actor *actor = NULL;
    check_ok(load((ku_who){.kind = KU_WHO_TOKEN, .token = 1}, &actor, &err), &err);
    assert_int_equal(actor->scopes, KU_SCOPE_READ | KU_SCOPE_EXPORT);
    assert_false(actor->fresh);
    assert_non_null(grant_of(actor, "head"));
    check_fails(KU_NOT_ALLOWED, "run out",
                load((ku_who){.kind = KU_WHO_TOKEN, .token = 2}, &actor, &err), &err);
    check_fails(KU_NOT_ALLOWED, "revoked",
                load((ku_who){.kind = KU_WHO_TOKEN, .token = 3}, &actor, &err), &err);
}

static void this_computer_is_no_person(void **state)
{
    (void)state;
    ku_error err = {0};
    ku_actor *actor = NULL;
    check_ok(load((ku_who){.kind = KU_WHO_LOCAL, .name = "root"}, &actor, &err), &err);
    assert_int_equal(actor->person, 0);
    assert_false(actor->fresh);
    assert_int_equal(actor->grant_count, 2);
    assert_non_null(grant_of(actor, "administrator"));
    assert_non_null(grant_of(actor, "analyst"));
    assert_string_equal(actor->name, "this computer (root)");
    assert_string_equal(ku_actor_mark(actor, f.arena), "local:root");
}

/* ---- positions and roles --------------------------------------------------------------------------- */

static void roles_come_with_positions_on_their_days(void **state)
{
    (void)state;
    const ku_actor *ana = person_at(1, NOON);
    const ku_grant *head = grant_of(ana, "head");
    assert_non_null(head);
    assert_string_equal(head->because, "as Head of Advertising");
    assert_int_equal(head->position, 2);
    assert_int_equal(head->highest, KU_CLASS_INTERNAL);
    assert_int_equal(head->unit_count, 2); /* Advertising and Design below it */
    assert_int_equal(head->units[0], 2);
    assert_int_equal(head->units[1], 3);
    /* The last day is included, to its last microsecond in UTC; the next is not. */
    int64_t midnight = (NOON / KU_DAY_MICROS + 1) * KU_DAY_MICROS;
    assert_non_null(grant_of(person_at(1, midnight - 1), "head"));
    assert_null(grant_of(person_at(1, midnight), "head"));
    assert_non_null(grant_of(person_at(1, midnight), "staff"));
    /* So is the first day. */
    assert_non_null(grant_of(person_at(2, midnight - KU_DAY_MICROS), "specialist"));
    assert_null(grant_of(person_at(2, midnight - KU_DAY_MICROS - 1), "specialist"));
    assert_null(grant_of(person_at(4, NOON), "director")); /* the assignment has ended */
}

static void roles_given_in_person_have_their_own_days(void **state)
{
    (void)state;
    assert_null(grant_of(person_at(2, NOON), "auditor"));
    assert_non_null(grant_of(person_at(2, NOON + KU_DAY_MICROS), "auditor"));
    assert_null(grant_of(person_at(2, NOON + 7 * KU_DAY_MICROS), "auditor"));
    assert_null(grant_of(person_at(2, NOON), "clerk"));
    assert_null(grant_of(person_at(3, NOON), "director")->units);
}

static void staff_without_a_position_has_no_unit(void **state)
{
    (void)state;
    const ku_grant *staff = grant_of(person_at(4, NOON), "staff");
    assert_non_null(staff);
    assert_non_null(staff->units);
    assert_int_equal(staff->unit_count, 0);
    assert_int_equal(grant_of(person_at(2, NOON), "staff")->units[0], 3);
}

static void a_ring_of_units_ends(void **state)
{
    (void)state;
    access_do(&f, "UPDATE org_unit SET parent = 3 WHERE id = 2");
    assert_int_equal(grant_of(person_at(1, NOON), "head")->unit_count, 2);
    access_do(&f, "UPDATE org_unit SET parent = 1 WHERE id = 2");
}

/* ---- orders -------------------------------------------------------------------------------------------- */

#define ORDER(id, position, holder, deputy, scope, amount, state, starts, ends)                    \
    "INSERT INTO delegation (id, version, state, created, changed, number, position, holder,"      \
    " deputy, scope, amount, starts, ends) VALUES (" #id ", 1, '" state "', 0, 0, 'O-" #id "', "   \
    #position ", " #holder ", " #deputy ", '" scope "', " #amount ", '" starts "', '" ends "');"

static const ku_grant *in_stead(const ku_actor *actor)
{
    const ku_grant *found = NULL;
    for (size_t i = 0; i < actor->grant_count; i++) {
        if (actor->grants[i].delegation == 0) continue;
        assert_null(found);
        found = &actor->grants[i];
    }
    return found;
}

static void a_deputy_holds_what_the_position_carries(void **state)
{
    (void)state;
    access_do(&f, ORDER(1, 2, 1, 2, "decide", 500000, "active", "2026-11-20", "2026-11-24"));
    const ku_grant *grant = in_stead(person_at(2, NOON));
    assert_non_null(grant);
    assert_string_equal(grant->role, "head");
    assert_string_equal(grant->scope, "decide");
    assert_string_equal(grant->because, "for Ana Putri by order O-1 until 24 Nov 2026");
    assert_int_equal(grant->limit, 500000);
    assert_int_equal(grant->stead, 1);
    assert_int_equal(grant->unit_count, 2);
    assert_null(in_stead(person_at(2, NOON + KU_DAY_MICROS)));
    assert_null(in_stead(person_at(2, NOON - 5 * KU_DAY_MICROS)));
    access_do(&f, "DELETE FROM delegation");
}

static void an_order_without_ground_gives_nothing(void **state)
{
    (void)state;
    static const char *const orders[] = {
        ORDER(1, 2, 1, 2, "all", NULL, "draft", "2026-11-20", "2026-11-30"),
        ORDER(1, 2, 1, 2, "all", NULL, "signed", "2026-11-20", "2026-11-30"),
        ORDER(1, 2, 1, 2, "all", NULL, "revoked", "2026-11-20", "2026-11-30"),
        ORDER(1, 2, 1, 2, "all", NULL, "expired", "2026-11-20", "2026-11-30"),
        /* forged: Dan does not hold the director's position, Ana has never */
        ORDER(1, 1, 4, 2, "all", NULL, "active", "2026-11-20", "2026-11-30"),
        ORDER(1, 1, 1, 2, "all", NULL, "active", "2026-11-20", "2026-11-30"),
        /* to oneself */
        ORDER(1, 2, 2, 2, "all", NULL, "active", "2026-11-20", "2026-11-30"),
    };
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        access_do(&f, orders[i]);
        assert_null(in_stead(person_at(2, NOON)));
        access_do(&f, "DELETE FROM delegation");
    }
}

/* Cleo's order makes Ana her deputy, Ana's makes Ben hers: Ben stands in for Ana as head, and
 * never for Cleo. */
static void an_order_is_not_passed_on(void **state)
{
    (void)state;
    access_do(&f, ORDER(1, 1, 3, 1, "all", NULL, "active", "2026-11-20", "2026-11-30")
                      ORDER(2, 2, 1, 2, "all", NULL, "active", "2026-11-20", "2026-11-30")
                          /* and the forged one: Ana "holds" the director's position */
                          ORDER(3, 1, 1, 2, "all", NULL, "active", "2026-11-20", "2026-11-30"));
    assert_string_equal(in_stead(person_at(1, NOON))->role, "director");
    assert_string_equal(in_stead(person_at(2, NOON))->role, "head");
    access_do(&f, "DELETE FROM delegation");
}

/* An order ends with the position it speaks of. */
static void an_order_ends_with_its_holder(void **state)
{
    (void)state;
    access_do(&f, ORDER(1, 2, 1, 2, "all", NULL, "active", "2026-11-20", "2026-11-30"));
    assert_non_null(in_stead(person_at(2, NOON)));
    assert_null(in_stead(person_at(2, NOON + KU_DAY_MICROS))); /* Ana is head no more */
    access_do(&f, "DELETE FROM delegation");
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_holds_until_it_does_not),
        cmocka_unit_test(a_token_has_its_scopes_only),
        cmocka_unit_test(this_computer_is_no_person),
        cmocka_unit_test(roles_come_with_positions_on_their_days),
        cmocka_unit_test(roles_given_in_person_have_their_own_days),
        cmocka_unit_test(staff_without_a_position_has_no_unit),
        cmocka_unit_test(a_ring_of_units_ends),
        cmocka_unit_test(a_deputy_holds_what_the_position_carries),
        cmocka_unit_test(an_order_without_ground_gives_nothing),
        cmocka_unit_test(an_order_is_not_passed_on),
        cmocka_unit_test(an_order_ends_with_its_holder),
    };
    return cmocka_run_group_tests_name("access: actor", tests, setup, teardown);
}
