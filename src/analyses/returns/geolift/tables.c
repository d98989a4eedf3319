/* tables.c - the rows of one campaign. Effects of the kernel are of the mean region; tables add
 * up the regions. */
#include <math.h>
#include <stdlib.h>

#include "analyses/returns/geolift/geolift_internal.h"
#include "base/text.h"

#define NOTHING 5e-5 /* a weight that rounds to nothing */

static const char *places(const geolift *g, const cell *c, const char *between)
{
    ku_text text = {0};
    for (int i = 0; i < c->regions; i++)
        ku_text_addf(&text, "%s%s", i > 0 ? between : "", c->place[i]);
    const char *list = ku_arena_strdup(g->arena, ku_text_string(&text));
    ku_text_clear(&text);
    return list;
}

/* Money that a unit of the outcome brought in the campaign's regions and dates. */
static double worth_of(const geolift *g, const cell *c)
{
    const ku_region_panel *p = &g->panel;
    double money = 0, value = 0;
    if (p->money == NULL) return 1;
    for (int i = 0; i < c->regions; i++)
        for (int t = c->first; t <= c->last; t++) {
            size_t at = (size_t)c->region[i] * (size_t)p->periods + (size_t)t;
            if (!isfinite(p->money[at])) continue;
            money += p->money[at];
            value += p->value[at];
        }
    return value != 0 ? money / value : NAN;
}

/* Three columns: a figure and its interval. */
static void put_range(ku_frame_builder *to, int column, double value, double lo, double hi)
{
    ku_build_double(to, column, isfinite(value) ? value : NAN);
    ku_build_double(to, column + 1, isfinite(lo) ? lo : NAN);
    ku_build_double(to, column + 2, isfinite(hi) ? hi : NAN);
}

static void put_effect(geolift *g, const cell *c)
{
    const ku_lift *l = &c->lift;
    ku_frame_builder *to = g->effect;
    int periods = c->last - c->first + 1;
    double many = (double)periods * c->regions, worth = worth_of(g, c) * many / c->spend;
    bool paid = c->spend > 0;
    double base = l->expected_level > 0 ? l->expected_level : NAN;
    ku_build_text(to, 0, c->name);
    ku_build_text(to, 1, places(g, c, ", "));
    ku_build_date(to, 2, g->panel.date[c->first]);
    ku_build_date(to, 3, g->panel.date[c->last]);
    ku_build_int(to, 4, periods);
    put_range(to, 5, l->effect / base, c->limits.lo / base, c->limits.hi / base);
    put_range(to, 8, many * l->effect, many * c->limits.lo, many * c->limits.hi);
    put_range(to, 11, l->effect, c->limits.lo, c->limits.hi);
    ku_build_double(to, 14, l->p_average);
    ku_build_double(to, 15, l->p_days);
    ku_build_double(to, 16, many * l->jackknife.lo);
    ku_build_double(to, 17, many * l->jackknife.hi);
    ku_build_double(to, 18, c->spend);
    if (paid) {
        put_range(to, 19, worth * l->effect, worth * c->limits.lo, worth * c->limits.hi);
        if (l->effect > 0) ku_build_double(to, 22, c->spend / (many * l->effect));
    }
    ku_build_text(to, 23, geolift_verdict(g, c));
    ku_build_row(to);
}

static void put_line(geolift *g, const cell *c, int period, const char *name, double value)
{
    ku_build_text(g->lines, 0, c->name);
    ku_build_date(g->lines, 1, g->panel.date[period]);
    ku_build_text(g->lines, 2, name);
    ku_build_double(g->lines, 3, value);
}

static void put_course(geolift *g, const cell *c)
{
    const ku_lift *l = &c->lift;
    ku_frame_builder *to = g->course;
    for (int t = 0; t < g->panel.periods; t++) {
        double many = c->regions, difference = l->actual[t] - l->expected[t];
        bool counted = t >= c->first && t <= c->last;
        ku_lift_interval each = l->each[t];
        if (!isfinite(each.lo) || !isfinite(each.hi)) each = l->each_jackknife[t];
        ku_build_text(to, 0, c->name);
        ku_build_date(to, 1, g->panel.date[t]);
        ku_build_text(to, 2,
                      t < c->first                  ? "before"
                      : g->panel.date[t] <= c->ends ? "campaign"
                                                    : "after");
        ku_build_double(to, 3, many * l->actual[t]);
        ku_build_double(to, 4, many * l->expected[t]);
        ku_build_double(to, 7, many * difference);
        if (counted) {
            ku_build_double(to, 5, many * (l->actual[t] - each.hi));
            ku_build_double(to, 6, many * (l->actual[t] - each.lo));
            ku_build_double(to, 8, many * each.lo);
            ku_build_double(to, 9, many * each.hi);
        }
        ku_build_row(to);
        put_line(g, c, t, "Actual", many * l->actual[t]);
        ku_build_row(g->lines);
        put_line(g, c, t, "Without it", many * l->expected[t]);
        if (counted) ku_build_double(g->lines, 4, many * (l->actual[t] - each.hi));
        if (counted) ku_build_double(g->lines, 5, many * (l->actual[t] - each.lo));
        ku_build_row(g->lines);
    }
}

typedef struct part {
    double weight, mixture;
    int donor;
} part;

static int by_weight(const void *a, const void *b)
{
    const part *x = a, *y = b;
    double wx = fabs(x->weight), wy = fabs(y->weight);
    return wx != wy ? (wx < wy) - (wx > wy) : (x->donor > y->donor) - (x->donor < y->donor);
}

static void put_weights(geolift *g, const cell *c)
{
    part *list = KU_ARRAY(g->arena, (size_t)g->donors, part);
    for (int j = 0; j < g->donors; j++)
        list[j] = (part){c->lift.weight[j], c->lift.mixture[j], g->donor[j]};
    qsort(list, (size_t)g->donors, sizeof *list, by_weight);
    for (int j = 0; j < g->donors && fabs(list[j].weight) > NOTHING; j++) {
        ku_build_text(g->weights, 0, c->name);
        ku_build_text(g->weights, 1, g->panel.name[list[j].donor]);
        ku_build_double(g->weights, 2, list[j].weight);
        ku_build_double(g->weights, 3, list[j].mixture);
        ku_build_row(g->weights);
    }
}

/* ---- how good the match is ------------------------------------------------------------------- */

static void put_measure(geolift *g, const cell *c, const char *measure, double value,
                        const char *unit, const char *reading)
{
    ku_build_text(g->quality, 0, c->name);
    ku_build_text(g->quality, 1, measure);
    ku_build_double(g->quality, 2, isfinite(value) ? value : NAN);
    ku_build_text(g->quality, 3, unit);
    ku_build_text(g->quality, 4, reading);
    ku_build_row(g->quality);
}

static void put_placebos(geolift *g, const cell *c)
{
    const ku_lift_placebo *p = &c->lift.placebo;
    put_measure(g, c, "Windows before, tried", p->windows, "count",
                "Windows as long as the campaign before it, when nothing was done.");
    if (p->windows > 0) {
        put_measure(g, c, "Of these, with an effect found", (double)p->found / p->windows, "share",
                    "Should be near the chance the interval leaves.");
        put_measure(g, c, "Usual size of their effects", p->window_error, "share",
                    "A lift of this size cannot be told from none.");
    }
    if (p->regions > 0)
        put_measure(g, c, "Other regions with as large a break", (double)p->as_large / p->regions,
                    "share", "Regions without campaign whose error grew as much in its dates.");
}

static void put_quality(geolift *g, const cell *c)
{
    const ku_lift *l = &c->lift;
    put_measure(g, c, "Dates before", c->first, "periods", "What the match was learnt from.");
    put_measure(g, c, "Usual error before", l->error_before / fabs(l->level_before), "share",
                "How far a date was missed before the campaign, of the usual outcome.");
    put_measure(g, c, "Movement explained", l->share_explained, "share",
                "What of the ups and downs before the match followed.");
    put_measure(g, c, "Left of an equal mixture's error", l->imbalance / l->uniform, "share",
                "Near 0: much better than all regions alike; near 1: no better (scaled L2).");
    put_measure(g, c, "L2 imbalance", l->imbalance, "",
                "Root of the sum of squared errors before.");
    put_measure(g, c, "Likeness of neighbouring errors", l->alike, "",
                "Above about 0.2 days miss alike, and tests that shuffle days are too sure.");
    put_measure(g, c, "Chance of nothing on any date, by blocks", l->p_any, "share",
                "As the chance for single days, neighbouring days allowed to be alike.");
    if (!isinf(l->lambda))
        put_measure(g, c, "Ridge penalty", l->lambda, "", "Chosen by dates left out one by one.");
    put_placebos(g, c);
}

/* ---- for the ledger -------------------------------------------------------------------------- */

/* The normal quantile that goes with the interval's confidence. */
static double reach_of(double confidence)
{
    return ku_normal_quantile(0.5 + confidence / 2);
}

static void put_experiment(geolift *g, const cell *c)
{
    ku_frame_builder *to = g->experiment;
    double many = (double)(c->last - c->first + 1) * c->regions;
    double error = many * (c->limits.hi - c->limits.lo) / 2 / reach_of(g->confidence);
    double effect = many * c->lift.effect, z = ku_normal_quantile(0.975);
    bool own = g->confidence > 0.949;
    if (c->channel == NULL || !(c->spend > 0)) return;
    ku_build_text(to, 0, c->name);
    ku_build_text(to, 1, c->channel);
    ku_build_text(to, 2, places(g, c, "; "));
    ku_build_date(to, 3, g->panel.date[c->first]);
    ku_build_date(to, 4, c->ends);
    ku_build_date(to, 5, g->panel.date[c->last]);
    ku_build_double(to, 6, c->spend);
    put_range(to, 7, effect, own ? many * c->limits.lo : effect - z * error,
              own ? many * c->limits.hi : effect + z * error);
    ku_build_double(to, 10, isfinite(error) ? error : NAN);
    ku_build_text(to, 11, ku_param_text_value(g->params, "outcome"));
    ku_build_text(to, 12, "regions compared");
    ku_build_row(to);
}

void geolift_put(geolift *g, const cell *c)
{
    put_effect(g, c);
    put_course(g, c);
    put_weights(g, c);
    put_quality(g, c);
    put_experiment(g, c);
}
