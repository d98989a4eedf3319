/* toml.h - reads the part of TOML 1.0 that kemudi.toml uses: `key = "text"`,
 * `key = 'text'`, `key = 12`, [section], # comments. Entries passed on live only during
 * the call. */
#ifndef KU_WORKSPACE_TOML_H
#define KU_WORKSPACE_TOML_H

#include <stddef.h>
#include <stdint.h>

#include "kemudi/error.h"

typedef enum ku_toml_type { KU_TOML_TEXT, KU_TOML_INTEGER } ku_toml_type;

typedef struct ku_toml_entry {
    const char *section; /* "" before the first section */
    const char *key;
    ku_toml_type type;
    const char *text; /* TEXT, UTF-8 */
    int64_t integer;  /* INTEGER */
    int line;         /* 1 is the first */
} ku_toml_entry;

/* Calls `each` for every entry in order. KU_BAD_DATA with "NAME, line N" when something
 * is not understood; the status of `each` ends the reading, and a place it did not set is
 * filled in. */
typedef ku_status ku_toml_fn(void *data, const ku_toml_entry *entry, ku_error *err);
ku_status ku_toml_read(const char *text, size_t length, const char *name, ku_toml_fn *each,
                       void *data, ku_error *err);

#endif
