/* test_openapi.c - the API's description is sound OpenAPI 3.1: every reference leads
 * somewhere, every parameter in a path is declared, names are unique, every schema has
 * only words of JSON Schema, and every route, analysis and fact is in it. */
#include <ctype.h>

#include "app/http/handlers.h"
#include "app/http/route.h"
#include "app/http/shape.h"
#include "bank/fact.h"
#include "base/text.h"
#include "check.h"

static json_t *document;

/* ---- references -------------------------------------------------------------------------- */

/* What "#/a/b" leads to; NULL when nowhere. ("~1" does not occur in our names.) */
static json_t *target_of(const char *reference)
{
    json_t *at = document;
    if (strncmp(reference, "#/", 2) != 0) return NULL;
    for (const char *piece = reference + 2; at != NULL;) {
        char name[192];
        size_t length = strcspn(piece, "/");
        snprintf(name, sizeof name, "%.*s", (int)length, piece);
        at = json_object_get(at, name);
        if (piece[length] == '\0') break;
        piece += length + 1;
    }
    return at;
}

static size_t check_references(json_t *value)
{
    size_t count = 0, i;
    const char *name;
    json_t *member;
    if (json_is_array(value)) {
        json_array_foreach(value, i, member) count += check_references(member);
    }
    if (!json_is_object(value)) return count;
    json_object_foreach(value, name, member)
    {
        if (strcmp(name, "$ref") == 0 && json_is_string(member)) {
            if (target_of(json_string_value(member)) == NULL)
                fail_msg("%s leads nowhere", json_string_value(member));
            count++;
        }
        count += check_references(member);
    }
    return count;
}

static void every_reference_leads_somewhere(void **state)
{
    (void)state;
    assert_true(check_references(document) > 100);
}

/* ---- operations ----------------------------------------------------------------------------- */

static void the_frame_is_that_of_openapi(void **state)
{
    (void)state;
    json_t *info = json_object_get(document, "info");
    assert_string_equal(json_string_value(json_object_get(document, "openapi")), "3.1.0");
    assert_true(json_is_string(json_object_get(info, "title")));
    assert_true(json_is_string(json_object_get(info, "version")));
    const char *name;
    json_t *member;
    json_object_foreach(document, name, member)
    {
        static const char known[] = " openapi info servers paths components tags ";
        char word[40];
        snprintf(word, sizeof word, " %s ", name);
        if (strstr(known, word) == NULL) fail_msg("\"%s\" is not a member of OpenAPI", name);
    }
}

static json_t *operation_of(const http_route *route)
{
    char method[16];
    ku_text_copy(method, sizeof method, route->method);
    ku_text_lower(method);
    json_t *path = json_object_get(json_object_get(document, "paths"), route->path);
    return json_object_get(path, method);
}

/* The parameter itself, a reference followed. */
static json_t *resolved(json_t *value)
{
    const char *reference = json_string_value(json_object_get(value, "$ref"));
    return reference != NULL ? target_of(reference) : value;
}

static bool declares(json_t *operation, const char *name, size_t length, const char *in)
{
    size_t i;
    json_t *given;
    json_array_foreach(json_object_get(operation, "parameters"), i, given)
    {
        json_t *param = resolved(given);
        const char *its = json_string_value(json_object_get(param, "name"));
        bool same = strlen(its) == length && strncmp(its, name, length) == 0;
        if (same && strcmp(json_string_value(json_object_get(param, "in")), in) == 0) return true;
    }
    return false;
}

static void check_path(const http_route *route, json_t *operation)
{
    size_t in_path = 0, declared = 0, i;
    json_t *given;
    for (const char *at = route->path; (at = strchr(at, '{')) != NULL; at++) {
        if (!declares(operation, at + 1, strcspn(at + 1, "}"), "path"))
            fail_msg("%s: {%.20s is not declared", route->name, at + 1);
        in_path++;
    }
    json_array_foreach(json_object_get(operation, "parameters"), i, given)
    {
        json_t *param = resolved(given);
        assert_true(json_is_object(json_object_get(param, "schema")));
        if (strcmp(json_string_value(json_object_get(param, "in")), "path") != 0) continue;
        assert_true(json_is_true(json_object_get(param, "required")));
        declared++;
    }
    assert_int_equal(in_path, declared);
}

static void every_route_is_described(void **state)
{
    (void)state;
    json_t *seen = json_object();
    for (const http_route *r = http_routes; r->method != NULL; r++) {
        json_t *operation = operation_of(r);
        if (operation == NULL) fail_msg("%s %s is missing", r->method, r->path);
        check_path(r, operation);
        const char *id = json_string_value(json_object_get(operation, "operationId"));
        if (json_object_get(seen, id) != NULL) fail_msg("two operations are called %s", id);
        json_object_set_new(seen, id, json_true());
        json_t *responses = json_object_get(operation, "responses");
        assert_true(json_object_size(responses) >= 2); /* its own and the problem */
        assert_non_null(json_object_get(responses, "default"));
        assert_int_equal(json_object_get(operation, "requestBody") != NULL,
                         r->body != HTTP_NO_BODY);
        if (http_changes(r->method)) assert_true(declares(operation, "X-Kemudi", 8, "header"));
    }
    json_decref(seen);
}

static void responses_have_words(void **state)
{
    (void)state;
    for (const http_route *r = http_routes; r->method != NULL; r++) {
        const char *status;
        json_t *given;
        json_object_foreach(json_object_get(operation_of(r), "responses"), status, given)
        {
            json_t *response = resolved(given);
            bool number = strlen(status) == 3 && isdigit((unsigned char)status[0]);
            assert_true(number || strcmp(status, "default") == 0);
            assert_true(json_is_string(json_object_get(response, "description")));
        }
    }
}

/* ---- schemas ---------------------------------------------------------------------------------- */

static void check_schema(const char *where, json_t *schema)
{
    static const char words[] =
        " $ref type properties required additionalProperties items prefixItems anyOf oneOf allOf "
        "enum const format title description default minimum maximum maxLength pattern "
        "contentMediaType readOnly ";
    static const char types[] = " string integer number boolean object array null ";
    const char *name, *inner;
    json_t *value, *member;
    size_t i;
    if (json_is_boolean(schema)) return;
    if (!json_is_object(schema)) fail_msg("%s: a schema is an object", where);
    json_object_foreach(schema, name, value)
    {
        char word[64];
        snprintf(word, sizeof word, " %s ", name);
        if (strstr(words, word) == NULL) fail_msg("%s: \"%s\" is not used in schemas", where, name);
        if (strcmp(name, "type") == 0 && json_is_string(value)) {
            snprintf(word, sizeof word, " %s ", json_string_value(value));
            if (strstr(types, word) == NULL) fail_msg("%s: no type %s", where, word);
        }
        if (strcmp(name, "properties") == 0) {
            json_object_foreach(value, inner, member) check_schema(inner, member);
        }
        bool one = strcmp(name, "additionalProperties") == 0 || strcmp(name, "items") == 0;
        if (one) check_schema(where, value);
        bool list = strcmp(name, "prefixItems") == 0 || ku_text_ends(name, "Of");
        if (list) {
            assert_true(json_array_size(value) > 0);
            json_array_foreach(value, i, member) check_schema(where, member);
        }
        if (strcmp(name, "required") == 0) {
            json_array_foreach(value, i, member)
            {
                json_t *properties = json_object_get(schema, "properties");
                if (json_object_get(properties, json_string_value(member)) == NULL)
                    fail_msg("%s: %s is required and not described", where,
                             json_string_value(member));
            }
        }
    }
}

static void every_schema_is_sound(void **state)
{
    (void)state;
    const char *name;
    json_t *schema;
    json_object_foreach(json_object_get(json_object_get(document, "components"), "schemas"), name,
                        schema)
    {
        for (const char *at = name; *at != '\0'; at++) /* what OpenAPI lets a name hold */
            assert_true(isalnum((unsigned char)*at) || strchr("._-", *at) != NULL);
        check_schema(name, schema);
    }
    for (const http_shape *shape = http_shapes; shape->name != NULL; shape++) {
        for (const http_field *field = shape->fields; field->name != NULL; field++) {
            if (!http_type_valid(field->type))
                fail_msg("%s.%s: %s is not a type", shape->name, field->name, field->type);
        }
    }
}

static json_t *schema_called(const char *format, const char *a, const char *b)
{
    char name[192];
    snprintf(name, sizeof name, "%s%s%s", a, format, b);
    json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    json_t *schema = json_object_get(schemas, name);
    if (schema == NULL) fail_msg("there is no schema %s", name);
    return schema;
}

static void every_analysis_and_fact_is_there(void **state)
{
    (void)state;
    size_t count;
    const ku_analysis *const *analyses = ku_analyses(&count);
    assert_true(count >= 2);
    for (size_t i = 0; i < count; i++) {
        json_t *params = json_object_get(schema_called(".params", analyses[i]->id, ""),
                                         "properties");
        schema_called(".run", analyses[i]->id, "");
        for (const ku_param_spec *p = analyses[i]->params; p != NULL && p->name != NULL; p++)
            assert_non_null(json_object_get(params, p->name));
        for (const ku_table_spec *t = analyses[i]->outputs; t->name != NULL; t++)
            schema_called(".output.", analyses[i]->id, t->name);
    }
    const ku_fact *const *facts = ku_facts(&count);
    assert_true(count >= 10);
    for (size_t i = 0; i < count; i++) {
        json_t *columns = json_object_get(schema_called("", "fact.", facts[i]->name), "properties");
        for (const ku_fact_column *c = facts[i]->columns; c->name != NULL; c++)
            assert_non_null(json_object_get(columns, c->name));
    }
}

static int set_up(void **state)
{
    (void)state;
    document = http_openapi_document();
    return document == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(document);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_frame_is_that_of_openapi),
        cmocka_unit_test(every_reference_leads_somewhere),
        cmocka_unit_test(every_route_is_described),
        cmocka_unit_test(responses_have_words),
        cmocka_unit_test(every_schema_is_sound),
        cmocka_unit_test(every_analysis_and_fact_is_there),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
