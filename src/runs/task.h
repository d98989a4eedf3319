/* task.h - one run being carried out, for ku_run_now and for the queue alike. A ku_task is
 * a plain value of its caller; everything it points to lives in the task's arena. */
#ifndef KU_RUNS_TASK_H
#define KU_RUNS_TASK_H

#include "runs/register.h"

typedef struct ku_task {
    ku_workspace *workspace; /* NULL: nothing is recorded */
    const ku_analysis *analysis;
    ku_params *params;
    ku_run_limits limits;
    const char *program;        /* NULL: this one */
    const ku_run_record *again; /* take the stored input of this run; NULL: gather it */
    ku_run_record *record;
    ku_arena *arena;
    int64_t piece_rows; /* of a run in pieces; 0: as many as memory is meant for */
    int lock;           /* of the register; -1 none */
    /* Told of every change of the record, and asked ten times a second; false cancels. */
    bool (*changed)(void *data, const ku_run_record *record);
    void *data;
    /* private */
    char doing[160];
    double stored_at;
    size_t remark_room;
    bool cancelled;
} ku_task;

/* Checks the request and fills task and record (state QUEUED, no id yet). KU_USAGE. */
ku_status ku_task_init(ku_task *task, ku_workspace *workspace, const ku_run_request *request,
                       ku_arena *arena, ku_run_record *record, ku_error *err);
/* Takes up a recorded run: its parameters are read again. */
ku_status ku_task_resume(ku_task *task, ku_workspace *workspace, const ku_analysis *analysis,
                         ku_arena *arena, ku_run_record *record, ku_error *err);
/* From reading to the final state; the record is in the register already when there is a
 * workspace. The status is that of the run. */
ku_status ku_task_run(ku_task *task, ku_frames *out, ku_error *err);

/* The record of a run that is to repeat run `id`, and that run's own record. KU_CONFLICT
 * when that one has no stored input. */
ku_status ku_run_repetition(ku_workspace *workspace, const ku_analysis *analysis, const char *id,
                            ku_arena *arena, const ku_run_record **again, ku_run_record *record,
                            ku_error *err);

/* Bit for bit, by the hashes of the tables: KU_CONFLICT naming the first that differs. A run
 * that failed has none to compare. */
ku_status ku_task_compare(const ku_run_record *old, const ku_run_record *now, ku_error *err);

/* ku_run_again for an analysis that need not be in the registry. */
ku_status ku_run_again_of(ku_workspace *workspace, const ku_analysis *analysis, const char *id,
                          const char *program, ku_progress_fn *progress, void *progress_data,
                          ku_arena *arena, ku_run_record *record, ku_frames *out, ku_error *err);

/* ku_run_queue_start with a lookup of one's own (NULL: ku_analysis_find). */
ku_status ku_run_queue_start_with(ku_workspace *workspace, unsigned workers,
                                  ku_worker_lookup_fn *lookup, ku_run_queue **queue, ku_error *err);

#endif
