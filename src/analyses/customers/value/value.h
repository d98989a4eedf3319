/* value.h - customers.value: descriptor, kernel and what its files share. Everything here is
 * a plain value or lies in the run's arena; frames belong to the run's input. */
#ifndef KU_ANALYSES_CUSTOMERS_VALUE_H
#define KU_ANALYSES_CUSTOMERS_VALUE_H

#include "customers/contract/contract.h"
#include "customers/fit.h"
#include "customers/worth/worth.h"
#include "kemudi/analysis.h"

ku_analysis_fn value_run;

/* The days that matter and what the sales hold, as extracted. */
typedef struct value_span {
    int32_t first_day, last_day, until_day; /* of the data, of what is looked at */
    int32_t fit_to, held_to;                /* the holdout is (fit_to, held_to]; equal: none */
    int32_t before_day;                     /* the bridge starts at its end */
    int32_t won_after;                      /* the year of acquisition begins after it */
    bool behind;                            /* the holdout lies behind until_day */
    double unit_days;
    int64_t step_days; /* of the holdout's course */
    const char *period;
    double lines, lines_unknown, amount, amount_unknown, returned, bought, margin_known;
    bool by_margin;
} value_span;

/* Customers, one row each, sorted by their mark. */
typedef struct value_people {
    size_t count;
    const ku_column *customer, *segment, *channel, *region, *cohort, *contact_allowed;
    const ku_column *first_day, *last_day, *repeats, *average, *money;
    const ku_column *fit_last, *fit_repeats, *held;
    const ku_column *before_last, *before_repeats, *before_average;
    const ku_frame *occasions; /* the same counted by occasions; no rows: not asked for */
    size_t repeaters;          /* who bought again until until_day */
} value_people;

/* What else is known of the customers, as numbers of mean 0 and variance 1. */
typedef struct value_traits {
    int columns;
    const char *name[KU_BUYING_COVARIATES];
    double scale[KU_BUYING_COVARIATES]; /* one unit of the column in units of its number */
    double *value;                      /* people x columns */
} value_traits;

/* Time counted by the season: a day in a strong month is longer than one in a weak month. */
typedef struct value_season {
    bool on;
    double ratio[12]; /* length of a day by twelfths of a year, back from until_day; mean 1 */
    int32_t first_day, days;
    double *passed; /* days since the end of first_day, so counted, at the end of each day */
} value_season;

/* As of which day customers are looked at. */
typedef enum value_when { VALUE_NOW, VALUE_FIT, VALUE_BEFORE } value_when;

/* Customers as they stood at the end of a day; who shares a history shares a row. */
typedef struct value_history {
    int32_t day;
    size_t customers; /* who had bought by then */
    uint32_t *who;    /* of the people, for each; ascending */
    uint32_t *row;    /* of buyers, for each */
    double *orders;   /* repeat purchases (or occasions) to average, for each */
    double *average;  /* money of one of them */
    ku_buyers buyers;
    ku_buying_covariates covariates;
} value_history;

static inline const ku_buying_covariates *value_covariates(const value_history *h)
{
    return h->covariates.columns > 0 ? &h->covariates : NULL;
}

/* A model tried. */
typedef struct value_candidate {
    const ku_buying_model *model;
    ku_buying_fit fit; /* to what lies before the holdout; without one, to all */
    bool usable;
    const char *why;  /* not, in words; or NULL */
    double *expected; /* of each row of the history, in the holdout; NULL without one */
    double actual_sum, expected_sum;
    double deviance; /* a customer */
} value_candidate;

typedef struct value_choice {
    value_candidate *candidate;
    int candidates;
    int chosen;          /* -1: none can be used */
    ku_buying_fit fit;   /* of the chosen one, to all */
    ku_buying_fit plain; /* the same without traits, where there are any */
    double missed; /* |ln(expected / actual)| of its holdout, for the horizon; 0 without one */
} value_choice;

/* Money: what customers are worth now and were a period ago. */
typedef struct value_money {
    bool money;  /* a purchase could be given a value */
    double kept; /* share of sales that is not sent back */
    ku_spend spend;
    ku_worth_terms terms;
    ku_worth now, before;
    bool has_before;
    int32_t *place_before; /* in `before` of each of the people; -1: not yet a customer */
} value_money;

/* A cohort of customers under contract. */
typedef struct value_cohort {
    const char *name;
    ku_cohort seen;
    double payment;       /* of a customer, a period; NAN: not known */
    double value, lo, hi; /* of those still there, money; NAN without payment */
} value_cohort;

typedef struct value_contracts {
    int cohorts; /* 0: none given */
    value_cohort *cohort;
    ku_contract_fit geometric, weibull;
    bool has_weibull, use_weibull;
    ku_contract_test test; /* of the one against the other */
    double horizon;        /* periods */
} value_contracts;

static inline const ku_contract_fit *value_contract_fit(const value_contracts *k)
{
    return k->use_weibull ? &k->weibull : &k->geometric;
}

/* What changed over time: its effects, by Pareto/NBD. */
typedef struct value_conditions {
    bool known;
    int columns;
    const char *name[KU_BUYING_COVARIATES];
    size_t customers;         /* looked at */
    ku_buying_fit fit, plain; /* with the conditions and without */
    double ratio, p_value;    /* of the one against the other */
} value_conditions;

/* All of a run. */
typedef struct value_case {
    ku_run_context *context;
    ku_arena *arena;
    const ku_params *params;
    value_span span;
    value_people people;
    value_traits traits;
    value_season season;
    value_history now, fit, before;
    bool same; /* now and fit are the same day: fit is now */
    value_choice choice;
    value_money money;
    value_contracts contracts;
    value_conditions conditions;
    bool tested; /* widen totals by what the holdout missed */
} value_case;

/* ---- read.c ------------------------------------------------------------------------------ */

ku_status value_read(const ku_frames *in, value_case *c, ku_error *err);
/* The customers as they stood at the end of that day. KU_NO_MEMORY. */
ku_status value_history_of(const value_case *c, value_when when, bool discrete, value_history *h,
                           ku_error *err);
/* What the data lack, in remarks. */
void value_remark_data(const value_case *c);

/* ---- season.c ------------------------------------------------------------------------------ */

/* Finds the season where the sales reach over two years and show one. */
void value_season_make(const ku_frame *months, value_case *c);
/* Days from the end of the one day to that of the other, counted by the season if there is
 * one: first_day <= from <= to, at most the horizon behind until_day. */
double value_days(const value_case *c, int32_t from, int32_t to);

/* ---- traits.c ------------------------------------------------------------------------------ */

ku_status value_traits_read(const ku_frame *frame, value_case *c, ku_error *err);

/* ---- choose.c ---------------------------------------------------------------------------- */

/* Fits what --model asks for, chooses, and fits the chosen one to all. chosen = -1 and a remark
 * where no model can be fitted. */
ku_status value_choose(value_case *c, ku_error *err);
/* Purchases expected of each row within t, from the end of the history's day on. */
void value_expected(const ku_buying_fit *fit, const value_history *h, double t, ku_pool *pool,
                    double *out);

/* ---- conditions.c --------------------------------------------------------------------------- */

/* Estimates what conditions that change over time do; without rows nothing is known of it. */
ku_status value_conditions_make(const ku_frame *rows, value_case *c, ku_error *err);

/* ---- report.c: parameters, fit, holdout, course ------------------------------------------- */

ku_status value_report(const value_case *c, const ku_frames *in, ku_frames *out, ku_error *err);

/* ---- money.c ------------------------------------------------------------------------------ */

ku_status value_money_make(value_case *c, ku_error *err);

/* The change of a product of three factors, split among them by Shapley's value: the parts
 * add up to to[0] to[1] to[2] - from[0] from[1] from[2] but for rounding. */
void value_split(const double from[3], const double to[3], double part[3]);

/* ---- equity.c: equity, bridge, figures, spread, customers --------------------------------- */

ku_status value_equity(const value_case *c, const ku_frames *in, ku_frames *out, ku_error *err);
ku_status value_customers(const value_case *c, ku_frames *out, ku_error *err);

/* ---- contracts.c --------------------------------------------------------------------------- */

/* Fits and values the cohorts of the extract; without rows c->contracts.cohorts stays 0. */
ku_status value_contracts_make(const ku_frame *rows, value_case *c, ku_error *err);
/* The table `retention`. */
ku_status value_retention(const value_case *c, ku_frames *out, ku_error *err);

#endif
