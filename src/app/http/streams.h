/* streams.h - one thread that looks after everything that waits: event streams, whose
 * sources it asks for news, and connections, which it cuts when they take too long to
 * send their request. Streams belong to their MHD response, watches to their connection;
 * the keeper to the server. */
#ifndef KU_APP_HTTP_STREAMS_H
#define KU_APP_HTTP_STREAMS_H

#include <microhttpd.h>

#include "app/http/reply.h"

typedef struct http_streams http_streams;

http_streams *http_streams_new(int keep_alive_ms); /* NULL: no memory or no thread */
/* Ends every stream, resumes every connection they suspended and ends the thread. */
void http_streams_close(http_streams *streams);
void http_streams_free(http_streams *streams); /* after close, when no response is left */

/* A new response of server-sent events from the reply's source, which is taken over.
 * NULL when there is no memory. */
struct MHD_Response *http_streams_response(http_streams *streams, struct MHD_Connection *connection,
                                           http_reply *reply);
/* How many event streams there are. */
size_t http_streams_count(http_streams *streams);

/* ---- deadlines ------------------------------------------------------------------------- */

typedef struct http_watch http_watch;

/* Watches a connection's socket until http_watch_end; NULL when there is no memory. */
http_watch *http_watch_begin(http_streams *streams, int socket);
void http_watch_end(http_watch *watch);
/* What the client is sending must be here within that time, else the connection is cut;
 * 0: no deadline. NULL is safe. */
void http_watch_deadline(http_watch *watch, double seconds);

#endif
