/* mbgnbd.c - MBG/NBD: after each purchase, the first included, a customer may leave.
 * Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for
 * customer base analysis, International Journal of Research in Marketing 24(3). The
 * formulas are in ../geometric.c. */
#include "customers/geometric.h"

enum { FIRST = 1 }; /* occasions to leave before the first repeat purchase */

static double mbgnbd_loglik(const double *parameter, const ku_buyers *buyers, size_t from,
                            size_t to, double *gradient)
{
    return ku_geometric_loglik(FIRST, parameter, buyers, from, to, gradient);
}

static void mbgnbd_alive(const double *parameter, const ku_buyers *buyers, size_t from, size_t to,
                         double *out)
{
    ku_geometric_alive(FIRST, parameter, buyers, from, to, out);
}

static void mbgnbd_expected(const double *parameter, const ku_buyers *buyers, size_t from,
                            size_t to, double t, double *out)
{
    ku_geometric_expected(FIRST, parameter, buyers, from, to, t, out);
}

static double mbgnbd_expected_new(const double *parameter, double t)
{
    return ku_geometric_expected_new(FIRST, parameter, t);
}

static int mbgnbd_draw(const double *parameter, double x, double t_x, double T, double t,
                       ku_rng *rng, double *times, int most)
{
    return ku_geometric_draw(FIRST, parameter, x, t_x, T, t, rng, times, most);
}

static const char *const names[] = {"r", "alpha", "a", "b", NULL};

const ku_buying_model ku_buying_mbgnbd = {
    .name = "mbgnbd",
    .title = "MBG/NBD",
    .about = "may leave after each purchase, the first included",
    .parameters = KU_GEOMETRIC_COUNT,
    .parameter = names,
    .leaves = true,
    .time = {[KU_GEOMETRIC_ALPHA] = 1},
    .effect = {.rate = {[KU_GEOMETRIC_ALPHA] = -1}, .dropout = {[KU_GEOMETRIC_A] = 1}},
    .start = ku_geometric_start,
    .loglik = mbgnbd_loglik,
    .alive = mbgnbd_alive,
    .expected = mbgnbd_expected,
    .expected_new = mbgnbd_expected_new,
    .draw = mbgnbd_draw,
};
