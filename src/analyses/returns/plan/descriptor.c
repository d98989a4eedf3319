/* descriptor.c - returns.plan: where the next unit of money should go. */
#include "analyses/returns/plan/planning.h"

static const ku_view_spec views[] = {
    {.name = "channels",
     .title = "Return of each channel in the plan",
     .kind = KU_VIEW_BAR,
     .table = "channels",
     .x = "channel",
     .y = "roi",
     .lo = "roi_lo",
     .hi = "roi_hi"},
    {.name = "calendar",
     .title = "The calendar",
     .kind = KU_VIEW_HEATMAP,
     .table = "calendar",
     .x = "month",
     .y = "amount",
     .series = "channel",
     .filter = "region"},
    {.name = "scenarios",
     .title = "Plans side by side",
     .kind = KU_VIEW_BAR,
     .table = "scenarios",
     .x = "plan",
     .y = "outcome",
     .lo = "outcome_lo",
     .hi = "outcome_hi"},
    {.name = "frontier",
     .title = "More or less money",
     .kind = KU_VIEW_LINE,
     .table = "frontier",
     .x = "total",
     .y = "outcome",
     .lo = "outcome_lo",
     .hi = "outcome_hi"},
    {.name = "learn",
     .title = "What a test of each channel is worth",
     .kind = KU_VIEW_BAR,
     .table = "learn",
     .x = "channel",
     .y = "worth"},
    {.name = "comparison",
     .title = "How sure is the difference",
     .kind = KU_VIEW_TABLE,
     .table = "comparison"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "Money works in the planned time as the model found it to work in the past: same prices of "
    "exposure, same curves.",
    "Channels add up; what one channel does to another is only in the plan as far as it is in the "
    "model.",
    "Within an amount of the calendar money is spent evenly, unless asked for otherwise.",
    "After the end of the plan nothing more is spent; what the planned money still brings then "
    "counts.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Jin, Y., Wang, Y., Sun, Y., Chan, D. & Koehler, J. (2017). Bayesian methods for media mix "
     "modeling with carryover and shape effects. Google.",
     "section 6, the optimal mix over posterior draws"},
    {"Lange, K., Hunter, D. R. & Yang, I. (2000). Optimization transfer using surrogate objective "
     "functions. Journal of Computational and Graphical Statistics 9(1), 1-20.",
     "section 3.3"},
    {"Strong, M., Oakley, J. E. & Brennan, A. (2014). Estimating multiparameter partial expected "
     "value of perfect information from a probabilistic sensitivity analysis sample. Medical "
     "Decision Making 34(3), 311-326.",
     "regression over draws"},
    {"Nocedal, J. & Wright, S. J. (2006). Numerical Optimization, 2nd ed. Springer.",
     "algorithm 14.3, section 16.6"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--months",  "3", "--range", "0.5",
                                           "--stretch", "0", NULL};

static const ku_example_spec example = {
    .title = "Two channels over three months",
    .args = example_args,
    .tolerance = 2e-3,
    .reading = "25,000 of television is booked for January and search may not go above 7,000 in "
               "February; today's split keeps to neither. Within these limits the best plan of the "
               "same total brings 171,214, as much as today's split without them: in two of the "
               "four draws it is ahead, in two behind.",
};

const ku_analysis ku_analysis_returns_plan = {
    .id = "returns.plan",
    .version = "1",
    .title = "Budget plan",
    .area = "Return",
    .question = "Where should the next unit of money go, and when?",
    .summary = "A calendar of spending by channel, region and month that brings the most within "
               "caps, minimum bookings, commitments and cash, to the cent; what it brings over "
               "today's split and how sure that is; what the next unit of money would bring in "
               "each place; and what other totals would bring.",
    .inputs = planning_inputs,
    .params = planning_params,
    .outputs = planning_outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = planning_run,
};
