/* version.c - the files of a document: taking one in, and reading it.
 *
 * A version is never altered: what was approved, signed and acknowledged is named by the hash
 * of its bytes. A newer version is a new record, and everything that stood on the one before
 * (approvals, acknowledgements) begins anew. Words are taken out before the transaction
 * begins, for that may take seconds and one writer waits for the next. */
#include <inttypes.h>
#include <string.h>

#include "access/event.h"
#include "base/date.h"
#include "office/documents/stored.h"
#include "workspace/sql.h"

static const ku_entity *const document_entity = &ku_entity_document;
static const ku_entity *const version_entity = &ku_entity_document_version;

/* ---- adding -------------------------------------------------------------------------------------- */

static json_t *optional_text(const char *text)
{
    return text != NULL && *text != '\0' ? json_string(text) : json_null();
}

static json_t *person_or_null(int64_t person)
{
    return person != 0 ? json_integer(person) : json_null();
}

static ku_status add_row(ku_office *office, int64_t document, const json_t *whole,
                         const ku_new_version *file, int64_t number, int64_t *id, ku_error *err)
{
    char blob[KU_BLOB_ID], hash[KU_HASH_TEXT];
    bool secret = ku_member_secret(whole);
    int64_t author = file->author != 0 ? file->author : office->actor->person;
    ku_hash_bytes(file->bytes, file->length, hash);
    KU_TRY(ku_stored_put(office, document, number, secret, file->bytes, file->length, blob, err));
    const char *words = secret ? "the words of secret documents are not kept for search"
                               : file->words->note;
    json_t *values = json_pack("{s:I, s:I, s:s, s:s, s:I, s:s, s:s, s:b, s:o, s:s, s:o, s:o}",
                               "document", (json_int_t)document, "number", (json_int_t)number,
                               "name", file->name, "kind", file->words->kind->name, "bytes",
                               (json_int_t)file->length, "hash", hash, "blob", blob, "sealed",
                               secret, "author", person_or_null(author), "secrecy",
                               ku_member_text(whole, "secrecy"), "words", optional_text(words),
                               "remark", optional_text(file->remark));
    ku_status status = values != NULL
                           ? ku_workflow_add(office, version_entity, "add", values, id, err)
                           : ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    json_decref(values);
    return status;
}

/* What was approved was another file; the number stays. */
static const char *state_after(const char *state)
{
    static const char *const back[] = {"review", "approved", "registered", "in_force"};
    for (size_t i = 0; i < sizeof back / sizeof *back; i++)
        if (strcmp(state, back[i]) == 0) return "draft";
    return state;
}

static ku_status check_open(const json_t *whole, ku_error *err)
{
    static const char *const closed[] = {"superseded", "revoked", "archived", "destroyed"};
    const char *state = ku_member_text(whole, "state");
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
        if (strcmp(state, closed[i]) == 0)
            return ku_error_set(err, KU_CONFLICT, "state",
                                "the document is %s; it gets no new version", closed[i]);
    return KU_OK;
}

/* Letters that came in stay as they came: another file belongs to another letter. */
static bool stays_registered(const json_t *whole)
{
    return strcmp(ku_member_text(whole, "direction"), "incoming") == 0;
}

ku_status ku_version_add(ku_office *office, int64_t document, const ku_new_version *file,
                         int64_t *id, ku_error *err)
{
    json_t *whole;
    KU_TRY(ku_workflow_read(office, document_entity, document, &whole, err));
    KU_TRY(check_open(whole, err));
    int64_t number = ku_member_id(whole, "latest") + 1;
    const char *state = ku_member_text(whole, "state");
    KU_TRY(add_row(office, document, whole, file, number, id, err));
    char hash[KU_HASH_TEXT];
    ku_hash_bytes(file->bytes, file->length, hash);
    json_t *values = json_pack("{s:I, s:s, s:s}", "latest", (json_int_t)number, "content", hash,
                               "state", stays_registered(whole) ? state : state_after(state));
    ku_status status = values != NULL ? ku_workflow_write(office, document_entity, document,
                                                          "new version", values, file->remark, err)
                                      : ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    json_decref(values);
    KU_TRY(status);
    KU_TRY(
        ku_stored_words(office, document, ku_member_secret(whole) ? NULL : file->words->text, err));
    return ku_acks_reopen(office, document, *id, err);
}

/* Whether the actor may give this document a file: asked before the work and again within the
 * transaction that writes. */
static ku_status may_add(ku_office *office, int64_t document, ku_error *err)
{
    ku_standing standing;
    ku_error why = {0};
    json_t *whole;
    ku_status status = ku_record_standing(office, document_entity, document, &standing, &why);
    if (status == KU_OK)
        status = ku_authorize_or_refuse(office->actor, document_entity, KU_CHANGE, &standing, NULL,
                                        office->arena, &why);
    if (status != KU_OK) {
        if (err != NULL) *err = why;
        return status;
    }
    KU_TRY(ku_workflow_read(office, document_entity, document, &whole, err));
    return check_open(whole, err);
}

static ku_status ask_first(ku_workspace *workspace, const ku_who *who, int64_t document,
                           ku_error *err)
{
    ku_office *office;
    KU_TRY(ku_office_begin(workspace, who, false, &office, err));
    ku_status status = may_add(office, document, err);
    ku_office_end(office);
    return status;
}

static ku_status write_version(ku_workspace *workspace, const ku_who *who, int64_t document,
                               const ku_new_version *file, int64_t *version, ku_error *err)
{
    ku_office *office;
    KU_TRY(ku_office_begin(workspace, who, true, &office, err));
    ku_status status = may_add(office, document, err);
    if (status == KU_OK) status = ku_version_add(office, document, file, version, err);
    if (status == KU_OK) status = ku_office_commit(office, err);
    ku_office_end(office);
    return status;
}

static ku_status check_file(const char *name, const void *bytes, size_t length, ku_arena *arena,
                            ku_words *words, ku_error *err)
{
    KU_TRY(ku_content_name_check(name, err));
    if (length == 0) return ku_error_set(err, KU_BAD_DATA, "file", "the file is empty");
    if (length > KU_VERSION_BYTES)
        return ku_error_set(err, KU_TOO_LARGE, "file", "a file of a document has at most 64 MiB");
    return ku_words_take(bytes, length, NULL, arena, words, err);
}

/* A file that is not taken in is no accident always: that it was sent is in the log. */
static ku_status refuse_file(ku_workspace *workspace, const ku_who *who, int64_t document,
                             ku_status status, const ku_error *why, ku_arena *arena, ku_error *err)
{
    const char *what = ku_arena_printf(arena, "a file for document %" PRId64, document);
    if (status == KU_BAD_DATA || status == KU_TOO_LARGE)
        KU_TRY(ku_event_denied(workspace, who, what, why->message, err));
    if (err != NULL) *err = *why;
    return status;
}

ku_status ku_document_upload(ku_workspace *workspace, const ku_who *who, int64_t document,
                             const char *name, const char *remark, const void *bytes, size_t length,
                             int64_t *version, ku_error *err)
{
    ku_words words;
    ku_error why = {0};
    KU_TRY(ask_first(workspace, who, document, err));
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = check_file(name, bytes, length, arena, &words, &why);
    ku_new_version file = {name, remark, bytes, length, &words, 0};
    if (status == KU_OK)
        status = write_version(workspace, who, document, &file, version, err);
    else
        status = refuse_file(workspace, who, document, status, &why, arena, err);
    ku_arena_free(arena);
    return status;
}

/* ---- reading ----------------------------------------------------------------------------------------- */

ku_status ku_document_newest(ku_office *office, int64_t document, int64_t *version, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT id FROM document_version WHERE document = ?1"
                          " ORDER BY number DESC LIMIT 1",
                          "i", document));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return ku_error_set(err, KU_CONFLICT, "document", "the document has no file yet");
    *version = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return KU_OK;
}

ku_status ku_document_listed(ku_office *office, int64_t document, int64_t person, bool *listed,
                             ku_error *err)
{
    sqlite3_stmt *statement;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT 1 FROM document_reader WHERE document = ?1 AND person = ?2", "ii",
                          document, person));
    KU_TRY(ku_sql_step(&statement, listed, err));
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status find_version(ku_office *office, int64_t document, int64_t number, int64_t *id,
                              ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT id FROM document_version WHERE document = ?1"
                          " AND (number = ?2 OR ?2 = 0) ORDER BY number DESC LIMIT 1",
                          "ii", document, number));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row)
        return ku_error_set(err, KU_NOT_FOUND, "version",
                            "there is no such version, or you may not see it");
    *id = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status mark_seen(ku_office *office, int64_t version, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    char now[KU_TIMESTAMP_TEXT];
    if (office->actor->person == 0) return KU_OK;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT id FROM ack WHERE of = ?1 AND person = ?2 AND state = 'due'",
                          "ii", version, office->actor->person));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    int64_t id = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    json_t *values = json_pack("{s:s, s:s}", "state", "seen", "seen",
                               ku_timestamp_format(office->now, now));
    ku_status status = ku_workflow_write(office, &ku_entity_ack, id, "seen", values, NULL, err);
    json_decref(values);
    return status;
}

static ku_status read_in(ku_office *office, int64_t document, int64_t number, ku_arena *arena,
                         ku_version_content *content, ku_error *err)
{
    int64_t id = 0;
    json_t *seen, *version;
    void *bytes;
    KU_TRY(find_version(office, document, number, &id, err));
    KU_TRY(ku_record_get(office, version_entity, id, &seen, err)); /* asks, and logs a secret's */
    KU_TRY(ku_workflow_read(office, version_entity, id, &version, err));
    KU_TRY(ku_stored_get(office, version, arena, &bytes, &content->length, err));
    content->bytes = bytes;
    content->name = ku_arena_strdup(arena, ku_member_text(version, "name"));
    content->kind = ku_content_kind_find(ku_member_text(version, "kind"));
    content->hash = ku_arena_strdup(arena, ku_member_text(version, "hash"));
    return mark_seen(office, id, err);
}

ku_status ku_document_read(ku_workspace *workspace, const ku_who *who, int64_t document,
                           int64_t number, ku_arena *arena, ku_version_content *content,
                           ku_error *err)
{
    ku_office *office;
    KU_TRY(ku_office_begin(workspace, who, true, &office, err));
    ku_status status = read_in(office, document, number, arena, content, err);
    /* The log of the reading is on the disk before the bytes leave. */
    if (status == KU_OK) status = ku_office_commit(office, err);
    ku_office_end(office);
    return status;
}
