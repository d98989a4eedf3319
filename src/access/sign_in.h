/* sign_in.h - signing in and what goes with it: the steps from a name and a password to a
 * session, throttled and logged. Texts are the caller's, who wipes the secret ones. */
#ifndef KU_ACCESS_SIGN_IN_H
#define KU_ACCESS_SIGN_IN_H

#include "access/actor.h"
#include "access/secret.h"
#include "workspace/workspace.h"

typedef struct ku_sign_in {
    const char *name, *password;
    const char *code;    /* of the second factor, or a recovery code; NULL: not given yet */
    const char *address; /* "127.0.0.1" */
    const char *agent;   /* the browser's name of itself, or NULL */
} ku_sign_in;

typedef struct ku_signed {
    int64_t session; /* 0: not yet */
    char token[KU_SECRET_TEXT];
    bool needs_code; /* the password is right; now the second factor */
} ku_signed;

/* KU_NOT_ALLOWED for a wrong name, password or code, never telling which; also while too
 * many attempts were made, err->where is then "throttle". */
ku_status ku_sign_in_do(ku_workspace *workspace, const ku_sign_in *with, ku_signed *done,
                        ku_error *err);
/* By a one-time link: sets `with`'s password, ends all other sessions, begins one. Where there is
 * a second factor its code is asked for as well. */
ku_status ku_sign_in_by_link(ku_workspace *workspace, const char *link, const ku_sign_in *with,
                             ku_signed *done, ku_error *err);
/* The signed-in user shows again who they are: by the second factor where there is one, else
 * by the password. `done` has the session's new text. */
ku_status ku_sign_in_confirm(ku_workspace *workspace, const ku_who *who, const ku_sign_in *with,
                             ku_signed *done, ku_error *err);
/* Sets a new password for who knows the old one; all other sessions end. */
ku_status ku_sign_in_password(ku_workspace *workspace, const ku_who *who, const ku_sign_in *with,
                              const char *password, ku_error *err);
/* Ends the session. */
ku_status ku_sign_out(ku_workspace *workspace, const ku_who *who, ku_error *err);

/* Whether nobody can sign in yet: then this computer itself is let in. */
ku_status ku_sign_in_open(ku_workspace *workspace, bool *open, ku_error *err);

#endif
