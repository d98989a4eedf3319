/* facts_voice.c - what customers tell the company: surveys after an order and complaints.
 *
 * Satisfaction is a weighted sum of five drivers, each a point of the branch's quality
 * plus the person's own view; the willingness to recommend follows satisfaction. Answers
 * are rounded to the scale, so regressions find the importances attenuated but in order.
 * Segments answer with different readiness; the weight undoes that. */
#include "simulate/facts_internal.h"

#include <math.h>

#include "base/date.h"

const voice_params ku_sim_world_voice = {
    .driver = {"staff", "speed", "range", "price", "quality"},
    .importance = {0.32, 0.22, 0.16, 0.10, 0.20},
    .by_quality = {0.45, 0.50, 0.15, 0.05, 0.25},
    .answer_rate = {0.010, 0.008, 0.018, 0.008, 0.014},
    .online_quality = 0.2,
    .nps_base = 7.7,
    .nps_slope = 2.3,
    .complaint_rate = {0.0025, 0.0060, 0.0080, 0.0020},
    .complaint_quality = 0.45,
    .spike = 8,
    .mentions_per_day = 7,
    .mention_spike = 3,
};

double ku_sim_branch_quality(const world *w, int at, int day)
{
    return w->outlet[at].quality + 3.0 * w->outlet[at].trend * ku_sim_world_years(day);
}

static double order_quality(const world *w, const order *o, int day)
{
    return o->channel == CHANNEL_SHOP ? ku_sim_branch_quality(w, o->outlet, day)
                                      : ku_sim_world_voice.online_quality;
}

static bool late_deliveries(const world *w, const order *o, int day)
{
    return day >= w->spike_from && day < w->spike_to &&
           (o->channel == CHANNEL_WEB || o->channel == CHANNEL_MARKET);
}

/* ---- surveys ------------------------------------------------------------------------- */

typedef struct answerer {
    const order *order;
    uint64_t respondent, customer;
    int day;
    double weight;
} answerer;

static void put_answer(const world *w, const answerer *a, const char *question, int answer,
                       rows *out)
{
    ku_civil date = ku_date_to_civil(w->start + a->day);
    char *p = put_bytes(rows_begin(out), w->date[a->day], 10);
    p = put_digits(p, (uint64_t)date.year, 4);
    *p++ = '-';
    *p++ = 'Q';
    p = put_int(p, (date.month + 2) / 3);
    p = put_mark(p, 'Q', a->respondent, 9);
    p = put_mark(p, 'C', a->customer, 8);
    p = a->order->channel == CHANNEL_SHOP ? put_text(p, w->outlet[a->order->outlet].id)
                                          : put_none(p);
    p = put_text(p, question);
    p = put_int(p, answer);
    rows_end(out, put_cents(p, (int64_t)(a->weight * 100 + 0.5)));
}

static int on_scale(double value, int low, int high)
{
    double rounded = floor(value + 0.5);
    return rounded < low ? low : rounded > high ? high : (int)rounded;
}

static void answer_survey(block *b, const answerer *a, ku_rng *rng, rows *out)
{
    const voice_params *v = &ku_sim_world_voice;
    const world *w = b->world;
    double quality = order_quality(w, a->order, a->day), satisfied = 0;
    if (late_deliveries(w, a->order, a->day)) quality -= 2;
    for (int k = 0; k < DRIVERS; k++) {
        double view = v->by_quality[k] * quality + 0.75 * ku_rng_normal(rng);
        satisfied += v->importance[k] * view;
        put_answer(w, a, v->driver[k], on_scale(3.7 + view, 1, 5), out);
    }
    satisfied += 0.25 * ku_rng_normal(rng);
    put_answer(w, a, "satisfaction", on_scale(3.8 + 1.5 * satisfied, 1, 5), out);
    double recommend = v->nps_base + v->nps_slope * satisfied + 0.8 * ku_rng_normal(rng);
    put_answer(w, a, "recommend", on_scale(recommend, 0, 10), out);
    b->tally.surveys++;
}

/* Asked once a customer's last twelve months are all in the data; of a stream of its own. */
static void answer_wallet(block *b, const answerer *a, rows *out)
{
    if (a->day < 365) return;
    ku_rng rng = ku_sim_world_rng(b->world, STREAM_WALLET, (UINT64_C(1) << 40) + a->respondent);
    int answer = ku_sim_wallet_answer(b, (size_t)(a->order - b->orders), a->day, &rng);
    put_answer(b->world, a, ku_sim_world_wallet.question, answer, out);
}

void ku_sim_write_surveys(block *b, rows *out)
{
    const world *w = b->world;
    ku_rng rng = ku_sim_block_rng(b, STREAM_VOICE);
    double mean = 0;
    for (int s = 0; s < SEGMENTS; s++)
        mean += ku_sim_world_segments[s].share * ku_sim_world_voice.answer_rate[s];
    uint64_t respondent = (uint64_t)b->index * 100000;
    for (size_t i = 0; i < b->order_count; i++) {
        const order *o = &b->orders[i];
        if (o->flags & (ORDER_ANONYMOUS | ORDER_RETURN)) continue;
        double rate = ku_sim_world_voice.answer_rate[b->buyer[o->buyer].segment];
        int day = (int)(o->second / 86400) + 2;
        if (!rng_chance(&rng, rate) || day >= w->days) continue;
        respondent++;
        answerer a = {.order = o,
                      .respondent = respondent,
                      .day = day,
                      .customer = (uint64_t)b->first + o->buyer + 1,
                      .weight = mean / rate};
        answer_survey(b, &a, &rng, out);
        answer_wallet(b, &a, out);
    }
}

/* ---- complaints ------------------------------------------------------------------------ */

enum {
    TOPIC_DELIVERY,
    TOPIC_DAMAGED,
    TOPIC_STAFF,
    TOPIC_WAIT,
    TOPIC_TASTE,
    TOPIC_PRICE,
    TOPIC_WRONG
};

static const char *const topics[TOPICS] = {
    "late delivery", "damaged goods", "staff", "waiting time", "taste", "price", "wrong item"};
static const double shop_topics[TOPICS] = {0.01, 0.08, 0.27, 0.30, 0.14, 0.12, 0.08};
static const double online_topics[TOPICS] = {0.34, 0.24, 0.03, 0.02, 0.12, 0.08, 0.17};
static const char *const words[TOPICS][3] = {
    {"My parcel is more than a week late and nobody can say where it is.",
     "Ordered for a birthday and it came four days after.",
     "The tracking has shown the same place for days."},
    {"The bag was torn and half of the beans were in the box.", "The cup arrived in three pieces.",
     "The lid was open and everything was wet."},
    {"I was served in a very unfriendly way.", "Nobody at the counter knew the offer.",
     "I was told to come back when they have time."},
    {"I stood in line for twenty minutes.", "One till open and ten people waiting.",
     "Waited a quarter of an hour for one coffee."},
    {"The new roast tastes burnt.", "The tea has lost its scent.",
     "Not the same blend as last year."},
    {"The price on the shelf was not the price at the till.", "Too expensive for what it is.",
     "The offer was not taken off my bill."},
    {"I got decaf instead of espresso.", "One of three articles was missing.",
     "This is not what I ordered."}};

static double complaint_chance(const world *w, const order *o, int day)
{
    const voice_params *v = &ku_sim_world_voice;
    double rate = v->complaint_rate[o->channel];
    if (o->channel == CHANNEL_SHOP)
        rate *= exp(-v->complaint_quality * ku_sim_branch_quality(w, o->outlet, day));
    return late_deliveries(w, o, day) ? rate * v->spike : rate;
}

static int draw_topic(const world *w, const order *o, int day, ku_rng *rng)
{
    const double *share = o->channel == CHANNEL_SHOP ? shop_topics : online_topics;
    bool late = late_deliveries(w, o, day);
    double u = ku_rng_uniform(rng);
    if (late && u < 0.8) return TOPIC_DELIVERY;
    u = late ? (u - 0.8) / 0.2 : u;
    int k = 0;
    while (k < TOPICS - 1 && u >= share[k]) u -= share[k++];
    return k;
}

static char *put_outcome(char *p, const world *w, const order *o, double second, ku_rng *rng)
{
    static const char *const outcomes[] = {"put right", "refunded", "turned down"};
    double wait = late_deliveries(w, o, (int)(o->second / 86400)) ? 9 : 3;
    double settled = second + 3600 + 86400 * wait * ku_rng_exponential(rng);
    int outcome = ku_rng_uniform(rng) < 0.45 ? 0 : ku_rng_uniform(rng) < 0.75 ? 1 : 2;
    if (settled >= (double)w->days * 86400) return put_none(put_none(put_none(p)));
    unsigned at = (unsigned)settled;
    p = put_time(p, w->date[at / 86400], at % 86400);
    p = put_text(p, outcomes[outcome]);
    return put_cents(p, outcome == 1 && o->amount > 0 ? o->amount / 2 : 0);
}

static void put_complaint(block *b, uint32_t at, double second, uint64_t number, ku_rng *rng,
                          rows *out)
{
    static const char *const ways[] = {"telephone", "mail", "web form", "letter"};
    const world *w = b->world;
    const order *o = &b->orders[at];
    int day = (int)(second / 86400);
    int topic = draw_topic(w, o, (int)(o->second / 86400), rng);
    char *p = put_time(rows_begin(out), w->date[day], (unsigned)second % 86400);
    p = put_mark(p, 'B', number, 9);
    p = put_mark(p, 'C', (uint64_t)b->first + o->buyer + 1, 8);
    p = put_text(p, w->product[ku_rng_below(rng, PRODUCTS)].id);
    p = o->channel == CHANNEL_SHOP ? put_text(p, w->outlet[o->outlet].id) : put_none(p);
    p = put_text(p, ku_sim_world_regions[w->outlet[o->outlet].region].name);
    p = put_text(p, ways[ku_rng_below(rng, o->channel == CHANNEL_SHOP ? 4 : 3)]);
    p = put_text(p, topics[topic]);
    p = put_int(p, 1 + (int)fmin(4, 1.6 * ku_rng_exponential(rng)));
    p = put_text(p, words[topic][ku_rng_below(rng, 3)]);
    rows_end(out, put_outcome(p, w, o, second, rng));
    b->tally.complaints++;
}

void ku_sim_write_complaints(block *b, rows *out)
{
    const world *w = b->world;
    ku_rng rng = ku_sim_world_rng(w, STREAM_VOICE, (UINT64_C(1) << 40) + (uint64_t)b->index);
    uint64_t number = (uint64_t)b->index * 100000;
    for (size_t i = 0; i < b->order_count; i++) {
        const order *o = &b->orders[i];
        if (o->flags & (ORDER_ANONYMOUS | ORDER_RETURN)) continue;
        if (!rng_chance(&rng, complaint_chance(w, o, (int)(o->second / 86400)))) continue;
        double second = o->second + 7200 + 86400 * ku_rng_exponential(&rng);
        if (second < (double)w->days * 86400)
            put_complaint(b, (uint32_t)i, second, ++number, &rng, out);
    }
}
