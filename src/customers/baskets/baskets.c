/* baskets.c - from lines to baskets.
 *
 * Lines are put together by basket with a counting sort, as basket numbers are dense. What
 * is left of a basket once the rare products are out of it is often the same as another's:
 * equal ones become one with a weight, so the search reads them once. */
#include "customers/baskets/baskets.h"

#include <stdlib.h>
#include <string.h>

typedef struct lines {
    const int64_t *start; /* by basket, baskets + 1 */
    int32_t *product;     /* of all baskets one after the other */
    int64_t baskets;
    int32_t *length; /* of each basket without doubles */
} lines;

static ku_status no_memory(ku_error *err)
{
    return ku_error_set(err, KU_NO_MEMORY, "baskets", "there is not memory enough for the baskets");
}

/* ---- putting lines together ------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Most baskets have a handful of lines. */
static void sort_short(int32_t *value, int64_t count)
{
    if (count > 24) {
        qsort(value, (size_t)count, sizeof *value, by_value);
        return;
    }
    for (int64_t i = 1; i < count; i++) {
        int32_t moving = value[i];
        int64_t at = i;
        for (; at > 0 && value[at - 1] > moving; at--) value[at] = value[at - 1];
        value[at] = moving;
    }
}

static int32_t drop_doubles(int32_t *value, int64_t count)
{
    int32_t kept = 0;
    for (int64_t i = 0; i < count; i++)
        if (kept == 0 || value[i] != value[kept - 1]) value[kept++] = value[i];
    return kept;
}

static bool gather(const int64_t *basket, const int32_t *product, int64_t count, ku_arena *arena,
                   lines *out)
{
    size_t baskets = (size_t)out->baskets;
    int64_t *start = ku_arena_try(arena, (baskets + 2) * sizeof *start);
    out->product = ku_arena_try(arena, ((size_t)count + 1) * sizeof *out->product);
    out->length = ku_arena_try(arena, (baskets + 1) * sizeof *out->length);
    if (start == NULL || out->product == NULL || out->length == NULL) return false;
    memset(start, 0, (baskets + 2) * sizeof *start);
    /* start[b + 2] counts b; after the sums start[b + 1] is where b's next line goes, and in
     * the end where it stops. */
    for (int64_t i = 0; i < count; i++) start[basket[i] + 2]++;
    for (size_t b = 2; b <= baskets + 1; b++) start[b] += start[b - 1];
    for (int64_t i = 0; i < count; i++) out->product[start[basket[i] + 1]++] = product[i];
    out->start = start;
    return true;
}

static void count_products(const lines *all, int64_t *found)
{
    for (int64_t b = 0; b < all->baskets; b++) {
        int32_t *product = all->product + all->start[b];
        int64_t count = all->start[b + 1] - all->start[b];
        sort_short(product, count);
        all->length[b] = drop_doubles(product, count);
        for (int32_t i = 0; i < all->length[b]; i++) found[product[i]]++;
    }
}

/* ---- ranks --------------------------------------------------------------------------------- */

typedef struct counted {
    int64_t found;
    int32_t product;
} counted;

static int by_found(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    if (x->found != y->found) return x->found > y->found ? -1 : 1;
    return (x->product > y->product) - (x->product < y->product);
}

/* rank[product], -1 for those in too few baskets. */
static void give_ranks(const int64_t *found, int32_t products, int64_t least, int32_t *rank,
                       ku_arena *arena, ku_baskets *out)
{
    counted *list = KU_ARRAY(arena, (size_t)products + 1, counted);
    int32_t *product = KU_ARRAY(arena, (size_t)products + 1, int32_t);
    int64_t *kept = KU_ARRAY(arena, (size_t)products + 1, int64_t);
    for (int32_t p = 0; p < products; p++) {
        rank[p] = -1;
        if (found[p] >= least) list[out->products++] = (counted){found[p], p};
    }
    qsort(list, (size_t)out->products, sizeof *list, by_found);
    for (int32_t r = 0; r < out->products; r++) {
        product[r] = list[r].product;
        kept[r] = list[r].found;
        rank[list[r].product] = r;
    }
    out->product = product;
    out->found = kept;
}

/* Products become ranks, ascending; a basket's rare products go. */
static void use_ranks(const lines *all, const int32_t *rank)
{
    for (int64_t b = 0; b < all->baskets; b++) {
        int32_t *product = all->product + all->start[b];
        int32_t kept = 0;
        for (int32_t i = 0; i < all->length[b]; i++)
            if (rank[product[i]] >= 0) product[kept++] = rank[product[i]];
        sort_short(product, kept);
        all->length[b] = kept;
    }
}

/* ---- the different ones -------------------------------------------------------------------- */

typedef struct merged {
    int64_t *start;
    int32_t *rank, *weight;
    int64_t count;
    int32_t *slot; /* hash table of 1 + place, 0: free */
    uint64_t mask;
} merged;

static uint64_t hash_of(const int32_t *rank, int32_t length)
{
    uint64_t hash = (uint64_t)length;
    for (int32_t i = 0; i < length; i++) {
        hash = (hash ^ (uint32_t)rank[i]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return hash;
}

static void add_basket(merged *m, const int32_t *rank, int32_t length)
{
    uint64_t at = hash_of(rank, length) & m->mask;
    for (; m->slot[at] != 0; at = (at + 1) & m->mask) {
        int32_t place = m->slot[at] - 1;
        if (m->start[place + 1] - m->start[place] == length &&
            memcmp(m->rank + m->start[place], rank, (size_t)length * sizeof *rank) == 0) {
            m->weight[place]++;
            return;
        }
    }
    memcpy(m->rank + m->start[m->count], rank, (size_t)length * sizeof *rank);
    m->start[m->count + 1] = m->start[m->count] + length;
    m->weight[m->count] = 1;
    m->slot[at] = (int32_t)++m->count;
}

static bool merge(const lines *all, ku_arena *arena, ku_baskets *out)
{
    size_t baskets = 0, ranks = 0, slots = 64;
    for (int64_t b = 0; b < all->baskets; b++)
        if (all->length[b] >= 2) {
            baskets++;
            ranks += (size_t)all->length[b];
        }
    if (baskets >= INT32_MAX) return false;
    while (slots < 2 * baskets) slots *= 2;
    merged m = {.start = ku_arena_try(arena, (baskets + 1) * sizeof *m.start),
                .rank = ku_arena_try(arena, (ranks + 1) * sizeof *m.rank),
                .weight = ku_arena_try(arena, (baskets + 1) * sizeof *m.weight),
                .slot = ku_arena_try(arena, slots * sizeof *m.slot),
                .mask = slots - 1};
    if (m.start == NULL || m.rank == NULL || m.weight == NULL || m.slot == NULL) return false;
    memset(m.slot, 0, slots * sizeof *m.slot);
    m.start[0] = 0;
    for (int64_t b = 0; b < all->baskets; b++)
        if (all->length[b] >= 2) add_basket(&m, all->product + all->start[b], all->length[b]);
    out->different = m.count;
    out->start = m.start;
    out->rank = m.rank;
    out->weight = m.weight;
    return true;
}

ku_status ku_baskets_make(const int64_t *basket, const int32_t *product, int64_t lines_,
                          int64_t baskets, int32_t products, int64_t least, ku_arena *arena,
                          ku_baskets *out, ku_error *err)
{
    *out = (ku_baskets){.count = 0};
    lines all = {.baskets = baskets};
    int64_t *found = ku_arena_array(arena, (size_t)products + 1, sizeof *found);
    int32_t *rank = ku_arena_array(arena, (size_t)products + 1, sizeof *rank);
    if (!gather(basket, product, lines_, arena, &all)) return no_memory(err);
    count_products(&all, found);
    for (int64_t b = 0; b < baskets; b++) out->count += all.length[b] > 0;
    give_ranks(found, products, least, rank, arena, out);
    use_ranks(&all, rank);
    return merge(&all, arena, out) ? KU_OK : no_memory(err);
}
