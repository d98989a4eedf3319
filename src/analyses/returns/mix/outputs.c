/* outputs.c - the tables that returns.mix puts out. */
#include "analyses/returns/inputs.h"
#include "analyses/returns/mix/analysis.h"

static const ku_column_spec figure_columns[] = {
    {"measure", KU_TEXT, "", true, "Measure", "What is counted."},
    {"value", KU_DOUBLE, "", true, "Value", "The estimate: the mean of the posterior."},
    {"unit", KU_TEXT, "", true, "Unit", "Unit of the figure."},
    {"lo", KU_DOUBLE, "", false, "Low", "Lower end of the 95 % interval."},
    {"hi", KU_DOUBLE, "", false, "High", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_column_spec return_columns[] = {
    {"channel", KU_TEXT, "", true, "Channel", "Where the money went; all paid ones last."},
    {"spend", KU_DOUBLE, "money", false, "Spend", "Money spent in the periods of the outcome."},
    {"spend_share", KU_DOUBLE, "share", false, "Share of spend", "Of all media."},
    {"contribution", KU_DOUBLE, "money", true, "Contribution",
     "Outcome that would be missing without the channel."},
    {"contribution_lo", KU_DOUBLE, "money", true, "Contribution, low",
     "Lower end of the 95 % interval."},
    {"contribution_hi", KU_DOUBLE, "money", true, "Contribution, high",
     "Upper end of the 95 % interval."},
    {"roi", KU_DOUBLE, "", false, "Return per unit spent", "Contribution per unit of money."},
    {"roi_lo", KU_DOUBLE, "", false, "Return, low", "Lower end of the 95 % interval."},
    {"roi_hi", KU_DOUBLE, "", false, "Return, high", "Upper end of the 95 % interval."},
    {"marginal", KU_DOUBLE, "", false, "Return of the next unit",
     "What one more per cent of spend brings, per unit of it."},
    {"marginal_lo", KU_DOUBLE, "", false, "Next unit, low", "Lower end of the 95 % interval."},
    {"marginal_hi", KU_DOUBLE, "", false, "Next unit, high", "Upper end of the 95 % interval."},
    {"pays", KU_DOUBLE, "share", false, "Earns its cost",
     "Probability that a unit spent brings more than the hurdle."},
    {"next_pays", KU_DOUBLE, "share", false, "Next unit earns its cost",
     "Probability that the next unit spent brings more than the hurdle."},
    {"share", KU_DOUBLE, "share", true, "Share of outcome", "Of the whole outcome in money."},
    {"share_lo", KU_DOUBLE, "share", true, "Share, low", "Lower end of the 95 % interval."},
    {"share_hi", KU_DOUBLE, "share", true, "Share, high", "Upper end of the 95 % interval."},
    {"prior_roi", KU_DOUBLE, "", false, "Believed before",
     "Median return before the data were looked at."},
    {"prior_lo", KU_DOUBLE, "", false, "Before, low", "Lower end of the prior's 95 % interval."},
    {"prior_hi", KU_DOUBLE, "", false, "Before, high", "Upper end of the prior's 95 % interval."},
    {"data", KU_DOUBLE, "share", false, "From the data",
     "How much of the doubt about the return the data took away; the rest is prior."},
    {"shift", KU_DOUBLE, "", false, "Moved by",
     "How far the data moved the return, in standard deviations of the prior."},
    {.name = NULL},
};

static const ku_column_spec contribution_columns[] = {
    {"step", KU_TEXT, "", true, "Step", "Baseline, treatments, channels, and their sum."},
    {"money", KU_DOUBLE, "money", true, "Money", "Outcome in money."},
    {"lo", KU_DOUBLE, "money", true, "Low", "Lower end of the 95 % interval."},
    {"hi", KU_DOUBLE, "money", true, "High", "Upper end of the 95 % interval."},
    {"share", KU_DOUBLE, "share", true, "Share", "Of the whole outcome."},
    {"kind", KU_TEXT, "", true, "Kind", "baseline, treatment, channel, organic or total."},
    {.name = NULL},
};

static const ku_column_spec course_columns[] = {
    {"date", KU_DATE, "", true, "Date", "First day of the period."},
    {"part", KU_TEXT, "", true, "Part", "Actual, Expected, Baseline, or what brought it."},
    {"money", KU_DOUBLE, "money", true, "Money", "Outcome in money."},
    {"lo", KU_DOUBLE, "money", false, "Low", "Lower end of the 95 % interval."},
    {"hi", KU_DOUBLE, "money", false, "High", "Upper end of the 95 % interval."},
    {"held_out", KU_BOOL, "", true, "Held out", "Kept from the fit to test it."},
    {.name = NULL},
};

static const ku_column_spec curve_columns[] = {
    {"channel", KU_TEXT, "", true, "Channel", "Where the money goes."},
    {"spend", KU_DOUBLE, "money", true, "Spend a period", "Money a period, all regions."},
    {"factor", KU_DOUBLE, "", true, "Times today's", "Against what was spent."},
    {"outcome", KU_DOUBLE, "money", true, "Brings a period", "Outcome a period in money."},
    {"lo", KU_DOUBLE, "money", true, "Low", "Lower end of the 95 % interval."},
    {"hi", KU_DOUBLE, "money", true, "High", "Upper end of the 95 % interval."},
    {"marginal", KU_DOUBLE, "", true, "Return of the next unit", "At that spend."},
    {"marginal_lo", KU_DOUBLE, "", true, "Next unit, low", "Lower end of the 95 % interval."},
    {"marginal_hi", KU_DOUBLE, "", true, "Next unit, high", "Upper end of the 95 % interval."},
    {"mark", KU_TEXT, "", true, "Mark", "today: what is spent now; else level."},
    {.name = NULL},
};

static const ku_column_spec region_columns[] = {
    {"region", KU_TEXT, "", true, "Region", "Where."},
    {"channel", KU_TEXT, "", true, "Channel", "Where the money went."},
    {"spend", KU_DOUBLE, "money", true, "Spend", "Money spent there."},
    {"contribution", KU_DOUBLE, "money", true, "Contribution", "What it brought there."},
    {"contribution_lo", KU_DOUBLE, "money", true, "Contribution, low",
     "Lower end of the 95 % interval."},
    {"contribution_hi", KU_DOUBLE, "money", true, "Contribution, high",
     "Upper end of the 95 % interval."},
    {"roi", KU_DOUBLE, "", false, "Return per unit spent", "Contribution per unit of money."},
    {"roi_lo", KU_DOUBLE, "", false, "Return, low", "Lower end of the 95 % interval."},
    {"roi_hi", KU_DOUBLE, "", false, "Return, high", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_column_spec parameter_columns[] = {
    {"parameter", KU_TEXT, "", true, "Parameter", "What is estimated."},
    {"mean", KU_DOUBLE, "", true, "Mean", "Mean of the posterior."},
    {"sd", KU_DOUBLE, "", true, "Spread", "Standard deviation of the posterior."},
    {"lo", KU_DOUBLE, "", true, "Low", "Lower end of the 95 % interval."},
    {"hi", KU_DOUBLE, "", true, "High", "Upper end of the 95 % interval."},
    {"prior", KU_DOUBLE, "", true, "Believed before", "Median of the prior."},
    {"prior_lo", KU_DOUBLE, "", true, "Before, low", "Lower end of the prior's 95 % interval."},
    {"prior_hi", KU_DOUBLE, "", true, "Before, high", "Upper end of the prior's 95 % interval."},
    {"data", KU_DOUBLE, "share", true, "From the data",
     "How much of the doubt the data took away."},
    {"shift", KU_DOUBLE, "", true, "Moved by", "In standard deviations of the prior."},
    {"rhat", KU_DOUBLE, "", false, "R-hat", "Whether the chains agree; at best 1.00."},
    {"ess", KU_DOUBLE, "", false, "Effective draws", "What the draws are worth."},
    {.name = NULL},
};

static const ku_column_spec finding_columns[] = {
    {"check", KU_TEXT, "", true, "Check", "What was looked at."},
    {"about", KU_TEXT, "", true, "About", "The channel or region; empty: the whole."},
    {"verdict", KU_TEXT, "", true, "Verdict", "good, take care or not usable."},
    {"figure", KU_DOUBLE, "", false, "Figure", "The figure behind it."},
    {"unit", KU_TEXT, "", true, "Unit", "Unit of the figure."},
    {"meaning", KU_TEXT, "", true, "What it means", "In words."},
    {"advice", KU_TEXT, "", true, "What to do", "Where something is to be done."},
    {.name = NULL},
};

static const ku_column_spec fit_columns[] = {
    {"cells", KU_TEXT, "", true, "Cells", "Fitted, or held out to test the fit."},
    {"count", KU_INT64, "count", true, "Count", "How many cells of the outcome."},
    {"r_squared", KU_DOUBLE, "share", false, "Explained",
     "Share of the outcome's variation that is explained, over all cells."},
    {"r_squared_total", KU_DOUBLE, "share", false, "Explained, all regions together",
     "The same of the sums over regions."},
    {"mean_error", KU_DOUBLE, "share", false, "Mean error",
     "Sum of the misses as a share of the outcome."},
    {"coverage", KU_DOUBLE, "share", false, "Within the interval",
     "Share of cells that lie within their 90 % interval; 90 % is right."},
    {.name = NULL},
};

static const ku_column_spec experiment_columns[] = {
    {"experiment", KU_TEXT, "", true, "Experiment", "Name of the test."},
    {"channel", KU_TEXT, "", true, "Channel", "Channel whose spend was changed."},
    {"starts", KU_DATE, "", true, "Starts", "First day."},
    {"ends", KU_DATE, "", true, "Ends", "Last day."},
    {"spend", KU_DOUBLE, "money", true, "Spend tested", "How much more was spent."},
    {"effect", KU_DOUBLE, "", true, "Measured", "What it won, as the test measured it."},
    {"effect_lo", KU_DOUBLE, "", false, "Measured, low", "Lower end of its 95 % interval."},
    {"effect_hi", KU_DOUBLE, "", false, "Measured, high", "Upper end of its 95 % interval."},
    {"model", KU_DOUBLE, "", false, "By the model", "What the model says it won."},
    {"model_lo", KU_DOUBLE, "", false, "Model, low", "Lower end of the 95 % interval."},
    {"model_hi", KU_DOUBLE, "", false, "Model, high", "Upper end of the 95 % interval."},
    {"apart", KU_DOUBLE, "", false, "Apart",
     "Difference in standard deviations of both together; beyond 2 they contradict each other."},
    {"use", KU_TEXT, "", true, "Use", "evidence, compared, or why it was not used."},
    {.name = NULL},
};

const ku_table_spec rmix_outputs[] = {
    {.name = "figures", .meaning = "All media together.", .columns = figure_columns},
    {.name = "return", .meaning = "What each channel earns.", .columns = return_columns},
    {.name = "contribution",
     .meaning = "From the baseline to the whole outcome, step by step.",
     .columns = contribution_columns},
    {.name = "course",
     .meaning = "The outcome by period: as it was, as expected, and what it is made of.",
     .columns = course_columns},
    {.name = "curves",
     .meaning = "What each channel would bring at other spends.",
     .columns = curve_columns},
    {.name = "regions",
     .meaning = "What each channel earns in each region.",
     .columns = region_columns},
    {.name = "checks",
     .meaning = "What the data can and cannot tell, looked at before anything was estimated.",
     .columns = finding_columns},
    {.name = "health",
     .meaning = "Whether the estimates can be relied on.",
     .columns = finding_columns},
    {.name = "fit", .meaning = "How well the model follows the outcome.", .columns = fit_columns},
    {.name = "experiments",
     .meaning = "What tests measured beside what the model says.",
     .columns = experiment_columns},
    {.name = "parameters", .meaning = "All that was estimated.", .columns = parameter_columns},
    {.name = "response",
     .meaning = "Draws of each channel's response, for plans: money a period = coefficient times"
                " the saturation of the adstock of spend / price / scale.",
     .columns = ku_returns_response_columns},
    {.name = NULL},
};
