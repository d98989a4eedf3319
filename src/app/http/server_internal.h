/* server_internal.h - what the parts of the server share. Everything here belongs to the
 * ku_server; requests belong to their connection. */
#ifndef KU_APP_HTTP_SERVER_INTERNAL_H
#define KU_APP_HTTP_SERVER_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "app/http/clock.h"
#include "app/http/import_jobs.h"
#include "app/http/jobs.h"
#include "app/http/remember.h"
#include "app/http/route.h"
#include "app/http/server.h"
#include "app/http/shelf.h"
#include "app/http/static.h"
#include "app/http/streams.h"
#include "app/http/uploads.h"

struct ku_server {
    ku_workspace *workspace;
    ku_run_queue *queue;
    struct MHD_Daemon *daemon;
    int listen_fd, port;
    char url[64];
    bool quiet;
    int read_ms;
    atomic_bool stopping;
    http_jobs *jobs;       /* threads that may wait for files and databases */
    http_streams *streams; /* event streams and connection deadlines */
    http_memory *memory;   /* answers by Idempotency-Key */
    http_shelf *shelf;     /* tables read lately */
    http_statics *statics; /* the web app */
    http_uploads *uploads;
    http_imports *imports;
    http_clock *clock; /* the office's chores */
};

/* MHD's callbacks, in request.c. */
void *http_request_begin(void *server, const char *target, struct MHD_Connection *connection);
enum MHD_Result http_request_step(void *server, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **context);
void http_request_end(void *server, struct MHD_Connection *connection, void **context,
                      enum MHD_RequestTerminationCode why);

#endif
