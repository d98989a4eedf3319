/* write.c - adding, changing, moving and removing records.
 *
 * Each goes the same way within the caller's transaction: may the actor, do the values hold,
 * does the entity's own check agree; then the row, its event, and what follows from it. */
#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "office/store_internal.h"
#include "workspace/sql.h"

/* ---- values that come in --------------------------------------------------------------------------- */

static ku_status refuse_unknown(const ku_entity *entity, const char *name, ku_error *err)
{
    if (strcmp(name, "id") == 0 || strcmp(name, "version") == 0 || strcmp(name, "state") == 0 ||
        strcmp(name, "created") == 0 || strcmp(name, "changed") == 0)
        return ku_error_set(err, KU_BAD_DATA, name, "%s is kept by Kemudi and not set by hand",
                            name);
    return ku_error_set(err, KU_BAD_DATA, name, "%s have no field of this name", entity->plural);
}

static ku_status check_may_set(ku_office *office, const ku_entity *entity,
                               const ku_field_spec *field, unsigned action,
                               const ku_standing *standing, ku_error *err)
{
    if (field->derived)
        return ku_error_set(err, KU_BAD_DATA, field->name,
                            "%s follows from other records and is not set by hand", field->label);
    if (field->fixed && action == KU_CHANGE)
        return ku_error_set(err, KU_CONFLICT, field->name, "%s stays as it was first given",
                            field->label);
    KU_TRY(
        ku_authorize_or_refuse(office->actor, entity, action, standing, field, office->arena, err));
    return KU_OK;
}

/* The members of `in` into the record, each checked against its field. */
static ku_status take_values(ku_office *office, const ku_entity *entity, const json_t *in,
                             json_t *values, ku_error *err)
{
    const char *name;
    json_t *given, *value;
    json_object_foreach((json_t *)(uintptr_t)in, name, given)
    {
        const ku_field_spec *field = ku_entity_field(entity, name);
        if (field == NULL) return refuse_unknown(entity, name, err);
        KU_TRY(ku_value_check(office, field, given, &value, err));
        json_object_set_new(values, name, value);
    }
    return KU_OK;
}

/* Whether the actor may set what they gave; `standing` is the record's. What is as it was is
 * let pass, so that a form may send back all it was given. */
static ku_status check_by_field(ku_office *office, const ku_entity *entity, const json_t *in,
                                const json_t *was, const json_t *values, unsigned action,
                                const ku_standing *standing, ku_error *err)
{
    const char *name;
    json_t *given;
    json_object_foreach((json_t *)(uintptr_t)in, name, given)
    {
        const json_t *value = json_object_get(values, name);
        if (json_equal(json_object_get(was, name), value)) continue;
        KU_TRY(check_may_set(office, entity, ku_entity_field(entity, name), action, standing, err));
    }
    return KU_OK;
}

/* What the workflow writes: the state too. */
static ku_status take_written(ku_office *office, const ku_entity *entity, const json_t *in,
                              json_t *values, ku_error *err)
{
    json_t *fields = ku_office_hold(office, json_copy((json_t *)(uintptr_t)in));
    json_t *state = json_object_get(in, "state");
    if (state != NULL) json_object_set(values, "state", state);
    json_object_del(fields, "state");
    return take_values(office, entity, fields, values, err);
}

static ku_status check_complete(const ku_entity *entity, const json_t *values, ku_error *err)
{
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++) {
        const json_t *value = json_object_get(values, f->name);
        if (!f->required || (value != NULL && !json_is_null(value))) continue;
        return ku_error_set(err, KU_BAD_DATA, f->name, "%s must be given", f->label);
    }
    return KU_OK;
}

static ku_status blank_record(ku_office *office, const ku_entity *entity, json_t **values,
                              ku_error *err)
{
    char now[KU_TIMESTAMP_TEXT];
    *values = ku_office_hold(office, json_object());
    ku_timestamp_format(office->now, now);
    json_object_set_new(*values, "version", json_integer(1));
    json_object_set_new(*values, "state",
                        json_string(entity->initial != NULL ? entity->initial : ""));
    json_object_set_new(*values, "created", json_string(now));
    json_object_set_new(*values, "changed", json_string(now));
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++) {
        json_t *value;
        KU_TRY(ku_value_fallback(office, f, &value, err));
        json_object_set_new(*values, f->name, value);
    }
    return KU_OK;
}

/* The record as its next version: a copy, so that what it was stays at hand. */
static json_t *next_version(ku_office *office, const ku_row *row)
{
    char now[KU_TIMESTAMP_TEXT];
    json_t *values = ku_office_hold(office, json_deep_copy(row->values));
    ku_timestamp_format(office->now, now);
    json_object_set_new(values, "version", json_integer(row->version + 1));
    json_object_set_new(values, "changed", json_string(now));
    return values;
}

static ku_status run_hook(ku_change_fn *hook, ku_change *change, ku_error *err)
{
    return hook != NULL ? hook(change, err) : KU_OK;
}

/* ---- the common end: the row, its event ----------------------------------------------------------------- */

static ku_status put(ku_change *change, const char *action, const ku_row *before, ku_error *err)
{
    ku_row after;
    ku_office *office = change->office;
    KU_TRY(check_complete(change->entity, change->values, err));
    KU_TRY(ku_row_store(office, change->entity, change->id, change->values, before == NULL, err));
    KU_TRY(ku_row_load(office, change->entity, change->id, &after, err));
    change->values = after.values;
    return ku_trail_write(office, change->entity, change->id, action, before, &after, change->asked,
                          change->reason, change->grant, err);
}

static ku_status check_version(const ku_entity *entity, const ku_row *row, int64_t version,
                               ku_error *err)
{
    if (row->version == version) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "If-Match",
                        "this %s was changed meanwhile (you saw version %" PRId64
                        ", it is now version %" PRId64 "); look at it again",
                        entity->title, version, row->version);
}

static ku_status check_by_hand(const ku_entity *entity, ku_error *err)
{
    if (!entity->internal) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, entity->title, "%s are written by Kemudi, not by hand",
                        entity->plural);
}

/* ---- adding ------------------------------------------------------------------------------------------------- */

static ku_status finish_addition(ku_change *change, const char *action, int64_t *id, ku_error *err)
{
    KU_TRY(ku_row_new_id(change->office, change->entity, &change->id, err));
    KU_TRY(put(change, action, NULL, err));
    KU_TRY(run_hook(change->entity->after, change, err));
    *id = change->id;
    return KU_OK;
}

ku_status ku_record_add(ku_office *office, const ku_entity *entity, const json_t *values,
                        const char *reason, int64_t *id, ku_error *err)
{
    ku_standing standing;
    ku_change change = {.office = office, .entity = entity, .reason = reason};
    KU_TRY(check_by_hand(entity, err));
    KU_TRY(ku_authorize_or_refuse(office->actor, entity, KU_ADD, NULL, NULL, office->arena, err));
    KU_TRY(blank_record(office, entity, &change.values, err));
    const json_t *blank = ku_office_hold(office, json_deep_copy(change.values));
    KU_TRY(take_values(office, entity, values, change.values, err));
    KU_TRY(check_complete(entity, change.values, err));
    ku_row_standing(entity, 0, change.values, &standing);
    KU_TRY(ku_rule_check(office, entity, KU_ADD, &standing, change.values, &change.grant, err));
    KU_TRY(check_by_field(office, entity, values, blank, change.values, KU_ADD, &standing, err));
    KU_TRY(run_hook(entity->check, &change, err));
    return finish_addition(&change, "add", id, err);
}

ku_status ku_workflow_add(ku_office *office, const ku_entity *entity, const char *action,
                          const json_t *values, int64_t *id, ku_error *err)
{
    ku_change change = {.office = office, .entity = entity};
    KU_TRY(blank_record(office, entity, &change.values, err));
    KU_TRY(take_written(office, entity, values, change.values, err));
    return finish_addition(&change, action, id, err);
}

/* ---- changing ------------------------------------------------------------------------------------------------ */

/* The record, if the actor may do this to it as it stands. */
static ku_status load_for(ku_office *office, const ku_entity *entity, int64_t id, unsigned action,
                          ku_row *row, const ku_grant **grant, ku_error *err)
{
    KU_TRY(ku_row_load(office, entity, id, row, err));
    return ku_rule_check(office, entity, action, &row->standing, row->values, grant, err);
}

ku_status ku_record_change(ku_office *office, const ku_entity *entity, int64_t id, int64_t version,
                           const json_t *values, const char *reason, ku_error *err)
{
    ku_row row;
    ku_standing after;
    ku_change change = {.office = office, .entity = entity, .id = id, .reason = reason};
    KU_TRY(check_by_hand(entity, err));
    KU_TRY(load_for(office, entity, id, KU_CHANGE, &row, &change.grant, err));
    KU_TRY(check_version(entity, &row, version, err));
    change.before = row.values;
    change.values = next_version(office, &row);
    KU_TRY(take_values(office, entity, values, change.values, err));
    KU_TRY(check_by_field(office, entity, values, row.values, change.values, KU_CHANGE,
                          &row.standing, err));
    /* Nor may a record be put where one could not have changed it: into another's unit, or
     * into a class above one's own. */
    ku_row_standing(entity, id, change.values, &after);
    after.listed = row.standing.listed;
    KU_TRY(ku_rule_check(office, entity, KU_CHANGE, &after, change.values, NULL, err));
    KU_TRY(run_hook(entity->check, &change, err));
    KU_TRY(put(&change, "change", &row, err));
    return run_hook(entity->after, &change, err);
}

ku_status ku_workflow_read(ku_office *office, const ku_entity *entity, int64_t id, json_t **record,
                           ku_error *err)
{
    ku_row row;
    KU_TRY(ku_row_load(office, entity, id, &row, err));
    *record = row.values;
    return KU_OK;
}

ku_status ku_workflow_write(ku_office *office, const ku_entity *entity, int64_t id,
                            const char *action, const json_t *values, const char *reason,
                            ku_error *err)
{
    ku_row row;
    ku_change change = {.office = office, .entity = entity, .id = id, .reason = reason};
    KU_TRY(ku_row_load(office, entity, id, &row, err));
    change.before = row.values;
    change.values = next_version(office, &row);
    KU_TRY(take_written(office, entity, values, change.values, err));
    return put(&change, action, &row, err);
}

/* ---- moving ------------------------------------------------------------------------------------------------------ */

static ku_status check_asked(ku_office *office, const ku_transition *t, const json_t *in,
                             json_t **asked, ku_error *err)
{
    const char *name;
    json_t *value;
    *asked = ku_office_hold(office, json_object());
    if (in != NULL) {
        json_object_foreach((json_t *)(uintptr_t)in, name, value)
        {
            const ku_field_spec *f = t->asks;
            while (f != NULL && f->name != NULL && strcmp(f->name, name) != 0) f++;
            if (f == NULL || f->name == NULL)
                return ku_error_set(err, KU_BAD_DATA, name, "\"%s\" does not ask for this",
                                    t->label);
            KU_TRY(ku_value_check(office, f, value, &value, err));
            json_object_set_new(*asked, name, value);
        }
    }
    for (const ku_field_spec *f = t->asks; f != NULL && f->name != NULL; f++) {
        const json_t *given = json_object_get(*asked, f->name);
        if (f->required && (given == NULL || json_is_null(given)))
            return ku_error_set(err, KU_BAD_DATA, f->name, "%s must be given", f->label);
    }
    return KU_OK;
}

static ku_status check_move(ku_office *office, const ku_entity *entity, const ku_row *row,
                            const ku_transition *t, const char *reason, ku_error *err)
{
    if (!ku_move_fits(t, row->standing.state)) {
        const ku_state *state = ku_entity_state(entity, row->standing.state);
        return ku_error_set(err, KU_CONFLICT, "state", "\"%s\" cannot be done: the %s is %s",
                            t->label, entity->title,
                            state != NULL ? state->label : row->standing.state);
    }
    if (t->not_owner && row->standing.owner != 0 && row->standing.owner == office->actor->person)
        return ku_error_set(err, KU_NOT_ALLOWED, t->name, "nobody decides on what is their own");
    if (t->sign && !office->actor->fresh)
        return ku_error_set(err, KU_NOT_ALLOWED, "confirm", "confirm who you are before you sign");
    if (t->reason && (reason == NULL || *reason == '\0'))
        return ku_error_set(err, KU_BAD_DATA, "reason", "\"%s\" needs a reason", t->label);
    return KU_OK;
}

ku_status ku_record_move(ku_office *office, const ku_entity *entity, int64_t id, int64_t version,
                         const char *transition, const json_t *asked, const char *reason,
                         ku_error *err)
{
    ku_row row;
    json_t *checked;
    const ku_transition *t = ku_entity_transition(entity, transition);
    if (t == NULL)
        return ku_error_set(err, KU_NOT_FOUND, entity->title, "there is no step \"%s\"",
                            transition);
    ku_change change = {
        .office = office, .entity = entity, .id = id, .reason = reason, .transition = t};
    KU_TRY(load_for(office, entity, id, t->action, &row, &change.grant, err));
    KU_TRY(check_version(entity, &row, version, err));
    KU_TRY(check_move(office, entity, &row, t, reason, err));
    KU_TRY(check_asked(office, t, asked, &checked, err));
    change.before = row.values;
    change.asked = checked;
    change.values = next_version(office, &row);
    if (t->to != NULL) json_object_set_new(change.values, "state", json_string(t->to));
    KU_TRY(run_hook(t->guard, &change, err));
    KU_TRY(put(&change, t->name, &row, err));
    return run_hook(t->effect, &change, err);
}

/* ---- removing -------------------------------------------------------------------------------------------------- */

static ku_status delete_row(ku_office *office, const ku_entity *entity, int64_t id, ku_error *err)
{
    const char *sql = ku_arena_printf(office->arena, "DELETE FROM %s WHERE id = ?1", entity->name);
    ku_error why = {0};
    ku_status status = ku_sql_run(office->db, &why, sql, "i", id);
    if (status != KU_OK && sqlite3_extended_errcode(office->db) == SQLITE_CONSTRAINT_FOREIGNKEY)
        return ku_error_set(err, KU_CONFLICT, entity->title,
                            "other records refer to this one; it cannot be removed");
    if (status != KU_OK) {
        if (err != NULL) *err = why;
        return status;
    }
    if (!ku_row_searched(entity)) return KU_OK;
    sql = ku_arena_printf(office->arena, "DELETE FROM %s_search WHERE rowid = ?1", entity->name);
    return ku_sql_run(office->db, err, sql, "i", id);
}

ku_status ku_record_remove(ku_office *office, const ku_entity *entity, int64_t id, int64_t version,
                           const char *reason, ku_error *err)
{
    ku_row row;
    const ku_grant *grant = NULL;
    KU_TRY(check_by_hand(entity, err));
    KU_TRY(load_for(office, entity, id, KU_REMOVE, &row, &grant, err));
    KU_TRY(check_version(entity, &row, version, err));
    KU_TRY(delete_row(office, entity, id, err));
    return ku_trail_write(office, entity, id, "remove", &row, NULL, NULL, reason, grant, err);
}
