/* backup.c - a consistent copy of a workspace in use, and its return.
 *
 * Order matters: office.db names blobs, and blobs are written before they are named. So
 * the office is copied first (VACUUM INTO is one read transaction), the blobs after it:
 * every blob the copy names is there. The bank is closed in this process for the time of
 * copying and locked for reading, as any reader of it does; so nobody writes it meanwhile. */
#include <string.h>

#include "bank/lock.h"
#include "base/file.h"
#include "base/text.h"
#include "workspace/archive.h"
#include "workspace/folder.h"
#include "workspace/sql.h"
#include "workspace/workspace_internal.h"

/* ---- the office ----------------------------------------------------------------- */

static ku_status copy_office(const char *from, const char *to, ku_error *err)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    ku_status status = KU_OK;
    if (sqlite3_open_v2(from, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        sqlite3_busy_timeout(db, OFFICE_BUSY_MS) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_bind_text(statement, 1, to, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_DONE)
        status = ku_sql_error(db, err, "copying");
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return status;
}

static ku_status add_office(ku_workspace *w, ku_archive *archive, const char *file, ku_arena *arena,
                            ku_error *err)
{
    char *folder;
    KU_TRY(ku_folder_make_part(file, arena, &folder, err));
    const char *copy = ku_arena_printf(arena, "%s/office.db", folder);
    ku_status status = copy_office(ku_workspace_file(w, arena, "office.db"), copy, err);
    if (status == KU_OK) status = ku_archive_add_file(archive, "office.db", copy, err);
    ku_folder_remove(folder, NULL);
    return status;
}

/* ---- the bank ------------------------------------------------------------------- */

static ku_status add_bank_locked(ku_workspace *w, ku_archive *archive, ku_arena *arena,
                                 ku_error *err)
{
    const char *journal = ku_workspace_file(w, arena, "bank.duckdb.wal");
    KU_TRY(ku_archive_add_file(archive, "bank.duckdb", w->bank.path, err));
    if (!ku_file_exists(journal)) return KU_OK;
    return ku_archive_add_file(archive, "bank.duckdb.wal", journal, err);
}

static ku_status add_bank(ku_workspace *w, ku_archive *archive, ku_arena *arena, ku_error *err)
{
    int lock;
    KU_TRY(ku_bank_holder_alone(&w->bank, err));
    ku_status status = ku_bank_lock(w->bank.path, false, BANK_BUSY_MS, &lock, err);
    if (status == KU_OK) {
        status = add_bank_locked(w, archive, arena, err);
        ku_bank_unlock(lock);
    }
    ku_bank_holder_release(&w->bank);
    return status;
}

/* ---- the rest ------------------------------------------------------------------- */

typedef struct adding {
    ku_workspace *workspace;
    ku_archive *archive;
    const char *folder; /* "blobs" */
    ku_arena *arena;
} adding;

static ku_status add_one(void *data, const char *relative, ku_error *err)
{
    const adding *a = data;
    if (strcmp(a->folder, "blobs") == 0 && !ku_text_ends(relative, ".zst"))
        return KU_OK; /* one being written just now */
    const char *name = ku_arena_printf(a->arena, "%s/%s", a->folder, relative);
    return ku_archive_add_file(a->archive, name, ku_workspace_file(a->workspace, a->arena, name),
                               err);
}

static ku_status add_folder(ku_workspace *w, ku_archive *archive, const char *folder,
                            ku_arena *arena, ku_error *err)
{
    adding a = {w, archive, folder, arena};
    return ku_folder_each(ku_workspace_file(w, arena, folder), add_one, &a, err);
}

static ku_status add_all(ku_workspace *w, ku_archive *archive, const char *file, ku_arena *arena,
                         ku_error *err)
{
    KU_TRY(ku_archive_add_file(archive, "kemudi.toml", ku_workspace_file(w, arena, "kemudi.toml"),
                               err));
    KU_TRY(add_office(w, archive, file, arena, err));
    KU_TRY(add_folder(w, archive, "blobs", arena, err));
    KU_TRY(add_folder(w, archive, "keys", arena, err));
    return add_bank(w, archive, arena, err);
}

ku_status ku_workspace_backup(ku_workspace *workspace, const char *file, ku_error *err)
{
    ku_archive *archive;
    KU_TRY(ku_archive_new(file, &archive, err));
    ku_arena *arena = ku_arena_new();
    ku_status status = arena != NULL ? add_all(workspace, archive, file, arena, err)
                                     : ku_error_set(err, KU_NO_MEMORY, file, "no memory");
    ku_arena_free(arena);
    if (status == KU_OK) return ku_archive_finish(archive, err);
    ku_archive_drop(archive);
    return status;
}

/* ---- the return ----------------------------------------------------------------- */

/* What was unpacked must be a workspace that opens and holds together. */
static ku_status check_unpacked(const char *folder, const char *file, ku_error *err)
{
    ku_workspace *w;
    ku_status status = ku_workspace_open(folder, &w, err);
    if (status != KU_OK) {
        ku_error_at(err, "%s", file);
        return status;
    }
    status = ku_workspace_verify(w, NULL, NULL, err);
    ku_workspace_close(w);
    return status;
}

static ku_status restore(const char *file, const char *part, ku_arena *arena, ku_error *err)
{
    KU_TRY(ku_archive_unpack(file, part, err));
    KU_TRY(ku_folder_make(ku_arena_printf(arena, "%s/blobs", part), 0700, err));
    KU_TRY(ku_folder_make(ku_arena_printf(arena, "%s/keys", part), 0700, err));
    return check_unpacked(part, file, err);
}

ku_status ku_workspace_restore(const char *file, const char *path, ku_error *err)
{
    char *part;
    if (!ku_file_exists(file)) return ku_error_set(err, KU_NOT_FOUND, file, "no such file");
    KU_TRY(ku_folder_check_free(path, err));
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = ku_folder_make_part(path, arena, &part, err);
    if (status == KU_OK) {
        status = restore(file, part, arena, err);
        if (status == KU_OK) status = ku_folder_appear(part, path, err);
        if (status != KU_OK) ku_folder_remove(part, NULL);
    }
    ku_arena_free(arena);
    return status;
}
