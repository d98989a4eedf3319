/* staffing.c - units, positions, duties and who holds what. */
#include <math.h>
#include <string.h>

#include "base/date.h"
#include "office/organisation/organisation.h"
#include "workspace/sql.h"

/* ---- small questions --------------------------------------------------------------------------- */

const char *ku_office_today(const ku_office *office)
{
    char text[KU_DATE_TEXT];
    return ku_arena_strdup(office->arena, ku_date_format(ku_date_of(office->now), text));
}

/* The one number a statement gives; 0 when it gives none. */
static ku_status ask(ku_office *office, double *number, ku_error *err, const char *sql,
                     int64_t first, int64_t second, const char *text)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(office->db, &statement, err, sql, "iis", first, second, text));
    KU_TRY(ku_sql_step(&statement, &row, err));
    *number = row ? sqlite3_column_double(statement, 0) : 0;
    sqlite3_finalize(statement);
    return KU_OK;
}

ku_status ku_org_within(ku_office *office, int64_t unit, int64_t within, bool *answer,
                        ku_error *err)
{
    double found;
    KU_TRY(ask(office, &found, err,
               "WITH RECURSIVE up(id) AS (SELECT ?2 UNION SELECT u.parent FROM org_unit u"
               " JOIN up ON up.id = u.id WHERE u.parent IS NOT NULL)"
               " SELECT count(*) FROM up WHERE id = ?1 AND ?3 IS NULL",
               unit, within, NULL));
    *answer = found > 0;
    return KU_OK;
}

ku_status ku_position_under(ku_office *office, int64_t position, int64_t above, bool *answer,
                            ku_error *err)
{
    double found;
    KU_TRY(ask(office, &found, err,
               "WITH RECURSIVE up(id) AS (SELECT ?2 UNION SELECT p.reports_to FROM position p"
               " JOIN up ON up.id = p.id WHERE p.reports_to IS NOT NULL)"
               " SELECT count(*) FROM up WHERE id = ?1 AND ?3 IS NULL",
               position, above, NULL));
    *answer = found > 0;
    return KU_OK;
}

ku_status ku_position_of(ku_office *office, int64_t person, const char *day, int64_t *position,
                         int64_t *unit, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    *position = *unit = 0;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT p.id, p.unit FROM assignment a JOIN position p"
                          " ON p.id = a.position WHERE a.person = ?1 AND a.starts <= ?2"
                          " AND (a.ends IS NULL OR a.ends >= ?2)"
                          " ORDER BY a.acting, a.share DESC, a.id LIMIT 1",
                          "is", person, day));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    *position = sqlite3_column_int64(statement, 0);
    *unit = sqlite3_column_int64(statement, 1);
    sqlite3_finalize(statement);
    return KU_OK;
}

ku_status ku_person_name(ku_office *office, int64_t person, const char **name, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    *name = NULL;
    KU_TRY(ku_sql_prepare(office->db, &statement, err, "SELECT name FROM person WHERE id = ?1", "i",
                          person));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (row) *name = ku_sql_text(statement, 0, office->arena);
    sqlite3_finalize(statement);
    return KU_OK;
}

/* ---- closing ------------------------------------------------------------------------------------- */

ku_status ku_org_unit_empty(ku_change *change, ku_error *err)
{
    double units, positions;
    KU_TRY(ask(change->office, &units, err,
               "SELECT count(*) FROM org_unit WHERE parent = ?1 AND state = 'active'"
               " AND ?2 = 0 AND ?3 IS NULL",
               change->id, 0, NULL));
    KU_TRY(ask(change->office, &positions, err,
               "SELECT count(*) FROM position WHERE unit = ?1 AND state = 'active'"
               " AND ?2 = 0 AND ?3 IS NULL",
               change->id, 0, NULL));
    if (units == 0 && positions == 0) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "state",
                        "it still has %.0f units and %.0f positions; close them first", units,
                        positions);
}

ku_status ku_position_vacant(ku_change *change, ku_error *err)
{
    double holders;
    KU_TRY(ask(change->office, &holders, err,
               "SELECT count(*) FROM assignment WHERE position = ?1 AND ?2 = 0"
               " AND (ends IS NULL OR ends >= ?3)",
               change->id, 0, ku_office_today(change->office)));
    if (holders == 0) return KU_OK;
    if (holders == 1)
        return ku_error_set(err, KU_CONFLICT, "state",
                            "one person holds it; end the assignment first");
    return ku_error_set(err, KU_CONFLICT, "state",
                        "%.0f people hold it; end their assignments first", holders);
}

/* ---- leaving --------------------------------------------------------------------------------------- */

/* The assignments that have not ended end today, each with its own event. */
static ku_status end_assignments(ku_office *office, int64_t person, ku_error *err)
{
    const char *today = ku_office_today(office);
    for (;;) {
        double id;
        KU_TRY(ask(office, &id, err,
                   "SELECT id FROM assignment WHERE person = ?1 AND ?2 = 0"
                   " AND (ends IS NULL OR ends > ?3) AND starts <= ?3 LIMIT 1",
                   person, 0, today));
        if (id == 0) return KU_OK;
        json_t *values = json_pack("{s:s}", "ends", today);
        ku_status status = ku_workflow_write(office, ku_entity_find("assignment"), (int64_t)id,
                                             "end", values, "the person has left", err);
        json_decref(values);
        KU_TRY(status);
    }
}

ku_status ku_person_left(ku_change *change, ku_error *err)
{
    ku_office *office = change->office;
    KU_TRY(end_assignments(office, change->id, err));
    KU_TRY(ku_sql_run(office->db, err,
                      "UPDATE user_session SET revoked = ?2 WHERE revoked IS NULL AND user IN"
                      " (SELECT id FROM app_user WHERE person = ?1)",
                      "ii", change->id, office->now));
    return ku_sql_run(office->db, err,
                      "UPDATE app_user SET state = 'locked', version = version + 1, changed = ?2"
                      " WHERE person = ?1 AND state <> 'locked'",
                      "ii", change->id, office->now);
}

/* ---- duties ------------------------------------------------------------------------------------------ */

ku_status ku_duty_weights(ku_change *change, ku_error *err)
{
    double others, own = json_number_value(json_object_get(change->values, "weight"));
    int64_t position = json_integer_value(json_object_get(change->values, "position"));
    KU_TRY(ask(change->office, &others, err,
               "SELECT coalesce(sum(weight), 0) FROM duty WHERE position = ?1 AND id <> ?2"
               " AND ?3 IS NULL",
               position, change->id, NULL));
    if (others + own <= 1 + 1e-9) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, "weight",
                        "Weight: the position's other duties take %.0f %% already; at most %.0f %% "
                        "is left",
                        100 * others, 100 * fmax(0, 1 - others));
}

/* ---- assignments ---------------------------------------------------------------------------------------- */

static ku_status check_order(const json_t *values, ku_error *err)
{
    const char *starts = json_string_value(json_object_get(values, "starts"));
    const char *ends = json_string_value(json_object_get(values, "ends"));
    if (ends == NULL || strcmp(starts, ends) <= 0) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, "ends", "Until: %s is before the first day, %s", ends,
                        starts);
}

static ku_status check_share(ku_change *change, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    const json_t *v = change->values;
    KU_TRY(ku_sql_prepare(
        change->office->db, &statement, err,
        "SELECT coalesce(sum(share), 0) FROM assignment WHERE person = ?1 AND id <> ?2"
        " AND acting = 0 AND starts <= coalesce(?4, '9999-12-31') AND (ends IS NULL OR ends >= ?3)",
        "iiss", json_integer_value(json_object_get(v, "person")), change->id,
        json_string_value(json_object_get(v, "starts")),
        json_string_value(json_object_get(v, "ends"))));
    KU_TRY(ku_sql_step(&statement, &row, err));
    double others = sqlite3_column_double(statement, 0);
    sqlite3_finalize(statement);
    double own = json_number_value(json_object_get(v, "share"));
    if (json_is_true(json_object_get(v, "acting")) || others + own <= 1 + 1e-9) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "share",
                        "Share of working time: in these days they are assigned for %.0f %% "
                        "already; at most %.0f %% is left",
                        100 * others, 100 * fmax(0, 1 - others));
}

/* A position carries roles: nobody takes one by their own hand. */
static ku_status check_not_own(const ku_change *change, ku_error *err)
{
    int64_t person = json_integer_value(json_object_get(change->values, "person"));
    if (person == 0 || person != change->office->actor->person) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "person",
                        "nobody assigns a position to themselves; ask another");
}

ku_status ku_assignment_check(ku_change *change, ku_error *err)
{
    KU_TRY(check_not_own(change, err));
    KU_TRY(check_order(change->values, err));
    return check_share(change, err);
}
