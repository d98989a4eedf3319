/* split.c - one value into its parts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/demand/explain/explain.h"
#include "base/text.h"
#include "num/student.h"

const char *const part_names[PARTS] = {"Baseline", "Price",        "Promotion",      "Media",
                                       "Holidays", "Other causes", "Cannibalisation"};

/* ---- which part a column is of ---------------------------------------------------------------- */

static bool is_listed(const char *name, const char *list)
{
    for (const char *at = list; at != NULL;) {
        const char *comma = strchr(at, ',');
        ku_span one = ku_text_trim(at, comma != NULL ? (size_t)(comma - at) : strlen(at));
        if (one.length == strlen(name) && memcmp(one.at, name, one.length) == 0) return true;
        at = comma != NULL ? comma + 1 : NULL;
    }
    return false;
}

static bool has_word(const char *name, const char *word)
{
    char low[128];
    ku_text_copy(low, sizeof low, name);
    ku_text_lower(low);
    return strstr(low, word) != NULL;
}

part part_of_column(const char *name, const ku_params *params)
{
    static const struct {
        part part;
        const char *param, *words[12];
    } known[] = {
        {PART_PROMOTION, "promotion", {"promo", "discount", "display", "feature", "coupon"}},
        {PART_PRICE, "price", {"price"}},
        {PART_MEDIA, "media", {"media", "spend", "advert", "tv", "campaign"}},
        {PART_HOLIDAY,
         "holiday",
         {"holiday", "easter", "christmas", "eid", "ramadan", "new_year", "new year",
          "working days", "days", "day_", "_day"}},
    };
    if (strcmp(name, "others on promotion") == 0) return PART_CANNIBALISED;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is_listed(name, ku_param_text_value(params, known[i].param))) return known[i].part;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        for (int k = 0; k < 12 && known[i].words[k] != NULL; k++)
            if (has_word(name, known[i].words[k])) return known[i].part;
    return PART_OTHER;
}

/* ---- against what --------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double reference_of(const explained *e, int j, double *room)
{
    int n = e->data.n;
    double sum = 0;
    for (int t = 0; t < n; t++) {
        room[t] = ku_regress_value(&e->data, &e->fit, j, t);
        sum += room[t] / n;
    }
    if (e->part[j] == PART_OTHER) return sum;
    qsort(room, (size_t)n, sizeof *room, ascending);
    if (e->part[j] == PART_PRICE) return room[n / 2];
    return e->fit.effect[j].logged ? room[0] : 0;
}

void explain_references(explained *e, double *room)
{
    for (int j = 0; j < e->data.columns; j++)
        if (e->fit.effect[j].fate == KU_REGRESS_USED) e->reference[j] = reference_of(e, j, room);
}

/* ---- the split --------------------------------------------------------------------------------------- */

/* Distance of column j from its reference; a planned value that is not given is the usual. */
static double distance(const explained *e, int j, int t)
{
    double value = ku_regress_value(&e->data, &e->fit, j, t);
    if (isnan(value)) value = e->fit.effect[j].reference;
    return value - e->reference[j];
}

static double sum_of_effects(const explained *e, int t)
{
    double sum = 0;
    for (int j = 0; j < e->data.columns; j++)
        if (e->fit.effect[j].fate == KU_REGRESS_USED)
            sum += e->fit.effect[j].beta * distance(e, j, t);
    return e->fit.relative ? fmin(fmax(sum, -50), 50) : sum;
}

double explain_total(const explained *e, int t, double baseline)
{
    double sum = sum_of_effects(e, t);
    return e->fit.relative ? baseline * exp(sum) : baseline + sum;
}

/* (a - b) / ln(a / b), the mean that lies between the two; x = ln(a / b). */
static double logarithmic_mean(double a, double x)
{
    return fabs(x) < 1e-8 ? a : a * (-expm1(-x) / x);
}

void explain_split(const explained *e, int t, double total, double value[PARTS], double *slope)
{
    double sum = sum_of_effects(e, t);
    double weight = e->fit.relative ? logarithmic_mean(total, sum) : 1;
    for (int p = 0; p < PARTS; p++) value[p] = 0;
    double parts = 0;
    for (int j = 0; j < e->data.columns; j++) {
        const ku_regress_effect *effect = &e->fit.effect[j];
        slope[j] = effect->fate == KU_REGRESS_USED ? weight * distance(e, j, t) : 0;
        value[e->part[j]] += slope[j] * effect->beta;
        parts += slope[j] * effect->beta;
    }
    value[PART_BASELINE] = total - parts;
}

double explain_reach(const explained *e, const double *slope, part p)
{
    int columns = e->data.columns;
    double variance = 0;
    if (e->fit.used == 0) return 0;
    for (int j = 0; j < columns; j++)
        for (int i = 0; i < columns; i++)
            if (p == PARTS || (e->part[j] == p && e->part[i] == p))
                variance += slope[j] * slope[i] *
                            e->fit.covariance[(size_t)j * (size_t)columns + (size_t)i];
    return ku_student_quantile(0.975, e->fit.freedom) * sqrt(fmax(variance, 0));
}
