/* keeping.c - stored files over the years: sealed or opened when a document's class changes,
 * destroyed when its time is over, swept away once that is sure.
 *
 * A file is removed only after the transaction that dooms it is on the disk: before that a
 * crash would leave a record without its bytes. What is doomed and not yet swept, after a
 * crash, is swept the next time. */
#include "office/documents/stored.h"
#include "workspace/sql.h"

/* ---- class and end ------------------------------------------------------------------------------------- */

static void sweep_later(ku_workspace *workspace)
{
    ku_blobs_sweep(workspace, NULL); /* what fails now is swept the next time */
}

static ku_status doom(ku_office *office, const char *blob, ku_error *err)
{
    KU_TRY(ku_sql_run(office->db, err, "INSERT OR IGNORE INTO blob_doomed (blob) VALUES (?1)", "s",
                      blob));
    ku_office_when_done(office, sweep_later);
    return KU_OK;
}

/* Calls `each` with every version of the document that still has its bytes, oldest first. */
static ku_status each_version(ku_office *office, int64_t document,
                              ku_status (*each)(ku_office *, const json_t *, ku_error *),
                              ku_error *err)
{
    int64_t number = 0;
    for (;;) {
        sqlite3_stmt *statement;
        bool row;
        json_t *version;
        KU_TRY(ku_sql_prepare(office->db, &statement, err,
                              "SELECT id, number FROM document_version WHERE document = ?1 AND"
                              " number > ?2 AND blob IS NOT NULL ORDER BY number LIMIT 1",
                              "ii", document, number));
        KU_TRY(ku_sql_step(&statement, &row, err));
        if (!row) return KU_OK;
        int64_t id = sqlite3_column_int64(statement, 0);
        number = sqlite3_column_int64(statement, 1);
        sqlite3_finalize(statement);
        KU_TRY(ku_workflow_read(office, &ku_entity_document_version, id, &version, err));
        KU_TRY(each(office, version, err));
    }
}

static ku_status write_members(ku_office *office, const json_t *version, const char *action,
                               json_t *values, ku_error *err)
{
    ku_status status = ku_workflow_write(office, &ku_entity_document_version,
                                         ku_member_id(version, "id"), action, values, NULL, err);
    json_decref(values);
    return status;
}

/* The bytes stored the other way; the words of the newest version follow. */
static ku_status reku_stored_put(ku_office *office, const json_t *version, bool secret,
                                 char blob[KU_BLOB_ID], ku_arena *arena, ku_error *err)
{
    void *bytes;
    size_t length;
    ku_words words = {0};
    int64_t document = ku_member_id(version, "document"), number = ku_member_id(version, "number");
    KU_TRY(ku_stored_get(office, version, arena, &bytes, &length, err));
    KU_TRY(ku_stored_put(office, document, number, secret, bytes, length, blob, err));
    if (!secret) KU_TRY(ku_words_take(bytes, length, NULL, arena, &words, err));
    KU_TRY(doom(office, ku_member_text(version, "blob"), err));
    return ku_stored_words(office, document, words.text, err);
}

static ku_status reclass_one(ku_office *office, const json_t *version, ku_error *err)
{
    json_t *whole;
    char blob[KU_BLOB_ID];
    KU_TRY(ku_workflow_read(office, &ku_entity_document, ku_member_id(version, "document"), &whole,
                            err));
    const char *class = ku_member_text(whole, "secrecy");
    bool secret = ku_member_secret(whole);
    if (json_is_true(json_object_get(version, "sealed")) == secret)
        return write_members(office, version, "class", json_pack("{s:s}", "secrecy", class), err);
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = reku_stored_put(office, version, secret, blob, arena, err);
    ku_arena_free(arena);
    KU_TRY(status);
    return write_members(
        office, version, "class",
        json_pack("{s:s, s:s, s:b}", "secrecy", class, "blob", blob, "sealed", secret), err);
}

ku_status ku_versions_reclass(ku_office *office, int64_t document, ku_error *err)
{
    return each_version(office, document, reclass_one, err);
}

static ku_status destroy_one(ku_office *office, const json_t *version, ku_error *err)
{
    KU_TRY(doom(office, ku_member_text(version, "blob"), err));
    return write_members(office, version, "destroy",
                         json_pack("{s:n, s:s}", "blob", "words", "the file was destroyed"), err);
}

ku_status ku_versions_destroy(ku_office *office, int64_t document, ku_error *err)
{
    KU_TRY(ku_stored_words(office, document, NULL, err));
    return each_version(office, document, destroy_one, err);
}

/* ---- sweeping ------------------------------------------------------------------------------------------- */

/* A stored file is shared by all who have the same bytes. */
static ku_status sweep(ku_workspace *workspace, sqlite3 *db, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_status status;
    KU_TRY(ku_sql_run(db, err, "BEGIN IMMEDIATE", ""));
    KU_TRY(ku_sql_run(db, err,
                      "DELETE FROM blob_doomed WHERE blob IN (SELECT blob FROM document_version)"
                      " OR blob IN (SELECT blob FROM run_table)",
                      ""));
    KU_TRY(ku_sql_prepare(db, &statement, err, "SELECT blob FROM blob_doomed", ""));
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row) {
        status = ku_blob_remove(workspace, (const char *)sqlite3_column_text(statement, 0), err);
        if (status != KU_OK) break;
    }
    sqlite3_finalize(statement);
    KU_TRY(status);
    KU_TRY(ku_sql_run(db, err, "DELETE FROM blob_doomed", ""));
    return ku_sql_run(db, err, "COMMIT", "");
}

ku_status ku_blobs_sweep(ku_workspace *workspace, ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_workspace_office(workspace, &db, err));
    ku_status status = sweep(workspace, db, err);
    ku_workspace_office_done(workspace, db);
    return status;
}
