/* format.h - numbers written for people, by unit: the same in tables, charts and reports.
 * Owns nothing. */
#ifndef KU_BASE_FORMAT_H
#define KU_BASE_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/unit.h"
#include "kemudi/error.h"

typedef struct ku_format {
    const char *currency;  /* ISO 4217 code of the workspace; NULL: money without a sign */
    const char *decimal;   /* NULL: "." */
    const char *thousands; /* NULL: "," */
    bool bare;             /* without sign, % and unit word: the heading says them */
    bool brief;            /* "1.2 M", "340 k": axes and narrow places */
} ku_format;

#define KU_NUMBER_TEXT 64
/* A number in its unit: money with two decimals below 1,000,000 and none above, share as
 * "12.3 %", change as "+4.5 %", counts whole with thousands separators, other numbers with
 * about four significant digits. NaN is shown as "–". `format` NULL: English, no currency.
 * Returns `to`. */
char *ku_format_number(char to[KU_NUMBER_TEXT], double value, const char *unit,
                       const ku_format *format);
/* With exactly that many decimals, so that a column's marks stand under each other. */
char *ku_format_fixed(char to[KU_NUMBER_TEXT], double value, int decimals, const ku_format *format);
char *ku_format_int(char to[KU_NUMBER_TEXT], int64_t value, const ku_format *format);
char *ku_format_bytes(char to[KU_NUMBER_TEXT], double bytes);      /* "1.2 GiB" */
char *ku_format_duration(char to[KU_NUMBER_TEXT], double seconds); /* "3.2 s", "4 min 10 s" */

/* What a heading adds for a unit: "%", "EUR", "days"; "" when nothing. */
const char *ku_format_unit_heading(const char *unit, const ku_format *format);

#endif
