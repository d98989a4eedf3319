/* session.h - what one command works with: where it writes, which workspace it means. The
 * session owns its arena and the workspace it opened; cli.c makes and clears it. */
#ifndef KU_APP_CLI_SESSION_H
#define KU_APP_CLI_SESSION_H

#include <stdio.h>

#include "access/actor.h"
#include "app/cli/args.h"
#include "workspace/workspace.h"

struct cli_session {
    ku_arena *arena; /* for the whole command */
    FILE *out;       /* results, nothing else */
    FILE *say;       /* messages, progress, errors */
    bool quiet;      /* no messages but errors */
    bool out_colour, say_colour;
    bool out_terminal, say_terminal;
    int width;                  /* of the terminal, in columns */
    const char *workspace_path; /* -w, or NULL */
    ku_workspace *workspace;    /* opened on first use */
};

/* The workspace meant by -w, by KEMUDI_WORKSPACE, or the current folder; in that order.
 * KU_USAGE when none is, with how to name one. */
ku_status cli_session_workspace(cli_session *session, ku_workspace **workspace, ku_error *err);

/* Who sits at this computer, for the office: they arrange, and decide nothing. */
ku_who cli_session_who(const cli_session *session);

/* A message for the person at the terminal; nothing with --quiet. */
void cli_say(const cli_session *session, const char *format, ...) KU_PRINTF(2, 3);

/* True once the user has pressed Ctrl-C (or the process was asked to stop). The first
 * time asks, the second ends the process at once. */
bool cli_interrupted(void);

#endif
