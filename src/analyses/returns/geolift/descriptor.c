/* descriptor.c - returns.geolift: what a campaign in some regions won. */
#include "analyses/returns/geolift/geolift.h"
#include "analyses/returns/regions.h"

static const ku_column_spec treated_columns[] = {
    {"region", KU_TEXT, "", true, "Region", "Region with the campaign."},
    {"cell", KU_TEXT, "", false, "Cell", "Which of several campaigns tested at once; empty: one."},
    {"starts", KU_DATE, "", false, "Starts", "First day of the campaign."},
    {"ends", KU_DATE, "", false, "Ends", "Last day of the campaign."},
    {"spend", KU_DOUBLE, "money", false, "Spend", "What the campaign cost in this region."},
    {"channel", KU_TEXT, "", false, "Channel", "Channel the money went to."},
    {.name = NULL},
};

static const ku_alias_spec treated_aliases[] = {
    {"region", "location"}, {"region", "geo"},       {"region", "market"},     {"region", "city"},
    {"region", "state"},    {"region", "dma"},       {"cell", "group"},        {"cell", "test"},
    {"cell", "experiment"}, {"starts", "start"},     {"starts", "start_date"}, {"ends", "end"},
    {"ends", "end_date"},   {"spend", "investment"}, {"spend", "cost"},        {.column = NULL},
};

static const ku_table_spec inputs[] = {
    KU_RETURNS_REGIONS,
    {.name = "treated",
     .meaning = "Which regions had the campaign, when and at what cost; in place of the settings "
                "below, and for several campaigns at once.",
     .columns = treated_columns,
     .aliases = treated_aliases,
     .optional = true},
    {.name = NULL},
};

static const ku_extract_spec extracts[] = {
    {"panel", false, "The outcome of each region in each period."},
    {"place", false, "The regions treated."},
    {.name = NULL},
};

static const ku_choice matches[] = {{"mixture", "Mixture of regions"},
                                    {"ridge", "Mixture, then a ridge regression"},
                                    {.value = NULL}};

static const ku_param_spec params[] = {
    {.name = "regions",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Regions",
     .help = "Regions with the campaign, parted by commas (or semicolons)."},
    {.name = "starts",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "Starts",
     .help = "First day of the campaign."},
    {.name = "ends",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "Ends",
     .help = "Last day of the campaign; otherwise the last day of the data."},
    {.name = "after",
     .type = KU_PARAM_INT,
     .unit = "days",
     .min = 0,
     .max = 366,
     .default_value = "0",
     .label = "Days after",
     .help = "Days after the campaign whose outcome still counts as its effect."},
    {.name = "spend",
     .type = KU_PARAM_REAL,
     .unit = "money",
     .min = 0,
     .max = 1e15,
     .label = "Spend",
     .help = "What the campaign cost."},
    {.name = "channel",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Channel",
     .help = "Channel the money went to."},
    {.name = "apart",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Leave out",
     .help = "Regions that cannot be compared with: they had something of their own.",
     .advanced = true},
    {.name = "match",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "mixture",
     .choices = matches,
     .label = "Match",
     .help = "How the regions without campaign are made to stand for those with it."},
    {.name = "level",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 50,
     .max = 99,
     .default_value = "95",
     .label = "Interval, per cent",
     .help = "How sure intervals are to hold the truth."},
    KU_RETURNS_REGION_PARAMS,
    {.name = "draws",
     .type = KU_PARAM_INT,
     .unit = "count",
     .min = 100,
     .max = 1000000,
     .default_value = "10000",
     .label = "Shuffles",
     .help = "Random orders of days in the test of an effect on any day.",
     .advanced = true},
    {.name = NULL},
};

#define LIMITS(name, unit)                                                                         \
    {name "_lo", KU_DOUBLE, unit, false, "Low", "Lower end of the interval."},                     \
    {                                                                                              \
        name "_hi", KU_DOUBLE, unit, false, "High", "Upper end of the interval."                   \
    }

static const ku_column_spec effect_columns[] = {
    {"cell", KU_TEXT, "", true, "Campaign", "Which campaign."},
    {"regions", KU_TEXT, "", true, "Regions", "Where it ran."},
    {"starts", KU_DATE, "", true, "Starts", "First date that counts."},
    {"ends", KU_DATE, "", true, "Ends", "Last date that counts."},
    {"periods", KU_INT64, "periods", true, "Periods", "Dates that count."},
    {"lift", KU_DOUBLE, "change", false, "Lift", "Outcome won, of what there were without it."},
    LIMITS("lift", "change"),
    {"total", KU_DOUBLE, "", true, "Won", "Outcome won in all regions and periods."},
    LIMITS("total", ""),
    {"average", KU_DOUBLE, "", true, "Won a region and period", "Average effect on the treated."},
    LIMITS("average", ""),
    {"chance", KU_DOUBLE, "share", true, "By chance",
     "How often an average effect as far from nothing is seen where nothing was done."},
    {"chance_any", KU_DOUBLE, "share", true, "Nothing on any day, by chance",
     "The same for effects on single days, days taken as independent (GeoLift's p-value)."},
    {"jackknife_lo", KU_DOUBLE, "", false, "Won, low (jackknife+)",
     "Lower end when periods are left out one by one."},
    {"jackknife_hi", KU_DOUBLE, "", false, "Won, high (jackknife+)",
     "Upper end when periods are left out one by one."},
    {"spend", KU_DOUBLE, "money", false, "Spend", "What the campaign cost."},
    {"return", KU_DOUBLE, "", false, "Return per unit spent", "Outcome won for each unit spent."},
    LIMITS("return", ""),
    {"cost_each", KU_DOUBLE, "money/unit", false, "Cost of one more", "Spend for each unit won."},
    {"verdict", KU_TEXT, "", true, "In words", "What follows."},
    {.name = NULL},
};

static const ku_column_spec course_columns[] = {
    {"cell", KU_TEXT, "", true, "Campaign", "Which campaign."},
    {"date", KU_DATE, "", true, "Date", "Day, or first day of the period."},
    {"kind", KU_TEXT, "", true, "When", "before, campaign or after."},
    {"actual", KU_DOUBLE, "", true, "Actual", "Outcome of the regions with the campaign."},
    {"expected", KU_DOUBLE, "", true, "Without it", "What there would have been without it."},
    LIMITS("expected", ""),
    {"difference", KU_DOUBLE, "", true, "Difference", "Actual less expected."},
    LIMITS("difference", ""),
    {.name = NULL},
};

static const ku_column_spec line_columns[] = {
    {"cell", KU_TEXT, "", true, "Campaign", "Which campaign."},
    {"date", KU_DATE, "", true, "Date", "Day, or first day of the period."},
    {"line", KU_TEXT, "", true, "Line", "Actual, or what there would have been without it."},
    {"value", KU_DOUBLE, "", true, "Outcome", "Of the regions with the campaign."},
    LIMITS("value", ""),
    {.name = NULL},
};

static const ku_column_spec weight_columns[] = {
    {"cell", KU_TEXT, "", true, "Campaign", "Which campaign."},
    {"region", KU_TEXT, "", true, "Region", "Region without campaign."},
    {"weight", KU_DOUBLE, "share", true, "Weight", "Its part in what stands for the campaign's."},
    {"mixture", KU_DOUBLE, "share", true, "Before the ridge", "Its part in the mixture alone."},
    {.name = NULL},
};

static const ku_column_spec quality_columns[] = {
    {"cell", KU_TEXT, "", true, "Campaign", "Which campaign."},
    {"measure", KU_TEXT, "", true, "Measure", "What is looked at."},
    {"value", KU_DOUBLE, "", false, "Value", "Its figure."},
    {"unit", KU_TEXT, "", true, "Unit", "Unit of the figure."},
    {"reading", KU_TEXT, "", true, "In words", "What it says."},
    {.name = NULL},
};

/* As the fact `experiment` has them. */
static const ku_column_spec experiment_columns[] = {
    {"experiment", KU_TEXT, "", true, "Experiment", "Name of the experiment."},
    {"channel", KU_TEXT, "", true, "Channel", "Channel whose spend was changed."},
    {"region", KU_TEXT, "", true, "Regions", "Where it was changed."},
    {"starts", KU_DATE, "", true, "Starts", "First day with other spend than usual."},
    {"ends", KU_DATE, "", true, "Ends", "Last day with other spend than usual."},
    {"counted_until", KU_DATE, "", true, "Counted until", "Last day that is in the effect."},
    {"spend", KU_DOUBLE, "money", true, "Spend tested", "How much more was spent."},
    {"effect", KU_DOUBLE, "", true, "Effect", "Outcome won by it."},
    LIMITS("effect", ""),
    {"effect_error", KU_DOUBLE, "", false, "Error", "Standard error of the effect."},
    {"outcome", KU_TEXT, "", false, "Outcome", "What was counted."},
    {"method", KU_TEXT, "", true, "Method", "How it was measured."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "effect", .meaning = "What each campaign won.", .columns = effect_columns},
    {.name = "course",
     .meaning = "Each date: what was, and what would have been without the campaign.",
     .columns = course_columns},
    {.name = "lines", .meaning = "The same as two lines.", .columns = line_columns},
    {.name = "weights",
     .meaning = "Which regions stand for those with the campaign.",
     .columns = weight_columns},
    {.name = "quality",
     .meaning = "How far the answer can be trusted.",
     .columns = quality_columns},
    {.name = "experiment",
     .meaning = "The result as a row of the ledger of experiments, to be imported for the mix "
                "model: kemudi import experiment --run RUN. Only campaigns whose channel and spend "
                "are known.",
     .columns = experiment_columns},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "lift",
     .title = "Lift of each campaign",
     .kind = KU_VIEW_BAR,
     .table = "effect",
     .x = "cell",
     .y = "lift",
     .lo = "lift_lo",
     .hi = "lift_hi"},
    {.name = "lines",
     .title = "With the campaign, and as it would have been",
     .kind = KU_VIEW_LINE,
     .table = "lines",
     .x = "date",
     .y = "value",
     .series = "line",
     .lo = "value_lo",
     .hi = "value_hi",
     .filter = "cell"},
    {.name = "difference",
     .title = "Difference by date",
     .kind = KU_VIEW_LINE,
     .table = "course",
     .x = "date",
     .y = "difference",
     .lo = "difference_lo",
     .hi = "difference_hi",
     .filter = "cell"},
    {.name = "weights",
     .title = "Regions that stand for those with the campaign",
     .kind = KU_VIEW_BAR,
     .table = "weights",
     .x = "region",
     .y = "weight",
     .filter = "cell"},
    {.name = "quality",
     .title = "How far to trust it",
     .kind = KU_VIEW_TABLE,
     .table = "quality",
     .filter = "cell"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "Nothing but the campaign set its regions apart from the others while it ran: no price, "
    "competitor or weather of their own.",
    "The campaign did not reach the other regions, and sales did not move over from them.",
    "The regions went on to move together as they did before.",
    "Other times are like the campaign's: what was missed then is what is missed now.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Abadie, A., Diamond, A. & Hainmueller, J. (2010). Synthetic control methods for comparative "
     "case studies. Journal of the American Statistical Association 105(490), 493-505.",
     "eq. (2), the mixture; section 3.4, placebos"},
    {"Ben-Michael, E., Feller, A. & Rothstein, J. (2021). The augmented synthetic control method. "
     "Journal of the American Statistical Association 116(536), 1789-1803.",
     "eq. (12) and lemma 1, the ridge; section 5, jackknife+"},
    {"Chernozhukov, V., Wuethrich, K. & Zhu, Y. (2021). An exact and robust conformal inference "
     "method for counterfactual and synthetic controls. Journal of the American Statistical "
     "Association 116(536), 1849-1864.",
     "eqs. (2) and (3), tests by permutation"},
    {"Barber, R. F., Candes, E. J., Ramdas, A. & Tibshirani, R. J. (2021). Predictive inference "
     "with the jackknife+. Annals of Statistics 49(1), 486-507.",
     "eq. (1.5)"},
    {"Wolfe, P. (1976). Finding the nearest point in a polytope. Mathematical Programming 11, "
     "128-149.",
     "the exact mixture"},
    {.citation = NULL},
};

static const char *const example_args[] = {
    "--regions", "Porto",   "--starts", "2026-03-02", "--spend", "240", "--channel",
    "Radio",     "--level", "80",       "--draws",    "1000",    NULL};

static const ku_example_spec example = {
    .title = "Two weeks of radio in one of six cities",
    .args = example_args,
    .tolerance = 1e-6,
    .reading =
        "Porto sold about 407 more than a mixture of Braga, Lisbon, Coimbra and Faro says, between "
        "379 and 443: +7.3 %. Each unit of money on the radio brought about 1.70. In truth 8 % "
        "were "
        "added to the figures of those two weeks; an 80 % interval misses one time in five.",
};

const ku_analysis ku_analysis_returns_geolift = {
    .id = "returns.geolift",
    .version = "1",
    .title = "Campaigns by region",
    .area = "Return",
    .question = "What did a campaign in some regions win?",
    .summary =
        "Sales of regions with a campaign against a mixture of regions without it that moved like "
        "them before: the lift and what was won, with intervals that hold what they promise, the "
        "return on the money, and how far the comparison can be trusted. Several campaigns may "
        "be tested at once.",
    .inputs = inputs,
    .extracts = extracts,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = geolift_run,
};
