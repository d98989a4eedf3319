/* issuer.h - a small sign-in service for tests: describes itself, exchanges codes, signs
 * tokens, and misbehaves as it is told. The issuer owns its daemon, keys and texts. */
#ifndef KU_TESTS_ACCESS_ISSUER_H
#define KU_TESTS_ACCESS_ISSUER_H

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <jansson.h>
#include <microhttpd.h>
#include <sodium.h>
#include <string.h>

#include "base/date.h"
#include "base/text.h"
#include "check.h"

typedef enum mischief {
    HONEST,
    KEYS_ELSEWHERE, /* the description points to another host */
    REDIRECTS,      /* everything moves */
    SAYS_TOO_MUCH,  /* a megabyte of description */
    SAYS_NO_JSON,
    OTHER_NAME, /* calls itself otherwise */
    WRONG_SIGNATURE,
    NOT_SIGNED,     /* "alg": "none" */
    HMAC_BY_PUBLIC, /* the public key as a shared secret */
    FORGETS_KEY,    /* signs by a key it does not publish */
} mischief;

typedef struct issuer {
    struct MHD_Daemon *daemon;
    char name[64]; /* "http://127.0.0.1:1234" */
    gnutls_privkey_t rsa, ec;
    mischief how;
    bool ec_signs;
    json_t *claims; /* put over the honest ones */
    char code[64], nonce[64], challenge[64], redirect[200];
    bool code_used, offered; /* a request came that should not have */
    int asked;               /* requests in all */
} issuer;

#define ISSUER_CLIENT "kemudi test"
#define ISSUER_SECRET "s3cret & more"

/* ---- keys ------------------------------------------------------------------------------------ */

static inline void issuer_base64(const void *bytes, size_t length, ku_text *out)
{
    char text[2048];
    sodium_bin2base64(text, sizeof text, bytes, length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    ku_text_add(out, text);
}

static inline json_t *issuer_member(const gnutls_datum_t *d, size_t width)
{
    unsigned char padded[512] = {0};
    const unsigned char *from = d->data;
    size_t size = d->size;
    ku_text text = {0};
    while (size > 1 && *from == 0) from++, size--;
    if (width < size) width = size;
    memcpy(padded + width - size, from, size);
    issuer_base64(padded, width, &text);
    json_t *json = json_string(ku_text_string(&text));
    ku_text_clear(&text);
    return json;
}

static inline json_t *issuer_keys(const issuer *i)
{
    gnutls_datum_t n, e, x, y;
    gnutls_pubkey_t public_key;
    gnutls_pubkey_init(&public_key);
    gnutls_pubkey_import_privkey(public_key, i->rsa, 0, 0);
    gnutls_pubkey_export_rsa_raw(public_key, &n, &e);
    json_t *rsa = json_pack("{s:s, s:s, s:s, s:o, s:o}", "kty", "RSA", "kid", "one", "use", "sig",
                            "n", issuer_member(&n, 0), "e", issuer_member(&e, 0));
    gnutls_pubkey_deinit(public_key);
    gnutls_pubkey_init(&public_key);
    gnutls_pubkey_import_privkey(public_key, i->ec, 0, 0);
    gnutls_pubkey_export_ecc_raw(public_key, NULL, &x, &y);
    json_t *ec = json_pack("{s:s, s:s, s:s, s:o, s:o}", "kty", "EC", "kid", "two", "crv", "P-256",
                           "x", issuer_member(&x, 32), "y", issuer_member(&y, 32));
    gnutls_pubkey_deinit(public_key);
    gnutls_free(n.data);
    gnutls_free(e.data);
    gnutls_free(x.data);
    gnutls_free(y.data);
    json_t *list = i->how == FORGETS_KEY ? json_array() : json_pack("[o, o]", rsa, ec);
    return json_pack("{s:o}", "keys", list);
}

/* ---- tokens ------------------------------------------------------------------------------------- */

static inline void issuer_sign(const issuer *i, ku_text *token)
{
    gnutls_datum_t data = {(unsigned char *)(uintptr_t)ku_text_string(token),
                           (unsigned)token->length};
    gnutls_datum_t signature, r, s;
    unsigned char raw[64] = {0};
    gnutls_sign_algorithm_t how = i->ec_signs ? GNUTLS_SIGN_ECDSA_SHA256 : GNUTLS_SIGN_RSA_SHA256;
    assert_int_equal(
        gnutls_privkey_sign_data2(i->ec_signs ? i->ec : i->rsa, how, 0, &data, &signature), 0);
    if (i->how == WRONG_SIGNATURE) signature.data[signature.size - 3] ^= 4;
    ku_text_addc(token, '.');
    if (!i->ec_signs) {
        issuer_base64(signature.data, signature.size, token);
    } else {
        assert_int_equal(gnutls_decode_rs_value(&signature, &r, &s), 0);
        size_t skip_r = r.size > 32 ? r.size - 32 : 0, skip_s = s.size > 32 ? s.size - 32 : 0;
        memcpy(raw + 32 - (r.size - skip_r), r.data + skip_r, r.size - skip_r);
        memcpy(raw + 64 - (s.size - skip_s), s.data + skip_s, s.size - skip_s);
        issuer_base64(raw, sizeof raw, token);
        gnutls_free(r.data);
        gnutls_free(s.data);
    }
    gnutls_free(signature.data);
}

static inline json_t *issuer_header(const issuer *i)
{
    const char *algorithm = i->how == NOT_SIGNED       ? "none"
                            : i->how == HMAC_BY_PUBLIC ? "HS256"
                            : i->ec_signs              ? "ES256"
                                                       : "RS256";
    return json_pack("{s:s, s:s, s:s}", "alg", algorithm, "kid", i->ec_signs ? "two" : "one", "typ",
                     "JWT");
}

/* The honest claims with those of i->claims put over them, signed; the caller's to clear. */
static inline ku_text issuer_token(const issuer *i)
{
    int64_t now = ku_now_micros() / 1000000;
    json_t *claims = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "iss", i->name, "sub", "u-17",
                               "aud", ISSUER_CLIENT, "iat", (json_int_t)now, "exp",
                               (json_int_t)(now + 300), "auth_time", (json_int_t)now, "nonce",
                               i->nonce);
    json_t *header = issuer_header(i);
    if (i->claims != NULL) json_object_update(claims, i->claims);
    char *head = json_dumps(header, JSON_COMPACT), *body = json_dumps(claims, JSON_COMPACT);
    ku_text token = {0};
    issuer_base64(head, strlen(head), &token);
    ku_text_addc(&token, '.');
    issuer_base64(body, strlen(body), &token);
    if (i->how == NOT_SIGNED)
        ku_text_addc(&token, '.');
    else
        issuer_sign(i, &token);
    free(head);
    free(body);
    json_decref(header);
    json_decref(claims);
    return token;
}

/* ---- answers -------------------------------------------------------------------------------------- */

static inline enum MHD_Result issuer_answer(struct MHD_Connection *connection, unsigned status,
                                            json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), text,
                                                                    MHD_RESPMEM_MUST_FREE);
    if (status == 302) MHD_add_response_header(response, "Location", "/keys");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static inline json_t *issuer_description(issuer *i)
{
    const char *other = "http://127.0.0.2:1";
    char authorize[100], token[100], keys[100];
    snprintf(authorize, sizeof authorize, "%s/authorize", i->name);
    snprintf(token, sizeof token, "%s/token", i->name);
    snprintf(keys, sizeof keys, "%s/keys", i->how == KEYS_ELSEWHERE ? other : i->name);
    json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "issuer",
                             i->how == OTHER_NAME ? "https://elsewhere.example" : i->name,
                             "authorization_endpoint", authorize, "token_endpoint", token,
                             "jwks_uri", keys);
    if (i->how != SAYS_TOO_MUCH) return json;
    char *much = malloc(1048577);
    memset(much, 'x', 1048576);
    much[1048576] = '\0';
    json_object_set_new(json, "more", json_string(much));
    free(much);
    return json;
}

/* The value of a form's or address' member, not unescaped; false when there is none. */
static inline bool issuer_member_of(const char *form, const char *name, char *to, size_t size)
{
    size_t width = strlen(name);
    to[0] = '\0';
    for (const char *at = strstr(form, name); at != NULL; at = strstr(at + 1, name)) {
        if (at[width] != '=' || (at > form && at[-1] != '&' && at[-1] != '?')) continue;
        snprintf(to, size, "%.*s", (int)strcspn(at + width + 1, "&"), at + width + 1);
        return true;
    }
    return false;
}

static inline bool issuer_accepts(issuer *i, struct MHD_Connection *connection, const char *form)
{
    char code[64], verifier[64], redirect[200], challenge[64], *password = NULL;
    unsigned char hash[32];
    char *user = MHD_basic_auth_get_username_password(connection, &password);
    bool known = user != NULL && password != NULL && strcmp(user, "kemudi%20test") == 0 &&
                 strcmp(password, "s3cret%20%26%20more") == 0;
    MHD_free(user);
    MHD_free(password);
    if (!known || !issuer_member_of(form, "code", code, sizeof code) ||
        !issuer_member_of(form, "code_verifier", verifier, sizeof verifier) ||
        !issuer_member_of(form, "redirect_uri", redirect, sizeof redirect))
        return false;
    crypto_hash_sha256(hash, (const unsigned char *)verifier, strlen(verifier));
    sodium_bin2base64(challenge, sizeof challenge, hash, sizeof hash,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    bool good = !i->code_used && strcmp(code, i->code) == 0 && strcmp(redirect, i->redirect) == 0 &&
                strcmp(challenge, i->challenge) == 0;
    i->code_used = true;
    return good;
}

static inline enum MHD_Result issuer_exchange(issuer *i, struct MHD_Connection *connection,
                                              const char *form)
{
    if (!issuer_accepts(i, connection, form))
        return issuer_answer(connection, 400, json_pack("{s:s}", "error", "invalid_grant"));
    ku_text token = issuer_token(i);
    json_t *json = json_pack("{s:s, s:s, s:s}", "access_token", "unused", "token_type", "Bearer",
                             "id_token", ku_text_string(&token));
    ku_text_clear(&token);
    return issuer_answer(connection, 200, json);
}

static inline enum MHD_Result issuer_step(void *data, struct MHD_Connection *connection,
                                          const char *url, const char *method, const char *version,
                                          const char *body, size_t *size, void **context)
{
    issuer *i = data;
    ku_text *form = *context;
    (void)version;
    (void)method;
    if (form == NULL) {
        *context = calloc(1, sizeof *form);
        return MHD_YES;
    }
    if (*size > 0) {
        ku_text_addn(form, body, *size);
        *size = 0;
        return MHD_YES;
    }
    i->asked++;
    if (i->how == REDIRECTS) return issuer_answer(connection, 302, json_object());
    if (i->how == SAYS_NO_JSON) return issuer_answer(connection, 200, json_array());
    if (strcmp(url, "/keys") == 0) return issuer_answer(connection, 200, issuer_keys(i));
    if (strcmp(url, "/token") == 0) return issuer_exchange(i, connection, ku_text_string(form));
    if (strcmp(url, "/.well-known/openid-configuration") == 0)
        return issuer_answer(connection, 200, issuer_description(i));
    i->offered = true;
    return issuer_answer(connection, 404, json_object());
}

static inline void issuer_done(void *data, struct MHD_Connection *connection, void **context,
                               enum MHD_RequestTerminationCode why)
{
    (void)data;
    (void)connection;
    (void)why;
    if (*context == NULL) return;
    ku_text_clear(*context);
    free(*context);
}

/* ---- beginning and end -------------------------------------------------------------------------------- */

static inline void issuer_begin(issuer *i)
{
    *i = (issuer){0};
    gnutls_privkey_init(&i->rsa);
    gnutls_privkey_init(&i->ec);
    assert_int_equal(gnutls_privkey_generate(i->rsa, GNUTLS_PK_RSA, 2048, 0), 0);
    assert_int_equal(gnutls_privkey_generate(i->ec, GNUTLS_PK_ECDSA,
                                             GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                     0);
    i->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, issuer_step, i,
                                 MHD_OPTION_NOTIFY_COMPLETED, issuer_done, NULL, MHD_OPTION_END);
    assert_non_null(i->daemon);
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(i->daemon, MHD_DAEMON_INFO_BIND_PORT);
    snprintf(i->name, sizeof i->name, "http://127.0.0.1:%d", info->port);
}

static inline void issuer_end(issuer *i)
{
    MHD_stop_daemon(i->daemon);
    gnutls_privkey_deinit(i->rsa);
    gnutls_privkey_deinit(i->ec);
    json_decref(i->claims);
}

/* The person signs in at the address the browser was sent to: a code, and the state that goes
 * back with it. */
static inline void issuer_authorize(issuer *i, const char *to, char state[64])
{
    char client[64], scope[64], method[16];
    assert_true(ku_text_starts(to, i->name));
    assert_true(issuer_member_of(to, "state", state, 64));
    assert_true(issuer_member_of(to, "nonce", i->nonce, sizeof i->nonce));
    assert_true(issuer_member_of(to, "code_challenge", i->challenge, sizeof i->challenge));
    assert_true(issuer_member_of(to, "code_challenge_method", method, sizeof method));
    assert_true(issuer_member_of(to, "redirect_uri", i->redirect, sizeof i->redirect));
    assert_true(issuer_member_of(to, "client_id", client, sizeof client));
    assert_true(issuer_member_of(to, "scope", scope, sizeof scope));
    assert_string_equal(method, "S256");
    assert_string_equal(client, "kemudi%20test");
    snprintf(i->code, sizeof i->code, "code-%08x", randombytes_random());
    i->code_used = false;
}

#endif
