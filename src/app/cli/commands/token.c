/* token.c - kemudi token: the tokens of programs. They are made by their owners, in the pages:
 * who arranges the workspace ends tokens, but makes none in another's name. */
#include <inttypes.h>
#include <string.h>

#include "access/event.h"
#include "access/session.h"
#include "app/cli/session.h"
#include "app/cli/table.h"
#include "base/date.h"
#include "office/store.h"
#include "workspace/sql.h"

enum { COLUMNS = 5, MOST = 200 };

static const char *day_of(ku_office *office, int64_t micros)
{
    char text[KU_DATE_TEXT];
    return ku_arena_strdup(office->arena, ku_date_format((int32_t)(micros / KU_DAY_MICROS), text));
}

static ku_status list_tokens(cli_session *session, ku_office *office, ku_error *err)
{
    const char *cells[(MOST + 1) * COLUMNS] = {"Token", "User", "For", "Made", "Until"};
    size_t count = 0;
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(office->db, &statement, err,
                          "SELECT t.id, u.name, t.name, t.created, t.expires FROM api_token t"
                          " JOIN app_user u ON u.id = t.user WHERE t.revoked IS NULL"
                          " AND t.expires > ?1 ORDER BY t.id LIMIT ?2",
                          "ii", office->now, (int64_t)MOST));
    for (;; count++) {
        KU_TRY(ku_sql_step(&statement, &row, err));
        if (!row) break;
        const char **cell = &cells[(count + 1) * COLUMNS];
        cell[0] = ku_arena_printf(office->arena, "%" PRId64,
                                  (int64_t)sqlite3_column_int64(statement, 0));
        cell[1] = ku_sql_text(statement, 1, office->arena);
        cell[2] = ku_sql_text(statement, 2, office->arena);
        cell[3] = day_of(office, sqlite3_column_int64(statement, 3));
        cell[4] = day_of(office, sqlite3_column_int64(statement, 4));
    }
    if (count == 0)
        cli_say(session, "No program has a token.\n");
    else
        cli_table_texts(session, cells, count + 1, COLUMNS, NULL, session->out);
    return KU_OK;
}

static ku_status revoke_token(cli_session *session, ku_office *office, const char *text,
                              ku_error *err)
{
    char *end;
    int64_t id = strtoll(text, &end, 10);
    if (*text == '\0' || *end != '\0' || id <= 0)
        return ku_error_set(err, KU_USAGE, "TOKEN",
                            "expected the number that kemudi token list "
                            "shows, found \"%.40s\"",
                            text);
    KU_TRY(ku_token_end(office->db, 0, id, office->now, err));
    json_t *detail = json_pack("{s:I}", "token", (json_int_t)id);
    const ku_event event = {.action = "end token", .detail = detail};
    ku_status status = ku_event_add(office->workspace, office->db, office->actor, &event, NULL,
                                    err);
    json_decref(detail);
    KU_TRY(status);
    KU_TRY(ku_office_commit(office, err));
    cli_say(session, "token %" PRId64 " is no longer good\n", id);
    return KU_OK;
}

static ku_status do_it(cli_session *session, ku_office *office, const cli_args *args, ku_error *err)
{
    const char *what = cli_operand_at(args, 0), *token = cli_operand_at(args, 1);
    if (strcmp(what, "list") == 0) return list_tokens(session, office, err);
    if (strcmp(what, "revoke") != 0)
        return ku_error_set(err, KU_USAGE, what, "expected list or revoke");
    if (token == NULL) return ku_error_set(err, KU_USAGE, "TOKEN", "say which token");
    return revoke_token(session, office, token, err);
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_workspace *workspace;
    ku_office *office;
    const ku_who who = cli_session_who(session);
    KU_TRY(cli_session_workspace(session, &workspace, err));
    KU_TRY(ku_office_begin(workspace, &who, true, &office, err));
    ku_status status = do_it(session, office, args, err);
    ku_office_end(office);
    return status;
}

static const cli_operand operands[] = {
    {.name = "WHAT", .required = true, .help = "list or revoke."},
    {.name = "TOKEN", .help = "Its number."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi token list -w shop", "which programs may come in, for whom and until when"},
    {"kemudi token revoke 3 -w shop", "ends one at once"},
    {.line = NULL},
};

const cli_command cli_command_token = {
    .name = "token",
    .group = "Office",
    .order = 425,
    .summary = "the tokens by which programs come in",
    .description = "A token acts for the user who made it, within what they said it may do. It is "
                   "made by its owner in the pages, for a time, and shown once.",
    .operands = operands,
    .examples = examples,
    .run = run,
};
