/* deputies.c - absences and the orders by which others stand in. */
#include <string.h>

#include "base/date.h"
#include "office/organisation/organisation.h"
#include "workspace/sql.h"

enum { LONGEST = 366 }; /* days; who stands in for longer is to be assigned */

static const char *text(const json_t *values, const char *name)
{
    return json_string_value(json_object_get(values, name));
}

static int64_t number(const json_t *values, const char *name)
{
    return json_integer_value(json_object_get(values, name));
}

static int32_t day(const char *iso)
{
    int32_t days = 0;
    ku_date_parse(iso, strlen(iso), KU_DATE_YMD, &days, NULL);
    return days;
}

static ku_status check_days(const json_t *values, ku_error *err)
{
    int32_t from = day(text(values, "starts")), until = day(text(values, "ends"));
    if (until < from)
        return ku_error_set(err, KU_BAD_DATA, "ends", "Until: %s is before the first day, %s",
                            text(values, "ends"), text(values, "starts"));
    if (until - from < LONGEST) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, "ends", "Until: at most a year, found %d days",
                        until - from + 1);
}

/* ---- absences ----------------------------------------------------------------------------------- */

/* Whether one order in force, for all that the person's position may do or for its
 * decisions, spans all the days. */
static ku_status is_covered(ku_office *office, int64_t person, const char *starts, const char *ends,
                            bool *covered, ku_error *err)
{
    sqlite3_stmt *statement;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT 1 FROM delegation WHERE holder = ?1 AND state = 'active'"
                          " AND starts <= ?2 AND ends >= ?3 AND scope IN ('all', 'decide') LIMIT 1",
                          "iss", person, starts, ends));
    KU_TRY(ku_sql_step(&statement, covered, err));
    sqlite3_finalize(statement);
    return KU_OK;
}

ku_status ku_absence_check(ku_change *change, ku_error *err)
{
    int64_t position, unit, person = number(change->values, "person");
    const char *starts = text(change->values, "starts"), *ends = text(change->values, "ends");
    bool covered;
    KU_TRY(check_days(change->values, err));
    KU_TRY(ku_position_of(change->office, person, starts, &position, &unit, err));
    json_object_set_new(change->values, "unit", unit != 0 ? json_integer(unit) : json_null());
    KU_TRY(is_covered(change->office, person, starts, ends, &covered, err));
    json_object_set_new(change->values, "covered", json_boolean(covered));
    return KU_OK;
}

static ku_status write_covered(ku_office *office, int64_t absence, bool covered, ku_error *err)
{
    json_t *values = json_pack("{s:b}", "covered", covered);
    ku_status status = ku_workflow_write(office, ku_entity_find("absence"), absence,
                                         covered ? "covered" : "not covered", values, NULL, err);
    json_decref(values);
    return status;
}

ku_status ku_absence_covered(ku_change *change, ku_error *err)
{
    bool covered;
    KU_TRY(is_covered(change->office, number(change->values, "person"),
                      text(change->values, "starts"), text(change->values, "ends"), &covered, err));
    if (covered == json_is_true(json_object_get(change->values, "covered"))) return KU_OK;
    return write_covered(change->office, change->id, covered, err);
}

/* After an order came into force or ended: the holder's absences again. */
static ku_status look_again(ku_office *office, int64_t holder, ku_error *err)
{
    enum { MOST = 100 };
    int64_t ids[MOST];
    int count = 0;
    sqlite3_stmt *statement;
    bool row;
    ku_status status;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT id FROM absence WHERE person = ?1 AND ends >= ?2"
                          " AND state IN ('asked', 'agreed') ORDER BY starts LIMIT 100",
                          "is", holder, ku_office_today(office)));
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row)
        ids[count++] = sqlite3_column_int64(statement, 0);
    KU_TRY(status);
    for (int i = 0; i < count; i++) {
        json_t *absence;
        bool covered;
        KU_TRY(ku_workflow_read(office, ku_entity_find("absence"), ids[i], &absence, err));
        KU_TRY(is_covered(office, holder, text(absence, "starts"), text(absence, "ends"), &covered,
                          err));
        if (covered != json_is_true(json_object_get(absence, "covered")))
            KU_TRY(write_covered(office, ids[i], covered, err));
    }
    return KU_OK;
}

/* ---- orders --------------------------------------------------------------------------------------- */

static ku_status holds(ku_office *office, int64_t person, int64_t position, const char *on,
                       bool *held, ku_error *err)
{
    sqlite3_stmt *statement;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT 1 FROM assignment WHERE person = ?1 AND position = ?2"
                          " AND starts <= ?3 AND (ends IS NULL OR ends >= ?3) LIMIT 1",
                          "iis", person, position, on));
    KU_TRY(ku_sql_step(&statement, held, err));
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status check_people(ku_office *office, const json_t *values, ku_error *err)
{
    bool held, with_us;
    sqlite3_stmt *statement;
    int64_t holder = number(values, "holder"), deputy = number(values, "deputy");
    if (holder == deputy)
        return ku_error_set(err, KU_BAD_DATA, "deputy", "Deputy: nobody stands in for themselves");
    KU_TRY(holds(office, holder, number(values, "position"), text(values, "starts"), &held, err));
    if (!held)
        return ku_error_set(err, KU_CONFLICT, "holder",
                            "Stands in for: this person does not hold the position on %s",
                            text(values, "starts"));
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT 1 FROM person WHERE id = ?1 AND state = 'active'", "i", deputy));
    KU_TRY(ku_sql_step(&statement, &with_us, err));
    sqlite3_finalize(statement);
    if (with_us) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "deputy", "Deputy: this person is not with the company");
}

static ku_status set_unit(ku_change *change, ku_error *err)
{
    json_t *position;
    KU_TRY(ku_workflow_read(change->office, ku_entity_find("position"),
                            number(change->values, "position"), &position, err));
    json_object_set(change->values, "unit", json_object_get(position, "unit"));
    return KU_OK;
}

ku_status ku_delegation_check(ku_change *change, ku_error *err)
{
    KU_TRY(set_unit(change, err));
    const char *state = text(change->values, "state");
    KU_TRY(check_days(change->values, err));
    if (change->before != NULL && state != NULL && strcmp(state, "draft") != 0)
        return ku_error_set(err, KU_CONFLICT, "state",
                            "a signed order is not changed; revoke it and write a new one");
    return check_people(change->office, change->values, err);
}

/* Asked again when it is signed and registered: much may have changed since it was drafted. */
ku_status ku_delegation_sound(ku_change *change, ku_error *err)
{
    if (strcmp(text(change->before, "ends"), ku_office_today(change->office)) < 0)
        return ku_error_set(err, KU_CONFLICT, "ends", "its last day, %s, is over",
                            text(change->before, "ends"));
    return check_people(change->office, change->before, err);
}

/* The numbers of a year run without gaps: D-2026-001, D-2026-002, ... */
static ku_status next_number(ku_office *office, const char **number, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    const char *year = ku_arena_strndup(office->arena, ku_office_today(office), 4);
    const char *like = ku_arena_printf(office->arena, "D-%s-%%", year);
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT coalesce(max(CAST(substr(number, 8) AS INTEGER)), 0) + 1"
                          " FROM delegation WHERE number LIKE ?1",
                          "s", like));
    KU_TRY(ku_sql_step(&statement, &row, err));
    *number = ku_arena_printf(office->arena, "D-%s-%03d", year, sqlite3_column_int(statement, 0));
    sqlite3_finalize(statement);
    return KU_OK;
}

ku_status ku_delegation_registered(ku_change *change, ku_error *err)
{
    const char *given;
    KU_TRY(next_number(change->office, &given, err));
    json_t *values = json_pack("{s:s}", "number", given);
    ku_status status = ku_workflow_write(change->office, change->entity, change->id, "number",
                                         values, NULL, err);
    json_decref(values);
    KU_TRY(status);
    return look_again(change->office, number(change->values, "holder"), err);
}

ku_status ku_delegation_ended(ku_change *change, ku_error *err)
{
    return look_again(change->office, number(change->values, "holder"), err);
}
