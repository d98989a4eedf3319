/* descriptor.c - customers.churn: who is about to leave, why, and whom it pays to contact. */
#include "analyses/customers/churn/churn.h"
#include "analyses/customers/sales.h"

static const ku_column_spec customer_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Mark, as on the sales lines."},
    {"segment", KU_TEXT, "", false, "Segment", "Segment the company puts the customer in."},
    {"region", KU_TEXT, "", false, "Region", "Region or country the customer lives in."},
    {"since", KU_DATE, "", false, "Customer since", "Day the customer was won."},
    {"contact_allowed", KU_BOOL, "", false, "May be contacted",
     "Whether the customer agreed to be contacted."},
    {.name = NULL},
};

static const ku_column_spec complaint_columns[] = {
    {"time", KU_TIMESTAMP, "", true, "Time", "When it arrived."},
    {"customer", KU_TEXT, "", false, "Customer", "Who complained."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    {.name = "sales",
     .meaning = "Who bought when, for how much: order lines, returns negative.",
     .columns = ku_customers_sales_columns,
     .query = "sales",
     .blank = "customer"},
    {.name = "customer",
     .meaning = "Customers: segment, since when, and whether they may be contacted.",
     .columns = customer_columns,
     .fact = "customer",
     .optional = true},
    {.name = "complaint",
     .meaning = "Complaints, as a reason for leaving.",
     .columns = complaint_columns,
     .fact = "complaint",
     .optional = true},
    {.name = NULL},
};

static const ku_extract_spec extracts[] = {
    {"span", false, "What the sales cover."},
    {"bought", true, "One row for each customer and day."},
    {"rhythm", false, "How long customers pause between purchases."},
    {"plan", false, "The horizon and the past dates to learn from."},
    {"state", false, "Each customer as known at each of these dates, and what came after."},
    {"gone", false, "How many are still with us."},
    {.name = NULL},
};

static const ku_param_spec params[] = {
    {.name = "horizon",
     .type = KU_PARAM_INT,
     .unit = "days",
     .min = 1,
     .max = 3650,
     .label = "Horizon",
     .help = "Days without a purchase after which a customer has left; otherwise the pause that "
             "nine of ten repeat purchases keep within."},
    {.name = "until",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "Up to",
     .help = "Last day looked at; otherwise the last day of the data."},
    {.name = "contact-cost",
     .type = KU_PARAM_REAL,
     .unit = "money",
     .min = 0,
     .max = 1e9,
     .default_value = "1",
     .label = "A contact costs",
     .help = "Cost of contacting one customer, with what is offered."},
    {.name = "save-rate",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0,
     .max = 1,
     .default_value = "0.1",
     .label = "A contact keeps",
     .help =
         "Of those about to leave, the share that stays because of the contact: an assumption."},
    {.name = "save-low",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0,
     .max = 1,
     .default_value = "0.05",
     .label = "at least",
     .help = "Lower end of what a contact is believed to keep (95 %)."},
    {.name = "save-high",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0,
     .max = 1,
     .default_value = "0.15",
     .label = "at most",
     .help = "Upper end of what a contact is believed to keep (95 %)."},
    {.name = "margin",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0,
     .max = 1,
     .label = "Margin",
     .help = "Share of revenue that is margin where a line's cost is not known; otherwise that of "
             "the lines that have one."},
    {.name = "windows",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 1,
     .max = 60,
     .default_value = "12",
     .label = "Past dates",
     .help = "Past dates to learn from, at most; they lie a horizon apart.",
     .advanced = true},
    {.name = "learn",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 1000,
     .max = 100000000,
     .default_value = "200000",
     .label = "Learn from",
     .help = "About how many cases (a customer at a date) to learn from; of more customers a share "
             "is drawn.",
     .advanced = true},
    {.name = NULL},
};

static const ku_column_spec list_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Mark of the customer."},
    {"action", KU_TEXT, "", true, "To do", "Contact, leave alone, or may not contact."},
    {"leave", KU_DOUBLE, "share", false, "Leaves",
     "Chance to let the whole next horizon pass without a purchase."},
    {"leave_lo", KU_DOUBLE, "share", false, "Leaves, low", "Lower end."},
    {"leave_hi", KU_DOUBLE, "share", false, "Leaves, high", "Upper end."},
    {"worth", KU_DOUBLE, "money", false, "Worth",
     "Margin expected of the next horizon if the customer stays."},
    {"worth_lo", KU_DOUBLE, "money", false, "Worth, low", "Lower end of this expectation."},
    {"worth_hi", KU_DOUBLE, "money", false, "Worth, high", "Upper end of this expectation."},
    {"at_stake", KU_DOUBLE, "money", false, "At stake", "Chance to leave times worth."},
    {"gain", KU_DOUBLE, "money", false, "Gain",
     "What contacting the customer is expected to bring, its cost taken off."},
    {"gain_lo", KU_DOUBLE, "money", false, "Gain, low", "Lower end."},
    {"gain_hi", KU_DOUBLE, "money", false, "Gain, high", "Upper end."},
    {"reasons", KU_TEXT, "", false, "Why", "What makes leaving likelier than for others."},
    {"silent", KU_DOUBLE, "days", true, "Silent for", "Days since the last purchase."},
    {"pause", KU_DOUBLE, "days", true, "Usual pause", "Days the customer usually lets pass."},
    {"purchases", KU_INT64, "count", true, "Purchases", "Days with a purchase so far."},
    {"contact", KU_TEXT, "", true, "Contact", "Whether the customer agreed to be contacted."},
    {"segment", KU_TEXT, "", false, "Segment", "Segment of the customer."},
    {"channel", KU_TEXT, "", false, "Channel", "Channel of the last purchase."},
    {"outlet", KU_TEXT, "", false, "Outlet", "Outlet of the last purchase."},
    {"region", KU_TEXT, "", false, "Region", "Region of the last purchase."},
    {.name = NULL},
};

static const ku_column_spec figure_columns[] = {
    {"measure", KU_TEXT, "", true, "Measure", "What is counted."},
    {"value", KU_DOUBLE, "", false, "Figure", "The figure."},
    {"unit", KU_TEXT, "", true, "Unit", "Unit of the figure."},
    {"lo", KU_DOUBLE, "", false, "Low", "Lower end of the interval."},
    {"hi", KU_DOUBLE, "", false, "High", "Upper end of the interval."},
    {.name = NULL},
};

static const ku_column_spec gain_columns[] = {
    {"contacted", KU_DOUBLE, "customers", true, "Contacted",
     "Customers contacted, those with the most at stake first."},
    {"gain", KU_DOUBLE, "money", true, "Gain", "Expected gain of contacting them, cost taken off."},
    {"gain_lo", KU_DOUBLE, "money", true, "Low", "Lower end."},
    {"gain_hi", KU_DOUBLE, "money", true, "High", "Upper end."},
    {"cost", KU_DOUBLE, "money", true, "Cost", "What contacting them costs."},
    {"reached", KU_DOUBLE, "share", false, "Of what is at stake",
     "Share of all margin at stake that these customers hold."},
    {"on_list", KU_BOOL, "", true, "On the list", "Whether the list is still worth it here."},
    {.name = NULL},
};

static const ku_column_spec hazard_columns[] = {
    {"by", KU_TEXT, "", true, "By", "What customers are told apart by."},
    {"group", KU_TEXT, "", true, "Customers", "Which customers."},
    {"customers", KU_INT64, "customers", true, "With us", "Customers with us now."},
    {"left", KU_DOUBLE, "share", false, "Left before",
     "Share that left within a horizon, over all past dates."},
    {"left_lo", KU_DOUBLE, "share", false, "Left, low", "Lower end."},
    {"left_hi", KU_DOUBLE, "share", false, "Left, high", "Upper end."},
    {"leave", KU_DOUBLE, "share", false, "Will leave",
     "Share expected to leave within the next horizon."},
    {"leave_lo", KU_DOUBLE, "share", false, "Will leave, low", "Lower end."},
    {"leave_hi", KU_DOUBLE, "share", false, "Will leave, high", "Upper end."},
    {"leavers", KU_DOUBLE, "customers", false, "Leavers", "Customers expected to leave."},
    {"at_stake", KU_DOUBLE, "money", false, "At stake", "Margin expected to be lost."},
    {"at_stake_lo", KU_DOUBLE, "money", false, "At stake, low", "Lower end."},
    {"at_stake_hi", KU_DOUBLE, "money", false, "At stake, high", "Upper end."},
    {.name = NULL},
};

static const ku_column_spec driver_columns[] = {
    {"driver", KU_TEXT, "", true, "Driver", "What is compared, all else being as it is."},
    {"low", KU_TEXT, "", true, "From", "A low value, or the average."},
    {"high", KU_TEXT, "", true, "To", "A high value."},
    {"leave_low", KU_DOUBLE, "share", true, "Leave at the low value",
     "Share that would leave if all had the low value."},
    {"leave_high", KU_DOUBLE, "share", true, "Leave at the high value",
     "Share that would leave if all had the high value."},
    {"points", KU_DOUBLE, "change", true, "Difference", "Difference of the two shares."},
    {"points_lo", KU_DOUBLE, "change", true, "Low", "Lower end."},
    {"points_hi", KU_DOUBLE, "change", true, "High", "Upper end."},
    {"odds", KU_DOUBLE, "", true, "Odds ratio", "Odds of leaving at the high value over the low."},
    {"odds_lo", KU_DOUBLE, "", true, "Odds ratio, low", "Lower end."},
    {"odds_hi", KU_DOUBLE, "", true, "Odds ratio, high", "Upper end."},
    {"reading", KU_TEXT, "", true, "In words", "What follows."},
    {.name = NULL},
};

static const ku_column_spec holdout_columns[] = {
    {"test", KU_TEXT, "", true, "Test", "Which forecasts are held against what happened."},
    {"measure", KU_TEXT, "", true, "Measure", "What is measured."},
    {"value", KU_DOUBLE, "", false, "Figure", "The figure."},
    {"lo", KU_DOUBLE, "", false, "Low", "Lower end of the interval."},
    {"hi", KU_DOUBLE, "", false, "High", "Upper end of the interval."},
    {"unit", KU_TEXT, "", true, "Unit", "Unit of the figure."},
    {"reading", KU_TEXT, "", true, "How to read it", "What is good."},
    {.name = NULL},
};

static const ku_column_spec calibration_columns[] = {
    {"test", KU_TEXT, "", true, "Test", "Which forecasts are held against what happened."},
    {"tenth", KU_INT64, "", true, "Tenth", "Tenth of the customers, least at risk first."},
    {"customers", KU_INT64, "customers", true, "Customers", "Customers in it."},
    {"expected", KU_DOUBLE, "share", true, "Expected", "Share forecast to leave."},
    {"left", KU_DOUBLE, "share", true, "Left", "Share that left."},
    {"left_lo", KU_DOUBLE, "share", true, "Low", "Lower end."},
    {"left_hi", KU_DOUBLE, "share", true, "High", "Upper end."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "customers",
     .meaning = "Everyone who is with us: whom to contact, most gain first, then the others.",
     .columns = list_columns},
    {.name = "figures", .meaning = "The figures of the whole.", .columns = figure_columns},
    {.name = "gain",
     .meaning = "What contacting brings as the list gets longer.",
     .columns = gain_columns},
    {.name = "hazard", .meaning = "How many leave, by group.", .columns = hazard_columns},
    {.name = "drivers", .meaning = "What drives leaving.", .columns = driver_columns},
    {.name = "holdout",
     .meaning = "Forecasts of past dates against what happened.",
     .columns = holdout_columns},
    {.name = "calibration",
     .meaning = "Expected and actual leavers by tenth of risk, on past dates.",
     .columns = calibration_columns},
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
    {.name = "gain",
     .title = "What contacting brings",
     .kind = KU_VIEW_LINE,
     .table = "gain",
     .x = "contacted",
     .y = "gain",
     .lo = "gain_lo",
     .hi = "gain_hi"},
    {.name = "drivers",
     .title = "What drives leaving",
     .kind = KU_VIEW_BAR,
     .table = "drivers",
     .x = "driver",
     .y = "points",
     .lo = "points_lo",
     .hi = "points_hi"},
    {.name = "hazard",
     .title = "Who will leave",
     .kind = KU_VIEW_BAR,
     .table = "hazard",
     .x = "group",
     .y = "leave",
     .lo = "leave_lo",
     .hi = "leave_hi",
     .filter = "by"},
    {.name = "customers", .title = "Whom to contact", .kind = KU_VIEW_TABLE, .table = "customers"},
    {.name = "calibration",
     .title = "Forecast against what happened",
     .kind = KU_VIEW_LINE,
     .table = "calibration",
     .x = "expected",
     .y = "left",
     .lo = "left_lo",
     .hi = "left_hi",
     .filter = "test"},
    {.name = "holdout",
     .title = "How good the forecast is",
     .kind = KU_VIEW_TABLE,
     .table = "holdout"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "A customer who buys nothing for a whole horizon has left, even if some come back later.",
    "What made customers leave in the past will do so in the next horizon; drift between past "
    "dates is in the intervals, a break that never was before is not.",
    "Drivers go with leaving; that changing them would change it is not shown.",
    "A contact keeps the same share of leavers whoever they are, and nobody leaves because of it.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Allison, P. D. (1982). Discrete-time methods for the analysis of event histories. "
     "Sociological Methodology 13, 61-98.",
     "the likelihood of a hazard as a regression of customer-periods, eq. (8)"},
    {"Liang, K.-Y. & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear "
     "models. Biometrika 73(1), 13-22.",
     "eq. (6), errors of rows that belong together"},
    {"DeLong, E. R., DeLong, D. M. & Clarke-Pearson, D. L. (1988). Comparing the areas under two "
     "or "
     "more correlated receiver operating characteristic curves. Biometrics 44(3), 837-845.",
     "eqs. (4)-(7)"},
    {"Cox, D. R. (1958). Two further applications of a model for binary regression. Biometrika "
     "45(3/4), 562-565.",
     "calibration level and slope"},
    {"Gourieroux, C., Monfort, A. & Trognon, A. (1984). Pseudo maximum likelihood methods: "
     "applications to Poisson models. Econometrica 52(3), 701-720.",
     "the margin of those who stay"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--horizon", "56", "--contact-cost", "0.5", NULL};

static const ku_example_spec example = {
    .title = "A shop with a hundred and ten customers",
    .args = example_args,
    .tolerance = 1e-6,
    .reading =
        "Who buys nothing for eight weeks has left: 31 of 110 customers are still with us. The "
        "forecasts of the latest eight weeks, made from the weeks before, are held against "
        "what happened: with so few customers each tenth is four or five of them, and the "
        "intervals of what was seen are as wide as that.",
};

const ku_analysis ku_analysis_customers_churn = {
    .id = "customers.churn",
    .version = "1",
    .title = "Leaving customers",
    .area = "Customers",
    .question = "Who is about to leave, why, whom should we contact, and what will it bring?",
    .summary =
        "The chance of each customer to leave within a horizon, learned from what customers "
        "did after past dates and tested on later ones; what drives it; the margin at stake; "
        "and the list of those whom it pays to contact.",
    .inputs = inputs,
    .extracts = extracts,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = churn_run,
};
