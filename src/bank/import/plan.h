/* plan.h - how one file becomes rows of a fact: where each field comes from and how its
 * cells are written. A plan lives in the arena of its import and is read-only for the
 * threads that follow it. */
#ifndef KU_BANK_IMPORT_PLAN_H
#define KU_BANK_IMPORT_PLAN_H

#include "bank/fact.h"
#include "bank/import/blocks.h"
#include "bank/import/value.h"

#define KU_FIELD_LIMIT 64 /* columns of a fact, so that a set of them is one number */

typedef enum ku_file_format {
    KU_FORMAT_CSV,
    KU_FORMAT_JSONL,
    KU_FORMAT_XLSX,
    KU_FORMAT_PARQUET
} ku_file_format;

/* One field of the fact that the file supplies. */
typedef struct ku_plan_field {
    const ku_fact_column *spec;
    int column;            /* of the file, or -1 for a constant */
    const char *constant;  /* for every row */
    size_t first;          /* only so many characters of the column's value; 0: all */
    uint64_t derived_from; /* fields (bits) from which an empty one can be worked out, or 0 */
} ku_plan_field;

typedef struct ku_plan {
    const char *path;
    ku_file_format format;
    ku_packing packing;
    ku_encoding encoding;
    ku_dialect dialect;
    bool header;
    const char *sheet; /* XLSX: the sheet's name */
    ku_value_style style;
    const char *const *column; /* the file's own names */
    size_t column_count;
    ku_plan_field *field;
    size_t field_count;
    int time_field; /* the field that dates a row, or -1 */
} ku_plan;

/* The text of the file as the plan reads it; a workbook or column file is turned into
 * cells in KU_DIALECT_INNER. */
ku_status ku_plan_open(const ku_plan *plan, ku_stream_gauge *gauge, ku_stream **stream,
                       ku_error *err);

#endif
