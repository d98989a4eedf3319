/* regress.h - what price, promotion, weather or holidays did to one series: their effects,
 * with how sure they are, taken out of the past and put back into the forecast. The caller
 * owns all arrays; work memory is for one thread, taken from an arena.
 *
 * The model is g(y[t]) = level, trend and season + sum of beta[j] x[j][t] + error[t], the
 * error an autoregression of order one; g is y itself, or ln y where effects are relative.
 * It serves to find beta; level, trend and season are then forecast by whichever method
 * the series gets, from the series without the effects. */
#ifndef KU_FORECAST_REGRESS_H
#define KU_FORECAST_REGRESS_H

#include "forecast/method.h"

#define KU_REGRESSORS 200 /* at most */

/* What there is of one series. */
typedef struct ku_regress_data {
    const double *y; /* n values, finite */
    int n, season;   /* periods in the season; 1: none */
    int columns;
    int ahead;          /* periods after the last value that columns may have values for */
    const double *x;    /* columns, one behind the other, n + ahead each; NaN: not given */
    const int *sd;      /* for each column the one with its standard deviation, or -1; NULL: none */
    const bool *helper; /* columns that only hold standard deviations; NULL: none */
    bool relative;      /* effects multiply; used where y > 0 throughout */
} ku_regress_data;

typedef enum ku_regress_fate {
    KU_REGRESS_USED,
    KU_REGRESS_HELPER,   /* holds standard deviations */
    KU_REGRESS_EMPTY,    /* no value in the past */
    KU_REGRESS_SHORT,    /* the past is too short to tell */
    KU_REGRESS_CONSTANT, /* always the same in the past */
    KU_REGRESS_COLLINEAR /* follows from the level, trend, season or the columns before it */
} ku_regress_fate;

typedef struct ku_regress_effect {
    ku_regress_fate fate;
    bool logged;      /* beta is per unit of ln x: an elasticity where effects are relative */
    double beta;      /* per unit of x (or ln x), in units of g(y); 0 unless used */
    double deviation; /* standard error of beta */
    double reference; /* the usual x (or ln x): its mean over the last season */
} ku_regress_effect;

typedef struct ku_regress_fit {
    bool relative, shrunk;     /* shrunk: more columns than the past can tell, drawn towards 0 */
    int used;                  /* effects that are used */
    int filled;                /* cells of the past that were empty and took the value before */
    double phi;                /* autoregression of the errors */
    double sigma2;             /* variance of their innovations */
    double freedom;            /* degrees of freedom of sigma2 */
    ku_regress_effect *effect; /* columns */
    double *covariance;        /* columns x columns, of the betas */
} ku_regress_fit;

typedef struct ku_regress_work ku_regress_work;
/* NULL when the machine has not that much memory. */
ku_regress_work *ku_regress_work_new(ku_arena *arena, int longest, int season, int columns);
/* The arrays of a fit; false when there is no memory. */
bool ku_regress_room(ku_arena *arena, int columns, ku_regress_fit *fit);

/* Estimates by generalised least squares; phi by restricted likelihood (Harville 1977,
 * JASA 72, section 5). With more columns than a third of what the past can tell, betas get
 * a normal prior whose width is found by the same likelihood (ridge). False when the past is
 * too short or no column is of use; fates are then still set, betas 0. */
bool ku_regress_estimate(ku_regress_work *work, const ku_regress_data *data, ku_regress_fit *fit);

/* The series as it would have been with every column at its reference. adjusted[n]. */
void ku_regress_remove(const ku_regress_data *data, const ku_regress_fit *fit, double *adjusted);

/* The value of column j at t (0 .. n + ahead - 1) on the scale beta is for, gaps of the past
 * filled; NaN: not given. */
double ku_regress_value(const ku_regress_data *data, const ku_regress_fit *fit, int j, int t);

/* Against the references, the effect of the columns over h periods ahead in units of g(y),
 * and its variance from three sources: the betas, planned values that are uncertain, and
 * columns that are not given and so are foreseen from their own past: flags and rare events
 * by their share (in the same place of the season), other numbers by an autoregression
 * around their mean or season. `plan` (may be NULL) holds values
 * that go before those of the data, columns x h, NaN where it has none. Returns how many
 * used columns had to be forecast, at least in part. */
int ku_regress_ahead(const ku_regress_data *data, const ku_regress_fit *fit, const double *plan,
                     int h, double *room, double *effect, double *variance);
/* Work memory of ku_regress_ahead, in doubles. */
size_t ku_regress_ahead_room(int longest, int columns, int h);

/* Puts effect and variance into the forecast of the adjusted series. Unless `below_zero`,
 * nothing of a series that never was negative stays below zero. */
void ku_regress_restore(const ku_regress_data *data, const ku_regress_fit *fit,
                        const double *effect, const double *variance, int h, bool below_zero,
                        double *mean, double *const bound[KU_BOUNDS]);

/* Where the columns are, of those named: name_sd belongs to name. helper and sd: count each. */
void ku_regress_pair(const char *const *names, int count, bool *helper, int *sd);

#endif
