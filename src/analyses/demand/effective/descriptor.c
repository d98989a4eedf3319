/* descriptor.c - demand.effective: who wants it, can pay for it, and gets it. */
#include "analyses/demand/effective/effective.h"

static const ku_column_spec interest_columns[] = {
    {"segment", KU_TEXT, "", true, "Segment", "Part of the population."},
    {"product", KU_TEXT, "", true, "Product", "What they were asked about."},
    {"people", KU_DOUBLE, "customers", true, "People", "People of the segment in the market."},
    {"asked", KU_DOUBLE, "customers", true, "Asked", "People who were asked."},
    {"interested", KU_DOUBLE, "customers", true, "Interested", "Of these, those who want it."},
    {.name = NULL},
};

static const ku_column_spec income_columns[] = {
    {"segment", KU_TEXT, "", true, "Segment", "Part of the population."},
    {"low", KU_DOUBLE, "money", true, "From", "Lowest monthly income of the band."},
    {"high", KU_DOUBLE, "money", false, "To", "Highest monthly income of the band; empty: open."},
    {"people", KU_DOUBLE, "customers", true, "People", "People counted in the band."},
    {.name = NULL},
};

static const ku_column_spec price_columns[] = {
    {"product", KU_TEXT, "", true, "Product", "What is sold."},
    {"price", KU_DOUBLE, "money/unit", true, "Price", "Price of one unit."},
    {"units", KU_DOUBLE, "units", false, "Units", "Units that a buyer takes in the period; 1."},
    {"afford_low", KU_DOUBLE, "share", false, "Affordable, low",
     "Share of a month's income that people give for a unit, low end of what is believed."},
    {"afford_high", KU_DOUBLE, "share", false, "Affordable, high",
     "The high end: the true share lies between the two in four cases of five."},
    {.name = NULL},
};

static const ku_column_spec stock_columns[] = {
    {"product", KU_TEXT, "", true, "Product", "What is sold."},
    {"availability", KU_DOUBLE, "share", true, "Available",
     "Share of the times it was looked for that it could be had."},
    {"checks", KU_DOUBLE, "count", false, "Checks",
     "How often that was looked at; empty: it is known."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    {.name = "interest",
     .meaning = "One row a segment and product. From the bank: answers of customers to the survey"
                " question \"interest: PRODUCT\", by the customers' segment.",
     .columns = interest_columns,
     .query = "interest"},
    {.name = "income",
     .meaning = "One row a segment and income band; from statistics or the same survey.",
     .columns = income_columns},
    {.name = "price",
     .meaning = "One row a product. From the bank: our own latest price, else the list price.",
     .columns = price_columns,
     .query = "price"},
    {.name = "stock",
     .meaning = "One row a product. From the bank: shop visits that checked \"in stock: PRODUCT\".",
     .columns = stock_columns,
     .query = "stock",
     .optional = true},
    {.name = NULL},
};

static const ku_param_spec params[] = {
    {.name = "afford-low",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0.0001,
     .max = 10,
     .default_value = "0.03",
     .label = "Affordable from",
     .help = "Share of a month's income that people give for one unit, low end; for products"
             " without their own."},
    {.name = "afford-high",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0.0001,
     .max = 10,
     .default_value = "0.06",
     .label = "Affordable to",
     .help = "The high end; the true share is believed to lie between the two in four cases of"
             " five."},
    {.name = "cut",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0.001,
     .max = 0.9,
     .default_value = "0.1",
     .label = "Price cut",
     .help = "How much lower the price is in the question what a price cut would win."},
    {.name = "differ",
     .type = KU_PARAM_REAL,
     .unit = "",
     .min = 0,
     .max = 3,
     .default_value = "0.4",
     .label = "How people differ",
     .help = "Spread between people of equal income in what they would give: 0.4 means that two"
             " of three lie between two thirds and one and a half times the middle.",
     .advanced = true},
    {.name = "draws",
     .type = KU_PARAM_INT,
     .unit = "count",
     .min = 200,
     .max = 100000,
     .default_value = "4000",
     .label = "Simulated cases",
     .help = "Number of simulated cases that the intervals are made from.",
     .advanced = true},
    {.name = NULL},
};

static const ku_column_spec figure_columns[] = {
    {"measure", KU_TEXT, "", true, "Measure", "What is counted."},
    {"value", KU_DOUBLE, "", true, "Value", "The estimate."},
    {"unit", KU_TEXT, "", true, "Unit", "Unit of the figure."},
    {"lo95", KU_DOUBLE, "", true, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", true, "High 95 %", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_column_spec demand_columns[] = {
    {"segment", KU_TEXT, "", true, "Segment",
     "Part of the population; all of them in the last rows."},
    {"product", KU_TEXT, "", true, "Product", "What is sold."},
    {"people", KU_DOUBLE, "customers", true, "In the market", "People of the segment."},
    {"interested", KU_DOUBLE, "customers", true, "Interested", "Those who want it."},
    {"able", KU_DOUBLE, "customers", true, "Able to pay", "Those of them who can pay the price."},
    {"served", KU_DOUBLE, "customers", true, "Served", "Those of them who find it in stock."},
    {"units", KU_DOUBLE, "units", true, "Effective demand", "What they buy."},
    {"lo80", KU_DOUBLE, "units", true, "Low 80 %", "Lower end of the 80 % interval."},
    {"hi80", KU_DOUBLE, "units", true, "High 80 %", "Upper end of the 80 % interval."},
    {"lo95", KU_DOUBLE, "units", true, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "units", true, "High 95 %", "Upper end of the 95 % interval."},
    {"money", KU_DOUBLE, "money", true, "In money", "Effective demand at the price."},
    {"money_lo80", KU_DOUBLE, "money", true, "Money, low 80 %", "Lower end of the 80 % interval."},
    {"money_hi80", KU_DOUBLE, "money", true, "Money, high 80 %", "Upper end of the 80 % interval."},
    {"money_lo95", KU_DOUBLE, "money", true, "Money, low 95 %", "Lower end of the 95 % interval."},
    {"money_hi95", KU_DOUBLE, "money", true, "Money, high 95 %", "Upper end of the 95 % interval."},
    {"lost_price", KU_DOUBLE, "units", true, "Lost to price", "Wanted, but too dear."},
    {"lost_stock", KU_DOUBLE, "units", true, "Lost to stock",
     "Wanted and affordable, but not there."},
    {.name = NULL},
};

static const ku_column_spec step_columns[] = {
    {"product", KU_TEXT, "", true, "Product", "What is sold, or all products."},
    {"step", KU_TEXT, "", true, "Step", "From everyone in the market to effective demand."},
    {"units", KU_DOUBLE, "units", true, "Units", "Units left, or lost at the step."},
    {"lo95", KU_DOUBLE, "units", true, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "units", true, "High 95 %", "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_column_spec lever_columns[] = {
    {"product", KU_TEXT, "", true, "Product", "What is sold, or all products."},
    {"lever", KU_TEXT, "", true, "Lever", "What would be done."},
    {"units", KU_DOUBLE, "units", true, "Units won", "More units asked for and served."},
    {"lo95", KU_DOUBLE, "units", true, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "units", true, "High 95 %", "Upper end of the 95 % interval."},
    {"money", KU_DOUBLE, "money", true, "Revenue won", "Change of revenue; below zero: lost."},
    {"money_lo95", KU_DOUBLE, "money", true, "Revenue, low 95 %",
     "Lower end of the 95 % interval."},
    {"money_hi95", KU_DOUBLE, "money", true, "Revenue, high 95 %",
     "Upper end of the 95 % interval."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "figures",
     .meaning = "All segments and products together.",
     .columns = figure_columns},
    {.name = "demand",
     .meaning = "Effective demand of each segment for each product, then of all segments.",
     .columns = demand_columns},
    {.name = "steps",
     .meaning = "From everyone in the market to those who buy, as units.",
     .columns = step_columns},
    {.name = "levers",
     .meaning = "What a price cut or full shelves would win.",
     .columns = lever_columns},
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
    {.name = "steps",
     .title = "From the market to demand that can be served",
     .kind = KU_VIEW_WATERFALL,
     .table = "steps",
     .x = "step",
     .y = "units",
     .filter = "product"},
    {.name = "levers",
     .title = "What a lower price or full shelves would win, in revenue",
     .kind = KU_VIEW_BAR,
     .table = "levers",
     .x = "lever",
     .y = "money",
     .lo = "money_lo95",
     .hi = "money_hi95",
     .filter = "product"},
    {.name = "demand",
     .title = "By segment",
     .kind = KU_VIEW_TABLE,
     .table = "demand",
     .filter = "product"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "Whoever says to be interested buys if the price can be paid and the product is there; a"
    " survey that overstates interest overstates demand alike.",
    "Interest and income are independent within a segment; where they are not, make the segments"
    " smaller.",
    "Incomes of a segment are lognormal, and so is what people of one income would give.",
    "Who finds the shelf empty buys nothing here and does not come back.",
    "A price cut does not change interest, and competitors do not answer it.",
    "The intervals hold the chance in the survey, in the income counts and in who buys, and the"
    " doubt about the affordable share; not the doubt about the assumptions above.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Kotler, P. & Keller, K. L. (2016). Marketing Management, 15th edition. Pearson.",
     "chapter 3: potential, available and served market"},
    {"Brown, L. D., Cai, T. T. & DasGupta, A. (2001). Interval estimation for a binomial"
     " proportion. Statistical Science 16(2), 101-133.",
     "Jeffreys prior for shares, section 4.1.2"},
    {"Kleiber, C. & Kotz, S. (2003). Statistical Size Distributions in Economics and Actuarial"
     " Sciences. Wiley.",
     "lognormal incomes from grouped data, section 4.11"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--cut", "0.15", NULL};

static const ku_example_spec example = {
    .title = "An e-bike and a helmet in a town of students, families and retired people",
    .args = example_args,
    .tolerance = 1e-6,
    .reading = "Of 39,000 people 18,400 want the e-bike, but two of three cannot pay 1,900 for it:"
               " about 6,200 are sold, surely more than 3,600 and less than 9,300. A price 15 %"
               " lower would sell 1,100 more and bring no more money; keeping it in stock would"
               " sell 600 more and bring over a million. The helmet is paid easily and loses most"
               " to empty shelves, so there, too, supply comes before price.",
};

const ku_analysis ku_analysis_demand_effective = {
    .id = "demand.effective",
    .version = "1",
    .title = "Effective demand",
    .area = "Demand",
    .question = "How many want it, can pay for it and will find it?",
    .summary = "Interest times ability to pay times availability, by segment and product: who"
               " wants it by a survey, who can pay by incomes and price, who finds it in stock."
               " Shows what is lost to price and to empty shelves, and what a price cut or more"
               " stock would win, each with its interval.",
    .inputs = inputs,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = effective_run,
};
