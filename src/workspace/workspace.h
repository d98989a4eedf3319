/* workspace.h - one folder that holds everything: bank.duckdb, office.db, blobs/,
 * keys/, kemudi.toml. The ku_workspace is owned by its opener and may be used from
 * several threads. */
#ifndef KU_WORKSPACE_WORKSPACE_H
#define KU_WORKSPACE_WORKSPACE_H

#include <sqlite3.h>

#include "bank/bank.h"

typedef struct ku_workspace ku_workspace;

typedef struct ku_settings { /* kemudi.toml */
    const char *company;
    const char *currency;                /* ISO 4217, "EUR" */
    const char *language;                /* "en" */
    int fiscal_year_start;               /* month, 1..12 */
    uint64_t bank_memory, worker_memory; /* bytes */
    int worker_seconds;                  /* time limit of a run */
    const char *listen;                  /* "127.0.0.1" */
    int port;
    const char *oidc_issuer, *oidc_client; /* the company's sign-in service; "": none */
    const char *oidc_secret;               /* file in keys/ with the client's secret; "": none */
} ku_settings;

/* `settings` may be NULL; what is NULL or 0 in it gets its default.
 * Makes the folder with empty databases and a commented kemudi.toml; KU_CONFLICT when
 * there is a workspace already. Never leaves half a workspace. */
ku_status ku_workspace_init(const char *path, const ku_settings *settings, ku_error *err);
/* Opens it, migrating office.db if an older program wrote it. */
ku_status ku_workspace_open(const char *path, ku_workspace **workspace, ku_error *err);
void ku_workspace_close(ku_workspace *workspace);

const char *ku_workspace_path(const ku_workspace *workspace);
const ku_settings *ku_workspace_settings(const ku_workspace *workspace);

/* The bank, opened on first use and shared by all threads of the process; give it
 * back as soon as the work is done, on the thread that took it. Readers share; one thread
 * writes at a time, and readers go on beside it; a writer waits until those who opened
 * the bank for reading are done. With nobody using it for two seconds (at once after
 * writing) it is closed, so that the command line can import while the server runs. KU_BUSY
 * after a minute's wait within the process, or ten seconds for another process. */
ku_status ku_workspace_bank(ku_workspace *workspace, ku_bank_mode mode, ku_bank **bank,
                            ku_error *err);
void ku_workspace_bank_done(ku_workspace *workspace, ku_bank *bank);
/* The program is about to end: from now on who would have to wait for the bank gets KU_BUSY
 * at once. */
void ku_workspace_hurry(ku_workspace *workspace);

/* The SQLite connection (WAL, busy timeout, foreign keys) for one short piece of work; a
 * thread takes it once at a time, others wait. Give it back with _office_done, which takes
 * back an unfinished transaction. */
ku_status ku_workspace_office(ku_workspace *workspace, sqlite3 **db, ku_error *err);
void ku_workspace_office_done(ku_workspace *workspace, sqlite3 *db);

/* A connection for reading only, one of a few kept open: any number of threads read at once,
 * beside the one that writes, each what was committed when its transaction began. KU_BUSY when
 * none is free for ten seconds. Give it back with _reader_done, which ends the transaction. */
ku_status ku_workspace_reader(ku_workspace *workspace, sqlite3 **db, ku_error *err);
void ku_workspace_reader_done(ku_workspace *workspace, sqlite3 *db);

/* Bytes under blobs/ by the BLAKE2b-256 of their content; writing is atomic. */
#define KU_BLOB_ID 65
ku_status ku_blob_put(ku_workspace *workspace, const void *bytes, size_t length,
                      char id[KU_BLOB_ID], ku_error *err);
ku_status ku_blob_get(ku_workspace *workspace, const char *id, ku_arena *arena, void **bytes,
                      size_t *length, ku_error *err);
/* Removes the stored bytes; what is not there is well. The caller knows that none needs them. */
ku_status ku_blob_remove(ku_workspace *workspace, const char *id, ku_error *err);

/* A consistent copy while the workspace is in use; the opposite; a check of every hash
 * and database (remarks go to `say`). */
ku_status ku_workspace_backup(ku_workspace *workspace, const char *file, ku_error *err);
ku_status ku_workspace_restore(const char *file, const char *path, ku_error *err);
ku_status ku_workspace_verify(ku_workspace *workspace, void (*say)(void *, const char *),
                              void *data, ku_error *err);

#endif
