/* import.h - bringing files into the bank: detection, mapping, checks, rejects, and
 * batches that are all or nothing and can be undone. Plans and reports live in the
 * caller's arena. */
#ifndef KU_BANK_IMPORT_H
#define KU_BANK_IMPORT_H

#include "bank/bank.h"

typedef struct ku_mapping {
    const char *field; /* of the fact */
    /* Of the file; "=text" for a constant; "column:5" for the first 5 characters of each
     * value, such as the article family at the start of an article number. */
    const char *column;
} ku_mapping;

typedef enum ku_overlap {
    KU_OVERLAP_ONCE, /* rows already in the bank (same values, same count) are skipped */
    KU_OVERLAP_KEEP, /* everything is added */
} ku_overlap;

/* How to read the files. NULL and 0 mean: detect. */
typedef struct ku_import_options {
    const ku_fact *fact;
    const char *const *paths;
    size_t path_count;
    const ku_mapping *mapping; /* overrides profile and automatic mapping */
    size_t mapping_count;
    const char *profile;  /* a saved or built-in profile's name */
    const char *format;   /* "csv", "parquet", "jsonl", "xlsx" */
    const char *encoding; /* "utf-8", "latin-1", "utf-16" */
    char delimiter, quote, decimal;
    const char *date_order; /* "ymd", "dmy", "mdy" */
    int header;             /* 1 yes, -1 no, 0 detect */
    const char *sheet;      /* XLSX */
    ku_overlap overlap;
    bool dry_run;
    bool strict; /* any refused row refuses the import */
    const char
        *rejects_path; /* CSV file,line,column,value,reason,row; NULL: beside the workspace */
    const char *actor; /* who, for the batch record */
    bool (*progress)(void *data, double done, const char *doing); /* false cancels */
    void *progress_data;
} ku_import_options;

typedef struct ku_import_source { /* what was detected in one file */
    const char *path, *format, *encoding, *date_order;
    const char *date_order_how; /* on what grounds; NULL when the file has no dates */
    const char *sheet;          /* XLSX only */
    char delimiter, quote, decimal;
    bool header;
    const char *packing;        /* "none", "gzip", "zstd" */
    const char *hash;           /* hex BLAKE2b-256 of the file's bytes; NULL when not needed yet */
    const char *already;        /* id of the batch that brought this very file, or NULL */
    const char *const *columns; /* the file's own column names */
    size_t column_count;
    const char *const *sample; /* first rows, row-major, column_count wide */
    size_t sample_rows;
} ku_import_source;

typedef struct ku_import_match { /* where each field of the fact comes from */
    const char *field;
    const char *column; /* of the file, or the constant itself; NULL: absent */
    const char *source; /* the same as a mapping would say it: "=web", "StockCode:5" */
    const char *how;    /* "given", "profile", "name", "alias", "derived", "absent" */
} ku_import_match;

typedef struct ku_import_count { /* "returns 22,950", "no customer 243,007" */
    const char *what;
    int64_t rows;
} ku_import_count;

typedef struct ku_import_report {
    const char *batch; /* id; NULL for a dry run */
    ku_import_source *source;
    size_t source_count;
    ku_import_match *match;
    size_t match_count;
    int64_t read, added, already, refused; /* rows: read = added + already + refused */
    ku_import_count *flag;
    size_t flag_count;
    ku_import_count *reason; /* why rows were refused */
    size_t reason_count;
    const char *rejects_path;
    double seconds;
} ku_import_report;

/* Looks at the files and says how they would be read and mapped; reads no more than
 * their beginning. */
ku_status ku_import_detect(ku_bank *bank, const ku_import_options *options, ku_arena *arena,
                           ku_import_report *report, ku_error *err);
/* Imports (or, dry, checks every row). All files of the call form one batch: it is
 * in the bank whole or not at all, whatever happens to the process meanwhile. */
ku_status ku_import_run(ku_bank *bank, const ku_import_options *options, ku_arena *arena,
                        ku_import_report *report, ku_error *err);

typedef struct ku_batch {
    const char *id, *fact, *files, *hash, *actor;
    int64_t at; /* microseconds */
    int64_t read, added, already, refused;
    bool undone;
} ku_batch;
ku_status ku_import_batches(ku_bank *bank, ku_arena *arena, ku_batch **batches, size_t *count,
                            ku_error *err);
/* Takes a batch out again. KU_NOT_FOUND, or KU_CONFLICT when it is undone already or a
 * later batch skipped rows because of it (the message names that batch). */
ku_status ku_import_undo(ku_bank *bank, const char *batch, const char *actor, ku_error *err);

/* Profiles: a name, the mapping and the forced options; saved in the bank. Built-in
 * ones (online-retail) are files in bank/profiles/. */
typedef struct ku_profile {
    const char *name, *fact, *note;
    bool built_in;
    const char *json; /* mapping and options as JSON */
} ku_profile;
ku_status ku_profiles(ku_bank *bank, ku_arena *arena, ku_profile **profiles, size_t *count,
                      ku_error *err);
/* `note` may be NULL. A profile of that name is replaced; KU_CONFLICT when it is built in. */
ku_status ku_profile_save(ku_bank *bank, const char *name, const char *note,
                          const ku_import_options *options, ku_error *err);

#endif
