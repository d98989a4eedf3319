/* descriptor.c - customers.cohorts: whether the customers who were won stay, and what they
 * bring. */
#include "analyses/customers/cohorts/cohorts.h"
#include "analyses/customers/sales.h"

static const ku_column_spec spend_columns[] = {
    {"date", KU_DATE, "", true, "Date", "Day the money worked."},
    {"amount", KU_DOUBLE, "money", true, "Spend", "Money spent on winning customers."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    KU_CUSTOMERS_SALES,
    {.name = "spend",
     .meaning = "Marketing spend, for what a customer cost and when a cohort has paid it back.",
     .columns = spend_columns,
     .fact = "spend",
     .optional = true},
    {.name = NULL},
};

static const ku_extract_spec extracts[] = {
    {"who", true, "Known customers by number."},
    {"day", true, "What each customer paid on each day."},
    {"span", false, "The periods that are looked at."},
    {"person", true, "Each customer's purchases, first to last."},
    {"origin", true, "Where each customer was won."},
    {"member", true, "Customers with their cohort."},
    {"visit", true, "What each customer brought in each period."},
    {"rhythm", false, "The pause after which a customer counts as dormant."},
    {"triangle", false, "Active customers and money by cohort and age."},
    {"size", false, "Customers of each cohort."},
    {"movement", false, "Who came, came back and fell dormant in each period."},
    {"people", false, "Each customer with the state at the end."},
    {"spending", false, "Spend in each period."},
    {.name = NULL},
};

static const ku_choice periods[] = {
    {"month", "Month"}, {"quarter", "Quarter"}, {"year", "Year"}, {.value = NULL}};

static const ku_choice origins[] = {{"none", "Nothing"},
                                    {"channel", "First channel"},
                                    {"region", "First region"},
                                    {"outlet", "First outlet"},
                                    {"product_group", "First product group"},
                                    {.value = NULL}};

static const ku_choice share_methods[] = {{"auto", "The best on periods held back"},
                                          {"smooth", "Smooth course over age"},
                                          {"beta-geometric", "Beta-geometric course"},
                                          {"average", "Mean share at each age"},
                                          {.value = NULL}};

static const ku_choice money_methods[] = {{"auto", "The best on periods held back"},
                                          {"smooth", "Smooth course over age"},
                                          {"chain-ladder", "Chain ladder"},
                                          {"poisson", "Chain ladder, overdispersed Poisson"},
                                          {.value = NULL}};

static const ku_param_spec params[] = {
    {.name = "period",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "month",
     .choices = periods,
     .label = "Cohorts by",
     .help = "Length of a period: customers won in the same one are a cohort."},
    {.name = "by",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "none",
     .choices = origins,
     .label = "Divided by",
     .help = "Divide cohorts further by where the customer was won."},
    {.name = "until",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "Until",
     .help = "Last day to look at; otherwise the last day of the data."},
    {.name = "within",
     .type = KU_PARAM_INT,
     .unit = "periods",
     .min = 1,
     .max = 60,
     .label = "Value within",
     .help = "Periods that count into a customer's value; otherwise 12 months, 4 quarters or 3 "
             "years."},
    {.name = "dormant",
     .type = KU_PARAM_INT,
     .unit = "periods",
     .min = 1,
     .max = 60,
     .label = "Dormant after",
     .help = "Periods without a purchase after which a customer counts as dormant; otherwise the "
             "pause that nine of ten pauses do not exceed."},
    {.name = "ages",
     .type = KU_PARAM_INT,
     .unit = "periods",
     .min = 1,
     .max = 120,
     .label = "Project up to age",
     .help = "The age up to which cohorts are completed; otherwise that of the oldest.",
     .advanced = true},
    {.name = "retention",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "auto",
     .choices = share_methods,
     .label = "Retention by",
     .help = "How the share of active customers is projected.",
     .advanced = true},
    {.name = "money",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "auto",
     .choices = money_methods,
     .label = "Money by",
     .help = "How revenue and margin are projected.",
     .advanced = true},
    {.name = "most",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 1,
     .max = 50,
     .default_value = "6",
     .label = "Named at most",
     .help = "Origins that are shown by name; the others are one.",
     .advanced = true},
    {.name = NULL},
};

#define CELL                                                                                       \
    {"group", KU_TEXT, "", true, "Won through", "All customers, or where they were won."},         \
        {"cohort", KU_TEXT, "", true, "Cohort", "Period of the first purchase."},                  \
        {"age", KU_INT64, "periods", true, "Age", "Periods since the first purchase."},            \
        {"period", KU_DATE, "", true, "Period", "First day of the period the cell lies in."},      \
        {"kind", KU_TEXT, "", true, "Kind", "actual: counted; projected: expected."},              \
    {                                                                                              \
        "customers", KU_INT64, "customers", true, "Customers", "Customers of the cohort."          \
    }

#define LIMITS(name, unit)                                                                         \
    {name "_lo", KU_DOUBLE, unit, false, "Low", "Lower end of the 95 % interval."},                \
    {                                                                                              \
        name "_hi", KU_DOUBLE, unit, false, "High", "Upper end of the 95 % interval."              \
    }

#define INNER(name, unit)                                                                          \
    {name "_lo80", KU_DOUBLE, unit, false, "Low 80 %", "Lower end of the 80 % interval."},         \
    {                                                                                              \
        name "_hi80", KU_DOUBLE, unit, false, "High 80 %", "Upper end of the 80 % interval."       \
    }

static const ku_column_spec cohort_columns[] = {
    {"group", KU_TEXT, "", true, "Won through", "All customers, or where they were won."},
    {"cohort", KU_TEXT, "", true, "Cohort", "Period of the first purchase."},
    {"period", KU_DATE, "", true, "Since", "First day of that period."},
    {"customers", KU_INT64, "customers", true, "Customers", "Customers won in it."},
    {"ages", KU_INT64, "periods", true, "Seen for", "Periods of it in the data."},
    {"repeaters", KU_DOUBLE, "share", true, "Came back", "Share with a second purchase so far."},
    {"first_value", KU_DOUBLE, "money", true, "First purchase",
     "What a customer's first day brought, on average."},
    {"revenue", KU_DOUBLE, "money", true, "Revenue so far", "Of all its customers."},
    {"value_so_far", KU_DOUBLE, "money", true, "Value so far",
     "Revenue a customer within the value's periods, as far as seen."},
    {"value", KU_DOUBLE, "money", false, "Value",
     "Revenue a customer within the value's periods: seen, and expected of the rest."},
    LIMITS("value", "money"),
    {"margin", KU_DOUBLE, "money", false, "Margin so far", "Of all its customers."},
    {"margin_value_so_far", KU_DOUBLE, "money", false, "Margin value so far",
     "Margin a customer within the value's periods, as far as seen."},
    {"margin_value", KU_DOUBLE, "money", false, "Margin value",
     "Margin a customer within the value's periods: seen, and expected of the rest."},
    LIMITS("margin_value", "money"),
    {"spend", KU_DOUBLE, "money", false, "Spend", "Marketing spend of the period."},
    {"cost", KU_DOUBLE, "money", false, "Cost a customer", "Spend a customer won."},
    {"payback", KU_INT64, "periods", false, "Paid back at age",
     "First age at which the margin (revenue without costs) is as high as the spend."},
    {"payback_lo", KU_INT64, "periods", false, "At best", "The same with the interval's high end."},
    {"payback_hi", KU_INT64, "periods", false, "At worst", "The same with its low end."},
    {.name = NULL},
};

static const ku_column_spec retention_columns[] = {
    CELL,
    {"active", KU_DOUBLE, "customers", true, "Active", "Customers with a purchase in the period."},
    LIMITS("active", "customers"),
    {"share", KU_DOUBLE, "share", true, "Active share", "Active of the cohort's customers."},
    LIMITS("share", "share"),
    INNER("share", "share"),
    {"stayed", KU_DOUBLE, "share", false, "Active share",
     "The share again, empty at age 0, where it is 100 %."},
    {.name = NULL},
};

static const ku_column_spec course_columns[] = {
    {"group", KU_TEXT, "", true, "Won through", "All customers, or where they were won."},
    {"line", KU_TEXT, "", true, "Line",
     "Seen of all cohorts (but old customers), or expected of a new one."},
    {"age", KU_INT64, "periods", true, "Age", "Periods since the first purchase."},
    {"share", KU_DOUBLE, "share", true, "Active share", "Share of customers with a purchase."},
    LIMITS("share", "share"),
    INNER("share", "share"),
    {.name = NULL},
};

#define MONEY_COLUMNS(word)                                                                        \
    CELL, {"amount", KU_DOUBLE, "money", true, word, word " in the period."},                      \
        LIMITS("amount", "money"),                                                                 \
        {"total", KU_DOUBLE, "money", true, "Total", word " from the first purchase on."},         \
        LIMITS("total", "money"),                                                                  \
        {"per_customer", KU_DOUBLE,    "money",                                                    \
         true,           "A customer", word " from the first purchase on, a customer won."},       \
        LIMITS("per_customer", "money"), INNER("per_customer", "money"),                           \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const ku_column_spec revenue_columns[] = {MONEY_COLUMNS("Revenue")};
static const ku_column_spec margin_columns[] = {MONEY_COLUMNS("Margin")};

static const ku_column_spec outlook_columns[] = {
    {"period", KU_DATE, "", true, "Period", "First day of the period."},
    {"kind", KU_TEXT, "", true, "Kind", "actual: counted; projected: expected."},
    {"active", KU_DOUBLE, "customers", false, "Active",
     "Customers with a purchase; ahead only those already won."},
    LIMITS("active", "customers"),
    {"revenue", KU_DOUBLE, "money", false, "Revenue",
     "Revenue from known customers; ahead only from those already won."},
    LIMITS("revenue", "money"),
    {"margin", KU_DOUBLE, "money", false, "Margin", "The margin in it."},
    LIMITS("margin", "money"),
    {.name = NULL},
};

static const ku_column_spec state_columns[] = {
    {"period", KU_DATE, "", true, "Period", "First day of the period."},
    {"state", KU_TEXT, "", true, "State", "New, returning, resurrected, pausing or dormant."},
    {"customers", KU_INT64, "count", true, "Customers", "Customers in it."},
    {"revenue", KU_DOUBLE, "money", true, "Revenue", "What they brought in the period."},
    {"margin", KU_DOUBLE, "money", false, "Margin", "The margin in it."},
    {.name = NULL},
};

static const ku_column_spec balance_columns[] = {
    {"period", KU_DATE, "", true, "Period", "First day of the period."},
    {"new", KU_INT64, "customers", true, "New", "First purchase in the period."},
    {"returning", KU_INT64, "customers", true, "Returning", "Bought again, not dormant before."},
    {"resurrected", KU_INT64, "customers", true, "Resurrected",
     "Bought again after being dormant."},
    {"lost", KU_INT64, "customers", true, "Fell dormant", "Became dormant in the period."},
    {"pausing", KU_INT64, "customers", true, "Pausing", "Did not buy, not yet dormant."},
    {"dormant", KU_INT64, "customers", true, "Dormant", "Dormant at its end."},
    {"quick_ratio", KU_DOUBLE, "", false, "Quick ratio",
     "New and resurrected customers for each who fell dormant."},
    {"revenue_won", KU_DOUBLE, "money", true, "Revenue won",
     "Revenue from new and resurrected customers."},
    {"revenue_lost", KU_DOUBLE, "money", true, "Revenue lost",
     "What those who fell dormant had brought in the last period in which they bought."},
    {"revenue_quick_ratio", KU_DOUBLE, "", false, "Quick ratio of revenue",
     "Revenue won for each unit of revenue lost."},
    {.name = NULL},
};

static const ku_column_spec holdout_columns[] = {
    {"quantity", KU_TEXT, "", true, "What", "What was projected."},
    {"method", KU_TEXT, "", true, "Method", "How it was projected."},
    {"used", KU_BOOL, "", true, "Used", "Whether the projections are made by it."},
    {"cells", KU_INT64, "count", true, "Cells", "Cells of cohorts and ages held back."},
    {"error", KU_DOUBLE, "share", true, "Error", "Mean absolute error against what was seen."},
    {"bias", KU_DOUBLE, "change", true, "Too high", "Expected against seen, in sum."},
    {"inside80", KU_DOUBLE, "share", true, "Inside 80 %", "Cells inside their 80 % interval."},
    {"inside95", KU_DOUBLE, "share", true, "Inside 95 %", "Cells inside their 95 % interval."},
    {"score", KU_DOUBLE, "", true, "Interval score",
     "Width of the intervals and what lay outside; the less the better."},
    {.name = NULL},
};

static const ku_column_spec customer_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Who bought."},
    {"cohort", KU_TEXT, "", true, "Cohort", "Period of the first purchase."},
    {"group", KU_TEXT, "", true, "Won through", "Where the customer was won."},
    {"state", KU_TEXT, "", true, "State", "At the end of the last period."},
    {"first_purchase", KU_DATE, "", true, "First purchase", "Day of it."},
    {"last_purchase", KU_DATE, "", true, "Last purchase", "Day of it."},
    {"purchases", KU_INT64, "count", true, "Purchases", "Days with a purchase."},
    {"revenue", KU_DOUBLE, "money", true, "Revenue", "Sales less returns."},
    {"margin", KU_DOUBLE, "money", false, "Margin", "Of the lines whose cost is known."},
    {"ages", KU_TEXT, "", true, "Active at age",
     "Ages with a purchase, between blanks: search for \" 3 \" to find those active at age 3."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "cohorts", .meaning = "One row a cohort.", .columns = cohort_columns},
    {.name = "retention",
     .meaning = "Active customers by cohort and age.",
     .columns = retention_columns},
    {.name = "course", .meaning = "The active share by age.", .columns = course_columns},
    {.name = "revenue", .meaning = "Revenue by cohort and age.", .columns = revenue_columns},
    {.name = "margin", .meaning = "Margin by cohort and age.", .columns = margin_columns},
    {.name = "outlook",
     .meaning = "What customers already won brought, and will bring.",
     .columns = outlook_columns},
    {.name = "states", .meaning = "Customers by state over time.", .columns = state_columns},
    {.name = "balance", .meaning = "Customers won and lost over time.", .columns = balance_columns},
    {.name = "holdout",
     .meaning = "How well each method did on periods held back.",
     .columns = holdout_columns},
    {.name = "customers",
     .meaning = "The customers behind the cells.",
     .columns = customer_columns},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "retention",
     .title = "Who is active at each age",
     .kind = KU_VIEW_HEATMAP,
     .table = "retention",
     .x = "age",
     .y = "stayed",
     .series = "cohort",
     .filter = "group",
     .kind_column = "kind"},
    {.name = "course",
     .title = "How many stay, by age",
     .kind = KU_VIEW_LINE,
     .table = "course",
     .x = "age",
     .y = "share",
     .series = "line",
     .lo = "share_lo",
     .hi = "share_hi",
     .lo_inner = "share_lo80",
     .hi_inner = "share_hi80",
     .filter = "group"},
    {.name = "value",
     .title = "Revenue a customer has brought by each age",
     .kind = KU_VIEW_HEATMAP,
     .table = "revenue",
     .x = "age",
     .y = "per_customer",
     .series = "cohort",
     .filter = "group",
     .kind_column = "kind"},
    {.name = "margin",
     .title = "Margin a customer has brought by each age",
     .kind = KU_VIEW_HEATMAP,
     .table = "margin",
     .x = "age",
     .y = "per_customer",
     .series = "cohort",
     .filter = "group",
     .kind_column = "kind"},
    {.name = "outlook",
     .title = "Revenue from customers already won",
     .kind = KU_VIEW_LINE,
     .table = "outlook",
     .x = "period",
     .y = "revenue",
     .lo = "revenue_lo",
     .hi = "revenue_hi",
     .kind_column = "kind"},
    {.name = "states",
     .title = "Customers by state",
     .kind = KU_VIEW_BAR,
     .table = "states",
     .x = "period",
     .y = "customers",
     .series = "state"},
    {.name = "brought",
     .title = "Revenue by state",
     .kind = KU_VIEW_BAR,
     .table = "states",
     .x = "period",
     .y = "revenue",
     .series = "state"},
    {.name = "quick",
     .title = "Customers won for each one lost",
     .kind = KU_VIEW_LINE,
     .table = "balance",
     .x = "period",
     .y = "quick_ratio"},
    {.name = "cohorts", .title = "Cohorts", .kind = KU_VIEW_TABLE, .table = "cohorts"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "A purchase is a day on which a customer bought more than was sent back; a customer is won on "
    "the day of the first purchase that the data know of.",
    "Cohorts of the future age as those of the past did, up to a level of each cohort and each "
    "period; periods to come are like those seen, not like a crisis never seen.",
    "The chain ladder holds that cohorts are independent and that what is still to come is in "
    "proportion to what has come.",
    "Spend is set against the customers won in the same period.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Mack, T. (1993). Distribution-free calculation of the standard error of chain ladder reserve "
     "estimates. ASTIN Bulletin 23(2), 213-225.",
     "theorem 3 and its corollary"},
    {"England, P. D. & Verrall, R. J. (2002). Stochastic claims reserving in general insurance. "
     "British Actuarial Journal 8(3), 443-518.",
     "sections 2.3 and 7.2"},
    {"Breslow, N. E. & Clayton, D. G. (1993). Approximate inference in generalized linear mixed "
     "models. Journal of the American Statistical Association 88, 9-25.",
     "section 2"},
    {"Wood, S. N. & Fasiolo, M. (2017). A generalized Fellner-Schall method for smoothing "
     "parameter optimization. Biometrics 73(4), 1071-1081.",
     "eq. 3"},
    {"Fader, P. S., Hardie, B. G. S. & Shang, J. (2010). Customer-base analysis in a discrete-time "
     "noncontractual setting. Marketing Science 29(6), 1086-1108.",
     "the beta-geometric course"},
    {"Bracher, J., Ray, E. L., Gneiting, T. & Reich, N. G. (2021). Evaluating epidemic forecasts "
     "in "
     "an interval format. PLOS Computational Biology 17(2), e1008618.",
     "eq. 1"},
    {.citation = NULL},
};

static const char *const example_args[] = {
    "--money", "chain-ladder", "--retention", "average", "--within", "4", NULL};

static const ku_example_spec example = {
    .title = "Four months of a small shop",
    .args = example_args,
    .tolerance = 1e-6,
    .reading =
        "Three of four customers won in January came back. Those won in March brought 70 each so "
        "far; the chain ladder expects 99 within four months, between 91 and 109. The 75 spent "
        "to win them come back at age 3, at worst not within four months.",
};

const ku_analysis ku_analysis_customers_cohorts = {
    .id = "customers.cohorts",
    .version = "1",
    .title = "Cohorts",
    .area = "Customers",
    .question = "Do the customers we win stay, and what do they bring over time?",
    .summary = "Customers by the period in which they were won: how many are active at each age, "
               "the revenue and margin they bring, and what is still to come of each cohort, with "
               "intervals. Who is new, returning, resurrected or dormant over time, and whether "
               "more customers are won than lost.",
    .inputs = inputs,
    .extracts = extracts,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = cohorts_run,
};
