/* descriptor.c - returns.impact: what changed when something was done. */
#include "analyses/returns/impact/impact.h"

static const ku_column_spec series_columns[] = {
    {"series", KU_TEXT, "", false, "Series",
     "Name of the series, where the table has several: regions, products, channels."},
    {"date", KU_DATE_OR_INT64, "", true, "Date",
     "A date in the period, or its number (1, 2, 3 ...); gaps are allowed."},
    {"value", KU_DOUBLE, "", true, "Value", "The outcome in the period. Empty: not known."},
    {"complete", KU_BOOL, "", false, "Complete",
     "False for a period that is not over; such a period is left out."},
    {.name = NULL},
};

static const ku_alias_spec series_aliases[] = {
    {"date", "day"},    {"date", "week"},     {"date", "time"}, {"date", "period"},
    {"date", "t"},      {"value", "y"},       {"value", "Y"},   {"value", "outcome"},
    {"value", "sales"}, {"value", "revenue"}, {.column = NULL},
};

static const ku_table_spec inputs[] = {
    {.name = "series",
     .meaning = "One row a period, or a series and period; one series is the one in which "
                "something was done, the others are what it is compared with. From the bank: "
                "sales by region, product, group, channel or outlet.",
     .columns = series_columns,
     .query = "series",
     .further = "Any further column of numbers is something to compare with, which what was done "
                "did not change: other regions, other products, the market, the weather.",
     .aliases = series_aliases,
     .blank = "value"},
    {.name = NULL},
};

static const ku_extract_spec extracts[] = {
    {"named", false, "The series, each with a name."},
    {.name = NULL},
};

static const ku_choice by_choices[] = {
    {"region", "Region"},   {"product", "Product"}, {"product-group", "Product group"},
    {"channel", "Channel"}, {"outlet", "Outlet"},   {"total", "All sales, nothing to compare with"},
    {.value = NULL},
};

static const ku_choice measures[] = {
    {"amount", "Revenue"}, {"quantity", "Units"}, {"orders", "Orders"}, {.value = NULL}};

static const ku_choice periods[] = {
    {"auto", "As the dates suggest"}, {"day", "Day"},   {"week", "Week"}, {"month", "Month"},
    {"quarter", "Quarter"},           {"year", "Year"}, {.value = NULL},
};

static const ku_param_spec params[] = {
    {.name = "start",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "Began on",
     .help = "First day on which what was done could have an effect."},
    {.name = "end",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "Count until",
     .help = "Last day whose effect is counted; otherwise the last of the data."},
    {.name = "series",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Where",
     .help = "The series in which it was done (a region, a product), where there are several."},
    {.name = "by",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "region",
     .choices = by_choices,
     .label = "Compare by",
     .help = "What the bank's sales are divided by; the others are compared with."},
    {.name = "measure",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "amount",
     .choices = measures,
     .label = "Measure",
     .help = "What is counted in the bank's sales."},
    {.name = "period",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "auto",
     .choices = periods,
     .label = "Period",
     .help = "Length of a period."},
    {.name = "season",
     .type = KU_PARAM_INT,
     .unit = "periods",
     .min = 0,
     .max = 366,
     .default_value = "0",
     .label = "Season",
     .help = "Periods in a cycle that repeats (7 for the days of a week); 1: none; 0: days have "
             "their week, and a series with nothing to compare with has its year."},
    {.name = "cost",
     .type = KU_PARAM_REAL,
     .unit = "money",
     .min = 0,
     .max = 1e15,
     .label = "Cost",
     .help = "What it cost; gives the return per unit spent."},
    {.name = "worth",
     .type = KU_PARAM_REAL,
     .unit = "money/unit",
     .min = 0,
     .max = 1e9,
     .default_value = "1",
     .label = "Worth",
     .help = "What one of what is counted is worth: the margin on revenue (0.4), or on a unit."},
    {.name = "channel",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Channel",
     .help = "Where it was a change of media: the channel, so that the result can be kept among "
             "the experiments; the cost is then what more was spent."},
    {.name = "from",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "Learn from",
     .help = "First day to learn from; otherwise the first of the data.",
     .advanced = true},
    {.name = "start-number",
     .type = KU_PARAM_INT,
     .unit = "",
     .label = "Began in period number",
     .help = "Where periods have numbers in place of dates: the first with an effect.",
     .advanced = true},
    {.name = "end-number",
     .type = KU_PARAM_INT,
     .unit = "",
     .label = "Count until period number",
     .help = "Where periods have numbers: the last that is counted.",
     .advanced = true},
    {.name = "level-step",
     .type = KU_PARAM_REAL,
     .unit = "",
     .min = 0.0001,
     .max = 1,
     .default_value = "0.01",
     .label = "Drift",
     .help = "How far the level is thought to move in a period beyond what is compared with, in "
             "standard deviations of the series; more makes wider intervals.",
     .advanced = true},
    {.name = "columns",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 1,
     .max = 1000,
     .default_value = "3",
     .label = "Comparisons that count",
     .help = "How many of the series compared with are thought to count.",
     .advanced = true},
    {.name = "draws",
     .type = KU_PARAM_INT,
     .unit = "count",
     .min = 400,
     .max = 100000,
     .label = "Draws",
     .help = "Random courses of the series that the intervals are made from; otherwise 8,000, or "
             "2,000 where a cycle is long.",
     .advanced = true},
    {.name = "placebos",
     .type = KU_PARAM_INT,
     .unit = "count",
     .min = 0,
     .max = 20,
     .default_value = "6",
     .label = "Pretended starts",
     .help = "How often the same is done for a day before, when there was nothing to find.",
     .advanced = true},
    {.name = NULL},
};

#define LIMITS(name, unit)                                                                         \
    {name "_lo", KU_DOUBLE, unit, false, "Low", "Lower end of the 95 % interval."},                \
    {                                                                                              \
        name "_hi", KU_DOUBLE, unit, false, "High", "Upper end of the 95 % interval."              \
    }

static const ku_column_spec figure_columns[] = {
    {"measure", KU_TEXT, "", true, "Measure", "What is said."},
    {"value", KU_DOUBLE, "", true, "Value", "The estimate."},
    {"unit", KU_TEXT, "", true, "Unit", "Unit of the figure."},
    {"lo95", KU_DOUBLE, "", false, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", false, "High 95 %", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_column_spec summary_columns[] = {
    {"of", KU_TEXT, "", true, "Of", "A period on average, or all periods together."},
    {"periods", KU_INT64, "periods", true, "Periods", "Periods counted."},
    {"actual", KU_DOUBLE, "", true, "Actual", "What was."},
    {"predicted", KU_DOUBLE, "", true, "Expected without", "What would have been without it."},
    {"predicted_sd", KU_DOUBLE, "", true, "Its doubt", "Standard deviation of that."},
    LIMITS("predicted", ""),
    {"effect", KU_DOUBLE, "", true, "Effect", "What it changed."},
    {"effect_sd", KU_DOUBLE, "", true, "Its doubt", "Standard deviation of the effect."},
    LIMITS("effect", ""),
    {"relative", KU_DOUBLE, "change", false, "Relative effect",
     "The effect against what would have been."},
    {"relative_sd", KU_DOUBLE, "share", false, "Its doubt", "Standard deviation of that."},
    LIMITS("relative", "change"),
    {"tail", KU_DOUBLE, "share", true, "By chance",
     "How likely it is to see so much, on this side, without an effect."},
    {.name = NULL},
};

static const ku_column_spec course_columns[] = {
    {"date", KU_DATE_OR_INT64, "", true, "Date", "First day of the period, or its number."},
    {"after", KU_BOOL, "", true, "With it", "Whether the period counts as one with it."},
    {"actual", KU_DOUBLE, "", false, "Actual", "What was."},
    {"predicted", KU_DOUBLE, "", true, "Expected without", "What would have been without it."},
    LIMITS("predicted", ""),
    {"effect", KU_DOUBLE, "", false, "Effect", "Actual less expected."},
    LIMITS("effect", ""),
    {"cumulative", KU_DOUBLE, "", true, "Effect so far", "Effects added up."},
    LIMITS("cumulative", ""),
    {.name = NULL},
};

static const ku_column_spec line_columns[] = {
    {"date", KU_DATE_OR_INT64, "", true, "Date", "First day of the period, or its number."},
    {"line", KU_TEXT, "", true, "Line", "What was, or what is expected without it."},
    {"value", KU_DOUBLE, "", true, "Value", "Of the period."},
    {"lo95", KU_DOUBLE, "", false, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", false, "High 95 %", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_column_spec coefficient_columns[] = {
    {"compared", KU_TEXT, "", true, "Compared with", "The series or column."},
    {"counts", KU_DOUBLE, "share", true, "Counts", "How likely it is to tell of the outcome."},
    {"coefficient", KU_DOUBLE, "", false, "Coefficient",
     "What the outcome changes with one unit of it, where it counts."},
    LIMITS("coefficient", ""),
    {"weight", KU_DOUBLE, "", true, "Weight",
     "What the outcome changes with a usual change of it, in usual changes of the outcome."},
    {"jump", KU_DOUBLE, "change", false, "Moved",
     "How much it changed itself when it began: a comparison must not be moved by what was done."},
    {"jump_share", KU_DOUBLE, "", false, "Against before",
     "Size of that over the largest such change before."},
    {.name = NULL},
};

static const ku_column_spec placebo_columns[] = {
    {"date", KU_DATE_OR_INT64, "", true, "Pretended start", "When nothing was done."},
    {"periods", KU_INT64, "periods", true, "Periods", "Periods counted from there."},
    {"effect", KU_DOUBLE, "", true, "Effect", "What was found a period; should be about 0."},
    LIMITS("effect", ""),
    {"relative", KU_DOUBLE, "change", false, "Relative effect", "Against what was expected."},
    {"covers", KU_BOOL, "", true, "Rightly nothing", "Whether 0 lies in the interval."},
    {"inside", KU_DOUBLE, "share", false, "Inside", "Periods inside their 95 % intervals."},
    {.name = NULL},
};

static const ku_column_spec check_columns[] = {
    {"check", KU_TEXT, "", true, "Check", "What was looked at."},
    {"verdict", KU_TEXT, "", true, "Verdict", "good, doubtful or bad."},
    {"value", KU_DOUBLE, "", false, "Figure", "What was found."},
    {"unit", KU_TEXT, "", true, "Unit", "Unit of the figure."},
    {"meaning", KU_TEXT, "", true, "What it means", "In words, and what to do."},
    {.name = NULL},
};

static const ku_column_spec report_columns[] = {
    {"report", KU_TEXT, "", true, "In words", "What was found, in one paragraph."},
    {.name = NULL},
};

static const ku_column_spec experiment_columns[] = {
    {"experiment", KU_TEXT, "", true, "Experiment", "Name of the experiment."},
    {"channel", KU_TEXT, "", true, "Channel", "Channel whose spend was changed."},
    {"region", KU_TEXT, "", false, "Regions", "Where; empty means everywhere."},
    {"starts", KU_DATE, "", true, "Starts", "First day."},
    {"ends", KU_DATE, "", true, "Ends", "Last day."},
    {"spend", KU_DOUBLE, "money", true, "Spend tested", "How much more was spent."},
    {"effect", KU_DOUBLE, "", true, "Effect", "Outcome won by it, times its worth."},
    LIMITS("effect", ""),
    {"effect_error", KU_DOUBLE, "", true, "Error", "Standard error of the effect."},
    {"method", KU_TEXT, "", true, "Method", "How it was measured."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "figures", .meaning = "The result at a glance.", .columns = figure_columns},
    {.name = "report", .meaning = "The result in words.", .columns = report_columns},
    {.name = "summary", .meaning = "The effect a period and in all.", .columns = summary_columns},
    {.name = "course", .meaning = "Period by period.", .columns = course_columns},
    {.name = "lines", .meaning = "Actual and expected as lines.", .columns = line_columns},
    {.name = "coefficients",
     .meaning = "What the series was compared with.",
     .columns = coefficient_columns},
    {.name = "placebo",
     .meaning = "Pretended starts, where there is nothing to find.",
     .columns = placebo_columns},
    {.name = "checks", .meaning = "Whether to believe it.", .columns = check_columns},
    {.name = "experiment",
     .meaning = "The result as a row of the experiments.",
     .columns = experiment_columns,
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
     .lo = "lo95",
     .hi = "hi95",
     .unit_column = "unit"},
    {.name = "lines",
     .title = "What was, and what would have been",
     .kind = KU_VIEW_LINE,
     .table = "lines",
     .x = "date",
     .y = "value",
     .series = "line",
     .lo = "lo95",
     .hi = "hi95"},
    {.name = "effect",
     .title = "Effect period by period",
     .kind = KU_VIEW_LINE,
     .table = "course",
     .x = "date",
     .y = "effect",
     .lo = "effect_lo",
     .hi = "effect_hi"},
    {.name = "cumulative",
     .title = "Effect so far",
     .kind = KU_VIEW_LINE,
     .table = "course",
     .x = "date",
     .y = "cumulative",
     .lo = "cumulative_lo",
     .hi = "cumulative_hi"},
    {.name = "coefficients",
     .title = "What it was compared with",
     .kind = KU_VIEW_BAR,
     .table = "coefficients",
     .x = "compared",
     .y = "counts"},
    {.name = "placebo", .title = "Pretended starts", .kind = KU_VIEW_TABLE, .table = "placebo"},
    {.name = "checks", .title = "Whether to believe it", .kind = KU_VIEW_TABLE, .table = "checks"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "What was done did not change what the series is compared with.",
    "The series goes with what it is compared with after the start as it did before.",
    "Nothing else that moves the series alone began at the same time.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Brodersen, K. H., Gallusser, F., Koehler, J., Remy, N. & Scott, S. L. (2015). Inferring "
     "causal impact using Bayesian structural time-series models. Annals of Applied Statistics "
     "9(1), 247-274.",
     "section 2; priors as in the R package CausalImpact 1.3"},
    {"Scott, S. L. & Varian, H. R. (2014). Predicting the present with Bayesian structural time "
     "series. International Journal of Mathematical Modelling and Numerical Optimisation 5, 4-23.",
     "section 3, the choice of columns"},
    {"Durbin, J. & Koopman, S. J. (2002). A simple and efficient simulation smoother for state "
     "space time series analysis. Biometrika 89(3), 603-616.",
     "algorithm 2"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--start", "2026-03-02", "--cost", "2000", "--worth",
                                           "12",      "--draws",    "2000",   NULL};

static const ku_example_spec example = {
    .title = "Fourteen weeks of a campaign in one town, and two towns without it",
    .args = example_args,
    .tolerance = 1e-6,
    .reading =
        "In the fourteen weeks of the campaign the town sold 156 a week; from the two other towns "
        "140 would have been expected. The campaign won 233 in all, surely between 172 and "
        "293, and brought in 1.40 for each 1 it cost. Two comparisons are enough here: on "
        "six earlier days the same reckoning rightly found nothing.",
};

const ku_analysis ku_analysis_returns_impact = {
    .id = "returns.impact",
    .version = "1",
    .title = "Impact",
    .area = "Return",
    .question = "What did it change?",
    .summary =
        "What a campaign, a price or anything else that began on a day changed in a series: what "
        "was, against what would have been, worked out from series that it did not touch. With "
        "intervals, a check on days when there was nothing to find, and the result in words.",
    .inputs = inputs,
    .extracts = extracts,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = impact_run,
};
