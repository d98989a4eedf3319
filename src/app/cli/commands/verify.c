/* verify.c - kemudi verify: whether everything in the workspace is what it was. */
#include "app/cli/session.h"

static void say(void *data, const char *text)
{
    cli_session *session = data;
    fprintf(session->out, "%s\n", text);
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_workspace *workspace;
    (void)args;
    KU_TRY(cli_session_workspace(session, &workspace, err));
    return ku_workspace_verify(workspace, say, session, err);
}

static const cli_example examples[] = {
    {"kemudi verify -w shop", "checks both databases and every stored table"},
    {.line = NULL},
};

const cli_command cli_command_verify = {
    .name = "verify",
    .group = "Workspace",
    .order = 60,
    .summary = "check that nothing in the workspace is damaged",
    .description = "Opens both databases, lets them check themselves, and compares every stored "
                   "table with the fingerprint it is kept under.",
    .examples = examples,
    .run = run,
};
