/* file.h - reading whole files, writing them so that a crash or a full disk never leaves
 * half of one, and folders. Bytes read belong to the caller (free, or the arena's). */
#ifndef KU_BASE_FILE_H
#define KU_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kemudi/arena.h"

/* The whole file, followed by a NUL that *length does not count. More than `limit` bytes:
 * KU_TOO_LARGE. */
ku_status ku_file_read(const char *path, size_t limit, ku_arena *arena, char **bytes,
                       size_t *length, ku_error *err);

bool ku_file_exists(const char *path);
ku_status ku_file_size(const char *path, uint64_t *bytes, ku_error *err);

/* A file being written beside its final name. Nothing is seen under `path` before
 * ku_file_commit, which syncs, renames over whatever was there and syncs the folder. */
typedef struct ku_file {
    int fd; /* -1: none */
    char *path, *temp;
    uint64_t written;
} ku_file;

ku_status ku_file_create(ku_file *file, const char *path, mode_t mode, ku_error *err);
ku_status ku_file_add(ku_file *file, const void *bytes, size_t length, ku_error *err);
ku_status ku_file_commit(ku_file *file, ku_error *err); /* also frees; on failure drops it */
void ku_file_drop(ku_file *file); /* removes what was written; safe after commit */

/* Create, add and commit in one. */
ku_status ku_file_write(const char *path, const void *bytes, size_t length, mode_t mode,
                        ku_error *err);

/* A new file without a name, for reading and writing, in $TMPDIR or /var/tmp (which, unlike
 * /tmp, is on a disk); it vanishes when *fd is closed and nothing maps it. */
ku_status ku_file_scratch(int *fd, ku_error *err);
const char *ku_scratch_folder(void);

/* write(2) until all is written. A closed pipe is KU_IO. */
ku_status ku_write_all(int fd, const void *bytes, size_t length, const char *where, ku_error *err);

/* The folder and its parents; an existing folder is well. */
ku_status ku_folder_make(const char *path, mode_t mode, ku_error *err);
/* Removes a folder and all below it; what is not there is well. Follows no links. */
ku_status ku_folder_remove(const char *path, ku_error *err);

#endif
