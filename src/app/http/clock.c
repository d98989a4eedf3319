/* clock.c - the office's chores, every few minutes. A chore that fails is told in the server's
 * log and tried again the next time. */
#include "app/http/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "office/chores.h"

struct http_clock {
    ku_workspace *workspace;
    bool quiet, stopping;
    int first_ms, every_ms;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

static void do_chores(const http_clock *clock)
{
    const ku_log log = {.fd = STDERR_FILENO, .level = KU_LOG_INFO};
    for (const ku_chore *chore = ku_chores; chore->name != NULL; chore++) {
        ku_error err = {0};
        if (chore->run(clock->workspace, &err) != KU_OK && !clock->quiet)
            ku_log_failure(&log, chore->name, &err);
    }
}

/* Sleeps so long, with the lock held; false when it is time to stop. */
static bool sleep_for(http_clock *clock, int ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    while (!clock->stopping)
        if (pthread_cond_timedwait(&clock->changed, &clock->lock, &until) != 0) break;
    return !clock->stopping;
}

static void *run(void *data)
{
    http_clock *clock = data;
    pthread_mutex_lock(&clock->lock);
    for (int ms = clock->first_ms; sleep_for(clock, ms); ms = clock->every_ms) {
        pthread_mutex_unlock(&clock->lock);
        do_chores(clock);
        pthread_mutex_lock(&clock->lock);
    }
    pthread_mutex_unlock(&clock->lock);
    return NULL;
}

static void init_waiting(http_clock *clock)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&clock->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&clock->lock, NULL);
}

static void release(http_clock *clock)
{
    pthread_cond_destroy(&clock->changed);
    pthread_mutex_destroy(&clock->lock);
    free(clock);
}

http_clock *http_clock_new(ku_workspace *workspace, bool quiet, int first_ms, int every_ms)
{
    http_clock *clock = calloc(1, sizeof *clock);
    if (clock == NULL) return NULL;
    clock->workspace = workspace;
    clock->quiet = quiet;
    clock->first_ms = first_ms > 0 ? first_ms : 20000;
    clock->every_ms = every_ms > 0 ? every_ms : 600000;
    init_waiting(clock);
    if (pthread_create(&clock->thread, NULL, run, clock) == 0) return clock;
    release(clock);
    return NULL;
}

void http_clock_free(http_clock *clock)
{
    if (clock == NULL) return;
    pthread_mutex_lock(&clock->lock);
    clock->stopping = true;
    pthread_cond_signal(&clock->changed);
    pthread_mutex_unlock(&clock->lock);
    pthread_join(clock->thread, NULL);
    release(clock);
}
