/* descriptor.c - demand.launch: what a product that has no past will sell. */
#include "analyses/demand/launch/launch.h"
#include "analyses/demand/settings.h"

static const ku_column_spec series_columns[] = {
    {"series", KU_TEXT, "", true, "Product", "Name of the product."},
    {"date", KU_DATE_OR_INT64, "", true, "Date",
     "A date in the period, or its number; all at the same distance, gaps allowed."},
    {"value", KU_DOUBLE, "", true, "Value", "What was sold in the period: units or money."},
    {"complete", KU_BOOL, "", false, "Complete",
     "False for a period that is not over; such a period is left out."},
    {.name = NULL},
};

static const ku_column_spec launch_columns[] = {
    {"product", KU_TEXT, "", true, "Product", "Name of the product, as in the series."},
    {"launched", KU_DATE_OR_INT64, "", false, "Launched",
     "Day, or period, it came on sale; without it the first sale counts."},
    {"product_group", KU_TEXT, "", false, "Product group", "Group it belongs to."},
    {"brand", KU_TEXT, "", false, "Brand", "Brand it is sold under."},
    {"price", KU_DOUBLE, "money/unit", false, "Price", "Price at the launch."},
    {"weight", KU_DOUBLE, "", false, "Weight",
     "How alike it is to the new one, as you see it: 0 not at all, any size above."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    {.name = "series",
     .meaning = "One row a product and period: products launched before and, as far as it is on"
                " sale, the new one. From the bank: products whose first sale it has seen.",
     .columns = series_columns,
     .query = "series"},
    {.name = "launches",
     .meaning = "What is known of each product, the new one among them.",
     .columns = launch_columns,
     .query = "launches",
     .optional = true},
    {.name = NULL},
};

static const ku_choice curve_choices[] = {
    {"auto", "As the analogues show"},
    {"once", "Bought once: sales peak and fall"},
    {"again", "Bought again: sales rise to a level"},
    {.value = NULL},
};

static const ku_param_spec params[] = {
    {.name = "product",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "New product",
     .help = "Its name; by itself the product launched last. It may have no sales yet."},
    {.name = "horizon",
     .type = KU_PARAM_INT,
     .unit = "periods",
     .min = 1,
     .max = 1000,
     .default_value = "26",
     .label = "How far",
     .help = "Number of periods to forecast."},
    {.name = "launched",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "On sale from",
     .help = "Day the new product comes on sale; by itself the table's date, the first sale, or"
             " the period after the last.",
     .advanced = true},
    {.name = "group",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Its group",
     .help = "Product group of the new product, where the table does not say.",
     .advanced = true},
    {.name = "brand",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Its brand",
     .help = "Brand of the new product, where the table does not say.",
     .advanced = true},
    {.name = "price",
     .type = KU_PARAM_REAL,
     .unit = "money/unit",
     .min = 0,
     .max = 1e12,
     .label = "Its price",
     .help = "Price of the new product, where the table does not say.",
     .advanced = true},
    {.name = "like",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Only like",
     .help = "Names of the analogues to go by, with semicolons between; by itself all past"
             " launches, weighted by likeness.",
     .advanced = true},
    {.name = "curve",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "auto",
     .choices = curve_choices,
     .label = "Curve",
     .help = "Whether buyers come back.",
     .advanced = true},
    {.name = "replaces",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Replaces",
     .help = "Name of a product whose demand the new one takes over in part."},
    {.name = "cannibalisation",
     .type = KU_PARAM_REAL,
     .unit = "share",
     .min = 0,
     .max = 1,
     .default_value = "0.5",
     .label = "Taken from it",
     .help = "Share of the new product's sales that the replaced one loses.",
     .advanced = true},
    {.name = "withdrawn",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "Old one until",
     .help = "Day from which the replaced product is no longer sold.",
     .advanced = true},
    KU_DEMAND_MEASURE,
    {.name = "period",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "auto",
     .min = 1,
     .max = 10000,
     .choices = ku_demand_period_choices,
     .label = "Period",
     .help = "Length of a period. By itself: weeks for the bank; for a file what its dates show."},
    {.name = "draws",
     .type = KU_PARAM_INT,
     .unit = "count",
     .min = 200,
     .max = 100000,
     .default_value = "4000",
     .label = "Simulated launches",
     .help = "Number of launches that the intervals are counted out from.",
     .advanced = true},
    {.name = NULL},
};

static const ku_column_spec course_columns[] = {
    {"date", KU_DATE_OR_INT64, "", true, "Date", "Date of the period."},
    {"kind", KU_TEXT, "", true, "Kind", "actual or forecast."},
    {"value", KU_DOUBLE, "", true, "Sales",
     "Sales of the period, or the middle of what is likely."},
    {"lo80", KU_DOUBLE, "", false, "Low 80 %", "Lower end of the 80 % interval."},
    {"hi80", KU_DOUBLE, "", false, "High 80 %", "Upper end of the 80 % interval."},
    {"lo95", KU_DOUBLE, "", false, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", false, "High 95 %", "Upper end of the 95 % interval."},
    {"total", KU_DOUBLE, "", true, "Since launch", "All sales since the launch."},
    {"total_lo", KU_DOUBLE, "", false, "Low", "Lower end of the 95 % interval of all sales."},
    {"total_hi", KU_DOUBLE, "", false, "High", "Upper end of the 95 % interval of all sales."},
    {.name = NULL},
};

static const ku_column_spec figure_columns[] = {
    {"measure", KU_TEXT, "", true, "Figure", "What is measured."},
    {"value", KU_DOUBLE, "", true, "Value", "The middle of what is likely."},
    {"lo", KU_DOUBLE, "", true, "Low", "Lower end of the 95 % interval."},
    {"hi", KU_DOUBLE, "", true, "High", "Upper end of the 95 % interval."},
    {"unit", KU_TEXT, "", true, "Unit", "What it is measured in."},
    {.name = NULL},
};

static const ku_column_spec analogue_columns[] = {
    {"product", KU_TEXT, "", true, "Product", "Product launched before."},
    {"weight", KU_DOUBLE, "share", true, "Weight", "Its share in the forecast."},
    {"launched", KU_DATE_OR_INT64, "", false, "Launched", "First period of its sales."},
    {"periods", KU_INT64, "periods", false, "Seen", "Periods of sales since then."},
    {"size", KU_DOUBLE, "", false, "Size",
     "All sales of its life, or the level they rise to where buyers come back."},
    {"innovation", KU_DOUBLE, "share", false, "By themselves",
     "Share of those who have not bought yet that does so by itself in a period (p)."},
    {"imitation", KU_DOUBLE, "share", false, "By others",
     "Share that does so because all others have, by the time they have (q)."},
    {"fit", KU_DOUBLE, "share", false, "Fit",
     "Share of the ups and downs that its curve explains."},
    {"why", KU_TEXT, "", true, "Why", "What its weight comes from, or why it is not used."},
    {.name = NULL},
};

static const ku_column_spec replaced_columns[] = {
    {"date", KU_DATE_OR_INT64, "", true, "Date", "Date of the period."},
    {"alone", KU_DOUBLE, "", true, "Alone", "What it would sell without the new product."},
    {"value", KU_DOUBLE, "", true, "Remaining",
     "What it will sell beside the new product, the middle of what is likely."},
    {"lo95", KU_DOUBLE, "", true, "Low 95 %", "Lower end of the 95 % interval."},
    {"hi95", KU_DOUBLE, "", true, "High 95 %", "Upper end of the 95 % interval."},
    {"net", KU_DOUBLE, "", true, "Both, more", "What both sell beyond the old one alone."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "course",
     .meaning = "Sales of the new product, by period and since the launch.",
     .columns = course_columns},
    {.name = "figures", .meaning = "The launch in a few figures.", .columns = figure_columns},
    {.name = "analogues",
     .meaning = "The launches of the past, what each counts and why.",
     .columns = analogue_columns},
    {.name = "replaced",
     .meaning = "The remaining demand of the replaced product, where there is one.",
     .columns = replaced_columns,
     .optional = true},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "figures",
     .title = "The launch",
     .kind = KU_VIEW_FIGURES,
     .table = "figures",
     .x = "measure",
     .y = "value",
     .lo = "lo",
     .hi = "hi",
     .unit_column = "unit"},
    {.name = "course",
     .title = "Sales by period",
     .kind = KU_VIEW_LINE,
     .table = "course",
     .x = "date",
     .y = "value",
     .lo = "lo95",
     .hi = "hi95",
     .lo_inner = "lo80",
     .hi_inner = "hi80",
     .kind_column = "kind"},
    {.name = "total",
     .title = "Sales since the launch",
     .kind = KU_VIEW_LINE,
     .table = "course",
     .x = "date",
     .y = "total",
     .lo = "total_lo",
     .hi = "total_hi",
     .kind_column = "kind"},
    {.name = "analogues", .title = "Launches like it", .kind = KU_VIEW_TABLE, .table = "analogues"},
    {.name = "replaced",
     .title = "The product it replaces",
     .kind = KU_VIEW_TABLE,
     .table = "replaced"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "The new product spreads as one of its analogues might: distribution, advertising and"
    " stock are as they were at those launches.",
    "There is no season in a launch; what sells by season starts faster or slower than shown.",
    "Sales stray around the curve from period to period independently, in proportion as they did"
    " for the analogues.",
    "The new product takes the given share of its sales from the replaced one, no more than that"
    " one has, and from no other.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Bass, F. M. (1969). A new product growth for model consumer durables. Management Science 15,"
     " 215-227.",
     "the curve: eqs. 1 to 13"},
    {"Srinivasan, V. & Mason, C. H. (1986). Nonlinear least squares estimation of new product"
     " diffusion models. Marketing Science 5, 169-178.",
     "the fit: eq. 5"},
    {"Sultan, F., Farley, J. U. & Lehmann, D. R. (1990). A meta-analysis of applications of"
     " diffusion models. Journal of Marketing Research 27, 70-77.",
     "usual speeds: means of p and q"},
    {"Lenk, P. J. & Rao, A. G. (1990). New models from old: forecasting product adoption by"
     " hierarchical Bayes procedures. Marketing Science 9, 42-53.",
     "pooling launches and updating by the first sales: section 2"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--product", "Nova", "--horizon", "6", NULL};
static const ku_example_spec example = {
    .title = "A lamp to be launched, four lamps of the past",
    .args = example_args,
    .tolerance = 1e-4,
    .reading = "The analogues table shows each lamp's size and speed and what it counts: the one of"
               " another group counts less, the one at twice the price hardly. The first months of"
               " the new lamp are uncertain within a wide band, for the old ones differed; it"
               " narrows when its own sales come in.",
};

const ku_analysis ku_analysis_demand_launch = {
    .id = "demand.launch",
    .version = "1",
    .title = "Launch",
    .area = "Demand",
    .question = "What will a new product sell?",
    .summary = "Forecasts a product that has no past from the launches of others: each gave a"
               " curve of diffusion, and the new one is drawn from among them, the more alike the"
               " more likely. Its own first sales tell which of these curves it is on. A replaced"
               " product's remaining demand is worked out with it.",
    .inputs = inputs,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = ku_demand_launch_run,
};
