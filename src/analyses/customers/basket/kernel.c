/* kernel.c - customers.basket: what there is to look at, said in words, then the two answers:
 * what is bought together (together.c) and what comes next (proposals.c). */
#include <math.h>

#include "analyses/customers/basket/basket.h"

double basket_number(const ku_frame *frame, const char *column, int64_t row)
{
    return ku_column_number(ku_frame_column(frame, column), row);
}

const char *basket_text(const ku_frame *frame, const char *column, int64_t row, ku_arena *arena)
{
    return ku_column_text(ku_frame_column(frame, column), row, arena);
}

double basket_line_amount(const ku_frame *products, int64_t row)
{
    return basket_number(products, "amount", row) / basket_number(products, "lines", row);
}

/* ---- what is left out ---------------------------------------------------------------------------- */

static void remark_share(ku_run_context *context, double lines, double of, const char *check,
                         const char *what)
{
    if (!(lines > 0)) return;
    ku_run_remark(context, lines > 0.2 * of ? KU_WARN : KU_NOTE, check, "%.0f of %.0f lines %s",
                  lines, of, what);
}

static ku_status look_at_span(const ku_frame *span, ku_run_context *context, ku_error *err)
{
    double lines = basket_number(span, "lines", 0);
    double without = basket_number(span, "lines_without_product", 0);
    double returned = basket_number(span, "returned", 0), all = lines + without + returned;
    if (!(lines > 0))
        return ku_error_set(err, KU_BAD_DATA, "sales",
                            "no line tells of a product that was bought: of %.0f lines %.0f have "
                            "no product and %.0f are returns",
                            all, without, returned);
    remark_share(context, without, all, "products", "have no product and are left out.");
    remark_share(context, returned, all, "returns", "are returns and are left out.");
    remark_share(context, basket_number(span, "lines_without_basket", 0), all, "baskets",
                 "have neither an order number nor a customer, so nothing is known to lie in a "
                 "basket with them.");
    double unknown = basket_number(span, "lines_without_customer", 0);
    if (unknown < lines)
        remark_share(context, unknown, all, "customers",
                     "have no known customer; they count for what is bought together, not for "
                     "proposals.");
    return KU_OK;
}

ku_status basket_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                     ku_frames *out, ku_error *err)
{
    KU_TRY(look_at_span(ku_frames_find(in, "span"), context, err));
    KU_TRY(basket_put_together(in, params, context, out, err));
    return basket_put_next(in, params, context, out, err);
}
