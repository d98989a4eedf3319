/* search.c - all sets of products that are in enough baskets.
 *
 * Sets are built from their largest rank downward. For one product, the baskets that have it
 * are cut to the ranks below it; counting what is left in them gives all pairs, and each
 * frequent one is in turn the start of a smaller problem of the same kind. The baskets of
 * all these smaller problems are laid out in one pass, each basket being handed to every
 * product in it ("occurrence deliver"). Rare products end most sets, so the large problems
 * are few and short. Top problems are independent and go to the pool's threads; each keeps
 * its own list, and lists are joined in order of rank. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "customers/baskets/baskets.h"

/* A basket as a problem sees it: the first `length` ranks at `rank`. */
typedef struct part {
    const int32_t *rank;
    int32_t length, weight;
} part;

/* Memory of the problems of one depth: only one of them is worked on at a time. */
typedef struct level {
    int64_t *count;    /* by rank */
    int32_t *frequent; /* ranks */
    int64_t *begin;    /* by rank: where its parts lie */
    int32_t *rank;     /* of the cut baskets */
    part *parts;       /* handed to their products */
    size_t rank_room, part_room;
} level;

typedef struct list {
    int32_t *at; /* size, ranks .., found as two halves */
    size_t length, room;
    size_t sets;
} list;

typedef struct work {
    level level[KU_SET_SIZE + 1];
    int32_t prefix[KU_SET_SIZE]; /* descending */
} work;

typedef struct search {
    const ku_baskets *baskets;
    int64_t least;
    int size;
    size_t most;
    part *parts; /* of the top problems */
    int64_t *begin;
    work *work; /* by thread */
    list *list; /* by largest rank */
    atomic_size_t sets;
    atomic_bool failed;
} search;

/* ---- growing lists --------------------------------------------------------------------------- */

static bool reserve(void **memory, size_t *room, size_t need, size_t size)
{
    if (need <= *room) return true;
    size_t larger = need > 2 * *room ? need : 2 * *room;
    void *grown = realloc(*memory, larger * size);
    if (grown == NULL) return false;
    *memory = grown;
    *room = larger;
    return true;
}

static void emit(search *s, const work *w, list *to, int size, int32_t last, int64_t found)
{
    void *memory = to->at;
    if (!reserve(&memory, &to->room, to->length + (size_t)size + 3, sizeof *to->at)) {
        atomic_store(&s->failed, true);
        return;
    }
    to->at = memory;
    int32_t *at = to->at + to->length;
    *at++ = size;
    *at++ = last; /* the prefix is descending, the set ascending */
    for (int i = size - 2; i >= 0; i--) *at++ = w->prefix[i];
    memcpy(at, &found, sizeof found);
    to->length += (size_t)size + 3;
    to->sets++;
}

/* ---- one problem -------------------------------------------------------------------------------- */

/* Counts ranks below `limit`; frequent ones go to the list and to `to`. */
static int32_t count_ranks(search *s, work *w, int depth, const part *parts, int64_t count,
                           int32_t limit, list *to)
{
    level *l = &w->level[depth];
    memset(l->count, 0, (size_t)limit * sizeof *l->count);
    for (int64_t p = 0; p < count; p++)
        for (int32_t i = 0; i < parts[p].length; i++) l->count[parts[p].rank[i]] += parts[p].weight;
    int32_t frequent = 0;
    size_t before = to->sets;
    for (int32_t r = 0; r < limit; r++)
        if (l->count[r] >= s->least) {
            l->frequent[frequent++] = r;
            emit(s, w, to, depth + 2, r, l->count[r]);
        }
    size_t all = atomic_fetch_add(&s->sets, to->sets - before) + to->sets - before;
    if (all > s->most) atomic_store(&s->failed, true);
    return frequent;
}

/* Room for the parts of the products of this problem; l->begin[r] is where those of r start. */
static bool plan_parts(work *w, int depth, const part *parts, int64_t count, int32_t limit,
                       int64_t least)
{
    level *l = &w->level[depth];
    size_t ranks = 0, handed = 0;
    memset(l->begin, 0, ((size_t)limit + 1) * sizeof *l->begin);
    for (int64_t p = 0; p < count; p++) {
        bool first = true;
        for (int32_t i = 0; i < parts[p].length; i++) {
            int32_t r = parts[p].rank[i];
            if (l->count[r] < least) continue;
            ranks++;
            if (!first) {
                l->begin[r + 1]++;
                handed++;
            }
            first = false;
        }
    }
    for (int32_t r = 0; r < limit; r++) l->begin[r + 1] += l->begin[r];
    void *rank = l->rank, *part_memory = l->parts;
    bool ok = reserve(&rank, &l->rank_room, ranks + 1, sizeof *l->rank);
    l->rank = rank;
    ok = reserve(&part_memory, &l->part_room, handed + 1, sizeof *l->parts) && ok;
    l->parts = part_memory;
    return ok;
}

/* Cuts each basket to its frequent ranks and hands it to each of them but the first, which
 * has nothing below it. Afterwards l->begin[r] is where the parts of r end. */
static void hand_down(work *w, int depth, const part *parts, int64_t count, int64_t least)
{
    level *l = &w->level[depth];
    int32_t *to = l->rank;
    for (int64_t p = 0; p < count; p++) {
        int32_t *cut = to;
        for (int32_t i = 0; i < parts[p].length; i++) {
            int32_t r = parts[p].rank[i];
            if (l->count[r] < least) continue;
            if (to > cut)
                l->parts[l->begin[r]++] = (part){cut, (int32_t)(to - cut), parts[p].weight};
            *to++ = r;
        }
    }
}

/* All frequent sets of w->prefix[0 .. depth] and smaller ranks, the last of it `limit`. */
static void solve(search *s, work *w, int depth, const part *parts, int64_t count, int32_t limit,
                  list *to)
{
    int32_t frequent = count_ranks(s, w, depth, parts, count, limit, to);
    if (depth + 2 >= s->size || frequent < 2 || atomic_load(&s->failed)) return;
    if (!plan_parts(w, depth, parts, count, limit, s->least)) {
        atomic_store(&s->failed, true);
        return;
    }
    hand_down(w, depth, parts, count, s->least);
    level *l = &w->level[depth];
    for (int32_t f = 1; f < frequent; f++) {
        int32_t r = l->frequent[f];
        int64_t from = l->begin[r - 1]; /* where the parts of the rank below end */
        if (l->begin[r] - from == 0) continue;
        w->prefix[depth + 1] = r;
        solve(s, w, depth + 1, l->parts + from, l->begin[r] - from, r, to);
    }
}

static void solve_top(void *data, size_t item, unsigned thread)
{
    search *s = data;
    int32_t r = (int32_t)item;
    if (atomic_load(&s->failed) || s->begin[r + 1] == s->begin[r]) return;
    work *w = &s->work[thread];
    w->prefix[0] = r;
    solve(s, w, 0, s->parts + s->begin[r], s->begin[r + 1] - s->begin[r], r, &s->list[r]);
}

/* ---- all of them --------------------------------------------------------------------------------- */

/* The top problems' parts: each basket handed to all its products but the first. */
static bool hand_baskets(search *s, ku_arena *arena)
{
    const ku_baskets *b = s->baskets;
    size_t products = (size_t)b->products;
    s->begin = KU_ARRAY(arena, products + 2, int64_t);
    for (int64_t d = 0; d < b->different; d++)
        for (int64_t i = b->start[d] + 1; i < b->start[d + 1]; i++) s->begin[b->rank[i] + 2]++;
    for (size_t r = 2; r < products + 2; r++) s->begin[r] += s->begin[r - 1];
    s->parts = ku_arena_try(arena, ((size_t)s->begin[products + 1] + 1) * sizeof *s->parts);
    if (s->parts == NULL) return false;
    for (int64_t d = 0; d < b->different; d++) {
        const int32_t *rank = b->rank + b->start[d];
        for (int64_t i = 1; i < b->start[d + 1] - b->start[d]; i++)
            s->parts[s->begin[rank[i] + 1]++] = (part){rank, (int32_t)i, b->weight[d]};
    }
    return true;
}

static void make_work(search *s, unsigned threads, ku_arena *arena)
{
    size_t products = (size_t)s->baskets->products;
    s->work = KU_ARRAY(arena, threads, work);
    for (unsigned t = 0; t < threads; t++)
        for (int d = 0; d + 1 < s->size; d++) {
            level *l = &s->work[t].level[d];
            l->count = KU_ARRAY(arena, products + 1, int64_t);
            l->begin = KU_ARRAY(arena, products + 2, int64_t);
            l->frequent = KU_ARRAY(arena, products + 1, int32_t);
        }
}

static void free_work(search *s, unsigned threads)
{
    for (unsigned t = 0; t < threads; t++)
        for (int d = 0; d <= KU_SET_SIZE; d++) {
            free(s->work[t].level[d].rank);
            free(s->work[t].level[d].parts);
        }
    for (int32_t r = 0; r < s->baskets->products; r++) free(s->list[r].at);
}

static void join(const search *s, ku_arena *arena, ku_basket_sets *out)
{
    size_t sets = 0, ranks = 0;
    for (int32_t r = 0; r < s->baskets->products; r++) {
        sets += s->list[r].sets;
        ranks += s->list[r].length - 3 * s->list[r].sets;
    }
    ku_basket_set *set = KU_ARRAY(arena, sets + 1, ku_basket_set);
    int32_t *rank = KU_ARRAY(arena, ranks + 1, int32_t);
    size_t at = 0, used = 0;
    for (int32_t r = 0; r < s->baskets->products; r++)
        for (const int32_t *from = s->list[r].at, *end = from + s->list[r].length; from < end;) {
            int32_t size = *from++;
            set[at] = (ku_basket_set){.first = (int32_t)used, .size = size};
            memcpy(rank + used, from, (size_t)size * sizeof *rank);
            memcpy(&set[at].found, from + size, sizeof set[at].found);
            used += (size_t)size;
            from += size + 2;
            at++;
        }
    out->count = sets;
    out->set = set;
    out->rank = rank;
}

ku_status ku_baskets_search(const ku_baskets *baskets, int64_t least, int size, size_t most,
                            ku_arena *arena, ku_pool *pool, ku_basket_sets *out, ku_error *err)
{
    size_t products = (size_t)baskets->products;
    unsigned threads = pool != NULL ? ku_pool_threads(pool) : 1;
    *out = (ku_basket_sets){.least = least};
    search s = {.baskets = baskets, .size = size, .most = most, .least = least};
    s.list = KU_ARRAY(arena, products + 1, list);
    make_work(&s, threads, arena);
    bool ok = hand_baskets(&s, arena);
    while (ok) {
        atomic_store(&s.sets, 0);
        atomic_store(&s.failed, false);
        for (size_t r = 0; r < products; r++) s.list[r].length = s.list[r].sets = 0;
        ku_pool_each(pool, products, 1, solve_top, &s);
        if (!atomic_load(&s.failed)) break;
        ok = atomic_load(&s.sets) > most; /* otherwise memory failed */
        s.least *= 2;
        out->cut = true;
    }
    out->least = s.least;
    if (ok) join(&s, arena, out);
    free_work(&s, threads);
    return ok ? KU_OK
              : ku_error_set(err, KU_NO_MEMORY, "baskets",
                             "there is not memory enough for the sets of products");
}
