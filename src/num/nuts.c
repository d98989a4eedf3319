/* nuts.c - several chains, each from its start through its warm-up to its draws.
 *
 * Chains share nothing but the count of their draws. Memory for all of them is laid out before
 * the first begins. */
#include "num/nuts.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "num/nuts_internal.h"

enum { TRIES = 30, DEEPEST = 20 };

typedef struct chain {
    int number;
    ku_rng rng;
    bool started;
    nuts_space space;
    nuts_point at;
    nuts_walk walk;
    nuts_tree spare[DEEPEST];
    nuts_lesson lesson;
    double *x; /* its draws */
    ku_nuts_stat *stat;
    double *place; /* [KU_NUTS_PLACES][unknown] */
    ku_nuts_chain *report;
} chain;

typedef struct job {
    const ku_density *density;
    const ku_nuts_options *options;
    const double *starts;
    const ku_nuts_watch *watch;
    chain *chain;
    atomic_long done; /* draws of all chains */
    atomic_bool stopped;
} job;

ku_nuts_options ku_nuts_defaults(void)
{
    return (ku_nuts_options){.chains = 4,
                             .warmup = 1000,
                             .draws = 1000,
                             .max_depth = 10,
                             .accept = 0.8,
                             .jitter = 2,
                             .metric = KU_NUTS_DIAGONAL};
}

/* ---- starts ------------------------------------------------------------------------------------ */

static bool all_finite(const double *x, int n)
{
    for (int i = 0; i < n; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

static void find_start(void *data, size_t item, unsigned thread)
{
    (void)thread;
    job *j = data;
    chain *c = &j->chain[item];
    int n = j->density->unknowns;
    const double *centre = j->starts == NULL ? NULL : j->starts + item * (size_t)n;
    double jitter = j->options->jitter;
    for (int try = 0; try < TRIES && !c->started; try++, jitter *= try < TRIES - 1 ? 0.5 : 0) {
        for (int i = 0; i < n; i++)
            c->at.x[i] = (centre == NULL ? 0 : centre[i]) +
                         jitter * (2 * ku_rng_uniform(&c->rng) - 1);
        c->at.log_density = j->density->value(j->density->model, c->at.x, c->at.gradient,
                                              c->walk.work);
        c->report->evaluations++;
        c->report->tries = try + 1;
        c->started = isfinite(c->at.log_density) && all_finite(c->at.gradient, n);
    }
}

/* A chain without a start of its own takes that of the next one that has. */
static ku_status lend_starts(job *j, ku_error *err)
{
    int chains = j->options->chains;
    size_t bytes = (size_t)j->density->unknowns * sizeof(double);
    for (int c = 0; c < chains; c++) {
        chain *to = &j->chain[c], *from = to;
        for (int k = 1; k < chains && !from->started; k++) from = &j->chain[(c + k) % chains];
        if (!from->started)
            return ku_error_set(err, KU_BAD_DATA, NULL,
                                "the model is impossible at every one of the %d places tried to "
                                "start from; its inputs contradict what it takes as certain",
                                TRIES * chains);
        if (from == to) continue;
        to->report->tries = 0;
        to->at.log_density = from->at.log_density;
        memcpy(to->at.x, from->at.x, bytes);
        memcpy(to->at.gradient, from->at.gradient, bytes);
    }
    return KU_OK;
}

/* ---- one chain --------------------------------------------------------------------------------- */

/* False when the run was stopped. */
static bool count_draw(job *j)
{
    const ku_nuts_options *o = j->options;
    double all = (double)o->chains * (o->warmup + o->draws);
    double done = (double)(atomic_fetch_add(&j->done, 1) + 1);
    if (j->watch != NULL && !j->watch->fn(j->watch->data, done / all))
        atomic_store(&j->stopped, true);
    return !atomic_load(&j->stopped);
}

static bool warm_up(job *j, chain *c)
{
    const ku_nuts_options *o = j->options;
    nuts_tuner tuner;
    bool informed = false;
    ku_nuts_guess(&c->space, c->at.gradient);
    ku_nuts_first_step(&c->walk, &c->at, &c->rng, &c->report->evaluations);
    ku_nuts_tuner_start(&tuner, c->walk.step, o->accept);
    for (int turn = 0; turn < o->warmup; turn++) {
        ku_nuts_stat stat = ku_nuts_move(&c->walk, &c->at, o->max_depth, &c->rng);
        c->report->evaluations += (size_t)stat.steps;
        c->report->warmup_divergent += stat.divergent;
        bool changed = ku_nuts_learn(&c->lesson, &c->space, &c->at, turn, o->warmup);
        c->walk.step = ku_nuts_tuner_turn(&tuner, stat.accept);
        if (changed && !informed) {
            ku_nuts_first_step(&c->walk, &c->at, &c->rng, &c->report->evaluations);
            ku_nuts_tuner_start(&tuner, c->walk.step, o->accept);
            informed = true;
        }
        if (!count_draw(j)) return false;
    }
    if (o->warmup > 0) c->walk.step = ku_nuts_tuner_end(&tuner);
    return true;
}

static void note_place(chain *c, const double *from, int n)
{
    ku_nuts_chain *report = c->report;
    if (report->places == KU_NUTS_PLACES) return;
    double *place = c->place + (size_t)report->places * (size_t)n;
    memcpy(place, from, (size_t)n * sizeof *place);
    report->place[report->places++] = place;
}

static void run_chain(void *data, size_t item, unsigned thread)
{
    (void)thread;
    job *j = data;
    chain *c = &j->chain[item];
    const ku_nuts_options *o = j->options;
    int n = j->density->unknowns;
    if (atomic_load(&j->stopped) || !warm_up(j, c)) return;
    double *start = c->place + KU_NUTS_PLACES * (size_t)n;
    const double *from = memcpy(start, c->at.x, (size_t)n * sizeof *start);
    for (int i = 0; i < o->draws; i++) {
        double *x = c->x + (size_t)i * (size_t)n;
        c->stat[i] = ku_nuts_move(&c->walk, &c->at, o->max_depth, &c->rng);
        memcpy(x, c->at.x, (size_t)n * sizeof *x);
        c->report->evaluations += (size_t)c->stat[i].steps;
        c->report->divergent += c->stat[i].divergent;
        c->report->at_limit += c->walk.at_limit;
        if (c->stat[i].divergent) note_place(c, from, n);
        from = x;
        if (!count_draw(j)) return;
    }
    c->report->step = c->walk.step;
}

/* ---- memory ------------------------------------------------------------------------------------ */

static size_t room_of(const ku_density *density, const ku_nuts_options *options)
{
    size_t n = ku_nuts_padded((size_t)density->unknowns);
    return n * (3 + KU_NUTS_PLACES + 1) + ku_nuts_walk_room(density, options->max_depth) +
           ku_nuts_lesson_room(density->unknowns, options->metric);
}

static void init_chain(chain *c, int number, const job *j, double *block)
{
    const ku_density *density = j->density;
    size_t n = (size_t)density->unknowns;
    c->number = number;
    c->rng = ku_rng_make(j->options->seed, ku_rng_stream(j->options->stream, (uint64_t)number));
    c->space = (nuts_space){.unknowns = density->unknowns, .scale = ku_nuts_take(&block, n)};
    c->at = (nuts_point){.x = ku_nuts_take(&block, n), .gradient = ku_nuts_take(&block, n)};
    c->place = ku_nuts_take(&block, n * (KU_NUTS_PLACES + 1));
    ku_nuts_walk_init(&c->walk, density, &c->space, c->spare, j->options->max_depth, &block);
    ku_nuts_lesson_init(&c->lesson, &c->space, j->options->metric, &block);
    c->report->scale = c->space.scale;
}

static ku_status prepare(job *j, ku_arena *arena, ku_nuts_draws *out, ku_error *err)
{
    const ku_nuts_options *o = j->options;
    size_t n = (size_t)j->density->unknowns, chains = (size_t)o->chains, draws = (size_t)o->draws;
    size_t room = room_of(j->density, o);
    double *x = ku_arena_try(arena, chains * draws * n * sizeof *x);
    ku_nuts_stat *stat = ku_arena_try(arena, chains * draws * sizeof *stat);
    double *block = ku_arena_try(arena, chains * room * sizeof *block);
    if (x == NULL || stat == NULL || block == NULL)
        return ku_error_set(err, KU_TOO_LARGE, NULL,
                            "%d chains of %d draws of %zu unknowns do not fit into memory",
                            o->chains, o->draws, n);
    ku_nuts_chain *report = KU_ARRAY(arena, chains, ku_nuts_chain);
    j->chain = KU_ARRAY(arena, chains, chain);
    for (size_t c = 0; c < chains; c++) {
        j->chain[c].report = &report[c];
        j->chain[c].x = x + c * draws * n;
        j->chain[c].stat = stat + c * draws;
        init_chain(&j->chain[c], (int)c, j, block + c * room);
    }
    *out = (ku_nuts_draws){o->chains, o->draws, (int)n, x, stat, report};
    return KU_OK;
}

ku_status ku_nuts(const ku_density *density, const ku_nuts_options *options, const double *starts,
                  ku_pool *pool, const ku_nuts_watch *watch, ku_arena *arena, ku_nuts_draws *out,
                  ku_error *err)
{
    assert(density->unknowns >= 1 && options->chains >= 1 && options->draws >= 1);
    assert(options->warmup >= 0 && options->max_depth >= 1 && options->max_depth <= DEEPEST);
    assert(options->accept > 0 && options->accept < 1);
    job j = {.density = density, .options = options, .starts = starts, .watch = watch};
    ku_nuts_draws draws;
    KU_TRY(prepare(&j, arena, &draws, err));
    ku_pool_each(pool, (size_t)options->chains, 1, find_start, &j);
    KU_TRY(lend_starts(&j, err));
    ku_pool_each(pool, (size_t)options->chains, 1, run_chain, &j);
    if (atomic_load(&j.stopped))
        return ku_error_set(err, KU_CANCELLED, NULL, "stopped after %ld draws of the model",
                            atomic_load(&j.done));
    ku_nuts_judge(&draws);
    *out = draws;
    return KU_OK;
}
