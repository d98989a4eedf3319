/* descriptor.c - sales.overview: what was sold, against before, and what drove the change. */
#include "analyses/sales/overview/overview.h"

static const ku_column_spec sale_columns[] = {
    {"time", KU_TIMESTAMP, "", true, "Time", "When it was sold."},
    {"order_id", KU_TEXT, "", false, "Order", "Order, invoice or receipt the line belongs to."},
    {"customer", KU_TEXT, "", false, "Customer", "Who bought; empty when not known."},
    {"product", KU_TEXT, "", false, "Product", "What was sold."},
    {"product_group", KU_TEXT, "", false, "Product group", "Group of the product."},
    {"channel", KU_TEXT, "", false, "Channel", "Channel the order came through."},
    {"outlet", KU_TEXT, "", false, "Outlet", "Branch, shop or site that sold it."},
    {"region", KU_TEXT, "", false, "Region", "Region or country of the sale."},
    {"quantity", KU_DOUBLE, "units", true, "Quantity", "Units sold; negative for a return."},
    {"amount", KU_DOUBLE, "money", true, "Amount", "Revenue of the line; negative for a return."},
    {"cost", KU_DOUBLE, "money", false, "Cost", "Cost of the goods on the line."},
    {.name = NULL},
};

static const ku_column_spec product_columns[] = {
    {"product", KU_TEXT, "", true, "Product", "Code, as on the sales lines."},
    {"product_group", KU_TEXT, "", false, "Product group", "Group the product belongs to."},
    {"unit_cost", KU_DOUBLE, "money/unit", false, "Unit cost", "Cost of one unit."},
    {.name = NULL},
};

static const ku_column_spec outlet_columns[] = {
    {"outlet", KU_TEXT, "", true, "Outlet", "Code, as on the sales lines."},
    {"region", KU_TEXT, "", false, "Region", "Region or country it lies in."},
    {.name = NULL},
};

static const ku_column_spec customer_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Mark, as on the sales lines."},
    {"region", KU_TEXT, "", false, "Region", "Region or country the customer lives in."},
    {.name = NULL},
};

static const ku_column_spec channel_columns[] = {
    {"channel", KU_TEXT, "", true, "Channel", "Mark, as on the sales lines."},
    {"name", KU_TEXT, "", false, "Name", "What people call it."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    {.name = "sale", .meaning = "Order lines.", .columns = sale_columns, .fact = "sale"},
    {.name = "product",
     .meaning = "Products, for their group and cost where the lines have none.",
     .columns = product_columns,
     .fact = "product",
     .optional = true},
    {.name = "outlet",
     .meaning = "Outlets, for their region where the lines have none.",
     .columns = outlet_columns,
     .fact = "outlet",
     .optional = true},
    {.name = "customer",
     .meaning = "Customers, for their region where neither line nor outlet has one.",
     .columns = customer_columns,
     .fact = "customer",
     .optional = true},
    {.name = "channel",
     .meaning = "Channels, for their names.",
     .columns = channel_columns,
     .fact = "channel",
     .optional = true},
    {.name = NULL},
};

static const ku_extract_spec extracts[] = {
    {"span", false, "The three windows that are compared."},
    {"bought", true, "Revenue by known customer and period."},
    {"first_purchase", true, "Day of each known customer's first purchase."},
    {"customer_window", true, "Revenue by known customer in each window."},
    {"cell", true, "Lines added up by product, channel and region."},
    {"windows", false, "Totals of each window."},
    {"members", false, "Product groups, channels and regions in each window."},
    {"products", false, "Units and revenue of each product in each window."},
    {"pareto", false, "Customers from the largest to the smallest in a hundred steps."},
    {"periods", false, "Totals of each period."},
    {.name = NULL},
};

static const ku_choice window_choices[] = {
    {"month", "One month"},
    {"quarter", "Three months"},
    {"half-year", "Six months"},
    {"year", "Twelve months"},
    {.value = NULL},
};

static const ku_choice period_choices[] = {
    {"day", "Day"},         {"week", "Week"}, {"month", "Month"},
    {"quarter", "Quarter"}, {"year", "Year"}, {.value = NULL},
};

static const ku_param_spec params[] = {
    {.name = "window",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "quarter",
     .choices = window_choices,
     .label = "Length",
     .help = "How many months to look at, up to the last complete one."},
    {.name = "period",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "month",
     .choices = period_choices,
     .label = "Over time by",
     .help = "Length of a step in the course over time."},
    {.name = "most",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 1,
     .max = 100000,
     .default_value = "12",
     .label = "Named at most",
     .help =
         "Product groups, channels and regions that are shown by name; the others are one line.",
     .advanced = true},
    {.name = "since",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "From",
     .help = "First day to look at, in place of the length.",
     .advanced = true},
    {.name = "until",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "To",
     .help = "Last day to look at; otherwise the end of the last complete month.",
     .advanced = true},
    {.name = NULL},
};

static const ku_column_spec figure_columns[] = {
    {"measure", KU_TEXT, "", true, "Measure", "What is counted."},
    {"value", KU_DOUBLE, "", false, "Now", "The figure in the window."},
    {"unit", KU_TEXT, "", true, "Unit", "Unit of the figure."},
    {"before", KU_DOUBLE, "", false, "Before", "The figure in the window before."},
    {"change", KU_DOUBLE, "change", false, "Against before", "Relative change."},
    {"year_ago", KU_DOUBLE, "", false, "A year ago", "The figure in the same window a year ago."},
    {"change_year", KU_DOUBLE, "change", false, "Against a year ago", "Relative change."},
    {.name = NULL},
};

static const ku_column_spec window_columns[] = {
    {"window", KU_TEXT, "", true, "Window", "Now, before, or a year ago."},
    {"first_day", KU_DATE, "", true, "First day", "First day of the window."},
    {"last_day", KU_DATE, "", true, "Last day", "Last day of the window."},
    {"covered", KU_BOOL, "", true, "Covered", "Whether the data reach over the whole window."},
    {.name = NULL},
};

static const ku_column_spec period_columns[] = {
    {"period", KU_DATE, "", true, "Period", "First day of the period."},
    {"revenue", KU_DOUBLE, "money", true, "Revenue", "Sales less returns."},
    {"returned", KU_DOUBLE, "money", true, "Returns", "Money given back."},
    {"margin", KU_DOUBLE, "money", false, "Margin", "Revenue less cost, where costs are known."},
    {"units", KU_DOUBLE, "units", true, "Units", "Units sold, returns not taken off."},
    {"orders", KU_INT64, "orders", true, "Orders", "Different orders, returns not counted."},
    {"average_order", KU_DOUBLE, "money", false, "Average order",
     "Sales before returns per order."},
    {"customers", KU_INT64, "customers", true, "Customers",
     "Different known customers who bought."},
    {"new_customers", KU_INT64, "customers", true, "New customers",
     "Known customers who bought for the first time."},
    {"complete", KU_BOOL, "", true, "Complete", "Whether the data reach over the whole period."},
    {.name = NULL},
};

static const ku_column_spec buyer_columns[] = {
    {"period", KU_DATE, "", true, "Period", "First day of the period."},
    {"buyers", KU_TEXT, "", true, "Buyers", "New, returning or not known."},
    {"revenue", KU_DOUBLE, "money", true, "Revenue", "Sales before returns."},
    {.name = NULL},
};

static const ku_column_spec member_columns[] = {
    {"dimension", KU_TEXT, "", true, "By", "Product group, channel or region."},
    {"member", KU_TEXT, "", true, "Name", "Which one."},
    {"revenue", KU_DOUBLE, "money", true, "Revenue", "Sales less returns."},
    {"share", KU_DOUBLE, "share", false, "Share", "Share of the revenue of the window."},
    {"before", KU_DOUBLE, "money", false, "Before", "Revenue in the window before."},
    {"change", KU_DOUBLE, "change", false, "Against before", "Relative change."},
    {"year_ago", KU_DOUBLE, "money", false, "A year ago", "Revenue in the same window a year ago."},
    {"change_year", KU_DOUBLE, "change", false, "Against a year ago", "Relative change."},
    {"units", KU_DOUBLE, "units", true, "Units", "Units sold, returns not taken off."},
    {"margin", KU_DOUBLE, "money", false, "Margin", "Revenue less cost, where costs are known."},
    {"returned", KU_DOUBLE, "money", true, "Returns", "Money given back."},
    {.name = NULL},
};

static const ku_column_spec driver_columns[] = {
    {"comparison", KU_TEXT, "", true, "Against", "Which earlier window is compared."},
    {"step", KU_TEXT, "", true, "Driver", "What changed revenue."},
    {"amount", KU_DOUBLE, "money", true, "Effect",
     "Its part of the change; the first and the last row are the revenues themselves."},
    {"share", KU_DOUBLE, "share", false, "Of earlier revenue",
     "The effect against the earlier revenue."},
    {.name = NULL},
};

static const ku_column_spec pareto_columns[] = {
    {"customers", KU_DOUBLE, "share", true, "Customers", "Share of customers, largest first."},
    {"revenue", KU_DOUBLE, "share", true, "Revenue",
     "Share of the revenue from known customers that they bring."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "figures", .meaning = "The figures of the window.", .columns = figure_columns},
    {.name = "windows", .meaning = "The dates that are compared.", .columns = window_columns},
    {.name = "periods", .meaning = "The course over time.", .columns = period_columns},
    {.name = "buyers", .meaning = "Who brought the sales, over time.", .columns = buyer_columns},
    {.name = "members",
     .meaning = "Product groups, channels and regions.",
     .columns = member_columns},
    {.name = "drivers", .meaning = "What drove the change of revenue.", .columns = driver_columns},
    {.name = "pareto",
     .meaning = "How much the largest customers bring.",
     .columns = pareto_columns},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "figures",
     .title = "At a glance",
     .kind = KU_VIEW_FIGURES,
     .table = "figures",
     .x = "measure",
     .y = "value",
     .unit_column = "unit"},
    {.name = "revenue",
     .title = "Revenue over time",
     .kind = KU_VIEW_LINE,
     .table = "periods",
     .x = "period",
     .y = "revenue"},
    {.name = "drivers",
     .title = "What drove the change",
     .kind = KU_VIEW_WATERFALL,
     .table = "drivers",
     .x = "step",
     .y = "amount",
     .filter = "comparison"},
    {.name = "members",
     .title = "Revenue by product group, channel and region",
     .kind = KU_VIEW_BAR,
     .table = "members",
     .x = "member",
     .y = "revenue",
     .filter = "dimension"},
    {.name = "buyers",
     .title = "New and returning customers",
     .kind = KU_VIEW_BAR,
     .table = "buyers",
     .x = "period",
     .y = "revenue",
     .series = "buyers"},
    {.name = "pareto",
     .title = "How much the largest customers bring",
     .kind = KU_VIEW_PARETO,
     .table = "pareto",
     .x = "customers",
     .y = "revenue"},
    {.name = "windows", .title = "The dates compared", .kind = KU_VIEW_TABLE, .table = "windows"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "These are sums of what the bank holds, not estimates: they are as complete as the data.",
    "A line counts as a return when its quantity or its amount is negative.",
    "A customer is new in the period of the first purchase that the bank knows of.",
    "Margin counts only lines whose cost is known, on the line or in the product list.",
    "Effects of price and volume use the middle of both windows, so that no share of the change "
    "is left over and the order of comparing does not matter.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Bennet, T. L. (1920). The theory of measurement of changes in cost of living. Journal of "
     "the Royal Statistical Society 83(3), 455-462.",
     "the price and quantity indicators"},
    {"Diewert, W. E. (2005). Index number theory using differences rather than ratios. American "
     "Journal of Economics and Sociology 64(1), 311-360.",
     "eqs. (29)-(32), axioms of the Bennet indicator"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--window", "month", NULL};

static const ku_example_spec example = {
    .title = "A small shop's June against its May",
    .args = example_args,
    .tolerance = 1e-9,
    .reading = "Revenue rose from 305 to 426. One customer more and larger purchases of each "
               "brought 158 together; buyers moved to the cheaper tea, which took 73 away; tea's "
               "higher price gave 29. Cocoa is new, honey was dropped, and one return took 24.",
};

const ku_analysis ku_analysis_sales_overview = {
    .id = "sales.overview",
    .version = "1",
    .title = "Sales overview",
    .area = "Sales",
    .question = "What did we sell, to whom, and what drove the change?",
    .summary = "Revenue, orders, customers, units, average order, margin and returns of a window "
               "of time, against the window before and the same window a year ago. The change of "
               "revenue is split into customers, volume, mix, price, range and returns.",
    .inputs = inputs,
    .extracts = extracts,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = overview_run,
};
