/* sealed.h - stored files that only this workspace's key opens. Opened bytes belong to the
 * caller's arena. */
#ifndef KU_OFFICE_DOCUMENTS_SEALED_H
#define KU_OFFICE_DOCUMENTS_SEALED_H

#include "office/store.h"

/* Seals the bytes piece by piece under the workspace's key and stores them. The blob's name is
 * the hash of the sealed bytes, which a fresh nonce makes another each time: it tells nothing
 * of the content, not even that two are the same. `about` is bound to every piece. */
ku_status ku_sealed_put(ku_office *office, const char *about, const void *bytes, size_t length,
                        char blob[KU_BLOB_ID], ku_error *err);
/* KU_BAD_DATA when it was altered or is not what `about` says. */
ku_status ku_sealed_get(ku_office *office, const char *blob, const char *about, ku_arena *arena,
                        void **bytes, size_t *length, ku_error *err);

#endif
