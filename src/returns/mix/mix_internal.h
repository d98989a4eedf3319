/* mix_internal.h - what the files of the media-mix model share. The model lives in its arena;
 * a state is carved from the work memory of whoever evaluates. */
#ifndef KU_RETURNS_MIX_INTERNAL_H
#define KU_RETURNS_MIX_INTERNAL_H

#include "returns/mix/mix.h"

/* A number of the model: an unknown, or fixed. */
typedef struct mix_slot {
    int at; /* its unknown, or -1 */
    ku_prior prior;
} mix_slot;

/* One effect that may differ by region: z[region] standard normals from unknown `z` on. */
typedef struct mix_effect {
    mix_slot level, spread;
    int z; /* -1: the same everywhere */
} mix_effect;

/* A channel as the density sees it. */
typedef struct mix_media {
    const ku_mix_channel_spec *spec;
    ku_response_form form; /* as specified; Hill's curve with the slope 1 by its faster name */
    mix_slot part[KU_MIX_PARTS];
    int z;                   /* first of the regions' standard normals, or -1 */
    int drift, steps;        /* first of the steps', or -1 */
    const double *x;         /* scaled exposure (reach), media grid */
    const double *more;      /* 1 % more of it; NULL unless the prior is of the marginal return */
    const double *frequency; /* media grid, or NULL */
    const double *scale;     /* [region] exposure units per scaled unit */
    const double *price;     /* [region] money per exposure unit, NAN: none */
    double spend;            /* money over all outcome periods and regions */
    double money;            /* what a prior of 1 stands for, in money; 0: coefficient */
    bool fed;                /* other channels feed it: feeds.c */
    mix_slot fed_noise;      /* then: the noise of its exposure, scaled */
    const double *own;       /* and that exposure, levels and line over time taken out, grid */
} mix_media;

typedef struct mix_linear { /* a treatment or a control */
    mix_effect effect;
    const double *z;       /* scaled, grid */
    const double *against; /* z less its baseline, grid: treatments */
    const double *share;   /* [region] money per unit of coefficient: treatments by contribution */
    double all, money;     /* sum of shares; what a prior of 1 stands for, 0: coefficient */
} mix_linear;

typedef struct mix_lift { /* an experiment, its grids cut out */
    const ku_mix_experiment *what;
    ku_response_grid grid;                 /* of the regions and periods it measured */
    const double *x, *instead, *frequency; /* its exposure, and what it would have been */
    const int *region;                     /* [width] */
} mix_lift;

struct ku_mix_model {
    const ku_mix_data *data;
    const ku_mix_spec *spec;
    ku_density density;
    int unknowns;
    const ku_prior *prior;   /* [unknown] */
    const char *const *name; /* [unknown] */
    const bool *main;        /* [unknown] */

    int regions, periods, before;
    size_t cells;
    /* The outcome, scaled: y = head_g (center + scale z), or its logarithm. */
    const double *head; /* [region] */
    double center, scale;
    const double *y;       /* grid: scaled; counts: as they are; 0 where not used */
    const double *used;    /* grid: 1 where the cell is fitted, else 0 */
    const double *used_by; /* [region] number of used cells */
    const double *money;   /* grid: money per unit of the linear predictor, at the observed */
    double total;          /* outcome in money */
    size_t fitted;         /* cells */

    int knots;
    const int *knot_at;       /* periods */
    const int *knot_left;     /* [period] */
    const double *knot_right; /* [period] weight of the knot after */
    int first_knot;
    int columns, first_column; /* trend, Fourier terms, events: basis[column][period] */
    const double *basis;

    int base_region, first_region; /* region levels, without base_region's; -1: none */
    mix_media *media;
    mix_linear *treatment, *control;
    mix_slot *sigma; /* [1 or regions] */
    int sigmas;
    mix_slot dispersion;
    mix_lift *lift;
    size_t lift_room;

    int fed_knots; /* the line over time of fed channels' exposure: feeds.c */
    const double *fed_basis, *fed_factor;
    double fed_freedom;

    ku_mix_warning *warning;
    int warnings;
};

/* ---- the state of an evaluation ------------------------------------------------------------ */

typedef struct mix_media_state {
    ku_response_values values, by; /* and the gradient by them */
    double rate;                   /* logistic: half = ln 3 / rate */
    double effect;                 /* the number the prior speaks of */
    double level, spread;          /* b and its spread */
    bool by_level;                 /* the level is given, the effect follows */
    double by_effect;              /* then: the gradient of the prior by the effect's logarithm */
    double all;                    /* S: money that a coefficient of 1 in a typical region brings */
    double *beta, *by_beta;        /* [region] */
    double *factor;                /* [region] e^(spread z), or 1 */
    double *share;                 /* [region] money per unit of the region's own coefficient */
    double *drift, *by_drift;      /* [period] E_t: 1 without a drift */
    double *out, *more;            /* response, outcome grid; that of 1 % more */
    double *between, *between_more; /* what their way back needs */
    double *miss;                   /* of a fed channel: what its equation leaves, grid */
    double by_feed; /* of one that feeds: gradient by its response per unit of the other's miss */
} mix_media_state;

typedef struct mix_state {
    double *natural, *by;   /* [unknown]: value, its derivative by u */
    double *adjoint;        /* [unknown]: the gradient by the natural values */
    double *level, *season; /* [region], [period] */
    double *gamma;          /* [treatments, then controls][region] */
    double *predicted;      /* grid */
    double *treated;        /* grid: the part of channels and treatments */
    double *pull, *temp;    /* grids: the gradient by the prediction; whatever */
    double *regions;        /* [2][region]: whatever */
    double *lift;           /* room of the largest experiment */
    double *rows;           /* room of mix_take_out */
    mix_media_state *media; /* [channel] */
} mix_state;

/* The log density, as ku_density wants it. */
double mix_value(const void *model, const double *u, double *gradient, double *work);

/* Doubles that a state takes; the state in that memory (64-byte aligned). */
size_t mix_state_room(const ku_mix_model *model);
void mix_state_carve(const ku_mix_model *model, double *work, mix_state *s);

/* Natural values; clears all gradients. Then channels and treatments: false where they are not
 * allowed. Then all else and the prediction. mix_forward: all of it. */
void mix_naturals(const ku_mix_model *model, const double *u, mix_state *s);
bool mix_forward_treated(const ku_mix_model *model, mix_state *s);
void mix_forward_rest(const ku_mix_model *model, mix_state *s);
bool mix_forward(const ku_mix_model *model, const double *u, mix_state *s);
/* From s->pull (by the prediction) and what was added to adjoints, by_beta, by_drift and by to
 * the gradient by the natural values, in s->adjoint: first all else, then what is treated. */
void mix_backward_rest(const ku_mix_model *model, mix_state *s);
void mix_backward_treated(const ku_mix_model *model, mix_state *s);

/* The number that a slot holds; adds to its gradient. */
static inline double mix_take(const mix_state *s, const mix_slot *slot)
{
    return slot->at < 0 ? slot->prior.a : s->natural[slot->at];
}
static inline void mix_give(mix_state *s, const mix_slot *slot, double pull)
{
    if (slot->at >= 0) s->adjoint[slot->at] += pull;
}

/* A channel's response over `grid` to exposure x (and frequency), with work memory of
 * mix_response_room for the way back, which adds to `by`: respond.c. */
size_t mix_response_room(const mix_media *m, const ku_response_grid *grid);
void mix_respond(const mix_media *m, const ku_response_values *values, const ku_response_grid *grid,
                 const double *x, const double *frequency, double *out, double *work);
void mix_respond_back(const mix_media *m, const ku_response_values *values,
                      const ku_response_grid *grid, const double *x, const double *frequency,
                      const double *out, const double *pull, ku_response_values *by, double *work);

/* Coefficients from the effects' priors, and back: coefficients.c. `_back` takes the gradient by
 * the coefficients, adds to adjoints and sets by_share[region]: by the money that each region's
 * coefficient stands for. */
bool mix_coefficients(const mix_media *m, int regions, const mix_state *s, mix_media_state *c);
void mix_coefficients_back(const mix_media *m, int regions, mix_state *s, const mix_media_state *c,
                           double *by_share);
void mix_linear_coefficients(const mix_linear *l, int regions, const mix_state *s, double *gamma);
void mix_linear_back(const mix_linear *l, int regions, mix_state *s, const double *by_gamma);

/* Log likelihood of the used cells; sets s->pull, adds to the adjoints of sigma and dispersion:
 * likelihood.c. */
double mix_likelihood(const ku_mix_model *model, mix_state *s);
/* Of one cell, in the outcome's own units. */
double mix_cell_likelihood(const ku_mix_model *model, const mix_state *s, size_t cell);
/* Expected outcome of a cell in its own units at a prediction. */
double mix_outcome(const ku_mix_model *model, const mix_state *s, size_t cell, double predicted);
/* Log likelihood of the experiments; adds to the channels' gradients. After mix_forward. */
double mix_lifts(const ku_mix_model *model, mix_state *s);
/* Log likelihood of the exposures that other channels feed; adds to the gradients of these. After
 * mix_forward_treated: feeds.c. mix_take_out takes levels and the line over time out of a grid. */
double mix_feeds(const ku_mix_model *model, mix_state *s);
void mix_take_out(const ku_mix_model *model, double *x, double *work);
size_t mix_take_out_room(const ku_mix_model *model);
void mix_prepare_feeds(ku_mix_model *model, ku_arena *arena);
double mix_lift_predicted(const ku_mix_model *model, mix_state *s, const mix_lift *lift);

/* Scales and grids: scale.c. Knots: knots.c. */
ku_status mix_scale(ku_mix_model *model, ku_arena *arena, ku_error *err);
/* The outcome of a used cell on the scale of the prediction, counts too. */
double mix_scaled_outcome(const ku_mix_model *model, size_t cell);
void mix_place_knots(ku_mix_model *model, ku_arena *arena);
/* Knots chosen by an adaptive spline on the mean of the regions: number, periods in `to`
 * [periods]; 0: none found. `within`: the squares around the means; features: how many series
 * stand beside the knots. aks.c. */
int mix_choose_knots(const double *mean, double within, int periods, int regions, int features,
                     ku_arena *arena, int *to);
/* Unknowns and their names: layout.c. */
void mix_lay_out(ku_mix_model *model, ku_arena *arena);
/* Whether data and specification can be fitted, in words: check.c. */
ku_status mix_check(const ku_mix_data *data, const ku_mix_spec *spec, ku_error *err);
void mix_warn(ku_mix_model *model, ku_arena *arena);
/* Cuts the experiments' grids out: lifts.c. The room that an experiment needs. */
void mix_prepare_lift(const ku_mix_model *model, const ku_mix_experiment *what, ku_arena *arena,
                      mix_lift *to);
size_t mix_lift_room(const ku_mix_model *model, const mix_lift *lift);

/* Standard normals with a common spread: count unknowns from `first` on. */
typedef struct mix_group {
    const mix_slot *spread;
    int first, count;
    int channel;         /* whose factors they are: beta = e^(b + s z); -1: shifts s z */
    bool control;        /* of a control: linear */
    double *information; /* [count] 1 / kappa: what the region's own data say of beta or s z */
} mix_group;

/* Where the sampler starts and the directions it moves along: ground.c. The unknowns u, their
 * groups centred by what is known of them (centring.c), are called w. Members of the ground are
 * first `linear` unknowns that the prediction is linear in, then others. */
typedef struct mix_ground {
    const ku_mix_model *model;
    int n, linear;
    int *member, *at; /* [n] unknowns; [unknown] its place among them, or -1 */
    double *w;        /* [unknown] w* */
    double *l;        /* [n][n], the lower triangle */
    double *treated;  /* grid: what channels and treatments bring at w* */
    double *weight;   /* grid: information of the cells about their prediction */
    double *size;     /* [linear] derivative of the number of the model by w, at w* */
    mix_group *group;
    int groups;
} mix_ground;

/* Whether a channel's level takes the place of its effect among the w. */
static inline bool mix_by_level(const mix_media *m)
{
    return m->spec->spread == KU_MIX_BY_FACTORS && m->z >= 0 && m->part[KU_MIX_PART_EFFECT].at >= 0;
}

void mix_find_groups(const ku_mix_model *model, ku_arena *arena, mix_ground *to);
/* What the data say of each region. */
void mix_inform_groups(const ku_mix_model *model, const mix_state *s, mix_ground *to);
/* w holds u and becomes w, at a state of that u. */
void mix_centre(const mix_ground *ground, const mix_state *s, double *w);
/* u holds w and becomes u but for effects, whose place still holds the level: of groups of
 * controls or of the others; the logarithm of the determinant. */
double mix_uncentre(const mix_ground *ground, bool control, double *u);
/* The gradient of the density of u and of that determinant by u becomes that by w; `level`
 * holds w. */
void mix_uncentre_back(const mix_ground *ground, bool control, const double *u, const double *level,
                       double *gradient);
/* Tells the state of the levels in w; after mix_naturals. */
void mix_give_levels(const mix_ground *ground, const double *w, mix_state *s);
/* The effects that follow, into u; the logarithm of the determinant; false where there is no
 * such effect. After mix_forward_treated. */
bool mix_take_effects(const mix_ground *ground, mix_state *s, double *u, double *stretch);

/* False where no such point was found. */
bool mix_find_ground(const ku_mix_model *model, ku_pool *pool, ku_arena *arena, mix_ground *to);
/* The density of v and its room; the unknowns u at v, with as much work memory. */
size_t mix_ground_room(const mix_ground *ground);
double mix_value_on_ground(const void *ground, const double *v, double *gradient, double *work);
void mix_from_ground(const mix_ground *ground, const double *v, double *u, double *work);

#endif
