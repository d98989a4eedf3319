/* remarks.c - what follows from a campaign's figures, and what limits them. */
#include <math.h>
#include <string.h>

#include "analyses/returns/geolift/geolift_internal.h"
#include "base/format.h"

enum { FEW_BEFORE = 20 };
#define POOR_SCALED    0.6 /* of an equal mixture's error */
#define POOR_EXPLAINED 0.5
#define RESTS_ON_ONE   0.8

static const char *change(const geolift *g, double value)
{
    char text[KU_NUMBER_TEXT];
    return ku_arena_strdup(g->arena, ku_format_number(text, value, "change", NULL));
}

static const char *share(const geolift *g, double value)
{
    char text[KU_NUMBER_TEXT];
    return ku_arena_strdup(g->arena, ku_format_number(text, value, "share", NULL));
}

static const char *amount(const geolift *g, double value)
{
    char text[KU_NUMBER_TEXT];
    return ku_arena_strdup(g->arena,
                           ku_format_number(text, value, fabs(value) >= 100 ? "count" : "", NULL));
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static const char *single_days(const geolift *g, const ku_lift *l)
{
    if (l->p_days > 1 - g->confidence || l->p_average <= 1 - g->confidence) return "";
    return ku_arena_printf(
        g->arena,
        " Single days stand out more than chance allows (%s), which need not be a "
        "lasting effect.",
        share(g, l->p_days));
}

const char *geolift_verdict(const geolift *g, const cell *c)
{
    const ku_lift *l = &c->lift;
    double many = (double)(c->last - c->first + 1) * c->regions;
    double base = l->expected_level > 0 ? l->expected_level : NAN;
    double lo = c->limits.lo, hi = c->limits.hi;
    if (!isfinite(lo) || !isfinite(hi)) return "The data are too few to say.";
    if (lo > 0 || hi < 0)
        return ku_arena_printf(
            g->arena,
            "The campaign %s about %s (between %s and %s): %s against what would have been.",
            lo > 0 ? "won" : "lost", amount(g, fabs(many * l->effect)),
            amount(g, fmin(fabs(many * lo), fabs(many * hi))),
            amount(g, fmax(fabs(many * lo), fabs(many * hi))), change(g, l->effect / base));
    return ku_arena_printf(g->arena,
                           "No sure effect: %s is the best guess, and anything between %s and %s "
                           "fits the data.%s",
                           change(g, l->effect / base), change(g, lo / base), change(g, hi / base),
                           single_days(g, l));
}

/* ---- what limits it -------------------------------------------------------------------------- */

static void remark_match(const geolift *g, const cell *c)
{
    const ku_lift *l = &c->lift;
    double scaled = l->imbalance / l->uniform;
    if (scaled > POOR_SCALED || l->share_explained < POOR_EXPLAINED)
        ku_run_remark(g->context, KU_WARN, "match",
                      "%s: no mixture of the other %d regions moves like its regions did. It "
                      "follows %s of their ups and downs and misses a date by %s; the interval is "
                      "as wide as that makes it. Regions treated that look more like others would "
                      "tell more.",
                      c->name, g->donors, share(g, fmax(0, l->share_explained)),
                      share(g, l->error_before / fabs(l->level_before)));
    for (int j = 0; j < g->donors; j++)
        if (l->weight[j] > RESTS_ON_ONE && g->donors > 1)
            ku_run_remark(g->context, KU_WARN, "match",
                          "%s: %s of the comparison is %s alone; what happened there moves the "
                          "answer.",
                          c->name, share(g, l->weight[j]), g->panel.name[g->donor[j]]);
    if (g->donors == 1)
        ku_run_remark(g->context, KU_WARN, "match",
                      "%s: there is one region to compare with, %s; whatever happened there counts "
                      "as an effect.",
                      c->name, g->panel.name[g->donor[0]]);
}

static void remark_length(const geolift *g, const cell *c)
{
    int window = c->last - c->first + 1, count = c->last + 1;
    if (c->first < FEW_BEFORE || c->first < 2 * window)
        ku_run_remark(
            g->context, KU_WARN, "before",
            "%s: %d dates before for %d of the campaign are few; at least %d, better four "
            "times the campaign, make the comparison sound.",
            c->name, c->first, window, 2 * window > FEW_BEFORE ? 2 * window : FEW_BEFORE);
    if (!isfinite(c->lift.interval.lo) || !isfinite(c->lift.interval.hi))
        ku_run_remark(
            g->context, KU_WARN, "interval",
            "%s: with %d dates in all, chances below 1 in %d cannot be told, so the "
            "interval comes from leaving dates out one by one (jackknife+). A lower level "
            "or more dates before help.",
            c->name, count, count);
}

static void remark_placebos(const geolift *g, const cell *c)
{
    const ku_lift_placebo *p = &c->lift.placebo;
    double expected = (1 - g->confidence) * p->windows;
    if (p->windows >= 8 && p->found > expected + 2 * sqrt(expected) + 1)
        ku_run_remark(
            g->context, KU_WARN, "placebo",
            "%s: in %d of %d windows before the campaign an effect is found where nothing "
            "was done, more than the %s that chance would give. Take the interval as too "
            "narrow.",
            c->name, p->found, p->windows, share(g, 1 - g->confidence));
    if (p->windows > 0 && c->lift.expected_level > 0 &&
        fabs(c->lift.effect / c->lift.expected_level) < p->window_error)
        ku_run_remark(g->context, KU_NOTE, "placebo",
                      "%s: where nothing was done the same comparison shows effects of %s; this "
                      "campaign's is smaller.",
                      c->name, share(g, p->window_error));
}

void geolift_remark(geolift *g, const cell *c)
{
    remark_match(g, c);
    remark_length(g, c);
    remark_placebos(g, c);
    if (c->lift.alike > 0.3)
        ku_run_remark(g->context, KU_NOTE, "days",
                      "%s: neighbouring dates miss alike (likeness %.2f), so the chance for single "
                      "days, which takes them as independent, is too small.",
                      c->name, c->lift.alike);
    if (c->lift.expected_level <= 0)
        ku_run_remark(g->context, KU_WARN, "lift",
                      "%s: without the campaign the outcome would have been %s a date; a lift in "
                      "per cent has no meaning.",
                      c->name, amount(g, c->lift.expected_level));
    if (isnan(c->spend))
        ku_run_remark(g->context, KU_NOTE, "spend",
                      "%s: without what it cost there is no return and no row for the ledger of "
                      "experiments.",
                      c->name);
    else if (c->channel == NULL)
        ku_run_remark(g->context, KU_NOTE, "channel",
                      "%s: without its channel there is no row for the ledger of experiments.",
                      c->name);
}
