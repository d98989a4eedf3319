/* explain.c - kemudi explain: how a recorded answer came about, in sentences. */
#include <string.h>

#include "app/cli/output.h"
#include "base/date.h"
#include "base/format.h"
#include "runs/run.h"

static const char *instant(int64_t micros, ku_arena *arena)
{
    char text[KU_TIMESTAMP_TEXT];
    ku_timestamp_format(micros, text);
    return ku_arena_printf(arena, "%.10s %.8s UTC", text, text + 11);
}

static void explain_question(const ku_run_record *record, const ku_analysis *analysis, FILE *out)
{
    fprintf(out, "Run %s: %s, version %s, by kemudi %s.\n", record->id,
            analysis ? analysis->title : record->analysis, record->version, record->program);
    if (!analysis) return;
    fprintf(out, "Question: %s\n", analysis->question);
    if (strcmp(analysis->version, record->version) != 0)
        fprintf(out, "This program has version %s of the analysis: a new run may differ.\n",
                analysis->version);
}

static void explain_params(const ku_run_record *record, const ku_analysis *analysis, FILE *out)
{
    fputs("\nParameters\n", out);
    for (size_t i = 0; i < record->param_count; i++) {
        const ku_param_spec *spec = analysis ? analysis->params : NULL;
        while (spec && spec->name && strcmp(spec->name, record->params[i].name) != 0) spec++;
        fprintf(out, "  %-18s %-14s %s\n", record->params[i].name,
                record->params[i].value ? record->params[i].value : "not set",
                spec && spec->name ? spec->help : "");
    }
    fprintf(out, "  %-18s %-14llu start of the random numbers\n", "seed",
            (unsigned long long)record->seed);
}

static void explain_data(cli_session *session, const ku_run_record *record)
{
    char rows[KU_NUMBER_TEXT];
    FILE *out = session->out;
    fprintf(out, "\nData as of %s\n", instant(record->as_of, session->arena));
    for (size_t i = 0, next; i < record->input_count; i = next) {
        int64_t all;
        next = ku_run_table_group(record->input, record->input_count, i, &all);
        fprintf(out, "  %-18s %s rows\n", record->input[i].name, ku_format_int(rows, all, NULL));
    }
    if (record->input_hash)
        fprintf(out, "  fingerprint of the input   %.16s\n", record->input_hash);
    if (record->output_hash)
        fprintf(out, "  fingerprint of the result  %.16s\n", record->output_hash);
}

static void explain_work(cli_session *session, const ku_run_record *record)
{
    char took[KU_NUMBER_TEXT], memory[KU_NUMBER_TEXT];
    FILE *out = session->out;
    fprintf(out, "\nStarted %s, %s, took %s and %s of memory.\n",
            instant(record->started, session->arena), ku_run_state_name(record->state),
            ku_format_duration(took, record->seconds),
            ku_format_bytes(memory, (double)record->peak_bytes));
    if (record->again_of) fprintf(out, "It repeated run %s.\n", record->again_of);
    if (record->failure.code != KU_OK) fprintf(out, "It ended with: %s\n", record->failure.message);
    for (size_t i = 0; i < record->remark_count; i++)
        fprintf(out, "  - %s\n", record->remark[i].text);
}

static void explain_method(const ku_analysis *analysis, FILE *out)
{
    if (!analysis) return;
    fputs("\nWhat it assumes\n", out);
    for (const char *const *a = analysis->assumptions; a && *a; a++) fprintf(out, "  - %s\n", *a);
    fputs("\nSources\n", out);
    for (const ku_source_spec *s = analysis->sources; s && s->citation; s++)
        fprintf(out, "  - %s%s%s\n", s->citation, s->where ? " " : "", s->where ? s->where : "");
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_workspace *workspace;
    ku_run_record record;
    KU_TRY(cli_session_workspace(session, &workspace, err));
    KU_TRY(ku_run_get(workspace, cli_operand_at(args, 0), session->arena, &record, err));
    const ku_analysis *analysis = ku_analysis_find(record.analysis);
    explain_question(&record, analysis, session->out);
    explain_params(&record, analysis, session->out);
    explain_data(session, &record);
    explain_work(session, &record);
    explain_method(analysis, session->out);
    return KU_OK;
}

static const cli_operand operands[] = {
    {.name = "RUN", .required = true, .help = "A recorded run; kemudi runs lists them."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi explain RUN -w shop", "parameters, data, assumptions and sources of an answer"},
    {.line = NULL},
};

const cli_command cli_command_explain = {
    .name = "explain",
    .group = "Answers",
    .order = 240,
    .summary = "how a recorded answer came about",
    .description = "Tells in sentences what was asked, on which data, by which version, what it "
                   "assumes, and what was remarked.",
    .operands = operands,
    .examples = examples,
    .run = run,
};
