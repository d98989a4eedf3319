/* explain.h - demand.explain: what made demand what it was. All memory is the run's arena. */
#ifndef KU_DEMAND_EXPLAIN_H
#define KU_DEMAND_EXPLAIN_H

#include "forecast/regress/drivers.h"

/* What demand is split into, in the order it is shown. */
typedef enum part {
    PART_BASELINE,
    PART_PRICE,
    PART_PROMOTION,
    PART_MEDIA,
    PART_HOLIDAY,
    PART_OTHER,
    PART_CANNIBALISED,
    PARTS
} part;

/* "Baseline", "Price", ... */
extern const char *const part_names[PARTS];

/* One series, its effects, and against what each is measured. */
typedef struct explained {
    const ku_series *series;
    ku_regress_data data;
    ku_regress_fit fit;
    const part *part;  /* of each column */
    double *reference; /* of each column, on the scale of beta: no promotion, the usual price */
} explained;

/* Which part a column belongs to: by the lists of the parameters ("price,list-price"), else by
 * its name. */
part part_of_column(const char *name, const ku_params *params);

/* The references of an estimated series: none of promotion, media, holidays and of the others'
 * promotions (the least seen where it is never none), the median price, the mean of the rest. */
void explain_references(explained *e, double *room);

/* The split of a value at t, whose columns are known there: value[PARTS] adds up to `total` to
 * rounding; slope[j], how much the value owes to one unit of beta[j]. With relative effects
 * the difference to the baseline is shared by the logarithmic mean (Ang 2005, Energy
 * Policy 33, eq. 5), which leaves nothing over. */
void explain_split(const explained *e, int t, double total, double value[PARTS], double *slope);

/* The demand that stands behind effects at t: the baseline becomes the total. */
double explain_total(const explained *e, int t, double baseline);

/* Half the width of the 95 % interval of the sum of slope[j] beta[j] over the columns of a
 * part; PARTS: over all columns. */
double explain_reach(const explained *e, const double *slope, part p);

ku_analysis_fn explain_run;

#endif
