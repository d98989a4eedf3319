/* asset.h - files of the project embedded into the program at build time: SQL,
 * examples, descriptor texts, the web app. Everything returned is static. */
#ifndef KU_BASE_ASSET_H
#define KU_BASE_ASSET_H

#include <stddef.h>

/* The file's bytes, NUL-terminated (the NUL is not counted in *length, which may be
 * NULL); NULL when there is no such file. Paths are relative to the project's root
 * ("src/bank/queries/duckdb/counts.sql"); the web app's files start with "web/". */
const char *ku_asset(const char *path, size_t *length);

/* Calls `each` for every embedded path that starts with `prefix`, in order. */
void ku_asset_each(const char *prefix, void (*each)(void *data, const char *path), void *data);

#endif
