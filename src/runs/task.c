/* task.c - carrying out one run: gather the input, pack it, let a worker compute, check
 * and keep the result. Every step may fail; the record then says why, and nothing of the
 * result is kept. */
#include "runs/task.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "kemudi/kemudi.h"
#include "runs/earlier.h"
#include "runs/keep.h"
#include "runs/outputs.h"
#include "runs/pieces.h"
#include "runs/process.h"

enum { REMARKS_MAX = 1000, STORE_SECONDS = 2, DEFAULT_SECONDS = 3600 };
static const uint64_t default_memory = UINT64_C(4) << 30;

/* ---- beginning ------------------------------------------------------------------- */

/* The parameters as the record keeps them: all that are set, in the descriptor's order. */
static void canonical_params(const ku_analysis *analysis, const ku_params *params, ku_arena *arena,
                             ku_run_record *record)
{
    size_t count = 0;
    const ku_param_spec *spec = analysis->params;
    while (spec != NULL && spec[count].name != NULL) count++;
    record->params = KU_ARRAY(arena, count + 1, ku_param_text);
    record->param_count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *value = ku_param_canonical(params, spec[i].name);
        if (value == NULL) continue;
        record->params[record->param_count++] = (ku_param_text){spec[i].name,
                                                                ku_arena_strdup(arena, value)};
    }
}

static bool input_named(const ku_analysis *analysis, const char *table)
{
    for (const ku_table_spec *t = analysis->inputs; t != NULL && t->name != NULL; t++)
        if (strcmp(t->name, table) == 0) return true;
    return false;
}

static const char *file_for(const ku_run_limits *limits, const char *table)
{
    for (size_t i = 0; i < limits->file_count; i++)
        if (strcmp(limits->files[i].table, table) == 0) return limits->files[i].path;
    return NULL;
}

static ku_status check_files(const ku_analysis *analysis, const ku_run_limits *limits,
                             bool workspace, ku_error *err)
{
    for (size_t i = 0; i < limits->file_count; i++)
        if (!input_named(analysis, limits->files[i].table))
            return ku_error_set(err, KU_USAGE, "--in", "%s has no input table %s", analysis->id,
                                limits->files[i].table);
    if (workspace) return KU_OK;
    for (const ku_table_spec *t = analysis->inputs; t != NULL && t->name != NULL; t++)
        if (!t->optional && file_for(limits, t->name) == NULL)
            return ku_error_set(err, KU_USAGE, t->name,
                                "the table %s is needed: give it with --in %s=FILE, or a workspace "
                                "with -w FOLDER",
                                t->name, t->name);
    return KU_OK;
}

static void copy_limits(ku_task *task, const ku_run_request *request)
{
    const ku_settings *s = task->workspace != NULL ? ku_workspace_settings(task->workspace) : NULL;
    task->limits = (ku_run_limits){.threads = request->threads,
                                   .memory_limit = request->memory_limit,
                                   .seconds = request->seconds,
                                   .files = request->files,
                                   .file_count = request->file_count};
    if (task->limits.memory_limit == 0)
        task->limits.memory_limit = s != NULL ? s->worker_memory : default_memory;
    if (task->limits.seconds == 0)
        task->limits.seconds = s != NULL ? s->worker_seconds : DEFAULT_SECONDS;
}

ku_status ku_task_init(ku_task *task, ku_workspace *workspace, const ku_run_request *request,
                       ku_arena *arena, ku_run_record *record, ku_error *err)
{
    const ku_analysis *analysis = request->analysis;
    *task = (ku_task){.workspace = workspace,
                      .analysis = analysis,
                      .program = request->program,
                      .record = record,
                      .arena = arena,
                      .piece_rows = request->piece_rows,
                      .lock = -1};
    *record = (ku_run_record){.id = "",
                              .analysis = analysis->id,
                              .version = analysis->version,
                              .program = KEMUDI_VERSION,
                              .state = KU_RUN_QUEUED,
                              .seed = request->seed,
                              .doing = "",
                              .submitted = ku_now_micros(),
                              .actor = request->actor};
    copy_limits(task, request);
    KU_TRY(check_files(analysis, &task->limits, workspace != NULL, err));
    KU_TRY(ku_earlier_settle(task, err));
    KU_TRY(ku_params_parse(analysis, request->params, request->param_count, arena, &task->params,
                           err));
    canonical_params(analysis, task->params, arena, record);
    return KU_OK;
}

ku_status ku_task_resume(ku_task *task, ku_workspace *workspace, const ku_analysis *analysis,
                         ku_arena *arena, ku_run_record *record, ku_error *err)
{
    *task = (ku_task){
        .workspace = workspace, .analysis = analysis, .record = record, .arena = arena, .lock = -1};
    KU_TRY(ku_register_limits(workspace, record->id, arena, &task->limits, err));
    return ku_params_parse(analysis, record->params, record->param_count, arena, &task->params,
                           err);
}

/* ---- telling --------------------------------------------------------------------- */

static bool tell(ku_task *task)
{
    if (task->changed != NULL && !task->changed(task->data, task->record)) task->cancelled = true;
    return !task->cancelled;
}

static ku_status cancelled(ku_error *err)
{
    return ku_error_set(err, KU_CANCELLED, NULL, "the run was cancelled");
}

/* Other processes see how far it is, but not more often than is worth a write. */
static void store_progress(ku_task *task)
{
    double now = ku_clock_seconds();
    if (task->workspace == NULL || now < task->stored_at + STORE_SECONDS) return;
    task->stored_at = now;
    ku_register_progress(task->workspace, task->record, NULL); /* the next one may succeed */
}

bool ku_task_progress(void *data, double done, const char *doing)
{
    ku_task *task = data;
    if (done >= 0) {
        size_t length = strlen(doing);
        bool good = ku_utf8_valid(doing, length, NULL);
        ku_text_copy(task->doing, sizeof task->doing, good ? doing : "");
        task->record->progress = done;
        task->record->doing = task->doing;
        store_progress(task);
    }
    return tell(task);
}

static const char *clean(const char *text, ku_arena *arena)
{
    return ku_arena_strdup(arena, ku_utf8_valid(text, strlen(text), NULL) ? text : "(unreadable)");
}

void ku_task_remark(void *data, ku_severity severity, const char *check, const char *text)
{
    ku_task *task = data;
    ku_run_record *r = task->record;
    if (r->remark_count == task->remark_room) {
        size_t room = task->remark_room == 0 ? 8 : 2 * task->remark_room;
        if (room > REMARKS_MAX) return;
        ku_remark *wider = KU_ARRAY(task->arena, room, ku_remark);
        if (r->remark_count > 0) memcpy(wider, r->remark, r->remark_count * sizeof *wider);
        r->remark = wider;
        task->remark_room = room;
    }
    r->remark[r->remark_count++] = (ku_remark){severity, clean(check, task->arena),
                                               clean(text, task->arena)};
    tell(task);
}

/* ---- input ----------------------------------------------------------------------- */

/* Whether any input has to come from the workspace's bank. */
static bool needs_bank(const ku_task *task)
{
    for (const ku_table_spec *t = task->analysis->inputs; t != NULL && t->name != NULL; t++)
        if ((t->fact != NULL || t->query != NULL) && file_for(&task->limits, t->name) == NULL)
            return true;
    return false;
}

static ku_status gather_with(ku_task *task, ku_bank *bank, ku_pieces *pieces, ku_frames *in,
                             ku_error *err)
{
    ku_cut cut = ku_pieces_cut(pieces);
    ku_earlier e;
    task->record->as_of = ku_now_micros();
    ku_status status = ku_earlier_read(task, &e, err);
    if (status == KU_OK)
        status = ku_bank_inputs_cut(bank, task->analysis, task->params, e.files, e.file_count,
                                    e.given, e.given_count,
                                    task->analysis->partition != NULL ? &cut : NULL, in, err);
    ku_earlier_clear(&e);
    return status;
}

/* Fills `in`, or, where the input is too large for that, has every piece of it run. */
static ku_status gather(ku_task *task, ku_pieces *pieces, ku_frames *in, ku_error *err)
{
    ku_bank *bank;
    ku_status status;
    if (task->workspace != NULL && needs_bank(task)) {
        KU_TRY(ku_workspace_bank(task->workspace, KU_BANK_READ, &bank, err));
        status = gather_with(task, bank, pieces, in, err);
        ku_workspace_bank_done(task->workspace, bank);
        return status;
    }
    ku_bank_options options = {.mode = KU_BANK_WRITE,
                               .threads = task->limits.threads,
                               .temp_dir = ku_arena_printf(task->arena, "%s/kemudi-%lld.tmp",
                                                           ku_scratch_folder(),
                                                           (long long)getpid())};
    KU_TRY(ku_bank_open(NULL, &options, &bank, err));
    status = gather_with(task, bank, pieces, in, err);
    ku_bank_close(bank);
    return status;
}

/* The input that a run was given when it was recorded. */
static ku_status gather_stored(ku_task *task, ku_pieces *pieces, ku_frames *in, ku_error *err)
{
    const ku_run_record *again = task->again;
    int64_t rows;
    task->record->as_of = again->as_of;
    if (again->input_count > 1 &&
        ku_run_table_group(again->input, again->input_count, 0, &rows) > 1)
        return ku_pieces_again(pieces, again->input, again->input_count, rows, err);
    for (size_t i = 0; i < again->input_count; i++) {
        ku_frame *frame;
        KU_TRY(ku_keep_read(task->workspace, &again->input[i], task->arena, &frame, err));
        KU_TRY(ku_frames_add(in, frame, err));
    }
    return KU_OK;
}

/* ---- once more ------------------------------------------------------------------- */

static ku_status differs(const ku_run_record *old, const ku_run_record *now, const char *table,
                         ku_error *err)
{
    if (strcmp(old->version, now->version) != 0)
        return ku_error_set(err, KU_CONFLICT, table,
                            "table %s of run %s is not the same as in run %s: the analysis has "
                            "changed from version %s to %s",
                            table, now->id, old->id, old->version, now->version);
    return ku_error_set(err, KU_CONFLICT, table, "table %s of run %s is not the same as in run %s",
                        table, now->id, old->id);
}

ku_status ku_task_compare(const ku_run_record *old, const ku_run_record *now, ku_error *err)
{
    if (old->output_hash == NULL || strcmp(old->output_hash, now->output_hash) == 0) return KU_OK;
    for (size_t i = 0; i < now->output_count; i++) {
        size_t j = 0;
        while (j < old->output_count && strcmp(old->output[j].name, now->output[i].name) != 0) j++;
        if (j == old->output_count || strcmp(old->output[j].hash, now->output[i].hash) != 0)
            return differs(old, now, now->output[i].name, err);
    }
    return differs(old, now, "list", err);
}

/* Says in the record of a repetition whether it gave the same. */
static void remark_repetition(ku_task *task)
{
    ku_error difference = {0};
    char text[sizeof difference.message];
    if (task->again == NULL || task->again->output_hash == NULL) return;
    bool same = ku_task_compare(task->again, task->record, &difference) == KU_OK;
    snprintf(text, sizeof text, "the result is the same as in run %s, bit for bit",
             task->again->id);
    ku_task_remark(task, same ? KU_NOTE : KU_FAIL, "repetition", same ? text : difference.message);
}

/* ---- running --------------------------------------------------------------------- */

static unsigned processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > 0 ? (unsigned)count : 1;
}

ku_job ku_task_job(const ku_task *task)
{
    unsigned threads = task->limits.threads;
    return (ku_job){.analysis = task->analysis->id,
                    .params = task->record->params,
                    .param_count = task->record->param_count,
                    .seed = task->record->seed,
                    .threads = threads != 0 ? threads : processors(),
                    .memory_limit = task->limits.memory_limit,
                    .seconds = task->limits.seconds,
                    .parent = getpid()};
}

/* The input sealed in shared memory, described in the record, kept as blobs. */
static ku_status pack_input(ku_task *task, const ku_job *job, ku_frames *in, ku_parcel *parcel,
                            ku_error *err)
{
    ku_run_record *r = task->record;
    ku_keep_describe(in, task->arena, &r->input, &r->input_count);
    r->input_hash = ku_keep_hash(r->input, r->input_count, task->arena);
    ku_status status = ku_parcel_seal(job, in, task->arena, parcel, err);
    ku_frames_clear(in); /* the copy in shared memory is all that is needed */
    if (status == KU_OK)
        status = ku_keep_parcel(task->workspace, parcel, r->input, task->arena, err);
    return status;
}

static ku_status keep_output(ku_task *task, ku_frames *out, ku_error *err)
{
    ku_run_record *r = task->record;
    ku_run_table *tables;
    size_t count;
    KU_TRY(ku_outputs_check(task->analysis, out, err));
    ku_keep_describe(out, task->arena, &tables, &count);
    for (size_t i = 0; i < count; i++)
        KU_TRY(ku_keep_frame(task->workspace, out->frame[i], &tables[i], task->arena, err));
    r->output = tables;
    r->output_count = count;
    r->output_hash = ku_keep_hash(tables, count, task->arena);
    remark_repetition(task);
    return KU_OK;
}

static ku_status compute(ku_task *task, ku_frames *in, ku_frames *out, ku_error *err)
{
    ku_run_record *r = task->record;
    ku_job job = ku_task_job(task);
    ku_parcel parcel = {.fd = -1};
    ku_watch watch = {ku_task_progress, ku_task_remark, task};
    ku_usage usage = {0};
    ku_status status = pack_input(task, &job, in, &parcel, err);
    r->state = KU_RUN_RUNNING;
    if (status == KU_OK && task->workspace != NULL)
        status = ku_register_update(task->workspace, r, err);
    if (status == KU_OK && !tell(task)) status = cancelled(err);
    if (status == KU_OK)
        status = ku_worker_run(task->program, &job, &parcel, &watch, out, &usage, err);
    r->cpu_seconds = usage.cpu_seconds;
    r->peak_bytes = usage.peak_bytes;
    ku_parcel_clear(&parcel);
    return status;
}

static ku_status carry_out(ku_task *task, ku_frames *out, ku_error *err)
{
    ku_frames in;
    ku_pieces *pieces = ku_pieces_new(task);
    task->record->state = KU_RUN_READING;
    if (!tell(task)) return cancelled(err);
    ku_frames_init(&in);
    ku_status status = task->again != NULL ? gather_stored(task, pieces, &in, err)
                                           : gather(task, pieces, &in, err);
    if (status == KU_OK)
        status = ku_pieces_any(pieces) ? ku_pieces_join(pieces, out, err)
                                       : compute(task, &in, out, err);
    if (status == KU_OK) status = keep_output(task, out, err);
    ku_frames_clear(&in);
    ku_pieces_clear(pieces);
    return status;
}

static void conclude(ku_run_record *r, ku_status status, const ku_error *err)
{
    r->ended = ku_now_micros();
    if (status == KU_OK) {
        r->state = KU_RUN_DONE;
        r->progress = 1;
        r->doing = "";
        return;
    }
    r->state = status == KU_CANCELLED ? KU_RUN_CANCELLED : KU_RUN_FAILED;
    r->failure = *err;
    r->output = NULL;
    r->output_count = 0;
    r->output_hash = NULL;
}

ku_status ku_task_run(ku_task *task, ku_frames *out, ku_error *err)
{
    ku_run_record *r = task->record;
    ku_error failure = {0};
    double from = ku_clock_seconds();
    if (r->started == 0) r->started = ku_now_micros();
    ku_status status = carry_out(task, out, &failure);
    conclude(r, status, &failure);
    r->seconds = ku_clock_seconds() - from;
    r->doing = ku_arena_strdup(task->arena, r->doing);
    if (task->workspace != NULL) {
        ku_error unwritten = {0};
        ku_status written = ku_register_finish(task->workspace, r, &unwritten);
        if (status == KU_OK && written != KU_OK) { /* a result nobody could find again */
            status = written;
            failure = unwritten;
            conclude(r, status, &failure);
        }
    }
    ku_register_release(task->lock);
    task->lock = -1;
    if (task->changed != NULL) task->changed(task->data, r);
    if (status == KU_OK) return KU_OK;
    ku_frames_clear(out);
    if (err != NULL) *err = failure;
    return status;
}
