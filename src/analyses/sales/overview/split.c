/* split.c - why revenue changed, in parts that add up. The formulas are in overview.h. */
#include "analyses/sales/overview/overview.h"

/* Sums over the products that were sold in both windows. */
typedef struct common {
    double units[2];
    double mid_value; /* sum of mean price x mean units */
    double quantity;  /* sum of unit changes at mean prices */
} common;

static bool is_sold(const overview_product *product, int window)
{
    return product->units[window] > 0 || product->revenue[window] != 0;
}

static void add_common(const overview_product *product, common *sum, overview_drivers *drivers)
{
    const double *units = product->units, *revenue = product->revenue;
    if (units[0] <= 0 || units[1] <= 0) { /* money without units: a fee, a correction */
        drivers->price += revenue[1] - revenue[0];
        return;
    }
    double before = revenue[0] / units[0], now = revenue[1] / units[1];
    double mean_price = (before + now) / 2, mean_units = (units[0] + units[1]) / 2;
    drivers->price += (now - before) * mean_units;
    sum->quantity += (units[1] - units[0]) * mean_price;
    sum->mid_value += mean_price * mean_units;
    sum->units[0] += units[0];
    sum->units[1] += units[1];
}

/* The volume of known customers is their number times units each; the change of a
 * product is split at the means of both factors. With nobody on one side the other
 * side's units each serve for both. */
static void split_known(const double customers[2], const double units[2], double price,
                        overview_drivers *drivers)
{
    double each[2] = {customers[0] > 0 ? units[0] / customers[0] : 0,
                      customers[1] > 0 ? units[1] / customers[1] : 0};
    if (customers[0] <= 0) each[0] = each[1];
    if (customers[1] <= 0) each[1] = each[0];
    drivers->customers = price * (customers[1] - customers[0]) * (each[0] + each[1]) / 2;
    drivers->volume = price * (each[1] - each[0]) * (customers[0] + customers[1]) / 2;
}

static void split_volume(const common *sum, const double all_units[2],
                         const overview_totals *totals, overview_drivers *drivers)
{
    double middle = (sum->units[0] + sum->units[1]) / 2;
    double price = middle > 0 ? sum->mid_value / middle : 0;
    double known[2], unknown[2];
    for (int w = 0; w < 2; w++) {
        double share = all_units[w] > 0 ? totals->units_unknown[w] / all_units[w] : 0;
        if (totals->customers[w] <= 0) share = 1; /* nobody known, so nobody known bought */
        unknown[w] = sum->units[w] * share;
        known[w] = sum->units[w] - unknown[w];
    }
    drivers->unknown = price * (unknown[1] - unknown[0]);
    split_known(totals->customers, known, price, drivers);
    drivers->mix = sum->quantity - price * (sum->units[1] - sum->units[0]);
}

overview_drivers overview_split(const overview_product *products, size_t count,
                                const overview_totals *totals)
{
    overview_drivers drivers = {0};
    common sum = {0};
    double all_units[2] = {0, 0};
    for (size_t i = 0; i < count; i++) {
        const overview_product *product = &products[i];
        all_units[0] += product->units[0];
        all_units[1] += product->units[1];
        if (is_sold(product, 0) && is_sold(product, 1))
            add_common(product, &sum, &drivers);
        else if (is_sold(product, 1))
            drivers.added += product->revenue[1];
        else
            drivers.dropped -= product->revenue[0];
    }
    split_volume(&sum, all_units, totals, &drivers);
    drivers.returns = totals->returned[0] - totals->returned[1];
    return drivers;
}
