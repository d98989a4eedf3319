/* csv.c - writing fields of comma-separated files. */
#include "base/csv.h"

#include <string.h>

static bool is_formula(const char *field, size_t length)
{
    return length > 0 && strchr("=+-@\t\r", field[0]) != NULL && field[0] != '\0';
}

static bool needs_quotes(const char *field, size_t length)
{
    if (length == 0 || field[0] == ' ' || field[length - 1] == ' ') return true;
    for (size_t i = 0; i < length; i++)
        if (field[i] == ',' || field[i] == '"' || field[i] == '\n' || field[i] == '\r') return true;
    return false;
}

void ku_csv_add(ku_text *out, const char *field, size_t length, ku_csv_guard guard)
{
    bool formula = guard == KU_CSV_GUARDED && is_formula(field, length);
    bool quoted = needs_quotes(field, length);
    if (quoted) ku_text_addc(out, '"');
    if (formula) ku_text_addc(out, '\'');
    while (quoted && length > 0) {
        const char *quote = memchr(field, '"', length);
        if (quote == NULL) break;
        size_t upto = (size_t)(quote - field) + 1;
        ku_text_addn(out, field, upto);
        ku_text_addc(out, '"');
        field += upto;
        length -= upto;
    }
    ku_text_addn(out, field, length);
    if (quoted) ku_text_addc(out, '"');
}
