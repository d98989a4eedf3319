/* analogues.h - which products were launched before, how alike each is to the new one, and
 * the curve of each. All lies in the run's arena. */
#ifndef KU_DEMAND_LAUNCH_ANALOGUES_H
#define KU_DEMAND_LAUNCH_ANALOGUES_H

#include "forecast/diffusion/launch.h"
#include "forecast/series.h"
#include "kemudi/analysis.h"

/* What is said of a product; NULL, NAN or no date where nothing is. */
typedef struct product_facts {
    const char *name, *group, *brand;
    double price, weight;
    bool has_date;
    int64_t launched;
} product_facts;

/* Sales from the period of the launch on. */
typedef struct launch_sales {
    const double *y;
    int n;
    int64_t first; /* date of the launch's period */
} launch_sales;

typedef struct candidate {
    product_facts facts;
    launch_sales sales;
    ku_analogue curve[2]; /* bought once, bought again */
    bool usable;
    double weight;   /* of 1 in all */
    const char *why; /* the weight, or why it is not used */
} candidate;

enum { SHORTEST_ANALOGUE = 6 }; /* periods with sales known */

/* Facts of every row of the table, which may be NULL; *count of them. KU_BAD_DATA for two
 * rows of one product. */
ku_status facts_read(const ku_frame *table, const ku_series_set *set, ku_arena *arena,
                     product_facts **facts, int *count, ku_error *err);
/* The product of that name, or the only one whose name begins with that word; -1: none. */
int facts_find(const product_facts *facts, int count, const char *name);

/* The sales since the launch: from the given date or from the first sale. False when the
 * launch cannot be seen: the series begins with the data of all, or has no sale. */
bool sales_since_launch(const ku_series *series, const ku_series_set *set,
                        const product_facts *facts, launch_sales *out);

/* Fills usable, weight and why of each candidate for the launch of `product`: how alike, and
 * the two curves. `only`: names between semicolons, or NULL for all. Returns how many are
 * usable. */
int weigh_candidates(candidate *list, int count, const product_facts *product, const char *only,
                     const ku_series_set *set, ku_arena *arena);

#endif
