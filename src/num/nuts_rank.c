/* nuts_rank.c - the few directions in which unknowns move together.
 *
 * Seen through the scales of the unknowns one by one, the density may still be long in some
 * directions and thin in others: an intercept that rises as a trend falls. A trajectory has to
 * be as long as the longest and its steps as small as the thinnest. Within the space that a
 * window's draws and gradients span, the matrix that makes the density rounder can be learnt
 * from few of them: with C the covariance of the draws and G that of the gradients it is the
 * geometric mean C # G^-1 = G^-1/2 (G^1/2 C G^1/2)^1/2 G^-1/2, the least of Fisher's divergence
 * (Seyboldt, Carlson & Carpenter 2026, arXiv:2603.18845, low rank plus diagonal). Both are
 * regularised, which draws what the window does not tell towards 1; of the result's
 * eigenvectors only those far from 1 are kept. */
#include <math.h>
#include <string.h>

#include "num/eigen.h"
#include "num/linear.h"
#include "num/nuts_internal.h"

/* Added to both covariances; eigenvalues this far from 1 are kept. */
static const double ridge = 1e-5, far_from_one = 2;

/* The sums of squares of a window's directions span 10 powers of ten at most. */
static const double least_share = 1e-10;

/* Memory, with m draws and k <= 2 m directions. */
typedef struct desk {
    int n, m, k;
    double *sample;     /* [2 m][n] draws, then gradients, centred and in units of the scales */
    double *basis;      /* [k][n] orthonormal; not in use where k = n */
    double *coordinate; /* [2 m][k] */
    double *a, *b, *c;  /* [2 m][2 m] */
    double *values;     /* [2 m] */
    double *work;
} desk;

enum { MOST = 2 * KU_NUTS_KEPT };

size_t ku_nuts_rank_room(int unknowns)
{
    size_t n = ku_nuts_padded((size_t)unknowns), square = (size_t)MOST * MOST;
    return 2 * MOST * n + 4 * square + MOST + ku_nuts_padded(ku_eigen_room(MOST));
}

static desk lay_out(int n, int m, double *block)
{
    desk d = {.n = n, .m = m, .k = n};
    size_t square = (size_t)MOST * MOST;
    d.sample = ku_nuts_take(&block, MOST * (size_t)n);
    d.basis = ku_nuts_take(&block, MOST * (size_t)n);
    d.coordinate = ku_nuts_take(&block, square);
    d.a = ku_nuts_take(&block, square);
    d.b = ku_nuts_take(&block, square);
    d.c = ku_nuts_take(&block, square);
    d.values = ku_nuts_take(&block, MOST);
    d.work = block;
    return d;
}

static double dot(const double *a, const double *b, int n)
{
    double s[4] = {0};
    int i = 0;
    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; k++) s[k] += a[i + k] * b[i + k];
    for (; i < n; i++) s[0] += a[i] * b[i];
    return (s[0] + s[1]) + (s[2] + s[3]);
}

static void add_to(double *restrict to, const double *restrict row, double times, int n)
{
    for (int i = 0; i < n; i++) to[i] += times * row[i];
}

static double *row_of(double *matrix, int row, int columns)
{
    return matrix + (size_t)row * (size_t)columns;
}

/* The latest m rows of a ring of KU_NUTS_KEPT, centred, times scale (or by it). */
static void collect(desk *d, const double *ring, int seen, const double *scale, bool divide,
                    double *to)
{
    int n = d->n;
    double *mean = d->basis; /* not yet in use */
    memset(mean, 0, (size_t)n * sizeof *mean);
    for (int i = 0; i < d->m; i++) {
        const double *from = ring + (size_t)((seen - 1 - i) % KU_NUTS_KEPT) * (size_t)n;
        memcpy(row_of(to, i, n), from, (size_t)n * sizeof *to);
        add_to(mean, from, 1.0 / d->m, n);
    }
    for (int i = 0; i < d->m; i++) {
        double *row = row_of(to, i, n);
        for (int k = 0; k < n; k++)
            row[k] = divide ? (row[k] - mean[k]) / scale[k] : (row[k] - mean[k]) * scale[k];
    }
}

/* The directions the sample spans, from the eigenvectors of its rows' products. Where there are
 * no fewer of them than unknowns, the unknowns themselves serve. */
static bool span(desk *d)
{
    int rows = 2 * d->m, n = d->n;
    d->k = n;
    if (n <= rows) {
        memcpy(d->coordinate, d->sample, (size_t)rows * (size_t)n * sizeof *d->sample);
        return true;
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j <= i; j++)
            d->a[i * rows + j] = d->a[j * rows + i] = dot(row_of(d->sample, i, n),
                                                          row_of(d->sample, j, n), n);
    if (!ku_symmetric_eigen(d->a, rows, d->values, d->work)) return false;
    int first = 0;
    while (first < rows - 1 && d->values[first] < least_share * d->values[rows - 1]) first++;
    d->k = rows - first;
    for (int k = 0; k < d->k; k++) {
        const double *vector = row_of(d->a, first + k, rows);
        double *to = row_of(d->basis, k, n), root = sqrt(d->values[first + k]);
        if (!(root > 0)) return false;
        memset(to, 0, (size_t)n * sizeof *to);
        for (int i = 0; i < rows; i++) add_to(to, row_of(d->sample, i, n), vector[i] / root, n);
        for (int i = 0; i < rows; i++) d->coordinate[i * d->k + k] = vector[i] * root;
    }
    return true;
}

/* Covariance, plus the ridge, of m rows of coordinates. */
static void covariance(const desk *d, const double *rows, double *to)
{
    int k = d->k;
    memset(to, 0, (size_t)k * (size_t)k * sizeof *to);
    for (int i = 0; i < d->m; i++) {
        const double *row = rows + (size_t)i * (size_t)k;
        for (int j = 0; j < k; j++) add_to(row_of(to, j, k), row, row[j] / (d->m - 1), k);
    }
    for (int j = 0; j < k; j++) to[j * k + j] += ridge;
}

/* to = left right, with right given transposed; k x k each. */
static void multiply(const double *left, const double *right, double *to, int k)
{
    for (int i = 0; i < k; i++)
        for (int j = 0; j < k; j++)
            to[i * k + j] = dot(left + (size_t)i * (size_t)k, right + (size_t)j * (size_t)k, k);
}

static void transpose(double *a, int k)
{
    for (int i = 0; i < k; i++)
        for (int j = 0; j < i; j++) {
            double held = a[i * k + j];
            a[i * k + j] = a[j * k + i];
            a[j * k + i] = held;
        }
}

/* a's columns become L'^-1 times them, L a lower triangle. */
static void solve_transposed(const double *l, double *a, int k)
{
    for (int i = k - 1; i >= 0; i--) {
        double *row = row_of(a, i, k);
        for (int j = 0; j < k; j++) row[j] /= l[i * k + i];
        for (int up = 0; up < i; up++) add_to(row_of(a, up, k), row, -l[i * k + up], k);
    }
}

/* d->c becomes C # G^-1 = L'^-1 (L' C L)^1/2 L^-1 with G = L L'. */
static bool geometric_mean(desk *d)
{
    int k = d->k;
    double *l = d->b, *c = d->a, *root = d->c;
    covariance(d, d->coordinate, c);
    covariance(d, d->coordinate + (size_t)d->m * (size_t)k, l);
    if (!ku_cholesky(l, k, k)) return false;
    for (int i = 0; i < k; i++)
        for (int j = i + 1; j < k; j++) l[i * k + j] = 0;
    transpose(l, k);
    multiply(l, c, root, k); /* L' C, C being symmetric */
    multiply(root, l, c, k); /* times L */
    transpose(l, k);
    if (!ku_symmetric_eigen(c, k, d->values, d->work)) return false;
    for (int i = 0; i < k; i++) {
        double fourth = sqrt(sqrt(fmax(d->values[i], 0)));
        for (int j = 0; j < k; j++) c[i * k + j] *= fourth;
    }
    transpose(c, k); /* V Λ^1/4: with its transpose the root */
    solve_transposed(l, c, k);
    multiply(c, c, root, k);
    return true;
}

/* How far an eigenvalue is from 1, in powers. */
static double distance(double value)
{
    return value > 0 ? fabs(log(value)) : 0;
}

/* Values ascend, so those farthest from 1 are at the two ends. */
static void keep_farthest(desk *d, nuts_space *space)
{
    int low = 0, high = d->k - 1, n = d->n;
    for (space->rank = 0; space->rank < KU_NUTS_RANK && low <= high; space->rank++) {
        int at = distance(d->values[low]) > distance(d->values[high]) ? low++ : high--;
        if (distance(d->values[at]) < log(far_from_one)) return;
        const double *vector = row_of(d->c, at, d->k);
        double *column = space->column + (size_t)space->rank * (size_t)n;
        space->stretch[space->rank] = sqrt(d->values[at]) - 1;
        if (d->k == n) {
            memcpy(column, vector, (size_t)n * sizeof *column);
            continue;
        }
        memset(column, 0, (size_t)n * sizeof *column);
        for (int k = 0; k < d->k; k++) add_to(column, row_of(d->basis, k, n), vector[k], n);
    }
}

void ku_nuts_learn_rank(const nuts_lesson *lesson, nuts_space *space, int count)
{
    int m = count < KU_NUTS_KEPT ? count : KU_NUTS_KEPT;
    desk d = lay_out(space->unknowns, m, lesson->work);
    space->rank = 0;
    collect(&d, lesson->draw, lesson->seen, space->scale, true, d.sample);
    collect(&d, lesson->gradient, lesson->seen, space->scale, false,
            d.sample + (size_t)m * (size_t)d.n);
    if (!span(&d) || !geometric_mean(&d)) return;
    if (ku_symmetric_eigen(d.c, d.k, d.values, d.work)) keep_farthest(&d, space);
}
