/* test_personal.c - what is held on a person is given to them whole and to nobody else; once
 * erased it cannot be found anywhere in the workspace's files, and the log still holds. */
#include "office_support.h"

#include "access/event.h"
#include "office/personal/personal.h"

/* Words that stand nowhere else. */
#define PHONE   "555-0177-PHONE"
#define STREET  "Jalan Unik 77"
#define AILMENT "broken collarbone"
#define NAME    "Hadi Nugroho"

static office_fixture f;

static void commit(ku_office *office)
{
    ku_error err = {0};
    check_ok(ku_office_commit(office, &err), &err);
    ku_office_end(office);
}

static int64_t number(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    bool row;
    ku_error err = {0};
    check_ok(ku_workspace_reader(f.workspace, &db, &err), &err);
    check_ok(ku_sql_prepare(db, &statement, &err, sql, ""), &err);
    check_ok(ku_sql_step(&statement, &row, &err), &err);
    assert_true(row);
    int64_t found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    ku_workspace_reader_done(f.workspace, db);
    return found;
}

static int64_t version_of(const char *entity, int64_t id)
{
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT version FROM %s WHERE id = %lld", entity, (long long)id);
    return number(sql);
}

static void change(int as, const char *entity, int64_t id, json_t *values)
{
    ku_error err = {0};
    int64_t version = version_of(entity, id);
    ku_office *office = office_as(&f, as, true);
    check_ok(ku_record_change(office, ku_entity_find(entity), id, version, values, NULL, &err),
             &err);
    json_decref(values);
    commit(office);
}

static int64_t add(int as, const char *entity, json_t *values)
{
    int64_t id = 0;
    ku_error err = {0};
    ku_office *office = office_as(&f, as, true);
    check_ok(ku_record_add(office, ku_entity_find(entity), values, NULL, &id, &err), &err);
    json_decref(values);
    commit(office);
    return id;
}

static ku_status move(int as, const char *entity, int64_t id, const char *step, const char *reason,
                      ku_error *err)
{
    int64_t version = version_of(entity, id);
    ku_office *office = office_as(&f, as, true);
    ku_status status = ku_record_move(office, ku_entity_find(entity), id, version, step, NULL,
                                      reason, err);
    if (status == KU_OK) status = ku_office_commit(office, err);
    ku_office_end(office);
    return status;
}

static int setup(void **state)
{
    (void)state;
    office_make(&f);
    change(EKO, "app_user", HADI, json_pack("{s:s}", "name", "hadi.driver"));
    change(FITRI, "person", HADI,
           json_pack("{s:s, s:s, s:s}", "phone", PHONE, "address", STREET, "name", NAME));
    add(HADI, "absence", json_pack("{s:s, s:s, s:s}", "starts", "2026-03-02", "ends", "2026-03-06",
                                   "notes", AILMENT));
    change(FITRI, "person", BUDI, json_pack("{s:s}", "phone", "of somebody else"));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    office_clear(&f);
    return 0;
}

/* ---- export ------------------------------------------------------------------------------------- */

static ku_status export_text(ku_who who, int64_t person, ku_text *text, ku_error *err)
{
    ku_office *office;
    json_t *held;
    KU_TRY(ku_office_begin(f.workspace, &who, true, &office, err));
    ku_status status = ku_personal_export(office, person, &held, err);
    if (status == KU_OK) ku_json_dump(held, text);
    if (status == KU_OK) status = ku_office_commit(office, err);
    ku_office_end(office);
    return status;
}

static void all_that_is_held_is_given_out(void **state)
{
    (void)state;
    static const char *const words[] = {PHONE,         STREET,           AILMENT, NAME,
                                        "Assignments", "\"sessions\"", "hadi.driver"};
    ku_who asking[] = {office_who(HADI), office_who(FITRI),
                       {.kind = KU_WHO_LOCAL, .via = "cli", .name = "root"}};
    for (size_t a = 0; a < 3; a++) {
        ku_text text = {0};
        ku_error err = {0};
        check_ok(export_text(asking[a], HADI, &text, &err), &err);
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            if (strstr(ku_text_string(&text), words[i]) == NULL)
                print_error("\"%s\" is missing:\n%s\n", words[i], ku_text_string(&text));
            assert_non_null(strstr(ku_text_string(&text), words[i]));
        }
        assert_null(strstr(ku_text_string(&text), "of somebody else"));
        ku_text_clear(&text);
    }
    assert_int_equal(number("SELECT count(*) FROM event WHERE action = 'personal-export'"), 3);
}

static void nobody_else_gets_it(void **state)
{
    (void)state;
    ku_who others[] = {office_who(BUDI), office_who(EKO), office_who(GITA), office_who(CITRA),
                       {.kind = KU_WHO_LOCAL, .via = "web", .name = "web"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        ku_text text = {0};
        ku_error err = {0};
        check_fails(KU_NOT_ALLOWED, "given to the person",
                    export_text(others[i], HADI, &text, &err), &err);
        ku_text_clear(&text);
    }
}

/* ---- requests -------------------------------------------------------------------------------------- */

static void a_request_is_due_in_a_month(void **state)
{
    (void)state;
    int64_t id = add(FITRI, "personal_request",
                     json_pack("{s:i, s:s, s:s}", "person", HADI, "kind", "correction", "received",
                               "2026-01-31"));
    char sql[200];
    snprintf(sql, sizeof sql,
             "SELECT due = '2026-02-28' FROM personal_request WHERE id = %lld", (long long)id);
    assert_int_equal(number(sql), 1);
    ku_error err = {0};
    ku_office *office = office_as(&f, FITRI, true);
    json_t *values = json_pack("{s:i, s:s}", "person", HADI, "received", "2999-01-01");
    check_fails(KU_BAD_DATA, "still to come",
                ku_record_add(office, ku_entity_find("personal_request"), values, NULL, &id, &err),
                &err);
    json_decref(values);
    ku_office_end(office);
}

static void ones_own_request_is_decided_by_another(void **state)
{
    (void)state;
    ku_error err = {0};
    int64_t id = add(FITRI, "personal_request",
                     json_pack("{s:i, s:s}", "person", FITRI, "kind", "export"));
    check_fails(KU_NOT_ALLOWED, "their own",
                move(FITRI, "personal_request", id, "fulfil", NULL, &err), &err);
}

/* ---- erasure ------------------------------------------------------------------------------------------ */

/* Whether the words stand anywhere in the file. */
static bool file_holds(const char *name, const char *words)
{
    char path[3 * PLACE];
    size_t length;
    char *bytes;
    ku_error err = {0};
    ku_arena *arena = ku_arena_new();
    snprintf(path, sizeof path, "%s/%s", ku_workspace_path(f.workspace), name);
    bool there = ku_file_exists(path);
    if (there) {
        check_ok(ku_file_read(path, 1 << 28, arena, &bytes, &length, &err), &err);
        there = memmem(bytes, length, words, strlen(words)) != NULL;
    }
    ku_arena_free(arena);
    return there;
}

static int64_t erasure_of_hadi(void)
{
    return add(HADI, "personal_request", json_pack("{s:s}", "kind", "erasure"));
}

static void who_works_here_is_not_erased(void **state)
{
    (void)state;
    ku_error err = {0};
    int64_t id = erasure_of_hadi();
    check_fails(KU_CONFLICT, "still with the company",
                move(FITRI, "personal_request", id, "fulfil", NULL, &err), &err);
    assert_int_equal(number("SELECT count(*) FROM person_key WHERE destroyed IS NOT NULL"), 0);
}

static void erasing_leaves_numbers_and_the_chain(void **state)
{
    (void)state;
    static const char *const words[] = {PHONE, STREET, AILMENT, NAME, "Hadi", "hadi"};
    ku_error err = {0};
    int64_t id = number("SELECT max(id) FROM personal_request");
    int64_t absences = number("SELECT count(*) FROM absence");
    int64_t events = number("SELECT count(*) FROM event");
    assert_true(file_holds("office.db", NAME) || file_holds("office.db-wal", NAME));
    check_ok(move(FITRI, "person", HADI, "leave", "retired", &err), &err);
    check_ok(move(FITRI, "personal_request", id, "fulfil", NULL, &err), &err);
    check_ok(ku_personal_sweep(f.workspace, &err), &err);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        bool held = file_holds("office.db", words[i]) || file_holds("office.db-wal", words[i]);
        if (held) print_error("\"%s\" is still in office.db\n", words[i]);
        assert_false(held);
    }
    assert_int_equal(number("SELECT name = 'Erased person 8' AND state = 'erased' FROM person"
                            " WHERE id = 8"),
                     1);
    assert_int_equal(number("SELECT count(*) FROM absence"), absences);
    assert_true(number("SELECT count(*) FROM event") > events);
    assert_int_equal(number("SELECT count(*) FROM user_session WHERE user = 8 AND revoked IS"
                            " NULL"),
                     0);
    assert_int_equal(number("SELECT count(*) FROM person_search WHERE person_search MATCH"
                            " 'hadi'"),
                     0);
    check_ok(ku_events_verify(f.workspace, NULL, NULL, &err), &err);
}

static void the_erased_person_is_still_a_record(void **state)
{
    (void)state;
    json_t *record, *items;
    ku_error err = {0};
    ku_office *office = office_as(&f, FITRI, true);
    check_ok(ku_record_get(office, ku_entity_find("person"), HADI, &record, &err), &err);
    assert_string_equal(json_string_value(json_object_get(record, "name")), "Erased person 8");
    assert_true(json_is_null(json_object_get(record, "phone")));
    check_ok(ku_record_history(office, ku_entity_find("person"), HADI, &items, &err), &err);
    assert_true(json_array_size(items) >= 3);
    check_ok(ku_record_get(office, ku_entity_find("absence"), 1, &record, &err), &err);
    assert_true(json_is_null(json_object_get(record, "notes")));
    check_fails(KU_CONFLICT, "erased already",
                ku_personal_erase(office, HADI, "again", &err), &err);
    ku_office_end(office);
    ku_who hadi = office_who(HADI);
    assert_int_equal(ku_office_begin(f.workspace, &hadi, false, &office, &err), KU_NOT_ALLOWED);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_held_is_given_out),
        cmocka_unit_test(nobody_else_gets_it),
        cmocka_unit_test(a_request_is_due_in_a_month),
        cmocka_unit_test(ones_own_request_is_decided_by_another),
        cmocka_unit_test(who_works_here_is_not_erased),
        cmocka_unit_test(erasing_leaves_numbers_and_the_chain),
        cmocka_unit_test(the_erased_person_is_still_a_record),
    };
    return cmocka_run_group_tests_name("office: personal data", tests, setup, teardown);
}
