/* restore.c - kemudi restore: a workspace from its backup. */
#include "app/cli/session.h"

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    if (!session->workspace_path)
        return ku_error_set(err, KU_USAGE, NULL, "where to? kemudi restore FILE -w FOLDER");
    KU_TRY(ku_workspace_restore(cli_operand_at(args, 0), session->workspace_path, err));
    cli_say(session, "%s is as it was when it was backed up\n", session->workspace_path);
    return KU_OK;
}

static const cli_operand operands[] = {
    {.name = "FILE", .required = true, .word = CLI_WORD_FILE, .help = "A backup."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi restore shop-2026-11-23.kemudi -w shop-again", "into a new folder"},
    {.line = NULL},
};

const cli_command cli_command_restore = {
    .name = "restore",
    .group = "Workspace",
    .order = 50,
    .summary = "make a workspace from a backup",
    .description = "Every part is checked before the folder appears; a folder that is there is "
                   "never overwritten.",
    .operands = operands,
    .examples = examples,
    .run = run,
};
