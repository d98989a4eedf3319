/* read.c - lists and single records.
 *
 * A page of a list is one statement: the rule of authority, the filters and the words are
 * conditions of it, so that what may not be seen is neither counted nor skipped over.
 * Pages are found by the last record's place in the order (its sort value and id), never by
 * counting rows, so that the thousandth page costs what the first does. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "access/event.h"
#include "office/store_internal.h"
#include "workspace/sql.h"

enum { PAGE_DEFAULT = 50, PAGE_MOST = 200, COUNT_MOST = 10000 };

/* ---- the order ---------------------------------------------------------------------------------- */

typedef struct list_order {
    const char *column;  /* "id", "created", a field */
    const char *collate; /* " COLLATE NOCASE" or "" */
    bool down;
} list_order;

static bool is_fixed_column(const char *name)
{
    return strcmp(name, "id") == 0 || strcmp(name, "created") == 0 ||
           strcmp(name, "changed") == 0 || strcmp(name, "state") == 0;
}

static ku_status find_order(const ku_entity *entity, const ku_query *query, list_order *order,
                            ku_error *err)
{
    const char *sort = query->sort != NULL && *query->sort != '\0' ? query->sort : entity->sort;
    order->collate = "";
    if (sort == NULL) sort = "-id";
    order->down = *sort == '-';
    order->column = sort + order->down;
    if (is_fixed_column(order->column)) return KU_OK;
    const ku_field_spec *field = ku_entity_field(entity, order->column);
    if (field == NULL || field->sealed || field->type == KU_FIELD_REF ||
        field->type == KU_FIELD_LONG || field->secrecy >= KU_CLASS_PERSONAL)
        return ku_error_set(err, KU_USAGE, "sort", "%s cannot be put in the order of \"%s\"",
                            entity->plural, order->column);
    if (field->type == KU_FIELD_TEXT || field->type == KU_FIELD_CHOICE)
        order->collate = " COLLATE NOCASE";
    return KU_OK;
}

/* ---- the cursor: the last record's sort value and id, as JSON in base64 ----------------------------- */

static const char *cursor_make(ku_office *office, sqlite3_stmt *statement, int value_at)
{
    json_t *pair = json_array();
    int kind = sqlite3_column_type(statement, value_at);
    json_array_append_new(
        pair, kind == SQLITE_NULL      ? json_null()
              : kind == SQLITE_INTEGER ? json_integer(sqlite3_column_int64(statement, value_at))
              : kind == SQLITE_FLOAT
                  ? json_real(sqlite3_column_double(statement, value_at))
                  : json_string((const char *)sqlite3_column_text(statement, value_at)));
    json_array_append_new(pair, json_integer(sqlite3_column_int64(statement, 0)));
    ku_text text = {0};
    ku_json_dump(pair, &text);
    size_t room = sodium_base64_encoded_len(text.length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *encoded = ku_arena_alloc(office->arena, room);
    sodium_bin2base64(encoded, room, (const unsigned char *)ku_text_string(&text), text.length,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    ku_text_clear(&text);
    json_decref(pair);
    return encoded;
}

static ku_status cursor_read(ku_office *office, const char *cursor, const json_t **value,
                             int64_t *id, ku_error *err)
{
    size_t room = strlen(cursor), length = 0;
    unsigned char *bytes = ku_arena_alloc(office->arena, room + 1);
    json_t *pair = NULL;
    if (sodium_base642bin(bytes, room, cursor, room, NULL, &length, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0)
        pair = json_loadb((const char *)bytes, length, 0, NULL);
    if (pair == NULL || json_array_size(pair) != 2 || !json_is_integer(json_array_get(pair, 1)) ||
        json_is_object(json_array_get(pair, 0)) || json_is_array(json_array_get(pair, 0))) {
        json_decref(pair);
        return ku_error_set(err, KU_USAGE, "cursor", "give `next` of the page before as it came");
    }
    ku_office_hold(office, pair);
    *value = json_array_get(pair, 0);
    *id = json_integer_value(json_array_get(pair, 1));
    return KU_OK;
}

static void bind_cursor_value(sqlite3_stmt *statement, int at, const json_t *value)
{
    if (json_is_integer(value))
        sqlite3_bind_int64(statement, at, json_integer_value(value));
    else if (json_is_real(value))
        sqlite3_bind_double(statement, at, json_real_value(value));
    else if (json_is_string(value))
        sqlite3_bind_text(statement, at, json_string_value(value), -1, SQLITE_TRANSIENT);
    else
        sqlite3_bind_null(statement, at);
}

/* Empty values come first going up and last going down, as SQLite sorts them. */
static void add_place(ku_text *sql, const list_order *o, bool empty, int value_at, int id_at)
{
    const char *c = o->column, *collate = o->collate;
    if (strcmp(c, "id") == 0)
        ku_text_addf(sql, " AND r.id %s ?%d", o->down ? "<" : ">", id_at);
    else if (empty && o->down)
        ku_text_addf(sql, " AND r.%s IS NULL AND r.id < ?%d", c, id_at);
    else if (empty)
        ku_text_addf(sql, " AND (r.%s IS NOT NULL OR r.id > ?%d)", c, id_at);
    else if (o->down)
        ku_text_addf(sql, " AND (r.%s < ?%d%s OR r.%s IS NULL OR (r.%s = ?%d%s AND r.id < ?%d))", c,
                     value_at, collate, c, c, value_at, collate, id_at);
    else
        ku_text_addf(sql, " AND r.%s >= ?%d%s AND (r.%s > ?%d%s OR r.id > ?%d)", c, value_at,
                     collate, c, value_at, collate, id_at);
}

/* ---- the conditions --------------------------------------------------------------------------------- */

/* Values to bind, in the order of their places. */
typedef struct bound {
    const ku_field_spec *field; /* NULL: a plain text */
    const char *text;
    const json_t *json;
    int64_t number;
} bound;

typedef struct listing {
    ku_office *office;
    const ku_entity *entity;
    const ku_query *query;
    list_order order;
    ku_text sql;
    bound *bound;
    int bound_count;
    bool by_words; /* the index of words leads, newest first */
} listing;

static int place_for(listing *l, bound b)
{
    l->bound[l->bound_count++] = b;
    return l->bound_count;
}

static const ku_field_spec state_field = {.name = "state", .type = KU_FIELD_TEXT, .label = "State"};
static const ku_field_spec time_field = {.name = "created", .type = KU_FIELD_TIME, .label = "Time"};
static const ku_field_spec id_field = {.name = "id", .type = KU_FIELD_INT, .label = "Number"};

/* A field one may not see cannot be asked about either: the answer would tell it. */
static ku_status filter_field(const listing *l, const char *name, const ku_field_spec **field,
                              ku_error *err)
{
    *field = ku_entity_field(l->entity, name);
    if (*field == NULL && strcmp(name, "state") == 0) *field = &state_field;
    if (*field == NULL && strcmp(name, "id") == 0) *field = &id_field;
    if (*field == NULL && is_fixed_column(name)) *field = &time_field;
    if (*field == NULL)
        return ku_error_set(err, KU_USAGE, name, "%s have no field of this name",
                            l->entity->plural);
    if (!(*field)->sealed && (*field)->secrecy < KU_CLASS_PERSONAL) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, name, "%s cannot be looked for: it is personal",
                        (*field)->label);
}

static ku_status add_filter(listing *l, const ku_filter *filter, ku_error *err)
{
    static const char *const compare[] = {"=", "IS NOT", ">=", "<="};
    const ku_field_spec *field;
    KU_TRY(filter_field(l, filter->field, &field, err));
    const char *column = filter->field;
    if (filter->how == KU_EMPTY) {
        ku_text_addf(&l->sql, " AND r.%s IS NULL", column);
        return KU_OK;
    }
    int at = place_for(l, (bound){.field = field, .text = filter->value});
    if (filter->how == KU_CONTAINS)
        ku_text_addf(&l->sql, " AND instr(lower(r.%s), lower(?%d)) > 0", column, at);
    else
        ku_text_addf(&l->sql, " AND r.%s %s ?%d", column, compare[filter->how], at);
    return KU_OK;
}

static bool asks_for_state(const ku_query *query)
{
    for (size_t i = 0; i < query->filter_count; i++)
        if (strcmp(query->filters[i].field, "state") == 0) return true;
    return false;
}

static void add_open_only(listing *l)
{
    const char *before = " AND r.state NOT IN (";
    if (l->query->closed || l->entity->states == NULL || asks_for_state(l->query)) return;
    bool any = false;
    for (const ku_state *s = l->entity->states; s->name != NULL; s++) {
        if (!s->closed) continue;
        ku_text_addf(&l->sql, "%s'%s'", any ? ", " : before, s->name);
        any = true;
    }
    if (any) ku_text_addc(&l->sql, ')');
}

/* Each word as a beginning: "mar pla" finds "Marketing plan". Quoted, so that nothing in it
 * is taken for the index's own language. */
static const char *match_text(ku_office *office, const char *words)
{
    ku_text match = {0};
    const char *at = words;
    while (*at != '\0') {
        size_t length = strcspn(at, " \t\r\n\"*():^+-");
        if (length > 0) ku_text_addf(&match, "\"%.*s\"* ", (int)length, at);
        at += length;
        if (*at != '\0') at++;
    }
    const char *kept = ku_arena_strdup(office->arena, ku_text_string(&match));
    ku_text_clear(&match);
    return kept;
}

static ku_status add_words(listing *l, ku_error *err)
{
    const char *name = l->entity->name;
    if (l->query->words == NULL || *l->query->words == '\0') return KU_OK;
    if (!ku_row_searched(l->entity))
        return ku_error_set(err, KU_USAGE, "q", "%s cannot be searched by words",
                            l->entity->plural);
    const char *match = match_text(l->office, l->query->words);
    if (*match == '\0') return ku_error_set(err, KU_USAGE, "q", "there are no words to look for");
    int at = place_for(l, (bound){.text = match});
    if (l->by_words)
        ku_text_addf(&l->sql, " AND w.%s_search MATCH ?%d", name, at);
    else
        ku_text_addf(&l->sql,
                     " AND r.id IN (SELECT rowid FROM %s_search WHERE %s_search MATCH ?%d)", name,
                     name, at);
    return KU_OK;
}

static ku_status add_cursor(listing *l, ku_error *err)
{
    const json_t *value = NULL;
    int64_t id = 0;
    if (l->query->cursor == NULL || *l->query->cursor == '\0') return KU_OK;
    KU_TRY(cursor_read(l->office, l->query->cursor, &value, &id, err));
    bool empty = json_is_null(value);
    int id_at = place_for(l, (bound){.number = id});
    int value_at = empty || strcmp(l->order.column, "id") == 0
                       ? 0
                       : place_for(l, (bound){.json = value});
    add_place(&l->sql, &l->order, empty, value_at, id_at);
    return KU_OK;
}

static ku_status add_conditions(listing *l, bool paged, ku_error *err)
{
    const ku_query *query = l->query;
    l->bound = KU_ARRAY(l->office->arena, query->filter_count + 4, bound);
    ku_text_addf(&l->sql, " FROM %s r", l->entity->name);
    if (l->by_words) ku_text_addf(&l->sql, " JOIN %s_search w ON w.rowid = r.id", l->entity->name);
    ku_text_add(&l->sql, " WHERE ");
    ku_rule_sql(l->office, l->entity, query->action != 0 ? query->action : KU_SEE, "r", &l->sql);
    for (size_t i = 0; i < query->filter_count; i++) KU_TRY(add_filter(l, &query->filters[i], err));
    add_open_only(l);
    KU_TRY(add_words(l, err));
    return paged ? add_cursor(l, err) : KU_OK;
}

static ku_status bind_all(listing *l, sqlite3_stmt *statement, ku_error *err)
{
    for (int i = 0; i < l->bound_count; i++) {
        const bound *b = &l->bound[i];
        if (b->field != NULL)
            KU_TRY(ku_value_bind_text(l->office, statement, i + 1, b->field, b->text, err));
        else if (b->json != NULL)
            bind_cursor_value(statement, i + 1, b->json);
        else if (b->text != NULL)
            sqlite3_bind_text(statement, i + 1, b->text, -1, SQLITE_TRANSIENT);
        else
            sqlite3_bind_int64(statement, i + 1, b->number);
    }
    return KU_OK;
}

static ku_status prepare_listing(listing *l, sqlite3_stmt **statement, ku_error *err)
{
    KU_TRY(ku_text_check(&l->sql, err));
    KU_TRY(ku_sql_prepare(l->office->db, statement, err, ku_text_string(&l->sql), ""));
    ku_status status = bind_all(l, *statement, err);
    if (status != KU_OK) sqlite3_finalize(*statement);
    return status;
}

/* ---- a page ------------------------------------------------------------------------------------------ */

static int page_size(const ku_query *query)
{
    int limit = query->limit > 0 ? query->limit : PAGE_DEFAULT;
    return limit < PAGE_MOST ? limit : PAGE_MOST;
}

static ku_status add_item(ku_office *office, const ku_entity *entity, int64_t id, json_t *items,
                          ku_error *err)
{
    ku_row row;
    json_t *view;
    KU_TRY(ku_row_load(office, entity, id, &row, err));
    KU_TRY(ku_view_record(office, entity, id, row.values, &row.standing, true, &view, err));
    json_array_append_new(items, view);
    return KU_OK;
}

static ku_status read_page(listing *l, sqlite3_stmt *statement, ku_page *page, ku_error *err)
{
    int limit = page_size(l->query), count = 0;
    bool row;
    ku_status status;
    int64_t ids[PAGE_MOST];
    const char *next = NULL, *last = NULL;
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row) {
        if (count == limit) {
            next = last;
            break;
        }
        ids[count++] = sqlite3_column_int64(statement, 0);
        if (count == limit) last = cursor_make(l->office, statement, 1);
    }
    sqlite3_finalize(statement);
    KU_TRY(status);
    page->items = ku_office_hold(l->office, json_array());
    page->next = next;
    for (int i = 0; i < count; i++)
        KU_TRY(add_item(l->office, l->entity, ids[i], page->items, err));
    return KU_OK;
}

static ku_status list_with(listing *l, ku_page *page, ku_error *err)
{
    sqlite3_stmt *statement;
    const ku_query *query = l->query;
    bool words = query->words != NULL && *query->words != '\0';
    l->by_words = words && (query->sort == NULL || *query->sort == '\0') &&
                  ku_row_searched(l->entity);
    if (l->by_words) l->order = (list_order){.column = "id", .collate = "", .down = true};
    ku_text_addf(&l->sql, "SELECT r.id, r.%s", l->order.column);
    KU_TRY(add_conditions(l, true, err));
    if (l->by_words)
        ku_text_add(&l->sql, " ORDER BY w.rowid DESC");
    else
        ku_text_addf(&l->sql, " ORDER BY r.%s%s%s, r.id%s", l->order.column, l->order.collate,
                     l->order.down ? " DESC" : "", l->order.down ? " DESC" : "");
    ku_text_addf(&l->sql, " LIMIT %d", page_size(query) + 1);
    KU_TRY(prepare_listing(l, &statement, err));
    return read_page(l, statement, page, err);
}

static ku_status may_ask(ku_office *office, const ku_entity *entity, unsigned action, ku_error *err)
{
    return ku_authorize_or_refuse(office->actor, entity, action != 0 ? action : KU_SEE, NULL, NULL,
                                  office->arena, err);
}

ku_status ku_records_list(ku_office *office, const ku_entity *entity, const ku_query *query,
                          ku_page *page, ku_error *err)
{
    listing l = {.office = office, .entity = entity, .query = query};
    KU_TRY(may_ask(office, entity, query->action, err));
    KU_TRY(find_order(entity, query, &l.order, err));
    ku_status status = list_with(&l, page, err);
    ku_text_clear(&l.sql);
    return status;
}

static ku_status count_with(listing *l, int64_t *count, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_text_add(&l->sql, "SELECT count(*) FROM (SELECT 1");
    KU_TRY(add_conditions(l, false, err));
    ku_text_addf(&l->sql, " LIMIT %d)", COUNT_MOST + 1);
    KU_TRY(prepare_listing(l, &statement, err));
    KU_TRY(ku_sql_step(&statement, &row, err));
    *count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return KU_OK;
}

ku_status ku_records_count(ku_office *office, const ku_entity *entity, const ku_query *query,
                           int64_t *count, bool *more, ku_error *err)
{
    listing l = {.office = office, .entity = entity, .query = query};
    KU_TRY(may_ask(office, entity, query->action, err));
    ku_status status = count_with(&l, count, err);
    ku_text_clear(&l.sql);
    KU_TRY(status);
    *more = *count > COUNT_MOST;
    if (*more) *count = COUNT_MOST;
    return KU_OK;
}

/* ---- one record ----------------------------------------------------------------------------------------- */

static ku_status write_reading(ku_office *office, const ku_entity *entity, const ku_row *row,
                               ku_error *err)
{
    if (row->standing.secrecy != KU_CLASS_SECRET) return KU_OK;
    if (!office->writing)
        return ku_error_set(err, KU_FAULT, entity->name,
                            "a secret record is read within a transaction that can log it");
    ku_event event = {.action = "read", .entity = entity->name, .record = row->standing.id};
    return ku_event_add(office->workspace, office->db, office->actor, &event, NULL, err);
}

ku_status ku_record_get(ku_office *office, const ku_entity *entity, int64_t id, json_t **record,
                        ku_error *err)
{
    ku_row row;
    json_t *view;
    KU_TRY(ku_row_load(office, entity, id, &row, err));
    KU_TRY(ku_rule_check(office, entity, KU_SEE, &row.standing, row.values, NULL, err));
    KU_TRY(write_reading(office, entity, &row, err));
    KU_TRY(ku_view_record(office, entity, id, row.values, &row.standing, false, &view, err));
    *record = ku_office_hold(office, view);
    return ku_moves_add(office, entity, &row, view, err);
}
