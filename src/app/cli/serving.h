/* serving.h - serving a workspace until Ctrl-C, for `serve` and `demo`. Owns nothing. */
#ifndef KU_APP_CLI_SERVING_H
#define KU_APP_CLI_SERVING_H

#include "app/cli/session.h"

/* Serves, prints the address on standard output, and returns when the user has asked to
 * stop: what runs is cancelled and recorded, what waits goes on next time. */
ku_status cli_serve(cli_session *session, ku_workspace *workspace, const char *listen, int port,
                    bool log, ku_error *err);

#endif
