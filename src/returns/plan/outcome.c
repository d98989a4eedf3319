/* outcome.c - what amounts of money bring, draw by draw, and what more would.
 *
 * A draw's channel is one grid of regions side by side where they share their parameters, else
 * one series a region. The items of the loop are pairs of a channel and a block of draws; each
 * has a place of its own for its sums, which are added up in a fixed order. */
#include <math.h>
#include <string.h>

#include "returns/plan/plan_internal.h"

enum { BLOCK = 16 };

static size_t at_row(const ku_plan_media *m, int draw, int channel)
{
    return ((size_t)draw * (size_t)m->channels + (size_t)channel) * (size_t)m->regions;
}

static bool same_values(const ku_response_values *a, const ku_response_values *b)
{
    return a->carry == b->carry && a->delay == b->delay && a->half == b->half &&
           a->slope == b->slope;
}

static bool is_shared(const ku_plan_media *m, size_t row)
{
    for (int g = 1; g < m->regions; g++)
        if (!same_values(&m->values[row], &m->values[row + (size_t)g])) return false;
    return true;
}

ku_plan_model *ku_plan_model_new(const ku_plan_media *media, const ku_plan_cells *cells,
                                 ku_pool *pool, ku_arena *arena)
{
    ku_plan_model *model = KU_NEW(arena, ku_plan_model);
    const ku_plan_media *m = media;
    ku_response_grid grid = {m->before, m->periods + m->tail, m->regions};
    size_t all = (size_t)(grid.before + grid.periods) * (size_t)m->regions;
    size_t rows = (size_t)m->draws * (size_t)m->channels, cell_count = (size_t)cells->cells;
    *model = (ku_plan_model){.media = *media, .cells = *cells, .pool = pool, .arena = arena};
    model->threads = pool != NULL ? ku_pool_threads(pool) : 1;
    model->room = 4 * all + ku_response_room(&grid);
    model->work = KU_ARRAY(arena, model->threads * model->room, double);
    model->shared = KU_ARRAY(arena, rows, bool);
    for (size_t r = 0; r < rows; r++) model->shared[r] = is_shared(m, r * (size_t)m->regions);
    model->money = KU_ARRAY(arena, (size_t)m->channels * (size_t)m->periods * (size_t)m->regions,
                            double);
    model->blocks = (m->draws + BLOCK - 1) / BLOCK;
    model->part = KU_ARRAY(
        arena, (size_t)(model->blocks * m->channels) * (size_t)(m->periods * m->regions), double);
    model->by = KU_ARRAY(arena, rows, double);
    model->alone = KU_ARRAY(arena, rows, double);
    model->nothing = KU_ARRAY(arena, cell_count + 1, double);
    ku_plan_outcomes(model, model->nothing, model->alone); /* `alone` is still 0 */
    memcpy(model->alone, model->by, rows * sizeof *model->alone);
    return model;
}

/* Amounts of cells as money by channel, period and region. */
static void spread(ku_plan_model *model, const double *amount)
{
    const ku_plan_media *m = &model->media;
    size_t count = (size_t)m->channels * (size_t)m->periods * (size_t)m->regions;
    for (size_t i = 0; i < count; i++) {
        int cell = model->cells.cell[i];
        model->money[i] = cell >= 0 ? amount[cell] * model->cells.weight[i] : 0;
    }
}

/* ---- one draw of one channel ---------------------------------------------------------------- */

typedef struct draw_work {
    double *x, *out, *pull, *by_x, *rest;
    ku_response_grid grid;
} draw_work;

static draw_work work_of(const ku_plan_model *model, unsigned thread)
{
    const ku_plan_media *m = &model->media;
    ku_response_grid grid = {m->before, m->periods + m->tail, m->regions};
    size_t all = (size_t)(grid.before + grid.periods) * (size_t)m->regions;
    double *at = model->work + thread * model->room;
    return (draw_work){at, at + all, at + 2 * all, at + 3 * all, at + 4 * all, grid};
}

/* Scaled exposure of regions from .. from + width - 1, history in front, nothing behind. */
static void expose(const ku_plan_model *model, int draw, int channel, int from, int width,
                   double *x)
{
    const ku_plan_media *m = &model->media;
    const double *unit = m->unit + at_row(m, draw, channel) + from;
    size_t regions = (size_t)m->regions;
    const double *history = m->history + (size_t)(channel * m->before) * regions + from;
    const double *money = model->money + (size_t)(channel * m->periods) * regions + from;
    for (int t = 0; t < m->before + m->periods; t++) {
        const double *row = t < m->before ? history + (size_t)t * regions
                                          : money + (size_t)(t - m->before) * regions;
        for (int g = 0; g < width; g++) *x++ = row[g] * unit[g];
    }
    memset(x, 0, (size_t)(m->tail * width) * sizeof *x);
}

/* The outcome of some regions side by side; adds the gradient with respect to money to `sum`
 * (NULL: not asked for), a grid of periods and regions. */
static double respond(const ku_plan_model *model, int draw, int channel, int from, int width,
                      const draw_work *work, double *sum)
{
    const ku_plan_media *m = &model->media;
    size_t row = at_row(m, draw, channel) + (size_t)from;
    const ku_response_form *form = &m->form[channel];
    const double *coefficient = m->coefficient + row, *unit = m->unit + row;
    ku_response_grid grid = work->grid;
    double total = 0;
    grid.width = width;
    expose(model, draw, channel, from, width, work->x);
    ku_response(form, &m->values[row], &grid, work->x, work->out, work->rest);
    for (int g = 0; g < width; g++) {
        double reached = 0;
        for (int t = 0; t < grid.periods; t++) reached += work->out[t * width + g];
        total += reached * coefficient[g];
    }
    if (sum == NULL) return total;
    for (int t = 0; t < grid.periods; t++)
        for (int g = 0; g < width; g++) work->pull[t * width + g] = coefficient[g];
    ku_response_values unused = {0};
    ku_response_back(form, &m->values[row], &grid, work->x, work->out, work->pull, &unused,
                     work->by_x, work->rest);
    for (int t = 0; t < m->periods; t++)
        for (int g = 0; g < width; g++)
            sum[t * m->regions + from + g] += work->by_x[t * width + g] * unit[g];
    return total;
}

static double respond_all(const ku_plan_model *model, int draw, int channel, const draw_work *work,
                          double *sum)
{
    const ku_plan_media *m = &model->media;
    if (model->shared[draw * m->channels + channel])
        return respond(model, draw, channel, 0, m->regions, work, sum);
    double total = 0;
    for (int g = 0; g < m->regions; g++) total += respond(model, draw, channel, g, 1, work, sum);
    return total;
}

/* ---- all draws --------------------------------------------------------------------------------- */

typedef struct sweep {
    ku_plan_model *model;
    int every; /* draws 0, every, 2 every, .. */
    bool slopes;
    double *marginal; /* [cell * draws + d], or NULL */
} sweep;

/* The gradient of one draw's channel by cell. */
static void keep_marginal(const sweep *s, int draw, int channel, const double *sum)
{
    const ku_plan_media *m = &s->model->media;
    const ku_plan_cells *cells = &s->model->cells;
    size_t count = (size_t)(m->periods * m->regions), from = (size_t)channel * count;
    for (size_t i = 0; i < count; i++) {
        int cell = cells->cell[from + i];
        if (cell >= 0)
            s->marginal[(size_t)cell * (size_t)m->draws + (size_t)draw] += sum[i] *
                                                                           cells->weight[from + i];
    }
}

static void sweep_item(void *data, size_t item, unsigned thread)
{
    const sweep *s = data;
    const ku_plan_model *model = s->model;
    const ku_plan_media *m = &model->media;
    int channel = (int)(item % (size_t)m->channels), block = (int)(item / (size_t)m->channels);
    size_t count = (size_t)(m->periods * m->regions);
    double *sum = s->slopes ? model->part + item * count : NULL;
    draw_work work = work_of(model, thread);
    int until = (block + 1) * BLOCK < m->draws ? (block + 1) * BLOCK : m->draws;
    if (s->slopes) memset(sum, 0, count * sizeof *sum);
    for (int d = block * BLOCK; d < until; d++) {
        if (d % s->every != 0) continue;
        if (s->marginal != NULL) memset(sum, 0, count * sizeof *sum);
        model->by[d * m->channels + channel] = respond_all(model, d, channel, &work, sum);
        if (s->marginal != NULL) keep_marginal(s, d, channel, sum);
    }
}

static void run_sweep(sweep *s, const double *amount)
{
    spread(s->model, amount);
    ku_pool_each(s->model->pool, (size_t)(s->model->blocks * s->model->media.channels), 1,
                 sweep_item, s);
}

void ku_plan_outcomes(ku_plan_model *model, const double *amount, double *by)
{
    sweep s = {.model = model, .every = 1};
    size_t rows = (size_t)(model->media.draws * model->media.channels);
    run_sweep(&s, amount);
    for (size_t r = 0; r < rows; r++) by[r] = model->by[r] - model->alone[r];
}

double ku_plan_gradient(ku_plan_model *model, const double *amount, int every, double *gradient)
{
    const ku_plan_media *m = &model->media;
    sweep s = {.model = model, .every = every, .slopes = true};
    size_t count = (size_t)(m->periods * m->regions);
    int used = (m->draws + every - 1) / every;
    double total = 0;
    run_sweep(&s, amount);
    memset(gradient, 0, (size_t)model->cells.cells * sizeof *gradient);
    for (int item = 0; item < model->blocks * m->channels; item++) {
        size_t from = (size_t)(item % m->channels) * count;
        const double *part = model->part + (size_t)item * count;
        for (size_t i = 0; i < count; i++) {
            int cell = model->cells.cell[from + i];
            if (cell >= 0) gradient[cell] += part[i] * model->cells.weight[from + i] / used;
        }
    }
    for (int d = 0; d < m->draws; d += every)
        for (int c = 0; c < m->channels; c++)
            total += model->by[d * m->channels + c] - model->alone[d * m->channels + c];
    return total / used;
}

void ku_plan_marginals(ku_plan_model *model, const double *amount, double *by)
{
    sweep s = {.model = model, .every = 1, .slopes = true, .marginal = by};
    memset(by, 0, (size_t)model->cells.cells * (size_t)model->media.draws * sizeof *by);
    run_sweep(&s, amount);
}

bool ku_plan_concave(const ku_plan_media *media)
{
    size_t rows = (size_t)media->draws * (size_t)media->channels * (size_t)media->regions;
    for (size_t r = 0; r < rows; r++) {
        const ku_response_form *form =
            &media->form[r / (size_t)media->regions % (size_t)media->channels];
        bool sloped = form->saturation == KU_SATURATION_HILL ||
                      form->saturation == KU_SATURATION_POWER;
        if (sloped && media->values[r].slope > 1 && media->coefficient[r] > 0) return false;
        if (media->coefficient[r] < 0 && form->saturation != KU_SATURATION_NONE) return false;
    }
    return true;
}
