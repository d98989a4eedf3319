/* openapi.c - the API's description, OpenAPI 3.1, from the route table, the shapes, and
 * the registries of analyses and facts. Nothing in it is written by hand, so nothing can
 * be forgotten in it. */
#include "app/http/handlers.h"
#include "app/http/shape.h"
#include "kemudi/kemudi.h"
#include "office/describe.h"

/* ---- values ------------------------------------------------------------------------------------------- */

static json_t *param_schema(const http_param *param)
{
    switch (param->kind) {
    case HTTP_INT:
        return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)param->min,
                         "maximum", (json_int_t)param->max);
    case HTTP_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case HTTP_CHOICE:
        return http_type_schema(param->choices);
    case HTTP_ID:
        return json_pack("{s:s, s:s, s:i}", "type", "string", "pattern", "^[A-Za-z0-9_.-]+$",
                         "maxLength", 80);
    case HTTP_PREFIX:
        return json_pack("{s:s, s:{s:s}}", "type", "object", "additionalProperties", "type",
                         "string");
    case HTTP_TEXT:
        break;
    }
    return json_pack("{s:s, s:i}", "type", "string", "maxLength",
                     param->max > 0 ? (int)param->max : 200);
}

static void set_default(json_t *schema, const http_param *param)
{
    if (param->fallback == NULL) return;
    json_t *value = param->kind == HTTP_INT ? json_integer(strtoll(param->fallback, NULL, 10))
                                            : json_string(param->fallback);
    json_object_set_new(schema, "default", value);
}

static void add_params(json_t *list, const http_param *params, bool in_path)
{
    for (const http_param *p = params; p != NULL && p->name != NULL; p++) {
        json_t *schema = param_schema(p);
        set_default(schema, p);
        json_t *param = json_pack("{s:s, s:s, s:s, s:b, s:o}", "name", p->name, "in",
                                  in_path ? "path" : "query", "description", p->meaning, "required",
                                  in_path, "schema", schema);
        if (p->kind == HTTP_PREFIX) json_object_set_new(param, "style", json_string("form"));
        if (p->kind == HTTP_PREFIX) json_object_set_new(param, "explode", json_true());
        json_array_append_new(list, param);
    }
}

static json_t *ref(const char *where, const char *name)
{
    char target[192];
    snprintf(target, sizeof target, "#/components/%s/%s", where, name);
    return json_pack("{s:s}", "$ref", target);
}

/* ---- routes ---------------------------------------------------------------------------------------------- */

static json_t *body_json(const http_route *route)
{
    bool json = route->body == HTTP_JSON_BODY;
    json_t *schema = json ? http_type_schema(route->body_type)
                          : json_pack("{s:s, s:s}", "type", "string", "contentMediaType",
                                      "application/octet-stream");
    return json_pack("{s:b, s:s, s:{s:{s:o}}}", "required", 1, "description",
                     json ? "Checked before anything is done." : "The file's bytes as they are.",
                     "content", json ? "application/json" : "application/octet-stream", "schema",
                     schema);
}

static void add_answer(json_t *responses, const http_answer *answer)
{
    char status[8];
    snprintf(status, sizeof status, "%d", answer->status);
    json_t *response = json_object_get(responses, status);
    if (response == NULL) {
        response = json_pack("{s:s}", "description", answer->meaning);
        json_object_set_new(responses, status, response);
    }
    if (answer->type == NULL) return;
    json_t *content = json_object_get(response, "content");
    if (content == NULL) {
        content = json_object();
        json_object_set_new(response, "content", content);
    }
    json_t *schema = answer->body != NULL ? http_type_schema(answer->body)
                                          : json_pack("{s:s}", "type", "string");
    json_object_set_new(content, answer->type, json_pack("{s:o}", "schema", schema));
}

static json_t *operation_json(const http_route *route)
{
    json_t *params = json_array(), *responses = json_object();
    add_params(params, route->in_path, true);
    add_params(params, route->in_query, false);
    if (http_changes(route->method)) json_array_append_new(params, ref("parameters", "XKemudi"));
    if (strcmp(route->method, "POST") == 0)
        json_array_append_new(params, ref("parameters", "IdempotencyKey"));
    for (size_t i = 0; i < HTTP_ANSWERS && route->answer[i].status != 0; i++)
        add_answer(responses, &route->answer[i]);
    if ((route->flags & HTTP_ETAG) != 0) {
        json_object_set_new(responses, "304",
                            json_pack("{s:s}", "description", "The client has it already"));
    }
    json_object_set_new(responses, "default", ref("responses", "Problem"));
    json_t *operation = json_pack("{s:s, s:[s], s:s, s:o, s:o}", "operationId", route->name, "tags",
                                  route->group, "summary", route->summary, "parameters", params,
                                  "responses", responses);
    if (route->body != HTTP_NO_BODY)
        json_object_set_new(operation, "requestBody", body_json(route));
    return operation;
}

static json_t *paths_json(void)
{
    json_t *paths = json_object();
    for (const http_route *route = http_routes; route->method != NULL; route++) {
        json_t *path = json_object_get(paths, route->path);
        char method[16];
        if (path == NULL) {
            path = json_object();
            json_object_set_new(paths, route->path, path);
        }
        ku_text_copy(method, sizeof method, route->method);
        ku_text_lower(method);
        json_object_set_new(path, method, operation_json(route));
    }
    return paths;
}

/* ---- analyses and facts ------------------------------------------------------------------------------------ */

static json_t *value_schema(ku_type type)
{
    switch (type) {
    case KU_INT64:
        return json_pack("{s:s}", "type", "integer");
    case KU_DOUBLE:
        return json_pack("{s:s}", "type", "number");
    case KU_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case KU_DATE:
        return json_pack("{s:s, s:s}", "type", "string", "format", "date");
    case KU_TIMESTAMP:
        return json_pack("{s:s, s:s}", "type", "string", "format", "date-time");
    case KU_DATE_OR_INT64:
        return json_pack("{s:[s, s]}", "type", "string", "integer");
    case KU_TEXT:
        break;
    }
    return json_pack("{s:s}", "type", "string");
}

static void describe(json_t *schema, const char *meaning, const char *unit)
{
    char text[512];
    bool has_unit = unit != NULL && *unit != '\0';
    snprintf(text, sizeof text, "%s%s%s%s", meaning != NULL ? meaning : "",
             has_unit ? " (unit: " : "", has_unit ? unit : "", has_unit ? ")" : "");
    json_object_set_new(schema, "description", json_string(text));
}

static void add_limits(json_t *schema, const ku_param_spec *p)
{
    json_object_set_new(schema, "minimum", json_real(p->min));
    json_object_set_new(schema, "maximum", json_real(p->max));
}

/* One of the words, or where there are limits a whole number within them. */
static void add_choices(json_t *schema, const ku_param_spec *p)
{
    json_t *values = json_array();
    for (const ku_choice *c = p->choices; c != NULL && c->value != NULL; c++)
        json_array_append_new(values, json_string(c->value));
    json_array_append_new(values, json_null());
    if (p->min == 0 && p->max == 0) {
        json_object_set_new(schema, "enum", values);
        return;
    }
    json_t *number = json_pack("{s:s}", "type", "integer");
    add_limits(number, p);
    json_object_del(schema, "type");
    json_object_set_new(schema, "anyOf", json_pack("[{s:o}, o]", "enum", values, number));
}

static json_t *param_spec_schema(const ku_param_spec *p)
{
    static const char *const types[] = {
        [KU_PARAM_INT] = "integer", [KU_PARAM_REAL] = "number", [KU_PARAM_BOOL] = "boolean",
        [KU_PARAM_TEXT] = "string", [KU_PARAM_DATE] = "string", [KU_PARAM_CHOICE] = "string"};
    json_t *schema = json_pack("{s:[s, s]}", "type", types[p->type], "null");
    bool number = p->type == KU_PARAM_INT || p->type == KU_PARAM_REAL;
    bool limited = p->min != 0 || p->max != 0;
    if (number && limited) add_limits(schema, p);
    if (p->type == KU_PARAM_DATE) json_object_set_new(schema, "format", json_string("date"));
    if (p->type == KU_PARAM_CHOICE) add_choices(schema, p);
    describe(schema, p->help, p->unit);
    return schema;
}

static json_t *params_schema(const ku_analysis *analysis)
{
    json_t *properties = json_object();
    for (const ku_param_spec *p = analysis->params; p != NULL && p->name != NULL; p++) {
        json_object_set_new(properties, p->name, param_spec_schema(p));
    }
    return json_pack("{s:s, s:s, s:o, s:b}", "type", "object", "title", analysis->title,
                     "properties", properties, "additionalProperties", 0);
}

static json_t *row_schema(const ku_table_spec *table)
{
    json_t *items = json_array();
    for (const ku_column_spec *c = table->columns; c->name != NULL; c++) {
        json_t *value = json_pack("{s:[o, {s:s}], s:s}", "anyOf", value_schema(c->type), "type",
                                  "null", "title", c->name);
        describe(value, c->meaning, c->unit);
        json_array_append_new(items, value);
    }
    return json_pack("{s:s, s:s, s:o, s:b}", "type", "array", "description",
                     table->meaning != NULL ? table->meaning : "", "prefixItems", items, "items",
                     0);
}

/* A run of this very analysis: what POST /runs takes. */
static json_t *request_schema(const ku_analysis *a)
{
    char name[128];
    snprintf(name, sizeof name, "%s.params", a->id);
    return json_pack("{s:s, s:[{s:s}], s:{s:{s:s}, s:o}}", "title", a->title, "allOf", "$ref",
                     "#/components/schemas/NewRun", "properties", "analysis", "const", a->id,
                     "params", ref("schemas", name));
}

/* What each kind of record holds. */
static void add_entities(json_t *schemas)
{
    size_t count;
    const ku_entity *const *all = ku_entities(&count);
    char name[160];
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "record.%s", all[i]->name);
        json_object_set_new(schemas, name, ku_entity_schema(all[i]));
    }
}

static void add_analyses(json_t *schemas)
{
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    char name[160];
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s.params", all[i]->id);
        json_object_set_new(schemas, name, params_schema(all[i]));
        snprintf(name, sizeof name, "%s.run", all[i]->id);
        json_object_set_new(schemas, name, request_schema(all[i]));
        for (const ku_table_spec *t = all[i]->outputs; t != NULL && t->name != NULL; t++) {
            snprintf(name, sizeof name, "%s.output.%s", all[i]->id, t->name);
            json_object_set_new(schemas, name, row_schema(t));
        }
    }
}

static void add_facts(json_t *schemas)
{
    size_t count;
    const ku_fact *const *all = ku_facts(&count);
    for (size_t i = 0; i < count; i++) {
        char name[128];
        json_t *properties = json_object(), *required = json_array();
        for (const ku_fact_column *c = all[i]->columns; c->name != NULL; c++) {
            json_t *value = value_schema(c->type);
            describe(value, c->meaning, c->unit);
            json_object_set_new(properties, c->name, value);
            if (c->required) json_array_append_new(required, json_string(c->name));
        }
        snprintf(name, sizeof name, "fact.%s", all[i]->name);
        json_t *schema = json_pack("{s:s, s:s, s:s, s:o}", "type", "object", "title", all[i]->title,
                                   "description", all[i]->meaning, "properties", properties);
        if (json_array_size(required) > 0) json_object_set(schema, "required", required);
        json_decref(required);
        json_object_set_new(schemas, name, schema);
    }
}

/* The body of POST /runs is one of the analyses' requests. */
static void list_requests(json_t *paths)
{
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    json_t *any = json_array();
    for (size_t i = 0; i < count; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s.run", all[i]->id);
        json_array_append_new(any, ref("schemas", name));
    }
    json_t *post = json_object_get(json_object_get(paths, HTTP_API "/runs"), "post");
    json_t *media = json_object_get(
        json_object_get(json_object_get(post, "requestBody"), "content"), "application/json");
    if (count > 0) json_object_set_new(media, "schema", json_pack("{s:O}", "oneOf", any));
    json_decref(any);
}

/* ---- the document -------------------------------------------------------------------------------------------- */

static json_t *components_json(void)
{
    json_t *schemas = json_object();
    for (const http_shape *shape = http_shapes; shape->name != NULL; shape++) {
        json_object_set_new(schemas, shape->name, http_shape_schema(shape));
    }
    add_entities(schemas);
    add_analyses(schemas);
    add_facts(schemas);
    json_t *parameters = json_pack(
        "{s:{s:s, s:s, s:s, s:b, s:{s:s}}, s:{s:s, s:s, s:s, s:b, s:{s:s, s:i}}}", "XKemudi",
        "name", "X-Kemudi", "in", "header", "description",
        "Always 1. Other web sites cannot send it.", "required", 1, "schema", "const", "1",
        "IdempotencyKey", "name", "Idempotency-Key", "in", "header", "description",
        "Any text: the same request with the same key within 24 hours is done once and answered "
        "twice.",
        "required", 0, "schema", "type", "string", "maxLength", 200);
    json_t *problem = json_pack("{s:s, s:{s:{s:o}}}", "description", "What went wrong", "content",
                                "application/problem+json", "schema", ref("schemas", "Problem"));
    return json_pack("{s:o, s:o, s:{s:o}}", "schemas", schemas, "parameters", parameters,
                     "responses", "Problem", problem);
}

json_t *http_openapi_document(void)
{
    json_t *paths = paths_json();
    list_requests(paths);
    return json_pack(
        "{s:s, s:{s:s, s:s, s:s, s:{s:s, s:s}}, s:[{s:s}], s:o, s:o}", "openapi", "3.1.0", "info",
        "title", "Kemudi", "version", KEMUDI_VERSION, "description",
        "Facts, analyses and runs of a marketing department. Answers to this computer only until "
        "sign-in is set up.",
        "license", "name", "Apache-2.0", "identifier", "Apache-2.0", "servers", "url", "/", "paths",
        paths, "components", components_json());
}
