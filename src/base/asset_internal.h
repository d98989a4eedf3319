/* asset_internal.h - the generated table of embedded files, sorted by path. */
#ifndef KU_BASE_ASSET_INTERNAL_H
#define KU_BASE_ASSET_INTERNAL_H

#include <stddef.h>

typedef struct ku_asset_entry {
    const char *path;
    const char *bytes; /* followed by a NUL */
    size_t length;
} ku_asset_entry;

extern const ku_asset_entry ku_asset_table[]; /* ends with path NULL */
extern const size_t ku_asset_count;

#endif
