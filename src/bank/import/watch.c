/* watch.c - long statements with a progress bar and a way out.
 *
 * The database works on a statement in its own threads and this call would wait for it.
 * So a thread waits instead, and the caller's thread stays free to draw the bar ten times
 * a second and to hear that the user wants to stop. */
#include <pthread.h>

#include "bank/import/job.h"

typedef struct statement {
    ku_session *session;
    const char *sql;
    const ku_bind *binds;
    size_t count;
    int64_t changed;
    ku_status status;
    ku_error err;
    pthread_mutex_t lock;
    pthread_cond_t done_now;
    bool done;
} statement;

static void *execute(void *data)
{
    statement *s = data;
    ku_status status = ku_session_exec(s->session, s->sql, s->binds, s->count, &s->changed,
                                       &s->err);
    pthread_mutex_lock(&s->lock);
    s->status = status;
    s->done = true;
    pthread_cond_signal(&s->done_now);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* Bytes read of all bytes, short of the whole: writing the last of it comes after. */
static double share_done(const ku_import_job *job)
{
    uint64_t done = 0, total = 0;
    for (size_t i = 0; i < job->file_count; i++) {
        done += atomic_load(&job->file[i].gauge.done);
        total += job->file[i].bytes;
    }
    return total > 0 ? 0.95 * (double)(done < total ? done : total) / (double)total : 0;
}

static bool tell(ku_import_job *job, const char *doing)
{
    const ku_import_options *o = &job->settings->options;
    if (o->progress == NULL || o->progress(o->progress_data, share_done(job), doing)) return true;
    atomic_store(&job->stop, true);
    return false;
}

static ku_status cancelled(ku_error *err)
{
    return ku_error_set(err, KU_CANCELLED, NULL,
                        "the import was cancelled; the bank is as it was before");
}

ku_status ku_import_tick(ku_import_job *job, const char *doing, ku_error *err)
{
    return tell(job, doing) ? KU_OK : cancelled(err);
}

/* Waits a tenth of a second or until the statement is done. */
static bool wait_some(statement *s)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 100000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&s->lock);
    if (!s->done) pthread_cond_timedwait(&s->done_now, &s->lock, &until);
    bool done = s->done;
    pthread_mutex_unlock(&s->lock);
    return done;
}

static void watch(ku_import_job *job, statement *s, const char *doing)
{
    while (!wait_some(s)) {
        if (atomic_load(&job->stop) || !tell(job, doing)) {
            /* Repeated: an interrupt before the statement has begun is lost. */
            ku_session_interrupt(s->session);
        }
    }
}

ku_status ku_import_exec(ku_import_job *job, const char *doing, const char *sql,
                         const ku_bind *binds, size_t count, int64_t *changed, ku_error *err)
{
    KU_TRY(ku_import_tick(job, doing, err));
    statement s = {.session = job->session, .sql = sql, .binds = binds, .count = count};
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.done_now, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_t thread;
    bool started = pthread_create(&thread, NULL, execute, &s) == 0;
    if (started) {
        watch(job, &s, doing);
        pthread_join(thread, NULL);
    } else {
        execute(&s);
    }
    pthread_cond_destroy(&s.done_now);
    pthread_mutex_destroy(&s.lock);
    if (changed != NULL) *changed = s.changed;
    if (s.status == KU_OK) return KU_OK;
    if (atomic_load(&job->stop)) return cancelled(err);
    if (err != NULL) *err = s.err;
    return s.status;
}
