/* block_internal.h - the lives of a block of customers: when they come, order, send back
 * and leave. A block is owned by one thread and filled again and again; its arrays grow
 * to the largest block and are freed by ku_sim_block_clear. */
#ifndef KU_SIMULATE_BLOCK_INTERNAL_H
#define KU_SIMULATE_BLOCK_INTERNAL_H

#include "simulate/world_internal.h"

enum { BLOCK_CUSTOMERS = 2048 };
enum { ORDER_ANONYMOUS = 1, ORDER_VOUCHER = 2, ORDER_RETURN = 4 };

typedef struct buyer {
    double rate;  /* lambda, orders a day at intensity 1 */
    double spend; /* mean quantity above 1 of a line */
    int32_t born; /* day; negative: before the period */
    int32_t gone; /* day of leaving, maybe after the period */
    int16_t outlet;
    uint8_t segment;
    uint8_t channel; /* won through */
    bool contact;
    int32_t orders; /* in the period, known or anonymous */
} buyer;

typedef struct order {
    uint32_t buyer;  /* in the block */
    uint32_t second; /* since the first day */
    uint32_t number; /* rank by time, from 1; 0: no line of it yet */
    int16_t outlet;  /* home outlet of the buyer */
    uint8_t channel;
    uint8_t flags;
    int64_t amount; /* cents */
} order;

typedef struct line {
    uint32_t second;
    uint32_t order;
    int32_t list, price, cost; /* cents a unit; price as charged */
    int16_t quantity;          /* negative: sent back */
    uint8_t product;
    uint8_t cut; /* percent of the promotion, 0: none */
} line;

/* What happened, added up exactly (cents), so that the order of adding does not matter. */
typedef struct tally {
    int64_t *revenue; /* [region][week] by the week of the order, net of returns */
    int64_t *margin;  /* [region][week] */
    int64_t *units;   /* [month][group][region] */
    int64_t *value;   /* [month][group][region] */
    int64_t segment_revenue[SEGMENTS], channel_revenue[CHANNELS];
    int64_t outlet_revenue[OUTLETS_MAX];
    int64_t orders, lines, returns, anonymous_orders, promoted_lines, active_customers;
    int64_t wallet_customers[SEGMENTS], wallet_own[SEGMENTS], wallet_all[SEGMENTS];
    int64_t journeys, conversions, surveys, complaints, leads, won;
} tally;

typedef struct block {
    const world *world;
    int64_t index; /* of the block */
    int64_t first; /* number of its first customer, from 0 */
    int count;
    buyer buyer[BLOCK_CUSTOMERS];
    order *orders;
    size_t order_count, order_room;
    line *lines;
    size_t line_count, line_room;
    uint32_t *rank, *spare; /* line indices by time */
    size_t rank_room;
    tally tally;
    bool failed; /* out of memory */
} block;

bool ku_sim_tally_init(tally *t, const world *w); /* false: no memory */
void ku_sim_tally_clear(tally *t);
void ku_sim_tally_add(tally *to, const tally *from, const world *w);

bool ku_sim_block_init(block *b, const world *w);
void ku_sim_block_clear(block *b);
/* Lives the customers of block `index`; without orders only their traits are drawn. */
void ku_sim_block_live(block *b, int64_t index, bool with_orders);
/* What customers of the last year spend here and elsewhere, into the tally. */
void ku_sim_wallet_tally(block *b);
/* How many blocks a company has. */
int64_t ku_sim_block_count(const world *w);

static inline ku_rng ku_sim_block_rng(const block *b, enum stream stream)
{
    return ku_sim_world_rng(b->world, stream, (uint64_t)b->index);
}
/* A chance of p. */
static inline bool rng_chance(ku_rng *rng, double p)
{
    return (double)ku_rng_u32(rng) < p * 4294967296.0;
}
/* An index of weights that are cumulative and end at their sum. */
static inline int rng_pick(ku_rng *rng, const double *cumulative, int count)
{
    double at = ku_rng_uniform(rng) * cumulative[count - 1];
    int i = 0;
    while (i < count - 1 && cumulative[i] <= at) i++;
    return i;
}

#endif
