/* queue.c - runs waiting for and carried out by the threads of a serving process.
 *
 * The register is the truth: a run is queued when its row says so, and goes on after a
 * restart. In memory stands what changes too often for a database: how far each run is,
 * who asked to cancel it, and a version that grows with every change, so that watchers can
 * sleep until there is something new. Entries of ended runs are kept for a while for those
 * who still watch. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/text.h"
#include "runs/task.h"

enum { KEPT_ENTRIES = 256, POLL_MS = 250 };
static const uint64_t elsewhere = UINT64_C(1) << 63; /* marks versions of runs not ours */

typedef struct entry {
    struct entry *next;
    char id[KU_RUN_ID];
    char *program;
    ku_run_state state;
    double progress;
    char doing[160];
    uint64_t version;
    bool taken, cancel;
} entry;

struct ku_run_queue {
    ku_workspace *workspace;
    ku_worker_lookup_fn *lookup;
    pthread_mutex_t lock;
    pthread_cond_t work;    /* something is waiting, or stop */
    pthread_cond_t changed; /* some entry's version grew */
    entry *first;           /* the oldest */
    size_t entries;
    bool stopping;
    pthread_t *thread;
    unsigned threads;
};

/* ---- entries (under the lock) ----------------------------------------------------- */

static bool is_final(ku_run_state state)
{
    return state == KU_RUN_DONE || state == KU_RUN_FAILED || state == KU_RUN_CANCELLED;
}

static entry *find(ku_run_queue *queue, const char *id)
{
    for (entry *e = queue->first; e != NULL; e = e->next)
        if (strcmp(e->id, id) == 0) return e;
    return NULL;
}

static void forget_oldest_ended(ku_run_queue *queue)
{
    for (entry **at = &queue->first; *at != NULL; at = &(*at)->next) {
        entry *e = *at;
        if (!is_final(e->state)) continue;
        *at = e->next;
        free(e->program);
        free(e);
        queue->entries--;
        return;
    }
}

static entry *append(ku_run_queue *queue, const char *id, const char *program)
{
    entry *e = calloc(1, sizeof *e);
    if (e == NULL) return NULL;
    ku_text_copy(e->id, sizeof e->id, id);
    e->program = program != NULL ? strdup(program) : NULL;
    e->state = KU_RUN_QUEUED;
    e->version = 1;
    entry **at = &queue->first;
    while (*at != NULL) at = &(*at)->next;
    *at = e;
    if (++queue->entries > KEPT_ENTRIES) forget_oldest_ended(queue);
    return e;
}

static void set_state(ku_run_queue *queue, entry *e, ku_run_state state)
{
    e->state = state;
    e->version++;
    pthread_cond_broadcast(&queue->changed);
}

/* ---- carrying out ------------------------------------------------------------------ */

typedef struct carrying {
    ku_run_queue *queue;
    entry *entry; /* stays while its state is not final */
    size_t remarks;
} carrying;

/* The final state is told by finish(), when all else is over. */
static bool on_change(void *data, const ku_run_record *record)
{
    carrying *c = data;
    entry *e = c->entry;
    pthread_mutex_lock(&c->queue->lock);
    bool news = record->progress > e->progress || record->progress < e->progress ||
                strcmp(e->doing, record->doing) != 0 || record->remark_count != c->remarks;
    e->progress = record->progress;
    ku_text_copy(e->doing, sizeof e->doing, record->doing);
    c->remarks = record->remark_count;
    if (!is_final(record->state) && (news || e->state != record->state))
        set_state(c->queue, e, record->state);
    bool go_on = !e->cancel && !c->queue->stopping;
    pthread_mutex_unlock(&c->queue->lock);
    return go_on;
}

static void finish(ku_run_queue *queue, entry *e, ku_run_state state)
{
    pthread_mutex_lock(&queue->lock);
    set_state(queue, e, is_final(state) ? state : KU_RUN_FAILED);
    pthread_mutex_unlock(&queue->lock);
}

/* A run that cannot even begin: its parameters or analysis are no longer known. */
static void give_up(ku_run_queue *queue, ku_run_record *record, const ku_error *why)
{
    record->state = KU_RUN_FAILED;
    record->failure = *why;
    record->ended = ku_now_micros();
    ku_register_finish(queue->workspace, record, NULL);
}

static ku_status prepare(ku_run_queue *queue, const char *id, ku_arena *arena,
                         ku_run_record *record, ku_task *task, ku_error *err)
{
    KU_TRY(ku_run_get(queue->workspace, id, arena, record, err));
    const ku_analysis *analysis = queue->lookup != NULL ? queue->lookup(record->analysis)
                                                        : ku_analysis_find(record->analysis);
    if (analysis == NULL)
        return ku_error_set(err, KU_NOT_FOUND, NULL, "this Kemudi does not have the analysis %s",
                            record->analysis);
    KU_TRY(ku_task_resume(task, queue->workspace, analysis, arena, record, err));
    if (record->again_of == NULL) return KU_OK;
    ku_run_record *again = KU_NEW(arena, ku_run_record);
    task->again = again;
    return ku_run_get(queue->workspace, record->again_of, arena, again, err);
}

static ku_run_state carry_out(ku_run_queue *queue, entry *e, int lock, ku_arena *arena)
{
    ku_task task;
    ku_frames out;
    ku_run_record record = {.id = e->id};
    ku_error err = {0};
    ku_frames_init(&out);
    if (prepare(queue, e->id, arena, &record, &task, &err) != KU_OK) {
        give_up(queue, &record, &err);
        ku_register_release(lock);
        return KU_RUN_FAILED;
    }
    carrying c = {.queue = queue, .entry = e};
    task.program = e->program;
    task.lock = lock;
    task.changed = on_change;
    task.data = &c;
    ku_task_run(&task, &out, &err);
    ku_frames_clear(&out); /* kept as blobs */
    return record.state;
}

static void take_up(ku_run_queue *queue, entry *e)
{
    bool claimed = false;
    int lock = -1;
    ku_run_state state = KU_RUN_FAILED;
    ku_arena *arena = ku_arena_new();
    if (arena != NULL &&
        ku_register_claim(queue->workspace, e->id, &claimed, &lock, NULL) == KU_OK) {
        if (claimed) {
            state = carry_out(queue, e, lock, arena);
        } else { /* cancelled, or begun by another process */
            ku_run_record record;
            if (ku_run_get(queue->workspace, e->id, arena, &record, NULL) == KU_OK)
                state = record.state;
        }
    }
    ku_arena_free(arena);
    finish(queue, e, state);
}

static entry *next_waiting(ku_run_queue *queue)
{
    for (entry *e = queue->first; e != NULL; e = e->next)
        if (e->state == KU_RUN_QUEUED && !e->taken) return e;
    return NULL;
}

static void *serve(void *data)
{
    ku_run_queue *queue = data;
    pthread_mutex_lock(&queue->lock);
    while (!queue->stopping) {
        entry *e = next_waiting(queue);
        if (e == NULL) {
            pthread_cond_wait(&queue->work, &queue->lock);
            continue;
        }
        e->taken = true;
        pthread_mutex_unlock(&queue->lock);
        take_up(queue, e);
        pthread_mutex_lock(&queue->lock);
    }
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

/* ---- start and stop ---------------------------------------------------------------- */

/* Runs left by an earlier process: those it was at work on have failed, the others wait. */
static ku_status recover(ku_run_queue *queue, ku_error *err)
{
    const char **ids;
    size_t count;
    KU_TRY(ku_register_sweep(queue->workspace, err));
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the queue");
    ku_status status = ku_register_queued(queue->workspace, arena, &ids, &count, err);
    for (size_t i = 0; status == KU_OK && i < count; i++)
        if (append(queue, ids[i], NULL) == NULL)
            status = ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the queue");
    ku_arena_free(arena);
    return status;
}

static ku_status init_locks(ku_run_queue *queue, ku_error *err)
{
    pthread_condattr_t attributes;
    if (pthread_mutex_init(&queue->lock, NULL) != 0 || pthread_condattr_init(&attributes) != 0)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the queue");
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->work, &attributes);
    pthread_cond_init(&queue->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return KU_OK;
}

static ku_status start_threads(ku_run_queue *queue, unsigned workers, ku_error *err)
{
    queue->thread = calloc(workers, sizeof *queue->thread);
    if (queue->thread == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the queue");
    for (; queue->threads < workers; queue->threads++) {
        int failed = pthread_create(&queue->thread[queue->threads], NULL, serve, queue);
        if (failed != 0) return ku_error_errno(err, failed, NULL, "starting the queue");
    }
    return KU_OK;
}

ku_status ku_run_queue_start_with(ku_workspace *workspace, unsigned workers,
                                  ku_worker_lookup_fn *lookup, ku_run_queue **queue, ku_error *err)
{
    ku_run_queue *q = calloc(1, sizeof *q);
    if (q == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the queue");
    q->workspace = workspace;
    q->lookup = lookup;
    ku_status status = init_locks(q, err);
    if (status != KU_OK) {
        free(q);
        return status;
    }
    status = recover(q, err);
    if (status == KU_OK) status = start_threads(q, workers > 0 ? workers : 1, err);
    if (status == KU_OK)
        *queue = q;
    else
        ku_run_queue_stop(q);
    return status;
}

ku_status ku_run_queue_start(ku_workspace *workspace, unsigned workers, ku_run_queue **queue,
                             ku_error *err)
{
    return ku_run_queue_start_with(workspace, workers, NULL, queue, err);
}

void ku_run_queue_stop(ku_run_queue *queue)
{
    if (queue == NULL) return;
    pthread_mutex_lock(&queue->lock);
    queue->stopping = true;
    pthread_cond_broadcast(&queue->work);
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
    for (unsigned i = 0; i < queue->threads; i++) pthread_join(queue->thread[i], NULL);
    while (queue->first != NULL) {
        entry *e = queue->first;
        queue->first = e->next;
        free(e->program);
        free(e);
    }
    pthread_cond_destroy(&queue->work);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue->thread);
    free(queue);
}

/* ---- asking ------------------------------------------------------------------------ */

static ku_status enqueue(ku_run_queue *queue, ku_task *task, const char *program,
                         char id[KU_RUN_ID], ku_error *err)
{
    int lock;
    KU_TRY(
        ku_register_insert(queue->workspace, task->record, &task->limits, task->arena, &lock, err));
    ku_text_copy(id, KU_RUN_ID, task->record->id);
    pthread_mutex_lock(&queue->lock);
    entry *e = append(queue, id, program);
    pthread_cond_signal(&queue->work);
    pthread_mutex_unlock(&queue->lock);
    if (e != NULL) return KU_OK;
    return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the queue");
}

static ku_status submit(ku_run_queue *queue, const ku_run_request *request, ku_arena *arena,
                        char id[KU_RUN_ID], ku_error *err)
{
    ku_task task;
    ku_run_record record;
    KU_TRY(ku_task_init(&task, queue->workspace, request, arena, &record, err));
    return enqueue(queue, &task, request->program, id, err);
}

ku_status ku_run_submit(ku_run_queue *queue, const ku_run_request *request, char id[KU_RUN_ID],
                        ku_error *err)
{
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the queue");
    ku_status status = submit(queue, request, arena, id, err);
    ku_arena_free(arena);
    return status;
}

static ku_status submit_again(ku_run_queue *queue, const char *again_of, const char *actor,
                              ku_arena *arena, char id[KU_RUN_ID], ku_error *err)
{
    ku_task task;
    ku_run_record record;
    const ku_run_record *old;
    KU_TRY(ku_run_get(queue->workspace, again_of, arena, &record, err));
    const ku_analysis *analysis = queue->lookup != NULL ? queue->lookup(record.analysis)
                                                        : ku_analysis_find(record.analysis);
    if (analysis == NULL)
        return ku_error_set(err, KU_NOT_FOUND, NULL,
                            "run %s is of the analysis %s, which this Kemudi does not have",
                            record.id, record.analysis);
    KU_TRY(ku_run_repetition(queue->workspace, analysis, again_of, arena, &old, &record, err));
    record.actor = actor;
    KU_TRY(ku_task_resume(&task, queue->workspace, analysis, arena, &record, err));
    return enqueue(queue, &task, NULL, id, err);
}

ku_status ku_run_submit_again(ku_run_queue *queue, const char *again_of, const char *actor,
                              char id[KU_RUN_ID], ku_error *err)
{
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the queue");
    ku_status status = submit_again(queue, again_of, actor, arena, id, err);
    ku_arena_free(arena);
    return status;
}

/* The id as the register writes it, however it was typed. */
static ku_status canonical(const char *id, char to[KU_RUN_ID], ku_error *err)
{
    int64_t number;
    if (!ku_run_number(id, &number))
        return ku_error_set(err, KU_NOT_FOUND, NULL, "%.40s is not the id of a run", id);
    ku_run_id(number, to);
    return KU_OK;
}

/* KU_CONFLICT for a run whose end is on record. */
static ku_status check_open(ku_run_queue *queue, const char *id, ku_error *err)
{
    ku_run_record record;
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = ku_run_get(queue->workspace, id, arena, &record, err);
    if (status == KU_OK && is_final(record.state))
        status = ku_error_set(err, KU_CONFLICT, NULL, "run %s has ended already", id);
    ku_arena_free(arena);
    return status;
}

ku_status ku_run_cancel(ku_run_queue *queue, const char *id, ku_error *err)
{
    char name[KU_RUN_ID];
    bool cancelled = false;
    KU_TRY(canonical(id, name, err));
    KU_TRY(ku_register_cancel_queued(queue->workspace, name, &cancelled, err));
    if (!cancelled) KU_TRY(check_open(queue, name, err));
    pthread_mutex_lock(&queue->lock);
    entry *e = find(queue, name);
    if (e != NULL && !is_final(e->state)) {
        e->cancel = true;
        /* One that no thread has taken ends here; else its thread tells the end. */
        if (cancelled && !e->taken) {
            e->taken = true;
            set_state(queue, e, KU_RUN_CANCELLED);
        }
    }
    pthread_mutex_unlock(&queue->lock);
    if (cancelled || e != NULL) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, NULL,
                        "run %s is the work of another program; stop it there", name);
}

/* ---- watching ---------------------------------------------------------------------- */

static struct timespec deadline_after(int ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000L;
    }
    return t;
}

/* Waits for news of a run of ours; false when it is none. `live` gets its entry. */
static bool wait_for_news(ku_run_queue *queue, const char *id, uint64_t *version, int wait_ms,
                          entry *live)
{
    struct timespec deadline = deadline_after(wait_ms);
    pthread_mutex_lock(&queue->lock);
    entry *e = find(queue, id);
    int late = 0;
    while (e != NULL && e->version == *version && !queue->stopping && late == 0) {
        late = pthread_cond_timedwait(&queue->changed, &queue->lock, &deadline);
        e = find(queue, id); /* it may have been forgotten */
    }
    if (e != NULL) {
        *live = *e;
        *version = e->version;
    }
    pthread_mutex_unlock(&queue->lock);
    return e != NULL;
}

/* What a watcher can see of a run that is not ours, as a number. */
static uint64_t look_of(const ku_run_record *r)
{
    return elsewhere | (uint64_t)r->state << 32 | (uint64_t)(r->progress * 1e6);
}

static ku_status watch_elsewhere(ku_run_queue *queue, const char *id, uint64_t *version,
                                 int wait_ms, ku_arena *arena, ku_run_record *record, ku_error *err)
{
    double until = ku_clock_seconds() + wait_ms / 1000.0;
    for (;;) {
        KU_TRY(ku_run_get(queue->workspace, id, arena, record, err));
        uint64_t look = look_of(record);
        if (look != *version || ku_clock_seconds() >= until) {
            *version = look;
            return KU_OK;
        }
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    }
}

ku_status ku_run_watch(ku_run_queue *queue, const char *id, uint64_t *version, int wait_ms,
                       ku_arena *arena, ku_run_record *record, ku_error *err)
{
    char name[KU_RUN_ID];
    entry live;
    KU_TRY(canonical(id, name, err));
    if (!wait_for_news(queue, name, version, wait_ms, &live))
        return watch_elsewhere(queue, name, version, wait_ms, arena, record, err);
    KU_TRY(ku_run_get(queue->workspace, name, arena, record, err));
    if (is_final(record->state)) return KU_OK;
    record->state = is_final(live.state) ? record->state : live.state;
    record->progress = live.progress;
    record->doing = ku_arena_strdup(arena, live.doing);
    return KU_OK;
}
