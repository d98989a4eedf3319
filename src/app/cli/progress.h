/* progress.h - a bar for long work, drawn over itself on a terminal and absent elsewhere.
 * A cli_progress is a plain value of the caller. */
#ifndef KU_APP_CLI_PROGRESS_H
#define KU_APP_CLI_PROGRESS_H

#include "app/cli/session.h"

typedef struct cli_progress {
    cli_session *session;
    double next; /* clock seconds: not drawn before */
    bool drawn;
} cli_progress;

void cli_progress_init(cli_progress *progress, cli_session *session);
/* Draws; false once the user has pressed Ctrl-C. Fits ku_progress_fn and the import's
 * progress callback, with a cli_progress as data. */
bool cli_progress_show(void *progress, double done, const char *doing);
/* Takes the bar away. */
void cli_progress_end(cli_progress *progress);

#endif
