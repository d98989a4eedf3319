/* json.c - reading and writing JSON. */
#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/number.h"

enum { DEFAULT_BYTES = 16 * 1024 * 1024, DEFAULT_DEPTH = 64 };

/* ---- parsing ------------------------------------------------------------------------ */

typedef struct place {
    int line, column;
} place;

static place place_of(const char *text, size_t offset)
{
    place p = {1, 1};
    for (size_t i = 0; i < offset; i++) {
        p.column++;
        if (text[i] == '\n') p = (place){p.line + 1, 1};
    }
    return p;
}

/* Offset of the first bracket nested deeper than `depth`, or `length`. The parser itself
 * recurses, so depth is checked before it sees the text. */
static size_t too_deep(const char *text, size_t length, int depth)
{
    int open = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\') i++;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++open > depth) return i;
        } else if (c == ']' || c == '}') {
            open--;
        }
    }
    return length;
}

static ku_status fail_at(ku_error *err, const char *where, place p, const char *message)
{
    ku_error_set(err, KU_USAGE, NULL, "this is not JSON: %s", message);
    if (err != NULL) ku_error_at(err, "%s, line %d, column %d", where, p.line, p.column);
    return KU_USAGE;
}

ku_status ku_json_parse(const char *text, size_t length, const char *where,
                        const ku_json_limits *limits, json_t **root, ku_error *err)
{
    size_t bytes = limits != NULL && limits->bytes > 0 ? limits->bytes : DEFAULT_BYTES;
    int depth = limits != NULL && limits->depth > 0 ? limits->depth : DEFAULT_DEPTH;
    if (length > bytes)
        return ku_error_set(err, KU_TOO_LARGE, where, "%zu bytes of JSON; the limit is %zu", length,
                            bytes);
    size_t bad;
    if (!ku_utf8_valid(text, length, &bad))
        return fail_at(err, where, place_of(text, bad), "the text is not UTF-8");
    size_t deep = too_deep(text, length, depth);
    if (deep < length) {
        place p = place_of(text, deep);
        ku_error_set(err, KU_TOO_LARGE, NULL, "lists and objects are nested deeper than %d", depth);
        if (err != NULL) ku_error_at(err, "%s, line %d, column %d", where, p.line, p.column);
        return KU_TOO_LARGE;
    }
    json_error_t failure;
    *root = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &failure);
    if (*root != NULL) return KU_OK;
    return fail_at(err, where, (place){failure.line, failure.column < 1 ? 1 : failure.column},
                   failure.text);
}

/* ---- members -------------------------------------------------------------------------- */

typedef enum kind { TEXT, INT, REAL, BOOL, ARRAY, OBJECT } kind;

static const char *kind_words(kind k)
{
    static const char *const words[] = {"text",          "a whole number", "a number",
                                        "true or false", "a list",         "an object"};
    return words[k];
}

static const char *found_words(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "text";
    case JSON_INTEGER:
        return "a whole number";
    case JSON_REAL:
        return "a number with decimals";
    case JSON_NULL:
        return "null";
    default:
        return "true or false";
    }
}

static bool is_kind(const json_t *value, kind k)
{
    switch (k) {
    case TEXT:
        return json_is_string(value);
    case INT:
        return json_is_integer(value);
    case REAL:
        return json_is_number(value);
    case BOOL:
        return json_is_boolean(value);
    case ARRAY:
        return json_is_array(value);
    default:
        return json_is_object(value);
    }
}

/* The member of that kind; NULL in *value when it is absent and may be. */
static ku_status member(const json_t *object, const char *path, const char *key, kind k,
                        bool required, json_t **value, ku_error *err)
{
    char where[sizeof err->where];
    snprintf(where, sizeof where, "%s%s%s", path, path[0] != '\0' ? "." : "", key);
    *value = NULL;
    if (!json_is_object(object))
        return ku_error_set(err, KU_USAGE, path, "must be an object, found %s",
                            object == NULL ? "nothing" : found_words(object));
    json_t *found = json_object_get(object, key);
    if (found == NULL || (json_is_null(found) && !required))
        return required
                   ? ku_error_set(err, KU_USAGE, where, "is missing; it must be %s", kind_words(k))
                   : KU_OK;
    if (!is_kind(found, k))
        return ku_error_set(err, KU_USAGE, where, "must be %s, found %s", kind_words(k),
                            found_words(found));
    *value = found;
    return KU_OK;
}

/* Each getter in its required and its optional form. */
#define GETTER(name, type, kind, read)                                                             \
    ku_status ku_json_##name(const json_t *object, const char *path, const char *key, type *value, \
                             ku_error *err)                                                        \
    {                                                                                              \
        json_t *found;                                                                             \
        KU_TRY(member(object, path, key, kind, true, &found, err));                                \
        *value = read;                                                                             \
        return KU_OK;                                                                              \
    }                                                                                              \
    ku_status ku_json_##name##_opt(const json_t *object, const char *path, const char *key,        \
                                   type *value, ku_error *err)                                     \
    {                                                                                              \
        json_t *found;                                                                             \
        KU_TRY(member(object, path, key, kind, false, &found, err));                               \
        if (found != NULL) *value = read;                                                          \
        return KU_OK;                                                                              \
    }

GETTER(text, const char *, TEXT, json_string_value(found))
GETTER(int, int64_t, INT, (int64_t)json_integer_value(found))
GETTER(real, double, REAL, json_number_value(found))
GETTER(bool, bool, BOOL, json_is_true(found))
GETTER(array, json_t *, ARRAY, found)
GETTER(object, json_t *, OBJECT, found)

static const char *key_at(const void *keys, size_t i)
{
    return ((const char *const *)keys)[i];
}

ku_status ku_json_only(const json_t *object, const char *path, const char *const *keys,
                       ku_error *err)
{
    size_t count = 0;
    while (keys[count] != NULL) count++;
    for (void *at = json_object_iter((json_t *)object); at != NULL;
         at = json_object_iter_next((json_t *)object, at)) {
        const char *key = json_object_iter_key(at);
        bool known = false;
        for (size_t i = 0; i < count && !known; i++) known = strcmp(keys[i], key) == 0;
        if (known) continue;
        const char *nearest = ku_text_nearest(key, count, key_at, keys);
        return ku_error_set(err, KU_USAGE, path, "\"%.80s\" is not understood here%s%s%s", key,
                            nearest != NULL ? "; did you mean " : "",
                            nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
    }
    return KU_OK;
}

/* ---- writing ---------------------------------------------------------------------------- */

static void add_escaped(ku_text *out, uint32_t c, const char *bytes, size_t size)
{
    switch (c) {
    case '"':
        ku_text_add(out, "\\\"");
        return;
    case '\\':
        ku_text_add(out, "\\\\");
        return;
    case '\n':
        ku_text_add(out, "\\n");
        return;
    case '\r':
        ku_text_add(out, "\\r");
        return;
    case '\t':
        ku_text_add(out, "\\t");
        return;
    case '<':
    case '>':
    case '&':
    case 0x2028:
    case 0x2029:
    case 0x7F:
        ku_text_addf(out, "\\u%04x", (unsigned)c);
        return;
    default:
        break;
    }
    if (c < 0x20)
        ku_text_addf(out, "\\u%04x", (unsigned)c);
    else if (c == 0xFFFD)
        ku_text_add(out, "\xEF\xBF\xBD");
    else
        ku_text_addn(out, bytes, size);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

void ku_json_addn(ku_text *out, const char *string, size_t length)
{
    ku_text_addc(out, '"');
    for (size_t at = 0; at < length;) {
        size_t run = at;
        while (run < length && is_plain((unsigned char)string[run])) run++;
        ku_text_addn(out, string + at, run - at);
        at = run;
        if (at == length) break;
        uint32_t c = ku_utf8_next(string, length, &at);
        add_escaped(out, c, string + run, at - run);
    }
    ku_text_addc(out, '"');
}

void ku_json_add(ku_text *out, const char *string)
{
    if (string == NULL)
        ku_text_add(out, "null");
    else
        ku_json_addn(out, string, strlen(string));
}

void ku_json_add_double(ku_text *out, double value)
{
    if (isfinite(value))
        ku_text_add_double(out, value);
    else
        ku_text_add(out, "null");
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void dump_object(const json_t *object, ku_text *out)
{
    size_t count = json_object_size(object), n = 0;
    const char **keys = malloc((count + 1) * sizeof *keys);
    if (keys == NULL) {
        out->failed = true;
        return;
    }
    for (void *at = json_object_iter((json_t *)object); at != NULL;
         at = json_object_iter_next((json_t *)object, at))
        keys[n++] = json_object_iter_key(at);
    qsort(keys, n, sizeof *keys, compare_keys);
    ku_text_addc(out, '{');
    for (size_t i = 0; i < n; i++) {
        if (i > 0) ku_text_addc(out, ',');
        ku_json_add(out, keys[i]);
        ku_text_addc(out, ':');
        ku_json_dump(json_object_get(object, keys[i]), out);
    }
    ku_text_addc(out, '}');
    free(keys);
}

static void dump_array(const json_t *array, ku_text *out)
{
    ku_text_addc(out, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0) ku_text_addc(out, ',');
        ku_json_dump(json_array_get(array, i), out);
    }
    ku_text_addc(out, ']');
}

void ku_json_dump(const json_t *value, ku_text *out)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        dump_object(value, out);
        break;
    case JSON_ARRAY:
        dump_array(value, out);
        break;
    case JSON_STRING:
        ku_json_addn(out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        ku_text_add_int(out, (int64_t)json_integer_value(value));
        break;
    /* + 0.0 makes -0 a plain 0, which is what it would be read back as. */
    case JSON_REAL:
        ku_json_add_double(out, json_real_value(value) + 0.0);
        break;
    case JSON_TRUE:
        ku_text_add(out, "true");
        break;
    case JSON_FALSE:
        ku_text_add(out, "false");
        break;
    default:
        ku_text_add(out, "null");
        break;
    }
}
