/* sales.h - the sales that the analyses of customers look at. Constants; they live for ever.
 *
 * Each of the analyses takes the same table under the same name: lines of a file, or the
 * bank's sales by the query `sales` of this folder. */
#ifndef KU_ANALYSES_CUSTOMERS_SALES_H
#define KU_ANALYSES_CUSTOMERS_SALES_H

#include "kemudi/analysis.h"

/* customer, date, amount; margin, order_id, product, channel, region, discount where known. */
extern const ku_column_spec ku_customers_sales_columns[];

/* The entry of an analysis' list of inputs. */
#define KU_CUSTOMERS_SALES                                                                         \
    {                                                                                              \
        .name = "sales",                                                                           \
        .meaning = "Who bought when, for how much: order lines, returns negative.",                \
        .columns = ku_customers_sales_columns, .query = "sales", .blank = "customer"               \
    }

#endif
