/* url.c - takes a request's target apart.
 *
 * Most path attacks live from a second reading: a proxy or library decodes %2e%2e%2f
 * after the check was made. Here the target is split while still encoded, each piece is
 * decoded exactly once, and a decoded piece that could mean anything to a file system
 * ("..", a slash, a NUL) is refused, whichever route it was meant for. */
#include "app/http/url.h"

#include <ctype.h>

#include "base/text.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Decodes `length` bytes; in a query "+" is a space. */
static ku_status decode(const char *from, size_t length, bool query, ku_arena *arena,
                        const char **out, ku_error *err)
{
    char *to = ku_arena_alloc(arena, length + 1);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)from[i];
        if (c == '%') {
            int high = length - i > 2 ? hex(from[i + 1]) : -1;
            int low = high >= 0 ? hex(from[i + 2]) : -1;
            if (low < 0) {
                return ku_error_set(err, KU_USAGE, "address",
                                    "a %% must be followed by two hexadecimal digits");
            }
            c = (unsigned char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && query) {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7f) {
            return ku_error_set(err, KU_USAGE, "address", "the address holds a control character");
        }
        to[used++] = (char)c;
    }
    to[used] = '\0';
    if (!ku_utf8_valid(to, used, NULL)) {
        return ku_error_set(err, KU_USAGE, "address", "the address is not UTF-8");
    }
    *out = to;
    return KU_OK;
}

static ku_status add_segment(http_url *url, const char *from, size_t length, ku_arena *arena,
                             ku_error *err)
{
    const char *segment;
    if (url->segment_count == HTTP_SEGMENTS) {
        return ku_error_set(err, KU_NOT_FOUND, "address", "there is no page with so long a path");
    }
    KU_TRY(decode(from, length, false, arena, &segment, err));
    if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0 ||
        strpbrk(segment, "/\\") != NULL) {
        return ku_error_set(
            err, KU_USAGE, "address",
            "the path may not climb out of its place (\"..\", slashes behind an escape)");
    }
    url->segment[url->segment_count++] = segment;
    return KU_OK;
}

static ku_status add_pair(http_url *url, const char *from, size_t length, ku_arena *arena,
                          ku_error *err)
{
    if (length == 0) return KU_OK;
    if (url->pair_count == HTTP_PAIRS) {
        return ku_error_set(err, KU_USAGE, "query", "more than %d query parameters", HTTP_PAIRS);
    }
    const char *equals = memchr(from, '=', length);
    size_t name = equals != NULL ? (size_t)(equals - from) : length;
    http_pair *pair = &url->pair[url->pair_count];
    pair->value = "";
    KU_TRY(decode(from, name, true, arena, &pair->name, err));
    if (equals != NULL)
        KU_TRY(decode(equals + 1, length - name - 1, true, arena, &pair->value, err));
    url->pair_count++;
    return KU_OK;
}

static const char *join(const http_url *url, ku_arena *arena)
{
    const char *path = "";
    for (size_t i = 0; i < url->segment_count; i++) {
        path = ku_arena_printf(arena, "%s/%s", path, url->segment[i]);
    }
    return *path != '\0' ? path : "/";
}

ku_status http_url_parse(const char *target, ku_arena *arena, http_url *url, ku_error *err)
{
    *url = (http_url){0};
    if (*target != '/') {
        return ku_error_set(err, KU_USAGE, "address", "expected a path that begins with \"/\"");
    }
    size_t path = strcspn(target, "?#");
    if (path > 1) {
        for (size_t at = 1; at <= path;) {
            size_t length = strcspn(target + at, "/?#");
            KU_TRY(add_segment(url, target + at, length, arena, err));
            at += length + 1;
        }
    }
    if (target[path] == '?') {
        const char *query = target + path + 1;
        for (size_t end = strcspn(query, "#"), at = 0; at < end;) {
            size_t length = strcspn(query + at, "&#");
            KU_TRY(add_pair(url, query + at, length, arena, err));
            at += length + 1;
        }
    }
    url->path = join(url, arena);
    return KU_OK;
}
