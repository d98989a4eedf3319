/* departure_table.c - the integral over the moment of departure for many customers who
 * bought equally often.
 *
 * Taken to infinity, J is a function of its start alone, and a smooth one: whoever has
 * bought x times and is looked at a little later leaves a little more likely. Two readings of
 * one function serve every customer with x purchases, since
 *
 *     J(t_x, T) = J(t_x) - exp(-(Q(T) - Q(t_x))) J(T),
 *
 * and nothing is lost by the difference: in the likelihood exp(-(Q(T) - Q(t_x))) is added.
 * J at the nodes of a Chebyshev series comes from the node after it by one short integral, so
 * all of them together cost as much as a few customers one by one. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "customers/departure_internal.h"
#include "num/gauss.h"
#include "num/lanes.h"

enum { DEGREE = KU_DEPARTURE_DEGREE, GAUSS = KU_DEPARTURE_GAUSS };

/* The widest panel in v = ln(1 + t / scale); the share of the hazard's reach it may have; how far ln
 * of the integrand may fall on it, so that on the widest step it falls by less than 4. */
static const double widest = 1.2, share_of_reach = 0.8, fall = 26;

/* ---- the grid ------------------------------------------------------------------------------ */

static void fine_make(const ku_departure_grid *grid, const ku_departure_at *before, double t0,
                      double t, const ku_departure_at *at, double length, ku_departure_fine *fine)
{
    double alpha = grid->parameter[KU_DEPARTURE_ALPHA], since = t - t0;
    fine->rise = log1p(since / (alpha + t0));
    fine->stay = at->stay - before->stay;
    fine->weight = at->hazard * length;
    fine->alpha_by = alpha * since / ((alpha + t0) * (alpha + t));
    for (int k = 0; k < KU_DEPARTURE_PARAMETERS; k++)
        fine->by[k] = k < grid->law->parameters ? (length > 0 ? at->hazard_by[k] : 0) +
                                                      at->stay_by[k] - before->stay_by[k]
                                                : 0;
}

/* From one node to the next, both in v. */
static void step_make(const ku_departure_grid *grid, double v0, double v1, ku_departure_fine *fine)
{
    double t[GAUSS + 2], scale = grid->scale;
    ku_departure_at at[GAUSS + 2];
    for (int j = 0; j < GAUSS; j++) t[j] = scale * expm1(v0 + ku_gauss_8.node[j] * (v1 - v0));
    t[GAUSS] = scale * expm1(v1);
    t[GAUSS + 1] = scale * expm1(v0);
    grid->law->at(grid->parameter + KU_DEPARTURE_LAW, t, GAUSS + 2, at);
    for (int j = 0; j <= GAUSS; j++) {
        double length = j < GAUSS ? ku_gauss_8.weight[j] * (v1 - v0) * (scale + t[j]) : 0;
        fine_make(grid, &at[GAUSS + 1], t[GAUSS + 1], t[j], &at[j], length, &fine[j]);
    }
}

static double node_at(double low, double high, int i)
{
    return (low + high) / 2 - (high - low) / 2 * cos(M_PI * i / DEGREE);
}

/* The Chebyshev series through values at the nodes, c_k = 2 / DEGREE sum of value_i T_k(y_i)
 * with its ends halved, and T_k = 2 y T_(k-1) - T_(k-2) in powers of y. */
static void find_polynomials(ku_departure_grid *grid)
{
    memset(grid->chebyshev, 0, sizeof grid->chebyshev);
    for (int k = 0; k <= DEGREE; k++) {
        for (int i = 0; i <= DEGREE; i++) {
            double factor = (k % 2 == 0 ? 2.0 : -2.0) / DEGREE * cos(M_PI * (k * i) / DEGREE);
            if (i == 0 || i == DEGREE) factor /= 2;
            if (k == 0 || k == DEGREE) factor /= 2;
            grid->series[k][i] = factor;
        }
        if (k < 2) grid->chebyshev[k][k] = 1;
        for (int n = 0; n <= k && k >= 2; n++)
            grid->chebyshev[k][n] = (n > 0 ? 2 * grid->chebyshev[k - 1][n - 1] : 0) -
                                    grid->chebyshev[k - 2][n];
    }
}

/* The width of a panel from t on. */
static double panel(const ku_departure_grid *grid, double most, double t)
{
    const double *own = grid->parameter + KU_DEPARTURE_LAW;
    double from = grid->scale + t, reach = grid->law->reach(own, t);
    ku_departure_at at;
    grid->law->at(own, &t, 1, &at);
    double width = fmin(widest, fall / (most + at.hazard * from));
    return fmin(width, log1p(share_of_reach * reach / from));
}

void ku_departure_grid_make(const ku_departure_law *law, const double *parameter, double most,
                            double last, ku_departure_grid *grid)
{
    grid->law = law;
    grid->parameter = parameter;
    grid->scale = fmin(parameter[KU_DEPARTURE_ALPHA], law->scale(parameter + KU_DEPARTURE_LAW));
    grid->last = last;
    grid->panels = 0;
    int panels = 0;
    double v = 0, end = log1p(last / grid->scale);
    grid->edge[0] = 0;
    while (v < end) {
        if (panels == KU_DEPARTURE_PANELS) return;
        v = fmin(end, v + panel(grid, most, grid->scale * expm1(v)));
        if (!(v > grid->edge[panels])) return;
        grid->edge[++panels] = v;
    }
    for (int p = 0; p < panels; p++) {
        double low = grid->edge[p], high = grid->edge[p + 1];
        for (int i = 0; i < DEGREE; i++)
            step_make(grid, node_at(low, high, i), node_at(low, high, i + 1), grid->fine[p][i]);
    }
    find_polynomials(grid);
    grid->per_scale = 1 / grid->scale;
    for (int p = 0; p < panels; p++) grid->per_width[p] = 1 / (grid->edge[p + 1] - grid->edge[p]);
    grid->panels = panels;
}

/* ---- the table ------------------------------------------------------------------------------ */

/* J at a node from J at the next; main factors at the places between are e^(stay - R rise). */
static ku_departure_value step_back(const ku_departure_fine *fine, double R,
                                    ku_departure_value next)
{
    ku_departure_value value = {.of = 0};
    double main[GAUSS + 1];
    for (int j = 0; j <= GAUSS; j++) main[j] = fine[j].stay - R * fine[j].rise;
    ku_lanes_exp(main, main, GAUSS + 1);
    for (int j = 0; j <= GAUSS; j++) {
        const ku_departure_fine *f = &fine[j];
        double size = main[j] * (j < GAUSS ? f->weight : next.of);
        value.of += size;
        value.by[KU_DEPARTURE_R] -= size * f->rise;
        value.by[KU_DEPARTURE_ALPHA] += size * R * f->alpha_by;
        for (int k = 0; k < KU_DEPARTURE_PARAMETERS; k++)
            value.by[KU_DEPARTURE_LAW + k] += size * f->by[k];
    }
    for (int k = 0; k < KU_DEPARTURE_UNKNOWNS; k++) value.by[k] += main[GAUSS] * next.by[k];
    return value;
}

/* to += factor x from, all eight. */
static void add_scaled(ku_departure_power *to, double factor, const ku_departure_power *from)
{
    for (int m = 0; m < 8; m++) to->c[m] += factor * from->c[m];
}

/* The polynomial through values at the nodes, in powers of y. It goes by way of the series:
 * its terms fall faster than the powers' factors grow, so no digits are lost, and a reading
 * takes half the work of a series'. */
static void to_powers(const ku_departure_grid *grid, const ku_departure_value *value,
                      ku_departure_power *power)
{
    ku_departure_power from[DEGREE + 1] = {{{0}}};
    memset(power, 0, (DEGREE + 1) * sizeof *power);
    for (int i = 0; i <= DEGREE; i++) memcpy(from[i].c, &value[i], sizeof value[i]);
    for (int k = 0; k <= DEGREE; k++) {
        ku_departure_power term = {{0}};
        for (int i = 0; i <= DEGREE; i++) add_scaled(&term, grid->series[k][i], &from[i]);
        for (int n = k % 2; n <= k; n += 2) add_scaled(&power[n], grid->chebyshev[k][n], &term);
    }
}

void ku_departure_table_make(const ku_departure_grid *grid, double R, ku_departure_table *table)
{
    ku_departure_value value[DEGREE + 1];
    value[0] = ku_departure_between(grid->law, grid->parameter, R, grid->last, INFINITY);
    for (int p = grid->panels - 1; p >= 0; p--) {
        value[DEGREE] = value[0];
        for (int i = DEGREE - 1; i >= 0; i--)
            value[i] = step_back(grid->fine[p][i], R, value[i + 1]);
        to_powers(grid, value, table->power[p]);
    }
    table->grid = grid;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Where times are on a table: the panel, and the place on it from -1 to 1. */
typedef struct places {
    const ku_departure_power *power[KU_DEPARTURE_AT_ONCE];
    double y[KU_DEPARTURE_AT_ONCE];
} places;

static void find_places(const ku_departure_table *table, const double *t, int n, places *at)
{
    const ku_departure_grid *grid = table->grid;
    double v[KU_DEPARTURE_AT_ONCE];
    assert(n > 0 && n <= KU_DEPARTURE_AT_ONCE);
    for (int i = 0; i < n; i++) v[i] = t[i] * grid->per_scale;
    ku_lanes_log1p(v, v, n);
    for (int i = 0; i < n; i++) {
        int p = 0;
        while (p < grid->panels - 1 && v[i] > grid->edge[p + 1]) p++;
        at->power[i] = table->power[p];
        at->y[i] = 2 * (v[i] - grid->edge[p]) * grid->per_width[p] - 1;
    }
}

typedef double eight __attribute__((vector_size(8 * sizeof(double))));

/* Horner's rule for all values at once, in registers; two times a turn, as one waits for
 * itself. */
KU_LANES void horner(const places *at, int n, ku_departure_value *out)
{
    static_assert(sizeof(eight) == sizeof(ku_departure_power), "one load a power");
    static_assert(KU_DEPARTURE_VALUES <= 8, "a value fits");
    for (int i = 0; i < n; i += 2) {
        int other = i + 1 < n ? i + 1 : i;
        const ku_departure_power *p = at->power[i], *q = at->power[other];
        eight a, b, c, d;
        memcpy(&a, &p[DEGREE], sizeof a);
        memcpy(&b, &q[DEGREE], sizeof b);
        for (int k = DEGREE - 1; k >= 0; k--) {
            memcpy(&c, &p[k], sizeof c);
            memcpy(&d, &q[k], sizeof d);
            a = a * at->y[i] + c;
            b = b * at->y[other] + d;
        }
        memcpy(&out[i], &a, sizeof out[i]);
        memcpy(&out[other], &b, sizeof out[other]);
    }
}

static void horner_narrow(const places *at, int n, ku_departure_value *out)
{
    horner(at, n, out);
}

KU_WIDE_LANES static void horner_wide(const places *at, int n, ku_departure_value *out)
{
    horner(at, n, out);
}

KU_WIDEST_LANES static void horner_widest(const places *at, int n, ku_departure_value *out)
{
    horner(at, n, out);
}

void ku_departure_table_read(const ku_departure_table *table, const double *t, int n,
                             ku_departure_value *out)
{
    places at; /* large: not cleared */
    find_places(table, t, n, &at);
    if (KU_HAS_WIDEST_LANES)
        horner_widest(&at, n, out);
    else if (KU_HAS_WIDE_LANES)
        horner_wide(&at, n, out);
    else
        horner_narrow(&at, n, out);
}

void ku_departure_table_shares(const ku_departure_table *table, const double *t, int n,
                               ku_departure_value *out)
{
    places at;
    find_places(table, t, n, &at);
    for (int i = 0; i < n; i++) {
        const ku_departure_power *power = at.power[i];
        double y = at.y[i], sum = power[DEGREE].c[0];
        for (int k = DEGREE - 1; k >= 0; k--) sum = sum * y + power[k].c[0];
        out[i].of = sum;
    }
}

/* ---- time still to stay --------------------------------------------------------------------- */

/* Also a smooth function of one time, T. */
static void stays_from_table(const ku_departure_grid *grid, double t, const double *T, size_t rows,
                             double *out)
{
    ku_departure_table table;
    table.grid = grid;
    for (int p = 0; p < grid->panels; p++) {
        ku_departure_value value[DEGREE + 1] = {{.of = 0}};
        for (int i = 0; i <= DEGREE; i++) {
            double at = grid->scale * expm1(node_at(grid->edge[p], grid->edge[p + 1], i));
            value[i].of = ku_departure_stay(grid->law, grid->parameter + KU_DEPARTURE_LAW, at, t,
                                            0);
        }
        to_powers(grid, value, table.power[p]);
    }
    for (size_t i = 0; i < rows; i += KU_DEPARTURE_AT_ONCE) {
        ku_departure_value stay[KU_DEPARTURE_AT_ONCE];
        int n = (int)(rows - i < KU_DEPARTURE_AT_ONCE ? rows - i : KU_DEPARTURE_AT_ONCE);
        ku_departure_table_shares(&table, T + i, n, stay);
        for (int k = 0; k < n; k++) out[i + (size_t)k] = stay[k].of;
    }
}

void ku_departure_stays(const ku_departure_law *law, const double *parameter, double t,
                        const double *T, size_t rows, double *out)
{
    enum { FEW = 256 };
    double last = 0;
    ku_departure_grid grid; /* large: not cleared */
    grid.panels = 0;
    for (size_t i = 0; i < rows; i++) last = fmax(last, T[i]);
    if (rows > FEW) ku_departure_grid_make(law, parameter, 0, last, &grid);
    if (grid.panels > 0)
        stays_from_table(&grid, t, T, rows, out);
    else
        for (size_t i = 0; i < rows; i++)
            out[i] = ku_departure_stay(law, parameter + KU_DEPARTURE_LAW, T[i], t, 0);
}
