/* csv.h - writing fields of comma-separated files (RFC 4180). Owns nothing. */
#ifndef KU_BASE_CSV_H
#define KU_BASE_CSV_H

#include <stddef.h>

#include "base/text.h"

typedef enum ku_csv_guard {
    KU_CSV_EXACT,   /* the text as it is */
    KU_CSV_GUARDED, /* texts a spreadsheet would run as a formula (starting with = + - @ tab
                       or return) get an apostrophe in front */
} ku_csv_guard;

/* One text field, in quotes when it holds a comma, quote or line break, has a space at an
 * end, or is empty (so that empty text and a missing value differ). */
void ku_csv_add(ku_text *out, const char *field, size_t length, ku_csv_guard guard);

#endif
