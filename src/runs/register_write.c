/* register_write.c - writing the record of runs.
 *
 * A run's row goes through its states by single transactions, so after a crash it shows
 * the last state reached. Whether a process is still at work on it is told by a lock on
 * one byte of the file runs.lock (an open file description lock, which the system frees
 * with the process, however it ends), not by anything written that could be out of date. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "runs/register_internal.h"
#include "workspace/sql.h"

#define EPOCH INT64_C(946684800000000) /* 2000-01-01, microseconds */
enum { TICK_MICROS = 100000 };

/* Does one piece of work on the office's database inside a transaction. */
typedef ku_status work_fn(sqlite3 *db, void *data, ku_error *err);

static ku_status in_transaction(ku_workspace *workspace, work_fn *work, void *data, ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_workspace_office(workspace, &db, err));
    ku_status status = ku_sql_run(db, err, "BEGIN IMMEDIATE", "");
    if (status == KU_OK) status = work(db, data, err);
    if (status == KU_OK) status = ku_sql_run(db, err, "COMMIT", "");
    ku_workspace_office_done(workspace, db); /* takes back what was not committed */
    return status;
}

/* ---- locks ---------------------------------------------------------------------- */

ku_status ku_register_lock_file(ku_workspace *workspace, int *fd, ku_error *err)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/runs.lock", ku_workspace_path(workspace));
    if (n < 0 || (size_t)n >= sizeof path)
        return ku_error_set(err, KU_USAGE, NULL, "the workspace's path is too long");
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return *fd >= 0 ? KU_OK : ku_error_errno(err, errno, path, "opening");
}

ku_status ku_register_lock(ku_workspace *workspace, int64_t number, int *lock, ku_error *err)
{
    int fd;
    KU_TRY(ku_register_lock_file(workspace, &fd, err));
    struct flock range = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)number, .l_len = 1};
    if (fcntl(fd, F_OFD_SETLK, &range) == 0) {
        *lock = fd;
        return KU_OK;
    }
    int why = errno;
    close(fd);
    if (why == EAGAIN || why == EACCES)
        return ku_error_set(err, KU_BUSY, NULL, "another process is at work on this run");
    return ku_error_errno(err, why, "runs.lock", "locking");
}

bool ku_register_alive(int lock_file, int64_t number)
{
    struct flock range = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)number, .l_len = 1};
    return fcntl(lock_file, F_OFD_GETLK, &range) != 0 || range.l_type != F_UNLCK;
}

void ku_register_release(int lock)
{
    if (lock >= 0) close(lock);
}

/* ---- a new run ------------------------------------------------------------------ */

typedef struct insert {
    ku_workspace *workspace;
    ku_run_record *record;
    const ku_run_limits *limits;
    ku_arena *arena;
    int *lock;
} insert;

/* After the last one given, whatever the clock says. */
static ku_status next_number(sqlite3 *db, int64_t *number, ku_error *err)
{
    sqlite3_stmt *s;
    bool row;
    KU_TRY(ku_sql_prepare(db, &s, err, "SELECT coalesce(max(number), 0) + 1 FROM run", ""));
    KU_TRY(ku_sql_step(&s, &row, err));
    int64_t next = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    int64_t now = (ku_now_micros() - EPOCH) / TICK_MICROS;
    *number = now > next ? now : next;
    return KU_OK;
}

static ku_status insert_row(sqlite3 *db, const insert *in, int64_t number, ku_error *err)
{
    const ku_run_record *r = in->record;
    int64_t again = 0;
    bool repeats = r->again_of != NULL && ku_run_number(r->again_of, &again);
    KU_TRY(ku_sql_run(
        db, err,
        "INSERT INTO run (number, analysis, version, program, state, seed, threads, memory_limit,"
        " time_limit, actor, submitted, started) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
        "issssiiiisii", number, r->analysis, r->version, r->program, ku_run_state_name(r->state),
        (int64_t)r->seed, (int64_t)in->limits->threads, (int64_t)in->limits->memory_limit,
        (int64_t)in->limits->seconds, r->actor, r->submitted, r->started));
    if (!repeats) return KU_OK;
    return ku_sql_run(db, err, "UPDATE run SET again_of = ?2 WHERE number = ?1", "ii", number,
                      again);
}

static ku_status insert_details(sqlite3 *db, const insert *in, int64_t number, ku_error *err)
{
    const ku_run_record *r = in->record;
    for (size_t i = 0; i < r->param_count; i++)
        KU_TRY(ku_sql_run(db, err, "INSERT INTO run_param VALUES (?1, ?2, ?3, ?4)", "iiss", number,
                          (int64_t)i, r->params[i].name, r->params[i].value));
    for (size_t i = 0; i < in->limits->file_count; i++)
        KU_TRY(ku_sql_run(db, err, "INSERT INTO run_file VALUES (?1, ?2, ?3, ?4)", "iiss", number,
                          (int64_t)i, in->limits->files[i].table, in->limits->files[i].path));
    return KU_OK;
}

static ku_status insert_run(sqlite3 *db, void *data, ku_error *err)
{
    insert *in = data;
    int64_t number;
    char id[KU_RUN_ID];
    KU_TRY(next_number(db, &number, err));
    if (in->record->state != KU_RUN_QUEUED)
        KU_TRY(ku_register_lock(in->workspace, number, in->lock, err));
    KU_TRY(insert_row(db, in, number, err));
    KU_TRY(insert_details(db, in, number, err));
    ku_run_id(number, id);
    in->record->id = ku_arena_strdup(in->arena, id);
    return KU_OK;
}

ku_status ku_register_insert(ku_workspace *workspace, ku_run_record *record,
                             const ku_run_limits *limits, ku_arena *arena, int *lock, ku_error *err)
{
    *lock = -1;
    insert in = {workspace, record, limits, arena, lock};
    ku_status status = in_transaction(workspace, insert_run, &in, err);
    if (status == KU_OK) return KU_OK;
    record->id = "";
    ku_register_release(*lock);
    *lock = -1;
    return status;
}

/* ---- its states ------------------------------------------------------------------ */

typedef struct change {
    const ku_run_record *record;
    int64_t number;
    bool changed;
} change;

static ku_status claim_run(sqlite3 *db, void *data, ku_error *err)
{
    change *c = data;
    KU_TRY(ku_sql_run(db, err,
                      "UPDATE run SET state = 'reading', started = ?2 "
                      "WHERE number = ?1 AND state = 'queued'",
                      "ii", c->number, ku_now_micros()));
    c->changed = sqlite3_changes(db) == 1;
    return KU_OK;
}

ku_status ku_register_claim(ku_workspace *workspace, const char *id, bool *claimed, int *lock,
                            ku_error *err)
{
    change c = {0};
    *claimed = false;
    *lock = -1;
    KU_TRY(ku_register_number(id, &c.number, err));
    ku_status status = ku_register_lock(workspace, c.number, lock, NULL);
    if (status == KU_BUSY) return KU_OK; /* someone else has it */
    if (status == KU_OK) status = in_transaction(workspace, claim_run, &c, err);
    if (status == KU_OK && c.changed) {
        *claimed = true;
        return KU_OK;
    }
    ku_register_release(*lock);
    *lock = -1;
    return status;
}

static ku_status cancel_run(sqlite3 *db, void *data, ku_error *err)
{
    change *c = data;
    KU_TRY(ku_sql_run(db, err,
                      "UPDATE run SET state = 'cancelled', ended = ?2, failure_code = 'CANCELLED',"
                      " failure_where = '', failure_text = 'cancelled before it began' "
                      "WHERE number = ?1 AND state = 'queued'",
                      "ii", c->number, ku_now_micros()));
    c->changed = sqlite3_changes(db) == 1;
    return KU_OK;
}

ku_status ku_register_cancel_queued(ku_workspace *workspace, const char *id, bool *cancelled,
                                    ku_error *err)
{
    change c = {0};
    KU_TRY(ku_register_number(id, &c.number, err));
    KU_TRY(in_transaction(workspace, cancel_run, &c, err));
    *cancelled = c.changed;
    return KU_OK;
}

static ku_status write_tables(sqlite3 *db, int64_t number, const char *side,
                              const ku_run_table *table, size_t count, ku_error *err)
{
    for (size_t i = 0; i < count; i++)
        KU_TRY(ku_sql_run(db, err,
                          "INSERT OR REPLACE INTO run_table VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                          "isisssi", number, side, (int64_t)i, table[i].name, table[i].blob,
                          table[i].hash, table[i].rows));
    return KU_OK;
}

static ku_status update_run(sqlite3 *db, void *data, ku_error *err)
{
    const change *c = data;
    const ku_run_record *r = c->record;
    KU_TRY(ku_sql_run(db, err,
                      "UPDATE run SET state = ?2, as_of = ?3, started = ?4, input_hash = ?5 "
                      "WHERE number = ?1",
                      "isiis", c->number, ku_run_state_name(r->state), r->as_of, r->started,
                      r->input_hash));
    return write_tables(db, c->number, "input", r->input, r->input_count, err);
}

ku_status ku_register_update(ku_workspace *workspace, const ku_run_record *record, ku_error *err)
{
    change c = {.record = record};
    KU_TRY(ku_register_number(record->id, &c.number, err));
    return in_transaction(workspace, update_run, &c, err);
}

static ku_status write_progress(sqlite3 *db, void *data, ku_error *err)
{
    const change *c = data;
    return ku_sql_run(db, err, "UPDATE run SET progress = ?2, doing = ?3 WHERE number = ?1", "ids",
                      c->number, c->record->progress, c->record->doing);
}

ku_status ku_register_progress(ku_workspace *workspace, const ku_run_record *record, ku_error *err)
{
    change c = {.record = record};
    KU_TRY(ku_register_number(record->id, &c.number, err));
    return in_transaction(workspace, write_progress, &c, err);
}

static ku_status write_remarks(sqlite3 *db, int64_t number, const ku_run_record *r, ku_error *err)
{
    static const char *const severities[] = {"note", "warn", "fail"};
    for (size_t i = 0; i < r->remark_count; i++)
        KU_TRY(ku_sql_run(db, err, "INSERT INTO run_remark VALUES (?1, ?2, ?3, ?4, ?5)", "iisss",
                          number, (int64_t)i, severities[r->remark[i].severity], r->remark[i].check,
                          r->remark[i].text));
    return KU_OK;
}

static ku_status finish_run(sqlite3 *db, void *data, ku_error *err)
{
    const change *c = data;
    const ku_run_record *r = c->record;
    bool good = r->state == KU_RUN_DONE;
    KU_TRY(ku_sql_run(db, err,
                      "UPDATE run SET state = ?2, ended = ?3, seconds = ?4, cpu_seconds = ?5, "
                      "peak_bytes = ?6, progress = ?7, doing = ?8, output_hash = ?9, "
                      "failure_code = ?10, failure_where = ?11, failure_text = ?12 "
                      "WHERE number = ?1",
                      "isiddidsssss", c->number, ku_run_state_name(r->state), r->ended, r->seconds,
                      r->cpu_seconds, (int64_t)r->peak_bytes, r->progress, r->doing, r->output_hash,
                      good ? NULL : ku_status_name(r->failure.code), good ? NULL : r->failure.where,
                      good ? NULL : r->failure.message));
    KU_TRY(write_remarks(db, c->number, r, err));
    return write_tables(db, c->number, "output", r->output, r->output_count, err);
}

ku_status ku_register_finish(ku_workspace *workspace, const ku_run_record *record, ku_error *err)
{
    change c = {.record = record};
    KU_TRY(ku_register_number(record->id, &c.number, err));
    return in_transaction(workspace, finish_run, &c, err);
}

/* ---- after a crash --------------------------------------------------------------- */

static ku_status sweep_runs(sqlite3 *db, void *data, ku_error *err)
{
    const int *lock_file = data;
    sqlite3_stmt *s;
    bool row;
    int64_t now = ku_now_micros();
    KU_TRY(ku_sql_prepare(db, &s, err,
                          "SELECT number FROM run WHERE state IN ('reading', 'running')", ""));
    for (;;) {
        KU_TRY(ku_sql_step(&s, &row, err));
        if (!row) return KU_OK;
        int64_t number = sqlite3_column_int64(s, 0);
        if (ku_register_alive(*lock_file, number)) continue;
        ku_status status = ku_sql_run(
            db, err,
            "UPDATE run SET state = 'failed', ended = ?2, failure_code = 'FAULT', "
            "failure_where = '', failure_text = 'the program stopped while it ran' "
            "WHERE number = ?1 AND state IN ('reading', 'running')",
            "ii", number, now);
        if (status != KU_OK) {
            sqlite3_finalize(s);
            return status;
        }
    }
}

ku_status ku_register_sweep(ku_workspace *workspace, ku_error *err)
{
    int lock_file;
    KU_TRY(ku_register_lock_file(workspace, &lock_file, err));
    ku_status status = in_transaction(workspace, sweep_runs, &lock_file, err);
    close(lock_file);
    return status;
}
