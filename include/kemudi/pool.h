/* pool.h - a fixed set of threads for loops over independent items. The pool is
 * owned by whoever created it; one loop runs on it at a time.
 *
 * Results never depend on the number of threads: an item writes only its own
 * result, and ku_pool_sum adds fixed blocks in a fixed order. */
#ifndef KEMUDI_POOL_H
#define KEMUDI_POOL_H

#include <stddef.h>

typedef struct ku_pool ku_pool;

/* threads = 0 means one per processor this process may use. With 1 no thread is
 * started and loops run in the caller. NULL when threads cannot be started. */
ku_pool *ku_pool_new(unsigned threads);
void ku_pool_free(ku_pool *pool);
unsigned ku_pool_threads(const ku_pool *pool);

/* Calls fn(data, item, thread) once for every item in [0, items), in any order;
 * thread is in [0, ku_pool_threads(pool)) and never used by two calls at once, so
 * it can index per-thread workspaces. Returns when all have finished. `pool` may be
 * NULL: then the caller does the work as thread 0. Threads take `grain` items at a
 * time (0: chosen here). */
typedef void ku_pool_fn(void *data, size_t item, unsigned thread);
void ku_pool_each(ku_pool *pool, size_t items, size_t grain, ku_pool_fn *fn, void *data);

/* Sum of fn(data, item) over all items, bit for bit the same for any number of
 * threads: blocks of 1,024 items are summed in order, then the blocks pairwise. */
typedef double ku_pool_term(void *data, size_t item);
double ku_pool_sum(ku_pool *pool, size_t items, ku_pool_term *fn, void *data);

#endif
