/* descriptor.c - customers.segments: who the customers are, what each kind of them brings, and
 * what to do about them. */
#include "analyses/customers/sales.h"
#include "analyses/customers/segments/segments.h"

static const ku_column_spec customer_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Mark, as on the sales lines."},
    {"type", KU_TEXT, "", false, "Type", "Person, company, public body."},
    {"segment", KU_TEXT, "", false, "Segment", "Segment the company puts the customer in."},
    {"region", KU_TEXT, "", false, "Region", "Region or country the customer lives in."},
    {"city", KU_TEXT, "", false, "City", "Town."},
    {"channel", KU_TEXT, "", false, "First channel", "Channel the customer was won through."},
    {"contact_allowed", KU_BOOL, "", false, "May be contacted", "Whether the customer agreed."},
    {"birth_year", KU_INT64, "", false, "Year of birth", "Year a person was born in."},
    {"gender", KU_TEXT, "", false, "Gender", "Gender of a person."},
    {"income_band", KU_TEXT, "", false, "Income band", "Band of income."},
    {"activity", KU_TEXT, "", false, "Field of activity", "What the customer does."},
    {.name = NULL},
};

static const ku_column_spec rule_columns[] = {
    {"segment", KU_TEXT, "", true, "Segment", "Name of the segment."},
    {"rule", KU_TEXT, "", true, "Rule", "Condition, as in 'purchases >= 6 and recency < 90'."},
    {"action", KU_TEXT, "", false, "What to do", "What to do about its customers."},
    {.name = NULL},
};

static const ku_column_spec kept_columns[] = {
    {"made_at", KU_TIMESTAMP, "", true, "Made at", "When the version was made."},
    {"scheme", KU_TEXT, "", true, "Segmentation", "Name of the segmentation."},
    {"customer", KU_TEXT, "", true, "Customer", "Mark, as on the sales lines."},
    {"segment", KU_TEXT, "", true, "Segment", "Segment the customer was in."},
    {"since", KU_DATE, "", false, "Since", "Day from which the customer was in it."},
    {"version", KU_INT64, "", false, "Version", "Version of the rules."},
    {"rule", KU_TEXT, "", false, "Rule", "What made a customer a member."},
    {.name = NULL},
};

static const ku_table_spec inputs[] = {
    KU_CUSTOMERS_SALES,
    {.name = "customer",
     .meaning = "What is known of customers beside their purchases: for rules and profiles.",
     .columns = customer_columns,
     .fact = "customer",
     .optional = true},
    {.name = "rules",
     .meaning = "Rules of your own, the first that holds takes a customer.",
     .columns = rule_columns,
     .optional = true},
    {.name = "segment",
     .meaning = "Memberships as they were kept (kemudi import segment --run RUN): what has "
                "changed since.",
     .columns = kept_columns,
     .fact = "segment",
     .optional = true},
    {.name = NULL},
};

static const ku_extract_spec extracts[] = {
    {"bounds", false, "The last day, and what has no customer."},
    {"moment", true, "The last day and the same a year before."},
    {"day", true, "What each customer bought on each day."},
    {"channel_day", true, "Channels by customer and day."},
    {"way", true, "The channel each customer used most."},
    {"taste", true, "Products and groups by customer."},
    {"kept_rows", true, "The memberships kept last."},
    {"kept_rules", false, "The segments kept last, with their rules."},
    {"rule_lines", false, "The rules given as a table."},
    {"person", true, "The customers as the company knows them."},
    {"behaviour", false, "How each customer bought, on the last day and a year before."},
    {.name = NULL},
};

static const ku_choice by_choices[] = {
    {"rfm", "How lately, how often, for how much"},
    {"clusters", "Groups who behave alike"},
    {"rules", "Rules of your own"},
    {.value = NULL},
};

static const ku_choice group_choices[] = {{"auto", "The most that hold"}, {.value = NULL}};

static const ku_param_spec params[] = {
    {.name = "by",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .default_value = "rfm",
     .choices = by_choices,
     .label = "Segments by",
     .help = "What makes customers belong together."},
    {.name = "rules",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Rules",
     .help = "One rule a line, as in 'Regulars: purchases >= 6 and weekend_share > 60%'; the "
             "first that holds takes a customer."},
    {.name = "until",
     .type = KU_PARAM_DATE,
     .unit = "",
     .label = "Until",
     .help = "Last day to look at; otherwise the last day of the data."},
    {.name = "window",
     .type = KU_PARAM_INT,
     .unit = "days",
     .min = 7,
     .max = 3660,
     .default_value = "365",
     .label = "Window",
     .help = "Days before the last day in which purchases and spend count."},
    {.name = "groups",
     .type = KU_PARAM_CHOICE,
     .unit = "",
     .min = 2,
     .max = KU_CLUSTERS_MOST,
     .default_value = "auto",
     .choices = group_choices,
     .label = "Groups",
     .help = "How many groups who behave alike; otherwise the most that hold.",
     .advanced = true},
    {.name = "scheme",
     .type = KU_PARAM_TEXT,
     .unit = "",
     .label = "Name",
     .help = "Name of the segmentation, under which versions are kept and compared.",
     .advanced = true},
    {.name = NULL},
};

static const ku_column_spec segment_columns[] = {
    {"segment", KU_TEXT, "", true, "Segment", "Name of the segment."},
    {"customers", KU_INT64, "customers", true, "Customers", "How many are in it."},
    {"share", KU_DOUBLE, "share", false, "Of customers", "Share of all customers."},
    {"revenue", KU_DOUBLE, "money", true, "Revenue of the year",
     "Purchases less returns of its customers in the last 365 days."},
    {"revenue_share", KU_DOUBLE, "share", false, "Of revenue", "Share of all customers' revenue."},
    {"margin", KU_DOUBLE, "money", false, "Margin of the year", "Revenue less cost, where known."},
    {"margin_share", KU_DOUBLE, "share", false, "Of margin", "Share of all customers' margin."},
    {"average_order", KU_DOUBLE, "money", false, "Average purchase",
     "Spend of a day with a purchase, in the window."},
    {"purchases_year", KU_DOUBLE, "count", false, "Purchases a year",
     "Days with a purchase of a customer in the last 365 days, mean."},
    {"recency", KU_DOUBLE, "days", false, "Last purchase",
     "Days since the last purchase of the middle customer."},
    {"customers_before", KU_INT64, "customers", false, "Customers a year before",
     "How many were in it by the same rule a year before."},
    {"revenue_before", KU_DOUBLE, "money", false, "Revenue of the year before",
     "What those who were in it a year before brought in the year until then."},
    {"growth", KU_DOUBLE, "change", false, "Growth", "Revenue against the year before."},
    {"retention", KU_DOUBLE, "share", false, "Bought again",
     "Of those who were in it a year before, who bought in the year since."},
    {"retention_lo", KU_DOUBLE, "share", false, "Low", "Lower end of the 95 % interval."},
    {"retention_hi", KU_DOUBLE, "share", false, "High", "Upper end of the 95 % interval."},
    {"action", KU_TEXT, "", false, "What to do", "What to do about its customers."},
    {"rule", KU_TEXT, "", true, "Rule", "What makes a customer a member."},
    {.name = NULL},
};

static const ku_column_spec trait_columns[] = {
    {"segment", KU_TEXT, "", true, "Segment", "Name of the segment."},
    {"feature", KU_TEXT, "", true, "Trait", "What is compared."},
    {"difference", KU_DOUBLE, "score", true, "Difference",
     "Segment less all, in standard deviations of the customers."},
    {.name = NULL},
};

static const ku_column_spec profile_columns[] = {
    {"segment", KU_TEXT, "", true, "Segment", "Name of the segment."},
    {"feature", KU_TEXT, "", true, "Trait", "What is compared."},
    {"unit", KU_TEXT, "", true, "Unit", "Unit of the mean."},
    {"mean", KU_DOUBLE, "", true, "Mean", "Mean, or share, of the segment."},
    {"all", KU_DOUBLE, "", true, "All", "Mean, or share, of all customers."},
    {"difference", KU_DOUBLE, "score", true, "Difference",
     "Segment less all, in standard deviations of the customers."},
    {"customers", KU_INT64, "customers", true, "Known of", "Customers of whom it is known."},
    {.name = NULL},
};

static const ku_column_spec stability_columns[] = {
    {"groups", KU_INT64, "count", true, "Groups", "Number of groups tried."},
    {"stability", KU_DOUBLE, "score", true, "Stability",
     "How alike two parts of the customers sort a third (adjusted Rand index): 1 fully, 0 by "
     "chance."},
    {"stability_lo", KU_DOUBLE, "score", true, "Low", "Lower end of the 95 % interval."},
    {"stability_hi", KU_DOUBLE, "score", true, "High", "Upper end of the 95 % interval."},
    {"weakest", KU_DOUBLE, "score", true, "Weakest group",
     "How far the least sure group is found again (Jaccard index, 1: fully)."},
    {"explained", KU_DOUBLE, "share", true, "Explained",
     "Share of the differences between customers that lies between groups."},
    {"chosen", KU_BOOL, "", true, "Chosen", "Whether this number was taken."},
    {.name = NULL},
};

static const ku_column_spec change_columns[] = {
    {"against", KU_TEXT, "", true, "Against", "What is compared with."},
    {"segment", KU_TEXT, "", true, "Segment", "Name of the segment."},
    {"before", KU_INT64, "customers", true, "Before", "Customers in it then."},
    {"now", KU_INT64, "customers", true, "Now", "Customers in it now."},
    {"stayed", KU_INT64, "customers", true, "Stayed", "In it then and now."},
    {"came", KU_INT64, "customers", true, "Moved in", "Came from another segment."},
    {"fresh", KU_INT64, "customers", true, "New", "Were not a customer then."},
    {"left", KU_INT64, "customers", true, "Moved out", "Left for another segment."},
    {"came_revenue", KU_DOUBLE, "money", true, "Moved in with",
     "Revenue of the last year of those who moved in."},
    {"fresh_revenue", KU_DOUBLE, "money", true, "New with",
     "Revenue of the last year of those who are new."},
    {"left_revenue", KU_DOUBLE, "money", true, "Moved out with",
     "Revenue, of the year before they left, of those who moved out; against a kept version, of "
     "the last year."},
    {"net_revenue", KU_DOUBLE, "money", true, "Net", "Moved in and new, less moved out."},
    {.name = NULL},
};

static const ku_column_spec member_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Mark of the customer."},
    {"segment", KU_TEXT, "", true, "Segment", "Segment the customer is in."},
    {"reason", KU_TEXT, "", true, "Reason", "Why, with the figures."},
    {"recency", KU_INT64, "days", true, "Last purchase", "Days since the last purchase."},
    {"purchases", KU_INT64, "count", true, "Purchases", "Days with a purchase in the window."},
    {"spend", KU_DOUBLE, "money", true, "Spend", "Purchases less returns in the window."},
    {"purchases_ever", KU_INT64, "count", true, "Purchases ever", "Days with a purchase."},
    {"spend_ever", KU_DOUBLE, "money", true, "Spend ever", "Purchases less returns."},
    {"r", KU_INT64, "score", false, "Recency score", "1 (long ago) to 5 (lately)."},
    {"f", KU_INT64, "score", false, "Frequency score", "1 (rarely) to 5 (often)."},
    {"m", KU_INT64, "score", false, "Money score", "1 (little) to 5 (much)."},
    {"region", KU_TEXT, "", false, "Region", "Region of the customer."},
    {"channel", KU_TEXT, "", false, "Channel", "Channel used most."},
    {"segment_before", KU_TEXT, "", false, "A year before",
     "Segment by the same rule a year before; empty: no customer then."},
    {"since", KU_DATE, "", true, "Since",
     "Day from which the customer is known to be in the segment, by the versions kept."},
    {"scheme", KU_TEXT, "", true, "Segmentation", "Name of the segmentation."},
    {"version", KU_INT64, "", true, "Version", "Version of its rules."},
    {"rule", KU_TEXT, "", true, "Rule", "What makes a customer a member."},
    {"contact_allowed", KU_BOOL, "", false, "May be contacted",
     "Whether the customer agreed to be contacted."},
    {.name = NULL},
};

static const ku_table_spec outputs[] = {
    {.name = "segments",
     .meaning = "What each segment is and brings, and what to do.",
     .columns = segment_columns},
    {.name = "traits",
     .meaning = "The traits in which the segments differ most.",
     .columns = trait_columns},
    {.name = "profile",
     .meaning = "Each segment against all customers, trait by trait.",
     .columns = profile_columns},
    {.name = "stability",
     .meaning = "How far groups who behave alike can be trusted, by their number.",
     .columns = stability_columns,
     .optional = true},
    {.name = "changes",
     .meaning = "Who moved in and out, and the revenue they carry.",
     .columns = change_columns},
    {.name = "members",
     .meaning = "Who is in which segment, and why; can be kept as a version.",
     .columns = member_columns},
    {.name = NULL},
};

static const ku_view_spec views[] = {
    {.name = "revenue",
     .title = "What each segment brings",
     .kind = KU_VIEW_BAR,
     .table = "segments",
     .x = "segment",
     .y = "revenue"},
    {.name = "customers",
     .title = "How many there are",
     .kind = KU_VIEW_BAR,
     .table = "segments",
     .x = "segment",
     .y = "customers"},
    {.name = "growth",
     .title = "Which grow and which shrink",
     .kind = KU_VIEW_BAR,
     .table = "segments",
     .x = "segment",
     .y = "growth"},
    {.name = "retention",
     .title = "Who buys again within a year",
     .kind = KU_VIEW_BAR,
     .table = "segments",
     .x = "segment",
     .y = "retention",
     .lo = "retention_lo",
     .hi = "retention_hi"},
    {.name = "traits",
     .title = "What sets each apart",
     .kind = KU_VIEW_HEATMAP,
     .table = "traits",
     .x = "segment",
     .series = "feature",
     .y = "difference"},
    {.name = "changes",
     .title = "Revenue that moved with customers",
     .kind = KU_VIEW_BAR,
     .table = "changes",
     .x = "segment",
     .y = "net_revenue",
     .filter = "against"},
    {.name = "stability",
     .title = "How many groups hold",
     .kind = KU_VIEW_LINE,
     .table = "stability",
     .x = "groups",
     .y = "stability",
     .lo = "stability_lo",
     .hi = "stability_hi"},
    {.name = "segments", .title = "Segments", .kind = KU_VIEW_TABLE, .table = "segments"},
    {.name = "profile", .title = "Trait by trait", .kind = KU_VIEW_TABLE, .table = "profile"},
    {.name = "members", .title = "Customers", .kind = KU_VIEW_TABLE, .table = "members"},
    {.name = NULL},
};

static const char *const assumptions[] = {
    "A purchase is a day on which a customer bought more than was sent back; several orders of a "
    "day are one.",
    "A year before is judged by today's borders, rules and groups, so that a segment grows by "
    "its customers and not by a new cut.",
    "Equal customers get equal scores: a band is a fifth of the customers who bought in the "
    "window, by the middle place of equals.",
    "What is not known of a customer makes no rule about it true, nor its opposite.",
    "Groups who behave alike are a cut through customers who differ by degrees; stability says "
    "how far the cut can be trusted, not that the groups are kinds of people.",
    "That customers of a segment buy more often does not say that moving someone into it would "
    "make them.",
    NULL,
};

static const ku_source_spec sources[] = {
    {"Hughes, A. M. (1994). Strategic database marketing. Probus, Chicago.",
     "chapter 8, recency, frequency and monetary quintiles"},
    {"Arthur, D. & Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. "
     "Proceedings of the 18th ACM-SIAM Symposium on Discrete Algorithms, 1027-1035.",
     "algorithm 1a-1c"},
    {"Wang, J. (2010). Consistent selection of the number of clusters via crossvalidation. "
     "Biometrika 97(4), 893-904.",
     "algorithm 1"},
    {"Hubert, L. & Arabie, P. (1985). Comparing partitions. Journal of Classification 2, 193-218.",
     "eq. (5)"},
    {"Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics & "
     "Data Analysis 52, 258-271.",
     "section 2, the Jaccard index by cluster"},
    {"Brown, L. D., Cai, T. T. & DasGupta, A. (2001). Interval estimation for a binomial "
     "proportion. Statistical Science 16(2), 101-133.",
     "eq. (4)"},
    {.citation = NULL},
};

static const char *const example_args[] = {"--by", "rules", NULL};

static const ku_example_spec example = {
    .title = "Ten guests of a small cafe, by the owner's own rules",
    .args = example_args,
    .tolerance = 1e-9,
    .reading =
        "The owner asks for weekend regulars, young guests and those who stay away. Who fits "
        "two rules is taken by the first; two guests fit none.",
};

const ku_analysis ku_analysis_customers_segments = {
    .id = "customers.segments",
    .version = "1",
    .title = "Segments",
    .area = "Customers",
    .question = "Who are our customers, and what does each kind of them bring?",
    .summary = "Puts every customer into a segment: by how lately, how often and for how much they "
               "buy, by groups who behave alike, or by rules of your own. Says what each segment "
               "brings, whether it grows, who stays, who moved, and what to do.",
    .inputs = inputs,
    .extracts = extracts,
    .params = params,
    .outputs = outputs,
    .views = views,
    .assumptions = assumptions,
    .sources = sources,
    .example = &example,
    .run = segments_run,
};
