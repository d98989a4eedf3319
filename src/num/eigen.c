/* eigen.c - eigenvalues and eigenvectors of a symmetric matrix.
 *
 * Reflections turn the matrix into one of three diagonals, rotations drive the outer two to
 * zero. All loops run along rows: the product of the reflections and rotations is kept
 * transposed, so that its rows are the vectors in the end. */
#include "num/eigen.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { STEPS = 50 };

/* The matrix as it is worked on: `diagonal` and `beside` (beside[k] between k and k + 1) are
 * what is left of it, `z` its rows' new coordinates. */
typedef struct three {
    int n;
    double *diagonal, *beside, *z;
} three;

size_t ku_eigen_room(int n)
{
    return (size_t)n * ((size_t)n + 2);
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

static bool scale_down(double *a, size_t cells, double *scale)
{
    *scale = 0;
    for (size_t i = 0; i < cells; i++) {
        if (!isfinite(a[i])) return false;
        *scale = fmax(*scale, fabs(a[i]));
    }
    if (*scale == 0) *scale = 1;
    for (size_t i = 0; i < cells; i++) a[i] /= *scale;
    return true;
}

/* ---- to three diagonals ----------------------------------------------------------------------- */

/* Turns v[k], by a reflection I - v v' / half, onto its last entry, which becomes *onto. Leaves
 * the reflection in v and returns half; 0 where nothing needs turning. */
static double reflection(double *v, int k, double *onto)
{
    double others = dot(v, v, k - 1), last = v[k - 1];
    *onto = last;
    if (others < DBL_MIN) return 0;
    double length = sqrt(others + last * last);
    *onto = last > 0 ? -length : length;
    v[k - 1] = last - *onto;
    return length * (length + fabs(last));
}

/* The first k rows and columns of a become H a H: with p = a v / half and
 * q = p - (v'p / 2 half) v that is a - v q' - q v'. */
static void reflect_both_sides(double *a, int n, int k, const double *v, double half, double *q)
{
    for (int i = 0; i < k; i++) q[i] = dot(a + (size_t)i * (size_t)n, v, k) / half;
    double part = dot(v, q, k) / (2 * half);
    for (int i = 0; i < k; i++) q[i] -= part * v[i];
    for (int i = 0; i < k; i++) {
        double *row = a + (size_t)i * (size_t)n, vi = v[i], qi = q[i];
        for (int j = 0; j < k; j++) row[j] -= vi * q[j] + qi * v[j];
    }
}

/* z becomes H_1 H_2 ... H_(n-1); halves[k] belongs to the reflection in row k of a. */
static void gather(three *t, const double *a, const double *halves)
{
    size_t n = (size_t)t->n;
    memset(t->z, 0, n * n * sizeof *t->z);
    for (size_t i = 0; i < n; i++) t->z[i * n + i] = 1;
    for (int k = 1; k < t->n; k++) {
        const double *v = a + (size_t)k * n;
        for (int i = 0; i < k && halves[k] > 0; i++) {
            double *row = t->z + (size_t)i * n, part = dot(row, v, k) / halves[k];
            for (int j = 0; j < k; j++) row[j] -= part * v[j];
        }
    }
}

static void to_three_diagonals(double *a, three *t)
{
    int n = t->n;
    double *halves = t->diagonal, *scratch = t->z;
    for (int k = n - 1; k >= 1; k--) {
        double *row = a + (size_t)k * (size_t)n;
        halves[k] = reflection(row, k, &t->beside[k - 1]);
        if (halves[k] > 0) reflect_both_sides(a, n, k, row, halves[k], scratch);
    }
    t->beside[n - 1] = 0;
    gather(t, a, halves);
    for (int k = 0; k < n; k++) t->diagonal[k] = a[(size_t)k * (size_t)n + (size_t)k];
}

/* ---- to one ------------------------------------------------------------------------------------ */

static void rotate(double *restrict a, double *restrict b, double c, double s, int n)
{
    for (int i = 0; i < n; i++) {
        double x = a[i], y = b[i];
        a[i] = c * x - s * y;
        b[i] = s * x + c * y;
    }
}

/* One implicit step on rows first .. last, upwards from the last. */
static void step(three *t, int first, int last)
{
    double *d = t->diagonal, *e = t->beside;
    double g = (d[first + 1] - d[first]) / (2 * e[first]);
    g = d[last] - d[first] + e[first] / (g + copysign(hypot(g, 1), g));
    double s = 1, c = 1, moved = 0;
    for (int i = last - 1; i >= first; i--) {
        double f = s * e[i], b = c * e[i], r = hypot(f, g);
        e[i + 1] = r;
        if (r == 0) { /* the matrix falls in two here */
            d[i + 1] -= moved;
            e[last] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - moved;
        r = (d[i] - g) * s + 2 * c * b;
        moved = s * r;
        d[i + 1] = g + moved;
        g = c * r - b;
        size_t n = (size_t)t->n;
        rotate(t->z + (size_t)i * n, t->z + (size_t)(i + 1) * n, c, s, t->n);
    }
    d[first] -= moved;
    e[first] = g;
    e[last] = 0;
}

/* The end of the block of rows that begins at `first`. */
static int block_end(const three *t, int first)
{
    int last = first;
    while (last < t->n - 1) {
        double size = fabs(t->diagonal[last]) + fabs(t->diagonal[last + 1]);
        if (fabs(t->beside[last]) <= DBL_EPSILON * size || fabs(t->beside[last]) < DBL_MIN) break;
        last++;
    }
    return last;
}

static bool to_one_diagonal(three *t)
{
    for (int first = 0; first < t->n; first++) {
        int steps = 0, last;
        while ((last = block_end(t, first)) > first) {
            if (steps++ == STEPS) return false;
            step(t, first, last);
        }
    }
    return true;
}

bool ku_symmetric_eigen(double *a, int n, double *values, double *work)
{
    three t = {n, values, work, work + 2 * (size_t)n};
    double scale;
    if (!scale_down(a, (size_t)n * (size_t)n, &scale)) return false;
    to_three_diagonals(a, &t);
    if (!to_one_diagonal(&t)) return false;
    for (int k = 0; k < n; k++) { /* ascending, by selection */
        int least = k;
        for (int i = k + 1; i < n; i++)
            if (values[i] < values[least]) least = i;
        double held = values[least], *row = t.z + (size_t)least * (size_t)n;
        memcpy(a + (size_t)k * (size_t)n, row, (size_t)n * sizeof *row);
        if (least != k) memcpy(row, t.z + (size_t)k * (size_t)n, (size_t)n * sizeof *row);
        values[least] = values[k];
        values[k] = held * scale;
    }
    return true;
}
