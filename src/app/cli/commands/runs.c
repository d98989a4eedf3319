/* runs.c - kemudi runs: what was asked, newest first. */
#include <stdio.h>
#include <string.h>

#include "app/cli/session.h"
#include "app/cli/table.h"
#include "base/date.h"
#include "base/format.h"
#include "runs/run.h"

enum { COLUMNS = 6 };

/* "2026-11-23 17:50" */
static const char *minute_of(int64_t micros, ku_arena *arena)
{
    char text[KU_TIMESTAMP_TEXT];
    ku_timestamp_format(micros, text);
    return ku_arena_printf(arena, "%.10s %.5s", text, text + 11);
}

static const char *params_of(const ku_run_record *record, ku_arena *arena)
{
    const ku_analysis *analysis = ku_analysis_find(record->analysis);
    const char *text = "";
    for (size_t i = 0; i < record->param_count; i++) {
        const ku_param_text *p = &record->params[i];
        const ku_param_spec *spec = analysis ? analysis->params : NULL;
        while (spec && spec->name && strcmp(spec->name, p->name) != 0) spec++;
        if (!p->value || (spec && spec->name && spec->default_value &&
                          strcmp(spec->default_value, p->value) == 0))
            continue;
        text = ku_arena_printf(arena, "%s%s%s=%s", text, *text ? " " : "", p->name, p->value);
    }
    return text;
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    static const char *const headings[COLUMNS] = {"Run",   "When (UTC)", "Analysis",
                                                  "State", "Took",       "Parameters"};
    static const bool right[COLUMNS] = {[4] = true};
    ku_workspace *workspace;
    ku_run_record *records;
    size_t count;
    int64_t limit;
    KU_TRY(cli_option_int(args, "limit", 1, 10000, 30, &limit, err));
    KU_TRY(cli_session_workspace(session, &workspace, err));
    KU_TRY(ku_run_list(workspace, cli_operand_at(args, 0), cli_option_value(args, "before"),
                       (size_t)limit, session->arena, &records, &count, err));
    const char **cells = KU_ARRAY(session->arena, COLUMNS * (count + 1), const char *);
    const char **at = cells;
    for (int c = 0; c < COLUMNS; c++) *at++ = headings[c];
    for (size_t i = 0; i < count; i++) {
        char took[KU_NUMBER_TEXT];
        *at++ = records[i].id;
        *at++ = minute_of(records[i].started != 0 ? records[i].started : records[i].submitted,
                          session->arena);
        *at++ = records[i].analysis;
        *at++ = ku_run_state_name(records[i].state);
        *at++ = ku_arena_strdup(session->arena, ku_format_duration(took, records[i].seconds));
        *at++ = params_of(&records[i], session->arena);
    }
    if (count == 0)
        cli_say(session, "no runs yet\n");
    else
        cli_table_texts(session, cells, count + 1, COLUMNS, right, session->out);
    return KU_OK;
}

static const cli_operand operands[] = {
    {.name = "ANALYSIS", .word = CLI_WORD_ANALYSIS, .help = "Only runs of this analysis."},
    {.name = NULL},
};

static const cli_option options[] = {
    {.name = "limit", .value = "N", .help = "How many. [30]"},
    {.name = "before", .value = "RUN", .help = "Only runs older than this one."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi runs -w shop", "the latest runs"},
    {"kemudi runs demand.forecast -w shop", "the latest forecasts"},
    {.line = NULL},
};

const cli_command cli_command_runs = {
    .name = "runs",
    .group = "Answers",
    .order = 220,
    .summary = "what was run, newest first",
    .description = "Lists recorded runs with the parameters that were not at their defaults.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .run = run,
};
