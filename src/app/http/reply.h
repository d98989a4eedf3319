/* reply.h - what is answered: bytes, a stream made piece by piece, or events. A reply is
 * part of its http_call; bytes must live as long as the call's arena (or be static), a
 * stream's state is freed by the reply. */
#ifndef KU_APP_HTTP_REPLY_H
#define KU_APP_HTTP_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "kemudi/arena.h"
#include "kemudi/error.h"

struct http_call;

#define HTTP_HEADERS 8

typedef enum http_reply_kind {
    HTTP_REPLY_BYTES,
    HTTP_REPLY_STREAM,
    HTTP_REPLY_EVENTS
} http_reply_kind;

/* Appends the next piece of the answer to `out`; adds nothing when all is said. */
typedef ku_status http_stream_fn(void *state, ku_text *out, ku_error *err);

/* Looks whether something changed since the last call and appends it to `out` as server-
 * sent events; sets *last when there will be nothing more. Must not wait. */
typedef ku_status http_events_fn(void *state, ku_text *out, bool *last, ku_error *err);

typedef struct http_reply {
    int status; /* 0: not answered yet */
    http_reply_kind kind;
    const char *type;
    const char *bytes;
    size_t length;
    http_stream_fn *stream;
    http_events_fn *events;
    void *state;
    void (*free_state)(void *state);
    const char *header_name[HTTP_HEADERS], *header_value[HTTP_HEADERS];
    size_t header_count;
    const char *allow; /* methods of a path that does not know the one asked for */
} http_reply;

void http_reply_bytes(struct http_call *call, int status, const char *type, const char *bytes,
                      size_t length);
/* Takes the JSON over; KU_NO_MEMORY when it is NULL or cannot be written. */
ku_status http_reply_json(struct http_call *call, int status, json_t *json, ku_error *err);
/* Copies the text into the call's arena. */
ku_status http_reply_text(struct http_call *call, int status, const char *type, const ku_text *text,
                          ku_error *err);
void http_reply_stream(struct http_call *call, const char *type, http_stream_fn *stream,
                       void *state, void (*free_state)(void *));
void http_reply_events(struct http_call *call, http_events_fn *events, void *state,
                       void (*free_state)(void *));
void http_reply_empty(struct http_call *call, int status);
/* name is static, value is copied. */
void http_reply_header(struct http_call *call, const char *name, const char *value);
/* application/problem+json (RFC 9457) for an error; replaces whatever was answered. */
void http_reply_problem(struct http_call *call, ku_status status, const ku_error *err);
/* Frees what a stream or events hold; safe on any reply. */
void http_reply_clear(http_reply *reply);

/* One server-sent event: "event: <name>" and the JSON as data. Takes the JSON over. */
ku_status http_event(ku_text *out, const char *name, json_t *json, ku_error *err);

/* If-None-Match: gives the answer its ETag (of its bytes, or as said) and makes it a 304
 * when the client has it already. */
void http_reply_etag(struct http_call *call);
/* Whether the client has this version (`etag` without quotes). */
bool http_etag_matches(const struct http_call *call, const char *etag);

#endif
