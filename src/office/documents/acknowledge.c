/* acknowledge.c - who is to take note of a document, who has, and what is due.
 *
 * An acknowledgement is of one version by one person. A new version does not alter the old
 * ones, which prove what was read then; it asks the same people again. */
#include <inttypes.h>
#include <string.h>

#include "access/event.h"
#include "base/date.h"
#include "office/documents/documents.h"
#include "workspace/sql.h"

enum { DAYS_BEFORE = 3, DAYS_ANEW = 14 };

/* ---- asking ----------------------------------------------------------------------------------- */

static ku_status asked_already(ku_office *office, int64_t version, int64_t person, bool *asked,
                               ku_error *err)
{
    sqlite3_stmt *statement;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT 1 FROM ack WHERE of = ?1 AND person = ?2", "ii", version,
                          person));
    KU_TRY(ku_sql_step(&statement, asked, err));
    sqlite3_finalize(statement);
    return KU_OK;
}

static ku_status ask(ku_office *office, int64_t document, int64_t version, int64_t person,
                     const char *due, int64_t *id, ku_error *err)
{
    bool asked;
    *id = 0;
    KU_TRY(asked_already(office, version, person, &asked, err));
    if (asked) return KU_OK;
    json_t *values = json_pack("{s:I, s:I, s:I, s:s}", "document", (json_int_t)document, "of",
                               (json_int_t)version, "person", (json_int_t)person, "due", due);
    ku_status status = ku_workflow_add(office, &ku_entity_ack, "ask", values, id, err);
    json_decref(values);
    return status;
}

ku_status ku_ack_may_open(ku_office *office, int64_t document, int64_t person, ku_error *err)
{
    ku_standing standing;
    ku_actor *reader;
    KU_TRY(ku_record_standing(office, &ku_entity_document, document, &standing, err));
    KU_TRY(ku_document_listed(office, document, person, &standing.listed, err));
    KU_TRY(ku_actor_of_person(office->db, person, office->now, office->arena, &reader, err));
    if (ku_authorize(reader, &ku_entity_document, KU_SEE, &standing, NULL, office->arena).allowed)
        return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "person",
                        "%s may not open this document, so cannot take note of it",
                        reader->name != NULL ? reader->name : "this person");
}

ku_status ku_ack_ask(ku_office *office, int64_t document, int64_t person, const char *due,
                     int64_t *id, ku_error *err)
{
    int64_t version;
    KU_TRY(ku_ack_may_open(office, document, person, err));
    KU_TRY(ku_document_newest(office, document, &version, err));
    return ask(office, document, version, person, due, id, err);
}

static ku_status close_old(ku_office *office, int64_t id, const char *state, ku_error *err)
{
    if (strcmp(state, "signed") == 0) return KU_OK; /* it stays as the proof that it is */
    json_t *values = json_pack("{s:s}", "state", "overtaken");
    ku_status status = ku_workflow_write(office, &ku_entity_ack, id, "overtaken", values, NULL,
                                         err);
    json_decref(values);
    return status;
}

ku_status ku_acks_reopen(ku_office *office, int64_t document, int64_t version, ku_error *err)
{
    const char *due = ku_day_after(office, ku_office_today(office), 0, DAYS_ANEW);
    for (;;) {
        sqlite3_stmt *statement;
        bool row;
        int64_t added;
        KU_TRY(ku_sql_prepare(office->db, &statement, err,
                              "SELECT a.id, a.person, a.state FROM ack a WHERE a.document = ?1"
                              " AND a.of <> ?2 AND a.state <> 'overtaken' AND NOT EXISTS"
                              " (SELECT 1 FROM ack b WHERE b.of = ?2 AND b.person = a.person)"
                              " ORDER BY a.id DESC LIMIT 1",
                              "ii", document, version));
        KU_TRY(ku_sql_step(&statement, &row, err));
        if (!row) return KU_OK;
        int64_t id = sqlite3_column_int64(statement, 0);
        int64_t person = sqlite3_column_int64(statement, 1);
        const char *state = ku_sql_text(statement, 2, office->arena);
        sqlite3_finalize(statement);
        KU_TRY(ask(office, document, version, person, due, &added, err));
        KU_TRY(close_old(office, id, state, err));
    }
}

/* ---- reminders ------------------------------------------------------------------------------------ */

/* Every kind of thing that can be due, with whom it is for. The places are: 1 the last day
 * that is near. */
static const char due_sql[] =
    "SELECT 'ack', a.id, a.due, a.person FROM ack a"
    " WHERE a.state IN ('due', 'seen') AND a.due <= ?1"
    " UNION ALL SELECT 'document', d.id, d.due, d.owner FROM document d"
    " WHERE d.due <= ?1 AND d.state IN ('draft', 'review', 'approved', 'registered')"
    " UNION ALL SELECT 'obligation', o.id, o.due, o.owner FROM obligation o"
    " WHERE o.due <= ?1 AND o.state IN ('open', 'delivered')";

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
