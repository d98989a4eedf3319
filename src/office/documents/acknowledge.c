/* acknowledge.c - who is to take note of a document, and who has.
 *
 * An acknowledgement is of one version by one person. A new version does not alter the old
 * ones, which prove what was read then; it asks the same people again. */
#include <inttypes.h>
#include <string.h>

#include "office/documents/documents.h"
#include "workspace/sql.h"

enum { DAYS_ANEW = 14 };

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
