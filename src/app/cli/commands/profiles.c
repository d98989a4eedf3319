/* profiles.c - kemudi profiles: mappings that are kept by name. */
#include <stdio.h>

#include "app/cli/session.h"
#include "app/cli/table.h"
#include "bank/import.h"

enum { COLUMNS = 4 };

static ku_status list(cli_session *session, ku_bank *bank, ku_error *err)
{
    static const char *const headings[COLUMNS] = {"Profile", "Fact", "Kept", "For"};
    ku_profile *profiles;
    size_t count;
    KU_TRY(ku_profiles(bank, session->arena, &profiles, &count, err));
    const char **cells = KU_ARRAY(session->arena, COLUMNS * (count + 1), const char *);
    const char **at = cells;
    for (int c = 0; c < COLUMNS; c++) *at++ = headings[c];
    for (size_t i = 0; i < count; i++) {
        *at++ = profiles[i].name;
        *at++ = profiles[i].fact;
        *at++ = profiles[i].built_in ? "in the program" : "in the workspace";
        *at++ = profiles[i].note ? profiles[i].note : "";
    }
    cli_table_texts(session, cells, count + 1, COLUMNS, NULL, session->out);
    return KU_OK;
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_workspace *workspace;
    ku_bank *bank;
    (void)args;
    KU_TRY(cli_session_workspace(session, &workspace, err));
    KU_TRY(ku_workspace_bank(workspace, KU_BANK_READ, &bank, err));
    ku_status status = list(session, bank, err);
    ku_workspace_bank_done(workspace, bank);
    return status;
}

static const cli_example examples[] = {
    {"kemudi profiles -w shop", "then: kemudi import sale FILE --profile NAME"},
    {.line = NULL},
};

const cli_command cli_command_profiles = {
    .name = "profiles",
    .group = "Data",
    .order = 120,
    .summary = "saved ways to read a kind of file",
    .description = "A profile keeps which column is which and how the file is written. kemudi "
                   "import --save-profile keeps one.",
    .examples = examples,
    .run = run,
};
