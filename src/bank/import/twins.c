/* twins.c - rows that two exports share.
 *
 * Monthly and yearly exports overlap, and a shared row must count once; but one file may
 * rightly hold the same line twice (two equal items scanned one after the other). So rows
 * are matched one to one: the n-th copy of a row in the new file finds its twin if the
 * bank held at least n copies. A row that occurs k times in the bank and m times in the
 * file thus adds max(0, m - k).
 *
 * Only the stretch of time that both have is looked at, so a file that just follows what
 * is there costs nothing. Rows are first compared by a hash of their values; only those
 * whose hash is met on both sides are numbered and compared value by value. */
#include "bank/import/job.h"

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

static void add_numbered(ku_text *sql, const ku_fact *fact, const char *side, const char *other)
{
    ku_text_addf(sql, "SELECT *, row_number() OVER (PARTITION BY h, ");
    add_columns(sql, fact, "");
    ku_text_addf(sql, " ORDER BY id) AS n FROM %s WHERE h IN (SELECT h FROM %s)", side, other);
}

static void twins_sql(const ku_import_job *job, ku_text *sql)
{
    const ku_fact *fact = job->settings->options.fact;
    bool dry = job->target != job->table;
    ku_text_add(sql, "CREATE OR REPLACE TEMP TABLE twin_rows AS WITH fresh AS MATERIALIZED (");
    add_side(sql, fact, job->target, " AND rowid > $boundary");
    ku_text_add(sql, "), held AS MATERIALIZED (");
    add_side(sql, fact, job->table, dry ? "" : " AND rowid <= $boundary");
    if (dry) {
        ku_text_add(sql, " UNION ALL ");
        add_side(sql, fact, job->target, " AND rowid <= $boundary");
    }
    ku_text_add(sql, "), fresh_n AS (");
    add_numbered(sql, fact, "fresh", "held");
    ku_text_add(sql, "), held_n AS (");
    add_numbered(sql, fact, "held", "fresh");
    ku_text_add(sql, ") SELECT f.id, e.batch FROM fresh_n AS f JOIN held_n AS e "
                     "ON f.h = e.h AND f.n = e.n");
    for (size_t i = 0; fact->columns[i].name != NULL; i++) {
        ku_text_add(sql, " AND f.");
        ku_sql_name(sql, fact->columns[i].name);
        ku_text_add(sql, " IS NOT DISTINCT FROM e.");
        ku_sql_name(sql, fact->columns[i].name);
    }
}

/* Whose rows they were, so that an undo of that batch can be refused. */
static ku_status record_skips(ku_import_job *job, ku_error *err)
{
    const ku_bind batch = {.name = "batch", .type = KU_INT64, .as.i64 = job->batch};
    return ku_session_exec(job->session,
                           "INSERT INTO batch_skip SELECT $batch, batch, count(*) FROM twin_rows "
                           "WHERE batch <> $batch GROUP BY batch",
                           &batch, 1, NULL, err);
}

ku_status ku_import_drop_twins(ku_import_job *job, int64_t boundary, ku_time_range range,
                               int64_t *twins, ku_error *err)
{
    const ku_bind binds[] = {
        {.name = "first", .type = KU_TIMESTAMP, .as.micros = range.first},
        {.name = "last", .type = KU_TIMESTAMP, .as.micros = range.last},
        {.name = "boundary", .type = KU_INT64, .as.i64 = boundary},
    };
    static const char doing[] = "looking for rows that are in the bank already";
    ku_text sql = {0};
    twins_sql(job, &sql);
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_import_exec(job, doing, ku_text_string(&sql), binds, 3, NULL, err);
    ku_text_empty(&sql);
    ku_text_add(&sql, "DELETE FROM ");
    ku_sql_name(&sql, job->target);
    ku_text_add(&sql, " WHERE rowid IN (SELECT id FROM twin_rows)");
    if (status == KU_OK)
        status = ku_import_exec(job, doing, ku_text_string(&sql), NULL, 0, twins, err);
    ku_text_clear(&sql);
    if (status == KU_OK && job->target == job->table) status = record_skips(job, err);
    if (status == KU_OK)
        status = ku_session_exec(job->session, "DROP TABLE twin_rows", NULL, 0, NULL, err);
    return status;
}
