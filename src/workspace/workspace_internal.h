/* workspace_internal.h - the parts of an open workspace. Each part is owned by the
 * workspace and has its own lock; no function here holds two of them at once. */
#ifndef KU_WORKSPACE_WORKSPACE_INTERNAL_H
#define KU_WORKSPACE_WORKSPACE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "kemudi/arena.h"
#include "workspace/workspace.h"

/* The bank of one process: at most one handle, shared (bank_holder.c). */
typedef struct bank_holder {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    const char *path;
    uint64_t memory;
    ku_bank *bank;     /* NULL: closed */
    ku_bank_mode mode; /* of the open bank */
    unsigned users;    /* the writer included */
    bool changing;     /* being opened or closed, or held alone */
    bool writing;
    pthread_t writer;
    unsigned writers_waiting;
    struct timespec idle_since; /* when users became 0 */
    pthread_t closer;           /* closes an idle bank */
    bool closer_started, stopping;
    atomic_bool hurry; /* nobody waits for another process any more */
} bank_holder;

enum { READERS = 8 };

/* The connections for reading (office.c): opened when first needed, then lent in turn. */
typedef struct reader_pool {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    const char *path;
    sqlite3 *idle[READERS];
    int idle_count, open_count;
} reader_pool;

struct ku_workspace {
    ku_arena *arena; /* path and settings */
    const char *path;
    ku_settings settings;
    pthread_mutex_t office_lock;
    sqlite3 *office;
    reader_pool readers;
    bank_holder bank;
};

enum {
    OFFICE_BUSY_MS = 10000, /* another process writes office.db */
    BANK_BUSY_MS = 10000,   /* another process holds the bank */
    BANK_TURN_MS = 60000,   /* another thread of this process does */
    BANK_LOOK_MS = 200,     /* how often a waiting one looks whether to give up */
    BANK_IDLE_MS = 2000,
};

/* A path inside the workspace, in the arena. */
char *ku_workspace_file(const ku_workspace *workspace, ku_arena *arena, const char *name);

/* office.c: opens office.db (creating it for `create`) and brings its schema up to date.
 * KU_CONFLICT when a newer program wrote it. */
ku_status ku_office_open(const char *path, bool create, sqlite3 **db, ku_error *err);
void ku_reader_pool_init(reader_pool *pool, const char *path);
void ku_reader_pool_clear(reader_pool *pool); /* all must have been given back */
ku_status ku_bank_holder_init(bank_holder *holder, const char *path, uint64_t memory,
                              ku_error *err);
void ku_bank_holder_clear(bank_holder *holder); /* nobody may use the bank any more */
/* The bank closed and kept closed in this process until _release; waits for its users. */
ku_status ku_bank_holder_alone(bank_holder *holder, ku_error *err);
void ku_bank_holder_release(bank_holder *holder);

/* "ab/abcd....zst" below blobs/. */
#define KU_BLOB_PATH (KU_BLOB_ID + 8)
void ku_blob_path(const char *id, char path[KU_BLOB_PATH]);
/* The content of a blob file's bytes, in the arena; checks that its hash is `id`. */
ku_status ku_blob_unpack(const char *id, const void *packed, size_t packed_length, ku_arena *arena,
                         void **bytes, size_t *length, ku_error *err);

#endif
