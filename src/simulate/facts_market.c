/* facts_market.c - rows of media spend, prices and market volumes. */
#include "simulate/facts_internal.h"

#include <math.h>

#include "base/date.h"

/* ---- spend ----------------------------------------------------------------------------- */

static void put_spend(const world *w, const campaign *c, int region, int day, int64_t cents,
                      ku_rng *rng, rows *out)
{
    const medium_params *m = &ku_sim_world_media[c->medium];
    double shown = (double)cents / 100.0 / m->cpm * 1000.0 * exp(0.12 * ku_rng_normal(rng));
    double people = fmax(1, shown / (m->frequency * exp(0.1 * ku_rng_normal(rng))));
    int64_t impressions = (int64_t)fmax(1, shown), reach = (int64_t)people;
    if (reach > impressions) reach = impressions;
    char *p = put_bytes(rows_begin(out), w->date[day], 10);
    p = put_text(p, m->id);
    p = put_text(p, c->id);
    p = put_text(p, ku_sim_world_regions[region].name);
    p = put_cents(p, cents);
    p = put_int(p, impressions);
    p = m->ctr > 0 ? put_int(p, ku_rng_poisson(rng, m->ctr * (double)impressions)) : put_none(p);
    p = put_int(p, reach);
    rows_end(out, put_cents(p, (int64_t)(100.0 * (double)impressions / (double)reach + 0.5)));
}

/* A week's money in daily parts that add up to it to the cent. */
static void put_spend_day(const world *w, const campaign *c, int day, rows *out)
{
    int week = w->week[day];
    int from = ku_sim_world_week_from(w, week), to = ku_sim_world_week_to(w, week);
    for (int r = 0; r < REGIONS; r++) {
        int64_t all = ku_sim_world_campaign_cents(w, c, r, week), n = to - from, k = day - from;
        int64_t cents = all * (k + 1) / n - all * k / n;
        if (cents <= 0) continue;
        uint64_t place = ((uint64_t)(c - w->campaign) * REGIONS + (uint64_t)r) * 16384;
        ku_rng rng = ku_sim_world_rng(w, STREAM_SPEND_ROW,
                                      (UINT64_C(1) << 40) + place + (uint64_t)day);
        put_spend(w, c, r, day, cents, &rng, out);
    }
}

void ku_sim_write_spend(const world *w, const tally *t, rows *out)
{
    (void)t;
    for (int d = 0; d < w->days; d++)
        for (int k = 0; k < w->campaigns; k++) {
            const campaign *c = &w->campaign[k];
            if (w->week[d] >= c->from && w->week[d] < c->to) put_spend_day(w, c, d, out);
        }
}

/* ---- prices ---------------------------------------------------------------------------- */

static void put_own_price(const world *w, int week, int item, rows *out)
{
    const product_week *o = ku_sim_world_offer(w, week, item);
    char *p = put_bytes(rows_begin(out), w->date[ku_sim_world_week_from(w, week)], 10);
    p = put_text(p, w->product[item].id);
    p = put_none(p);
    p = put_cents(p, o->price);
    p = put_cents(p, o->list);
    if (o->cut > 0) {
        p = put_bytes(p, "Offer ", 6) - 1;
        p = put_digits(p, (uint64_t)(o->cut * 100.0F + 0.5F), 1);
        p = put_bytes(p, "%", 1);
    } else {
        p = put_none(p);
    }
    rows_end(out, put_text(p, "price list"));
}

static void put_rival_price(const world *w, int week, int item, int rival, rows *out)
{
    const product *q = &w->product[item];
    ku_rng rng = ku_sim_world_rng(w, STREAM_RIVAL,
                                  (UINT64_C(1) << 40) + (uint64_t)(item * RIVALS + rival));
    if (ku_rng_uniform(&rng) > 0.6) return; /* this rival has nothing like it */
    double first = (double)q->list0 * exp(0.10 * ku_rng_normal(&rng) - 0.04 * rival);
    size_t row = ((size_t)rival * GROUPS + (size_t)q->group) * (size_t)w->weeks;
    double level = (double)w->rival_price[row + (size_t)week];
    char *p = put_bytes(rows_begin(out), w->date[ku_sim_world_week_from(w, week)], 10);
    p = put_text(p, q->id);
    p = put_text(p, ku_sim_world_rivals[rival]);
    p = put_cents(p, (int64_t)(first * level + 0.5));
    p = put_none(p);
    p = put_none(p);
    rows_end(out, put_text(p, "price watch"));
}

void ku_sim_write_prices(const world *w, const tally *t, rows *out)
{
    (void)t;
    for (int week = 0; week < w->weeks; week++)
        for (int i = 0; i < PRODUCTS; i++) {
            if (week >= w->product[i].launch) put_own_price(w, week, i, out);
            for (int k = 0; k < RIVALS && week % 2 == 0; k++) put_rival_price(w, week, i, k, out);
        }
}

/* ---- the market ------------------------------------------------------------------------ */

const market_params ku_sim_world_market = {
    .own_share = 0.18,
    .rival_part = {0.46, 0.33, 0.21},
    .growth = 0.03,
};

typedef struct market_cell {
    int month, group, region;
} market_cell;

static void put_market(const world *w, const market_cell *c, const char *seller, double volume,
                       double value, rows *out)
{
    char text[KU_DATE_TEXT];
    int32_t date = ku_period_add(KU_PERIOD_MONTH, w->start, c->month);
    char *p = put_text(rows_begin(out), ku_date_format(date, text));
    p = put_text(p, ku_sim_world_groups[c->group].name);
    p = put_text(p, ku_sim_world_regions[c->region].name);
    p = put_text(p, seller);
    p = put_int(p, (int64_t)fmax(0, volume + 0.5));
    p = put_cents(p, (int64_t)fmax(0, floor(value * 100 + 0.5)));
    rows_end(out, put_text(p, "retail panel"));
}

/* How many days of the month lie in the period, as a share of the month. */
static double month_part(const world *w, int month)
{
    int32_t first = ku_period_add(KU_PERIOD_MONTH, w->start, month);
    int32_t next = ku_period_add(KU_PERIOD_MONTH, w->start, month + 1);
    int32_t from = first < w->start ? w->start : first;
    int32_t to = next > w->end + 1 ? w->end + 1 : next;
    return (double)(to - from) / (double)(next - first);
}

/* A rival's weight in a month: its part, a slow drift, and more while it cuts prices. */
static double rival_weight(const world *w, int rival, int group, int month)
{
    int day = (int)((month + 0.5) * w->days / w->months);
    size_t row = ((size_t)rival * GROUPS + (size_t)group) * (size_t)w->weeks;
    double price = (double)w->rival_price[row + (size_t)w->week[day]];
    double usual = exp(0.028 * ku_sim_world_years(day));
    double drift = rival == RIVALS - 1 ? 0.06 * ku_sim_world_years(day) : 0.0;
    return ku_sim_world_market.rival_part[rival] * exp(drift) * pow(price / usual, -1.2);
}

static void put_rivals(const world *w, const market_cell *c, double monthly, double unit_value,
                       ku_rng *rng, rows *out)
{
    double strength = ku_sim_world_regions[c->region].strength;
    double others = monthly * (1 / ku_sim_world_market.own_share - 1) * strength;
    int middle = (int)((c->month + 0.5) * w->days / w->months);
    double season = w->season[middle] * ku_sim_world_group_season(w, c->group, w->week[middle]);
    others *= season * exp(ku_sim_world_market.growth * ku_sim_world_years(middle)) *
              month_part(w, c->month);
    for (int k = 0; k < RIVALS; k++) {
        double part = rival_weight(w, k, c->group, c->month) * exp(0.05 * ku_rng_normal(rng));
        double volume = others * part;
        double price = unit_value * (1 - 0.05 * k) * exp(0.03 * ku_rng_normal(rng));
        put_market(w, c, ku_sim_world_rivals[k], volume, volume * price, out);
    }
}

void ku_sim_write_market(const world *w, const tally *t, rows *out)
{
    for (int month = 0; month < w->months; month++)
        for (int g = 0; g < GROUPS; g++)
            for (int r = 0; r < REGIONS; r++) {
                double units = 0, value = 0;
                for (int k = 0; k < w->months; k++) {
                    size_t at = ((size_t)k * GROUPS + (size_t)g) * REGIONS + (size_t)r;
                    units += (double)t->units[at];
                    value += (double)t->value[at] / 100.0;
                }
                size_t at = ((size_t)month * GROUPS + (size_t)g) * REGIONS + (size_t)r;
                market_cell c = {month, g, r};
                ku_rng rng = ku_sim_world_rng(w, STREAM_MARKET, at);
                put_market(w, &c, ku_sim_company_name, (double)t->units[at],
                           (double)t->value[at] / 100.0, out);
                double unit_value = units > 0 ? value / units : 0;
                put_rivals(w, &c, units / w->months, unit_value, &rng, out);
            }
}
