/* serve.c - kemudi serve: the web app and the API for a workspace. */
#include "app/cli/serving.h"

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_workspace *workspace;
    int64_t port;
    KU_TRY(cli_session_workspace(session, &workspace, err));
    const ku_settings *settings = ku_workspace_settings(workspace);
    const char *listen = cli_option_value(args, "listen");
    KU_TRY(cli_option_int(args, "port", 0, 65535, settings->port, &port, err));
    return cli_serve(session, workspace, listen ? listen : settings->listen, (int)port,
                     cli_option_set(args, "log"), err);
}

static const cli_option options[] = {
    {.name = "port", .value = "N", .help = "Port; 0 takes any free one. [8765, or kemudi.toml's]"},
    {.name = "listen", .value = "ADDRESS", .help = "Address of this computer. [127.0.0.1]"},
    {.name = "log", .help = "A line on standard error for each request."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi serve -w shop", "then open http://127.0.0.1:8765"},
    {.line = NULL},
};

const cli_command cli_command_serve = {
    .name = "serve",
    .group = "Workspace",
    .order = 30,
    .summary = "open the workspace in the browser",
    .description = "Serves the web app and the API. Until sign-in exists it listens on this "
                   "computer only. Files can be imported from the command line meanwhile.",
    .options = options,
    .examples = examples,
    .run = run,
};
