/* check.c - whether data and specification can be fitted at all, and what does not stop a fit
 * but whoever reads it must know. */
#include "returns/mix/mix_internal.h"

#include <math.h>

/* ---- what stops a fit ---------------------------------------------------------------------- */

static const char *region_of(const ku_mix_data *data, size_t cell)
{
    return data->region != NULL ? data->region[cell % (size_t)data->regions] : "";
}

/* "region Leeds, period 12" of a cell. */
static const char *place(const ku_mix_data *data, size_t cell, char *to, size_t size)
{
    const char *region = region_of(data, cell);
    snprintf(to, size, "%s%s%speriod %zu", region[0] != '\0' ? "region " : "", region,
             region[0] != '\0' ? ", " : "", cell / (size_t)data->regions + 1);
    return to;
}

static ku_status check_outcome(const ku_mix_data *data, ku_mix_family family, ku_error *err)
{
    size_t cells = (size_t)data->periods * (size_t)data->regions, known = 0;
    char where[128];
    for (size_t i = 0; i < cells; i++) {
        double y = data->outcome[i];
        if (isnan(y)) continue;
        known += data->held_out == NULL || !data->held_out[i];
        const char *at = place(data, i, where, sizeof where);
        if (isinf(y)) return ku_error_set(err, KU_BAD_DATA, at, "The outcome is no number.");
        if (family == KU_MIX_LOG_NORMAL && !(y > 0))
            return ku_error_set(
                err, KU_BAD_DATA, at,
                "The outcome is %g: effects in per cent (a log-normal outcome) need "
                "an outcome above 0. Use a gaussian outcome, or leave the period "
                "out.",
                y);
        if (family == KU_MIX_COUNTS && (y < 0 || y != floor(y)))
            return ku_error_set(err, KU_BAD_DATA, at,
                                "The outcome is %g: counts are whole numbers from 0 on.", y);
    }
    if (known < 3)
        return ku_error_set(err, KU_BAD_DATA, NULL,
                            "The outcome is known in %zu periods: at least 3 are needed.", known);
    return KU_OK;
}

static ku_status check_grid(const ku_mix_data *data, const char *name, const char *what,
                            const double *x, size_t cells, bool negative, ku_error *err)
{
    for (size_t i = 0; i < cells; i++)
        if (!isfinite(x[i]) || (!negative && x[i] < 0))
            return ku_error_set(err, KU_BAD_DATA, name,
                                "The %s is %g in row %zu of %s: it must be a number%s.", what, x[i],
                                i / (size_t)data->regions + 1,
                                region_of(data, i)[0] != '\0' ? region_of(data, i) : "the data",
                                negative ? "" : " from 0 on");
    return KU_OK;
}

static double sum_of(const double *x, size_t from, size_t n)
{
    double sum = 0;
    for (size_t i = from; i < n; i++) sum += x[i];
    return sum;
}

static ku_status check_channel(const ku_mix_data *data, int channel,
                               const ku_mix_channel_spec *spec, ku_error *err)
{
    const ku_mix_channel *c = &data->channel[channel];
    size_t regions = (size_t)data->regions, first = (size_t)data->before * regions;
    size_t cells = first + (size_t)data->periods * regions;
    KU_TRY(check_grid(data, c->name, "exposure", c->exposure, cells, false, err));
    if (c->frequency != NULL)
        KU_TRY(check_grid(data, c->name, "frequency", c->frequency, cells, false, err));
    if (c->spend != NULL) KU_TRY(check_grid(data, c->name, "spend", c->spend, cells, false, err));
    if (!(sum_of(c->exposure, first, cells) > 0))
        return ku_error_set(err, KU_BAD_DATA, c->name,
                            "The channel has no exposure in any period: leave it out.");
    bool of_money = spec->effect == KU_MIX_ROI || spec->effect == KU_MIX_MARGINAL_ROI;
    double spend = c->spend != NULL ? sum_of(c->spend, first, cells) : 0;
    if (of_money && !(spend > 0))
        return ku_error_set(err, KU_BAD_DATA, c->name,
                            "There is exposure but no spend, so no return can be assumed: give a "
                            "prior of the channel's contribution instead.");
    return KU_OK;
}

static ku_status check_prior(const char *name, const char *what, const ku_prior *prior,
                             ku_error *err)
{
    if (ku_prior_valid(prior)) return KU_OK;
    return ku_error_set(
        err, KU_USAGE, name, "The prior of its %s is no distribution (%s with %g and %g).", what,
        prior->kind < KU_PRIOR_COUNT ? ku_prior_name(prior->kind) : "unknown", prior->a, prior->b);
}

static ku_status check_channel_spec(const char *name, const ku_mix_channel_spec *c, int periods,
                                    ku_error *err)
{
    KU_TRY(check_prior(name, "effect", &c->prior, err));
    KU_TRY(check_prior(name, "carry-over", &c->carry, err));
    KU_TRY(check_prior(name, "delay", &c->delay, err));
    KU_TRY(check_prior(name, "half-saturation point", &c->half, err));
    KU_TRY(check_prior(name, "slope", &c->slope, err));
    KU_TRY(check_prior(name, "spread", &c->spread_prior, err));
    KU_TRY(check_prior(name, "drift", &c->drift, err));
    if (c->form.lag < 0 || c->form.lag > KU_ADSTOCK_LONGEST)
        return ku_error_set(err, KU_USAGE, name,
                            "Its exposure lasts %d periods: 0 to %d are possible.", c->form.lag,
                            (int)KU_ADSTOCK_LONGEST);
    KU_TRY(check_prior(name, "effect on another channel", &c->feed, err));
    if (c->drift_every < 0 || (c->drift_every > 0 && c->drift_every >= periods))
        return ku_error_set(err, KU_USAGE, name,
                            "Its effect is to drift every %d periods: there are %d.",
                            c->drift_every, periods);
    return KU_OK;
}

static ku_status check_knots(const ku_mix_spec *spec, int periods, ku_error *err)
{
    for (int i = 0; spec->knots == KU_MIX_KNOTS_GIVEN && i < spec->knots_number; i++)
        if (spec->knots_at[i] < (i > 0 ? spec->knots_at[i - 1] + 1 : 0) ||
            spec->knots_at[i] >= periods)
            return ku_error_set(err, KU_USAGE, "knots",
                                "Knot %d is in period %d: knots ascend within %d periods.", i + 1,
                                spec->knots_at[i] + 1, periods);
    if ((spec->knots == KU_MIX_KNOTS_GIVEN || spec->knots == KU_MIX_KNOTS_NUMBER) &&
        (spec->knots_number < 1 || spec->knots_number > periods))
        return ku_error_set(err, KU_USAGE, "knots",
                            "%d knots over %d periods: 1 to one a period are possible.",
                            spec->knots_number, periods);
    return KU_OK;
}

static ku_status check_spec(const ku_mix_data *data, const ku_mix_spec *spec, ku_error *err)
{
    const struct {
        const char *what;
        const ku_prior *prior;
    } priors[] = {
        {"knots", &spec->knot},
        {"regions' levels", &spec->region_level},
        {"trend", &spec->slope},
        {"seasons", &spec->season},
        {"events", &spec->event},
        {"controls", &spec->control},
        {"noise", &spec->sigma},
        {"controls' spread", &spec->control_spread},
        {"dispersion", &spec->dispersion},
    };
    for (size_t i = 0; i < sizeof priors / sizeof *priors; i++)
        KU_TRY(check_prior("the model", priors[i].what, priors[i].prior, err));
    for (int n = 0; n < data->treatments; n++) {
        const char *name = data->treatment[n].name;
        KU_TRY(check_prior(name, "effect", &spec->treatment[n].prior, err));
        KU_TRY(check_prior(name, "spread", &spec->treatment[n].spread, err));
        if (spec->treatment[n].effect != KU_MIX_CONTRIBUTION &&
            spec->treatment[n].effect != KU_MIX_COEFFICIENT)
            return ku_error_set(err, KU_USAGE, name,
                                "Only media have a return: give the prior of its contribution.");
    }
    if (spec->fourier > 0 && data->year == NULL)
        return ku_error_set(err, KU_USAGE, "seasons",
                            "Seasons need the position of each period in the year.");
    return check_knots(spec, data->periods, err);
}

static ku_status check_experiment(const ku_mix_data *data, int number, ku_error *err)
{
    const ku_mix_experiment *e = &data->experiment[number];
    char where[64];
    snprintf(where, sizeof where, "experiment %d", number + 1);
    if (e->channel < 0 || e->channel >= data->channels)
        return ku_error_set(err, KU_BAD_DATA, where, "Its channel is not among the media.");
    if (e->from < 0 || e->from >= e->to || e->to > e->until || e->until > data->periods)
        return ku_error_set(err, KU_BAD_DATA, where,
                            "It runs from period %d to %d and was measured until %d: all must lie "
                            "within the %d periods of the data, in this order.",
                            e->from + 1, e->to, e->until, data->periods);
    bool any = e->regions == NULL;
    for (int g = 0; g < data->regions && !any; g++) any = e->regions[g];
    if (!any) return ku_error_set(err, KU_BAD_DATA, where, "It ran in no region of the data.");
    if (!isfinite(e->lift) || !(e->sd > 0) || !isfinite(e->sd) || !(e->instead >= 0))
        return ku_error_set(
            err, KU_BAD_DATA, where,
            "Its lift is %g with a standard error of %g: the error must be above 0.", e->lift,
            e->sd);
    return KU_OK;
}

static ku_status check_shape(const ku_mix_data *data, ku_error *err)
{
    if (data->regions < 1 || data->periods < 3 || data->before < 0)
        return ku_error_set(err, KU_BAD_DATA, NULL,
                            "%d regions and %d periods: at least 1 and 3 are needed.",
                            data->regions, data->periods);
    for (int g = 0; data->population != NULL && g < data->regions; g++)
        if (!(data->population[g] > 0) || isinf(data->population[g]))
            return ku_error_set(err, KU_BAD_DATA, region_of(data, (size_t)g),
                                "Its population is %g: it must be above 0.", data->population[g]);
    return KU_OK;
}

/* One channel may drive another, which drives none itself. */
static ku_status check_feed(const ku_mix_data *data, const ku_mix_spec *spec, int channel,
                            ku_error *err)
{
    int to = spec->channel[channel].feeds;
    const char *name = data->channel[channel].name;
    if (to < 0) return KU_OK;
    if (to >= data->channels || to == channel)
        return ku_error_set(err, KU_USAGE, name, "The channel it drives is not another one.");
    if (spec->channel[to].feeds >= 0)
        return ku_error_set(
            err, KU_USAGE, name,
            "It drives %s, which drives a channel itself: only one step is possible.",
            data->channel[to].name);
    return KU_OK;
}

ku_status mix_check(const ku_mix_data *data, const ku_mix_spec *spec, ku_error *err)
{
    KU_TRY(check_shape(data, err));
    size_t cells = (size_t)data->periods * (size_t)data->regions;
    KU_TRY(check_outcome(data, spec->family, err));
    if (data->revenue_per_unit != NULL)
        KU_TRY(check_grid(data, "the outcome", "revenue per unit", data->revenue_per_unit, cells,
                          false, err));
    for (int n = 0; n < data->treatments; n++)
        KU_TRY(check_grid(data, data->treatment[n].name, "value", data->treatment[n].value, cells,
                          true, err));
    for (int n = 0; n < data->controls; n++)
        KU_TRY(check_grid(data, data->control[n].name, "value", data->control[n].value, cells, true,
                          err));
    KU_TRY(check_spec(data, spec, err));
    for (int m = 0; m < data->channels; m++) {
        const char *name = data->channel[m].name;
        KU_TRY(check_channel_spec(name, &spec->channel[m], data->periods, err));
        KU_TRY(check_channel(data, m, &spec->channel[m], err));
        KU_TRY(check_feed(data, spec, m, err));
    }
    for (int i = 0; i < data->experiments; i++) KU_TRY(check_experiment(data, i, err));
    return KU_OK;
}

/* ---- what does not --------------------------------------------------------------------------- */

static void warn(ku_mix_model *k, ku_mix_flag flag, int channel, double figure)
{
    k->warning[k->warnings++] = (ku_mix_warning){flag, channel, figure};
}

/* How much the exposure varies over time within regions: standard deviation over mean. */
static double variation(const ku_mix_model *k, const mix_media *m)
{
    size_t regions = (size_t)k->regions, first = (size_t)k->before * regions;
    double squares = 0, all = 0;
    for (size_t g = 0; g < regions; g++) {
        double sum = 0;
        for (size_t i = g; i < k->cells; i += regions) sum += m->x[first + i];
        all += sum;
        for (size_t i = g; i < k->cells; i += regions) {
            double d = m->x[first + i] - sum / k->periods;
            squares += d * d;
        }
    }
    return sqrt(squares / (double)k->cells) / (all / (double)k->cells);
}

/* Share of the spend in periods without exposure. */
static double unseen(const ku_mix_model *k, const ku_mix_channel *c)
{
    double without = 0, all = 0;
    size_t first = (size_t)k->before * (size_t)k->regions;
    for (size_t i = first; i < first + k->cells; i++) {
        all += c->spend[i];
        without += c->exposure[i] > 0 ? 0 : c->spend[i];
    }
    return all > 0 ? without / all : 0;
}

void mix_warn(ku_mix_model *k, ku_arena *arena)
{
    int main = 0;
    k->warning = KU_ARRAY(arena, 3 * (size_t)k->data->channels + 2, ku_mix_warning);
    for (int i = 0; i < k->unknowns; i++) main += k->main[i];
    double each = (double)k->fitted / main;
    if (each < 2) warn(k, KU_MIX_FEW_PERIODS, -1, each);
    if (k->regions == 1) warn(k, KU_MIX_ONE_REGION, -1, 1);
    for (int m = 0; m < k->data->channels; m++) {
        const ku_mix_channel *c = &k->data->channel[m];
        double varies = variation(k, &k->media[m]);
        if (varies < .05) warn(k, KU_MIX_SPEND_CONSTANT, m, varies);
        if (c->spend == NULL) continue;
        if (!(k->media[m].spend > 0))
            warn(k, KU_MIX_NO_SPEND, m, 0);
        else if (unseen(k, c) > .01)
            warn(k, KU_MIX_SPEND_UNSEEN, m, unseen(k, c));
    }
}
