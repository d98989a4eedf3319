/* server.h - the HTTP server: the API under /api/v1 and the web app. A ku_server is owned
 * by whoever started it and is ended by ku_server_stop; workspace and run queue belong to
 * the caller and must outlive it. */
#ifndef KU_APP_HTTP_SERVER_H
#define KU_APP_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "kemudi/error.h"
#include "runs/run.h"
#include "workspace/workspace.h"

typedef struct ku_server ku_server;

typedef struct ku_server_options {
    const char *listen;     /* "127.0.0.1", "::1" or "localhost"; NULL: 127.0.0.1 */
    int port;               /* 0: any free one, see ku_server_port */
    const char *dev_assets; /* a folder whose files are served in place of the embedded web app */
    bool quiet;             /* no access log on standard error */
    int keep_alive_ms;      /* pause after which an event stream says it is alive; 0: 15,000 */
    int read_ms;            /* time a client has for its request's head; 0: 10,000 */
} ku_server_options;

/* Starts listening and serving in threads of its own; none of them takes signals.
 * Listens on this computer's loopback addresses only and refuses any other with
 * KU_NOT_ALLOWED: there is no sign-in yet. A port in use is KU_CONFLICT. */
ku_status ku_server_start(ku_workspace *workspace, ku_run_queue *queue,
                          const ku_server_options *options, ku_server **server, ku_error *err);
/* Stops accepting, ends event streams, cancels imports, answers what is under way and
 * returns, usually within a tenth of a second. NULL is safe. */
void ku_server_stop(ku_server *server);

int ku_server_port(const ku_server *server);
/* "http://127.0.0.1:8765/" */
const char *ku_server_url(const ku_server *server);

#endif
