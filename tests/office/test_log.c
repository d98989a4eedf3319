/* test_log.c - the log and the reasons, as different people see them; and that nobody comes by
 * rights of their own doing. */
#include "office_support.h"

#include "access/event.h"
#include "office/log.h"

static office_fixture f;

/* Fitri gives Citra a phone number and a new name. */
static int setup(void **state)
{
    ku_error err = {0};
    (void)state;
    office_make(&f);
    ku_office *office = office_as(&f, FITRI, true);
    json_t *values = json_pack("{s:s, s:s}", "phone", "+62 21 555", "name", "Citra Dewi");
    check_ok(ku_record_change(office, ku_entity_find("person"), CITRA, 1, values, "married", &err),
             &err);
    json_decref(values);
    check_ok(ku_office_commit(office, &err), &err);
    ku_office_end(office);
    ku_who nobody = {.kind = KU_WHO_NOBODY, .via = "web"};
    check_ok(ku_event_denied(f.workspace, &nobody, "GET /api/v1/runs", "sign in first", &err),
             &err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    office_clear(&f);
    return 0;
}

static const json_t *find(const json_t *items, const char *action)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)(uintptr_t)items, i, item)
    {
        if (strcmp(json_string_value(json_object_get(item, "action")), action) == 0) return item;
    }
    return NULL;
}

static const char *text(const json_t *item, const char *key)
{
    const char *value = json_string_value(json_object_get(item, key));
    return value != NULL ? value : "";
}

static void a_reader_of_the_log_sees_what_they_may(void **state)
{
    (void)state;
    static const struct {
        int person;
        bool phone;
    } readers[] = {{ANA, true}, {EKO, false}, {GITA, false}};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        json_t *items;
        int64_t next;
        ku_error err = {0};
        ku_office *office = office_as(&f, readers[i].person, false);
        check_ok(ku_log_list(office, &(ku_log_query){.entity = "person"}, &items, &next, &err),
                 &err);
        const json_t *change = find(items, "change");
        assert_non_null(change);
        assert_string_equal(text(change, "who"), "Fitri Handayani");
        assert_string_equal(text(change, "label"), "Citra Dewi");
        assert_string_equal(text(change, "reason"), "married");
        const json_t *changed = json_object_get(change, "changed");
        assert_string_equal(
            json_string_value(json_array_get(json_object_get(changed, "name"), 0)),
            "Citra Lestari");
        assert_int_equal(json_object_get(changed, "phone") != NULL, readers[i].phone);
        ku_office_end(office);
    }
}

static void others_do_not_read_the_log(void **state)
{
    (void)state;
    static const int others[] = {BUDI, CITRA, DEWI, FITRI, HADI};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        json_t *items;
        int64_t next;
        ku_error err = {0};
        ku_office *office = office_as(&f, others[i], false);
        check_fails(KU_NOT_ALLOWED, "Auditor",
                    ku_log_list(office, &(ku_log_query){.limit = 1}, &items, &next, &err), &err);
        ku_office_end(office);
    }
}

static void refusals_are_in_it(void **state)
{
    (void)state;
    json_t *items;
    int64_t next;
    ku_error err = {0};
    ku_office *office = office_as(&f, GITA, false);
    check_ok(ku_log_list(office, &(ku_log_query){.action = "denied"}, &items, &next, &err), &err);
    assert_int_equal(json_array_size(items), 1);
    assert_string_equal(text(json_array_get(items, 0), "what"), "GET /api/v1/runs");
    assert_string_equal(text(json_array_get(items, 0), "who"), "nobody");
    ku_office_end(office);
}

/* Pages do not overlap and leave nothing out. */
static void pages_follow_each_other(void **state)
{
    (void)state;
    json_t *items;
    int64_t next = 0, seen = 0, last = INT64_MAX;
    ku_error err = {0};
    ku_office *office = office_as(&f, GITA, false);
    do {
        ku_log_query query = {.before = next, .limit = 1};
        check_ok(ku_log_list(office, &query, &items, &next, &err), &err);
        assert_int_equal(json_array_size(items), 1);
        int64_t seq = json_integer_value(json_object_get(json_array_get(items, 0), "seq"));
        assert_true(seq < last);
        last = seq;
        seen++;
    } while (next != 0);
    assert_int_equal(last, 1);
    assert_true(seen >= 2);
    ku_office_end(office);
}

/* ---- why ------------------------------------------------------------------------------------------- */

static ku_status explain(int asker, int person, int64_t id, unsigned action, bool *allowed,
                         char because[512], ku_error *err)
{
    json_t *explained;
    ku_office *office = office_as(&f, asker, false);
    ku_status status = ku_record_explain(office, ku_entity_find("person"), id, action, person,
                                         &explained, err);
    if (status == KU_OK) {
        *allowed = json_is_true(json_object_get(explained, "allowed"));
        ku_text_copy(because, 512, text(explained, "because"));
        assert_int_equal(json_array_size(json_object_get(explained, "actions")), 7);
        assert_int_equal(office->actor->person, asker); /* given back */
    }
    ku_office_end(office);
    return status;
}

static void it_says_why(void **state)
{
    (void)state;
    bool allowed;
    char because[512];
    ku_error err = {0};
    check_ok(explain(FITRI, 0, CITRA, KU_CHANGE, &allowed, because, &err), &err);
    assert_true(allowed);
    assert_string_equal(because, "Fitri Handayani may change this person: as Personnel officer, as "
                                 "they may with all.");
    check_ok(explain(HADI, 0, CITRA, KU_CHANGE, &allowed, because, &err), &err);
    assert_false(allowed);
    assert_non_null(strstr(because, "Hadi Nugroho may not change this person"));
    assert_non_null(strstr(because, "Personnel"));
    check_ok(explain(GITA, HADI, CITRA, KU_CHANGE, &allowed, because, &err), &err);
    assert_false(allowed);
    assert_non_null(strstr(because, "Hadi Nugroho may not"));
    check_ok(explain(GITA, FITRI, 0, KU_ADD, &allowed, because, &err), &err);
    assert_true(allowed);
}

static void who_asks_about_others_reads_the_log(void **state)
{
    (void)state;
    bool allowed;
    char because[512];
    ku_error err = {0};
    check_fails(KU_NOT_ALLOWED, "rights of others",
                explain(HADI, FITRI, CITRA, KU_SEE, &allowed, because, &err), &err);
    check_fails(KU_NOT_FOUND, "", explain(GITA, 99, CITRA, KU_SEE, &allowed, because, &err), &err);
    check_fails(KU_NOT_FOUND, "", explain(GITA, 0, 99, KU_SEE, &allowed, because, &err), &err);
}

/* Positions carry rights. */
static void nobody_assigns_themselves(void **state)
{
    (void)state;
    static const int arrangers[] = {EKO, FITRI, ANA};
    for (size_t i = 0; i < 3; i++) {
        int64_t id;
        ku_error err = {0};
        ku_office *office = office_as(&f, arrangers[i], true);
        json_t *values = json_pack("{s:i, s:i, s:s, s:b}", "person", arrangers[i], "position", BUDI,
                                   "starts", "2026-01-01", "acting", 1);
        check_fails(KU_NOT_ALLOWED, "to themselves",
                    ku_record_add(office, ku_entity_find("assignment"), values, NULL, &id, &err),
                    &err);
        json_object_set_new(values, "person", json_integer(HADI));
        check_ok(ku_record_add(office, ku_entity_find("assignment"), values, NULL, &id, &err),
                 &err);
        json_decref(values);
        ku_office_end(office);
    }
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_of_the_log_sees_what_they_may),
        cmocka_unit_test(others_do_not_read_the_log),
        cmocka_unit_test(refusals_are_in_it),
        cmocka_unit_test(pages_follow_each_other),
        cmocka_unit_test(it_says_why),
        cmocka_unit_test(who_asks_about_others_reads_the_log),
        cmocka_unit_test(nobody_assigns_themselves),
    };
    return cmocka_run_group_tests_name("office: log", tests, setup, teardown);
}
