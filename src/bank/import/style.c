/* style.c - the decimal mark and the order of dates, from the values of the sample.
 *
 * "1,234" and "03/04/2010" mean different things in different countries, and one value
 * alone cannot tell. So all sampled values of the columns that hold numbers or dates
 * vote: a value that can be read only one way decides, and only where none does a rule
 * steps in, which the report names so that it can be overruled. */
#include <string.h>

#include "bank/import/detect.h"

static const char *const order_names[] = {"ymd", "dmy", "mdy"};

const char *ku_date_order_name(ku_date_order order)
{
    return order_names[order];
}

/* ---- decimal mark -------------------------------------------------------------------------------- */

typedef struct marks {
    size_t point, comma; /* values in which the mark can only be decimal */
} marks;

/* A mark is decimal when it stands once and last and is not followed by exactly three
 * digits, or when the other mark stands before it. */
static void vote_number(const char *cell, marks *votes)
{
    const char *point = strrchr(cell, '.'), *comma = strrchr(cell, ',');
    if (point == NULL && comma == NULL) return;
    const char *last = point > comma ? point : comma, *other = point > comma ? comma : point;
    if (strchr(cell, *last) != last) return; /* twice: groups of digits */
    size_t digits = strspn(last + 1, "0123456789");
    if (other == NULL && digits == 3 && last > cell && last[-1] != '0' && last - cell <= 4) return;
    if (last == point)
        votes->point++;
    else
        votes->comma++;
}

static bool is_number(const ku_fact_column *spec)
{
    return spec->type == KU_DOUBLE || spec->type == KU_INT64;
}

static char detect_decimal(const ku_sample *sample, const ku_plan *plan)
{
    marks votes = {0};
    for (size_t f = 0; f < plan->field_count; f++) {
        if (!is_number(plan->field[f].spec) || plan->field[f].column < 0) continue;
        for (size_t r = 0; r < sample->rows; r++)
            vote_number(sample->cell[r * sample->columns + (size_t)plan->field[f].column], &votes);
    }
    return votes.comma > votes.point ? ',' : '.';
}

/* ---- order of dates --------------------------------------------------------------------------------- */

typedef struct orders {
    size_t readable[3]; /* values that are a date in this order */
    size_t only[3];     /* and in no other */
    size_t values;
    size_t falling[3]; /* values earlier than the one before */
    int64_t before[3];
    bool dotted;
} orders;

static void vote_date(const char *cell, orders *votes)
{
    static const ku_date_order all[] = {KU_DATE_YMD, KU_DATE_DMY, KU_DATE_MDY};
    size_t fits = 0, one = 0, length = strlen(cell);
    votes->values++;
    if (length > 2 && memchr(cell, '.', length < 6 ? length : 6) != NULL) votes->dotted = true;
    for (size_t i = 0; i < 3; i++) {
        int64_t micros;
        if (ku_timestamp_parse(cell, length, all[i], &micros, NULL) != KU_OK) continue;
        votes->readable[i]++;
        if (votes->readable[i] > 1 && micros < votes->before[i]) votes->falling[i]++;
        votes->before[i] = micros;
        fits++;
        one = i;
    }
    if (fits == 1) votes->only[one]++;
}

static ku_date_order decide_order(const orders *v, ku_arena *arena, const char **how)
{
    const size_t d = KU_DATE_DMY, m = KU_DATE_MDY, y = KU_DATE_YMD;
    if (v->readable[y] >= v->readable[d] && v->readable[y] >= v->readable[m]) {
        *how = "the year stands first";
        return KU_DATE_YMD;
    }
    if (v->only[d] != v->only[m]) {
        ku_date_order order = v->only[d] > v->only[m] ? KU_DATE_DMY : KU_DATE_MDY;
        *how = ku_arena_printf(
            arena, "%zu of %zu dates looked at can only be read so%s", v->only[order], v->values,
            v->only[d] > 0 && v->only[m] > 0 ? "; others only the other way" : "");
        return order;
    }
    if (v->falling[d] != v->falling[m]) {
        *how = "ambiguous; so read, the rows are in order of time";
        return v->falling[d] < v->falling[m] ? KU_DATE_DMY : KU_DATE_MDY;
    }
    *how = v->dotted ? "ambiguous; with points the day is taken to stand first"
                     : "ambiguous; the day is taken to stand first";
    return KU_DATE_DMY;
}

static bool is_date(const ku_fact_column *spec)
{
    return spec->type == KU_DATE || spec->type == KU_TIMESTAMP;
}

static ku_date_order detect_order(const ku_sample *sample, const ku_plan *plan, ku_arena *arena,
                                  const char **how)
{
    orders votes = {0};
    for (size_t f = 0; f < plan->field_count; f++) {
        if (!is_date(plan->field[f].spec) || plan->field[f].column < 0) continue;
        for (size_t r = 0; r < sample->rows; r++) {
            const char *cell = sample->cell[r * sample->columns + (size_t)plan->field[f].column];
            if (!ku_value_missing((ku_span){cell, strlen(cell)}, KU_DATE)) vote_date(cell, &votes);
        }
    }
    if (votes.values == 0) {
        *how = NULL;
        return KU_DATE_YMD;
    }
    return decide_order(&votes, arena, how);
}

/* ---- both ---------------------------------------------------------------------------------------------- */

static ku_status forced_order(const char *name, ku_date_order *order, ku_error *err)
{
    for (size_t i = 0; i < 3; i++)
        if (ku_text_fold_equal(name, order_names[i])) {
            *order = (ku_date_order)i;
            return KU_OK;
        }
    return ku_error_set(err, KU_USAGE, "date order", "expected ymd, dmy or mdy, found %s", name);
}

ku_status ku_detect_style(const ku_import_options *options, const ku_sample *sample,
                          ku_arena *arena, ku_plan *plan, const char **how, ku_error *err)
{
    if (options->decimal != 0 && options->decimal != '.' && options->decimal != ',')
        return ku_error_set(err, KU_USAGE, "decimal", "expected a point or a comma, found %c",
                            options->decimal);
    plan->style.decimal = options->decimal != 0 ? options->decimal : detect_decimal(sample, plan);
    plan->style.date_order = detect_order(sample, plan, arena, how);
    if (options->date_order == NULL) return KU_OK;
    *how = "as told";
    return forced_order(options->date_order, &plan->style.date_order, err);
}
