/* oidc.h - signing in by the company's own sign-in service (OpenID Connect Core 1.0): the
 * authorization code flow with PKCE (RFC 7636). Only the issuer set in kemudi.toml is ever
 * contacted. A user is let in only after an administrator has connected them with the subject
 * the service knows them by; names and mail addresses the service tells are not believed. The
 * service answers for the second factor.
 *
 * Nothing is kept on the way: state, nonce and the code's verifier are derived from a random
 * ticket that the browser holds in a cookie. Texts belong to the caller's arena. */
#ifndef KU_ACCESS_OIDC_H
#define KU_ACCESS_OIDC_H

#include "access/sign_in.h"

/* Whether kemudi.toml names a service. */
bool ku_oidc_on(const ku_settings *settings);

/* The address to send the browser to, and the ticket for its cookie. `redirect` is where the
 * service sends it back; `again`: the person must show anew who they are. Counts as an attempt
 * of `address`. KU_NOT_FOUND when no service is set, KU_IO when it does not answer. */
typedef struct ku_oidc_begin {
    const char *redirect, *address;
    bool again;
} ku_oidc_begin;
ku_status ku_oidc_start(ku_workspace *workspace, const ku_oidc_begin *begin, ku_arena *arena,
                        char ticket[KU_SECRET_TEXT], const char **to, ku_error *err);

/* The browser is back: a session for the user who is connected with the one the service
 * vouches for. KU_NOT_ALLOWED says why not. The session is fresh only when the service says
 * that the person has just shown who they are. */
typedef struct ku_oidc_back {
    const char *ticket, *redirect, *address, *agent;
    const char *state, *code, *issuer; /* as the service sent them; issuer may be NULL */
} ku_oidc_back;
ku_status ku_oidc_finish(ku_workspace *workspace, const ku_oidc_back *back, ku_signed *done,
                         ku_error *err);

/* Connects a user with one subject of the issuer in place of any before; an empty subject takes
 * the connection away. KU_CONFLICT when another user has this subject. Takes a transaction of
 * the caller's. */
ku_status ku_oidc_connect(sqlite3 *db, const char *issuer, int64_t user, const char *subject,
                          int64_t now, ku_error *err);

#endif
