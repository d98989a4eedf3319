/* run.c - running at once, and repeating a recorded run. */
#include "runs/run.h"

#include <string.h>

#include "base/date.h"
#include "kemudi/kemudi.h"
#include "runs/task.h"

typedef struct listener {
    ku_progress_fn *progress;
    void *data;
} listener;

static bool pass_on(void *data, const ku_run_record *record)
{
    const listener *l = data;
    return l->progress == NULL || l->progress(l->data, record->progress, record->doing);
}

static ku_status run_task(ku_task *task, listener *l, ku_frames *out, ku_error *err)
{
    task->changed = pass_on;
    task->data = l;
    if (task->workspace != NULL) {
        task->record->state = KU_RUN_READING;
        task->record->started = ku_now_micros();
        KU_TRY(ku_register_insert(task->workspace, task->record, &task->limits, task->arena,
                                  &task->lock, err));
    }
    return ku_task_run(task, out, err);
}

ku_status ku_run_now(ku_workspace *workspace, const ku_run_request *request,
                     ku_progress_fn *progress, void *progress_data, ku_arena *arena,
                     ku_run_record *record, ku_frames *out, ku_error *err)
{
    ku_task task;
    listener l = {progress, progress_data};
    KU_TRY(ku_task_init(&task, workspace, request, arena, record, err));
    return run_task(&task, &l, out, err);
}

/* ---- once more ------------------------------------------------------------------- */

static ku_status check_repeatable(const ku_run_record *old, ku_error *err)
{
    if (old->input_hash == NULL)
        return ku_error_set(err, KU_CONFLICT, NULL,
                            "run %s ended before it had read its input; it cannot be repeated",
                            old->id);
    return KU_OK;
}

ku_status ku_run_repetition(ku_workspace *workspace, const ku_analysis *analysis, const char *id,
                            ku_arena *arena, const ku_run_record **again, ku_run_record *record,
                            ku_error *err)
{
    ku_run_record *old = KU_NEW(arena, ku_run_record);
    KU_TRY(ku_run_get(workspace, id, arena, old, err));
    KU_TRY(check_repeatable(old, err));
    *again = old;
    *record = (ku_run_record){.id = old->id,
                              .analysis = analysis->id,
                              .version = analysis->version,
                              .program = KEMUDI_VERSION,
                              .params = old->params,
                              .param_count = old->param_count,
                              .seed = old->seed,
                              .doing = "",
                              .submitted = ku_now_micros(),
                              .actor = old->actor,
                              .again_of = old->id};
    return KU_OK;
}

ku_status ku_run_again_of(ku_workspace *workspace, const ku_analysis *analysis, const char *id,
                          const char *program, ku_progress_fn *progress, void *progress_data,
                          ku_arena *arena, ku_run_record *record, ku_frames *out, ku_error *err)
{
    ku_task task;
    const ku_run_record *old;
    listener l = {progress, progress_data};
    KU_TRY(ku_run_repetition(workspace, analysis, id, arena, &old, record, err));
    KU_TRY(ku_task_resume(&task, workspace, analysis, arena, record, err));
    task.again = old;
    task.program = program;
    KU_TRY(run_task(&task, &l, out, err));
    return ku_task_compare(old, record, err);
}

ku_status ku_run_again(ku_workspace *workspace, const char *id, ku_progress_fn *progress,
                       void *progress_data, ku_arena *arena, ku_run_record *record, ku_frames *out,
                       ku_error *err)
{
    KU_TRY(ku_run_get(workspace, id, arena, record, err));
    const ku_analysis *analysis = ku_analysis_find(record->analysis);
    if (analysis == NULL)
        return ku_error_set(err, KU_NOT_FOUND, NULL,
                            "run %s is of the analysis %s, which this Kemudi does not have",
                            record->id, record->analysis);
    return ku_run_again_of(workspace, analysis, id, NULL, progress, progress_data, arena, record,
                           out, err);
}
