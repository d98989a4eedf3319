/* master.c - the master key: 32 random bytes in keys/master.key, read by its owner only.
 *
 * It is made when first needed, by whoever comes first: the bytes are written and synced under
 * another name, which is then linked to the final one. link(2) gives a name once, so of two
 * programs at the same moment one makes the key and the other reads it. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/keys_internal.h"
#include "base/file.h"

static const char KEY_NAME[] = "keys/master.key";

/* ---- reading ------------------------------------------------------------------------------ */

static ku_status check_mode(int fd, ku_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return ku_error_errno(err, errno, KEY_NAME, "reading the key");
    if ((st.st_mode & 077) == 0) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, KEY_NAME,
                        "other users of this computer can read the master key; "
                        "`chmod 600 keys/master.key`, then try again");
}

static ku_status read_bytes(int fd, unsigned char key[KU_KEY_BYTES], ku_error *err)
{
    unsigned char bytes[KU_KEY_BYTES + 1];
    ssize_t got;
    do {
        got = read(fd, bytes, sizeof bytes);
    } while (got < 0 && errno == EINTR);
    int failed = errno;
    if (got == KU_KEY_BYTES) memcpy(key, bytes, KU_KEY_BYTES);
    sodium_memzero(bytes, sizeof bytes);
    if (got == KU_KEY_BYTES) return KU_OK;
    if (got < 0) return ku_error_errno(err, failed, KEY_NAME, "reading the key");
    return ku_error_set(err, KU_BAD_DATA, KEY_NAME,
                        "the master key is damaged: expected %d bytes; restore a backup",
                        KU_KEY_BYTES);
}

static ku_status read_key(const char *path, unsigned char key[KU_KEY_BYTES], bool *there,
                          ku_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    *there = fd >= 0;
    if (fd < 0 && errno == ENOENT) return KU_OK;
    if (fd < 0) return ku_error_errno(err, errno, KEY_NAME, "opening the key");
    ku_status status = check_mode(fd, err);
    if (status == KU_OK) status = read_bytes(fd, key, err);
    close(fd);
    return status;
}

/* ---- making -------------------------------------------------------------------------------- */

static ku_status write_part(const char *part, ku_error *err)
{
    unsigned char key[KU_KEY_BYTES];
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return ku_error_errno(err, errno, KEY_NAME, "making the master key");
    randombytes_buf(key, sizeof key);
    ku_status status = ku_write_all(fd, key, sizeof key, KEY_NAME, err);
    sodium_memzero(key, sizeof key);
    if (status == KU_OK && fsync(fd) != 0)
        status = ku_error_errno(err, errno, KEY_NAME, "making the master key");
    close(fd);
    return status;
}

static ku_status sync_folder(const char *folder, ku_error *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return ku_error_errno(err, errno, KEY_NAME, "making the master key");
    int failed = fsync(fd) != 0 ? errno : 0;
    close(fd);
    return failed == 0 ? KU_OK : ku_error_errno(err, failed, KEY_NAME, "making the master key");
}

static ku_status make_key(ku_workspace *workspace, const char *path, ku_arena *arena, ku_error *err)
{
    const char *folder = ku_arena_printf(arena, "%s/keys", ku_workspace_path(workspace));
    const char *part = ku_arena_printf(arena, "%s.part-%08x", path, randombytes_random());
    ku_status status = write_part(part, err);
    if (status == KU_OK && link(part, path) != 0 && errno != EEXIST)
        status = ku_error_errno(err, errno, KEY_NAME, "making the master key");
    unlink(part);
    return status == KU_OK ? sync_folder(folder, err) : status;
}

static ku_status find_key(ku_workspace *workspace, bool make, ku_arena *arena,
                          unsigned char key[KU_KEY_BYTES], ku_error *err)
{
    bool there = false;
    const char *path = ku_arena_printf(arena, "%s/%s", ku_workspace_path(workspace), KEY_NAME);
    KU_TRY(read_key(path, key, &there, err));
    if (!there && make) {
        KU_TRY(make_key(workspace, path, arena, err));
        KU_TRY(read_key(path, key, &there, err));
    }
    if (there) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, KEY_NAME,
                        "the master key is missing, so what is sealed cannot be opened; "
                        "restore it from a backup");
}

ku_status ku_master_key(ku_workspace *workspace, bool make, unsigned char key[KU_KEY_BYTES],
                        ku_error *err)
{
    if (sodium_init() < 0) return ku_error_set(err, KU_FAULT, NULL, "no source of random numbers");
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    ku_status status = find_key(workspace, make, arena, key, err);
    ku_arena_free(arena);
    return status;
}

/* ---- wrapping -------------------------------------------------------------------------------- */

_Static_assert(KU_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "one size of key");
_Static_assert(KU_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(KU_TAG_BYTES == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");

void ku_key_wrap(const unsigned char master[KU_KEY_BYTES], const char *about,
                 const unsigned char key[KU_KEY_BYTES], unsigned char wrapped[KU_WRAPPED_BYTES])
{
    randombytes_buf(wrapped, KU_NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(wrapped + KU_NONCE_BYTES, NULL, key, KU_KEY_BYTES,
                                               (const unsigned char *)about, strlen(about), NULL,
                                               wrapped, master);
}

bool ku_key_unwrap(const unsigned char master[KU_KEY_BYTES], const char *about, const void *wrapped,
                   size_t length, unsigned char key[KU_KEY_BYTES])
{
    const unsigned char *bytes = wrapped;
    return length == KU_WRAPPED_BYTES &&
           crypto_aead_xchacha20poly1305_ietf_decrypt(
               key, NULL, NULL, bytes + KU_NONCE_BYTES, length - KU_NONCE_BYTES,
               (const unsigned char *)about, strlen(about), bytes, master) == 0;
}
