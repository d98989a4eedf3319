/* value.c - one field's value: as JSON, as text, in the database.
 *
 * Canonical JSON of a value, whatever it came as:
 *     TEXT LONG CHOICE DATE   string        BOOL   true, false
 *     INT REF                 integer       REAL   real
 *     TIME    "2026-11-24T09:00:00Z"        MONEY  "1234.50", the currency's decimals
 * and null for none. Files and forms give texts; they are read by the field's kind. */
#include <inttypes.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "access/keys.h"
#include "base/date.h"
#include "base/money.h"
#include "base/number.h"
#include "office/store_internal.h"
#include "workspace/sql.h"

enum { TEXT_MAX = 200, LONG_MAX_ = 20000 };

static ku_status wrong(const ku_field_spec *field, const char *found, const char *expected,
                       ku_error *err)
{
    return ku_error_set(err, KU_BAD_DATA, field->name, "%s: expected %s, found %s", field->label,
                        expected, found);
}

static const char *kind_of(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "yes or no";
    case JSON_NULL:
        break;
    }
    return "nothing";
}

/* ---- texts ------------------------------------------------------------------------------- */

static ku_status check_text(const ku_field_spec *field, const char *text, size_t length,
                            json_t **out, ku_error *err)
{
    bool lines = field->type == KU_FIELD_LONG;
    size_t most = field->max > 0 ? (size_t)field->max : lines ? LONG_MAX_ : TEXT_MAX;
    size_t count = ku_utf8_count(text, length);
    if (count > most)
        return ku_error_set(err, KU_BAD_DATA, field->name, "%s: at most %zu characters, found %zu",
                            field->label, most, count);
    if (field->min > 0 && count < (size_t)field->min)
        return ku_error_set(err, KU_BAD_DATA, field->name,
                            "%s: at least %.0f characters, found %zu", field->label, field->min,
                            count);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        bool allowed = c >= 0x20 ? c != 0x7f : lines && (c == '\n' || c == '\t' || c == '\r');
        if (!allowed) return wrong(field, "a control character", lines ? "text" : "one line", err);
    }
    *out = json_stringn(text, length);
    return KU_OK;
}

static ku_status check_choice(const ku_field_spec *field, const char *text, json_t **out,
                              ku_error *err)
{
    ku_text all = {0};
    for (const ku_choice *c = field->choices; c->value != NULL; c++) {
        if (strcmp(c->value, text) == 0 || ku_text_fold_equal(c->label, text)) {
            ku_text_clear(&all);
            *out = json_string(c->value);
            return KU_OK;
        }
        ku_text_addf(&all, "%s%s", all.length > 0 ? ", " : "", c->value);
    }
    ku_status status = ku_error_set(err, KU_BAD_DATA, field->name,
                                    "%s: expected one of %s, found \"%.60s\"", field->label,
                                    ku_text_string(&all), text);
    ku_text_clear(&all);
    return status;
}

/* ---- numbers, dates, money --------------------------------------------------------------- */

static ku_status check_limits(const ku_field_spec *field, double value, ku_error *err)
{
    if (field->min == 0 && field->max == 0) return KU_OK;
    if (value >= field->min && value <= field->max) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, field->name, "%s: expected %g to %g, found %g",
                        field->label, field->min, field->max, value);
}

static ku_status check_date(const ku_field_spec *field, const char *text, json_t **out,
                            ku_error *err)
{
    int32_t days;
    char iso[KU_DATE_TEXT];
    if (ku_date_parse(text, strlen(text), KU_DATE_YMD, &days, NULL) != KU_OK)
        return ku_error_set(err, KU_BAD_DATA, field->name,
                            "%s: expected a date such as 2026-11-24, found \"%.40s\"", field->label,
                            text);
    *out = json_string(ku_date_format(days, iso));
    return KU_OK;
}

static ku_status check_time(const ku_field_spec *field, const char *text, json_t **out,
                            ku_error *err)
{
    int64_t micros;
    char iso[KU_TIMESTAMP_TEXT];
    if (ku_timestamp_parse(text, strlen(text), KU_DATE_YMD, &micros, NULL) != KU_OK)
        return ku_error_set(err, KU_BAD_DATA, field->name,
                            "%s: expected a time such as 2026-11-24T09:00:00Z, found \"%.40s\"",
                            field->label, text);
    *out = json_string(ku_timestamp_format(micros, iso));
    return KU_OK;
}

static const ku_currency *currency_of(const ku_office *office)
{
    return ku_currency_find(ku_workspace_settings(office->workspace)->currency);
}

static json_t *money_json(int64_t minor, const ku_currency *currency)
{
    int64_t scale = 1;
    char text[40];
    for (int i = 0; i < currency->digits; i++) scale *= 10;
    uint64_t size = minor < 0 ? -(uint64_t)minor : (uint64_t)minor;
    if (currency->digits == 0)
        snprintf(text, sizeof text, "%s%" PRIu64, minor < 0 ? "-" : "", size);
    else
        snprintf(text, sizeof text, "%s%" PRIu64 ".%0*" PRIu64, minor < 0 ? "-" : "",
                 size / (uint64_t)scale, currency->digits, size % (uint64_t)scale);
    return json_string(text);
}

static ku_status check_money(ku_office *office, const ku_field_spec *field, const char *text,
                             json_t **out, ku_error *err)
{
    ku_money money;
    ku_error why = {0};
    const ku_currency *currency = currency_of(office);
    if (ku_money_parse(text, strlen(text), '.', currency, &money, &why) != KU_OK)
        return ku_error_set(err, KU_BAD_DATA, field->name, "%s: %s", field->label, why.message);
    KU_TRY(check_limits(field, ku_money_to_double(money), err));
    *out = money_json(money.minor, currency);
    return KU_OK;
}

static ku_status check_whole(const ku_field_spec *field, int64_t value, json_t **out, ku_error *err)
{
    KU_TRY(check_limits(field, (double)value, err));
    *out = json_integer(value);
    return KU_OK;
}

static ku_status check_real(const ku_field_spec *field, double value, json_t **out, ku_error *err)
{
    if (!isfinite(value)) return wrong(field, "no finite number", "a number", err);
    KU_TRY(check_limits(field, value, err));
    *out = json_real(value);
    return KU_OK;
}

/* ---- references --------------------------------------------------------------------------- */

/* The other record must be there, and the actor must be allowed to know it. */
static ku_status check_reference(ku_office *office, const ku_field_spec *field, int64_t id,
                                 json_t **out, ku_error *err)
{
    const ku_entity *target = ku_entity_find(field->target);
    ku_standing standing;
    ku_error why = {0};
    ku_status status = ku_record_standing(office, target, id, &standing, &why);
    if (status == KU_OK)
        status = ku_rule_check(office, target, KU_SEE, &standing, NULL, NULL, &why);
    if (status == KU_NOT_FOUND || status == KU_NOT_ALLOWED)
        return ku_error_set(err, KU_BAD_DATA, field->name, "%s: there is no such %s", field->label,
                            target->title);
    if (status != KU_OK) {
        if (err != NULL) *err = why;
        return status;
    }
    *out = json_integer(id);
    return KU_OK;
}

/* Files name the other record as people do: by what it is called. */
static ku_status find_by_label(ku_office *office, const ku_field_spec *field, const char *text,
                               int64_t *id, ku_error *err)
{
    const ku_entity *target = ku_entity_find(field->target);
    sqlite3_stmt *statement;
    bool row;
    char *sql = ku_arena_printf(office->arena,
                                "SELECT id FROM %s WHERE %s = ?1 COLLATE NOCASE LIMIT 2",
                                target->name, target->label);
    KU_TRY(ku_sql_prepare(office->db, &statement, err, sql, "s", text));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row)
        return ku_error_set(err, KU_BAD_DATA, field->name, "%s: there is no %s \"%.60s\"",
                            field->label, target->title, text);
    *id = sqlite3_column_int64(statement, 0);
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    sqlite3_finalize(statement);
    return ku_error_set(err, KU_BAD_DATA, field->name,
                        "%s: there is more than one %s \"%.60s\"; give its number", field->label,
                        target->title, text);
}

/* ---- one value ------------------------------------------------------------------------------ */

static ku_status check_from_text(ku_office *office, const ku_field_spec *field, const char *text,
                                 size_t length, json_t **out, ku_error *err)
{
    int64_t whole;
    double real;
    switch (field->type) {
    case KU_FIELD_TEXT:
    case KU_FIELD_LONG:
        return check_text(field, text, length, out, err);
    case KU_FIELD_CHOICE:
        return check_choice(field, text, out, err);
    case KU_FIELD_DATE:
        return check_date(field, text, out, err);
    case KU_FIELD_TIME:
        return check_time(field, text, out, err);
    case KU_FIELD_MONEY:
        return check_money(office, field, text, out, err);
    case KU_FIELD_INT:
        if (ku_parse_int(text, length, &whole, NULL) != KU_OK)
            return wrong(field, "a text", "a whole number", err);
        return check_whole(field, whole, out, err);
    case KU_FIELD_REAL:
        if (ku_parse_double(text, length, '.', &real, NULL) != KU_OK)
            return wrong(field, "a text", "a number", err);
        return check_real(field, real, out, err);
    case KU_FIELD_BOOL:
        if (!ku_text_fold_equal(text, "true") && !ku_text_fold_equal(text, "yes") &&
            !ku_text_fold_equal(text, "false") && !ku_text_fold_equal(text, "no"))
            return wrong(field, "a text", "yes or no", err);
        *out = json_boolean(ku_char_lower(text[0]) == 't' || ku_char_lower(text[0]) == 'y');
        return KU_OK;
    case KU_FIELD_REF:
        if (ku_parse_int(text, length, &whole, NULL) != KU_OK)
            KU_TRY(find_by_label(office, field, text, &whole, err));
        return check_reference(office, field, whole, out, err);
    case KU_FIELD_COUNT:
        break;
    }
    return ku_error_set(err, KU_FAULT, field->name, "a field of no kind");
}

ku_status ku_value_check(ku_office *office, const ku_field_spec *field, const json_t *in,
                         json_t **out, ku_error *err)
{
    *out = NULL;
    if (json_is_null(in)) {
        *out = json_null();
        return KU_OK;
    }
    if (json_is_string(in)) {
        ku_span text = ku_text_trim(json_string_value(in), json_string_length(in));
        if (text.length == 0) {
            *out = json_null();
            return KU_OK;
        }
        if (memchr(text.at, '\0', text.length) != NULL)
            return wrong(field, "a zero byte", "text", err);
        const char *copy = ku_arena_strndup(office->arena, text.at, text.length);
        return check_from_text(office, field, copy, text.length, out, err);
    }
    if (field->type == KU_FIELD_INT && json_is_integer(in))
        return check_whole(field, json_integer_value(in), out, err);
    if (field->type == KU_FIELD_REF && json_is_integer(in))
        return check_reference(office, field, json_integer_value(in), out, err);
    if (field->type == KU_FIELD_REAL && json_is_number(in))
        return check_real(field, json_number_value(in), out, err);
    if (field->type == KU_FIELD_BOOL && json_is_boolean(in)) {
        *out = json_boolean(json_is_true(in));
        return KU_OK;
    }
    static const char *const expected[KU_FIELD_COUNT] = {"a text",
                                                         "a text",
                                                         "a whole number",
                                                         "a number",
                                                         "yes or no",
                                                         "a date",
                                                         "a time",
                                                         "one of its choices",
                                                         "the number of a record",
                                                         "an amount as a text such as \"1234.50\""};
    return wrong(field, kind_of(in), expected[field->type], err);
}

ku_status ku_value_fallback(ku_office *office, const ku_field_spec *field, json_t **out,
                            ku_error *err)
{
    const char *text = field->fallback;
    char buffer[KU_TIMESTAMP_TEXT];
    if (text == NULL) {
        *out = json_null();
        return KU_OK;
    }
    if (field->type == KU_FIELD_REF && strcmp(text, "me") == 0) {
        *out = office->actor->person != 0 ? json_integer(office->actor->person) : json_null();
        return KU_OK;
    }
    if (field->type == KU_FIELD_DATE && strcmp(text, "today") == 0)
        text = ku_date_format(ku_date_of(office->now), buffer);
    if (field->type == KU_FIELD_TIME && strcmp(text, "now") == 0)
        text = ku_timestamp_format(office->now, buffer);
    return check_from_text(office, field, text, strlen(text), out, err);
}

/* ---- in the database ---------------------------------------------------------------------------- */

static const char *about(ku_office *office, const ku_entity *entity, const ku_field_spec *field,
                         int64_t id)
{
    return ku_arena_printf(office->arena, "%s.%s:%" PRId64, entity->name, field->name, id);
}

static ku_status bind_sealed(ku_office *office, sqlite3_stmt *statement, int at, const char *about,
                             int64_t subject, const json_t *value, ku_error *err)
{
    ku_text plain = {0};
    void *sealed;
    size_t length;
    ku_json_dump(value, &plain);
    ku_status status = ku_text_check(&plain, err);
    if (status == KU_OK)
        status = ku_seal(office->workspace, office->db, subject, about, plain.bytes, plain.length,
                         office->arena, &sealed, &length, err);
    if (plain.bytes != NULL) sodium_memzero(plain.bytes, plain.length);
    ku_text_clear(&plain);
    KU_TRY(status);
    if (sqlite3_bind_blob64(statement, at, sealed, length, SQLITE_TRANSIENT) != SQLITE_OK)
        return ku_sql_error(office->db, err, "writing a sealed value");
    return KU_OK;
}

static int64_t money_minor(ku_office *office, const char *text)
{
    ku_money money = {0};
    ku_money_parse(text, strlen(text), '.', currency_of(office), &money, NULL);
    return money.minor;
}

static int64_t time_micros(const char *text)
{
    int64_t micros = 0;
    ku_timestamp_parse(text, strlen(text), KU_DATE_YMD, &micros, NULL);
    return micros;
}

static int bind_plain(ku_office *office, sqlite3_stmt *statement, int at,
                      const ku_field_spec *field, const json_t *value)
{
    const char *text = json_string_value(value);
    switch (field->type) {
    case KU_FIELD_INT:
    case KU_FIELD_REF:
        return sqlite3_bind_int64(statement, at, json_integer_value(value));
    case KU_FIELD_REAL:
        return sqlite3_bind_double(statement, at, json_number_value(value));
    case KU_FIELD_BOOL:
        return sqlite3_bind_int(statement, at, json_is_true(value));
    case KU_FIELD_TIME:
        return sqlite3_bind_int64(statement, at, time_micros(text));
    case KU_FIELD_MONEY:
        return sqlite3_bind_int64(statement, at, money_minor(office, text));
    default:
        return sqlite3_bind_text(statement, at, text, (int)json_string_length(value),
                                 SQLITE_TRANSIENT);
    }
}

ku_status ku_value_bind(ku_office *office, sqlite3_stmt *statement, int at, const ku_entity *entity,
                        const ku_field_spec *field, int64_t id, int64_t subject,
                        const json_t *value, ku_error *err)
{
    if (value == NULL || json_is_null(value)) {
        sqlite3_bind_null(statement, at);
        return KU_OK;
    }
    if (field->sealed)
        return bind_sealed(office, statement, at, about(office, entity, field, id), subject, value,
                           err);
    if (bind_plain(office, statement, at, field, value) == SQLITE_OK) return KU_OK;
    return ku_sql_error(office->db, err, "writing a value");
}

ku_status ku_value_bind_text(ku_office *office, sqlite3_stmt *statement, int at,
                             const ku_field_spec *field, const char *text, ku_error *err)
{
    json_t *value = NULL, *in = json_string(text);
    ku_status status = KU_OK;
    if (field->type == KU_FIELD_TEXT || field->type == KU_FIELD_LONG)
        value = json_incref(in);
    else if (field->type == KU_FIELD_REF) { /* no need that it is there: then there is nothing */
        int64_t id;
        status = strcmp(text, "me") == 0 ? (id = office->actor->person, KU_OK)
                                         : ku_parse_int(text, strlen(text), &id, err);
        if (status == KU_OK) value = json_integer(id);
    } else
        status = ku_value_check(office, field, in, &value, err);
    if (status == KU_OK && json_is_null(value))
        status = wrong(field, "nothing", "a value to compare with", err);
    if (status == KU_OK && bind_plain(office, statement, at, field, value) != SQLITE_OK)
        status = ku_sql_error(office->db, err, "comparing");
    json_decref(in);
    json_decref(value);
    return status;
}

static ku_status open_sealed(ku_office *office, sqlite3_stmt *statement, int at, const char *about,
                             int64_t subject, json_t **value, ku_error *err)
{
    void *plain;
    size_t length;
    const void *sealed = sqlite3_column_blob(statement, at);
    ku_status status = ku_unseal(office->workspace, office->db, subject, about, sealed,
                                 (size_t)sqlite3_column_bytes(statement, at), office->arena, &plain,
                                 &length, err);
    if (status == KU_NOT_FOUND) {
        *value = json_null();
        return KU_OK;
    }
    KU_TRY(status);
    *value = json_loadb(plain, length, JSON_DECODE_ANY, NULL);
    if (*value != NULL) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, about, "the sealed value is damaged; restore a backup");
}

ku_status ku_value_column(ku_office *office, sqlite3_stmt *statement, int at,
                          const ku_entity *entity, const ku_field_spec *field, int64_t id,
                          int64_t subject, json_t **value, ku_error *err)
{
    char buffer[KU_TIMESTAMP_TEXT];
    if (sqlite3_column_type(statement, at) == SQLITE_NULL) {
        *value = json_null();
        return KU_OK;
    }
    if (field->sealed)
        return open_sealed(office, statement, at, about(office, entity, field, id), subject, value,
                           err);
    switch (field->type) {
    case KU_FIELD_INT:
    case KU_FIELD_REF:
        *value = json_integer(sqlite3_column_int64(statement, at));
        break;
    case KU_FIELD_REAL:
        *value = json_real(sqlite3_column_double(statement, at));
        break;
    case KU_FIELD_BOOL:
        *value = json_boolean(sqlite3_column_int(statement, at) != 0);
        break;
    case KU_FIELD_TIME:
        *value = json_string(ku_timestamp_format(sqlite3_column_int64(statement, at), buffer));
        break;
    case KU_FIELD_MONEY:
        *value = money_json(sqlite3_column_int64(statement, at), currency_of(office));
        break;
    default:
        *value = json_stringn((const char *)sqlite3_column_text(statement, at),
                              (size_t)sqlite3_column_bytes(statement, at));
        break;
    }
    if (*value != NULL) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, about(office, entity, field, id),
                        "the stored text is damaged; restore a backup");
}
