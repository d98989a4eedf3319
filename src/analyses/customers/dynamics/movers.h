/* movers.h - the table of single customers who came to another segment in the last period. Rows
 * go into the builder of the run; nothing is owned here. */
#ifndef KU_CUSTOMERS_DYNAMICS_MOVERS_H
#define KU_CUSTOMERS_DYNAMICS_MOVERS_H

#include "analyses/customers/dynamics/states.h"

/* At most `most`, those whose revenue changed most first. Nothing where fewer than two periods
 * are known; KU_NO_MEMORY. */
ku_status movers_write(const states *s, const history *h, const panel *p, int64_t most,
                       ku_run_context *context, ku_frame_builder *to, ku_error *err);

#endif
