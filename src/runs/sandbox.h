/* sandbox.h - shutting a worker in: limits of memory and time, and the few system calls
 * that computing needs. All of it holds until the process ends. */
#ifndef KU_RUNS_SANDBOX_H
#define KU_RUNS_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "kemudi/error.h"

/* Whether this build can limit a worker's memory; builds with a sanitizer cannot, as it
 * reserves terabytes of addresses. */
bool ku_sandbox_limits_memory(void);

/* Right at the start of the worker: it dies with its parent, gains no rights, leaves no
 * core, and closes every descriptor but 0..2 and first..last. KU_FAULT when the parent is
 * gone already. */
ku_status ku_sandbox_begin(int64_t parent, int first, int last, ku_error *err);

/* Once threads are started and memory is shared: no more than `memory` bytes beyond what
 * is allocated now, no file or result larger than `memory`, `cpu_seconds` of processor
 * time, no new descriptor; then only computing is allowed. A refused call is reported on
 * descriptor `messages` (KU_MESSAGE_REFUSED) and ends the process; others end it at once. */
ku_status ku_sandbox_lock(uint64_t memory, uint64_t cpu_seconds, int messages, ku_error *err);

/* "open a file", "use the network" ...: what a refused call attempted. Static. */
const char *ku_sandbox_attempt(int system_call);

#endif
