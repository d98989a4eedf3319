/* identity.h - who sends a request, and whether its route is theirs to use. What is found
 * stands in the call. */
#ifndef KU_APP_HTTP_IDENTITY_H
#define KU_APP_HTTP_IDENTITY_H

#include "app/http/route.h"

/* The session's cookie, and that of one on the way to the company's sign-in service and back. */
#define HTTP_COOKIE "kemudi"
#define HTTP_TICKET "kemudi_ticket"

/* Fills call->who, user and actor from the cookie or the Authorization header: nobody, a user, a
 * program, or - while nobody can sign in yet - this computer itself. A wrong text is nobody. */
ku_status http_identify(http_call *call, ku_error *err);
/* KU_NOT_ALLOWED, with status 401 when signing in would help. What a record's route may do is
 * the store's to say. */
ku_status http_admit(http_call *call, ku_error *err);
/* Writes that the session is in use and changes its text when it is time. Best effort. */
void http_keep_session(http_call *call);
/* Set-Cookie with the session's text; NULL: takes the cookie back. */
void http_set_cookie(http_call *call, const char *token);
/* Writes a refusal to the log. Best effort. */
void http_log_refusal(http_call *call, const ku_error *err);

#endif
