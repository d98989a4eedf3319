/* import.c - bringing files into the bank, the course of it.
 *
 * Every file is first looked at (detect.c), its columns are matched with the fact's
 * (map.c); then, in one transaction, each is read, checked and written (load.c) and the
 * batch recorded (batch.c). The commit at the end is the only moment at which the bank
 * changes, so that a refusal, a full disk, a cancel or the death of the process leave it
 * as it was. */
#include <libgen.h>
#include <string.h>

#include "bank/import/job.h"
#include "base/format.h"

/* ---- looking ------------------------------------------------------------------------------- */

static const char *packing_name(ku_packing packing)
{
    static const char *const names[] = {"none", "gzip", "zstd"};
    return names[packing];
}

#define SHOWN_ROWS 20

/* The sample's first rows, to be shown. */
static void show_sample(const ku_sample *sample, ku_arena *arena, ku_import_source *source)
{
    size_t rows = sample->rows < SHOWN_ROWS ? sample->rows : SHOWN_ROWS;
    const char **cell = KU_ARRAY(arena, rows * sample->columns + 1, const char *);
    for (size_t i = 0; i < rows * sample->columns; i++)
        cell[i] = ku_arena_strdup(arena, sample->cell[i]);
    source->sample = cell;
    source->sample_rows = rows;
}

static void describe_source(const ku_plan *plan, const char *how, ku_import_source *source)
{
    bool text = plan->format == KU_FORMAT_CSV || plan->format == KU_FORMAT_JSONL;
    *source = (ku_import_source){
        .path = plan->path,
        .format = ku_format_name(plan->format),
        .packing = packing_name(plan->packing),
        .encoding = text ? ku_encoding_name(plan->encoding) : NULL,
        .date_order = ku_date_order_name(plan->style.date_order),
        .date_order_how = how,
        .sheet = plan->sheet,
        .delimiter = plan->format == KU_FORMAT_CSV ? plan->dialect.delimiter : '\0',
        .quote = plan->format == KU_FORMAT_CSV ? plan->dialect.quote : '\0',
        .decimal = plan->style.decimal,
        .header = plan->header,
        .columns = plan->column,
        .column_count = plan->column_count,
    };
}

/* The plan of one file, and what to show of it. The match is that of the call's first
 * file. */
static ku_status plan_file(ku_import_job *job, size_t at, ku_arena *scratch, ku_error *err)
{
    const ku_import_options *o = &job->settings->options;
    ku_plan *plan = &job->file[at].plan;
    ku_import_report *r = job->report;
    ku_sample sample;
    const char *how = NULL;
    size_t width = ku_fact_width(o->fact);
    ku_import_match *match = KU_ARRAY(job->arena, width, ku_import_match);
    KU_TRY(ku_detect_layout(o, o->paths[at], job->arena, scratch, plan, &sample, err));
    describe_source(plan, NULL, &r->source[at]);
    show_sample(&sample, job->arena, &r->source[at]);
    r->source_count = at + 1;
    KU_TRY(ku_map_fields(o->fact, job->settings->given, job->settings->profile, job->arena, plan,
                         match, err));
    KU_TRY(ku_detect_style(o, &sample, job->arena, plan, &how, err));
    r->source[at].date_order = ku_date_order_name(plan->style.date_order);
    r->source[at].date_order_how = how;
    r->source[at].decimal = plan->style.decimal;
    KU_TRY(ku_file_size(plan->path, &job->file[at].bytes, err));
    if (at > 0) return KU_OK;
    r->match = match;
    r->match_count = width;
    return KU_OK;
}

static ku_status plan_files(ku_import_job *job, ku_error *err)
{
    ku_arena *scratch = ku_arena_new();
    if (scratch == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory");
    ku_status status = KU_OK;
    for (size_t i = 0; i < job->file_count && status == KU_OK; i++) {
        status = plan_file(job, i, scratch, err);
        ku_arena_reset(scratch);
    }
    ku_arena_free(scratch);
    return status;
}

/* The same bytes given twice in one call count once. */
static ku_status find_repeated(ku_import_job *job, size_t at, ku_error *err)
{
    ku_import_file *file = &job->file[at];
    for (size_t i = 0; i < at && file->already == NULL; i++) {
        ku_import_file *other = &job->file[i];
        if (other->bytes != file->bytes) continue;
        if (other->hash[0] == '\0') KU_TRY(ku_hash_file(other->plan.path, other->hash, err));
        if (file->hash[0] == '\0') KU_TRY(ku_hash_file(file->plan.path, file->hash, err));
        if (strcmp(other->hash, file->hash) == 0)
            file->already = ku_arena_printf(job->arena, "%lld", (long long)job->batch);
    }
    return KU_OK;
}

static ku_status find_known(ku_import_job *job, size_t at, ku_error *err)
{
    const ku_import_options *o = &job->settings->options;
    ku_import_file *file = &job->file[at];
    if (o->overlap == KU_OVERLAP_KEEP) return KU_OK;
    KU_TRY(ku_batch_known(job->session, o->fact, file, job->arena, err));
    return file->already == NULL ? find_repeated(job, at, err) : KU_OK;
}

static void show_hash(ku_import_job *job, size_t at)
{
    ku_import_source *source = &job->report->source[at];
    source->hash = job->file[at].hash[0] != '\0' ? job->file[at].hash : NULL;
    source->already = job->file[at].already;
}

static ku_status look(ku_import_job *job, ku_error *err)
{
    KU_TRY(ku_batch_next(job, err));
    KU_TRY(plan_files(job, err));
    for (size_t i = 0; i < job->file_count; i++) {
        KU_TRY(find_known(job, i, err));
        show_hash(job, i);
    }
    return KU_OK;
}

/* ---- the rejects file ------------------------------------------------------------------------- */

/* Where refused rows go: where the caller says; else, of a real import, into the folder
 * rejects beside the bank. */
static ku_status open_rejects(ku_import_job *job, ku_error *err)
{
    const ku_import_options *o = &job->settings->options;
    const char *path = o->rejects_path;
    if (path == NULL) {
        const char *bank = ku_bank_path(job->bank);
        if (o->dry_run || bank == NULL) return KU_OK;
        const char *folder = ku_arena_printf(job->arena, "%s/rejects",
                                             dirname(ku_arena_strdup(job->arena, bank)));
        path = ku_arena_printf(job->arena, "%s/import-%lld.csv", folder, (long long)job->batch);
    }
    job->report->rejects_path = path;
    return ku_rejects_new(path, &job->rejects, err);
}

static ku_status close_rejects(ku_import_job *job, ku_error *err)
{
    bool written = false;
    if (job->rejects != NULL) KU_TRY(ku_rejects_finish(job->rejects, &written, err));
    if (!written) job->report->rejects_path = NULL;
    return KU_OK;
}

/* ---- reading ------------------------------------------------------------------------------------ */

static ku_status load_files(ku_import_job *job, ku_error *err)
{
    ku_import_report *r = job->report;
    for (size_t i = 0; i < job->file_count; i++) {
        ku_import_file *file = &job->file[i];
        if (file->already != NULL) continue;
        job->at = i;
        KU_TRY(ku_import_load(job, err));
        show_hash(job, i);
    }
    for (size_t i = 0; i < job->file_count; i++) {
        r->read += job->file[i].read;
        r->added += job->file[i].added;
        r->already += job->file[i].twins;
        r->refused += job->file[i].refused;
    }
    return KU_OK;
}

/* What makes the whole import worthless, or unwanted. */
static ku_status judge(const ku_import_job *job, ku_error *err)
{
    char read[KU_NUMBER_TEXT], refused[KU_NUMBER_TEXT];
    const ku_import_report *r = job->report;
    const char *path = job->file_count == 1 ? job->file[0].plan.path : NULL;
    const char *reason = r->reason_count > 0 ? r->reason[0].what : "";
    for (size_t i = 0; i < job->file_count; i++)
        if (job->file[i].already == NULL && job->file[i].read == 0)
            return ku_error_set(err, KU_BAD_DATA, job->file[i].plan.path,
                                "the file has names of columns but no rows");
    if (r->refused == r->read)
        return ku_error_set(err, KU_BAD_DATA, path,
                            r->read == 1 ? "the only row is refused: %s%s"
                                         : "all %s rows are refused, most of them for: %s",
                            r->read == 1 ? "" : ku_format_int(read, r->read, NULL), reason);
    if (job->settings->options.strict && r->refused > 0)
        return ku_error_set(err, KU_BAD_DATA, path,
                            "%s of %s rows are refused, most of them for: %s; nothing was "
                            "imported, as was asked for this case",
                            ku_format_int(refused, r->refused, NULL),
                            ku_format_int(read, r->read, NULL), reason);
    return KU_OK;
}

static ku_status read_all(ku_import_job *job, ku_error *err)
{
    KU_TRY(load_files(job, err));
    KU_TRY(close_rejects(job, err));
    KU_TRY(judge(job, err));
    if (job->settings->options.dry_run) return KU_OK;
    KU_TRY(ku_batch_record(job, err));
    KU_TRY(ku_import_tick(job, "writing", err));
    KU_TRY(ku_session_commit(job->session, err));
    job->report->batch = ku_arena_printf(job->arena, "%lld", (long long)job->batch);
    return KU_OK;
}

static bool all_known(const ku_import_job *job)
{
    for (size_t i = 0; i < job->file_count; i++)
        if (job->file[i].already == NULL) return false;
    return true;
}

static ku_status run(ku_import_job *job, ku_error *err)
{
    const ku_fact *fact = job->settings->options.fact;
    bool dry = job->settings->options.dry_run;
    job->table = job->target = ku_fact_table(fact, job->arena);
    /* Rows carry no order of their own, and only without one can threads write side by
     * side. A bank opened for reading, which a dry run may be given, takes no settings. */
    if (!dry)
        KU_TRY(ku_session_exec(job->session, "SET preserve_insertion_order = false", NULL, 0, NULL,
                               err));
    KU_TRY(ku_session_begin(job->session, err));
    KU_TRY(look(job, err));
    if (all_known(job)) {
        job->report->batch = dry ? NULL : job->file[0].already;
        return KU_OK;
    }
    for (size_t i = 0; i < job->file_count; i++)
        if (job->file[i].already == NULL)
            KU_TRY(ku_map_check(fact, &job->file[i].plan, job->arena, err));
    if (dry) KU_TRY(ku_import_probe(job, err));
    KU_TRY(open_rejects(job, err));
    return read_all(job, err);
}

/* ---- the public functions --------------------------------------------------------------------------- */

static ku_status start(ku_import_job *job, ku_bank *bank, const ku_import_settings *settings,
                       ku_arena *arena, ku_import_report *report, ku_error *err)
{
    size_t n = settings->options.path_count;
    *report = (ku_import_report){0};
    *job = (ku_import_job){.bank = bank,
                           .settings = settings,
                           .arena = arena,
                           .report = report,
                           .file = KU_ARRAY(arena, n + 1, ku_import_file),
                           .file_count = n};
    report->source = KU_ARRAY(arena, n + 1, ku_import_source);
    if (n == 0) return ku_error_set(err, KU_USAGE, NULL, "name at least one file to import");
    KU_TRY(ku_session_open(bank, &job->session, err));
    return KU_OK;
}

static void finish(ku_import_job *job)
{
    ku_rejects_free(job->rejects);
    ku_session_close(job->session); /* rolls back what is not committed */
}

ku_status ku_import_detect(ku_bank *bank, const ku_import_options *options, ku_arena *arena,
                           ku_import_report *report, ku_error *err)
{
    double begun = ku_clock_seconds();
    ku_import_settings settings;
    ku_import_job job;
    KU_TRY(ku_import_resolve(bank, options, arena, &settings, err));
    ku_status status = start(&job, bank, &settings, arena, report, err);
    if (status == KU_OK) status = look(&job, err);
    finish(&job);
    report->seconds = ku_clock_seconds() - begun;
    return status;
}

ku_status ku_import_run(ku_bank *bank, const ku_import_options *options, ku_arena *arena,
                        ku_import_report *report, ku_error *err)
{
    double begun = ku_clock_seconds();
    ku_import_settings settings;
    ku_import_job job;
    KU_TRY(ku_import_resolve(bank, options, arena, &settings, err));
    ku_status status = start(&job, bank, &settings, arena, report, err);
    if (status == KU_OK) status = run(&job, err);
    finish(&job);
    report->seconds = ku_clock_seconds() - begun;
    return status;
}
