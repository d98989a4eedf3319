/* pool.c - a fixed set of threads for loops over independent items.
 *
 * A loop is published under the mutex with a new number; workers wake, take runs of
 * `grain` items from an atomic counter until none are left, and report. The caller works
 * too, as thread 0, and waits for the others, so a loop's data may live on its stack. */
#include "kemudi/pool.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct loop {
    size_t items, grain;
    ku_pool_fn *fn;
    void *data;
} loop;

typedef struct worker {
    ku_pool *pool;
    pthread_t thread;
    unsigned index;
} worker;

struct ku_pool {
    unsigned threads;
    worker *worker; /* threads - 1 of them */
    unsigned started;
    pthread_mutex_t mutex;
    pthread_cond_t begin, finished;
    unsigned long number; /* of the current loop */
    unsigned busy;        /* workers still in it */
    bool stop;
    loop loop;
    atomic_size_t next; /* first item nobody has taken */
};

static void work(ku_pool *pool, const loop *l, unsigned thread)
{
    for (;;) {
        size_t first = atomic_fetch_add_explicit(&pool->next, l->grain, memory_order_relaxed);
        if (first >= l->items) return;
        size_t end = l->items - first < l->grain ? l->items : first + l->grain;
        for (size_t i = first; i < end; i++) l->fn(l->data, i, thread);
    }
}

static void *worker_main(void *data)
{
    worker *w = data;
    ku_pool *pool = w->pool;
    unsigned long seen = 0;
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (pool->number == seen && !pool->stop) pthread_cond_wait(&pool->begin, &pool->mutex);
        if (pool->stop) break;
        seen = pool->number;
        loop l = pool->loop;
        pthread_mutex_unlock(&pool->mutex);
        work(pool, &l, w->index);
        pthread_mutex_lock(&pool->mutex);
        if (--pool->busy == 0) pthread_cond_signal(&pool->finished);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

static unsigned processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : (unsigned)count;
}

ku_pool *ku_pool_new(unsigned threads)
{
    if (threads == 0) threads = processors();
    ku_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) return NULL;
    pool->threads = threads;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->begin, NULL);
    pthread_cond_init(&pool->finished, NULL);
    pool->worker = calloc(threads, sizeof *pool->worker);
    for (unsigned i = 0; pool->worker != NULL && i + 1 < threads; i++) {
        pool->worker[i] = (worker){.pool = pool, .index = i + 1};
        if (pthread_create(&pool->worker[i].thread, NULL, worker_main, &pool->worker[i]) != 0)
            break;
        pool->started++;
    }
    if (pool->worker != NULL && pool->started + 1 == threads) return pool;
    ku_pool_free(pool);
    return NULL;
}

void ku_pool_free(ku_pool *pool)
{
    if (pool == NULL) return;
    pthread_mutex_lock(&pool->mutex);
    pool->stop = true;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->started; i++) pthread_join(pool->worker[i].thread, NULL);
    pthread_mutex_destroy(&pool->mutex);
    pthread_cond_destroy(&pool->begin);
    pthread_cond_destroy(&pool->finished);
    free(pool->worker);
    free(pool);
}

unsigned ku_pool_threads(const ku_pool *pool)
{
    return pool == NULL ? 1 : pool->threads;
}

/* Small enough that threads finish together, large enough that the counter is cheap. */
static size_t usual_grain(size_t items, unsigned threads)
{
    size_t grain = items / ((size_t)threads * 16);
    return grain < 1 ? 1 : grain > 4096 ? 4096 : grain;
}

void ku_pool_each(ku_pool *pool, size_t items, size_t grain, ku_pool_fn *fn, void *data)
{
    if (pool == NULL || pool->threads == 1 || items <= 1) {
        for (size_t i = 0; i < items; i++) fn(data, i, 0);
        return;
    }
    if (grain == 0) grain = usual_grain(items, pool->threads);
    loop l = {items, grain, fn, data};
    pthread_mutex_lock(&pool->mutex);
    assert(pool->busy == 0); /* one loop at a time */
    pool->loop = l;
    pool->busy = pool->started;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    pool->number++;
    pthread_cond_broadcast(&pool->begin);
    pthread_mutex_unlock(&pool->mutex);
    work(pool, &l, 0);
    pthread_mutex_lock(&pool->mutex);
    while (pool->busy > 0) pthread_cond_wait(&pool->finished, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

/* ---- sums ----------------------------------------------------------------------------- */

enum { BLOCK = 1024 };

typedef struct sum {
    size_t items;
    ku_pool_term *fn;
    void *data;
    double *block;
} sum;

static double block_sum(const sum *s, size_t block)
{
    size_t first = block * BLOCK, end = s->items - first < BLOCK ? s->items : first + BLOCK;
    double total = 0;
    for (size_t i = first; i < end; i++) total += s->fn(s->data, i);
    return total;
}

static void sum_block(void *data, size_t block, unsigned thread)
{
    sum *s = data;
    (void)thread;
    s->block[block] = block_sum(s, block);
}

/* Pairwise sum of blocks [first, first + count), from stored sums or worked out here: the
 * tree of additions is the same. */
static double pairwise(const sum *s, size_t first, size_t count)
{
    if (count == 1) return s->block != NULL ? s->block[first] : block_sum(s, first);
    size_t half = count / 2;
    double left = pairwise(s, first, half);
    return left + pairwise(s, first + half, count - half);
}

double ku_pool_sum(ku_pool *pool, size_t items, ku_pool_term *fn, void *data)
{
    if (items == 0) return 0;
    size_t blocks = (items - 1) / BLOCK + 1;
    sum s = {items, fn, data, NULL};
    /* Without threads or memory for the blocks' sums, the same tree is walked here. */
    if (pool != NULL && pool->threads > 1 && blocks > 1) s.block = calloc(blocks, sizeof *s.block);
    if (s.block != NULL) ku_pool_each(pool, blocks, 0, sum_block, &s);
    double total = pairwise(&s, 0, blocks);
    free(s.block);
    return total;
}
