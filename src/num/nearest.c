/* nearest.c - Wolfe's algorithm on inner products.
 *
 * A corral is a set of points none of which is a mixture of the others with weights of any
 * sign. From the nearest mixture x of the corral the point that lies most on the target's side
 * of x joins it (major step). Then the nearest point of the corral's whole plane is found; where
 * it has weights below 0, x goes towards it until a weight is 0, that point leaves, and the
 * plane is looked at again (minor step). Each corral is the best of its kind and the distance
 * falls, so none comes twice.
 *
 * With K the products of the corral's points less the target the plane's nearest point is u / sum u for
 * (K + s ee') u = e, any s > 0: K + s ee' is positive definite exactly for a corral. Its
 * Cholesky factor grows by a row when a point joins; it is made anew when one leaves. */
#include "num/nearest.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Of the size of the products: what arithmetic cannot tell from 0. */
#define DEPENDENT 1e-12 /* a point's distance from the plane of others */
#define LEVEL     1e-14 /* a point's lead over the mixture */

typedef struct search {
    const ku_nearest_points *of;
    int points, members;
    double shift; /* s above: of the size of the products */
    double *weight;
    double *factor;  /* rows `points` apart */
    double *plane;   /* weights of the members at the plane's nearest point */
    double *towards; /* of each point: <x, point> */
    int *member;
} search;

size_t ku_nearest_room(int points)
{
    size_t n = (size_t)points;
    return n * n + 2 * n;
}

/* Of the points less the target. */
static double product(const search *s, int i, int j)
{
    const ku_nearest_points *of = s->of;
    return of->products[(size_t)i * (size_t)s->points + (size_t)j] - of->cross[i] - of->cross[j] +
           of->square;
}

/* The factor's row for the last member; false when it depends on the others. */
static bool extend(search *s)
{
    int n = s->members - 1, last = s->member[n];
    double *row = s->factor + (size_t)n * (size_t)s->points;
    double left = product(s, last, last) + s->shift;
    for (int k = 0; k < n; k++) {
        const double *other = s->factor + (size_t)k * (size_t)s->points;
        double sum = product(s, last, s->member[k]) + s->shift;
        for (int i = 0; i < k; i++) sum -= row[i] * other[i];
        row[k] = sum / other[k];
        left -= row[k] * row[k];
    }
    if (!(left > DEPENDENT * s->shift)) return false;
    row[n] = sqrt(left);
    return true;
}

/* All rows again; members found to depend on those before them leave. */
static void rebuild(search *s)
{
    int count = s->members;
    s->members = 0;
    for (int k = 0; k < count; k++) {
        int j = s->member[k];
        s->member[s->members++] = j;
        if (extend(s)) continue;
        s->members--;
        s->weight[j] = 0;
    }
}

/* Weights at the nearest point of the plane through the members. */
static void solve_plane(search *s)
{
    double *u = s->plane, sum = 0;
    for (int i = 0; i < s->members; i++) {
        const double *row = s->factor + (size_t)i * (size_t)s->points;
        u[i] = 1;
        for (int k = 0; k < i; k++) u[i] -= row[k] * u[k];
        u[i] /= row[i];
    }
    for (int i = s->members - 1; i >= 0; i--) {
        const double *row = s->factor + (size_t)i * (size_t)s->points;
        u[i] /= row[i];
        for (int k = 0; k < i; k++) u[k] -= row[k] * u[i];
    }
    for (int i = 0; i < s->members; i++) sum += u[i];
    for (int i = 0; i < s->members; i++) u[i] /= sum;
}

static void drop_empty(search *s)
{
    int kept = 0;
    for (int i = 0; i < s->members; i++)
        if (s->weight[s->member[i]] > 0)
            s->member[kept++] = s->member[i];
        else
            s->weight[s->member[i]] = 0;
    s->members = kept;
    rebuild(s);
}

/* Minor steps until the plane's nearest point is a mixture. Each lets go of a point. */
static void settle(search *s)
{
    for (;;) {
        double reach = 1;
        int first = -1;
        solve_plane(s);
        for (int i = 0; i < s->members; i++) {
            double w = s->weight[s->member[i]], to = s->plane[i];
            if (to > 0 || w - to <= 0) continue;
            double part = w / (w - to);
            if (first < 0 || part < reach) {
                reach = part;
                first = i;
            }
        }
        if (first < 0) break;
        for (int i = 0; i < s->members; i++) {
            double *w = &s->weight[s->member[i]];
            *w += reach * (s->plane[i] - *w);
        }
        s->weight[s->member[first]] = 0;
        drop_empty(s);
    }
    for (int i = 0; i < s->members; i++) s->weight[s->member[i]] = fmax(0, s->plane[i]);
}

/* Where the search begins: the corral of the weights given, else the nearest single point. */
static void begin(search *s)
{
    double sum = 0;
    int nearest = 0;
    s->members = 0;
    for (int j = 0; j < s->points; j++) {
        if (s->weight[j] > 0) s->member[s->members++] = j;
        sum += s->weight[j] = fmax(0, s->weight[j]);
        if (product(s, j, j) < product(s, nearest, nearest)) nearest = j;
    }
    if (s->members == 0) {
        s->member[s->members++] = nearest;
        s->weight[nearest] = sum = 1;
    }
    for (int j = 0; j < s->points; j++) s->weight[j] /= sum;
    rebuild(s);
    settle(s);
}

/* <x, point> of every point and the square of x itself. With weights that add up to 1 the
 * target's part of it is the same sum for all points, less each point's own. */
static double look(search *s)
{
    double square = 0, with_target = 0;
    for (int k = 0; k < s->members; k++)
        with_target += s->weight[s->member[k]] * s->of->cross[s->member[k]];
    for (int j = 0; j < s->points; j++)
        s->towards[j] = s->of->square - with_target - s->of->cross[j];
    for (int k = 0; k < s->members; k++) {
        const double *row = s->of->products + (size_t)s->member[k] * (size_t)s->points;
        double w = s->weight[s->member[k]];
        for (int j = 0; j < s->points; j++) s->towards[j] += w * row[j];
    }
    for (int k = 0; k < s->members; k++)
        square += s->weight[s->member[k]] * s->towards[s->member[k]];
    return square;
}

static int lowest(const search *s)
{
    int best = 0;
    for (int j = 1; j < s->points; j++)
        if (s->towards[j] < s->towards[best]) best = j;
    return best;
}

ku_nearest_result ku_nearest(const ku_nearest_points *of, double *weight, double *work, int *room)
{
    size_t n = (size_t)of->points;
    search s = {.of = of,
                .points = of->points,
                .weight = weight,
                .factor = work,
                .plane = work + n * n,
                .towards = work + n * n + n,
                .member = room};
    ku_nearest_result result = {0};
    for (int j = 0; j < s.points; j++) s.shift = fmax(s.shift, product(&s, j, j));
    if (!(s.shift > 0)) s.shift = 1;
    begin(&s);
    double before = INFINITY;
    for (;;) {
        double square = look(&s);
        int next = lowest(&s);
        result.square = fmax(0, square);
        result.gap = fmax(0, 2 * (square - s.towards[next]));
        result.steps++;
        if (square - s.towards[next] <= LEVEL * s.shift || s.members == s.points ||
            !(square < before))
            break;
        before = square;
        s.member[s.members++] = next;
        if (!extend(&s)) break;
        settle(&s);
    }
    return result;
}
