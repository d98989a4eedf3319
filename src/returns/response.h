/* response.h - what media do: how an exposure lasts (adstock) and how more of it brings less
 * and less (saturation). The one response function behind the mix model, its returns and
 * curves, the planner and its forecast. Owns nothing; the caller gives all memory.
 *
 * A grid holds `width` series side by side that share their parameters (the regions of a
 * channel): the value of series s in period t stands at [t * width + s], so that the work on a
 * period runs over memory in order. In front of the periods asked for may lie `before` earlier
 * ones, the history that still counts in the first of them: the value of series s in period t
 * is then x[(before + t) * width + s]. Periods before those are taken as without exposure. */
#ifndef KU_RETURNS_RESPONSE_H
#define KU_RETURNS_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

/* How much an exposure still counts l periods later, w[l] for l = 0 .. lag:
 *   none        1, then nothing
 *   geometric   carry^l
 *   binomial    (1 - l / (lag + 1))^(1 / carry - 1); carry 0 is none, 1 is all alike
 *   delayed     carry^((l - delay)^2): strongest `delay` periods later
 *   weibull cdf prod over j = 1 .. l of exp(-(j / delay)^carry)
 *   weibull pdf p[l] - min p over max p - min p, where p[l] is the density of Weibull's
 *               distribution with shape `carry` and scale `delay` at l + 1
 * Geometric and binomial: Meridian's model specification (google/meridian, adstock functions);
 * delayed: Jin, Wang, Sun, Chan & Koehler (2017), Bayesian methods for media mix modeling with
 * carryover and shape effects, eq. (3); Weibull's: Robyn (facebookexperimental/Robyn). */
typedef enum ku_adstock_kind {
    KU_ADSTOCK_NONE,
    KU_ADSTOCK_GEOMETRIC,
    KU_ADSTOCK_BINOMIAL,
    KU_ADSTOCK_DELAYED,
    KU_ADSTOCK_WEIBULL_CDF,
    KU_ADSTOCK_WEIBULL_PDF,
    KU_ADSTOCK_COUNT
} ku_adstock_kind;

/* What x units of exposure bring of the most there is:
 *   none             x
 *   hill             x^slope / (x^slope + half^slope)
 *   logistic         (1 - e^-rx) / (1 + e^-rx) with r = ln 3 / half
 *   michaelis menten x / (x + half): Hill's curve with the slope 1, and faster
 *   power            x^slope
 * so that `half` is the exposure that brings half of the most. */
typedef enum ku_saturation_kind {
    KU_SATURATION_NONE,
    KU_SATURATION_HILL,
    KU_SATURATION_LOGISTIC,
    KU_SATURATION_MICHAELIS_MENTEN,
    KU_SATURATION_POWER,
    KU_SATURATION_COUNT
} ku_saturation_kind;

enum { KU_ADSTOCK_LONGEST = 520 }; /* the furthest lag */

/* What is settled about a channel before anything is estimated. */
typedef struct ku_response_form {
    ku_adstock_kind adstock;
    ku_saturation_kind saturation;
    int lag;              /* the last period that an exposure still counts in, 0 .. LONGEST */
    bool normalised;      /* the weights sum to 1 */
    bool saturated_first; /* adstock of the saturated exposure, not saturation of the adstock */
} ku_response_form;

/* What is estimated; also a gradient with respect to it. What the form does not use is neither
 * read nor has a gradient other than 0. */
typedef struct ku_response_values {
    double carry; /* geometric, binomial, delayed: 0 .. 1; Weibull's: shape > 0 */
    double delay; /* delayed: periods, >= 0; Weibull's: scale in periods > 0 */
    double half;  /* > 0, in the units of the exposure */
    double slope; /* > 0; Hill's curve with a slope above 1 is S-shaped */
} ku_response_values;

typedef struct ku_response_grid {
    int before, periods, width; /* see above; >= 0, >= 1, >= 1 */
} ku_response_grid;

/* "geometric", "weibull_cdf", "michaelis_menten", ..: what tables call them. `_find`: COUNT
 * where there is no such kind. */
const char *ku_adstock_name(ku_adstock_kind kind);
const char *ku_saturation_name(ku_saturation_kind kind);
ku_adstock_kind ku_adstock_find(const char *name);
ku_saturation_kind ku_saturation_find(const char *name);

/* The half-saturation point of a logistic curve (1 - e^-rx) / (1 + e^-rx); its derivative with
 * respect to r is -half / r. */
double ku_logistic_half(double rate);

/* ---- one number ------------------------------------------------------------------------ */

/* The saturation of x >= 0; its derivative with respect to x, and to half and slope in `by`
 * (NULL: not asked for). At x = 0 a power with a slope below 1 has no derivative: 0 then. */
double ku_saturation(const ku_response_form *form, const ku_response_values *values, double x,
                     double *by_x, ku_response_values *by);
/* The weights w[0 .. lag]; their derivatives with respect to carry and delay (NULL: not asked
 * for). */
void ku_adstock_weights(const ku_response_form *form, const ku_response_values *values, double *w,
                        double *by_carry, double *by_delay);

/* ---- grids ------------------------------------------------------------------------------ */

/* The adstock of x for every period of the grid, without its history: out[t * width + s]. */
void ku_adstock(const ku_response_form *form, const ku_response_values *values,
                const ku_response_grid *grid, const double *x, double *out);
/* The way back: for pull = the gradient of some sum with respect to `out` (as ku_adstock left
 * it), adds to by->carry and by->delay, and sets by_x[t * width + s] to the gradient with
 * respect to x of the periods after the history (NULL: not asked for). `work`:
 * ku_adstock_room(grid) doubles. */
size_t ku_adstock_room(const ku_response_grid *grid);
void ku_adstock_back(const ku_response_form *form, const ku_response_values *values,
                     const ku_response_grid *grid, const double *x, const double *out,
                     const double *pull, ku_response_values *by, double *by_x, double *work);

/* The saturation of n numbers; `out` may be x. */
void ku_saturate(const ku_response_form *form, const ku_response_values *values, size_t n,
                 const double *x, double *out);
/* Its way back, from out = the saturation of x: adds to by->half and by->slope, sets by_x
 * (which may be `pull`). */
void ku_saturate_back(const ku_response_form *form, const ku_response_values *values, size_t n,
                      const double *x, const double *out, const double *pull,
                      ku_response_values *by, double *by_x);

/* Both, in the form's order: the response in every period of the grid. `work` takes
 * ku_response_room(grid) doubles; what is between the two steps stays there for the way back,
 * which must get it untouched. */
size_t ku_response_room(const ku_response_grid *grid);
void ku_response(const ku_response_form *form, const ku_response_values *values,
                 const ku_response_grid *grid, const double *x, double *out, double *work);
/* The way back through both: adds to `by`, sets by_x (NULL: not asked for). */
void ku_response_back(const ku_response_form *form, const ku_response_values *values,
                      const ku_response_grid *grid, const double *x, const double *out,
                      const double *pull, ku_response_values *by, double *by_x, double *work);

#endif
