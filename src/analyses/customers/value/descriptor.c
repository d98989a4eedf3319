/* descriptor.c - customers.value: what each customer, and all of them together, are worth. */
#include "analyses/customers/sales.h"
#include "analyses/customers/value/value.h"

static const ku_column_spec customer_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Mark, as on the sales."},
    {"segment", KU_TEXT, "", false, "Segment", "Segment the company puts the customer in."},
    {"channel", KU_TEXT, "", false, "First channel", "Channel the customer was won through."},
    {"region", KU_TEXT, "", false, "Region", "Region or country the customer lives in."},
    {"contact_allowed", KU_BOOL, "", false, "May be contacted",
     "Whether the customer agreed to be contacted."},
    {.name = NULL},
};

static const ku_column_spec spend_columns[] = {
    {"date", KU_DATE, "", true, "Date", "Day the money worked."},
    {"channel", KU_TEXT, "", true, "Channel", "Where the money went."},
    {"amount", KU_DOUBLE, "money", true, "Spend", "Money spent."},
    {.name = NULL},
};

static const ku_column_spec covariate_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Mark, as on the sales."},
    {.name = NULL},
};

static const ku_column_spec condition_columns[] = {
    {"date", KU_DATE, "", true, "From", "First day of what follows; it holds until the next row."},
    {"customer", KU_TEXT, "", false, "Customer", "Whom it is about; empty: all without own rows."},
    {.name = NULL},
};

static const ku_column_spec renewal_columns[] = {
    {"cohort", KU_TEXT, "", true, "Cohort", "Customers who signed together."},
    {"period", KU_INT64, "periods", true, "Period", "0 at the start, then 1, 2, 3 ..."},
    {"customers", KU_DOUBLE, "customers", true, "Customers", "How many are still there."},
    {"payment", KU_DOUBLE, "money", false, "Payment", "What a customer pays a period."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    KU_CUSTOMERS_SALES,
    {.name = "customer",
     .meaning = "Customers, for segment, first channel and leave to contact them.",
     .columns = customer_columns,
     .fact = "customer",
     .optional = true},
    {.name = "spend",
     .meaning = "Marketing spend, for what it costs to win a customer.",
     .columns = spend_columns,
     .fact = "spend",
     .optional = true},
    {.name = "covariates",
     .meaning = "What else is known of customers that may move how often they buy and how long"
                " they stay; it does not change over time.",
     .columns = covariate_columns,
     .optional = true,
     .further = "Each further column is such a trait: numbers, true and false, or words."},
    {.name = "conditions",
     .meaning = "What changed over time and may have moved customers: campaigns, prices, seasons;"
                " by customer or for all.",
     .columns = condition_columns,
     .optional = true,
     .further = "Each further column is such a condition: a number, or true and false; empty"
                " is 0."},
    {.name = "renewals",
     .meaning = "Customers under contract: how many of each cohort are still there after each"
                " period.",
     .columns = renewal_columns,
     .optional = true},
    {.name = NULL},
};

static const ku_extract_spec extracts[] = {
    {"span", false, "The days that matter: last day, holdout, the day before."},
    {"visits", true, "The days on which known customers bought."},
    {"people", false, "What the models need to know of each customer."},
    {"months", false, "Purchases by twelfths of a year, for the season."},
    {"held", false, "What was bought in the holdout, step by step."},
    {"occasions", false, "Occasions on which customers bought, for models that count them."},
    {"media", false, "Marketing spend of the last year by channel."},
    {"traits", false, "What else is known of each customer."},
    {"lived", false, "Periods that customers lived through, and what they bought in each."},
    {"contracts", false, "Customers under contract, cohort by cohort."},
    {.name = NULL},
};

#define KU_BUYING_MODEL(name, title) {#name, title},
static const ku_choice model_choices[] = {
    {"auto", "Best on the holdout"},
#include "customers/models.def"
    {.value = NULL},
};
#undef KU_BUYING_MODEL

static const ku_choice unit_choices[] = {
    {"day", "Day"},
    {"week", "Week"},
    {"month", "Month"},
    {.value = NULL},
};

static const ku_choice holdout_choices[] = {
    {"auto", "By itself"},
    {"none", "No holdout"},
    {.value = NULL},
};

static const ku_choice measure_choices[] = {
    {"auto", "Margin where it is known"},
    {"revenue", "Revenue"},
    {"margin", "Margin"},
    {.value = NULL},
};

static const ku_choice period_choices[] = {
    {"auto", "As long as the data suggest"},
    {"month", "Month"},
    {"quarter", "Quarter"},
    {"year", "Year"},
    {.value = NULL},
};

static const ku_choice interval_choices[] = {
    {"tested", "Widened by what the holdout missed"},
    {"model", "As the model gives them"},
    {.value = NULL},
};

static const ku_param_spec params[] = {
    {.name = "horizon",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 1,
     .max = 240,
     .default_value = "36",
     .label = "Months ahead",
     .help = "How far ahead purchases and money are counted."},
    {.name = "discount",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0,
     .max = 1,
     .default_value = "0.1",
     .label = "Discount a year",
     .help = "What money a year from now is worth less than today's: 0.1 for ten percent."},
    {.name = "measure",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "auto",
     .choices = measure_choices,
     .label = "Measured in",
     .help = "Margin or revenue; by itself margin where at least 95 % of sales have a cost."},
    {.name = "period",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "auto",
     .choices = period_choices,
     .label = "Period",
     .help = "Cohorts are customers won in the same period; the bridge starts one period ago."},
    {.name = "until",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "To",
     .help = "Last day to look at; otherwise the last day of the sales."},
    {.name = "model",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "auto",
     .choices = model_choices,
     .label = "Model",
     .help = "The model of repeat buying. By itself the one whose forecast of the holdout was"
             " best, of those in which time runs on.",
     .advanced = true},
    {.name = "unit",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "week",
     .choices = unit_choices,
     .label = "Unit of time",
     .help = "What the parameters count time in. It changes no forecast, except of models that"
             " count occasions to buy, one a unit.",
     .advanced = true},
    {.name = "holdout",
     .type = KU_PARAM_CHOICE,
     .unit = "periods",
     .default_value = "auto",
     .min = 1,
     .max = 10000,
     .choices = holdout_choices,
     .label = "Holdout",
     .help = "Units of time that are forecast once from what lies before, to see which model"
             " does it best. By itself the sales after the last day to look at, if they go on"
             " for long enough; else the last third of them, at most a year.",
     .advanced = true},
    {.name = "season",
     .type = KU_PARAM_BOOL,
     .unit = "",
     .default_value = "true",
     .label = "Season",
     .help = "Count time by the season that two years of sales or more show: a day in a strong"
             " month is longer than one in a weak month.",
     .advanced = true},
    {.name = "winning-share",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0,
     .max = 1,
     .default_value = "1",
     .label = "Spend that wins customers",
     .help = "Which share of the marketing spend is for winning new customers.",
     .advanced = true},
    {.name = "intervals",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "tested",
     .choices = interval_choices,
     .label = "Intervals of totals",
     .help = "Models take themselves for true, so their totals look too sure; tested ones are"
             " widened by what the holdout missed.",
     .advanced = true},
    {.name = "contract-months",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 1,
     .max = 120,
     .default_value = "12",
     .label = "Months of a contract",
     .help = "Length of a period in the table of renewals.",
     .advanced = true},
    {.name = NULL},
};

static const ku_column_spec value_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Who."},
    {"segment", KU_TEXT, "", false, "Segment", "Segment the company puts the customer in."},
    {"channel", KU_TEXT, "", false, "First channel", "Channel the customer was won through."},
    {"region", KU_TEXT, "", false, "Region", "Region or country of the first purchase."},
    {"cohort", KU_TEXT, "", true, "Won in", "Period of the first purchase."},
    {"contact_allowed", KU_BOOL, "", false, "May be contacted",
     "Whether the customer agreed to be contacted."},
    {"purchases", KU_INT64, "count", true, "Purchases", "Days with a purchase so far."},
    {"last_purchase", KU_DATE, "", true, "Last purchase", "Day of the last one."},
    {"spent", KU_DOUBLE, "money", true, "So far", "Money of all purchases so far."},
    {"alive", KU_DOUBLE, "share", false, "Still a customer",
     "Probability that the customer has not left."},
    {"expected", KU_DOUBLE, "count", false, "To come", "Purchases expected within the horizon."},
    {"expected_lo", KU_DOUBLE, "count", false, "To come, low", "Lower end of the 95 % interval."},
    {"expected_hi", KU_DOUBLE, "count", false, "To come, high", "Upper end of the 95 % interval."},
    {"average", KU_DOUBLE, "money", false, "A purchase", "Money expected of a purchase to come."},
    {"average_lo", KU_DOUBLE, "money", false, "A purchase, low", "Lower end of the 95 % interval."},
    {"average_hi", KU_DOUBLE, "money", false, "A purchase, high",
     "Upper end of the 95 % interval."},
    {"value", KU_DOUBLE, "money", false, "Value",
     "Money expected within the horizon, at today's worth."},
    {"value_lo", KU_DOUBLE, "money", false, "Value, low", "Lower end of the 95 % interval."},
    {"value_hi", KU_DOUBLE, "money", false, "Value, high", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_column_spec parameter_columns[] = {
    {"model", KU_TEXT, "", true, "Model", "Which model."},
    {"data", KU_TEXT, "", true, "Fitted to", "Sales before the holdout, or all of them."},
    {"parameter", KU_TEXT, "", true, "Parameter", "As in the papers; time in --unit."},
    {"estimate", KU_DOUBLE, "", true, "Estimate", "Where the likelihood is largest."},
    {"se", KU_DOUBLE, "", false, "Standard error", "From the curvature of the likelihood."},
    {"estimate_lo", KU_DOUBLE, "", false, "Low", "Lower end of the 95 % interval."},
    {"estimate_hi", KU_DOUBLE, "", false, "High", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_column_spec fit_columns[] = {
    {"model", KU_TEXT, "", true, "Model", "Which model."},
    {"about", KU_TEXT, "", true, "What it says", "The model in half a sentence."},
    {"data", KU_TEXT, "", true, "Fitted to", "Sales before the holdout, or all of them."},
    {"chosen", KU_BOOL, "", true, "Chosen", "Whether the results rest on it."},
    {"customers", KU_INT64, "customers", true, "Customers", "Customers it was fitted to."},
    {"parameters", KU_INT64, "count", true, "Parameters", "Numbers that were estimated."},
    {"loglik", KU_DOUBLE, "", false, "Log-likelihood", "Larger fits better."},
    {"aic", KU_DOUBLE, "", false, "AIC", "Smaller is better; a parameter costs 2."},
    {"bic", KU_DOUBLE, "", false, "BIC", "Smaller is better; a parameter costs ln(customers)."},
    {"simpler", KU_TEXT, "", false, "Tested against", "A model it contains as a special case."},
    {"ratio", KU_DOUBLE, "", false, "Likelihood ratio",
     "Twice the gain in log-likelihood over the simpler model."},
    {"p_value", KU_DOUBLE, "", false, "p-value",
     "Chance of such a gain if the simpler model were true; at most this, where the simpler one"
     " lies at the edge of the other."},
    {"converged", KU_BOOL, "", true, "Converged", "Whether the search ended at a maximum."},
    {"remark", KU_TEXT, "", false, "Remark", "What limits the model."},
    {.name = NULL},
};

static const ku_column_spec holdout_columns[] = {
    {"model", KU_TEXT, "", true, "Model", "Which model."},
    {"chosen", KU_BOOL, "", true, "Chosen", "Whether the results rest on it."},
    {"customers_with", KU_TEXT, "", true, "Customers with",
     "All, or those with so many purchases before the holdout."},
    {"customers", KU_INT64, "customers", true, "Customers", "How many of them."},
    {"actual", KU_DOUBLE, "count", true, "Bought", "Purchases in the holdout."},
    {"expected", KU_DOUBLE, "count", true, "Expected", "What the model expected."},
    {"error", KU_DOUBLE, "change", false, "Error", "Expected against bought."},
    {"deviance", KU_DOUBLE, "", false, "Deviance a customer",
     "How far single customers are missed (Poisson deviance); the smallest is chosen."},
    {.name = NULL},
};

static const ku_column_spec course_columns[] = {
    {"series", KU_TEXT, "", true, "Series", "What was bought, or what a model expected."},
    {"date", KU_DATE, "", true, "Date", "Last day of the step."},
    {"purchases", KU_DOUBLE, "count", false, "Purchases", "In the step."},
    {"so_far", KU_DOUBLE, "count", true, "Purchases so far", "Since the holdout began."},
    {.name = NULL},
};

static const ku_column_spec equity_columns[] = {
    {"kind", KU_TEXT, "", true, "By",
     "All, segment, channel, region, cohort, contact or contract."},
    {"group", KU_TEXT, "", true, "Group", "Which one."},
    {"customers", KU_INT64, "customers", true, "Customers", "Customers ever won."},
    {"active", KU_DOUBLE, "share", false, "Still customers", "Expected share that has not left."},
    {"equity", KU_DOUBLE, "money", false, "Equity",
     "What they will bring within the horizon, at today's worth."},
    {"equity_lo", KU_DOUBLE, "money", false, "Low", "Lower end of the 95 % interval."},
    {"equity_hi", KU_DOUBLE, "money", false, "High", "Upper end of the 95 % interval."},
    {"each", KU_DOUBLE, "money", false, "A customer", "Equity a customer."},
    {"before", KU_DOUBLE, "money", false, "A period ago", "Equity one period ago."},
    {"won", KU_DOUBLE, "money", false, "New customers", "Equity of those won since."},
    {"lost", KU_DOUBLE, "money", false, "Lost or kept",
     "Change because others became less, or more, likely to have left."},
    {"frequency", KU_DOUBLE, "money", false, "Frequency",
     "Change because they buy more or less often."},
    {"basket", KU_DOUBLE, "money", false, "Basket",
     "Change because they pay more or less a purchase."},
    {"new_customers", KU_INT64, "customers", false, "Won in a year",
     "Customers won in the last year, or since the data begin."},
    {"cost", KU_DOUBLE, "money", false, "Cost to win one",
     "Marketing spend of that time for each of them."},
    {"payback", KU_DOUBLE, "periods", false, "Months to pay back",
     "Until a new customer has earned what it cost to win him; empty: not within the horizon."},
    {"payback_lo", KU_DOUBLE, "periods", false, "Months, low", "Lower end of the 95 % interval."},
    {"payback_hi", KU_DOUBLE, "periods", false, "Months, high", "Upper end of the 95 % interval."},
    {"earned", KU_DOUBLE, "", false, "Earned for 1 spent",
     "What a new customer brings within the horizon against the cost to win one."},
    {.name = NULL},
};

static const ku_column_spec bridge_columns[] = {
    {"group", KU_TEXT, "", true, "Group", "All customers, or one group."},
    {"step", KU_TEXT, "", true, "Step",
     "What changed the equity; the first and last row are totals."},
    {"amount", KU_DOUBLE, "money", true, "Money", "Its part of the change."},
    {.name = NULL},
};

static const ku_column_spec spread_columns[] = {
    {"customers", KU_DOUBLE, "share", true, "Customers",
     "Share of customers, most valuable first."},
    {"value", KU_DOUBLE, "share", true, "Value", "Share of the equity they hold."},
    {.name = NULL},
};

static const ku_column_spec figure_columns[] = {
    {"measure", KU_TEXT, "", true, "Measure", "What it is."},
    {"value", KU_DOUBLE, "", false, "Value", "The figure."},
    {"unit", KU_TEXT, "", true, "Unit", "Unit of the figure."},
    {"value_lo", KU_DOUBLE, "", false, "Low", "Lower end of the 95 % interval."},
    {"value_hi", KU_DOUBLE, "", false, "High", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_column_spec retention_columns[] = {
    {"cohort", KU_TEXT, "", true, "Cohort", "Customers who signed together."},
    {"period", KU_INT64, "periods", true, "Period", "Chances to leave since the start."},
    {"kind", KU_TEXT, "", true, "Kind", "actual or forecast."},
    {"customers", KU_DOUBLE, "customers", true, "Customers", "Still there, or expected to be."},
    {"customers_lo", KU_DOUBLE, "customers", false, "Low", "Lower end of the 95 % interval."},
    {"customers_hi", KU_DOUBLE, "customers", false, "High", "Upper end of the 95 % interval."},
    {"fitted", KU_DOUBLE, "customers", false, "Model", "What the model says from the start on."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "figures", .meaning = "The figures to know.", .columns = figure_columns},
    {.name = "equity",
     .meaning = "What groups of customers are worth, what changed it, what it costs to win one.",
     .columns = equity_columns},
    {.name = "bridge",
     .meaning = "From the equity one period ago to today's.",
     .columns = bridge_columns,
     .optional = true},
    {.name = "customers",
     .meaning = "Every customer, the most valuable first.",
     .columns = value_columns},
    {.name = "spread",
     .meaning = "How much of the equity the most valuable customers hold.",
     .columns = spread_columns,
     .optional = true},
    {.name = "retention",
     .meaning = "Customers under contract: how many stay.",
     .columns = retention_columns,
     .optional = true},
    {.name = "holdout",
     .meaning = "What each model expected of the holdout, against what was bought.",
     .columns = holdout_columns,
     .optional = true},
    {.name = "course",
     .meaning = "The holdout over time.",
     .columns = course_columns,
     .optional = true},
    {.name = "fit",
     .meaning = "How well each model fits, and which one the results rest on.",
     .columns = fit_columns},
    {.name = "parameters", .meaning = "What was estimated.", .columns = parameter_columns},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "figures",
     .title = "The customer base",
     .kind = KU_VIEW_FIGURES,
     .table = "figures",
     .x = "measure",
     .y = "value",
     .lo = "value_lo",
     .hi = "value_hi",
     .unit_column = "unit"},
    {.name = "bridge",
     .title = "What changed the equity",
     .kind = KU_VIEW_WATERFALL,
     .table = "bridge",
     .x = "step",
     .y = "amount",
     .filter = "group"},
    {.name = "equity",
     .title = "Equity by group",
     .kind = KU_VIEW_BAR,
     .table = "equity",
     .x = "group",
     .y = "equity",
     .lo = "equity_lo",
     .hi = "equity_hi",
     .filter = "kind"},
    {.name = "course",
     .title = "Forecast and truth over the holdout",
     .kind = KU_VIEW_LINE,
     .table = "course",
     .x = "date",
     .y = "so_far",
     .series = "series"},
    {.name = "spread",
     .title = "How much the best customers hold",
     .kind = KU_VIEW_PARETO,
     .table = "spread",
     .x = "customers",
     .y = "value"},
    {.name = "customers", .title = "Customers", .kind = KU_VIEW_TABLE, .table = "customers"},
    {.name = "groups",
     .title = "Groups",
     .kind = KU_VIEW_TABLE,
     .table = "equity",
     .filter = "kind"},
    {.name = "retention",
     .title = "Customers under contract",
     .kind = KU_VIEW_LINE,
     .table = "retention",
     .x = "period",
     .y = "customers",
     .lo = "customers_lo",
     .hi = "customers_hi",
     .filter = "cohort",
     .kind_column = "kind"},
    {.name = "holdout",
     .title = "Holdout",
     .kind = KU_VIEW_TABLE,
     .table = "holdout",
     .filter = "model"},
    {.name = "fit", .title = "Models", .kind = KU_VIEW_TABLE, .table = "fit"},
    {.name = "parameters", .title = "Parameters", .kind = KU_VIEW_TABLE, .table = "parameters"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "Customers are seen from their first purchase in the data on; what they bought before is not"
    " known. Several orders of a day are one purchase.",
    "Each customer buys at a rate of his own until leaving for good; rates and stays differ from"
    " customer to customer as the chosen model says; they follow the season where two years or"
    " more show one, and nothing else.",
    "Marketing goes on as it did; a customer not yet won is like those won so far.",
    "What a purchase brings does not change over time; returns go on at their present share.",
    "The bridge values both days with today's parameters, so that it shows what customers did and"
    " not what was learned about them.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Schmittlein, D. C., Morrison, D. G. & Colombo, R. (1987). Counting your customers: who are"
     " they and what will they do next? Management Science 33, 1-24.",
     "Pareto/NBD"},
    {"Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005). \"Counting your customers\" the easy way:"
     " an alternative to the Pareto/NBD model. Marketing Science 24, 275-284.",
     "BG/NBD: eqs. 6, 10; the CDNOW figures: table 2"},
    {"Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005). RFM and CLV: using iso-value curves for"
     " customer base analysis. Journal of Marketing Research 42, 415-430.",
     "spend independent of frequency: section on monetary value"},
    {"Bachmann, P., Meierer, M. & Naef, J. (2021). The role of time-varying contextual factors in"
     " latent attrition models for customer base analysis. Marketing Science 40, 783-809.",
     "conditions: eq. 10"},
    {"Fader, P. S. & Hardie, B. G. S. (2013). The Gamma-Gamma model of monetary value. Note 025.",
     "eqs. 1a, 5"},
    {"Fader, P. S. & Hardie, B. G. S. (2007). How to project customer retention. Journal of"
     " Interactive Marketing 21, 76-90.",
     "contracts: eq. 7"},
    {"Self, S. G. & Liang, K.-Y. (1987). Asymptotic properties of maximum likelihood estimators and"
     " likelihood ratio tests under nonstandard conditions. JASA 82, 605-610.",
     "why p-values at an edge are upper bounds: case 5"},
    {"Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II,"
     " 307-317.",
     "the bridge: each factor's part is its mean effect over all orders"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--model",   "bgnbd", "--holdout", "none",
                                           "--horizon", "12",    NULL};

static const ku_example_spec example = {
    .title = "The customers of a small shop",
    .args = example_args,
    .tolerance = 1e-4,
    .reading = "Of 60 customers 34 came back. Together they will bring some 520 of margin within a"
               " year at today's worth; so few of them leave it between 280 and 900. Since the"
               " quarter before, new customers added 43, but those who were there buy less often."
               " Winning a customer costs 21, and a new one earns that back within four months.",
};

const ku_analysis ku_analysis_customers_value = {
    .id = "customers.value",
    .version = "1",
    .title = "Customer value",
    .area = "Customers",
    .question = "What is each customer, and the customer base as a whole, worth?",
    .summary = "Says of each customer how likely they still are one, what they will buy and what"
               " that is worth in today's money; adds it up to the equity of the customer base and"
               " its groups, and shows what changed it. The model is the one that forecast a"
               " holdout best.",
    .inputs = inputs,
    .extracts = extracts,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = value_run,
};
