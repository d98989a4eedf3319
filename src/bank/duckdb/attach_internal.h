/* attach_internal.h - what reading a file of an analysis is made of: what the file has,
 * and which of it is wanted. Everything lives in the arena of one attaching. */
#ifndef KU_BANK_DUCKDB_ATTACH_INTERNAL_H
#define KU_BANK_DUCKDB_ATTACH_INTERNAL_H

#include "bank/duckdb/engine_internal.h"
#include "base/text.h"

typedef enum ku_layout { KU_LAYOUT_CSV, KU_LAYOUT_PARQUET, KU_LAYOUT_JSON_LINES } ku_layout;

/* A column that is read from the file under a canonical name. */
typedef struct ku_wanted {
    const char *name;
    ku_type type;
    int from; /* the file's column, -1: the file has none */
} ku_wanted;

typedef struct ku_attaching {
    void *connection;
    const ku_file_view *file;
    ku_arena *arena;
    ku_layout layout;
    const char *unpacked;     /* the temporary file that stands for a workbook, or NULL */
    char delimiter, decimal;  /* CSV */
    const char *const *names; /* the file's columns */
    size_t name_count;
    /* The analysis' columns first, then the further ones of an open table, then those of the
     * fact for deriving. The first `asked_count` become the table. */
    ku_wanted *wanted;
    size_t wanted_count, asked_count;
    bool untyped; /* read every column as text: the types are not known yet */
} ku_attaching;

/* Fills names (and delimiter and decimal mark) from the beginning of a CSV file. */
ku_status ku_attach_csv_head(ku_attaching *a, ku_error *err);
/* Appends the reader of the whole CSV file: the file's column i is called ci. Columns that
 * are wanted have their type, the others are text. With `rejects` the lines that cannot be
 * read go to the temporary table of that name. */
void ku_attach_csv_reader(const ku_attaching *a, const char *rejects, ku_text *sql);
/* Says in `err` which line cannot be read and why; KU_OK when none is found. */
ku_status ku_attach_csv_explain(const ku_attaching *a, ku_error *err);

/* Adds the further columns of an open table to what is wanted, and gives them, and columns
 * of dates or numbers, the type of their first value. */
ku_status ku_attach_further(ku_attaching *a, ku_error *err);
/* What reads the file: "read_csv(...)". */
void ku_attach_reader(const ku_attaching *a, ku_text *sql);
/* The file's column as that reader calls it. */
void ku_attach_source(const ku_attaching *a, int from, ku_text *sql);
ku_status ku_attach_query(const ku_attaching *a, ku_text *sql, ku_frame **frame, ku_error *err);

/* KU_BAD_DATA for a packed file that is damaged or cut off, which DuckDB would read as far
 * as it goes. */
ku_status ku_attach_check_whole(const char *path, ku_error *err);
/* Writes the first visible sheet to a CSV file and remembers it as `unpacked`; the caller
 * removes it. */
ku_status ku_attach_workbook(ku_attaching *a, ku_error *err);

/* Appends the literal of the path DuckDB is to read. */
void ku_attach_path(const ku_attaching *a, ku_text *sql);
/* "a number", "a date such as 2026-11-23". */
const char *ku_attach_expected(ku_type type);

#endif
