/* static.h - the web app's files, embedded in the program or, for its developers, read
 * from a folder. The statics belong to the server. */
#ifndef KU_APP_HTTP_STATIC_H
#define KU_APP_HTTP_STATIC_H

#include "app/http/route.h"

typedef struct http_statics http_statics;

/* folder NULL: the embedded files. */
ku_status http_statics_new(const char *folder, http_statics **statics, ku_error *err);
void http_statics_free(http_statics *statics);

/* Answers a GET outside /api: the file, or the app's page for any path without a dot. */
ku_status http_static_answer(http_statics *statics, http_call *call, ku_error *err);

#endif
