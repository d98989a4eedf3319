/* outputs.h - whether a kernel's result is what its descriptor promises. */
#ifndef KU_RUNS_OUTPUTS_H
#define KU_RUNS_OUTPUTS_H

#include "kemudi/analysis.h"

/* Puts the frames into the descriptor's order. KU_FAULT naming table and column when a
 * table is missing or too many, a column has another name or type, or a number is not
 * finite. */
ku_status ku_outputs_check(const ku_analysis *analysis, ku_frames *out, ku_error *err);

#endif
