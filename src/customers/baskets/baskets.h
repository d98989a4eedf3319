/* baskets.h - what was bought together: baskets of different products, and the sets of
 * products that are found in many of them. Everything lives in the caller's arena.
 *
 * Products are known by their rank: 0 is in the most baskets. Only products in enough
 * baskets have one. */
#ifndef KU_CUSTOMERS_BASKETS_H
#define KU_CUSTOMERS_BASKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"
#include "kemudi/pool.h"

#define KU_SET_SIZE 12 /* products of a set, at most */

typedef struct ku_baskets {
    int64_t count;          /* baskets with any product, also those not kept below */
    int32_t products;       /* that have a rank */
    const int32_t *product; /* by rank: the code it had in the lines */
    const int64_t *found;   /* by rank: baskets it is in */
    /* The different baskets of two or more ranked products, cut to these. */
    int64_t different;
    const int64_t *start;  /* different + 1, into rank */
    const int32_t *rank;   /* ascending within a basket */
    const int32_t *weight; /* baskets that are the same */
} ku_baskets;

/* Makes baskets of lines: basket[i] in [0, baskets) has product[i] in [0, products); a
 * product twice in a basket counts once. A product has a rank when it is in at least
 * `least` (>= 1) baskets. KU_NO_MEMORY when the memory is not there. */
ku_status ku_baskets_make(const int64_t *basket, const int32_t *product, int64_t lines,
                          int64_t baskets, int32_t products, int64_t least, ku_arena *arena,
                          ku_baskets *out, ku_error *err);

/* A set of two or more products found together in `found` baskets. */
typedef struct ku_basket_set {
    int32_t first; /* place of its ranks, ascending, in ku_basket_sets.rank */
    int32_t size;
    int64_t found;
} ku_basket_set;

typedef struct ku_basket_sets {
    size_t count;
    const ku_basket_set *set; /* by the largest rank, then as the search meets them */
    const int32_t *rank;
    bool cut; /* there were more than `most`: least was raised until they were not */
    int64_t least;
} ku_basket_sets;

/* All sets of 2 .. size products in at least `least` baskets. Where they would be more than
 * `most`, `least` is doubled until they are not. Same baskets, same sets in the same order,
 * whatever the pool's threads. The search goes depth first and hands the baskets of a
 * product down to the sets that end in it, as LCM does (Uno, Kiyomi & Arimura 2004, "LCM
 * ver. 2", occurrence deliver). */
ku_status ku_baskets_search(const ku_baskets *baskets, int64_t least, int size, size_t most,
                            ku_arena *arena, ku_pool *pool, ku_basket_sets *out, ku_error *err);

#endif
