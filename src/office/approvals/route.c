/* route.c - the signing matrix: which positions sign a thing, and who could on a given day.
 *
 * A thing takes every rule of its kind whose band holds its amount and whose category and unit,
 * where the rule has one, fit. Rules of one place are asked side by side, places one after
 * the other. Who signs is always a position; the people are found on the day of signing: who
 * holds it, and who stands in by an order in force, within its scope and amount. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"
#include "office/approvals/approvals.h"
#include "office/organisation/organisation.h"
#include "workspace/sql.h"

const ku_choice ku_approval_kinds[] = {
    {"document", "Document"}, {"contract", "Contract"}, {"spend", "Spending"}, {.value = NULL}};

static const char rules_sql[] =
    "WITH RECURSIVE up(id) AS (SELECT ?4 UNION SELECT u.parent FROM org_unit u JOIN up"
    " ON up.id = u.id WHERE u.parent IS NOT NULL)"
    " SELECT r.place, r.needed, r.days, r.position, p.title FROM route_rule r"
    " JOIN position p ON p.id = r.position WHERE r.kind = ?1"
    " AND (r.category IS NULL OR r.category = ?2)"
    " AND (r.lowest IS NULL OR ?3 >= r.lowest) AND (r.highest IS NULL OR ?3 < r.highest)"
    " AND (r.unit IS NULL OR r.unit IN (SELECT id FROM up)) ORDER BY r.place, r.id";

/* Who holds the position on that day, then who stands in: by an order that reaches what is
 * signed and up to its amount, for one who does hold it. */
static const char people_sql[] =
    "SELECT p.id, p.name, NULL, NULL, NULL, NULL FROM assignment a JOIN person p ON p.id = a.person"
    " WHERE a.position = ?1 AND a.starts <= ?2 AND (a.ends IS NULL OR a.ends >= ?2)"
    " AND p.state = 'active'"
    " UNION ALL SELECT p.id, p.name, d.amount, d.number, h.name, d.ends FROM delegation d"
    " JOIN person p ON p.id = d.deputy JOIN person h ON h.id = d.holder"
    " WHERE d.position = ?1 AND d.state = 'active' AND d.starts <= ?2 AND d.ends >= ?2"
    " AND d.scope IN ('all', 'decide', ?3) AND (d.amount IS NULL OR ?4 <= d.amount)"
    " AND p.state = 'active' AND EXISTS (SELECT 1 FROM assignment a WHERE a.position = ?1"
    " AND a.person = d.holder AND a.starts <= ?2 AND (a.ends IS NULL OR a.ends >= ?2))";

static json_t *text_column(sqlite3_stmt *statement, int at)
{
    const char *text = (const char *)sqlite3_column_text(statement, at);
    return text != NULL ? json_string(text) : json_null();
}

static json_t *amount_column(sqlite3_stmt *statement, int at)
{
    if (sqlite3_column_type(statement, at) == SQLITE_NULL) return json_null();
    return json_integer(sqlite3_column_int64(statement, at));
}

static ku_status add_people(ku_office *office, const ku_signing *signing, int64_t position,
                            json_t *step, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_status status;
    json_t *people = json_array();
    json_object_set_new(step, "people", people);
    KU_TRY(ku_sql_prepare(office->db, &statement, err, people_sql, "issi", position, signing->date,
                          signing->kind, signing->has_amount ? signing->amount : 0));
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row)
        json_array_append_new(
            people, json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "person",
                              (json_int_t)sqlite3_column_int64(statement, 0), "name",
                              text_column(statement, 1), "up_to", amount_column(statement, 2),
                              "order", text_column(statement, 3), "stead",
                              text_column(statement, 4), "until", text_column(statement, 5)));
    KU_TRY(status);
    bool none = json_array_size(people) == 0;
    json_object_set_new(step, "gap",
                        none ? json_string("nobody holds this position or stands in for it")
                             : json_null());
    return KU_OK;
}

static ku_status read_rules(ku_office *office, const ku_signing *signing, json_t *route,
                            ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_status status;
    KU_TRY(ku_sql_prepare(office->db, &statement, err, rules_sql, "ssii", signing->kind,
                          signing->category, signing->has_amount ? signing->amount : 0,
                          signing->unit));
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row)
        json_array_append_new(route,
                              json_pack("{s:I, s:o, s:I, s:I, s:o}", "place",
                                        (json_int_t)sqlite3_column_int64(statement, 0), "needed",
                                        amount_column(statement, 1), "days",
                                        (json_int_t)sqlite3_column_int64(statement, 2), "position",
                                        (json_int_t)sqlite3_column_int64(statement, 3), "title",
                                        text_column(statement, 4)));
    return status;
}

ku_status ku_approval_route(ku_office *office, const ku_signing *signing, json_t **route,
                            ku_error *err)
{
    size_t at;
    json_t *step;
    *route = json_array();
    ku_status status = read_rules(office, signing, *route, err);
    json_array_foreach(*route, at, step)
    {
        if (status == KU_OK)
            status = add_people(office, signing,
                                json_integer_value(json_object_get(step, "position")), step, err);
    }
    if (status == KU_OK) return KU_OK;
    json_decref(*route);
    *route = NULL;
    return status;
}

/* ---- the matrix itself --------------------------------------------------------------------------- */

ku_status ku_route_rule_check(ku_change *change, ku_error *err)
{
    const json_t *low = json_object_get(change->values, "lowest");
    const json_t *high = json_object_get(change->values, "highest");
    if (!json_is_string(low) || !json_is_string(high)) return KU_OK;
    if (strtod(json_string_value(low), NULL) < strtod(json_string_value(high), NULL)) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, "highest", "Below: %s is not above %s",
                        json_string_value(high), json_string_value(low));
}

/* For each kind and each unit with lines of its own, and for what has no unit: the bands of the
 * first step from the lowest up. Where one ends before the next begins nobody signs; where
 * it ends after, two routes meet. */
static const char bands_sql[] =
    "WITH combination AS (SELECT DISTINCT kind, unit FROM route_rule"
    " UNION SELECT DISTINCT kind, NULL FROM route_rule)"
    " SELECT DISTINCT c.kind, coalesce(c.unit, 0), u.name, coalesce(r.lowest, 0),"
    " coalesce(r.highest, 9223372036854775807) FROM combination c JOIN route_rule r"
    " ON r.kind = c.kind AND (r.unit IS NULL OR r.unit IS c.unit) AND r.place ="
    " (SELECT min(place) FROM route_rule x WHERE x.kind = c.kind)"
    " LEFT JOIN org_unit u ON u.id = c.unit ORDER BY 1, 2, 4, 5";

static const char *kind_label(const char *kind)
{
    const ku_choice *choice = ku_approval_kinds;
    while (choice->value != NULL && strcmp(choice->value, kind) != 0) choice++;
    return choice->value != NULL ? choice->label : kind;
}

static void add_fault(json_t *faults, ku_office *office, const char *what, int64_t from, int64_t to,
                      const char *fault)
{
    const ku_currency *currency = ku_currency_find(
        ku_workspace_settings(office->workspace)->currency);
    ku_text text = {0};
    ku_text_addf(&text, "%s: %s from ", what, fault);
    ku_money_add_text(&text, (ku_money){from, currency});
    if (to != INT64_MAX) {
        ku_text_add(&text, " to ");
        ku_money_add_text(&text, (ku_money){to, currency});
    } else
        ku_text_add(&text, " up");
    json_array_append_new(faults, json_string(ku_text_string(&text)));
    ku_text_clear(&text);
}

static const char *what_of(ku_office *office, sqlite3_stmt *statement)
{
    const char *unit = (const char *)sqlite3_column_text(statement, 2);
    return ku_arena_printf(office->arena, "%s of %s",
                           kind_label((const char *)sqlite3_column_text(statement, 0)),
                           unit != NULL ? unit : "units without lines of their own");
}

ku_status ku_approval_matrix_faults(ku_office *office, json_t **faults, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_status status;
    const char *before = NULL;
    int64_t end = INT64_MAX;
    *faults = json_array();
    KU_TRY(ku_sql_prepare(office->db, &statement, err, bands_sql, ""));
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row) {
        const char *what = what_of(office, statement);
        int64_t low = sqlite3_column_int64(statement, 3), high = sqlite3_column_int64(statement, 4);
        bool first = before == NULL || strcmp(what, before) != 0;
        if (first && end != INT64_MAX)
            add_fault(*faults, office, before, end, INT64_MAX, "nobody signs");
        if (first) end = 0;
        if (low > end) add_fault(*faults, office, what, end, low, "nobody signs");
        if (!first && low < end)
            add_fault(*faults, office, what, low, end < high ? end : high, "two routes meet");
        end = high;
        before = what;
    }
    if (status == KU_OK && end != INT64_MAX)
        add_fault(*faults, office, before, end, INT64_MAX, "nobody signs");
    return status;
}
