/* basket.h - customers.basket: its parts. Descriptors are constants; frames belong to the run. */
#ifndef KU_CUSTOMERS_BASKET_H
#define KU_CUSTOMERS_BASKET_H

#include "customers/baskets/baskets.h"
#include "customers/baskets/next.h"
#include "kemudi/analysis.h"

ku_analysis_fn basket_run;

/* Fills rules, sets and pairs. */
ku_status basket_put_together(const ku_frames *in, const ku_params *params, ku_run_context *context,
                              ku_frames *out, ku_error *err);
/* Fills next and check, or says why they stay empty. */
ku_status basket_put_next(const ku_frames *in, const ku_params *params, ku_run_context *context,
                          ku_frames *out, ku_error *err);

/* What a line of the products table's row brings; NAN where it is not known. */
double basket_line_amount(const ku_frame *products, int64_t row);
/* A cell as a number, and a text cell as a copy in the run's arena; the column must be there. */
double basket_number(const ku_frame *frame, const char *column, int64_t row);
const char *basket_text(const ku_frame *frame, const char *column, int64_t row, ku_arena *arena);

#endif
