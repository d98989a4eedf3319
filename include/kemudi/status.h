/* status.h - the one list of errors. Everything that fails in Kemudi fails with
 * one of these codes; the text, the HTTP status and the exit code of the program
 * all come from this list and from nowhere else. Owns nothing. */
#ifndef KEMUDI_STATUS_H
#define KEMUDI_STATUS_H

/* clang-format off */
/*   name         text for people                               HTTP  exit */
#define KU_STATUS_MAP(X)                                                       \
    X(OK,          "done",                                      200,  0)       \
    X(USAGE,       "the request is not well formed",            400,  2)       \
    X(BAD_DATA,    "the data cannot be used as it is",          422,  3)       \
    X(TOO_LARGE,   "the input is larger than the limit",        413,  3)       \
    X(NOT_ALLOWED, "not allowed",                               403,  4)       \
    X(NOT_FOUND,   "not found",                                 404,  5)       \
    X(CONFLICT,    "in conflict with what is there",            409,  6)       \
    X(BUSY,        "in use by someone else",                    503,  6)       \
    X(LIMIT,       "stopped at a limit of memory or time",      503,  70)      \
    X(CANCELLED,   "cancelled",                                 409,  130)     \
    X(NO_MEMORY,   "out of memory",                             503,  70)      \
    X(NO_SPACE,    "the disk is full",                          507,  70)      \
    X(IO,          "a file or device could not be used",        500,  70)      \
    X(FAULT,       "a fault of the program",                    500,  70)

/* clang-format on */

typedef enum ku_status {
#define KU_STATUS_ENUM(name, text, http, exit) KU_##name,
    KU_STATUS_MAP(KU_STATUS_ENUM)
#undef KU_STATUS_ENUM
        KU_STATUS_COUNT
} ku_status;

/* Name ("BAD_DATA"), text, HTTP status and process exit code of a status.
 * Thread-safe; the strings are static. */
const char *ku_status_name(ku_status status);
const char *ku_status_text(ku_status status);
int ku_status_http(ku_status status);
int ku_status_exit(ku_status status);

#endif
