/* identity.c - who sends a request.
 *
 * While no user exists nobody could sign in, so the one at this computer is let in: they
 * load data, look around and make the first user. From then on every address but the few
 * marked HTTP_OPEN takes a session or a token. */
#include "app/http/identity.h"

#include "access/authorize.h"
#include "access/event.h"
#include "access/session.h"
#include "access/sign_in.h"
#include "app/http/handlers.h"
#include "app/http/server_internal.h"
#include "base/date.h"
#include "workspace/sql.h"

/* ---- who -------------------------------------------------------------------------------------- */

static ku_status look_up(sqlite3 *db, http_call *call, ku_error *err)
{
    int64_t now = ku_now_micros();
    if (call->token != NULL) {
        KU_TRY(ku_token_find(db, call->token, now, &call->who.token, err));
        if (call->who.token != 0) call->who.kind = KU_WHO_TOKEN;
        call->who.via = "api";
        return KU_OK;
    }
    if (call->cookie == NULL) return KU_OK;
    KU_TRY(
        ku_user_session_find(db, call->cookie, now, &call->who.session, &call->session_due, err));
    if (call->who.session != 0) call->who.kind = KU_WHO_USER;
    return KU_OK;
}

/* A session that was ended between looking it up and here is nobody's. */
static ku_status load(sqlite3 *db, http_call *call, ku_error *err)
{
    ku_error why = {0};
    if (call->who.kind == KU_WHO_NOBODY) return KU_OK;
    ku_status status = ku_actor_load(db, &call->who, ku_now_micros(), call->arena, &call->actor,
                                     &why);
    if (status == KU_OK) return KU_OK;
    if (status == KU_NOT_ALLOWED) {
        call->who = (ku_who){.kind = KU_WHO_NOBODY, .via = call->who.via};
        return KU_OK;
    }
    *err = why;
    return status;
}

ku_status http_identify(http_call *call, ku_error *err)
{
    sqlite3 *db;
    bool open = false;
    call->who = (ku_who){.kind = KU_WHO_NOBODY, .via = "web"};
    KU_TRY(ku_workspace_reader(call->server->workspace, &db, err));
    ku_status status = look_up(db, call, err);
    ku_workspace_reader_done(call->server->workspace, db);
    KU_TRY(status);
    if (call->who.kind == KU_WHO_NOBODY)
        KU_TRY(ku_sign_in_open(call->server->workspace, &open, err));
    if (open) call->who = (ku_who){.kind = KU_WHO_LOCAL, .via = "web", .name = HTTP_LOCAL_NAME};
    KU_TRY(ku_workspace_reader(call->server->workspace, &db, err));
    status = load(db, call, err);
    ku_workspace_reader_done(call->server->workspace, db);
    return status;
}

const char *http_actor_name(const http_call *call)
{
    bool known = call->actor != NULL && call->who.kind != KU_WHO_LOCAL;
    return known ? call->actor->name : HTTP_LOCAL_NAME;
}

/* ---- whether --------------------------------------------------------------------------------------- */

ku_status http_admit(http_call *call, ku_error *err)
{
    const http_route *route = call->route;
    if (strcmp(route->area, HTTP_OPEN) == 0) return KU_OK;
    if (call->who.kind == KU_WHO_NOBODY) {
        call->reply.status = 401;
        return ku_error_set(err, KU_NOT_ALLOWED, "session",
                            call->cookie != NULL || call->token != NULL
                                ? "the session has ended or the token is not good; sign in again"
                                : "sign in first");
    }
    if (strcmp(route->area, HTTP_RECORDS) == 0) return KU_OK;
    ku_verdict verdict = ku_authorize_area(call->actor, route->area, route->takes, call->arena);
    if (verdict.allowed) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, route->area, "%s", verdict.because);
}

/* ---- the session's course ------------------------------------------------------------------------------ */

void http_set_cookie(http_call *call, const char *token)
{
    const char *text = token != NULL
                           ? ku_arena_printf(call->arena,
                                             HTTP_COOKIE
                                             "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d",
                                             token, KU_SESSION_WHOLE)
                           : HTTP_COOKIE "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
    http_reply_header(call, "Set-Cookie", text);
}

static ku_status touch(http_call *call, sqlite3 *db, bool *changed, char token[KU_SECRET_TEXT],
                       ku_error *err)
{
    KU_TRY(ku_sql_run(db, err, "BEGIN IMMEDIATE", ""));
    KU_TRY(ku_user_session_touch(db, call->who.session, ku_now_micros(), changed, token, err));
    return ku_sql_run(db, err, "COMMIT", "");
}

void http_keep_session(http_call *call)
{
    sqlite3 *db;
    bool changed = false;
    char token[KU_SECRET_TEXT];
    if (!call->session_due || call->who.kind != KU_WHO_USER) return;
    if (ku_workspace_office(call->server->workspace, &db, NULL) != KU_OK) return;
    bool written = touch(call, db, &changed, token, NULL) == KU_OK;
    ku_workspace_office_done(call->server->workspace, db);
    if (written && changed) http_set_cookie(call, token);
}

void http_log_refusal(http_call *call, const ku_error *err)
{
    if (call->route == NULL || call->who.via == NULL) return;
    ku_event_denied(call->server->workspace, &call->who, call->route->summary, err->message, NULL);
}
