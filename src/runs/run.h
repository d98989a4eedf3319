/* run.h - running an analysis: gather its input, run it in a sandboxed child, record
 * everything. The one dispatcher behind CLI and HTTP. Records and tables returned
 * belong to the caller's arena or are new frames, as each function says. */
#ifndef KU_RUNS_RUN_H
#define KU_RUNS_RUN_H

#include "kemudi/analysis.h"
#include "workspace/workspace.h"

typedef enum ku_run_state {
    KU_RUN_QUEUED,
    KU_RUN_READING,
    KU_RUN_RUNNING,
    KU_RUN_DONE,
    KU_RUN_FAILED,
    KU_RUN_CANCELLED
} ku_run_state;
const char *ku_run_state_name(ku_run_state state); /* "queued", "reading", ... */

typedef struct ku_remark {
    ku_severity severity;
    const char *check, *text;
} ku_remark;

typedef struct ku_run_request {
    const ku_analysis *analysis;
    const ku_param_text *params;
    size_t param_count;
    const ku_table_file *files;
    size_t file_count;
    uint64_t seed;         /* default 1 */
    unsigned threads;      /* 0: all */
    uint64_t memory_limit; /* 0: the workspace's, or 4 GiB */
    int seconds;           /* time limit; 0: the workspace's, or 3600 */
    int64_t piece_rows;    /* an analysis that may: in pieces of so many rows; 0: by itself */
    const char *actor;
    const char *program; /* the program started as worker; NULL: this one itself */
} ku_run_request;

typedef struct ku_run_table {
    const char *name, *blob;
    int64_t rows;
    const char *hash; /* of the frame's values: equal tables have equal hashes */
} ku_run_table;

/* The input of a run in pieces is listed piece by piece under one name: the index after
 * the last entry of the name that begins at `from`, and the rows of all of them. */
size_t ku_run_table_group(const ku_run_table *tables, size_t count, size_t from, int64_t *rows);

typedef struct ku_run_record {
    const char *id; /* time-ordered, short enough to type: "r7k3m9q2"; "" when not recorded */
    const char *analysis, *version, *program; /* program: kemudi's own version */
    ku_run_state state;
    ku_param_text *params; /* canonical, defaults included */
    size_t param_count;
    uint64_t seed;
    const char *input_hash; /* BLAKE2b over the packed input frames */
    const char *output_hash;
    /* Microseconds, 0: not yet. as_of: the state of the bank it saw. */
    int64_t submitted, as_of, started, ended;
    double seconds, cpu_seconds;
    uint64_t peak_bytes;
    double progress;
    const char *doing;
    const char *actor, *again_of; /* the run this one repeats, or NULL */
    ku_error failure;             /* state FAILED or CANCELLED */
    ku_remark *remark;
    size_t remark_count;
    ku_run_table *input, *output;
    size_t input_count, output_count;
} ku_run_record;

/* Runs at once and waits; `progress` (may be NULL) is called from this thread and
 * cancels by returning false. Without a workspace nothing is recorded and `record`
 * describes the run all the same. `out` gets the output frames. */
typedef bool ku_progress_fn(void *data, double done, const char *doing);
ku_status ku_run_now(ku_workspace *workspace /* or NULL */, const ku_run_request *request,
                     ku_progress_fn *progress, void *progress_data, ku_arena *arena,
                     ku_run_record *record, ku_frames *out, ku_error *err);
/* Repeats a recorded run on its stored input: same seed, same bits; KU_CONFLICT when
 * the output differs (says in which table). */
ku_status ku_run_again(ku_workspace *workspace, const char *id, ku_progress_fn *progress,
                       void *progress_data, ku_arena *arena, ku_run_record *record, ku_frames *out,
                       ku_error *err);

/* The queue of a serving process. */
typedef struct ku_run_queue ku_run_queue;
ku_status ku_run_queue_start(ku_workspace *workspace, unsigned workers, ku_run_queue **queue,
                             ku_error *err);
void ku_run_queue_stop(ku_run_queue *queue); /* cancels what runs, keeps what waits */
/* Records the run as queued and returns its id in `id`. Bad parameters fail here. */
#define KU_RUN_ID 16
ku_status ku_run_submit(ku_run_queue *queue, const ku_run_request *request, char id[KU_RUN_ID],
                        ku_error *err);
/* Queues the repetition of a recorded run on its stored input (ku_run_again). */
ku_status ku_run_submit_again(ku_run_queue *queue, const char *again_of, const char *actor,
                              char id[KU_RUN_ID], ku_error *err);
ku_status ku_run_cancel(ku_run_queue *queue, const char *id, ku_error *err);
/* Waits until the run's state, progress or remarks are newer than `*version` or the
 * time is over; then fills the record. For server-sent events. */
ku_status ku_run_watch(ku_run_queue *queue, const char *id, uint64_t *version, int wait_ms,
                       ku_arena *arena, ku_run_record *record, ku_error *err);

/* The register. */
ku_status ku_run_get(ku_workspace *workspace, const char *id, ku_arena *arena,
                     ku_run_record *record, ku_error *err);
ku_status ku_run_list(ku_workspace *workspace, const char *analysis /* or NULL */,
                      const char *before_id /* cursor or NULL */, size_t limit, ku_arena *arena,
                      ku_run_record **records, size_t *count, ku_error *err);
/* A new frame: an output table of a finished run. KU_NOT_FOUND for an unknown run or table. */
ku_status ku_run_table_read(ku_workspace *workspace, const char *id, const char *table,
                            ku_frame **frame, ku_error *err);

/* The child's entry. A program that calls ku_run_now or starts a queue is started again
 * by it as `PROGRAM --worker FD`; so the first lines of its main are
 *     int fd;
 *     if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
 * `lookup` finds the analysis by its id; NULL: ku_analysis_find. (A program without
 * these lines gets KU_FAULT from its runs, or names another program in the request.) */
typedef const ku_analysis *ku_worker_lookup_fn(const char *id);
bool ku_worker_asked(int argc, char **argv, int *fd);
int ku_worker_main(int fd, ku_worker_lookup_fn *lookup);

#endif
