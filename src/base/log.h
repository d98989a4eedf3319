/* log.h - the program's log: one line an event, key=value pairs (logfmt), to a file
 * descriptor. A ku_log is a plain value owned by the caller; lines are written whole, so
 * threads and processes may share a descriptor. */
#ifndef KU_BASE_LOG_H
#define KU_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/error.h"

typedef enum ku_log_level { KU_LOG_ERROR, KU_LOG_WARN, KU_LOG_INFO, KU_LOG_DEBUG } ku_log_level;

typedef struct ku_log {
    int fd;
    ku_log_level level; /* events above it are not written */
} ku_log;

/* "error", "warn", "info", "debug"; false for another word. */
bool ku_log_level_find(const char *name, ku_log_level *level);

typedef struct ku_log_field {
    const char *key; /* letters, digits, _ and . */
    enum { KU_LOG_AS_TEXT, KU_LOG_AS_INT, KU_LOG_AS_REAL } kind;
    const char *text;
    int64_t integer;
    double real;
} ku_log_field;

/* Values of keys that name a secret (password, token, secret, cookie, authorization, key)
 * are never written, whatever their value: "(hidden)" stands instead. */
#define KU_LOG_TEXT(key_, value_) ((ku_log_field){.key = (key_), .text = (value_)})
#define KU_LOG_NUM(key_, value_)                                                                   \
    ((ku_log_field){.key = (key_), .kind = KU_LOG_AS_INT, .integer = (value_)})
#define KU_LOG_REAL(key_, value_)                                                                  \
    ((ku_log_field){.key = (key_), .kind = KU_LOG_AS_REAL, .real = (value_)})

void ku_log_write(const ku_log *log, ku_log_level level, const char *event,
                  const ku_log_field *fields, size_t count);

/* ku_log_event(log, KU_LOG_INFO, "import finished", KU_LOG_NUM("rows", n), ...) */
#define ku_log_event(log, level, event, ...)                                                       \
    ku_log_write((log), (level), (event), (const ku_log_field[]){__VA_ARGS__},                     \
                 sizeof((const ku_log_field[]){__VA_ARGS__}) / sizeof(ku_log_field))
/* The code, place and message of an error as one event. */
void ku_log_failure(const ku_log *log, const char *event, const ku_error *err);

#endif
