/* panel.h - visits or purchases as cells of month, attributes and measures: what segments are
 * made of and what their behaviour is measured by. Everything lives in the run's arena or in
 * the frames of the run.
 *
 * A cell is one row of the visits, or all purchases alike of a month that the bank added up;
 * the sums of both are read by panel_of(). */
#ifndef KU_CUSTOMERS_DYNAMICS_PANEL_H
#define KU_CUSTOMERS_DYNAMICS_PANEL_H

#include "kemudi/analysis.h"

enum { PANEL_ATTRIBUTES = 64, PANEL_MEASURES = 96, PANEL_VALUES = 256 };

/* What tells visits apart: hotel, channel, the customer's segment. */
typedef struct attribute {
    const char *label;  /* "Market segment" */
    const char *column; /* as the table calls it */
    bool makes_segments;
    int values;
    const char **value;
    int32_t *code; /* of each cell; -1: not known, or too few */
} attribute;

typedef enum measure_kind {
    MEASURE_MONEY,   /* what a visit brings */
    MEASURE_NUMBER,  /* a number known of each visit */
    MEASURE_SHARE,   /* of an attribute's value among visits */
    MEASURE_LOST,    /* share of visits that were cancelled */
    MEASURE_COUNT,   /* how many visits there are */
    MEASURE_MEMBERS, /* purchases of an active customer in a month */
} measure_kind;

typedef struct measure {
    measure_kind kind;
    const char *label, *unit;
    int attribute, value;      /* of MEASURE_SHARE */
    const double *x, *xx, *xy; /* sums over the cell of the measure, its square, its product
                                    with money; xx, xy NULL: the cell is one row; x NAN: not known */
} measure;

typedef struct panel {
    int months;
    int32_t first; /* month counted from year 0: year * 12 + month - 1 */
    int64_t cells;
    int *month;                    /* of each cell; -1: outside of the complete months */
    const double *kept;            /* visits of the cell that took place */
    const double *y, *yy, *margin; /* money, its squares, margin; yy NULL: one row; margin NULL */
    int attributes;
    attribute attribute[PANEL_ATTRIBUTES];
    int measures;
    measure measure[PANEL_MEASURES];
    bool of_customers;          /* cells are purchases of known customers */
    const char *visit, *visits; /* what to call one and several */
    double every;               /* one of so many customers is in the cells */
    int64_t left_out;           /* rows without a day or an amount */
} panel;

/* The sums that a test needs, of one measure in one month. */
typedef struct sums {
    double n, x, xx, y, yy, xy;
} sums;

/* Adds the cell to the sums of the measure. */
void panel_add(const panel *p, const measure *m, int64_t cell, sums *to);

/* Month of a date, counted from year 0, and back. */
int32_t panel_month(int32_t days);
int32_t panel_day(int32_t month);

/* What the director wants watched: names of columns, separated by commas; NULL: everything. A
 * name may be the column's or what the tables call it. */
typedef struct panel_choice {
    const char *attributes, *measures;
} panel_choice;

/* Leaves of attributes and measures those asked for. KU_USAGE for a name that is not there. */
ku_status panel_choose(panel *p, const panel_choice *choice, ku_arena *arena, ku_error *err);

/* From the extract `visit` (rows of a file) or `cell` (purchases of the bank). `least` visits
 * make a value worth knowing. KU_BAD_DATA in plain words where nothing can be made of it. */
ku_status panel_of_visits(const ku_frame *visit, double least, ku_arena *arena, panel *out,
                          ku_error *err);
ku_status panel_of_cells(const ku_frame *cell, double every, int32_t first_day, int32_t last_day,
                         double least, ku_arena *arena, panel *out, ku_error *err);

#endif
