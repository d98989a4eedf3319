/* register_read.c - reading the record of runs. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frames/pack.h"
#include "runs/register_internal.h"
#include "workspace/sql.h"

ku_status ku_register_unknown(const char *id, ku_error *err)
{
    return ku_error_set(err, KU_NOT_FOUND, NULL, "there is no run %s; `kemudi runs` lists them",
                        id);
}

ku_status ku_register_number(const char *id, int64_t *number, ku_error *err)
{
    if (ku_run_number(id, number)) return KU_OK;
    return ku_error_set(err, KU_NOT_FOUND, NULL,
                        "%.40s is not the id of a run; one looks like r7k3m9q2", id);
}

/* ---- one record ------------------------------------------------------------------ */

#define COLUMNS                                                                                    \
    "SELECT number, analysis, version, program, state, seed, input_hash, output_hash, as_of, "     \
    "started, ended, seconds, cpu_seconds, peak_bytes, progress, doing, actor, again_of, "         \
    "failure_code, failure_where, failure_text, submitted FROM run "

static ku_run_state find_state(const char *name)
{
    for (int s = 0; s <= KU_RUN_CANCELLED; s++)
        if (strcmp(ku_run_state_name((ku_run_state)s), name) == 0) return (ku_run_state)s;
    return KU_RUN_FAILED;
}

static ku_status find_status(const char *name)
{
    for (int s = 0; s < KU_STATUS_COUNT; s++)
        if (strcmp(ku_status_name((ku_status)s), name) == 0) return (ku_status)s;
    return KU_FAULT;
}

static const char *id_text(int64_t number, ku_arena *arena)
{
    char id[KU_RUN_ID];
    ku_run_id(number, id);
    return ku_arena_strdup(arena, id);
}

static void read_row(sqlite3_stmt *s, ku_arena *arena, ku_run_record *r)
{
    *r = (ku_run_record){.id = id_text(sqlite3_column_int64(s, 0), arena),
                         .analysis = ku_sql_text(s, 1, arena),
                         .version = ku_sql_text(s, 2, arena),
                         .program = ku_sql_text(s, 3, arena),
                         .state = find_state(ku_sql_text(s, 4, arena)),
                         .seed = (uint64_t)sqlite3_column_int64(s, 5),
                         .input_hash = ku_sql_text(s, 6, arena),
                         .output_hash = ku_sql_text(s, 7, arena),
                         .as_of = sqlite3_column_int64(s, 8),
                         .started = sqlite3_column_int64(s, 9),
                         .ended = sqlite3_column_int64(s, 10),
                         .seconds = sqlite3_column_double(s, 11),
                         .cpu_seconds = sqlite3_column_double(s, 12),
                         .peak_bytes = (uint64_t)sqlite3_column_int64(s, 13),
                         .progress = sqlite3_column_double(s, 14),
                         .doing = ku_sql_text(s, 15, arena),
                         .actor = ku_sql_text(s, 16, arena),
                         .submitted = sqlite3_column_int64(s, 21)};
    if (sqlite3_column_type(s, 17) != SQLITE_NULL)
        r->again_of = id_text(sqlite3_column_int64(s, 17), arena);
    if (sqlite3_column_type(s, 18) != SQLITE_NULL)
        ku_error_set(&r->failure, find_status(ku_sql_text(s, 18, arena)), ku_sql_text(s, 19, arena),
                     "%s", ku_sql_text(s, 20, arena));
}

/* Number of rows of a detail table for one run. */
static ku_status count_rows(sqlite3 *db, const char *sql, int64_t number, const char *side,
                            size_t *count, ku_error *err)
{
    sqlite3_stmt *s;
    bool row;
    KU_TRY(ku_sql_prepare(db, &s, err, sql, side != NULL ? "is" : "i", number, side));
    KU_TRY(ku_sql_step(&s, &row, err));
    *count = (size_t)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return KU_OK;
}

static ku_status read_params(sqlite3 *db, int64_t number, ku_arena *arena, ku_run_record *r,
                             ku_error *err)
{
    sqlite3_stmt *s;
    bool row;
    KU_TRY(count_rows(db, "SELECT count(*) FROM run_param WHERE run = ?1", number, NULL,
                      &r->param_count, err));
    r->params = KU_ARRAY(arena, r->param_count + 1, ku_param_text);
    KU_TRY(ku_sql_prepare(db, &s, err,
                          "SELECT name, value FROM run_param WHERE run = ?1 ORDER BY place", "i",
                          number));
    for (size_t i = 0;; i++) {
        KU_TRY(ku_sql_step(&s, &row, err));
        if (!row) return KU_OK;
        r->params[i] = (ku_param_text){ku_sql_text(s, 0, arena), ku_sql_text(s, 1, arena)};
    }
}

static ku_status read_tables(sqlite3 *db, int64_t number, const char *side, ku_arena *arena,
                             ku_run_table **tables, size_t *count, ku_error *err)
{
    sqlite3_stmt *s;
    bool row;
    KU_TRY(count_rows(db, "SELECT count(*) FROM run_table WHERE run = ?1 AND side = ?2", number,
                      side, count, err));
    *tables = KU_ARRAY(arena, *count + 1, ku_run_table);
    KU_TRY(ku_sql_prepare(db, &s, err,
                          "SELECT name, blob, rows, hash FROM run_table "
                          "WHERE run = ?1 AND side = ?2 ORDER BY place",
                          "is", number, side));
    for (size_t i = 0;; i++) {
        KU_TRY(ku_sql_step(&s, &row, err));
        if (!row) return KU_OK;
        (*tables)[i] = (ku_run_table){ku_sql_text(s, 0, arena), ku_sql_text(s, 1, arena),
                                      sqlite3_column_int64(s, 2), ku_sql_text(s, 3, arena)};
    }
}

static ku_severity find_severity(const char *name)
{
    return *name == 'n' ? KU_NOTE : *name == 'w' ? KU_WARN : KU_FAIL;
}

static ku_status read_remarks(sqlite3 *db, int64_t number, ku_arena *arena, ku_run_record *r,
                              ku_error *err)
{
    sqlite3_stmt *s;
    bool row;
    KU_TRY(count_rows(db, "SELECT count(*) FROM run_remark WHERE run = ?1", number, NULL,
                      &r->remark_count, err));
    r->remark = KU_ARRAY(arena, r->remark_count + 1, ku_remark);
    KU_TRY(ku_sql_prepare(db, &s, err,
                          "SELECT severity, check_name, text FROM run_remark WHERE run = ?1 "
                          "ORDER BY place",
                          "i", number));
    for (size_t i = 0;; i++) {
        KU_TRY(ku_sql_step(&s, &row, err));
        if (!row) return KU_OK;
        r->remark[i] = (ku_remark){find_severity(ku_sql_text(s, 0, arena)),
                                   ku_sql_text(s, 1, arena), ku_sql_text(s, 2, arena)};
    }
}

static ku_status read_details(sqlite3 *db, ku_arena *arena, ku_run_record *r, ku_error *err)
{
    int64_t number;
    KU_TRY(ku_register_number(r->id, &number, err));
    KU_TRY(read_params(db, number, arena, r, err));
    KU_TRY(read_tables(db, number, "input", arena, &r->input, &r->input_count, err));
    KU_TRY(read_tables(db, number, "output", arena, &r->output, &r->output_count, err));
    return read_remarks(db, number, arena, r, err);
}

static ku_status read_run(sqlite3 *db, const char *id, ku_arena *arena, ku_run_record *record,
                          ku_error *err)
{
    int64_t number;
    sqlite3_stmt *s;
    bool row;
    KU_TRY(ku_register_number(id, &number, err));
    KU_TRY(ku_sql_prepare(db, &s, err, COLUMNS "WHERE number = ?1", "i", number));
    KU_TRY(ku_sql_step(&s, &row, err));
    if (!row) return ku_register_unknown(id, err);
    read_row(s, arena, record);
    sqlite3_finalize(s);
    return read_details(db, arena, record, err);
}

static ku_status read_once(ku_workspace *workspace, const char *id, ku_arena *arena,
                           ku_run_record *record, ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_workspace_office(workspace, &db, err));
    ku_status status = read_run(db, id, arena, record, err);
    ku_workspace_office_done(workspace, db);
    return status;
}

static bool at_work(const ku_run_record *record)
{
    return record->state == KU_RUN_READING || record->state == KU_RUN_RUNNING;
}

/* Whether a run that is said to be at work has lost its process. */
static bool orphaned(ku_workspace *workspace, const ku_run_record *record)
{
    int64_t number;
    int lock_file;
    if (!at_work(record) || !ku_run_number(record->id, &number) ||
        ku_register_lock_file(workspace, &lock_file, NULL) != KU_OK)
        return false;
    bool alive = ku_register_alive(lock_file, number);
    close(lock_file);
    return !alive;
}

ku_status ku_run_get(ku_workspace *workspace, const char *id, ku_arena *arena,
                     ku_run_record *record, ku_error *err)
{
    KU_TRY(read_once(workspace, id, arena, record, err));
    if (!orphaned(workspace, record)) return KU_OK;
    KU_TRY(ku_register_sweep(workspace, err));
    return read_once(workspace, id, arena, record, err);
}

/* ---- lists ----------------------------------------------------------------------- */

static ku_status list_rows(sqlite3 *db, const char *analysis, int64_t before, size_t limit,
                           ku_arena *arena, ku_run_record *records, size_t *count, ku_error *err)
{
    sqlite3_stmt *s;
    bool row;
    KU_TRY(ku_sql_prepare(db, &s, err,
                          COLUMNS "WHERE number < ?1 AND (?2 IS NULL OR analysis = ?2) "
                                  "ORDER BY number DESC LIMIT ?3",
                          "isi", before, analysis, (int64_t)limit));
    for (*count = 0;; ++*count) {
        KU_TRY(ku_sql_step(&s, &row, err));
        if (!row) break;
        read_row(s, arena, &records[*count]);
    }
    for (size_t i = 0; i < *count; i++) KU_TRY(read_details(db, arena, &records[i], err));
    return KU_OK;
}

static ku_status list_once(ku_workspace *workspace, const char *analysis, int64_t before,
                           size_t limit, ku_arena *arena, ku_run_record *records, size_t *count,
                           ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_workspace_office(workspace, &db, err));
    ku_status status = list_rows(db, analysis, before, limit, arena, records, count, err);
    ku_workspace_office_done(workspace, db);
    return status;
}

ku_status ku_run_list(ku_workspace *workspace, const char *analysis, const char *before_id,
                      size_t limit, ku_arena *arena, ku_run_record **records, size_t *count,
                      ku_error *err)
{
    int64_t before = INT64_MAX;
    if (before_id != NULL) KU_TRY(ku_register_number(before_id, &before, err));
    if (limit > 1000) limit = 1000;
    *records = KU_ARRAY(arena, limit + 1, ku_run_record);
    KU_TRY(list_once(workspace, analysis, before, limit, arena, *records, count, err));
    bool lost = false;
    for (size_t i = 0; i < *count && !lost; i++) lost = orphaned(workspace, &(*records)[i]);
    if (!lost) return KU_OK;
    KU_TRY(ku_register_sweep(workspace, err));
    return list_once(workspace, analysis, before, limit, arena, *records, count, err);
}

static ku_status queued_rows(sqlite3 *db, ku_arena *arena, const char ***ids, size_t *count,
                             ku_error *err)
{
    sqlite3_stmt *s;
    bool row;
    KU_TRY(ku_sql_prepare(db, &s, err, "SELECT count(*) FROM run WHERE state = 'queued'", ""));
    KU_TRY(ku_sql_step(&s, &row, err));
    size_t room = (size_t)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    *ids = KU_ARRAY(arena, room + 1, const char *);
    KU_TRY(ku_sql_prepare(db, &s, err,
                          "SELECT number FROM run WHERE state = 'queued' ORDER BY number LIMIT ?1",
                          "i", (int64_t)room));
    for (*count = 0;; ++*count) {
        KU_TRY(ku_sql_step(&s, &row, err));
        if (!row) return KU_OK;
        (*ids)[*count] = id_text(sqlite3_column_int64(s, 0), arena);
    }
}

ku_status ku_register_queued(ku_workspace *workspace, ku_arena *arena, const char ***ids,
                             size_t *count, ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_workspace_office(workspace, &db, err));
    ku_status status = queued_rows(db, arena, ids, count, err);
    ku_workspace_office_done(workspace, db);
    return status;
}

/* ---- what a queued run needs ------------------------------------------------------ */

static ku_status limits_rows(sqlite3 *db, const char *id, ku_arena *arena, ku_run_limits *limits,
                             ku_error *err)
{
    int64_t number;
    sqlite3_stmt *s;
    bool row;
    size_t count;
    KU_TRY(ku_register_number(id, &number, err));
    KU_TRY(ku_sql_prepare(db, &s, err,
                          "SELECT threads, memory_limit, time_limit FROM run WHERE number = ?1",
                          "i", number));
    KU_TRY(ku_sql_step(&s, &row, err));
    if (!row) return ku_register_unknown(id, err);
    limits->threads = (unsigned)sqlite3_column_int64(s, 0);
    limits->memory_limit = (uint64_t)sqlite3_column_int64(s, 1);
    limits->seconds = sqlite3_column_int(s, 2);
    sqlite3_finalize(s);
    KU_TRY(
        count_rows(db, "SELECT count(*) FROM run_file WHERE run = ?1", number, NULL, &count, err));
    ku_table_file *files = KU_ARRAY(arena, count + 1, ku_table_file);
    limits->files = files;
    limits->file_count = count;
    KU_TRY(ku_sql_prepare(db, &s, err,
                          "SELECT table_name, path FROM run_file WHERE run = ?1 ORDER BY place",
                          "i", number));
    for (size_t i = 0;; i++) {
        KU_TRY(ku_sql_step(&s, &row, err));
        if (!row) return KU_OK;
        files[i] = (ku_table_file){ku_sql_text(s, 0, arena), ku_sql_text(s, 1, arena)};
    }
}

ku_status ku_register_limits(ku_workspace *workspace, const char *id, ku_arena *arena,
                             ku_run_limits *limits, ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_workspace_office(workspace, &db, err));
    ku_status status = limits_rows(db, id, arena, limits, err);
    ku_workspace_office_done(workspace, db);
    return status;
}

/* ---- tables ---------------------------------------------------------------------- */

static void free_packed(void *bytes, size_t length)
{
    (void)length;
    free(bytes);
}

/* The blob in memory of its own, aligned as packed frames must be. */
static ku_status read_blob(ku_workspace *workspace, const char *blob, ku_frame **frame,
                           ku_error *err)
{
    void *bytes, *own = NULL;
    size_t length;
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = ku_blob_get(workspace, blob, arena, &bytes, &length, err);
    if (status == KU_OK && (own = aligned_alloc(64, (length + 64) / 64 * 64)) == NULL)
        status = ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for a stored table");
    if (status == KU_OK) memcpy(own, bytes, length);
    ku_arena_free(arena);
    if (status != KU_OK) return status;
    return ku_pack_adopt(own, length, free_packed, frame, err);
}

ku_status ku_run_table_read(ku_workspace *workspace, const char *id, const char *table,
                            ku_frame **frame, ku_error *err)
{
    ku_run_record record;
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = read_once(workspace, id, arena, &record, err);
    const char *blob = NULL;
    for (size_t i = 0; status == KU_OK && i < record.output_count; i++)
        if (strcmp(record.output[i].name, table) == 0) blob = record.output[i].blob;
    if (status == KU_OK && blob == NULL)
        status = ku_error_set(err, KU_NOT_FOUND, NULL, "run %s has no result table %s", record.id,
                              table);
    if (status == KU_OK) status = read_blob(workspace, blob, frame, err);
    ku_arena_free(arena);
    return status;
}
