/* describe.c - entities as clients see them. */
#include "office/describe.h"

#include <string.h>

#include "access/authorize.h"

/* ---- fields ------------------------------------------------------------------------------------- */

static json_t *choices_json(const ku_choice *choices)
{
    json_t *list = json_array();
    for (; choices != NULL && choices->value != NULL; choices++)
        json_array_append_new(
            list, json_pack("{s:s, s:s}", "value", choices->value, "label", choices->label));
    return list;
}

json_t *ku_field_json(const ku_field_spec *field)
{
    static const char *const kinds[KU_FIELD_COUNT] = {"text", "long", "int",    "real", "bool",
                                                      "date", "time", "choice", "ref",  "money"};
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:b}", "name",
                             field->name, "type", kinds[field->type], "unit",
                             field->unit != NULL ? field->unit : "", "label", field->label,
                             "meaning", field->meaning != NULL ? field->meaning : "", "secrecy",
                             ku_class_name(field->secrecy), "required", field->required, "fixed",
                             field->fixed, "derived", field->derived, "listed", field->listed,
                             "searched", field->searched, "sealed", field->sealed);
    bool limits = field->min != 0 || field->max != 0;
    json_object_set_new(json, "min", limits ? json_real(field->min) : json_null());
    json_object_set_new(json, "max", limits ? json_real(field->max) : json_null());
    json_object_set_new(json, "choices", choices_json(field->choices));
    json_object_set_new(json, "target",
                        field->target != NULL ? json_string(field->target) : json_null());
    json_object_set_new(json, "fallback",
                        field->fallback != NULL ? json_string(field->fallback) : json_null());
    return json;
}

/* ---- states and steps ------------------------------------------------------------------------------ */

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static json_t *states_json(const ku_entity *entity)
{
    json_t *list = json_array();
    for (const ku_state *s = entity->states; s != NULL && s->name != NULL; s++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "name", s->name, "label", s->label,
                                              "closed", s->closed));
    return list;
}

/* "draft review" as ["draft", "review"]; "*" as every state there is. */
static json_t *from_json(const ku_entity *entity, const char *from)
{
    json_t *list = json_array();
    if (strcmp(from, "*") == 0) {
        for (const ku_state *s = entity->states; s != NULL && s->name != NULL; s++)
            json_array_append_new(list, json_string(s->name));
        return list;
    }
    while (*from != '\0') {
        size_t length = strcspn(from, " ");
        if (length > 0) json_array_append_new(list, json_stringn(from, length));
        from += length + (from[length] == ' ');
    }
    return list;
}

json_t *ku_fields_json(const ku_field_spec *fields)
{
    json_t *list = json_array();
    for (const ku_field_spec *f = fields; f != NULL && f->name != NULL; f++)
        json_array_append_new(list, ku_field_json(f));
    return list;
}

static json_t *transitions_json(const ku_entity *entity)
{
    json_t *list = json_array();
    for (const ku_transition *t = entity->transitions; t != NULL && t->name != NULL; t++)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:b, s:b, s:o}", "name", t->name, "label",
                            t->label, "help", t->help != NULL ? t->help : "", "from",
                            from_json(entity, t->from), "to", text_or_null(t->to), "reason",
                            t->reason, "sign", t->sign, "asks", ku_fields_json(t->asks)));
    return list;
}

static json_t *may_json(const ku_entity *entity, const ku_actor *actor, ku_arena *arena)
{
    json_t *may = json_array();
    for (unsigned action = KU_SEE; action <= KU_ARRANGE; action <<= 1) {
        bool by_hand = !entity->internal || action == KU_SEE || action == KU_EXPORT;
        if (by_hand && ku_authorize(actor, entity, action, NULL, NULL, arena).allowed)
            json_array_append_new(may, json_string(ku_action_name(action)));
    }
    return may;
}

json_t *ku_entity_json(const ku_entity *entity, const ku_actor *actor, ku_arena *arena)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:b, s:b}", "name", entity->name,
                             "title", entity->title, "plural", entity->plural, "area", entity->area,
                             "order", entity->order, "meaning", entity->meaning, "label",
                             entity->label, "hidden", entity->hidden, "internal", entity->internal);
    json_object_set_new(json, "board", text_or_null(entity->board));
    json_object_set_new(json, "starts", text_or_null(entity->starts));
    json_object_set_new(json, "ends", text_or_null(entity->ends));
    json_object_set_new(json, "sort", text_or_null(entity->sort));
    json_object_set_new(json, "within", text_or_null(entity->within));
    json_object_set_new(json, "may", may_json(entity, actor, arena));
    json_object_set_new(json, "fields", ku_fields_json(entity->fields));
    json_object_set_new(json, "states", states_json(entity));
    json_object_set_new(json, "transitions", transitions_json(entity));
    return json;
}

/* ---- as JSON Schema ------------------------------------------------------------------------------------ */

static json_t *field_schema(const ku_field_spec *f)
{
    static const char *const kinds[KU_FIELD_COUNT] = {"string",  "string", "integer", "number",
                                                      "boolean", "string", "string",  "string",
                                                      "integer", "string"};
    json_t *schema = json_pack("{s:[s, s], s:s, s:s}", "type", kinds[f->type], "null", "title",
                               f->label, "description", f->meaning != NULL ? f->meaning : "");
    if (f->type == KU_FIELD_DATE) json_object_set_new(schema, "format", json_string("date"));
    if (f->type == KU_FIELD_TIME) json_object_set_new(schema, "format", json_string("date-time"));
    if (f->derived) json_object_set_new(schema, "readOnly", json_true());
    if (f->type != KU_FIELD_CHOICE) return schema;
    json_t *values = json_array();
    for (const ku_choice *c = f->choices; c->value != NULL; c++)
        json_array_append_new(values, json_string(c->value));
    json_array_append_new(values, json_null());
    json_object_set_new(schema, "enum", values);
    return schema;
}

json_t *ku_entity_schema(const ku_entity *entity)
{
    json_t *properties = json_object(), *required = json_array();
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++) {
        json_object_set_new(properties, f->name, field_schema(f));
        if (f->required) json_array_append_new(required, json_string(f->name));
    }
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "type", "object", "title", entity->title,
                     "description", entity->meaning, "properties", properties, "required",
                     required);
}
