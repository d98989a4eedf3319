/* money.h - amounts of money as whole minor units (cents) of an ISO 4217 currency, added
 * and multiplied without loss. Plain values; currencies are constants. */
#ifndef KU_BASE_MONEY_H
#define KU_BASE_MONEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

typedef struct ku_currency {
    char code[4];       /* "EUR" */
    int digits;         /* of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD */
    const char *symbol; /* "€", or the code where there is no sign all know */
    const char *name;
} ku_currency;

const ku_currency *ku_currency_find(const char *code); /* or NULL; case does not matter */
const ku_currency *ku_currency_at(size_t index);       /* all, by code; NULL after the last */

typedef struct ku_money {
    int64_t minor;
    const ku_currency *currency;
} ku_money;

/* KU_CONFLICT for two currencies, KU_BAD_DATA when the sum does not fit. */
ku_status ku_money_add(ku_money a, ku_money b, ku_money *sum, ku_error *err);
ku_status ku_money_subtract(ku_money a, ku_money b, ku_money *difference, ku_error *err);
/* a * numerator / denominator, rounded half to even; denominator > 0. */
ku_status ku_money_times(ku_money a, int64_t numerator, int64_t denominator, ku_money *product,
                         ku_error *err);
/* The nearest amount to a number of major units, half to even. */
ku_status ku_money_from_double(double major, const ku_currency *currency, ku_money *money,
                               ku_error *err);
double ku_money_to_double(ku_money money);

/* "1,234.56", "1.234,56" (by decimal mark), "-12", "EUR 12.50", "12.50 €". More decimals
 * than the currency has are refused, as is another currency. */
ku_status ku_money_parse(const char *text, size_t length, char decimal, const ku_currency *currency,
                         ku_money *money, ku_error *err);
/* "€1,234.56", "-CHF 12.00". */
void ku_money_add_text(ku_text *out, ku_money money);

#endif
