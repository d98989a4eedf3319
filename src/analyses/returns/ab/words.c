/* words.c - the result of a test in words, and what limits its use. */
#include <math.h>

#include "analyses/returns/ab/result.h"
#include "base/format.h"

/* A ratio of samples that comes about by chance this seldom is a fault of assignment. */
static const double ratio_alarm = 0.001;

bool ab_ratio_wrong(const ab_result *r)
{
    return r->ratio_p < ratio_alarm || r->ratio_always < ratio_alarm;
}

static const char *number(double value, const char *unit, ku_arena *arena)
{
    char text[KU_NUMBER_TEXT];
    return ku_arena_strdup(arena, ku_format_number(text, value, unit, NULL));
}

static const char *range(double lo, double hi, const char *unit, ku_arena *arena)
{
    return ku_arena_printf(arena, "%s to %s", number(lo, unit, arena), number(hi, unit, arena));
}

/* ---- checks ------------------------------------------------------------------------------------------ */

static void check_ratio(const ab_result *r, ku_run_context *context)
{
    const ab_data *d = r->data;
    double all = 0, off = 0;
    int worst = 0;
    for (int g = 0; g < d->variants; g++) all += d->arm[g].units;
    for (int g = 0; g < d->variants; g++)
        if (fabs(d->arm[g].units / all - d->share[g]) > off) {
            off = fabs(d->arm[g].units / all - d->share[g]);
            worst = g;
        }
    if (!ab_ratio_wrong(r)) return;
    ku_arena *arena = ku_run_arena(context);
    ku_run_remark(context, KU_FAIL, "division",
                  "Units were not divided as planned: \"%.60s\" has %s of them in place of %s, "
                  "which chance does less than once in %s. Something loses or adds units of one "
                  "variant; find it before using anything here.",
                  d->variant[worst], number(d->arm[worst].units / all, "share", arena),
                  number(d->share[worst], "share", arena),
                  number(floor(1 / fmax(fmin(r->ratio_p, r->ratio_always), 1e-9)), "count", arena));
}

/* Columns from before in which the variants differ as they should not. */
static void check_before(const ab_result *r, ku_run_context *context)
{
    const ab_data *d = r->data;
    int tests = 0;
    bool seen[4096] = {false};
    for (int m = 0; m < d->metrics; m++) tests += d->metric[m].record.before * (d->variants - 1);
    for (int m = 0; m < d->metrics; m++)
        for (int k = 0; k < d->metric[m].record.before; k++) {
            int column = d->metric[m].before[k];
            for (int g = 0; g < d->variants && column < 4096 && !seen[column]; g++) {
                const ku_ab_arm *arm = ab_arms(d, m);
                if (g == d->control || !(ku_ab_uneven(&d->metric[m].record, &arm[d->control],
                                                      &arm[g], k) < 0.005 / tests))
                    continue;
                seen[column] = true;
                ku_run_remark(context, KU_WARN, "before",
                              "\"%.60s\" and \"%.60s\" differ in %.60s, which should have been "
                              "known before the test: either assignment is not by chance, or the "
                              "test changed it.",
                              d->variant[d->control], d->variant[g], d->column[column]);
            }
        }
}

static void check_sizes(const ab_result *r, ku_run_context *context)
{
    const ab_data *d = r->data;
    for (int g = 0; g < d->variants; g++)
        if (d->arm[g].units < 30)
            ku_run_remark(context, KU_WARN, "few",
                          "\"%.60s\" has only %.0f units; its figures are mostly chance.",
                          d->variant[g], d->arm[g].units);
    for (int m = 0; m < d->metrics; m++) {
        const ab_found *f = &r->found[m];
        double hits = 0, least = INFINITY;
        bool moves = false;
        for (int g = 0; g < d->variants; g++) {
            hits += f->value[g].hits;
            least = fmin(least, f->value[g].hits);
            moves |= f->value[g].plain_error > 0 || f->value[g].plain != f->value[0].plain;
        }
        if (hits == 0)
            ku_run_remark(context, KU_WARN, "none",
                          "%.60s is 0 for every unit of every variant; at this size nothing can "
                          "be said but that it is rare.",
                          d->metric[m].name);
        else if (!moves)
            ku_run_remark(context, KU_WARN, "none", "%.60s is the same for every unit.",
                          d->metric[m].name);
        else if (least < 10)
            ku_run_remark(context, KU_WARN, "few",
                          "%.60s happened fewer than ten times in a variant: its test is exact, "
                          "its figures are rough.",
                          d->metric[m].name);
    }
}

void ab_check(const ab_result *r, ku_run_context *context)
{
    check_ratio(r, context);
    check_before(r, context);
    check_sizes(r, context);
}

/* ---- in words ------------------------------------------------------------------------------------------ */

/* Whether the first metric's effect may be chance. */
static const char *say_sure(const ab_result *r, int g, ku_arena *arena)
{
    const ab_found *f = &r->found[0];
    const ku_ab_effect *e = &f->effect[g];
    int comparisons = r->data->metrics * (r->data->variants - 1);
    if (f->holm[g] < 0.05)
        return e->always_lo > 0 || e->always_hi < 0
                   ? "hardly chance, also to one who looked every day"
                   : "hardly chance, if the end of the test was fixed before; to one who looked "
                     "every day it may be";
    if (e->p < 0.05)
        return ku_arena_printf(arena,
                               "alone this would hardly be chance, but among %d comparisons it "
                               "may be",
                               comparisons);
    return "it may be chance";
}

static const char *say_effect(const ab_result *r, int g, ku_arena *arena)
{
    const ab_data *d = r->data;
    const ab_found *f = &r->found[0];
    const ku_ab_effect *e = &f->effect[g];
    const char *unit = d->metric[0].record.kind == KU_AB_SHARE ? "share" : "";
    const char *values = ku_arena_printf(
        arena, "%.60s is %s with \"%.60s\" and %s with \"%.60s\"", d->metric[0].name,
        number(f->value[g].mean, unit, arena), d->variant[g],
        number(f->value[d->control].mean, unit, arena), d->variant[d->control]);
    const char *relative =
        isnan(e->relative)
            ? ku_arena_printf(arena, "difference %s, 95 %% interval %s",
                              number(e->effect, unit, arena), range(e->lo, e->hi, unit, arena))
            : ku_arena_printf(arena, "%s, 95 %% interval %s", number(e->relative, "change", arena),
                              range(e->relative_lo, e->relative_hi, "change", arena));
    return ku_arena_printf(arena, "%s (%s): %s.", values, relative, say_sure(r, g, arena));
}

static const char *say_money(const ab_result *r, int g, ku_arena *arena)
{
    const ab_data *d = r->data;
    const ku_ab_effect *e = &r->found[d->money].effect[g];
    double all = r->worth * r->audience;
    if (isnan(r->chance[g].best)) return "";
    return ku_arena_printf(
        arena,
        " Given to %s units it would be worth %s more (%s); it is better with a chance of %s, and "
        "taking it risks %s on average.",
        number(r->audience, "count", arena), number(all * e->effect, "money", arena),
        range(all * e->lo, all * e->hi, "money", arena),
        number(r->chance[g].better, "share", arena),
        number(all * r->chance[g].loss, "money", arena));
}

static const char *say_size(const ab_result *r, int g, ku_arena *arena)
{
    const ab_found *f = &r->found[0];
    double units = f->value[g].units + f->value[r->data->control].units;
    double needed = ab_needed(r, 0, g);
    if (f->holm[g] < 0.05 || !(needed > units)) return "";
    return ku_arena_printf(arena,
                           " To find a change of %s it takes about %s units of the two; there are "
                           "%s.",
                           number(r->aim, "share", arena), number(needed, "count", arena),
                           number(units, "count", arena));
}

const char *ab_words(const ab_result *r, ku_arena *arena)
{
    const ab_data *d = r->data;
    const char *text = ab_ratio_wrong(r)
                           ? "Not to be trusted: units were not divided as planned. As it stands: "
                           : "";
    for (int g = 0, shown = 0; g < d->variants && shown < 3; g++) {
        if (g == d->control) continue;
        text = ku_arena_printf(arena, "%s%s%s", text, shown++ > 0 ? " " : "",
                               say_effect(r, g, arena));
    }
    if (r->best != d->control)
        return ku_arena_printf(arena, "%s The best is most likely \"%.60s\".%s%s", text,
                               d->variant[r->best], say_money(r, r->best, arena),
                               say_size(r, r->best, arena));
    int other = d->control == 0 ? 1 : 0;
    return ku_arena_printf(arena, "%s The best is most likely \"%.60s\", as it is.%s", text,
                           d->variant[d->control], say_size(r, other, arena));
}
