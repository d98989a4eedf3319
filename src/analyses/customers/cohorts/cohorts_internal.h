/* cohorts_internal.h - what the files of customers.cohorts share: the triangles as read, what
 * became of them, and the tables. Everything lies in the run's arena. */
#ifndef KU_CUSTOMERS_COHORTS_INTERNAL_H
#define KU_CUSTOMERS_COHORTS_INTERNAL_H

#include "analyses/customers/cohorts/cohorts.h"
#include "analyses/customers/cohorts/holdout.h"
#include "analyses/customers/cohorts/project.h"
#include "base/date.h"

enum quantity { ACTIVE, REVENUE, MARGIN, QUANTITIES };

/* Customers of one origin (or all). */
typedef struct cohort_group {
    const char *name;
    double *size, *first_value, *repeaters; /* by cohort */
    double *cell[QUANTITIES];               /* [cohort * periods + age] */
    triangle triangle[QUANTITIES];
    bool has_projection[QUANTITIES];
    projection projection[QUANTITIES];
    const projection *ahead[QUANTITIES]; /* reaches beyond the oldest cohort; NULL: none does */
} cohort_group;

typedef struct cohort_run {
    const ku_frames *in;
    const ku_params *params;
    ku_run_context *context;
    ku_arena *arena;
    const char *period;   /* month, quarter, year */
    int months;           /* of a period */
    int32_t origin;       /* first day of period 0 */
    int periods, skipped; /* those looked at; older ones that are left out */
    int ages, within;     /* ages shown; ages that count into the value */
    int dormant;
    bool has_margin, has_old; /* old: the first cohort bought before the data begin */
    double *spend;            /* by period, NULL: not given */
    int groups;
    cohort_group *group; /* all customers first */
    project_method method[QUANTITIES];
    holdout_score score[QUANTITIES][PROJECT_METHODS];
} cohort_run;

/* First day of a period; its name: "2010-03", "2010-Q1", "2010". */
int32_t cohort_day(const cohort_run *r, int period);
const char *cohort_label(const cohort_run *r, int period);

/* tables.c: each builds one output; finish adds them all. */
ku_status cohorts_put_tables(const cohort_run *r, ku_frames *out, ku_error *err);

#endif
