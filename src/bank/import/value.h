/* value.h - the text of one cell as a typed value, with the reason when it is none.
 * Owns nothing; text values point into the cell. */
#ifndef KU_BANK_IMPORT_VALUE_H
#define KU_BANK_IMPORT_VALUE_H

#include "base/date.h"
#include "base/text.h"
#include "kemudi/frame.h"

/* How one file writes numbers and dates. */
typedef struct ku_value_style {
    char decimal; /* '.' or ',' */
    ku_date_order date_order;
} ku_value_style;

typedef enum ku_value_kind {
    KU_VALUE_PRESENT,
    KU_VALUE_MISSING, /* empty, or a mark that programs write for "nothing" */
    KU_VALUE_WRONG,   /* the error says what was expected */
} ku_value_kind;

typedef struct ku_value {
    union {
        int64_t i64; /* KU_INT64, KU_TIMESTAMP */
        double f64;
        bool boolean;
        int32_t days;
        ku_span text;
    } as;
} ku_value;

/* Reads the cell as `type`. White space at its ends does not count, and within a text a
 * run of white space counts as it is. When WRONG, `err->message` holds a few words
 * ("not a number") that do not repeat the value. */
ku_value_kind ku_value_read(ku_span cell, ku_type type, const ku_value_style *style,
                            ku_value *value, ku_error *err);

/* Whether the trimmed cell says "nothing": "", NULL, nan, NaN, \N, #N/A for any type; NA,
 * N/A, null, None and dashes also for numbers and dates. */
bool ku_value_missing(ku_span cell, ku_type type);

#endif
