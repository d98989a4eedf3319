/* shape.c - checks JSON against shapes and writes shapes as JSON Schema.
 *
 * The same few lines of data must serve three readers: the check before a handler sees a
 * body, the OpenAPI document, and the tests that hold answers against the description. So
 * a type is a short text and both functions walk it with one cursor: read the base, look
 * whether "?" follows, recurse into brackets. */
#include "app/http/shape.h"

#include <ctype.h>

#include "base/text.h"

#define WHERE_SIZE 192

/* ---- walking a type ------------------------------------------------------------------ */

/* The length of the type's base: the bracket with its content, the quoted alternatives,
 * or the word. 0 when malformed. */
static size_t base_length(const char *type)
{
    if (*type == '[' || *type == '{') {
        int depth = 0;
        for (size_t i = 0; type[i] != '\0'; i++) {
            if (type[i] == '[' || type[i] == '{') depth++;
            if ((type[i] == ']' || type[i] == '}') && --depth == 0) return i + 1;
        }
        return 0;
    }
    if (*type == '\'') return strcspn(type, "?]}");
    size_t i = 0;
    while (isalnum((unsigned char)type[i])) i++;
    return i;
}

static bool nullable(const char *type)
{
    return type[base_length(type)] == '?';
}

static bool base_is(const char *type, const char *word)
{
    size_t length = base_length(type);
    return strlen(word) == length && strncmp(type, word, length) == 0;
}

const http_shape *http_shape_find(const char *name, size_t length)
{
    for (const http_shape *shape = http_shapes; shape->name != NULL; shape++) {
        if (strlen(shape->name) == length && strncmp(shape->name, name, length) == 0) return shape;
    }
    return NULL;
}

static const char *const words[] = {"string", "integer", "number", "boolean",
                                    "any",    "date",    "time"};

static bool valid_prefix(const char *type, size_t *used);

static bool valid_base(const char *type, size_t length)
{
    if (length == 0) return false;
    if (*type == '[' || *type == '{') {
        size_t used = 0;
        return valid_prefix(type + 1, &used) && used == length - 2 &&
               type[length - 1] == (*type == '[' ? ']' : '}');
    }
    if (*type == '\'') return length >= 2 && type[length - 1] == '\'';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (base_is(type, words[i])) return true;
    }
    return http_shape_find(type, length) != NULL;
}

static bool valid_prefix(const char *type, size_t *used)
{
    size_t length = base_length(type);
    *used = length + (type[length] == '?');
    return valid_base(type, length);
}

bool http_type_valid(const char *type)
{
    size_t used = 0;
    return type != NULL && valid_prefix(type, &used) && type[used] == '\0';
}

/* ---- checking ------------------------------------------------------------------------- */

static const char *found(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
        return "a whole number";
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        return "null";
    }
    return "something else";
}

static ku_status wrong(ku_error *err, const char *where, const char *expected, const json_t *value)
{
    return ku_error_set(err, KU_USAGE, where, "expected %s, found %s", expected, found(value));
}

static ku_status check_choice(const json_t *value, const char *type, const char *where,
                              ku_error *err)
{
    if (!json_is_string(value)) return wrong(err, where, "a text", value);
    const char *text = json_string_value(value);
    size_t length = base_length(type), width = strlen(text);
    for (const char *at = type; at < type + length;) {
        const char *end = memchr(at + 1, '\'', (size_t)(type + length - at - 1));
        if (end == NULL) break;
        if ((size_t)(end - at - 1) == width && memcmp(at + 1, text, width) == 0) return KU_OK;
        at = end + 1;
        if (*at == '|') at++;
    }
    return ku_error_set(err, KU_USAGE, where, "expected one of %.*s, found \"%.60s\"", (int)length,
                        type, text);
}

static bool looks_like(const char *text, const char *pattern) /* 9 stands for a digit */
{
    for (; *pattern != '\0'; text++, pattern++) {
        bool same = *pattern == '9' ? isdigit((unsigned char)*text) != 0 : *text == *pattern;
        if (!same) return false;
    }
    return true;
}

static ku_status check_moment(const json_t *value, bool time, const char *where, ku_error *err)
{
    const char *text = json_string_value(value);
    bool good = text != NULL && looks_like(text, time ? "9999-99-99T99:99:99" : "9999-99-99");
    if (good && time) good = ku_text_ends(text, "Z");
    if (good && !time) good = strlen(text) == 10;
    if (good) return KU_OK;
    return wrong(err, where, time ? "a time like 2026-11-23T17:46:16Z" : "a date like 2026-11-23",
                 value);
}

static const char *field_name(const void *data, size_t i)
{
    return ((const http_field *)data)[i].name;
}

static ku_status unknown_field(const http_shape *shape, const char *name, const char *where,
                               ku_error *err)
{
    size_t count = 0;
    while (shape->fields[count].name != NULL) count++;
    const char *near = ku_text_nearest(name, count, field_name, shape->fields);
    return ku_error_set(err, KU_USAGE, where, "\"%.60s\" is not known here%s%s%s", name,
                        near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
                        near != NULL ? "\"?" : "");
}

static const http_field *field_of(const http_shape *shape, const char *name)
{
    for (const http_field *field = shape->fields; field->name != NULL; field++) {
        if (strcmp(field->name, name) == 0) return field;
    }
    return NULL;
}

static ku_status check_limits(const json_t *value, const http_field *field, const char *where,
                              ku_error *err)
{
    if (field->min == 0 && field->max == 0) return KU_OK;
    if (json_is_string(value) && (double)json_string_length(value) > field->max) {
        return ku_error_set(err, KU_USAGE, where, "the text is longer than %.0f bytes", field->max);
    }
    if (json_is_number(value)) {
        double number = json_number_value(value);
        if (number < field->min || number > field->max) {
            return ku_error_set(err, KU_USAGE, where,
                                "expected a number from %.15g to %.15g, found %.15g", field->min,
                                field->max, number);
        }
    }
    return KU_OK;
}

static ku_status check_object(const json_t *value, const http_shape *shape, const char *where,
                              ku_error *err)
{
    char place[WHERE_SIZE];
    const char *name;
    json_t *member;
    if (!json_is_object(value)) return wrong(err, where, "an object", value);
    json_object_foreach((json_t *)(uintptr_t)value, name, member)
    {
        const http_field *field = field_of(shape, name);
        snprintf(place, sizeof place, "%s.%s", where, name);
        if (field == NULL) return unknown_field(shape, name, place, err);
        KU_TRY(http_shape_check(member, field->type, place, err));
        KU_TRY(check_limits(member, field, place, err));
    }
    for (const http_field *field = shape->fields; field->name != NULL; field++) {
        if (field->optional || json_object_get(value, field->name) != NULL) continue;
        snprintf(place, sizeof place, "%s.%s", where, field->name);
        return ku_error_set(err, KU_USAGE, place, "is missing: %s", field->meaning);
    }
    return KU_OK;
}

static ku_status check_list(const json_t *value, const char *type, const char *where, ku_error *err)
{
    char place[WHERE_SIZE];
    size_t i;
    json_t *item;
    if (!json_is_array(value)) return wrong(err, where, "a list", value);
    json_array_foreach(value, i, item)
    {
        snprintf(place, sizeof place, "%s[%zu]", where, i);
        KU_TRY(http_shape_check(item, type + 1, place, err));
    }
    return KU_OK;
}

static ku_status check_map(const json_t *value, const char *type, const char *where, ku_error *err)
{
    char place[WHERE_SIZE];
    const char *name;
    json_t *member;
    if (!json_is_object(value)) return wrong(err, where, "an object", value);
    json_object_foreach((json_t *)(uintptr_t)value, name, member)
    {
        snprintf(place, sizeof place, "%s.%s", where, name);
        KU_TRY(http_shape_check(member, type + 1, place, err));
    }
    return KU_OK;
}

ku_status http_shape_check(const json_t *value, const char *type, const char *where, ku_error *err)
{
    if (json_is_null(value) && nullable(type)) return KU_OK;
    if (*type == '[') return check_list(value, type, where, err);
    if (*type == '{') return check_map(value, type, where, err);
    if (*type == '\'') return check_choice(value, type, where, err);
    if (base_is(type, "any")) return KU_OK;
    if (base_is(type, "string")) {
        return json_is_string(value) ? KU_OK : wrong(err, where, "a text", value);
    }
    if (base_is(type, "integer")) {
        return json_is_integer(value) ? KU_OK : wrong(err, where, "a whole number", value);
    }
    if (base_is(type, "number")) {
        return json_is_number(value) ? KU_OK : wrong(err, where, "a number", value);
    }
    if (base_is(type, "boolean")) {
        return json_is_boolean(value) ? KU_OK : wrong(err, where, "true or false", value);
    }
    if (base_is(type, "date") || base_is(type, "time")) {
        return check_moment(value, base_is(type, "time"), where, err);
    }
    return check_object(value, http_shape_find(type, base_length(type)), where, err);
}

/* ---- JSON Schema ------------------------------------------------------------------------ */

static json_t *choice_schema(const char *type)
{
    json_t *values = json_array();
    size_t length = base_length(type);
    for (const char *at = type; at < type + length;) {
        const char *end = memchr(at + 1, '\'', (size_t)(type + length - at - 1));
        if (end == NULL) break;
        json_array_append_new(values, json_stringn(at + 1, (size_t)(end - at - 1)));
        at = end + 1;
        if (*at == '|') at++;
    }
    return json_pack("{s:s, s:o}", "type", "string", "enum", values);
}

static json_t *base_schema(const char *type)
{
    size_t length = base_length(type);
    if (*type == '\'') return choice_schema(type);
    if (*type == '[')
        return json_pack("{s:s, s:o}", "type", "array", "items", http_type_schema(type + 1));
    if (*type == '{') {
        return json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
                         http_type_schema(type + 1));
    }
    if (base_is(type, "any")) return json_object();
    if (base_is(type, "date")) return json_pack("{s:s, s:s}", "type", "string", "format", "date");
    if (base_is(type, "time")) {
        return json_pack("{s:s, s:s}", "type", "string", "format", "date-time");
    }
    if (isupper((unsigned char)*type)) {
        char target[96];
        snprintf(target, sizeof target, "#/components/schemas/%.*s", (int)length, type);
        return json_pack("{s:s}", "$ref", target);
    }
    return json_pack("{s:s%}", "type", type, length);
}

json_t *http_type_schema(const char *type)
{
    json_t *schema = base_schema(type);
    if (!nullable(type) || base_is(type, "any")) return schema;
    return json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
}

static void add_limits(json_t *schema, const http_field *field)
{
    if (field->min == 0 && field->max == 0) return;
    if (ku_text_starts(field->type, "string")) {
        json_object_set_new(schema, "maxLength", json_integer((json_int_t)field->max));
    } else {
        json_object_set_new(schema, "minimum", json_real(field->min));
        json_object_set_new(schema, "maximum", json_real(field->max));
    }
}

json_t *http_shape_schema(const http_shape *shape)
{
    json_t *properties = json_object(), *required = json_array();
    for (const http_field *field = shape->fields; field->name != NULL; field++) {
        json_t *schema = http_type_schema(field->type);
        add_limits(schema, field);
        if (field->meaning != NULL) {
            json_object_set_new(schema, "description", json_string(field->meaning));
        }
        json_object_set_new(properties, field->name, schema);
        if (!field->optional) json_array_append_new(required, json_string(field->name));
    }
    json_t *schema = json_pack("{s:s, s:s, s:o, s:b}", "type", "object", "description",
                               shape->meaning, "properties", properties, "additionalProperties", 0);
    if (json_array_size(required) > 0) json_object_set(schema, "required", required);
    json_decref(required);
    return schema;
}
