/* test_documents.c - a document's course: numbers without gaps, approval by another, what is
 * frozen, versions, keeping and destroying. */
#include "base/file.h"
#include "documents_support.h"

static const ku_entity *const document = &ku_entity_document;

static void patterns_are_checked(void **state)
{
    (void)state;
    ku_error err = {0};
    static const char *const bad[] = {"ORD",   "{year}", "{n}{n}", "{year}{year}{n}", "{n:0}",
                                      "{m}-1", "{n",     "<b>{n}", "{n:12}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_fails(KU_BAD_DATA, "the pattern of numbers", ku_pattern_check(bad[i], &err), &err);
    check_ok(ku_pattern_check("ORD-{year}/{n:4}.a", &err), &err);
}

static void numbers_have_no_gaps(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int year = ku_date_to_civil(ku_today()).year;
    int64_t first = registered(d, d->order, "On the fair");
    assert_string_equal(text_in(d, document, first, "number"),
                        ku_arena_printf(d->arena, "ORD-%d-0001", year));
    /* One taken back takes its number back. */
    int64_t second = add(d, CITRA, document,
                         ku_arena_printf(d->arena,
                                         "{\"title\":\"Half\",\"form\":%" PRId64 ",\"unit\":3}",
                                         d->order));
    upload(d, CITRA, second, "a.txt", made_text("half"));
    move(d, CITRA, document, second, "submit", NULL, NULL);
    move(d, BUDI, document, second, "approve", NULL, NULL);
    ku_office *office = office_as(&d->f, HADI, true);
    check_ok(ku_record_move(office, document, second, 4, "register", NULL, NULL, &err), &err);
    ku_office_end(office);
    assert_string_equal(text_in(d, document, second, "number"), "");
    int64_t third = registered(d, d->order, "On the stand");
    assert_string_equal(text_in(d, document, third, "number"),
                        ku_arena_printf(d->arena, "ORD-%d-0002", year));
    assert_string_equal(text_in(d, document, registered(d, d->policy, "Colours"), "number"), "P1");
}

static void nobody_approves_their_own(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t own = add(d, BUDI, document, "{\"title\":\"Mine\",\"unit\":2}");
    upload(d, BUDI, own, "a.txt", made_text("mine"));
    move(d, BUDI, document, own, "submit", NULL, NULL);
    check_fails(KU_NOT_ALLOWED, "their own",
                try_move(d, BUDI, document, own, "approve", NULL, NULL, &err), &err);
    /* Nor under another's name. */
    int64_t lent = add(d, BUDI, document, "{\"title\":\"Lent\",\"unit\":2,\"owner\":3}");
    upload(d, CITRA, lent, "a.txt", made_text("lent"));
    move(d, CITRA, document, lent, "submit", NULL, NULL);
    check_fails(KU_NOT_ALLOWED, "what they wrote",
                try_move(d, BUDI, document, lent, "approve", NULL, NULL, &err), &err);
    /* Nor a stranger's unit, nor the clerk. */
    check_fails(KU_NOT_FOUND, "may not see",
                try_move(d, DEWI, document, lent, "approve", NULL, NULL, &err), &err);
    check_fails(KU_NOT_ALLOWED, "", try_move(d, HADI, document, lent, "approve", NULL, NULL, &err),
                &err);
    move(d, ANA, document, lent, "approve", NULL, NULL);
}

static void steps_have_conditions(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = add(d, CITRA, document, "{\"title\":\"Plan\",\"unit\":3}");
    check_fails(KU_CONFLICT, "no file yet",
                try_move(d, CITRA, document, id, "submit", NULL, NULL, &err), &err);
    check_fails(KU_CONFLICT, "approved first",
                try_move(d, HADI, document, id, "register", NULL, NULL, &err), &err);
    upload(d, CITRA, id, "a.txt", made_text("plan"));
    move(d, CITRA, document, id, "submit", NULL, NULL);
    check_fails(KU_BAD_DATA, "reason", try_move(d, BUDI, document, id, "return", NULL, NULL, &err),
                &err);
    move(d, BUDI, document, id, "approve", NULL, NULL);
    check_fails(KU_CONFLICT, "choose its form",
                try_move(d, HADI, document, id, "register", NULL, NULL, &err), &err);
    check_fails(KU_CONFLICT, "cannot be done",
                try_move(d, HADI, document, id, "enforce", NULL, NULL, &err), &err);
}

static void what_is_approved_stays(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = registered(d, d->order, "Frozen");
    ku_office *office = office_as(&d->f, CITRA, true);
    json_t *values = json_of("{\"title\":\"Thawed\"}");
    ku_status status = ku_record_change(office, document, id, version_of(d, document, id), values,
                                        NULL, &err);
    check_fails(KU_CONFLICT, "approved and stays", status, &err);
    ku_office_end(office);
    json_decref(values);
    /* A new file goes through approval again and keeps the number. */
    const char *number = text_in(d, document, id, "number");
    move(d, HADI, document, id, "enforce", NULL, NULL);
    upload(d, CITRA, id, "b.txt", made_text("second"));
    assert_string_equal(text_in(d, document, id, "state"), "draft");
    move(d, CITRA, document, id, "submit", NULL, NULL);
    move(d, BUDI, document, id, "approve", NULL, NULL);
    move(d, HADI, document, id, "register", NULL, NULL);
    assert_string_equal(text_in(d, document, id, "number"), number);
}

static void a_newer_one_takes_its_place(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t old = registered(d, d->policy, "Old"), new = registered(d, d->policy, "New");
    const char *asked = ku_arena_printf(d->arena, "{\"newer\":%" PRId64 "}", new);
    move(d, HADI, document, old, "enforce", NULL, NULL);
    check_fails(KU_BAD_DATA, "must be given",
                try_move(d, HADI, document, old, "supersede", NULL, NULL, &err), &err);
    check_fails(KU_CONFLICT, "not in force yet",
                try_move(d, HADI, document, old, "supersede", asked, NULL, &err), &err);
    move(d, HADI, document, new, "enforce", NULL, NULL);
    move(d, HADI, document, old, "supersede", asked, NULL);
    json_t *record = whole(d, document, old);
    assert_int_equal(ku_member_id(record, "replaced_by"), new);
    json_decref(record);
    check_fails(KU_CONFLICT, "no new version",
                try_upload(d, CITRA, old, "c.txt", made_text("x"), &(int64_t){0}, &err), &err);
}

static void letters_come_in(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = 0;
    const char *bare = ku_arena_printf(
        d->arena, "{\"title\":\"Offer\",\"direction\":\"incoming\",\"form\":%" PRId64 "}",
        d->letter);
    check_fails(KU_BAD_DATA, "correspondent", try_add(d, HADI, document, bare, &id, &err), &err);
    const char *full = ku_arena_printf(
        d->arena,
        "{\"title\":\"Offer\",\"direction\":\"incoming\",\"form\":%" PRId64 ",\"party\":%" PRId64
        ",\"their_number\":\"A/77\",\"owner\":3,\"unit\":3}",
        d->letter, d->party);
    id = add(d, HADI, document, full);
    move(d, HADI, document, id, "register", NULL, NULL);
    assert_string_equal(text_in(d, document, id, "number"), "IN-00001");
    assert_string_equal(text_in(d, document, id, "kind"), "letter"); /* the form's */
    upload(d, HADI, id, "scan.txt", made_text("an offer of posters"));
    assert_string_equal(text_in(d, document, id, "state"), "registered");
    assert_int_equal(found_by(d, CITRA, document, "A/77"), 1);
    assert_int_equal(found_by(d, CITRA, document, "posters"), 1);
}

static void words_of_files_are_found(void **state)
{
    documents *d = *state;
    int64_t id = add(d, CITRA, document, "{\"title\":\"Plan\",\"unit\":3}");
    upload(d, CITRA, id, "plan.docx", made_docx(d->arena, "billboards in Surabaya"));
    assert_int_equal(found_by(d, CITRA, document, "surabaya billb"), 1);
    assert_int_equal(found_by(d, DEWI, document, "surabaya"), 0); /* another unit's */
    upload(d, CITRA, id, "plan.pdf", made_pdf(d->arena, "posters in Medan"));
    assert_int_equal(found_by(d, CITRA, document, "surabaya"), 0); /* the newest file counts */
    if (access("/usr/bin/pdftotext", X_OK) == 0)
        assert_int_equal(found_by(d, CITRA, document, "medan"), 1);
}

static void files_built_to_harm_change_nothing(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t version;
    int64_t id = add(d, CITRA, document, "{\"title\":\"Logo\",\"unit\":3}");
    int64_t events = number_of(d, "SELECT count(*) FROM event");
    check_fails(
        KU_BAD_DATA, "script",
        try_upload(d, CITRA, id, "logo.png", made_text("<svg onload='x()'/>"), &version, &err),
        &err);
    check_fails(KU_BAD_DATA, "names a folder",
                try_upload(d, CITRA, id, "../logo.txt", made_text("x"), &version, &err), &err);
    check_fails(KU_BAD_DATA, "empty",
                try_upload(d, CITRA, id, "a.txt", (made_file){"", 0}, &version, &err), &err);
    check_fails(KU_NOT_FOUND, "", try_upload(d, DEWI, id, "a.txt", made_text("x"), &version, &err),
                &err);
    assert_int_equal(number_of(d, "SELECT count(*) FROM document_version"), 0);
    /* That it was tried is in the log: once, and what is like it within a minute is counted. */
    assert_int_equal(number_of(d, "SELECT count(*) FROM event"), events + 1);
    assert_int_equal(number_of(d,
                               "SELECT count(*) FROM event WHERE action = 'denied' AND person = 3"
                               " AND reason LIKE '%script%'"),
                     1);
}

static bool blob_there(documents *d, const char *blob)
{
    return ku_file_exists(ku_arena_printf(d->arena, "%s/blobs/%.2s/%s.zst",
                                          ku_workspace_path(d->f.workspace), blob, blob));
}

static void a_missing_file_is_noticed(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = add(d, CITRA, document, "{\"title\":\"Plan\",\"unit\":3}");
    upload(d, CITRA, id, "a.txt", made_text("plan"));
    check_ok(ku_workspace_verify(d->f.workspace, NULL, NULL, &err), &err);
    const char *blob = text_in(d, &ku_entity_document_version, 1, "blob");
    check_ok(ku_blob_remove(d->f.workspace, blob, &err), &err);
    check_fails(KU_BAD_DATA, "restore a backup",
                ku_workspace_verify(d->f.workspace, NULL, NULL, &err), &err);
}

static void nothing_is_destroyed_before_its_time(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = registered(d, d->order, "Minutes of March");
    int64_t twin = add(d, CITRA, document, "{\"title\":\"Twin\",\"unit\":3}");
    int64_t file = upload(d, CITRA, twin, "twin.txt", made_text("Minutes of March"));
    const char *blob = text_in(d, &ku_entity_document_version, file, "blob");
    move(d, HADI, document, id, "archive", NULL, NULL);
    check_fails(KU_CONFLICT, "must be kept until",
                try_move(d, ANA, document, id, "destroy", NULL, "space", &err), &err);
    office_sql(d->f.workspace, ku_arena_printf(d->arena,
                                               "UPDATE document SET retain_until ="
                                               " '2024-02-29' WHERE id = %" PRId64,
                                               id));
    check_fails(KU_NOT_ALLOWED, "a lawyer or the director",
                try_move(d, HADI, document, id, "hold", NULL, "lawsuit", &err), &err);
    move(d, ANA, document, id, "hold", NULL, "lawsuit");
    check_fails(KU_CONFLICT, "legal hold",
                try_move(d, ANA, document, id, "destroy", NULL, "space", &err), &err);
    move(d, ANA, document, id, "release", NULL, "settled");
    move(d, ANA, document, id, "destroy", NULL, "its time is over");
    /* The line in the register stays; the bytes stay as long as another has the same. */
    assert_string_equal(text_in(d, document, id, "title"), "Minutes of March");
    assert_true(*text_in(d, document, id, "destroyed") != '\0');
    assert_int_equal(found_by(d, ANA, document, "march"), 2); /* by title; by the twin's words */
    assert_true(blob_there(d, blob));
    ku_who who = office_who(ANA);
    ku_version_content content;
    check_fails(KU_NOT_FOUND, "destroyed",
                ku_document_read(d->f.workspace, &who, id, 1, d->arena, &content, &err), &err);
    office_sql(d->f.workspace, ku_arena_printf(d->arena,
                                               "UPDATE document SET retain_until = '2024-01-01',"
                                               " state = 'archived' WHERE id = %" PRId64,
                                               twin));
    move(d, ANA, document, twin, "destroy", NULL, "its time is over");
    assert_false(blob_there(d, blob));
    assert_int_equal(number_of(d, "SELECT count(*) FROM blob_doomed"), 0);
}

/* A filter of the list shows what may be destroyed. */
static void what_may_be_destroyed_is_listed(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    ku_page page;
    const ku_filter due[] = {{.field = "state", .how = KU_IS, .value = "archived"},
                             {.field = "retain_until", .how = KU_TO, .value = "2025-12-31"},
                             {.field = "hold", .how = KU_IS, .value = "no"}};
    ku_query query = {.filters = due, .filter_count = 3, .sort = "retain_until"};
    int64_t over = registered(d, d->order, "Over"), held = registered(d, d->order, "Held");
    move(d, HADI, document, over, "archive", NULL, NULL);
    move(d, HADI, document, held, "archive", NULL, NULL);
    move(d, HADI, document, registered(d, d->order, "Young"), "archive", NULL, NULL);
    move(d, HADI, document, registered(d, d->policy, "For ever"), "archive", NULL, NULL);
    move(d, ANA, document, held, "hold", NULL, "lawsuit");
    office_sql(d->f.workspace, "UPDATE document SET retain_until = '2025-01-01'"
                               " WHERE title IN ('Over', 'Held')");
    ku_office *office = office_as(&d->f, ANA, false);
    check_ok(ku_records_list(office, document, &query, &page, &err), &err);
    assert_int_equal(json_array_size(page.items), 1);
    assert_int_equal(ku_member_id(json_array_get(page.items, 0), "id"), over);
    ku_office_end(office);
}

static void what_is_kept_for_ever_stays(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = registered(d, d->policy, "Charter");
    move(d, ANA, document, id, "revoke", NULL, "outdated");
    move(d, HADI, document, id, "archive", NULL, NULL);
    check_fails(KU_CONFLICT, "kept for ever",
                try_move(d, ANA, document, id, "destroy", NULL, "space", &err), &err);
}

int main(void)
{
#define WITH_DOCUMENTS(test) cmocka_unit_test_setup_teardown(test, documents_make, documents_clear)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_are_checked),
        WITH_DOCUMENTS(numbers_have_no_gaps),
        WITH_DOCUMENTS(nobody_approves_their_own),
        WITH_DOCUMENTS(steps_have_conditions),
        WITH_DOCUMENTS(what_is_approved_stays),
        WITH_DOCUMENTS(a_newer_one_takes_its_place),
        WITH_DOCUMENTS(letters_come_in),
        WITH_DOCUMENTS(words_of_files_are_found),
        WITH_DOCUMENTS(files_built_to_harm_change_nothing),
        WITH_DOCUMENTS(a_missing_file_is_noticed),
        WITH_DOCUMENTS(nothing_is_destroyed_before_its_time),
        WITH_DOCUMENTS(what_may_be_destroyed_is_listed),
        WITH_DOCUMENTS(what_is_kept_for_ever_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
