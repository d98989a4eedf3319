/* model.c - a model from data and specification, and what can be asked of it before any draw. */
#include "returns/mix/mix_internal.h"

#include <math.h>

static int largest(const ku_mix_data *data)
{
    int at = 0;
    for (int g = 1; data->population != NULL && g < data->regions; g++)
        if (data->population[g] > data->population[at]) at = g;
    return at;
}

/* Trend, Fourier terms and events: columns over the periods. */
static const double *basis(const ku_mix_model *k, ku_arena *arena)
{
    const ku_mix_data *data = k->data;
    size_t periods = (size_t)k->periods;
    double *all = KU_ARRAY(arena, (size_t)k->columns * periods, double), *to = all;
    for (size_t t = 0; t < periods && k->spec->trend; t++)
        *to++ = (double)t / (double)(periods - 1) - .5;
    for (int i = 0; i < k->spec->fourier; i++) {
        for (size_t t = 0; t < periods; t++) *to++ = sin(2 * M_PI * (i + 1) * data->year[t]);
        for (size_t t = 0; t < periods; t++) *to++ = cos(2 * M_PI * (i + 1) * data->year[t]);
    }
    for (int i = 0; i < data->events; i++)
        for (size_t t = 0; t < periods; t++) *to++ = data->event[i].value[t];
    return all;
}

static void prepare_lifts(ku_mix_model *k, ku_arena *arena)
{
    for (int i = 0; i < k->data->experiments; i++) {
        mix_prepare_lift(k, &k->data->experiment[i], arena, &k->lift[i]);
        size_t room = mix_lift_room(k, &k->lift[i]);
        if (room > k->lift_room) k->lift_room = room;
    }
}

static ku_response_form form_of(const ku_mix_channel_spec *spec)
{
    ku_response_form form = spec->form;
    bool straight = spec->slope.kind == KU_PRIOR_FIXED && spec->slope.a == 1;
    if (form.saturation == KU_SATURATION_HILL && straight)
        form.saturation = KU_SATURATION_MICHAELIS_MENTEN;
    return form;
}

static ku_mix_model *empty(const ku_mix_data *data, const ku_mix_spec *spec, ku_arena *arena)
{
    ku_mix_model *k = KU_NEW(arena, ku_mix_model);
    k->data = data;
    k->spec = spec;
    k->regions = data->regions;
    k->periods = data->periods;
    k->before = data->before;
    k->cells = (size_t)data->regions * (size_t)data->periods;
    k->base_region = largest(data);
    k->media = KU_ARRAY(arena, (size_t)data->channels, mix_media);
    k->treatment = KU_ARRAY(arena, (size_t)data->treatments, mix_linear);
    k->control = KU_ARRAY(arena, (size_t)data->controls, mix_linear);
    k->sigma = KU_ARRAY(arena, (size_t)data->regions, mix_slot);
    k->lift = KU_ARRAY(arena, (size_t)data->experiments, mix_lift);
    for (int m = 0; m < data->channels; m++) {
        k->media[m].spec = &spec->channel[m];
        k->media[m].form = form_of(&spec->channel[m]);
    }
    for (int m = 0; m < data->channels; m++)
        if (spec->channel[m].feeds >= 0) k->media[spec->channel[m].feeds].fed = true;
    return k;
}

ku_status ku_mix_new(const ku_mix_data *data, const ku_mix_spec *spec, ku_arena *arena,
                     const ku_mix_model **out, ku_error *err)
{
    KU_TRY(mix_check(data, spec, err));
    ku_mix_model *k = empty(data, spec, arena);
    KU_TRY(mix_scale(k, arena, err));
    mix_place_knots(k, arena);
    mix_lay_out(k, arena);
    k->basis = basis(k, arena);
    prepare_lifts(k, arena);
    mix_prepare_feeds(k, arena);
    mix_warn(k, arena);
    k->density = (ku_density){k->unknowns, mix_state_room(k), mix_value, k};
    *out = k;
    return KU_OK;
}

/* ---- asked ------------------------------------------------------------------------------------ */

int ku_mix_warnings(const ku_mix_model *k, const ku_mix_warning **out)
{
    *out = k->warning;
    return k->warnings;
}

const ku_density *ku_mix_density(const ku_mix_model *k)
{
    return &k->density;
}

int ku_mix_unknowns(const ku_mix_model *k)
{
    return k->unknowns;
}

const char *ku_mix_name(const ku_mix_model *k, int unknown)
{
    return k->name[unknown];
}

double ku_mix_natural(const ku_mix_model *k, int unknown, double u)
{
    return ku_prior_at(&k->prior[unknown], u, NULL);
}

int ku_mix_find(const ku_mix_model *k, int channel, ku_mix_part part)
{
    return k->media[channel].part[part].at;
}

bool ku_mix_is_main(const ku_mix_model *k, int unknown)
{
    return k->main[unknown];
}

int ku_mix_knots_of(const ku_mix_model *k, const int **at)
{
    *at = k->knot_at;
    return k->knots;
}

void ku_mix_draw_prior(const ku_mix_model *k, ku_rng *rng, double *u)
{
    for (int i = 0; i < k->unknowns; i++) u[i] = ku_rng_normal(rng);
}

double ku_mix_exposure_scale(const ku_mix_model *k, int channel, int region)
{
    return k->media[channel].scale[region];
}

double ku_mix_exposure_price(const ku_mix_model *k, int channel, int region)
{
    return k->media[channel].price[region];
}

double ku_mix_revenue(const ku_mix_model *k, int period, int region)
{
    const double *each = k->data->revenue_per_unit;
    return each != NULL ? each[(size_t)period * (size_t)k->regions + (size_t)region] : 1;
}
