/* request.c - one request's way through the server.
 *
 * MHD calls http_request_step several times: with the head, with each piece of the body,
 * and when all has arrived. The stages:
 *
 *   HEAD     check everything that can be known (http_call_check)
 *   BODY     take the body in: JSON into memory, bytes into the route's sink
 *   REFUSED  the request is wrong, but a small rest of its body is read and dropped, as a
 *            client still sending would never see the answer
 *   WORKING  the handler runs in a job, the connection is suspended
 *   ANSWER   the reply is ready to be queued
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/http/identity.h"
#include "app/http/server_internal.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/log.h"

#define READ_AND_DROP 1048576 /* bytes of a refused body that are still read */
#define BODY_SECONDS  30.0    /* for any body ... */
#define BODY_RATE     16384.0 /* ... and a second more for so many bytes */
#define IDLE_SECONDS  60.0    /* a kept-alive connection without a request */

typedef enum request_stage {
    STAGE_HEAD,
    STAGE_BODY,
    STAGE_REFUSED,
    STAGE_WORKING,
    STAGE_ANSWER
} request_stage;

typedef struct http_request {
    http_call call;
    ku_server *server;
    struct MHD_Connection *connection;
    http_watch *watch; /* the connection's */
    request_stage stage;
    ku_status status;
    ku_error err;
    ku_text body;
    uint64_t received, dropped;
    ku_hash print;  /* over method, target and body, for the Idempotency-Key */
    bool sink_open; /* the sink must be told when the handler does not run */
    bool key_taken;
    const char *memory_key; /* the Idempotency-Key of this very user */
    double began;
} http_request;

/* ---- beginning and end ------------------------------------------------------------------------ */

void *http_request_begin(void *data, const char *target, struct MHD_Connection *connection)
{
    ku_server *server = data;
    http_request *request = calloc(1, sizeof *request);
    if (request == NULL) return NULL;
    request->server = server;
    request->connection = connection;
    request->began = ku_clock_seconds();
    request->call.server = server;
    request->call.arena = ku_arena_new();
    if (request->call.arena == NULL) {
        free(request);
        return NULL;
    }
    request->call.target = ku_arena_strdup(request->call.arena, target);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    request->watch = info != NULL ? info->socket_context : NULL;
    return request;
}

static void drop_sink(http_request *request)
{
    if (request->sink_open) request->call.route->sink->drop(&request->call);
    request->sink_open = false;
}

/* One-time links and codes stand behind the "?" of pages and of what is open to all: those are
 * not for the log. */
static const char *logged_target(const http_call *call)
{
    bool open = call->route == NULL || strcmp(call->route->area, HTTP_OPEN) == 0;
    if (!open) return call->target;
    return ku_arena_strndup(call->arena, call->target, strcspn(call->target, "?"));
}

static void log_request(const http_request *request, enum MHD_RequestTerminationCode why)
{
    const ku_log log = {.fd = STDERR_FILENO, .level = KU_LOG_INFO};
    const http_call *call = &request->call;
    const char *end = why == MHD_REQUEST_TERMINATED_COMPLETED_OK ? "whole" : "cut";
    if (request->server->quiet) return;
    ku_log_event(
        &log, KU_LOG_INFO, "request",
        KU_LOG_TEXT("method", call->method != NULL ? call->method : "?"),
        KU_LOG_TEXT("path", logged_target(call)), KU_LOG_NUM("status", call->reply.status),
        KU_LOG_REAL("ms", (double)(int64_t)((ku_clock_seconds() - request->began) * 1e4) / 10.0),
        KU_LOG_NUM("bytes", (int64_t)call->reply.length), KU_LOG_TEXT("answer", end));
}

void http_request_end(void *data, struct MHD_Connection *connection, void **context,
                      enum MHD_RequestTerminationCode why)
{
    http_request *request = *context;
    (void)data;
    (void)connection;
    if (request == NULL) return;
    *context = NULL;
    if (request->call.method != NULL) log_request(request, why);
    http_watch_deadline(request->watch, IDLE_SECONDS);
    drop_sink(request);
    http_reply_clear(&request->call.reply);
    json_decref(request->call.body);
    ku_text_clear(&request->body);
    ku_arena_free(request->call.arena);
    free(request);
}

/* ---- the answer ---------------------------------------------------------------------------------- */

/* What every answer carries. The web app's pages replace the policy by their own. */
static void add_headers(struct MHD_Response *response, const http_call *call)
{
    static const char *const always[][2] = {
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"X-Frame-Options", "DENY"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
    };
    const http_reply *reply = &call->reply;
    bool policy = false, cache = false;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        MHD_add_response_header(response, always[i][0], always[i][1]);
    }
    for (size_t i = 0; i < reply->header_count; i++) {
        MHD_add_response_header(response, reply->header_name[i], reply->header_value[i]);
        policy = policy || strcmp(reply->header_name[i], "Content-Security-Policy") == 0;
        cache = cache || strcmp(reply->header_name[i], "Cache-Control") == 0;
    }
    if (!policy) {
        MHD_add_response_header(response, "Content-Security-Policy",
                                "default-src 'none'; frame-ancestors 'none'");
    }
    if (!cache) {
        bool kept = call->route != NULL && (call->route->flags & HTTP_ETAG) != 0;
        MHD_add_response_header(response, "Cache-Control", kept ? "no-cache" : "no-store");
    }
    if (reply->type != NULL) MHD_add_response_header(response, "Content-Type", reply->type);
}

typedef struct stream_source {
    http_reply reply; /* owns the stream's state */
    ku_text piece;
    size_t sent;
    bool over;
} stream_source;

static ssize_t read_source(void *data, uint64_t position, char *to, size_t room)
{
    stream_source *source = data;
    ku_error err = {0};
    (void)position;
    if (source->sent == source->piece.length && !source->over) {
        ku_text_empty(&source->piece);
        source->sent = 0;
        ku_status status = source->reply.stream(source->reply.state, &source->piece, &err);
        if (status != KU_OK || source->piece.failed) return MHD_CONTENT_READER_END_WITH_ERROR;
        source->over = source->piece.length == 0;
    }
    size_t left = source->piece.length - source->sent;
    if (left == 0) return MHD_CONTENT_READER_END_OF_STREAM;
    size_t given = left < room ? left : room;
    memcpy(to, source->piece.bytes + source->sent, given);
    source->sent += given;
    return (ssize_t)given;
}

static void free_source(void *data)
{
    stream_source *source = data;
    http_reply_clear(&source->reply);
    ku_text_clear(&source->piece);
    free(source);
}

static struct MHD_Response *stream_response(http_reply *reply)
{
    stream_source *source = calloc(1, sizeof *source);
    if (source == NULL) return NULL;
    source->reply = *reply;
    reply->free_state = NULL;
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, 65536, read_source, source, free_source);
    if (response == NULL) free_source(source);
    return response;
}

static struct MHD_Response *make_response(http_request *request)
{
    http_reply *reply = &request->call.reply;
    bool bare = strcmp(request->call.method, "HEAD") == 0;
    if (bare && reply->kind != HTTP_REPLY_BYTES)
        return MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    switch (reply->kind) {
    case HTTP_REPLY_STREAM:
        return stream_response(reply);
    case HTTP_REPLY_EVENTS:
        return http_streams_response(request->server->streams, request->connection, reply);
    case HTTP_REPLY_BYTES:
        break;
    }
    /* The bytes live in the call's arena, which outlives the response's sending. */
    return MHD_create_response_from_buffer(reply->length, (void *)(uintptr_t)reply->bytes,
                                           MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result answer(http_request *request)
{
    struct MHD_Response *response = make_response(request);
    if (response == NULL) return MHD_NO;
    request->stage = STAGE_ANSWER;
    http_watch_deadline(request->watch, 0);
    add_headers(response, &request->call);
    enum MHD_Result result = MHD_queue_response(request->connection,
                                                (unsigned)request->call.reply.status, response);
    MHD_destroy_response(response);
    return result;
}

static void make_problem(http_request *request)
{
    drop_sink(request);
    if (request->status == KU_NOT_ALLOWED) http_log_refusal(&request->call, &request->err);
    http_reply_problem(&request->call, request->status, &request->err);
}

/* ---- the handler ------------------------------------------------------------------------------------ */

/* Takes the Idempotency-Key; true when the answer is known already. */
static bool known_answer(http_request *request)
{
    http_call *call = &request->call;
    char print[KU_HASH_TEXT];
    bool known = false;
    if (call->idempotency_key == NULL || strcmp(call->method, "POST") != 0) return false;
    ku_hash_finish(&request->print, print);
    request->memory_key = ku_arena_printf(call->arena, "%d %" PRId64 " %s", call->who.kind,
                                          call->actor != NULL ? call->actor->user : 0,
                                          call->idempotency_key);
    request->status = http_memory_ask(request->server->memory, request->memory_key, print, call,
                                      &known, &request->err);
    request->key_taken = request->status == KU_OK && !known;
    return known;
}

static void run_handler(http_request *request)
{
    http_call *call = &request->call;
    if (call->route->body == HTTP_JSON_BODY) {
        request->status = http_call_body(call, ku_text_string(&request->body), request->body.length,
                                         &request->err);
    }
    bool known = request->status == KU_OK && known_answer(request);
    if (request->status == KU_OK && !known) {
        http_keep_session(call);
        request->status = call->route->handler(call, &request->err);
        if (request->status == KU_OK) request->sink_open = false;
    }
    if (request->status != KU_OK)
        make_problem(request);
    else
        drop_sink(request);
    if ((call->route->flags & HTTP_ETAG) != 0) http_reply_etag(call);
    if (request->key_taken) http_memory_keep(request->server->memory, request->memory_key, call);
}

static void work(void *data)
{
    http_request *request = data;
    run_handler(request);
    MHD_resume_connection(request->connection);
}

static void suspend(void *data)
{
    http_request *request = data;
    request->stage = STAGE_WORKING;
    MHD_suspend_connection(request->connection);
}

static enum MHD_Result handle(http_request *request)
{
    http_call *call = &request->call;
    http_watch_deadline(request->watch, 0);
    if (call->route == NULL) {
        request->status = http_static_answer(request->server->statics, call, &request->err);
        if (request->status != KU_OK) make_problem(request);
        return answer(request);
    }
    if ((call->route->flags & HTTP_QUICK) != 0) {
        run_handler(request);
        return answer(request);
    }
    if (http_jobs_push(request->server->jobs, work, suspend, request)) return MHD_YES;
    request->status = ku_error_set(&request->err, KU_BUSY, NULL, "Kemudi is just stopping");
    make_problem(request);
    return answer(request);
}

/* ---- the steps ----------------------------------------------------------------------------------------- */

static void refuse(http_request *request, ku_status status)
{
    request->status = status;
    request->stage = STAGE_REFUSED;
    drop_sink(request);
}

static const char *client_address(http_call *call, struct MHD_Connection *connection)
{
    char text[INET6_ADDRSTRLEN] = "";
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info == NULL || info->client_addr == NULL) return "";
    if (info->client_addr->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)info->client_addr)->sin_addr, text,
                  sizeof text);
    else if (info->client_addr->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)info->client_addr)->sin6_addr, text,
                  sizeof text);
    return ku_arena_strdup(call->arena, text);
}

static void read_headers(http_request *request, const char *method)
{
    http_call *call = &request->call;
    struct MHD_Connection *connection = request->connection;
    call->method = ku_arena_strdup(call->arena, method);
    call->host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
    call->kemudi = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Kemudi");
    call->content_type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
    call->if_none_match = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "If-None-Match");
    call->if_match = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "If-Match");
    call->agent = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "User-Agent");
    call->cookie = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, HTTP_COOKIE);
    call->ticket = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, HTTP_TICKET);
    const char *bearer = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
    if (bearer != NULL && ku_text_starts(bearer, "Bearer ")) call->token = bearer + 7;
    call->address = client_address(call, connection);
    call->accept_encoding = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                        "Accept-Encoding");
    call->idempotency_key = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                        "Idempotency-Key");
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    call->content_length = length != NULL ? strtoll(length, NULL, 10) : -1;
}

static bool has_body(const http_request *request)
{
    return request->call.content_length > 0 ||
           MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "Transfer-Encoding") !=
               NULL;
}

static ku_status open_body(http_request *request)
{
    http_call *call = &request->call;
    if (call->route == NULL || call->route->sink == NULL) return KU_OK;
    KU_TRY(call->route->sink->open(call, &request->err));
    request->sink_open = true;
    return KU_OK;
}

/* Before the body is taken in: who may not is not listened to. */
static ku_status admit(http_call *call, ku_error *err)
{
    KU_TRY(http_identify(call, err));
    return http_admit(call, err);
}

static enum MHD_Result step_head(http_request *request, const char *method)
{
    http_call *call = &request->call;
    read_headers(request, method);
    ku_hash_init(&request->print);
    ku_hash_add(&request->print, call->method, strlen(call->method) + 1);
    ku_hash_add(&request->print, call->target, strlen(call->target) + 1);
    request->stage = STAGE_BODY;
    ku_status status = http_call_check(call, &request->err);
    if (status == KU_OK && call->route != NULL) status = admit(call, &request->err);
    if (status == KU_OK) status = open_body(request);
    double size = call->content_length > 0 ? (double)call->content_length : 0;
    http_watch_deadline(request->watch, BODY_SECONDS + size / BODY_RATE);
    if (status == KU_OK) return MHD_YES;
    refuse(request, status);
    if (!has_body(request) || size <= READ_AND_DROP) return MHD_YES;
    make_problem(request); /* a large body is not waited for */
    return answer(request);
}

static ku_status take_body(http_request *request, const char *data, size_t size)
{
    http_call *call = &request->call;
    const http_route *route = call->route;
    request->received += size;
    if (route == NULL || route->body == HTTP_NO_BODY) {
        return ku_error_set(&request->err, KU_USAGE, "body", "this address takes no body");
    }
    if (request->received > route->body_limit) {
        return ku_error_set(&request->err, KU_TOO_LARGE, "body",
                            "the body may have at most %.0f KiB",
                            (double)route->body_limit / 1024.0);
    }
    ku_hash_add(&request->print, data, size);
    if (route->sink != NULL) return route->sink->write(call, data, size, &request->err);
    ku_text_addn(&request->body, data, size);
    return ku_text_check(&request->body, &request->err);
}

static enum MHD_Result step_body(http_request *request, const char *data, size_t *size)
{
    if (request->stage == STAGE_BODY) {
        ku_status status = take_body(request, data, *size);
        if (status != KU_OK) refuse(request, status);
    } else {
        request->dropped += *size;
    }
    *size = 0;
    return request->dropped > READ_AND_DROP ? MHD_NO : MHD_YES;
}

enum MHD_Result http_request_step(void *server, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **context)
{
    http_request *request = *context;
    (void)server;
    (void)connection;
    (void)url;
    (void)version;
    if (request == NULL) return MHD_NO;
    if (request->stage == STAGE_HEAD) return step_head(request, method);
    if (*size > 0) return step_body(request, data, size);
    switch (request->stage) {
    case STAGE_BODY:
        return handle(request);
    case STAGE_REFUSED:
        make_problem(request);
        return answer(request);
    case STAGE_WORKING:
        return answer(request);
    case STAGE_HEAD:
    case STAGE_ANSWER:
        break;
    }
    return MHD_YES;
}
