/* view.c - a record as the actor may see it: hidden fields are left out and named, references
 * carry the names of what they refer to. */
#include <inttypes.h>
#include <string.h>

#include "office/store_internal.h"
#include "workspace/sql.h"

/* ---- names ------------------------------------------------------------------------------------- */

/* Records of some kinds may be secret one by one; then their names are too. */
static bool may_be_hidden(const ku_entity *entity)
{
    return entity->secrecy != NULL || entity->fixed_secrecy > KU_CLASS_INTERNAL;
}

static ku_status plain_label(ku_office *office, const ku_entity *entity, int64_t id,
                             const char **label, ku_error *err)
{
    bool row;
    sqlite3_stmt *statement = ku_office_take(office, entity, KEPT_LABEL);
    if (statement == NULL)
        KU_TRY(ku_sql_prepare(office->db, &statement, err,
                              ku_arena_printf(office->arena, "SELECT %s FROM %s WHERE id = ?1",
                                              entity->label, entity->name),
                              ""));
    sqlite3_bind_int64(statement, 1, id);
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (row) *label = ku_sql_text(statement, 0, office->arena);
    ku_office_give(office, entity, KEPT_LABEL, statement);
    return KU_OK;
}

ku_status ku_view_label(ku_office *office, const ku_entity *entity, int64_t id, const char **label,
                        ku_error *err)
{
    *label = NULL;
    if (may_be_hidden(entity)) {
        ku_row row;
        ku_error why = {0};
        ku_status status = ku_row_load(office, entity, id, &row, &why);
        if (status == KU_OK)
            status = ku_rule_check(office, entity, KU_SEE, &row.standing, row.values, NULL, &why);
        if (status == KU_NOT_FOUND || status == KU_NOT_ALLOWED) return KU_OK;
        if (status != KU_OK) {
            if (err != NULL) *err = why;
            return status;
        }
    }
    const ku_field_spec *field = ku_entity_field(entity, entity->label);
    if (field == NULL || field->type != KU_FIELD_REF)
        return plain_label(office, entity, id, label, err);
    /* Called by what it refers to: an assignment by its person. */
    const char *other = NULL;
    KU_TRY(plain_label(office, entity, id, &other, err));
    if (other == NULL) return KU_OK;
    return ku_view_label(office, ku_entity_find(field->target), strtoll(other, NULL, 10), label,
                         err);
}

static ku_status add_label(ku_office *office, const ku_field_spec *field, const json_t *value,
                           json_t *labels, ku_error *err)
{
    const char *label;
    if (field->type != KU_FIELD_REF || !json_is_integer(value)) return KU_OK;
    KU_TRY(ku_view_label(office, ku_entity_find(field->target), json_integer_value(value), &label,
                         err));
    if (label != NULL) json_object_set_new(labels, field->name, json_string(label));
    return KU_OK;
}

/* ---- the record ------------------------------------------------------------------------------------ */

static json_t *actions_allowed(ku_office *office, const ku_entity *entity,
                               const ku_standing *standing)
{
    json_t *may = json_array();
    for (unsigned action = KU_SEE; action <= KU_ARRANGE; action <<= 1)
        if (ku_authorize(office->actor, entity, action, standing, NULL, NULL).allowed)
            json_array_append_new(may, json_string(ku_action_name(action)));
    return may;
}

ku_status ku_view_record(ku_office *office, const ku_entity *entity, int64_t id,
                         const json_t *values, const ku_standing *standing, bool listed,
                         json_t **view, ku_error *err)
{
    static const char *const fixed[] = {"id", "version", "state", "created", "changed"};
    json_t *out = json_object(), *labels = json_object(), *hidden = json_array();
    ku_status status = KU_OK;
    (void)id;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        json_object_set(out, fixed[i], json_object_get(values, fixed[i]));
    for (const ku_field_spec *f = entity->fields; f->name != NULL && status == KU_OK; f++) {
        json_t *value = json_object_get(values, f->name);
        if (listed && f->type == KU_FIELD_LONG && !f->listed) continue;
        if (!ku_rule_field(office, entity, KU_SEE, standing, f)) {
            json_array_append_new(hidden, json_string(f->name));
            continue;
        }
        json_object_set(out, f->name, value);
        status = add_label(office, f, value, labels, err);
    }
    json_object_set_new(out, "labels", labels);
    json_object_set_new(out, "hidden", hidden);
    json_object_set_new(out, "may", actions_allowed(office, entity, standing));
    if (status == KU_OK)
        *view = out;
    else
        json_decref(out);
    return status;
}
