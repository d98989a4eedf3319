/* respond.c - a channel's response to its exposure. With reach and frequency the frequency is
 * saturated first and the adstock is that of the reach it makes effective: R(x) =
 * Adstock(reach Sat(frequency)), as in Meridian's specification. */
#include "returns/mix/mix_internal.h"

#include <string.h>

/* With a frequency the whole history is asked for as periods, so that the way back reaches it. */
static ku_response_grid whole(const ku_response_grid *grid)
{
    return (ku_response_grid){0, grid->before + grid->periods, grid->width};
}

static size_t numbers(const ku_response_grid *grid)
{
    return (size_t)(grid->before + grid->periods) * (size_t)grid->width;
}

size_t mix_response_room(const mix_media *m, const ku_response_grid *grid)
{
    ku_response_grid all = whole(grid);
    return m->frequency == NULL ? ku_response_room(grid)
                                : 5 * numbers(grid) + ku_adstock_room(&all);
}

/* The room: saturated frequency, effective reach, its adstock, two gradients. */
typedef struct effective {
    double *saturated, *reach, *out, *pull, *by_reach, *work;
} effective;

static effective parts(const ku_response_grid *grid, double *work)
{
    size_t n = numbers(grid);
    return (effective){work, work + n, work + 2 * n, work + 3 * n, work + 4 * n, work + 5 * n};
}

void mix_respond(const mix_media *m, const ku_response_values *values, const ku_response_grid *grid,
                 const double *x, const double *frequency, double *out, double *work)
{
    const ku_response_form *form = &m->form;
    if (m->frequency == NULL) {
        ku_response(form, values, grid, x, out, work);
        return;
    }
    size_t n = numbers(grid), history = (size_t)grid->before * (size_t)grid->width;
    ku_response_grid all = whole(grid);
    effective e = parts(grid, work);
    ku_saturate(form, values, n, frequency, e.saturated);
    for (size_t i = 0; i < n; i++) e.reach[i] = x[i] * e.saturated[i];
    ku_adstock(form, values, &all, e.reach, e.out);
    memcpy(out, e.out + history, (n - history) * sizeof *out);
}

void mix_respond_back(const mix_media *m, const ku_response_values *values,
                      const ku_response_grid *grid, const double *x, const double *frequency,
                      const double *out, const double *pull, ku_response_values *by, double *work)
{
    const ku_response_form *form = &m->form;
    if (m->frequency == NULL) {
        ku_response_back(form, values, grid, x, out, pull, by, NULL, work);
        return;
    }
    size_t n = numbers(grid), history = (size_t)grid->before * (size_t)grid->width;
    ku_response_grid all = whole(grid);
    effective e = parts(grid, work);
    memset(e.pull, 0, history * sizeof *e.pull);
    memcpy(e.pull + history, pull, (n - history) * sizeof *pull);
    ku_adstock_back(form, values, &all, e.reach, e.out, e.pull, by, e.by_reach, e.work);
    for (size_t i = 0; i < n; i++) e.by_reach[i] *= x[i];
    ku_saturate_back(form, values, n, frequency, e.saturated, e.by_reach, by, e.by_reach);
}
