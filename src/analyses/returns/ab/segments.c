/* segments.c - whether parts of the units answered differently.
 *
 * Cut a test often enough and some part shows a large effect by chance. So it is asked first
 * whether the parts differ at all more than chance makes them (Cochran's Q, corrected for the
 * number of divisions), and each part's effect is drawn towards that of all: wholly where they
 * do not differ, little where they do (DerSimonian & Laird 1986, eq. 7 to 9). */
#include <math.h>
#include <string.h>

#include "analyses/returns/ab/result.h"
#include "num/cumulative.h"

typedef struct part {
    ku_ab_effect effect;
    double units;
    bool counts;
} part;

/* The parts of a division for one variant. */
typedef struct division {
    part part[AB_SEGMENTS];
    double mean;   /* weighted */
    double spread; /* variance of true effects between parts */
    double p;      /* of no difference; NAN: fewer than two parts count */
} division;

static void add_units(const ab_data *d, const ab_split *split, int segment, ku_ab_arm *arm)
{
    const ab_metric *metric = &d->metric[0];
    double record[KU_AB_SIZE];
    memset(arm, 0, (size_t)d->variants * sizeof *arm);
    for (int64_t u = 0; u < d->units; u++) {
        if (d->of[u] < 0 || split->of[u] != segment) continue;
        ab_record(d, metric, u, record);
        ku_ab_add(&metric->record, &arm[d->of[u]], record, 1);
    }
}

static void compare_parts(division *v, int parts)
{
    double w = 0, wd = 0, ww = 0, q = 0;
    int count = 0;
    for (int k = 0; k < parts; k++) {
        part *p = &v->part[k];
        p->counts = isfinite(p->effect.effect) && p->effect.error > 0;
        if (!p->counts) continue;
        double weight = 1 / (p->effect.error * p->effect.error);
        w += weight;
        ww += weight * weight;
        wd += weight * p->effect.effect;
        count++;
    }
    v->mean = count > 0 ? wd / w : NAN;
    v->spread = 0;
    v->p = NAN;
    if (count < 2) return;
    for (int k = 0; k < parts; k++)
        if (v->part[k].counts)
            q += pow((v->part[k].effect.effect - v->mean) / v->part[k].effect.error, 2);
    v->p = ku_gamma_above(q / 2, (count - 1) / 2.0);
    v->spread = fmax(0, (q - (count - 1)) / (w - ww / w));
}

static void estimate_split(const ab_result *r, const ab_split *split, ku_arena *arena, division *of)
{
    const ab_data *d = r->data;
    ku_ab_arm *arm = KU_ARRAY(arena, (size_t)d->variants, ku_ab_arm);
    ab_found *found = KU_NEW(arena, ab_found);
    for (int k = 0; k < split->segments; k++) {
        add_units(d, split, k, arm);
        ab_estimate(d, &d->metric[0].record, arm, &r->plan, found);
        for (int g = 0; g < d->variants; g++)
            of[g].part[k] = (part){.effect = found->effect[g],
                                   .units = arm[g].units + arm[d->control].units};
    }
    for (int g = 0; g < d->variants; g++)
        if (g != d->control) compare_parts(&of[g], split->segments);
}

static double pooled(const division *v, const part *p)
{
    if (!p->counts) return NAN;
    double own = p->effect.error * p->effect.error;
    double weight = v->spread / (v->spread + own);
    return weight * p->effect.effect + (1 - weight) * v->mean;
}

static void put_split(const ab_data *d, const ab_split *split, const division *of, int g,
                      double differs, ku_frame_builder *to)
{
    for (int k = 0; k < split->segments; k++) {
        const part *p = &of->part[k];
        ku_build_text(to, 0, split->name);
        ku_build_text(to, 1, split->segment[k]);
        ku_build_text(to, 2, d->variant[g]);
        ku_build_int(to, 3, (int64_t)p->units);
        ku_build_double(to, 4, p->effect.effect);
        ku_build_double(to, 5, p->effect.lo);
        ku_build_double(to, 6, p->effect.hi);
        ku_build_double(to, 7, pooled(of, p));
        ku_build_double(to, 8, differs);
        ku_build_row(to);
    }
}

static void say(const ab_result *r, const double *differs, ku_run_context *context)
{
    const ab_data *d = r->data;
    int found = 0;
    for (int i = 0; i < d->splits * d->variants; i++) {
        if (!(differs[i] < 0.05)) continue;
        found++;
        ku_run_remark(context, KU_NOTE, "segments",
                      "\"%.60s\" works differently by %.60s: see the segments.",
                      d->variant[i % d->variants], d->split[i / d->variants].name);
    }
    if (found == 0 && d->splits > 0)
        ku_run_remark(context, KU_NOTE, "segments",
                      "In no division do segments differ more than chance makes them; take the "
                      "effect of all for each.");
}

void ab_put_segments(const ab_result *r, ku_run_context *context, ku_frame_builder *to)
{
    const ab_data *d = r->data;
    ku_arena *arena = ku_run_arena(context);
    int count = d->splits * d->variants;
    division *all = KU_ARRAY(arena, (size_t)count + 1, division);
    double *p = KU_ARRAY(arena, (size_t)count + 1, double);
    double *differs = KU_ARRAY(arena, (size_t)count + 1, double);
    int *order = KU_ARRAY(arena, (size_t)count + 1, int);
    for (int s = 0; s < d->splits; s++) {
        estimate_split(r, &d->split[s], arena, all + s * d->variants);
        ku_run_progress(context, 0.5 + 0.5 * s / d->splits, "Comparing segments");
    }
    for (int i = 0; i < count; i++) p[i] = i % d->variants == d->control ? NAN : all[i].p;
    ku_ab_holm(p, count, differs, order);
    for (int i = 0; i < count; i++)
        if (i % d->variants != d->control)
            put_split(d, &d->split[i / d->variants], &all[i], i % d->variants, differs[i], to);
    say(r, differs, context);
}
