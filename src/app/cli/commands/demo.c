/* demo.c - kemudi demo: a simulated company, ready to be looked at. */
#include <stdlib.h>

#include "app/cli/progress.h"
#include "app/cli/serving.h"
#include "base/format.h"
#include "demo/demo.h"

static const char *demo_folder(const cli_session *session)
{
    return session->workspace_path ? session->workspace_path : "kemudi-demo";
}

static ku_status prepare(cli_session *session, const cli_args *args, ku_error *err)
{
    int64_t seed, customers, years;
    ku_demo_report report;
    cli_progress progress;
    KU_TRY(cli_option_int(args, "seed", 0, INT64_MAX, 1, &seed, err));
    KU_TRY(cli_option_int(args, "customers", 1, 100000000, 0, &customers, err));
    KU_TRY(cli_option_int(args, "years", 1, 30, 0, &years, err));
    ku_demo_options options = {.workspace = demo_folder(session),
                               .seed = (uint64_t)seed,
                               .customers = customers,
                               .years = (int)years,
                               .progress = cli_progress_show,
                               .progress_data = &progress};
    cli_progress_init(&progress, session);
    ku_status status = ku_demo_prepare(&options, &report, err);
    cli_progress_end(&progress);
    if (status == KU_OK && !report.already) {
        char rows[KU_NUMBER_TEXT], took[KU_NUMBER_TEXT];
        cli_say(session, "a simulated company in %s: %s rows in %s\n", options.workspace,
                ku_format_int(rows, report.rows, NULL), ku_format_duration(took, report.seconds));
    }
    return status;
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_workspace *workspace;
    int64_t port;
    KU_TRY(cli_option_int(args, "port", 0, 65535, 8765, &port, err));
    KU_TRY(prepare(session, args, err));
    if (cli_option_set(args, "no-serve")) return KU_OK;
    session->workspace_path = demo_folder(session);
    KU_TRY(cli_session_workspace(session, &workspace, err));
    return cli_serve(session, workspace, "127.0.0.1", (int)port, false, err);
}

static const cli_option options[] = {
    {.name = "port", .value = "N", .help = "Port; 0 takes any free one. [8765]"},
    {.name = "seed", .value = "N", .help = "Which company. [1]"},
    {.name = "customers", .value = "N", .help = "How many customers it ever had. [20000]"},
    {.name = "years", .value = "N", .help = "How many years of data. [3]"},
    {.name = "no-serve", .help = "Make the workspace and stop."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi demo", "then open http://127.0.0.1:8765; Ctrl-C stops it"},
    {"kemudi demo -w tour --years 5", "a longer past, in another folder"},
    {.line = NULL},
};

const cli_command cli_command_demo = {
    .name = "demo",
    .group = "Try",
    .order = 300,
    .summary = "a simulated company, loaded and served",
    .description = "Simulates a trading company, loads it into the workspace kemudi-demo and opens "
                   "it on http://127.0.0.1:8765. The second time it only opens it.",
    .options = options,
    .examples = examples,
    .run = run,
};
