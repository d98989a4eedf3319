/* quadratic.c - interior points for separable parabolas under limits on sums.
 *
 * The sum of each row is a variable r of its own, A x = r, with the row's limits as its bounds.
 * Whatever has bounds is kept inside them by multipliers; a Newton step for x, r and the
 * multipliers boils down to one system for the change of the rows' prices y,
 *     (A T^-1 A' + P^-1) dy = right hand side,
 * with T and P diagonal: the curvature of cells and rows, their multipliers included. A row
 * whose limits are equal has P^-1 = 0. */
#include "returns/plan/quadratic.h"

#include <math.h>
#include <string.h>

#include "num/linear.h"

enum { STEPS = 80 };
static const double small = 1e-10;      /* of what is left open, relative */
static const double near_enough = 1e-7; /* of the largest amount, that a sum may be off by */
static const double inside = 0.995;     /* how far towards a bound a step may go */

/* A variable between bounds, its two multipliers and their changes. */
typedef struct box {
    double x, low, high, below, above; /* multipliers of low and high */
    double dx, dbelow, dabove;
    double square_below, square_above; /* dx times the change of the multiplier: the corrector */
    bool fixed;
} box;

typedef struct solver {
    const ku_quadratic *q;
    box *cell, *row;
    double *y, *dy, *matrix, *slope; /* slope: residual of the cells' conditions */
    double *open;                    /* A x - r */
    double scale_x, scale_gain;
} solver;

/* A row without a limit counts nothing: its sum stays 0. */
static bool is_idle(const ku_quadratic *q, int row)
{
    return q->least[row] == -INFINITY && q->most[row] == INFINITY;
}

static double coefficient(const ku_quadratic *q, int at)
{
    if (is_idle(q, q->row[at])) return 0;
    return q->coefficient != NULL ? q->coefficient[at] : 1;
}

static bool has_low(const box *b)
{
    return !b->fixed && b->low > -INFINITY;
}

static bool has_high(const box *b)
{
    return !b->fixed && b->high < INFINITY;
}

static box box_of(double low, double high, double start, double multiplier)
{
    box b = {.x = start, .low = low, .high = high};
    b.fixed = isfinite(high - low) && high - low <= 1e-12 * fabs(high);
    if (b.fixed) {
        b.x = low;
        return b;
    }
    double width = high - low;
    if (isfinite(width))
        b.x = fmin(fmax(b.x, low + 0.05 * width), high - 0.05 * width);
    else if (low > -INFINITY)
        b.x = fmax(b.x, low + 1);
    else if (high < INFINITY)
        b.x = fmin(b.x, high - 1);
    b.below = has_low(&b) ? multiplier : 0;
    b.above = has_high(&b) ? multiplier : 0;
    return b;
}

/* ---- where it stands ------------------------------------------------------------------------ */

static double row_sums(const solver *s, double *open)
{
    const ku_quadratic *q = s->q;
    double worst = 0;
    for (int k = 0; k < q->rows; k++) open[k] = -s->row[k].x;
    for (int i = 0; i < q->cells; i++)
        for (int at = q->start[i]; at < q->start[i + 1]; at++)
            open[q->row[at]] += coefficient(q, at) * s->cell[i].x;
    for (int k = 0; k < q->rows; k++) worst = fmax(worst, fabs(open[k]));
    return worst;
}

/* The residual of the cells' first-order conditions, minimisation. */
static double cell_slopes(const solver *s)
{
    const ku_quadratic *q = s->q;
    double worst = 0;
    for (int i = 0; i < q->cells; i++) {
        const box *b = &s->cell[i];
        double sum = q->bend[i] * (b->x - q->centre[i]) - q->gain[i] - b->below + b->above;
        for (int at = q->start[i]; at < q->start[i + 1]; at++)
            sum += coefficient(q, at) * s->y[q->row[at]];
        s->slope[i] = b->fixed ? 0 : sum;
        worst = fmax(worst, fabs(s->slope[i]));
    }
    return worst;
}

static double row_slope(const solver *s, int k)
{
    return -s->y[k] - s->row[k].below + s->row[k].above;
}

/* Mean of bound distance times multiplier. */
static double gap_of(const solver *s)
{
    double sum = 0;
    int count = 0;
    for (int i = 0; i < s->q->cells + s->q->rows; i++) {
        const box *b = i < s->q->cells ? &s->cell[i] : &s->row[i - s->q->cells];
        if (has_low(b)) sum += (b->x - b->low) * b->below, count++;
        if (has_high(b)) sum += (b->high - b->x) * b->above, count++;
    }
    return count > 0 ? sum / count : 0;
}

/* ---- a step ------------------------------------------------------------------------------------ */

/* The curvature that the multipliers add, and what aiming at `target` adds to the slope. */
static double curvature(const box *b)
{
    double sum = 0;
    if (has_low(b)) sum += b->below / (b->x - b->low);
    if (has_high(b)) sum += b->above / (b->high - b->x);
    return sum;
}

static double aim(const box *b, double target)
{
    double sum = 0;
    if (has_low(b)) sum += b->below - (target - b->square_below) / (b->x - b->low);
    if (has_high(b)) sum -= b->above - (target - b->square_above) / (b->high - b->x);
    return sum;
}

static void multipliers(box *b, double target)
{
    b->dbelow = b->dabove = 0;
    if (has_low(b))
        b->dbelow = (target - b->square_below - b->below * b->dx) / (b->x - b->low) - b->below;
    if (has_high(b))
        b->dabove = (target - b->square_above + b->above * b->dx) / (b->high - b->x) - b->above;
}

/* Factors the rows' matrix. Limits that repeat each other, or that only cells without a choice are
 * in, leave it singular: they get a price of their own accord, near 0. */
static bool factor(solver *s)
{
    int rows = s->q->rows;
    for (int k = 0; k < rows; k++) {
        double *own = &s->matrix[k * rows + k];
        *own += *own > 0 ? 1e-11 * *own : 1;
    }
    return ku_cholesky(s->matrix, rows, rows);
}

/* Newton's direction towards complementarity `target`; false when the system is singular. */
static bool direction(solver *s, double target, bool again)
{
    const ku_quadratic *q = s->q;
    int rows = q->rows;
    if (!again) memset(s->matrix, 0, (size_t)rows * (size_t)rows * sizeof *s->matrix);
    memcpy(s->dy, s->open, (size_t)rows * sizeof *s->dy);
    for (int i = 0; i < q->cells; i++) {
        const box *b = &s->cell[i];
        if (b->fixed) continue;
        double per = 1 / (q->bend[i] + curvature(b)), move = -per * (s->slope[i] + aim(b, target));
        for (int at = q->start[i]; at < q->start[i + 1]; at++) {
            double a = coefficient(q, at);
            s->dy[q->row[at]] += a * move;
            for (int other = q->start[i]; !again && other <= at; other++) {
                int high = q->row[at] > q->row[other] ? q->row[at] : q->row[other];
                int low = q->row[at] > q->row[other] ? q->row[other] : q->row[at];
                s->matrix[high * rows + low] += a * coefficient(q, other) * per;
            }
        }
    }
    for (int k = 0; k < rows; k++) {
        const box *b = &s->row[k];
        double add = curvature(b), per = b->fixed ? 0 : add > 0 ? 1 / add : 1e12;
        if (!again) s->matrix[k * rows + k] += per;
        s->dy[k] += per * (row_slope(s, k) + aim(b, target));
    }
    if (!again && !factor(s)) return false;
    ku_cholesky_solve(s->matrix, rows, rows, s->dy);
    return true;
}

/* Turns the change of prices into those of cells, rows and multipliers. */
static void complete(solver *s, double target)
{
    const ku_quadratic *q = s->q;
    for (int i = 0; i < q->cells; i++) {
        box *b = &s->cell[i];
        double sum = s->slope[i] + aim(b, target);
        for (int at = q->start[i]; at < q->start[i + 1]; at++)
            sum += coefficient(q, at) * s->dy[q->row[at]];
        b->dx = b->fixed ? 0 : -sum / (q->bend[i] + curvature(b));
        multipliers(b, target);
    }
    for (int k = 0; k < q->rows; k++) {
        box *b = &s->row[k];
        double add = curvature(b);
        double sum = row_slope(s, k) + aim(b, target) - s->dy[k];
        b->dx = b->fixed ? 0 : -sum * (add > 0 ? 1 / add : 1e12);
        multipliers(b, target);
    }
}

static double room(double value, double change, double longest)
{
    return change < 0 ? fmin(longest, -value / change) : longest;
}

/* How far the step can go, for the variables and for the multipliers. */
static void longest_step(const solver *s, double *primal, double *dual)
{
    *primal = *dual = 1 / inside;
    for (int i = 0; i < s->q->cells + s->q->rows; i++) {
        const box *b = i < s->q->cells ? &s->cell[i] : &s->row[i - s->q->cells];
        if (has_low(b)) {
            *primal = room(b->x - b->low, b->dx, *primal);
            *dual = room(b->below, b->dbelow, *dual);
        }
        if (has_high(b)) {
            *primal = room(b->high - b->x, -b->dx, *primal);
            *dual = room(b->above, b->dabove, *dual);
        }
    }
    *primal = fmin(1, inside * *primal);
    *dual = fmin(1, inside * *dual);
}

static double gap_after(const solver *s, double primal, double dual)
{
    double sum = 0;
    int count = 0;
    for (int i = 0; i < s->q->cells + s->q->rows; i++) {
        const box *b = i < s->q->cells ? &s->cell[i] : &s->row[i - s->q->cells];
        double x = b->x + primal * b->dx;
        if (has_low(b)) sum += (x - b->low) * (b->below + dual * b->dbelow), count++;
        if (has_high(b)) sum += (b->high - x) * (b->above + dual * b->dabove), count++;
    }
    return count > 0 ? sum / count : 0;
}

static void remember_squares(solver *s, bool keep)
{
    for (int i = 0; i < s->q->cells + s->q->rows; i++) {
        box *b = i < s->q->cells ? &s->cell[i] : &s->row[i - s->q->cells];
        b->square_below = keep ? b->dx * b->dbelow : 0;
        b->square_above = keep ? -b->dx * b->dabove : 0;
    }
}

static void go(solver *s, double primal, double dual)
{
    for (int i = 0; i < s->q->cells + s->q->rows; i++) {
        box *b = i < s->q->cells ? &s->cell[i] : &s->row[i - s->q->cells];
        b->x += primal * b->dx;
        b->below += dual * b->dbelow;
        b->above += dual * b->dabove;
    }
    for (int k = 0; k < s->q->rows; k++) s->y[k] += dual * s->dy[k];
}

static bool step(solver *s, double gap)
{
    double primal, dual;
    remember_squares(s, false);
    if (!direction(s, 0, false)) return false;
    complete(s, 0);
    longest_step(s, &primal, &dual);
    double left = gap > 0 ? gap_after(s, primal, dual) / gap : 0;
    double target = left * left * left * gap;
    remember_squares(s, true);
    direction(s, target, true);
    complete(s, target);
    longest_step(s, &primal, &dual);
    /* With parabolas the slopes depend on x and the multipliers together. */
    double both = fmin(primal, dual);
    go(s, both, both);
    return isfinite(both);
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static solver solver_of(const ku_quadratic *q, ku_arena *arena)
{
    solver s = {.q = q};
    size_t cells = (size_t)q->cells, rows = (size_t)q->rows;
    s.cell = KU_ARRAY(arena, cells + 1, box);
    s.row = KU_ARRAY(arena, rows + 1, box);
    s.y = KU_ARRAY(arena, rows + 1, double);
    s.dy = KU_ARRAY(arena, rows + 1, double);
    s.open = KU_ARRAY(arena, rows + 1, double);
    s.matrix = KU_ARRAY(arena, rows * rows + 1, double);
    s.slope = KU_ARRAY(arena, cells + 1, double);
    s.scale_x = 1; /* a unit of money */
    s.scale_gain = 1e-300;
    for (int i = 0; i < q->cells; i++) {
        s.scale_x = fmax(s.scale_x, fmax(fabs(q->low[i]), fabs(q->high[i])));
        s.scale_gain = fmax(s.scale_gain, fabs(q->gain[i]));
        s.scale_gain = fmax(s.scale_gain, q->bend[i] * fmin(fabs(q->centre[i]), q->high[i]));
    }
    return s;
}

static void start(solver *s)
{
    const ku_quadratic *q = s->q;
    for (int i = 0; i < q->cells; i++)
        s->cell[i] = box_of(q->low[i], q->high[i], q->centre[i], s->scale_gain);
    for (int k = 0; k < q->rows; k++) s->row[k] = (box){.x = 0};
    row_sums(s, s->open); /* the sums themselves, as r is 0 */
    for (int k = 0; k < q->rows; k++)
        s->row[k] = is_idle(q, k) ? box_of(0, 0, 0, 0)
                                  : box_of(q->least[k], q->most[k], s->open[k], s->scale_gain);
}

/* What is open at the present x; infinite when that is no number. */
static double how_open(const solver *s)
{
    double worst = row_sums(s, s->open);
    for (int i = 0; i < s->q->cells; i++)
        if (!isfinite(s->cell[i].x)) worst = INFINITY;
    return worst;
}

static bool is_done(const solver *s, double open)
{
    double slope = cell_slopes(s), gap = gap_of(s);
    for (int k = 0; k < s->q->rows; k++)
        if (!s->row[k].fixed) slope = fmax(slope, fabs(row_slope(s, k)));
    return open <= 10 * small * s->scale_x && slope <= 10 * small * s->scale_gain &&
           gap <= small * s->scale_x * s->scale_gain;
}

bool ku_quadratic_solve(const ku_quadratic *problem, ku_arena *arena, double *x, double *prices)
{
    solver s = solver_of(problem, arena);
    double least = INFINITY;
    for (int i = 0; i < problem->cells; i++)
        if (!(problem->low[i] <= problem->high[i])) return false;
    start(&s);
    for (int n = 0; n < STEPS; n++) {
        double open = how_open(&s);
        if (isinf(open)) break; /* the step before was the last that could be taken */
        if (open <= fmax(least, near_enough * s.scale_x)) { /* the latest that fits */
            for (int i = 0; i < problem->cells; i++) x[i] = s.cell[i].x;
            for (int k = 0; k < problem->rows && prices != NULL; k++) prices[k] = s.y[k];
            least = open;
        }
        if (is_done(&s, open) || !step(&s, gap_of(&s))) break;
    }
    return least <= near_enough * s.scale_x;
}
