/* shape.h - what the JSON of the API looks like, as data: request bodies are checked
 * against shapes, OpenAPI shows them, and the tests hold every answer against them.
 * Shapes are constants and live for ever.
 *
 * A type is written in a small notation:
 *   string integer number boolean any   as in JSON Schema
 *   date time                           "2026-11-23", "2026-11-23T17:46:16Z"
 *   'a'|'b'                             one of these texts
 *   Run                                 an object of that shape
 *   [T]  {T}                            a list of T; an object with any names and T values
 *   T?                                  T or null */
#ifndef KU_APP_HTTP_SHAPE_H
#define KU_APP_HTTP_SHAPE_H

#include <jansson.h>
#include <stdbool.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"

typedef struct http_field {
    const char *name; /* NULL ends the list */
    const char *type;
    const char *meaning;
    bool optional;   /* may be left out altogether */
    double min, max; /* numbers: the range; texts: the longest in bytes is max; both 0: no limit */
} http_field;

typedef struct http_shape {
    const char *name; /* "Run"; NULL ends the list */
    const char *meaning;
    const http_field *fields;
} http_shape;

/* All shapes of the API, ended by a NULL name. */
extern const http_shape http_shapes[];
const http_shape *http_shape_find(const char *name, size_t length);

/* Checks a value against a type: KU_USAGE with `where` like "body.options.sheet" and what
 * was expected and found. Names the shape does not know are errors, with the nearest
 * known one. */
ku_status http_shape_check(const json_t *value, const char *type, const char *where, ku_error *err);

/* The JSON Schema (draft 2020-12) of a type, a new reference; shapes are referred to as
 * #/components/schemas/<name>. */
json_t *http_type_schema(const char *type);
/* The JSON Schema of a shape's object itself, a new reference. */
json_t *http_shape_schema(const http_shape *shape);
/* Whether the notation is well formed and names only known shapes. */
bool http_type_valid(const char *type);

#endif
