/* nuts_warmup.c - what a chain learns before its draws count: the step size and the scales.
 *
 * The best scales make the density look round. Draws alone tell of them slowly: their variance
 * is known to a few percent only after hundreds. A gradient tells at each place how fast the
 * density falls. For a normal density variance(draws) / variance(gradients) is the square of
 * the variance, exactly, after three draws that are not on a line; for others its root is the
 * scale at which the density is closest to a standard normal one in Fisher's divergence
 * (Seyboldt, Carlson & Carpenter 2026, arXiv:2603.18845). So the scales are good
 * early, and what is learnt on the way to the density is soon forgotten: draws go into two
 * windows, the older of which is used; when the younger is long enough it takes its place. */
#include <math.h>
#include <string.h>

#include "num/nuts_internal.h"

/* Shares of the warm-up: windows are short at its beginning, and at its end only the step is
 * learnt. */
static const double early = 0.3, last = 0.15;
enum { SHORT_WINDOW = 10, WINDOW = 80, LEAST = 3 };
/* A scale is believed between these. */
static const double least_scale = 1e-10, largest_scale = 1e10;

/* ---- step size --------------------------------------------------------------------------------- */

void ku_nuts_tuner_start(nuts_tuner *tuner, double step, double accept)
{
    *tuner = (nuts_tuner){.accept = accept, .toward = log(10 * step), .mean = log(step)};
}

double ku_nuts_tuner_turn(nuts_tuner *tuner, double accept)
{
    const double gamma = 0.05, t0 = 10, kappa = 0.75; /* section 3.2.1 */
    double t = ++tuner->turn, w = 1 / (t + t0);
    tuner->error = (1 - w) * tuner->error + w * (tuner->accept - accept);
    double now = tuner->toward - sqrt(t) / gamma * tuner->error, fade = pow(t, -kappa);
    tuner->mean = fade * now + (1 - fade) * tuner->mean;
    return exp(now);
}

double ku_nuts_tuner_end(const nuts_tuner *tuner)
{
    return exp(tuner->mean);
}

/* ---- scales ------------------------------------------------------------------------------------ */

size_t ku_nuts_lesson_room(int unknowns, ku_nuts_metric metric)
{
    size_t n = ku_nuts_padded((size_t)unknowns);
    if (metric == KU_NUTS_DIAGONAL) return 8 * n;
    return 8 * n + (2 * KU_NUTS_KEPT + KU_NUTS_RANK) * n + KU_NUTS_RANK +
           ku_nuts_rank_room(unknowns);
}

static void empty(nuts_spread *spread, int n)
{
    size_t bytes = (size_t)n * sizeof(double);
    spread->count = 0;
    memset(spread->mean, 0, bytes);
    memset(spread->square, 0, bytes);
    memset(spread->gradient_mean, 0, bytes);
    memset(spread->gradient_square, 0, bytes);
}

void ku_nuts_lesson_init(nuts_lesson *lesson, nuts_space *space, ku_nuts_metric metric,
                         double **block)
{
    nuts_spread *both[] = {&lesson->used, &lesson->filling};
    size_t n = (size_t)space->unknowns;
    lesson->metric = metric;
    for (int k = 0; k < 2; k++) {
        both[k]->mean = ku_nuts_take(block, n);
        both[k]->square = ku_nuts_take(block, n);
        both[k]->gradient_mean = ku_nuts_take(block, n);
        both[k]->gradient_square = ku_nuts_take(block, n);
        empty(both[k], space->unknowns);
    }
    if (metric == KU_NUTS_DIAGONAL) return;
    lesson->draw = ku_nuts_take(block, KU_NUTS_KEPT * n);
    lesson->gradient = ku_nuts_take(block, KU_NUTS_KEPT * n);
    space->column = ku_nuts_take(block, KU_NUTS_RANK * n);
    space->stretch = ku_nuts_take(block, KU_NUTS_RANK);
    lesson->work = ku_nuts_take(block, ku_nuts_rank_room(space->unknowns));
}

static void add(double *restrict mean, double *restrict square, const double *restrict x,
                double share, int n)
{
    for (int i = 0; i < n; i++) {
        double off = x[i] - mean[i];
        mean[i] += share * off;
        square[i] += off * (x[i] - mean[i]);
    }
}

static void see(nuts_spread *spread, const nuts_point *at, int n)
{
    double share = 1.0 / ++spread->count;
    add(spread->mean, spread->square, at->x, share, n);
    add(spread->gradient_mean, spread->gradient_square, at->gradient, share, n);
}

static double believed(double scale, double otherwise)
{
    if (!isfinite(scale) || scale <= 0) return otherwise;
    return fmin(fmax(scale, least_scale), largest_scale);
}

void ku_nuts_guess(nuts_space *space, const double *gradient)
{
    for (int i = 0; i < space->unknowns; i++)
        space->scale[i] = believed(1 / sqrt(fabs(gradient[i])), 1);
}

static void rescale(nuts_space *space, const nuts_spread *spread)
{
    for (int i = 0; i < space->unknowns; i++) {
        double ratio = spread->square[i] / spread->gradient_square[i];
        space->scale[i] = believed(sqrt(sqrt(ratio)), space->scale[i]);
    }
}

int ku_nuts_settled(int warmup)
{
    return warmup - (int)ceil(last * warmup);
}

static void keep(nuts_lesson *lesson, const nuts_point *at, int n)
{
    size_t row = (size_t)(lesson->seen++ % KU_NUTS_KEPT) * (size_t)n;
    memcpy(lesson->draw + row, at->x, (size_t)n * sizeof *at->x);
    memcpy(lesson->gradient + row, at->gradient, (size_t)n * sizeof *at->x);
}

static void change_windows(nuts_lesson *lesson, int n)
{
    nuts_spread held = lesson->used;
    lesson->used = lesson->filling;
    lesson->filling = held;
    empty(&lesson->filling, n);
}

bool ku_nuts_learn(nuts_lesson *lesson, nuts_space *space, const nuts_point *at, int turn,
                   int warmup)
{
    int n = space->unknowns, settled = ku_nuts_settled(warmup);
    int window = turn < early * warmup ? SHORT_WINDOW : WINDOW;
    if (turn >= settled) return false;
    see(&lesson->used, at, n);
    see(&lesson->filling, at, n);
    if (lesson->metric == KU_NUTS_LOW_RANK) keep(lesson, at, n);
    if (lesson->filling.count >= window && turn + window <= settled) change_windows(lesson, n);
    if (lesson->used.count < LEAST) return false;
    /* Directions take longer to work out than scales: now and then, and at the end. */
    bool enough = lesson->metric == KU_NUTS_LOW_RANK && lesson->used.count >= SHORT_WINDOW;
    if (enough && turn - lesson->changed < window / 2 && turn != settled - 1) return false;
    rescale(space, &lesson->used);
    if (enough) ku_nuts_learn_rank(lesson, space, lesson->used.count);
    lesson->changed = turn;
    return true;
}
