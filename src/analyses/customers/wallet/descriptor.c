/* descriptor.c - customers.wallet: how much of customers' spend in the category is ours. */
#include "analyses/customers/sales.h"
#include "analyses/customers/wallet/wallet.h"

static const ku_column_spec customer_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Mark, as on the sales lines."},
    {"segment", KU_TEXT, "", false, "Segment", "Segment the customer belongs to."},
    {"region", KU_TEXT, "", false, "Region", "Region or country the customer lives in."},
    {"type", KU_TEXT, "", false, "Type", "Person or company."},
    {.name = NULL},
};

static const ku_column_spec survey_columns[] = {
    {"date", KU_DATE, "", false, "Date", "Day the answer was given."},
    {"respondent", KU_TEXT, "", true, "Respondent", "Who answered."},
    {"customer", KU_TEXT, "", false, "Customer", "The respondent as a customer."},
    {"question", KU_TEXT, "", true, "Question", "Which question was asked."},
    {"answer", KU_TEXT, "", false, "Answer", "What was answered."},
    {"weight", KU_DOUBLE, "", false, "Weight", "How many people the respondent stands for."},
    {.name = NULL},
};

static const ku_column_spec panel_columns[] = {
    {"customer", KU_TEXT, "", false, "Customer", "Who spends; empty for a whole segment."},
    {"segment", KU_TEXT, "", false, "Segment", "Of a row for a whole segment: which one."},
    {"category_spend", KU_DOUBLE, "money", true, "Category spend",
     "What is spent in the category in the months looked at, a head."},
    {"weight", KU_DOUBLE, "", false, "Weight", "How many people the row stands for."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    KU_CUSTOMERS_SALES,
    {.name = "customer",
     .meaning = "Customers, for their segment.",
     .columns = customer_columns,
     .fact = "customer",
     .optional = true},
    {.name = "survey",
     .meaning = "Answers of customers: their spend in the category, and the rank of each brand "
                "they use (questions \"rank: BRAND\").",
     .columns = survey_columns,
     .fact = "survey",
     .optional = true},
    {.name = "panel",
     .meaning = "Spend in the category of customers, or a head of whole segments.",
     .columns = panel_columns,
     .optional = true},
    {.name = NULL},
};

static const ku_extract_spec extracts[] = {
    {"who", true, "Known customers by number."},
    {"day", true, "What each customer paid on each day."},
    {"span", false, "The months that are looked at."},
    {"trait", true, "The segment of each customer."},
    {"own", false, "What each customer spent with us."},
    {"said", true, "What customers said of their spend."},
    {"answer", false, "Answers with the own spend before them."},
    {"asked", false, "How many answers there are."},
    {"head", false, "A panel's spend a head of segments."},
    {"ranked", false, "Brands in the order of each respondent."},
    {.name = NULL},
};

static const ku_choice meanings[] = {{"month", "Spend a month"},
                                     {"year", "Spend a year"},
                                     {"share", "Share given to us (1, or 100 %)"},
                                     {.value = NULL}};

static const ku_choice traits[] = {{"segment", "Segment"},
                                   {"region", "Region"},
                                   {"type", "Person or company"},
                                   {"none", "Nothing"},
                                   {.value = NULL}};

static const ku_param_spec params[] = {
    {.name = "question",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .default_value = "category spend",
     .label = "Question",
     .help = "The survey's question for the spend in the category, or for our share of it."},
    {.name = "meaning",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "month",
     .choices = meanings,
     .label = "Asked for",
     .help = "What the answers to it are."},
    {.name = "by",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "segment",
     .choices = traits,
     .label = "By",
     .help = "What customers are divided by."},
    {.name = "months",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 1,
     .max = 60,
     .default_value = "12",
     .label = "Months",
     .help = "Months of own sales that are set against the spend in the category."},
    {.name = "until",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "Until",
     .help = "Last day to look at; otherwise the last day of the data."},
    {.name = "us",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .default_value = "us",
     .label = "Our brand",
     .help = "How our brand is called in the questions \"rank: BRAND\"."},
    {.name = NULL},
};

#define LIMITS(name, unit)                                                                         \
    {name "_lo", KU_DOUBLE, unit, false, "Low", "Lower end of the 95 % interval."},                \
    {                                                                                              \
        name "_hi", KU_DOUBLE, unit, false, "High", "Upper end of the 95 % interval."              \
    }

static const ku_column_spec segment_columns[] = {
    {"segment", KU_TEXT, "", true, "Segment", "All customers, then each segment."},
    {"basis", KU_TEXT, "", true, "From", "What the figures rest on."},
    {"customers", KU_INT64, "customers", true, "Customers", "Who bought in these months."},
    {"surveyed", KU_INT64, "customers", true, "Told", "Of these, who told their spend."},
    {"own", KU_DOUBLE, "money", true, "With us", "What they spent with us."},
    {"wallet", KU_DOUBLE, "money", true, "Wallet", "What they spend in the category."},
    LIMITS("wallet", "money"),
    {"share", KU_DOUBLE, "share", false, "Share of wallet", "Own of all they spend."},
    LIMITS("share", "share"),
    {"headroom", KU_DOUBLE, "money", true, "Headroom", "What they spend elsewhere."},
    LIMITS("headroom", "money"),
    {"each", KU_DOUBLE, "money", true, "Headroom a customer", "On average."},
    {.name = NULL},
};

static const ku_column_spec wallet_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Who."},
    {"segment", KU_TEXT, "", true, "Segment", "Segment of the customer."},
    {"told", KU_BOOL, "", true, "Told", "Whether the customer told the spend."},
    {"purchases", KU_INT64, "count", true, "Purchases", "Days with a purchase."},
    {"own", KU_DOUBLE, "money", true, "With us", "Spent with us in these months."},
    {"wallet", KU_DOUBLE, "money", true, "Wallet", "Expected spend in the category."},
    LIMITS("wallet", "money"),
    {"share", KU_DOUBLE, "share", false, "Share of wallet", "Own of the expected spend."},
    LIMITS("share", "share"),
    {"headroom", KU_DOUBLE, "money", true, "Headroom", "Expected spend elsewhere."},
    LIMITS("headroom", "money"),
    {.name = NULL},
};

static const ku_column_spec brand_columns[] = {
    {"brand", KU_TEXT, "", true, "Brand", "Which brand."},
    {"ours", KU_BOOL, "", true, "Ours", "Whether it is ours."},
    {"users", KU_INT64, "customers", true, "Users", "Respondents who use it."},
    {"used", KU_DOUBLE, "share", true, "Used by", "Share of respondents who use it."},
    {"mean_rank", KU_DOUBLE, "", true, "Mean rank", "Among the brands its users use."},
    {"first", KU_DOUBLE, "share", true, "Ranked first", "Share of respondents."},
    {"share", KU_DOUBLE, "share", true, "Share of wallet", "By the Wallet Allocation Rule."},
    LIMITS("share", "share"),
    {"if_first", KU_DOUBLE, "share", true, "If first",
     "The share if all its users ranked it first."},
    {.name = NULL},
};

static const ku_column_spec check_columns[] = {
    {"method", KU_TEXT, "", true, "Method", "What expected the answers."},
    {"answers", KU_INT64, "count", true, "Answers", "Answers of customers left out in turn."},
    {"error", KU_DOUBLE, "share", true, "Error", "Mean absolute error against the mean answer."},
    {"bias", KU_DOUBLE, "change", true, "Too high", "Expected against told, in sum."},
    {"inside80", KU_DOUBLE, "share", false, "Inside 80 %", "Answers inside their 80 % interval."},
    {"inside95", KU_DOUBLE, "share", false, "Inside 95 %", "Answers inside their 95 % interval."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "segments", .meaning = "Wallet and headroom by segment.", .columns = segment_columns},
    {.name = "customers",
     .meaning = "Each customer, largest headroom first.",
     .columns = wallet_columns},
    {.name = "brands", .meaning = "What ranks say of brands' shares.", .columns = brand_columns},
    {.name = "check",
     .meaning = "How well answers left out were expected.",
     .columns = check_columns},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "headroom",
     .title = "What customers spend elsewhere",
     .kind = KU_VIEW_BAR,
     .table = "segments",
     .x = "segment",
     .y = "headroom",
     .lo = "headroom_lo",
     .hi = "headroom_hi"},
    {.name = "share",
     .title = "Our share of wallet",
     .kind = KU_VIEW_BAR,
     .table = "segments",
     .x = "segment",
     .y = "share",
     .lo = "share_lo",
     .hi = "share_hi"},
    {.name = "brands",
     .title = "Shares by what customers rank first",
     .kind = KU_VIEW_BAR,
     .table = "brands",
     .x = "brand",
     .y = "share",
     .lo = "share_lo",
     .hi = "share_hi"},
    {.name = "segments", .title = "Segments", .kind = KU_VIEW_TABLE, .table = "segments"},
    {.name = "check", .title = "How good the model is", .kind = KU_VIEW_TABLE, .table = "check"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "Answers are right on average: if all customers say too little, the wallet is too small by as "
    "much.",
    "Who told and who did not differ by segment and own behaviour at most, which the model knows.",
    "What customers did before they answered has the same meaning as what they did of late.",
    "Without answers the figures are the spend of the best tenth of like customers: a floor.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"McCullagh, P. & Nelder, J. A. (1989). Generalized Linear Models, 2nd ed. Chapman & Hall.",
     "section 9.2, quasi-likelihood"},
    {"Liang, K.-Y. & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear "
     "models. Biometrika 73(1), 13-22.",
     "eq. 3, the robust covariance"},
    {"Vovk, V., Gammerman, A. & Shafer, G. (2005). Algorithmic Learning in a Random World. "
     "Springer.",
     "section 2.2, conformal intervals"},
    {"Keiningham, T. L., Aksoy, L., Buoye, A. & Cooil, B. (2011). Customer loyalty isn't enough. "
     "Grow your share of wallet. Harvard Business Review 89(10), 29-31.",
     "the Wallet Allocation Rule"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--months", "6", "--us", "Ours", NULL};

static const ku_example_spec example = {
    .title = "Sixty customers, of whom twenty-four told what they spend",
    .args = example_args,
    .tolerance = 1e-6,
    .reading =
        "The sixty spent 18,600 with us in six months and about 40,300 in all: a share of 46 %, "
        "surely between 39 and 54 %. Seven tenths of what they spend elsewhere is spent by the "
        "24 cafes. The model is hardly better than the segment's mean share here.",
};

const ku_analysis ku_analysis_customers_wallet = {
    .id = "customers.wallet",
    .version = "1",
    .title = "Share of wallet",
    .area = "Customers",
    .question = "How much of what customers spend in the category do they spend with us?",
    .summary =
        "Own sales against the spend in the category that some customers told in a survey or "
        "panel: the share of wallet and the headroom of each segment and each customer, with "
        "intervals and a check on customers left out. Where brands were ranked, the shares "
        "that follow from the ranks.",
    .inputs = inputs,
    .extracts = extracts,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = wallet_run,
};
