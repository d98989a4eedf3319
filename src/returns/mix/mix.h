/* mix.h - the Bayesian media-mix model: what each channel brought, by region and period, with
 * everything uncertain drawn from its posterior. A model, a fit and a view live in the arena
 * they were made in; the data and the specification stay the caller's and must outlive them.
 * Nothing here knows tables.
 *
 * The expected outcome of region g in period t, on the scale of the outcome's family, is
 *   tau_g + mu_t + sum_m beta_gm E_mt R(x_gtm) + sum_n gamma_gn z_gtn + sum_c gamma_gc z_gtc
 * with the response R of response.h (adstock and saturation), mu_t a line between knots, or a
 * trend, plus Fourier terms and events, and E_mt the drift of a channel's effect. Gaussian:
 * of the outcome itself; log-normal and counts: of its logarithm. Source: Meridian's model
 * specification (google/meridian); Jin, Wang, Sun, Chan & Koehler (2017), Bayesian methods for
 * media mix modeling with carryover and shape effects; PyMC-Marketing's MMM.
 *
 * Grids: the value of region g in period t stands at [t * regions + g]. Media may have `before`
 * periods ahead of the first outcome: theirs stands at [(before + t) * regions + g]. */
#ifndef KU_RETURNS_MIX_H
#define KU_RETURNS_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"
#include "kemudi/pool.h"
#include "kemudi/rng.h"
#include "num/nuts.h"
#include "returns/priors.h"
#include "returns/response.h"

/* ---- the data --------------------------------------------------------------------------- */

typedef struct ku_mix_channel {
    const char *name;
    const double *exposure;  /* media grid, >= 0; reach where there is a frequency */
    const double *frequency; /* media grid, or NULL */
    const double *spend;     /* media grid in money, or NULL: an organic channel */
} ku_mix_channel;

typedef struct ku_mix_series { /* a treatment that is not media (price, promotion), or a control */
    const char *name;
    const double *value; /* grid of the outcome */
    bool per_head;       /* grows with the population, to be divided by it */
} ku_mix_series;

typedef struct ku_mix_event { /* a holiday or another one-off, the same in all regions */
    const char *name;
    const double *value; /* [period] */
} ku_mix_event;

/* A measured lift: the outcome of `regions` in the periods from .. until - 1, less what it
 * would have been had the channel's exposure in the periods from .. to - 1 been `instead` times
 * what it was (0: switched off). What carries over after `until` is not in it, as nobody
 * measured it. */
typedef struct ku_mix_experiment {
    int channel;
    const bool *regions; /* [region], NULL: all */
    int from, to, until; /* periods of the outcome; from < to <= until */
    double instead;
    double lift, sd; /* in the outcome's own units */
} ku_mix_experiment;

typedef struct ku_mix_data {
    int regions, periods, before;
    int channels, treatments, controls, events, experiments;
    const double *outcome;          /* grid; NAN: not known */
    const bool *held_out;           /* grid, or NULL: cells kept from the fit to test it */
    const double *revenue_per_unit; /* grid, or NULL: the outcome is money */
    const double *population;       /* [region], or NULL: all alike */
    const double *year;             /* [period]: how far into the year, 0 .. 1; NULL: no seasons */
    const ku_mix_channel *channel;
    const ku_mix_series *treatment, *control;
    const ku_mix_event *event;
    const ku_mix_experiment *experiment;
    const char *const *region; /* [region]: names, for the unknowns' */
} ku_mix_data;

/* ---- the specification ------------------------------------------------------------------ */

typedef enum ku_mix_family {
    KU_MIX_GAUSSIAN,
    KU_MIX_LOG_NORMAL, /* the outcome must be positive */
    KU_MIX_COUNTS,     /* negative binomial; whole numbers >= 0 */
} ku_mix_family;

typedef enum ku_mix_scaling {
    KU_MIX_PER_HEAD, /* media by population and the median of what is positive; outcome per head,
                        to mean 0 and standard deviation 1; controls likewise (Meridian) */
    KU_MIX_LARGEST,  /* media and outcome by each region's largest, controls as they are
                        (PyMC-Marketing) */
} ku_mix_scaling;

/* What the prior of a channel's effect speaks of. */
typedef enum ku_mix_effect {
    KU_MIX_ROI,          /* money per unit of spend, over all periods and regions */
    KU_MIX_MARGINAL_ROI, /* money per unit of spend of 1 % more exposure everywhere */
    KU_MIX_CONTRIBUTION, /* share of the whole outcome in money */
    KU_MIX_COEFFICIENT,  /* scaled outcome per unit of saturated exposure, in a typical region */
} ku_mix_effect;

typedef enum ku_mix_spread { /* how the effect differs from region to region */
                             KU_MIX_SAME,
                             KU_MIX_BY_FACTORS, /* beta_g = exp(b + spread z_g): never negative */
                             KU_MIX_BY_SHIFTS,  /* beta_g = b + spread z_g */
} ku_mix_spread;

typedef struct ku_mix_channel_spec {
    ku_response_form form; /* with a frequency: the saturation is the frequency's, first */
    ku_prior carry, delay, half, slope; /* those the form uses */
    bool half_is_rate; /* logistic saturation: the prior `half` is that of the rate ln 3 / half */
    ku_mix_effect effect;
    ku_prior prior;
    ku_mix_spread spread;
    ku_prior spread_prior;
    int drift_every; /* the effect may drift, by a random walk with a step every so many periods;
                        0: it stays */
    ku_prior drift;  /* standard deviation of a step, in logarithms */
    int feeds;       /* the channel whose exposure this one drives (branded search), or -1 */
    ku_prior feed;   /* units of its scaled exposure per unit of this one's response */
} ku_mix_channel_spec;

typedef enum ku_mix_baseline { KU_MIX_LEAST, KU_MIX_MOST, KU_MIX_VALUE } ku_mix_baseline;

typedef struct ku_mix_treatment_spec {
    ku_mix_effect effect; /* CONTRIBUTION or COEFFICIENT */
    ku_prior prior;
    ku_prior spread;          /* by shifts; FIXED 0: the same everywhere */
    ku_mix_baseline baseline; /* against which it contributes */
    double value;             /* KU_MIX_VALUE */
} ku_mix_treatment_spec;

typedef enum ku_mix_knots {
    KU_MIX_KNOTS_NUMBER,    /* so many, equally spaced; 1: a constant */
    KU_MIX_KNOTS_EVERY,     /* one every so many periods */
    KU_MIX_KNOTS_ALL,       /* one a period */
    KU_MIX_KNOTS_AUTOMATIC, /* chosen by an adaptive spline, as Meridian does */
    KU_MIX_KNOTS_GIVEN,
} ku_mix_knots;

typedef struct ku_mix_spec {
    ku_mix_family family;
    ku_mix_scaling scaling;
    ku_mix_knots knots;
    int knots_number;      /* NUMBER, EVERY, GIVEN */
    const int *knots_at;   /* GIVEN: periods, ascending */
    ku_prior knot;         /* value at a knot, scaled outcome */
    ku_prior region_level; /* tau_g, by how much a region differs; the largest one's is 0 */
    bool trend;            /* a straight line through all periods */
    ku_prior slope;        /* its rise from first to last period */
    int fourier;           /* pairs of sine and cosine over the year */
    ku_prior season, event;
    ku_prior control, control_spread;
    ku_prior sigma; /* of the noise, in scaled outcome */
    bool sigma_by_region;
    ku_prior dispersion;                    /* of counts: variance = mean + dispersion mean^2 */
    const ku_mix_channel_spec *channel;     /* [channels] */
    const ku_mix_treatment_spec *treatment; /* [treatments] */
} ku_mix_spec;

/* The defaults of Meridian (google/meridian, ModelSpec and PriorDistribution) and of
 * PyMC-Marketing (MMM with geometric adstock, logistic saturation): for these data, channels
 * and treatments included, to be changed at will. In the arena. */
ku_mix_spec *ku_mix_spec_meridian(const ku_mix_data *data, ku_arena *arena);
ku_mix_spec *ku_mix_spec_pymc(const ku_mix_data *data, ku_arena *arena);
/* The channel of such a specification, to change it. */
ku_mix_channel_spec *ku_mix_spec_channel(ku_mix_spec *spec, int channel);
ku_mix_treatment_spec *ku_mix_spec_treatment(ku_mix_spec *spec, int treatment);

/* ---- the model -------------------------------------------------------------------------- */

typedef struct ku_mix_model ku_mix_model;

/* KU_BAD_DATA in plain words: nothing to fit, values that the family cannot have, a channel
 * without any exposure, priors that are none, an experiment outside the periods. */
ku_status ku_mix_new(const ku_mix_data *data, const ku_mix_spec *spec, ku_arena *arena,
                     const ku_mix_model **out, ku_error *err);

/* What does not stop a fit, but whoever reads it must know. */
typedef enum ku_mix_flag {
    KU_MIX_FEW_PERIODS, /* fewer known cells than unknowns that data should settle */
    KU_MIX_ONE_REGION,  /* no comparison between regions: trend and media are told apart by time */
    KU_MIX_SPEND_CONSTANT, /* of `channel`: varies by less than 5 %, its effect is the prior's */
    KU_MIX_NO_SPEND,       /* of `channel`: exposure without spend: no return can be had */
    KU_MIX_SPEND_UNSEEN,   /* of `channel`: money was spent in periods without exposure */
} ku_mix_flag;
typedef struct ku_mix_warning {
    ku_mix_flag flag;
    int channel;   /* -1: of none */
    double figure; /* known cells per unknown; variation (sd/mean); share of spend unseen */
} ku_mix_warning;
int ku_mix_warnings(const ku_mix_model *model, const ku_mix_warning **out);

/* The log posterior density of the unknowns u, each with a standard normal prior, up to a
 * constant. The density is the model's. */
const ku_density *ku_mix_density(const ku_mix_model *model);
int ku_mix_unknowns(const ku_mix_model *model);
/* The unknown's name ("roi TV", "carry TV", "knot 12", "level Leeds") and its value on the
 * natural scale at u. */
const char *ku_mix_name(const ku_mix_model *model, int unknown);
double ku_mix_natural(const ku_mix_model *model, int unknown, double u);
/* The unknown that holds, of a channel, its effect, carry, delay, half, slope or spread; -1
 * where it is fixed or not in the model. */
typedef enum ku_mix_part {
    KU_MIX_PART_EFFECT,
    KU_MIX_PART_CARRY,
    KU_MIX_PART_DELAY,
    KU_MIX_PART_HALF,
    KU_MIX_PART_SLOPE,
    KU_MIX_PART_SPREAD,
    KU_MIX_PART_DRIFT,
    KU_MIX_PART_FEED,
    KU_MIX_PARTS
} ku_mix_part;
int ku_mix_find(const ku_mix_model *model, int channel, ku_mix_part part);
/* Unknowns other than the standard normals behind regions' and steps' differences. */
bool ku_mix_is_main(const ku_mix_model *model, int unknown);
/* The knots chosen: their periods. */
int ku_mix_knots_of(const ku_mix_model *model, const int **at);

/* A draw from the prior: unknowns u[]. */
void ku_mix_draw_prior(const ku_mix_model *model, ku_rng *rng, double *u);

/* ---- the fit ---------------------------------------------------------------------------- */

typedef struct ku_mix_options {
    int chains, warmup, draws; /* 0: 4 chains, 400 + 1,000 */
    int max_depth;             /* 0: 10 */
    double accept;             /* 0: .8 */
    uint64_t seed;
} ku_mix_options;

typedef struct ku_mix_fit {
    const ku_mix_model *model;
    ku_nuts_draws nuts;  /* as sampled; x are draws of the unknowns u */
    double rhat, ess;    /* the worst of all unknowns and channel returns */
    double rhat_returns; /* the worst of channel returns alone */
    double ess_returns;
    int divergent;
    const double *unknown_rhat; /* [unknown] */
    const double *unknown_ess;  /* [unknown], the smaller of bulk and tail */
} ku_mix_fit;

/* Samples the posterior: same seed, same bits, whatever the threads. `pool`, `watch` may be
 * NULL. As ku_nuts. A fit that did not converge is no error: see rhat, divergent and the
 * chains' fates. */
ku_status ku_mix_sample(const ku_mix_model *model, const ku_mix_options *options, ku_pool *pool,
                        const ku_nuts_watch *watch, ku_arena *arena, ku_mix_fit *out,
                        ku_error *err);
/* Draw i of all (chains one after another): its unknowns. */
const double *ku_mix_draw(const ku_mix_fit *fit, size_t i);
size_t ku_mix_draws(const ku_mix_fit *fit);

/* ---- what a draw says ------------------------------------------------------------------- */

/* One draw looked at: all that follows of it, in a workspace made once; a thread has its own. */
typedef struct ku_mix_view ku_mix_view;
ku_mix_view *ku_mix_view_new(const ku_mix_model *model, ku_arena *arena);
void ku_mix_look(ku_mix_view *view, const double *u);

/* Periods from .. to - 1 of the outcome, of those regions (NULL: all). */
typedef struct ku_mix_window {
    int from, to;
    const bool *regions;
} ku_mix_window;

/* What a channel's response is made of: carry, delay, half (in scaled exposure), slope. */
ku_response_values ku_mix_response(const ku_mix_view *view, int channel);
/* Exposure units per scaled unit; money per exposure unit (NAN: organic or never spent on). */
double ku_mix_exposure_scale(const ku_mix_model *model, int channel, int region);
double ku_mix_exposure_price(const ku_mix_model *model, int channel, int region);
/* Money of outcome per unit of saturated exposure per period, at the region's mean revenue per
 * unit and, with a log-normal or count outcome, at its mean outcome; what the channel feeds is
 * not in it. With a drift: as of the last period. */
double ku_mix_coefficient(const ku_mix_view *view, int channel, int region);

/* Expected outcome (its own units), grid. */
const double *ku_mix_expected(const ku_mix_view *view);
/* Outcome in money that would be missing without the channel (its exposure 0 in all periods,
 * those before too), grid of the outcome; what it brings through the channel it feeds is in it
 * and in `through` alone (NULL: not asked for). */
void ku_mix_contribution(ku_mix_view *view, int channel, double *to, double *through);
/* And of a treatment, against its baseline. */
void ku_mix_treatment(ku_mix_view *view, int treatment, double *to);
/* What would be there without any media, with treatments at their baselines, in money, grid. */
void ku_mix_baseline_money(ku_mix_view *view, double *to);

typedef struct ku_mix_return {
    double spend, contribution; /* money within the window */
    double roi;                 /* contribution per unit of spend; NAN without spend */
    double marginal;            /* of the next unit: 1 % more exposure in all periods */
} ku_mix_return;
ku_mix_return ku_mix_returns(ku_mix_view *view, int channel, const ku_mix_window *window);
/* The contribution within the window with all of the channel's exposure times `factor`: a
 * response curve's points. */
double ku_mix_scaled_up(ku_mix_view *view, int channel, double factor, const ku_mix_window *window);
/* The lift that the draw predicts for an experiment, in the outcome's units. */
double ku_mix_lift(ku_mix_view *view, const ku_mix_experiment *experiment, ku_arena *arena);

/* A replicate of the outcome (own units), grid: posterior predictive. */
void ku_mix_replicate(const ku_mix_view *view, ku_rng *rng, double *to);
/* The log likelihood of every cell, grid; NAN where the outcome is not known. Held-out cells
 * have theirs. */
void ku_mix_log_likelihood(const ku_mix_view *view, double *to);

/* The price of 1 unit of outcome at each cell, grid: revenue per unit, or 1. */
double ku_mix_revenue(const ku_mix_model *model, int period, int region);

#endif
