/* twins.c - rows that two exports share.
 *
 * Monthly and yearly exports overlap, and a shared row must count once; but one file may
 * rightly hold the same line twice (two equal items scanned one after the other). So rows
 * are matched one to one: the n-th copy of a row in the new file finds its twin if the
 * bank held at least n copies. A row that occurs k times in the bank and m times in the
 * file thus adds max(0, m - k).
 *
 * Only hours in which both have rows are looked at, so a file that just follows what is
 * there costs nothing, and a company that exports its whole history every month is
 * compared slice by slice, in bounded memory. Rows are first compared by a hash of their
 * values; those whose hash is met on both sides are numbered and compared value by
 * value, so that no row is left out that is not there. */
#include "bank/import/job.h"
#include "base/date.h"

ku_status ku_import_held(ku_import_job *job, const char *table, ku_time_range *range, ku_error *err)
{
    const char *column = job->settings->options.fact->time_column;
    ku_text sql = {0};
    ku_text_add(&sql, "SELECT min(");
    ku_sql_name(&sql, column);
    ku_text_add(&sql, ")::TIMESTAMP, max(");
    ku_sql_name(&sql, column);
    ku_text_add(&sql, ")::TIMESTAMP FROM ");
    ku_sql_name(&sql, table);
    ku_frame *frame = NULL;
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_session_query(job->session, "held", ku_text_string(&sql), NULL, 0, &frame, err);
    ku_text_clear(&sql);
    KU_TRY(status);
    range->any = frame->rows > 0 && ku_column_valid(&frame->column[0], 0);
    if (range->any) {
        range->first = frame->column[0].as.i64[0];
        range->last = frame->column[1].as.i64[0];
    }
    ku_frame_free(frame);
    return KU_OK;
}

/* "a", "b", ... of the fact, each with `prefix` in front. */
static void add_columns(ku_text *sql, const ku_fact *fact, const char *prefix)
{
    for (size_t i = 0; fact->columns[i].name != NULL; i++) {
        ku_text_addf(sql, "%s%s", i > 0 ? ", " : "", prefix);
        ku_sql_name(sql, fact->columns[i].name);
    }
}

static void add_range(ku_text *sql, const ku_fact *fact)
{
    ku_text_add(sql, " WHERE ");
    ku_sql_name(sql, fact->time_column);
    ku_text_add(sql, " BETWEEN $first AND $last");
}

/* One side of the comparison: `id` and `batch` of its rows with hash and values. */
static void add_side(ku_text *sql, const ku_fact *fact, const char *table, const char *where)
{
    ku_text_add(sql, "SELECT rowid AS id, batch, hash(");
    add_columns(sql, fact, "");
    ku_text_add(sql, ") AS h, ");
    add_columns(sql, fact, "");
    ku_text_add(sql, " FROM ");
    ku_sql_name(sql, table);
    add_range(sql, fact);
    ku_text_add(sql, where);
}

static void add_numbered(ku_text *sql, const char *side, const char *other)
{
    ku_text_addf(sql,
                 "SELECT *, row_number() OVER (PARTITION BY h ORDER BY id) AS n FROM %s "
                 "WHERE h IN (SELECT h FROM %s)",
                 side, other);
}

static void twins_sql(const ku_import_job *job, ku_text *sql)
{
    const ku_fact *fact = job->settings->options.fact;
    bool dry = job->target != job->table;
    ku_text_add(sql, "INSERT INTO twin_rows WITH fresh AS MATERIALIZED (");
    add_side(sql, fact, job->target, " AND rowid > $boundary");
    ku_text_add(sql, "), held AS MATERIALIZED (");
    add_side(sql, fact, job->table, dry ? "" : " AND rowid <= $boundary");
    if (dry) {
        ku_text_add(sql, " UNION ALL ");
        add_side(sql, fact, job->target, " AND rowid <= $boundary");
    }
    ku_text_add(sql, "), fresh_n AS (");
    add_numbered(sql, "fresh", "held");
    ku_text_add(sql, "), held_n AS (");
    add_numbered(sql, "held", "fresh");
    ku_text_add(sql, ") SELECT f.id, e.batch FROM fresh_n AS f JOIN held_n AS e "
                     "ON f.h = e.h AND f.n = e.n");
    for (size_t i = 0; fact->columns[i].name != NULL; i++) {
        ku_text_add(sql, " AND f.");
        ku_sql_name(sql, fact->columns[i].name);
        ku_text_add(sql, " IS NOT DISTINCT FROM e.");
        ku_sql_name(sql, fact->columns[i].name);
    }
}

/* ---- slices of time ------------------------------------------------------------------------ */

#define SLICE_ROWS INT64_C(1000000) /* of both sides; more only within one hour */

/* The hours of the range with how many rows each side has in them, where both have any. */
static void hours_sql(const ku_import_job *job, ku_text *sql)
{
    const ku_fact *fact = job->settings->options.fact;
    bool dry = job->target != job->table;
    const struct {
        const char *table, *where;
        bool fresh;
    } sides[] = {{job->target, " AND rowid > $boundary", true},
                 {job->table, dry ? "" : " AND rowid <= $boundary", false},
                 {job->target, " AND rowid <= $boundary", false}};
    ku_text_add(sql, "SELECT hour, count(*) AS n FROM (");
    for (size_t i = 0; i < (dry ? 3 : 2); i++) {
        ku_text_addf(sql, "%sSELECT date_trunc('hour', ", i > 0 ? " UNION ALL " : "");
        ku_sql_name(sql, fact->time_column);
        ku_text_addf(sql, "::TIMESTAMP) AS hour, %s AS fresh FROM ",
                     sides[i].fresh ? "true" : "false");
        ku_sql_name(sql, sides[i].table);
        add_range(sql, fact);
        ku_text_add(sql, sides[i].where);
    }
    ku_text_add(sql, ") GROUP BY hour HAVING bool_or(fresh) AND bool_or(NOT fresh) ORDER BY hour");
}

/* A statement's binds: the time range and the boundary between the two sides. */
typedef struct slice {
    ku_bind bind[3];
} slice;

static slice slice_of(int64_t first, int64_t last, int64_t boundary)
{
    return (slice){{{.name = "first", .type = KU_TIMESTAMP, .as.micros = first},
                    {.name = "last", .type = KU_TIMESTAMP, .as.micros = last},
                    {.name = "boundary", .type = KU_INT64, .as.i64 = boundary}}};
}

static const char doing[] = "looking for rows that are in the bank already";

/* Compares hour by hour, as many hours at a time as make a slice. */
static ku_status compare_slices(ku_import_job *job, const ku_frame *hours, int64_t boundary,
                                ku_time_range range, const char *sql, ku_error *err)
{
    const int64_t *hour = hours->column[0].as.i64, *rows = hours->column[1].as.i64;
    for (int64_t at = 0; at < hours->rows;) {
        int64_t first = hour[at], last, n = 0;
        do {
            last = hour[at] + KU_DAY_MICROS / 24 - 1;
            n += rows[at++];
        } while (at < hours->rows && n + rows[at] <= SLICE_ROWS);
        if (first < range.first) first = range.first;
        if (last > range.last) last = range.last;
        slice one = slice_of(first, last, boundary);
        KU_TRY(ku_import_exec(job, doing, sql, one.bind, 3, NULL, err));
    }
    return KU_OK;
}

static ku_status find_twins(ku_import_job *job, int64_t boundary, ku_time_range range,
                            ku_error *err)
{
    slice all = slice_of(range.first, range.last, boundary);
    ku_frame *hours = NULL;
    ku_text sql = {0};
    hours_sql(job, &sql);
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_session_query(job->session, "hours", ku_text_string(&sql), all.bind, 3, &hours,
                                  err);
    ku_text_empty(&sql);
    twins_sql(job, &sql);
    if (status == KU_OK) status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = compare_slices(job, hours, boundary, range, ku_text_string(&sql), err);
    ku_frame_free(hours);
    ku_text_clear(&sql);
    return status;
}

/* ---- taking them out -------------------------------------------------------------------------- */

/* Whose rows they were, so that an undo of that batch can be refused. */
static ku_status record_skips(ku_import_job *job, ku_error *err)
{
    const ku_bind batch = {.name = "batch", .type = KU_INT64, .as.i64 = job->batch};
    return ku_session_exec(job->session,
                           "INSERT INTO batch_skip SELECT $batch, batch, count(*) FROM twin_rows "
                           "WHERE batch <> $batch GROUP BY batch",
                           &batch, 1, NULL, err);
}

static ku_status delete_twins(ku_import_job *job, int64_t *twins, ku_error *err)
{
    ku_text sql = {0};
    ku_text_add(&sql, "DELETE FROM ");
    ku_sql_name(&sql, job->target);
    ku_text_add(&sql, " WHERE rowid IN (SELECT id FROM twin_rows)");
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_import_exec(job, doing, ku_text_string(&sql), NULL, 0, twins, err);
    ku_text_clear(&sql);
    return status;
}

ku_status ku_import_drop_twins(ku_import_job *job, int64_t boundary, ku_time_range range,
                               int64_t *twins, ku_error *err)
{
    KU_TRY(ku_session_exec(job->session,
                           "CREATE OR REPLACE TEMP TABLE twin_rows (id BIGINT, batch BIGINT)", NULL,
                           0, NULL, err));
    KU_TRY(find_twins(job, boundary, range, err));
    KU_TRY(delete_twins(job, twins, err));
    if (job->target == job->table) KU_TRY(record_skips(job, err));
    return ku_session_exec(job->session, "DROP TABLE twin_rows", NULL, 0, NULL, err);
}
