/* log.c - kemudi log: the last events, or the signed heads for keeping elsewhere. */
#include <string.h>

#include "access/event.h"
#include "app/cli/table.h"
#include "base/date.h"
#include "base/number.h"
#include "workspace/sql.h"

enum { COLUMNS = 5, ROWS_MOST = 100000 };

static const char events_sql[] =
    "SELECT e.seq, e.time, coalesce(p.name, e.actor), e.action,"
    " coalesce(e.entity || ' ' || e.record, json_extract(e.detail, '$.what'), '')"
    " FROM event e LEFT JOIN person p ON p.id = e.person"
    " WHERE (?1 IS NULL OR e.entity = ?1) AND (?2 = 0 OR e.record = ?2)"
    " ORDER BY e.seq DESC LIMIT ?3";

static void add_row(cli_session *session, sqlite3_stmt *statement, const char **row)
{
    char time[KU_TIMESTAMP_TEXT];
    ku_timestamp_format(sqlite3_column_int64(statement, 1), time);
    row[0] = ku_sql_text(statement, 0, session->arena);
    row[1] = ku_arena_printf(session->arena, "%.10s %.8s", time, time + 11);
    for (int i = 2; i < COLUMNS; i++) row[i] = ku_sql_text(statement, i, session->arena);
}

static ku_status show_events(cli_session *session, sqlite3 *db, const char *entity, int64_t record,
                             int64_t most, ku_error *err)
{
    static const char *const headings[COLUMNS] = {"No.", "Time (UTC)", "Who", "Did", "What"};
    static const bool right[COLUMNS] = {true};
    sqlite3_stmt *statement;
    bool row;
    size_t count = 1;
    const char **cells = KU_ARRAY(session->arena, (size_t)(most + 1) * COLUMNS, const char *);
    memcpy(cells, headings, sizeof headings);
    KU_TRY(ku_sql_prepare(db, &statement, err, events_sql, "sii", entity, record, most));
    for (;;) {
        KU_TRY(ku_sql_step(&statement, &row, err));
        if (!row) break;
        add_row(session, statement, &cells[count++ * COLUMNS]);
    }
    if (count == 1)
        cli_say(session, "The log holds no such events.");
    else
        cli_table_texts(session, cells, count, COLUMNS, right, session->out);
    return KU_OK;
}

static ku_status show_heads(cli_session *session, sqlite3 *db, ku_error *err)
{
    json_t *heads;
    ku_text text = {0};
    KU_TRY(ku_events_heads(db, &heads, err));
    ku_json_dump(heads, &text);
    json_decref(heads);
    ku_status status = ku_text_check(&text, err);
    if (status == KU_OK) fprintf(session->out, "%s\n", ku_text_string(&text));
    ku_text_clear(&text);
    return status;
}

/* The heads of finished days that have none yet are signed first. */
static ku_status seal_days(ku_workspace *workspace, ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_workspace_office(workspace, &db, err));
    ku_status status = ku_sql_run(db, err, "BEGIN IMMEDIATE", "");
    if (status == KU_OK) status = ku_events_seal_days(workspace, db, ku_now_micros(), err);
    if (status == KU_OK) status = ku_sql_run(db, err, "COMMIT", "");
    ku_workspace_office_done(workspace, db);
    return status;
}

static ku_status record_number(const char *text, int64_t *record, ku_error *err)
{
    *record = 0;
    if (text == NULL) return KU_OK;
    if (ku_parse_int(text, strlen(text), record, NULL) == KU_OK && *record > 0) return KU_OK;
    return ku_error_set(err, KU_USAGE, "ID", "expected a record's number, found \"%.40s\"", text);
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_workspace *workspace;
    sqlite3 *db;
    int64_t most, record;
    bool heads = cli_option_set(args, "heads");
    KU_TRY(cli_option_int(args, "rows", 1, ROWS_MOST, 40, &most, err));
    KU_TRY(record_number(cli_operand_at(args, 1), &record, err));
    KU_TRY(cli_session_workspace(session, &workspace, err));
    if (heads) KU_TRY(seal_days(workspace, err));
    KU_TRY(ku_workspace_reader(workspace, &db, err));
    ku_status status = heads ? show_heads(session, db, err)
                             : show_events(session, db, cli_operand_at(args, 0), record, most, err);
    ku_workspace_reader_done(workspace, db);
    return status;
}

static const cli_operand operands[] = {
    {.name = "ENTITY", .help = "Only events of this kind of record."},
    {.name = "ID", .help = "Only events of the record with this number."},
    {.name = NULL},
};

static const cli_option options[] = {
    {.name = "rows", .value = "N", .help = "How many, the last ones. [40]"},
    {.name = "heads", .help = "Print the signed head of every finished day as JSON instead."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi log -w shop", "the last 40 events"},
    {"kemudi log document 7 -w shop", "what happened to one document"},
    {"kemudi log --heads -w shop > heads.json", "what proves later that the log is the same"},
    {.line = NULL},
};

const cli_command cli_command_log = {
    .name = "log",
    .group = "Workspace",
    .order = 65,
    .summary = "what was done, by whom and when",
    .description = "Shows the last events of the log: changes, decisions, sign-ins, refusals and "
                   "readings of secrets.\n\n"
                   "The last event of every finished day is signed. Keep the list that --heads "
                   "prints somewhere else; kemudi verify --heads compares the log with it.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .run = run,
};
