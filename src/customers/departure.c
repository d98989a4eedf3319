/* departure.c - likelihood, P(alive) and draws where customers leave at any moment.
 *
 * Everything rests on two numbers of each customer: D, how far the logarithm of the main
 * factor falls from t_x to T, and J, the share that leaves between (departure_internal.h).
 * With them the likelihood is Gamma(R) / Gamma(r) alpha^r u_x^-R S(t_x) (J + e^-D), and
 * P(alive) = e^-D / (J + e^-D): nothing overflows or cancels, whatever x.
 *
 * J of a single customer is an integral of some microseconds. A million rows go through in
 * chunks sorted by x; each x that many rows share gets a table, and a row costs two readings. */
#include "customers/departure.h"

#include <limits.h>
#include <math.h>

#include "customers/departure_internal.h"
#include "num/gamma.h"
#include "num/lanes.h"

enum {
    CHUNK = 8192,
    COUNTS = 64, /* numbers of purchases that may have a table */
    ENOUGH = 16, /* rows that make a table worth its while */
    BATCH = 32,  /* rows at a time */
    LAW = KU_DEPARTURE_LAW,
    UNKNOWNS = KU_DEPARTURE_UNKNOWNS,
};

/* ln Gamma(r + x) - ln Gamma(r) and its derivative by ln r. */
typedef struct by_count {
    bool known;
    double value, slope;
} by_count;

/* One call. */
typedef struct pass {
    const ku_departure_law *law;
    const double *parameter;
    const ku_buyers *buyers;
    size_t from;
    double r, alpha, log_alpha;
    by_count count[COUNTS];
    double *alive;            /* wanted: out[row - from]; else the likelihood is */
    double sum, by[UNKNOWNS]; /* of the likelihood */
} pass;

/* What is needed at the times of some rows. Neighbours often share theirs: with x = 0 the
 * first is always 0. */
typedef struct moments {
    int count, begin[BATCH], end[BATCH]; /* of each row */
    double t[2 * BATCH];
    ku_departure_at at[2 * BATCH];
    ku_departure_value left[2 * BATCH]; /* J from there to infinity, with a table */
} moments;

/* Some rows side by side, so that vector instructions can do what all need. */
typedef struct batch {
    int count;
    const size_t *row;
    moments m;
    double R[BATCH], rise[BATCH], drop[BATCH], still[BATCH]; /* ln u_T / u_x, D, e^-D */
    ku_departure_value left[BATCH];                          /* J */
} batch;

/* ---- the times of a batch -------------------------------------------------------------------- */

static int moment_of(moments *m, const double *column, const size_t *row, int i, const int *known)
{
    if (i > 0 && fabs(column[row[i]] - column[row[i - 1]]) <= 0) return known[i - 1];
    m->t[m->count] = column[row[i]];
    return m->count++;
}

static void find_moments(const pass *p, const ku_departure_table *table, batch *b)
{
    moments *m = &b->m;
    m->count = 0;
    for (int i = 0; i < b->count; i++) {
        m->begin[i] = moment_of(m, p->buyers->t_x, b->row, i, m->begin);
        m->end[i] = moment_of(m, p->buyers->T, b->row, i, m->end);
    }
    p->law->at(p->parameter + LAW, m->t, m->count, m->at);
    if (table == NULL) return;
    if (p->alive != NULL)
        ku_departure_table_shares(table, m->t, m->count, m->left);
    else
        ku_departure_table_read(table, m->t, m->count, m->left);
}

/* D and e^-D of each row. */
static void find_drops(const pass *p, batch *b)
{
    const moments *m = &b->m;
    int n = b->count;
    for (int i = 0; i < n; i++) {
        double t_x = m->t[m->begin[i]], T = m->t[m->end[i]];
        b->R[i] = p->r + p->buyers->x[b->row[i]];
        b->rise[i] = (T - t_x) / (p->alpha + t_x);
    }
    ku_lanes_log1p(b->rise, b->rise, n);
    for (int i = 0; i < n; i++) {
        b->drop[i] = b->R[i] * b->rise[i] + m->at[m->begin[i]].stay - m->at[m->end[i]].stay;
        b->still[i] = -b->drop[i];
    }
    ku_lanes_exp(b->still, b->still, n);
}

/* ---- J ----------------------------------------------------------------------------------------- */

/* Derivatives of D of a row by R, ln alpha and the law's parameters. */
static void drop_by(const pass *p, const batch *b, int i, double *by)
{
    const moments *m = &b->m;
    double t_x = m->t[m->begin[i]], T = m->t[m->end[i]];
    by[KU_DEPARTURE_R] = b->rise[i];
    by[KU_DEPARTURE_ALPHA] = -b->R[i] * p->alpha * (T - t_x) / ((p->alpha + t_x) * (p->alpha + T));
    for (int k = 0; k < KU_DEPARTURE_PARAMETERS; k++)
        by[LAW + k] = m->at[m->begin[i]].stay_by[k] - m->at[m->end[i]].stay_by[k];
}

/* From that at either end, as in departure_table.c. */
static void left_between(const pass *p, batch *b, int i)
{
    const ku_departure_value *begin = &b->m.left[b->m.begin[i]], *end = &b->m.left[b->m.end[i]];
    double still = b->still[i], by[UNKNOWNS];
    b->left[i].of = fmax(0, begin->of - still * end->of);
    if (p->alive != NULL) return;
    drop_by(p, b, i, by);
    for (int k = 0; k < UNKNOWNS; k++)
        b->left[i].by[k] = begin->by[k] - still * (end->by[k] - by[k] * end->of);
}

/* Without a table each is integrated on its own. */
static void find_left(const pass *p, const ku_departure_table *table, batch *b)
{
    const moments *m = &b->m;
    for (int i = 0; i < b->count; i++)
        if (table != NULL)
            left_between(p, b, i);
        else
            b->left[i] = ku_departure_between(p->law, p->parameter, b->R[i], m->t[m->begin[i]],
                                              m->t[m->end[i]]);
}

/* ---- what is made of it -------------------------------------------------------------------------- */

static by_count count_of(pass *p, double x)
{
    by_count own = {.known = false}, *count = x < COUNTS ? &p->count[(int)x] : &own;
    if (!count->known)
        *count = (by_count){true, ku_log_gamma_step(p->r, x), p->r * ku_digamma_step(p->r, x)};
    return *count;
}

/* Of a row; `longer` is ln(u_x / alpha), `sum` is J + e^-D and `more` its logarithm. */
static void add_row(pass *p, const batch *b, int i, double longer, double sum, double more)
{
    size_t row = b->row[i];
    double x = p->buyers->x[row], t_x = p->buyers->t_x[row], weight = p->buyers->weight[row];
    double by[UNKNOWNS], share = 1 / sum;
    const ku_departure_at *begin = &b->m.at[b->m.begin[i]];
    by_count count = count_of(p, x);
    p->sum += weight * (count.value - b->R[i] * longer - x * p->log_alpha + begin->stay + more);
    drop_by(p, b, i, by);
    for (int k = 0; k < UNKNOWNS; k++) by[k] = (b->left[i].by[k] - b->still[i] * by[k]) * share;
    by[KU_DEPARTURE_R] = count.slope + p->r * (by[KU_DEPARTURE_R] - longer);
    by[KU_DEPARTURE_ALPHA] += (p->r * t_x - x * p->alpha) / (p->alpha + t_x);
    for (int k = 0; k < KU_DEPARTURE_PARAMETERS; k++) by[LAW + k] += begin->stay_by[k];
    for (int k = 0; k < UNKNOWNS; k++) p->by[k] += weight * by[k];
}

static void add_likelihood(pass *p, const batch *b)
{
    double longer[BATCH], sum[BATCH], more[BATCH];
    for (int i = 0; i < b->count; i++) {
        longer[i] = b->m.t[b->m.begin[i]] / p->alpha;
        sum[i] = b->left[i].of + b->still[i];
    }
    ku_lanes_log1p(longer, longer, b->count);
    ku_lanes_log(sum, more, b->count);
    for (int i = 0; i < b->count; i++) add_row(p, b, i, longer[i], sum[i], more[i]);
}

static void add_batch(pass *p, const size_t *row, int n, const ku_departure_table *table)
{
    batch b; /* large: not cleared */
    b.count = n;
    b.row = row;
    find_moments(p, table, &b);
    find_drops(p, &b);
    find_left(p, table, &b);
    if (p->alive == NULL)
        add_likelihood(p, &b);
    else
        for (int i = 0; i < n; i++)
            p->alive[row[i] - p->from] = b.still[i] / (b.still[i] + b.left[i].of);
}

static void rows(pass *p, const size_t *row, size_t n, const ku_departure_table *table)
{
    for (size_t i = 0; i < n; i += BATCH)
        add_batch(p, row + i, (int)(n - i < BATCH ? n - i : BATCH), table);
}

/* ---- all rows ------------------------------------------------------------------------------------ */

static int group_of(double x)
{
    return x < COUNTS ? (int)x : COUNTS;
}

/* The rows of a chunk by their number of purchases: group g is order[start[g]] up to
 * order[start[g + 1]], the last one all with COUNTS and more. */
static void sort_rows(const double *x, size_t from, size_t n, size_t start[COUNTS + 2],
                      size_t *order)
{
    size_t next[COUNTS + 2] = {0};
    for (size_t i = 0; i < n; i++) next[group_of(x[from + i]) + 1]++;
    for (int g = 0; g <= COUNTS; g++) next[g + 1] += next[g];
    for (int g = 0; g < COUNTS + 2; g++) start[g] = next[g];
    for (size_t i = 0; i < n; i++) order[next[group_of(x[from + i])]++] = from + i;
}

/* Groups that share a grid: the more purchases, the finer it must be. */
static const int band[] = {0, 8, 24, COUNTS};
enum { BANDS = sizeof band / sizeof *band - 1 };

/* The groups [from, to) of sorted rows, with tables where many share x. */
static void groups(pass *p, const size_t *start, const size_t *order, int from, int to, double last)
{
    ku_departure_grid grid; /* large: not cleared */
    ku_departure_table table;
    int most = -1;
    grid.panels = 0;
    for (int g = from; g < to; g++)
        if (start[g + 1] - start[g] >= ENOUGH) most = g;
    if (most >= 0) ku_departure_grid_make(p->law, p->parameter, p->r + most, last, &grid);
    for (int g = from; g < to; g++) {
        size_t count = start[g + 1] - start[g];
        bool tabled = grid.panels > 0 && count >= ENOUGH;
        if (tabled) ku_departure_table_make(&grid, p->r + g, &table);
        rows(p, order + start[g], count, tabled ? &table : NULL);
    }
}

/* In a function of its own, so that few rows do not pay for its memory. */
static void chunk(pass *p, size_t from, size_t n)
{
    size_t start[COUNTS + 2], order[CHUNK];
    double last = 0;
    sort_rows(p->buyers->x, from, n, start, order);
    for (size_t i = from; i < from + n; i++) last = fmax(last, p->buyers->T[i]);
    for (int b = 0; b < BANDS; b++) groups(p, start, order, band[b], band[b + 1], last);
    rows(p, order + start[COUNTS], start[COUNTS + 1] - start[COUNTS], NULL);
}

static void run(pass *p, size_t from, size_t to)
{
    p->from = from;
    p->r = p->parameter[KU_DEPARTURE_R];
    p->alpha = p->parameter[KU_DEPARTURE_ALPHA];
    p->log_alpha = log(p->alpha);
    if (to - from >= ENOUGH)
        for (size_t i = from; i < to; i += CHUNK) chunk(p, i, to - i < CHUNK ? to - i : CHUNK);
    else
        for (size_t i = from; i < to; i++) add_batch(p, &i, 1, NULL);
}

/* ---- what models hand on --------------------------------------------------------------------------- */

double ku_departure_loglik(const ku_departure_law *law, const double *parameter,
                           const ku_buyers *buyers, size_t from, size_t to, double *gradient)
{
    pass p = {.law = law, .parameter = parameter, .buyers = buyers};
    run(&p, from, to);
    if (gradient != NULL)
        for (int k = 0; k < LAW + law->parameters; k++) gradient[k] += p.by[k];
    return p.sum;
}

void ku_departure_alive(const ku_departure_law *law, const double *parameter,
                        const ku_buyers *buyers, size_t from, size_t to, double *out)
{
    pass p = {.law = law, .parameter = parameter, .buyers = buyers, .alive = out};
    run(&p, from, to);
}

/* Still a customer, the rate is Gamma(r + x, alpha + T) and independent of how long he stays. */
int ku_departure_draw(const ku_departure_law *law, const double *parameter,
                      double (*remaining)(const double *law, double T, ku_rng *rng), double x,
                      double t_x, double T, double t, ku_rng *rng, double *times, int most)
{
    double alive, weight = 1;
    ku_buyers one = {1, &x, &t_x, &T, &weight};
    ku_departure_alive(law, parameter, &one, 0, 1, &alive);
    if (ku_rng_uniform(rng) >= alive) return 0;
    double rate = ku_rng_gamma(rng, parameter[KU_DEPARTURE_R] + x) /
                  (parameter[KU_DEPARTURE_ALPHA] + T);
    double end = fmin(t, remaining(parameter + LAW, T, rng)), at = 0;
    int count = 0;
    while (times != NULL && count < most) {
        at += ku_rng_exponential(rng) / rate;
        if (!(at <= end)) return count;
        times[count++] = at;
    }
    double rest = (double)ku_rng_poisson(rng, fmin(rate * (end - at), INT_MAX / 4));
    return (int)fmin(count + rest, INT_MAX);
}
