/* intermittent.h - demand with many periods of none: its class, the smoothing of how often
 * and how much (Croston, Syntetos & Boylan, Teunter, Syntetos & Babai), smoothing of
 * aggregated demand (ADIDA, IMAPA), and the distribution of what comes. The caller owns all
 * arrays.
 *
 * Values are the demand of n periods, 0 or above. */
#ifndef KU_FORECAST_INTERMITTENT_H
#define KU_FORECAST_INTERMITTENT_H

#include <stdbool.h>

/* ---- classes ------------------------------------------------------------------------------ */

typedef enum ku_demand_class {
    KU_DEMAND_NONE,         /* nothing was ever asked for */
    KU_DEMAND_SMOOTH,       /* often, in even amounts */
    KU_DEMAND_ERRATIC,      /* often, in uneven amounts */
    KU_DEMAND_INTERMITTENT, /* seldom, in even amounts */
    KU_DEMAND_LUMPY,        /* seldom, in uneven amounts */
} ku_demand_class;

/* "smooth", "intermittent"... */
const char *ku_demand_class_name(ku_demand_class class);

typedef struct ku_demand_pattern {
    ku_demand_class class;
    int demands;                /* periods with demand */
    double interval;            /* ADI: periods per period with demand; 0 without any */
    double variation;           /* CV^2 of the amounts above zero */
    double size, size_variance; /* mean and variance of those amounts */
    bool whole;                 /* all values are whole numbers */
} ku_demand_pattern;

/* Syntetos, Boylan & Croston (2005), JORS 56, 495-503, figure 2: bounds at an interval of
 * 1.32 periods and a squared coefficient of variation of .49. */
ku_demand_pattern ku_demand_classify(const double *y, int n);

/* ---- how often and how much ---------------------------------------------------------------- */

/* The state after a past: the chance that a period has demand, the amount when it has, and
 * the forecast, which is their product but for SBA. */
typedef struct ku_occurrence {
    double chance, size, mean;
    double size_weight; /* the smoothing weights that were used */
    double interval_weight;
} ku_occurrence;

/* Croston (1972), Operational Research Quarterly 23, 289-303: the amount and the interval
 * between demands smoothed apart, when there is a demand; both start at their first value,
 * as R forecast's croston() does. `fitted` (n) gets the one-step forecasts or is NULL.
 * Without any demand all is 0. */
ku_occurrence ku_croston(const double *y, int n, double size_weight, double interval_weight,
                         double *fitted);
/* The same with weights in [.01, .5] of best one-step likelihood: of the amounts by least
 * squares, of the intervals by the chance they gave each period to have demand. */
ku_occurrence ku_croston_best(const double *y, int n, double *fitted);
/* Syntetos & Boylan (2005), IJF 21, 303-314, eq. 5: Croston's times 1 - weight / 2. */
ku_occurrence ku_sba(const double *y, int n, double size_weight, double interval_weight,
                     double *fitted);
/* Teunter, Syntetos & Babai (2011), EJOR 214, 606-615, eqs. 5-6: the chance is smoothed in
 * every period, so it falls while nothing is asked for. The weights are those of best
 * one-step likelihood; it starts at the chance and amount of the whole past. */
ku_occurrence ku_tsb_best(const double *y, int n, double *fitted);

/* ---- aggregated in time ---------------------------------------------------------------------- */

/* ADIDA, Nikolopoulos et al. (2011), JORS 62, 544-554: demand added up over blocks of
 * `block` periods, counted back from the end, smoothed exponentially with the weight in
 * [.01, .3] of least squares, and spread evenly again. block >= 1, n >= block. */
double ku_adida(const double *y, int n, int block, double *fitted);
/* IMAPA, Petropoulos & Kourentzes (2015), JORS 66, 914-924: the mean of ADIDA over blocks of
 * 1, 2, ... up to the interval between demands. `room` of n, used with fitted only. */
double ku_imapa(const double *y, int n, int longest, double *fitted, double *room);

/* ---- what comes --------------------------------------------------------------------------------- */

/* A period has demand with probability `chance`; then the amount has that mean and variance.
 * Whole amounts are one more than a negative binomial number (as the hurdle shifted models
 * of Snyder, Ord & Beaumont 2012, IJF 28, 485-496), others are lognormal. */
typedef struct ku_demand_ahead {
    double chance, size, size_variance;
    bool whole;
} ku_demand_ahead;

/* The smallest demand that is not exceeded with probability `share`: never below zero,
 * whole where demand is. */
double ku_demand_quantile(ku_demand_ahead d, double share);

#endif
