/* fuzz_http_params.c - any bytes as a request: finding the route, reading path and query,
 * checking headers and the body, without a socket. What is let through must be what the
 * table promises the handlers. The first lines of the input are method, target, Host,
 * X-Kemudi and Content-Type; the rest is the body. */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>

#include "app/http/route.h"
#include "app/http/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct input {
    const char *at;
    size_t left;
} input;

/* The next line, in the arena; NULL when it is "-". */
static const char *line(input *in, ku_arena *arena)
{
    const char *end = memchr(in->at, '\n', in->left);
    size_t length = end != NULL ? (size_t)(end - in->at) : in->left;
    const char *text = ku_arena_strndup(arena, in->at, length);
    size_t taken = length + (end != NULL);
    in->at += taken;
    in->left -= taken;
    return strcmp(text, "-") == 0 ? NULL : text;
}

static void promise(bool kept)
{
    if (!kept) abort();
}

static void check_value(const http_param *param, const http_value *value)
{
    if (!value->set) {
        promise(param->fallback == NULL);
        return;
    }
    promise(value->text != NULL && ku_utf8_valid(value->text, strlen(value->text), NULL));
    if (param->kind == HTTP_INT)
        promise((double)value->number >= param->min && (double)value->number <= param->max);
    if (param->kind == HTTP_ID)
        promise(strlen(value->text) <= 80 && strpbrk(value->text, "/\\ ") == NULL);
}

static void check_promises(const http_call *call)
{
    const http_route *route = call->route;
    for (size_t i = 0; i < call->url.segment_count; i++) {
        const char *segment = call->url.segment[i];
        promise(strcmp(segment, "..") != 0 && strpbrk(segment, "/\\") == NULL);
    }
    if (route == NULL) return;
    for (size_t i = 0; route->in_path != NULL && route->in_path[i].name != NULL; i++)
        check_value(&route->in_path[i], &call->path[i]);
    for (size_t i = 0; route->in_query != NULL && route->in_query[i].name != NULL; i++)
        check_value(&route->in_query[i], &call->query[i]);
    if (http_changes(route->method)) promise(strcmp(call->kemudi, "1") == 0);
}

static void check(http_call *call, const input *in)
{
    ku_error err = {0};
    ku_status status = http_call_check(call, &err);
    if (status == KU_OK) check_promises(call);
    bool json = status == KU_OK && call->route != NULL && call->route->body == HTTP_JSON_BODY;
    if (json) status = http_call_body(call, in->at, in->left, &err);
    if (json && status == KU_OK)
        promise(http_shape_check(call->body, call->route->body_type, "body", &err) == KU_OK);
    if (status == KU_OK) return;
    promise(err.code == status && err.message[0] != '\0');
    http_reply_problem(call, status, &err);
    promise(call->reply.status >= 400 && call->reply.length > 0);
    json_t *problem = json_loadb(call->reply.bytes, call->reply.length, 0, NULL);
    promise(problem != NULL && http_shape_check(problem, "Problem", "problem", &err) == KU_OK);
    json_decref(problem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (sodium_init() < 0) abort();
    http_call call = {.arena = ku_arena_new()};
    input in = {.at = (const char *)data, .left = size};
    const char *method = line(&in, call.arena), *target = line(&in, call.arena);
    call.method = method != NULL ? method : "GET";
    call.target = target != NULL ? target : "/";
    call.host = line(&in, call.arena);
    call.kemudi = line(&in, call.arena);
    call.content_type = line(&in, call.arena);
    call.content_length = (int64_t)in.left;
    check(&call, &in);
    json_decref(call.body);
    ku_arena_free(call.arena);
    return 0;
}
