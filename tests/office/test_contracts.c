/* test_contracts.c - contracts and what is owed by them. */
#include "documents_support.h"

static const ku_entity *const contract = &ku_entity_contract;
static const ku_entity *const obligation = &ku_entity_obligation;

static int64_t drafted(documents *d, const char *amount)
{
    return add(d, CITRA, contract,
               ku_arena_printf(d->arena,
                               "{\"title\":\"Posters\",\"party\":%" PRId64
                               ",\"unit\":3,\"amount\":%s,\"starts\":\"2026-01-01\"}",
                               d->party, amount));
}

static void a_contract_takes_its_course(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = drafted(d, "null");
    check_fails(KU_CONFLICT, "amount", try_move(d, CITRA, contract, id, "agree", NULL, NULL, &err),
                &err);
    id = drafted(d, "\"1200.50\"");
    move(d, CITRA, contract, id, "agree", NULL, NULL);
    assert_int_not_equal(try_move(d, CITRA, contract, id, "sign", NULL, NULL, &err), KU_OK);
    move(d, BUDI, contract, id, "sign", NULL, NULL);
    assert_true(*text_in(d, contract, id, "signed") != '\0');
    move(d, BUDI, contract, id, "enforce", NULL, NULL);
    check_fails(KU_CONFLICT, "cannot be done",
                try_move(d, BUDI, contract, id, "drop", NULL, "regret", &err), &err);
    move(d, BUDI, contract, id, "end", NULL, "fulfilled");
}

static void nobody_signs_their_own(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = add(d, BUDI, contract,
                     ku_arena_printf(d->arena,
                                     "{\"title\":\"Mine\",\"party\":%" PRId64
                                     ",\"unit\":2,\"amount\":\"1\"}",
                                     d->party));
    move(d, BUDI, contract, id, "agree", NULL, NULL);
    check_fails(KU_NOT_ALLOWED, "their own",
                try_move(d, BUDI, contract, id, "sign", NULL, NULL, &err), &err);
}

/* Hadi stands in for Ana up to 1,000.00. */
static void a_deputy_signs_up_to_the_orders_amount(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    office_sql(d->f.workspace,
               "INSERT INTO delegation (id, version, state, created, changed, number, position,"
               " holder, deputy, scope, amount, starts, ends) VALUES (1, 1, 'active', 0, 0,"
               " 'D-1', 1, 1, 8, 'all', 100000, '2020-01-01', '2099-12-31')");
    int64_t small = drafted(d, "\"1000.00\""), large = drafted(d, "\"1000.01\"");
    move(d, CITRA, contract, small, "agree", NULL, NULL);
    move(d, CITRA, contract, large, "agree", NULL, NULL);
    check_fails(KU_NOT_ALLOWED, "does not reach to an amount of 1000.01",
                try_move(d, HADI, contract, large, "sign", NULL, NULL, &err), &err);
    move(d, HADI, contract, small, "sign", NULL, NULL);
    /* Both names are in the log. */
    assert_int_equal(number_of(d, "SELECT count(*) FROM event WHERE action = 'sign' AND person = 8"
                                  " AND stead = 1 AND delegation = 1"),
                     1);
}

static void what_is_agreed_stays(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = drafted(d, "\"10\"");
    move(d, CITRA, contract, id, "agree", NULL, NULL);
    ku_office *office = office_as(&d->f, CITRA, true);
    json_t *values = json_of("{\"amount\":\"99999\"}");
    check_fails(KU_CONFLICT, "is agreed",
                ku_record_change(office, contract, id, 2, values, NULL, &err), &err);
    ku_office_end(office);
    json_decref(values);
    int64_t got;
    check_fails(KU_BAD_DATA, "before the first",
                try_add(d, CITRA, contract,
                        ku_arena_printf(d->arena,
                                        "{\"title\":\"x\",\"party\":%" PRId64
                                        ",\"unit\":3,\"starts\":\"2026-02-01\","
                                        "\"ends\":\"2026-01-01\"}",
                                        d->party),
                        &got, &err),
                &err);
}

static void what_is_owed_is_accepted_by_another(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = drafted(d, "\"10\"");
    int64_t owed = add(d, CITRA, obligation,
                       ku_arena_printf(d->arena,
                                       "{\"contract\":%" PRId64 ",\"deliverable\":\"100 posters\","
                                       "\"due\":\"2026-12-01\"}",
                                       id));
    check_fails(KU_CONFLICT, "not in force",
                try_move(d, CITRA, obligation, owed, "deliver", NULL, NULL, &err), &err);
    move(d, CITRA, contract, id, "agree", NULL, NULL);
    move(d, BUDI, contract, id, "sign", NULL, NULL);
    move(d, CITRA, contract, id, "enforce", NULL, NULL);
    move(d, CITRA, obligation, owed, "deliver", NULL, NULL);
    assert_int_not_equal(try_move(d, CITRA, obligation, owed, "accept", NULL, NULL, &err), KU_OK);
    /* Another unit's head does not see the contract, so none of its parts. */
    check_fails(KU_NOT_FOUND, "", try_move(d, DEWI, obligation, owed, "accept", NULL, NULL, &err),
                &err);
    move(d, BUDI, obligation, owed, "accept", NULL, NULL);
    json_t *record = whole(d, obligation, owed);
    assert_int_equal(ku_member_id(record, "accepted_by"), BUDI);
    json_decref(record);
}

int main(void)
{
#define WITH_DOCUMENTS(test) cmocka_unit_test_setup_teardown(test, documents_make, documents_clear)
    const struct CMUnitTest tests[] = {
        WITH_DOCUMENTS(a_contract_takes_its_course),
        WITH_DOCUMENTS(nobody_signs_their_own),
        WITH_DOCUMENTS(a_deputy_signs_up_to_the_orders_amount),
        WITH_DOCUMENTS(what_is_agreed_stays),
        WITH_DOCUMENTS(what_is_owed_is_accepted_by_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
