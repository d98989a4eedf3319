/* facts_internal.h - the facts the simulator writes: each one's columns and the function
 * that writes its rows. Constants; `rows` belong to the caller. */
#ifndef KU_SIMULATE_FACTS_INTERNAL_H
#define KU_SIMULATE_FACTS_INTERNAL_H

#include "simulate/block_internal.h"
#include "simulate/rows_internal.h"

/* Rows of one block of customers; may count in the block's tally. */
typedef void block_rows(block *b, rows *out);
/* Rows that do not come from customers; the tally is of all blocks. */
typedef void whole_rows(const world *w, const tally *t, rows *out);

typedef struct fact_file {
    const char *name;    /* NULL ends the list */
    const char *columns; /* the header line */
    block_rows *block;   /* exactly one of the two */
    whole_rows *whole;
    bool needs_orders;
} fact_file;

enum { FACT_FILES = 17 };
extern const fact_file ku_sim_fact_files[FACT_FILES + 1];

block_rows ku_sim_write_customers, ku_sim_write_sales, ku_sim_write_touches, ku_sim_write_surveys,
    ku_sim_write_complaints, ku_sim_write_leads;
whole_rows ku_sim_write_products, ku_sim_write_outlets, ku_sim_write_channels,
    ku_sim_write_campaigns, ku_sim_write_calendar, ku_sim_write_spend, ku_sim_write_prices,
    ku_sim_write_market, ku_sim_write_mentions, ku_sim_write_checks, ku_sim_write_experiments;

extern const char *const ku_sim_company_name;

/* ---- customers as people ------------------------------------------------------------ */

enum { INCOMES = 3, ACTIVITIES = 4, TRADES = 5 };
typedef struct person_params { /* by segment; companies have no age, gender or income */
    const char *income[INCOMES];
    double income_cut[INCOMES - 1]; /* on a scale of standard deviations */
    double income_mean[SEGMENTS];   /* ... where the segment lies */
    double income_by_spend;         /* ... per unit of the log of the own level of spend */
    double age_mean[SEGMENTS], age_spread[SEGMENTS];
    double women[SEGMENTS];
    const char *activity[ACTIVITIES]; /* of those neither studying nor retired */
    double activity_share[SEGMENTS][ACTIVITIES];
    int student_until, retired_from; /* age */
    double student, retired;         /* share of those of that age */
    const char *trade[TRADES];       /* of companies */
    double trade_share[TRADES];
    double unknown_birth, unknown_gender, unknown_income, unknown_activity;
} person_params;
extern const person_params ku_sim_world_person;

/* ---- journeys: a first-order Markov chain over channels ---------------------------- */

enum { JOURNEY_CHANNELS = 7 };
typedef struct journey_params {
    const char *channel[JOURNEY_CHANNELS];
    double start[JOURNEY_CHANNELS];
    double next[JOURNEY_CHANNELS][JOURNEY_CHANNELS];
    double convert[JOURNEY_CHANNELS]; /* the rest of a row leaves without buying */
    double tracked;                   /* share of web orders whose journey is seen */
    double gap_days;                  /* mean between touches */
} journey_params;
extern const journey_params ku_sim_world_journey;
/* Probability of converting from each channel and, returned, from the start; `without`
 * (-1: none) is a channel taken away: whoever comes to it leaves. */
double ku_sim_journey_solve(int without, double from[JOURNEY_CHANNELS]);

/* ---- leads --------------------------------------------------------------------------- */

enum { LEAD_STAGES = 6, LEAD_SOURCES = 5, LEAD_OWNERS = 8 };
typedef struct lead_params {
    const char *stage[LEAD_STAGES];  /* the last one is won */
    double advance[LEAD_STAGES - 1]; /* chance of going on from stage k to k + 1 */
    double days[LEAD_STAGES - 1];    /* mean days in the stage */
    const char *source[LEAD_SOURCES];
    double source_share[LEAD_SOURCES], source_effect[LEAD_SOURCES]; /* log odds at the end */
    const char *owner[LEAD_OWNERS];
    double owner_effect[LEAD_OWNERS]; /* log odds at the end */
    double per_customer_year;
    double value, spread; /* EUR, log standard deviation */
} lead_params;
extern const lead_params ku_sim_world_lead;

/* ---- what customers say ------------------------------------------------------------- */

enum { DRIVERS = 5, TOPICS = 7 };
typedef struct voice_params {
    const char *driver[DRIVERS];
    double importance[DRIVERS]; /* of the driver for satisfaction, sum 1 */
    double by_quality[DRIVERS]; /* points of the driver per unit of branch quality */
    double answer_rate[SEGMENTS];
    double online_quality; /* the web shop's quality in the surveys */
    double nps_base, nps_slope;
    double complaint_rate[CHANNELS];
    double complaint_quality; /* log fall of shop complaints per unit of quality */
    double spike;             /* multiplies online complaints while deliveries are late */
    double mentions_per_day;  /* at 20,000 customers, all brands */
    double mention_spike;
} voice_params;
extern const voice_params ku_sim_world_voice;
/* A branch's quality on a day: its level and the drift of its trend. */
double ku_sim_branch_quality(const world *w, int at, int day);

/* ---- what customers spend in the category ------------------------------------------------ */

typedef struct wallet_params {
    const char *question;       /* of the survey: spend a month, EUR */
    double elsewhere[SEGMENTS]; /* EUR a year, mean */
    double by_rate, by_spend;   /* powers of the customer's own rate and level of spend */
    double spread;              /* log standard deviation between customers */
    double answer_spread;       /* ... of an answer around the truth */
    int round_to;               /* EUR */
} wallet_params;
extern const wallet_params ku_sim_world_wallet;
/* What the customer (number from 0) spends elsewhere in a year, EUR. */
double ku_sim_wallet_elsewhere(const world *w, const buyer *p, int64_t customer);
/* Cents that the buyer of the order spent here in the 365 days before `until`: on all orders,
 * or on those known as his. Orders of a buyer lie side by side in the block. */
int64_t ku_sim_wallet_own(const block *b, size_t order_at, int until, bool known);
/* What the buyer of the order says to be the month's spend, EUR. */
int ku_sim_wallet_answer(const block *b, size_t order_at, int day, ku_rng *rng);

/* ---- mystery visits ----------------------------------------------------------------- */

enum { CRITERIA = 7, AGENTS = 12 };
typedef struct check_params {
    const char *criterion[CRITERIA];
    double weight[CRITERIA];
    double by_quality[CRITERIA];
    int every_days;
    double agent_spread, visit_spread, noise;
} check_params;
extern const check_params ku_sim_world_check;
double ku_sim_check_agent_bias(const world *w, int agent);

/* ---- the market ----------------------------------------------------------------------- */

typedef struct market_params {
    double own_share;          /* of a region of strength 1, on average */
    double rival_part[RIVALS]; /* of what others sell */
    double growth;             /* log, a year */
} market_params;
extern const market_params ku_sim_world_market;

#endif
