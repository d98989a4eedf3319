/* archive.h - the one file of a backup: a tar archive (POSIX ustar) compressed by zstd,
 * with the hash of every file at its end, so that `tar --zstd -xf` reads it as well. The
 * writer and its file are the caller's; a reader owns nothing after it returns. */
#ifndef KU_WORKSPACE_ARCHIVE_H
#define KU_WORKSPACE_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "kemudi/error.h"

typedef struct ku_archive ku_archive;

/* Starts an archive that appears under `path` when it is finished; replaces nothing:
 * KU_CONFLICT. */
ku_status ku_archive_new(const char *path, ku_archive **archive, ku_error *err);
/* Adds `size` bytes of fd from its position. KU_IO when there are fewer. */
ku_status ku_archive_add(ku_archive *archive, const char *name, int fd, uint64_t size,
                         ku_error *err);
/* Adds a file of the disk. */
ku_status ku_archive_add_file(ku_archive *archive, const char *name, const char *path,
                              ku_error *err);
ku_status ku_archive_finish(ku_archive *archive, ku_error *err); /* also frees */
void ku_archive_drop(ku_archive *archive); /* removes what was written; NULL is safe */

/* Unpacks into an existing folder, whose files are then exactly those of the archive with
 * the hashes it names; else KU_BAD_DATA. */
ku_status ku_archive_unpack(const char *path, const char *folder, ku_error *err);

#endif
