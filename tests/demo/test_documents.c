/* The demo's documents: they are all there once, their words are found, the secret one is kept,
 * and what is stored holds together. */
#include "../office/documents_support.h"
#include "access/event.h"
#include "demo/documents.h"
#include "demo/docx.h"

static void a_docx_is_read_as_it_was_written(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    ku_words words;
    const void *bytes;
    size_t length;
    check_ok(ku_demo_docx("Title\nA & B < C\n", d->arena, &bytes, &length, &err), &err);
    check_ok(ku_words_take(bytes, length, NULL, d->arena, &words, &err), &err);
    assert_string_equal(words.kind->name, "docx");
    assert_string_equal(words.text, "Title\nA & B < C");
}

static void the_documents_are_there_once(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    office_sql(d->f.workspace, "DELETE FROM form; DELETE FROM party");
    for (int i = 0; i < 2; i++) check_ok(ku_demo_documents(d->f.workspace, &err), &err);
    assert_int_equal(number_of(d, "SELECT count(*) FROM document"), 12);
    assert_int_equal(number_of(d, "SELECT count(*) FROM document_version WHERE words IS NULL"), 11);
    assert_int_equal(number_of(d, "SELECT count(*) FROM contract"), 2);
    assert_int_equal(number_of(d, "SELECT count(*) FROM obligation"), 3);
    assert_int_equal(number_of(d, "SELECT count(*) FROM ack WHERE person = 3"), 2);
    assert_int_equal(number_of(d, "SELECT count(*) FROM document WHERE number LIKE 'ORD-%-00_'"),
                     3);
    assert_int_equal(found_by(d, ANA, &ku_entity_document, "stand budget"), 1);
    assert_int_equal(found_by(d, ANA, &ku_entity_document, "margin"), 0); /* secret */
    assert_int_equal(number_of(d, "SELECT count(*) FROM document_version WHERE sealed = 1"), 1);
    assert_int_equal(number_of(d, "SELECT count(*) FROM document_reader WHERE person = 1"), 1);
    check_ok(ku_workspace_verify(d->f.workspace, NULL, NULL, &err), &err);
    check_ok(ku_events_verify(d->f.workspace, NULL, NULL, &err), &err);
}

static void without_people_there_are_none(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    office_sql(d->f.workspace, "PRAGMA foreign_keys = OFF; DELETE FROM form; DELETE FROM person;"
                               "PRAGMA foreign_keys = ON");
    check_fails(KU_CONFLICT, "no people", ku_demo_documents(d->f.workspace, &err), &err);
    assert_int_equal(number_of(d, "SELECT count(*) FROM form"), 0);
}

int main(void)
{
#define WITH_DOCUMENTS(test) cmocka_unit_test_setup_teardown(test, documents_make, documents_clear)
    const struct CMUnitTest tests[] = {
        WITH_DOCUMENTS(a_docx_is_read_as_it_was_written),
        WITH_DOCUMENTS(the_documents_are_there_once),
        WITH_DOCUMENTS(without_people_there_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
