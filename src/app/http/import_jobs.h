/* import_jobs.h - imports asked for over HTTP: one at a time, in order, in a thread of
 * their own. What is under way and what ended lately is kept in memory, what was added is
 * in the bank as batches. The http_imports belongs to the server. */
#ifndef KU_APP_HTTP_IMPORT_JOBS_H
#define KU_APP_HTTP_IMPORT_JOBS_H

#include <jansson.h>

#include "bank/import.h"
#include "workspace/workspace.h"

typedef struct http_imports http_imports;

ku_status http_imports_new(ku_workspace *workspace, http_imports **imports, ku_error *err);
/* Cancels what runs and what waits, and waits for the thread. NULL is safe. */
void http_imports_cancel_all(http_imports *imports);
void http_imports_free(http_imports *imports);

#define HTTP_IMPORT_ID 20
/* Queues an import; everything in `options` is copied. Its rejects_path and progress are
 * set here. `files` are the names to show, options->path_count of them. KU_BUSY when too
 * many wait. */
ku_status http_import_submit(http_imports *imports, const ku_import_options *options,
                             const char *const *files, char id[HTTP_IMPORT_ID], ku_error *err);
ku_status http_import_cancel(http_imports *imports, const char *id, ku_error *err);

/* The import as JSON (shape Import), a new reference; NULL when the id is not known here.
 * *version (may be NULL) rises with every change, *over tells whether it has ended. */
json_t *http_import_json(http_imports *imports, const char *id, uint64_t *version, bool *over);
/* Those that wait or run and will add rows, newest first. */
json_t *http_import_open(http_imports *imports);
/* The batch an import became, copied into the arena; NULL: none (yet), or not known. */
const char *http_import_batch(http_imports *imports, const char *id, ku_arena *arena);
/* Says that a batch was taken out again, so that its import tells. */
void http_import_undone(http_imports *imports, const char *batch);
/* Where an import's or a batch's rejects are, in the arena; NULL when there are none. */
const char *http_import_rejects_path(http_imports *imports, const char *id, ku_arena *arena);

#endif
