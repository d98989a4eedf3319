/* personal.h - what is held on a person: given out whole, and taken back for good. JSON handed
 * out is the office's. */
#ifndef KU_OFFICE_PERSONAL_PERSONAL_H
#define KU_OFFICE_PERSONAL_PERSONAL_H

#include "office/store.h"

/* All that is held on the person, for them: {"person", "made", "records": {entity: [...]},
 * "account", "sessions", "tokens", "events"}. Of their own records every field, sealed ones
 * opened; of others' records that name them what is not personal to somebody else; of secret
 * records only that there are some. May be asked by the person, by who looks after people, and
 * at the computer itself; each asking is an event, so it takes a writing office. */
ku_status ku_personal_export(ku_office *office, int64_t person, json_t **held, ku_error *err);

/* Destroys the person's key and takes their name and sign-in away; what they did stays, under
 * "Erased person 17". KU_CONFLICT while they are with the company. The bytes leave the disk
 * when the transaction is committed and ku_personal_sweep has run. */
ku_status ku_personal_erase(ku_office *office, int64_t person, const char *reason, ku_error *err);
/* Empties the journal that may still hold pages as they were before. */
ku_status ku_personal_sweep(ku_workspace *workspace, ku_error *err);

ku_change_fn ku_personal_request_check, ku_personal_request_ready, ku_personal_request_done;

#endif
