/* descriptor.c - returns.mix: what each unit of money brings. */
#include "analyses/returns/inputs.h"
#include "analyses/returns/mix/analysis.h"

static const ku_table_spec inputs[] = {
    KU_RETURNS_MEDIA,
    KU_RETURNS_OUTCOME,
    KU_RETURNS_CONTROLS,
    KU_RETURNS_EXPERIMENTS,
    KU_RETURNS_WIDE,
    {.name = "priors",
     .meaning = "What is believed before, where it is other than the preset: one row a channel and"
                " quantity.",
     .columns = rmix_prior_columns,
     .optional = true},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "figures",
     .title = "At a glance",
     .kind = KU_VIEW_FIGURES,
     .table = "figures",
     .x = "measure",
     .y = "value",
     .lo = "lo",
     .hi = "hi",
     .unit_column = "unit"},
    {.name = "return",
     .title = "What a unit spent brings",
     .kind = KU_VIEW_BAR,
     .table = "return",
     .x = "channel",
     .y = "roi",
     .lo = "roi_lo",
     .hi = "roi_hi"},
    {.name = "next",
     .title = "What the next unit spent would bring",
     .kind = KU_VIEW_BAR,
     .table = "return",
     .x = "channel",
     .y = "marginal",
     .lo = "marginal_lo",
     .hi = "marginal_hi"},
    {.name = "contribution",
     .title = "What the outcome is made of",
     .kind = KU_VIEW_WATERFALL,
     .table = "contribution",
     .x = "step",
     .y = "money"},
    {.name = "course",
     .title = "The outcome and its parts over time",
     .kind = KU_VIEW_LINE,
     .table = "course",
     .x = "date",
     .y = "money",
     .lo = "lo",
     .hi = "hi",
     .series = "part"},
    {.name = "curves",
     .title = "What more or less money would bring",
     .kind = KU_VIEW_LINE,
     .table = "curves",
     .x = "spend",
     .y = "outcome",
     .lo = "lo",
     .hi = "hi",
     .filter = "channel",
     .kind_column = "mark"},
    {.name = "health",
     .title = "Can the figures be relied on?",
     .kind = KU_VIEW_TABLE,
     .table = "health",
     .filter = "verdict"},
    {.name = "checks",
     .title = "What the data can tell",
     .kind = KU_VIEW_TABLE,
     .table = "checks",
     .filter = "verdict"},
    {.name = "experiments",
     .title = "Experiments beside the model",
     .kind = KU_VIEW_TABLE,
     .table = "experiments"},
    {.name = "regions",
     .title = "By region",
     .kind = KU_VIEW_TABLE,
     .table = "regions",
     .filter = "region"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "Whatever moves both spend and sales is in the controls, the season or the baseline; spend that"
    " follows demand, as search budgets do, otherwise gets some of its credit.",
    "Spend works in its own period and those after it, never before.",
    "What a channel does is the same in all periods unless effects may drift.",
    "Channels add up: one does not make another stronger, unless it drives it.",
    "A return counts the outcome within the periods looked at, not what new customers buy later.",
    "Where the data say little, the answer is what was believed before; the column \"from the "
    "data\""
    " says how much is which.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Jin, Y., Wang, Y., Sun, Y., Chan, D. & Koehler, J. (2017). Bayesian methods for media mix"
     " modeling with carryover and shape effects. Google.",
     "eq. 1-7: adstock, Hill curve, model"},
    {"Sun, Y., Wang, Y., Jin, Y., Chan, D. & Koehler, J. (2017). Geo-level Bayesian hierarchical"
     " media mix modeling. Google.",
     "regions that share what they tell"},
    {"Google (2024). Meridian: model specification and default priors.",
     "return priors, health limits (0.2 and 0.8 for the baseline, 0.05 predictive)"},
    {"Vehtari, A., Gelman, A., Simpson, D., Carpenter, B. & Buerkner, P.-C. (2021)."
     " Rank-normalization, folding, and localization: an improved R-hat. Bayesian Analysis 16(2).",
     "when chains can be trusted"},
    {"Belsley, D., Kuh, E. & Welsch, R. (1980). Regression Diagnostics. Wiley.",
     "variance inflation"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--chains", "2",   "--warmup", "300",
                                           "--draws",  "300", NULL};

static const ku_example_spec example = {
    .title = "Search and television in three towns over a year",
    .args = example_args,
    .tolerance = 1e-6,
    .reading = "Search was paused for six weeks in each town and television ran in bursts that"
               " differ from town to town, so the data tell nearly everything: their column \"from"
               " the data\" is close to 100 %. The towns were made up with returns of 2.28 and 2.09"
               " per unit spent, and both intervals hold them. One year is too short to know the"
               " season, which the checks say.",
};

const ku_analysis ku_analysis_returns_mix = {
    .id = "returns.mix",
    .version = "1",
    .title = "Return of media",
    .area = "Return",
    .question = "What does each unit of money bring, and what would the next one?",
    .summary = "A Bayesian media-mix model: what each channel brought, what a unit spent on it"
               " earns and what the next one would, each with its interval, and how much of every"
               " number is data and how much was believed before. Checks the data first and itself"
               " after, and takes experiments as evidence.",
    .inputs = inputs,
    .params = rmix_params,
    .outputs = rmix_outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = rmix_run,
};
