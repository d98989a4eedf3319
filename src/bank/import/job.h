/* job.h - one import under way. A job lives on the stack of ku_import_run; what it points
 * to lives in the caller's arena. */
#ifndef KU_BANK_IMPORT_JOB_H
#define KU_BANK_IMPORT_JOB_H

#include "bank/import.h"
#include "bank/import/detect.h"
#include "bank/import/map.h"
#include "bank/import/rejects.h"
#include "bank/import/rows.h"
#include "bank/session.h"
#include "base/hash.h"

/* What the caller and the profile together ask for. */
typedef struct ku_import_settings {
    ku_import_options options; /* the caller's, with the profile's where they say nothing */
    ku_mappings given, profile;
} ku_import_settings;

/* KU_NOT_FOUND for an unknown profile, KU_USAGE for one of another fact. */
ku_status ku_import_resolve(ku_bank *bank, const ku_import_options *options, ku_arena *arena,
                            ku_import_settings *settings, ku_error *err);

typedef struct ku_import_file {
    ku_plan plan;
    ku_stream_gauge gauge;
    uint64_t bytes;
    char hash[KU_HASH_TEXT]; /* "" until it is known */
    const char *already;     /* the batch that brought this very file */
    int64_t read, added, twins, refused;
} ku_import_file;

typedef struct ku_import_job {
    ku_bank *bank;
    ku_session *session;
    const ku_import_settings *settings;
    ku_arena *arena;
    ku_import_report *report;
    const char *table;  /* that takes the rows */
    const char *target; /* where they go: `table`, or the probe of a dry run */
    ku_import_file *file;
    size_t file_count;
    size_t at; /* the file being read */
    int64_t batch;
    ku_rejects *rejects;
    atomic_bool stop;
} ku_import_job;

/* ---- watch.c: statements that report progress and can be cancelled -------------------- */

/* As ku_session_exec, on another thread, while this one calls the caller's progress
 * function; KU_CANCELLED when that says so. `doing` is shown. */
ku_status ku_import_exec(ku_import_job *job, const char *doing, const char *sql,
                         const ku_bind *binds, size_t count, int64_t *changed, ku_error *err);
/* Tells the progress between statements; KU_CANCELLED. */
ku_status ku_import_tick(ku_import_job *job, const char *doing, ku_error *err);

/* ---- load.c: one file into the bank ------------------------------------------------------ */

/* Reads job->file[job->at] into the target and takes out what was there already. */
ku_status ku_import_load(ku_import_job *job, ku_error *err);
/* The table that takes a dry run's rows for comparing. */
ku_status ku_import_probe(ku_import_job *job, ku_error *err);

/* ---- twins.c: rows that are in the bank already ------------------------------------------- */

typedef struct ku_time_range {
    bool any;
    int64_t first, last; /* microseconds */
} ku_time_range;

/* The time range of what the table holds. */
ku_status ku_import_held(ku_import_job *job, const char *table, ku_time_range *range,
                         ku_error *err);
/* Takes rows of the target with a rowid above `boundary` out again that match one row each
 * of the bank (or of the target up to the boundary) within the range; *twins of them. */
ku_status ku_import_drop_twins(ku_import_job *job, int64_t boundary, ku_time_range range,
                               int64_t *twins, ku_error *err);

/* ---- batch.c: the record of imports --------------------------------------------------------- */

ku_status ku_batch_next(ku_import_job *job, ku_error *err); /* sets job->batch */
/* Sets file->already (and hash) when the very file is in the bank or earlier in the call. */
ku_status ku_batch_known(ku_session *session, const ku_fact *fact, ku_import_file *file,
                         ku_arena *arena, ku_error *err);
ku_status ku_batch_record(ku_import_job *job, ku_error *err);

#endif
