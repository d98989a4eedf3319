/* next.h - which product a customer is likely to buy next that they have not bought yet.
 * Everything lives in the caller's arena. */
#ifndef KU_CUSTOMERS_NEXT_H
#define KU_CUSTOMERS_NEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"
#include "kemudi/pool.h"
#include "num/share.h"

enum { KU_NEXT_MOMENTS = 3, KU_NEXT_MOST = 10 };

/* What customers have bought: for each the products, by the day they were first bought. Days
 * are counted from anywhere. The moments are the ends of the three stretches of `within`
 * days that the data end with: moment[2] is the last day. */
typedef struct ku_owned {
    int32_t customers, products;
    const int64_t *start;   /* customers + 1 */
    const int32_t *product; /* 0 .. products - 1, a customer's in order of `first` */
    const int32_t *first;
    const int32_t *last[KU_NEXT_MOMENTS]; /* by customer: last purchase up to the moment;
                                             INT32_MIN: none */
    int32_t moment[KU_NEXT_MOMENTS];
} ku_owned;

/* How often one of the first `k` proposals was among the new products of customers who
 * bought any, in the last stretch, as foretold at its beginning. */
typedef struct ku_next_hit {
    int k;
    int64_t customers;
    double share, popular; /* of this method; of naming what is bought most */
    ku_interval share_range, popular_range;
} ku_next_hit;

typedef struct ku_next ku_next;

/* Learns from the two last stretches: the weight of what is owned is chosen on one half of
 * the customers of the last stretch, ku_next_hits tells of the other. NULL with the reason
 * in `why` (static) when the past is too short or too thin. KU_NO_MEMORY alone is an error. */
ku_status ku_next_learn(const ku_owned *owned, ku_arena *arena, ku_pool *pool, ku_next **out,
                        const char **why, ku_error *err);

/* The measure of itself, k = 1, 3, 5. */
void ku_next_hits(const ku_next *next, ku_next_hit hit[3]);

/* A product proposed: the chance that it is bought within the next stretch, and what most
 * speaks for it (a product owned, or -1). */
typedef struct ku_proposal {
    int32_t product, because;
    double chance;
    ku_interval range; /* of such proposals' chance, 95 % */
} ku_proposal;

/* The best `most` <= KU_NEXT_MOST of each customer into proposal[customer * most ..], their
 * number into count[customer]. */
void ku_next_propose(const ku_next *next, int most, ku_pool *pool, ku_proposal *proposal,
                     int *count);

#endif
