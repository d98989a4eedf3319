/* reply.c - building answers. */
#include "app/http/reply.h"

#include <sodium.h>

#include "app/http/handlers.h"
#include "app/http/route.h"
#include "app/http/uploads.h"
#include "kemudi/kemudi.h"

void http_reply_bytes(http_call *call, int status, const char *type, const char *bytes,
                      size_t length)
{
    http_reply *reply = &call->reply;
    reply->status = status;
    reply->kind = HTTP_REPLY_BYTES;
    reply->type = type;
    reply->bytes = bytes;
    reply->length = length;
}

ku_status http_reply_text(http_call *call, int status, const char *type, const ku_text *text,
                          ku_error *err)
{
    KU_TRY(ku_text_check(text, err));
    char *copy = ku_arena_try(call->arena, text->length + 1);
    if (copy == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "the answer is too large");
    memcpy(copy, ku_text_string(text), text->length + 1);
    http_reply_bytes(call, status, type, copy, text->length);
    return KU_OK;
}

static int append(const char *bytes, size_t length, void *data)
{
    ku_text_addn(data, bytes, length);
    return ((ku_text *)data)->failed ? -1 : 0;
}

static ku_status dump(json_t *json, ku_text *text, ku_error *err)
{
    int failed = json == NULL ||
                 json_dump_callback(json, append, text, JSON_COMPACT | JSON_ENCODE_ANY) != 0;
    json_decref(json);
    return failed ? ku_error_set(err, KU_NO_MEMORY, NULL, "the answer could not be written as JSON")
                  : KU_OK;
}

ku_status http_reply_json(http_call *call, int status, json_t *json, ku_error *err)
{
    ku_text text = {0};
    ku_status done = dump(json, &text, err);
    if (done == KU_OK) done = http_reply_text(call, status, "application/json", &text, err);
    ku_text_clear(&text);
    return done;
}

/* What a piecewise answer of either kind has in common; headers said before stay. */
static void reply_source(http_call *call, http_reply_kind kind, const char *type, void *state,
                         void (*free_state)(void *))
{
    http_reply_clear(&call->reply);
    http_reply_bytes(call, 200, type, NULL, 0);
    call->reply.kind = kind;
    call->reply.state = state;
    call->reply.free_state = free_state;
}

void http_reply_stream(http_call *call, const char *type, http_stream_fn *stream, void *state,
                       void (*free_state)(void *))
{
    reply_source(call, HTTP_REPLY_STREAM, type, state, free_state);
    call->reply.stream = stream;
}

void http_reply_events(http_call *call, http_events_fn *events, void *state,
                       void (*free_state)(void *))
{
    reply_source(call, HTTP_REPLY_EVENTS, "text/event-stream", state, free_state);
    call->reply.events = events;
}

void http_reply_empty(http_call *call, int status)
{
    http_reply_bytes(call, status, NULL, "", 0);
}

void http_reply_header(http_call *call, const char *name, const char *value)
{
    http_reply *reply = &call->reply;
    if (reply->header_count == HTTP_HEADERS) return;
    reply->header_name[reply->header_count] = name;
    reply->header_value[reply->header_count++] = ku_arena_strdup(call->arena, value);
}

void http_reply_clear(http_reply *reply)
{
    if (reply->free_state != NULL) reply->free_state(reply->state);
    reply->free_state = NULL;
    reply->state = NULL;
}

/* ---- problems ---------------------------------------------------------------------------- */

void http_reply_problem(http_call *call, ku_status status, const ku_error *err)
{
    const char *allow = call->reply.allow;
    int http = call->reply.status >= 400 ? call->reply.status : ku_status_http(status);
    http_reply_clear(&call->reply);
    call->reply = (http_reply){.allow = allow};
    ku_error shown = *err;
    http_upload_hide(&shown);
    json_t *json = json_pack("{s:s, s:s, s:i, s:o, s:o, s:s}", "type", "about:blank", "title",
                             ku_status_text(status), "status", http, "detail",
                             http_json_text(shown.message), "where", http_json_text(shown.where),
                             "code", ku_status_name(status));
    if (http_reply_json(call, http, json, NULL) != KU_OK) {
        static const char plain[] = "{\"type\":\"about:blank\",\"title\":\"out of memory\","
                                    "\"status\":503,\"detail\":\"\",\"where\":\"\","
                                    "\"code\":\"NO_MEMORY\"}";
        http_reply_bytes(call, 503, NULL, plain, sizeof plain - 1);
    }
    call->reply.type = "application/problem+json";
    if (allow != NULL) http_reply_header(call, "Allow", allow);
    if (http == 503) http_reply_header(call, "Retry-After", "1");
}

/* ---- events and versions ------------------------------------------------------------------- */

ku_status http_event(ku_text *out, const char *name, json_t *json, ku_error *err)
{
    ku_text_addf(out, "event: %s\ndata: ", name);
    KU_TRY(dump(json, out, err));
    ku_text_add(out, "\n\n");
    return ku_text_check(out, err);
}

bool http_etag_matches(const http_call *call, const char *etag)
{
    const char *header = call->if_none_match;
    if (header == NULL) return false;
    if (strcmp(header, "*") == 0) return true;
    char quoted[96];
    snprintf(quoted, sizeof quoted, "\"%s\"", etag);
    return strstr(header, quoted) != NULL;
}

void http_reply_etag(http_call *call)
{
    http_reply *reply = &call->reply;
    unsigned char hash[16];
    char etag[2 * sizeof hash + 1], quoted[sizeof etag + 2];
    if (reply->kind != HTTP_REPLY_BYTES || reply->status != 200) return;
    crypto_generichash(hash, sizeof hash, (const unsigned char *)reply->bytes, reply->length, NULL,
                       0);
    sodium_bin2hex(etag, sizeof etag, hash, sizeof hash);
    snprintf(quoted, sizeof quoted, "\"%s\"", etag);
    http_reply_header(call, "ETag", quoted);
    if (http_etag_matches(call, etag)) http_reply_empty(call, 304);
}
