/* response.c - the names of the kinds, and adstock and saturation one after the other. */
#include "returns/response.h"

#include <string.h>

#include "returns/response_internal.h"

static const char *const adstocks[] = {
    [KU_ADSTOCK_NONE] = "none",
    [KU_ADSTOCK_GEOMETRIC] = "geometric",
    [KU_ADSTOCK_BINOMIAL] = "binomial",
    [KU_ADSTOCK_DELAYED] = "delayed",
    [KU_ADSTOCK_WEIBULL_CDF] = "weibull_cdf",
    [KU_ADSTOCK_WEIBULL_PDF] = "weibull_pdf",
};

static const char *const saturations[] = {
    [KU_SATURATION_NONE] = "none",         [KU_SATURATION_HILL] = "hill",
    [KU_SATURATION_LOGISTIC] = "logistic", [KU_SATURATION_MICHAELIS_MENTEN] = "michaelis_menten",
    [KU_SATURATION_POWER] = "power",
};

static int find(const char *const *names, int count, const char *name)
{
    int at = 0;
    while (at < count && strcmp(names[at], name) != 0) at++;
    return at;
}

const char *ku_adstock_name(ku_adstock_kind kind)
{
    return adstocks[kind];
}

const char *ku_saturation_name(ku_saturation_kind kind)
{
    return saturations[kind];
}

ku_adstock_kind ku_adstock_find(const char *name)
{
    return (ku_adstock_kind)find(adstocks, KU_ADSTOCK_COUNT, name);
}

ku_saturation_kind ku_saturation_find(const char *name)
{
    return (ku_saturation_kind)find(saturations, KU_SATURATION_COUNT, name);
}

double ku_logistic_half(double rate)
{
    return ku_response_ln3 / rate;
}

/* ---- both -------------------------------------------------------------------------------- */

/* The work memory: what is between the two steps for every period and the history, its
 * gradient, and what adstock's way back needs. */
typedef struct between {
    double *value, *pull, *work;
    size_t history, periods; /* in numbers */
} between;

static between between_of(const ku_response_grid *grid, double *work)
{
    size_t width = (size_t)grid->width, history = (size_t)grid->before * width;
    size_t periods = (size_t)grid->periods * width, all = history + periods;
    return (between){work, work + all, work + 2 * all, history, periods};
}

size_t ku_response_room(const ku_response_grid *grid)
{
    size_t all = (size_t)(grid->before + grid->periods) * (size_t)grid->width;
    return 2 * all + ku_adstock_room(grid);
}

void ku_response(const ku_response_form *form, const ku_response_values *values,
                 const ku_response_grid *grid, const double *x, double *out, double *work)
{
    between b = between_of(grid, work);
    if (form->saturated_first) {
        ku_saturate(form, values, b.history + b.periods, x, b.value);
        ku_adstock(form, values, grid, b.value, out);
    } else {
        ku_adstock(form, values, grid, x, b.value);
        ku_saturate(form, values, b.periods, b.value, out);
    }
}

static void back_saturated_first(const ku_response_form *form, const ku_response_values *values,
                                 const ku_response_grid *grid, const double *x, const double *out,
                                 const double *pull, ku_response_values *by, double *by_x,
                                 between b)
{
    size_t felt = (size_t)ku_response_felt(form, grid) * (size_t)grid->width;
    size_t from = b.history - felt;
    ku_adstock_back_felt(form, values, grid, b.value, out, pull, by, b.pull, b.work);
    ku_saturate_back(form, values, felt + b.periods, x + from, b.value + from, b.pull, by, b.pull);
    if (by_x != NULL) memcpy(by_x, b.pull + felt, b.periods * sizeof *by_x);
}

void ku_response_back(const ku_response_form *form, const ku_response_values *values,
                      const ku_response_grid *grid, const double *x, const double *out,
                      const double *pull, ku_response_values *by, double *by_x, double *work)
{
    between b = between_of(grid, work);
    if (form->saturated_first) {
        back_saturated_first(form, values, grid, x, out, pull, by, by_x, b);
        return;
    }
    ku_saturate_back(form, values, b.periods, b.value, out, pull, by, b.pull);
    ku_adstock_back(form, values, grid, x, b.value, b.pull, by, by_x, b.work);
}
