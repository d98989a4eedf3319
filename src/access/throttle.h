/* throttle.h - attempts to sign in, counted by user and by address, with waits that grow. Takes
 * a write transaction of the caller's. */
#ifndef KU_ACCESS_THROTTLE_H
#define KU_ACCESS_THROTTLE_H

#include <sqlite3.h>
#include <stdint.h>

#include "kemudi/error.h"

/* Takes one attempt before it is known how it ends, so that many at once count as many.
 * KU_NOT_ALLOWED with where "throttle" while one has to wait, saying how long. `what` is
 * "user:7" (5 attempts are free, then the wait doubles from 2 seconds to a quarter of an hour)
 * or "address:127.0.0.1" (50 are free, as a whole house may come from one; at most a minute). */
ku_status ku_throttle_take(sqlite3 *db, const char *what, int64_t now, ku_error *err);
/* One attempt was none: it went well. */
ku_status ku_throttle_give_back(sqlite3 *db, const char *what, ku_error *err);
/* All of them: the user has shown who they are. */
ku_status ku_throttle_clear(sqlite3 *db, const char *what, ku_error *err);

#endif
