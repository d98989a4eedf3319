/* warn.h - the tables of what changed: warnings, courses of behaviour, customers behind a
 * warning. Rows go into the builders of the run; nothing is owned here. */
#ifndef KU_CUSTOMERS_DYNAMICS_WARN_H
#define KU_CUSTOMERS_DYNAMICS_WARN_H

#include "analyses/customers/dynamics/history.h"

typedef struct warn_tables {
    ku_frame_builder *figures, *warnings, *behaviour, *customers;
} warn_tables;

/* `history` NULL: the customers are not known. At most `most` customers a warning. */
void warn_write(search *s, const history *h, int most, ku_run_context *context, warn_tables *to);

#endif
