/* market.h - the input of demand.effective, checked and put in order. All lies in the run's
 * arena. */
#ifndef KU_DEMAND_MARKET_H
#define KU_DEMAND_MARKET_H

#include "analyses/demand/effective/ability.h"
#include "kemudi/analysis.h"

typedef struct segment {
    const char *name;
    income_fit income;
} segment;

typedef struct product {
    const char *name;
    double price, units;  /* of one; that a buyer takes */
    double afford, doubt; /* median of the affordable share of income; deviation of its ln */
    bool priced, own_range;
    double available, checks; /* checks NaN: known exactly */
    bool stocked;
} product;

/* One segment's interest in one product. */
typedef struct interest {
    int segment, product;
    double people, asked, interested;
} interest;

typedef struct market {
    segment *segment;
    product *product;
    interest *interest; /* by product, then by segment */
    int segments, products, interests;
} market;

/* KU_BAD_DATA with table and row for values that cannot be, rows given twice, and segments or
 * products of the interest table that the others do not know. Segments and products that only
 * the others know are left out. */
ku_status market_read(const ku_frames *in, const ku_params *params, ku_arena *arena, market *to,
                      ku_error *err);

#endif
