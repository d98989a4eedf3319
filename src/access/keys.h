/* keys.h - the workspace's keys: a master key and a signing key in keys/ (mode 0600), and one
 * key per person, kept wrapped by the master key in the database. What is sealed under a
 * person's key cannot be read by anyone once that key is destroyed. Opened bytes belong to the
 * caller's arena. */
#ifndef KU_ACCESS_KEYS_H
#define KU_ACCESS_KEYS_H

#include <sqlite3.h>

#include "kemudi/arena.h"
#include "workspace/workspace.h"

/* XChaCha20-Poly1305 with a random nonce; `about` (a few words such as "person.phone:17") is
 * bound to it, so that a sealed value moved to another record does not open. `person` 0: the
 * workspace's own key. Makes the key if there is none yet (needs a write transaction then). */
ku_status ku_seal(ku_workspace *workspace, sqlite3 *db, int64_t person, const char *about,
                  const void *plain, size_t length, ku_arena *arena, void **sealed,
                  size_t *sealed_length, ku_error *err);
/* KU_NOT_FOUND when the key was destroyed, KU_BAD_DATA when the bytes were altered. */
ku_status ku_unseal(ku_workspace *workspace, sqlite3 *db, int64_t person, const char *about,
                    const void *sealed, size_t sealed_length, ku_arena *arena, void **plain,
                    size_t *length, ku_error *err);
/* Destroys a person's key; what it sealed is gone for good. */
ku_status ku_key_destroy(sqlite3 *db, int64_t person, int64_t now, ku_error *err);

/* Ed25519. `person` 0: the workspace's own. Makes the key pair if there is none yet. */
#define KU_SIGNATURE_BYTES 64
#define KU_PUBLIC_BYTES    32
ku_status ku_sign(ku_workspace *workspace, sqlite3 *db, int64_t person, const void *message,
                  size_t length, unsigned char signature[KU_SIGNATURE_BYTES],
                  unsigned char public_key[KU_PUBLIC_BYTES], ku_error *err);
bool ku_signature_holds(const unsigned char signature[KU_SIGNATURE_BYTES],
                        const unsigned char public_key[KU_PUBLIC_BYTES], const void *message,
                        size_t length);

#endif
