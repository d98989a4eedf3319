/* test_acks.c - taking note of documents, and reminders of what is due. */
#include "documents_support.h"

static const ku_entity *const document = &ku_entity_document;
static const ku_entity *const ack = &ku_entity_ack;

static const char *ack_state(documents *d, int64_t id)
{
    return text_in(d, ack, id, "state");
}

static int64_t in_force(documents *d)
{
    int64_t id = registered(d, d->order, "Safety at fairs");
    move(d, HADI, document, id, "enforce", NULL, NULL);
    return id;
}

static void read_newest(documents *d, int person, int64_t id)
{
    ku_error err = {0};
    ku_version_content content;
    ku_who who = office_who(person);
    check_ok(ku_document_read(d->f.workspace, &who, id, 0, d->arena, &content, &err), &err);
}

static void a_unit_is_asked(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = in_force(d);
    check_fails(KU_BAD_DATA, "a person or a unit",
                try_move(d, HADI, document, id, "acquaint", "{\"due\":\"2099-01-01\"}", NULL, &err),
                &err);
    move(d, HADI, document, id, "acquaint", "{\"unit\":2,\"due\":\"2099-01-01\"}", NULL);
    /* Marketing's Budi and Design's Citra; asked again nobody is asked twice. */
    assert_int_equal(number_of(d, "SELECT count(*) FROM ack"), 2);
    move(d, HADI, document, id, "acquaint", "{\"unit\":2,\"due\":\"2099-01-01\"}", NULL);
    assert_int_equal(number_of(d, "SELECT count(*) FROM ack"), 2);
    assert_int_equal(number_of(d, "SELECT count(*) FROM ack WHERE person IN (2, 3)"), 2);
}

static int64_t asked_of_citra(documents *d, int64_t id)
{
    return add(d, HADI, ack,
               ku_arena_printf(
                   d->arena, "{\"document\":%" PRId64 ",\"person\":3,\"due\":\"2099-01-01\"}", id));
}

static void it_is_opened_then_signed(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = in_force(d), of = asked_of_citra(d, id);
    check_fails(KU_CONFLICT, "cannot be done",
                try_move(d, CITRA, ack, of, "sign", NULL, NULL, &err), &err);
    read_newest(d, BUDI, id); /* another's reading counts for nothing */
    assert_string_equal(ack_state(d, of), "due");
    read_newest(d, CITRA, id);
    assert_string_equal(ack_state(d, of), "seen");
    assert_int_equal(number_of(d, "SELECT seen IS NOT NULL AND signed IS NULL FROM ack"), 1);
    assert_int_not_equal(try_move(d, HADI, ack, of, "sign", NULL, NULL, &err), KU_OK);
    /* Signing takes one who has just shown who they are. */
    office_sql(d->f.workspace, "UPDATE user_session SET confirmed = 0 WHERE id = 3");
    check_fails(KU_NOT_ALLOWED, "confirm who you are",
                try_move(d, CITRA, ack, of, "sign", NULL, NULL, &err), &err);
    office_sql(d->f.workspace, "UPDATE user_session SET confirmed = seen WHERE id = 3");
    move(d, CITRA, ack, of, "sign", NULL, NULL);
    assert_string_equal(ack_state(d, of), "signed");
    assert_int_equal(number_of(d, "SELECT signed IS NOT NULL FROM ack"), 1);
}

static void a_new_version_asks_anew(void **state)
{
    documents *d = *state;
    int64_t id = in_force(d), of = asked_of_citra(d, id);
    move(d, HADI, document, id, "acquaint", "{\"person\":2,\"due\":\"2099-01-01\"}", NULL);
    read_newest(d, CITRA, id);
    move(d, CITRA, ack, of, "sign", NULL, NULL);
    upload(d, CITRA, id, "b.txt", made_text("Safety at fairs, with helmets"));
    /* What was signed stays signed; what was not is overtaken; both are asked again. */
    assert_string_equal(ack_state(d, of), "signed");
    assert_int_equal(number_of(d, "SELECT count(*) FROM ack WHERE state = 'overtaken'"), 1);
    assert_int_equal(number_of(d, "SELECT count(*) FROM ack WHERE state = 'due' AND of ="
                                  " (SELECT max(id) FROM document_version)"),
                     2);
}

static void nobody_signs_for_what_they_may_not_open(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = in_force(d), got;
    const char *dewi = ku_arena_printf(
        d->arena, "{\"document\":%" PRId64 ",\"person\":4,\"due\":\"2099-01-01\"}", id);
    check_fails(KU_CONFLICT, "Dewi Anggraini may not open", try_add(d, HADI, ack, dewi, &got, &err),
                &err);
    /* Of a unit all are asked or none. */
    check_fails(KU_CONFLICT, "Dewi Anggraini may not open",
                try_move(d, HADI, document, id, "acquaint", "{\"unit\":1,\"due\":\"2099-01-01\"}",
                         NULL, &err),
                &err);
    assert_int_equal(number_of(d, "SELECT count(*) FROM ack"), 0);
}

static int64_t remind(documents *d)
{
    ku_office *office;
    ku_error err = {0};
    ku_who who = {.kind = KU_WHO_PROGRAM, .via = "program"};
    int64_t written = -1;
    check_ok(ku_office_begin(d->f.workspace, &who, true, &office, &err), &err);
    check_ok(ku_reminders_due(office, &written, &err), &err);
    check_ok(ku_office_commit(office, &err), &err);
    ku_office_end(office);
    return written;
}

/* How many things the person is shown as due; the first one's title goes to *title. */
static size_t shown_to(documents *d, int person, const char **title)
{
    json_t *items;
    ku_error err = {0};
    ku_office *office = office_as(&d->f, person, false);
    check_ok(ku_reminders_mine(office, &items, &err), &err);
    size_t count = json_array_size(items);
    const char *first = ku_member_text(json_array_get(items, 0), "title");
    *title = ku_arena_strdup(d->arena, first != NULL ? first : "");
    ku_office_end(office);
    return count;
}

static void what_is_due_is_reminded_of_once(void **state)
{
    documents *d = *state;
    int64_t id = in_force(d), of = asked_of_citra(d, id);
    add(d, CITRA, document, "{\"title\":\"Late\",\"unit\":3,\"due\":\"2020-01-01\"}");
    add(d, CITRA, document, "{\"title\":\"Far\",\"unit\":3,\"due\":\"2099-01-01\"}");
    assert_int_equal(remind(d), 1);
    assert_int_equal(remind(d), 0);
    office_sql(d->f.workspace, "UPDATE ack SET due = '2020-02-02'");
    assert_int_equal(remind(d), 1);
    assert_int_equal(remind(d), 0);
    assert_int_equal(number_of(d, "SELECT count(*) FROM event WHERE action = 'remind'"), 2);
    assert_int_equal(number_of(d, "SELECT count(*) FROM reminder WHERE person = 3"), 2);
    const char *title;
    assert_int_equal(shown_to(d, CITRA, &title), 2);
    assert_string_equal(title, "Late");
    assert_int_equal(shown_to(d, BUDI, &title), 0);
    read_newest(d, CITRA, id);
    move(d, CITRA, ack, of, "sign", NULL, NULL);
    assert_int_equal(shown_to(d, CITRA, &title), 1); /* what is done is no longer shown */
    office_sql(d->f.workspace, "UPDATE ack SET due = '2020-03-03'"); /* signed: nothing is due */
    assert_int_equal(remind(d), 0);
}

int main(void)
{
#define WITH_DOCUMENTS(test) cmocka_unit_test_setup_teardown(test, documents_make, documents_clear)
    const struct CMUnitTest tests[] = {
        WITH_DOCUMENTS(a_unit_is_asked),
        WITH_DOCUMENTS(it_is_opened_then_signed),
        WITH_DOCUMENTS(a_new_version_asks_anew),
        WITH_DOCUMENTS(nobody_signs_for_what_they_may_not_open),
        WITH_DOCUMENTS(what_is_due_is_reminded_of_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
