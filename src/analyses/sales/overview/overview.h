/* overview.h - the kernel of sales.overview and the split of a change of revenue. Owns
 * nothing. */
#ifndef KU_ANALYSES_SALES_OVERVIEW_H
#define KU_ANALYSES_SALES_OVERVIEW_H

#include "kemudi/analysis.h"

ku_analysis_fn overview_run;

/* One product in the earlier (0) and the later (1) window, without returns. */
typedef struct overview_product {
    double units[2];
    double revenue[2];
} overview_product;

/* Totals of both windows that the products do not tell. */
typedef struct overview_totals {
    double customers[2];     /* known customers who bought */
    double units_unknown[2]; /* units sold to nobody known */
    double returned[2];      /* money given back */
} overview_totals;

/* The parts of the change of net revenue, in money; they add up to it exactly but for
 * rounding. */
typedef struct overview_drivers {
    double customers; /* more or fewer known customers */
    double volume;    /* units per known customer */
    double unknown;   /* units sold to nobody known */
    double mix;       /* dearer or cheaper products among those sold in both */
    double price;     /* prices of products sold in both */
    double added;     /* products not sold before */
    double dropped;   /* products no longer sold */
    double returns;   /* more or fewer returns */
} overview_drivers;

/* Splits the change by the Bennet (1920) indicator: for products sold in both windows
 * price effect = sum of (p1 - p0) (u0 + u1) / 2 and quantity effect = sum of
 * (u1 - u0) (p0 + p1) / 2. The quantity effect is split into the change of all units at
 * the average price of both windows and the mix that is left, and the former, in the
 * same symmetric way, into customers, units per customer and units of unknown buyers.
 * Swapping the windows changes every sign and nothing else. In a window without
 * known customers all units count as sold to nobody known. */
overview_drivers overview_split(const overview_product *products, size_t count,
                                const overview_totals *totals);

#endif
