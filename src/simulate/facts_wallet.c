/* facts_wallet.c - what customers spend in the category, here and elsewhere: asked in surveys,
 * true in truth.json.
 *
 * What a customer buys elsewhere in a year goes with the segment, with how often and how much
 * the customer buys at all, and with chance. It comes from a stream of its own and changes
 * nothing else. Asked for the month's spend, people are right on average, but each of them is
 * off by a third or so, and they round. */
#include "simulate/facts_internal.h"

#include <math.h>

const wallet_params ku_sim_world_wallet = {
    .question = "category spend",
    .elsewhere = {520, 780, 420, 260, 1500},
    .by_rate = 0.5,
    .by_spend = 0.5,
    .spread = 0.5,
    .answer_spread = 0.3,
    .round_to = 5,
};

/* A factor of mean 1 and this log standard deviation. */
static double around_one(ku_rng *rng, double spread)
{
    return exp(spread * ku_rng_normal(rng) - spread * spread / 2);
}

double ku_sim_wallet_elsewhere(const world *w, const buyer *p, int64_t customer)
{
    const wallet_params *q = &ku_sim_world_wallet;
    const segment_params *s = &ku_sim_world_segments[p->segment];
    const life_params *life = &ku_sim_world_life;
    ku_rng rng = ku_sim_world_rng(w, STREAM_WALLET, (uint64_t)customer);
    double rate = p->rate / (life->r / life->alpha * s->rate);
    double spend = (1 + p->spend) / (1 + life->extra_quantity * s->spend);
    return q->elsewhere[p->segment] * pow(rate, q->by_rate) * pow(spend, q->by_spend) *
           around_one(&rng, q->spread);
}

int64_t ku_sim_wallet_own(const block *b, size_t order_at, int until, bool known)
{
    uint32_t who = b->orders[order_at].buyer;
    int64_t sum = 0;
    size_t i = order_at;
    while (i > 0 && b->orders[i - 1].buyer == who) i--;
    for (; i < b->order_count && b->orders[i].buyer == who; i++) {
        int day = (int)(b->orders[i].second / 86400);
        bool counts = !known || !(b->orders[i].flags & ORDER_ANONYMOUS);
        if (counts && day >= until - 365 && day < until) sum += b->orders[i].amount;
    }
    return sum;
}

int ku_sim_wallet_answer(const block *b, size_t order_at, int day, ku_rng *rng)
{
    const wallet_params *q = &ku_sim_world_wallet;
    const order *o = &b->orders[order_at];
    double own = (double)ku_sim_wallet_own(b, order_at, day, false) / 100;
    double elsewhere = ku_sim_wallet_elsewhere(b->world, &b->buyer[o->buyer], b->first + o->buyer);
    double month = (fmax(0, own) + elsewhere) / 12 * around_one(rng, q->answer_spread);
    return q->round_to * (int)fmax(1, floor(month / q->round_to + 0.5));
}

/* Customers with a known order in the last year, their spend here and all of it. */
void ku_sim_wallet_tally(block *b)
{
    int end = b->world->days;
    for (size_t i = 0; i < b->order_count;) {
        uint32_t who = b->orders[i].buyer;
        const size_t first = i;
        bool active = false;
        for (; i < b->order_count && b->orders[i].buyer == who; i++)
            active |= !(b->orders[i].flags & (ORDER_ANONYMOUS | ORDER_RETURN)) &&
                      (int)(b->orders[i].second / 86400) >= end - 365;
        if (!active) continue;
        int segment = b->buyer[who].segment;
        int64_t all = ku_sim_wallet_own(b, first, end, false);
        double elsewhere = ku_sim_wallet_elsewhere(b->world, &b->buyer[who], b->first + who);
        b->tally.wallet_customers[segment]++;
        b->tally.wallet_own[segment] += ku_sim_wallet_own(b, first, end, true);
        b->tally.wallet_all[segment] += all + (int64_t)(elsewhere * 100 + 0.5);
    }
}
