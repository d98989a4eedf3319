/* remind.c - reminders of what is due.
 *
 * A reminder is written once for each due date, to the log and beside it; whoever it is for
 * sees it until the thing is done or is due on another day. */
#include <string.h>

#include "access/event.h"
#include "office/documents/documents.h"
#include "office/store_internal.h"
#include "workspace/sql.h"

enum { DAYS_BEFORE = 3 };

/* Every kind of thing that can be due, with whom it is for. The places are: 1 the last day
 * that is near. */
static const char due_sql[] =
    "SELECT 'ack', a.id, a.due, a.person FROM ack a"
    " WHERE a.state IN ('due', 'seen') AND a.due <= ?1"
    " UNION ALL SELECT 'document', d.id, d.due, d.owner FROM document d"
    " WHERE d.due <= ?1 AND d.state IN ('draft', 'review', 'approved', 'registered')"
    " UNION ALL SELECT 'obligation', o.id, o.due, o.owner FROM obligation o"
    " WHERE o.due <= ?1 AND o.state IN ('open', 'delivered')";

/* ---- writing them ------------------------------------------------------------------------------ */

static ku_status remind(ku_office *office, sqlite3_stmt *due, ku_error *err)
{
    const char *entity = ku_sql_text(due, 0, office->arena);
    const char *day = ku_sql_text(due, 2, office->arena);
    int64_t record = sqlite3_column_int64(due, 1), person = sqlite3_column_int64(due, 3);
    json_t *detail = json_pack("{s:s}", "due", day);
    ku_event event = {.action = "remind", .entity = entity, .record = record, .detail = detail};
    ku_status status = ku_event_add(office->workspace, office->db, office->actor, &event, NULL,
                                    err);
    json_decref(detail);
    KU_TRY(status);
    return ku_sql_run(office->db, err,
                      "INSERT INTO reminder (entity, record, due, person, written)"
                      " VALUES (?1, ?2, ?3, nullif(?4, 0), ?5)",
                      "sisii", entity, record, day, person, office->now);
}

ku_status ku_reminders_due(ku_office *office, int64_t *written, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_status status;
    const char *near = ku_day_after(office, ku_office_today(office), 0, DAYS_BEFORE);
    const char *sql = ku_arena_printf(
        office->arena,
        "WITH all_due (entity, record, due, person) AS (%s) SELECT * FROM all_due x"
        " WHERE NOT EXISTS (SELECT 1 FROM reminder r WHERE r.entity = x.entity"
        " AND r.record = x.record AND r.due = x.due) ORDER BY due, entity, record",
        due_sql);
    *written = 0;
    /* Read whole first: rows are added to what is read. */
    KU_TRY(ku_sql_run(office->db, err, "DROP TABLE IF EXISTS temp.due_now", ""));
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          ku_arena_printf(office->arena, "CREATE TEMP TABLE due_now AS %s", sql),
                          "s", near));
    KU_TRY(ku_sql_step(&statement, &row, err));
    sqlite3_finalize(statement);
    KU_TRY(ku_sql_prepare(office->db, &statement, err, "SELECT * FROM temp.due_now", ""));
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row) {
        status = remind(office, statement, err);
        if (status != KU_OK) break;
        ++*written;
    }
    sqlite3_finalize(statement);
    KU_TRY(status);
    return ku_sql_run(office->db, err, "DROP TABLE temp.due_now", "");
}

/* ---- showing them ------------------------------------------------------------------------------ */

/* What people know it by: an acknowledgement by its document. */
static ku_status title_of(ku_office *office, const char *entity, int64_t record, const char **title,
                          ku_error *err)
{
    *title = NULL;
    return ku_view_label(office, ku_entity_find(entity), record, title, err);
}

static ku_status add_mine(ku_office *office, sqlite3_stmt *row, json_t *items, ku_error *err)
{
    const char *title, *entity = ku_sql_text(row, 0, office->arena);
    const char *due = ku_sql_text(row, 2, office->arena);
    int64_t record = sqlite3_column_int64(row, 1);
    KU_TRY(title_of(office, entity, record, &title, err));
    bool overdue = strcmp(due, ku_office_today(office)) < 0;
    json_array_append_new(items, json_pack("{s:s, s:I, s:s?, s:s, s:b}", "entity", entity, "record",
                                           (json_int_t)record, "title", title, "due", due,
                                           "overdue", overdue));
    return KU_OK;
}

ku_status ku_reminders_mine(ku_office *office, json_t **items, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_status status;
    const char *sql = ku_arena_printf(
        office->arena,
        "WITH all_due (entity, record, due, person) AS (%s) SELECT x.entity, x.record, x.due"
        " FROM all_due x JOIN reminder r ON r.entity = x.entity AND r.record = x.record"
        " AND r.due = x.due WHERE x.person = ?2 ORDER BY x.due, x.entity, x.record LIMIT 200",
        due_sql);
    *items = ku_office_hold(office, json_array());
    if (office->actor->person == 0) return KU_OK;
    KU_TRY(ku_sql_prepare(office->db, &statement, err, sql, "si", "9999-12-31",
                          office->actor->person));
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row) {
        status = add_mine(office, statement, *items, err);
        if (status != KU_OK) break;
    }
    sqlite3_finalize(statement);
    return status;
}
