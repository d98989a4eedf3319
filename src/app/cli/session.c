/* session.c - finding the workspace, talking to the person, hearing Ctrl-C. */
#include "app/cli/session.h"

#include <pwd.h>
#include <unistd.h>

#include <stdlib.h>
#include <unistd.h>

static const char *meant_workspace(const cli_session *session)
{
    if (session->workspace_path) return session->workspace_path;
    const char *named = getenv("KEMUDI_WORKSPACE");
    if (named && *named) return named;
    return access("kemudi.toml", F_OK) == 0 ? "." : NULL;
}

ku_status cli_session_workspace(cli_session *session, ku_workspace **workspace, ku_error *err)
{
    if (!session->workspace) {
        const char *path = meant_workspace(session);
        if (!path)
            return ku_error_set(err, KU_USAGE, NULL,
                                "which workspace? Name it with -w FOLDER or KEMUDI_WORKSPACE, or "
                                "make one with: kemudi init -w FOLDER");
        KU_TRY(ku_workspace_open(path, &session->workspace, err));
    }
    *workspace = session->workspace;
    return KU_OK;
}

void cli_say(const cli_session *session, const char *format, ...)
{
    if (session->quiet) return;
    va_list args;
    va_start(args, format);
    vfprintf(session->say, format, args);
    va_end(args);
}

ku_who cli_session_who(const cli_session *session)
{
    struct passwd entry, *found = NULL;
    char buffer[2048];
    const char *name = "unknown";
    if (getpwuid_r(getuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
        name = ku_arena_strdup(session->arena, entry.pw_name);
    return (ku_who){.kind = KU_WHO_LOCAL, .via = "cli", .name = name};
}
