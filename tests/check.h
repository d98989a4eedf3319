/* check.h - what all tests share: cmocka with TAP output, numeric comparisons that say
 * expected, found, error and tolerance, and the way to the field's real data. Owns nothing. */
#ifndef KU_TESTS_CHECK_H
#define KU_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kemudi/error.h"

/* |found - expected| <= tolerance * max(1, |expected|): relative for large numbers and
 * absolute for small ones. */
static inline void check_near_at(const char *what, double expected, double found, double tolerance,
                                 const char *file, int line)
{
    double size = fabs(expected) > 1 ? fabs(expected) : 1;
    double error = fabs(found - expected) / size;
    if (error <= tolerance || (isinf(expected) && expected == found)) return;
    print_error("%s: expected %.17g, found %.17g, error %.3g, tolerance %.3g\n", what, expected,
                found, error, tolerance);
    _fail(file, line);
}
#define check_near(what, expected, found, tolerance)                                               \
    check_near_at((what), (expected), (found), (tolerance), __FILE__, __LINE__)

/* Fails with the error's own words unless the call succeeded. */
static inline void check_ok_at(ku_status status, const ku_error *err, const char *file, int line)
{
    if (status == KU_OK) return;
    print_error("expected success, found %s: %s: %s\n", ku_status_name(status), err->where,
                err->message);
    _fail(file, line);
}
#define check_ok(call, err) check_ok_at((call), (err), __FILE__, __LINE__)

/* The call fails with that status and its message holds the words. */
static inline void check_fails_at(ku_status expected, const char *words, ku_status found,
                                  const ku_error *err, const char *file, int line)
{
    if (found == expected && strstr(err->message, words) != NULL) return;
    print_error("expected %s with \"%s\", found %s: %s: %s\n", ku_status_name(expected), words,
                ku_status_name(found), err->where, err->message);
    _fail(file, line);
}
#define check_fails(expected, words, call, err)                                                    \
    check_fails_at((expected), (words), (call), (err), __FILE__, __LINE__)

/* Where a file of the field's real data lies ("sales/online_retail_II/..."). The test is
 * skipped when there is none. */
static inline const char *data_path(const char *name, char *to, size_t size)
{
    const char *folder = getenv("KEMUDI_DATA");
    int n = folder == NULL ? -1 : snprintf(to, size, "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= size || access(to, R_OK) != 0) {
        print_message("skipped: no data %s\n", name);
        skip();
    }
    return to;
}

/* A file of the project, for tests that read sources. */
static inline const char *source_path(const char *name, char *to, size_t size)
{
    const char *folder = getenv("KEMUDI_SOURCE");
    int n = snprintf(to, size, "%s/%s", folder != NULL ? folder : ".", name);
    assert_true(n > 0 && (size_t)n < size);
    return to;
}

#endif
