/* analyses.c - kemudi analyses: which questions the program answers. */
#include <stdio.h>

#include "app/cli/help.h"
#include "app/cli/session.h"
#include "app/cli/table.h"

static const cli_command *run_command(void)
{
    return cli_command_find("run");
}

static void list_analyses(cli_session *session)
{
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    const char **cells = KU_ARRAY(session->arena, 2 * (count + 1), const char *);
    cells[0] = "Analysis";
    cells[1] = "Question";
    for (size_t i = 0; i < count; i++) {
        cells[2 * i + 2] = all[i]->id;
        cells[2 * i + 3] = all[i]->question;
    }
    cli_table_texts(session, cells, count + 1, 2, NULL, session->out);
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    const char *id = cli_operand_at(args, 0);
    if (!id) {
        list_analyses(session);
        return KU_OK;
    }
    const ku_analysis *analysis = ku_analysis_find(id);
    const char *near = analysis ? NULL : ku_analysis_nearest(id);
    if (!analysis)
        return ku_error_set(err, KU_NOT_FOUND, NULL,
                            near ? "there is no analysis \"%s\"; did you mean %s?"
                                 : "there is no analysis \"%s\"; kemudi analyses lists them",
                            id, near ? near : "");
    ku_text text = {0};
    cli_help_command(run_command(), analysis, session->width, session->out_colour, &text);
    fwrite(ku_text_string(&text), 1, text.length, session->out);
    ku_text_clear(&text);
    return KU_OK;
}

static const cli_operand operands[] = {
    {.name = "ANALYSIS",
     .word = CLI_WORD_ANALYSIS,
     .help = "One analysis: its parameters, input and results."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi analyses", "every analysis with the question it answers"},
    {"kemudi analyses demand.forecast", "what it wants and what it gives"},
    {.line = NULL},
};

const cli_command cli_command_analyses = {
    .name = "analyses",
    .group = "Answers",
    .order = 200,
    .summary = "which questions there is an answer to",
    .description = "Lists the analyses, or tells what one of them wants and gives.",
    .operands = operands,
    .examples = examples,
    .run = run,
};
