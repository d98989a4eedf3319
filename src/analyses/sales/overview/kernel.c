/* kernel.c - lays the sums of the extracts out as the page needs them: figures with their
 * changes, shares, the drivers of the change. The adding up itself is in queries/; here
 * are thousands of rows at most. */
#include <math.h>
#include <string.h>

#include "analyses/sales/overview/overview.h"
#include "base/format.h"

/* The three windows, in the order in which they are compared. */
enum { NOW, BEFORE, YEAR, WINDOWS };
static const char *const window_key[WINDOWS] = {"now", "before", "year"};
static const char *const window_name[WINDOWS] = {"Now", "Before", "A year ago"};

typedef struct window {
    int32_t from, to; /* days, [from, to) */
    bool covered;     /* the data reach over all of it */
    double revenue, sold, returned, units, units_unknown;
    double margin, revenue_with_cost; /* NaN margin: no costs known */
    double lines, lines_without_order, orders;
    double customers, new_customers, new_revenue;
} window;

typedef struct overview {
    int32_t first_day, last_day; /* of the data */
    window window[WINDOWS];
} overview;

/* ---- reading the extracts ------------------------------------------------------------ */

static double number_at(const ku_frame *frame, const char *column, int64_t row)
{
    return ku_column_number(ku_frame_column(frame, column), row);
}

static int32_t day_at(const ku_frame *frame, const char *column, int64_t row)
{
    return ku_frame_column(frame, column)->as.days[row];
}

static double or_zero(double value)
{
    return isnan(value) ? 0 : value;
}

static ku_status read_span(const ku_frame *span, overview *view, ku_error *err)
{
    if (span->rows != 1 || !ku_column_valid(ku_frame_column(span, "first_day"), 0))
        return ku_error_set(err, KU_BAD_DATA, "sale", "there are no sales to look at");
    static const char *const from[WINDOWS] = {"now_from", "before_from", "year_from"};
    static const char *const to[WINDOWS] = {"now_to", "before_to", "year_to"};
    view->first_day = day_at(span, "first_day", 0);
    view->last_day = day_at(span, "last_day", 0);
    for (int w = 0; w < WINDOWS; w++) {
        window *at = &view->window[w];
        at->from = day_at(span, from[w], 0);
        at->to = day_at(span, to[w], 0);
        at->covered = at->from >= view->first_day && at->to <= view->last_day + 1;
    }
    if (view->window[NOW].from >= view->window[NOW].to)
        return ku_error_set(err, KU_USAGE, "since, until",
                            "the first day to look at lies after the last");
    return KU_OK;
}

static void read_window(const ku_frame *totals, int64_t row, window *at)
{
    at->revenue = or_zero(number_at(totals, "revenue", row));
    at->sold = or_zero(number_at(totals, "sold", row));
    at->returned = or_zero(number_at(totals, "returned", row));
    at->units = or_zero(number_at(totals, "units", row));
    at->units_unknown = or_zero(number_at(totals, "units_unknown", row));
    at->revenue_with_cost = or_zero(number_at(totals, "revenue_with_cost", row));
    if (at->revenue_with_cost > 0) at->margin = number_at(totals, "margin", row);
    at->lines = number_at(totals, "lines", row);
    at->lines_without_order = number_at(totals, "lines_without_order", row);
    at->orders = number_at(totals, "orders", row);
    at->customers = number_at(totals, "customers", row);
    at->new_customers = number_at(totals, "new_customers", row);
    at->new_revenue = or_zero(number_at(totals, "new_revenue", row));
}

static void read_windows(const ku_frame *totals, overview *view)
{
    const ku_column *name = ku_frame_column(totals, "name");
    for (int w = 0; w < WINDOWS; w++) view->window[w].margin = NAN;
    for (int64_t row = 0; row < totals->rows; row++) {
        int32_t length;
        const char *text = ku_dictionary_at(&name->dictionary, name->as.codes[row], &length);
        for (int w = 0; w < WINDOWS; w++)
            if (strlen(window_key[w]) == (size_t)length &&
                memcmp(text, window_key[w], (size_t)length) == 0)
                read_window(totals, row, &view->window[w]);
    }
}

/* ---- comparing ------------------------------------------------------------------------ */

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

/* NaN (shown as nothing) where there is nothing to compare with. */
static double relative_change(double now, double before)
{
    return before > 0 ? now / before - 1 : NAN;
}

typedef struct figure {
    const char *measure, *unit;
    double value[WINDOWS];
} figure;

static void put_figure(ku_frame_builder *table, const overview *view, const figure *item)
{
    ku_build_text(table, 0, item->measure);
    ku_build_double(table, 1, item->value[NOW]);
    ku_build_text(table, 2, item->unit);
    if (view->window[BEFORE].covered) {
        ku_build_double(table, 3, item->value[BEFORE]);
        ku_build_double(table, 4, relative_change(item->value[NOW], item->value[BEFORE]));
    }
    if (view->window[YEAR].covered) {
        ku_build_double(table, 5, item->value[YEAR]);
        ku_build_double(table, 6, relative_change(item->value[NOW], item->value[YEAR]));
    }
    ku_build_row(table);
}

static bool has_orders(const window *at)
{
    return at->lines_without_order == 0;
}

static ku_frame_builder *put_figures(const overview *view, ku_run_context *context)
{
    figure figures[] = {
        {.measure = "Revenue", .unit = "money"},
        {.measure = "Orders", .unit = "orders"},
        {.measure = "Customers", .unit = "customers"},
        {.measure = "Units", .unit = "units"},
        {.measure = "Average order", .unit = "money"},
        {.measure = "Margin", .unit = "money"},
        {.measure = "Margin rate", .unit = "share"},
        {.measure = "Returns", .unit = "money"},
        {.measure = "Return rate", .unit = "share"},
        {.measure = "New customers", .unit = "customers"},
        {.measure = "Sales to new customers", .unit = "money"},
    };
    ku_frame_builder *table = ku_run_output(context, "figures");
    for (int w = 0; w < WINDOWS; w++) {
        const window *at = &view->window[w];
        double orders = has_orders(at) ? at->orders : NAN;
        bool has_history = at->from > view->first_day; /* else everybody would be new */
        const double values[] = {at->revenue,
                                 orders,
                                 at->customers,
                                 at->units,
                                 ratio(at->sold, orders),
                                 at->margin,
                                 ratio(at->margin, at->revenue_with_cost),
                                 at->returned,
                                 ratio(at->returned, at->sold),
                                 has_history ? at->new_customers : NAN,
                                 has_history ? at->new_revenue : NAN};
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) figures[i].value[w] = values[i];
    }
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        put_figure(table, view, &figures[i]);
    return table;
}

static ku_frame_builder *put_windows(const overview *view, ku_run_context *context)
{
    ku_frame_builder *table = ku_run_output(context, "windows");
    for (int w = 0; w < WINDOWS; w++) {
        ku_build_text(table, 0, window_name[w]);
        ku_build_date(table, 1, view->window[w].from);
        ku_build_date(table, 2, view->window[w].to - 1);
        ku_build_bool(table, 3, view->window[w].covered);
        ku_build_row(table);
    }
    return table;
}

/* ---- over time -------------------------------------------------------------------------- */

static ku_frame_builder *put_periods(const ku_frame *periods, const overview *view,
                                     ku_run_context *context)
{
    ku_frame_builder *table = ku_run_output(context, "periods");
    for (int64_t row = 0; row < periods->rows; row++) {
        int32_t day = day_at(periods, "period", row);
        bool last = row == periods->rows - 1;
        double orders = number_at(periods, "orders", row);
        ku_build_date(table, 0, day);
        ku_build_double(table, 1, number_at(periods, "revenue", row));
        ku_build_double(table, 2, number_at(periods, "returned", row));
        ku_build_double(table, 3, number_at(periods, "margin", row));
        ku_build_double(table, 4, number_at(periods, "units", row));
        ku_build_int(table, 5, (int64_t)orders);
        ku_build_double(table, 6, ratio(number_at(periods, "sold_in_orders", row), orders));
        ku_build_int(table, 7, (int64_t)number_at(periods, "customers", row));
        ku_build_int(table, 8, (int64_t)number_at(periods, "new_customers", row));
        ku_build_bool(table, 9,
                      (row > 0 || day >= view->first_day) &&
                          (!last || day_at(periods, "period_end", row) <= view->last_day + 1));
        ku_build_row(table);
    }
    return table;
}

static void put_buyer(ku_frame_builder *table, int32_t period, const char *buyers, double revenue)
{
    ku_build_date(table, 0, period);
    ku_build_text(table, 1, buyers);
    ku_build_double(table, 2, revenue);
    ku_build_row(table);
}

static ku_frame_builder *put_buyers(const ku_frame *periods, ku_run_context *context)
{
    ku_frame_builder *table = ku_run_output(context, "buyers");
    for (int64_t row = 0; row < periods->rows; row++) {
        int32_t period = day_at(periods, "period", row);
        double fresh = number_at(periods, "new_revenue", row);
        double returning = number_at(periods, "returning_revenue", row);
        double unknown = number_at(periods, "sold", row) - fresh - returning;
        put_buyer(table, period, "Returning", returning);
        put_buyer(table, period, "New", fresh);
        put_buyer(table, period, "Not known", unknown > 0 ? unknown : 0);
    }
    return table;
}

/* ---- members ---------------------------------------------------------------------------- */

static const char *nameless_member(const char *dimension)
{
    if (strcmp(dimension, "channel") == 0) return "No channel";
    if (strcmp(dimension, "region") == 0) return "No region";
    return "No product group";
}

static const char *rest_of(const char *dimension, int64_t count, ku_arena *arena)
{
    char number[KU_NUMBER_TEXT];
    return ku_arena_printf(arena, "%s other %ss", ku_format_int(number, count, NULL), dimension);
}

static ku_frame_builder *put_members(const ku_frame *members, const overview *view,
                                     ku_run_context *context)
{
    ku_arena *arena = ku_run_arena(context);
    ku_frame_builder *table = ku_run_output(context, "members");
    const ku_column *dimension = ku_frame_column(members, "dimension");
    const ku_column *member = ku_frame_column(members, "member");
    const ku_column *others = ku_frame_column(members, "others");
    for (int64_t row = 0; row < members->rows; row++) {
        const char *by = ku_column_text(dimension, row, arena);
        const char *name = ku_column_text(member, row, arena);
        if (others->as.i64[row] > 0) name = rest_of(by, others->as.i64[row], arena);
        double now = number_at(members, "now_revenue", row);
        double before = number_at(members, "before_revenue", row);
        double year = number_at(members, "year_revenue", row);
        ku_build_text(table, 0, by);
        ku_build_text(table, 1, name ? name : nameless_member(by));
        ku_build_double(table, 2, now);
        ku_build_double(table, 3, ratio(now, view->window[NOW].revenue));
        if (view->window[BEFORE].covered) {
            ku_build_double(table, 4, before);
            ku_build_double(table, 5, relative_change(now, before));
        }
        if (view->window[YEAR].covered) {
            ku_build_double(table, 6, year);
            ku_build_double(table, 7, relative_change(now, year));
        }
        ku_build_double(table, 8, number_at(members, "now_units", row));
        if (!isnan(view->window[NOW].margin))
            ku_build_double(table, 9, number_at(members, "now_margin", row));
        ku_build_double(table, 10, number_at(members, "now_returned", row));
        ku_build_row(table);
    }
    return table;
}

/* ---- drivers ---------------------------------------------------------------------------- */

static void put_step(ku_frame_builder *table, const char *against, const char *step, double amount,
                     double earlier)
{
    ku_build_text(table, 0, against);
    ku_build_text(table, 1, step);
    ku_build_double(table, 2, amount);
    ku_build_double(table, 3, ratio(amount, earlier));
    ku_build_row(table);
}

static void put_comparison(ku_frame_builder *table, const ku_frame *products, const overview *view,
                           int against, ku_arena *arena)
{
    static const char *const units_of[WINDOWS] = {"now_units", "before_units", "year_units"};
    static const char *const revenue_of[WINDOWS] = {"now_revenue", "before_revenue",
                                                    "year_revenue"};
    const window *earlier = &view->window[against], *now = &view->window[NOW];
    overview_product *sold = KU_ARRAY(arena, (size_t)products->rows, overview_product);
    for (int64_t row = 0; row < products->rows; row++)
        sold[row] = (overview_product){
            {number_at(products, units_of[against], row), number_at(products, units_of[NOW], row)},
            {number_at(products, revenue_of[against], row),
             number_at(products, revenue_of[NOW], row)}};
    overview_totals totals = {{earlier->customers, now->customers},
                              {earlier->units_unknown, now->units_unknown},
                              {earlier->returned, now->returned}};
    overview_drivers part = overview_split(sold, (size_t)products->rows, &totals);
    const char *title = against == YEAR ? "A year ago" : "The window before";
    double base = earlier->revenue;
    put_step(table, title, "Revenue then", base, base);
    put_step(table, title, "Customers", part.customers, base);
    put_step(table, title, "Units per customer", part.volume, base);
    put_step(table, title, "Sales to unknown buyers", part.unknown, base);
    put_step(table, title, "Mix of products", part.mix, base);
    put_step(table, title, "Prices", part.price, base);
    put_step(table, title, "New products", part.added, base);
    put_step(table, title, "Dropped products", part.dropped, base);
    put_step(table, title, "Returns", part.returns, base);
    put_step(table, title, "Revenue now", now->revenue, base);
}

static ku_frame_builder *put_drivers(const ku_frame *products, const overview *view,
                                     ku_run_context *context)
{
    ku_frame_builder *table = ku_run_output(context, "drivers");
    for (int against = BEFORE; against < WINDOWS; against++)
        if (view->window[against].covered)
            put_comparison(table, products, view, against, ku_run_arena(context));
    return table;
}

/* ---- the largest customers ---------------------------------------------------------------- */

static ku_frame_builder *put_pareto(const ku_frame *steps, ku_run_context *context)
{
    ku_frame_builder *table = ku_run_output(context, "pareto");
    double customers = 0, revenue = 0, all_customers = 0, all_revenue = 0;
    for (int64_t row = 0; row < steps->rows; row++) {
        all_customers += number_at(steps, "customers", row);
        all_revenue += number_at(steps, "revenue", row);
    }
    if (all_revenue <= 0) return table;
    ku_build_double(table, 0, 0);
    ku_build_double(table, 1, 0);
    ku_build_row(table);
    for (int64_t row = 0; row < steps->rows; row++) {
        customers += number_at(steps, "customers", row);
        revenue += number_at(steps, "revenue", row);
        ku_build_double(table, 0, customers / all_customers);
        ku_build_double(table, 1, revenue / all_revenue);
        ku_build_row(table);
    }
    return table;
}

/* ---- remarks ------------------------------------------------------------------------------ */

static void remark_windows(const overview *view, ku_run_context *context)
{
    if (!view->window[NOW].covered)
        ku_run_remark(context, KU_WARN, "window",
                      "The data do not reach over the whole window; its figures are too low.");
    if (!view->window[BEFORE].covered)
        ku_run_remark(context, KU_NOTE, "before",
                      "The data begin after the window before; nothing is compared with it.");
    if (!view->window[YEAR].covered)
        ku_run_remark(context, KU_NOTE, "year",
                      "The data begin less than a year before the window; nothing is compared "
                      "with a year ago.");
}

static void remark_content(const window *now, ku_run_context *context)
{
    double unknown = ratio(now->units_unknown, now->units);
    if (isnan(now->margin))
        ku_run_remark(context, KU_NOTE, "cost",
                      "No costs are known, so there is no margin: import sales with a cost or "
                      "products with a unit cost.");
    else if (now->revenue_with_cost < 0.995 * now->revenue)
        ku_run_remark(context, KU_WARN, "cost",
                      "Costs are known for %.0f %% of revenue; the margin covers only that part.",
                      100 * now->revenue_with_cost / now->revenue);
    char without[KU_NUMBER_TEXT], lines[KU_NUMBER_TEXT];
    if (!has_orders(now))
        ku_run_remark(context, KU_NOTE, "order",
                      "%s of %s lines have no order number, so orders are not counted.",
                      ku_format_fixed(without, now->lines_without_order, 0, NULL),
                      ku_format_fixed(lines, now->lines, 0, NULL));
    if (unknown > 0.01)
        ku_run_remark(context, KU_NOTE, "customer",
                      "%.0f %% of units went to buyers who are not known; figures on customers "
                      "leave them out.",
                      100 * unknown);
}

/* ---- the run ------------------------------------------------------------------------------ */

ku_status overview_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                       ku_frames *out, ku_error *err)
{
    (void)params; /* they shape the extracts */
    overview view = {0};
    const ku_frame *periods = ku_frames_find(in, "periods");
    KU_TRY(read_span(ku_frames_find(in, "span"), &view, err));
    read_windows(ku_frames_find(in, "windows"), &view);
    remark_windows(&view, context);
    remark_content(&view.window[NOW], context);
    ku_frame_builder *tables[] = {
        put_figures(&view, context),
        put_windows(&view, context),
        put_periods(periods, &view, context),
        put_buyers(periods, context),
        put_members(ku_frames_find(in, "members"), &view, context),
        put_drivers(ku_frames_find(in, "products"), &view, context),
        put_pareto(ku_frames_find(in, "pareto"), context),
    };
    return ku_frames_add_all(out, tables, sizeof tables / sizeof *tables, err);
}
