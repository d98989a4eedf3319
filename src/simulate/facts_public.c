/* facts_public.c - what others say and see: public mentions and mystery visits. */
#include "simulate/facts_internal.h"

#include <math.h>

/* ---- mentions ---------------------------------------------------------------------------- */

enum { SOURCES = 5, SUBJECTS = 6, WORDINGS = 3 };

static const char *const sources[SOURCES] = {"review site", "forum", "photo network",
                                             "short messages", "press"};
static const double source_share[SOURCES] = {0.34, 0.12, 0.26, 0.24, 0.04};
static const double source_reach[SOURCES] = {180, 350, 900, 600, 30000};
static const char *const subjects[SUBJECTS] = {"taste",    "price",     "service",
                                               "delivery", "packaging", "shop"};
static const char *const good[SUBJECTS][WORDINGS] = {
    {"The best cup I had this year.", "Their espresso is wonderful.", "Great taste as ever."},
    {"Fair price for such beans.", "Good value in the offer.", "Cheaper than I thought."},
    {"Friendly staff and good advice.", "They helped me choose a grinder.", "Quick and kind."},
    {"Arrived the next day.", "Fast delivery again.", "Parcel was here before noon."},
    {"Lovely box and no plastic.", "The gift box is beautiful.", "Nice tin to keep."},
    {"Cosy shop to sit in.", "Clean and bright branch.", "My favourite place in town."}};
static const char *const bad[SUBJECTS][WORDINGS] = {
    {"The new roast is bitter.", "Coffee was lukewarm and flat.", "Not as good as before."},
    {"Far too expensive by now.", "Prices went up again.", "Not worth the money."},
    {"Nobody cared at the counter.", "Rude answer on the phone.", "Slow service."},
    {"Still waiting for my parcel.", "Delivery is a week late.", "Parcel lost again."},
    {"Box arrived crushed.", "Too much wrapping.", "The bag would not close."},
    {"Dirty tables in the branch.", "Always a long line.", "The shop felt neglected."}};

static int pick(ku_rng *rng, const double *share, int count)
{
    double u = ku_rng_uniform(rng);
    int i = 0;
    while (i < count - 1 && u >= share[i]) u -= share[i++];
    return i;
}

static char *put_signed_cents(char *p, double value)
{
    return put_cents(p, (int64_t)floor(value * 100 + 0.5));
}

static void put_mention(const world *w, int day, uint64_t number, ku_rng *rng, rows *out)
{
    bool late = day >= w->spike_from && day < w->spike_to;
    int source = pick(rng, source_share, SOURCES);
    bool own = ku_rng_uniform(rng) < (late ? 0.92 : 0.76);
    const char *brand = own ? ku_sim_company_name : ku_sim_world_rivals[ku_rng_below(rng, RIVALS)];
    bool about_delivery = own && late && ku_rng_uniform(rng) < 0.66;
    int subject = about_delivery ? 3 : (int)ku_rng_below(rng, SUBJECTS);
    double mood = (about_delivery ? -0.65 : 0.22) + 0.42 * ku_rng_normal(rng);
    mood = fmax(-1, fmin(1, mood));
    unsigned second = 21600 + (unsigned)ku_rng_below(rng, 64000);
    char *p = put_time(rows_begin(out), w->date[day], second);
    p = put_mark(p, 'M', number, 9);
    p = put_text(p, sources[source]);
    p = put_mark(p, 'u', 1 + ku_rng_below(rng, 60000), 5);
    p = put_text(p, brand);
    p = put_text(p, subjects[subject]);
    int wording = (int)ku_rng_below(rng, WORDINGS);
    p = put_text(p, mood >= 0 ? good[subject][wording] : bad[subject][wording]);
    p = put_signed_cents(p, mood);
    p = source == 0 ? put_int(p, (int)floor(3.5 + 1.9 * mood)) : put_none(p);
    double reach = source_reach[source] * exp(1.1 * ku_rng_normal(rng));
    rows_end(out, put_int(p, 1 + (int64_t)reach));
}

void ku_sim_write_mentions(const world *w, const tally *t, rows *out)
{
    (void)t;
    uint64_t number = 0;
    double usual = ku_sim_world_voice.mentions_per_day * (double)w->customers / 20000.0;
    for (int d = 0; d < w->days; d++) {
        ku_rng rng = ku_sim_world_rng(w, STREAM_MENTION, (uint64_t)d);
        bool late = d >= w->spike_from && d < w->spike_to;
        double mean = usual * w->season[d] * (late ? ku_sim_world_voice.mention_spike : 1);
        int64_t count = ku_rng_poisson(&rng, mean);
        for (int64_t k = 0; k < count; k++) put_mention(w, d, ++number, &rng, out);
    }
}

/* ---- mystery visits ---------------------------------------------------------------------- */

const check_params ku_sim_world_check = {
    .criterion = {"greeting", "advice", "speed", "cleanliness", "shelves", "till", "farewell"},
    .weight = {1, 2, 1.5, 1.5, 1, 1, 0.5},
    .by_quality = {0.9, 0.8, 1.0, 0.7, 0.5, 0.3, 0.6},
    .every_days = 42,
    .agent_spread = 0.5,
    .visit_spread = 0.5,
    .noise = 0.9,
};

double ku_sim_check_agent_bias(const world *w, int agent)
{
    ku_rng rng = ku_sim_world_rng(w, STREAM_CHECK, (UINT64_C(1) << 40) + (uint64_t)agent);
    return ku_sim_world_check.agent_spread * ku_rng_normal(&rng);
}

static void put_visit(const world *w, int at, int day, uint64_t visit, ku_rng *rng, rows *out)
{
    const check_params *c = &ku_sim_world_check;
    int agent = (int)ku_rng_below(rng, AGENTS);
    double level = 7.2 + ku_sim_check_agent_bias(w, agent) + c->visit_spread * ku_rng_normal(rng);
    for (int k = 0; k < CRITERIA; k++) {
        double score = level + c->by_quality[k] * ku_sim_branch_quality(w, at, day) +
                       c->noise * ku_rng_normal(rng);
        score = fmax(0, fmin(10, floor(2 * score + 0.5) / 2));
        char *p = put_bytes(rows_begin(out), w->date[day], 10);
        p = put_text(p, w->outlet[at].id);
        p = put_mark(p, 'I', (uint64_t)agent + 1, 2);
        p = put_mark(p, 'T', visit, 6);
        p = put_text(p, c->criterion[k]);
        p = put_signed_cents(p, score);
        p = put_int(p, 10);
        rows_end(out, put_signed_cents(p, c->weight[k]));
    }
}

void ku_sim_write_checks(const world *w, const tally *t, rows *out)
{
    (void)t;
    uint64_t visit = 0;
    for (int d = 0; d < w->days; d++) {
        ku_rng rng = ku_sim_world_rng(w, STREAM_CHECK, (uint64_t)d);
        for (int o = 0; o < w->outlets; o++) {
            bool due = (d + o * 5) % ku_sim_world_check.every_days == 0;
            if (due && d >= w->outlet[o].opens) put_visit(w, o, d, ++visit, &rng, out);
        }
    }
}
