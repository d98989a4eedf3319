/* as_fact.h - a result of a recorded run as rows of a fact, so that it can be held against
 * later ones. The file written belongs to the caller, who removes it after the import. */
#ifndef KU_RUNS_AS_FACT_H
#define KU_RUNS_AS_FACT_H

#include "bank/import.h"
#include "runs/run.h"

/* Writes the output table of a finished run into a new CSV file in `folder` and fills
 * `options` (paths in the arena) so that ku_import_run brings it into the fact; the caller
 * may add mapping, actor and the rest. `table` NULL: the one called like the fact, else
 * the first that has the columns every row of the fact needs.
 *
 * Fields of the fact that the table has not are found in this order: the instant the run
 * saw the bank, for a time (made_at); which run it was, for `note`; a column of another
 * result table of the run that has one row for each value of a text column the two share
 * (a series' model). The instant is that of the run a repetition repeats, so that the same
 * belief is kept once; the same run kept again writes the very same bytes.
 *
 * KU_NOT_FOUND for an unknown run or table, KU_CONFLICT for a run that is not done. */
ku_status ku_run_as_fact(ku_workspace *workspace, const char *run, const char *table,
                         const ku_fact *fact, const char *folder, ku_arena *arena,
                         ku_import_options *options, ku_error *err);

#endif
