/* analysis.h - the registry of analyses: what an analysis tells about itself, what
 * it is handed and what it hands back. Descriptors are constants and live for ever.
 *
 * An analysis is one folder, src/analyses/<domain>/<name>/, whose descriptor.c
 * defines `const ku_analysis ku_analysis_<domain>_<name>`. The build finds it; the
 * CLI, the HTTP API, OpenAPI, the web form and page, the docs, shell completion and
 * the test of the worked example all come from the descriptor and from nowhere else. */
#ifndef KEMUDI_ANALYSIS_H
#define KEMUDI_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"
#include "kemudi/frame.h"
#include "kemudi/pool.h"
#include "kemudi/rng.h"

/* ---- what an analysis tells about itself -------------------------------------- */

/* Units are words from a fixed list, so that every number is shown alike everywhere:
 * "money" (the workspace's currency), "money/unit", "share" (0..1, shown as %),
 * "change" (relative change, shown as +x %), "units", "orders", "customers", "lines",
 * "days", "periods", "count", "score", "" (no unit). ku_unit_known() tells. */
typedef struct ku_column_spec {
    const char *name; /* NULL ends the list */
    ku_type type;
    const char *unit;
    bool required;       /* inputs: the column must be there and never null */
    const char *label;   /* "Average order": headings of tables and axes */
    const char *meaning; /* one sentence */
} ku_column_spec;

/* A usual foreign name of a column of a file. */
typedef struct ku_alias_spec {
    const char *column; /* NULL ends the list */
    const char *name;
} ku_alias_spec;

/* An input or output table. For an input, `fact` names the canonical fact or
 * dimension that supplies it from the bank when no file is given, or `query` names
 * a SQL file of the analysis (queries/<engine>/<query>.sql) that computes it there, or
 * `result` names another analysis and its output table ("returns.mix/response"): that of its
 * latest finished run in the workspace (or the table that run was given). An input with none must be given as a file. */
typedef struct ku_table_spec {
    const char *name; /* NULL ends the list */
    const char *meaning;
    const ku_column_spec *columns;
    const char *fact;
    const char *query;
    bool optional;                /* inputs: may be absent */
    const char *further;          /* inputs: one sentence on what a file's further columns are; they
                            are kept, as numbers, true/false or text by their first value.
                            A `query` may give more columns too. NULL: they are left out */
    const ku_alias_spec *aliases; /* inputs without a fact: what a file may call its columns, in
                                     the order of preference; a fact brings its own */
    const char *blank;            /* inputs: a required column whose cells may be empty, or NULL */
    const char *result;           /* inputs: <analysis>/<table>, see above, or NULL */
} ku_table_spec;

/* A query run in the bank's engine over the inputs (tables of their own name) and the
 * extracts before it (tables too); its result is a frame for the kernel unless it is
 * `intermediate`. With no extracts the kernel gets the inputs themselves; an optional
 * input that is absent is an empty table.
 *
 * SQL: queries/<engine>/<name>.sql in the analysis' folder, else in its domain's, where
 * the queries lie that several analyses share. Parameters are bound by name
 * ($horizon), never pasted into the text; so is every column of an earlier extract with
 * exactly one row, as $<extract>_<column> ($span_from): the engine then plans with
 * values in place of a join. */
typedef struct ku_extract_spec {
    const char *name; /* NULL ends the list */
    bool intermediate;
    const char *meaning;
} ku_extract_spec;

typedef enum ku_param_type {
    KU_PARAM_INT,
    KU_PARAM_REAL,
    KU_PARAM_BOOL,
    KU_PARAM_TEXT,
    KU_PARAM_DATE,   /* ISO, "2026-11-23" */
    KU_PARAM_CHOICE, /* one of `choices`; with limits also a whole number within them */
} ku_param_type;

typedef struct ku_choice {
    const char *value; /* NULL ends the list */
    const char *label;
} ku_choice;

typedef struct ku_param_spec {
    const char *name; /* "horizon": the flag is --horizon; NULL ends the list */
    ku_param_type type;
    const char *unit;
    double min, max;           /* INT, REAL, CHOICE; both 0 means no limit (CHOICE: no number) */
    const char *default_value; /* as text; NULL means "not set" is allowed */
    const ku_choice *choices;
    const char *label;
    const char *help; /* one sentence */
    bool advanced;    /* folded away in forms */
} ku_param_spec;

typedef enum ku_view_kind {
    KU_VIEW_LINE,      /* x, y[, series]; with lo/hi drawn as a band */
    KU_VIEW_BAR,       /* x (category), y[, series] */
    KU_VIEW_WATERFALL, /* x (step), y (change); first and last rows are totals */
    KU_VIEW_PARETO,    /* x (rank share), y (cumulative share) */
    KU_VIEW_HEATMAP,   /* x, series (rows), y (value) */
    KU_VIEW_TABLE,     /* columns of `table` as they are */
    KU_VIEW_FIGURES,   /* a row of single figures: x label, y value, lo/hi or change */
} ku_view_kind;

/* Which chart shows which columns of an output table. */
typedef struct ku_view_spec {
    const char *name; /* NULL ends the list */
    const char *title;
    ku_view_kind kind;
    const char *table;
    const char *x, *y, *series;      /* column names; series may be NULL */
    const char *lo, *hi;             /* the wide (95 %) band, or NULL */
    const char *lo_inner, *hi_inner; /* the narrow (80 %) band, or NULL */
    const char *filter;              /* column offered as a filter (a selector), or NULL */
    const char *kind_column; /* column that tells "actual" rows from "forecast" rows, or NULL */
    const char *unit_column; /* column that holds each row's unit (FIGURES), or NULL */
} ku_view_spec;

typedef struct ku_source_spec {
    const char *citation; /* NULL ends the list */
    const char *where;    /* "eq. 2.9, table 6.3" */
} ku_source_spec;

/* The worked example: example/<table>.csv in the folder are the inputs, `args` the
 * flags, example/expected/<table>.csv what must come out (each number within
 * `tolerance` relative). It is run by the tests and shown in the docs. */
typedef struct ku_example_spec {
    const char *title;
    const char *const *args; /* "--horizon", "8", NULL */
    double tolerance;
    const char *reading; /* how to read the result, two or three sentences */
} ku_example_spec;

typedef struct ku_params ku_params;
typedef struct ku_run_context ku_run_context;

/* Pure: reads `in` and `params`, writes `out`, no I/O, no globals. Same seed, same
 * bits, whatever the number of threads. Frames added to `out` must match the
 * descriptor's outputs. On failure returns a status and fills `err`; what is in
 * `out` is then dropped. */
typedef ku_status ku_analysis_fn(const ku_frames *in, const ku_params *params,
                                 ku_run_context *context, ku_frames *out, ku_error *err);

typedef struct ku_analysis {
    const char *id;       /* "demand.forecast" */
    const char *version;  /* changes whenever results may change */
    const char *title;    /* "Demand forecast" */
    const char *area;     /* "Demand": where it stands in the sidebar */
    const char *question; /* "How much will be asked for?" */
    const char *summary;  /* two or three plain sentences */
    const ku_table_spec *inputs;
    /* A text column of the first input whose values do not depend on each other, so that
     * an input of more rows than fit into memory may be run in pieces; NULL: may not. Each
     * output is then the pieces' one after the other, in the order of this column. */
    const char *partition;
    const ku_extract_spec *extracts; /* NULL: the kernel gets the inputs */
    const ku_param_spec *params;
    const ku_table_spec *outputs;
    const ku_view_spec *views;
    const char *const *assumptions; /* NULL-terminated sentences */
    const ku_source_spec *sources;
    const ku_example_spec *example;
    ku_analysis_fn *run;
} ku_analysis;

/* ---- the registry -------------------------------------------------------------- */

/* All analyses, sorted by id; *count of them. */
const ku_analysis *const *ku_analyses(size_t *count);
/* The analysis of that id, or NULL. */
const ku_analysis *ku_analysis_find(const char *id);
/* The nearest known id to a misspelt one ("did you mean"), or NULL. */
const char *ku_analysis_nearest(const char *id);
/* A file of the analysis' folder (README.md, queries/duckdb/series.sql,
 * example/series.csv) as it was at build time, NUL-terminated, or NULL. A query that is
 * not there is looked for in the folder of the domain. */
const char *ku_analysis_file(const ku_analysis *analysis, const char *path, size_t *length);
bool ku_unit_known(const char *unit);

/* ---- parameters ----------------------------------------------------------------- */

typedef struct ku_param_text {
    const char *name;
    const char *value;
} ku_param_text;

/* Checks texts against the descriptor (unknown name, wrong type, out of range, not a
 * choice: KU_USAGE with `where` = the parameter) and fills in defaults. The result
 * lives in the arena. */
ku_status ku_params_parse(const ku_analysis *analysis, const ku_param_text *texts, size_t count,
                          ku_arena *arena, ku_params **out, ku_error *err);
bool ku_param_set(const ku_params *params, const char *name);
int64_t ku_param_int(const ku_params *params, const char *name);
double ku_param_real(const ku_params *params, const char *name);
bool ku_param_bool(const ku_params *params, const char *name);
const char *ku_param_text_value(const ku_params *params, const char *name); /* TEXT, CHOICE */
int32_t ku_param_date(const ku_params *params, const char *name);           /* days */
/* The value as canonical text (what the run record stores); NULL when not set. */
const char *ku_param_canonical(const ku_params *params, const char *name);

/* ---- what a run is handed --------------------------------------------------------- */

/* How a remark is to be read: KU_NOTE informs, KU_WARN limits the use of the result,
 * KU_FAIL says that the result should not be used. */
typedef enum ku_severity { KU_NOTE, KU_WARN, KU_FAIL } ku_severity;

ku_arena *ku_run_arena(ku_run_context *context); /* freed when the run ends */
ku_pool *ku_run_pool(ku_run_context *context);
ku_rng ku_run_rng(const ku_run_context *context, uint64_t stream);
/* Cheap enough for inner loops; true once the user has cancelled. Thread-safe. */
bool ku_run_cancelled(const ku_run_context *context);
/* 0..1 and a few words; shown as a bar. Thread-safe, rate-limited by the receiver. */
void ku_run_progress(ku_run_context *context, double done, const char *doing);
/* A remark or health check for the record, in plain words. Not thread-safe: call it
 * from the run's own thread. */
void ku_run_remark(ku_run_context *context, ku_severity severity, const char *check,
                   const char *format, ...) KU_PRINTF(4, 5);

/* A builder for the output table of that name, its columns in the descriptor's order. */
ku_frame_builder *ku_run_output(ku_run_context *context, const char *table);

#endif
