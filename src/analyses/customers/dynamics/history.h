/* history.h - who bought in which months: the customers of a run, from the extracts `person`,
 * `history` and `belonging`. Everything lives in the run's arena or its frames. */
#ifndef KU_CUSTOMERS_DYNAMICS_HISTORY_H
#define KU_CUSTOMERS_DYNAMICS_HISTORY_H

#include "analyses/customers/dynamics/search.h"

typedef struct history {
    int64_t persons, rows;
    int64_t *start; /* persons + 1: rows of each, ascending by month */
    int *month;     /* of a row; counted from the panel's first; may lie outside */
    const int64_t *purchases;
    const double *amount;
    const int32_t *last_day; /* of purchase in the row's month */
    const ku_column *label;  /* main channel or the like of a row */
    int64_t *belong_start;   /* persons + 1 */
    const ku_column *belong_date, *belong_segment;
    const ku_frame *person;
} history;

void history_read(const ku_frames *in, const panel *p, ku_arena *arena, history *out);

/* Purchases of the active customers of each segment in each month, for MEASURE_MEMBERS:
 * [segment][month]. A customer is active in a month when they bought within the `reach`
 * months before it; months whose `reach` lies before the data hold nothing. */
sums *history_members(const history *h, const search *s, int reach, ku_run_context *context);

/* The panel's code of a customer's attribute value, by attribute: [attribute][person]; -1: not
 * known. Attributes of purchases (channel) are all -1. */
int32_t **history_codes(const history *h, const panel *p, ku_arena *arena);

#endif
