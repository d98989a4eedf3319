/* batch.c - the record of imports: what came when from which file, and taking it out
 * again.
 *
 * Every row carries the number of the batch that brought it, so an undo deletes exactly
 * those rows; a dimension shows its earlier rows again by itself, as they were never
 * deleted. An undo is refused when a later import left rows out because this one had
 * brought them: they would be lost to both. */
#include <string.h>

#include "bank/import/job.h"

ku_status ku_batch_next(ku_import_job *job, ku_error *err)
{
    return ku_session_number(job->session, "SELECT coalesce(max(batch), 0)::BIGINT + 1 FROM batch",
                             NULL, 0, &job->batch, err);
}

static const char *number_text(ku_arena *arena, int64_t number)
{
    return ku_arena_printf(arena, "%lld", (long long)number);
}

/* The batch, not undone, that brought a file of this hash for the fact; 0 for none. */
static ku_status batch_of_hash(ku_session *session, const ku_fact *fact, const char *hash,
                               int64_t *batch, ku_error *err)
{
    const ku_bind binds[] = {{.name = "fact", .type = KU_TEXT, .as.text = fact->name},
                             {.name = "hash", .type = KU_TEXT, .as.text = hash}};
    return ku_session_number(session,
                             "SELECT max(b.batch)::BIGINT FROM batch_file AS f JOIN batch AS b "
                             "USING (batch) WHERE b.fact = $fact AND f.hash = $hash AND "
                             "b.undone_at IS NULL",
                             binds, 2, batch, err);
}

/* Files of another length are other files: only then is the hash needed before reading. */
ku_status ku_batch_known(ku_session *session, const ku_fact *fact, ku_import_file *file,
                         ku_arena *arena, ku_error *err)
{
    const ku_bind bytes = {.name = "bytes", .type = KU_INT64, .as.i64 = (int64_t)file->bytes};
    int64_t same_length = 0, batch = 0;
    KU_TRY(ku_session_number(session, "SELECT count(*) FROM batch_file WHERE bytes = $bytes",
                             &bytes, 1, &same_length, err));
    if (same_length == 0 && file->hash[0] == '\0') return KU_OK;
    if (file->hash[0] == '\0') KU_TRY(ku_hash_file(file->plan.path, file->hash, err));
    KU_TRY(batch_of_hash(session, fact, file->hash, &batch, err));
    if (batch > 0) file->already = number_text(arena, batch);
    return KU_OK;
}

/* ---- recording ------------------------------------------------------------------------------ */

static ku_status record_file(ku_import_job *job, const ku_import_file *file, ku_error *err)
{
    const ku_bind binds[] = {
        {.name = "batch", .type = KU_INT64, .as.i64 = job->batch},
        {.name = "path", .type = KU_TEXT, .as.text = file->plan.path},
        {.name = "hash", .type = KU_TEXT, .as.text = file->hash},
        {.name = "bytes", .type = KU_INT64, .as.i64 = (int64_t)file->bytes},
    };
    return ku_session_exec(job->session,
                           "INSERT INTO batch_file VALUES ($batch, $path, $hash, $bytes)", binds, 4,
                           NULL, err);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Names of the files that were read and a hash over their hashes. */
static void describe_files(const ku_import_job *job, ku_text *names, char hash[KU_HASH_TEXT])
{
    ku_hash all;
    ku_hash_init(&all);
    for (size_t i = 0; i < job->file_count; i++) {
        const ku_import_file *file = &job->file[i];
        if (file->already != NULL) continue;
        if (names->length > 0) ku_text_add(names, ", ");
        ku_text_add(names, file_name(file->plan.path));
        ku_hash_add(&all, file->hash, strlen(file->hash));
    }
    ku_hash_finish(&all, hash);
}

ku_status ku_batch_record(ku_import_job *job, ku_error *err)
{
    const ku_import_options *o = &job->settings->options;
    const ku_import_report *r = job->report;
    ku_text names = {0};
    char hash[KU_HASH_TEXT];
    describe_files(job, &names, hash);
    const ku_bind binds[] = {
        {.name = "batch", .type = KU_INT64, .as.i64 = job->batch},
        {.name = "fact", .type = KU_TEXT, .as.text = o->fact->name},
        {.name = "files", .type = KU_TEXT, .as.text = ku_text_string(&names)},
        {.name = "hash", .type = KU_TEXT, .as.text = hash},
        {.name = "actor", .type = KU_TEXT, .null = o->actor == NULL, .as.text = o->actor},
        {.name = "at", .type = KU_TIMESTAMP, .as.micros = ku_now_micros()},
        {.name = "read", .type = KU_INT64, .as.i64 = r->read},
        {.name = "added", .type = KU_INT64, .as.i64 = r->added},
        {.name = "already", .type = KU_INT64, .as.i64 = r->already},
        {.name = "refused", .type = KU_INT64, .as.i64 = r->refused},
    };
    ku_status status = ku_text_check(&names, err);
    if (status == KU_OK)
        status = ku_session_exec(job->session,
                                 "INSERT INTO batch VALUES ($batch, $fact, $files, $hash, $actor, "
                                 "$at, $read, $added, $already, $refused, NULL, NULL)",
                                 binds, sizeof binds / sizeof *binds, NULL, err);
    ku_text_clear(&names);
    for (size_t i = 0; status == KU_OK && i < job->file_count; i++)
        if (job->file[i].already == NULL) status = record_file(job, &job->file[i], err);
    return status;
}

/* ---- listing ---------------------------------------------------------------------------------- */

static int64_t int_at(const ku_frame *frame, const char *name, int64_t row)
{
    return ku_frame_column(frame, name)->as.i64[row];
}

static const char *text_at(const ku_frame *frame, const char *name, int64_t row, ku_arena *arena)
{
    return ku_column_text(ku_frame_column(frame, name), row, arena);
}

static ku_batch batch_at(const ku_frame *f, int64_t row, ku_arena *arena)
{
    return (ku_batch){
        .id = number_text(arena, int_at(f, "batch", row)),
        .fact = text_at(f, "fact", row, arena),
        .files = text_at(f, "files", row, arena),
        .hash = text_at(f, "hash", row, arena),
        .actor = text_at(f, "actor", row, arena),
        .at = int_at(f, "imported_at", row),
        .read = int_at(f, "read", row),
        .added = int_at(f, "added", row),
        .already = int_at(f, "already", row),
        .refused = int_at(f, "refused", row),
        .undone = ku_column_valid(ku_frame_column(f, "undone_at"), row),
    };
}

ku_status ku_import_batches(ku_bank *bank, ku_arena *arena, ku_batch **batches, size_t *count,
                            ku_error *err)
{
    ku_frame *frame = NULL;
    KU_TRY(ku_bank_query(bank, "batches", "SELECT * FROM batch ORDER BY batch DESC", NULL, 0,
                         &frame, err));
    *count = (size_t)frame->rows;
    *batches = KU_ARRAY(arena, *count + 1, ku_batch);
    for (int64_t row = 0; row < frame->rows; row++) (*batches)[row] = batch_at(frame, row, arena);
    ku_frame_free(frame);
    return KU_OK;
}

/* ---- undo ---------------------------------------------------------------------------------------- */

static ku_status find_batch(ku_session *session, const char *id, ku_bind *batch,
                            const ku_fact **fact, ku_arena *arena, ku_error *err)
{
    char *end = NULL;
    *batch = (ku_bind){.name = "batch", .type = KU_INT64, .as.i64 = strtoll(id, &end, 10)};
    ku_frame *frame = NULL;
    KU_TRY(ku_session_query(session, "batch", "SELECT * FROM batch WHERE batch = $batch", batch, 1,
                            &frame, err));
    ku_status status = KU_OK;
    if (frame->rows == 0 || end == id || *end != '\0') {
        status = ku_error_set(err, KU_NOT_FOUND, NULL, "there is no import %s", id);
    } else {
        ku_batch found = batch_at(frame, 0, arena);
        *fact = ku_fact_find(found.fact);
        if (found.undone)
            status = ku_error_set(err, KU_CONFLICT, NULL, "import %s was undone before", id);
        else if (*fact == NULL)
            status = ku_error_set(err, KU_FAULT, NULL, "import %s is of an unknown fact, %s", id,
                                  found.fact);
    }
    ku_frame_free(frame);
    return status;
}

static ku_status check_needed(ku_session *session, const ku_bind *batch, ku_error *err)
{
    int64_t later = 0;
    KU_TRY(ku_session_number(session,
                             "SELECT max(s.batch)::BIGINT FROM batch_skip AS s JOIN batch AS b "
                             "USING (batch) WHERE s.earlier = $batch AND b.undone_at IS NULL",
                             batch, 1, &later, err));
    if (later == 0) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, NULL,
                        "import %lld left out rows that import %lld had brought; undo import "
                        "%lld first",
                        (long long)later, (long long)batch->as.i64, (long long)later);
}

/* A later import of a dimension takes the columns its file has not from the rows that hold;
 * it would keep values of the one that goes. */
static ku_status check_taken_over(ku_session *session, const ku_bind *batch, const ku_fact *fact,
                                  ku_arena *arena, ku_error *err)
{
    int64_t later = 0;
    if (fact->kind != KU_DIMENSION) return KU_OK;
    ku_text sql = {0};
    ku_text_add(&sql, "SELECT max(l.batch)::BIGINT FROM ");
    ku_sql_name(&sql, ku_fact_table(fact, arena));
    ku_text_add(&sql, " AS e JOIN ");
    ku_sql_name(&sql, ku_fact_table(fact, arena));
    ku_text_add(&sql, " AS l USING (");
    for (size_t i = 0; fact->key[i] != NULL; i++) {
        if (i > 0) ku_text_add(&sql, ", ");
        ku_sql_name(&sql, fact->key[i]);
    }
    ku_text_add(&sql, ") WHERE e.batch = $batch AND l.batch > $batch");
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_session_number(session, ku_text_string(&sql), batch, 1, &later, err);
    ku_text_clear(&sql);
    if (status != KU_OK || later == 0) return status;
    return ku_error_set(
        err, KU_CONFLICT, NULL,
        "import %lld builds on what import %lld had brought; undo import %lld first",
        (long long)later, (long long)batch->as.i64, (long long)later);
}

static ku_status take_out(ku_session *session, const ku_bind *batch, const ku_fact *fact,
                          const char *actor, ku_arena *arena, ku_error *err)
{
    const ku_bind binds[] = {
        *batch,
        {.name = "at", .type = KU_TIMESTAMP, .as.micros = ku_now_micros()},
        {.name = "actor", .type = KU_TEXT, .null = actor == NULL, .as.text = actor},
    };
    ku_text sql = {0};
    ku_text_add(&sql, "DELETE FROM ");
    ku_sql_name(&sql, ku_fact_table(fact, arena));
    ku_text_add(&sql, " WHERE batch = $batch");
    ku_status status = ku_text_check(&sql, err);
    if (status == KU_OK)
        status = ku_session_exec(session, ku_text_string(&sql), binds, 1, NULL, err);
    ku_text_clear(&sql);
    KU_TRY(status);
    return ku_session_exec(
        session, "UPDATE batch SET undone_at = $at, undone_by = $actor WHERE batch = $batch", binds,
        3, NULL, err);
}

static ku_status undo(ku_session *session, const char *id, const char *actor, ku_arena *arena,
                      ku_error *err)
{
    ku_bind batch;
    const ku_fact *fact = NULL;
    KU_TRY(ku_session_begin(session, err));
    KU_TRY(find_batch(session, id, &batch, &fact, arena, err));
    KU_TRY(check_needed(session, &batch, err));
    KU_TRY(check_taken_over(session, &batch, fact, arena, err));
    KU_TRY(take_out(session, &batch, fact, actor, arena, err));
    return ku_session_commit(session, err);
}

ku_status ku_import_undo(ku_bank *bank, const char *batch, const char *actor, ku_error *err)
{
    ku_session *session = NULL;
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory");
    ku_status status = ku_session_open(bank, &session, err);
    if (status == KU_OK) status = undo(session, batch, actor, arena, err);
    ku_session_close(session); /* rolls back what is not committed */
    ku_arena_free(arena);
    return status;
}
