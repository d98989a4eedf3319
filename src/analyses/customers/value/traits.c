/* traits.c - what else is known of customers as numbers: a column of numbers or of true and
 * false is one, a column of words one for each word but the most frequent. Each is put to
 * mean 0 and variance 1, so that the search sees them alike; effects are reported by unit. */
#include <math.h>
#include <string.h>

#include "analyses/customers/value/value.h"

enum { WORDS = 8 }; /* a column with more different words is no trait */

/* One number a person; NAN where not known. */
typedef struct trait {
    const ku_column *column;
    int32_t code; /* of the word it stands for; -1: the number itself */
} trait;

static double number_of(const trait *t, int64_t row)
{
    if (!ku_column_valid(t->column, row)) return NAN;
    if (t->code >= 0) return t->column->as.codes[row] == t->code ? 1 : 0;
    return ku_column_number(t->column, row);
}

/* Adds the trait unless it never varies; what is not known counts as the mean. */
static void add(const trait *t, const char *name, value_case *c)
{
    value_traits *all = &c->traits;
    size_t n = c->people.count, known = 0;
    double sum = 0, square = 0;
    for (size_t i = 0; i < n; i++) {
        double v = number_of(t, (int64_t)i);
        if (!isnan(v)) sum += v, known++;
    }
    double mean = known > 0 ? sum / (double)known : 0;
    for (size_t i = 0; i < n; i++) {
        double v = number_of(t, (int64_t)i);
        if (!isnan(v)) square += (v - mean) * (v - mean);
    }
    double sd = known > 0 ? sqrt(square / (double)known) : 0;
    if (!(sd > 0)) {
        ku_run_remark(c->context, KU_NOTE, "traits", "%s is the same for all, so it is left out.",
                      name);
        return;
    }
    if (known < n)
        ku_run_remark(c->context, known < n / 2 ? KU_WARN : KU_NOTE, "traits",
                      "%s is not known of %zu of %zu customers; they count as average.", name,
                      n - known, n);
    int k = all->columns++;
    all->name[k] = name;
    all->scale[k] = 1 / sd;
    for (size_t i = 0; i < n; i++) {
        double v = number_of(t, (int64_t)i);
        all->value[i * KU_BUYING_COVARIATES + (size_t)k] = isnan(v) ? 0 : (v - mean) / sd;
    }
}

static void add_words(const ku_column *column, value_case *c)
{
    size_t *count = KU_ARRAY(c->arena, (size_t)column->dictionary.size + 1, size_t);
    int32_t used = 0, most = 0;
    for (int64_t i = 0; i < column->rows; i++)
        if (ku_column_valid(column, i)) used += count[column->as.codes[i]]++ == 0;
    for (int32_t code = 1; code < column->dictionary.size; code++)
        if (count[code] > count[most]) most = code;
    if (used < 2) {
        ku_run_remark(c->context, KU_NOTE, "traits", "%s is the same for all, so it is left out.",
                      column->name);
        return;
    }
    if (used > WORDS) {
        ku_run_remark(c->context, KU_WARN, "traits",
                      "%s has %d different words, more than %d; it is left out.", column->name,
                      (int)used, WORDS);
        return;
    }
    for (int32_t code = 0; code < column->dictionary.size; code++) {
        if (code == most || count[code] == 0 || c->traits.columns == KU_BUYING_COVARIATES) continue;
        int32_t length;
        const char *word = ku_dictionary_at(&column->dictionary, code, &length);
        const trait t = {column, code};
        add(&t, ku_arena_printf(c->arena, "%s %.*s", column->name, (int)length, word), c);
    }
}

/* Rows as wide as there are traits. */
static void tighten(value_traits *all, size_t people)
{
    size_t k = (size_t)all->columns;
    for (size_t i = 1; i < people; i++)
        memmove(all->value + i * k, all->value + i * KU_BUYING_COVARIATES, k * sizeof *all->value);
}

ku_status value_traits_read(const ku_frame *frame, value_case *c, ku_error *err)
{
    if (frame->rows == 0) return KU_OK;
    size_t cells = c->people.count * KU_BUYING_COVARIATES;
    c->traits.value = ku_arena_try(c->arena, (cells + 1) * sizeof *c->traits.value);
    if (c->traits.value == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL,
                            "what is known of %zu customers does not fit"
                            " into memory",
                            c->people.count);
    for (int32_t k = 0; k < frame->columns; k++) {
        const ku_column *column = &frame->column[k];
        if (strcmp(column->name, "customer") == 0) continue;
        if (c->traits.columns == KU_BUYING_COVARIATES) {
            ku_run_remark(c->context, KU_WARN, "traits", "At most %d traits are used; %s is not.",
                          KU_BUYING_COVARIATES, column->name);
            continue;
        }
        const trait t = {column, -1};
        if (column->type == KU_TEXT)
            add_words(column, c);
        else
            add(&t, column->name, c);
    }
    tighten(&c->traits, c->people.count);
    return KU_OK;
}
