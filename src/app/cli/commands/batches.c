/* batches.c - kemudi batches: what was imported when, and taking it out again. */
#include <stdio.h>
#include <string.h>

#include "app/cli/session.h"
#include "app/cli/table.h"
#include "bank/import.h"
#include "base/date.h"
#include "base/format.h"

enum { COLUMNS = 8 };

static const char *count_text(int64_t value, ku_arena *arena)
{
    char text[KU_NUMBER_TEXT];
    return ku_arena_strdup(arena, ku_format_int(text, value, NULL));
}

static const char **put_batch(const char **at, const ku_batch *batch, ku_arena *arena)
{
    char when[KU_TIMESTAMP_TEXT];
    ku_timestamp_format(batch->at, when);
    *at++ = batch->id;
    *at++ = ku_arena_printf(arena, "%.10s %.5s", when, when + 11);
    *at++ = batch->fact;
    *at++ = count_text(batch->added, arena);
    *at++ = count_text(batch->already, arena);
    *at++ = count_text(batch->refused, arena);
    *at++ = batch->undone ? "taken out" : "in the bank";
    *at++ = batch->files;
    return at;
}

static ku_status list(cli_session *session, ku_bank *bank, ku_error *err)
{
    static const char *const headings[COLUMNS] = {"Batch",   "When (UTC)", "Fact",  "Added",
                                                  "Already", "Refused",    "State", "Files"};
    static const bool right[COLUMNS] = {[3] = true, [4] = true, [5] = true};
    ku_batch *batches;
    size_t count;
    KU_TRY(ku_import_batches(bank, session->arena, &batches, &count, err));
    const char **cells = KU_ARRAY(session->arena, COLUMNS * (count + 1), const char *);
    const char **at = cells;
    for (int c = 0; c < COLUMNS; c++) *at++ = headings[c];
    for (size_t i = 0; i < count; i++) at = put_batch(at, &batches[i], session->arena);
    if (count == 0)
        cli_say(session, "nothing has been imported yet\n");
    else
        cli_table_texts(session, cells, count + 1, COLUMNS, right, session->out);
    return KU_OK;
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    const char *undo = cli_option_value(args, "undo");
    ku_workspace *workspace;
    ku_bank *bank;
    KU_TRY(cli_session_workspace(session, &workspace, err));
    KU_TRY(ku_workspace_bank(workspace, undo ? KU_BANK_WRITE : KU_BANK_READ, &bank, err));
    ku_status status = undo ? ku_import_undo(bank, undo, "command line", err)
                            : list(session, bank, err);
    ku_workspace_bank_done(workspace, bank);
    if (status == KU_OK && undo) cli_say(session, "batch %s is taken out of the bank\n", undo);
    return status;
}

static const cli_option options[] = {
    {.name = "undo", .value = "BATCH", .help = "Take this batch out of the bank again."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi batches -w shop", "every import, newest first"},
    {"kemudi batches -w shop --undo BATCH", "as if it had never been imported"},
    {.line = NULL},
};

const cli_command cli_command_batches = {
    .name = "batches",
    .group = "Data",
    .order = 130,
    .summary = "what was imported, and taking it out again",
    .description = "Each import is one batch: in the bank whole or not at all, and removable.",
    .options = options,
    .examples = examples,
    .run = run,
};
