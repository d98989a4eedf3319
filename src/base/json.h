/* json.h - reading and writing JSON: checked access over jansson. Values returned by the
 * getters are borrowed from their object; the root of a parse is the caller's
 * (json_decref). */
#ifndef KU_BASE_JSON_H
#define KU_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

typedef struct ku_json_limits {
    size_t bytes; /* 0: 16 MiB */
    int depth;    /* 0: 64 */
} ku_json_limits;

/* Parses one document: UTF-8, no repeated keys, within the limits (NULL: the defaults).
 * Errors say "<where>, line L, column C". */
ku_status ku_json_parse(const char *text, size_t length, const char *where,
                        const ku_json_limits *limits, json_t **root, ku_error *err);

/* Required members. `path` says where the object stands ("params", "sources[2]"; "" for
 * the root) and is used for messages: "params.horizon must be a whole number, found text". */
ku_status ku_json_text(const json_t *object, const char *path, const char *key, const char **value,
                       ku_error *err);
ku_status ku_json_int(const json_t *object, const char *path, const char *key, int64_t *value,
                      ku_error *err);
ku_status ku_json_real(const json_t *object, const char *path, const char *key, double *value,
                       ku_error *err);
ku_status ku_json_bool(const json_t *object, const char *path, const char *key, bool *value,
                       ku_error *err);
ku_status ku_json_array(const json_t *object, const char *path, const char *key, json_t **value,
                        ku_error *err);
ku_status ku_json_object(const json_t *object, const char *path, const char *key, json_t **value,
                         ku_error *err);

/* Optional members: absent or null leaves *value as it is; a wrong type is still an error. */
ku_status ku_json_text_opt(const json_t *object, const char *path, const char *key,
                           const char **value, ku_error *err);
ku_status ku_json_int_opt(const json_t *object, const char *path, const char *key, int64_t *value,
                          ku_error *err);
ku_status ku_json_real_opt(const json_t *object, const char *path, const char *key, double *value,
                           ku_error *err);
ku_status ku_json_bool_opt(const json_t *object, const char *path, const char *key, bool *value,
                           ku_error *err);
ku_status ku_json_array_opt(const json_t *object, const char *path, const char *key, json_t **value,
                            ku_error *err);
ku_status ku_json_object_opt(const json_t *object, const char *path, const char *key,
                             json_t **value, ku_error *err);

/* KU_USAGE when the object has a member that is not among `keys` (NULL-terminated); names
 * the nearest. */
ku_status ku_json_only(const json_t *object, const char *path, const char *const *keys,
                       ku_error *err);

/* Canonical form: keys sorted, no white space, shortest numbers. The same value always
 * gives the same bytes. */
void ku_json_dump(const json_t *value, ku_text *out);

/* ---- writing straight into a text ------------------------------------------------- */

/* A string with quotes and escapes; wrong UTF-8 becomes U+FFFD; NULL becomes null. Also
 * escapes < > & and U+2028/2029, so that it may stand inside a page's script. */
void ku_json_add(ku_text *out, const char *string);
void ku_json_addn(ku_text *out, const char *string, size_t length);
/* A number; NaN and infinities, which JSON has not, become null. */
void ku_json_add_double(ku_text *out, double value);

#endif
