/* row.c - whole records in their tables. SQL is made from names in descriptors only; values
 * are always bound.
 *
 * A record's hash is over its row as it is stored, sealed values in their sealed form: the
 * log's hashes then tell nothing about a person once their key is destroyed. */
#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "office/store_internal.h"
#include "workspace/sql.h"

enum { FIXED_COLUMNS = 5 }; /* id, version, state, created, changed */

static size_t field_count(const ku_entity *entity)
{
    size_t count = 0;
    while (entity->fields[count].name != NULL) count++;
    return count;
}

/* ---- what counts for authority ------------------------------------------------------------- */

static int64_t reference(const char *field, int64_t id, const json_t *values)
{
    if (field == NULL) return 0;
    if (strcmp(field, "id") == 0) return id;
    return json_integer_value(json_object_get(values, field));
}

int64_t ku_row_subject(const ku_entity *entity, int64_t id, const json_t *values)
{
    return reference(entity->subject, id, values);
}

void ku_row_standing(const ku_entity *entity, int64_t id, const json_t *values,
                     ku_standing *standing)
{
    *standing = (ku_standing){
        .id = id,
        .owner = reference(entity->owner, id, values),
        .unit = reference(entity->unit, id, values),
        .secrecy = entity->fixed_secrecy,
        .state = json_string_value(json_object_get(values, "state")),
    };
    if (entity->secrecy == NULL) return;
    const char *own = json_string_value(json_object_get(values, entity->secrecy));
    /* A record that does not say is treated as the most secret. */
    standing->secrecy = KU_CLASS_SECRET;
    if (own != NULL) ku_class_find(own, &standing->secrecy);
}

/* ---- reading ------------------------------------------------------------------------------------ */

static const char *select_sql(ku_office *office, const ku_entity *entity)
{
    ku_text sql = {0};
    ku_text_add(&sql, "SELECT id, version, state, created, changed");
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++)
        ku_text_addf(&sql, ", %s", f->name);
    ku_text_addf(&sql, " FROM %s WHERE id = ?1", entity->name);
    const char *kept = ku_arena_strdup(office->arena, ku_text_string(&sql));
    ku_text_clear(&sql);
    return kept;
}

/* Every column with its kind and length, so that no two rows give the same bytes. */
static void hash_column(ku_hash *hash, sqlite3_stmt *statement, int at)
{
    char head[64];
    int kind = sqlite3_column_type(statement, at);
    const void *bytes = kind == SQLITE_BLOB ? sqlite3_column_blob(statement, at)
                                            : sqlite3_column_text(statement, at);
    int length = sqlite3_column_bytes(statement, at);
    int size = snprintf(head, sizeof head, "%d:%d:%d:", at, kind, length);
    ku_hash_add(hash, head, (size_t)size);
    if (length > 0) ku_hash_add(hash, bytes, (size_t)length);
}

static const char *hash_row(ku_office *office, sqlite3_stmt *statement)
{
    ku_hash hash;
    char hex[KU_HASH_TEXT];
    ku_hash_init(&hash);
    for (int i = 0; i < sqlite3_column_count(statement); i++) hash_column(&hash, statement, i);
    ku_hash_finish(&hash, hex);
    return ku_arena_strdup(office->arena, hex);
}

static void add_fixed(json_t *values, sqlite3_stmt *statement)
{
    char text[KU_TIMESTAMP_TEXT];
    json_object_set_new(values, "id", json_integer(sqlite3_column_int64(statement, 0)));
    json_object_set_new(values, "version", json_integer(sqlite3_column_int64(statement, 1)));
    json_object_set_new(values, "state",
                        json_string((const char *)sqlite3_column_text(statement, 2)));
    ku_timestamp_format(sqlite3_column_int64(statement, 3), text);
    json_object_set_new(values, "created", json_string(text));
    ku_timestamp_format(sqlite3_column_int64(statement, 4), text);
    json_object_set_new(values, "changed", json_string(text));
}

/* Plain fields first: they tell whose key opens the sealed ones. */
static ku_status add_fields(ku_office *office, const ku_entity *entity, int64_t id,
                            sqlite3_stmt *statement, bool sealed, json_t *values, ku_error *err)
{
    int64_t subject = sealed ? ku_row_subject(entity, id, values) : 0;
    for (int i = 0; entity->fields[i].name != NULL; i++) {
        const ku_field_spec *field = &entity->fields[i];
        json_t *value;
        if (field->sealed != sealed) continue;
        KU_TRY(ku_value_column(office, statement, FIXED_COLUMNS + i, entity, field, id, subject,
                               &value, err));
        json_object_set_new(values, field->name, value);
    }
    return KU_OK;
}

static ku_status read_row(ku_office *office, const ku_entity *entity, int64_t id,
                          sqlite3_stmt *statement, ku_row *row, ku_error *err)
{
    *row = (ku_row){.values = ku_office_hold(office, json_object())};
    add_fixed(row->values, statement);
    row->version = sqlite3_column_int64(statement, 1);
    KU_TRY(add_fields(office, entity, id, statement, false, row->values, err));
    KU_TRY(add_fields(office, entity, id, statement, true, row->values, err));
    if (office->writing) row->hash = hash_row(office, statement); /* only changes tell it */
    ku_row_standing(entity, id, row->values, &row->standing);
    return KU_OK;
}

ku_status ku_row_load(ku_office *office, const ku_entity *entity, int64_t id, ku_row *row,
                      ku_error *err)
{
    bool there;
    sqlite3_stmt *statement = ku_office_take(office, entity, KEPT_ROW);
    if (statement == NULL)
        KU_TRY(ku_sql_prepare(office->db, &statement, err, select_sql(office, entity), ""));
    sqlite3_bind_int64(statement, 1, id);
    KU_TRY(ku_sql_step(&statement, &there, err));
    if (!there)
        return ku_error_set(err, KU_NOT_FOUND, entity->title,
                            "there is no such record (%" PRId64 "), or you may not see it", id);
    ku_status status = read_row(office, entity, id, statement, row, err);
    ku_office_give(office, entity, KEPT_ROW, statement);
    KU_TRY(status);
    return ku_rule_listed(office, entity, &row->standing, err);
}

ku_status ku_record_standing(ku_office *office, const ku_entity *entity, int64_t id,
                             ku_standing *standing, ku_error *err)
{
    ku_row row;
    KU_TRY(ku_row_load(office, entity, id, &row, err));
    *standing = row.standing;
    return KU_OK;
}

/* ---- writing ------------------------------------------------------------------------------------- */

/* Numbers are never given twice, not even after a removal: the log would speak of two
 * records by one. */
ku_status ku_row_new_id(ku_office *office, const ku_entity *entity, int64_t *id, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    const char *sql = ku_arena_printf(
        office->arena,
        "SELECT 1 + max(coalesce((SELECT max(id) FROM %s), 0),"
        " coalesce((SELECT max(record) FROM event WHERE entity = ?1), 0))",
        entity->name);
    KU_TRY(ku_sql_prepare(office->db, &statement, err, sql, "s", entity->name));
    KU_TRY(ku_sql_step(&statement, &row, err));
    *id = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return KU_OK;
}

static const char *store_sql(ku_office *office, const ku_entity *entity, bool insert)
{
    ku_text sql = {0};
    size_t count = field_count(entity);
    if (insert)
        ku_text_addf(&sql, "INSERT INTO %s (id, version, state, created, changed", entity->name);
    else
        ku_text_addf(&sql, "UPDATE %s SET version = ?2, state = ?3, created = ?4, changed = ?5",
                     entity->name);
    for (size_t i = 0; i < count; i++)
        ku_text_addf(&sql, insert ? ", %s" : ", %s = ?%zu", entity->fields[i].name,
                     FIXED_COLUMNS + i + 1);
    if (insert) {
        ku_text_add(&sql, ") VALUES (?1");
        for (size_t i = 1; i < FIXED_COLUMNS + count; i++) ku_text_addf(&sql, ", ?%zu", i + 1);
        ku_text_add(&sql, ")");
    } else
        ku_text_add(&sql, " WHERE id = ?1");
    const char *kept = ku_arena_strdup(office->arena, ku_text_string(&sql));
    ku_text_clear(&sql);
    return kept;
}

static ku_status check_unique(ku_office *office, const ku_entity *entity,
                              const ku_field_spec *field, int64_t id, const json_t *value,
                              ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    if (!field->unique || json_is_null(value)) return KU_OK;
    const char *sql = ku_arena_printf(office->arena, "SELECT 1 FROM %s WHERE %s = ?1 AND id <> ?2",
                                      entity->name, field->name);
    KU_TRY(ku_sql_prepare(office->db, &statement, err, sql, ""));
    ku_status status = ku_value_bind(office, statement, 1, entity, field, id, 0, value, err);
    sqlite3_bind_int64(statement, 2, id);
    if (status != KU_OK) {
        sqlite3_finalize(statement);
        return status;
    }
    KU_TRY(ku_sql_step(&statement, &row, err));
    sqlite3_finalize(statement);
    if (!row) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, field->name, "%s: another %s has it already",
                        field->label, entity->title);
}

static int64_t instant(const json_t *values, const char *name)
{
    int64_t micros = 0;
    const char *text = json_string_value(json_object_get(values, name));
    if (text != NULL) ku_timestamp_parse(text, strlen(text), KU_DATE_YMD, &micros, NULL);
    return micros;
}

static ku_status bind_row(ku_office *office, const ku_entity *entity, int64_t id,
                          const json_t *values, sqlite3_stmt *statement, ku_error *err)
{
    const char *state = json_string_value(json_object_get(values, "state"));
    int64_t subject = ku_row_subject(entity, id, values);
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, json_integer_value(json_object_get(values, "version")));
    sqlite3_bind_text(statement, 3, state != NULL ? state : "", -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 4, instant(values, "created"));
    sqlite3_bind_int64(statement, 5, instant(values, "changed"));
    for (int i = 0; entity->fields[i].name != NULL; i++) {
        const ku_field_spec *field = &entity->fields[i];
        KU_TRY(ku_value_bind(office, statement, FIXED_COLUMNS + i + 1, entity, field, id, subject,
                             json_object_get(values, field->name), err));
    }
    return KU_OK;
}

/* ---- words to be found by --------------------------------------------------------------------------- */

bool ku_row_searched(const ku_entity *entity)
{
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++)
        if (f->searched) return true;
    return false;
}

/* A secret record leaves no words in the index. */
static void words_of(const ku_entity *entity, int64_t id, const json_t *values, ku_text *words)
{
    ku_standing standing;
    ku_row_standing(entity, id, values, &standing);
    if (standing.secrecy == KU_CLASS_SECRET) return;
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++) {
        const char *text = json_string_value(json_object_get(values, f->name));
        if (f->searched && text != NULL) ku_text_addf(words, "%s\n", text);
    }
}

static ku_status store_words(ku_office *office, const ku_entity *entity, int64_t id,
                             const json_t *values, bool insert, ku_error *err)
{
    ku_text words = {0};
    if (!ku_row_searched(entity)) return KU_OK;
    words_of(entity, id, values, &words);
    const char *sql = ku_arena_printf(office->arena,
                                      insert ? "INSERT INTO %s_search (rowid, text) VALUES (?2, ?1)"
                                             : "UPDATE %s_search SET text = ?1 WHERE rowid = ?2",
                                      entity->name);
    ku_status status = ku_text_check(&words, err);
    if (status == KU_OK)
        status = ku_sql_run(office->db, err, sql, "si", ku_text_string(&words), id);
    ku_text_clear(&words);
    return status;
}

ku_status ku_row_store(ku_office *office, const ku_entity *entity, int64_t id, json_t *values,
                       bool insert, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++)
        KU_TRY(check_unique(office, entity, f, id, json_object_get(values, f->name), err));
    KU_TRY(ku_sql_prepare(office->db, &statement, err, store_sql(office, entity, insert), ""));
    ku_status status = bind_row(office, entity, id, values, statement, err);
    if (status != KU_OK) {
        sqlite3_finalize(statement);
        return status;
    }
    KU_TRY(ku_sql_step(&statement, &row, err));
    return store_words(office, entity, id, values, insert, err);
}
