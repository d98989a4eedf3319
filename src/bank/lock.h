/* lock.h - the lock beside a bank's file that lets one process write or several read. The
 * descriptor in a ku_bank_lock is owned by the holder until ku_bank_unlock. */
#ifndef KU_BANK_LOCK_H
#define KU_BANK_LOCK_H

#include <stdbool.h>

#include "kemudi/error.h"

/* Locks `path`.lock, waiting up to wait_ms; then KU_BUSY naming the process that holds it.
 * `fd` is -1 when the folder may only be read and nobody has ever written: then there is
 * nothing to guard against. */
ku_status ku_bank_lock(const char *path, bool exclusive, int wait_ms, int *fd, ku_error *err);
void ku_bank_unlock(int fd); /* -1 is safe */

#endif
