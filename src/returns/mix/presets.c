/* presets.c - the defaults of two tools, as their own documentation and source state them:
 * google/meridian, model/spec.py and model/prior_distribution.py; pymc-labs/pymc-marketing,
 * mmm (MMM with GeometricAdstock(l_max = 8) and LogisticSaturation). */
#include "returns/mix/mix.h"

/* What both share: room for channels and treatments that may be changed. */
static ku_mix_spec *new_spec(const ku_mix_data *data, ku_arena *arena)
{
    ku_mix_spec *spec = KU_NEW(arena, ku_mix_spec);
    spec->channel = KU_ARRAY(arena, (size_t)data->channels, ku_mix_channel_spec);
    spec->treatment = KU_ARRAY(arena, (size_t)data->treatments, ku_mix_treatment_spec);
    spec->slope = ku_prior_normal(0, 2);
    spec->event = ku_prior_normal(0, 2);
    spec->dispersion = ku_prior_half_normal(1);
    return spec;
}

ku_mix_channel_spec *ku_mix_spec_channel(ku_mix_spec *spec, int channel)
{
    return (ku_mix_channel_spec *)&spec->channel[channel];
}

ku_mix_treatment_spec *ku_mix_spec_treatment(ku_mix_spec *spec, int treatment)
{
    return (ku_mix_treatment_spec *)&spec->treatment[treatment];
}

/* Paid media have a prior of their return, organic ones of their contribution; the Hill curve's
 * slope is fixed at 1 but for the frequency's. */
static ku_mix_channel_spec meridian_channel(const ku_mix_channel *channel, bool national)
{
    bool frequency = channel->frequency != NULL, paid = channel->spend != NULL;
    ku_mix_channel_spec c = {
        .form = {KU_ADSTOCK_GEOMETRIC, KU_SATURATION_HILL, 8, true, false},
        .carry = ku_prior_uniform(0, 1),
        .delay = ku_prior_fixed(1),
        .half = ku_prior_truncated_normal(.8, .8, .1, 10),
        .slope = ku_prior_fixed(1),
        .effect = paid ? KU_MIX_ROI : KU_MIX_CONTRIBUTION,
        .prior = paid ? ku_prior_log_normal(.2, .9) : ku_prior_beta(1, 99),
        .spread = national ? KU_MIX_SAME : KU_MIX_BY_FACTORS,
        .spread_prior = ku_prior_half_normal(1),
        .drift = ku_prior_half_normal(.2),
        .feeds = -1,
        .feed = ku_prior_half_normal(1),
    };
    if (frequency) {
        c.half = ku_prior_log_normal(.7, .4);
        c.half.low = .1;
        c.slope = ku_prior_log_normal(.7, .4);
    }
    return c;
}

ku_mix_spec *ku_mix_spec_meridian(const ku_mix_data *data, ku_arena *arena)
{
    bool national = data->regions == 1;
    ku_mix_spec *spec = new_spec(data, arena);
    spec->family = KU_MIX_GAUSSIAN;
    spec->scaling = KU_MIX_PER_HEAD;
    spec->knots = national ? KU_MIX_KNOTS_NUMBER : KU_MIX_KNOTS_ALL;
    spec->knots_number = 1;
    spec->knot = spec->region_level = spec->control = ku_prior_normal(0, 5);
    spec->season = ku_prior_normal(0, 5);
    spec->control_spread = national ? ku_prior_fixed(0) : ku_prior_half_normal(5);
    spec->sigma = ku_prior_half_normal(5);
    for (int m = 0; m < data->channels; m++)
        *ku_mix_spec_channel(spec, m) = meridian_channel(&data->channel[m], national);
    for (int n = 0; n < data->treatments; n++)
        *ku_mix_spec_treatment(spec, n) = (ku_mix_treatment_spec){
            .effect = KU_MIX_CONTRIBUTION,
            .prior = ku_prior_truncated_normal(0, .1, -1, 1),
            .spread = spec->control_spread,
            .baseline = KU_MIX_LEAST,
        };
    return spec;
}

ku_mix_spec *ku_mix_spec_pymc(const ku_mix_data *data, ku_arena *arena)
{
    ku_mix_spec *spec = new_spec(data, arena);
    spec->family = KU_MIX_GAUSSIAN;
    spec->scaling = KU_MIX_LARGEST;
    spec->knots = KU_MIX_KNOTS_NUMBER;
    spec->knots_number = 1;
    spec->knot = spec->region_level = spec->control = ku_prior_normal(0, 2);
    spec->control_spread = ku_prior_fixed(0);
    spec->season = ku_prior_laplace(0, 1);
    spec->sigma = ku_prior_half_normal(2);
    for (int m = 0; m < data->channels; m++)
        *ku_mix_spec_channel(spec, m) = (ku_mix_channel_spec){
            .form = {KU_ADSTOCK_GEOMETRIC, KU_SATURATION_LOGISTIC, 8, true, false},
            .carry = ku_prior_beta(1, 3),
            .delay = ku_prior_fixed(1),
            .half = ku_prior_gamma(3, 1),
            .half_is_rate = true,
            .slope = ku_prior_fixed(1),
            .effect = KU_MIX_COEFFICIENT,
            .prior = ku_prior_half_normal(2),
            .spread = KU_MIX_SAME,
            .spread_prior = ku_prior_half_normal(1),
            .drift = ku_prior_half_normal(.2),
            .feeds = -1,
            .feed = ku_prior_half_normal(1),
        };
    for (int n = 0; n < data->treatments; n++)
        *ku_mix_spec_treatment(spec, n) = (ku_mix_treatment_spec){
            .effect = KU_MIX_COEFFICIENT,
            .prior = spec->control,
            .spread = ku_prior_fixed(0),
        };
    return spec;
}
