/* service.c - signing in by the company's own sign-in service: the browser is sent there and
 * comes back. It looks at pages, not at answers, so whatever goes wrong ends on a page too. */
#include <sodium.h>

#include "access/oidc.h"
#include "access/session.h"
#include "app/http/handlers.h"
#include "app/http/identity.h"
#include "app/http/server_internal.h"

#define PATH_OF_TICKET HTTP_API "/session/oidc"

enum { TICKET_SECONDS = 600 };

/* The host is one of this computer's names: http_call_check has seen to it. */
static const char *redirect_of(const http_call *call)
{
    return ku_arena_printf(call->arena, "http://%s" PATH_OF_TICKET "/callback", call->host);
}

/* Lax, not Strict, as the browser comes back from another site; for ten minutes and these two
 * addresses only. */
static void set_ticket(http_call *call, const char *ticket)
{
    const char *text = ku_arena_printf(
        call->arena, HTTP_TICKET "=%s; Path=" PATH_OF_TICKET "; HttpOnly; SameSite=Lax; Max-Age=%d",
        ticket, *ticket != '\0' ? TICKET_SECONDS : 0);
    http_reply_header(call, "Set-Cookie", text);
}

static void send_to(http_call *call, const char *where)
{
    http_reply_empty(call, 303);
    http_reply_header(call, "Location", where);
}

ku_status http_service_start(http_call *call, ku_error *err)
{
    char ticket[KU_SECRET_TEXT];
    const char *to;
    const ku_oidc_begin begin = {
        .redirect = redirect_of(call), .address = call->address, .again = http_bool(call, "again")};
    ku_status status = ku_oidc_start(call->server->workspace, &begin, call->arena, ticket, &to,
                                     err);
    if (status == KU_NOT_ALLOWED && strcmp(err->where, "throttle") == 0) call->reply.status = 429;
    KU_TRY(status);
    send_to(call, to);
    set_ticket(call, ticket);
    sodium_memzero(ticket, sizeof ticket);
    return KU_OK;
}

ku_status http_service_back(http_call *call, ku_error *err)
{
    ku_signed done;
    (void)err;
    ku_error why = {0}; /* is in the log; the page says only that it did not go well */
    const ku_oidc_back back = {.ticket = call->ticket,
                               .redirect = redirect_of(call),
                               .address = call->address,
                               .agent = call->agent,
                               .state = http_text(call, "state"),
                               .code = http_text(call, "code"),
                               .issuer = http_text(call, "iss")};
    ku_status status = ku_oidc_finish(call->server->workspace, &back, &done, &why);
    if (status != KU_OK) {
        send_to(call, status == KU_NOT_ALLOWED ? "/?sign-in=refused" : "/?sign-in=failed");
        set_ticket(call, "");
        return KU_OK;
    }
    send_to(call, "/");
    http_set_cookie(call, done.token);
    set_ticket(call, "");
    sodium_memzero(&done, sizeof done);
    return KU_OK;
}
