/* bank_holder.c - the one bank handle of a process, lent to its threads.
 *
 * The engine locks its file for the process and must not be opened twice in one, so all
 * threads share a handle:
 *   - Any number of threads read at once.
 *   - One thread writes at a time. While the bank is open for writing, readers share it;
 *     each query of theirs sees what was committed when it began.
 *   - A writer that finds the bank open for reading waits until the readers are done
 *     (those who come later wait for the writer to have opened it), then opens it anew.
 *   - When nobody has used it for a moment (at once, after writing) it is closed, so that
 *     other processes, such as an import on the command line, get their turn.
 * Nobody waits longer than BANK_TURN_MS: then KU_BUSY. */
#include <assert.h>
#include <errno.h>

#include "workspace/workspace_internal.h"

static struct timespec now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t;
}

static struct timespec later(struct timespec t, long ms)
{
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static bool reached(struct timespec t)
{
    struct timespec n = now();
    return n.tv_sec > t.tv_sec || (n.tv_sec == t.tv_sec && n.tv_nsec >= t.tv_nsec);
}

/* Closes the bank without keeping others from looking at the holder. Locked on entry and
 * exit. */
static void close_bank(bank_holder *h)
{
    ku_bank *bank = h->bank;
    h->bank = NULL;
    h->changing = true;
    pthread_mutex_unlock(&h->lock);
    ku_bank_close(bank);
    pthread_mutex_lock(&h->lock);
    h->changing = false;
    pthread_cond_broadcast(&h->changed);
}

static void *closer(void *data)
{
    bank_holder *h = data;
    pthread_mutex_lock(&h->lock);
    while (!h->stopping) {
        if (h->bank == NULL || h->users > 0 || h->changing) {
            pthread_cond_wait(&h->changed, &h->lock);
            continue;
        }
        struct timespec end = later(h->idle_since, BANK_IDLE_MS);
        if (h->mode == KU_BANK_WRITE || reached(end))
            close_bank(h);
        else
            pthread_cond_timedwait(&h->changed, &h->lock, &end);
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

static ku_status start_closer(bank_holder *h, ku_error *err)
{
    if (h->closer_started) return KU_OK;
    int failed = pthread_create(&h->closer, NULL, closer, h);
    if (failed != 0) return ku_error_errno(err, failed, "bank.duckdb", "starting a thread");
    h->closer_started = true;
    return KU_OK;
}

/* Opens the file; while another process holds it, tries again until the time is over or
 * the program is about to end. */
static ku_status open_file(bank_holder *h, ku_bank_mode mode, ku_bank **bank, ku_error *err)
{
    ku_bank_options options = {.mode = mode, .wait_ms = BANK_LOOK_MS, .memory_limit = h->memory};
    struct timespec deadline = later(now(), BANK_BUSY_MS);
    for (;;) {
        ku_error found = {0};
        ku_status status = ku_bank_open(h->path, &options, bank, &found);
        if (status == KU_OK) return KU_OK;
        if (status == KU_BUSY && !reached(deadline) && !atomic_load(&h->hurry)) continue;
        if (err != NULL) *err = found;
        return status;
    }
}

static ku_status open_bank(bank_holder *h, ku_bank_mode mode, ku_error *err)
{
    KU_TRY(start_closer(h, err));
    ku_bank *bank = NULL;
    h->changing = true;
    pthread_mutex_unlock(&h->lock);
    ku_status status = open_file(h, mode, &bank, err);
    pthread_mutex_lock(&h->lock);
    h->changing = false;
    pthread_cond_broadcast(&h->changed);
    if (status != KU_OK) return status;
    h->bank = bank;
    h->mode = mode;
    return KU_OK;
}

static bool must_wait(const bank_holder *h, ku_bank_mode mode)
{
    if (h->changing) return true;
    if (mode == KU_BANK_WRITE)
        return h->writing || (h->bank != NULL && h->mode == KU_BANK_READ && h->users > 0);
    bool shared = h->bank != NULL && h->mode == KU_BANK_WRITE;
    return h->writers_waiting > 0 && !shared;
}

static ku_status wait_turn(bank_holder *h, ku_bank_mode mode, ku_error *err)
{
    struct timespec deadline = later(now(), BANK_TURN_MS);
    if (mode == KU_BANK_WRITE) h->writers_waiting++;
    int late = 0;
    while (must_wait(h, mode) && late != ETIMEDOUT && !atomic_load(&h->hurry))
        late = pthread_cond_timedwait(&h->changed, &h->lock, &deadline);
    if (mode == KU_BANK_WRITE) {
        h->writers_waiting--;
        pthread_cond_broadcast(&h->changed);
    }
    if (!must_wait(h, mode)) return KU_OK;
    return ku_error_set(err, KU_BUSY, "bank.duckdb",
                        h->writing ? "an import is still at work; try again when it is done"
                                   : "the data bank is in use; try again in a moment");
}

static ku_status take(bank_holder *h, ku_bank_mode mode, ku_error *err)
{
    KU_TRY(wait_turn(h, mode, err));
    while (mode == KU_BANK_WRITE && h->bank != NULL && h->mode == KU_BANK_READ) {
        close_bank(h);
        /* That let go of the lock: someone else may have opened the bank by now. */
        KU_TRY(wait_turn(h, mode, err));
    }
    if (h->bank == NULL) KU_TRY(open_bank(h, mode, err));
    h->users++;
    if (mode == KU_BANK_WRITE) {
        h->writing = true;
        h->writer = pthread_self();
    }
    return KU_OK;
}

ku_status ku_workspace_bank(ku_workspace *workspace, ku_bank_mode mode, ku_bank **bank,
                            ku_error *err)
{
    bank_holder *h = &workspace->bank;
    pthread_mutex_lock(&h->lock);
    ku_status status = take(h, mode, err);
    if (status == KU_OK) *bank = h->bank;
    pthread_mutex_unlock(&h->lock);
    return status;
}

void ku_workspace_hurry(ku_workspace *workspace)
{
    bank_holder *h = &workspace->bank;
    pthread_mutex_lock(&h->lock);
    atomic_store(&h->hurry, true);
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
}

void ku_workspace_bank_done(ku_workspace *workspace, ku_bank *bank)
{
    bank_holder *h = &workspace->bank;
    pthread_mutex_lock(&h->lock);
    assert(bank == h->bank && h->users > 0);
    (void)bank;
    if (h->writing && pthread_equal(h->writer, pthread_self())) h->writing = false;
    if (--h->users == 0) h->idle_since = now();
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
}

ku_status ku_bank_holder_alone(bank_holder *h, ku_error *err)
{
    struct timespec deadline = later(now(), BANK_TURN_MS);
    ku_status status = KU_OK;
    pthread_mutex_lock(&h->lock);
    int late = 0;
    h->writers_waiting++;
    while ((h->changing || h->users > 0) && late != ETIMEDOUT)
        late = pthread_cond_timedwait(&h->changed, &h->lock, &deadline);
    h->writers_waiting--;
    if (h->changing || h->users > 0) {
        status = ku_error_set(err, KU_BUSY, "bank.duckdb",
                              "the data bank is in use; try again in a moment");
    } else {
        if (h->bank != NULL) close_bank(h);
        h->changing = true;
    }
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
    return status;
}

void ku_bank_holder_release(bank_holder *h)
{
    pthread_mutex_lock(&h->lock);
    assert(h->changing && h->bank == NULL);
    h->changing = false;
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
}

ku_status ku_bank_holder_init(bank_holder *h, const char *path, uint64_t memory, ku_error *err)
{
    *h = (bank_holder){.path = path, .memory = memory};
    pthread_condattr_t attributes;
    if (pthread_mutex_init(&h->lock, NULL) != 0 || pthread_condattr_init(&attributes) != 0)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for a lock");
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&h->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    return KU_OK;
}

void ku_bank_holder_clear(bank_holder *h)
{
    pthread_mutex_lock(&h->lock);
    assert(h->users == 0 && "everybody gave the bank back");
    h->stopping = true;
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
    if (h->closer_started) pthread_join(h->closer, NULL);
    ku_bank_close(h->bank);
    pthread_cond_destroy(&h->changed);
    pthread_mutex_destroy(&h->lock);
}
