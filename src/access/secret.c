/* secret.c - random texts and their hashes. */
#include "access/secret.h"

#include <sodium.h>
#include <string.h>

void ku_secret_make(char text[KU_SECRET_TEXT])
{
    unsigned char bytes[32];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(text, KU_SECRET_TEXT, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof bytes);
}

void ku_secret_hash(const char *text, unsigned char hash[KU_SECRET_HASH])
{
    crypto_generichash(hash, KU_SECRET_HASH, (const unsigned char *)text, strlen(text), NULL, 0);
}
