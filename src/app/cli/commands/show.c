/* show.c - kemudi show: the tables of a recorded run once more. */
#include "app/cli/output.h"
#include "runs/run.h"

static ku_status read_tables(ku_workspace *workspace, const ku_run_record *record,
                             ku_frames *tables, ku_error *err)
{
    for (size_t i = 0; i < record->output_count; i++) {
        ku_frame *frame;
        KU_TRY(ku_run_table_read(workspace, record->id, record->output[i].name, &frame, err));
        KU_TRY(ku_frames_add(tables, frame, err));
    }
    return KU_OK;
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_workspace *workspace;
    ku_run_record record;
    const char *id = cli_operand_at(args, 0);
    KU_TRY(cli_session_workspace(session, &workspace, err));
    KU_TRY(ku_run_get(workspace, id, session->arena, &record, err));
    if (record.state == KU_RUN_FAILED || record.state == KU_RUN_CANCELLED) {
        *err = record.failure;
        return err->code;
    }
    if (record.state != KU_RUN_DONE)
        return ku_error_set(err, KU_CONFLICT, NULL, "run %s is not done yet: %s", id,
                            ku_run_state_name(record.state));
    const ku_analysis *analysis = ku_analysis_find(record.analysis);
    if (!analysis)
        return ku_error_set(err, KU_CONFLICT, NULL, "run %s used %s, which this program has not",
                            id, record.analysis);
    KU_TRY(cli_output_check(args, analysis, err));
    ku_frames tables;
    ku_frames_init(&tables);
    ku_status status = read_tables(workspace, &record, &tables, err);
    cli_output_remarks(session, &record);
    if (status == KU_OK)
        status = cli_output_tables(session, args, analysis, &record, &tables,
                                   ku_workspace_settings(workspace)->currency, err);
    ku_frames_clear(&tables);
    return status;
}

static const cli_operand operands[] = {
    {.name = "RUN", .required = true, .help = "A recorded run; kemudi runs lists them."},
    {.name = NULL},
};

static const cli_option options[] = {CLI_OUTPUT_OPTIONS, {.name = NULL}};

static const cli_example examples[] = {
    {"kemudi show RUN -w shop", "all tables, their first rows"},
    {"kemudi show RUN -w shop --format csv --table models", "one table as CSV"},
    {.line = NULL},
};

const cli_command cli_command_show = {
    .name = "show",
    .group = "Answers",
    .order = 230,
    .summary = "the result of a recorded run",
    .description = "Prints the tables of a run as they were recorded; nothing is computed again.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .run = run,
};
