/* secret.h - random texts handed to people and programs, and what is kept of them: a
 * BLAKE2b-256 hash. The texts have 256 bits by chance, so a plain hash tells nothing. */
#ifndef KU_ACCESS_SECRET_H
#define KU_ACCESS_SECRET_H

#include <stddef.h>

#include "kemudi/arena.h"

#define KU_SECRET_HASH 32
#define KU_SECRET_TEXT 44 /* 43 characters of base 64 for addresses, and NUL */

void ku_secret_make(char text[KU_SECRET_TEXT]);
void ku_secret_hash(const char *text, unsigned char hash[KU_SECRET_HASH]);

#endif
