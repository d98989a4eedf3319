/* descriptor.c - customers.basket: what is bought together, and what a customer buys next. */
#include "analyses/customers/basket/basket.h"

static const ku_column_spec sale_columns[] = {
    {"product", KU_TEXT, "", true, "Product", "What was bought."},
    {"order_id", KU_TEXT, "", false, "Order",
     "Order, invoice or receipt; its lines are one basket. Without it the lines of one customer "
     "and day are."},
    {"customer", KU_TEXT, "", false, "Customer", "Who bought; empty when not known."},
    {"date", KU_DATE, "", false, "Date", "Day of the purchase."},
    {"amount", KU_DOUBLE, "money", false, "Amount", "What was paid; negative for a return."},
    {"description", KU_TEXT, "", false, "Description", "What people call the product."},
    {.name = NULL},
};

static const ku_column_spec customer_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Mark, as on the sales lines."},
    {"contact_allowed", KU_BOOL, "", false, "May be contacted",
     "Whether the customer agreed to be contacted."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    {.name = "sales",
     .meaning = "What was bought in which order: order lines, returns negative.",
     .columns = sale_columns,
     .query = "sales",
     .blank = "product"},
    {.name = "customer",
     .meaning = "Customers: whether they may be contacted.",
     .columns = customer_columns,
     .fact = "customer",
     .optional = true},
    {.name = NULL},
};

static const ku_extract_spec extracts[] = {
    {"taken", true, "The lines that count."},
    {"span", false, "What there is to look at, and what is left out."},
    {"lines", false, "Which product is in which basket."},
    {"products", false, "Products with their names and what a line brings."},
    {"buyers", false, "Known customers and when they last bought."},
    {"owned", false, "When each customer first bought each product."},
    {.name = NULL},
};

static const ku_param_spec params[] = {
    {.name = "least",
     .type = KU_PARAM_INT,
     .unit = "orders",
     .min = 1,
     .max = 1e9,
     .label = "Baskets at least",
     .help = "Combinations in fewer baskets are not looked at; otherwise one basket in 2,000, "
             "but five."},
    {.name = "size",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 2,
     .max = 6,
     .default_value = "4",
     .label = "Products together",
     .help = "Largest combination to look for."},
    {.name = "next",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 0,
     .max = KU_NEXT_MOST,
     .default_value = "3",
     .label = "Proposals",
     .help = "Products proposed to each known customer; 0: none."},
    {.name = "within",
     .type = KU_PARAM_INT,
     .unit = "days",
     .min = 7,
     .max = 1000,
     .default_value = "90",
     .label = "Bought within",
     .help = "How soon a proposal should be bought."},
    {.name = "without",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Leave out",
     .help = "Products that are none, with commas between them: postage, deposits, vouchers."},
    {.name = "until",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "To",
     .help = "Last day to look at; otherwise the last day of the sales.",
     .advanced = true},
    {.name = "most",
     .type = KU_PARAM_INT,
     .unit = "",
     .min = 1,
     .max = 100000,
     .default_value = "500",
     .label = "Shown at most",
     .help = "Combinations shown, those that bring most first.",
     .advanced = true},
    {.name = NULL},
};

static const ku_column_spec rule_columns[] = {
    {"bought", KU_TEXT, "", true, "Who buys", "What is in the basket."},
    {"also", KU_TEXT, "", true, "also buys", "What is in it too."},
    {"baskets", KU_INT64, "orders", true, "Baskets", "Baskets with all of it."},
    {"share", KU_DOUBLE, "share", true, "How often",
     "Of the baskets with the one, those with the other."},
    {"share_lo", KU_DOUBLE, "share", true, "from", "How often, low end (95 %)."},
    {"share_hi", KU_DOUBLE, "share", true, "to", "How often, high end (95 %)."},
    {"usual", KU_DOUBLE, "share", true, "Usually", "Share of all baskets that have it."},
    {"lift", KU_DOUBLE, "", true, "Times as often", "How often against usually."},
    {"lift_lo", KU_DOUBLE, "", true, "from", "Times as often, low end (95 %)."},
    {"lift_hi", KU_DOUBLE, "", true, "to", "Times as often, high end (95 %)."},
    {"luck", KU_DOUBLE, "share", true, "By luck",
     "Chance that luck alone shows so much in any of the combinations looked through: Fisher's "
     "exact test against the rule without each of its products, corrected for all tests."},
    {"extra", KU_DOUBLE, "orders", true, "More baskets", "Baskets beyond what chance would have."},
    {"extra_lo", KU_DOUBLE, "orders", true, "from", "More baskets, low end (95 %)."},
    {"extra_hi", KU_DOUBLE, "orders", true, "to", "More baskets, high end (95 %)."},
    {"worth", KU_DOUBLE, "money", false, "Sales in them",
     "More baskets times what a line of the product also bought brings."},
    {"worth_lo", KU_DOUBLE, "money", false, "from", "Sales in them, low end (95 %)."},
    {"worth_hi", KU_DOUBLE, "money", false, "to", "Sales in them, high end (95 %)."},
    {.name = NULL},
};

static const ku_column_spec set_columns[] = {
    {"products", KU_TEXT, "", true, "Together", "What is bought together."},
    {"size", KU_INT64, "count", true, "Products", "How many."},
    {"baskets", KU_INT64, "orders", true, "Baskets", "Baskets with all of it."},
    {"share", KU_DOUBLE, "share", true, "Of all", "Share of all baskets."},
    {"share_lo", KU_DOUBLE, "share", true, "from", "Of all, low end (95 %)."},
    {"share_hi", KU_DOUBLE, "share", true, "to", "Of all, high end (95 %)."},
    {"lift", KU_DOUBLE, "", true, "Times as often",
     "Against what its two likeliest parts would give if they did not care for each other."},
    {"lift_lo", KU_DOUBLE, "", true, "from", "Times as often, low end (95 %)."},
    {"lift_hi", KU_DOUBLE, "", true, "to", "Times as often, high end (95 %)."},
    {"luck", KU_DOUBLE, "share", true, "By luck",
     "Chance that luck alone shows so much in any of the combinations looked through: Fisher's "
     "exact test of the likeliest two parts, corrected for all tests."},
    {.name = NULL},
};

static const ku_column_spec pair_columns[] = {
    {"a", KU_TEXT, "", true, "Product", "One of the products in most baskets."},
    {"b", KU_TEXT, "", true, "With", "Another."},
    {"baskets", KU_INT64, "orders", true, "Baskets", "Baskets with both."},
    {"lift", KU_DOUBLE, "", false, "Times as often", "Against what chance would have."},
    {"lift_lo", KU_DOUBLE, "", false, "from", "Times as often, low end (95 %)."},
    {"lift_hi", KU_DOUBLE, "", false, "to", "Times as often, high end (95 %)."},
    {.name = NULL},
};

static const ku_column_spec next_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Who."},
    {"place", KU_INT64, "count", true, "Proposal", "1 is the best."},
    {"product", KU_TEXT, "", true, "Product", "What they have not bought yet."},
    {"chance", KU_DOUBLE, "share", true, "Chance",
     "How many of those with such a score bought it in the last stretch of time."},
    {"chance_lo", KU_DOUBLE, "share", true, "from", "Chance, low end (95 %)."},
    {"chance_hi", KU_DOUBLE, "share", true, "to", "Chance, high end (95 %)."},
    {"because", KU_TEXT, "", false, "As they bought", "What speaks for it most."},
    {"worth", KU_DOUBLE, "money", false, "Expected sales",
     "Chance times what a line of the product brings."},
    {"worth_lo", KU_DOUBLE, "money", false, "from", "Expected sales, low end (95 %)."},
    {"worth_hi", KU_DOUBLE, "money", false, "to", "Expected sales, high end (95 %)."},
    {"contact_allowed", KU_BOOL, "", false, "May be contacted",
     "Whether the customer agreed to be contacted."},
    {.name = NULL},
};

static const ku_column_spec check_columns[] = {
    {"proposals", KU_TEXT, "", true, "Proposals", "How many are made."},
    {"customers", KU_INT64, "customers", true, "Customers",
     "Who bought something new in the last stretch and were not used to choose the method."},
    {"hits", KU_DOUBLE, "share", true, "Bought one of them", "Of these customers."},
    {"hits_lo", KU_DOUBLE, "share", true, "from", "Bought one of them, low end (95 %)."},
    {"hits_hi", KU_DOUBLE, "share", true, "to", "Bought one of them, high end (95 %)."},
    {"popular", KU_DOUBLE, "share", true, "Best sellers",
     "The same had the best sellers they do not own been proposed."},
    {"popular_lo", KU_DOUBLE, "share", true, "from", "Best sellers, low end (95 %)."},
    {"popular_hi", KU_DOUBLE, "share", true, "to", "Best sellers, high end (95 %)."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "rules",
     .meaning = "Who buys one thing buys another more often than others do.",
     .columns = rule_columns},
    {.name = "sets", .meaning = "Products bought together.", .columns = set_columns},
    {.name = "pairs",
     .meaning = "The products in most baskets, each with each.",
     .columns = pair_columns},
    {.name = "next",
     .meaning = "What each known customer is likely to buy next.",
     .columns = next_columns,
     .optional = true},
    {.name = "check",
     .meaning = "How well proposals would have done.",
     .columns = check_columns,
     .optional = true},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "rules",
     .title = "Bought together more often than by chance",
     .kind = KU_VIEW_TABLE,
     .table = "rules"},
    {.name = "pairs",
     .title = "Times as often together as by chance",
     .kind = KU_VIEW_HEATMAP,
     .table = "pairs",
     .x = "a",
     .series = "b",
     .y = "lift"},
    {.name = "sets", .title = "Combinations", .kind = KU_VIEW_TABLE, .table = "sets"},
    {.name = "check",
     .title = "Customers who bought one of the proposals",
     .kind = KU_VIEW_BAR,
     .table = "check",
     .x = "proposals",
     .y = "hits",
     .lo = "hits_lo",
     .hi = "hits_hi"},
    {.name = "next", .title = "Next best product", .kind = KU_VIEW_TABLE, .table = "next"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "Baskets are counted as if they did not depend on each other; where few customers fill many "
    "of them, intervals are too narrow.",
    "Bought together does not mean bought because of each other: to see what a bundle or a "
    "proposal brings, try it on some and not on others.",
    "Chances are those of the last stretch of time: a season or a campaign in it is in them.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Uno, Kiyomi & Arimura (2004), LCM ver. 2: Efficient mining algorithms for "
     "frequent/closed/maximal itemsets, FIMI",
     "occurrence deliver"},
    {"Webb (2010), Self-sufficient itemsets: an approach to screening potentially interesting "
     "associations between items, ACM Transactions on Knowledge Discovery from Data 4",
     "productive itemsets, section 4"},
    {"Webb (2007), Discovering significant patterns, Machine Learning 68",
     "correction for the size of the search, section 3"},
    {"Wilson (1927), Probable inference, the law of succession, and statistical inference, "
     "Journal of the American Statistical Association 22",
     "score interval"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--least", "8", "--size", "3", NULL};
static const ku_example_spec example = {
    .title = "A bakery's till",
    .args = example_args,
    .tolerance = 1e-9,
    .reading = "Half of the baskets with coffee have a croissant, against three in ten of all: "
               "1.7 times as often, at least 1.3 times. Bread and butter go together too. What "
               "else lies in one bag may be luck.",
};

const ku_analysis ku_analysis_customers_basket = {
    .id = "customers.basket",
    .version = "1",
    .title = "Bought together",
    .area = "Customers",
    .question = "What is bought together, and what will a customer buy next?",
    .summary = "Finds products that are in one basket more often than chance would have it, with "
               "what that is worth, and proposes to each known customer what they are likely to "
               "buy next, checked against what customers really bought.",
    .inputs = inputs,
    .extracts = extracts,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = basket_run,
};
