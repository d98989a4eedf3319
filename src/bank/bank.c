/* bank.c - opening and closing the bank, and its one-line uses. Sessions are in session.c,
 * the schema in migrate.c, analyses' inputs in inputs.c. */
#include "bank/bank.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "bank/bank_internal.h"
#include "bank/lock.h"
#include "base/asset.h"
#include "base/date.h"

/* The engine's own lock may be held by a program that knows nothing of ours, such as
 * DuckDB's shell: wait for that as well. */
static ku_status open_database(ku_bank *bank, const char *path, const ku_bank_options *options,
                               ku_error *err)
{
    double until = ku_clock_seconds() + options->wait_ms / 1000.0;
    for (;;) {
        ku_error found = {0};
        ku_status status = bank->engine->open(path, options, &bank->database, &found);
        if (status == KU_OK) return KU_OK;
        if (status != KU_BUSY || ku_clock_seconds() >= until) {
            if (err != NULL) *err = found;
            return status;
        }
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
}

static ku_status lock_and_open(ku_bank *bank, const char *path, const ku_bank_options *options,
                               ku_error *err)
{
    if (path != NULL)
        KU_TRY(
            ku_bank_lock(path, options->mode == KU_BANK_WRITE, options->wait_ms, &bank->lock, err));
    return open_database(bank, path, options, err);
}

static void close_and_unlock(ku_bank *bank)
{
    if (bank->database != NULL) bank->engine->close(bank->database);
    bank->database = NULL;
    ku_bank_unlock(bank->lock);
    bank->lock = -1;
}

/* Opened for reading, a bank of an older program, or one whose writer died before its
 * journal was folded in, must first be opened for writing once. */
static ku_status bring_up_to_date(ku_bank *bank, const char *path, const ku_bank_options *options,
                                  ku_error *err)
{
    bool behind = false;
    KU_TRY(ku_bank_migrate(bank, options->mode == KU_BANK_READ && path != NULL, &behind, err));
    if (!behind) return KU_OK;
    close_and_unlock(bank);
    ku_bank_options writing = *options;
    writing.mode = KU_BANK_WRITE;
    KU_TRY(lock_and_open(bank, path, &writing, err));
    KU_TRY(ku_bank_migrate(bank, false, NULL, err));
    close_and_unlock(bank);
    return lock_and_open(bank, path, options, err);
}

static ku_status check_there(const char *path, ku_bank_mode mode, ku_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        if (errno == ENOENT && mode == KU_BANK_WRITE) return KU_OK;
        return ku_error_errno(err, errno, path, "open the bank");
    }
    if (S_ISREG(st.st_mode)) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, path, "the bank must be a file");
}

ku_status ku_bank_open(const char *path, const ku_bank_options *options, ku_bank **out,
                       ku_error *err)
{
    static const ku_bank_options defaults = {.mode = KU_BANK_WRITE};
    if (options == NULL) options = &defaults;
    if (path != NULL) KU_TRY(check_there(path, options->mode, err));
    ku_bank *bank = calloc(1, sizeof *bank);
    if (bank == NULL) return ku_error_set(err, KU_NO_MEMORY, path, "no memory to open the bank");
    bank->engine = &ku_engine_duckdb;
    bank->lock = -1;
    pthread_mutex_init(&bank->mutex, NULL);
    ku_status status = KU_OK;
    if (path != NULL && (bank->path = strdup(path)) == NULL)
        status = ku_error_set(err, KU_NO_MEMORY, path, "no memory to open the bank");
    if (status == KU_OK) status = lock_and_open(bank, path, options, err);
    if (status == KU_OK) {
        status = bring_up_to_date(bank, path, options, err);
        if (status != KU_OK && err != NULL && err->where[0] == '\0')
            ku_error_at(err, "%s", path != NULL ? path : "memory");
    }
    if (status == KU_OK)
        *out = bank;
    else
        ku_bank_close(bank);
    return status;
}

void ku_bank_close(ku_bank *bank)
{
    if (bank == NULL) return;
    assert(bank->sessions == NULL);
    close_and_unlock(bank);
    pthread_mutex_destroy(&bank->mutex);
    free(bank->path);
    free(bank);
}

const char *ku_bank_path(const ku_bank *bank)
{
    return bank->path;
}

ku_status ku_bank_query(ku_bank *bank, const char *name, const char *sql, const ku_bind *binds,
                        size_t bind_count, ku_frame **frame, ku_error *err)
{
    ku_session *session;
    KU_TRY(ku_session_open(bank, &session, err));
    ku_status status = ku_session_query(session, name, sql, binds, bind_count, frame, err);
    ku_session_close(session);
    return status;
}

void ku_bank_interrupt(ku_bank *bank)
{
    pthread_mutex_lock(&bank->mutex);
    for (ku_session *s = bank->sessions; s != NULL; s = s->next)
        bank->engine->interrupt(s->connection);
    pthread_mutex_unlock(&bank->mutex);
}

/* ---- what it holds -------------------------------------------------------------------- */

static void count_sql(const ku_fact *fact, ku_text *sql)
{
    ku_text_add(sql, "SELECT count(*) AS n");
    if (fact->time_column != NULL) {
        ku_text_add(sql, ", min(");
        ku_sql_name(sql, fact->time_column);
        ku_text_add(sql, ")::TIMESTAMP AS first, max(");
        ku_sql_name(sql, fact->time_column);
        ku_text_add(sql, ")::TIMESTAMP AS last");
    }
    ku_text_add(sql, " FROM ");
    ku_sql_name(sql, fact->name);
}

static ku_status count_one(ku_session *session, const ku_fact *fact, ku_fact_count *count,
                           ku_error *err)
{
    ku_text sql = {0};
    count_sql(fact, &sql);
    ku_frame *frame = NULL;
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_session_query(session, "count", ku_text_string(&sql), NULL, 0, &frame, err);
    ku_text_clear(&sql);
    KU_TRY(status);
    *count = (ku_fact_count){.fact = fact, .rows = frame->column[0].as.i64[0]};
    if (fact->time_column != NULL && ku_column_valid(&frame->column[1], 0)) {
        count->dated = true;
        count->first = frame->column[1].as.i64[0];
        count->last = frame->column[2].as.i64[0];
    }
    ku_frame_free(frame);
    return KU_OK;
}

ku_status ku_bank_counts(ku_bank *bank, ku_fact_count *counts, size_t capacity, size_t *count,
                         ku_error *err)
{
    size_t facts;
    const ku_fact *const *list = ku_facts(&facts);
    if (facts > capacity) facts = capacity;
    ku_session *session;
    KU_TRY(ku_session_open(bank, &session, err));
    ku_status status = KU_OK;
    for (size_t i = 0; status == KU_OK && i < facts; i++)
        status = count_one(session, list[i], &counts[i], err);
    ku_session_close(session);
    if (status == KU_OK) *count = facts;
    return status;
}

ku_status ku_bank_state_get(ku_bank *bank, ku_bank_state *state, ku_error *err)
{
    const char *sql = ku_asset("src/bank/queries/duckdb/state.sql", NULL);
    assert(sql != NULL);
    ku_frame *frame;
    KU_TRY(ku_bank_query(bank, "state", sql, NULL, 0, &frame, err));
    state->number = frame->column[0].as.i64[0];
    state->at = ku_column_valid(&frame->column[1], 0) ? frame->column[1].as.i64[0] : 0;
    ku_frame_free(frame);
    return KU_OK;
}
