/* readers.c - the connections for reading office.db.
 *
 * In write-ahead mode readers never wait for the writer, but each needs a connection of its
 * own. A few are opened when first needed and lent in turn: reading work is short, and more
 * connections than processors would only wait for each other. */
#include <assert.h>
#include <errno.h>
#include <time.h>

#include "workspace/sql.h"
#include "workspace/workspace_internal.h"

void ku_reader_pool_init(reader_pool *pool, const char *path)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->freed, &attributes);
    pthread_condattr_destroy(&attributes);
    pool->path = path;
    pool->idle_count = pool->open_count = 0;
}

void ku_reader_pool_clear(reader_pool *pool)
{
    assert(pool->idle_count == pool->open_count && "every reader was given back");
    for (int i = 0; i < pool->idle_count; i++) {
        int closed = sqlite3_close(pool->idle[i]);
        assert(closed == SQLITE_OK && "every statement was finalized");
        (void)closed;
    }
    pthread_cond_destroy(&pool->freed);
    pthread_mutex_destroy(&pool->lock);
}

static ku_status open_reader(const char *path, sqlite3 **db, ku_error *err)
{
    sqlite3 *opened = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX; /* query_only below; WAL wants it */
    if (sqlite3_open_v2(path, &opened, flags, NULL) == SQLITE_OK) {
        sqlite3_extended_result_codes(opened, 1);
        sqlite3_busy_timeout(opened, OFFICE_BUSY_MS);
        sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        if (sqlite3_exec(opened, "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF", NULL, NULL,
                         NULL) == SQLITE_OK) {
            *db = opened;
            return KU_OK;
        }
    }
    ku_status status = opened != NULL
                           ? ku_sql_error(opened, err, "opening for reading")
                           : ku_error_set(err, KU_NO_MEMORY, path, "no memory to open it");
    sqlite3_close(opened);
    return status;
}

/* True when there is one idle or one may be opened; false after ten seconds without. */
static bool wait_for_one(reader_pool *pool)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += OFFICE_BUSY_MS / 1000;
    while (pool->idle_count == 0 && pool->open_count == READERS)
        if (pthread_cond_timedwait(&pool->freed, &pool->lock, &until) == ETIMEDOUT) return false;
    return true;
}

ku_status ku_workspace_reader(ku_workspace *workspace, sqlite3 **db, ku_error *err)
{
    reader_pool *pool = &workspace->readers;
    pthread_mutex_lock(&pool->lock);
    bool free_one = wait_for_one(pool);
    bool idle = free_one && pool->idle_count > 0;
    if (idle) *db = pool->idle[--pool->idle_count];
    if (free_one && !idle) pool->open_count++;
    pthread_mutex_unlock(&pool->lock);
    if (!free_one)
        return ku_error_set(err, KU_BUSY, "office.db",
                            "too many are reading the office's records at once; try again");
    if (idle) return KU_OK;
    ku_status status = open_reader(pool->path, db, err);
    if (status == KU_OK) return KU_OK;
    pthread_mutex_lock(&pool->lock);
    pool->open_count--;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
    return status;
}

void ku_workspace_reader_done(ku_workspace *workspace, sqlite3 *db)
{
    reader_pool *pool = &workspace->readers;
    if (!sqlite3_get_autocommit(db)) sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_lock(&pool->lock);
    pool->idle[pool->idle_count++] = db;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}
