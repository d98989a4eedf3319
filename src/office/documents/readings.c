/* readings.c - who has read a secret: told by the event log, where every reading is written
 * and nothing can be taken out. */
#include "base/date.h"
#include "office/documents/documents.h"
#include "office/store_internal.h"
#include "workspace/sql.h"

enum { READINGS_MOST = 500 };

static ku_status add_readings(ku_office *office, int64_t document, json_t *items, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_status status;
    KU_TRY(ku_sql_prepare(
        office->db, &statement, err,
        "SELECT e.time, coalesce(p.name, e.actor), e.entity, v.number FROM event e"
        " LEFT JOIN person p ON p.id = e.person"
        " LEFT JOIN document_version v ON e.entity = 'document_version' AND v.id = e.record"
        " WHERE e.action = 'read' AND ((e.entity = 'document' AND e.record = ?1)"
        " OR (e.entity = 'document_version' AND e.record IN"
        "     (SELECT id FROM document_version WHERE document = ?1))"
        " OR (e.entity = 'trade_secret' AND e.record IN"
        "     (SELECT id FROM trade_secret WHERE document = ?1)))"
        " ORDER BY e.seq DESC LIMIT ?2",
        "ii", document, (int64_t)READINGS_MOST));
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row) {
        char time[KU_TIMESTAMP_TEXT];
        const char *kind = (const char *)sqlite3_column_text(statement, 2);
        bool file = sqlite3_column_type(statement, 3) != SQLITE_NULL;
        json_t *item = json_pack("{s:s, s:s, s:s}", "time",
                                 ku_timestamp_format(sqlite3_column_int64(statement, 0), time),
                                 "who", (const char *)sqlite3_column_text(statement, 1), "what",
                                 kind);
        json_object_set_new(item, "version",
                            file ? json_integer(sqlite3_column_int64(statement, 3)) : json_null());
        json_array_append_new(items, item);
    }
    sqlite3_finalize(statement);
    return status;
}

ku_status ku_document_readings(ku_office *office, int64_t document, json_t **items, ku_error *err)
{
    ku_row row;
    static const char *const keepers[] = {"director", "deputy-director", "lawyer", NULL};
    KU_TRY(ku_row_load(office, &ku_entity_document, document, &row, err));
    KU_TRY(
        ku_rule_check(office, &ku_entity_document, KU_SEE, &row.standing, row.values, NULL, err));
    bool own = row.standing.owner != 0 && row.standing.owner == office->actor->person;
    if (!own && !ku_holds_role(office->actor, keepers))
        return ku_error_set(err, KU_NOT_ALLOWED, "readings",
                            "who has read a document is shown to its owner, the director and "
                            "lawyers");
    *items = ku_office_hold(office, json_array());
    return add_readings(office, document, *items, err);
}
