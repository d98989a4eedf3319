/* serving.c - the server's life. */
#include "app/cli/serving.h"

#include <poll.h>

#include "app/http/server.h"
#include "runs/run.h"

enum { WORKERS = 2, LOOK_MS = 100 };

static void wait_for_stop(void)
{
    while (!cli_interrupted()) poll(NULL, 0, LOOK_MS);
}

static ku_status serve(cli_session *session, ku_workspace *workspace, ku_run_queue *queue,
                       const ku_server_options *options, ku_error *err)
{
    ku_server *server;
    KU_TRY(ku_server_start(workspace, queue, options, &server, err));
    fprintf(session->out, "%s\n", ku_server_url(server));
    fflush(session->out);
    cli_say(session,
            "Only this computer can reach Kemudi until sign-in is set up. Ctrl-C stops it.\n");
    wait_for_stop();
    cli_say(session, "\nstopping\n");
    ku_workspace_hurry(workspace);
    ku_server_stop(server);
    return KU_OK;
}

ku_status cli_serve(cli_session *session, ku_workspace *workspace, const char *listen, int port,
                    bool log, ku_error *err)
{
    ku_run_queue *queue;
    ku_server_options options = {.listen = listen, .port = port, .quiet = !log};
    KU_TRY(ku_run_queue_start(workspace, WORKERS, &queue, err));
    ku_status status = serve(session, workspace, queue, &options, err);
    ku_run_queue_stop(queue);
    return status;
}
