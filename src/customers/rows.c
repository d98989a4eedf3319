/* rows.c - joining equal customers, and customers like each other. */
#include "customers/rows.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- equal customers, all of them -------------------------------------------------------------- */

typedef struct entry {
    double x, t_x, T;
    uint32_t row;
} entry;

static int compare_entries(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    if (a->x != b->x) return a->x < b->x ? -1 : 1;
    if (a->t_x != b->t_x) return a->t_x < b->t_x ? -1 : 1;
    if (a->T != b->T) return a->T < b->T ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row; /* the same order whatever qsort does */
}

ku_buyers ku_buyers_compress(const ku_buyers *buyers, ku_arena *arena, uint32_t *row_of)
{
    size_t n = buyers->rows, rows = 0;
    assert(n <= UINT32_MAX);
    entry *all = KU_ARRAY(arena, n + 1, entry);
    for (size_t i = 0; i < n; i++)
        all[i] = (entry){buyers->x[i], buyers->t_x[i], buyers->T[i], (uint32_t)i};
    qsort(all, n, sizeof *all, compare_entries);
    for (size_t i = 0; i < n; i++) {
        bool same = i > 0 && all[i].x == all[i - 1].x && all[i].t_x == all[i - 1].t_x &&
                    all[i].T == all[i - 1].T;
        rows += !same;
    }
    double *x = KU_ARRAY(arena, rows + 1, double), *t_x = KU_ARRAY(arena, rows + 1, double);
    double *T = KU_ARRAY(arena, rows + 1, double), *weight = KU_ARRAY(arena, rows + 1, double);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        const entry *e = &all[i];
        if (i > 0 && !(e->x == x[at] && e->t_x == t_x[at] && e->T == T[at])) at++;
        x[at] = e->x, t_x[at] = e->t_x, T[at] = e->T;
        weight[at] += buyers->weight[e->row];
        if (row_of != NULL) row_of[e->row] = (uint32_t)at;
    }
    return (ku_buyers){rows, x, t_x, T, weight};
}

/* ---- equal customers, in one pass --------------------------------------------------------------- */

enum { PLACES = 8192 }; /* a power of two */

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static size_t place_of(double x, double t_x, double T)
{
    uint64_t h = bits_of(t_x) * UINT64_C(0x9e3779b97f4a7c15) + bits_of(x);
    h ^= bits_of(T) * UINT64_C(0xbf58476d1ce4e5b9);
    return (size_t)((h ^ h >> 32) * UINT64_C(0x94d049bb133111eb) >> 51);
}

/* Equal rows among the first `n` that follow closely are joined. */
static ku_buyers join(const ku_buyers *buyers, size_t n, ku_arena *arena)
{
    static_assert(PLACES == 1 << 13, "place_of takes 13 bits");
    size_t bytes = (n + 1) * sizeof(double), rows = 0;
    double *x = ku_arena_alloc(arena, bytes), *t_x = ku_arena_alloc(arena, bytes);
    double *T = ku_arena_alloc(arena, bytes), *weight = ku_arena_alloc(arena, bytes);
    size_t *seen = KU_ARRAY(arena, PLACES, size_t); /* the row last put there, plus one */
    for (size_t i = 0; i < n; i++) {
        size_t place = place_of(buyers->x[i], buyers->t_x[i], buyers->T[i]), at = seen[place];
        if (at > 0 && x[at - 1] == buyers->x[i] && t_x[at - 1] == buyers->t_x[i] &&
            T[at - 1] == buyers->T[i]) {
            weight[at - 1] += buyers->weight[i];
            continue;
        }
        x[rows] = buyers->x[i], t_x[rows] = buyers->t_x[i], T[rows] = buyers->T[i];
        weight[rows] = buyers->weight[i];
        seen[place] = ++rows;
    }
    return (ku_buyers){rows, x, t_x, T, weight};
}

ku_buyers ku_buyers_join(const ku_buyers *buyers, ku_arena *arena)
{
    size_t look = 1024;
    if (buyers->rows > 8 * look && join(buyers, look, arena).rows > look - look / 32)
        return *buyers;
    return join(buyers, buyers->rows, arena);
}

/* ---- customers like each other ------------------------------------------------------------------ */

/* Sums over the customers of a cell. */
typedef struct cell {
    double weight, x, t_x, T;
} cell;

enum { TABLE = 64 };

typedef struct grid {
    ku_cells how;
    int classes; /* of purchases */
    int class_of[TABLE];
    double first, per; /* the class of a T is (T - first) x per */
} grid;

static int purchase_class(const ku_cells *how, double x)
{
    if (x < how->exact) return (int)x;
    return how->exact + (int)(how->doubling * log2(x / how->exact));
}

static grid make_grid(const ku_buyers *buyers, ku_cells how)
{
    grid g = {.how = how, .first = INFINITY};
    double last = 0, most = 0;
    for (size_t i = 0; i < buyers->rows; i++) {
        double x = buyers->x[i], T = buyers->T[i];
        g.first = T < g.first ? T : g.first;
        last = T > last ? T : last;
        most = x > most ? x : most;
    }
    for (int x = 0; x < TABLE; x++) g.class_of[x] = purchase_class(&how, x);
    g.classes = 1 + purchase_class(&how, most);
    g.per = last > g.first ? how.times / (last - g.first) : 0;
    return g;
}

static size_t cell_of(const grid *g, double x, double t_x, double T)
{
    int class = x < TABLE ? g->class_of[(int)x] : purchase_class(&g->how, x);
    /* Finer where the last purchase is long ago: what counts is the ratio of T to it. */
    int time = (int)((T - g->first) * g->per);
    int share = T > 0 ? (int)(g->how.shares * sqrt(t_x / T)) : 0;
    if (time >= g->how.times) time = g->how.times - 1;
    if (share >= g->how.shares) share = g->how.shares - 1;
    return ((size_t) class * (size_t)g->how.times + (size_t)time) * (size_t)g->how.shares +
           (size_t)share;
}

ku_buyers ku_buyers_cells(const ku_buyers *buyers, ku_cells how, bool whole, ku_arena *arena)
{
    grid g = make_grid(buyers, how);
    size_t cells = (size_t)g.classes * (size_t)how.times * (size_t)how.shares, rows = 0;
    cell *sum = KU_ARRAY(arena, cells, cell);
    for (size_t i = 0; i < buyers->rows; i++) {
        double x = buyers->x[i], t_x = buyers->t_x[i], T = buyers->T[i], w = buyers->weight[i];
        cell *c = &sum[cell_of(&g, x, t_x, T)];
        c->weight += w, c->x += w * x, c->t_x += w * t_x, c->T += w * T;
    }
    double *x = KU_ARRAY(arena, cells, double), *t_x = KU_ARRAY(arena, cells, double);
    double *T = KU_ARRAY(arena, cells, double), *weight = KU_ARRAY(arena, cells, double);
    for (size_t k = 0; k < cells; k++) {
        const cell *c = &sum[k];
        if (!(c->weight > 0)) continue;
        x[rows] = round(c->x / c->weight);
        T[rows] = whole ? round(c->T / c->weight) : c->T / c->weight;
        t_x[rows] = fmin(whole ? round(c->t_x / c->weight) : c->t_x / c->weight, T[rows]);
        weight[rows++] = c->weight;
    }
    return (ku_buyers){rows, x, t_x, T, weight};
}
