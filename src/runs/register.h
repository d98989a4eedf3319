/* register.h - the record of every run in office.db. Records read live in the caller's
 * arena. A run at work holds a lock (a descriptor, closed by ku_register_release) for as
 * long as it is `reading` or `running`; the system lets go of it when the process dies. */
#ifndef KU_RUNS_REGISTER_H
#define KU_RUNS_REGISTER_H

#include "runs/run.h"

/* What is kept beside the record so that a queued run can begin later. */
typedef struct ku_run_limits {
    unsigned threads;
    uint64_t memory_limit;
    int seconds;
    const ku_table_file *files;
    size_t file_count;
} ku_run_limits;

/* Ids: "r" and seven letters or digits of Crockford's base 32, from a number that grows
 * with time; read with capitals and the usual mistypings (o for 0, i and l for 1). */
void ku_run_id(int64_t number, char id[KU_RUN_ID]);
bool ku_run_number(const char *id, int64_t *number);

/* Gives the record its id and writes it with its parameters and limits. For a record that
 * is not queued *lock is taken; else it is -1. */
ku_status ku_register_insert(ku_workspace *workspace, ku_run_record *record,
                             const ku_run_limits *limits, ku_arena *arena, int *lock,
                             ku_error *err);
/* Turns a queued run into one that is reading, unless someone else was quicker. */
ku_status ku_register_claim(ku_workspace *workspace, const char *id, bool *claimed, int *lock,
                            ku_error *err);
void ku_register_release(int lock); /* -1 is safe */

/* State, times, input tables and hash. */
ku_status ku_register_update(ku_workspace *workspace, const ku_run_record *record, ku_error *err);
/* Only how far it is. */
ku_status ku_register_progress(ku_workspace *workspace, const ku_run_record *record, ku_error *err);
/* The final state with everything: in one transaction. */
ku_status ku_register_finish(ku_workspace *workspace, const ku_run_record *record, ku_error *err);
/* Ends a run that nobody has begun; *cancelled false when it is not queued any more. */
ku_status ku_register_cancel_queued(ku_workspace *workspace, const char *id, bool *cancelled,
                                    ku_error *err);

ku_status ku_register_limits(ku_workspace *workspace, const char *id, ku_arena *arena,
                             ku_run_limits *limits, ku_error *err);
/* Ids of queued runs, the oldest first. */
ku_status ku_register_queued(ku_workspace *workspace, ku_arena *arena, const char ***ids,
                             size_t *count, ku_error *err);
/* Runs whose process died become failed. */
ku_status ku_register_sweep(ku_workspace *workspace, ku_error *err);

#endif
