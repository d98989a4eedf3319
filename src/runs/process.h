/* process.h - one worker process from start to end, seen from its parent. Frames given
 * back are new. */
#ifndef KU_RUNS_PROCESS_H
#define KU_RUNS_PROCESS_H

#include "runs/channel.h"

typedef struct ku_watch {
    /* Called for every piece of progress, from the thread that waits; false cancels. Also
     * called about ten times a second with done -1 and no words, only to ask. */
    bool (*progress)(void *data, double done, const char *doing);
    void (*remark)(void *data, ku_severity severity, const char *check, const char *text);
    void *data;
} ku_watch;

typedef struct ku_usage {
    double cpu_seconds;
    uint64_t peak_bytes; /* resident, the shared input included */
} ku_usage;

/* Starts `program` (NULL: this one) as a worker on the sealed parcel and waits. Whatever
 * happens in there comes back as a status and a sentence: KU_FAULT for a crash or a
 * refused call, KU_LIMIT, KU_CANCELLED, or the kernel's own error. */
ku_status ku_worker_run(const char *program, const ku_job *job, const ku_parcel *parcel,
                        const ku_watch *watch, ku_frames *out, ku_usage *usage, ku_error *err);

#endif
