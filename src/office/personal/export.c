/* export.c - all that is held on a person, as one JSON document for them.
 *
 * Where a person is named follows from the descriptors: every REF to person of every entity.
 * A new kind of record is part of the answer the day it is made. */
#include <inttypes.h>
#include <string.h>

#include "access/event.h"
#include "base/date.h"
#include "office/personal/personal.h"
#include "office/store_internal.h"
#include "workspace/sql.h"

/* ---- who may ask ----------------------------------------------------------------------------- */

static ku_status check_asker(ku_office *office, int64_t person, ku_error *err)
{
    const ku_actor *actor = office->actor;
    const ku_field_spec personal = {.name = "", .label = "", .secrecy = KU_CLASS_PERSONAL};
    ku_standing standing = {.id = person, .owner = person, .secrecy = KU_CLASS_PERSONAL};
    bool here = actor->who.kind == KU_WHO_LOCAL && actor->who.via != NULL &&
                strcmp(actor->who.via, "cli") == 0;
    bool own = actor->person == person && actor->who.kind == KU_WHO_USER;
    bool looks_after = ku_authorize(actor, ku_entity_find("person"), KU_CHANGE, &standing,
                                    &personal, office->arena)
                           .allowed;
    if (here || own || looks_after) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "person",
                        "what is held on a person is given to the person, and to who looks after "
                        "people");
}

/* ---- records --------------------------------------------------------------------------------------- */

/* What of a record may be given to the person: all that is sealed under their key, and of the
 * rest what is personal to nobody else. */
static json_t *own_view(const ku_entity *entity, const ku_row *row, bool about_them)
{
    json_t *view = json_object();
    static const char *const fixed[] = {"id", "state", "created", "changed"};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        json_object_set(view, fixed[i], json_object_get(row->values, fixed[i]));
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++) {
        const json_t *value = json_object_get(row->values, f->name);
        bool others = !about_them && (f->sealed || f->secrecy >= KU_CLASS_PERSONAL);
        if (!others && value != NULL && !json_is_null(value))
            json_object_set_new(view, f->label, json_deep_copy(value));
    }
    return view;
}

static ku_status add_record(ku_office *office, const ku_entity *entity, int64_t id, int64_t person,
                            json_t *list, int64_t *withheld, ku_error *err)
{
    ku_row row;
    KU_TRY(ku_row_load(office, entity, id, &row, err));
    bool about_them = ku_row_subject(entity, id, row.values) == person;
    if (row.standing.secrecy == KU_CLASS_SECRET && !row.standing.listed)
        ++*withheld;
    else if (row.standing.secrecy >= KU_CLASS_PERSONAL && !about_them &&
             row.standing.owner != person)
        ++*withheld;
    else
        json_array_append_new(list, own_view(entity, &row, about_them));
    return KU_OK;
}

/* The condition under which a record names the person; false when its kind never does. */
static bool add_condition(const ku_entity *entity, ku_text *sql)
{
    bool any = strcmp(entity->name, "person") == 0;
    ku_text_addf(sql, "SELECT id FROM %s WHERE %s", entity->name, any ? "id = ?1" : "0");
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++) {
        if (f->type != KU_FIELD_REF || f->sealed || strcmp(f->target, "person") != 0) continue;
        ku_text_addf(sql, " OR %s = ?1", f->name);
        any = true;
    }
    ku_text_add(sql, " ORDER BY id");
    return any;
}

static ku_status add_each(ku_office *office, const ku_entity *entity, const char *sql,
                          int64_t person, json_t *list, int64_t *withheld, ku_error *err)
{
    sqlite3_stmt *statement;
    bool there;
    KU_TRY(ku_sql_prepare(office->db, &statement, err, sql, "i", person));
    ku_status status;
    while ((status = ku_sql_step(&statement, &there, err)) == KU_OK && there) {
        status = add_record(office, entity, sqlite3_column_int64(statement, 0), person, list,
                            withheld, err);
        if (status != KU_OK) break;
    }
    sqlite3_finalize(statement);
    return status;
}

static ku_status add_entity(ku_office *office, const ku_entity *entity, int64_t person,
                            json_t *records, ku_error *err)
{
    ku_text sql = {0};
    int64_t withheld = 0;
    json_t *list = json_array();
    ku_status status = KU_OK;
    if (add_condition(entity, &sql))
        status = add_each(office, entity, ku_text_string(&sql), person, list, &withheld, err);
    ku_text_clear(&sql);
    if (withheld > 0)
        json_array_append_new(
            list, json_pack("{s:I, s:s}", "withheld", (json_int_t)withheld, "because",
                            "They are secret, or personal to somebody else."));
    if (json_array_size(list) > 0) json_object_set(records, entity->plural, list);
    json_decref(list);
    return status;
}

/* ---- what is no record of an entity ------------------------------------------------------------------ */

/* Rows of a statement with one parameter, the person, as objects by their columns' names. A
 * column whose name ends in "_at" is an instant. */
static json_t *cell_json(sqlite3_stmt *statement, int column)
{
    char time[KU_TIMESTAMP_TEXT];
    bool instant = ku_text_ends(sqlite3_column_name(statement, column), "_at");
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        if (instant)
            return json_string(
                ku_timestamp_format(sqlite3_column_int64(statement, column), time));
        return json_integer(sqlite3_column_int64(statement, column));
    case SQLITE_TEXT:
        return json_string((const char *)sqlite3_column_text(statement, column));
    default:
        return json_null();
    }
}

static ku_status add_rows(ku_office *office, const char *key, const char *sql, int64_t person,
                          json_t *held, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    json_t *list = json_array();
    json_object_set_new(held, key, list);
    KU_TRY(ku_sql_prepare(office->db, &statement, err, sql, "i", person));
    for (;;) {
        KU_TRY(ku_sql_step(&statement, &row, err));
        if (!row) return KU_OK;
        json_t *item = json_object();
        for (int i = 0; i < sqlite3_column_count(statement); i++)
            json_object_set_new(item, sqlite3_column_name(statement, i),
                                cell_json(statement, i));
        json_array_append_new(list, item);
    }
}

/* What the log sealed about them, opened. */
static ku_status add_values(ku_office *office, json_t *events, ku_error *err)
{
    size_t i;
    json_t *item;
    json_array_foreach(events, i, item)
    {
        json_t *values;
        bool sealed = json_integer_value(json_object_get(item, "sealed")) != 0;
        json_object_del(item, "sealed");
        if (!sealed) continue;
        KU_TRY(ku_event_unseal(office->workspace, office->db,
                               json_integer_value(json_object_get(item, "seq")), office->arena,
                               &values, err));
        json_object_set_new(item, "values", values);
    }
    return KU_OK;
}

static ku_status add_rest(ku_office *office, int64_t person, json_t *held, ku_error *err)
{
    KU_TRY(add_rows(office, "account",
                    "SELECT name, state, created AS created_at, changed AS changed_at"
                    " FROM app_user WHERE person = ?1",
                    person, held, err));
    KU_TRY(add_rows(office, "sessions",
                    "SELECT s.created AS begun_at, s.seen AS seen_at, s.expires AS expires_at,"
                    " s.revoked AS ended_at, s.agent AS browser FROM user_session s"
                    " JOIN app_user u ON u.id = s.user WHERE u.person = ?1 ORDER BY s.id",
                    person, held, err));
    KU_TRY(add_rows(office, "tokens",
                    "SELECT t.name, t.created AS made_at, t.expires AS expires_at, t.used AS"
                    " used_at, t.revoked AS ended_at FROM api_token t"
                    " JOIN app_user u ON u.id = t.user WHERE u.person = ?1 ORDER BY t.id",
                    person, held, err));
    KU_TRY(add_rows(office, "events",
                    "SELECT seq, time AS happened_at, action, entity, record, reason,"
                    " CASE WHEN person = ?1 THEN 'by them' WHEN stead = ?1 THEN 'in their stead'"
                    " ELSE 'about them' END AS how,"
                    " (sealed IS NOT NULL AND subject = ?1) AS sealed FROM event"
                    " WHERE person = ?1 OR stead = ?1 OR subject = ?1"
                    " OR (entity = 'person' AND record = ?1) ORDER BY seq",
                    person, held, err));
    return add_values(office, json_object_get(held, "events"), err);
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static ku_status write_event(ku_office *office, int64_t person, ku_error *err)
{
    ku_event event = {.action = "personal-export", .entity = "person", .record = person};
    return ku_event_add(office->workspace, office->db, office->actor, &event, NULL, err);
}

ku_status ku_personal_export(ku_office *office, int64_t person, json_t **held, ku_error *err)
{
    size_t count;
    ku_row row;
    char made[KU_TIMESTAMP_TEXT];
    const ku_entity *const *all = ku_entities(&count);
    KU_TRY(check_asker(office, person, err));
    KU_TRY(ku_row_load(office, ku_entity_find("person"), person, &row, err));
    KU_TRY(write_event(office, person, err));
    *held = ku_office_hold(office, json_object());
    json_t *records = json_object();
    json_object_set(*held, "person", json_object_get(row.values, "name"));
    json_object_set_new(*held, "made", json_string(ku_timestamp_format(office->now, made)));
    json_object_set_new(*held, "records", records);
    for (size_t i = 0; i < count; i++) KU_TRY(add_entity(office, all[i], person, records, err));
    return add_rest(office, person, *held, err);
}
