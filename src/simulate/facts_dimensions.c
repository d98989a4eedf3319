/* facts_dimensions.c - rows of the dimensions and of the calendar. */
#include "simulate/facts_internal.h"

#include <math.h>

#include "base/date.h"

static char *put_week_start(char *p, const world *w, int week)
{
    char text[KU_DATE_TEXT];
    return put_text(p, ku_date_format(w->monday + 7 * week, text));
}

void ku_sim_write_products(const world *w, const tally *t, rows *out)
{
    (void)t;
    for (int i = 0; i < PRODUCTS; i++) {
        const product *q = &w->product[i];
        const product_week *last = ku_sim_world_offer(w, w->weeks - 1, i);
        bool faded = q->leave < w->weeks && w->weeks - 1 - q->leave > 40;
        char *p = put_text(rows_begin(out), q->id);
        p = put_text(p, q->name);
        p = put_text(p, ku_sim_world_groups[q->group].name);
        p = put_text(p, i % 5 == 4 ? "Kapal" : ku_sim_company_name);
        p = put_text(p, "piece");
        p = put_cents(p, last->list);
        p = put_cents(p, last->cost);
        p = q->launch >= 0 ? put_week_start(p, w, q->launch) : put_text(p, "2015-03-02");
        rows_end(out, faded ? put_week_start(p, w, q->leave + 40) : put_none(p));
    }
}

void ku_sim_write_outlets(const world *w, const tally *t, rows *out)
{
    (void)t;
    for (int o = 0; o < w->outlets; o++) {
        const outlet *q = &w->outlet[o];
        ku_rng rng = ku_sim_world_rng(w, STREAM_OUTLET, (UINT64_C(1) << 40) + (uint64_t)o);
        char text[KU_DATE_TEXT];
        int32_t opened = q->opens >= 0 ? w->start + q->opens
                                       : w->start - 400 - (int32_t)ku_rng_below(&rng, 4000);
        char *p = put_text(rows_begin(out), q->id);
        p = put_text(p, q->name);
        p = put_text(p, "branch");
        p = put_text(p, ku_sim_world_regions[q->region].name);
        p = put_text(p, ku_sim_world_regions[q->region].name);
        p = put_text(p, ku_date_format(opened, text));
        rows_end(out, put_int(p, 60 + 10 * (int64_t)ku_rng_below(&rng, 25)));
    }
}

static void put_channel(const char *id, const char *name, const char *role, const char *kind,
                        bool online, rows *out)
{
    char *p = put_text(rows_begin(out), id);
    p = put_text(p, name);
    p = put_text(p, role);
    p = put_text(p, kind);
    rows_end(out, put_bool(p, online));
}

void ku_sim_write_channels(const world *w, const tally *t, rows *out)
{
    (void)w;
    (void)t;
    for (int c = 0; c < CHANNELS; c++) {
        const channel_params *q = &ku_sim_world_channels[c];
        bool online = c == CHANNEL_WEB || c == CHANNEL_MARKET;
        put_channel(q->id, q->name, "sales", q->kind, online, out);
    }
    for (int m = 0; m < MEDIA; m++)
        put_channel(ku_sim_world_media[m].id, ku_sim_world_media[m].name, "advertising", "paid",
                    m >= MEDIUM_SEARCH, out);
    put_channel("display", "Display advertising", "advertising", "paid", true, out);
    put_channel("email", "Newsletter", "advertising", "own", true, out);
    put_channel("direct", "Direct visits", "advertising", "own", true, out);
    put_channel("referral", "Links from others", "advertising", "earned", true, out);
}

static const char *only_region(const campaign *c)
{
    for (int r = 0; r < REGIONS; r++)
        if (c->regions == 1U << r) return ku_sim_world_regions[r].name;
    return "";
}

void ku_sim_write_campaigns(const world *w, const tally *t, rows *out)
{
    (void)t;
    for (int k = 0; k < w->campaigns; k++) {
        const campaign *c = &w->campaign[k];
        char text[KU_DATE_TEXT];
        int32_t from = w->start + ku_sim_world_week_from(w, c->from);
        int32_t to = w->start + ku_sim_world_week_to(w, c->to - 1) - 1;
        char *p = put_text(rows_begin(out), c->id);
        p = put_text(p, c->name);
        p = put_text(p, ku_sim_world_media[c->medium].id);
        p = put_text(p, c->medium >= MEDIUM_SEARCH ? "orders" : "awareness");
        p = put_text(p, only_region(c));
        p = put_text(p, ku_date_format(from, text));
        p = put_text(p, ku_date_format(to, text));
        rows_end(out, put_cents(p, (c->budget + 5000) / 10000 * 10000));
    }
}

static void put_calendar(const world *w, int day, const char *event, const char *region,
                         double value, rows *out)
{
    char *p = put_bytes(rows_begin(out), w->date[day], 10);
    p = put_text(p, event);
    p = put_text(p, region);
    rows_end(out, put_cents(p, (int64_t)floor(value * 100 + 0.5)));
}

static const char *opened_on(const world *w, int day)
{
    for (int o = 0; o < w->outlets; o++)
        if (w->outlet[o].opens == day) return ku_sim_world_regions[w->outlet[o].region].name;
    return NULL;
}

void ku_sim_write_calendar(const world *w, const tally *t, rows *out)
{
    (void)t;
    for (int d = 0; d < w->days; d++) {
        put_calendar(w, d, "temperature", "", w->temperature[d], out);
        if (w->special[d] >= 0)
            put_calendar(w, d, ku_sim_world_holidays[w->special[d]].name, "", 1, out);
        if (w->black_friday[d]) put_calendar(w, d, "Black Friday week", "", 1, out);
        const char *region = opened_on(w, d);
        if (region != NULL) put_calendar(w, d, "Branch opens", region, 1, out);
    }
}
