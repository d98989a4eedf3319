/* world_demand.c - branches and the intensity of orders.
 *
 * A customer of a home branch o and a segment s orders by a Poisson process whose rate
 * at day d is lambda * f(o, s, d), where lambda is the customer's own and
 *     f = season(d) * weight(s, week) * (1 + media lift(region, week)) * shift(s, d)
 *           * event(s, d) * sum over channels of mix(s, channel, d) * branch(o, d, shops only)
 * The sums of f over days are kept, so that a customer's number of orders is one Poisson
 * draw and each order's day one search in a sum. */
#include <math.h>

#include "simulate/world_internal.h"

static void make_outlet(world *w, int o, int region, int rank, int of)
{
    static const char *const places[] = {"Centre", "Station", "Market", "Harbour", "North",
                                         "South",  "West",    "East",   "Park",    "Mall"};
    ku_rng rng = ku_sim_world_rng(w, STREAM_OUTLET, (uint64_t)o);
    outlet *p = &w->outlet[o];
    p->region = region;
    snprintf(p->id, sizeof p->id, "B%03d", o + 1);
    if (rank < 10)
        snprintf(p->name, sizeof p->name, "%s %s", ku_sim_world_regions[region].name, places[rank]);
    else
        snprintf(p->name, sizeof p->name, "%s %s %d", ku_sim_world_regions[region].name,
                 places[rank % 10], rank / 10 + 1);
    p->share = exp(0.35 * ku_rng_normal(&rng)) / of;
    p->quality = ku_rng_normal(&rng);
    p->trend = 0.05 * ku_rng_normal(&rng);
    p->opens = -1;
}

/* Two stories to be found: a branch in decline and a branch that opens on the way. */
static void tell_branch_stories(world *w)
{
    w->outlet[1].trend = -0.28;
    w->outlet[1].quality = -1.6;
    w->outlet[w->outlets - 1].opens = (int)(0.4 * w->days);
    w->outlet[w->outlets - 1].quality = 1.2;
}

static int outlets_wanted(int64_t customers)
{
    double n = 24.0 * sqrt((double)customers / 20000.0);
    int per_region = (int)(n / REGIONS + 0.5);
    if (per_region < 3) per_region = 3;
    if (per_region > OUTLETS_MAX / REGIONS) per_region = OUTLETS_MAX / REGIONS;
    return per_region * REGIONS;
}

void ku_sim_world_make_outlets(world *w)
{
    w->outlets = outlets_wanted(w->customers);
    int per = w->outlets / REGIONS;
    for (int r = 0; r < REGIONS; r++) {
        w->region_first[r] = r * per;
        for (int k = 0; k < per; k++) make_outlet(w, r * per + k, r, k, per);
    }
    w->region_first[REGIONS] = w->outlets;
    tell_branch_stories(w);
    double sum = 0;
    for (int r = 0; r < REGIONS; r++) {
        double in_region = 0;
        for (int o = w->region_first[r]; o < w->region_first[r + 1]; o++)
            in_region += w->outlet[o].share;
        for (int o = w->region_first[r]; o < w->region_first[r + 1]; o++) {
            w->outlet[o].share *= ku_sim_world_regions[r].share / in_region;
            w->outlet_cut[o] = sum += w->outlet[o].share;
        }
    }
    sum = 0;
    for (int s = 0; s < SEGMENTS; s++) w->segment_cut[s] = sum += ku_sim_world_segments[s].share;
    for (int o = 0; o < w->outlets; o++)
        for (int d = 0; d < w->days; d++) {
            const outlet *p = &w->outlet[o];
            double level = exp(0.16 * p->quality + p->trend * ku_sim_world_years(d));
            w->branch[(size_t)o * (size_t)w->days + (size_t)d] = d < p->opens ? 0.0 : level;
        }
}

static double channel_day(const world *w, int segment, int channel, int day)
{
    const channel_params *c = &ku_sim_world_channels[channel];
    const segment_params *s = &ku_sim_world_segments[segment];
    double value = s->mix[channel] * exp(c->growth * ku_sim_world_years(day));
    value *= c->weekday[w->weekday[day]];
    if (w->special[day] >= 0 && ku_sim_world_holidays[w->special[day]].closed) value *= c->holiday;
    if (w->black_friday[day]) value *= c->friday;
    return day >= w->shift ? value * s->shift_mix[channel] : value;
}

static void mix_channels(world *w)
{
    double *at = w->channel_mix;
    for (int s = 0; s < SEGMENTS; s++)
        for (int d = 0; d < w->days; d++)
            for (int c = 0; c < CHANNELS; c++) *at++ = channel_day(w, s, c, d);
}

static double intensity(const world *w, int o, int s, int d)
{
    const double *mix = &w->channel_mix[((size_t)s * (size_t)w->days + (size_t)d) * CHANNELS];
    double channels = mix[CHANNEL_SHOP] * w->branch[(size_t)o * (size_t)w->days + (size_t)d];
    for (int c = CHANNEL_SHOP + 1; c < CHANNELS; c++) channels += mix[c];
    int week = w->week[d];
    double f = w->season[d] * w->weight[(size_t)s * (size_t)w->weeks + (size_t)week] * channels;
    if (w->before_gifts[d]) f *= ku_sim_world_segments[s].event;
    if (d >= w->shift) f *= ku_sim_world_segments[s].shift_rate;
    return f * (1.0 + ku_sim_world_media_lift(w, w->outlet[o].region, week));
}

static void sum_cell(world *w, int o, int s)
{
    size_t at = ((size_t)o * SEGMENTS + (size_t)s) * ((size_t)w->days + 1);
    double orders = 0;
    for (int d = 0; d < w->days; d++)
        w->orders[at + (size_t)d + 1] = orders += intensity(w, o, s, d);
}

/* A table from which an hour is drawn by ten random bits. */
static void make_hours(world *w, int channel)
{
    double sum = 0, so_far = 0;
    for (int h = 0; h < 24; h++) sum += ku_sim_world_channels[channel].hour[h];
    int at = 0;
    for (int h = 0; h < 24; h++) {
        so_far += ku_sim_world_channels[channel].hour[h];
        int to = (int)(1024.0 * so_far / sum + 0.5);
        while (at < to) w->hour_table[channel][at++] = (uint8_t)h;
    }
}

void ku_sim_world_make_demand(world *w)
{
    w->shift = (int)(0.55 * w->days);
    w->shift += (7 - w->weekday[w->shift]) % 7; /* a Monday, so that weeks are not mixed */
    if (w->shift >= w->days) w->shift = w->days - 1;
    w->spike_from = (int)(0.78 * w->days);
    w->spike_to = w->spike_from + 21;
    mix_channels(w);
    for (int o = 0; o < w->outlets; o++)
        for (int s = 0; s < SEGMENTS; s++) sum_cell(w, o, s);
    for (int c = 0; c < CHANNELS; c++) make_hours(w, c);
}
