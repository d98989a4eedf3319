/* log.c - events for people to read: the history of one record, and the whole log.
 *
 * An event names fields and, for each, what it was and is. What one may not see on the record
 * one does not see here either: the same rule is asked for each field. What was sealed is opened
 * only for who may see at least one of its fields. */
#include "office/log.h"

#include <inttypes.h>
#include <string.h>

#include "access/event.h"
#include "base/date.h"
#include "office/store_internal.h"
#include "workspace/sql.h"

enum { HISTORY_MOST = 200, PAGE_DEFAULT = 50, PAGE_MOST = 200 };

/* The columns every item is made of, in this order. */
#define ITEM_COLUMNS                                                                               \
    "e.seq, e.time, e.action, coalesce(p.name, e.actor), s.name, e.reason, e.detail,"              \
    " e.sealed IS NOT NULL, e.entity, e.record, e.via, e.delegation"
#define ITEM_TABLES                                                                                \
    " FROM event e LEFT JOIN person p ON p.id = e.person LEFT JOIN person s ON s.id = e.stead"

enum { SEQ, TIME, ACTION, WHO, STEAD, REASON, DETAIL, SEALED, ENTITY, RECORD, VIA, DELEGATION };

/* ---- what was changed ------------------------------------------------------------------------------ */

/* Only changes of fields the actor may see. */
static void add_visible(ku_office *office, const ku_entity *entity, const ku_standing *standing,
                        const json_t *changed, json_t *out)
{
    const char *name;
    json_t *pair;
    json_object_foreach((json_t *)(uintptr_t)changed, name, pair)
    {
        const ku_field_spec *field = ku_entity_field(entity, name);
        if (field != NULL && ku_rule_field(office, entity, KU_SEE, standing, field))
            json_object_set(out, name, pair);
    }
}

static ku_status add_sealed(ku_office *office, const ku_entity *entity, const ku_standing *standing,
                            int64_t seq, json_t *changed, ku_error *err)
{
    json_t *values;
    ku_error why = {0};
    ku_status status = ku_event_unseal(office->workspace, office->db, seq, office->arena, &values,
                                       &why);
    if (status == KU_NOT_FOUND) return KU_OK; /* the person was erased */
    if (status != KU_OK) {
        if (err != NULL) *err = why;
        return status;
    }
    add_visible(office, entity, standing, values, changed);
    json_decref(values);
    return KU_OK;
}

/* `standing` NULL: the reader may not see the record, or there is none. */
static ku_status add_changed(ku_office *office, const ku_entity *entity,
                             const ku_standing *standing, sqlite3_stmt *statement,
                             const json_t *detail, json_t *item, ku_error *err)
{
    json_t *changed = json_object(), *state = json_object_get(detail, "state");
    json_object_set_new(item, "changed", changed);
    if (standing == NULL) {
        json_object_set_new(item, "state", json_null());
        return KU_OK;
    }
    json_object_set(item, "state", state != NULL ? state : json_null());
    add_visible(office, entity, standing, json_object_get(detail, "changed"), changed);
    if (sqlite3_column_int(statement, SEALED) == 0) return KU_OK;
    return add_sealed(office, entity, standing, sqlite3_column_int64(statement, SEQ), changed, err);
}

/* ---- an event --------------------------------------------------------------------------------------- */

static json_t *column_json(sqlite3_stmt *statement, int at)
{
    const char *text = (const char *)sqlite3_column_text(statement, at);
    return text != NULL ? json_string(text) : json_null();
}

static json_t *item_json(sqlite3_stmt *statement, bool visible)
{
    char time[KU_TIMESTAMP_TEXT];
    json_t *item = json_object();
    ku_timestamp_format(sqlite3_column_int64(statement, TIME), time);
    json_object_set_new(item, "seq", json_integer(sqlite3_column_int64(statement, SEQ)));
    json_object_set_new(item, "time", json_string(time));
    json_object_set_new(item, "action", column_json(statement, ACTION));
    json_object_set_new(item, "who", column_json(statement, WHO));
    json_object_set_new(item, "stead", column_json(statement, STEAD));
    json_object_set_new(item, "reason", visible ? column_json(statement, REASON) : json_null());
    return item;
}

static ku_status history_item(ku_office *office, const ku_entity *entity,
                              const ku_standing *standing, sqlite3_stmt *statement, json_t *items,
                              ku_error *err)
{
    const char *text = (const char *)sqlite3_column_text(statement, DETAIL);
    json_t *detail = text != NULL ? json_loads(text, 0, NULL) : NULL;
    json_t *item = item_json(statement, true);
    json_array_append_new(items, item);
    ku_status status = add_changed(office, entity, standing, statement, detail, item, err);
    json_decref(detail);
    return status;
}

ku_status ku_record_history(ku_office *office, const ku_entity *entity, int64_t id, json_t **items,
                            ku_error *err)
{
    ku_row row;
    sqlite3_stmt *statement;
    bool there;
    KU_TRY(ku_row_load(office, entity, id, &row, err));
    KU_TRY(ku_rule_check(office, entity, KU_SEE, &row.standing, row.values, NULL, err));
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT " ITEM_COLUMNS ITEM_TABLES
                          " WHERE e.entity = ?1 AND e.record = ?2 ORDER BY e.seq DESC LIMIT ?3",
                          "sii", entity->name, id, (int64_t)HISTORY_MOST));
    *items = ku_office_hold(office, json_array());
    ku_status status;
    while ((status = ku_sql_step(&statement, &there, err)) == KU_OK && there) {
        status = history_item(office, entity, &row.standing, statement, *items, err);
        if (status != KU_OK) break;
    }
    sqlite3_finalize(statement);
    return status;
}

/* ---- the log ------------------------------------------------------------------------------------------- */

/* How the reader stands to the event's record; *visible only when they may see it. A record
 * that was removed is seen by nobody any more. */
static ku_status find_standing(ku_office *office, const ku_entity *entity, int64_t id,
                               ku_standing *standing, bool *visible, ku_error *err)
{
    ku_row row;
    ku_error why = {0};
    *visible = false;
    if (entity == NULL || id == 0) return KU_OK;
    ku_status status = ku_row_load(office, entity, id, &row, &why);
    if (status == KU_OK)
        status = ku_rule_check(office, entity, KU_SEE, &row.standing, row.values, NULL, &why);
    if (status == KU_OK) {
        *standing = row.standing;
        *visible = true;
    }
    if (status == KU_OK || status == KU_NOT_FOUND || status == KU_NOT_ALLOWED) return KU_OK;
    if (err != NULL) *err = why;
    return status;
}

static ku_status add_record(ku_office *office, const ku_entity *entity, int64_t id, bool visible,
                            sqlite3_stmt *statement, const json_t *detail, json_t *item,
                            ku_error *err)
{
    const char *label = NULL;
    const json_t *what = json_object_get(detail, "what");
    if (visible) KU_TRY(ku_view_label(office, entity, id, &label, err));
    json_object_set_new(item, "entity", column_json(statement, ENTITY));
    json_object_set_new(item, "kind", entity != NULL ? json_string(entity->title) : json_null());
    json_object_set_new(item, "record", id != 0 ? json_integer(id) : json_null());
    json_object_set_new(item, "label", label != NULL ? json_string(label) : json_null());
    json_object_set_new(item, "what", json_is_string(what) ? json_deep_copy(what) : json_null());
    json_object_set_new(item, "via", column_json(statement, VIA));
    json_object_set_new(item, "seen", json_boolean(visible || entity == NULL));
    return KU_OK;
}

static ku_status log_item(ku_office *office, sqlite3_stmt *statement, json_t *items, ku_error *err)
{
    bool visible;
    ku_standing standing;
    const char *name = (const char *)sqlite3_column_text(statement, ENTITY);
    const char *text = (const char *)sqlite3_column_text(statement, DETAIL);
    const ku_entity *entity = name != NULL ? ku_entity_find(name) : NULL;
    int64_t id = sqlite3_column_int64(statement, RECORD);
    KU_TRY(find_standing(office, entity, id, &standing, &visible, err));
    json_t *detail = text != NULL ? json_loads(text, 0, NULL) : NULL;
    json_t *item = item_json(statement, visible || name == NULL);
    json_array_append_new(items, item);
    ku_status status = add_record(office, entity, id, visible, statement, detail, item, err);
    if (status == KU_OK)
        status = add_changed(office, entity, visible ? &standing : NULL, statement, detail, item,
                             err);
    json_decref(detail);
    return status;
}

static const char *list_sql(const ku_log_query *q, ku_arena *arena)
{
    /* Each condition stands only when it is asked for, so that its index is used. */
    return ku_arena_printf(arena,
                           "SELECT " ITEM_COLUMNS ITEM_TABLES " WHERE e.seq < ?1%s%s%s%s"
                           " ORDER BY e.seq DESC LIMIT ?6",
                           q->entity != NULL ? " AND e.entity = ?2" : "",
                           q->record != 0 ? " AND e.record = ?3" : "",
                           q->person != 0 ? " AND (e.person = ?4 OR e.stead = ?4)" : "",
                           q->action != NULL ? " AND e.action = ?5" : "");
}

static ku_status check_reader(ku_office *office, ku_error *err)
{
    ku_verdict verdict = ku_authorize_area(office->actor, "log", KU_SEE, office->arena);
    if (verdict.allowed) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "log", "%s", verdict.because);
}

ku_status ku_log_list(ku_office *office, const ku_log_query *query, json_t **items, int64_t *next,
                      ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    int64_t limit = query->limit == 0 ? PAGE_DEFAULT : query->limit;
    if (limit > PAGE_MOST) limit = PAGE_MOST;
    *next = 0;
    KU_TRY(check_reader(office, err));
    *items = ku_office_hold(office, json_array());
    KU_TRY(ku_sql_prepare(office->db, &statement, err, list_sql(query, office->arena), "isiisi",
                          query->before != 0 ? query->before : INT64_MAX, query->entity,
                          query->record, query->person, query->action, limit + 1));
    ku_status status;
    int64_t last = 0;
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row) {
        if ((int64_t)json_array_size(*items) == limit) {
            *next = last;
            break;
        }
        last = sqlite3_column_int64(statement, SEQ);
        status = log_item(office, statement, *items, err);
        if (status != KU_OK) break;
    }
    sqlite3_finalize(statement);
    return status;
}
