/* bank.h - the bank of facts behind one engine. A ku_bank is owned by its opener; its
 * queries return frames owned by the caller. A bank may be used from several threads;
 * each call uses its own connection. The engine (DuckDB now, ClickHouse later) is a
 * small vtable, engine.h; nothing above knows which one runs. */
#ifndef KU_BANK_BANK_H
#define KU_BANK_BANK_H

#include "bank/fact.h"
#include "kemudi/analysis.h"
#include "kemudi/error.h"
#include "kemudi/frame.h"

typedef struct ku_bank ku_bank;

typedef enum ku_bank_mode { KU_BANK_READ, KU_BANK_WRITE } ku_bank_mode;

/* Opens the bank file, creating it with all fact tables in WRITE mode; waits up to
 * `wait_ms` for another process that holds it (then KU_BUSY naming who). path NULL:
 * an empty bank in memory. Memory limit in bytes (0: default 2 GiB), threads 0: all. */
typedef struct ku_bank_options {
    ku_bank_mode mode;
    int wait_ms;
    uint64_t memory_limit;
    unsigned threads;
    const char *temp_dir; /* for spilling; NULL: beside the file */
} ku_bank_options;

ku_status ku_bank_open(const char *path, const ku_bank_options *options, ku_bank **bank,
                       ku_error *err);
void ku_bank_close(ku_bank *bank); /* NULL is safe */
/* The file it was opened from; NULL for a bank in memory. */
const char *ku_bank_path(const ku_bank *bank);

/* A value bound to $name in a query. */
typedef struct ku_bind {
    const char *name;
    ku_type type;
    bool null;
    union {
        int64_t i64;
        double f64;
        bool boolean;
        int32_t days;
        int64_t micros;
        const char *text;
    } as;
} ku_bind;

/* Runs one query; the result is a new frame called `name`. The SQL is constant text
 * of the program, never user input; values are bound. DECIMAL and HUGEINT come back
 * as double or int64 as they fit. */
ku_status ku_bank_query(ku_bank *bank, const char *name, const char *sql, const ku_bind *binds,
                        size_t bind_count, ku_frame **frame, ku_error *err);
/* Stops the query that runs in another thread, if any. Thread-safe. */
void ku_bank_interrupt(ku_bank *bank);

/* A file given for an input table of an analysis (`--in TABLE=FILE`). */
typedef struct ku_table_file {
    const char *table;
    const char *path; /* csv, csv.gz, csv.zst, parquet, jsonl, xlsx */
} ku_table_file;

/* The frames an analysis' kernel is to get: inputs from the files given, the others
 * from the bank's facts or the analysis' own queries, then its extracts. Columns are
 * checked against the descriptor: a missing or misspelt column, a wrong type or a null
 * where a value is required is KU_BAD_DATA with file, line and column. Parameters are
 * bound to the SQL by their names; unset ones are NULL. */
ku_status ku_bank_inputs(ku_bank *bank, const ku_analysis *analysis, const ku_params *params,
                         const ku_table_file *files, size_t file_count, ku_frames *inputs,
                         ku_error *err);

/* How an input too large for one piece of memory is cut: into pieces of `rows` rows and up
 * to the end of the series (or whatever the analysis' `partition` names) at which that
 * number is reached. */
typedef struct ku_cut {
    int64_t rows;
    /* Gets each piece in order, with the rows of all pieces together; owns the frame. */
    ku_status (*visit)(void *data, ku_frame *piece, int64_t total, ku_error *err);
    void *data;
} ku_cut;

/* A frame given for an input table in place of a file; stays its owner's. */
typedef struct ku_table_frame {
    const char *table;
    const ku_frame *frame;
} ku_table_frame;

/* ku_bank_inputs with more to say. `given`: frames in place of files. `cut` (NULL: everything whole) for an analysis with a `partition`:
 * an input of up to cut->rows rows is
 * given whole in `inputs`; so is one that comes with further tables. A larger one is
 * sorted by the partition and handed to cut->visit piece by piece, and `inputs` stays
 * empty: no more than one piece is in memory, the rest on the engine's disk. */
ku_status ku_bank_inputs_cut(ku_bank *bank, const ku_analysis *analysis, const ku_params *params,
                             const ku_table_file *files, size_t file_count,
                             const ku_table_frame *given, size_t given_count, const ku_cut *cut,
                             ku_frames *inputs, ku_error *err);

/* What the bank holds of one fact. */
typedef struct ku_fact_count {
    const ku_fact *fact;
    int64_t rows;
    bool dated;          /* first and last are set */
    int64_t first, last; /* microseconds */
} ku_fact_count;
/* One entry for every fact and dimension, in ku_facts' order; `capacity` is the room. */
ku_status ku_bank_counts(ku_bank *bank, ku_fact_count *counts, size_t capacity, size_t *count,
                         ku_error *err);

/* Rows of a fact whose columns are, as text, what the filters say; the latest first. A new
 * frame with the fact's columns. KU_USAGE for a column it has not. */
#define KU_ROW_FILTERS 8
typedef struct ku_row_filter {
    const char *column, *value;
} ku_row_filter;
ku_status ku_bank_rows(ku_bank *bank, const ku_fact *fact, const ku_row_filter *filters,
                       size_t count, int64_t skip, int64_t limit, ku_frame **frame, ku_error *err);

/* What the bank stands at: `number` rises with every import and every undo and never
 * falls, so two equal numbers of one bank mean the same facts; `at` is the instant of
 * the last change (microseconds; 0 for an empty bank). */
typedef struct ku_bank_state {
    int64_t number;
    int64_t at;
} ku_bank_state;
ku_status ku_bank_state_get(ku_bank *bank, ku_bank_state *state, ku_error *err);

#endif
