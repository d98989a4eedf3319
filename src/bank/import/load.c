/* load.c - the rows of one file into the bank.
 *
 * The checked rows stream from the reader's threads straight into the table, which is
 * written once; the file's hash is worked out by another thread at the same time. A row
 * of a dimension takes what its file does not tell (columns it has not) from the row it
 * replaces. */
#include <pthread.h>
#include <string.h>

#include "bank/import/job.h"

/* ---- statements ------------------------------------------------------------------------- */

/* A field of the plan as SQL over the feed: an empty one is worked out where it can be. */
static void add_field(ku_text *sql, const ku_plan_field *field)
{
    if (field->derived_from == 0) {
        ku_text_add(sql, "f.");
        ku_sql_name(sql, field->spec->name);
        return;
    }
    ku_text_add(sql, "coalesce(f.");
    ku_sql_name(sql, field->spec->name);
    ku_text_addf(sql, ", %s)", field->spec->derive);
}

static void add_names(ku_text *sql, const ku_plan *plan)
{
    for (size_t i = 0; i < plan->field_count; i++) {
        ku_sql_name(sql, plan->field[i].spec->name);
        ku_text_add(sql, ", ");
    }
}

static void insert_facts(ku_text *sql, const ku_import_job *job, const ku_plan *plan,
                         const char *feed)
{
    ku_text_add(sql, "INSERT INTO ");
    ku_sql_name(sql, job->target);
    ku_text_add(sql, " (");
    add_names(sql, plan);
    ku_text_add(sql, "batch) SELECT ");
    for (size_t i = 0; i < plan->field_count; i++) {
        add_field(sql, &plan->field[i]);
        ku_text_add(sql, ", ");
    }
    ku_text_addf(sql, "$batch FROM %s AS f", feed);
}

static bool in_plan(const ku_plan *plan, const ku_fact_column *spec)
{
    for (size_t i = 0; i < plan->field_count; i++)
        if (plan->field[i].spec == spec) return true;
    return false;
}

static void add_keys(ku_text *sql, const ku_fact *fact, const char *separator, const char *before,
                     const char *between)
{
    for (size_t i = 0; fact->key[i] != NULL; i++) {
        if (i > 0) ku_text_add(sql, separator);
        ku_text_add(sql, before);
        ku_sql_name(sql, fact->key[i]);
        if (between == NULL) continue;
        ku_text_add(sql, between);
        ku_sql_name(sql, fact->key[i]);
    }
}

/* The last row of each key in the file; columns that the file has not come from the row
 * that holds now. */
static void insert_dimension(ku_text *sql, const ku_import_job *job, const ku_plan *plan,
                             const char *feed)
{
    const ku_fact *fact = job->settings->options.fact;
    ku_text kept = {0};
    ku_text_add(sql, "INSERT INTO ");
    ku_sql_name(sql, job->target);
    ku_text_add(sql, " (");
    add_names(sql, plan);
    for (const ku_fact_column *spec = fact->columns; spec->name != NULL; spec++) {
        if (in_plan(plan, spec)) continue;
        ku_sql_name(sql, spec->name);
        ku_text_add(sql, ", ");
        ku_text_add(&kept, "now.");
        ku_sql_name(&kept, spec->name);
        ku_text_add(&kept, ", ");
    }
    ku_text_add(sql, "batch) SELECT ");
    for (size_t i = 0; i < plan->field_count; i++) {
        add_field(sql, &plan->field[i]);
        ku_text_add(sql, ", ");
    }
    ku_text_addf(sql, "%s$batch FROM (SELECT * FROM %s QUALIFY row_number() OVER (PARTITION BY ",
                 ku_text_string(&kept), feed);
    add_keys(sql, fact, ", ", "", NULL);
    ku_text_add(sql, " ORDER BY _line DESC) = 1) AS f LEFT JOIN ");
    ku_sql_name(sql, fact->name);
    ku_text_add(sql, " AS now ON ");
    add_keys(sql, fact, " AND ", "now.", " = f.");
    ku_text_clear(&kept);
}

/* Of a key that two files of one batch hold, the later file's row stays. */
static ku_status drop_replaced(ku_import_job *job, int64_t boundary, int64_t *dropped,
                               ku_error *err)
{
    const ku_fact *fact = job->settings->options.fact;
    const ku_bind binds[] = {{.name = "batch", .type = KU_INT64, .as.i64 = job->batch},
                             {.name = "boundary", .type = KU_INT64, .as.i64 = boundary}};
    ku_text sql = {0};
    ku_text_add(&sql, "DELETE FROM ");
    ku_sql_name(&sql, job->target);
    ku_text_add(&sql, " WHERE batch = $batch AND rowid <= $boundary AND (");
    add_keys(&sql, fact, ", ", "", NULL);
    ku_text_add(&sql, ") IN (SELECT (");
    add_keys(&sql, fact, ", ", "", NULL);
    ku_text_add(&sql, ") FROM ");
    ku_sql_name(&sql, job->target);
    ku_text_add(&sql, " WHERE batch = $batch AND rowid > $boundary)");
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_session_exec(job->session, ku_text_string(&sql), binds, 2, dropped, err);
    ku_text_clear(&sql);
    return status;
}

/* ---- the probe of a dry run ------------------------------------------------------------------ */

ku_status ku_import_probe(ku_import_job *job, ku_error *err)
{
    ku_text sql = {0};
    job->target = "dry_run_rows";
    ku_text_add(&sql, "CREATE TEMP TABLE dry_run_rows AS FROM ");
    ku_sql_name(&sql, job->table);
    ku_text_add(&sql, " LIMIT 0");
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_session_exec(job->session, ku_text_string(&sql), NULL, 0, NULL, err);
    ku_text_clear(&sql);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------------ */

typedef struct hashing {
    ku_import_file *file;
    pthread_t thread;
    bool started;
    ku_status status;
    ku_error err;
} hashing;

static void *hash_file(void *data)
{
    hashing *h = data;
    h->status = ku_hash_file(h->file->plan.path, h->file->hash, &h->err);
    return NULL;
}

static void start_hashing(hashing *h, ku_import_file *file)
{
    *h = (hashing){.file = file};
    if (file->hash[0] != '\0') return;
    h->started = pthread_create(&h->thread, NULL, hash_file, h) == 0;
    if (!h->started) hash_file(h);
}

static ku_status finish_hashing(hashing *h, ku_error *err)
{
    if (h->started) pthread_join(h->thread, NULL);
    if (h->status != KU_OK && err != NULL) *err = h->err;
    return h->status;
}

static ku_status max_rowid(ku_import_job *job, int64_t *boundary, ku_error *err)
{
    ku_text sql = {0};
    ku_text_add(&sql, "SELECT coalesce(max(rowid), -1)::BIGINT FROM ");
    ku_sql_name(&sql, job->target);
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_session_number(job->session, ku_text_string(&sql), NULL, 0, boundary, err);
    ku_text_clear(&sql);
    return status;
}

static ku_status insert_feed(ku_import_job *job, const ku_plan *plan, const char *feed,
                             int64_t *added, ku_error *err)
{
    const ku_bind batch = {.name = "batch", .type = KU_INT64, .as.i64 = job->batch};
    ku_text sql = {0};
    if (job->settings->options.fact->kind == KU_DIMENSION)
        insert_dimension(&sql, job, plan, feed);
    else
        insert_facts(&sql, job, plan, feed);
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_import_exec(job, ku_arena_printf(job->arena, "reading %s", plan->path),
                                ku_text_string(&sql), &batch, 1, added, err);
    ku_text_clear(&sql);
    return status;
}

/* The rows through the feed into the target. A failure of the reader is told before the
 * database's own words for it. */
static ku_status insert_rows(ku_import_job *job, ku_rows *rows, int64_t *added, ku_error *err)
{
    int64_t number;
    ku_text table = {0};
    KU_TRY(ku_session_feed(job->session, ku_rows_feed(rows), &table, &number, err));
    ku_error engine = {0};
    ku_status status = ku_text_check(&table, &engine);
    if (status == KU_OK)
        status = insert_feed(job, &job->file[job->at].plan, ku_text_string(&table), added, &engine);
    ku_text_clear(&table);
    ku_status reader = ku_session_unfeed(job->session, number, err);
    if (status == KU_CANCELLED || reader == KU_OK) {
        if (status != KU_OK && err != NULL) *err = engine;
        return status;
    }
    return reader;
}

static ku_status read_file(ku_import_job *job, ku_rows **rows, int64_t *added, ku_error *err)
{
    ku_import_file *file = &job->file[job->at];
    const ku_rows_setup setup = {&file->plan, job->rejects, &file->gauge, &job->stop};
    hashing hash;
    KU_TRY(ku_rows_open(&setup, rows, err));
    start_hashing(&hash, file);
    ku_status status = insert_rows(job, *rows, added, err);
    ku_error hash_error = {0};
    ku_status hashed = finish_hashing(&hash, &hash_error);
    if (status != KU_OK || hashed == KU_OK) return status;
    if (err != NULL) *err = hash_error;
    return hashed;
}

/* ---- the report ------------------------------------------------------------------------------------ */

static void add_count(ku_import_job *job, ku_import_count **list, size_t *count, const char *what,
                      int64_t rows)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*list)[i].what, what) == 0) {
            (*list)[i].rows += rows;
            return;
        }
    ku_import_count *more = KU_ARRAY(job->arena, *count + 1, ku_import_count);
    if (*count > 0) memcpy(more, *list, *count * sizeof *more);
    more[(*count)++] = (ku_import_count){ku_arena_strdup(job->arena, what), rows};
    *list = more;
}

static void report_rows(ku_import_job *job, const ku_plan *plan, const ku_tally *tally)
{
    ku_import_report *r = job->report;
    for (size_t i = 0; i < plan->field_count; i++) {
        const ku_fact_column *spec = plan->field[i].spec;
        if (spec->missing_flag != NULL && tally->missing[i] > 0)
            add_count(job, &r->flag, &r->flag_count, spec->missing_flag, tally->missing[i]);
        if (spec->outside_flag != NULL && tally->outside[i] > 0)
            add_count(job, &r->flag, &r->flag_count, spec->outside_flag, tally->outside[i]);
    }
    for (size_t i = 0; i < tally->reason_count; i++) {
        const ku_reason_count *reason = &tally->reason[i];
        const char *what = reason->column[0] == '\0'
                               ? reason->reason
                               : ku_arena_printf(job->arena, "%s: %s", reason->column,
                                                 reason->reason);
        add_count(job, &r->reason, &r->reason_count, what, reason->rows);
    }
}

/* ---- one file ------------------------------------------------------------------------------------------ */

static ku_time_range common(ku_time_range a, int64_t first, int64_t last)
{
    if (first > a.first) a.first = first;
    if (last < a.last) a.last = last;
    a.any = a.any && a.first <= a.last;
    return a;
}

/* What may be compared: the whole range of what is held, and of a dry run's other files. */
static ku_status held_before(ku_import_job *job, ku_time_range *held, ku_error *err)
{
    *held = (ku_time_range){.any = false};
    const ku_import_options *o = &job->settings->options;
    if (o->fact->time_column == NULL || o->overlap == KU_OVERLAP_KEEP) return KU_OK;
    KU_TRY(ku_import_held(job, job->table, held, err));
    if (job->target == job->table) return KU_OK;
    ku_time_range probe;
    KU_TRY(ku_import_held(job, job->target, &probe, err));
    if (!probe.any) return KU_OK;
    if (!held->any) *held = probe;
    if (probe.first < held->first) held->first = probe.first;
    if (probe.last > held->last) held->last = probe.last;
    return KU_OK;
}

static ku_status settle(ku_import_job *job, const ku_tally *tally, ku_time_range held,
                        int64_t boundary, ku_error *err)
{
    ku_import_file *file = &job->file[job->at];
    if (job->settings->options.fact->kind == KU_DIMENSION) {
        int64_t dropped = 0;
        if (job->at > 0) KU_TRY(drop_replaced(job, boundary, &dropped, err));
        if (dropped > 0) job->file[job->at - 1].added -= dropped;
        if (dropped > 0) job->file[job->at - 1].twins += dropped;
        file->twins = file->read - file->refused - file->added;
        return KU_OK;
    }
    held = common(held, tally->first, tally->last);
    if (!held.any) return KU_OK;
    KU_TRY(ku_import_drop_twins(job, boundary, held, &file->twins, err));
    file->added -= file->twins;
    return KU_OK;
}

ku_status ku_import_load(ku_import_job *job, ku_error *err)
{
    ku_import_file *file = &job->file[job->at];
    ku_time_range held;
    int64_t boundary = -1;
    KU_TRY(held_before(job, &held, err));
    if (held.any || job->at > 0) KU_TRY(max_rowid(job, &boundary, err));
    if (job->rejects != NULL) ku_rejects_next_file(job->rejects);
    ku_rows *rows = NULL;
    ku_status status = read_file(job, &rows, &file->added, err);
    if (status == KU_OK) {
        const ku_tally *tally = ku_rows_tally(rows);
        file->read = tally->read;
        file->refused = tally->refused;
        report_rows(job, &file->plan, tally);
        status = settle(job, tally, held, boundary, err);
    }
    ku_rows_free(rows);
    return status;
}
