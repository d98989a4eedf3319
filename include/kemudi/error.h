/* error.h - what went wrong, where, in words for the user. A ku_error is a plain
 * value owned by the caller (usually on the stack); functions that succeed leave
 * it untouched, so one error can be passed through many calls. */
#ifndef KEMUDI_ERROR_H
#define KEMUDI_ERROR_H

#include <stdarg.h>

#include "kemudi/status.h"

typedef struct ku_error {
    ku_status code;
    char where[192];   /* "sales.csv, line 12, column amount"; "" when there is no place */
    char message[512]; /* what was found and what was expected, one sentence, no newline */
} ku_error;

#if defined(__GNUC__)
#define KU_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define KU_PRINTF(fmt, args)
#endif

/* Fills `err` (ignored when NULL; too long texts are cut at a UTF-8 boundary) and
 * returns `code`, so that callers write `return ku_error_set(err, KU_BAD_DATA, ...)`.
 * `where` may be NULL. */
ku_status ku_error_set(ku_error *err, ku_status code, const char *where, const char *format, ...)
    KU_PRINTF(4, 5);
ku_status ku_error_setv(ku_error *err, ku_status code, const char *where, const char *format,
                        va_list args) KU_PRINTF(4, 0);

/* Replaces only the place of an error already set: a caller that knows more about
 * where (the file, the table) says so on the way up. Returns err->code. */
ku_status ku_error_at(ku_error *err, const char *format, ...) KU_PRINTF(2, 3);

/* KU_IO, KU_NO_SPACE, KU_NOT_FOUND, KU_NOT_ALLOWED or KU_NO_MEMORY for an errno value. */
ku_status ku_error_errno(ku_error *err, int errnum, const char *where, const char *doing);

/* Returns early with the status of a call that failed. */
#define KU_TRY(call)                                                                               \
    do {                                                                                           \
        ku_status ku_try_status_ = (call);                                                         \
        if (ku_try_status_ != KU_OK) return ku_try_status_;                                        \
    } while (0)

#endif
