/* jobs.c - a plain queue of jobs and a few threads that empty it in order. */
#include "app/http/jobs.h"

#include <pthread.h>

typedef struct job {
    struct job *next;
    http_job_fn *run;
    void *data;
} job;

struct http_jobs {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    job *first, **last;
    bool closed, ending;
    unsigned threads;
    pthread_t thread[];
};

static void *work(void *data)
{
    http_jobs *jobs = data;
    pthread_mutex_lock(&jobs->lock);
    for (;;) {
        while (jobs->first == NULL && !jobs->ending) pthread_cond_wait(&jobs->changed, &jobs->lock);
        job *mine = jobs->first;
        if (mine == NULL) break;
        jobs->first = mine->next;
        if (jobs->first == NULL) jobs->last = &jobs->first;
        pthread_mutex_unlock(&jobs->lock);
        mine->run(mine->data);
        free(mine);
        pthread_mutex_lock(&jobs->lock);
    }
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

http_jobs *http_jobs_new(unsigned threads)
{
    http_jobs *jobs = calloc(1, sizeof *jobs + threads * sizeof jobs->thread[0]);
    if (jobs == NULL) return NULL;
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->changed, NULL);
    jobs->last = &jobs->first;
    while (jobs->threads < threads &&
           pthread_create(&jobs->thread[jobs->threads], NULL, work, jobs) == 0) {
        jobs->threads++;
    }
    if (jobs->threads > 0) return jobs;
    http_jobs_free(jobs);
    return NULL;
}

void http_jobs_free(http_jobs *jobs)
{
    if (jobs == NULL) return;
    pthread_mutex_lock(&jobs->lock);
    jobs->closed = jobs->ending = true;
    pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->lock);
    for (unsigned i = 0; i < jobs->threads; i++) pthread_join(jobs->thread[i], NULL);
    pthread_cond_destroy(&jobs->changed);
    pthread_mutex_destroy(&jobs->lock);
    free(jobs);
}

void http_jobs_close(http_jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->closed = true;
    pthread_mutex_unlock(&jobs->lock);
}

bool http_jobs_push(http_jobs *jobs, http_job_fn *run, http_job_fn *before, void *data)
{
    job *mine = calloc(1, sizeof *mine);
    if (mine == NULL) return false;
    mine->run = run;
    mine->data = data;
    pthread_mutex_lock(&jobs->lock);
    bool open = !jobs->closed;
    if (open) {
        if (before != NULL) before(data);
        *jobs->last = mine;
        jobs->last = &mine->next;
        pthread_cond_signal(&jobs->changed);
    }
    pthread_mutex_unlock(&jobs->lock);
    if (!open) free(mine);
    return open;
}
