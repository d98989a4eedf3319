/* next.c - next best product.
 *
 * The score of a product j that a customer does not own is
 *
 *     logit r_j + w_recency,j + w_breadth,j + scale x sum over owned i of l_ij
 *
 * r_j is the rate at which customers first bought j in a past stretch of time; w is how much
 * higher (in logits) the rate was among those who had bought as lately, and who owned as
 * many products; l_ij = ln((n_ij + k) / (n_i n_j / N + k)) is how much more often i and j are
 * owned together than by chance. Rates and likenesses seen little are drawn to what is
 * usual. Likenesses overlap, so their sum is scaled by what hits best in the following
 * stretch. A score becomes a chance by what happened there: the shares bought by score, made
 * to rise with it (pool adjacent violators). So chances are those of the past stretch
 * whatever the score's own scale. */
#include "customers/baskets/next.h"

#include <math.h>
#include <string.h>

enum {
    RECENCY = 4,
    BREADTH = 5,
    SIGNS = RECENCY + BREADTH,
    BINS = 400, /* of scores */
    FACTORS = 7,
    TOP = 5,
    LEAST_BUYERS = 100, /* customers with a new product in a stretch */
};
static const double drawn = 30; /* customers' worth of what is usual */
static const double factor[FACTORS] = {0, 0.1, 0.2, 0.35, 0.5, 0.75, 1};
static const double score_from = -14, score_to = 6;

typedef struct counts {
    double customers;
    double *together;       /* [product][product]: customers who own both */
    double *owned, *bought; /* [product]: who owned it before, who bought it then */
    double with[SIGNS];
    double *owned_with, *bought_with; /* [sign][product] */
} counts;

typedef struct weights {
    double *base; /* [product] */
    double *sign; /* [product][sign] */
    double *like; /* [product][product] */
    double scale; /* of likenesses */
} weights;

struct ku_next {
    const ku_owned *owned;
    weights weights;
    ku_next_hit hit[3];
    double chance[BINS];
    ku_interval range[BINS];
};

/* ---- signs of a customer at a moment ------------------------------------------------------------ */

typedef struct customer {
    const int32_t *owned; /* products */
    int count;            /* of them at the moment */
    const int32_t *fresh; /* first bought in the stretch after it */
    int fresh_count;
    int sign[2]; /* recency and breadth */
} customer;

static int recency_of(int32_t days)
{
    return days <= 30 ? 0 : days <= 90 ? 1 : days <= 180 ? 2 : 3;
}

static int breadth_of(int count)
{
    return count <= 1 ? 0 : count <= 2 ? 1 : count <= 5 ? 2 : count <= 10 ? 3 : 4;
}

/* False for one who had not bought anything by then. */
static bool look_at(const ku_owned *o, int32_t who, int moment, customer *c)
{
    if (o->last[moment][who] == INT32_MIN) return false;
    const int32_t *first = o->first + o->start[who];
    int all = (int)(o->start[who + 1] - o->start[who]), count = 0, until;
    while (count < all && first[count] <= o->moment[moment]) count++;
    until = count;
    if (moment + 1 < KU_NEXT_MOMENTS)
        while (until < all && first[until] <= o->moment[moment + 1]) until++;
    c->owned = o->product + o->start[who];
    c->count = count;
    c->fresh = c->owned + count;
    c->fresh_count = until - count;
    c->sign[0] = recency_of(o->moment[moment] - o->last[moment][who]);
    c->sign[1] = RECENCY + breadth_of(count);
    return count > 0;
}

/* ---- counting ------------------------------------------------------------------------------------- */

static void count_customer(const ku_owned *o, const customer *c, counts *to)
{
    size_t products = (size_t)o->products;
    to->customers++;
    for (int i = 0; i < c->count; i++) {
        double *row = to->together + (size_t)c->owned[i] * products;
        to->owned[c->owned[i]]++;
        for (int k = 0; k < c->count; k++) row[c->owned[k]]++;
    }
    for (int i = 0; i < c->fresh_count; i++) to->bought[c->fresh[i]]++;
    for (int s = 0; s < 2; s++) {
        double *owned = to->owned_with + (size_t)c->sign[s] * products;
        double *bought = to->bought_with + (size_t)c->sign[s] * products;
        to->with[c->sign[s]]++;
        for (int i = 0; i < c->count; i++) owned[c->owned[i]]++;
        for (int i = 0; i < c->fresh_count; i++) bought[c->fresh[i]]++;
    }
}

/* Adds the stretch after the moment; the number of customers with a new product in it. */
static int64_t count_stretch(const ku_owned *o, int moment, counts *to)
{
    int64_t buyers = 0;
    customer c;
    for (int32_t who = 0; who < o->customers; who++) {
        if (!look_at(o, who, moment, &c)) continue;
        count_customer(o, &c, to);
        buyers += c.fresh_count > 0;
    }
    return buyers;
}

static double logit(double p)
{
    double held = fmin(fmax(p, 1e-9), 0.999);
    return log(held) - log1p(-held);
}

static void weigh(const ku_owned *o, const counts *n, weights *to)
{
    size_t products = (size_t)o->products;
    for (size_t j = 0; j < products; j++) {
        double usual = (n->bought[j] + 0.5) / (n->customers - n->owned[j] + 1);
        to->base[j] = logit(usual);
        for (size_t s = 0; s < SIGNS; s++) {
            double at_risk = n->with[s] - n->owned_with[s * products + j];
            double rate = (n->bought_with[s * products + j] + drawn * usual) / (at_risk + drawn);
            to->sign[j * SIGNS + s] = logit(rate) - to->base[j];
        }
        for (size_t i = 0; i < products; i++)
            to->like[j * products + i] = log((n->together[j * products + i] + drawn) /
                                             (n->owned[i] * n->owned[j] / n->customers + drawn));
    }
}

/* ---- scores ----------------------------------------------------------------------------------------- */

/* What speaks for j whoever owns what, and what is owned speaks for it. */
static double plain_score(const weights *w, const customer *c, int32_t j)
{
    const double *sign = w->sign + (size_t)j * SIGNS;
    return w->base[j] + sign[c->sign[0]] + sign[c->sign[1]];
}

static double likeness(const weights *w, const ku_owned *o, const customer *c, int32_t j)
{
    const double *like = w->like + (size_t)j * (size_t)o->products;
    double sum = 0;
    for (int i = 0; i < c->count; i++) sum += like[c->owned[i]];
    return sum;
}

static double score(const weights *w, const ku_owned *o, const customer *c, int32_t j)
{
    return plain_score(w, c, j) + (w->scale > 0 ? w->scale * likeness(w, o, c, j) : 0);
}

typedef struct scored {
    int32_t product;
    double score;
} scored;

/* Keeps the `most` best, the best first; equal ones by product. */
static int keep_best(scored *best, int count, int most, scored one)
{
    if (count == most && !(one.score > best[most - 1].score)) return count;
    int at = count < most ? count++ : most - 1;
    for (; at > 0 && one.score > best[at - 1].score; at--) best[at] = best[at - 1];
    best[at] = one;
    return count;
}

static bool owns(const customer *c, int32_t product)
{
    for (int i = 0; i < c->count; i++)
        if (c->owned[i] == product) return true;
    return false;
}

static int best_of(const weights *w, const ku_owned *o, const customer *c, int most, scored *best)
{
    int count = 0;
    for (int32_t j = 0; j < o->products; j++)
        if (!owns(c, j)) count = keep_best(best, count, most, (scored){j, score(w, o, c, j)});
    return count;
}

/* The place of the first proposal that was bought; `most` when none was. */
static int first_hit(const customer *c, const scored *best, int count, int most)
{
    for (int k = 0; k < count; k++)
        for (int i = 0; i < c->fresh_count; i++)
            if (c->fresh[i] == best[k].product) return k;
    return most;
}

/* ---- trying it on the last stretch ------------------------------------------------------------------- */

typedef struct trial {
    const ku_owned *owned;
    const weights *weights;
    signed char *place;   /* [customer][factor]: of the first hit; -1: not asked */
    signed char *popular; /* [customer] */
} trial;

enum { GROUP = 256 }; /* customers a task */

static void try_customer(const trial *t, int32_t who)
{
    customer c;
    scored best[FACTORS + 1][TOP]; /* the last: what is bought most */
    int count[FACTORS + 1] = {0};
    if (!look_at(t->owned, who, 1, &c) || c.fresh_count == 0) return;
    for (int32_t j = 0; j < t->owned->products; j++) {
        if (owns(&c, j)) continue;
        double plain = plain_score(t->weights, &c, j);
        double like = likeness(t->weights, t->owned, &c, j);
        for (int f = 0; f < FACTORS; f++)
            count[f] = keep_best(best[f], count[f], TOP, (scored){j, plain + factor[f] * like});
        count[FACTORS] = keep_best(best[FACTORS], count[FACTORS], TOP,
                                   (scored){j, t->weights->base[j]});
    }
    for (int f = 0; f < FACTORS; f++)
        t->place[(size_t)who * FACTORS + (size_t)f] = (signed char)first_hit(&c, best[f], count[f],
                                                                             TOP);
    t->popular[who] = (signed char)first_hit(&c, best[FACTORS], count[FACTORS], TOP);
}

static void try_group(void *data, size_t group, unsigned thread)
{
    const trial *t = data;
    (void)thread;
    int32_t from = (int32_t)group * GROUP, all = t->owned->customers;
    for (int32_t who = from; who < from + GROUP && who < all; who++) try_customer(t, who);
}

/* Even customers choose the factor, odd ones tell how well it does. */
static int choose_factor(const trial *t)
{
    int64_t hits[FACTORS] = {0};
    int best = 0;
    for (int32_t who = 0; who < t->owned->customers; who += 2)
        for (int f = 0; f < FACTORS; f++) {
            int place = t->place[(size_t)who * FACTORS + (size_t)f];
            hits[f] += place >= 0 && place < 3;
        }
    for (int f = 1; f < FACTORS; f++)
        if (hits[f] > hits[best]) best = f;
    return best;
}

static void measure(const trial *t, int chosen, ku_next_hit *hit)
{
    double hits = 0, popular = 0;
    hit->customers = 0;
    for (int32_t who = 1; who < t->owned->customers; who += 2) {
        int place = t->place[(size_t)who * FACTORS + (size_t)chosen];
        if (place < 0) continue;
        hit->customers++;
        hits += place < hit->k;
        popular += t->popular[who] < hit->k;
    }
    double of = fmax((double)hit->customers, 1);
    hit->share = hits / of;
    hit->popular = popular / of;
    hit->share_range = ku_wilson(hits, of, 0.95);
    hit->popular_range = ku_wilson(popular, of, 0.95);
}

/* ---- from scores to chances --------------------------------------------------------------------------- */

static int bin_of(double value)
{
    double place = (value - score_from) / (score_to - score_from) * BINS;
    return place < 0 ? 0 : place >= BINS ? BINS - 1 : (int)place;
}

typedef struct block {
    double bought, seen;
    int bins;
} block;

/* Shares that rise with the score: neighbours that do not are put together, as are those
 * with too few. */
static int pool_blocks(const double *bought, const double *seen, block *blocks)
{
    int count = 0;
    for (int b = 0; b < BINS; b++) {
        block one = {bought[b], seen[b], 1};
        while (count > 0 &&
               (blocks[count - 1].seen < 1 ||
                one.bought * blocks[count - 1].seen <= blocks[count - 1].bought * one.seen)) {
            one.bought += blocks[count - 1].bought;
            one.seen += blocks[count - 1].seen;
            one.bins += blocks[--count].bins;
        }
        blocks[count++] = one;
    }
    return count;
}

static void calibrate(const ku_owned *o, const weights *w, ku_next *next)
{
    double bought[BINS] = {0}, seen[BINS] = {0};
    customer c;
    for (int32_t who = 0; who < o->customers; who++) {
        if (!look_at(o, who, 1, &c)) continue;
        for (int32_t j = 0; j < o->products; j++)
            if (!owns(&c, j)) seen[bin_of(score(w, o, &c, j))]++;
        for (int i = 0; i < c.fresh_count; i++) bought[bin_of(score(w, o, &c, c.fresh[i]))]++;
    }
    block blocks[BINS] = {{0}};
    int count = pool_blocks(bought, seen, blocks);
    for (int k = 0, b = 0; k < count; k++)
        for (int i = 0; i < blocks[k].bins; i++, b++) {
            double of = fmax(blocks[k].seen, 1);
            next->chance[b] = blocks[k].bought / of;
            next->range[b] = ku_wilson(blocks[k].bought, of, 0.95);
        }
}

/* ---- all of it ------------------------------------------------------------------------------------------ */

static double *try_cells(size_t count, ku_arena *arena)
{
    double *cell = ku_arena_try(arena, (count + 1) * sizeof *cell);
    if (cell != NULL) memset(cell, 0, (count + 1) * sizeof *cell);
    return cell;
}

static bool make_room(size_t products, ku_arena *arena, counts *n, weights *w)
{
    n->together = try_cells(products * products, arena);
    w->like = try_cells(products * products, arena);
    n->owned = KU_ARRAY(arena, products + 1, double);
    n->bought = KU_ARRAY(arena, products + 1, double);
    n->owned_with = KU_ARRAY(arena, products * SIGNS + 1, double);
    n->bought_with = KU_ARRAY(arena, products * SIGNS + 1, double);
    w->base = KU_ARRAY(arena, products + 1, double);
    w->sign = KU_ARRAY(arena, products * SIGNS + 1, double);
    return n->together != NULL && w->like != NULL;
}

static ku_status no_memory(ku_error *err)
{
    return ku_error_set(err, KU_NO_MEMORY, "products",
                        "there is not memory enough to compare all products with each other");
}

static void try_out(ku_next *next, const weights *w, ku_arena *arena, ku_pool *pool)
{
    const ku_owned *o = next->owned;
    size_t customers = (size_t)o->customers;
    trial t = {.owned = o, .weights = w};
    t.place = ku_arena_alloc(arena, customers * FACTORS + 1);
    t.popular = ku_arena_alloc(arena, customers + 1);
    memset(t.place, -1, customers * FACTORS + 1);
    ku_pool_each(pool, (customers + GROUP - 1) / GROUP, 1, try_group, &t);
    int chosen = choose_factor(&t);
    next->weights.scale = factor[chosen];
    for (int i = 0; i < 3; i++) {
        next->hit[i].k = 2 * i + 1;
        measure(&t, chosen, &next->hit[i]);
    }
}

ku_status ku_next_learn(const ku_owned *owned, ku_arena *arena, ku_pool *pool, ku_next **out,
                        const char **why, ku_error *err)
{
    counts counted = {.customers = 0};
    *out = NULL;
    *why = "too few customers bought something new to them";
    if (owned->products < 2) return KU_OK;
    ku_next *next = KU_NEW(arena, ku_next);
    if (!make_room((size_t)owned->products, arena, &counted, &next->weights)) return no_memory(err);
    next->owned = owned;
    if (count_stretch(owned, 0, &counted) < LEAST_BUYERS) return KU_OK;
    weigh(owned, &counted, &next->weights);
    try_out(next, &next->weights, arena, pool);
    if (next->hit[0].customers < LEAST_BUYERS / 2) return KU_OK;
    calibrate(owned, &next->weights, next);
    count_stretch(owned, 1, &counted); /* both stretches, for what is proposed now */
    weigh(owned, &counted, &next->weights);
    *out = next;
    return KU_OK;
}

void ku_next_hits(const ku_next *next, ku_next_hit hit[3])
{
    memcpy(hit, next->hit, sizeof next->hit);
}

typedef struct proposing {
    const ku_next *next;
    int most;
    ku_proposal *proposal;
    int *count;
} proposing;

static int32_t what_speaks(const weights *w, const ku_owned *o, const customer *c, int32_t j)
{
    const double *like = w->like + (size_t)j * (size_t)o->products;
    int32_t because = -1;
    for (int i = 0; i < c->count; i++)
        if (like[c->owned[i]] > (because < 0 ? 0 : like[because])) because = c->owned[i];
    return because;
}

static void propose(void *data, size_t group, unsigned thread)
{
    const proposing *p = data;
    const ku_owned *o = p->next->owned;
    const weights *w = &p->next->weights;
    (void)thread;
    int32_t from = (int32_t)group * GROUP;
    for (int32_t who = from; who < from + GROUP && who < o->customers; who++) {
        customer c;
        scored best[KU_NEXT_MOST];
        p->count[who] = 0;
        if (!look_at(o, who, KU_NEXT_MOMENTS - 1, &c)) continue;
        int count = best_of(w, o, &c, p->most, best);
        for (int k = 0; k < count; k++) {
            int bin = bin_of(best[k].score);
            p->proposal[(size_t)who * (size_t)p->most + (size_t)k] = (ku_proposal){
                best[k].product, w->scale > 0 ? what_speaks(w, o, &c, best[k].product) : -1,
                p->next->chance[bin], p->next->range[bin]};
        }
        p->count[who] = count;
    }
}

void ku_next_propose(const ku_next *next, int most, ku_pool *pool, ku_proposal *proposal,
                     int *count)
{
    proposing p = {next, most, proposal, count};
    ku_pool_each(pool, ((size_t)next->owned->customers + GROUP - 1) / GROUP, 1, propose, &p);
}
