/* truth.c - truth.json: every parameter of the simulated company and, computed from them
 * and from what was sold, the answers an analysis should find. README.md in this folder
 * explains each member.
 *
 * A medium's contribution is counterfactual and exact: orders of a region and week are
 * proportional to 1 + the sum of lifts, so without the medium that week's sales would
 * have been smaller by the part lift / (1 + sum of lifts). */
#include <errno.h>
#include <math.h>

#include "base/date.h"
#include "base/file.h"
#include "base/json.h"
#include "kemudi/kemudi.h"
#include "simulate/stream_internal.h"

static void set_text(json_t *object, const char *key, const char *value)
{
    json_object_set_new(object, key, json_string(value));
}
static void set_int(json_t *object, const char *key, int64_t value)
{
    json_object_set_new(object, key, json_integer(value));
}
/* Ten digits are more than any estimate needs and keep the file readable. */
static json_t *number(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.10g", value);
    return json_real(strtod(text, NULL));
}
static void set_real(json_t *object, const char *key, double value)
{
    json_object_set_new(object, key, number(value));
}
static void set_cents(json_t *object, const char *key, int64_t cents)
{
    set_real(object, key, (double)cents / 100.0);
}
static json_t *add_object(json_t *to, const char *key)
{
    json_t *made = json_object();
    json_object_set_new(to, key, made);
    return made;
}
static json_t *add_array(json_t *to, const char *key)
{
    json_t *made = json_array();
    json_object_set_new(to, key, made);
    return made;
}
static json_t *append_object(json_t *array)
{
    json_t *made = json_object();
    json_array_append_new(array, made);
    return made;
}
static void set_reals(json_t *object, const char *key, const double *values, size_t count)
{
    json_t *array = add_array(object, key);
    for (size_t i = 0; i < count; i++) json_array_append_new(array, number(values[i]));
}
static void set_date(json_t *object, const char *key, const world *w, int day)
{
    char text[KU_DATE_TEXT];
    set_text(object, key, ku_date_format(w->start + day, text));
}
static void set_week(json_t *object, const char *key, const world *w, int week)
{
    set_date(object, key, w, w->monday - w->start + 7 * week);
}

/* ---- what was simulated ---------------------------------------------------------------- */

static void tell_simulation(json_t *root, const world *w)
{
    json_t *o = add_object(root, "simulation");
    set_text(o, "program", "kemudi " KEMUDI_VERSION);
    set_text(o, "company", ku_sim_company_name);
    set_text(o, "currency", "EUR");
    json_object_set_new(o, "seed", json_integer((json_int_t)w->seed));
    set_int(o, "customers", w->customers);
    set_int(o, "years", w->years);
    set_date(o, "from", w, 0);
    set_date(o, "to", w, w->days - 1);
}

/* ---- customers ------------------------------------------------------------------------- */

/* The mean over newcomers of the mean intensity in the period after they came. */
static double mean_intensity(const world *w)
{
    double sum = 0;
    for (int o = 0; o < w->outlets; o++)
        for (int s = 0; s < SEGMENTS; s++) {
            const double *cell = ku_sim_world_cell(w, o, s);
            sum += w->outlet[o].share * ku_sim_world_segments[s].share * cell[w->days] / w->days;
        }
    return sum;
}

/* Of companies only their trade is drawn, which has nothing to do with the segment. */
static void tell_persons(json_t *segment, int k)
{
    const person_params *q = &ku_sim_world_person;
    if (k == SEGMENT_BUSINESS) {
        set_reals(segment, "trade_share", q->trade_share, TRADES);
        return;
    }
    set_real(segment, "age_mean", q->age_mean[k]);
    set_real(segment, "age_spread", q->age_spread[k]);
    set_real(segment, "women", q->women[k]);
    set_real(segment, "income_mean", q->income_mean[k]);
    set_reals(segment, "activity_share", q->activity_share[k], ACTIVITIES);
}

static void tell_unknown(json_t *customers)
{
    const person_params *q = &ku_sim_world_person;
    set_reals(customers, "income_cut", q->income_cut, INCOMES - 1);
    set_real(customers, "income_by_log_spend_level", q->income_by_spend);
    json_t *o = add_object(customers, "unknown_share");
    set_real(o, "birth_year", q->unknown_birth);
    set_real(o, "gender", q->unknown_gender);
    set_real(o, "income_band", q->unknown_income);
    set_real(o, "activity", q->unknown_activity);
}

static void tell_segments(json_t *customers, const world *w)
{
    json_t *array = add_array(customers, "segments");
    for (int k = 0; k < SEGMENTS; k++) {
        const segment_params *s = &ku_sim_world_segments[k];
        json_t *o = append_object(array);
        set_text(o, "segment", s->name);
        set_real(o, "share", s->share);
        set_real(o, "rate", s->rate);
        set_real(o, "spend", s->spend);
        set_real(o, "promotion_liking", s->promotion);
        set_real(o, "before_gift_days", s->event);
        set_reals(o, "channel_mix", s->mix, CHANNELS);
        set_reals(o, "group_taste", s->taste, GROUPS);
        tell_persons(o, k);
        bool shifts = s->shift_rate < 1 || s->shift_rate > 1;
        if (!shifts) continue;
        json_t *shift = add_object(o, "shift");
        set_date(shift, "date", w, w->shift);
        set_real(shift, "rate", s->shift_rate);
        set_reals(shift, "channel_mix", s->shift_mix, CHANNELS);
    }
}

static void tell_customers(json_t *root, const world *w)
{
    const life_params *l = &ku_sim_world_life;
    json_t *o = add_object(root, "customers");
    set_text(o, "model", "Pareto/NBD with intensity");
    set_real(o, "r", l->r);
    set_real(o, "alpha_days", l->alpha);
    set_real(o, "s", l->s);
    set_real(o, "beta_days", l->beta);
    set_real(o, "q", l->q);
    set_real(o, "mean_intensity", mean_intensity(w));
    set_real(o, "extra_quantity", l->extra_quantity);
    set_reals(o, "lines_per_order", l->lines, 8);
    set_real(o, "mean_lines", l->mean_lines);
    set_real(o, "came_before_share", l->stock_share);
    set_int(o, "came_before_days", l->stock_days);
    set_real(o, "newcomer_growth", l->growth);
    set_real(o, "loyalty_by_quality", l->loyalty);
    set_real(o, "voucher_share", l->voucher);
    set_real(o, "voucher_cut", l->voucher_cut);
    tell_unknown(o);
    tell_segments(o, w);
}

/* ---- seasons --------------------------------------------------------------------------- */

/* Mean of a daily index by calendar month. */
static void set_months(json_t *object, const char *key, const world *w, const double *daily)
{
    double sum[12] = {0}, days[12] = {0}, all = 0;
    for (int d = 0; d < w->days; d++) {
        int month = ku_date_to_civil(w->start + d).month - 1;
        sum[month] += daily[d];
        days[month]++;
    }
    for (int m = 0; m < 12; m++) all += sum[m] /= days[m] > 0 ? days[m] : 1;
    for (int m = 0; m < 12; m++) sum[m] *= 12 / all;
    set_reals(object, key, sum, 12);
}

static double orders_season(const world *w, int day, double group_season[GROUPS])
{
    double seasonal = 0, plain = 0;
    for (int s = 0; s < SEGMENTS; s++)
        for (int g = 0; g < GROUPS; g++) {
            const segment_params *p = &ku_sim_world_segments[s];
            double taste = 0;
            for (int k = 0; k < GROUPS; k++) taste += ku_sim_world_groups[k].share * p->taste[k];
            double part = p->share * p->rate * ku_sim_world_groups[g].share * p->taste[g] / taste;
            seasonal += part * group_season[g];
            plain += part;
        }
    return w->season[day] * seasonal / plain;
}

static void tell_seasons(json_t *root, const world *w)
{
    json_t *o = add_object(root, "season");
    json_t *groups = add_object(o, "group_month");
    double *daily = KU_ARRAY(w->arena, (size_t)w->days, double);
    double *orders = KU_ARRAY(w->arena, (size_t)w->days, double);
    double(*season)[GROUPS] = ku_arena_array(w->arena, (size_t)w->weeks, sizeof *season);
    for (int t = 0; t < w->weeks; t++)
        for (int g = 0; g < GROUPS; g++) season[t][g] = ku_sim_world_group_season(w, g, t);
    set_months(o, "common_month", w, w->season);
    for (int g = 0; g < GROUPS; g++) {
        for (int d = 0; d < w->days; d++) daily[d] = w->season[d] * season[w->week[d]][g];
        set_months(groups, ku_sim_world_groups[g].name, w, daily);
    }
    for (int d = 0; d < w->days; d++) orders[d] = orders_season(w, d, season[w->week[d]]);
    set_months(o, "orders_month", w, orders);
    set_text(o, "weather_group", ku_sim_world_groups[ku_sim_world_heat_group].name);
    set_real(o, "weather_log_demand_per_degree", ku_sim_world_heat_effect);
}

static void tell_channels(json_t *root)
{
    json_t *array = add_array(root, "channels");
    for (int k = 0; k < CHANNELS; k++) {
        const channel_params *c = &ku_sim_world_channels[k];
        json_t *o = append_object(array);
        set_text(o, "channel", c->id);
        set_reals(o, "weekday", c->weekday, 7);
        set_reals(o, "hour_weight", c->hour, 24);
        set_real(o, "log_growth_per_year", c->growth);
        set_real(o, "public_holiday", c->holiday);
        set_real(o, "black_friday_week", c->friday);
        set_real(o, "line_return_rate", c->returned);
        set_real(o, "no_customer_rate", c->anonymous);
    }
}

/* ---- products -------------------------------------------------------------------------- */

/* The uplift of a promotion on the product's lines: price and feature together, over
 * segments as they buy the group. */
static double uplift(int group, double cut)
{
    const group_params *g = &ku_sim_world_groups[group];
    double sum = 0, all = 0;
    for (int s = 0; s < SEGMENTS; s++) {
        const segment_params *p = &ku_sim_world_segments[s];
        double taste = 0;
        for (int k = 0; k < GROUPS; k++) taste += ku_sim_world_groups[k].share * p->taste[k];
        double part = p->share * p->rate * p->taste[group] / taste;
        sum += part * exp(g->feature * p->promotion);
        all += part;
    }
    return pow(1 - cut, g->elasticity) * sum / all;
}

static void tell_groups(json_t *root)
{
    static const double cuts[] = {0.10, 0.15, 0.20, 0.25, 0.30};
    static const char *const names[] = {"10%", "15%", "20%", "25%", "30%"};
    json_t *array = add_array(root, "groups");
    for (int k = 0; k < GROUPS; k++) {
        const group_params *g = &ku_sim_world_groups[k];
        json_t *o = append_object(array);
        set_text(o, "product_group", g->name);
        set_real(o, "share_of_lines", g->share);
        set_real(o, "price_elasticity", g->elasticity);
        set_real(o, "rival_price_elasticity", g->cross);
        set_real(o, "promotion_feature", g->feature);
        set_real(o, "summer", g->summer);
        set_real(o, "advent", g->advent);
        set_real(o, "return_factor", g->returned);
        json_t *lifts = add_object(o, "promotion_uplift");
        for (int c = 0; c < 5; c++) set_real(lifts, names[c], uplift(k, cuts[c]) - 1);
    }
}

static void tell_products(json_t *root, const world *w)
{
    json_t *array = add_array(root, "products");
    for (int i = 0; i < PRODUCTS; i++) {
        const product *p = &w->product[i];
        json_t *o = append_object(array);
        set_text(o, "product", p->id);
        set_real(o, "share_of_group", p->base);
        set_cents(o, "first_list_price", p->list0);
        set_real(o, "cost_share", p->unit_cost);
        if (p->launch >= 0) set_week(o, "launched", w, p->launch);
        if (p->leave < w->weeks) {
            set_week(o, "fades_from", w, p->leave);
            set_real(o, "log_fade_per_week", p->fade);
        }
        if (p->out_to <= p->out_from) continue;
        json_t *gap = add_object(o, "out_of_stock");
        set_week(gap, "from", w, p->out_from);
        set_week(gap, "to", w, p->out_to);
    }
}

/* ---- branches -------------------------------------------------------------------------- */

static void tell_branches(json_t *root, const world *w)
{
    json_t *array = add_array(root, "branches");
    for (int k = 0; k < w->outlets; k++) {
        const outlet *p = &w->outlet[k];
        json_t *o = append_object(array);
        set_text(o, "outlet", p->id);
        set_text(o, "region", ku_sim_world_regions[p->region].name);
        set_real(o, "share_of_customers", p->share);
        set_real(o, "quality", p->quality);
        set_real(o, "demand_level", exp(0.16 * p->quality));
        set_real(o, "log_trend_per_year", p->trend);
        if (p->opens >= 0) set_date(o, "opens", w, p->opens);
    }
}

/* ---- media ----------------------------------------------------------------------------- */

typedef struct media_result {
    double spend, revenue, margin;
} media_result;

static media_result medium_result(const world *w, const tally *t, int medium)
{
    media_result r = {0};
    for (int region = 0; region < REGIONS; region++)
        for (int week = 0; week < w->weeks; week++) {
            size_t at = ku_sim_world_mrw(w, medium, region, week);
            size_t cell = (size_t)region * (size_t)w->weeks + (size_t)week;
            double part = w->lift[at] / (1 + ku_sim_world_media_lift(w, region, week));
            r.spend += (double)w->spend[at] / 100.0;
            r.revenue += part * (double)t->revenue[cell] / 100.0;
            r.margin += part * (double)t->margin[cell] / 100.0;
        }
    return r;
}

/* One more EUR a week in every region and week, in proportion to what is spent there:
 * the revenue it brings, by a small step in the adstock, carry-over included. */
static double marginal_return(const world *w, const tally *t, int medium)
{
    const medium_params *m = &ku_sim_world_media[medium];
    const double step = 1.01;
    double revenue = 0, spend = 0;
    for (int region = 0; region < REGIONS; region++)
        for (int week = 0; week < w->weeks; week++) {
            size_t at = ku_sim_world_mrw(w, medium, region, week);
            double power = pow(step * w->adstock[at], m->shape);
            double more = m->lift * power / (pow(m->half, m->shape) + power) - w->lift[at];
            size_t cell = (size_t)region * (size_t)w->weeks + (size_t)week;
            revenue += more / (1 + ku_sim_world_media_lift(w, region, week)) *
                       (double)t->revenue[cell] / 100.0;
            spend += (step - 1) * (double)w->spend[at] / 100.0;
        }
    return spend > 0 ? revenue / spend : 0;
}

static void tell_lifts(json_t *to, const world *w, int medium)
{
    json_t *lifts = add_object(to, "lift_by_region_and_week");
    for (int r = 0; r < REGIONS; r++)
        set_reals(lifts, ku_sim_world_regions[r].name, &w->lift[ku_sim_world_mrw(w, medium, r, 0)],
                  (size_t)w->weeks);
}

static void tell_medium(json_t *to, const world *w, const tally *t, int medium, bool realised)
{
    const medium_params *m = &ku_sim_world_media[medium];
    json_t *o = append_object(to);
    media_result r = medium_result(w, t, medium);
    set_text(o, "channel", m->id);
    set_real(o, "carry_over_per_week", m->carry);
    set_real(o, "hill_shape", m->shape);
    set_real(o, "hill_half", m->half);
    set_real(o, "largest_lift", m->lift);
    set_real(o, "spend", r.spend);
    if (realised && r.spend > 0) {
        set_real(o, "contribution", r.revenue);
        set_real(o, "contribution_margin", r.margin);
        set_real(o, "return_on_spend", r.revenue / r.spend);
        set_real(o, "margin_return_on_spend", r.margin / r.spend);
        set_real(o, "marginal_return_on_spend", marginal_return(w, t, medium));
    }
    tell_lifts(o, w, medium);
}

static void tell_media(json_t *root, const world *w, const tally *t, bool realised)
{
    json_t *o = add_object(root, "media");
    set_text(o, "unit", "EUR a week per 1,000 customers of the region");
    set_week(o, "first_week", w, 0);
    json_t *regions = add_object(o, "customers_by_region");
    for (int r = 0; r < REGIONS; r++)
        set_real(regions, ku_sim_world_regions[r].name,
                 (double)w->customers * ku_sim_world_regions[r].share);
    json_t *array = add_array(o, "channels");
    for (int m = 0; m < MEDIA; m++) tell_medium(array, w, t, m, realised);
}

/* ---- journeys, leads, voice, visits, rivals -------------------------------------------- */

static void tell_journeys(json_t *root)
{
    const journey_params *j = &ku_sim_world_journey;
    json_t *o = add_object(root, "journeys");
    double from[JOURNEY_CHANNELS], without[JOURNEY_CHANNELS];
    double rate = ku_sim_journey_solve(-1, from), all = 0;
    set_text(o, "model", "first-order Markov chain");
    set_real(o, "tracked_share_of_web_orders", j->tracked);
    set_real(o, "mean_gap_days", j->gap_days);
    set_real(o, "conversion_rate", rate);
    json_t *array = add_array(o, "channels");
    double effect[JOURNEY_CHANNELS];
    for (int i = 0; i < JOURNEY_CHANNELS; i++)
        all += effect[i] = 1 - ku_sim_journey_solve(i, without) / rate;
    for (int i = 0; i < JOURNEY_CHANNELS; i++) {
        json_t *c = append_object(array);
        set_text(c, "channel", j->channel[i]);
        set_real(c, "start", j->start[i]);
        set_reals(c, "next", j->next[i], JOURNEY_CHANNELS);
        set_real(c, "convert", j->convert[i]);
        set_real(c, "removal_effect", effect[i]);
        set_real(c, "share_of_conversions", effect[i] / all);
    }
}

static void tell_leads(json_t *root)
{
    const lead_params *l = &ku_sim_world_lead;
    json_t *o = add_object(root, "leads");
    set_real(o, "per_customer_and_year", l->per_customer_year);
    set_reals(o, "advance", l->advance, LEAD_STAGES - 1);
    set_reals(o, "mean_days", l->days, LEAD_STAGES - 1);
    json_t *stages = add_array(o, "stages");
    for (int k = 0; k < LEAD_STAGES; k++) json_array_append_new(stages, json_string(l->stage[k]));
    json_t *sources = add_object(o, "source_log_odds");
    for (int k = 0; k < LEAD_SOURCES; k++) set_real(sources, l->source[k], l->source_effect[k]);
    json_t *owners = add_object(o, "owner_log_odds");
    for (int k = 0; k < LEAD_OWNERS; k++) set_real(owners, l->owner[k], l->owner_effect[k]);
}

static void tell_voice(json_t *root, const world *w)
{
    const voice_params *v = &ku_sim_world_voice;
    json_t *o = add_object(root, "voice");
    json_t *drivers = add_object(o, "driver_importance");
    json_t *quality = add_object(o, "driver_points_per_quality");
    for (int k = 0; k < DRIVERS; k++) {
        set_real(drivers, v->driver[k], v->importance[k]);
        set_real(quality, v->driver[k], v->by_quality[k]);
    }
    set_reals(o, "answer_rate_by_segment", v->answer_rate, SEGMENTS);
    set_reals(o, "complaint_rate_by_channel", v->complaint_rate, CHANNELS);
    set_real(o, "complaint_log_fall_per_quality", v->complaint_quality);
    json_t *spike = add_object(o, "late_deliveries");
    set_date(spike, "from", w, w->spike_from);
    set_date(spike, "to", w, w->spike_to);
    set_real(spike, "complaints_times", v->spike);
    set_real(spike, "mentions_times", v->mention_spike);
}

static void tell_wallet(json_t *root)
{
    const wallet_params *q = &ku_sim_world_wallet;
    json_t *o = add_object(root, "wallet");
    set_text(o, "question", q->question);
    json_t *elsewhere = add_object(o, "elsewhere_a_year");
    for (int s = 0; s < SEGMENTS; s++)
        set_real(elsewhere, ku_sim_world_segments[s].name, q->elsewhere[s]);
    set_real(o, "power_of_rate", q->by_rate);
    set_real(o, "power_of_spend_level", q->by_spend);
    set_real(o, "log_spread", q->spread);
    set_real(o, "answer_log_spread", q->answer_spread);
}

static void tell_visits(json_t *root, const world *w)
{
    const check_params *c = &ku_sim_world_check;
    json_t *o = add_object(root, "checks");
    json_t *criteria = add_object(o, "points_per_quality");
    for (int k = 0; k < CRITERIA; k++) set_real(criteria, c->criterion[k], c->by_quality[k]);
    set_real(o, "visit_spread", c->visit_spread);
    set_real(o, "noise", c->noise);
    json_t *agents = add_object(o, "agent_bias");
    for (int k = 0; k < AGENTS; k++) {
        char name[8];
        snprintf(name, sizeof name, "I%02d", k + 1);
        set_real(agents, name, ku_sim_check_agent_bias(w, k));
    }
}

static void tell_market(json_t *root, const world *w)
{
    json_t *o = add_object(root, "market");
    set_real(o, "own_share_at_strength_1", ku_sim_world_market.own_share);
    set_real(o, "log_growth_per_year", ku_sim_world_market.growth);
    json_t *regions = add_object(o, "region_strength_of_others");
    for (int r = 0; r < REGIONS; r++)
        set_real(regions, ku_sim_world_regions[r].name, ku_sim_world_regions[r].strength);
    json_t *attack = add_object(o, "price_attack");
    set_text(attack, "seller", ku_sim_world_rivals[0]);
    set_week(attack, "from", w, w->attack_week);
    set_week(attack, "to", w, w->attack_week + 12);
    set_real(attack, "price_factor", 0.86);
}

/* ---- what came out --------------------------------------------------------------------- */

static void tell_realised(json_t *root, const world *w, const tally *t)
{
    json_t *o = add_object(root, "realised");
    int64_t revenue = 0, margin = 0;
    for (size_t i = 0; i < REGIONS * (size_t)w->weeks; i++) {
        revenue += t->revenue[i];
        margin += t->margin[i];
    }
    set_int(o, "orders", t->orders);
    set_int(o, "lines", t->lines);
    set_int(o, "return_lines", t->returns);
    set_int(o, "orders_without_customer", t->anonymous_orders);
    set_int(o, "promoted_lines", t->promoted_lines);
    set_int(o, "customers_with_orders", t->active_customers);
    set_cents(o, "revenue", revenue);
    set_cents(o, "margin", margin);
    json_t *segments = add_object(o, "revenue_by_segment");
    for (int s = 0; s < SEGMENTS; s++)
        set_cents(segments, ku_sim_world_segments[s].name, t->segment_revenue[s]);
    json_t *channels = add_object(o, "revenue_by_channel");
    for (int c = 0; c < CHANNELS; c++)
        set_cents(channels, ku_sim_world_channels[c].id, t->channel_revenue[c]);
    json_t *outlets = add_object(o, "shop_revenue_by_outlet");
    for (int k = 0; k < w->outlets; k++) set_cents(outlets, w->outlet[k].id, t->outlet_revenue[k]);
    json_t *wallets = add_array(o, "wallet_last_year");
    for (int s = 0; s < SEGMENTS; s++) {
        json_t *wallet = append_object(wallets);
        set_text(wallet, "segment", ku_sim_world_segments[s].name);
        set_int(wallet, "customers", t->wallet_customers[s]);
        set_cents(wallet, "known_revenue", t->wallet_own[s]);
        set_cents(wallet, "category_spend", t->wallet_all[s]);
    }
    set_int(o, "journeys", t->journeys);
    set_int(o, "conversions", t->conversions);
    set_int(o, "surveys", t->surveys);
    set_int(o, "complaints", t->complaints);
    set_int(o, "leads", t->leads);
    set_int(o, "leads_won", t->won);
}

ku_status ku_sim_truth_write(const plan *p, const tally *total, bool realised, ku_error *err)
{
    const world *w = p->world;
    json_t *root = json_object();
    tell_simulation(root, w);
    tell_customers(root, w);
    tell_seasons(root, w);
    tell_channels(root);
    tell_groups(root);
    tell_products(root, w);
    tell_branches(root, w);
    tell_media(root, w, total, realised);
    tell_journeys(root);
    tell_leads(root);
    tell_voice(root, w);
    tell_wallet(root);
    tell_visits(root, w);
    tell_market(root, w);
    if (realised) tell_realised(root, w, total);
    char *text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(10));
    json_decref(root);
    if (text == NULL) return ku_error_errno(err, ENOMEM, NULL, "writing truth.json");
    char path[PATH_ROOM];
    ku_status status = ku_file_write(ku_sim_stream_path(path, p->folder, "truth", "json"), text,
                                     strlen(text), 0644, err);
    free(text);
    return status;
}
