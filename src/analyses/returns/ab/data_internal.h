/* data_internal.h - what the readers of units and of counts share. */
#ifndef KU_ANALYSES_RETURNS_AB_DATA_INTERNAL_H
#define KU_ANALYSES_RETURNS_AB_DATA_INTERNAL_H

#include "analyses/returns/ab/data.h"

typedef struct ab_reader {
    const ku_params *params;
    ku_run_context *context;
    ku_arena *arena;
    ab_data *out;
    ab_look_fn *look;
    void *to;
    int days, step; /* days with rows; a look is taken every `step` of them */
} ab_reader;

enum { AB_LOOKS = 400 };

/* Variants by the entries of a column's dictionary: place[code]. */
ku_status ab_read_variants(ab_reader *r, const ku_column *column, int **place, ku_error *err);
/* Which variant is the control, and the planned shares; after the variants are known. */
ku_status ab_read_plan(ab_reader *r, ku_error *err);
/* The metrics asked for, or all of `metric` columns, from the names of columns. */
ku_status ab_choose_metrics(ab_reader *r, const bool *metric, ku_error *err);
/* The place of a column's name, also with other capitals; -1: there is none. */
int ab_find_column(const ab_reader *r, const char *name);
/* "a, b" as names without blanks around them, NULL at the end. */
const char **ab_split_list(const char *text, ku_arena *arena);
/* Counts the days of the rows of a date column (NULL: none), whose rows ascend. */
void ab_count_days(ab_reader *r, const ku_column *date);
/* To be called with each row's day before the row is added, and once more behind the last with
 * `end`: takes a look when a day is over. `day` is NAN for rows without one. */
void ab_next_day(ab_reader *r, double day, bool end);

ku_status ab_read_units(ab_reader *r, const ku_frame *records, ku_error *err);
ku_status ab_read_counts(ab_reader *r, const ku_frame *tallies, ku_error *err);

#endif
