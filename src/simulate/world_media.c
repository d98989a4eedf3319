/* ku_sim_world_media.c - campaigns, the money they spend in each region and week, and what it
 * does: geometric adstock and a Hill curve, after Jin, Wang, Sun, Chan & Koehler (2017),
 * "Bayesian methods for media mix modeling with carryover and shape effects", eq. 1 and 2:
 *     a(t) = x(t) + carry * a(t-1)
 *     lift(t) = lift_max * a^shape / (half^shape + a^shape)
 * with x in EUR a week per 1,000 customers of the region. Lifts of media add up; orders
 * in the region and week are multiplied by 1 + their sum.
 *
 * Two things make estimating them as hard and as possible as in life: search money
 * follows the season (demand causes spend), and radio and video leave out two regions in
 * each campaign (a natural experiment). */
#include <math.h>

#include "base/date.h"
#include "simulate/world_internal.h"

typedef struct theme {
    const char *name;
    int from, to; /* ISO weeks, both included */
    double strength[MEDIA];
} theme;

static const theme themes[] = {
    {"Spring fresh", 10, 15, {0.9, 1.0, 1.0, 0, 0.8, 1.0}},
    {"Summer cold", 23, 28, {0.7, 1.1, 0.6, 0, 1.1, 1.2}},
    {"Back to routine", 36, 40, {0.8, 0.9, 0.8, 0, 0.7, 0.9}},
    {"Black Friday", 46, 48, {0.6, 0.8, 1.2, 0.9, 1.3, 0.8}},
    {"Advent", 48, 51, {1.3, 1.2, 1.4, 0.7, 1.1, 1.3}},
};
enum { THEMES = sizeof themes / sizeof *themes };

static campaign *add_campaign(world *w, int medium, const char *name, int year, int from, int to)
{
    if (from < 0) from = 0;
    if (to > w->weeks) to = w->weeks;
    if (from >= to || w->campaigns == CAMPAIGNS_MAX) return NULL;
    campaign *c = &w->campaign[w->campaigns++];
    snprintf(c->id, sizeof c->id, "K%04d", w->campaigns);
    snprintf(c->name, sizeof c->name, "%s %d %s", name, year, ku_sim_world_media[medium].id);
    c->medium = medium;
    c->from = from;
    c->to = to;
    c->strength = 1;
    c->regions = (1U << REGIONS) - 1;
    return c;
}

static int week_index(const world *w, int year, int week)
{
    return (ku_date_from_week(year, week) - w->monday) / 7;
}

static void leave_out_two_regions(world *w, campaign *c)
{
    ku_rng rng = ku_sim_world_rng(w, STREAM_MEDIA, (uint64_t)(c - w->campaign));
    int a = (int)ku_rng_below(&rng, REGIONS);
    int b = (a + 1 + (int)ku_rng_below(&rng, REGIONS - 1)) % REGIONS;
    c->regions &= ~(1U << a) & ~(1U << b);
}

static void plan_theme(world *w, int year, const theme *th)
{
    for (int m = 0; m < MEDIA; m++) {
        if (th->strength[m] <= 0) continue;
        campaign *c = add_campaign(w, m, th->name, year, week_index(w, year, th->from),
                                   week_index(w, year, th->to) + 1);
        if (c == NULL) continue;
        c->strength = th->strength[m];
        c->follows_season = m == MEDIUM_SEARCH;
        if (m == MEDIUM_RADIO || m == MEDIUM_VIDEO) leave_out_two_regions(w, c);
    }
}

static void plan_always_on(world *w, int year, int medium, double strength)
{
    campaign *c = add_campaign(w, medium, "Always on", year, week_index(w, year, 1),
                               week_index(w, year + 1, 1));
    if (c == NULL) return;
    c->strength = strength;
    c->follows_season = medium == MEDIUM_SEARCH;
}

static void plan_campaigns(world *w)
{
    int first = ku_date_to_week(w->start).year, last = ku_date_to_week(w->end).year;
    for (int year = first; year <= last; year++) {
        plan_always_on(w, year, MEDIUM_SEARCH, 0.9);
        plan_always_on(w, year, MEDIUM_SOCIAL, 0.45);
        for (int k = 0; k < THEMES; k++) plan_theme(w, year, &themes[k]);
    }
}

int64_t ku_sim_world_campaign_cents(const world *w, const campaign *c, int region, int week)
{
    if (week < c->from || week >= c->to || !(c->regions >> region & 1)) return 0;
    uint64_t place = (uint64_t)(c - w->campaign) * REGIONS + (uint64_t)region;
    ku_rng rng = ku_sim_world_rng(w, STREAM_SPEND_ROW, place * 4096 + (uint64_t)week);
    int from = ku_sim_world_week_from(w, week), to = ku_sim_world_week_to(w, week);
    double plan = ku_sim_world_media[c->medium].week * c->strength * (to - from) / 7.0;
    if (c->follows_season) plan *= pow(w->season[from], 1.5);
    double customers = (double)w->customers * ku_sim_world_regions[region].share;
    double euros = plan * customers / 1000.0 * exp(0.30 * ku_rng_normal(&rng) - 0.045);
    return (int64_t)floor(euros * 100.0 + 0.5);
}

static void spend_money(world *w)
{
    for (int k = 0; k < w->campaigns; k++) {
        campaign *c = &w->campaign[k];
        for (int r = 0; r < REGIONS; r++)
            for (int t = c->from; t < c->to; t++) {
                int64_t cents = ku_sim_world_campaign_cents(w, c, r, t);
                c->budget += cents;
                w->spend[ku_sim_world_mrw(w, c->medium, r, t)] += cents;
            }
    }
}

static void saturate(world *w, int medium, int region)
{
    const medium_params *m = &ku_sim_world_media[medium];
    double thousands = (double)w->customers * ku_sim_world_regions[region].share / 1000.0;
    double stock = 0;
    for (int t = 0; t < w->weeks; t++) {
        size_t at = ku_sim_world_mrw(w, medium, region, t);
        stock = (double)w->spend[at] / 100.0 / thousands + m->carry * stock;
        double power = pow(stock, m->shape);
        w->adstock[at] = stock;
        w->lift[at] = m->lift * power / (pow(m->half, m->shape) + power);
    }
}

double ku_sim_world_media_lift(const world *w, int region, int week)
{
    double sum = 0;
    for (int m = 0; m < MEDIA; m++) sum += w->lift[ku_sim_world_mrw(w, m, region, week)];
    return sum;
}

void ku_sim_world_make_media(world *w)
{
    plan_campaigns(w);
    spend_money(w);
    for (int m = 0; m < MEDIA; m++)
        for (int r = 0; r < REGIONS; r++) saturate(w, m, r);
}
