/* jobs.h - a few threads for work that waits for files or databases, so that the threads
 * that serve sockets never do. The pool belongs to the server; a job's data belongs to
 * whoever pushed it. */
#ifndef KU_APP_HTTP_JOBS_H
#define KU_APP_HTTP_JOBS_H

#include <stdbool.h>

typedef struct http_jobs http_jobs;
typedef void http_job_fn(void *data);

http_jobs *http_jobs_new(unsigned threads); /* NULL when threads cannot be started */
/* Waits for what is queued and running, then ends the threads; nothing may be pushed
 * meanwhile. */
void http_jobs_free(http_jobs *jobs);
/* From now on pushes are refused. */
void http_jobs_close(http_jobs *jobs);

/* Calls `before` (may be NULL) and queues run(data), both or neither: false when the pool
 * is closed. `before` is where a connection is suspended: only when the job will come. */
bool http_jobs_push(http_jobs *jobs, http_job_fn *run, http_job_fn *before, void *data);

#endif
