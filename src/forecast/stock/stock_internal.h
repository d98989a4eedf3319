/* stock_internal.h - the distributions of demand that stock.c estimates. Plain values. */
#ifndef KU_FORECAST_STOCK_INTERNAL_H
#define KU_FORECAST_STOCK_INTERNAL_H

#include "forecast/stock/stock.h"

/* Demand of a period with that mean; dispersion as in ku_stock_summary. */
typedef struct stock_demand {
    ku_stock_family family;
    double mean, dispersion;
} stock_demand;

/* ln density of selling y in the share 0 < share <= 1 of the period. */
double ku_stock_log_sold(stock_demand d, double y, double share);
/* ln P(demand >= y); mean and variance of demand given that. */
double ku_stock_log_above(stock_demand d, double y, double *mean, double *variance);
/* Mean and variance of what would have been asked for in the rest of the period, given that
 * y was sold in `share` of it. */
void ku_stock_rest(stock_demand d, double y, double share, double *mean, double *variance);
/* Variance of a whole period. */
double ku_stock_variance(stock_demand d);

#endif
