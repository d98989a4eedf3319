/* sets.c - candidates for the regions to treat.
 *
 * Regions that move alike make a group whose mean is less noisy than each of them and that the
 * others can follow. But similar regions leave few like them to compare with, so sets drawn across
 * sizes stand beside them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "returns/geolift/design.h"

typedef struct listing {
    const ku_set_question *question;
    ku_arena *arena;
    ku_region_set *set;
    size_t count, room;
    double *like; /* regions x regions: correlations */
    double *size; /* regions: mean outcome */
    int *order;   /* regions: room for sorting */
} listing;

/* ---- likeness ------------------------------------------------------------------------------- */

static double correlation(const double *a, const double *b, int n)
{
    double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
    for (int t = 0; t < n; t++) {
        ma += a[t] / n;
        mb += b[t] / n;
    }
    for (int t = 0; t < n; t++) {
        aa += (a[t] - ma) * (a[t] - ma);
        bb += (b[t] - mb) * (b[t] - mb);
        ab += (a[t] - ma) * (b[t] - mb);
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

static const double *series_of(const ku_set_question *q, int region)
{
    return q->value + (size_t)region * (size_t)q->periods;
}

static void compare(listing *l)
{
    const ku_set_question *q = l->question;
    for (int i = 0; i < q->regions; i++) {
        for (int t = 0; t < q->periods; t++) l->size[i] += series_of(q, i)[t] / q->periods;
        for (int j = 0; j <= i; j++)
            l->like[i * q->regions + j] = l->like[j * q->regions + i] =
                i == j ? 2 : correlation(series_of(q, i), series_of(q, j), q->periods);
    }
}

/* Indexes by a key, largest first, ties in their order. Insertion: some hundred regions. */
static void order_by(const double *key, int n, int *order)
{
    for (int i = 0; i < n; i++) {
        int at = i;
        while (at > 0 && key[order[at - 1]] < key[i]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

/* ---- the list ------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static bool has(const ku_region_set *set, int region)
{
    for (int i = 0; i < set->count; i++)
        if (set->region[i] == region) return true;
    return false;
}

static bool wanted(const listing *l, const ku_region_set *set)
{
    const ku_set_question *q = l->question;
    for (int i = 0; i < q->regions; i++) {
        bool in = has(set, i);
        if ((q->with[i] && !in) || (q->without[i] && in)) return false;
    }
    for (size_t k = 0; k < l->count; k++)
        if (l->set[k].count == set->count &&
            memcmp(l->set[k].region, set->region, (size_t)set->count * sizeof *set->region) == 0)
            return false;
    return true;
}

/* Takes the regions over when they are a new set that may be. */
static bool add(listing *l, const int *region, int count)
{
    ku_region_set set = {count, KU_ARRAY(l->arena, (size_t)count, int)};
    memcpy(set.region, region, (size_t)count * sizeof *region);
    qsort(set.region, (size_t)count, sizeof *region, by_number);
    if (l->count == l->room || !wanted(l, &set)) return false;
    l->set[l->count++] = set;
    return true;
}

/* The first `size` allowed regions in order of the key. */
static int pick(const listing *l, const double *key, int size, int *region)
{
    const ku_set_question *q = l->question;
    int count = 0;
    order_by(key, q->regions, l->order);
    for (int i = 0; i < q->regions && count < size; i++)
        if (!q->without[l->order[i]]) region[count++] = l->order[i];
    return count;
}

static void add_similar(listing *l, int size, int *region)
{
    const ku_set_question *q = l->question;
    for (int i = 0; i < q->regions; i++) {
        if (q->without[i]) continue;
        if (pick(l, l->like + (size_t)i * (size_t)q->regions, size, region) == size)
            add(l, region, size);
    }
}

/* One region of each class of size; those that must be take the place of their class' draw. */
static void add_drawn(listing *l, int size, ku_rng *rng, int *region)
{
    const ku_set_question *q = l->question;
    int *allowed = KU_ARRAY(l->arena, (size_t)q->regions, int), count = 0;
    order_by(l->size, q->regions, l->order);
    for (int i = 0; i < q->regions; i++)
        if (!q->without[l->order[i]]) allowed[count++] = l->order[i];
    if (count < size) return;
    for (int draw = 0; draw < q->drawn; draw++) {
        for (int k = 0; k < size; k++) {
            int from = k * count / size, to = (k + 1) * count / size;
            region[k] = allowed[from + (int)ku_rng_below(rng, (uint64_t)(to - from))];
            for (int i = from; i < to; i++)
                if (q->with[allowed[i]]) region[k] = allowed[i];
        }
        add(l, region, size);
    }
}

static void add_filled_up(listing *l, int size, int *region)
{
    const ku_set_question *q = l->question;
    double *sum = KU_ARRAY(l->arena, (size_t)q->periods, double);
    double *key = KU_ARRAY(l->arena, (size_t)q->regions, double);
    for (int i = 0; i < q->regions; i++)
        for (int t = 0; t < q->periods && q->with[i]; t++) sum[t] += series_of(q, i)[t];
    for (int i = 0; i < q->regions; i++)
        key[i] = q->with[i] ? 3 : correlation(sum, series_of(q, i), q->periods);
    if (pick(l, key, size, region) == size) add(l, region, size);
}

size_t ku_region_sets(const ku_set_question *q, ku_arena *arena, ku_region_set **sets)
{
    size_t regions = (size_t)q->regions, sizes = (size_t)(q->largest - q->smallest + 1);
    listing l = {.question = q, .arena = arena};
    ku_rng rng = ku_rng_make(q->seed, q->stream);
    int *region = KU_ARRAY(arena, regions, int);
    l.room = sizes * (regions + (size_t)q->drawn + 1);
    l.set = KU_ARRAY(arena, l.room, ku_region_set);
    l.like = KU_ARRAY(arena, regions * regions, double);
    l.size = KU_ARRAY(arena, regions, double);
    l.order = KU_ARRAY(arena, regions, int);
    compare(&l);
    for (int size = q->smallest; size <= q->largest; size++) {
        size_t before = l.count;
        add_similar(&l, size, region);
        add_drawn(&l, size, &rng, region);
        if (l.count == before) add_filled_up(&l, size, region);
    }
    *sets = l.set;
    return l.count;
}
