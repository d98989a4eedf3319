/* analogues.c - likeness and curves of past launches.
 *
 * Likeness is a product of plain factors: another group counts 0.3, another brand 0.7, and a
 * price twice or half as high about 0.4; what is not known counts as the same. A weight given
 * by the user replaces all of that. */
#include "analyses/demand/launch/analogues.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double other_group = 0.3, other_brand = 0.7;
/* ln of the ratio of prices that counts as one standard deviation. */
static const double price_width = 0.5;
/* Periods a year for p and q of other products, which are known by the year. */
static const double days_a_year = 365.25;

/* ---- the table ----------------------------------------------------------------------------- */

static const char *optional_text(const ku_column *column, int64_t row, ku_arena *arena)
{
    const char *text = column && ku_column_valid(column, row) ? ku_column_text(column, row, arena)
                                                              : NULL;
    return text && text[0] != '\0' ? text : NULL;
}

static double optional_number(const ku_column *column, int64_t row)
{
    return column ? ku_column_number(column, row) : NAN;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const product_facts *)a)->name, ((const product_facts *)b)->name);
}

static void read_row(const ku_frame *table, int64_t row, ku_arena *arena, product_facts *to)
{
    const ku_column *date = ku_frame_column(table, "launched");
    to->name = ku_column_text(ku_frame_column(table, "product"), row, arena);
    to->group = optional_text(ku_frame_column(table, "product_group"), row, arena);
    to->brand = optional_text(ku_frame_column(table, "brand"), row, arena);
    to->price = optional_number(ku_frame_column(table, "price"), row);
    to->weight = optional_number(ku_frame_column(table, "weight"), row);
    to->has_date = date && ku_column_valid(date, row);
    if (to->has_date) to->launched = (int64_t)ku_column_number(date, row);
}

/* Series that the table does not mention are products too, with nothing said of them. */
static int add_unmentioned(product_facts *list, int count, const ku_series_set *set)
{
    int all = count;
    for (size_t i = 0; i < set->count; i++) {
        product_facts key = {.name = set->series[i].name, .price = NAN, .weight = NAN};
        if (!bsearch(&key, list, (size_t)count, sizeof *list, by_name)) list[all++] = key;
    }
    return all;
}

ku_status facts_read(const ku_frame *table, const ku_series_set *set, ku_arena *arena,
                     product_facts **facts, int *count, ku_error *err)
{
    int64_t rows = table ? table->rows : 0;
    product_facts *list = ku_arena_try(arena, ((size_t)rows + set->count + 1) * sizeof *list);
    if (!list) return ku_error_set(err, KU_NO_MEMORY, "launches", "too many products");
    for (int64_t row = 0; row < rows; row++) read_row(table, row, arena, &list[row]);
    qsort(list, (size_t)rows, sizeof *list, by_name);
    for (int64_t i = 1; i < rows; i++)
        if (strcmp(list[i].name, list[i - 1].name) == 0)
            return ku_error_set(err, KU_BAD_DATA, "launches",
                                "two rows for the product \"%s\"; expected one", list[i].name);
    *count = add_unmentioned(list, (int)rows, set);
    qsort(list, (size_t)*count, sizeof *list, by_name);
    *facts = list;
    return KU_OK;
}

int facts_find(const product_facts *facts, int count, const char *name)
{
    size_t length = strlen(name);
    int found = -1;
    for (int i = 0; i < count; i++) {
        if (strcmp(facts[i].name, name) == 0) return i;
        if (strncmp(facts[i].name, name, length) == 0 && facts[i].name[length] == ' ')
            found = found == -1 ? i : -2;
    }
    return found < 0 ? -1 : found;
}

/* ---- sales since the launch ------------------------------------------------------------------ */

static int64_t first_date_of_all(const ku_series_set *set)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < set->count; i++)
        if (set->series[i].n > 0 && set->series[i].first < first) first = set->series[i].first;
    return first;
}

bool sales_since_launch(const ku_series *series, const ku_series_set *set,
                        const product_facts *facts, launch_sales *out)
{
    if (series == NULL || series->value == NULL) return false;
    int64_t from = 0, to = series->n;
    if (facts->has_date) from = ku_series_place(&set->period, series->first, facts->launched);
    if (from < 0) from = 0;
    while (from < to && !(series->value[from] > 0)) from++;
    /* After a withdrawal there is nothing to learn of the curve. */
    while (to > from && !(series->value[to - 1] > 0)) to--;
    if (from >= to) return false;
    if (!facts->has_date && from == 0 && series->first == first_date_of_all(set)) return false;
    *out = (launch_sales){series->value + from, (int)(to - from),
                          ku_series_date(&set->period, series->first, (int)from)};
    return true;
}

/* ---- curves -------------------------------------------------------------------------------------- */

static double periods_a_year(const ku_series_period *period)
{
    if (period->numbers) return 12;
    return period->months ? 12.0 / (double)period->step : days_a_year / (double)period->step;
}

/* Weak knowledge that keeps curves of short pasts sensible: p and q of durables by the year
 * (Sultan, Farley & Lehmann 1990: means .03 and .38) within a factor of 4 to 5 either way. */
static ku_bass_prior weak_prior(const launch_sales *s, bool again, const ku_series_period *period)
{
    static const double deviation[KU_BASS_UNKNOWNS] = {1, 1.5, 1.5};
    double sum = 0, highest = 0, year = periods_a_year(period);
    for (int t = 0; t < s->n; t++) {
        sum += fmax(s->y[t], 0);
        highest = fmax(highest, s->y[t]);
    }
    ku_bass usual = ku_bass_of(again ? highest : 1.5 * sum, fmin(0.03 * 3 / year, 0.5),
                               fmin(0.38 * 3 / year, 1));
    ku_bass_prior prior = {.precision = {0}};
    for (int k = 0; k < KU_BASS_UNKNOWNS; k++) {
        prior.mean[k] = usual.theta[k];
        prior.precision[k * KU_BASS_UNKNOWNS + k] = 1 / (deviation[k] * deviation[k]);
    }
    return prior;
}

/* Twice: first with a guess of the errors' size, then with what was found. */
static bool fit_curve(const launch_sales *s, bool again, const ku_series_period *period,
                      ku_arena *arena, ku_bass_fit *fit)
{
    double *deviation = KU_ARRAY(arena, (size_t)s->n, double);
    double *work = KU_ARRAY(arena, ku_bass_room(s->n), double), highest = 0;
    ku_bass_prior prior = weak_prior(s, again, period);
    for (int t = 0; t < s->n; t++) highest = fmax(highest, s->y[t]);
    double size = 0.15 * highest;
    for (int round = 0; round < 2; round++) {
        for (int t = 0; t < s->n; t++) deviation[t] = size;
        if (!ku_bass_fit_curve(s->y, s->n, again, deviation, &prior, work, fit)) return false;
        size = fmax(sqrt(fit->squares / fmax(s->n - KU_BASS_UNKNOWNS, 1)), 1e-6 * highest);
    }
    return true;
}

/* ---- likeness -------------------------------------------------------------------------------------- */

static bool named(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at != NULL; at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL) {
        while (*at == ' ') at++;
        size_t part = strcspn(at, ";");
        while (part > 0 && at[part - 1] == ' ') part--;
        bool whole = part == length && strncmp(at, name, part) == 0;
        bool code = part > 0 && part < length && strncmp(at, name, part) == 0 && name[part] == ' ';
        if (whole || code) return true;
    }
    return false;
}

/* The factor of two texts that may differ; says so. */
static double text_factor(const char *a, const char *b, double other, const char *what, char *why,
                          size_t size)
{
    if (a == NULL || b == NULL) return 1;
    bool same = strcmp(a, b) == 0;
    size_t at = strlen(why);
    snprintf(why + at, size - at, "%s%s %s", at ? "; " : "", same ? "same" : "other", what);
    return same ? 1 : other;
}

static double price_factor(double a, double b, char *why, size_t size)
{
    if (!(a > 0) || !(b > 0)) return 1;
    double ratio = log(a / b);
    size_t at = strlen(why);
    if (fabs(ratio) < 0.005)
        snprintf(why + at, size - at, "%ssame price", at ? "; " : "");
    else
        snprintf(why + at, size - at, "%sprice %.0f %% %s", at ? "; " : "",
                 fabs(100 * expm1(ratio)), ratio > 0 ? "higher" : "lower");
    return fmax(exp(-ratio * ratio / (2 * price_width * price_width)), 0.01);
}

static void compare(candidate *c, const product_facts *product, ku_arena *arena)
{
    char why[200] = "";
    if (c->facts.weight >= 0) {
        c->weight = c->facts.weight;
        snprintf(why, sizeof why, "weight given");
    } else {
        c->weight = text_factor(c->facts.group, product->group, other_group, "group", why,
                                sizeof why) *
                    text_factor(c->facts.brand, product->brand, other_brand, "brand", why,
                                sizeof why) *
                    price_factor(c->facts.price, product->price, why, sizeof why);
    }
    size_t at = strlen(why);
    snprintf(why + at, sizeof why - at, "%s%d periods since its launch", at ? "; " : "",
             c->sales.n);
    c->why = ku_arena_strdup(arena, why);
    if (why[0] >= 'a') ((char *)c->why)[0] = (char)(why[0] - 'a' + 'A');
}

/* NULL, or why the candidate cannot be used. */
static const char *obstacle(candidate *c, const product_facts *product, const char *only,
                            const ku_series_set *set, ku_arena *arena)
{
    if (only && !named(only, c->facts.name)) return "Not among the analogues asked for.";
    const ku_series *series = ku_series_find(set, c->facts.name);
    if (series == NULL) return "No sales.";
    if (!sales_since_launch(series, set, &c->facts, &c->sales))
        return "Its launch is not in the data.";
    if (c->sales.n < SHORTEST_ANALOGUE) return "Too few periods since its launch.";
    compare(c, product, arena);
    if (!(c->weight > 0)) return "Weight 0.";
    for (int again = 0; again < 2; again++)
        if (!fit_curve(&c->sales, again, &set->period, arena, &c->curve[again].fit))
            return "No curve fits its sales.";
    return NULL;
}

int weigh_candidates(candidate *list, int count, const product_facts *product, const char *only,
                     const ku_series_set *set, ku_arena *arena)
{
    double sum = 0;
    int usable = 0;
    for (int i = 0; i < count; i++) {
        const char *why = obstacle(&list[i], product, only, set, arena);
        list[i].usable = why == NULL;
        if (why) list[i].why = why;
        if (!list[i].usable) continue;
        usable++;
        sum += list[i].weight;
    }
    for (int i = 0; i < count; i++) {
        candidate *c = &list[i];
        if (!c->usable) {
            c->weight = 0;
            continue;
        }
        c->weight /= sum;
        c->curve[0].weight = c->curve[1].weight = c->weight;
    }
    return usable;
}
