/* money.c - amounts of money in minor units. */
#include "base/money.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

__extension__ typedef __int128 int128;

/* ---- currencies ------------------------------------------------------------------------ */

/* ISO 4217, list one: codes and decimals of the minor unit. */
static const ku_currency currencies[] = {
    {"AED", 2, "AED", "UAE dirham"},
    {"ARS", 2, "ARS", "Argentine peso"},
    {"AUD", 2, "A$", "Australian dollar"},
    {"BDT", 2, "BDT", "Bangladeshi taka"},
    {"BGN", 2, "BGN", "Bulgarian lev"},
    {"BHD", 3, "BHD", "Bahraini dinar"},
    {"BRL", 2, "R$", "Brazilian real"},
    {"CAD", 2, "C$", "Canadian dollar"},
    {"CHF", 2, "CHF", "Swiss franc"},
    {"CLP", 0, "CLP", "Chilean peso"},
    {"CNY", 2, "CN¥", "Chinese yuan"},
    {"COP", 2, "COP", "Colombian peso"},
    {"CZK", 2, "Kč", "Czech koruna"},
    {"DKK", 2, "DKK", "Danish krone"},
    {"EGP", 2, "EGP", "Egyptian pound"},
    {"EUR", 2, "€", "Euro"},
    {"GBP", 2, "£", "Pound sterling"},
    {"GEL", 2, "₾", "Georgian lari"},
    {"GHS", 2, "GHS", "Ghanaian cedi"},
    {"HKD", 2, "HK$", "Hong Kong dollar"},
    {"HUF", 2, "Ft", "Hungarian forint"},
    {"IDR", 2, "Rp", "Indonesian rupiah"},
    {"ILS", 2, "₪", "Israeli shekel"},
    {"INR", 2, "₹", "Indian rupee"},
    {"ISK", 0, "ISK", "Icelandic krona"},
    {"JOD", 3, "JOD", "Jordanian dinar"},
    {"JPY", 0, "¥", "Japanese yen"},
    {"KES", 2, "KES", "Kenyan shilling"},
    {"KRW", 0, "₩", "South Korean won"},
    {"KWD", 3, "KWD", "Kuwaiti dinar"},
    {"KZT", 2, "₸", "Kazakhstani tenge"},
    {"LKR", 2, "LKR", "Sri Lankan rupee"},
    {"MAD", 2, "MAD", "Moroccan dirham"},
    {"MXN", 2, "MX$", "Mexican peso"},
    {"MYR", 2, "RM", "Malaysian ringgit"},
    {"NGN", 2, "₦", "Nigerian naira"},
    {"NOK", 2, "NOK", "Norwegian krone"},
    {"NZD", 2, "NZ$", "New Zealand dollar"},
    {"OMR", 3, "OMR", "Omani rial"},
    {"PEN", 2, "S/", "Peruvian sol"},
    {"PHP", 2, "₱", "Philippine peso"},
    {"PKR", 2, "PKR", "Pakistani rupee"},
    {"PLN", 2, "zł", "Polish zloty"},
    {"QAR", 2, "QAR", "Qatari riyal"},
    {"RON", 2, "RON", "Romanian leu"},
    {"RSD", 2, "RSD", "Serbian dinar"},
    {"RUB", 2, "₽", "Russian ruble"},
    {"SAR", 2, "SAR", "Saudi riyal"},
    {"SEK", 2, "SEK", "Swedish krona"},
    {"SGD", 2, "S$", "Singapore dollar"},
    {"THB", 2, "฿", "Thai baht"},
    {"TND", 3, "TND", "Tunisian dinar"},
    {"TRY", 2, "₺", "Turkish lira"},
    {"TWD", 2, "NT$", "New Taiwan dollar"},
    {"UAH", 2, "₴", "Ukrainian hryvnia"},
    {"USD", 2, "$", "US dollar"},
    {"UYU", 2, "UYU", "Uruguayan peso"},
    {"VND", 0, "₫", "Vietnamese dong"},
    {"XAF", 0, "XAF", "Central African franc"},
    {"XOF", 0, "XOF", "West African franc"},
    {"ZAR", 2, "R", "South African rand"},
};

enum { CURRENCIES = sizeof currencies / sizeof *currencies };

const ku_currency *ku_currency_find(const char *code)
{
    for (size_t i = 0; i < CURRENCIES; i++)
        if (ku_text_fold_equal(currencies[i].code, code)) return &currencies[i];
    return NULL;
}

const ku_currency *ku_currency_at(size_t index)
{
    return index < CURRENCIES ? &currencies[index] : NULL;
}

static int64_t minor_per_major(const ku_currency *currency)
{
    static const int64_t power[] = {1, 10, 100, 1000};
    return power[currency->digits];
}

/* ---- arithmetic ------------------------------------------------------------------------- */

static ku_status too_large(ku_error *err)
{
    return ku_error_set(err, KU_BAD_DATA, NULL, "the amount of money is too large");
}

static ku_status same_currency(ku_money a, ku_money b, ku_error *err)
{
    if (a.currency == b.currency) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, NULL, "%s and %s cannot be added without a rate",
                        a.currency->code, b.currency->code);
}

ku_status ku_money_add(ku_money a, ku_money b, ku_money *sum, ku_error *err)
{
    KU_TRY(same_currency(a, b, err));
    int64_t minor;
    if (__builtin_add_overflow(a.minor, b.minor, &minor)) return too_large(err);
    *sum = (ku_money){minor, a.currency};
    return KU_OK;
}

ku_status ku_money_subtract(ku_money a, ku_money b, ku_money *difference, ku_error *err)
{
    KU_TRY(same_currency(a, b, err));
    int64_t minor;
    if (__builtin_sub_overflow(a.minor, b.minor, &minor)) return too_large(err);
    *difference = (ku_money){minor, a.currency};
    return KU_OK;
}

ku_status ku_money_times(ku_money a, int64_t numerator, int64_t denominator, ku_money *product,
                         ku_error *err)
{
    if (denominator <= 0)
        return ku_error_set(err, KU_USAGE, NULL, "money can only be divided by a positive number");
    int128 exact = (int128)a.minor * numerator;
    int128 quotient = exact / denominator, rest = exact % denominator;
    if (rest < 0) { /* round down first */
        rest += denominator;
        quotient--;
    }
    int128 twice = 2 * rest;
    if (twice > denominator || (twice == denominator && quotient % 2 != 0)) quotient++;
    if (quotient > INT64_MAX || quotient < INT64_MIN) return too_large(err);
    *product = (ku_money){(int64_t)quotient, a.currency};
    return KU_OK;
}

ku_status ku_money_from_double(double major, const ku_currency *currency, ku_money *money,
                               ku_error *err)
{
    double minor = nearbyint(major * (double)minor_per_major(currency)); /* half to even */
    if (!(fabs(minor) < 9.2e18)) return too_large(err);
    *money = (ku_money){(int64_t)minor, currency};
    return KU_OK;
}

double ku_money_to_double(ku_money money)
{
    return (double)money.minor / (double)minor_per_major(money.currency);
}

/* ---- texts -------------------------------------------------------------------------------- */

/* Takes the currency's code or sign off either end. */
static ku_span without_sign(ku_span s, const ku_currency *currency)
{
    const char *const marks[] = {currency->code, currency->symbol};
    for (int i = 0; i < 2; i++) {
        size_t n = strlen(marks[i]);
        if (s.length < n) continue;
        if (memcmp(s.at, marks[i], n) == 0) return ku_text_trim(s.at + n, s.length - n);
        if (memcmp(s.at + s.length - n, marks[i], n) == 0) return ku_text_trim(s.at, s.length - n);
    }
    return s;
}

/* Digits that follow the last decimal mark. */
static int decimals_in(ku_span s, char decimal)
{
    const char *mark = memrchr(s.at, decimal, s.length);
    int n = 0;
    for (const char *c = mark; c != NULL && ++c < s.at + s.length && *c >= '0' && *c <= '9';) n++;
    return n;
}

/* Whole minor units from a number that ku_parse_double has passed: all its digits, with
 * zeros for decimals left out. */
static bool digits_to_minor(ku_span s, int zeros, bool negative, int64_t *minor)
{
    int64_t sum = 0;
    for (size_t i = 0; i < s.length; i++) {
        if (s.at[i] < '0' || s.at[i] > '9') continue;
        int digit = s.at[i] - '0';
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, negative ? -digit : digit, &sum))
            return false;
    }
    for (; zeros > 0; zeros--)
        if (__builtin_mul_overflow(sum, 10, &sum)) return false;
    *minor = sum;
    return true;
}

ku_status ku_money_parse(const char *text, size_t length, char decimal, const ku_currency *currency,
                         ku_money *money, ku_error *err)
{
    ku_span s = ku_text_trim(text, length);
    bool minus = s.length > 0 && s.at[0] == '-';
    if (minus) s = ku_text_trim(s.at + 1, s.length - 1);
    s = without_sign(s, currency);
    double value;
    bool exponent = memchr(s.at, 'e', s.length) != NULL || memchr(s.at, 'E', s.length) != NULL;
    bool two_signs = minus && s.length > 0 && (s.at[0] == '-' || s.at[0] == '+' || s.at[0] == '(');
    if (exponent || two_signs || ku_parse_double(s.at, s.length, decimal, &value, NULL) != KU_OK)
        return ku_error_set(err, KU_USAGE, NULL,
                            "expected an amount in %s such as %s, found \"%.*s\"", currency->code,
                            decimal == '.' ? "1,234.50" : "1.234,50",
                            (int)ku_utf8_cut(text, length, 40), text);
    int found = decimals_in(s, decimal);
    if (found > currency->digits)
        return ku_error_set(err, KU_USAGE, NULL, "%s has %d decimals, found %d in \"%.*s\"",
                            currency->code, currency->digits, found,
                            (int)ku_utf8_cut(text, length, 40), text);
    int64_t minor;
    if (!digits_to_minor(s, currency->digits - found, minus || value < 0, &minor))
        return too_large(err);
    *money = (ku_money){minor, currency};
    return KU_OK;
}

void ku_money_add_text(ku_text *out, ku_money money)
{
    uint64_t size = money.minor < 0 ? -(uint64_t)money.minor : (uint64_t)money.minor;
    uint64_t unit = (uint64_t)minor_per_major(money.currency);
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)(size / unit));
    if (money.minor < 0) ku_text_addc(out, '-');
    ku_text_add(out, money.currency->symbol);
    /* A sign made of letters stands apart from the number. */
    char last = money.currency->symbol[strlen(money.currency->symbol) - 1];
    if ((last >= 'A' && last <= 'Z') || (last >= 'a' && last <= 'z')) ku_text_addc(out, ' ');
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) ku_text_addc(out, ',');
        ku_text_addc(out, digits[i]);
    }
    if (money.currency->digits > 0)
        ku_text_addf(out, ".%0*llu", money.currency->digits, (unsigned long long)(size % unit));
}
