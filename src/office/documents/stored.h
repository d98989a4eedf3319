/* stored.h - where the bytes and words of versions lie; what version.c and keeping.c share. Bytes
 * read belong to the caller's arena. */
#ifndef KU_OFFICE_DOCUMENTS_STORED_H
#define KU_OFFICE_DOCUMENTS_STORED_H

#include "office/documents/documents.h"

/* The document's words in the index; NULL: none. The words of secret documents are nowhere but
 * in their sealed files. */
ku_status ku_stored_words(ku_office *office, int64_t document, const char *words, ku_error *err);
/* The bytes of version `number`, sealed when they are secret; `blob` names them. */
ku_status ku_stored_put(ku_office *office, int64_t document, int64_t number, bool secret,
                        const void *bytes, size_t length, char blob[KU_BLOB_ID], ku_error *err);
/* KU_NOT_FOUND when they were destroyed. */
ku_status ku_stored_get(ku_office *office, const json_t *version, ku_arena *arena, void **bytes,
                        size_t *length, ku_error *err);

#endif
