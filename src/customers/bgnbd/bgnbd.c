/* bgnbd.c - BG/NBD: after each repeat purchase a customer may leave. Fader, Hardie & Lee
 * (2005), "Counting your customers" the easy way, Marketing Science 24(2). Who never bought
 * again counts as a customer for certain. The formulas are in ../geometric.c. */
#include "customers/geometric.h"

enum { FIRST = 0 }; /* occasions to leave before the first repeat purchase */

static double bgnbd_loglik(const double *parameter, const ku_buyers *buyers, size_t from, size_t to,
                           double *gradient)
{
    return ku_geometric_loglik(FIRST, parameter, buyers, from, to, gradient);
}

static void bgnbd_alive(const double *parameter, const ku_buyers *buyers, size_t from, size_t to,
                        double *out)
{
    ku_geometric_alive(FIRST, parameter, buyers, from, to, out);
}

static void bgnbd_expected(const double *parameter, const ku_buyers *buyers, size_t from, size_t to,
                           double t, double *out)
{
    ku_geometric_expected(FIRST, parameter, buyers, from, to, t, out);
}

static double bgnbd_expected_new(const double *parameter, double t)
{
    return ku_geometric_expected_new(FIRST, parameter, t);
}

static int bgnbd_draw(const double *parameter, double x, double t_x, double T, double t,
                      ku_rng *rng, double *times, int most)
{
    return ku_geometric_draw(FIRST, parameter, x, t_x, T, t, rng, times, most);
}

static const char *const names[] = {"r", "alpha", "a", "b", NULL};

const ku_buying_model ku_buying_bgnbd = {
    .name = "bgnbd",
    .title = "BG/NBD",
    .about = "may leave after each repeat purchase",
    .parameters = KU_GEOMETRIC_COUNT,
    .parameter = names,
    .leaves = true,
    .time = {[KU_GEOMETRIC_ALPHA] = 1},
    .effect = {.rate = {[KU_GEOMETRIC_ALPHA] = -1}, .dropout = {[KU_GEOMETRIC_A] = 1}},
    .start = ku_geometric_start,
    .loglik = bgnbd_loglik,
    .alive = bgnbd_alive,
    .expected = bgnbd_expected,
    .expected_new = bgnbd_expected_new,
    .draw = bgnbd_draw,
};
