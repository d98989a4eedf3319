/* shelf.h - tables of runs that were read a moment ago, so that the pages, filters and
 * charts of one screen unpack them once. The server owns the shelf; a frame taken from it is
 * the caller's and outlives the shelf if need be. Thread-safe. */
#ifndef KU_APP_HTTP_SHELF_H
#define KU_APP_HTTP_SHELF_H

#include "runs/run.h"

typedef struct http_shelf http_shelf;

http_shelf *http_shelf_new(void);        /* NULL without memory */
void http_shelf_free(http_shelf *shelf); /* NULL is safe */

/* The table of a finished run, which never changes: from the shelf, or read and put there.
 * *frame is let go of by ku_frame_free. Errors as of ku_run_table_read. */
ku_status http_shelf_table(http_shelf *shelf, ku_workspace *workspace, const char *run,
                           const char *table, ku_frame **frame, ku_error *err);

#endif
