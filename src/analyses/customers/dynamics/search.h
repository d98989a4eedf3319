/* search.h - the segments that attributes and pairs of attributes make, the course of their
 * behaviour, and which of it changed beyond chance. Results live in the arena. */
#ifndef KU_CUSTOMERS_DYNAMICS_SEARCH_H
#define KU_CUSTOMERS_DYNAMICS_SEARCH_H

#include "analyses/customers/dynamics/panel.h"
#include "analyses/customers/dynamics/shift.h"

/* Those for whom attribute[0] has value[0] and attribute[1] has value[1]; -1: no condition. */
typedef struct segment {
    int attribute[2], value[2];
    const char *name;
    double visits, amount, margin; /* of the last twelve months */
    double all_visits, all_amount;
} segment;

/* One measure of one segment. */
typedef struct course {
    int segment, measure;
    bool tested, held;
    double p, clear;                  /* p, and p by the weight of the segment */
    double level;                     /* the mean of the last twelve months */
    double before, after;             /* the level without and with the change */
    double size, lo, hi;              /* of the change, in the measure's unit; COUNT: relative */
    double money, money_lo, money_hi; /* a year, if it goes on; below 0: lost */
    bool unclear;                     /* the money's interval holds 0 */
    shift shift;
    double *value, *expected, *doubt; /* by month; only where held, or asked for */
} course;

typedef struct search {
    const panel *panel;
    int segments;
    segment *segment;
    const sums *sums;            /* [segment][measure][month] */
    const shift_family **family; /* of each measure; NULL: too few courses to tell */
    int tests;                   /* made */
    int held;                    /* beyond chance */
    int findings;                /* of these, the ones that are not another's shadow: */
    course **finding;            /* losses first, the largest first */
    bool season;                 /* could be taken out */
} search;

typedef struct search_options {
    double least; /* visits of a segment */
    int most;     /* segments */
    bool pairs;
    double wrong; /* share of false findings */
} search_options;

/* Number of segments first, so that the caller can count members in them. */
ku_status search_segments(const panel *p, const search_options *options, ku_run_context *context,
                          search *out, ku_error *err);
/* Courses and tests. `members` may be NULL; else [segment][month]. */
ku_status search_run(search *s, const search_options *options, const sums *members,
                     ku_run_context *context, ku_error *err);

/* Fills value, expected and doubt of a course. */
void search_trace(const search *s, course *c, ku_arena *arena);

/* What a visit of the segment brings in the last twelve months, in what the average visit does:
 * margin where it is known, else revenue. */
double search_worth(const search *s, const segment *g);

/* Whether all customers together were found to buy more often, little by little. */
bool search_rises_together(const search *s);

/* Whether the cell belongs to the segment. */
bool search_holds(const panel *p, const segment *s, int64_t cell);
/* The sums of a segment's measure by month. */
const sums *search_sums(const search *s, int group, int what);

#endif
