/* oidc_internal.h - the parts of signing in by a service: fetching and the token's check. */
#ifndef KU_ACCESS_OIDC_INTERNAL_H
#define KU_ACCESS_OIDC_INTERNAL_H

#include <jansson.h>

#include "access/oidc.h"

/* ---- fetching (oidc_fetch.c) ----------------------------------------------------------------- */

/* Whether the address stands at the issuer's own scheme, host and port. */
bool ku_oidc_same_origin(const char *issuer, const char *url);
/* KU_USAGE unless it is https, or http on this very computer. */
ku_status ku_oidc_check_issuer(const char *issuer, ku_error *err);

typedef struct ku_oidc_ask {
    const char *url;
    const char *form;          /* body of a POST; NULL: GET */
    const char *user, *secret; /* Basic; NULL: none */
} ku_oidc_ask;
/* The JSON object at an address of the issuer, a new reference. Follows no redirects, takes at
 * most 256 KiB and 10 seconds. *http is the answer's status, 0 when there was none. */
ku_status ku_oidc_fetch(const char *issuer, const ku_oidc_ask *ask, long *http, json_t **answer,
                        ku_error *err);

/* ---- the identity token (oidc_token.c) ----------------------------------------------------------- */

typedef struct ku_id_expected {
    const char *issuer, *client, *nonce;
    int64_t now; /* seconds */
} ku_id_expected;

typedef struct ku_id_token {
    const char *subject;
    int64_t signed_in; /* seconds; when they last showed who they are; 0: not told */
} ku_id_token;

/* Checks a token signed by one of the `keys` (a JWK set) by RS256 or ES256: signature, issuer,
 * audience, times, nonce (OpenID Connect Core 1.0, 3.1.3.7). KU_NOT_ALLOWED says what is
 * wrong. */
ku_status ku_id_token_check(const json_t *keys, const char *token, const ku_id_expected *expected,
                            ku_arena *arena, ku_id_token *out, ku_error *err);

#endif
