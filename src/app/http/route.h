/* route.h - routes as data, and a request on its way through one. A route is a constant;
 * an http_call belongs to whoever received the request and carries one arena, from which
 * everything a handler needs for its answer is taken and which is freed when the answer
 * has left. */
#ifndef KU_APP_HTTP_ROUTE_H
#define KU_APP_HTTP_ROUTE_H

#include <jansson.h>
#include <stdint.h>

#include "access/actor.h"
#include "app/http/reply.h"
#include "app/http/url.h"

#define HTTP_API "/api/v1"

typedef struct http_call http_call;

typedef enum http_value_kind {
    HTTP_TEXT,   /* any text of at most `max` bytes (0: 200) */
    HTTP_ID,     /* letters, digits, "_", "-" and "."; at most 80 */
    HTTP_INT,    /* min..max */
    HTTP_BOOL,   /* true or false */
    HTTP_CHOICE, /* one of `choices`, written 'a'|'b' as in shape.h */
    HTTP_PREFIX, /* any number of parameters whose names begin with `name`: "filter." */
} http_value_kind;

typedef struct http_param {
    const char *name; /* NULL ends the list */
    http_value_kind kind;
    const char *meaning;
    double min, max;
    const char *fallback; /* used when absent; NULL: then it is not set */
    const char *choices;
} http_param;

typedef enum http_body_kind {
    HTTP_NO_BODY,
    HTTP_JSON_BODY,  /* read into memory, parsed, checked against body_type */
    HTTP_BYTES_BODY, /* handed to the sink piece by piece */
} http_body_kind;

/* What takes a body that does not fit into memory. `drop` is called whenever the request
 * ends without its handler having run. */
typedef struct http_sink {
    ku_status (*open)(http_call *call, ku_error *err);
    ku_status (*write)(http_call *call, const char *bytes, size_t length, ku_error *err);
    void (*drop)(http_call *call);
} http_sink;

typedef struct http_answer {
    int status;       /* 0 ends the list */
    const char *type; /* media type; NULL: no body */
    const char *body; /* type in the notation of shape.h, for JSON and for the data of events */
    const char *meaning;
} http_answer;

/* Fills call->reply, or returns a status that becomes a problem. */
typedef ku_status http_handler(http_call *call, ku_error *err);

enum {
    HTTP_QUICK = 1, /* never waits for a file or a database: answered at once, not by a job */
    HTTP_ETAG = 2,  /* the answer carries the hash of its bytes, If-None-Match is honoured */
};

#define HTTP_ANSWERS 3

/* Areas of routes that are not asked of ku_authorize_area: those for everyone, also before
 * signing in, and those about records, where the store asks for each. */
#define HTTP_OPEN    "open"
#define HTTP_RECORDS "records"

typedef struct http_route {
    const char *method; /* NULL ends the table */
    const char *path;   /* "/api/v1/runs/{id}/tables/{table}"; "{view}.svg" is allowed */
    const char *name;   /* operationId: "getRun" */
    const char *group;  /* tag in OpenAPI: "Runs" */
    const char *summary;
    const char *area; /* whose right it takes: HTTP_OPEN, HTTP_RECORDS or a name of
                         ku_authorize_area; none may be without */
    unsigned takes;   /* KU_SEE, KU_ADD, ... of that area */
    const http_param *in_path, *in_query; /* NULL: none */
    http_body_kind body;
    uint64_t body_limit;
    const char *body_type;
    const http_sink *sink;
    http_answer answer[HTTP_ANSWERS];
    unsigned flags;
    http_handler *handler;
} http_route;

/* The one table, ended by a NULL method. Everything else is a static file. */
extern const http_route http_routes[];

typedef struct http_value {
    bool set;
    int64_t number;   /* INT, BOOL */
    const char *text; /* as it was written, or the fallback */
} http_value;

#define HTTP_KEY_LENGTH   200 /* bytes of an Idempotency-Key */
#define HTTP_PATH_PARAMS  4
#define HTTP_QUERY_PARAMS 12

struct http_call {
    ku_arena *arena;
    struct ku_server *server;
    const char *method, *target;
    http_url url;
    const http_route *route; /* NULL: a static file */
    http_value path[HTTP_PATH_PARAMS], query[HTTP_QUERY_PARAMS];
    json_t *body; /* HTTP_JSON_BODY, owned by the call */
    /* Request headers, NULL when absent. */
    const char *host, *kemudi, *content_type, *if_none_match, *if_match, *idempotency_key;
    const char *accept_encoding;
    const char *cookie, *token, *agent, *address; /* of the session, of a program; who sends */
    const char *ticket; /* cookie of one on the way to the company's sign-in service and back */
    ku_who who;                                   /* who asks ... */
    ku_actor *actor;        /* ... as they were when the request came; NULL: nobody */
    bool session_due;       /* the session is to be kept up */
    int64_t content_length; /* -1: not said */
    void *sink_state;
    http_reply reply;
};

/* Everything that is checked before a handler runs, in this order: the address, the route
 * (KU_NOT_FOUND; reply.allow is set and status 405 when only the method is wrong), path
 * and query parameters, Host, X-Kemudi on what changes something, type and size of the
 * body. `call` comes with method, target and headers filled in. */
ku_status http_call_check(http_call *call, ku_error *err);
/* Parses and checks a JSON body that has arrived. */
ku_status http_call_body(http_call *call, const char *bytes, size_t length, ku_error *err);
/* Whether the method changes something. */
bool http_changes(const char *method);

/* Path and query parameters by name; asking for one the route does not declare is a
 * programmer's error. Texts are NULL and numbers 0 when not set. */
const char *http_path(const http_call *call, const char *name);
const char *http_text(const http_call *call, const char *name);
int64_t http_int(const http_call *call, const char *name);
bool http_bool(const http_call *call, const char *name);

/* Members of the JSON body by name: NULL or the fallback when absent or null. */
const char *http_body_text(const http_call *call, const char *name);
bool http_body_bool(const http_call *call, const char *name, bool fallback);

#endif
