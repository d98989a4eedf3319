/* clock.h - the thread that does the office's chores while the server runs. The http_clock
 * belongs to the server. */
#ifndef KU_APP_HTTP_CLOCK_H
#define KU_APP_HTTP_CLOCK_H

#include "workspace/workspace.h"

typedef struct http_clock http_clock;

/* NULL when there is no memory or no thread. `first_ms`, `every_ms`: 0: 20 seconds, ten
 * minutes. */
http_clock *http_clock_new(ku_workspace *workspace, bool quiet, int first_ms, int every_ms);
void http_clock_free(http_clock *clock); /* waits for the chore in hand; NULL is allowed */

#endif
