/* throttle.h - failed attempts to sign in, counted by user and by address, with waits that
 * grow. Takes a transaction of the caller's. */
#ifndef KU_ACCESS_THROTTLE_H
#define KU_ACCESS_THROTTLE_H

#include <sqlite3.h>
#include <stdint.h>

#include "kemudi/error.h"

/* KU_NOT_ALLOWED with where "throttle" while one has to wait, saying how long. Five attempts
 * are free, then the wait doubles from two seconds up to a quarter of an hour. `what` is
 * "user:ana" or "address:127.0.0.1". */
ku_status ku_throttle_check(sqlite3 *db, const char *what, int64_t now, ku_error *err);
ku_status ku_throttle_count(sqlite3 *db, const char *what, int64_t now, ku_error *err);
ku_status ku_throttle_clear(sqlite3 *db, const char *what, ku_error *err);

#endif
