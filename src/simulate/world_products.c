/* world_products.c - products, their prices week by week, the rivals' prices, and the
 * weights with which customers choose among products.
 *
 * A product's expected lines in a week are its weight
 *     share * base * life * season * (price/list0)^elasticity * rival^cross
 *           * exp(feature * segment's liking of promotions, when promoted) * in stock
 * times what all products share. Orders are made proportional to the sum of weights
 * (world_demand.c) and lines to a product's part of the sum, so that prices, promotions
 * and gaps act on each product with exactly the elasticities given. */
#include <math.h>

#include "simulate/world_internal.h"

/* A price ending in 9 cents, as shops have it. */
static int32_t tidy_price(double euros)
{
    double tens = floor(euros * 10.0 + 0.5);
    return (int32_t)(tens < 1 ? 9 : tens * 10 - 1);
}

static void make_product(world *w, int i)
{
    ku_rng rng = ku_sim_world_rng(w, STREAM_PRODUCT, (uint64_t)i);
    product *p = &w->product[i];
    int group = i / GROUP_PRODUCTS;
    const group_params *g = &ku_sim_world_groups[group];
    p->group = group;
    snprintf(p->id, sizeof p->id, "P%03d", i + 1);
    snprintf(p->name, sizeof p->name, "%s %s", g->name, g->item[i % GROUP_PRODUCTS]);
    p->base = exp(0.75 * ku_rng_normal(&rng));
    p->list0 = tidy_price(g->price * exp(g->spread * ku_rng_normal(&rng)));
    p->unit_cost = g->cost * exp(0.08 * ku_rng_normal(&rng));
    double fate = ku_rng_uniform(&rng), when = ku_rng_uniform(&rng);
    p->launch = fate < 0.12 ? (int)((0.1 + 0.6 * when) * w->weeks) : -1000;
    p->leave = fate > 0.92 ? (int)((0.35 + 0.45 * when) * w->weeks) : 1000000;
    p->fade = 0.06 + 0.08 * ku_rng_uniform(&rng);
}

static int largest_product(const world *w, int group)
{
    int best = group * GROUP_PRODUCTS;
    for (int i = best; i < (group + 1) * GROUP_PRODUCTS; i++)
        if (w->product[i].base > w->product[best].base) best = i;
    return best;
}

static void set_gap(world *w, int group, double from_share, int weeks)
{
    product *p = &w->product[largest_product(w, group)];
    p->launch = -1000;
    p->leave = 1000000;
    p->out_from = (int)(from_share * w->weeks);
    p->out_to = p->out_from + weeks;
}

static void scale_bases(world *w)
{
    for (int g = 0; g < GROUPS; g++) {
        double sum = 0;
        for (int i = 0; i < GROUP_PRODUCTS; i++) sum += w->product[g * GROUP_PRODUCTS + i].base;
        for (int i = 0; i < GROUP_PRODUCTS; i++) w->product[g * GROUP_PRODUCTS + i].base /= sum;
    }
}

/* List prices rise once a year in a week of the product's own; costs creep. */
static void make_list_prices(world *w, int i)
{
    ku_rng rng = ku_sim_world_rng(w, STREAM_PRICE, (uint64_t)i);
    const product *p = &w->product[i];
    int rise = (int)ku_rng_below(&rng, 52);
    double list = (double)p->list0 / 100.0;
    for (int t = 0; t < w->weeks; t++) {
        if (t > 0 && t % 52 == rise) list *= 1.01 + 0.05 * ku_rng_uniform(&rng);
        product_week *o = &w->offer[(size_t)t * PRODUCTS + (size_t)i];
        o->list = t < rise ? (int32_t)p->list0 : tidy_price(list);
        o->price = o->list;
        double cost = (double)p->list0 * p->unit_cost * exp(0.02 * t / 52.0);
        o->cost = (int32_t)fmax(1.0, floor(cost + 0.5));
    }
}

/* In most quarters a product is promoted for one or two weeks. */
static void make_promotions(world *w, int i)
{
    static const float cuts[] = {0.10F, 0.15F, 0.20F, 0.25F, 0.30F};
    ku_rng rng = ku_sim_world_rng(w, STREAM_PROMOTION, (uint64_t)i);
    for (int quarter = 0; quarter < w->weeks; quarter += 13) {
        bool runs = ku_rng_uniform(&rng) < 0.6;
        int from = quarter + (int)ku_rng_below(&rng, 12);
        int weeks = 1 + (int)ku_rng_below(&rng, 2);
        float cut = cuts[ku_rng_below(&rng, 5)];
        for (int t = from; runs && t < from + weeks && t < w->weeks; t++) {
            product_week *o = &w->offer[(size_t)t * PRODUCTS + (size_t)i];
            o->cut = cut;
            o->price = (int32_t)floor((double)o->list * (1.0 - (double)cut) + 0.5);
        }
    }
}

static float *rival_row(const world *w, int rival, int group)
{
    return &w->rival_price[((size_t)rival * GROUPS + (size_t)group) * (size_t)w->weeks];
}

/* Rivals' prices wander around a common rise; from the attack on, the first rival sells
 * coffee and chocolate 14 % cheaper for 12 weeks. */
static void make_rivals(world *w)
{
    w->attack_week = (int)(0.72 * w->weeks);
    for (int k = 0; k < RIVALS; k++)
        for (int g = 0; g < GROUPS; g++) {
            ku_rng rng = ku_sim_world_rng(w, STREAM_RIVAL, (uint64_t)(k * GROUPS + g));
            double deviation = 0;
            for (int t = 0; t < w->weeks; t++) {
                deviation = 0.93 * deviation + 0.016 * ku_rng_normal(&rng);
                bool attack = k == 0 && (g == 0 || g == 2) && t >= w->attack_week &&
                              t < w->attack_week + 12;
                double level = exp(0.028 * t / 52.0 + deviation) * (attack ? 0.86 : 1.0);
                rival_row(w, k, g)[t] = (float)level;
            }
        }
    for (int t = 0; t < w->weeks; t++)
        for (int i = 0; i < PRODUCTS; i++) {
            float sum = 0;
            for (int k = 0; k < RIVALS; k++) sum += rival_row(w, k, w->product[i].group)[t];
            w->offer[(size_t)t * PRODUCTS + (size_t)i].rival = sum / RIVALS;
        }
}

/* Where the product stands in its life: 0 before launch, rising over 10 weeks, fading. */
static double life_stage(const product *p, int week)
{
    if (week < p->launch) return 0;
    double rise = week - p->launch < 10 ? (week - p->launch + 1) / 10.0 : 1.0;
    return rise * (week > p->leave ? exp(-p->fade * (week - p->leave)) : 1.0);
}

/* Walker's alias method with the construction of Vose (1991), "A linear algorithm for
 * generating random numbers with a given distribution", IEEE TSE 17(9). */
static void make_alias(alias_table *table, const double *weight, double sum)
{
    double scaled[PRODUCTS];
    int small[PRODUCTS] = {0}, large[PRODUCTS] = {0}, smalls = 0, larges = 0;
    for (int i = 0; i < PRODUCTS; i++) {
        scaled[i] = weight[i] * PRODUCTS / sum;
        if (scaled[i] < 1)
            small[smalls++] = i;
        else
            large[larges++] = i;
    }
    while (smalls > 0 && larges > 0) {
        int s = small[--smalls], l = large[larges - 1];
        table->keep[s] = (uint32_t)(scaled[s] * 4294967295.0);
        table->other[s] = (uint8_t)l;
        scaled[l] -= 1.0 - scaled[s];
        if (scaled[l] < 1) small[smalls++] = large[--larges];
    }
    for (; larges > 0; larges--) table->keep[large[larges - 1]] = UINT32_MAX;
    for (; smalls > 0; smalls--) table->keep[small[smalls - 1]] = UINT32_MAX;
    for (int i = 0; i < PRODUCTS; i++)
        if (table->keep[i] == UINT32_MAX) table->other[i] = (uint8_t)i;
}

static double offer_factor(const world *w, int week, int item, const segment_params *s)
{
    const product *p = &w->product[item];
    const group_params *g = &ku_sim_world_groups[p->group];
    const product_week *o = ku_sim_world_offer(w, week, item);
    if (week >= p->out_from && week < p->out_to) return 0;
    double price = pow((double)o->price / (double)p->list0, g->elasticity);
    double feature = o->cut > 0 ? exp(g->feature * s->promotion) : 1.0;
    return price * pow((double)o->rival, g->cross) * feature;
}

static void weigh_week(world *w, int segment, int week, const double season[GROUPS])
{
    const segment_params *s = &ku_sim_world_segments[segment];
    double weight[PRODUCTS], sum = 0, neutral = 0, normal = 0;
    for (int i = 0; i < PRODUCTS; i++) {
        const product *p = &w->product[i];
        double share = ku_sim_world_groups[p->group].share * s->taste[p->group] * p->base;
        double plain = share * life_stage(p, week) * season[p->group];
        weight[i] = plain * offer_factor(w, week, i, s);
        sum += weight[i];
        neutral += plain;
        normal += share;
    }
    size_t at = (size_t)segment * (size_t)w->weeks + (size_t)week;
    w->weight[at] = sum / normal;
    w->neutral[at] = neutral / normal;
    make_alias(&w->choice[at], weight, sum);
}

static void weigh_products(world *w)
{
    for (int t = 0; t < w->weeks; t++) {
        double season[GROUPS];
        for (int g = 0; g < GROUPS; g++) season[g] = ku_sim_world_group_season(w, g, t);
        season[ku_sim_world_heat_group] *= exp(ku_sim_world_heat_effect * w->heat[t]);
        for (int s = 0; s < SEGMENTS; s++) weigh_week(w, s, t, season);
    }
}

void ku_sim_world_make_products(world *w)
{
    for (int i = 0; i < PRODUCTS; i++) make_product(w, i);
    scale_bases(w);
    set_gap(w, 0, 0.44, 3);
    set_gap(w, 6, 0.83, 2);
    for (int i = 0; i < PRODUCTS; i++) {
        make_list_prices(w, i);
        make_promotions(w, i);
    }
    make_rivals(w);
    weigh_products(w);
}
