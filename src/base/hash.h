/* hash.h - BLAKE2b-256 of bytes, in one go or piece by piece. A ku_hash is a plain value;
 * nothing needs freeing. */
#ifndef KU_BASE_HASH_H
#define KU_BASE_HASH_H

#include <sodium.h>
#include <stddef.h>

#include "kemudi/error.h"

#define KU_HASH_BYTES 32
#define KU_HASH_TEXT  65 /* hex digits and NUL */

typedef struct ku_hash {
    crypto_generichash_state state;
} ku_hash;

void ku_hash_init(ku_hash *hash);
void ku_hash_add(ku_hash *hash, const void *bytes, size_t length);
/* Lower-case hex of all that was added; the hash must be initialised again after. */
void ku_hash_finish(ku_hash *hash, char hex[KU_HASH_TEXT]);

void ku_hash_bytes(const void *bytes, size_t length, char hex[KU_HASH_TEXT]);
ku_status ku_hash_file(const char *path, char hex[KU_HASH_TEXT], ku_error *err);

#endif
