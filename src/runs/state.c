/* state.c - names of states, ids and lists of runs.
 *
 * An id is typed by people and sorts by time: "r" and seven digits of Crockford's base 32
 * (https://www.crockford.com/base32.html), which has no letters that look like digits.
 * The number counts tenths of seconds since 2000; seven digits last until 2108. */
#include <string.h>

#include "base/text.h"
#include "runs/register.h"

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
enum { DIGITS = 7, BITS = 5 };

const char *ku_run_state_name(ku_run_state state)
{
    static const char *const names[] = {"queued", "reading", "running",
                                        "done",   "failed",  "cancelled"};
    return names[state];
}

size_t ku_run_table_group(const ku_run_table *tables, size_t count, size_t from, int64_t *rows)
{
    size_t next = from;
    for (*rows = 0; next < count && strcmp(tables[next].name, tables[from].name) == 0; next++)
        *rows += tables[next].rows;
    return next;
}

void ku_run_id(int64_t number, char id[KU_RUN_ID])
{
    id[0] = 'r';
    for (int i = DIGITS; i > 0; i--, number >>= BITS) id[i] = digits[number & 31];
    id[DIGITS + 1] = '\0';
}

bool ku_run_number(const char *id, int64_t *number)
{
    if (id == NULL || ku_char_lower(id[0]) != 'r' || strlen(id) != DIGITS + 1) return false;
    *number = 0;
    for (int i = 1; i <= DIGITS; i++) {
        char c = ku_char_lower(id[i]);
        if (c == 'o') c = '0';
        if (c == 'i' || c == 'l') c = '1';
        const char *digit = strchr(digits, c);
        if (digit == NULL) return false;
        *number = *number << BITS | (digit - digits);
    }
    return true;
}
