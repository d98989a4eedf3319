/* descriptor.c - returns.ab: which of several variants does better, and is it worth it. */
#include "analyses/returns/ab/ab.h"

static const ku_column_spec unit_columns[] = {
    {"unit", KU_TEXT, "", false, "Unit",
     "What was assigned by chance: visitor, customer, shop. Rows of one unit are added up."},
    {"variant", KU_TEXT, "", true, "Variant", "Which variant the unit was given."},
    {"date", KU_DATE, "", false, "Date", "When the unit came in, or the day of the row."},
    {.name = NULL},
};

static const ku_column_spec count_columns[] = {
    {"variant", KU_TEXT, "", true, "Variant", "Which variant."},
    {"units", KU_DOUBLE, "count", true, "Units", "How many were given it."},
    {"date", KU_DATE, "", false, "Date", "Of which day the row is."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    {.name = "units",
     .meaning = "One row a unit, or a unit and day. From the bank: customers and visitors with a "
                "contact of the campaign --test whose event is \"variant: NAME\".",
     .columns = unit_columns,
     .query = "units",
     .optional = true,
     .further = "Columns of numbers or true and false are metrics; pre_NAME is the metric NAME "
                "before the test; columns of text divide the units into segments. Empty counts "
                "as 0."},
    {.name = "counts",
     .meaning = "In place of units: one row a variant, or a variant and day.",
     .columns = count_columns,
     .optional = true,
     .further = "Each further column counts the units that did something (bought, signed up); a "
                "pair NAME_mean and NAME_sd is the mean and standard deviation of a metric."},
    {.name = NULL},
};

static const ku_extract_spec extracts[] = {
    {"records", false, "Rows of units in the order of their dates."},
    {"tallies", false, "Counts in the order of their dates."},
    {.name = NULL},
};

static const ku_param_spec params[] = {
    {.name = "control",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Control",
     .help = "The variant that the others are compared with; otherwise the one called so."},
    {.name = "metrics",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Metrics",
     .help = "Which metrics, the one that decides first: \"spend, visit, spend/visit\" (a ratio of "
             "sums); otherwise all."},
    {.name = "before",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Known before",
     .help = "Columns of numbers that were known before the test, apart from pre_NAME: they make "
             "intervals narrower."},
    {.name = "shares",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Shares",
     .help = "How units were to be divided: \"control 50, new 50\"; otherwise equally."},
    {.name = "money",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Money",
     .help = "The metric that is money, or worth --worth each; otherwise the first."},
    {.name = "worth",
     .type = KU_PARAM_REAL,
     .unit = "money/unit",
     .min = 0,
     .max = 1e9,
     .default_value = "1",
     .label = "Worth",
     .help = "What one of that metric is worth: the margin on revenue (0.4), or on an order."},
    {.name = "audience",
     .type = KU_PARAM_REAL,
     .unit = "count",
     .min = 1,
     .max = 1e12,
     .label = "Audience",
     .help = "Units that would be given the winner, in a year or a campaign; otherwise those of "
             "the test."},
    {.name = "aim",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0.0001,
     .max = 10,
     .default_value = "0.05",
     .label = "Worth finding",
     .help = "The relative change that would be worth finding, for the size a test needs."},
    {.name = "planned",
     .type = KU_PARAM_INT,
     .unit = "count",
     .min = 2,
     .max = 1000000000000,
     .label = "Planned units",
     .help = "Units of two arms together that the test was planned for; intervals for every look "
             "are narrowest there. Otherwise those there are.",
     .advanced = true},
    {.name = "test",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Test",
     .help = "Name of the test in the bank: the campaign of the contacts that assigned a variant."},
    {.name = "days",
     .type = KU_PARAM_INT,
     .unit = "days",
     .min = 1,
     .max = 3650,
     .default_value = "28",
     .label = "Days",
     .help = "Days after the assignment whose purchases count, from the bank."},
    {.name = "channel",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Channel",
     .help = "Where the variants differ in media: the channel, so that the result can be kept "
             "among the experiments."},
    {.name = "spend",
     .type = KU_PARAM_REAL,
     .unit = "money",
     .min = -1e15,
     .max = 1e15,
     .label = "Spend",
     .help = "What more was spent on that channel for the variants than for the control."},
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
    LIMITS("value", ""),
    {.name = NULL},
};

static const ku_column_spec report_columns[] = {
    {"report", KU_TEXT, "", true, "In words", "What was found, in one paragraph."},
    {.name = NULL},
};

static const ku_column_spec ratio_columns[] = {
    {"variant", KU_TEXT, "", true, "Variant", "Which variant."},
    {"units", KU_INT64, "count", true, "Units", "How many were given it."},
    {"share", KU_DOUBLE, "share", true, "Share", "Of all units."},
    {"expected", KU_DOUBLE, "share", true, "Planned", "What the share should be."},
    {"p", KU_DOUBLE, "share", false, "By chance",
     "How often the shares would be as far off if assignment were right."},
    {"always_p", KU_DOUBLE, "share", false, "At every look", "The same for looks at any time."},
    {.name = NULL},
};

static const ku_column_spec metric_columns[] = {
    {"metric", KU_TEXT, "", true, "Metric", "What was measured."},
    {"kind", KU_TEXT, "", true, "Kind", "share of units, mean a unit, or ratio of sums."},
    {"variant", KU_TEXT, "", true, "Variant", "Which variant."},
    {"units", KU_INT64, "count", true, "Units", "How many were given it."},
    {"observed", KU_DOUBLE, "", false, "Observed", "The metric as it is."},
    {"value", KU_DOUBLE, "", false, "Value",
     "The metric, corrected for how units differed before the test where that is known."},
    LIMITS("value", ""),
    {.name = NULL},
};

static const ku_column_spec effect_columns[] = {
    {"metric", KU_TEXT, "", true, "Metric", "What was measured."},
    {"variant", KU_TEXT, "", true, "Variant", "Compared with the control."},
    {"effect", KU_DOUBLE, "", false, "Effect", "Value less that of the control."},
    LIMITS("effect", ""),
    {"relative", KU_DOUBLE, "change", false, "Relative effect", "Against the control."},
    LIMITS("relative", "change"),
    {"p", KU_DOUBLE, "share", false, "By chance",
     "How often so much would be seen, in either direction, without a difference."},
    {"holm", KU_DOUBLE, "share", false, "Of all tests",
     "The same, corrected for all metrics and variants (Holm)."},
    {"benjamini", KU_DOUBLE, "share", false, "Share false",
     "Calling this and all clearer ones real, at most this share is false (Benjamini-Hochberg)."},
    {"always_lo", KU_DOUBLE, "", false, "Low, every look",
     "Lower end of the interval that holds however often one looks."},
    {"always_hi", KU_DOUBLE, "", false, "High, every look", "Its upper end."},
    {"always_p", KU_DOUBLE, "share", false, "By chance, every look",
     "By chance, however often one looks."},
    {"saved", KU_DOUBLE, "share", false, "Variance saved",
     "By what was known before: 50 % means that half the units do."},
    {"verdict", KU_TEXT, "", true, "Verdict", "better, worse, or not known."},
    {.name = NULL},
};

static const ku_column_spec course_columns[] = {
    {"date", KU_DATE, "", true, "Date", "All until this day."},
    {"metric", KU_TEXT, "", true, "Metric", "What was measured."},
    {"variant", KU_TEXT, "", true, "Variant", "Compared with the control."},
    {"units", KU_INT64, "count", true, "Units", "Of the two."},
    {"effect", KU_DOUBLE, "", true, "Effect", "Value less that of the control, until then."},
    LIMITS("effect", ""),
    {"always_lo", KU_DOUBLE, "", false, "Low, every look",
     "Lower end of the interval that holds however often one looks."},
    {"always_hi", KU_DOUBLE, "", false, "High, every look", "Its upper end."},
    {.name = NULL},
};

static const ku_column_spec segment_columns[] = {
    {"by", KU_TEXT, "", true, "Divided by", "The column."},
    {"segment", KU_TEXT, "", true, "Segment", "Part of the units."},
    {"variant", KU_TEXT, "", true, "Variant", "Compared with the control."},
    {"units", KU_INT64, "count", true, "Units", "Of the two in the segment."},
    {"effect", KU_DOUBLE, "", false, "Effect", "On the first metric."},
    LIMITS("effect", ""),
    {"pooled", KU_DOUBLE, "", false, "Likely effect",
     "Drawn towards that of all segments as much as chance is in it; use this one."},
    {"differs", KU_DOUBLE, "share", false, "By chance",
     "How often segments would differ as much by chance, corrected for all divisions."},
    {.name = NULL},
};

static const ku_column_spec decision_columns[] = {
    {"variant", KU_TEXT, "", true, "Variant", "Which variant."},
    {"value", KU_DOUBLE, "money", false, "Value a unit", "What a unit is worth with it."},
    LIMITS("value", "money"),
    {"gain", KU_DOUBLE, "money", false, "Gain a unit", "Against the control."},
    LIMITS("gain", "money"),
    {"total", KU_DOUBLE, "money", false, "Gain in all", "Over the audience."},
    LIMITS("total", "money"),
    {"best", KU_DOUBLE, "share", false, "Best", "How likely it is the best of all."},
    {"better", KU_DOUBLE, "share", false, "Better", "How likely it is better than the control."},
    {"loss", KU_DOUBLE, "money", false, "At risk",
     "What is lost on average over the audience by taking it, where another is better."},
    {.name = NULL},
};

static const ku_column_spec power_columns[] = {
    {"metric", KU_TEXT, "", true, "Metric", "What was measured."},
    {"variant", KU_TEXT, "", true, "Variant", "Compared with the control."},
    {"units", KU_INT64, "count", true, "Units", "Of the two."},
    {"seen", KU_DOUBLE, "", false, "Could be seen",
     "The smallest effect that a test of this size finds in four cases of five."},
    {"seen_relative", KU_DOUBLE, "share", false, "Relative", "Against the control."},
    {"needed", KU_DOUBLE, "count", false, "Units needed",
     "Units of two equal arms to find the change worth finding in four cases of five."},
    {.name = NULL},
};

static const ku_column_spec experiment_columns[] = {
    {"experiment", KU_TEXT, "", true, "Experiment", "Name of the experiment."},
    {"channel", KU_TEXT, "", true, "Channel", "Channel whose spend was changed."},
    {"starts", KU_DATE, "", true, "Starts", "First day."},
    {"ends", KU_DATE, "", true, "Ends", "Last day."},
    {"spend", KU_DOUBLE, "money", true, "Spend tested", "How much more was spent."},
    {"effect", KU_DOUBLE, "", true, "Effect", "Outcome won by it."},
    LIMITS("effect", ""),
    {"effect_error", KU_DOUBLE, "", true, "Error", "Standard error of the effect."},
    {"method", KU_TEXT, "", true, "Method", "How it was measured."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "figures", .meaning = "The result at a glance.", .columns = figure_columns},
    {.name = "report", .meaning = "The result in words.", .columns = report_columns},
    {.name = "ratio", .meaning = "Whether assignment was right.", .columns = ratio_columns},
    {.name = "effects",
     .meaning = "Each metric and variant against the control.",
     .columns = effect_columns},
    {.name = "decision", .meaning = "What each variant is worth.", .columns = decision_columns},
    {.name = "metrics", .meaning = "Each metric in each variant.", .columns = metric_columns},
    {.name = "course",
     .meaning = "The effect as the test went on.",
     .columns = course_columns,
     .optional = true},
    {.name = "segments",
     .meaning = "The effect in parts of the units.",
     .columns = segment_columns,
     .optional = true},
    {.name = "power", .meaning = "What the test could see.", .columns = power_columns},
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
     .lo = "value_lo",
     .hi = "value_hi",
     .unit_column = "unit"},
    {.name = "effects",
     .title = "Effects against the control",
     .kind = KU_VIEW_BAR,
     .table = "effects",
     .x = "metric",
     .y = "relative",
     .series = "variant",
     .lo = "relative_lo",
     .hi = "relative_hi"},
    {.name = "course",
     .title = "As the test went on, for every look",
     .kind = KU_VIEW_LINE,
     .table = "course",
     .x = "date",
     .y = "effect",
     .series = "variant",
     .lo = "always_lo",
     .hi = "always_hi",
     .filter = "metric"},
    {.name = "decision", .title = "What it is worth", .kind = KU_VIEW_TABLE, .table = "decision"},
    {.name = "segments",
     .title = "Segments",
     .kind = KU_VIEW_TABLE,
     .table = "segments",
     .filter = "by"},
    {.name = "ratio", .title = "Assignment", .kind = KU_VIEW_TABLE, .table = "ratio"},
    {.name = "metrics", .title = "Metrics", .kind = KU_VIEW_TABLE, .table = "metrics"},
    {.name = "power", .title = "What the test could see", .kind = KU_VIEW_TABLE, .table = "power"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "Units were assigned by chance, and what one unit was given did not touch another.",
    "Columns called pre_NAME, or named as known before, were known before the test.",
    "Intervals for a single look hold if the end of the test was fixed before; those for every "
    "look hold whenever it was stopped.",
    "What a unit is worth in the test it is worth afterwards.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Deng, A., Xu, Y., Kohavi, R. & Walker, T. (2013). Improving the sensitivity of online "
     "controlled experiments by utilizing pre-experiment data. WSDM 13, 123-132.",
     "eq. 4 and 5"},
    {"Deng, A., Knoblich, U. & Lu, J. (2018). Applying the delta method in metric analytics. KDD "
     "18, 233-242.",
     "section 2"},
    {"Waudby-Smith, I., Arbour, D., Sinha, R., Kennedy, E. H. & Ramdas, A. (2021). Time-uniform "
     "central limit theory and asymptotic confidence sequences. arXiv:2103.06476.",
     "theorem 2.2"},
    {"Lindon, M. & Malek, A. (2022). Anytime-valid inference for multinomial count data. NeurIPS "
     "35.",
     "eq. 4, the ratio of samples at every look"},
    {"Newcombe, R. G. (1998). Interval estimation for the difference between independent "
     "proportions. Statistics in Medicine 17, 873-890.",
     "method 10"},
    {"Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal "
     "Statistical Society B 16, 175-185.",
     "relative effects"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--control",  "old",   "--worth", "12",
                                           "--audience", "20000", NULL};

static const ku_example_spec example = {
    .title = "An old and a new page, and what a sale is worth",
    .args = example_args,
    .tolerance = 1e-6,
    .reading =
        "The new page sold to 45 % of 117 visitors, the old one to 33 % of 123. With two metrics "
        "looked at that may still be chance: 8 % for each. What visitors spent before makes "
        "the interval of their spend as narrow as 17 % more visitors would. To be sure of a "
        "change of 5 % it takes some 28,000 visitors.",
};

const ku_analysis ku_analysis_returns_ab = {
    .id = "returns.ab",
    .version = "1",
    .title = "A/B test",
    .area = "Return",
    .question = "Which variant does better, and is it worth it?",
    .summary =
        "Checks first that units were divided as planned. Then each metric of each variant "
        "against the control, made sharper by what was known before, with intervals for one look "
        "and for every look, corrected for several metrics. Then the money: what a unit is worth, "
        "how likely each variant is the best, and what a wrong choice costs.",
    .inputs = inputs,
    .extracts = extracts,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = ab_run,
};
