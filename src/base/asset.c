/* asset.c - finding embedded files in the generated table, which is sorted by path. */
#include "base/asset.h"

#include <string.h>

#include "base/asset_internal.h"

/* Index of the first entry whose path is not before `path`. */
static size_t lower_bound(const char *path)
{
    size_t low = 0, high = ku_asset_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(ku_asset_table[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const char *ku_asset(const char *path, size_t *length)
{
    size_t at = lower_bound(path);
    if (at == ku_asset_count || strcmp(ku_asset_table[at].path, path) != 0) return NULL;
    if (length != NULL) *length = ku_asset_table[at].length;
    return ku_asset_table[at].bytes;
}

void ku_asset_each(const char *prefix, void (*each)(void *data, const char *path), void *data)
{
    size_t length = strlen(prefix);
    for (size_t i = lower_bound(prefix); i < ku_asset_count; i++) {
        if (strncmp(ku_asset_table[i].path, prefix, length) != 0) break;
        each(data, ku_asset_table[i].path);
    }
}
