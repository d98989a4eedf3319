/* served.h - a server on a workspace of its own in a temporary folder, and a client that
 * speaks to it. A `served` and a `client` belong to the test between begin and end; an
 * answer lives in its client. */
#ifndef KU_TESTS_HTTP_SERVED_H
#define KU_TESTS_HTTP_SERVED_H

#include <curl/curl.h>
#include <jansson.h>
#include <string.h>

#include "app/http/server.h"
#include "app/http/shape.h"
#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "check.h"
#include "kemudi/analysis.h"

#define API "/api/v1"

enum { ASK_SECONDS = 25, MOST_ASK_HEADERS = 6 };

typedef struct served {
    char folder[64], shop[80];
    ku_workspace *workspace;
    ku_run_queue *queue;
    ku_server *server;
} served;

typedef struct client {
    ku_arena *arena;
    json_t *keep; /* every JSON that was answered */
    CURL *curl;
    const char *base; /* "http://127.0.0.1:1234" */
} client;

typedef struct asked {
    const char *method; /* NULL: GET */
    const char *body;   /* NULL: none */
    size_t length;      /* 0: of the text */
    const char *type;   /* of the body; NULL: application/json */
    const char *header[MOST_ASK_HEADERS];
    bool bare; /* without X-Kemudi */
} asked;

typedef struct answer {
    long status;
    ku_text head, body; /* emptied by client_end, as they lie in the arena */
    json_t *json;       /* NULL: the body is none */
} answer;

/* ---- the server ------------------------------------------------------------------------ */

static inline void served_start(served *s, const ku_server_options *options)
{
    static const ku_server_options any_port = {.quiet = true};
    ku_error err = {0};
    check_ok(ku_workspace_open(s->shop, &s->workspace, &err), &err);
    check_ok(ku_run_queue_start(s->workspace, 1, &s->queue, &err), &err);
    check_ok(ku_server_start(s->workspace, s->queue, options != NULL ? options : &any_port,
                             &s->server, &err),
             &err);
}

static inline void served_stop(served *s)
{
    ku_server_stop(s->server);
    ku_run_queue_stop(s->queue);
    ku_workspace_close(s->workspace);
    s->server = NULL;
    s->queue = NULL;
    s->workspace = NULL;
}

static inline void served_begin(served *s, const ku_server_options *options)
{
    ku_error err = {0};
    memset(s, 0, sizeof *s);
    snprintf(s->folder, sizeof s->folder, "/tmp/kemudi-http-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->shop, sizeof s->shop, "%s/shop", s->folder);
    ku_settings settings = {.company = "Tea & Co", .currency = "EUR"};
    check_ok(ku_workspace_init(s->shop, &settings, &err), &err);
    served_start(s, options);
}

static inline void served_end(served *s)
{
    ku_error err = {0};
    served_stop(s);
    check_ok(ku_folder_remove(s->folder, &err), &err);
}

/* ---- the client -------------------------------------------------------------------------- */

static inline void client_begin(client *c, const served *s)
{
    c->arena = ku_arena_new();
    c->keep = json_array();
    c->curl = curl_easy_init();
    c->base = ku_arena_printf(c->arena, "http://127.0.0.1:%d", ku_server_port(s->server));
}

static inline void client_end(client *c)
{
    curl_easy_cleanup(c->curl);
    json_decref(c->keep);
    ku_arena_free(c->arena);
}

static inline size_t client_takes(char *bytes, size_t size, size_t count, void *data)
{
    ku_text_addn(data, bytes, size * count);
    return size * count;
}

static inline struct curl_slist *ask_headers(const asked *a)
{
    char type[128];
    snprintf(type, sizeof type, "Content-Type: %s", a->type != NULL ? a->type : "application/json");
    struct curl_slist *list = NULL;
    if (a->body != NULL) list = curl_slist_append(list, *type != '\0' ? type : NULL);
    if (!a->bare) list = curl_slist_append(list, "X-Kemudi: 1");
    for (size_t i = 0; i < MOST_ASK_HEADERS && a->header[i] != NULL; i++)
        list = curl_slist_append(list, a->header[i]);
    return list;
}

/* Moves bytes into the arena, ended by NUL. */
static inline ku_text settle(const client *c, ku_text *text)
{
    ku_text kept = {.bytes = ku_arena_zero(c->arena, text->length + 1), .length = text->length};
    memcpy(kept.bytes, ku_text_string(text), text->length);
    ku_text_clear(text);
    return kept;
}

static inline answer ask_url(client *c, const char *url, asked a)
{
    ku_text head = {0}, body = {0};
    answer found = {0};
    struct curl_slist *headers = ask_headers(&a);
    const char *method = a.method != NULL ? a.method : "GET";
    curl_easy_reset(c->curl);
    curl_easy_setopt(c->curl, CURLOPT_URL, url);
    curl_easy_setopt(c->curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT, (long)ASK_SECONDS);
    curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, method);
    if (strcmp(method, "HEAD") == 0) curl_easy_setopt(c->curl, CURLOPT_NOBODY, 1L);
    if (a.body != NULL) {
        size_t length = a.length > 0 ? a.length : strlen(a.body);
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, a.body);
    }
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, client_takes);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(c->curl, CURLOPT_HEADERFUNCTION, client_takes);
    curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, &head);
    CURLcode code = curl_easy_perform(c->curl);
    curl_slist_free_all(headers);
    if (code == CURLE_OK)
        curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &found.status);
    else
        print_error("%s %s: %s\n", method, url, curl_easy_strerror(code));
    found.head = settle(c, &head);
    found.body = settle(c, &body);
    found.json = json_loadb(found.body.bytes, found.body.length, 0, NULL);
    if (found.json != NULL) json_array_append_new(c->keep, found.json);
    return found;
}

/* `path` begins behind the host. */
static inline answer ask(client *c, const char *path, asked a)
{
    return ask_url(c, ku_arena_printf(c->arena, "%s%s", c->base, path), a);
}

static inline answer get(client *c, const char *format, ...) KU_PRINTF(2, 3);
static inline answer get(client *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *path = ku_arena_vprintf(c->arena, format, args);
    va_end(args);
    return ask(c, path, (asked){0});
}

static inline answer post(client *c, const char *path, const char *body)
{
    return ask(c, path, (asked){.method = "POST", .body = body});
}

/* ---- what was answered --------------------------------------------------------------------- */

/* The value of a header of the last answer, in the arena; NULL when there is none. */
static inline const char *header(const client *c, const answer *a, const char *name)
{
    size_t width = strlen(name);
    for (const char *line = a->head.bytes; line != NULL; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        if (strncasecmp(line, name, width) != 0 || line[width] != ':') continue;
        const char *value = line + width + 1;
        while (*value == ' ') value++;
        return ku_arena_strndup(c->arena, value, strcspn(value, "\r\n"));
    }
    return NULL;
}

static inline void expect_at(answer found, long status, const char *file, int line)
{
    if (found.status == status) return;
    print_error("expected status %ld, found %ld:\n%.600s\n", status, found.status,
                found.body.bytes);
    _fail(file, line);
}
#define expect(found, status) expect_at((found), (status), __FILE__, __LINE__)

static inline void expect_shape_at(json_t *json, const char *type, const char *file, int line)
{
    ku_error err = {0};
    if (json == NULL) {
        print_error("expected %s, found no JSON\n", type);
        _fail(file, line);
    }
    if (http_shape_check(json, type, "answer", &err) == KU_OK) return;
    print_error("expected %s: %s %s\n", type, err.where, err.message);
    _fail(file, line);
}
#define expect_shape(json, type) expect_shape_at((json), (type), __FILE__, __LINE__)

static inline const char *member(json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text != NULL ? text : "";
}

static inline int64_t number(json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

/* A problem of that kind, as RFC 9457 wants it, whose words hold `words`. */
static inline void expect_problem_at(const client *c, answer found, long status, const char *code,
                                     const char *words, const char *file, int line)
{
    expect_at(found, status, file, line);
    expect_shape_at(found.json, "Problem", file, line);
    const char *type = header(c, &found, "Content-Type");
    bool good = type != NULL && strcmp(type, "application/problem+json") == 0 &&
                number(found.json, "status") == status &&
                strcmp(member(found.json, "code"), code) == 0 &&
                strstr(member(found.json, "detail"), words) != NULL;
    if (good) return;
    print_error("expected %s with \"%s\", found %s:\n%s\n", code, words,
                type != NULL ? type : "no type", found.body.bytes);
    _fail(file, line);
}
#define expect_problem(c, found, status, code, words)                                              \
    expect_problem_at((c), (found), (status), (code), (words), __FILE__, __LINE__)

/* ---- the usual steps -------------------------------------------------------------------------- */

static inline const char *overview_sales(void)
{
    const ku_analysis *overview = ku_analysis_find("sales.overview");
    assert_non_null(overview);
    return ku_analysis_file(overview, "example/sale.csv", NULL);
}

/* Uploads a text and returns the upload's id. */
static inline const char *upload(client *c, const char *name, const char *text)
{
    const char *path = ku_arena_printf(c->arena, API "/uploads?name=%s", name);
    answer a = ask(c, path,
                   (asked){.method = "POST", .body = text, .type = "application/octet-stream"});
    expect(a, 201);
    expect_shape(a.json, "Upload");
    assert_int_equal(number(a.json, "bytes"), (int64_t)strlen(text));
    return member(a.json, "id");
}

/* The last event of a stream that has ended, in the arena of the client. */
static inline json_t *last_event(client *c, const answer *stream, const char *name)
{
    const char *head = ku_arena_printf(c->arena, "event: %s\ndata: ", name), *last = NULL;
    for (const char *at = strstr(stream->body.bytes, head); at != NULL; at = strstr(at + 1, head))
        last = at + strlen(head);
    if (last == NULL) return NULL;
    json_t *json = json_loadb(last, strcspn(last, "\n"), 0, NULL);
    if (json != NULL) json_array_append_new(c->keep, json);
    return json;
}

/* Follows a run or import to its end and returns it as last told. */
static inline json_t *follow(client *c, const char *what, const char *id)
{
    bool run = strcmp(what, "runs") == 0;
    answer stream = get(c, API "/%s/%s/events", what, id);
    expect(stream, 200);
    json_t *last = last_event(c, &stream, run ? "run" : "import");
    expect_shape(last, run ? "Run" : "Import");
    return last;
}

/* sales.overview on its own example, to the end; returns the finished run. */
static inline json_t *run_overview(client *c)
{
    const char *id = upload(c, "sale.csv", overview_sales());
    answer a = post(
        c, API "/runs",
        ku_arena_printf(c->arena, "{\"analysis\":\"sales.overview\",\"inputs\":{\"sale\":\"%s\"}}",
                        id));
    expect(a, 202);
    json_t *run = follow(c, "runs", member(a.json, "id"));
    assert_string_equal(member(run, "state"), "done");
    return run;
}

#endif
