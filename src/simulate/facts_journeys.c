/* facts_journeys.c - the touches before a web order, and journeys that end in nothing.
 *
 * Journeys are paths of a first-order Markov chain over channels with two ends, buying
 * and leaving. Orders exist already, so paths are drawn backwards from the end: a path
 * that buys follows the chain conditioned to buy, P(i -> j) h(j) / h(i), where h(i) is
 * the chance of buying from i (Doob's h-transform); for each of them a Poisson number of
 * paths conditioned to leave is added with mean (1 - h) / h, so that all paths together
 * are a sample of the chain itself and truth.json can state its removal effects. */
#include "simulate/facts_internal.h"

#include <math.h>

enum { PATH_LIMIT = 40 };

const journey_params ku_sim_world_journey = {
    .channel = {"search", "social", "video", "display", "email", "direct", "referral"},
    .start = {0.28, 0.21, 0.10, 0.11, 0.10, 0.13, 0.07},
    .next = {{0.10, 0.05, 0.01, 0.03, 0.06, 0.16, 0.03},
             {0.17, 0.13, 0.04, 0.05, 0.05, 0.10, 0.02},
             {0.19, 0.10, 0.07, 0.05, 0.03, 0.09, 0.02},
             {0.15, 0.07, 0.03, 0.13, 0.04, 0.09, 0.02},
             {0.10, 0.04, 0.01, 0.02, 0.11, 0.20, 0.02},
             {0.11, 0.03, 0.01, 0.02, 0.07, 0.17, 0.02},
             {0.15, 0.05, 0.01, 0.03, 0.05, 0.17, 0.05}},
    .convert = {0.15, 0.05, 0.03, 0.03, 0.17, 0.20, 0.12},
    .tracked = 0.35,
    .gap_days = 1.6,
};

double ku_sim_journey_solve(int without, double from[JOURNEY_CHANNELS])
{
    const journey_params *j = &ku_sim_world_journey;
    for (int i = 0; i < JOURNEY_CHANNELS; i++) from[i] = 0;
    for (int sweep = 0; sweep < 200; sweep++) /* Gauss-Seidel; rows sum to less than 0.9 */
        for (int i = 0; i < JOURNEY_CHANNELS; i++) {
            double sum = j->convert[i];
            for (int k = 0; k < JOURNEY_CHANNELS; k++) sum += j->next[i][k] * from[k];
            from[i] = i == without ? 0 : sum;
        }
    double start = 0;
    for (int i = 0; i < JOURNEY_CHANNELS; i++) start += j->start[i] * from[i];
    return start;
}

/* Cumulative chances conditioned on the end: row JOURNEY_CHANNELS is the start, column
 * JOURNEY_CHANNELS the end. */
typedef struct chain {
    double sum[JOURNEY_CHANNELS + 1][JOURNEY_CHANNELS + 1];
} chain;

static void condition(chain *c, bool buys, const double h[JOURNEY_CHANNELS])
{
    const journey_params *j = &ku_sim_world_journey;
    for (int i = 0; i <= JOURNEY_CHANNELS; i++) {
        double sum = 0, all = 0;
        for (int k = 0; k < JOURNEY_CHANNELS; k++) {
            double p = i < JOURNEY_CHANNELS ? j->next[i][k] : j->start[k];
            all += p;
            c->sum[i][k] = sum += p * (buys ? h[k] : 1 - h[k]);
        }
        double end = 0;
        if (i < JOURNEY_CHANNELS) end = buys ? j->convert[i] : 1 - all - j->convert[i];
        c->sum[i][JOURNEY_CHANNELS] = sum + end;
    }
}

static int draw_path(const chain *c, ku_rng *rng, int path[PATH_LIMIT])
{
    int at = JOURNEY_CHANNELS, n = 0;
    while (n < PATH_LIMIT) {
        int next = rng_pick(rng, c->sum[at], JOURNEY_CHANNELS + 1);
        if (next == JOURNEY_CHANNELS) break;
        path[n++] = at = next;
    }
    return n;
}

/* The campaign that a paid touch of the week belongs to: the latest to have started. */
static const char *campaign_of(const world *w, int channel, int week)
{
    static const int media[JOURNEY_CHANNELS] = {
        MEDIUM_SEARCH, MEDIUM_SOCIAL, MEDIUM_VIDEO, -1, -1, -1, -1};
    const char *found = "";
    int since = -1;
    for (int k = 0; k < w->campaigns && media[channel] >= 0; k++) {
        const campaign *c = &w->campaign[k];
        bool runs = c->medium == media[channel] && week >= c->from && week < c->to;
        if (!runs || c->from <= since) continue;
        found = c->id;
        since = c->from;
    }
    return found;
}

typedef struct journey {
    uint64_t customer; /* number, 0: not known */
    uint64_t visitor;
    int64_t value; /* cents; 0: does not buy */
    double end;    /* seconds */
} journey;

static char *put_when(char *p, const world *w, double second)
{
    unsigned at = second < 0 ? 0 : (unsigned)second;
    return put_time(p, w->date[at / 86400], at % 86400);
}

static char *put_who(char *p, const journey *j, int session)
{
    p = j->customer > 0 ? put_mark(p, 'C', j->customer, 8) : put_none(p);
    p = put_mark(p, 'V', j->visitor, 10);
    *p++ = 'S';
    p = put_digits(p, j->visitor, 10);
    *p++ = '-';
    return put_int(p, session);
}

static void put_touch(const world *w, const journey *j, int channel, int step, double second,
                      rows *out)
{
    static const char *const pages[JOURNEY_CHANNELS] = {
        "search result", "feed", "pre-roll", "banner", "newsletter", "home page", "blog"};
    unsigned day = second < 0 ? 0 : (unsigned)second / 86400;
    char *p = put_when(rows_begin(out), w, second);
    p = put_who(p, j, step + 1);
    p = put_text(p, ku_sim_world_journey.channel[channel]);
    p = put_text(p, pages[channel]);
    p = put_text(p, campaign_of(w, channel, w->week[day]));
    p = put_text(p, channel == 2 || channel == 3 ? "impression" : "click");
    rows_end(out, put_none(p));
}

static void put_purchase(const world *w, const journey *j, int channel, int steps, rows *out)
{
    char *p = put_when(rows_begin(out), w, j->end);
    p = put_who(p, j, steps);
    p = put_text(p, ku_sim_world_journey.channel[channel]);
    p = put_text(p, "check-out");
    p = put_none(p);
    p = put_text(p, "purchase");
    rows_end(out, put_cents(p, j->value));
}

/* The path's touches in order, its gaps going back from its end. */
static void put_journey(block *b, const chain *c, const journey *j, ku_rng *rng, rows *out)
{
    int path[PATH_LIMIT];
    double before[PATH_LIMIT] = {0}, back = 120;
    int n = draw_path(c, rng, path);
    for (int k = n - 1; k >= 0; k--) {
        before[k] = back;
        back += 30 + 86400 * ku_sim_world_journey.gap_days * ku_rng_exponential(rng);
    }
    for (int k = 0; k < n; k++) {
        double when = j->end - before[k];
        if (when < 0) when = k; /* what came before the period is drawn to its start */
        put_touch(b->world, j, path[k], k, when, out);
    }
    if (j->value > 0) put_purchase(b->world, j, path[n - 1], n, out);
    b->tally.journeys++;
    b->tally.conversions += j->value > 0;
}

void ku_sim_write_touches(block *b, rows *out)
{
    double h[JOURNEY_CHANNELS];
    double buying = ku_sim_journey_solve(-1, h);
    chain buys, leaves;
    condition(&buys, true, h);
    condition(&leaves, false, h);
    ku_rng rng = ku_sim_block_rng(b, STREAM_JOURNEY);
    uint64_t visitor = (uint64_t)b->index * 1000000;
    double last = (double)b->world->days * 86400.0;
    for (size_t i = 0; i < b->order_count; i++) {
        const order *o = &b->orders[i];
        if (o->channel != CHANNEL_WEB || o->flags & ORDER_RETURN) continue;
        if (!rng_chance(&rng, ku_sim_world_journey.tracked)) continue;
        visitor++;
        bool known = !(o->flags & ORDER_ANONYMOUS);
        journey j = {.customer = known ? (uint64_t)b->first + o->buyer + 1 : 0,
                     .visitor = visitor,
                     .value = o->amount,
                     .end = o->second};
        put_journey(b, &buys, &j, &rng, out);
        int64_t others = ku_rng_poisson(&rng, (1 - buying) / buying);
        for (int64_t k = 0; k < others; k++) {
            double end = o->second + 86400.0 * 10 * (ku_rng_uniform(&rng) - 0.5);
            visitor++;
            journey lost = {.visitor = visitor, .end = end < 0 ? 0 : fmin(end, last - 1)};
            put_journey(b, &leaves, &lost, &rng, out);
        }
    }
}
