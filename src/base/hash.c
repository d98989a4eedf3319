/* hash.c - BLAKE2b-256 by libsodium. */
#include "base/hash.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void ku_hash_init(ku_hash *hash)
{
    int ready = sodium_init(); /* chooses the processor's best code; repeated calls are well */
    assert(ready >= 0);
    (void)ready;
    crypto_generichash_init(&hash->state, NULL, 0, KU_HASH_BYTES);
}

void ku_hash_add(ku_hash *hash, const void *bytes, size_t length)
{
    crypto_generichash_update(&hash->state, bytes, length);
}

void ku_hash_finish(ku_hash *hash, char hex[KU_HASH_TEXT])
{
    unsigned char digest[KU_HASH_BYTES];
    crypto_generichash_final(&hash->state, digest, sizeof digest);
    sodium_bin2hex(hex, KU_HASH_TEXT, digest, sizeof digest);
}

void ku_hash_bytes(const void *bytes, size_t length, char hex[KU_HASH_TEXT])
{
    ku_hash hash;
    ku_hash_init(&hash);
    ku_hash_add(&hash, bytes, length);
    ku_hash_finish(&hash, hex);
}

ku_status ku_hash_file(const char *path, char hex[KU_HASH_TEXT], ku_error *err)
{
    enum { PORTION = 64 * 1024 };
    unsigned char portion[PORTION];
    ku_hash hash;
    ku_hash_init(&hash);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ku_error_errno(err, errno, path, "the file could not be opened");
    ssize_t n;
    while ((n = read(fd, portion, sizeof portion)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0) ku_hash_add(&hash, portion, (size_t)n);
    int failed = n < 0 ? errno : 0;
    close(fd);
    if (failed != 0) return ku_error_errno(err, failed, path, "the file could not be read");
    ku_hash_finish(&hash, hex);
    return KU_OK;
}
