/* moves.h - the tables of migration: sizes, revenue, flows, moves, their stability, and the
 * forecast held against known periods. Rows go into the builders of the run. */
#ifndef KU_CUSTOMERS_DYNAMICS_MOVES_H
#define KU_CUSTOMERS_DYNAMICS_MOVES_H

#include "analyses/customers/dynamics/project.h"

typedef struct move_tables {
    ku_frame_builder *figures, *sizes, *revenue, *flows, *migration, *stability, *holdout;
} move_tables;

typedef struct move_options {
    int ahead, draws;
} move_options;

/* Fewer periods than the forecast needs leave its tables with what is known and a remark. */
ku_status moves_write(const states *s, const move_options *options, ku_run_context *context,
                      move_tables *to, ku_error *err);

#endif
