/* oidc.c - the way to the company's sign-in service and back.
 *
 *   start   read the issuer's description, send the browser there with state, nonce and the
 *           hash of the verifier; all three follow from the ticket in the browser's cookie
 *   finish  the browser that holds the ticket is back with a code; exchange it, check the
 *           token, find who is connected with its subject, begin their session */
#include "access/oidc.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/credential.h"
#include "access/event.h"
#include "access/oidc_internal.h"
#include "access/session.h"
#include "access/throttle.h"
#include "base/date.h"
#include "base/json.h"
#include "base/text.h"
#include "workspace/sql.h"

enum { MOST_SECRET = 512 };

static const int64_t second = INT64_C(1000000);

typedef struct passage {
    ku_workspace *workspace;
    const ku_settings *settings;
    ku_arena *arena;
    json_t *description; /* the issuer's own; owned */
    int64_t now;
} passage;

bool ku_oidc_on(const ku_settings *settings)
{
    return *settings->oidc_issuer != '\0' && *settings->oidc_client != '\0';
}

/* ---- what follows from the ticket ----------------------------------------------------------------- */

static void derive(const char *ticket, const char *what, char out[KU_SECRET_TEXT])
{
    unsigned char hash[KU_SECRET_HASH];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, (const unsigned char *)what, strlen(what) + 1);
    crypto_generichash_update(&state, (const unsigned char *)ticket, strlen(ticket));
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2base64(out, KU_SECRET_TEXT, hash, sizeof hash,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(hash, sizeof hash);
}

/* RFC 7636, 4.2: S256. */
static void challenge_of(const char *verifier, char out[KU_SECRET_TEXT])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)verifier, strlen(verifier));
    sodium_bin2base64(out, KU_SECRET_TEXT, hash, sizeof hash,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static bool same_text(const char *a, const char *b)
{
    size_t length = strlen(a);
    return length == strlen(b) && sodium_memcmp(a, b, length) == 0;
}

/* ---- the issuer ---------------------------------------------------------------------------------------- */

static ku_status read_description(passage *p, ku_error *err)
{
    const char *issuer = p->settings->oidc_issuer, *itself = "";
    long http;
    if (!ku_oidc_on(p->settings))
        return ku_error_set(err, KU_NOT_FOUND, "oidc",
                            "no sign-in service is set; see [oidc] in kemudi.toml");
    KU_TRY(ku_oidc_check_issuer(issuer, err));
    size_t length = strlen(issuer);
    if (issuer[length - 1] == '/') length--;
    const ku_oidc_ask ask = {.url = ku_arena_printf(p->arena,
                                                    "%.*s/.well-known/openid-configuration",
                                                    (int)length, issuer)};
    KU_TRY(ku_oidc_fetch(issuer, &ask, &http, &p->description, err));
    KU_TRY(ku_json_text(p->description, "", "issuer", &itself, err));
    if (strcmp(itself, issuer) == 0) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "oidc.issuer",
                        "the service calls itself %.120s; write its name so in kemudi.toml",
                        itself);
}

static ku_status endpoint(const passage *p, const char *name, const char **url, ku_error *err)
{
    KU_TRY(ku_json_text(p->description, "", name, url, err));
    if (ku_oidc_same_origin(p->settings->oidc_issuer, *url)) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "sign-in service",
                        "the service's %s lies at another place, %.120s; only the issuer itself "
                        "is used",
                        name, *url);
}

/* The text as it stands in a form or an address. */
static const char *escaped(ku_arena *arena, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = ku_arena_alloc(arena, 3 * strlen(text) + 1), *to = out;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     strchr("-._~", c) != NULL;
        if (plain) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '%';
        *to++ = hex[c >> 4];
        *to++ = hex[c & 15];
    }
    *to = '\0';
    return out;
}

/* ---- there ------------------------------------------------------------------------------------------------- */

static ku_status throttle(passage *p, const char *address, bool back, ku_error *err)
{
    sqlite3 *db;
    const char *what = ku_arena_printf(p->arena, "address:%.60s", address != NULL ? address : "");
    KU_TRY(ku_workspace_office(p->workspace, &db, err));
    ku_status status = ku_sql_run(db, err, "BEGIN IMMEDIATE", "");
    if (status == KU_OK)
        status = back ? ku_throttle_give_back(db, what, err)
                      : ku_throttle_take(db, what, p->now, err);
    if (status == KU_OK) status = ku_sql_run(db, err, "COMMIT", "");
    ku_workspace_office_done(p->workspace, db);
    return status;
}

static ku_status start(passage *p, const ku_oidc_begin *begin, char ticket[KU_SECRET_TEXT],
                       const char **to, ku_arena *arena, ku_error *err)
{
    char state[KU_SECRET_TEXT], nonce[KU_SECRET_TEXT], verifier[KU_SECRET_TEXT];
    char challenge[KU_SECRET_TEXT];
    const char *url;
    KU_TRY(throttle(p, begin->address, false, err));
    KU_TRY(read_description(p, err));
    KU_TRY(endpoint(p, "authorization_endpoint", &url, err));
    ku_secret_make(ticket);
    derive(ticket, "state", state);
    derive(ticket, "nonce", nonce);
    derive(ticket, "verifier", verifier);
    challenge_of(verifier, challenge);
    sodium_memzero(verifier, sizeof verifier);
    *to = ku_arena_printf(arena,
                          "%s%cresponse_type=code&scope=openid&client_id=%s&redirect_uri=%s"
                          "&state=%s&nonce=%s&code_challenge=%s&code_challenge_method=S256%s",
                          url, strchr(url, '?') != NULL ? '&' : '?',
                          escaped(p->arena, p->settings->oidc_client),
                          escaped(p->arena, begin->redirect), state, nonce, challenge,
                          begin->again ? "&prompt=login&max_age=0" : "");
    return KU_OK;
}

static ku_status passage_begin(passage *p, ku_workspace *workspace, ku_error *err)
{
    *p = (passage){.workspace = workspace,
                   .settings = ku_workspace_settings(workspace),
                   .arena = ku_arena_new(),
                   .now = ku_now_micros()};
    return p->arena != NULL ? KU_OK : ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
}

static void passage_end(passage *p)
{
    json_decref(p->description);
    ku_arena_free(p->arena);
}

ku_status ku_oidc_start(ku_workspace *workspace, const ku_oidc_begin *begin, ku_arena *arena,
                        char ticket[KU_SECRET_TEXT], const char **to, ku_error *err)
{
    passage p;
    KU_TRY(passage_begin(&p, workspace, err));
    ku_status status = start(&p, begin, ticket, to, arena, err);
    passage_end(&p);
    return status;
}

/* ---- and back: the code for a token ---------------------------------------------------------------------------- */

static ku_status read_secret_file(const char *path, char secret[MOST_SECRET], ku_error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return ku_error_errno(err, errno, "oidc.secret", "opening the file in keys/");
    ssize_t got = -1;
    bool guarded = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) == 0;
    if (guarded) got = read(fd, secret, MOST_SECRET - 1);
    close(fd);
    if (!guarded)
        return ku_error_set(err, KU_NOT_ALLOWED, "oidc.secret",
                            "other users of this computer can read the secret; chmod 600 the file "
                            "in keys/");
    if (got <= 0) return ku_error_set(err, KU_BAD_DATA, "oidc.secret", "the file is empty");
    secret[got] = '\0';
    secret[strcspn(secret, "\r\n")] = '\0';
    return KU_OK;
}

/* "" when none is set: a public client, held by PKCE alone. */
static ku_status read_secret(const passage *p, char secret[MOST_SECRET], ku_error *err)
{
    const char *name = p->settings->oidc_secret;
    secret[0] = '\0';
    if (*name == '\0') return KU_OK;
    if (strchr(name, '/') != NULL || *name == '.')
        return ku_error_set(err, KU_USAGE, "oidc.secret",
                            "expected the name of a file in keys/, found \"%.60s\"", name);
    return read_secret_file(
        ku_arena_printf(p->arena, "%s/keys/%s", ku_workspace_path(p->workspace), name), secret,
        err);
}

static ku_status ask_token(passage *p, const ku_oidc_back *back, const char *secret,
                           json_t **answer, ku_error *err)
{
    char verifier[KU_SECRET_TEXT];
    const char *url;
    long http = 0;
    KU_TRY(endpoint(p, "token_endpoint", &url, err));
    derive(back->ticket, "verifier", verifier);
    const char *form = ku_arena_printf(
        p->arena,
        "grant_type=authorization_code&code=%s&redirect_uri=%s&client_id=%s"
        "&code_verifier=%s",
        escaped(p->arena, back->code), escaped(p->arena, back->redirect),
        escaped(p->arena, p->settings->oidc_client), verifier);
    const ku_oidc_ask ask = {.url = url,
                             .form = form,
                             .user = *secret != '\0' ? escaped(p->arena, p->settings->oidc_client)
                                                     : NULL,
                             .secret = escaped(p->arena, secret)};
    ku_status status = ku_oidc_fetch(p->settings->oidc_issuer, &ask, &http, answer, err);
    sodium_memzero(verifier, sizeof verifier);
    sodium_memzero((char *)(uintptr_t)form, strlen(form));
    sodium_memzero((char *)(uintptr_t)ask.secret, strlen(ask.secret));
    if (status != KU_OK && (http == 400 || http == 401))
        return ku_error_set(err, KU_NOT_ALLOWED, "sign-in service",
                            "the sign-in service did not accept the code; begin again");
    return status;
}

static ku_status exchange(passage *p, const ku_oidc_back *back, json_t **answer, ku_error *err)
{
    char secret[MOST_SECRET];
    KU_TRY(read_secret(p, secret, err));
    ku_status status = ask_token(p, back, secret, answer, err);
    sodium_memzero(secret, sizeof secret);
    return status;
}

static ku_status check_token(passage *p, const ku_oidc_back *back, const json_t *answer,
                             ku_id_token *token, ku_error *err)
{
    char nonce[KU_SECRET_TEXT];
    const char *url, *text;
    json_t *keys;
    long http;
    KU_TRY(ku_json_text(answer, "", "id_token", &text, err));
    KU_TRY(endpoint(p, "jwks_uri", &url, err));
    const ku_oidc_ask ask = {.url = url};
    KU_TRY(ku_oidc_fetch(p->settings->oidc_issuer, &ask, &http, &keys, err));
    derive(back->ticket, "nonce", nonce);
    const ku_id_expected expected = {.issuer = p->settings->oidc_issuer,
                                     .client = p->settings->oidc_client,
                                     .nonce = nonce,
                                     .now = p->now / second};
    ku_status status = ku_id_token_check(keys, text, &expected, p->arena, token, err);
    json_decref(keys);
    return status;
}

/* ---- the session ------------------------------------------------------------------------------------------------ */

static ku_status find_user(sqlite3 *db, const passage *p, const ku_id_token *token, int64_t *user,
                           ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT u.id, u.state FROM credential c JOIN app_user u ON u.id = c.user"
                          " WHERE c.kind = 'oidc' AND c.issuer = ?1 AND c.subject = ?2",
                          "ss", p->settings->oidc_issuer, token->subject));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row)
        return ku_error_set(err, KU_NOT_ALLOWED, "sign-in",
                            "nobody here is connected with \"%.120s\" of the sign-in service; an "
                            "administrator does it by kemudi user connect",
                            token->subject);
    *user = sqlite3_column_int64(statement, 0);
    bool locked = strcmp((const char *)sqlite3_column_text(statement, 1), "locked") == 0;
    sqlite3_finalize(statement);
    if (!locked) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "sign-in", "this user is locked");
}

static ku_status log_sign_in(sqlite3 *db, const passage *p, int64_t session, ku_error *err)
{
    const ku_who who = {.kind = KU_WHO_USER, .session = session, .via = "web"};
    ku_actor *actor;
    KU_TRY(ku_actor_load(db, &who, p->now, p->arena, &actor, err));
    json_t *detail = json_pack("{s:s}", "by", p->settings->oidc_issuer);
    const ku_event event = {
        .action = "sign-in", .entity = "app_user", .record = actor->user, .detail = detail};
    ku_status status = ku_event_add(p->workspace, db, actor, &event, NULL, err);
    json_decref(detail);
    return status;
}

static ku_status let_in(sqlite3 *db, const passage *p, const ku_oidc_back *back,
                        const ku_id_token *token, ku_signed *done, ku_error *err)
{
    int64_t user = 0, confirmed = token->signed_in * second;
    if (confirmed > p->now) confirmed = p->now;
    KU_TRY(find_user(db, p, token, &user, err));
    KU_TRY(ku_sql_run(db, err,
                      "UPDATE app_user SET state = 'active', version = version + 1, changed = ?2"
                      " WHERE id = ?1 AND state = 'invited'",
                      "ii", user, p->now));
    KU_TRY(ku_user_session_begin(db, user, back->agent, p->now, &done->session, done->token, err));
    KU_TRY(ku_sql_run(db, err, "UPDATE user_session SET confirmed = ?2 WHERE id = ?1", "ii",
                      done->session, confirmed));
    return log_sign_in(db, p, done->session, err);
}

static ku_status begin_session(passage *p, const ku_oidc_back *back, const ku_id_token *token,
                               ku_signed *done, ku_error *err)
{
    sqlite3 *db;
    KU_TRY(ku_workspace_office(p->workspace, &db, err));
    ku_status status = ku_sql_run(db, err, "BEGIN IMMEDIATE", "");
    if (status == KU_OK) status = let_in(db, p, back, token, done, err);
    if (status == KU_OK) status = ku_sql_run(db, err, "COMMIT", "");
    ku_workspace_office_done(p->workspace, db);
    return status;
}

/* The browser that comes back must be the one that was sent, and from where it was sent. */
static ku_status check_return(const passage *p, const ku_oidc_back *back, ku_error *err)
{
    char state[KU_SECRET_TEXT];
    if (back->ticket == NULL || strlen(back->ticket) != KU_SECRET_TEXT - 1 || back->state == NULL ||
        back->code == NULL)
        return ku_error_set(err, KU_NOT_ALLOWED, "sign-in",
                            "this browser did not begin to sign in, or too long ago; begin again");
    derive(back->ticket, "state", state);
    if (!same_text(state, back->state))
        return ku_error_set(err, KU_NOT_ALLOWED, "sign-in",
                            "this answer belongs to another sign-in; begin again");
    if (back->issuer == NULL || strcmp(back->issuer, p->settings->oidc_issuer) == 0) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "sign-in", "this answer is another service's");
}

static ku_status finish(passage *p, const ku_oidc_back *back, ku_signed *done, ku_error *err)
{
    json_t *answer = NULL;
    ku_id_token token;
    KU_TRY(check_return(p, back, err));
    KU_TRY(read_description(p, err));
    KU_TRY(exchange(p, back, &answer, err));
    p->now = ku_now_micros();
    ku_status status = check_token(p, back, answer, &token, err);
    json_decref(answer);
    KU_TRY(status);
    KU_TRY(begin_session(p, back, &token, done, err));
    return throttle(p, back->address, true, err);
}

ku_status ku_oidc_finish(ku_workspace *workspace, const ku_oidc_back *back, ku_signed *done,
                         ku_error *err)
{
    static const ku_who nobody = {.kind = KU_WHO_NOBODY, .via = "web"};
    passage p;
    *done = (ku_signed){0};
    KU_TRY(passage_begin(&p, workspace, err));
    ku_status status = finish(&p, back, done, err);
    if (status == KU_NOT_ALLOWED)
        ku_event_denied(workspace, &nobody, "sign-in by service", err->message, NULL);
    passage_end(&p);
    return status;
}

/* ---- who is who ---------------------------------------------------------------------------------------------------- */

ku_status ku_oidc_connect(sqlite3 *db, const char *issuer, int64_t user, const char *subject,
                          int64_t now, ku_error *err)
{
    sqlite3_stmt *statement;
    bool taken;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT 1 FROM credential WHERE kind = 'oidc' AND issuer = ?1"
                          " AND subject = ?2 AND user <> ?3",
                          "ssi", issuer, subject, user));
    KU_TRY(ku_sql_step(&statement, &taken, err));
    sqlite3_finalize(statement);
    if (taken)
        return ku_error_set(err, KU_CONFLICT, "subject",
                            "another user is connected with \"%.120s\" already", subject);
    KU_TRY(
        ku_sql_run(db, err, "DELETE FROM credential WHERE user = ?1 AND kind = 'oidc'", "i", user));
    if (*subject == '\0') return KU_OK;
    return ku_sql_run(db, err,
                      "INSERT INTO credential (user, kind, issuer, subject, created)"
                      " VALUES (?1, 'oidc', ?2, ?3, ?4)",
                      "issi", user, issuer, subject, now);
}
