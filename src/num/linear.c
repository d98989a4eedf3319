/* linear.c - Cholesky and Householder for the few unknowns of one model. Written out
 * in plain loops: below some thirty unknowns a call into LAPACK costs more than the
 * work, and a fixed order of operations keeps the bits the same on every machine. */
#include "num/linear.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

bool ku_cholesky(double *a, int n, int stride)
{
    for (int j = 0; j < n; j++) {
        double *row = a + (size_t)j * (size_t)stride;
        for (int k = 0; k < j; k++) {
            const double *other = a + (size_t)k * (size_t)stride;
            row[k] = (row[k] - dot(row, other, k)) * other[k];
        }
        double pivot = row[j] - dot(row, row, j);
        if (!(pivot > 0) || !isfinite(pivot)) return false;
        row[j] = 1 / sqrt(pivot); /* the diagonal holds the reciprocals until the end */
    }
    for (int j = 0; j < n; j++)
        a[(size_t)j * (size_t)stride + (size_t)j] = 1 / a[(size_t)j * (size_t)stride + (size_t)j];
    return true;
}

void ku_cholesky_solve(const double *l, int n, int stride, double *b)
{
    for (int i = 0; i < n; i++) {
        const double *row = l + (size_t)i * (size_t)stride;
        b[i] = (b[i] - dot(row, b, i)) / row[i];
    }
    for (int i = n - 1; i >= 0; i--) {
        const double *row = l + (size_t)i * (size_t)stride;
        b[i] /= row[i];
        for (int k = 0; k < i; k++) b[k] -= row[k] * b[i];
    }
}

/* Reflects column k onto its head and applies the reflection to what follows; the
 * reflector stays below the diagonal, the new diagonal is returned (0: dependent). */
static double reflect(double *a, int rows, int columns, double *b, int k, double scale)
{
    double *v = a + (size_t)k * (size_t)rows + k;
    int length = rows - k;
    double norm = sqrt(dot(v, v, length));
    if (norm <= 1e-12 * scale) return 0;
    double head = v[0] > 0 ? -norm : norm;
    v[0] -= head;
    double factor = 2 / dot(v, v, length);
    for (int j = k + 1; j <= columns; j++) {
        double *other = j < columns ? a + (size_t)j * (size_t)rows + k : b + k;
        double t = factor * dot(v, other, length);
        for (int i = 0; i < length; i++) other[i] -= t * v[i];
    }
    return head;
}

double ku_least_squares(double *a, int rows, int columns, double *b, double *x)
{
    for (int k = 0; k < columns; k++) {
        double *column = a + (size_t)k * (size_t)rows;
        double scale = sqrt(dot(column, column, rows));
        x[k] = reflect(a, rows, columns, b, k, scale);
    }
    double rss = dot(b + columns, b + columns, rows - columns);
    for (int k = columns - 1; k >= 0; k--) {
        double head = x[k], rest = b[k];
        for (int j = k + 1; j < columns; j++) rest -= a[(size_t)j * (size_t)rows + k] * x[j];
        if (head == 0) rss += rest * rest;
        x[k] = head == 0 ? 0 : rest / head;
    }
    return rss;
}

void ku_line_fit(const double *y, int n, double *intercept, double *slope)
{
    double middle = (n + 1) / 2.0, mean = 0, cross = 0, square = 0;
    for (int i = 0; i < n; i++) mean += y[i] / n;
    for (int i = 0; i < n; i++) {
        double x = i + 1 - middle;
        cross += x * (y[i] - mean);
        square += x * x;
    }
    *slope = n > 1 ? cross / square : 0;
    *intercept = mean - *slope * middle;
}

/* The lower triangle of the rows and columns index[0 .. count), rows n apart. */
static void pick(const double *matrix, int n, const int *index, int count, double *to)
{
    for (int a = 0; a < count; a++)
        for (int b = 0; b <= a; b++) to[a * n + b] = matrix[index[a] * n + index[b]];
}

void ku_invert_known(const double *hessian, int n, bool *known, double *inverse, double *room)
{
    double *factor = room, *column = room + n * n;
    int index[KU_INVERT_MOST] = {0}, count = 0;
    assert(n <= KU_INVERT_MOST);
    memset(inverse, 0, (size_t)(n * n) * sizeof *inverse);
    for (int i = 0; i < n; i++) {
        double own = hessian[i * n + i];
        index[count] = i;
        pick(hessian, n, index, count + 1, factor);
        /* Below the noise of the differences nothing is known of a direction. */
        known[i] = own > 1e-10 && ku_cholesky(factor, count + 1, n) &&
                   factor[count * n + count] * factor[count * n + count] > 1e-9 * own;
        if (known[i]) count++;
    }
    pick(hessian, n, index, count, factor);
    if (count == 0 || !ku_cholesky(factor, count, n)) return;
    for (int a = 0; a < count; a++) {
        memset(column, 0, (size_t)count * sizeof *column);
        column[a] = 1;
        ku_cholesky_solve(factor, count, n, column);
        for (int b = 0; b < count; b++) inverse[index[b] * n + index[a]] = column[b];
    }
}
