/* session.c - signing in and out, and one's own account. */
#include <sodium.h>

#include "access/credential.h"
#include "access/event.h"
#include "access/oidc.h"
#include "access/session.h"
#include "access/sign_in.h"
#include "app/http/handlers.h"
#include "app/http/identity.h"
#include "app/http/server_internal.h"
#include "base/date.h"
#include "base/number.h"
#include "workspace/sql.h"

/* Secrets of a body are wiped once they were used; the answer has none of them. */
static void forget(http_call *call, const char *name)
{
    json_t *value = json_object_get(call->body, name);
    const char *text = json_string_value(value);
    if (text != NULL) sodium_memzero((char *)(uintptr_t)text, json_string_length(value));
}

/* Too many attempts have their own status. */
static ku_status refused(http_call *call, ku_status status, const ku_error *err)
{
    bool waits = status == KU_NOT_ALLOWED && strcmp(err->where, "throttle") == 0;
    if (status == KU_NOT_ALLOWED) call->reply.status = waits ? 429 : 401;
    return status;
}

/* ---- who I am ---------------------------------------------------------------------------------- */

/* Titles of the roles held, each once. */
static json_t *role_titles(const ku_actor *actor)
{
    json_t *list = json_array(), *seen = json_object();
    for (size_t i = 0; i < actor->grant_count; i++) {
        const ku_role *role = ku_role_find(actor->grants[i].role);
        if (role == NULL || json_object_get(seen, role->name) != NULL) continue;
        json_object_set_new(seen, role->name, json_true());
        json_array_append_new(list, json_string(role->title));
    }
    json_decref(seen);
    return list;
}

static json_t *stood_in_for(const ku_actor *actor)
{
    json_t *list = json_array();
    for (size_t i = 0; i < actor->grant_count; i++)
        if (actor->grants[i].delegation != 0)
            json_array_append_new(list, json_string(actor->grants[i].because));
    return list;
}

static json_t *person_json(const ku_actor *actor)
{
    if (actor->person == 0) return json_null();
    return json_pack("{s:I, s:s}", "id", (json_int_t)actor->person, "name", actor->name);
}

static json_t *user_json(const ku_actor *actor)
{
    return json_pack("{s:I, s:s}", "id", (json_int_t)actor->user, "name", actor->name);
}

static json_t *session_json(const http_call *call, const ku_actor *actor, bool second_factor)
{
    bool signed_in = actor != NULL && actor->user != 0;
    bool open = actor != NULL && actor->who.kind == KU_WHO_LOCAL;
    const char *needs = open ? "first-administrator" : signed_in ? "nothing" : "sign-in";
    return json_pack("{s:b, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:b, s:b}", "open", open, "needs",
                     needs, "company", ku_workspace_settings(call->server->workspace)->company,
                     "service", ku_oidc_on(ku_workspace_settings(call->server->workspace)), "user",
                     signed_in ? user_json(actor) : json_null(), "person",
                     signed_in ? person_json(actor) : json_null(), "roles",
                     actor != NULL ? role_titles(actor) : json_array(), "stands_in",
                     actor != NULL ? stood_in_for(actor) : json_array(), "fresh",
                     actor != NULL && actor->fresh, "second_factor", second_factor);
}

/* The session as it stands after what was just done. */
static ku_status reply_session(http_call *call, const ku_who *who, ku_error *err)
{
    sqlite3 *db;
    ku_actor *actor = NULL;
    bool second_factor = false;
    KU_TRY(ku_workspace_reader(call->server->workspace, &db, err));
    ku_status status = KU_OK;
    if (who->kind != KU_WHO_NOBODY)
        status = ku_actor_load(db, who, ku_now_micros(), call->arena, &actor, err);
    if (status == KU_OK && actor != NULL && actor->user != 0)
        second_factor = ku_totp_on(db, actor->user);
    ku_workspace_reader_done(call->server->workspace, db);
    KU_TRY(status);
    return http_reply_json(call, 200, session_json(call, actor, second_factor), err);
}

ku_status http_get_session(http_call *call, ku_error *err)
{
    return reply_session(call, &call->who, err);
}

/* ---- in and out ----------------------------------------------------------------------------------- */

static ku_status reply_signed(http_call *call, const ku_signed *done, ku_error *err)
{
    const ku_who who = {.kind = KU_WHO_USER, .session = done->session, .via = "web"};
    if (done->needs_code) {
        call->reply.status = 401;
        return ku_error_set(err, KU_NOT_ALLOWED, "code",
                            "now the code of the second factor, or a recovery code");
    }
    http_set_cookie(call, done->token);
    return reply_session(call, &who, err);
}

static ku_sign_in given(const http_call *call)
{
    const char *name = json_string_value(json_object_get(call->body, "name"));
    return (ku_sign_in){.name = name != NULL ? name : "",
                        .password = http_body_text(call, "password"),
                        .code = http_body_text(call, "code"),
                        .address = call->address,
                        .agent = call->agent};
}

ku_status http_sign_in(http_call *call, ku_error *err)
{
    ku_signed done;
    ku_sign_in with = given(call);
    ku_status status = ku_sign_in_do(call->server->workspace, &with, &done, err);
    forget(call, "password");
    KU_TRY(refused(call, status, err));
    return reply_signed(call, &done, err);
}

ku_status http_use_link(http_call *call, ku_error *err)
{
    ku_signed done;
    ku_sign_in with = given(call);
    ku_status status = ku_sign_in_by_link(call->server->workspace, http_body_text(call, "link"),
                                          &with, &done, err);
    forget(call, "password");
    KU_TRY(refused(call, status, err));
    return reply_signed(call, &done, err);
}

ku_status http_confirm(http_call *call, ku_error *err)
{
    ku_signed done;
    ku_sign_in with = given(call);
    ku_status status = ku_sign_in_confirm(call->server->workspace, &call->who, &with, &done, err);
    forget(call, "password");
    if (status == KU_NOT_ALLOWED) call->reply.status = 403; /* the session itself goes on */
    KU_TRY(status);
    return reply_signed(call, &done, err);
}

ku_status http_sign_out(http_call *call, ku_error *err)
{
    KU_TRY(ku_sign_out(call->server->workspace, &call->who, err));
    http_set_cookie(call, NULL);
    http_reply_empty(call, 204);
    return KU_OK;
}

ku_status http_new_password(http_call *call, ku_error *err)
{
    ku_sign_in with = given(call);
    ku_status status = ku_sign_in_password(call->server->workspace, &call->who, &with,
                                           http_body_text(call, "new_password"), err);
    forget(call, "password");
    forget(call, "new_password");
    KU_TRY(status);
    http_reply_empty(call, 204);
    return KU_OK;
}

/* ---- one transaction on one's own account ------------------------------------------------------------ */

typedef ku_status account_fn(http_call *call, sqlite3 *db, const ku_actor *actor, json_t **answer,
                             ku_error *err);

/* What is changed is written to the log, without the secrets. */
static ku_status log_change(const http_call *call, sqlite3 *db, const ku_actor *actor,
                            const char *action, ku_error *err)
{
    const ku_event event = {.action = action, .entity = "app_user", .record = actor->user};
    if (action == NULL) return KU_OK;
    return ku_event_add(call->server->workspace, db, actor, &event, NULL, err);
}

static ku_status within(http_call *call, sqlite3 *db, account_fn *how, const char *action,
                        json_t **answer, ku_error *err)
{
    ku_actor *actor;
    KU_TRY(ku_sql_run(db, err, "BEGIN IMMEDIATE", ""));
    KU_TRY(ku_actor_load(db, &call->who, ku_now_micros(), call->arena, &actor, err));
    if (actor->user == 0)
        return ku_error_set(err, KU_NOT_ALLOWED, "session",
                            "only who has signed in has an account");
    KU_TRY(how(call, db, actor, answer, err));
    KU_TRY(log_change(call, db, actor, action, err));
    return ku_sql_run(db, err, "COMMIT", "");
}

/* `action`: how the log calls it; NULL: nothing is changed. */
static ku_status on_account(http_call *call, account_fn *how, const char *action, int status,
                            ku_error *err)
{
    sqlite3 *db;
    json_t *answer = NULL;
    KU_TRY(ku_workspace_office(call->server->workspace, &db, err));
    ku_status done = within(call, db, how, action, &answer, err);
    ku_workspace_office_done(call->server->workspace, db);
    if (done != KU_OK) {
        json_decref(answer);
        return done;
    }
    if (answer != NULL) return http_reply_json(call, status, answer, err);
    http_reply_empty(call, 204);
    return KU_OK;
}

/* What protects the account is changed only by one who has just shown who they are. */
static ku_status check_fresh(const ku_actor *actor, ku_error *err)
{
    if (actor->fresh) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "confirm", "confirm who you are first");
}

/* ---- the second factor ---------------------------------------------------------------------------------- */

static ku_status enable_factor(http_call *call, sqlite3 *db, const ku_actor *actor, json_t **answer,
                               ku_error *err)
{
    const char *codes[KU_RECOVERY_CODES], *code = http_body_text(call, "code");
    KU_TRY(ku_totp_confirm(call->server->workspace, db, actor->user, code != NULL ? code : "",
                           actor->at, err));
    KU_TRY(ku_recovery_make(db, actor->user, actor->at, call->arena, codes, err));
    json_t *list = json_array();
    for (int i = 0; i < KU_RECOVERY_CODES; i++) json_array_append_new(list, json_string(codes[i]));
    *answer = json_pack("{s:n, s:n, s:o}", "secret", "uri", "recovery_codes", list);
    return KU_OK;
}

static ku_status begin_factor(http_call *call, sqlite3 *db, const ku_actor *actor, json_t **answer,
                              ku_error *err)
{
    const char *secret, *uri;
    KU_TRY(ku_totp_begin(call->server->workspace, db, actor->user, actor->name, actor->at,
                         call->arena, &secret, &uri, err));
    *answer = json_pack("{s:s, s:s, s:[]}", "secret", secret, "uri", uri, "recovery_codes");
    return KU_OK;
}

static ku_status change_factor(http_call *call, sqlite3 *db, const ku_actor *actor, json_t **answer,
                               ku_error *err)
{
    const char *what = http_body_text(call, "do");
    KU_TRY(check_fresh(actor, err));
    if (strcmp(what, "begin") == 0) return begin_factor(call, db, actor, answer, err);
    if (strcmp(what, "enable") == 0) return enable_factor(call, db, actor, answer, err);
    return ku_totp_remove(db, actor->user, err);
}

ku_status http_second_factor(http_call *call, ku_error *err)
{
    return on_account(call, change_factor, "second factor", 200, err);
}

/* ---- my sessions ------------------------------------------------------------------------------------------ */

static ku_status list_sessions(http_call *call, sqlite3 *db, const ku_actor *actor, json_t **answer,
                               ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_status status;
    json_t *items = json_array();
    *answer = items;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT id, created, seen, agent FROM user_session WHERE user = ?1"
                          " AND revoked IS NULL AND expires > ?2 AND seen > ?3 ORDER BY seen DESC",
                          "iii", actor->user, actor->at,
                          actor->at - KU_SESSION_IDLE * INT64_C(1000000)));
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row)
        json_array_append_new(
            items, json_pack("{s:I, s:o, s:o, s:s, s:b}", "id",
                             (json_int_t)sqlite3_column_int64(statement, 0), "since",
                             http_json_time(sqlite3_column_int64(statement, 1)), "seen",
                             http_json_time(sqlite3_column_int64(statement, 2)), "browser",
                             (const char *)sqlite3_column_text(statement, 3), "this",
                             sqlite3_column_int64(statement, 0) == call->who.session));
    KU_TRY(status);
    *answer = http_json_list(items, NULL);
    return KU_OK;
}

ku_status http_list_sessions(http_call *call, ku_error *err)
{
    return on_account(call, list_sessions, NULL, 200, err);
}

static ku_status end_session(http_call *call, sqlite3 *db, const ku_actor *actor, json_t **answer,
                             ku_error *err)
{
    (void)answer;
    return ku_user_session_end(db, actor->user, strtoll(http_path(call, "id"), NULL, 10), 0,
                               actor->at, err);
}

ku_status http_end_session(http_call *call, ku_error *err)
{
    return on_account(call, end_session, "end session", 204, err);
}

static ku_status end_others(http_call *call, sqlite3 *db, const ku_actor *actor, json_t **answer,
                            ku_error *err)
{
    (void)answer;
    return ku_user_session_end(db, actor->user, 0, call->who.session, actor->at, err);
}

ku_status http_end_other_sessions(http_call *call, ku_error *err)
{
    return on_account(call, end_others, "end other sessions", 204, err);
}

/* ---- my tokens -------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned bit;
} scopes[] = {{"read", KU_SCOPE_READ},
              {"write", KU_SCOPE_WRITE},
              {"run", KU_SCOPE_RUN},
              {"export", KU_SCOPE_EXPORT}};
enum { SCOPES = sizeof scopes / sizeof *scopes };

static json_t *scope_names(unsigned mask)
{
    json_t *list = json_array();
    for (size_t i = 0; i < SCOPES; i++)
        if ((mask & scopes[i].bit) != 0) json_array_append_new(list, json_string(scopes[i].name));
    return list;
}

static ku_status list_tokens(http_call *call, sqlite3 *db, const ku_actor *actor, json_t **answer,
                             ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    ku_status status;
    json_t *items = json_array();
    (void)call;
    *answer = items;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT id, name, scopes, created, expires FROM api_token"
                          " WHERE user = ?1 AND revoked IS NULL AND expires > ?2 ORDER BY id",
                          "ii", actor->user, actor->at));
    while ((status = ku_sql_step(&statement, &row, err)) == KU_OK && row)
        json_array_append_new(
            items, json_pack("{s:I, s:s, s:o, s:o, s:o}", "id",
                             (json_int_t)sqlite3_column_int64(statement, 0), "name",
                             (const char *)sqlite3_column_text(statement, 1), "scopes",
                             scope_names((unsigned)sqlite3_column_int(statement, 2)), "since",
                             http_json_time(sqlite3_column_int64(statement, 3)), "expires",
                             http_json_time(sqlite3_column_int64(statement, 4))));
    KU_TRY(status);
    *answer = http_json_list(items, NULL);
    return KU_OK;
}

ku_status http_list_tokens(http_call *call, ku_error *err)
{
    return on_account(call, list_tokens, NULL, 200, err);
}

static ku_status read_scopes(const json_t *names, unsigned *mask, ku_error *err)
{
    size_t at;
    const json_t *name;
    *mask = 0;
    json_array_foreach(names, at, name)
    {
        size_t i = 0;
        while (i < SCOPES && strcmp(scopes[i].name, json_string_value(name)) != 0) i++;
        if (i == SCOPES)
            return ku_error_set(err, KU_BAD_DATA, "scopes",
                                "expected read, write, run, export; found \"%.40s\"",
                                json_string_value(name));
        *mask |= scopes[i].bit;
    }
    if (*mask != 0) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, "scopes", "a token without any use is of no use");
}

static ku_status new_token(http_call *call, sqlite3 *db, const ku_actor *actor, json_t **answer,
                           ku_error *err)
{
    unsigned mask;
    int64_t id;
    char token[KU_TOKEN_TEXT];
    json_int_t days = json_integer_value(json_object_get(call->body, "days"));
    KU_TRY(check_fresh(actor, err));
    KU_TRY(read_scopes(json_object_get(call->body, "scopes"), &mask, err));
    KU_TRY(ku_token_make(db, actor->user, http_body_text(call, "name"), mask,
                         actor->at + days * KU_DAY_MICROS, actor->at, &id, token, err));
    *answer = json_pack("{s:I, s:s}", "id", (json_int_t)id, "token", token);
    return KU_OK;
}

ku_status http_new_token(http_call *call, ku_error *err)
{
    return on_account(call, new_token, "new token", 201, err);
}

static ku_status end_token(http_call *call, sqlite3 *db, const ku_actor *actor, json_t **answer,
                           ku_error *err)
{
    (void)answer;
    return ku_token_end(db, actor->user, strtoll(http_path(call, "id"), NULL, 10), actor->at, err);
}

ku_status http_end_token(http_call *call, ku_error *err)
{
    return on_account(call, end_token, "end token", 204, err);
}
