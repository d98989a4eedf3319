/* block.c - lives the customers of one block.
 *
 * Every customer has a random stream of its own: traits first, then orders, each with its
 * lines. The number of orders is Poisson with mean lambda times the intensity between
 * coming and leaving, their days are found in the sum of intensities (world_demand.c);
 * that is the non-homogeneous Poisson process exactly. The first purchase is the coming
 * itself, as in the Pareto/NBD model. At the end lines are sorted by time. */
#include "simulate/block_internal.h"

#include <math.h>
#include <stdlib.h>

/* ---- tallies --------------------------------------------------------------------- */

bool ku_sim_tally_init(tally *t, const world *w)
{
    size_t weeks = REGIONS * (size_t)w->weeks, months = (size_t)w->months * GROUPS * REGIONS;
    *t = (tally){.revenue = calloc(weeks, sizeof(int64_t)),
                 .margin = calloc(weeks, sizeof(int64_t)),
                 .units = calloc(months, sizeof(int64_t)),
                 .value = calloc(months, sizeof(int64_t))};
    return t->revenue && t->margin && t->units && t->value;
}

void ku_sim_tally_clear(tally *t)
{
    free(t->revenue);
    free(t->margin);
    free(t->units);
    free(t->value);
    *t = (tally){0};
}

static void add_all(int64_t *to, const int64_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++) to[i] += from[i];
}

void ku_sim_tally_add(tally *to, const tally *from, const world *w)
{
    size_t weeks = REGIONS * (size_t)w->weeks, months = (size_t)w->months * GROUPS * REGIONS;
    add_all(to->revenue, from->revenue, weeks);
    add_all(to->margin, from->margin, weeks);
    add_all(to->units, from->units, months);
    add_all(to->value, from->value, months);
    add_all(to->segment_revenue, from->segment_revenue, SEGMENTS);
    add_all(to->channel_revenue, from->channel_revenue, CHANNELS);
    add_all(to->outlet_revenue, from->outlet_revenue, OUTLETS_MAX);
    add_all(to->wallet_customers, from->wallet_customers, SEGMENTS);
    add_all(to->wallet_own, from->wallet_own, SEGMENTS);
    add_all(to->wallet_all, from->wallet_all, SEGMENTS);
    to->orders += from->orders;
    to->lines += from->lines;
    to->returns += from->returns;
    to->anonymous_orders += from->anonymous_orders;
    to->promoted_lines += from->promoted_lines;
    to->active_customers += from->active_customers;
    to->journeys += from->journeys;
    to->conversions += from->conversions;
    to->surveys += from->surveys;
    to->complaints += from->complaints;
    to->leads += from->leads;
    to->won += from->won;
}

/* ---- room -------------------------------------------------------------------------- */

bool ku_sim_block_init(block *b, const world *w)
{
    *b = (block){.world = w};
    return ku_sim_tally_init(&b->tally, w);
}

void ku_sim_block_clear(block *b)
{
    free(b->orders);
    free(b->lines);
    free(b->rank);
    free(b->spare);
    ku_sim_tally_clear(&b->tally);
    *b = (block){0};
}

static bool grow(block *b, void **items, size_t *room, size_t size)
{
    size_t wanted = *room == 0 ? 4096 : *room * 2;
    void *bigger = realloc(*items, wanted * size);
    if (bigger == NULL) {
        b->failed = true;
        return false;
    }
    *items = bigger;
    *room = wanted;
    return true;
}

static order *new_order(block *b)
{
    if (b->order_count == b->order_room &&
        !grow(b, (void **)&b->orders, &b->order_room, sizeof *b->orders))
        return NULL;
    return &b->orders[b->order_count++];
}

static line *new_line(block *b)
{
    if (b->line_count == b->line_room &&
        !grow(b, (void **)&b->lines, &b->line_room, sizeof *b->lines))
        return NULL;
    return &b->lines[b->line_count++];
}

/* ---- traits ------------------------------------------------------------------------- */

/* Where in an increasing array sum[0..days] the value falls: sum[d] <= value < sum[d+1]. */
static int find_day(const double *sum, int days, double value)
{
    int low = 0, high = days;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (sum[middle] <= value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int draw_channel(const world *w, int segment, int outlet_at, int day, ku_rng *rng)
{
    const double *mix =
        &w->channel_mix[((size_t)segment * (size_t)w->days + (size_t)day) * CHANNELS];
    double sum[CHANNELS];
    sum[0] = mix[0] * w->branch[(size_t)outlet_at * (size_t)w->days + (size_t)day];
    for (int c = 1; c < CHANNELS; c++) sum[c] = sum[c - 1] + mix[c];
    return rng_pick(rng, sum, CHANNELS);
}

static void draw_life(const world *w, buyer *p, ku_rng *rng)
{
    const life_params *life = &ku_sim_world_life;
    const segment_params *s = &ku_sim_world_segments[p->segment];
    p->rate = ku_rng_gamma(rng, life->r) / life->alpha * s->rate;
    double quality = w->outlet[p->outlet].quality;
    double leaving = ku_rng_gamma(rng, life->s) / life->beta * exp(-life->loyalty * quality);
    double lifetime = ku_rng_exponential(rng) / leaving;
    p->gone = lifetime > 1e6 ? 1000000 : p->born + 1 + (int32_t)lifetime;
    double level = (life->q - 1.0) / ku_rng_gamma(rng, life->q);
    p->spend = fmin(60.0, life->extra_quantity * level * s->spend);
}

/* The day of coming, as orders fall but growing with the years: by rejection. */
static int32_t draw_birth(const world *w, const buyer *p, ku_rng *rng)
{
    const double *sum = ku_sim_world_cell(w, p->outlet, p->segment);
    for (;;) {
        int day = find_day(sum, w->days, ku_rng_uniform(rng) * sum[w->days]);
        double chance = exp(ku_sim_world_life.growth * ku_sim_world_years(day - w->days));
        if (ku_rng_uniform(rng) < chance) return day;
    }
}

static void draw_buyer(const world *w, buyer *p, ku_rng *rng)
{
    p->segment = (uint8_t)rng_pick(rng, w->segment_cut, SEGMENTS);
    p->outlet = (int16_t)rng_pick(rng, w->outlet_cut, w->outlets);
    p->orders = 0;
    bool before = ku_rng_uniform(rng) < ku_sim_world_life.stock_share;
    p->born = before ? -1 - (int32_t)ku_rng_below(rng, (uint64_t)ku_sim_world_life.stock_days)
                     : draw_birth(w, p, rng);
    draw_life(w, p, rng);
    p->channel = (uint8_t)draw_channel(w, p->segment, p->outlet, p->born < 0 ? 0 : p->born, rng);
    p->contact = rng_chance(rng, 0.62);
}

/* ---- orders --------------------------------------------------------------------------- */

static void tally_line(block *b, const order *o, const line *l, int week)
{
    const world *w = b->world;
    const buyer *p = &b->buyer[o->buyer];
    int region = w->outlet[p->outlet].region;
    int64_t amount = (int64_t)l->price * l->quantity;
    size_t at = (size_t)region * (size_t)w->weeks + (size_t)week;
    b->tally.revenue[at] += amount;
    b->tally.margin[at] += amount - (int64_t)l->cost * l->quantity;
    int month = w->month[l->second / 86400];
    size_t cell = ((size_t)month * GROUPS + l->product / GROUP_PRODUCTS) * REGIONS;
    b->tally.units[cell + (size_t)region] += l->quantity;
    b->tally.value[cell + (size_t)region] += amount;
    b->tally.segment_revenue[p->segment] += amount;
    b->tally.channel_revenue[o->channel] += amount;
    if (o->channel == CHANNEL_SHOP) b->tally.outlet_revenue[p->outlet] += amount;
    b->tally.lines++;
    b->tally.returns += l->quantity < 0;
    b->tally.promoted_lines += l->cut > 0 && l->quantity > 0;
}

/* The line comes back some days later as an order of its own with negative quantity. */
static void send_back(block *b, uint32_t of, const line *sold, int week, ku_rng *rng)
{
    double delay = 2.0 + 7.0 * ku_rng_exponential(rng);
    int day = (int)(sold->second / 86400) + (int)fmin(delay, 60.0);
    if (day >= b->world->days) return;
    line back = *sold;
    order from = b->orders[of];
    order *o = new_order(b);
    line *l = new_line(b);
    if (o == NULL || l == NULL) return;
    *o = from;
    o->second = (uint32_t)day * 86400 + 32400 + (uint32_t)ku_rng_below(rng, 36000);
    o->number = 0;
    o->flags |= ORDER_RETURN;
    back.second = o->second;
    back.order = (uint32_t)(o - b->orders);
    back.quantity = (int16_t)-back.quantity;
    o->amount = (int64_t)back.price * back.quantity;
    *l = back;
    tally_line(b, o, l, week);
}

static int draw_product(const world *w, int segment, int week, ku_rng *rng)
{
    const alias_table *table = &w->choice[(size_t)segment * (size_t)w->weeks + (size_t)week];
    uint32_t i = (uint32_t)(((uint64_t)ku_rng_u32(rng) * PRODUCTS) >> 32);
    return ku_rng_u32(rng) <= table->keep[i] ? (int)i : table->other[i];
}

/* 1 + Poisson(mean) by inversion, given exp(-mean). */
static int draw_quantity(double mean, double none, ku_rng *rng)
{
    double u = (double)ku_rng_u32(rng) / 4294967296.0, p = none;
    int k = 0;
    while (u >= p && k < 400) {
        u -= p;
        p *= mean / ++k;
    }
    return 1 + k;
}

static int draw_line_count(ku_rng *rng)
{
    double u = (double)ku_rng_u32(rng) / 4294967296.0;
    int n = 0;
    while (n < 7 && u >= ku_sim_world_life.lines[n]) u -= ku_sim_world_life.lines[n++];
    return n + 1;
}

static void add_line(block *b, uint32_t of, double none, int week, ku_rng *rng)
{
    const world *w = b->world;
    order *o = &b->orders[of];
    const buyer *p = &b->buyer[o->buyer];
    line *l = new_line(b);
    if (l == NULL) return;
    int item = draw_product(w, p->segment, week, rng);
    const product_week *offer = ku_sim_world_offer(w, week, item);
    *l = (line){.second = o->second,
                .order = of,
                .list = offer->list,
                .price = offer->price,
                .cost = offer->cost,
                .product = (uint8_t)item,
                .quantity = (int16_t)draw_quantity(p->spend, none, rng),
                .cut = (uint8_t)(offer->cut * 100.0F + 0.5F)};
    if (o->flags & ORDER_VOUCHER)
        l->price = (int32_t)((double)l->price * (1 - ku_sim_world_life.voucher_cut) + 0.5);
    o->amount += (int64_t)l->price * l->quantity;
    tally_line(b, o, l, week);
    double chance = ku_sim_world_channels[o->channel].returned *
                    ku_sim_world_groups[w->product[item].group].returned;
    line sold = *l;
    if (rng_chance(rng, chance)) send_back(b, of, &sold, week, rng);
}

/* `channel` < 0: drawn. */
static void add_order(block *b, uint32_t who, int day, int channel, double none, ku_rng *rng)
{
    const world *w = b->world;
    buyer *p = &b->buyer[who];
    if (channel < 0) channel = draw_channel(w, p->segment, p->outlet, day, rng);
    uint32_t bits = ku_rng_u32(rng);
    uint32_t second = (uint32_t)(((uint64_t)ku_rng_u32(rng) * 3600) >> 32);
    second += (uint32_t)day * 86400 + w->hour_table[channel][bits & 1023] * 3600U;
    double u = (double)(bits >> 10) / 4194304.0;
    double unknown = ku_sim_world_channels[channel].anonymous;
    order *o = new_order(b);
    if (o == NULL) return;
    *o = (order){.buyer = who, .second = second, .outlet = p->outlet, .channel = (uint8_t)channel};
    if (u < unknown) o->flags |= ORDER_ANONYMOUS;
    if (u >= 1 - ku_sim_world_life.voucher) o->flags |= ORDER_VOUCHER;
    p->orders++;
    b->tally.orders++;
    b->tally.anonymous_orders += u < unknown;
    uint32_t of = (uint32_t)(o - b->orders);
    int lines = draw_line_count(rng), week = w->week[day];
    for (int k = 0; k < lines; k++) add_line(b, of, none, week, rng);
}

static void live(block *b, uint32_t who, ku_rng *rng)
{
    const world *w = b->world;
    buyer *p = &b->buyer[who];
    const double *sum = ku_sim_world_cell(w, p->outlet, p->segment);
    double none = exp(-p->spend);
    if (p->born >= 0) add_order(b, who, p->born, p->channel, none, rng);
    int from = p->born < 0 ? 0 : p->born + 1, to = p->gone < w->days ? p->gone : w->days;
    if (to <= from) return;
    double width = sum[to] - sum[from];
    int64_t orders = ku_rng_poisson(rng, p->rate * width);
    for (int64_t k = 0; k < orders; k++) {
        double at = sum[from] + ku_rng_uniform(rng) * width;
        add_order(b, who, find_day(sum, w->days, at), -1, none, rng);
    }
}

/* ---- order of time -------------------------------------------------------------------- */

static bool rank_room(block *b)
{
    if (b->rank_room >= b->line_count) return true;
    free(b->rank);
    free(b->spare);
    b->rank_room = b->line_room;
    b->rank = malloc(b->rank_room * sizeof *b->rank);
    b->spare = malloc(b->rank_room * sizeof *b->spare);
    if (b->rank != NULL && b->spare != NULL) return true;
    b->rank_room = 0;
    b->failed = true;
    return false;
}

/* A stable radix sort of line indices by second, 11 bits a pass. */
static void sort_lines(block *b)
{
    if (!rank_room(b)) return;
    for (size_t i = 0; i < b->line_count; i++) b->rank[i] = (uint32_t)i;
    for (int shift = 0; shift < 32; shift += 11) {
        size_t start[2049] = {0};
        for (size_t i = 0; i < b->line_count; i++)
            start[(b->lines[i].second >> shift & 2047) + 1]++;
        for (int k = 0; k < 2048; k++) start[k + 1] += start[k];
        for (size_t i = 0; i < b->line_count; i++)
            b->spare[start[b->lines[b->rank[i]].second >> shift & 2047]++] = b->rank[i];
        uint32_t *swap = b->rank;
        b->rank = b->spare;
        b->spare = swap;
    }
}

static void number_orders(block *b)
{
    uint32_t next = 0;
    for (size_t i = 0; i < b->line_count; i++) {
        order *o = &b->orders[b->lines[b->rank[i]].order];
        if (o->number == 0) o->number = ++next;
    }
}

int64_t ku_sim_block_count(const world *w)
{
    return (w->customers + BLOCK_CUSTOMERS - 1) / BLOCK_CUSTOMERS;
}

void ku_sim_block_live(block *b, int64_t index, bool with_orders)
{
    const world *w = b->world;
    b->index = index;
    b->first = index * BLOCK_CUSTOMERS;
    int64_t left = w->customers - b->first;
    b->count = left < BLOCK_CUSTOMERS ? (int)left : BLOCK_CUSTOMERS;
    b->order_count = b->line_count = 0;
    for (int i = 0; i < b->count; i++) {
        ku_rng rng = ku_sim_world_rng(w, STREAM_CUSTOMER, (uint64_t)(b->first + i));
        draw_buyer(w, &b->buyer[i], &rng);
        if (with_orders) live(b, (uint32_t)i, &rng);
        b->tally.active_customers += b->buyer[i].orders > 0;
    }
    if (with_orders) {
        sort_lines(b);
        if (!b->failed) number_orders(b);
    }
    if (b->failed) b->order_count = b->line_count = 0;
    ku_sim_wallet_tally(b);
}
