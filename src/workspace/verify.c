/* verify.c - does everything in the workspace still hold together?
 *
 * The office's database is checked page by page, every blob against the hash that names
 * it, every run against the blobs it names, and the bank by reading what it holds. All
 * is looked at even when something is wrong, so that one call tells the whole damage. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/format.h"
#include "base/text.h"
#include "workspace/folder.h"
#include "workspace/sql.h"
#include "workspace/workspace_internal.h"

enum { FACTS_MAX = 256 };

typedef struct check {
    ku_workspace *workspace;
    void (*say)(void *, const char *);
    void *data;
    ku_arena *arena; /* emptied after each blob */
    unsigned blobs;
    unsigned wrong;
} check;

static void say(const check *c, const char *format, ...) KU_PRINTF(2, 3);
static void say(const check *c, const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (c->say != NULL) c->say(c->data, text);
}

static void say_wrong(check *c, const ku_error *err)
{
    c->wrong++;
    if (err->where[0] != '\0')
        say(c, "%s: %s", err->where, err->message);
    else
        say(c, "%s", err->message);
}

/* ---- the office ----------------------------------------------------------------- */

/* Calls `row` with the first column of every row. */
static ku_status each_text(sqlite3 *db, const char *sql, void (*row)(check *, const char *),
                           check *c, ku_error *err)
{
    sqlite3_stmt *statement = NULL;
    int step = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (step == SQLITE_OK)
        while ((step = sqlite3_step(statement)) == SQLITE_ROW)
            row(c, (const char *)sqlite3_column_text(statement, 0));
    ku_status status = step == SQLITE_DONE ? KU_OK : ku_sql_error(db, err, "checking");
    sqlite3_finalize(statement);
    return status;
}

static void integrity_row(check *c, const char *text)
{
    if (text != NULL && strcmp(text, "ok") == 0) return;
    c->wrong++;
    say(c, "office.db: %s", text != NULL ? text : "a record is damaged");
}

static void orphan_row(check *c, const char *table)
{
    c->wrong++;
    say(c, "office.db: a row of %s names something that is not there",
        table != NULL ? table : "a table");
}

static void blob_row(check *c, const char *id)
{
    char relative[KU_BLOB_PATH];
    ku_blob_path(id, relative);
    char *path = ku_arena_printf(c->arena, "%s/blobs/%s", c->workspace->path, relative);
    if (ku_file_exists(path)) return;
    c->wrong++;
    say(c, "blobs/%s is missing; a run or a document needs it", relative);
}

static ku_status check_office(check *c, ku_error *err)
{
    unsigned before = c->wrong;
    sqlite3 *db;
    KU_TRY(ku_workspace_office(c->workspace, &db, err));
    ku_status status = each_text(db, "PRAGMA integrity_check", integrity_row, c, err);
    if (status == KU_OK) status = each_text(db, "PRAGMA foreign_key_check", orphan_row, c, err);
    if (status == KU_OK)
        status = each_text(db,
                           "SELECT blob FROM run_table UNION"
                           " SELECT blob FROM document_version WHERE blob IS NOT NULL",
                           blob_row, c, err);
    ku_workspace_office_done(c->workspace, db);
    ku_arena_reset(c->arena);
    if (status == KU_OK && c->wrong == before) say(c, "office.db: good");
    return status;
}

/* ---- blobs ---------------------------------------------------------------------- */

/* "ab/<64 digits>.zst" gives the id. */
static bool blob_id(const char *relative, char id[KU_BLOB_ID])
{
    char expected[KU_BLOB_PATH];
    if (strlen(relative) != 3 + 64 + 4 || strspn(relative + 3, "0123456789abcdef") != 64)
        return false;
    ku_text_copyn(id, KU_BLOB_ID, relative + 3, 64);
    ku_blob_path(id, expected);
    return strcmp(expected, relative) == 0;
}

static ku_status check_blob(void *data, const char *relative, ku_error *err)
{
    (void)err;
    check *c = data;
    char id[KU_BLOB_ID];
    ku_error wrong = {0};
    void *bytes;
    size_t length;
    if (!blob_id(relative, id)) {
        say(c, "blobs/%s is none of Kemudi's files; it does no harm", relative);
        return KU_OK;
    }
    c->blobs++;
    if (ku_blob_get(c->workspace, id, c->arena, &bytes, &length, &wrong) != KU_OK)
        say_wrong(c, &wrong);
    ku_arena_reset(c->arena);
    return KU_OK;
}

static ku_status check_blobs(check *c, ku_error *err)
{
    unsigned before = c->wrong;
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = ku_folder_each(ku_workspace_file(c->workspace, arena, "blobs"), check_blob,
                                      c, err);
    ku_arena_free(arena);
    if (status == KU_OK && c->wrong == before) say(c, "stored files: %u, all good", c->blobs);
    return status;
}

/* ---- the bank ------------------------------------------------------------------- */

static ku_status count_bank(check *c, ku_error *err)
{
    ku_bank *bank;
    size_t count = 0;
    int64_t rows = 0;
    KU_TRY(ku_workspace_bank(c->workspace, KU_BANK_READ, &bank, err));
    ku_fact_count *counts = KU_ARRAY(c->arena, FACTS_MAX, ku_fact_count);
    ku_status status = ku_bank_counts(bank, counts, FACTS_MAX, &count, err);
    ku_workspace_bank_done(c->workspace, bank);
    for (size_t i = 0; i < count; i++) rows += counts[i].rows;
    char number[KU_NUMBER_TEXT];
    if (status == KU_OK) say(c, "bank.duckdb: good, %s rows", ku_format_int(number, rows, NULL));
    return status;
}

static ku_status check_bank(check *c, ku_error *err)
{
    ku_error wrong = {0};
    ku_status status = count_bank(c, &wrong);
    if (status == KU_BUSY) {
        if (err != NULL) *err = wrong;
        return status;
    }
    if (status != KU_OK) say_wrong(c, &wrong);
    return KU_OK;
}

ku_status ku_workspace_verify(ku_workspace *workspace, void (*say_fn)(void *, const char *),
                              void *data, ku_error *err)
{
    check c = {.workspace = workspace, .say = say_fn, .data = data, .arena = ku_arena_new()};
    if (c.arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = check_office(&c, err);
    if (status == KU_OK) status = check_blobs(&c, err);
    if (status == KU_OK) status = check_bank(&c, err);
    ku_arena_free(c.arena);
    if (status != KU_OK || c.wrong == 0) return status;
    return ku_error_set(err, KU_BAD_DATA, workspace->path,
                        "%u thing%s in this workspace %s wrong; restore a backup", c.wrong,
                        c.wrong == 1 ? "" : "s", c.wrong == 1 ? "is" : "are");
}
