/* design.h - what is known of a customer, as drivers people understand and as columns of a
 * regression. Lives in the arena it was made with. */
#ifndef KU_CUSTOMERS_CHURN_DESIGN_H
#define KU_CUSTOMERS_CHURN_DESIGN_H

#include "analyses/customers/churn/churn.h"
#include "num/glm.h"

typedef enum driver_id {
    DRIVER_SILENCE,
    DRIVER_RHYTHM,
    DRIVER_RECENT,
    DRIVER_TREND,
    DRIVER_SPEND,
    DRIVER_BASKET,
    DRIVER_ONCE,
    DRIVER_RETURNS,
    DRIVER_COMPLAINTS,
    DRIVER_BREADTH,
    DRIVER_DISCOUNT,
    DRIVER_TENURE,
    DRIVER_MARGIN, /* these two tell the value of who stays, not whether */
    DRIVER_MARGIN_BEFORE,
    DRIVERS
} driver_id;

typedef enum factor_id {
    FACTOR_SEGMENT,
    FACTOR_CHANNEL,
    FACTOR_OUTLET,
    FACTOR_REGION,
    FACTORS
} factor_id;

enum { DRIVER_KNOTS = 2, DESIGN_DENSE = (1 + DRIVER_KNOTS) * DRIVERS };

typedef struct driver_spec {
    const char *name;      /* "Silence against own rhythm" */
    const char *unit;      /* of the value, in words: "times the usual pause" */
    const char *when_high; /* as a reason: "silent for longer than usual" */
    const char *when_low;
    double add; /* log(value + add) is what counts; 0: the value itself */
    int knots;  /* places where the slope may change */
    bool value_only;
} driver_spec;

extern const driver_spec driver_specs[DRIVERS];
extern const char *const factor_names[FACTORS]; /* "Channel" */

typedef struct driver {
    bool used;
    int column; /* the first of its columns, as in ku_glm_rows: >= 1 */
    double knot[DRIVER_KNOTS];
    double centre[1 + DRIVER_KNOTS], scale[1 + DRIVER_KNOTS];
} driver;

typedef struct factor {
    bool used;
    const ku_column *column;
    int32_t *level; /* by dictionary code: column of the model or -1 */
    int first, count;
    int32_t *code; /* of each level */
} factor;

typedef struct design {
    const ku_frame *state;
    const ku_column *window, *code; /* code: the customer */
    const ku_column *silent, *between, *tenure, *purchases, *recent, *before, *spend, *spend_before,
        *margin, *margin_before, *gross, *back, *discount, *breadth, *complaints;
    const ku_column *later, *later_margin, *contact_allowed;
    double horizon, money; /* days; a usual spend of one horizon */
    int windows;
    driver driver[DRIVERS];
    factor factor[FACTORS];
    double *season; /* of each window: how readily customers bought again in the same weeks a
                       year before, against that year; 1 where the data do not reach back */
    int dense, levels;

    size_t learn;       /* rows of past dates */
    int64_t *learn_row; /* their rows in state */
    int *learn_window;
    ku_glm_rows rows; /* of the learn rows; y and weight left to the caller */
    size_t active;    /* rows of window 0 */
    int64_t *active_row;
} design;

/* `days`: by day since the first of `cover` days, the customers with us and those who buy again. */
ku_status design_make(const ku_frame *state, const ku_frame *days, double cover, double horizon,
                      int windows, ku_arena *arena, design *out, ku_error *err);

/* A driver's value for a row of state, in the unit of driver_specs. */
double design_value(const design *d, driver_id id, int64_t row);
/* The columns that a value gives, from its own `column` on: to[1 + knots]. */
void design_columns(const design *d, driver_id id, double value, double *to);
/* One row as the regression sees it: x[dense], level[FACTORS]. */
void design_row(const design *d, int64_t row, double *x, int32_t *level);
/* A row of its own for ku_glm_predictor and its kin. */
ku_glm_rows design_single(const design *d, const double *x, const int32_t *level);
/* The days a customer usually lets pass, from own pauses and, with few, those of all. */
double design_pause(const design *d, int64_t row);

#endif
