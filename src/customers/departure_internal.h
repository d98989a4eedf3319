/* departure_internal.h - the two ways to the integral over the moment of departure: for one
 * customer and, faster, for many who bought equally often. The caller owns all memory.
 *
 * With u = alpha + t and Q(t) = R ln u - ln S(t) that integral is, relative to its integrand's
 * main factor at the start, J = integral over [t_x, T] of hazard(t) exp(-(Q(t) - Q(t_x))): the
 * odds, between 0 and 1, that a customer seen at t_x leaves before he buys again. */
#ifndef KU_CUSTOMERS_DEPARTURE_INTERNAL_H
#define KU_CUSTOMERS_DEPARTURE_INTERNAL_H

#include "customers/departure.h"

enum {
    KU_DEPARTURE_UNKNOWNS = KU_DEPARTURE_LAW + KU_DEPARTURE_PARAMETERS,
    KU_DEPARTURE_VALUES = 1 + KU_DEPARTURE_UNKNOWNS,
    KU_DEPARTURE_PANELS = 16, /* of a table, at most */
    KU_DEPARTURE_DEGREE = 13, /* of the polynomial on each */
    KU_DEPARTURE_GAUSS = 8,   /* points between its nodes */
};

/* A value and its derivatives by R, ln alpha and the logarithms of the law's parameters. */
typedef struct ku_departure_value {
    double of, by[KU_DEPARTURE_UNKNOWNS];
} ku_departure_value;

/* J for one customer; to may be INFINITY. About 14 digits. */
ku_departure_value ku_departure_between(const ku_departure_law *law, const double *parameter,
                                        double R, double from, double to);

/* Where tables of J are worked out: nodes for all numbers of purchases alike. */
typedef struct ku_departure_fine {
    double rise, stay;                  /* of ln u and ln S since the node before */
    double weight;                      /* hazard x length */
    double alpha_by;                    /* derivative of -rise by ln alpha */
    double by[KU_DEPARTURE_PARAMETERS]; /* of ln hazard + stay by the law's parameters */
} ku_departure_fine;

typedef struct ku_departure_grid {
    const ku_departure_law *law;
    const double *parameter;
    double scale, last;                               /* tables reach from 0 to this time */
    int panels;                                       /* 0: no table can be made here */
    double edge[KU_DEPARTURE_PANELS + 1];             /* in v = ln(1 + t / scale) */
    double per_scale, per_width[KU_DEPARTURE_PANELS]; /* their reciprocals */
    /* From values at a panel's nodes to a Chebyshev series, and from that to powers. */
    double series[KU_DEPARTURE_DEGREE + 1][KU_DEPARTURE_DEGREE + 1];
    double chebyshev[KU_DEPARTURE_DEGREE + 1][KU_DEPARTURE_DEGREE + 1];
    /* The last of each step is the next node itself, without weight. */
    ku_departure_fine fine[KU_DEPARTURE_PANELS][KU_DEPARTURE_DEGREE][KU_DEPARTURE_GAUSS + 1];
} ku_departure_grid;

/* J to infinity as a function of its start, for one number of purchases: on each panel a
 * polynomial in y, from -1 at its beginning to 1 at its end. */
typedef struct ku_departure_power {
    double c[8]; /* of the value and its derivatives; two are idle */
} ku_departure_power;

typedef struct ku_departure_table {
    const ku_departure_grid *grid;
    ku_departure_power power[KU_DEPARTURE_PANELS][KU_DEPARTURE_DEGREE + 1];
} ku_departure_table;

/* For R up to `most` and times up to `last`. */
void ku_departure_grid_make(const ku_departure_law *law, const double *parameter, double most,
                            double last, ku_departure_grid *grid);
void ku_departure_table_make(const ku_departure_grid *grid, double R, ku_departure_table *table);
/* J at each of the n <= KU_DEPARTURE_AT_ONCE times; the second without its derivatives. */
void ku_departure_table_read(const ku_departure_table *table, const double *t, int n,
                             ku_departure_value *out);
void ku_departure_table_shares(const ku_departure_table *table, const double *t, int n,
                               ku_departure_value *out);

#endif
