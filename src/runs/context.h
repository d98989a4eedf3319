/* context.h - what a kernel is handed inside a worker. A plain value of the worker; the
 * arena and the pool in it are the worker's. */
#ifndef KU_RUNS_CONTEXT_H
#define KU_RUNS_CONTEXT_H

#include "runs/channel.h"

struct ku_run_context {
    const ku_analysis *analysis;
    ku_arena *arena;
    ku_pool *pool;
    uint64_t seed;
    const ku_control *control;
    int messages;           /* descriptor */
    atomic_llong next_tell; /* nanoseconds: progress is not told before */
    unsigned remarks;
};

#endif
