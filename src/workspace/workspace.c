/* workspace.c - making and opening the folder that holds everything.
 *
 * A workspace appears whole or not at all: it is made under another name and renamed. */
#include "workspace/workspace.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "workspace/folder.h"
#include "workspace/settings.h"
#include "workspace/workspace_internal.h"

enum { SETTINGS_LIMIT = 1 << 20 };

/* ---- making --------------------------------------------------------------------- */

static ku_status make_office(const char *part, ku_arena *arena, ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_office_open(ku_arena_printf(arena, "%s/office.db", part), true, &db, err));
    if (sqlite3_close(db) == SQLITE_OK) return KU_OK;
    return ku_error_set(err, KU_IO, "office.db", "closing: %s", sqlite3_errmsg(db));
}

static ku_status make_bank(const char *part, const ku_settings *settings, ku_arena *arena,
                           ku_error *err)
{
    ku_bank *bank;
    ku_bank_options options = {.mode = KU_BANK_WRITE, .memory_limit = settings->bank_memory};
    KU_TRY(ku_bank_open(ku_arena_printf(arena, "%s/bank.duckdb", part), &options, &bank, err));
    ku_bank_close(bank);
    return KU_OK;
}

static ku_status make_settings(const char *part, const ku_settings *settings, ku_arena *arena,
                               ku_error *err)
{
    ku_text text;
    ku_text_init(&text);
    ku_settings_write(settings, &text);
    ku_status status = ku_text_check(&text, err);
    if (status == KU_OK)
        status = ku_file_write(ku_arena_printf(arena, "%s/kemudi.toml", part), text.bytes,
                               text.length, 0600, err);
    ku_text_clear(&text);
    return status;
}

static ku_status make_content(const char *part, const ku_settings *settings, ku_arena *arena,
                              ku_error *err)
{
    KU_TRY(make_settings(part, settings, arena, err));
    KU_TRY(ku_folder_make(ku_arena_printf(arena, "%s/blobs", part), 0700, err));
    KU_TRY(ku_folder_make(ku_arena_printf(arena, "%s/keys", part), 0700, err));
    KU_TRY(make_office(part, arena, err));
    return make_bank(part, settings, arena, err);
}

static ku_status make(const char *path, const ku_settings *settings, ku_arena *arena, ku_error *err)
{
    char *part;
    KU_TRY(ku_folder_check_free(path, err));
    KU_TRY(ku_folder_make_part(path, arena, &part, err));
    ku_status status = make_content(part, settings, arena, err);
    if (status == KU_OK) status = ku_folder_appear(part, path, err);
    if (status != KU_OK) ku_folder_remove(part, NULL);
    return status;
}

ku_status ku_workspace_init(const char *path, const ku_settings *settings, ku_error *err)
{
    ku_settings complete = settings != NULL ? *settings : (ku_settings){0};
    KU_TRY(ku_settings_complete(&complete, err));
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = make(path, &complete, arena, err);
    ku_arena_free(arena);
    return status;
}

/* ---- opening -------------------------------------------------------------------- */

static ku_status check_folder(const char *path, ku_arena *arena, ku_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0 && errno == ENOENT)
        return ku_error_set(err, KU_NOT_FOUND, path,
                            "there is no such folder; `kemudi init -w %s` makes a workspace", path);
    if (stat(path, &st) != 0) return ku_error_errno(err, errno, path, "opening the workspace");
    if (!S_ISDIR(st.st_mode))
        return ku_error_set(err, KU_NOT_FOUND, path, "a workspace is a folder; this is a file");
    if (access(path, R_OK | W_OK | X_OK) != 0)
        return ku_error_errno(err, errno, path, "opening the workspace");
    static const char *const parts[] = {"kemudi.toml", "office.db", "bank.duckdb", "blobs"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (stat(ku_arena_printf(arena, "%s/%s", path, parts[i]), &st) == 0) continue;
        if (errno != ENOENT) return ku_error_errno(err, errno, path, "opening the workspace");
        return i == 0
                   ? ku_error_set(err, KU_NOT_FOUND, path,
                                  "this folder is not a workspace: it has no kemudi.toml")
                   : ku_error_set(err, KU_BAD_DATA, path,
                                  "%s is missing from this workspace; restore a backup", parts[i]);
    }
    return KU_OK;
}

static ku_status read_settings(ku_workspace *w, ku_error *err)
{
    char *text;
    size_t length;
    const char *path = ku_workspace_file(w, w->arena, "kemudi.toml");
    KU_TRY(ku_file_read(path, SETTINGS_LIMIT, w->arena, &text, &length, err));
    return ku_settings_read(text, length, w->arena, &w->settings, err);
}

static ku_status init_lock(pthread_mutex_t *lock, ku_error *err)
{
    pthread_mutexattr_t attributes;
    if (pthread_mutexattr_init(&attributes) != 0)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for a lock");
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    int failed = pthread_mutex_init(lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return failed == 0 ? KU_OK : ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for a lock");
}

static ku_status open_parts(ku_workspace *w, ku_error *err)
{
    KU_TRY(check_folder(w->path, w->arena, err));
    KU_TRY(read_settings(w, err));
    KU_TRY(ku_folder_make(ku_workspace_file(w, w->arena, "keys"), 0700, err));
    KU_TRY(ku_office_open(ku_workspace_file(w, w->arena, "office.db"), false, &w->office, err));
    KU_TRY(init_lock(&w->office_lock, err));
    ku_status status = ku_bank_holder_init(&w->bank, ku_workspace_file(w, w->arena, "bank.duckdb"),
                                           w->settings.bank_memory, err);
    if (status != KU_OK) {
        pthread_mutex_destroy(&w->office_lock);
        return status;
    }
    ku_reader_pool_init(&w->readers, ku_workspace_file(w, w->arena, "office.db"));
    return KU_OK;
}

/* The path as it will still hold after a change of the working folder. */
static char *absolute(const char *path, ku_arena *arena)
{
    char *full = realpath(path, NULL);
    char *kept = ku_arena_strdup(arena, full != NULL ? full : path);
    free(full);
    return kept;
}

ku_status ku_workspace_open(const char *path, ku_workspace **workspace, ku_error *err)
{
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_workspace *w = KU_NEW(arena, ku_workspace);
    w->arena = arena;
    w->path = absolute(path, arena);
    ku_status status = open_parts(w, err);
    if (status == KU_OK) {
        *workspace = w;
        return KU_OK;
    }
    sqlite3_close(w->office);
    ku_arena_free(arena);
    return status;
}

void ku_workspace_close(ku_workspace *workspace)
{
    if (workspace == NULL) return;
    ku_bank_holder_clear(&workspace->bank);
    ku_reader_pool_clear(&workspace->readers);
    int closed = sqlite3_close(workspace->office);
    assert(closed == SQLITE_OK && "every statement was finalized");
    (void)closed;
    pthread_mutex_destroy(&workspace->office_lock);
    ku_arena_free(workspace->arena);
}

const char *ku_workspace_path(const ku_workspace *workspace)
{
    return workspace->path;
}

const ku_settings *ku_workspace_settings(const ku_workspace *workspace)
{
    return &workspace->settings;
}

char *ku_workspace_file(const ku_workspace *workspace, ku_arena *arena, const char *name)
{
    return ku_arena_printf(arena, "%s/%s", workspace->path, name);
}
