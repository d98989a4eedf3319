/* Approvals: the route, who may decide now, signatures. The company of office_support.h; the
 * matrix: spending below 1,000 Head of Marketing; from 1,000 first Head of Marketing and Head
 * of Sales (either), then the director. */
#include "office/approvals/approvals.h"
#include "office_support.h"

static int make(void **state)
{
    office_fixture *f = calloc(1, sizeof *f);
    office_make(f);
    office_sql(f->workspace,
               "INSERT INTO route_rule (id, version, state, created, changed, kind, lowest,"
               " highest, place, position, needed, days) VALUES"
               " (1, 1, '', 0, 0, 'spend', NULL, 100000, 1, 2, NULL, 5),"
               " (2, 1, '', 0, 0, 'spend', 100000, NULL, 1, 2, 1, 5),"
               " (3, 1, '', 0, 0, 'spend', 100000, NULL, 1, 4, 1, 5),"
               " (4, 1, '', 0, 0, 'spend', 100000, NULL, 2, 1, NULL, 5)");
    *state = f;
    return 0;
}

static int clear(void **state)
{
    office_clear(*state);
    free(*state);
    return 0;
}

static ku_status try_ask(office_fixture *f, int person, const char *json, int64_t *id,
                         ku_error *err)
{
    ku_office *office = office_as(f, person, true);
    json_t *values = json_loads(json, 0, NULL);
    ku_status status = ku_record_add(office, ku_entity_find("approval"), values, NULL, id, err);
    if (status == KU_OK) status = ku_office_commit(office, err);
    json_decref(values);
    ku_office_end(office);
    return status;
}

static int64_t ask(office_fixture *f, int person, const char *amount)
{
    int64_t id = 0;
    char json[160];
    ku_error err = {0};
    snprintf(json, sizeof json,
             "{\"title\":\"Fair stand\",\"kind\":\"spend\",\"amount\":\"%s\",\"unit\":3}", amount);
    check_ok(try_ask(f, person, json, &id, &err), &err);
    return id;
}

static char *state_of(office_fixture *f, int64_t id, char to[32])
{
    json_t *record;
    ku_error err = {0};
    ku_office *office = office_as(f, ANA, false);
    check_ok(ku_workflow_read(office, ku_entity_find("approval"), id, &record, &err), &err);
    snprintf(to, 32, "%s", json_string_value(json_object_get(record, "state")));
    ku_office_end(office);
    return to;
}

static ku_status decide(office_fixture *f, int person, int64_t id, const char *step,
                        const char *reason, ku_error *err)
{
    json_t *record;
    ku_office *office = office_as(f, person, true);
    const ku_entity *entity = ku_entity_find("approval");
    check_ok(ku_workflow_read(office, entity, id, &record, err), err);
    ku_status status = ku_record_move(office, entity, id,
                                      json_integer_value(json_object_get(record, "version")), step,
                                      NULL, reason, err);
    if (status == KU_OK) status = ku_office_commit(office, err);
    ku_office_end(office);
    return status;
}

static size_t faults_of(office_fixture *f, int64_t id, char why[128])
{
    json_t *items, *item;
    size_t at, faults = 0;
    ku_error err = {0};
    ku_office *office = office_as(f, ANA, false);
    check_ok(ku_approval_verify(office, id, &items, &err), &err);
    assert_true(json_array_size(items) > 0);
    json_array_foreach(items, at, item)
    {
        if (json_is_true(json_object_get(item, "holds"))) continue;
        faults++;
        snprintf(why, 128, "%s", json_string_value(json_object_get(item, "why")));
    }
    json_decref(items);
    ku_office_end(office);
    return faults;
}

/* An order in force that Citra stands in for Budi. */
static void stand_in(office_fixture *f, const char *scope, const char *amount)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "INSERT INTO delegation (id, version, state, created, changed, number, position,"
             " holder, deputy, scope, amount, starts, ends) VALUES (1, 1, 'active', 0, 0,"
             " 'D-2026-001', 2, 2, 3, '%s', %s, date('now', '-1 day'), date('now', '+1 day'))",
             scope, amount);
    office_sql(f->workspace, sql);
}

static void one_signature_is_enough_below_the_band(void **state)
{
    char now[32], why[128];
    ku_error err = {0};
    int64_t id = ask(*state, CITRA, "999.99");
    check_fails(KU_NOT_ALLOWED, "not yours to decide",
                decide(*state, DEWI, id, "approve", NULL, &err), &err);
    check_ok(decide(*state, BUDI, id, "approve", NULL, &err), &err);
    assert_string_equal(state_of(*state, id, now), "approved");
    assert_int_equal(faults_of(*state, id, why), 0);
}

static void one_of_two_then_the_director(void **state)
{
    char now[32], why[128];
    ku_error err = {0};
    int64_t id = ask(*state, CITRA, "1000.00");
    check_fails(KU_NOT_ALLOWED, "not yours to decide",
                decide(*state, ANA, id, "approve", NULL, &err), &err);
    check_ok(decide(*state, DEWI, id, "approve", NULL, &err), &err);
    assert_string_equal(state_of(*state, id, now), "open");
    check_fails(KU_NOT_ALLOWED, "not yours", decide(*state, BUDI, id, "approve", NULL, &err), &err);
    check_ok(decide(*state, ANA, id, "approve", NULL, &err), &err);
    assert_string_equal(state_of(*state, id, now), "approved");
    assert_int_equal(faults_of(*state, id, why), 0);
}

static void two_of_two_need_two_people(void **state)
{
    char now[32];
    ku_error err = {0};
    office_fixture *f = *state;
    office_sql(f->workspace, "UPDATE route_rule SET needed = 2 WHERE id IN (2, 3)");
    int64_t id = ask(f, CITRA, "5000.00");
    check_ok(decide(f, BUDI, id, "approve", NULL, &err), &err);
    /* Budi also stands in for Dewi: the same person still counts once. */
    office_sql(f->workspace,
               "INSERT INTO delegation (id, version, state, created, changed, number, position,"
               " holder, deputy, scope, starts, ends) VALUES (9, 1, 'active', 0, 0, 'D-2026-009',"
               " 4, 4, 2, 'all', date('now'), date('now'))");
    check_fails(KU_NOT_ALLOWED, "not yours", decide(f, BUDI, id, "approve", NULL, &err), &err);
    check_ok(decide(f, DEWI, id, "approve", NULL, &err), &err);
    check_ok(decide(f, ANA, id, "approve", NULL, &err), &err);
    assert_string_equal(state_of(f, id, now), "approved");
}

static void nobody_approves_their_own(void **state)
{
    ku_error err = {0};
    int64_t id = ask(*state, BUDI, "10.00");
    check_fails(KU_NOT_ALLOWED, "their own", decide(*state, BUDI, id, "approve", NULL, &err), &err);
    /* Nor does their deputy in their stead. */
    stand_in(*state, "all", "NULL");
    check_fails(KU_NOT_ALLOWED, "not yours", decide(*state, CITRA, id, "approve", NULL, &err),
                &err);
}

static void a_deputy_decides_within_the_order(void **state)
{
    char now[32], why[128];
    ku_error err = {0};
    office_fixture *f = *state;
    stand_in(f, "decide", "50000");
    int64_t small = ask(f, HADI, "500.00"), large = ask(f, HADI, "500.01");
    check_fails(KU_NOT_ALLOWED, "no order in force reaches",
                decide(f, CITRA, large, "approve", NULL, &err), &err);
    check_ok(decide(f, CITRA, small, "approve", NULL, &err), &err);
    assert_string_equal(state_of(f, small, now), "approved");
    assert_int_equal(faults_of(f, small, why), 0);
    office_sql(f->workspace, "UPDATE delegation SET amount = NULL, state = 'revoked'");
    check_fails(KU_NOT_ALLOWED, "", decide(f, CITRA, large, "approve", NULL, &err), &err);
    office_sql(f->workspace,
               "UPDATE delegation SET state = 'active', ends = date('now', '-1 day')");
    check_fails(KU_NOT_ALLOWED, "", decide(f, CITRA, large, "approve", NULL, &err), &err);
    office_sql(f->workspace, "UPDATE delegation SET ends = date('now'), scope = 'document'");
    check_fails(KU_NOT_ALLOWED, "", decide(f, CITRA, large, "approve", NULL, &err), &err);
    /* Whose holder does not hold the position any more hands nothing on. */
    office_sql(f->workspace, "UPDATE delegation SET scope = 'all';"
                             "UPDATE assignment SET ends = date('now', '-1 day') WHERE person = 2");
    check_fails(KU_NOT_ALLOWED, "", decide(f, CITRA, large, "approve", NULL, &err), &err);
}

static void returned_with_remarks_and_refused(void **state)
{
    char now[32];
    ku_error err = {0};
    int64_t id = ask(*state, CITRA, "10.00");
    check_fails(KU_BAD_DATA, "needs a reason", decide(*state, BUDI, id, "return", NULL, &err),
                &err);
    check_ok(decide(*state, BUDI, id, "return", "the offer is missing", &err), &err);
    assert_string_equal(state_of(*state, id, now), "returned");
    check_fails(KU_CONFLICT, "", decide(*state, BUDI, id, "approve", NULL, &err), &err);
    check_ok(decide(*state, CITRA, id, "withdraw", "asked anew", &err), &err);
    id = ask(*state, CITRA, "10.00");
    check_ok(decide(*state, BUDI, id, "refuse", "no", &err), &err);
    assert_string_equal(state_of(*state, id, now), "refused");
}

static void what_is_late_expires(void **state)
{
    char now[32];
    int64_t count;
    ku_error err = {0};
    office_fixture *f = *state;
    int64_t id = ask(f, CITRA, "10.00");
    office_sql(f->workspace, "UPDATE approval SET due = date('now', '-1 day')");
    check_fails(KU_CONFLICT, "to be decided by", decide(f, BUDI, id, "approve", NULL, &err), &err);
    ku_office *office = office_as(f, ANA, true);
    check_ok(ku_approval_expire(office, &count, &err), &err);
    check_ok(ku_office_commit(office, &err), &err);
    ku_office_end(office);
    assert_int_equal(count, 1);
    assert_string_equal(state_of(f, id, now), "expired");
}

static void what_changed_is_not_approved(void **state)
{
    ku_error err = {0};
    office_fixture *f = *state;
    int64_t id = ask(f, CITRA, "10.00");
    office_sql(f->workspace, "UPDATE approval SET amount = 90000");
    check_fails(KU_CONFLICT, "has changed", decide(f, BUDI, id, "approve", NULL, &err), &err);
}

static void signing_takes_a_confirmed_session(void **state)
{
    ku_error err = {0};
    office_fixture *f = *state;
    int64_t id = ask(f, CITRA, "10.00");
    office_sql(f->workspace, "UPDATE user_session SET confirmed = 0");
    check_fails(KU_NOT_ALLOWED, "confirm who you are", decide(f, BUDI, id, "approve", NULL, &err),
                &err);
}

static void a_tampered_decision_is_found(void **state)
{
    static const struct {
        const char *sql, *why;
    } cases[] = {
        {"UPDATE approval_decision SET decision = 'refuse'", "signature"},
        {"UPDATE approval_decision SET person = 4", "signature"},
        {"UPDATE approval_decision SET remarks = 'fine'", "signature"},
        {"UPDATE approval_decision SET public_key = replace(public_key, 'a', 'b')", "signature"},
        {"UPDATE approval SET content = 'x'", "something else"},
        {"UPDATE person_signer SET public = zeroblob(32)", "not that person's"},
        {"UPDATE assignment SET starts = '2999-01-01' WHERE person = 2", "not held"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char why[128];
        void *own = NULL;
        ku_error err = {0};
        make(&own);
        int64_t id = ask(own, CITRA, "10.00");
        check_ok(decide(own, BUDI, id, "approve", NULL, &err), &err);
        office_sql(((office_fixture *)own)->workspace, cases[i].sql);
        assert_int_equal(faults_of(own, id, why), 1);
        if (strstr(why, cases[i].why) == NULL) fail_msg("%s: %s", cases[i].sql, why);
        clear(&own);
    }
    (void)state;
}

static void without_a_route_nothing_is_asked(void **state)
{
    int64_t id;
    ku_error err = {0};
    office_sql(((office_fixture *)*state)->workspace, "DELETE FROM route_rule WHERE id = 1");
    check_fails(KU_CONFLICT, "no route",
                try_ask(*state, CITRA,
                        "{\"title\":\"Deal\",\"kind\":\"spend\",\"amount\":\"5.00\"}", &id, &err),
                &err);
    check_fails(KU_BAD_DATA, "the matrix goes by it",
                try_ask(*state, CITRA, "{\"title\":\"Deal\",\"kind\":\"spend\"}", &id, &err), &err);
}

static void the_simulator_names_people_orders_and_gaps(void **state)
{
    json_t *route;
    ku_error err = {0};
    office_fixture *f = *state;
    char today[KU_DATE_TEXT];
    stand_in(f, "all", "500000");
    office_sql(f->workspace, "DELETE FROM assignment WHERE person = 4");
    ku_office *office = office_as(f, ANA, false);
    const ku_signing signing = {.kind = "spend",
                                .has_amount = true,
                                .amount = 400000,
                                .unit = 3,
                                .date = ku_date_format(ku_today(), today)};
    check_ok(ku_approval_route(office, &signing, &route, &err), &err);
    assert_int_equal(json_array_size(route), 3);
    json_t *people = json_object_get(json_array_get(route, 0), "people");
    assert_int_equal(json_array_size(people), 2);
    json_t *deputy = json_array_get(people, 1);
    assert_string_equal(json_string_value(json_object_get(deputy, "name")), "Citra Lestari");
    assert_string_equal(json_string_value(json_object_get(deputy, "order")), "D-2026-001");
    assert_int_equal(json_integer_value(json_object_get(deputy, "up_to")), 500000);
    assert_true(json_is_string(json_object_get(json_array_get(route, 1), "gap")));
    json_decref(route);
    ku_office_end(office);
}

static void the_inbox_holds_what_is_mine_to_decide(void **state)
{
    json_t *items;
    ku_error err = {0};
    office_fixture *f = *state;
    ask(f, CITRA, "10.00");
    ask(f, BUDI, "20.00");
    stand_in(f, "all", "NULL");
    ku_office *office = office_as(f, BUDI, false);
    check_ok(ku_approval_waiting(office, &items, &err), &err);
    assert_int_equal(json_array_size(items), 1); /* not his own */
    json_decref(items);
    ku_office_end(office);
    ask(f, HADI, "30.00");
    office = office_as(f, CITRA, false);
    check_ok(ku_approval_waiting(office, &items, &err), &err);
    assert_int_equal(json_array_size(items), 1); /* not hers, not Budi's own */
    assert_string_equal(json_string_value(json_object_get(json_array_get(items, 0), "stead")),
                        "Budi Santoso");
    json_decref(items);
    ku_office_end(office);
}

static void holes_and_overlaps_of_the_matrix_are_told(void **state)
{
    json_t *faults;
    ku_error err = {0};
    office_fixture *f = *state;
    ku_office *office = office_as(f, ANA, false);
    check_ok(ku_approval_matrix_faults(office, &faults, &err), &err);
    assert_int_equal(json_array_size(faults), 0);
    json_decref(faults);
    ku_office_end(office);
    office_sql(f->workspace, "UPDATE route_rule SET lowest = 150000 WHERE id IN (2, 3)");
    office = office_as(f, ANA, false);
    check_ok(ku_approval_matrix_faults(office, &faults, &err), &err);
    assert_string_equal(
        json_string_value(json_array_get(faults, 0)),
        "Spending of units without lines of their own: nobody signs from €1,000.00 to "
        "€1,500.00");
    json_decref(faults);
    ku_office_end(office);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        T(one_signature_is_enough_below_the_band),
        T(one_of_two_then_the_director),
        T(two_of_two_need_two_people),
        T(nobody_approves_their_own),
        T(a_deputy_decides_within_the_order),
        T(returned_with_remarks_and_refused),
        T(what_is_late_expires),
        T(what_changed_is_not_approved),
        T(signing_takes_a_confirmed_session),
        cmocka_unit_test(a_tampered_decision_is_found),
        T(without_a_route_nothing_is_asked),
        T(the_simulator_names_people_orders_and_gaps),
        T(the_inbox_holds_what_is_mine_to_decide),
        T(holes_and_overlaps_of_the_matrix_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
