/* facts_leads.c - leads of the business trade and the stages they pass.
 *
 * A lead enters a stage, stays an exponential time and goes on with the stage's chance,
 * moved at the last step by its source and its owner on the log-odds scale. */
#include "simulate/facts_internal.h"

#include <math.h>

const lead_params ku_sim_world_lead = {
    .stage = {"enquiry", "contacted", "qualified", "offer", "negotiation", "won"},
    .advance = {0.86, 0.64, 0.70, 0.72, 0.62},
    .days = {2, 5, 9, 13, 8},
    .source = {"search", "referral", "fair", "social", "partner"},
    .source_share = {0.36, 0.15, 0.14, 0.20, 0.15},
    .source_effect = {0.0, 0.7, 0.2, -0.5, 0.4},
    .owner = {"A. Meyer", "B. Kaya", "C. Rossi", "D. Novak", "E. Jansen", "F. Weiss", "G. Lind",
              "H. Duval"},
    .owner_effect = {0.6, 0.3, 0.2, 0.0, 0.0, -0.1, -0.3, -0.7},
    .per_customer_year = 0.05,
    .value = 1400,
    .spread = 0.8,
};

typedef struct lead {
    uint64_t number;
    int source, owner, region, product;
    int64_t value;
    double second;
} lead;

static int pick_share(ku_rng *rng, const double *share, int count)
{
    double u = ku_rng_uniform(rng);
    int i = 0;
    while (i < count - 1 && u >= share[i]) u -= share[i++];
    return i;
}

static double chance_to_win(const lead *l)
{
    const lead_params *q = &ku_sim_world_lead;
    double p = q->advance[LEAD_STAGES - 2];
    double odds = log(p / (1 - p)) + q->source_effect[l->source] + q->owner_effect[l->owner];
    return 1 / (1 + exp(-odds));
}

static void put_stage(const world *w, const lead *l, const char *stage, double chance,
                      const char *reason, rows *out)
{
    unsigned at = (unsigned)l->second;
    char *p = put_time(rows_begin(out), w->date[at / 86400], at % 86400);
    p = put_mark(p, 'L', l->number, 9);
    p = put_text(p, stage);
    p = put_text(p, ku_sim_world_lead.owner[l->owner]);
    p = put_text(p, w->product[l->product].id);
    p = put_text(p, ku_sim_world_lead.source[l->source]);
    p = put_text(p, ku_sim_world_regions[l->region].name);
    p = put_cents(p, l->value);
    p = put_cents(p, (int64_t)(chance * 100 + 0.5));
    rows_end(out, put_text(p, reason));
}

/* The chance of winning as seen at a stage. */
static double outlook(int stage)
{
    double p = 1;
    for (int k = stage; k < LEAD_STAGES - 1; k++) p *= ku_sim_world_lead.advance[k];
    return p;
}

static void follow_lead(block *b, lead *l, ku_rng *rng, rows *out)
{
    static const char *const reasons[] = {"price", "went to a rival", "no budget", "no answer",
                                          "delivery time"};
    const world *w = b->world;
    double last = (double)w->days * 86400.0;
    b->tally.leads++;
    put_stage(w, l, ku_sim_world_lead.stage[0], outlook(0), "", out);
    for (int k = 0; k < LEAD_STAGES - 1; k++) {
        l->second += 600 + 86400 * ku_sim_world_lead.days[k] * ku_rng_exponential(rng);
        double go = k == LEAD_STAGES - 2 ? chance_to_win(l) : ku_sim_world_lead.advance[k];
        bool on = ku_rng_uniform(rng) < go;
        const char *why = reasons[ku_rng_below(rng, 5)];
        if (l->second >= last) return; /* still open at the end of the period */
        if (!on) {
            put_stage(w, l, "lost", 0, why, out);
            return;
        }
        put_stage(w, l, ku_sim_world_lead.stage[k + 1], outlook(k + 1), "", out);
    }
    b->tally.won++;
}

void ku_sim_write_leads(block *b, rows *out)
{
    const world *w = b->world;
    ku_rng rng = ku_sim_block_rng(b, STREAM_LEAD);
    double share[REGIONS];
    for (int r = 0; r < REGIONS; r++) share[r] = ku_sim_world_regions[r].share;
    int64_t leads = ku_rng_poisson(&rng, b->count * ku_sim_world_lead.per_customer_year *
                                             ku_sim_world_years(w->days));
    for (int64_t k = 0; k < leads; k++) {
        double day = floor(ku_rng_uniform(&rng) * w->days);
        lead l = {.number = (uint64_t)b->index * 100000 + (uint64_t)k + 1,
                  .source = pick_share(&rng, ku_sim_world_lead.source_share, LEAD_SOURCES),
                  .owner = (int)ku_rng_below(&rng, LEAD_OWNERS),
                  .region = pick_share(&rng, share, REGIONS),
                  .product = (int)ku_rng_below(&rng, PRODUCTS)};
        l.second = day * 86400 + 28800 + floor(36000 * ku_rng_uniform(&rng));
        double value = ku_sim_world_lead.value *
                       exp(ku_sim_world_lead.spread * ku_rng_normal(&rng));
        l.value = (int64_t)(value / 10 + 0.5) * 1000;
        follow_lead(b, &l, &rng, out);
    }
}
