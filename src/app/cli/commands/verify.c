/* verify.c - kemudi verify: whether everything in the workspace is what it was. */
#include <string.h>

#include "access/event.h"
#include "app/cli/session.h"
#include "base/file.h"

enum { HEADS_LIMIT = 64 << 20 };

static void say(void *data, const char *text)
{
    cli_session *session = data;
    fprintf(session->out, "%s\n", text);
}

/* The file is what `kemudi log --heads` wrote. */
static ku_status read_heads(cli_session *session, const char *path, json_t **heads, ku_error *err)
{
    char *text;
    size_t length;
    KU_TRY(ku_file_read(path, HEADS_LIMIT, session->arena, &text, &length, err));
    const ku_json_limits limits = {.bytes = HEADS_LIMIT};
    KU_TRY(ku_json_parse(text, length, path, &limits, heads, err));
    if (json_is_array(*heads)) return KU_OK;
    json_decref(*heads);
    return ku_error_set(err, KU_BAD_DATA, path, "expected the list that kemudi log --heads writes");
}

static ku_status compare_heads(cli_session *session, ku_workspace *workspace, const char *path,
                               ku_error *err)
{
    json_t *heads;
    sqlite3 *db;
    KU_TRY(read_heads(session, path, &heads, err));
    ku_status status = ku_workspace_reader(workspace, &db, err);
    if (status == KU_OK) {
        status = ku_events_compare(db, heads, err);
        ku_workspace_reader_done(workspace, db);
    }
    if (status == KU_OK)
        fprintf(session->out, "event log: as the %zu kept heads say\n", json_array_size(heads));
    json_decref(heads);
    return status;
}

static ku_status check_log(cli_session *session, ku_workspace *workspace, const char *heads,
                           ku_error *err)
{
    KU_TRY(ku_events_verify(workspace, say, session, err));
    return heads == NULL ? KU_OK : compare_heads(session, workspace, heads, err);
}

/* The log is looked at even when something else is wrong, so that one call tells all. */
static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_workspace *workspace;
    ku_error log_err = {0};
    KU_TRY(cli_session_workspace(session, &workspace, err));
    ku_status status = ku_workspace_verify(workspace, say, session, err);
    if (status != KU_OK && status != KU_BAD_DATA) return status;
    ku_status log = check_log(session, workspace, cli_option_value(args, "heads"), &log_err);
    if (log == KU_OK) return status;
    if (status == KU_OK) {
        if (err != NULL) *err = log_err;
        return log;
    }
    fprintf(session->out, "%s: %s\n", log_err.where, log_err.message);
    return status;
}

static const cli_option options[] = {
    {.name = "heads",
     .value = "FILE",
     .word = CLI_WORD_FILE,
     .help = "Compare the event log with the heads that kemudi log --heads wrote earlier."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi verify -w shop", "checks both databases, every stored table and the event log"},
    {.line = NULL},
};

const cli_command cli_command_verify = {
    .name = "verify",
    .group = "Workspace",
    .order = 60,
    .summary = "check that nothing in the workspace is damaged",
    .description = "Opens both databases, lets them check themselves, and compares every stored "
                   "table with the fingerprint it is kept under. Then follows the event log from "
                   "its first event to its last and names the first that was altered, taken out, "
                   "put elsewhere or cut off; the signed head of every day must hold.",
    .options = options,
    .examples = examples,
    .run = run,
};
