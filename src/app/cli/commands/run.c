/* run.c - kemudi run: an analysis on a workspace or on files, or once more from the
 * record. Its flags come from the analysis. */
#include <string.h>

#include "app/cli/output.h"
#include "app/cli/progress.h"
#include "base/file.h"
#include "base/format.h"
#include "base/text.h"
#include "report/chart.h"
#include "runs/earlier.h"
#include "runs/run.h"

/* ---- what is asked ---------------------------------------------------------------------- */

static ku_status one_file(const char *word, ku_table_file *file, ku_arena *arena, ku_error *err)
{
    const char *equals = strchr(word, '=');
    if (!equals || equals == word || !equals[1])
        return ku_error_set(err, KU_USAGE, NULL,
                            "--in: found \"%s\", expected TABLE=FILE or TABLE=run:RUN/TABLE", word);
    file->table = ku_arena_strndup(arena, word, (size_t)(equals - word));
    file->path = equals + 1;
    return KU_OK;
}

static const char *input_name(const void *data, size_t i)
{
    const ku_table_spec *inputs = data;
    return inputs[i].name;
}

static ku_status check_table_name(const ku_analysis *analysis, const char *name, ku_error *err)
{
    size_t count = 0;
    for (; analysis->inputs[count].name; count++)
        if (strcmp(analysis->inputs[count].name, name) == 0) return KU_OK;
    const char *near = ku_text_nearest(name, count, input_name, analysis->inputs);
    return ku_error_set(err, KU_USAGE, NULL,
                        near ? "--in: %s has no table \"%s\"; did you mean %s?"
                             : "--in: %s has no table \"%s\"; kemudi run %s --help names them",
                        analysis->id, name, near ? near : analysis->id);
}

static ku_status files_of(cli_session *session, const cli_args *args, ku_run_request *request,
                          ku_error *err)
{
    size_t count = 0;
    while (cli_option_nth(args, "in", count)) count++;
    ku_table_file *files = KU_ARRAY(session->arena, count + 1, ku_table_file);
    for (size_t i = 0; i < count; i++) {
        KU_TRY(one_file(cli_option_nth(args, "in", i), &files[i], session->arena, err));
        KU_TRY(check_table_name(request->analysis, files[i].table, err));
    }
    request->files = files;
    request->file_count = count;
    return KU_OK;
}

static ku_status request_of(cli_session *session, const cli_args *args, ku_run_request *request,
                            ku_error *err)
{
    int64_t seed, threads, seconds;
    KU_TRY(cli_option_int(args, "seed", 0, INT64_MAX, 1, &seed, err));
    KU_TRY(cli_option_int(args, "threads", 1, 1024, 0, &threads, err));
    KU_TRY(cli_option_int(args, "time-limit", 1, 1000000, 0, &seconds, err));
    *request = (ku_run_request){.analysis = cli_args_analysis(args),
                                .seed = (uint64_t)seed,
                                .threads = (unsigned)threads,
                                .seconds = (int)seconds};
    request->params = cli_args_params(args, &request->param_count);
    return files_of(session, args, request, err);
}

/* An analysis wants a workspace unless a file is given for all that it must have; so do tables
 * of earlier runs, and what the bank may give where a workspace is named with -w. */
static bool wants_workspace(const cli_session *session, const ku_run_request *request)
{
    if (request->file_count == 0) return true;
    for (size_t i = 0; i < request->file_count; i++)
        if (ku_earlier_named(request->files[i].path)) return true;
    for (const ku_table_spec *t = request->analysis->inputs; t->name; t++) {
        bool banked = t->fact != NULL || t->query != NULL;
        bool given = t->optional && !(banked && session->workspace_path != NULL);
        for (size_t i = 0; i < request->file_count && !given; i++)
            given = strcmp(request->files[i].table, t->name) == 0;
        if (!given) return true;
    }
    return false;
}

/* ---- what is told ------------------------------------------------------------------------ */

static void say_done(cli_session *session, const ku_run_record *record, bool recorded)
{
    char seconds[KU_NUMBER_TEXT], memory[KU_NUMBER_TEXT];
    ku_format_duration(seconds, record->seconds);
    ku_format_bytes(memory, (double)record->peak_bytes);
    cli_output_remarks(session, record);
    if (recorded)
        cli_say(session, "%s in %s, %s of memory; kept as run %s (kemudi show %s)\n",
                record->analysis, seconds, memory, record->id, record->id);
    else
        cli_say(session, "%s in %s, %s of memory\n", record->analysis, seconds, memory);
}

/* ---- the chart ---------------------------------------------------------------------------- */

typedef struct plot_request {
    const char *path; /* NULL: none is wanted */
    ku_chart_format format;
    const ku_view_spec *view;
} plot_request;

/* Checked before any work is done. */
static ku_status plot_of(const cli_args *args, const ku_analysis *analysis, plot_request *plot,
                         ku_error *err)
{
    *plot = (plot_request){.path = cli_option_value(args, "plot")};
    if (!plot->path) return KU_OK;
    KU_TRY(ku_chart_format_of(plot->path, &plot->format, err));
    return ku_chart_view(analysis, cli_option_value(args, "view"), &plot->view, err);
}

static ku_status write_plot(cli_session *session, const cli_args *args, const plot_request *plot,
                            const ku_analysis *analysis, const ku_frames *tables,
                            const char *currency, ku_error *err)
{
    void *bytes;
    size_t length;
    if (!plot->path) return KU_OK;
    ku_chart chart = {.analysis = analysis,
                      .view = plot->view,
                      .frame = ku_frames_find(tables, plot->view->table),
                      .filter = cli_option_value(args, "filter"),
                      .currency = currency,
                      .dark = cli_option_set(args, "dark")};
    KU_TRY(ku_chart_draw(&chart, plot->format, session->arena, &bytes, &length, err));
    KU_TRY(ku_file_write(plot->path, bytes, length, 0666, err));
    cli_say(session, "%s: %s\n", plot->path, plot->view->title);
    return KU_OK;
}

/* ---- the command -------------------------------------------------------------------------- */

static ku_status show_result(cli_session *session, const cli_args *args, const plot_request *plot,
                             const ku_analysis *analysis, const ku_run_record *record,
                             const ku_frames *tables, ku_error *err)
{
    const char *currency = session->workspace ? ku_workspace_settings(session->workspace)->currency
                                              : NULL;
    say_done(session, record, session->workspace != NULL);
    KU_TRY(write_plot(session, args, plot, analysis, tables, currency, err));
    if (plot->path && !cli_option_set(args, "format") && !cli_option_set(args, "out")) return KU_OK;
    return cli_output_tables(session, args, analysis, record, tables, currency, err);
}

static ku_status run_new(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_run_request request;
    ku_run_record record;
    ku_workspace *workspace = NULL;
    cli_progress progress;
    plot_request plot;
    KU_TRY(request_of(session, args, &request, err));
    KU_TRY(cli_output_check(args, request.analysis, err));
    KU_TRY(plot_of(args, request.analysis, &plot, err));
    if (wants_workspace(session, &request)) KU_TRY(cli_session_workspace(session, &workspace, err));
    ku_frames tables;
    ku_frames_init(&tables);
    cli_progress_init(&progress, session);
    ku_status status = ku_run_now(workspace, &request, cli_progress_show, &progress, session->arena,
                                  &record, &tables, err);
    cli_progress_end(&progress);
    if (status == KU_OK)
        status = show_result(session, args, &plot, request.analysis, &record, &tables, err);
    ku_frames_clear(&tables);
    return status;
}

static ku_status run_again(cli_session *session, const cli_args *args, const char *id,
                           ku_error *err)
{
    ku_workspace *workspace;
    ku_run_record record;
    cli_progress progress;
    plot_request plot;
    KU_TRY(cli_session_workspace(session, &workspace, err));
    KU_TRY(ku_run_get(workspace, id, session->arena, &record, err));
    const ku_analysis *analysis = ku_analysis_find(record.analysis);
    if (!analysis)
        return ku_error_set(err, KU_CONFLICT, NULL, "run %s used %s, which this program has not",
                            id, record.analysis);
    KU_TRY(cli_output_check(args, analysis, err));
    KU_TRY(plot_of(args, analysis, &plot, err));
    ku_frames tables;
    ku_frames_init(&tables);
    cli_progress_init(&progress, session);
    ku_status status = ku_run_again(workspace, id, cli_progress_show, &progress, session->arena,
                                    &record, &tables, err);
    cli_progress_end(&progress);
    if (status == KU_OK) cli_say(session, "the same bits as run %s\n", id);
    if (status == KU_OK)
        status = show_result(session, args, &plot, analysis, &record, &tables, err);
    ku_frames_clear(&tables);
    return status;
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    const char *again = cli_option_value(args, "again");
    if (again && cli_args_analysis(args))
        return ku_error_set(err, KU_USAGE, NULL, "name an analysis or --again RUN, not both");
    if (again) return run_again(session, args, again, err);
    if (cli_args_analysis(args)) return run_new(session, args, err);
    return ku_error_set(err, KU_USAGE, NULL,
                        "which analysis? kemudi analyses lists them, kemudi run ANALYSIS --help "
                        "tells what one wants");
}

static const cli_operand operands[] = {
    {.name = "ANALYSIS",
     .word = CLI_WORD_ANALYSIS,
     .help = "What to run; kemudi analyses lists them."},
    {.name = NULL},
};

static const cli_option options[] = {
    {.name = "in",
     .value = "TABLE=FILE",
     .word = CLI_WORD_FILE,
     .repeats = true,
     .help = "A file for an input table: CSV (also .gz, .zst), Parquet, JSON lines, XLSX. With "
             "files for all of them no workspace is needed and nothing is recorded."},
    CLI_OUTPUT_OPTIONS,
    {.name = "plot",
     .value = "FILE",
     .word = CLI_WORD_FILE,
     .help = "Draw a chart into a .svg, .png or .pdf file."},
    {.name = "view", .value = "NAME", .help = "Which chart; the first one unless named."},
    {.name = "filter", .value = "VALUE", .help = "Whose chart, where one is drawn for each."},
    {.name = "dark", .help = "Draw the chart for dark slides."},
    {.name = "seed", .value = "N", .help = "Start of the random numbers. [1]"},
    {.name = "threads",
     .value = "N",
     .help = "Processors to use; results do not depend on it. [all]"},
    {.name = "time-limit", .value = "SECONDS", .help = "Stop after so long. [the workspace's]"},
    {.name = "again",
     .value = "RUN",
     .help = "Repeat a recorded run on its own input and check that the result has the same bits."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi run sales.overview -w shop", "what was sold, and what drove the change"},
    {"kemudi run demand.forecast -w shop --by product --horizon 13", "a forecast for each product"},
    {"kemudi run demand.forecast --in series=sales.csv --format csv > forecast.csv",
     "straight from a file"},
    {"kemudi run demand.forecast -w shop --plot forecast.svg", "the chart as a file"},
    {.line = NULL},
};

const cli_command cli_command_run = {
    .name = "run",
    .group = "Answers",
    .order = 210,
    .summary = "run an analysis",
    .description = "Runs in a process of its own, without network or files, under a limit of "
                   "memory and time. In a workspace every run is recorded with its input, so "
                   "that it can be shown, explained and repeated.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .analysis_flags = true,
    .run = run,
};
