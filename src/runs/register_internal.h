/* register_internal.h - what the writing and the reading half of the register share. */
#ifndef KU_RUNS_REGISTER_INTERNAL_H
#define KU_RUNS_REGISTER_INTERNAL_H

#include "runs/register.h"

/* KU_USAGE or KU_NOT_FOUND in plain words for an id that is none. */
ku_status ku_register_number(const char *id, int64_t *number, ku_error *err);
ku_status ku_register_unknown(const char *id, ku_error *err);

/* The lock of one run: the byte of runs.lock at its number. */
ku_status ku_register_lock(ku_workspace *workspace, int64_t number, int *lock, ku_error *err);
bool ku_register_alive(int lock_file, int64_t number);
ku_status ku_register_lock_file(ku_workspace *workspace, int *fd, ku_error *err);

#endif
