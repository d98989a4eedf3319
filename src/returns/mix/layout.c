/* layout.c - which numbers are unknown, where they stand and what they are called. First those
 * that have a meaning of their own, then the standard normals behind the regions' differences
 * and the steps of drifts. */
#include "returns/mix/mix_internal.h"

#include <string.h>

/* The unknowns while they are counted (to is NULL) or written down. */
typedef struct list {
    int n;
    ku_prior *prior;
    const char **name;
    bool *main;
    ku_arena *arena;
} list;

static int add(list *l, ku_prior prior, bool main, const char *what, const char *whose)
{
    if (l->prior != NULL) {
        l->prior[l->n] = prior;
        l->main[l->n] = main;
        l->name[l->n] = whose[0] != '\0' ? ku_arena_printf(l->arena, "%s %s", what, whose)
                                         : ku_arena_strdup(l->arena, what);
    }
    return l->n++;
}

static mix_slot slot(list *l, ku_prior prior, const char *what, const char *whose)
{
    mix_slot s = {-1, prior};
    if (prior.kind != KU_PRIOR_FIXED) s.at = add(l, prior, true, what, whose);
    return s;
}

static const char *region_name(const ku_mix_model *k, list *l, int region)
{
    if (k->data->region != NULL) return k->data->region[region];
    return l->prior != NULL ? ku_arena_printf(l->arena, "%d", region + 1) : "";
}

/* Standard normals, one a region. */
static int by_region(const ku_mix_model *k, list *l, const char *whose)
{
    int first = l->n;
    for (int g = 0; g < k->regions; g++) {
        const char *what = l->prior != NULL ? ku_arena_printf(l->arena, "%s in", whose) : "";
        add(l, ku_prior_normal(0, 1), false, what, region_name(k, l, g));
    }
    return first;
}

static int steps(const ku_mix_model *k, list *l, const mix_media *m, const char *whose)
{
    int first = l->n;
    for (int i = 0; i < m->steps; i++) {
        const char *what = l->prior != NULL ? ku_arena_printf(l->arena, "step %d of", i + 1) : "";
        add(l, ku_prior_normal(0, 1), false, what, whose);
    }
    return k->periods > 1 ? first : -1;
}

static const char *const effects[] = {
    [KU_MIX_ROI] = "roi",
    [KU_MIX_MARGINAL_ROI] = "marginal roi",
    [KU_MIX_CONTRIBUTION] = "contribution",
    [KU_MIX_COEFFICIENT] = "coefficient",
};

/* Whether the form of the response reads a number at all. */
static bool has_carry(const ku_response_form *f)
{
    return f->adstock != KU_ADSTOCK_NONE && f->lag > 0;
}
static bool has_delay(const ku_response_form *f)
{
    return has_carry(f) &&
           (f->adstock == KU_ADSTOCK_DELAYED || f->adstock == KU_ADSTOCK_WEIBULL_CDF ||
            f->adstock == KU_ADSTOCK_WEIBULL_PDF);
}
static bool has_half(const ku_response_form *f)
{
    return f->saturation == KU_SATURATION_HILL || f->saturation == KU_SATURATION_LOGISTIC ||
           f->saturation == KU_SATURATION_MICHAELIS_MENTEN;
}
static bool has_slope(const ku_response_form *f)
{
    return f->saturation == KU_SATURATION_HILL || f->saturation == KU_SATURATION_POWER;
}

static mix_slot slot_if(bool there, list *l, ku_prior prior, const char *what, const char *whose)
{
    return there ? slot(l, prior, what, whose) : (mix_slot){-1, ku_prior_fixed(1)};
}

static void media_main(const ku_mix_model *k, list *l, int channel)
{
    mix_media *m = &k->media[channel];
    const ku_mix_channel_spec *c = m->spec;
    const char *whose = k->data->channel[channel].name;
    bool spread = c->spread != KU_MIX_SAME && k->regions > 1;
    m->part[KU_MIX_PART_EFFECT] = slot(l, c->prior, effects[c->effect], whose);
    m->part[KU_MIX_PART_CARRY] = slot_if(has_carry(&m->form), l, c->carry, "carry", whose);
    m->part[KU_MIX_PART_DELAY] = slot_if(has_delay(&m->form), l, c->delay, "delay", whose);
    m->part[KU_MIX_PART_HALF] = slot_if(has_half(&m->form), l, c->half,
                                        c->half_is_rate ? "rate" : "half", whose);
    m->part[KU_MIX_PART_SLOPE] = slot_if(has_slope(&m->form), l, c->slope, "slope", whose);
    m->part[KU_MIX_PART_SPREAD] = slot_if(spread, l, c->spread_prior, "spread", whose);
    m->steps = c->drift_every > 0 ? (k->periods - 2) / c->drift_every + 1 : 0;
    m->part[KU_MIX_PART_DRIFT] = slot_if(m->steps > 0, l, c->drift, "drift", whose);
    m->part[KU_MIX_PART_FEED] = slot_if(c->feeds >= 0, l, c->feed, "feed", whose);
    m->fed_noise = slot_if(m->fed, l, ku_prior_half_normal(2), "exposure noise", whose);
}

static void media_rest(const ku_mix_model *k, list *l, int channel)
{
    mix_media *m = &k->media[channel];
    const char *whose = k->data->channel[channel].name;
    bool spread = m->spec->spread != KU_MIX_SAME && k->regions > 1;
    m->z = spread ? by_region(k, l, whose) : -1;
    m->drift = m->steps > 0 ? steps(k, l, m, whose) : -1;
}

static bool spreads(const ku_mix_model *k, const ku_prior *spread)
{
    return k->regions > 1 && !(spread->kind == KU_PRIOR_FIXED && spread->a == 0);
}

static void linear_main(const ku_mix_model *k, list *l, mix_linear *to, const char *effect,
                        ku_prior prior, ku_prior spread, const char *whose)
{
    to->effect.level = slot(l, prior, effect, whose);
    to->effect.spread = slot_if(spreads(k, &spread), l, spread, "spread", whose);
}

static void linears(const ku_mix_model *k, list *l, bool main)
{
    for (int n = 0; n < k->data->treatments; n++) {
        const ku_mix_treatment_spec *spec = &k->spec->treatment[n];
        const char *whose = k->data->treatment[n].name;
        mix_linear *to = &k->treatment[n];
        if (main)
            linear_main(k, l, to, effects[spec->effect], spec->prior, spec->spread, whose);
        else
            to->effect.z = spreads(k, &spec->spread) ? by_region(k, l, whose) : -1;
    }
    for (int n = 0; n < k->data->controls; n++) {
        const char *whose = k->data->control[n].name;
        mix_linear *to = &k->control[n];
        ku_prior spread = k->spec->control_spread;
        if (main)
            linear_main(k, l, to, effects[KU_MIX_COEFFICIENT], k->spec->control, spread, whose);
        else
            to->effect.z = spreads(k, &spread) ? by_region(k, l, whose) : -1;
    }
}

static const char *numbered(list *l, int number)
{
    return l->prior != NULL ? ku_arena_printf(l->arena, "%d", number) : "";
}

static void over_time(ku_mix_model *k, list *l)
{
    const ku_mix_spec *spec = k->spec;
    k->first_knot = l->n;
    for (int i = 0; i < k->knots; i++) add(l, spec->knot, true, "knot", numbered(l, i + 1));
    k->first_column = l->n;
    if (spec->trend) add(l, spec->slope, true, "trend", "");
    for (int i = 0; i < spec->fourier; i++) {
        add(l, spec->season, true, "season sine", numbered(l, i + 1));
        add(l, spec->season, true, "season cosine", numbered(l, i + 1));
    }
    for (int i = 0; i < k->data->events; i++)
        add(l, spec->event, true, "event", k->data->event[i].name);
    k->columns = l->n - k->first_column;
}

static void noise(ku_mix_model *k, list *l)
{
    bool count = k->spec->family == KU_MIX_COUNTS;
    k->dispersion = slot_if(count, l, k->spec->dispersion, "dispersion", "");
    k->sigmas = k->spec->sigma_by_region ? k->regions : 1;
    for (int g = 0; g < k->sigmas && !count; g++)
        k->sigma[g] = slot(l, k->spec->sigma, k->sigmas > 1 ? "sigma in" : "sigma",
                           k->sigmas > 1 ? region_name(k, l, g) : "");
}

static void levels(ku_mix_model *k, list *l)
{
    bool there = k->regions > 1;
    k->first_region = there ? l->n : -1;
    for (int g = 0; g < k->regions && there; g++)
        if (g != k->base_region) add(l, k->spec->region_level, true, "level", region_name(k, l, g));
}

static void all(ku_mix_model *k, list *l)
{
    for (int m = 0; m < k->data->channels; m++) media_main(k, l, m);
    linears(k, l, true);
    noise(k, l);
    over_time(k, l);
    levels(k, l);
    for (int m = 0; m < k->data->channels; m++) media_rest(k, l, m);
    linears(k, l, false);
}

void mix_lay_out(ku_mix_model *k, ku_arena *arena)
{
    list l = {.arena = arena};
    all(k, &l);
    size_t n = (size_t)l.n;
    l = (list){0, KU_ARRAY(arena, n, ku_prior), KU_ARRAY(arena, n, const char *),
               KU_ARRAY(arena, n, bool), arena};
    all(k, &l);
    k->unknowns = l.n;
    k->prior = l.prior;
    k->name = l.name;
    k->main = l.main;
}
