/* keys_internal.h - the master key and what is wrapped by it. A wrapped value owns nothing; the
 * plain keys handed out lie in the caller's memory, who wipes them (sodium_memzero). */
#ifndef KU_ACCESS_KEYS_INTERNAL_H
#define KU_ACCESS_KEYS_INTERNAL_H

#include "access/keys.h"

enum {
    KU_KEY_BYTES = 32,
    KU_NONCE_BYTES = 24,
    KU_TAG_BYTES = 16,
    KU_WRAPPED_BYTES = KU_NONCE_BYTES + KU_KEY_BYTES + KU_TAG_BYTES,
};

/* Reads keys/master.key; `make` lets it be made when there is none. */
ku_status ku_master_key(ku_workspace *workspace, bool make, unsigned char key[KU_KEY_BYTES],
                        ku_error *err);

/* Encrypts a key under the master key; `about` is bound to it. */
void ku_key_wrap(const unsigned char master[KU_KEY_BYTES], const char *about,
                 const unsigned char key[KU_KEY_BYTES], unsigned char wrapped[KU_WRAPPED_BYTES]);
bool ku_key_unwrap(const unsigned char master[KU_KEY_BYTES], const char *about, const void *wrapped,
                   size_t length, unsigned char key[KU_KEY_BYTES]);

#endif
