/* structural.c - Gibbs sampling of a structural time series.
 *
 * Three questions are answered in turn, each given the last answers to the others: which level
 * and seasons fit what the regression leaves (state.h), how far they move in a step, and which
 * columns explain what level and seasons leave, and with how much noise (select.h). After the
 * warm-up each round is a draw from all that the series leaves possible; its states are then
 * carried on by their own random steps over the periods behind those taught. Those periods'
 * values are never looked at, so nothing that happened in them can leak into what is expected.
 *
 * The regression has a constant of its own, as bsts has. Each chain has its own stream of
 * random numbers and its own memory. */
#include "returns/impact/structural.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "kemudi/rng.h"
#include "returns/impact/select.h"
#include "returns/impact/state.h"

/* The priors of CausalImpact 1.3 (impact_model.R) and bsts (AddSeasonal, SpikeSlabPrior), for
 * a series with standard deviation 1. */
static const double level_freedom = 32, season_freedom = 0.01, season_guess = 0.01;
static const double noise_freedom = 50, noise_guess = 0.4472135954999579; /* sqrt(1 - R² of .8) */
static const double noise_freedom_alone = 0.01, noise_guess_alone = 1;    /* no columns */
static const double noise_most = 1.2, step_most = 1, coefficient_weight = 0.01;
static const int flips = 100;

/* What all chains share. */
typedef struct task {
    const ku_structural_series *series;
    const ku_structural_options *options;
    ku_structural_draws *out;
    int columns;            /* of the regression, the constant first; 0: none */
    double rows;            /* values seen */
    double *xx, *precision; /* columns x columns */
    double *chance;         /* columns */
    double *memory;         /* `room` doubles for each chain */
    int *places;            /* for each chain */
    bool *counts;           /* columns for each chain */
    size_t room;
    double *past_sum, *past_square; /* [chains][known] */
    bool (*stop)(void *data);
    void *stop_data;
    atomic_bool stopped;
} task;

/* One chain: where it stands and its memory. */
typedef struct chain {
    task *task;
    ku_rng rng;
    ku_state_model model;
    double noise;
    double *coefficient, *regression; /* [columns], [n] */
    double *left, *states, *xr;       /* [known], [known x size], [columns] */
    double *state_work, *select_work, *state;
    int *places;
    bool *counts;
} chain;

static double cell(const task *k, int column, int t)
{
    return column == 0 ? 1 : k->series->x[(size_t)(column - 1) * (size_t)k->series->n + (size_t)t];
}

static ku_state_model first_model(const task *k)
{
    const ku_structural_options *o = k->options;
    int t = 0;
    while (t < k->series->known - 1 && !k->series->seen[t]) t++;
    return (ku_state_model){.seasons = o->seasons,
                            .duration = o->duration,
                            .first = k->series->y[t],
                            .first_variance = 1,
                            .noise_variance = noise_guess * noise_guess,
                            .level_variance = o->level_sd * o->level_sd,
                            .season_variance = season_guess * season_guess};
}

/* ---- one round ------------------------------------------------------------------------------------ */

static void regress(chain *c)
{
    const task *k = c->task;
    memset(c->regression, 0, (size_t)k->series->n * sizeof *c->regression);
    for (int j = 0; j < k->columns; j++) {
        if (c->coefficient[j] == 0) continue;
        for (int t = 0; t < k->series->n; t++)
            c->regression[t] += c->coefficient[j] * cell(k, j, t);
    }
}

static double signal_of(const chain *c, int t)
{
    int size = ku_state_size(&c->model);
    return ku_state_signal(c->states + (size_t)t * (size_t)size, size);
}

static void draw_states(chain *c)
{
    const ku_structural_series *s = c->task->series;
    for (int t = 0; t < s->known; t++) c->left[t] = s->seen[t] ? s->y[t] - c->regression[t] : 0;
    ku_state_draw(&c->model, s->known, c->left, s->seen, &c->rng, c->states, c->state_work);
}

/* The variances of the steps from the steps drawn. */
static void draw_steps(chain *c)
{
    const ku_structural_options *o = c->task->options;
    int size = ku_state_size(&c->model), known = c->task->series->known, turns = 0;
    double level = level_freedom * o->level_sd * o->level_sd;
    double season = season_freedom * season_guess * season_guess;
    for (int t = 0; t + 1 < known; t++) {
        const double *now = c->states + (size_t)t * (size_t)size, *next = now + size;
        double step = next[0] - now[0], turn = 0;
        level += step * step;
        if (!ku_state_turns(&c->model, t)) continue;
        for (int i = 1; i < size; i++) turn += now[i];
        turn += next[1];
        season += turn * turn;
        turns++;
    }
    double sd = ku_draw_deviation(&c->rng, (level_freedom + known - 1) / 2, level / 2, step_most);
    c->model.level_variance = sd * sd;
    if (o->seasons <= 1) return;
    sd = ku_draw_deviation(&c->rng, (season_freedom + turns) / 2, season / 2, step_most);
    c->model.season_variance = sd * sd;
}

static void draw_regression(chain *c)
{
    const task *k = c->task;
    const ku_structural_series *s = k->series;
    double rr = 0;
    memset(c->xr, 0, (size_t)k->columns * sizeof *c->xr);
    for (int t = 0; t < s->known; t++) {
        c->left[t] = s->seen[t] ? s->y[t] - signal_of(c, t) : 0;
        rr += c->left[t] * c->left[t];
    }
    for (int j = 0; j < k->columns; j++)
        for (int t = 0; t < s->known; t++) c->xr[j] += c->left[t] * cell(k, j, t);
    if (k->columns > 0) {
        ku_select_prior prior = {k->chance,   k->precision, noise_freedom,
                                 noise_guess, noise_most,   flips};
        ku_select_rows rows = {k->columns, k->rows, k->xx, c->xr, rr};
        c->noise = ku_select_draw(&prior, &rows, &c->rng, c->counts, c->coefficient, c->select_work,
                                  c->places);
    } else {
        double sum = noise_freedom_alone * noise_guess_alone * noise_guess_alone + rr;
        c->noise = ku_draw_deviation(&c->rng, (noise_freedom_alone + k->rows) / 2, sum / 2,
                                     noise_most);
    }
    c->model.noise_variance = c->noise * c->noise;
    regress(c);
}

/* ---- keeping a round --------------------------------------------------------------------------- */

static void keep(chain *c, int at, double *sum, double *square)
{
    const task *k = c->task;
    const ku_structural_series *s = k->series;
    int size = ku_state_size(&c->model), ahead = s->n - s->known;
    size_t row = (size_t)at * (size_t)ahead;
    for (int t = 0; t < s->known; t++) {
        double mean = signal_of(c, t) + c->regression[t];
        sum[t] += mean;
        square[t] += mean * mean + c->model.noise_variance;
    }
    memcpy(c->state, c->states + (size_t)(s->known - 1) * (size_t)size,
           (size_t)size * sizeof *c->state);
    for (int i = 0; i < ahead; i++) {
        ku_state_step(&c->model, s->known - 1 + i, &c->rng, c->state);
        double mean = ku_state_signal(c->state, size) + c->regression[s->known + i];
        k->out->mean[row + (size_t)i] = mean;
        k->out->value[row + (size_t)i] = mean + c->noise * ku_rng_normal(&c->rng);
    }
    k->out->noise[at] = c->noise;
    k->out->level_step[at] = sqrt(c->model.level_variance);
    k->out->season_step[at] = k->options->seasons > 1 ? sqrt(c->model.season_variance) : 0;
    if (k->columns > 1)
        memcpy(k->out->coefficient + (size_t)at * (size_t)s->columns, c->coefficient + 1,
               (size_t)s->columns * sizeof *c->coefficient);
}

static double *take_room(double **from, size_t count)
{
    double *part = *from;
    *from += count;
    return part;
}

static void lay_out(task *k, size_t index, chain *c)
{
    size_t n = (size_t)k->series->n, columns = (size_t)k->columns;
    size_t size = (size_t)ku_state_size(&c->model);
    double *at = k->memory + index * k->room;
    c->coefficient = take_room(&at, columns);
    c->xr = take_room(&at, columns);
    c->regression = take_room(&at, n);
    c->left = take_room(&at, n);
    c->states = take_room(&at, n * size);
    c->state = take_room(&at, size);
    c->state_work = take_room(&at, ku_state_room(&c->model, k->series->known));
    c->select_work = take_room(&at, ku_select_room(k->columns));
    c->places = k->places + index * ku_select_places(k->columns);
    c->counts = k->counts + index * columns;
}

/* Chains start apart: the columns that count, the noise and the steps by chance. */
static void begin(task *k, size_t index, chain *c)
{
    const ku_structural_options *o = k->options;
    *c = (chain){.task = k,
                 .rng = ku_rng_make(o->seed, ku_rng_stream(o->stream, index)),
                 .model = first_model(k)};
    lay_out(k, index, c);
    for (int j = 0; j < k->columns; j++) c->counts[j] = ku_rng_uniform(&c->rng) < k->chance[j];
    double noise = 0.1 + 0.9 * ku_rng_uniform(&c->rng);
    c->model.noise_variance = noise * noise;
    c->model.level_variance *= exp(2 * ku_rng_normal(&c->rng));
    memset(c->coefficient, 0, (size_t)k->columns * sizeof *c->coefficient);
    memset(c->regression, 0, (size_t)k->series->n * sizeof *c->regression);
}

static void run_chain(void *data, size_t index, unsigned thread)
{
    (void)thread;
    task *k = data;
    const ku_structural_options *o = k->options;
    double *sum = k->past_sum + index * (size_t)k->series->known;
    double *square = k->past_square + index * (size_t)k->series->known;
    chain c;
    begin(k, index, &c);
    for (int i = -o->warmup; i < o->draws && !k->stopped; i++) {
        draw_states(&c);
        draw_steps(&c);
        draw_regression(&c);
        if (i >= 0) keep(&c, (int)index * o->draws + i, sum, square);
        if (i % 16 == 0 && k->stop != NULL && k->stop(k->stop_data)) k->stopped = true;
    }
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static bool make_results(const task *k, ku_arena *arena)
{
    ku_structural_draws *out = k->out;
    const ku_structural_series *s = k->series;
    size_t total = (size_t)k->options->chains * (size_t)k->options->draws;
    *out = (ku_structural_draws){.total = (int)total, .ahead = s->n - s->known};
    struct {
        double **to;
        size_t count;
    } part[] = {{&out->mean, total * (size_t)out->ahead},
                {&out->value, total * (size_t)out->ahead},
                {&out->noise, total},
                {&out->level_step, total},
                {&out->season_step, total},
                {&out->coefficient, total * (size_t)s->columns},
                {&out->past_mean, (size_t)s->known},
                {&out->past_sd, (size_t)s->known}};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        *part[i].to = ku_arena_try(arena, (part[i].count + 1) * sizeof(double));
        if (*part[i].to == NULL) return false;
    }
    return true;
}

static bool make_memory(task *k, ku_arena *arena)
{
    size_t chains = (size_t)k->options->chains, n = (size_t)k->series->n;
    size_t known = (size_t)k->series->known, columns = (size_t)k->columns;
    ku_state_model model = first_model(k);
    size_t size = (size_t)ku_state_size(&model);
    k->room = 2 * columns + 2 * n + n * size + size + ku_state_room(&model, (int)known) +
              ku_select_room(k->columns);
    k->memory = ku_arena_try(arena, chains * k->room * sizeof *k->memory);
    k->places = ku_arena_try(arena, (chains * ku_select_places(k->columns) + 1) * sizeof(int));
    k->counts = ku_arena_try(arena, chains * columns + 1);
    k->past_sum = ku_arena_try(arena, 2 * chains * known * sizeof(double));
    k->xx = ku_arena_try(arena, (2 * columns * columns + columns + 1) * sizeof(double));
    if (!k->memory || !k->places || !k->counts || !k->past_sum || !k->xx) return false;
    k->past_square = k->past_sum + chains * known;
    memset(k->past_sum, 0, 2 * chains * known * sizeof(double));
    k->precision = k->xx + columns * columns;
    k->chance = k->precision + columns * columns;
    return true;
}

/* X'X over all rows for the prior, then over those that teach. */
static void add_up_columns(task *k)
{
    const ku_structural_series *s = k->series;
    for (int pass = 0; pass < 2; pass++) {
        int rows = pass == 0 ? s->n : s->known;
        for (int i = 0; i < k->columns; i++)
            for (int j = 0; j <= i; j++) {
                double sum = 0;
                for (int t = 0; t < rows; t++)
                    if (pass == 0 || s->seen[t]) sum += cell(k, i, t) * cell(k, j, t);
                k->xx[i * k->columns + j] = k->xx[j * k->columns + i] = sum;
            }
        if (pass == 0)
            ku_select_precision(k->xx, k->columns, s->n, coefficient_weight, k->precision);
    }
    for (int j = 0; j < k->columns; j++)
        k->chance[j] = fmin(1, k->options->model_size / k->columns);
    k->rows = 0;
    for (int t = 0; t < s->known; t++) k->rows += s->seen[t];
}

static void join_past(const task *k)
{
    int known = k->series->known;
    for (int t = 0; t < known; t++) {
        double sum = 0, square = 0;
        for (int c = 0; c < k->options->chains; c++) {
            sum += k->past_sum[(size_t)c * (size_t)known + (size_t)t];
            square += k->past_square[(size_t)c * (size_t)known + (size_t)t];
        }
        double mean = sum / k->out->total;
        k->out->past_mean[t] = mean;
        k->out->past_sd[t] = sqrt(fmax(square / k->out->total - mean * mean, 0));
    }
}

ku_status ku_structural_draw(const ku_structural_series *series,
                             const ku_structural_options *options, ku_pool *pool,
                             bool (*stop)(void *data), void *data, ku_arena *arena,
                             ku_structural_draws *out, ku_error *err)
{
    task k = {.series = series,
              .options = options,
              .out = out,
              .columns = series->columns > 0 ? series->columns + 1 : 0,
              .stop = stop,
              .stop_data = data};
    if (!make_results(&k, arena) || !make_memory(&k, arena))
        return ku_error_set(err, KU_NO_MEMORY, NULL,
                            "%d draws of %d periods do not fit into memory", out->total, series->n);
    add_up_columns(&k);
    ku_pool_each(pool, (size_t)options->chains, 1, run_chain, &k);
    if (k.stopped) return ku_error_set(err, KU_CANCELLED, NULL, "cancelled");
    join_past(&k);
    return KU_OK;
}

/* ---- one period ahead ------------------------------------------------------------------------------ */

static double mean_of(const double *x, int count, int stride)
{
    double sum = 0;
    for (int i = 0; i < count; i++) sum += x[(size_t)i * (size_t)stride];
    return sum / count;
}

ku_status ku_structural_ahead(const ku_structural_series *series,
                              const ku_structural_options *options,
                              const ku_structural_draws *draws, ku_arena *arena, double *expected,
                              ku_error *err)
{
    task k = {.series = series, .options = options};
    ku_state_model model = first_model(&k);
    size_t known = (size_t)series->known, room = ku_state_room(&model, series->known);
    double *work = ku_arena_try(arena, (room + 2 * known) * sizeof *work);
    if (work == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    double *regression = work + room, *left = regression + known;
    memset(regression, 0, known * sizeof *regression);
    for (int j = 0; j < series->columns; j++) {
        double by = mean_of(draws->coefficient + j, draws->total, series->columns);
        const double *x = series->x + (size_t)j * (size_t)series->n;
        for (size_t t = 0; t < known; t++) regression[t] += by * x[t];
    }
    for (size_t t = 0; t < known; t++) left[t] = series->seen[t] ? series->y[t] - regression[t] : 0;
    model.noise_variance = pow(mean_of(draws->noise, draws->total, 1), 2);
    model.level_variance = pow(mean_of(draws->level_step, draws->total, 1), 2);
    model.season_variance = pow(mean_of(draws->season_step, draws->total, 1), 2);
    ku_state_ahead(&model, series->known, left, series->seen, expected, work);
    for (size_t t = 0; t < known; t++) expected[t] += regression[t];
    return KU_OK;
}
