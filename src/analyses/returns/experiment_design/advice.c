/* advice.c - what the designs say: which to run, or why none will do and what would. */
#include <math.h>

#include "analyses/returns/experiment_design/design_internal.h"
#include "base/format.h"

static const char *shown(const planning *p, double value, const char *unit)
{
    char text[KU_NUMBER_TEXT];
    return ku_arena_strdup(p->arena, ku_format_number(text, value, unit, NULL));
}

static double size_of(const planning *p, const choice *c)
{
    return c->smallest < 0 ? INFINITY : fabs(p->question.effect[c->smallest]);
}

/* The affordable design that finds the smallest lift, of one length or of any (0). */
static const choice *sharpest(const planning *p, int duration)
{
    const choice *best = NULL;
    for (size_t i = 0; i < p->choices; i++) {
        const choice *c = &p->choice[i];
        if (!c->affordable || (duration > 0 && c->design->duration != duration)) continue;
        if (best == NULL || size_of(p, c) < size_of(p, best)) best = c;
    }
    return best;
}

static void say_best(const planning *p)
{
    const choice *c = &p->choice[0];
    const ku_design *d = c->design;
    const char *cost = isnan(c->cost) ? ""
                                      : ku_arena_printf(p->arena, ", at a cost of about %s",
                                                        shown(p, c->cost, "money"));
    ku_run_remark(p->context, KU_NOTE, "design",
                  "The campaign in %s for %d dates would show a lift of %s%s; %s of the outcome is "
                  "held out.",
                  planning_names(p, &d->set), d->duration,
                  shown(p, p->question.effect[c->smallest], "change"), cost,
                  shown(p, 1 - d->share, "share"));
}

/* What each length does: its best design. */
static void say_lengths(const planning *p)
{
    for (int i = 0; i < p->durations; i++) {
        const choice *c = NULL;
        for (size_t k = 0; k < p->choices && c == NULL; k++)
            if (p->choice[k].design->duration == p->duration[i]) c = &p->choice[k];
        if (c == NULL) continue;
        if (c->smallest >= 0)
            ku_run_remark(p->context, KU_NOTE, "length",
                          "%d dates: the best design (%s) finds %s; where nothing was done it errs "
                          "by %s.",
                          p->duration[i], planning_names(p, &c->design->set),
                          shown(p, p->question.effect[c->smallest], "change"),
                          shown(p, c->design->error, "share"));
        else
            ku_run_remark(p->context, KU_NOTE, "length",
                          "%d dates: no lift up to %s is found surely enough.", p->duration[i],
                          shown(p, fabs(p->question.effect[p->question.effects - 1]), "share"));
    }
}

/* Chance errors of an average fall with the root of its length at best. */
static void say_none(const planning *p)
{
    const choice *c = sharpest(p, 0);
    double hoped = fabs(p->question.effect[p->hoped]), power = ku_param_real(p->params, "power");
    if (c == NULL || c->smallest < 0) {
        ku_run_remark(p->context, KU_WARN, "power",
                      "No design finds any lift up to %s with a power of %s. The regions move too "
                      "differently, or the data are too short; weeks in place of days, more past "
                      "data, or more regions in the campaign may help.",
                      shown(p, fabs(p->question.effect[p->question.effects - 1]), "share"),
                      shown(p, power, "share"));
        return;
    }
    double best = size_of(p, c), longer = c->design->duration * (best / hoped) * (best / hoped);
    ku_run_remark(
        p->context, KU_WARN, "power",
        "No design finds a lift of %s with a power of %s; the sharpest, %s for %d dates, "
        "finds %s. What would do: a campaign strong enough for a lift of %s, or a test of "
        "about %.0f dates, if chance goes on to fall with length; with %d dates of the "
        "past %s.",
        shown(p, hoped, "share"), shown(p, power, "share"), planning_names(p, &c->design->set),
        c->design->duration, shown(p, best, "share"), shown(p, best, "share"), longer,
        p->panel.periods,
        longer * 3 <= p->panel.periods ? "that can be tried here"
                                       : "that is more than can be tried here");
}

static void say_money(const planning *p)
{
    size_t dear = 0;
    double cheapest = INFINITY;
    for (size_t i = 0; i < p->choices; i++) {
        if (p->choice[i].affordable) continue;
        dear++;
        cheapest = fmin(cheapest, p->choice[i].cost);
    }
    if (!isnan(p->budget) && isnan(p->cost))
        ku_run_remark(p->context, KU_WARN, "budget",
                      "Without the cost of one more unit of the outcome nobody knows what a design "
                      "costs; the budget was not used.");
    if (dear == p->choices)
        ku_run_remark(p->context, KU_WARN, "budget",
                      "No design fits the budget of %s; the cheapest that finds its lift takes %s. "
                      "They are shown all the same.",
                      shown(p, p->budget, "money"), shown(p, cheapest, "money"));
    else if (dear > 0)
        ku_run_remark(p->context, KU_NOTE, "budget",
                      "%zu of %zu designs cost more than the budget of %s; they come last.", dear,
                      p->choices, shown(p, p->budget, "money"));
}

static void say_limits(const planning *p)
{
    const ku_design *d = p->choice[0].design;
    double chance = 1 - p->question.confidence;
    if (p->too_large > 0)
        ku_run_remark(p->context, KU_NOTE, "reach",
                      "%zu designs would treat more than %s of the outcome; they are left out.",
                      p->too_large, shown(p, ku_param_real(p->params, "reach"), "share"));
    if (d->windows < p->question.windows)
        ku_run_remark(p->context, KU_NOTE, "windows",
                      "The data have room for %d past windows of %d dates; %d were asked for.",
                      d->windows, d->duration, p->question.windows);
    if (d->windows >= 5 && d->found[0] > chance + 2 * sqrt(chance * (1 - chance) / d->windows))
        ku_run_remark(p->context, KU_WARN, "windows",
                      "The best design finds an effect in %s of past windows in which nothing was "
                      "done; prefer one that does not.",
                      shown(p, d->found[0], "share"));
    const ku_design *again = p->choice[0].again;
    if (again != NULL && p->choice[0].smallest >= 0 &&
        again->found[p->choice[0].smallest] + 0.2 < d->found[p->choice[0].smallest])
        ku_run_remark(p->context, KU_WARN, "windows",
                      "In other past windows the best design finds its smallest lift in %s of them "
                      "only, against %s in those that chose it: reckon with a larger one.",
                      shown(p, again->found[p->choice[0].smallest], "share"),
                      shown(p, d->found[p->choice[0].smallest], "share"));
    if (d->imbalance > 0.6)
        ku_run_remark(p->context, KU_WARN, "match",
                      "The other regions hardly follow those of the best design: %s of an equal "
                      "mixture's error is left.",
                      shown(p, d->imbalance, "share"));
}

void planning_advise(planning *p)
{
    const choice *c = sharpest(p, 0);
    bool reached = c != NULL && size_of(p, c) <= fabs(p->question.effect[p->hoped]) + 1e-9;
    if (p->choice[0].smallest >= 0) say_best(p);
    if (!reached) say_none(p);
    if (p->durations > 1) say_lengths(p);
    say_money(p);
    say_limits(p);
}
