/* wallet_internal.h - what the files of customers.wallet share: people, answers, beliefs, and
 * their sums. Everything lies in the run's arena. */
#ifndef KU_CUSTOMERS_WALLET_INTERNAL_H
#define KU_CUSTOMERS_WALLET_INTERNAL_H

#include "analyses/customers/wallet/model.h"
#include "analyses/customers/wallet/wallet.h"

enum { WALLET_LEAST_ANSWERS = 20 }; /* for a model */

#define WALLET_Z95 1.959963984540054 /* the normal quantile of 95 % intervals */

typedef struct range {
    double lo, hi;
} range;

/* What is believed of one customer, or of a segment. */
typedef struct belief {
    double wallet;
    range limits;
} belief;

typedef struct segment_sum {
    double customers, surveyed, own, elsewhere, squares;
    double lo, hi; /* like customers: sums of the limits */
    bool given;    /* by a panel, without an interval */
    double *slope; /* of elsewhere, by the model's coefficients */
} segment_sum;

typedef struct wallet_run_state {
    const ku_frames *in;
    const ku_params *params;
    ku_run_context *context;
    ku_arena *arena;
    const ku_frame *own;
    int segments;
    const char **name; /* of the segments */
    size_t people;
    wallet_person *person;
    bool *told;
    belief *belief;
    size_t answers, slips; /* slips: answers beyond belief, left out */
    wallet_answer *answer;
    bool modelled, judged;
    wallet_model model;
    wallet_spread spread;
    wallet_check by_model, by_plain;
    segment_sum *sum; /* by segment, all of them last */
} wallet_run_state;

static inline double wallet_number(const ku_frame *frame, const char *column, int64_t row)
{
    return ku_column_number(ku_frame_column(frame, column), row);
}

/* believe.c: what is spent elsewhere, of each person and in sum; by the model where there is
 * one, else by the best of those alike. */
void wallet_believe(wallet_run_state *r);
/* The interval of a sum; NaN where a panel gave it. */
range wallet_sum_limits(const wallet_run_state *r, const segment_sum *sum);

/* tables.c, brands.c: the outputs; remarks.c: what limits them. */
ku_frame_builder *wallet_put_segments(const wallet_run_state *r);
ku_frame_builder *wallet_put_customers(wallet_run_state *r);
ku_frame_builder *wallet_put_check(const wallet_run_state *r);
ku_frame_builder *wallet_put_brands(const wallet_run_state *r);
void wallet_remark(const wallet_run_state *r);

#endif
