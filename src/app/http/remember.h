/* remember.h - answers remembered by Idempotency-Key, so that a client that lost the
 * answer may ask again without doing the thing twice. Kept in memory for 24 hours, at
 * most 2,000 answers; the memory belongs to the server. */
#ifndef KU_APP_HTTP_REMEMBER_H
#define KU_APP_HTTP_REMEMBER_H

#include "app/http/route.h"

typedef struct http_memory http_memory;

http_memory *http_memory_new(void); /* NULL: no memory */
void http_memory_free(http_memory *memory);

/* Looks the key up. *known: the answer was given before and stands in call->reply.
 * KU_CONFLICT when the key came with another request (`print` differs) or the first
 * request is still under way. Otherwise the key is taken and http_memory_keep must
 * follow. `print` is a hash over method, target and body. */
ku_status http_memory_ask(http_memory *memory, const char *key, const char *print, http_call *call,
                          bool *known, ku_error *err);
/* Remembers the call's answer under the key, or forgets the key when the answer was a
 * failure of ours that may go better next time. */
void http_memory_keep(http_memory *memory, const char *key, const http_call *call);

#endif
