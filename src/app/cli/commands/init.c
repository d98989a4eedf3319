/* init.c - kemudi init: a new workspace. */
#include <string.h>

#include "app/cli/session.h"

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    const char *path = session->workspace_path ? session->workspace_path : cli_operand_at(args, 0);
    const char *currency = cli_option_value(args, "currency");
    int64_t month;
    if (!path) return ku_error_set(err, KU_USAGE, NULL, "where? kemudi init -w FOLDER");
    KU_TRY(cli_option_int(args, "fiscal-year-start", 1, 12, 1, &month, err));
    if (currency && strlen(currency) != 3)
        return ku_error_set(err, KU_USAGE, NULL,
                            "--currency: found \"%s\", expected three letters like EUR", currency);
    ku_settings settings = {.company = cli_option_value(args, "company"),
                            .currency = currency,
                            .fiscal_year_start = (int)month};
    KU_TRY(ku_workspace_init(path, &settings, err));
    cli_say(session,
            "%s is a workspace now. Next:\n"
            "  kemudi import sale FILE... -w %s\n"
            "  kemudi run sales.overview -w %s\n",
            path, path, path);
    return KU_OK;
}

static const cli_operand operands[] = {
    {.name = "FOLDER", .word = CLI_WORD_FOLDER, .help = "The new folder, when not given with -w."},
    {.name = NULL},
};

static const cli_option options[] = {
    {.name = "company", .value = "NAME", .help = "Name of the company, for headings."},
    {.name = "currency", .value = "CODE", .help = "Currency of all amounts, like EUR. [EUR]"},
    {.name = "fiscal-year-start",
     .value = "MONTH",
     .help = "First month of the business year. [1]"},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi init -w shop --company \"Gift Shop\" --currency GBP", "a new workspace in ./shop"},
    {.line = NULL},
};

const cli_command cli_command_init = {
    .name = "init",
    .group = "Workspace",
    .order = 20,
    .summary = "make a workspace",
    .description = "A workspace is one folder that holds everything: the bank of facts, the "
                   "office's records, settings (kemudi.toml).",
    .operands = operands,
    .options = options,
    .examples = examples,
    .run = run,
};
