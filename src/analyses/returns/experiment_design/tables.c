/* tables.c - designs, their power, their regions. */
#include <math.h>

#include "analyses/returns/experiment_design/design_internal.h"
#include "base/text.h"
#include "num/share.h"

const char *planning_names(const planning *p, const ku_region_set *set)
{
    ku_text text = {0};
    for (int i = 0; i < set->count; i++)
        ku_text_addf(&text, "%s%s", i > 0 ? ", " : "", p->panel.name[set->region[i]]);
    const char *names = ku_arena_strdup(p->arena, ku_text_string(&text));
    ku_text_clear(&text);
    return names;
}

static void put_design(planning *p, size_t rank)
{
    const choice *c = &p->choice[rank];
    const ku_design *d = c->design;
    ku_frame_builder *to = p->table;
    ku_build_int(to, 0, (int64_t)rank + 1);
    ku_build_text(to, 1, planning_names(p, &d->set));
    ku_build_int(to, 2, d->set.count);
    ku_build_int(to, 3, d->duration);
    if (c->smallest >= 0) {
        ku_build_double(to, 4, p->question.effect[c->smallest]);
        ku_build_double(to, 5, d->found[c->smallest]);
    }
    ku_build_double(to, 6, d->found[p->hoped]);
    if (c->again != NULL) ku_build_double(to, 7, c->again->found[p->hoped]);
    ku_build_double(to, 8, d->found[0]);
    ku_build_double(to, 9, d->error);
    ku_build_double(to, 10, d->imbalance);
    ku_build_double(to, 11, d->share);
    ku_build_double(to, 12, d->alike);
    ku_build_double(to, 13, c->needed);
    ku_build_double(to, 14, c->cost);
    ku_build_int(to, 15, d->windows);
    ku_build_row(to);
}

/* From the windows that did not help to choose the design, where there are any. */
static void put_power(planning *p, size_t rank)
{
    const choice *c = &p->choice[rank];
    const ku_design *d = c->again != NULL ? c->again : c->design;
    const char *name = ku_arena_printf(p->arena, "%s (%d)", planning_names(p, &d->set),
                                       d->duration);
    for (int e = 0; e < p->question.effects; e++) {
        ku_interval limits = ku_wilson(d->found[e] * d->windows, d->windows, 0.95);
        ku_build_int(p->power, 0, (int64_t)rank + 1);
        ku_build_text(p->power, 1, name);
        ku_build_double(p->power, 2, p->question.effect[e]);
        ku_build_double(p->power, 3, d->found[e]);
        ku_build_double(p->power, 4, limits.lo);
        ku_build_double(p->power, 5, limits.hi);
        ku_build_double(p->power, 6, d->lift[e]);
        ku_build_double(p->power, 7, p->cost * d->outcome * fabs(p->question.effect[e]));
        ku_build_row(p->power);
    }
}

/* ---- regions -------------------------------------------------------------------------------- */

static double total_of(const planning *p, int region)
{
    double sum = 0;
    for (int t = 0; t < p->panel.periods; t++)
        sum += p->panel.value[(size_t)region * (size_t)p->panel.periods + (size_t)t];
    return sum;
}

static void put_region(planning *p, size_t rank, int region, const char *role, double weight,
                       double all)
{
    ku_build_int(p->regions, 0, (int64_t)rank + 1);
    ku_build_text(p->regions, 1, p->panel.name[region]);
    ku_build_text(p->regions, 2, role);
    ku_build_double(p->regions, 3, weight);
    ku_build_double(p->regions, 4, total_of(p, region) / all);
    ku_build_row(p->regions);
}

/* The match on all data: how the others would stand for the treated. */
static void put_regions(planning *p, size_t rank)
{
    const ku_design *d = p->choice[rank].design;
    const ku_region_panel *v = &p->panel;
    size_t periods = (size_t)v->periods;
    double *target = KU_ARRAY(p->arena, periods, double), all = 0;
    double *donor = KU_ARRAY(p->arena, periods * (size_t)v->regions, double);
    int *number = KU_ARRAY(p->arena, (size_t)v->regions, int), donors = 0;
    int *period = KU_ARRAY(p->arena, periods, int);
    for (size_t t = 0; t < periods; t++) period[t] = (int)t;
    for (int i = 0, k = 0; i < v->regions; i++) {
        const double *series = v->value + (size_t)i * periods;
        all += total_of(p, i);
        bool treated = k < d->set.count && d->set.region[k] == i;
        k += treated;
        if (!treated && !p->apart[i]) number[donors++] = i;
        for (size_t t = 0; t < periods; t++)
            if (treated)
                target[t] += series[t] / d->set.count;
            else if (!p->apart[i])
                donor[(size_t)(donors - 1) * periods + t] = series[t];
    }
    ku_synth_case series = {donors, v->periods, target, donor};
    ku_synth *s = ku_synth_new(p->arena, &series);
    ku_synth_fit(s, period, v->periods, KU_NO_RIDGE);
    for (int k = 0; k < d->set.count; k++)
        put_region(p, rank, d->set.region[k], "campaign", 1.0 / d->set.count, all);
    for (int j = 0; j < donors; j++)
        if (s->weight[j] > 5e-5) put_region(p, rank, number[j], "comparison", s->weight[j], all);
}

/* ---- in short -------------------------------------------------------------------------------- */

static void put_figure(planning *p, const char *measure, double value, const char *unit,
                       const char *reading)
{
    ku_build_text(p->best, 0, measure);
    ku_build_double(p->best, 1, value);
    ku_build_text(p->best, 2, unit);
    ku_build_text(p->best, 3, reading);
    ku_build_row(p->best);
}

static void put_best(planning *p)
{
    const choice *c = &p->choice[0];
    const ku_design *d = c->design;
    double effect = c->smallest < 0 ? NAN : p->question.effect[c->smallest];
    put_figure(p, "Length", d->duration, "periods",
               ku_arena_printf(p->arena, "Campaign in %s.", planning_names(p, &d->set)));
    put_figure(p, "Smallest lift found", effect, "change",
               c->smallest < 0 ? "None of the lifts tried is found surely enough."
                               : "A lift of this size is found with the power asked for.");
    put_figure(p, "Power at the lift hoped for",
               c->again != NULL ? c->again->found[p->hoped] : d->found[p->hoped], "share",
               "How often that lift was found in past windows that did not help to choose it.");
    put_figure(p, "Held out", 1 - d->share, "share", "Part of the outcome without the campaign.");
    put_figure(p, "Cost", c->cost, "money",
               isnan(p->cost) ? "Not known without the cost of one more."
                              : "What the smallest lift found takes.");
}

void planning_put(planning *p)
{
    size_t named = (size_t)ku_param_int(p->params, "named");
    p->best = ku_run_output(p->context, "best");
    p->table = ku_run_output(p->context, "designs");
    p->power = ku_run_output(p->context, "power");
    p->regions = ku_run_output(p->context, "regions");
    put_best(p);
    for (size_t rank = 0; rank < p->choices; rank++) {
        put_design(p, rank);
        if (rank >= named) continue;
        put_power(p, rank);
        put_regions(p, rank);
    }
}
