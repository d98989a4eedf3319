/* route.c - finds a request's route and checks the request against it.
 *
 * A handler that parses its own parameters forgets one check in twenty. So the table says
 * what each route takes, this file does all the checking in one order for every route,
 * and a handler only ever sees values that fit. The same table is printed as OpenAPI. */
#include "app/http/route.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "app/http/shape.h"
#include "base/json.h"

#define DEPTH_LIMIT 32

bool http_changes(const char *method)
{
    return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 &&
           strcmp(method, "OPTIONS") != 0;
}

/* ---- matching ------------------------------------------------------------------------------ */

/* Whether one decoded segment fits a pattern piece "literal", "{name}" or "{name}.svg";
 * for the latter two *value is the text in the braces' place. */
static bool segment_fits(const char *pattern, size_t length, const char *segment, ku_arena *arena,
                         const char **value)
{
    *value = NULL;
    size_t width = strlen(segment);
    if (*pattern != '{') return width == length && memcmp(pattern, segment, length) == 0;
    const char *close = memchr(pattern, '}', length);
    if (close == NULL) return false;
    size_t tail = length - (size_t)(close + 1 - pattern);
    if (width <= tail || memcmp(close + 1, segment + width - tail, tail) != 0) return false;
    *value = ku_arena_strndup(arena, segment, width - tail);
    return true;
}

static bool path_fits(const http_route *route, http_call *call,
                      const char *values[HTTP_PATH_PARAMS])
{
    const http_url *url = &call->url;
    const char *pattern = route->path;
    size_t taken = 0;
    for (size_t i = 0; i < url->segment_count; i++) {
        const char *value;
        if (*pattern != '/') return false;
        size_t length = strcspn(++pattern, "/");
        if (!segment_fits(pattern, length, url->segment[i], call->arena, &value)) return false;
        if (value != NULL && taken < HTTP_PATH_PARAMS) values[taken++] = value;
        pattern += length;
    }
    return *pattern == '\0';
}

static ku_status no_route(http_call *call, const char *allow, ku_error *err)
{
    if (*allow == '\0') {
        return ku_error_set(err, KU_NOT_FOUND, call->url.path, "there is nothing at this address");
    }
    call->reply.allow = allow;
    call->reply.status = 405;
    return ku_error_set(err, KU_NOT_ALLOWED, call->url.path,
                        "this address does not take %.20s; it takes %s", call->method, allow);
}

static ku_status find_route(http_call *call, const char *values[HTTP_PATH_PARAMS], ku_error *err)
{
    const char *allow = "";
    const char *method = strcmp(call->method, "HEAD") == 0 ? "GET" : call->method;
    for (const http_route *route = http_routes; route->method != NULL; route++) {
        const char *found[HTTP_PATH_PARAMS] = {0};
        if (!path_fits(route, call, found)) continue;
        if (strcmp(route->method, method) == 0) {
            memcpy(values, found, sizeof found);
            call->route = route;
            return KU_OK;
        }
        allow = ku_arena_printf(call->arena, "%s%s%s%s", allow, *allow != '\0' ? ", " : "",
                                route->method, strcmp(route->method, "GET") == 0 ? ", HEAD" : "");
    }
    return no_route(call, allow, err);
}

/* ---- values --------------------------------------------------------------------------------- */

static bool is_id(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > 80) return false;
    for (; *text != '\0'; text++) {
        if (!isalnum((unsigned char)*text) && strchr("_-.", *text) == NULL) return false;
    }
    return true;
}

static ku_status read_int(const http_param *param, const char *text, const char *where,
                          int64_t *number, ku_error *err)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    bool digits = isdigit((unsigned char)text[*text == '-']) != 0;
    if (!digits || *end != '\0' || errno != 0 || (double)value < param->min ||
        (double)value > param->max) {
        return ku_error_set(err, KU_USAGE, where,
                            "expected a whole number from %.0f to %.0f, found \"%.40s\"",
                            param->min, param->max, text);
    }
    *number = value;
    return KU_OK;
}

static bool is_choice(const char *choices, const char *text)
{
    size_t width = strlen(text);
    for (const char *at = strstr(choices, text); at != NULL && width > 0;
         at = strstr(at + 1, text)) {
        if (at > choices && at[-1] == '\'' && at[width] == '\'') return true;
    }
    return false;
}

static ku_status read_value(const http_param *param, const char *text, const char *where,
                            http_value *value, ku_error *err)
{
    size_t longest = param->max > 0 ? (size_t)param->max : 200;
    value->set = true;
    value->text = text;
    switch (param->kind) {
    case HTTP_INT:
        return read_int(param, text, where, &value->number, err);
    case HTTP_BOOL:
        value->number = strcmp(text, "true") == 0;
        if (value->number != 0 || strcmp(text, "false") == 0) return KU_OK;
        return ku_error_set(err, KU_USAGE, where, "expected true or false, found \"%.40s\"", text);
    case HTTP_ID:
        if (is_id(text)) return KU_OK;
        return ku_error_set(
            err, KU_USAGE, where,
            "expected letters, digits, \"_\", \"-\" and \".\" (at most 80), found \"%.90s\"", text);
    case HTTP_CHOICE:
        if (is_choice(param->choices, text)) return KU_OK;
        return ku_error_set(err, KU_USAGE, where, "expected one of %s, found \"%.40s\"",
                            param->choices, text);
    case HTTP_TEXT:
    case HTTP_PREFIX:
        if (strlen(text) <= longest) return KU_OK;
        return ku_error_set(err, KU_USAGE, where, "the text is longer than %zu bytes", longest);
    }
    return KU_OK;
}

static ku_status read_path(http_call *call, const char *values[HTTP_PATH_PARAMS], ku_error *err)
{
    const http_param *param = call->route->in_path;
    for (size_t i = 0; param != NULL && param[i].name != NULL; i++) {
        assert(i < HTTP_PATH_PARAMS && values[i] != NULL);
        const char *where = ku_arena_printf(call->arena, "path, %s", param[i].name);
        KU_TRY(read_value(&param[i], values[i], where, &call->path[i], err));
    }
    return KU_OK;
}

static const http_param *query_param(const http_route *route, const char *name, size_t *index)
{
    for (size_t i = 0; route->in_query != NULL && route->in_query[i].name != NULL; i++) {
        const http_param *param = &route->in_query[i];
        *index = i;
        bool same = param->kind == HTTP_PREFIX
                        ? ku_text_starts(name, param->name) && strlen(name) > strlen(param->name)
                        : strcmp(param->name, name) == 0;
        if (same) return param;
    }
    return NULL;
}

static const char *param_name(const void *data, size_t i)
{
    return ((const http_param *)data)[i].name;
}

static ku_status unknown_param(const http_route *route, const char *name, ku_error *err)
{
    size_t count = 0;
    while (route->in_query != NULL && route->in_query[count].name != NULL) count++;
    const char *near = ku_text_nearest(name, count, param_name, route->in_query);
    return ku_error_set(err, KU_USAGE, "query", "the parameter \"%.60s\" is not known here%s%s%s",
                        name, near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
                        near != NULL ? "\"?" : "");
}

static ku_status read_query(http_call *call, ku_error *err)
{
    const http_route *route = call->route;
    for (size_t i = 0; i < call->url.pair_count; i++) {
        const http_pair *pair = &call->url.pair[i];
        size_t index = 0;
        const http_param *param = query_param(route, pair->name, &index);
        if (param == NULL) return unknown_param(route, pair->name, err);
        const char *where = ku_arena_printf(call->arena, "query, %s", pair->name);
        if (call->query[index].set && param->kind != HTTP_PREFIX) {
            return ku_error_set(err, KU_USAGE, where, "the parameter is given twice");
        }
        KU_TRY(read_value(param, pair->value, where, &call->query[index], err));
    }
    for (size_t i = 0; route->in_query != NULL && route->in_query[i].name != NULL; i++) {
        const http_param *param = &route->in_query[i];
        if (call->query[i].set || param->fallback == NULL) continue;
        KU_TRY(read_value(param, param->fallback, param->name, &call->query[i], err));
    }
    return KU_OK;
}

/* ---- headers --------------------------------------------------------------------------------- */

/* DNS rebinding: a foreign page whose name was pointed at this computer sends its own
 * name as Host. Only names that always mean this computer are answered. */
static ku_status check_host(const http_call *call, ku_error *err)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    const char *host = call->host != NULL ? call->host : "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        if (strncasecmp(host, names[i], length) != 0) continue;
        const char *rest = host + length;
        if (*rest == ':' && rest[1] != '\0' && strspn(rest + 1, "0123456789") == strlen(rest + 1)) {
            return KU_OK;
        }
        if (*rest == '\0') return KU_OK;
    }
    return ku_error_set(
        err, KU_NOT_ALLOWED, "header Host",
        "Kemudi answers only to localhost, 127.0.0.1 and [::1] until sign-in is set up; "
        "found \"%.60s\"",
        host);
}

static ku_status check_change(const http_call *call, ku_error *err)
{
    if (!http_changes(call->method)) return KU_OK;
    if (call->kemudi != NULL && strcmp(call->kemudi, "1") == 0) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "header X-Kemudi",
                        "a request that changes something needs the header \"X-Kemudi: 1\", "
                        "which other web sites cannot send");
}

/* Any printable ASCII; what is longer than a person or program would choose is not kept. */
static ku_status check_key(const http_call *call, ku_error *err)
{
    const char *key = call->idempotency_key;
    size_t length = 0;
    if (key == NULL) return KU_OK;
    while (key[length] > ' ' && key[length] < 0x7f) length++;
    if (length > 0 && length <= HTTP_KEY_LENGTH && key[length] == '\0') return KU_OK;
    return ku_error_set(err, KU_USAGE, "header Idempotency-Key",
                        "expected 1 to %d letters, digits or signs without spaces",
                        HTTP_KEY_LENGTH);
}

static ku_status too_large(uint64_t limit, ku_error *err)
{
    return limit >= 1048576
               ? ku_error_set(err, KU_TOO_LARGE, "body", "the body may have at most %.0f MiB",
                              (double)limit / 1048576.0)
               : ku_error_set(err, KU_TOO_LARGE, "body", "the body may have at most %.0f KiB",
                              (double)limit / 1024.0);
}

static ku_status check_body_headers(http_call *call, ku_error *err)
{
    const http_route *route = call->route;
    const char *type = call->content_type;
    if (route->body == HTTP_NO_BODY) {
        if (call->content_length <= 0) return KU_OK;
        return ku_error_set(err, KU_USAGE, "body", "this address takes no body");
    }
    if (call->content_length > 0 && (uint64_t)call->content_length > route->body_limit) {
        return too_large(route->body_limit, err);
    }
    const char *wanted = route->body == HTTP_JSON_BODY ? "application/json"
                                                       : "application/octet-stream";
    size_t length = strlen(wanted);
    if (type != NULL && strncasecmp(type, wanted, length) == 0 &&
        strchr("; \t", type[length]) != NULL) {
        return KU_OK;
    }
    call->reply.status = 415;
    return ku_error_set(err, KU_USAGE, "header Content-Type", "expected %s, found \"%.60s\"",
                        wanted, type != NULL ? type : "");
}

ku_status http_call_check(http_call *call, ku_error *err)
{
    const char *values[HTTP_PATH_PARAMS] = {0};
    KU_TRY(http_url_parse(call->target, call->arena, &call->url, err));
    KU_TRY(check_host(call, err));
    if (call->url.segment_count == 0 || strcmp(call->url.segment[0], "api") != 0) {
        if (!http_changes(call->method)) return KU_OK; /* a static file */
        return no_route(call, "GET, HEAD", err);
    }
    KU_TRY(find_route(call, values, err));
    KU_TRY(read_path(call, values, err));
    KU_TRY(read_query(call, err));
    KU_TRY(check_change(call, err));
    KU_TRY(check_key(call, err));
    return check_body_headers(call, err);
}

/* ---- the body ---------------------------------------------------------------------------------- */

ku_status http_call_body(http_call *call, const char *bytes, size_t length, ku_error *err)
{
    const http_route *route = call->route;
    const ku_json_limits limits = {.bytes = route->body_limit, .depth = DEPTH_LIMIT};
    if (length > route->body_limit) return too_large(route->body_limit, err);
    KU_TRY(ku_json_parse(bytes, length, "body", &limits, &call->body, err));
    return http_shape_check(call->body, route->body_type, "body", err);
}

/* ---- reading values ------------------------------------------------------------------------------ */

static const http_value *value_of(const http_param *params, const http_value *values,
                                  const char *name)
{
    for (size_t i = 0; params != NULL && params[i].name != NULL; i++) {
        if (strcmp(params[i].name, name) == 0) return &values[i];
    }
    assert(!"the route does not declare this parameter");
    return NULL;
}

const char *http_path(const http_call *call, const char *name)
{
    return value_of(call->route->in_path, call->path, name)->text;
}

const char *http_text(const http_call *call, const char *name)
{
    return value_of(call->route->in_query, call->query, name)->text;
}

int64_t http_int(const http_call *call, const char *name)
{
    return value_of(call->route->in_query, call->query, name)->number;
}

bool http_bool(const http_call *call, const char *name)
{
    return http_int(call, name) != 0;
}

const char *http_body_text(const http_call *call, const char *name)
{
    return json_string_value(json_object_get(call->body, name));
}

bool http_body_bool(const http_call *call, const char *name, bool fallback)
{
    json_t *value = json_object_get(call->body, name);
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}
