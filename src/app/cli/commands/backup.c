/* backup.c - kemudi backup: the whole workspace in one file. */
#include "app/cli/session.h"

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_workspace *workspace;
    KU_TRY(cli_session_workspace(session, &workspace, err));
    KU_TRY(ku_workspace_backup(workspace, cli_operand_at(args, 0), err));
    cli_say(session, "%s holds the whole workspace now\n", cli_operand_at(args, 0));
    return KU_OK;
}

static const cli_operand operands[] = {
    {.name = "FILE", .required = true, .word = CLI_WORD_FILE, .help = "The backup to write."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi backup shop-2026-11-23.kemudi -w shop", "a consistent copy, also while it is served"},
    {.line = NULL},
};

const cli_command cli_command_backup = {
    .name = "backup",
    .group = "Workspace",
    .order = 40,
    .summary = "copy the workspace into one file",
    .description = "The copy is consistent even while the workspace is in use.",
    .operands = operands,
    .examples = examples,
    .run = run,
};
