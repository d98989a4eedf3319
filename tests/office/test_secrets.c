/* test_secrets.c - secret documents: only those on the list see them, every reading is logged,
 * nothing of them lies about in plain, and the register of trade secrets follows. */
#include "access/event.h"
#include "base/file.h"
#include "documents_support.h"
#include "office/documents/sealed.h"
#include "workspace/folder.h"

static const ku_entity *const document = &ku_entity_document;
static const char words[] = "margin of forty-one percent on green tea";

/* Budi's, with a file; Budi may head up to secret here. */
static int64_t secret(documents *d)
{
    office_sql(d->f.workspace, "UPDATE role_grant SET highest = 'secret' WHERE id = 2");
    int64_t id = add(d, BUDI, document,
                     "{\"title\":\"Margins\",\"unit\":2,\"secrecy\":\"secret\"}");
    upload(d, BUDI, id, "margins.txt", made_text(words));
    return id;
}

static ku_status try_read(documents *d, int person, int64_t id, ku_version_content *content,
                          ku_error *err)
{
    ku_who who = office_who(person);
    return ku_document_read(d->f.workspace, &who, id, 0, d->arena, content, err);
}

static int64_t add_reader(documents *d, int by, int64_t id, int person)
{
    return add(d, by, &ku_entity_document_reader,
               ku_arena_printf(d->arena, "{\"document\":%" PRId64 ",\"person\":%d}", id, person));
}

static void only_the_list_sees(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    ku_version_content content;
    int64_t id = secret(d);
    check_ok(try_read(d, BUDI, id, &content, &err), &err);
    assert_int_equal(content.length, strlen(words));
    assert_memory_equal(content.bytes, words, content.length);
    /* Not even the director, who is of the class but not on the list. */
    check_fails(KU_NOT_FOUND, "", try_read(d, ANA, id, &content, &err), &err);
    assert_int_equal(found_by(d, ANA, document, "margins"), 0);
    int64_t reader = add_reader(d, BUDI, id, ANA);
    check_ok(try_read(d, ANA, id, &content, &err), &err);
    /* Off the list it is gone at once. */
    ku_office *office = office_as(&d->f, BUDI, true);
    check_ok(ku_record_remove(office, &ku_entity_document_reader, reader, 1, NULL, &err), &err);
    check_ok(ku_office_commit(office, &err), &err);
    ku_office_end(office);
    check_fails(KU_NOT_FOUND, "", try_read(d, ANA, id, &content, &err), &err);
    assert_int_equal(number_of(d, "SELECT count(*) FROM event WHERE entity = 'document_reader'"),
                     3);
}

static void who_may_add_to_the_list(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = secret(d), open = add(d, BUDI, document, "{\"title\":\"Open\",\"unit\":2}"), got;
    const char *dewi = ku_arena_printf(d->arena, "{\"document\":%" PRId64 ",\"person\":4}", id);
    add_reader(d, BUDI, id, CITRA);
    check_fails(KU_NOT_ALLOWED, "only its owner",
                try_add(d, CITRA, &ku_entity_document_reader, dewi, &got, &err), &err);
    check_fails(KU_BAD_DATA, "there is no such",
                try_add(d, HADI, &ku_entity_document_reader, dewi, &got, &err), &err);
    const char *none = ku_arena_printf(d->arena, "{\"document\":%" PRId64 ",\"person\":4}", open);
    check_fails(KU_CONFLICT, "is not secret",
                try_add(d, BUDI, &ku_entity_document_reader, none, &got, &err), &err);
    /* Nor may a reader take others off. */
    ku_office *office = office_as(&d->f, CITRA, true);
    ku_status status = ku_record_remove(office, &ku_entity_document_reader, 1, 1, NULL, &err);
    assert_int_equal(status, KU_NOT_ALLOWED);
    ku_office_end(office);
}

/* ---- in plain nowhere ------------------------------------------------------------------------ */

typedef struct hunt {
    const char *folder;
    ku_arena *arena;
    int files, found;
} hunt;

static ku_status look(void *data, const char *relative, ku_error *err)
{
    hunt *h = data;
    char *bytes;
    size_t length;
    KU_TRY(ku_file_read(ku_arena_printf(h->arena, "%s/%s", h->folder, relative), SIZE_MAX / 2,
                        h->arena, &bytes, &length, err));
    h->files++;
    h->found += memmem(bytes, length, "forty-one", 9) != NULL ||
                memmem(bytes, length, "fortyone", 8) != NULL;
    return KU_OK;
}

static void nothing_lies_about_in_plain(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = secret(d);
    assert_int_equal(found_by(d, BUDI, document, "forty"), 0);
    assert_int_equal(number_of(d, "SELECT count(*) FROM document_search WHERE body IS NOT NULL"),
                     0);
    hunt h = {.folder = ku_workspace_path(d->f.workspace), .arena = d->arena};
    check_ok(ku_folder_each(h.folder, look, &h, &err), &err);
    assert_true(h.files > 3);
    assert_int_equal(h.found, 0);
    /* The stored file's name is not the hash of what is in it. */
    assert_string_not_equal(text_in(d, document, id, "content"),
                            text_in(d, &ku_entity_document_version, 1, "blob"));
    int64_t twin = add(d, BUDI, document, "{\"title\":\"Twin\",\"unit\":2,\"secrecy\":\"secret\"}");
    upload(d, BUDI, twin, "margins.txt", made_text(words));
    assert_string_not_equal(text_in(d, &ku_entity_document_version, 1, "blob"),
                            text_in(d, &ku_entity_document_version, 2, "blob"));
    check_ok(ku_workspace_verify(d->f.workspace, NULL, NULL, &err), &err);
}

static void sealed_files_hold_together(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    const size_t sizes[] = {0, 1, 1 << 20, (1 << 20) + 1, 3 << 20};
    char blob[KU_BLOB_ID];
    char *bytes = malloc(3 << 20);
    for (size_t i = 0; i < 3 << 20; i++) bytes[i] = (char)(i * 2654435761u >> 24);
    ku_office *office = office_as(&d->f, ANA, true);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void *back;
        size_t length;
        check_ok(ku_sealed_put(office, "a", bytes, sizes[i], blob, &err), &err);
        check_ok(ku_sealed_get(office, blob, "a", d->arena, &back, &length, &err), &err);
        assert_int_equal(length, sizes[i]);
        assert_memory_equal(back, bytes, length);
        check_fails(KU_BAD_DATA, "",
                    ku_sealed_get(office, blob, "b", d->arena, &back, &length, &err), &err);
    }
    /* Pieces left out or changed over: the whole is refused. */
    void *sealed, *back;
    size_t length;
    check_ok(ku_blob_get(d->f.workspace, blob, d->arena, &sealed, &length, &err), &err);
    size_t piece = (length - 16) / 3;
    char *changed = malloc(length);
    memcpy(changed, sealed, 16);
    memcpy(changed + 16, (char *)sealed + 16 + piece, piece);
    memcpy(changed + 16 + piece, (char *)sealed + 16, piece);
    memcpy(changed + 16 + 2 * piece, (char *)sealed + 16 + 2 * piece, piece);
    check_ok(ku_blob_put(d->f.workspace, changed, length, blob, &err), &err);
    check_fails(KU_BAD_DATA, "", ku_sealed_get(office, blob, "a", d->arena, &back, &length, &err),
                &err);
    check_ok(ku_blob_put(d->f.workspace, sealed, 16 + 2 * piece, blob, &err), &err);
    check_fails(KU_BAD_DATA, "", ku_sealed_get(office, blob, "a", d->arena, &back, &length, &err),
                &err);
    ku_office_end(office);
    free(changed);
    free(bytes);
}

/* ---- class and reading ---------------------------------------------------------------------------- */

static void a_class_takes_its_files_with_it(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    ku_version_content content;
    int64_t id = add(d, CITRA, document, "{\"title\":\"Margins\",\"unit\":3}");
    upload(d, CITRA, id, "margins.txt", made_text(words));
    assert_int_equal(found_by(d, CITRA, document, "forty"), 1);
    const char *plain = text_in(d, &ku_entity_document_version, 1, "blob");
    move(d, ANA, document, id, "classify", "{\"secrecy\":\"secret\"}", "shown by the auditor");
    assert_false(ku_file_exists(ku_arena_printf(d->arena, "%s/blobs/%.2s/%s.zst",
                                                ku_workspace_path(d->f.workspace), plain, plain)));
    assert_int_equal(number_of(d, "SELECT count(*) FROM document_search WHERE body IS NOT NULL"),
                     0);
    check_ok(try_read(d, CITRA, id, &content, &err), &err);
    assert_memory_equal(content.bytes, words, content.length);
    check_ok(try_read(d, ANA, id, &content, &err), &err); /* who made it secret */
    check_fails(KU_NOT_FOUND, "", try_read(d, BUDI, id, &content, &err), &err);
    move(d, ANA, document, id, "classify", "{\"secrecy\":\"internal\"}", "published");
    check_ok(try_read(d, BUDI, id, &content, &err), &err);
    assert_memory_equal(content.bytes, words, content.length);
    assert_int_equal(found_by(d, BUDI, document, "forty"), 1);
    assert_int_equal(found_by(d, GITA, document, "forty"), 1);
}

static void every_reading_is_written_down(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    ku_version_content content;
    json_t *items;
    int64_t id = secret(d);
    add_reader(d, BUDI, id, ANA);
    check_ok(try_read(d, ANA, id, &content, &err), &err);
    check_ok(try_read(d, BUDI, id, &content, &err), &err);
    ku_office *office = office_as(&d->f, BUDI, false);
    check_ok(ku_document_readings(office, id, &items, &err), &err);
    assert_int_equal(json_array_size(items), 2);
    assert_string_equal(ku_member_text(json_array_get(items, 0), "who"), "Budi Santoso");
    assert_string_equal(ku_member_text(json_array_get(items, 1), "who"), "Ana Putri");
    assert_int_equal(ku_member_id(json_array_get(items, 1), "version"), 1);
    ku_office_end(office);
    add_reader(d, BUDI, id, CITRA);
    office = office_as(&d->f, CITRA, false);
    check_fails(KU_NOT_ALLOWED, "its owner", ku_document_readings(office, id, &items, &err), &err);
    ku_office_end(office);
    check_ok(ku_events_verify(d->f.workspace, NULL, NULL, &err), &err);
}

static void trade_secrets_are_registered(void **state)
{
    documents *d = *state;
    ku_error err = {0};
    int64_t id = secret(d), entry = 0;
    const char *form = "{\"what\":\"How margins are made up\",\"document\":%" PRId64
                       ",\"why\":\"Competitors would undercut us\",\"measures\":\"Locked\"}";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    const char *full = ku_arena_printf(d->arena, form, id);
    int64_t open = add(d, BUDI, document, "{\"title\":\"Open\",\"unit\":2}");
    const char *of_open = ku_arena_printf(d->arena, form, open);
#pragma GCC diagnostic pop
    check_fails(KU_CONFLICT, "is not secret",
                try_add(d, BUDI, &ku_entity_trade_secret, of_open, &entry, &err), &err);
    entry = add(d, BUDI, &ku_entity_trade_secret, full);
    json_t *record;
    ku_office *office = office_as(&d->f, BUDI, true);
    check_ok(ku_record_get(office, &ku_entity_trade_secret, entry, &record, &err), &err);
    check_ok(ku_office_commit(office, &err), &err);
    ku_office_end(office);
    office = office_as(&d->f, ANA, true);
    check_fails(KU_NOT_FOUND, "",
                ku_record_get(office, &ku_entity_trade_secret, entry, &record, &err), &err);
    ku_office_end(office);
    assert_int_equal(number_of(d, "SELECT count(*) FROM event WHERE action = 'read' AND entity ="
                                  " 'trade_secret'"),
                     1);
    /* What the log tells of it is sealed. */
    assert_int_equal(number_of(d, "SELECT count(*) FROM event WHERE detail LIKE '%undercut%'"), 0);
}

int main(void)
{
#define WITH_DOCUMENTS(test) cmocka_unit_test_setup_teardown(test, documents_make, documents_clear)
    const struct CMUnitTest tests[] = {
        WITH_DOCUMENTS(only_the_list_sees),
        WITH_DOCUMENTS(who_may_add_to_the_list),
        WITH_DOCUMENTS(nothing_lies_about_in_plain),
        WITH_DOCUMENTS(sealed_files_hold_together),
        WITH_DOCUMENTS(a_class_takes_its_files_with_it),
        WITH_DOCUMENTS(every_reading_is_written_down),
        WITH_DOCUMENTS(trade_secrets_are_registered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
