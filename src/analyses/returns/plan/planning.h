/* planning.h - returns.plan: what its files share. The run's arena owns all of it.
 *
 * Money inside is in whole minor units (cents) where it is a plan, in units of the currency where
 * it is an estimate. A cell is a channel in a group of regions in a stretch of the calendar (a
 * month, say): cell (c, g, b) has the number (c * groups + g) * stretches + b. */
#ifndef KU_RETURNS_PLANNING_H
#define KU_RETURNS_PLANNING_H

#include "analyses/returns/data.h"
#include "kemudi/analysis.h"
#include "returns/plan/plan.h"

extern const ku_table_spec planning_inputs[], planning_outputs[];
extern const ku_param_spec planning_params[];
ku_analysis_fn planning_run;

/* What is limited, in the order in which limits give way: the last first. */
typedef enum planning_kind {
    PLANNING_BOOKED,
    PLANNING_CASH,
    PLANNING_MOST,
    PLANNING_TOTAL,
    PLANNING_LEAST,
    PLANNING_RANGE,
    PLANNING_KINDS
} planning_kind;

typedef struct planning_row { /* a limit on a sum of cells, minor units */
    planning_kind kind;
    const char *about; /* "Television, March 2026"; for remarks */
    double least, most;
    int channel, group; /* -1: all */
    int year, month;    /* 0: all; the calendar month that the cells' stretches begin in */
} planning_row;

typedef struct planning_plan { /* a named plan and what it brings */
    const char *name;
    int64_t *amount; /* [cell] */
    double *by;      /* outcome over nothing, [draw * channels + c] */
    double *outcome; /* [draw]: of all channels */
    double spend;    /* units of the currency */
} planning_plan;

typedef struct planning {
    const ku_frames *in;
    const ku_params *params;
    ku_run_context *context;
    ku_arena *arena;
    /* the response */
    ku_returns_names channel, region, group;
    ku_plan_media media;
    double *price; /* [c * regions + g]: money per exposure, NAN unknown */
    /* history */
    int32_t first;  /* its first period */
    int step;       /* days a period; 0: calendar months */
    int past;       /* periods */
    double *spent;  /* [(c * past + t) * regions + g], money */
    double *worked; /* the same, as what the exposure would have cost at the model's price */
    /* the calendar */
    int start;     /* index of the first planned period, counted from `first` */
    int32_t *date; /* [period] */
    int stretches;
    int *stretch_of;       /* [period] */
    int32_t *stretch_date; /* [stretch]: first day */
    const char *by;        /* "month", "week", "quarter", "whole" */
    int *group_of;         /* [region] */
    int cells;
    int *cell;       /* grid of the plan */
    double *weight;  /* grid; sums to 1 by cell */
    double minor;    /* minor units of a unit of the currency */
    double *today;   /* [cell] minor units: what was spent a year ago */
    double *busiest; /* [c * groups + g]: the most that was spent in as long a stretch */
    /* limits */
    planning_row *row;
    int rows, row_room;
    double *low, *high;    /* [cell] */
    ku_plan_limits limits; /* of these */
    int *member_start, *member_row;
    /* the work */
    ku_plan_model *model;
    double total; /* minor units */
    ku_plan_best best;
    planning_plan *plan; /* today's split, the best, then those given */
    int plans;
} planning;

static inline int planning_cell(const planning *p, int channel, int group, int stretch)
{
    return (channel * p->group.count + group) * p->stretches + stretch;
}

/* read.c: response and history. */
ku_status planning_read(planning *p, ku_error *err);
/* The period of a day, counted from the first; its first day. */
int planning_period(const planning *p, int32_t day);
int32_t planning_period_date(const planning *p, int period);
/* calendar.c: periods, stretches, cells, today's split. */
ku_status planning_calendar(planning *p, ku_error *err);
/* The stretch that holds a day, or -1. */
int planning_stretch(const planning *p, int32_t day);
/* "March 2026", "Week of 2 Mar 2026": the caller's arena. */
const char *planning_stretch_name(const planning *p, int stretch);

/* limits.c: what must hold, for a total in minor units (the table limits, cash, ranges). */
ku_status planning_limits(planning *p, ku_error *err);
void planning_set_total(planning *p, double total);
/* Loosens what cannot all hold, with remarks if asked for; amounts near `amount` that satisfy the
 * rest. */
void planning_loosen(planning *p, double *amount, bool tell);
/* The limit that stops a cell from going up or down at these amounts: words, or "". */
typedef struct planning_stoppers {
    const int64_t *amount;
    double *sum; /* [row] */
} planning_stoppers;
planning_stoppers planning_stoppers_of(const planning *p, const int64_t *amount);
const char *planning_stopper(const planning *p, const planning_stoppers *stoppers, int cell,
                             bool up);

/* solve.c: the plans. */
ku_status planning_solve(planning *p, ku_error *err);
/* What a plan brings: fills by, outcome, spend. */
void planning_value(planning *p, planning_plan *plan);
/* The best amounts at a total, from `amount` on; with every `every`-th draw. */
bool planning_best(planning *p, double total, int every, double tolerance, double *amount,
                   double *price, ku_plan_best *best);

/* learn.c: which test to run next. */
ku_status planning_learn(planning *p, ku_frames *out, ku_error *err);
/* tables.c */
ku_status planning_tables(planning *p, ku_frames *out, ku_error *err);
ku_status planning_frontier(planning *p, ku_frames *out, ku_error *err);
/* What a plan spends on a channel, in units of the currency. */
double planning_channel_spend(const planning *p, const planning_plan *plan, int channel);
/* levers.c: each channel's outcome with less and more money than today. */
ku_status planning_levers(planning *p, ku_frames *out, ku_error *err);
/* Mean and 95 % interval of n numbers, in place of a sorted copy: `room` takes n. */
typedef struct planning_spread {
    double mean, lo, hi;
} planning_spread;
planning_spread planning_spread_of(const double *x, int n, double *room);
double planning_quantile(const double *sorted, int n, double p);
void planning_sort(double *x, int n);
/* "1,234,567" */
const char *planning_money(const planning *p, double minor_units);

#endif
