/* descriptor.c - returns.experiment-design: which regions to treat, for how long, to learn what. */
#include "analyses/returns/experiment_design/design.h"
#include "analyses/returns/regions.h"

static const ku_table_spec inputs[] = {
    KU_RETURNS_REGIONS,
    {.name = NULL},
};

static const ku_extract_spec extracts[] = {
    {"panel", false, "The outcome of each region in each period."},
    {.name = NULL},
};

static const ku_choice directions[] = {
    {"more", "More is spent: sales rise"}, {"less", "Less is spent: sales fall"}, {.value = NULL}};

static const ku_choice tests[] = {{"average", "Average effect, neighbouring dates alike"},
                                  {"days", "Effect on any date, dates independent (GeoLift)"},
                                  {.value = NULL}};

static const ku_param_spec params[] = {
    {.name = "lift",
     .type = KU_PARAM_REAL,
     .unit = "change",
     .min = 0.001,
     .max = 2,
     .default_value = "0.05",
     .label = "Lift hoped for",
     .help = "Relative effect that the campaign may well have; 0.05 is 5 %."},
    {.name = "durations",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Lengths",
     .help = "Lengths of the test in dates of the data, parted by commas; otherwise two and four "
             "weeks, or the like."},
    {.name = "least",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 1,
     .max = 100,
     .default_value = "1",
     .label = "Regions, at least",
     .help = "How many regions get the campaign at least."},
    {.name = "most",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 1,
     .max = 100,
     .default_value = "5",
     .label = "Regions, at most",
     .help = "How many regions get the campaign at most."},
    {.name = "with",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Must get it",
     .help = "Regions that must have the campaign, parted by commas (or semicolons)."},
    {.name = "without",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Must not get it",
     .help = "Regions that must not have it, but may be compared with."},
    {.name = "apart",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Leave out",
     .help = "Regions that are neither treated nor compared with.",
     .advanced = true},
    {.name = "reach",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0.001,
     .max = 1,
     .default_value = "0.5",
     .label = "Largest part treated",
     .help =
         "Of the whole outcome, how much may lie in regions with the campaign; the rest is held "
         "out."},
    {.name = "cost",
     .type = KU_PARAM_REAL,
     .unit = "money/unit",
     .min = 0,
     .max = 1e12,
     .label = "Cost of one more",
     .help =
         "Money it takes to win one more unit of the outcome; where the outcome is money, 1 over "
         "the return expected."},
    {.name = "budget",
     .type = KU_PARAM_REAL,
     .unit = "money",
     .min = 0,
     .max = 1e15,
     .label = "Budget",
     .help = "What the test may cost at most."},
    {.name = "direction",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "more",
     .choices = directions,
     .label = "Direction",
     .help = "Whether the campaign is added or taken away."},
    {.name = "power",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0.5,
     .max = 0.99,
     .default_value = "0.8",
     .label = "Power",
     .help = "How sure an effect that is there is to be found."},
    {.name = "level",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 50,
     .max = 99,
     .default_value = "90",
     .label = "Interval, per cent",
     .help = "How sure the result is not to be mere chance."},
    {.name = "windows",
     .type = KU_PARAM_INT,
     .unit = "count",
     .min = 1,
     .max = 500,
     .default_value = "12",
     .label = "Past windows",
     .help =
         "Past stretches in which each design is tried; 1 is the last only, as GeoLift has it."},
    {.name = "largest",
     .type = KU_PARAM_REAL,
     .unit = "change",
     .min = 0.01,
     .max = 5,
     .default_value = "0.25",
     .label = "Largest lift tried",
     .help = "Lifts up to this one are tried.",
     .advanced = true},
    {.name = "step",
     .type = KU_PARAM_REAL,
     .unit = "change",
     .min = 0.001,
     .max = 1,
     .default_value = "0.01",
     .label = "Step of lifts",
     .help = "How far lifts that are tried lie apart.",
     .advanced = true},
    {.name = "test",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "average",
     .choices = tests,
     .label = "Test",
     .help = "How the effect will be looked for.",
     .advanced = true},
    {.name = "drawn",
     .type = KU_PARAM_INT,
     .unit = "count",
     .min = 0,
     .max = 10000,
     .default_value = "10",
     .label = "Sets drawn",
     .help = "Sets of each size drawn across small and large regions, beside those of regions that "
             "move alike.",
     .advanced = true},
    {.name = "named",
     .type = KU_PARAM_INT,
     .unit = "count",
     .min = 1,
     .max = 100,
     .default_value = "10",
     .label = "Designs in detail",
     .help = "For how many of the best designs power and regions are shown.",
     .advanced = true},
    {.name = "until",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "Until",
     .help = "Last date to look at; otherwise the last of the data.",
     .advanced = true},
    KU_RETURNS_REGION_PARAMS,
    {.name = NULL},
};

static const ku_column_spec design_columns[] = {
    {"rank", KU_INT64, "", true, "Rank", "Best first."},
    {"regions", KU_TEXT, "", true, "Regions", "Which get the campaign."},
    {"count", KU_INT64, "count", true, "How many", "Regions that get it."},
    {"duration", KU_INT64, "periods", true, "Length", "Dates of the test."},
    {"detectable", KU_DOUBLE, "change", false, "Smallest lift found",
     "The smallest lift found with the power asked for; empty: none of those tried."},
    {"power", KU_DOUBLE, "share", false, "Power there", "Share of windows in which it was found."},
    {"power_hoped", KU_DOUBLE, "share", true, "Power at the lift hoped for",
     "Share of windows in which that was found."},
    {"power_again", KU_DOUBLE, "share", false, "The same in other windows",
     "As the best of many looks too good, the best designs are tried once more in windows that did "
     "not help to choose them."},
    {"false_found", KU_DOUBLE, "share", true, "Found where nothing is",
     "Share of windows in which an effect was found although nothing was done."},
    {"error", KU_DOUBLE, "share", true, "Usual error", "Size of the lifts seen where nothing was."},
    {"imbalance", KU_DOUBLE, "share", true, "Left of an equal mixture's error",
     "Near 0: others follow these regions well; near 1: they do not (scaled L2)."},
    {"reach", KU_DOUBLE, "share", true, "Part treated", "Of the whole outcome."},
    {"alike", KU_DOUBLE, "", false, "Moves with the rest", "Correlation with all other regions."},
    {"needed", KU_DOUBLE, "", false, "To be won",
     "Outcome that the smallest lift found amounts to."},
    {"cost", KU_DOUBLE, "money", false, "Cost", "What that takes at the cost of one more."},
    {"windows", KU_INT64, "count", true, "Windows", "Past windows in which it was tried."},
    {.name = NULL},
};

static const ku_column_spec power_columns[] = {
    {"rank", KU_INT64, "", true, "Rank", "Which design."},
    {"design", KU_TEXT, "", true, "Design", "Regions and length."},
    {"lift", KU_DOUBLE, "change", true, "Lift", "Lift that was added."},
    {"power", KU_DOUBLE, "share", true, "Found", "Share of windows in which it was found."},
    {"power_lo", KU_DOUBLE, "share", true, "Low", "Lower end of the 95 % interval."},
    {"power_hi", KU_DOUBLE, "share", true, "High", "Upper end of the 95 % interval."},
    {"estimate", KU_DOUBLE, "change", true, "Estimated", "Mean lift estimated."},
    {"cost", KU_DOUBLE, "money", false, "Cost", "What such a lift takes."},
    {.name = NULL},
};

static const ku_column_spec region_columns[] = {
    {"rank", KU_INT64, "", true, "Rank", "Which design."},
    {"region", KU_TEXT, "", true, "Region", "Region."},
    {"role", KU_TEXT, "", true, "Role", "campaign or comparison."},
    {"weight", KU_DOUBLE, "share", true, "Weight", "Part in its side of the comparison."},
    {"outcome", KU_DOUBLE, "share", true, "Part of the outcome", "Of all regions."},
    {.name = NULL},
};

static const ku_column_spec best_columns[] = {
    {"measure", KU_TEXT, "", true, "Measure", "What the best design has."},
    {"value", KU_DOUBLE, "", false, "Value", "Its figure."},
    {"unit", KU_TEXT, "", true, "Unit", "Unit of the figure."},
    {"reading", KU_TEXT, "", true, "In words", "What it says."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "best", .meaning = "The best design in short.", .columns = best_columns},
    {.name = "designs", .meaning = "Designs, best first.", .columns = design_columns},
    {.name = "power",
     .meaning = "How surely lifts are found by the best designs.",
     .columns = power_columns},
    {.name = "regions",
     .meaning = "Regions of the best designs: who gets the campaign, who stands for them.",
     .columns = region_columns},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "best",
     .title = "The best design",
     .kind = KU_VIEW_FIGURES,
     .table = "best",
     .x = "measure",
     .y = "value",
     .unit_column = "unit"},
    {.name = "power",
     .title = "How surely a lift is found",
     .kind = KU_VIEW_LINE,
     .table = "power",
     .x = "lift",
     .y = "power",
     .lo = "power_lo",
     .hi = "power_hi",
     .filter = "design"},
    {.name = "designs", .title = "Designs", .kind = KU_VIEW_TABLE, .table = "designs"},
    {.name = "regions",
     .title = "Who gets it, who is compared",
     .kind = KU_VIEW_TABLE,
     .table = "regions",
     .filter = "rank"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "The time of the test is like the past windows the designs were tried in.",
    "The campaign changes sales by the same share on every date and in every region treated.",
    "It does not reach regions without it, and nothing else sets the regions apart meanwhile.",
    "Money buys the lift at the cost given, also where much of it is bought.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Abadie, A. & Zhao, J. (2021). Synthetic controls for experimental design. arXiv 2108.02196.",
     "choosing regions that others can stand for"},
    {"Chernozhukov, V., Wuethrich, K. & Zhu, Y. (2021). An exact and robust conformal inference "
     "method for counterfactual and synthetic controls. Journal of the American Statistical "
     "Association 116(536), 1849-1864.",
     "the test that is tried"},
    {"GeoLift (facebookincubator/GeoLift), R/pre_test_power.R, GeoLiftMarketSelection.",
     "candidates by correlation, lifts added to past windows"},
    {.citation = NULL},
};

static const char *const example_args[] = {
    "--durations", "7",      "--most", "2",       "--drawn", "0",       "--windows",  "4", "--cost",
    "0.5",         "--step", "0.02",   "--named", "1",       "--until", "2026-03-01", NULL};

static const ku_example_spec example = {
    .title = "A week of radio in one or two of six cities",
    .args = example_args,
    .tolerance = 1e-6,
    .reading =
        "Radio in Coimbra for a week would show a lift of 4 % and cost about 27; nine tenths of "
        "the "
        "outcome are held out. Small regions that move by themselves, as Evora, would need 16 %. "
        "Four past windows are few: in one of them Coimbra shows an effect where nothing was done.",
};

const ku_analysis ku_analysis_returns_experiment_design = {
    .id = "returns.experiment-design",
    .version = "1",
    .title = "Design of an experiment",
    .area = "Return",
    .question = "Where should a campaign be tested, for how long, and what would it show?",
    .summary =
        "Which regions should get a campaign and which should be held out, so that its effect "
        "shows: every candidate is tried in past weeks with effects added, which gives the "
        "smallest lift it would find, how surely, and what that would cost. Says so where no "
        "design could find what is hoped for, and what could.",
    .inputs = inputs,
    .extracts = extracts,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = experiment_design_run,
};
