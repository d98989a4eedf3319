/* oidc_token.c - whether an identity token holds.
 *
 * The algorithm is ours to choose, not the token's: RS256 and ES256, each only with a key made
 * for it. "none", and a public key passed off as a shared secret, are thereby refused. */
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <sodium.h>
#include <string.h>

#include "access/oidc_internal.h"
#include "base/json.h"

enum { MOST_TOKEN = 16384, CLOCKS = 60, OLDEST = 600, LEAST_RSA_BITS = 2048, P256 = 32 };

static ku_status refuse(ku_error *err, const char *why)
{
    return ku_error_set(err, KU_NOT_ALLOWED, "identity token",
                        "the sign-in service's answer does not hold: %s", why);
}

/* ---- taking apart --------------------------------------------------------------------------------- */

/* Base 64 for addresses, without padding; false when it is none. */
static bool decode(const char *text, size_t length, ku_arena *arena, gnutls_datum_t *out)
{
    const char *end;
    size_t bytes;
    out->data = ku_arena_alloc(arena, length + 1);
    if (length == 0 ||
        sodium_base642bin(out->data, length, text, length, NULL, &bytes, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        end != text + length)
        return false;
    out->size = (unsigned)bytes;
    return true;
}

typedef struct token_parts {
    json_t *header, *claims;
    gnutls_datum_t data, signature; /* what is signed, and by what */
} token_parts;

static void parts_clear(token_parts *parts)
{
    json_decref(parts->header);
    json_decref(parts->claims);
}

static bool parse_part(const char *text, size_t length, ku_arena *arena, json_t **json)
{
    static const ku_json_limits limits = {.bytes = MOST_TOKEN, .depth = 8};
    gnutls_datum_t bytes;
    ku_error ignored = {0};
    if (!decode(text, length, arena, &bytes)) return false;
    return ku_json_parse((const char *)bytes.data, bytes.size, "token", &limits, json, &ignored) ==
               KU_OK &&
           json_is_object(*json);
}

static bool split(const char *token, ku_arena *arena, token_parts *parts)
{
    size_t length = strlen(token);
    const char *first = strchr(token, '.');
    const char *second = first != NULL ? strchr(first + 1, '.') : NULL;
    if (second == NULL || strchr(second + 1, '.') != NULL || length > MOST_TOKEN) return false;
    parts->data.data = (unsigned char *)(uintptr_t)token;
    parts->data.size = (unsigned)(second - token);
    return parse_part(token, (size_t)(first - token), arena, &parts->header) &&
           parse_part(first + 1, (size_t)(second - first - 1), arena, &parts->claims) &&
           decode(second + 1, strlen(second + 1), arena, &parts->signature);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

/* ---- the signature ----------------------------------------------------------------------------------- */

typedef struct algorithm {
    const char *name, *type; /* "alg" of the token, "kty" of the key */
    gnutls_sign_algorithm_t sign;
} algorithm;

static const algorithm algorithms[] = {{"RS256", "RSA", GNUTLS_SIGN_RSA_SHA256},
                                       {"ES256", "EC", GNUTLS_SIGN_ECDSA_SHA256}};

static const algorithm *find_algorithm(const char *name)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (strcmp(algorithms[i].name, name) == 0) return &algorithms[i];
    return NULL;
}

static bool fits(const json_t *key, const algorithm *a, const char *id)
{
    const char *use = text_of(key, "use"), *made_for = text_of(key, "alg");
    return strcmp(text_of(key, "kty"), a->type) == 0 && (*use == '\0' || strcmp(use, "sig") == 0) &&
           (*made_for == '\0' || strcmp(made_for, a->name) == 0) &&
           (*id == '\0' || strcmp(text_of(key, "kid"), id) == 0);
}

/* The one key that fits; NULL when there is none or it cannot be told which. */
static const json_t *find_key(const json_t *keys, const algorithm *a, const char *id)
{
    const json_t *found = NULL, *key;
    size_t at;
    json_array_foreach(json_object_get(keys, "keys"), at, key)
    {
        if (!fits(key, a, id)) continue;
        if (found != NULL) return NULL;
        found = key;
    }
    return found;
}

static bool member(const json_t *key, const char *name, ku_arena *arena, gnutls_datum_t *out)
{
    const char *text = text_of(key, name);
    return strlen(text) <= 2048 && decode(text, strlen(text), arena, out);
}

static bool import_rsa(gnutls_pubkey_t to, const json_t *key, ku_arena *arena)
{
    gnutls_datum_t modulus, exponent;
    unsigned bits = 0;
    return member(key, "n", arena, &modulus) && member(key, "e", arena, &exponent) &&
           gnutls_pubkey_import_rsa_raw(to, &modulus, &exponent) == 0 &&
           gnutls_pubkey_get_pk_algorithm(to, &bits) == GNUTLS_PK_RSA && bits >= LEAST_RSA_BITS;
}

static bool import_ec(gnutls_pubkey_t to, const json_t *key, ku_arena *arena)
{
    gnutls_datum_t x, y;
    return strcmp(text_of(key, "crv"), "P-256") == 0 && member(key, "x", arena, &x) &&
           member(key, "y", arena, &y) && x.size == P256 && y.size == P256 &&
           gnutls_pubkey_import_ecc_raw(to, GNUTLS_ECC_CURVE_SECP256R1, &x, &y) == 0;
}

static bool verify_ec(gnutls_pubkey_t key, const token_parts *parts)
{
    gnutls_datum_t r = {parts->signature.data, P256}, s = {parts->signature.data + P256, P256};
    gnutls_datum_t encoded = {NULL, 0};
    if (parts->signature.size != 2 * P256) return false;
    if (gnutls_encode_rs_value(&encoded, &r, &s) != 0) return false;
    bool holds = gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, &parts->data,
                                            &encoded) >= 0;
    gnutls_free(encoded.data);
    return holds;
}

static bool is_signed(const token_parts *parts, const json_t *key, const algorithm *a,
                      ku_arena *arena)
{
    gnutls_pubkey_t public_key;
    bool holds = false, rsa = a->sign == GNUTLS_SIGN_RSA_SHA256;
    if (gnutls_pubkey_init(&public_key) != 0) return false;
    if (rsa && import_rsa(public_key, key, arena))
        holds = gnutls_pubkey_verify_data2(public_key, a->sign, 0, &parts->data,
                                           &parts->signature) >= 0;
    else if (!rsa && import_ec(public_key, key, arena))
        holds = verify_ec(public_key, parts);
    gnutls_pubkey_deinit(public_key);
    return holds;
}

static ku_status check_signature(const token_parts *parts, const json_t *keys, ku_arena *arena,
                                 ku_error *err)
{
    const algorithm *a = find_algorithm(text_of(parts->header, "alg"));
    if (a == NULL) return refuse(err, "it is not signed by RS256 or ES256");
    if (json_object_get(parts->header, "crit") != NULL)
        return refuse(err, "it demands what Kemudi does not know");
    const json_t *key = find_key(keys, a, text_of(parts->header, "kid"));
    if (key == NULL) return refuse(err, "the service does not publish the key that signed it");
    if (!is_signed(parts, key, a, arena)) return refuse(err, "the signature is wrong");
    return KU_OK;
}

/* ---- what it says ------------------------------------------------------------------------------------- */

static bool is_for(const json_t *claims, const char *client)
{
    const json_t *audience = json_object_get(claims, "aud"), *one;
    const char *party = text_of(claims, "azp");
    size_t at;
    bool found = json_is_string(audience) && strcmp(json_string_value(audience), client) == 0;
    json_array_foreach(audience, at, one)
    {
        if (json_is_string(one) && strcmp(json_string_value(one), client) == 0) found = true;
    }
    if (json_array_size(audience) > 1 && *party == '\0') return false;
    return found && (*party == '\0' || strcmp(party, client) == 0);
}

/* Seconds since 1970; -1 when it is no number. */
static int64_t time_of(const json_t *claims, const char *name)
{
    const json_t *value = json_object_get(claims, name);
    double seconds = json_is_number(value) ? json_number_value(value) : -1;
    return seconds >= 0 && seconds < 1e11 ? (int64_t)seconds : -1;
}

static ku_status check_claims(const json_t *claims, const ku_id_expected *expected, ku_error *err)
{
    int64_t ends = time_of(claims, "exp"), made = time_of(claims, "iat");
    const char *nonce = text_of(claims, "nonce"), *subject = text_of(claims, "sub");
    if (strcmp(text_of(claims, "iss"), expected->issuer) != 0)
        return refuse(err, "it is of another issuer");
    if (!is_for(claims, expected->client)) return refuse(err, "it is for another program");
    if (ends < 0 || ends <= expected->now - CLOCKS) return refuse(err, "it has run out");
    if (made < 0 || made > expected->now + CLOCKS || made < expected->now - OLDEST)
        return refuse(err, "it was not made just now; are both clocks right?");
    if (time_of(claims, "nbf") > expected->now + CLOCKS) return refuse(err, "it does not hold yet");
    if (strlen(nonce) != strlen(expected->nonce) ||
        sodium_memcmp(nonce, expected->nonce, strlen(nonce)) != 0)
        return refuse(err, "it answers another request");
    if (*subject == '\0' || strlen(subject) > 255) return refuse(err, "it names nobody");
    return KU_OK;
}

ku_status ku_id_token_check(const json_t *keys, const char *token, const ku_id_expected *expected,
                            ku_arena *arena, ku_id_token *out, ku_error *err)
{
    token_parts parts = {0};
    ku_status status = split(token, arena, &parts) ? KU_OK : refuse(err, "it is no token");
    if (status == KU_OK) status = check_signature(&parts, keys, arena, err);
    if (status == KU_OK) status = check_claims(parts.claims, expected, err);
    if (status == KU_OK) {
        int64_t signed_in = time_of(parts.claims, "auth_time");
        out->subject = ku_arena_strdup(arena, text_of(parts.claims, "sub"));
        out->signed_in = signed_in > 0 ? signed_in : 0;
    }
    parts_clear(&parts);
    return status;
}
