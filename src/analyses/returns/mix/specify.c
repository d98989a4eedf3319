/* specify.c - from the grids to what the model takes: its data, the preset with what was chosen
 * otherwise, and the beliefs of the table `priors`. */
#include <math.h>
#include <string.h>

#include "analyses/returns/mix/internal.h"
#include "base/text.h"

enum { USUAL_LAG = 8, COMPARABLE_REGIONS = 4 };

static const double no_money = 0.001; /* of the outcome */

int rmix_lag(const ku_params *params)
{
    return ku_param_set(params, "lag") ? (int)ku_param_int(params, "lag") : USUAL_LAG;
}

static bool is_preset(const ku_params *params, const char *name)
{
    return strcmp(ku_param_text_value(params, name), "preset") == 0;
}

/* ---- data ---------------------------------------------------------------------------------- */

static bool ever_runs(const ku_returns_data *d, const ku_returns_channel *c)
{
    size_t regions = (size_t)d->regions, cells = (size_t)d->periods * regions;
    const double *x = c->exposure + (size_t)d->before * regions;
    for (size_t i = 0; i < cells; i++)
        if (x[i] > 0) return true;
    return false;
}

static bool varies(const ku_returns_data *d, const ku_returns_series *s)
{
    size_t cells = (size_t)d->periods * (s->kind == KU_RETURNS_EVENT ? 1 : (size_t)d->regions);
    for (size_t i = 1; i < cells; i++)
        if (fabs(s->value[i] - s->value[0]) > 1e-9 * (1 + fabs(s->value[0]))) return true;
    return false;
}

/* Channels that never ran are gone; experiments of them too. */
static void drop_idle(rmix_run_state *r)
{
    ku_returns_data *d = &r->data;
    int kept = 0;
    int *place = KU_ARRAY(r->arena, (size_t)d->channels + 1, int);
    for (int c = 0; c < d->channels; c++) {
        place[c] = -1;
        if (!ever_runs(d, &d->channel[c])) continue;
        place[c] = kept;
        d->channel[kept++] = d->channel[c];
    }
    d->channels = kept;
    for (int i = 0; i < d->experiments; i++) {
        ku_returns_experiment *e = &d->experiment[i];
        if (e->channel < 0) continue;
        e->channel = place[e->channel];
        if (e->channel < 0 && e->why_not == NULL) e->why_not = "The channel never ran.";
    }
}

static void fill_channels(rmix_run_state *r)
{
    ku_mix_channel *channel = KU_ARRAY(r->arena, (size_t)r->data.channels + 1, ku_mix_channel);
    for (int c = 0; c < r->data.channels; c++) {
        const ku_returns_channel *from = &r->data.channel[c];
        double spend = 0;
        size_t regions = (size_t)r->data.regions, first = (size_t)r->data.before * regions;
        for (size_t i = 0; i < (size_t)r->data.periods * regions && from->spend != NULL; i++)
            spend += from->spend[first + i];
        channel[c] = (ku_mix_channel){from->name, from->exposure, from->frequency,
                                      spend > 0 ? from->spend : NULL};
    }
    r->mix.channels = r->data.channels;
    r->mix.channel = channel;
}

/* Whether the baseline is to be free in every period, so that what is the same in all regions is
 * part of it. */
static bool free_baseline(const rmix_run_state *r)
{
    const char *knots = ku_param_text_value(r->params, "knots");
    const char *preset = ku_param_text_value(r->params, "preset");
    if (strcmp(knots, "all") == 0) return true;
    return strcmp(knots, "preset") == 0 && strcmp(preset, "kemudi") == 0 &&
           r->data.regions >= COMPARABLE_REGIONS;
}

static bool same_everywhere(const ku_returns_data *d, const ku_returns_series *s)
{
    if (s->kind == KU_RETURNS_EVENT) return true;
    for (size_t i = 0; i < (size_t)d->periods * (size_t)d->regions; i++) {
        double first = s->value[i - i % (size_t)d->regions];
        if (fabs(s->value[i] - first) > 1e-9 * (1 + fabs(first))) return false;
    }
    return true;
}

/* Says which series are left to the baseline. */
static void tell_left_out(rmix_run_state *r, const ku_text *names, int count)
{
    if (count == 0) return;
    ku_returns_find(
        &r->checks, "In the baseline", "", KU_NOTE, count, "count",
        ku_arena_printf(r->arena,
                        "The same in all regions, and so part of a baseline that is free"
                        " in every period: %s.",
                        ku_text_string(names)),
        "To see what each does, run it with --knots 13 --seasons 3, which trusts that"
        " nothing else moved all regions alike.");
}

static void fill_series(rmix_run_state *r)
{
    const ku_returns_data *d = &r->data;
    size_t room = (size_t)d->series + 1;
    ku_mix_series *treatment = KU_ARRAY(r->arena, room, ku_mix_series);
    ku_mix_series *control = KU_ARRAY(r->arena, room, ku_mix_series);
    ku_mix_event *event = KU_ARRAY(r->arena, room, ku_mix_event);
    int *series = KU_ARRAY(r->arena, room, int), left_out = 0;
    bool free = free_baseline(r) && d->regions > 1;
    ku_text names = {0};
    for (int s = 0; s < d->series; s++) {
        const ku_returns_series *from = &d->serie[s];
        if (!varies(d, from)) {
            ku_returns_find(&r->checks, "Variation", from->name, KU_NOTE, 0, "",
                            "It is the same in all periods and regions, so it explains nothing;"
                            " it is left out.",
                            "");
            continue;
        }
        if (free && same_everywhere(d, from)) {
            ku_text_addf(&names, "%s%s", left_out++ > 0 ? ", " : "", from->name);
            continue;
        }
        if (from->kind == KU_RETURNS_EVENT)
            event[r->mix.events++] = (ku_mix_event){from->name, from->value};
        else if (from->kind == KU_RETURNS_CONTROL)
            control[r->mix.controls++] = (ku_mix_series){from->name, from->value, false};
        else
            series[r->mix.treatments] = s,
            treatment[r->mix.treatments++] = (ku_mix_series){from->name, from->value, false};
    }
    r->mix.treatment = treatment;
    r->mix.control = control;
    r->mix.event = event;
    r->treatment_series = series;
    tell_left_out(r, &names, left_out);
    ku_text_clear(&names);
}

static void fill_years(rmix_run_state *r)
{
    double *year = KU_ARRAY(r->arena, (size_t)r->data.periods, double);
    for (int t = 0; t < r->data.periods; t++) {
        double at = r->data.date[r->data.before + t] / 365.2425;
        year[t] = at - floor(at);
    }
    r->mix.year = year;
}

static ku_status fill_held_out(rmix_run_state *r, ku_error *err)
{
    int holdout = (int)ku_param_int(r->params, "holdout");
    if (holdout == 0) return KU_OK;
    if (2 * holdout > r->data.periods)
        return ku_error_set(err, KU_USAGE, "holdout",
                            "%d periods cannot be held out of %d; at most half of them", holdout,
                            r->data.periods);
    size_t regions = (size_t)r->data.regions, cells = (size_t)r->data.periods * regions;
    bool *held = KU_ARRAY(r->arena, cells, bool);
    for (size_t i = cells - (size_t)holdout * regions; i < cells; i++) held[i] = true;
    r->mix.held_out = held;
    return KU_OK;
}

static void fill_revenue(rmix_run_state *r)
{
    size_t cells = (size_t)r->data.periods * (size_t)r->data.regions;
    if (r->data.revenue == NULL && ku_param_set(r->params, "revenue-per-unit")) {
        r->data.revenue = KU_ARRAY(r->arena, cells, double);
        for (size_t i = 0; i < cells; i++)
            r->data.revenue[i] = ku_param_real(r->params, "revenue-per-unit");
    }
    r->mix.revenue_per_unit = r->data.revenue;
    r->money = KU_ARRAY(r->arena, (size_t)r->data.periods, double);
    for (size_t i = 0; i < cells; i++) {
        if (!isfinite(r->data.outcome[i])) continue;
        double money = r->data.outcome[i] * (r->data.revenue != NULL ? r->data.revenue[i] : 1);
        r->money[i / (size_t)r->data.regions] += money;
        r->total += money;
    }
}

/* ---- experiments ---------------------------------------------------------------------------- */

static double tested_share(const ku_returns_data *d, const ku_returns_experiment *e)
{
    const double *spend = d->channel[e->channel].spend;
    double sum = 0;
    if (spend == NULL) return NAN;
    for (int t = e->from; t < e->to; t++)
        for (int g = 0; g < d->regions; g++)
            if (e->regions == NULL || e->regions[g])
                sum += spend[(size_t)(d->before + t) * (size_t)d->regions + (size_t)g];
    return sum > 0 ? e->spend / sum : NAN;
}

/* What would have run instead, as a multiple of what ran. More spent in the test than the data
 * have, by more than a slip, is a contradiction. */
static bool to_trial(const rmix_run_state *r, ku_returns_experiment *e, ku_mix_experiment *to)
{
    double share = tested_share(&r->data, e);
    if (e->why_not != NULL) return false;
    if (isnan(share))
        e->why_not = "The channel spent nothing in its days and regions.";
    else if (share > 1.2)
        e->why_not = "It tested more money than was spent in its days and regions.";
    else if (fabs(share) < 0.005)
        e->why_not = "It changed less than half a per cent of the spend.";
    if (e->why_not != NULL) return false;
    *to = (ku_mix_experiment){.channel = e->channel,
                              .regions = e->regions,
                              .from = e->from,
                              .to = e->to,
                              .until = e->until,
                              .instead = fmax(0, 1 - share),
                              .lift = e->effect,
                              .sd = e->error};
    return true;
}

static void fill_experiments(rmix_run_state *r)
{
    const char *use = ku_param_text_value(r->params, "experiments");
    int *number = KU_ARRAY(r->arena, (size_t)r->data.experiments + 1, int);
    r->trial = KU_ARRAY(r->arena, (size_t)r->data.experiments + 1, ku_mix_experiment);
    for (int i = 0; i < r->data.experiments; i++) {
        bool was_fine = r->data.experiment[i].why_not == NULL;
        if (to_trial(r, &r->data.experiment[i], &r->trial[r->trials]))
            number[r->trials++] = i;
        else if (was_fine)
            ku_returns_find(
                &r->checks, "Experiments", r->data.experiment[i].name, KU_WARN, NAN, "",
                ku_arena_printf(r->arena, "Not used. %s", r->data.experiment[i].why_not),
                "Correct its row, or leave it as a note.");
    }
    r->experiment = number;
    r->trials_used = strcmp(use, "use") == 0 || (strcmp(use, "auto") == 0 && r->data.regions == 1);
    if (!r->trials_used) return;
    r->mix.experiments = r->trials;
    r->mix.experiment = r->trial;
}

static ku_status fill_data(rmix_run_state *r, ku_error *err)
{
    ku_returns_data *d = &r->data;
    drop_idle(r);
    if (d->channels == 0)
        return ku_error_set(err, KU_BAD_DATA, "media",
                            "no channel ran in the periods of the outcome (%d of them): see that"
                            " both tables have the same dates",
                            d->periods);
    r->mix = (ku_mix_data){.regions = d->regions,
                           .periods = d->periods,
                           .before = d->before,
                           .outcome = d->outcome,
                           .population = d->population,
                           .region = d->region};
    fill_channels(r);
    fill_series(r);
    fill_years(r);
    fill_revenue(r);
    fill_experiments(r);
    return fill_held_out(r, err);
}

/* Whether spend and outcome can be of one currency. */
static bool money_like(const rmix_run_state *r)
{
    double spend = 0;
    size_t regions = (size_t)r->data.regions, first = (size_t)r->data.before * regions;
    for (int c = 0; c < r->mix.channels; c++)
        for (size_t i = 0; i < (size_t)r->data.periods * regions; i++)
            if (r->mix.channel[c].spend != NULL) spend += r->mix.channel[c].spend[first + i];
    return spend > no_money * r->total || !(spend > 0);
}

static void tell_money(rmix_run_state *r)
{
    if (money_like(r) || ku_param_set(r->params, "prior-low")) return;
    ku_returns_find(
        &r->checks, "Money", "", KU_WARN, NAN, "",
        "All spend together is next to nothing against the outcome, so it seems to be in"
        " other units than money; returns are then in outcome per such unit, and nothing"
        " is believed of them before.",
        "Give spend in money, or what is believed (--prior-low, --prior-high).");
}

/* ---- the preset ------------------------------------------------------------------------------ */

/* A curve whose shape the data may choose, as one fixed at no threshold moves the return of a channel
 * that has one. Where the money can be no money (it is next to nothing against the outcome), a
 * belief about returns would be nonsense: one about the effect's size stands in. */
static void own_channel(const rmix_run_state *r, int channel, ku_mix_channel_spec *c)
{
    c->spread = KU_MIX_SAME;
    if (r->mix.channel[channel].frequency == NULL) c->slope = ku_prior_log_normal(.15, .4);
    if (c->effect != KU_MIX_ROI || money_like(r)) return;
    c->effect = KU_MIX_COEFFICIENT;
    c->prior = ku_prior_half_normal(1.5);
}

/* A promotion contributes against none; a price, which is never none, against that of the first
 * period. */
static void choose_against(const rmix_run_state *r, int treatment, ku_mix_treatment_spec *t)
{
    const double *value = r->mix.treatment[treatment].value;
    double least = value[0];
    for (size_t i = 0; i < (size_t)r->data.periods * (size_t)r->data.regions; i++)
        least = fmin(least, value[i]);
    t->baseline = least > 0 ? KU_MIX_VALUE : KU_MIX_LEAST;
    t->value = value[0];
}

/* Kemudi's own: Meridian's scaling and return priors. With four regions or more the baseline is
 * free in every period, so that only what regions do otherwise than each other tells of media:
 * seasons, sales weeks and whatever else moves all alike cannot be taken for them, nor they for
 * it. With fewer there is nothing to compare, and a baseline of a knot a quarter with the waves of
 * the year has to do, or of one every six weeks where there are too few years for those. Effects are the same
 * everywhere per head, as regions' own effects would make their different seasons look like
 * media; noise is each region's own. */
static ku_mix_spec *own_preset(const rmix_run_state *r)
{
    static const int quarter[] = {91, 13, 3, 1, 1}, half_quarter[] = {42, 6, 2, 1, 1};
    const ku_returns_data *d = &r->data;
    ku_mix_spec *spec = ku_mix_spec_meridian(&r->mix, r->arena);
    int year_periods = ku_period_season(d->period), quarters = d->periods / quarter[d->period];
    bool comparable = d->regions >= COMPARABLE_REGIONS;
    bool waves = 2 * d->periods >= 3 * year_periods && year_periods > 4;
    spec->knots = comparable ? KU_MIX_KNOTS_ALL : KU_MIX_KNOTS_NUMBER;
    spec->knots_number = d->regions == 1 ? quarters / 4 + 1
                         : waves         ? quarters + 1
                                         : d->periods / half_quarter[d->period] + 1;
    spec->fourier = waves && !comparable ? 3 : 0;
    spec->knot = spec->region_level = ku_prior_normal(0, 3);
    spec->season = ku_prior_normal(0, 1);
    spec->event = ku_prior_normal(0, 1);
    spec->control = ku_prior_normal(0, 1);
    spec->control_spread = ku_prior_fixed(0);
    spec->sigma = ku_prior_half_normal(1);
    spec->sigma_by_region = d->regions > 1;
    for (int c = 0; c < d->channels; c++) own_channel(r, c, ku_mix_spec_channel(spec, c));
    for (int n = 0; n < r->mix.treatments; n++) {
        ku_mix_treatment_spec *t = ku_mix_spec_treatment(spec, n);
        t->effect = KU_MIX_COEFFICIENT;
        t->prior = ku_prior_normal(0, 1);
        t->spread = ku_prior_fixed(0);
        choose_against(r, n, t);
    }
    return spec;
}

static void choose_preset(rmix_run_state *r)
{
    const char *preset = ku_param_text_value(r->params, "preset");
    if (strcmp(preset, "meridian") == 0)
        r->spec = ku_mix_spec_meridian(&r->mix, r->arena);
    else if (strcmp(preset, "pymc") == 0)
        r->spec = ku_mix_spec_pymc(&r->mix, r->arena);
    else
        r->spec = own_preset(r);
}

/* ---- what was chosen otherwise ----------------------------------------------------------------- */

static bool is_number(const char *text)
{
    return text[0] >= '0' && text[0] <= '9';
}

static void choose_knots(rmix_run_state *r)
{
    const char *knots = ku_param_text_value(r->params, "knots");
    if (strcmp(knots, "auto") == 0) r->spec->knots = KU_MIX_KNOTS_AUTOMATIC;
    if (strcmp(knots, "all") == 0) r->spec->knots = KU_MIX_KNOTS_ALL;
    if (!is_number(knots)) return;
    r->spec->knots = KU_MIX_KNOTS_NUMBER;
    r->spec->knots_number = (int)strtol(knots, NULL, 10);
    if (r->spec->knots_number > r->data.periods) r->spec->knots_number = r->data.periods;
}

static void choose_baseline(rmix_run_state *r)
{
    const char *seasons = ku_param_text_value(r->params, "seasons");
    const char *family = ku_param_text_value(r->params, "family");
    if (is_number(seasons)) r->spec->fourier = (int)strtol(seasons, NULL, 10);
    if (!is_preset(r->params, "trend"))
        r->spec->trend = strcmp(ku_param_text_value(r->params, "trend"), "yes") == 0;
    r->spec->family = strcmp(family, "counts") == 0       ? KU_MIX_COUNTS
                      : strcmp(family, "log_normal") == 0 ? KU_MIX_LOG_NORMAL
                                                          : KU_MIX_GAUSSIAN;
    choose_knots(r);
}

static void choose_form(const rmix_run_state *r, ku_mix_channel_spec *c)
{
    const char *adstock = ku_param_text_value(r->params, "adstock");
    const char *saturation = ku_param_text_value(r->params, "saturation");
    if (ku_param_set(r->params, "lag")) c->form.lag = (int)ku_param_int(r->params, "lag");
    if (strcmp(adstock, "preset") != 0) {
        c->form.adstock = ku_adstock_find(adstock);
        bool weibull = c->form.adstock == KU_ADSTOCK_WEIBULL_CDF ||
                       c->form.adstock == KU_ADSTOCK_WEIBULL_PDF;
        if (weibull) c->carry = ku_prior_gamma(4, 2); /* the shape */
        if (weibull || c->form.adstock == KU_ADSTOCK_DELAYED)
            c->delay = weibull ? ku_prior_gamma(2, .7) : ku_prior_half_normal(2);
    }
    if (strcmp(saturation, "preset") == 0) return;
    c->form.saturation = ku_saturation_find(saturation);
    if (c->form.saturation == KU_SATURATION_POWER)
        c->slope = ku_prior_beta(3, 3);
    else if (c->half_is_rate && c->form.saturation != KU_SATURATION_LOGISTIC) {
        c->half_is_rate = false;
        c->half = ku_prior_truncated_normal(.8, .8, .1, 10);
    }
}

/* The kind of belief; where it speaks of another thing than the preset's, with a usual one. */
static void choose_effect(const rmix_run_state *r, int channel, ku_mix_channel_spec *c)
{
    static const struct {
        const char *name;
        ku_mix_effect effect;
    } kinds[] = {{"roi", KU_MIX_ROI},
                 {"marginal", KU_MIX_MARGINAL_ROI},
                 {"contribution", KU_MIX_CONTRIBUTION},
                 {"coefficient", KU_MIX_COEFFICIENT}};
    const ku_prior usual[] = {ku_prior_log_normal(.2, .9), ku_prior_log_normal(0, .5),
                              ku_prior_beta(1, 99), ku_prior_half_normal(2)};
    const char *wanted = ku_param_text_value(r->params, "effect");
    bool paid = r->mix.channel[channel].spend != NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(wanted, kinds[i].name) == 0 && (paid || i >= 2) &&
            c->effect != kinds[i].effect) {
            c->effect = kinds[i].effect;
            c->prior = usual[i];
        }
    if (!paid || !ku_param_set(r->params, "prior-low")) return;
    if (c->effect != KU_MIX_MARGINAL_ROI) c->effect = KU_MIX_ROI;
    c->prior = ku_prior_between(ku_param_real(r->params, "prior-low"),
                                ku_param_real(r->params, "prior-high"));
}

static void choose_spread(const rmix_run_state *r, ku_mix_channel_spec *c)
{
    const char *spread = ku_param_text_value(r->params, "spread");
    if (strcmp(spread, "same") == 0) c->spread = KU_MIX_SAME;
    if (strcmp(spread, "factors") == 0 && r->data.regions > 1) c->spread = KU_MIX_BY_FACTORS;
    if (strcmp(spread, "shifts") == 0 && r->data.regions > 1) c->spread = KU_MIX_BY_SHIFTS;
    c->drift_every = (int)ku_param_int(r->params, "drift");
}

/* ---- the table of priors ------------------------------------------------------------------------ */

static const char *cell_text(const ku_frame *f, const char *column, int64_t row, ku_arena *arena)
{
    const ku_column *c = ku_frame_column(f, column);
    const char *text = c != NULL ? ku_column_text(c, row, arena) : NULL;
    return text != NULL ? text : "";
}

static double cell_number(const ku_frame *f, const char *column, int64_t row)
{
    const ku_column *c = ku_frame_column(f, column);
    return c != NULL ? ku_column_number(c, row) : NAN;
}

static ku_status read_prior(const rmix_run_state *r, const ku_frame *f, int64_t row, bool bounded,
                            ku_prior *to, ku_error *err)
{
    const char *kind = cell_text(f, "kind", row, r->arena);
    double a = cell_number(f, "a", row), b = cell_number(f, "b", row);
    double low = cell_number(f, "low", row), high = cell_number(f, "high", row);
    char where[48];
    snprintf(where, sizeof where, "priors, row %lld", (long long)row + 1);
    if (isnan(a) && isnan(b) && low < high && bounded)
        *to = ku_prior_truncated_normal((low + high) / 2, (high - low) / 3.92, 0, 1);
    else if (isnan(a) && isnan(b) && low < high && low > 0 && kind[0] == '\0')
        *to = ku_prior_between(low, high);
    else {
        ku_prior_kind found = ku_prior_find(kind[0] != '\0' ? kind : "log_normal");
        if (found == KU_PRIOR_COUNT)
            return ku_error_set(err, KU_BAD_DATA, where,
                                "found the kind '%s', expected one such as log_normal, normal,"
                                " beta or uniform",
                                kind);
        *to = (ku_prior){found, isnan(a) ? 0 : a, isnan(b) ? 0 : b, isnan(low) ? 0 : low,
                         isnan(high) ? INFINITY : high};
    }
    if (ku_prior_valid(to)) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, where,
                        "these figures make no distribution; give low and high, the ends of what is"
                        " believed with 95 %%");
}

static ku_status set_prior(const rmix_run_state *r, const ku_frame *f, int64_t row, int channel,
                           const char *quantity, ku_error *err)
{
    ku_mix_channel_spec *c = ku_mix_spec_channel(r->spec, channel);
    static const struct {
        const char *name;
        int effect; /* -1: not of the effect */
        bool bounded;
        size_t at;
    } known[] = {
        {"roi", KU_MIX_ROI, false, offsetof(ku_mix_channel_spec, prior)},
        {"marginal", KU_MIX_MARGINAL_ROI, false, offsetof(ku_mix_channel_spec, prior)},
        {"contribution", KU_MIX_CONTRIBUTION, true, offsetof(ku_mix_channel_spec, prior)},
        {"coefficient", KU_MIX_COEFFICIENT, false, offsetof(ku_mix_channel_spec, prior)},
        {"carry", -1, true, offsetof(ku_mix_channel_spec, carry)},
        {"delay", -1, false, offsetof(ku_mix_channel_spec, delay)},
        {"half", -1, false, offsetof(ku_mix_channel_spec, half)},
        {"slope", -1, false, offsetof(ku_mix_channel_spec, slope)},
        {"spread", -1, false, offsetof(ku_mix_channel_spec, spread_prior)},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!ku_text_fold_equal(quantity, known[i].name)) continue;
        bool weibull = c->form.adstock == KU_ADSTOCK_WEIBULL_CDF ||
                       c->form.adstock == KU_ADSTOCK_WEIBULL_PDF;
        bool bounded = known[i].bounded && !(weibull && strcmp(known[i].name, "carry") == 0);
        if (known[i].effect >= 0) c->effect = (ku_mix_effect)known[i].effect;
        return read_prior(r, f, row, bounded, (ku_prior *)((char *)c + known[i].at), err);
    }
    return ku_error_set(err, KU_BAD_DATA, "priors",
                        "row %lld: found the quantity '%s', expected roi, marginal, contribution,"
                        " coefficient, carry, delay, half, slope or spread",
                        (long long)row + 1, quantity);
}

static ku_status read_priors(const rmix_run_state *r, ku_error *err)
{
    const ku_frame *f = ku_frames_find(r->in, "priors");
    for (int64_t row = 0; f != NULL && row < f->rows; row++) {
        const char *channel = cell_text(f, "channel", row, r->arena);
        const char *quantity = cell_text(f, "quantity", row, r->arena);
        bool found = false;
        for (int c = 0; c < r->mix.channels; c++) {
            bool all = channel[0] == '\0', money = ku_text_fold_equal(quantity, "roi") ||
                                                   ku_text_fold_equal(quantity, "marginal");
            if (all && money && r->mix.channel[c].spend == NULL) continue;
            if (!all && !ku_text_fold_equal(channel, r->mix.channel[c].name)) continue;
            KU_TRY(set_prior(r, f, row, c, quantity, err));
            found = true;
        }
        for (int n = 0; n < r->mix.treatments && !found; n++) {
            if (!ku_text_fold_equal(channel, r->mix.treatment[n].name)) continue;
            ku_mix_treatment_spec *t = ku_mix_spec_treatment(r->spec, n);
            t->effect = ku_text_fold_equal(quantity, "contribution") ? KU_MIX_CONTRIBUTION
                                                                     : KU_MIX_COEFFICIENT;
            KU_TRY(read_prior(r, f, row, false, &t->prior, err));
            found = true;
        }
        if (!found)
            return ku_error_set(err, KU_BAD_DATA, "priors",
                                "row %lld: no channel that ran and no treatment is called %s",
                                (long long)row + 1, channel);
    }
    return KU_OK;
}

/* ---- channels that drive others ------------------------------------------------------------------ */

static int channel_called(const rmix_run_state *r, const char *at, size_t length)
{
    ku_span name = ku_text_trim(at, length);
    const char *text = ku_arena_strndup(r->arena, name.at, name.length);
    for (int c = 0; c < r->mix.channels; c++)
        if (ku_text_fold_equal(r->mix.channel[c].name, text)) return c;
    return -1;
}

/* "TV > Search; Video > Search" */
static ku_status read_feeds(const rmix_run_state *r, ku_error *err)
{
    const char *list = ku_param_set(r->params, "feeds") ? ku_param_text_value(r->params, "feeds")
                                                        : "";
    while (*list != '\0') {
        size_t length = strcspn(list, ";"), arrow = strcspn(list, ">");
        int from = arrow < length ? channel_called(r, list, arrow) : -1;
        int to = arrow < length ? channel_called(r, list + arrow + 1, length - arrow - 1) : -1;
        if (from < 0 || to < 0 || from == to)
            return ku_error_set(err, KU_USAGE, "feeds",
                                "found '%.*s', expected two channels that ran, such as TV > Search",
                                (int)length, list);
        ku_mix_channel_spec *c = ku_mix_spec_channel(r->spec, from);
        c->feeds = to;
        c->feed = ku_prior_half_normal(.5);
        list += length + (list[length] == ';');
    }
    return KU_OK;
}

static ku_status check_range(const rmix_run_state *r, ku_error *err)
{
    bool low = ku_param_set(r->params, "prior-low"), high = ku_param_set(r->params, "prior-high");
    if (low != high)
        return ku_error_set(err, KU_USAGE, low ? "prior-high" : "prior-low",
                            "what is believed of returns has two ends: give both");
    if (low && !(ku_param_real(r->params, "prior-low") < ku_param_real(r->params, "prior-high")))
        return ku_error_set(err, KU_USAGE, "prior-low", "the lower end must be below the upper");
    return KU_OK;
}

ku_status rmix_specify(rmix_run_state *r, ku_error *err)
{
    KU_TRY(check_range(r, err));
    KU_TRY(fill_data(r, err));
    tell_money(r);
    choose_preset(r);
    choose_baseline(r);
    for (int c = 0; c < r->mix.channels; c++) {
        ku_mix_channel_spec *channel = ku_mix_spec_channel(r->spec, c);
        channel->feeds = -1;
        choose_form(r, channel);
        choose_effect(r, c, channel);
        choose_spread(r, channel);
    }
    KU_TRY(read_priors(r, err));
    return read_feeds(r, err);
}
