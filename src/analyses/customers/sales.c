/* sales.c - the columns of the sales that the analyses of customers look at. */
#include "analyses/customers/sales.h"

const ku_column_spec ku_customers_sales_columns[] = {
    {"customer", KU_TEXT, "", true, "Customer", "Who bought; empty when not known."},
    {"date", KU_DATE, "", true, "Date", "Day of the purchase."},
    {"amount", KU_DOUBLE, "money", true, "Amount", "What was paid; negative for a return."},
    {"margin", KU_DOUBLE, "money", false, "Margin", "What is left of the amount after its cost."},
    {"order_id", KU_TEXT, "", false, "Order", "Order, invoice or receipt the line belongs to."},
    {"product", KU_TEXT, "", false, "Product", "What was bought."},
    {"product_group", KU_TEXT, "", false, "Product group", "Group the product belongs to."},
    {"channel", KU_TEXT, "", false, "Channel", "Channel the order came through."},
    {"outlet", KU_TEXT, "", false, "Outlet", "Branch, shop or site that sold it."},
    {"region", KU_TEXT, "", false, "Region", "Region or country of the sale."},
    {"discount", KU_DOUBLE, "money", false, "Discount", "Money taken off the list price."},
    {.name = NULL},
};
