/* file.c - files and folders. */
#include "base/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reading ------------------------------------------------------------------------ */

static ku_status read_all(int fd, size_t size, char *bytes, size_t *length, const char *path,
                          ku_error *err)
{
    size_t have = 0;
    while (have < size) {
        ssize_t n = read(fd, bytes + have, size - have);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return ku_error_errno(err, errno, path, "the file could not be read");
        if (n == 0) break;
        have += (size_t)n;
    }
    bytes[have] = '\0';
    *length = have;
    return KU_OK;
}

static ku_status too_large(const char *path, size_t limit, ku_error *err)
{
    return ku_error_set(err, KU_TOO_LARGE, path, "the file is larger than the limit of %zu bytes",
                        limit);
}

/* Pipes and devices have no size: read in growing portions up to the limit. */
static ku_status read_stream(int fd, size_t limit, ku_arena *arena, char **bytes, size_t *length,
                             const char *path, ku_error *err)
{
    size_t capacity = 64 * 1024, have = 0, got = 0;
    char *buffer = ku_arena_try(arena, capacity + 1);
    while (buffer != NULL) {
        KU_TRY(read_all(fd, capacity - have, buffer + have, &got, path, err));
        have += got;
        if (have > limit) return too_large(path, limit, err);
        if (have < capacity) {
            *bytes = buffer;
            *length = have;
            return KU_OK;
        }
        char *larger = ku_arena_try(arena, capacity * 2 + 1);
        if (larger != NULL) memcpy(larger, buffer, have);
        buffer = larger;
        capacity *= 2;
    }
    return ku_error_set(err, KU_NO_MEMORY, path, "no memory to read the file");
}

static ku_status read_open(int fd, size_t limit, ku_arena *arena, char **bytes, size_t *length,
                           const char *path, ku_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return ku_error_errno(err, errno, path, "the file could not be read");
    if (S_ISDIR(st.st_mode)) return ku_error_set(err, KU_IO, path, "this is a folder, not a file");
    if (!S_ISREG(st.st_mode)) return read_stream(fd, limit, arena, bytes, length, path, err);
    if ((uint64_t)st.st_size > limit) return too_large(path, limit, err);
    *bytes = ku_arena_try(arena, (size_t)st.st_size + 1);
    if (*bytes == NULL) return ku_error_set(err, KU_NO_MEMORY, path, "no memory to read the file");
    return read_all(fd, (size_t)st.st_size, *bytes, length, path, err);
}

ku_status ku_file_read(const char *path, size_t limit, ku_arena *arena, char **bytes,
                       size_t *length, ku_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ku_error_errno(err, errno, path, "the file could not be opened");
    ku_status status = read_open(fd, limit, arena, bytes, length, path, err);
    close(fd);
    return status;
}

bool ku_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

ku_status ku_file_size(const char *path, uint64_t *bytes, ku_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return ku_error_errno(err, errno, path, "the file could not be looked at");
    *bytes = (uint64_t)st.st_size;
    return KU_OK;
}

/* ---- scratch ------------------------------------------------------------------------ */

const char *ku_scratch_folder(void)
{
    const char *named = getenv("TMPDIR");
    return named != NULL && named[0] == '/' ? named : "/var/tmp";
}

ku_status ku_file_scratch(int *fd, ku_error *err)
{
    char *path;
    const char *folder = ku_scratch_folder();
    if (asprintf(&path, "%s/kemudi.XXXXXX", folder) < 0)
        return ku_error_set(err, KU_NO_MEMORY, folder, "no memory for a scratch file");
    *fd = mkostemp(path, O_CLOEXEC);
    if (*fd >= 0) unlink(path);
    ku_status status = *fd >= 0 ? KU_OK
                                : ku_error_errno(err, errno, folder, "making a scratch file");
    free(path);
    return status;
}

/* ---- writing ------------------------------------------------------------------------ */

ku_status ku_write_all(int fd, const void *bytes, size_t length, const char *where, ku_error *err)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t n = write(fd, at, length);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return ku_error_errno(err, errno, where, "writing failed");
        at += n;
        length -= (size_t)n;
    }
    return KU_OK;
}

static void forget(ku_file *file)
{
    if (file->fd >= 0) close(file->fd);
    free(file->path);
    free(file->temp);
    *file = (ku_file){.fd = -1};
}

ku_status ku_file_create(ku_file *file, const char *path, mode_t mode, ku_error *err)
{
    *file = (ku_file){.fd = -1, .path = strdup(path)};
    if (asprintf(&file->temp, "%s.XXXXXX", path) < 0) file->temp = NULL;
    if (file->path == NULL || file->temp == NULL) {
        forget(file);
        return ku_error_set(err, KU_NO_MEMORY, path, "no memory to write the file");
    }
    file->fd = mkostemp(file->temp, O_CLOEXEC);
    if (file->fd >= 0 && fchmod(file->fd, mode) == 0) return KU_OK;
    ku_status status = ku_error_errno(err, errno, path, "the file could not be made");
    if (file->fd >= 0) unlink(file->temp);
    forget(file);
    return status;
}

ku_status ku_file_add(ku_file *file, const void *bytes, size_t length, ku_error *err)
{
    assert(file->fd >= 0);
    KU_TRY(ku_write_all(file->fd, bytes, length, file->path, err));
    file->written += length;
    return KU_OK;
}

/* Makes the rename itself last: the folder is synced too. */
static int sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL   ? strdup(".")
                   : slash == path ? strdup("/")
                                   : strndup(path, (size_t)(slash - path));
    if (folder == NULL) return ENOMEM;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0) return errno;
    /* Some file systems cannot sync a folder and say EINVAL; nothing more can be done. */
    int failed = fsync(fd) != 0 && errno != EINVAL ? errno : 0;
    close(fd);
    return failed;
}

ku_status ku_file_commit(ku_file *file, ku_error *err)
{
    assert(file->fd >= 0);
    int failed = fsync(file->fd) != 0 ? errno : 0;
    if (close(file->fd) != 0 && failed == 0) failed = errno;
    file->fd = -1;
    if (failed == 0 && rename(file->temp, file->path) != 0) failed = errno;
    if (failed != 0) {
        ku_status status = ku_error_errno(err, failed, file->path, "the file could not be written");
        ku_file_drop(file);
        return status;
    }
    failed = sync_folder_of(file->path);
    ku_status status = failed == 0 ? KU_OK
                                   : ku_error_errno(err, failed, file->path,
                                                    "the folder could not be written");
    forget(file);
    return status;
}

void ku_file_drop(ku_file *file)
{
    if (file->temp != NULL) unlink(file->temp);
    forget(file);
}

ku_status ku_file_write(const char *path, const void *bytes, size_t length, mode_t mode,
                        ku_error *err)
{
    ku_file file;
    KU_TRY(ku_file_create(&file, path, mode, err));
    ku_status status = ku_file_add(&file, bytes, length, err);
    if (status != KU_OK) {
        ku_file_drop(&file);
        return status;
    }
    return ku_file_commit(&file, err);
}

/* ---- folders ------------------------------------------------------------------------- */

ku_status ku_folder_make(const char *path, mode_t mode, ku_error *err)
{
    char *partial = strdup(path);
    if (partial == NULL) return ku_error_set(err, KU_NO_MEMORY, path, "no memory");
    int failed = 0;
    for (char *slash = partial + 1; *partial != '\0' && slash != NULL && failed == 0;) {
        slash = strchr(slash, '/');
        if (slash != NULL) *slash = '\0';
        if (mkdir(partial, mode) != 0 && errno != EEXIST) failed = errno;
        if (slash != NULL) *slash++ = '/';
    }
    free(partial);
    struct stat st;
    if (failed == 0 && stat(path, &st) != 0) failed = errno;
    if (failed == 0 && !S_ISDIR(st.st_mode)) failed = EEXIST;
    if (failed != 0) return ku_error_errno(err, failed, path, "the folder could not be made");
    return KU_OK;
}

/* Empties the folder behind `fd`, which is closed. Returns errno's value. */
static int empty_folder(int fd)
{
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return errno;
    }
    int failed = 0;
    for (struct dirent *entry; failed == 0 && (entry = readdir(dir)) != NULL;) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (unlinkat(fd, name, 0) == 0) continue;
        int inner = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        failed = inner < 0 ? errno : empty_folder(inner);
        if (failed == 0 && unlinkat(fd, name, AT_REMOVEDIR) != 0) failed = errno;
    }
    closedir(dir);
    return failed;
}

ku_status ku_folder_remove(const char *path, ku_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return KU_OK;
    int failed = fd < 0 ? errno : empty_folder(fd);
    if (failed == 0 && rmdir(path) != 0) failed = errno;
    if (failed != 0) return ku_error_errno(err, failed, path, "the folder could not be removed");
    return KU_OK;
}
