/* url.h - a request's target taken apart: decoded path segments and query pairs, all in
 * the caller's arena. Nothing is decoded twice and nothing that could climb out of a
 * folder gets through. */
#ifndef KU_APP_HTTP_URL_H
#define KU_APP_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"

#define HTTP_SEGMENTS 12
#define HTTP_PAIRS    32

typedef struct http_pair {
    const char *name, *value;
} http_pair;

typedef struct http_url {
    const char *path; /* decoded, always begins with "/" */
    const char *segment[HTTP_SEGMENTS];
    size_t segment_count; /* "/" has none; "/a/" has two, the last empty */
    http_pair pair[HTTP_PAIRS];
    size_t pair_count;
} http_url;

/* Reads an origin-form target ("/a/b?c=d", RFC 9112 section 3.2.1). KU_USAGE for a bad
 * escape, a NUL or control character, bytes that are not UTF-8, "." and ".." segments and
 * slashes or backslashes behind an escape, however written; and for more segments or
 * pairs than any route has. */
ku_status http_url_parse(const char *target, ku_arena *arena, http_url *url, ku_error *err);

#endif
