/* archive_internal.h - the layout of a backup, shared by its writer and reader. */
#ifndef KU_WORKSPACE_ARCHIVE_INTERNAL_H
#define KU_WORKSPACE_ARCHIVE_INTERNAL_H

/* The first member, by which a backup is known, and the last, which lists all others:
 * "hash size name" a line. */
#define ARCHIVE_MARK      "kemudi-backup"
#define ARCHIVE_MARK_TEXT "kemudi backup 1\n"
#define ARCHIVE_LIST      "hashes"

enum { TAR_BLOCK = 512, TAR_NAME = 100, TAR_END_BLOCKS = 20 }; /* at most that many at the end */

/* POSIX.1-2017, pax, "ustar Interchange Format". Sizes beyond eleven octal digits are
 * written as big-endian binary with the first bit set, as GNU tar and others do. */
typedef struct tar_header {
    char name[TAR_NAME];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char checksum[8];
    char type;
    char link[100];
    char magic[6];
    char version[2];
    char owner[32];
    char group[32];
    char major[8];
    char minor[8];
    char prefix[155];
    char pad[12];
} tar_header;

_Static_assert(sizeof(tar_header) == TAR_BLOCK, "a header is one block");

#endif
