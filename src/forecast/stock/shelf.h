/* shelf.h - the series of a run turned from sales into demand, where a column of the table says
 * when stock ran out. All lies in the run's arena. */
#ifndef KU_FORECAST_SHELF_H
#define KU_FORECAST_SHELF_H

#include "forecast/series.h"
#include "forecast/stock/stock.h"

/* Looks for the further columns `available` (share of the period in stock, 0..1; empty: not
 * known to have run out) and `stockout` (true or not 0: ran out, for an unknown time unless
 * `available` says how long). Where there is one, puts the estimated demand in place of the
 * values of each series that ran out, takes the columns from the regressors, and sets *lost to
 * one summary a series, in the order of the set; else *lost is NULL and nothing changes. A
 * period without a value takes no part and stays as it was filled. KU_BAD_DATA for a share
 * outside 0..1. Same result for any number of threads; `threads` may be NULL. */
ku_status ku_shelf_uncensor(ku_series_set *set, ku_pool *threads, ku_arena *arena,
                            ku_stock_summary **lost, ku_error *err);

/* A sentence for people on what was done to a series of n periods; "" for nothing. `lost` may
 * be NULL. */
const char *ku_shelf_remark(const ku_stock_summary *lost, int n, ku_arena *arena);

#endif
