/* number.h - reading and writing numbers exactly. Owns nothing. The program never calls
 * setlocale, so the decimal mark of the C library is always the point. */
#ifndef KU_BASE_NUMBER_H
#define KU_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* The whole text as a whole number: a sign, digits, nothing else (white space at the ends
 * is let pass). KU_USAGE says what was found. */
ku_status ku_parse_int(const char *text, size_t length, int64_t *value, ku_error *err);

/* The whole text as a number. `decimal` is the decimal mark ('.' or ','); the other one,
 * a space, a no-break space or an apostrophe may group digits in threes before it. A sign
 * before or, as accountants write, after the digits or brackets for a negative amount are
 * understood; an exponent too. Infinity, NaN and overflow are refused. */
ku_status ku_parse_double(const char *text, size_t length, char decimal, double *value,
                          ku_error *err);

/* Bytes as "64 MiB", "2GB", "1048576": k, M, G, T with an optional i and B all count in
 * powers of 1,024. */
ku_status ku_parse_bytes(const char *text, uint64_t *bytes, ku_error *err);

/* The shortest of %.15g, %.16g and %.17g that reads back as the same double; "NaN" and
 * "Infinity" by these words. */
#define KU_DOUBLE_TEXT 32
size_t ku_double_print(double value, char to[KU_DOUBLE_TEXT]);
void ku_text_add_double(ku_text *text, double value);
void ku_text_add_int(ku_text *text, int64_t value);

#endif
