/* users.h - the workflow of those who sign in and of the roles they hold. */
#ifndef KU_OFFICE_ACCESS_USERS_H
#define KU_OFFICE_ACCESS_USERS_H

#include "office/store.h"

ku_change_fn ku_user_lock, ku_user_locked, ku_grant_check;

/* A one-time link for the user, good for `hours`; written to the log, the link itself is not.
 * Needs the right to change users. */
ku_status ku_user_link(ku_office *office, int64_t user, int64_t hours, const char **link,
                       ku_error *err);
/* Connects the user with who the company's sign-in service knows by this subject; empty: no
 * longer. Needs the right to change users. */
ku_status ku_user_connect(ku_office *office, int64_t user, const char *subject, ku_error *err);

#endif
