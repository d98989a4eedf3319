/* units.c - a test from rows of units.
 *
 * Rows come in the order of their dates and may be many for a unit: numbers are added up, yes or
 * no is yes once it was yes, what was known before is taken once. Whenever a row changes a unit,
 * the unit's old record is taken from the sums of its arm and the new one added, so that the
 * sums are right at the end of every day. */
#include <math.h>
#include <string.h>

#include "analyses/returns/ab/data_internal.h"
#include "base/text.h"

enum { OUT = -1, NEW = -2 };

typedef struct unit_reader {
    ab_reader *r;
    const ku_frame *records;
    const ku_column *number;
    const ku_column **column; /* [columns] */
    int *variant;             /* by code of the variant column */
    const ku_column *variant_column;
    bool *flag, *before; /* [columns]: yes or no; known before the test */
    double *mean;        /* [columns]: of the rows that have a value */
    int64_t numbered, unnumbered;
    bool *came; /* [units]: has a row been added */
    int64_t empty, crossed;
} unit_reader;

static bool starts_before(const char *name)
{
    return ku_text_starts(name, "pre_");
}

/* ---- columns ----------------------------------------------------------------------------------------- */

static bool is_number(const ku_column *c)
{
    return c->type == KU_DOUBLE || c->type == KU_INT64 || c->type == KU_BOOL;
}

static bool is_own(const char *name)
{
    return strcmp(name, "variant") == 0 || strcmp(name, "date") == 0 || strcmp(name, "number") == 0;
}

static ku_status find_columns(unit_reader *u, ku_error *err)
{
    ku_arena *arena = u->r->arena;
    size_t most = (size_t)u->records->columns + 1;
    u->column = KU_ARRAY(arena, most, const ku_column *);
    u->r->out->column = KU_ARRAY(arena, most, const char *);
    for (int32_t i = 0; i < u->records->columns; i++) {
        const ku_column *c = &u->records->column[i];
        if (is_own(c->name) || !is_number(c) || c->nulls == c->rows) continue;
        u->r->out->column[u->r->out->columns] = ku_arena_strdup(arena, c->name);
        u->column[u->r->out->columns++] = c;
    }
    u->flag = KU_ARRAY(arena, most, bool);
    u->before = KU_ARRAY(arena, most, bool);
    u->mean = KU_ARRAY(arena, most, double);
    for (int j = 0; j < u->r->out->columns; j++) u->before[j] = starts_before(u->column[j]->name);
    if (!ku_param_set(u->r->params, "before")) return KU_OK;
    const char **name = ab_split_list(ku_param_text_value(u->r->params, "before"), arena);
    for (; *name != NULL; name++) {
        int j = ab_find_column(u->r, *name);
        if (j < 0)
            return ku_error_set(err, KU_USAGE, "before",
                                "there is no column of numbers called \"%.60s\"", *name);
        u->before[j] = true;
    }
    return KU_OK;
}

static ku_status measure_columns(unit_reader *u, ku_error *err)
{
    for (int j = 0; j < u->r->out->columns; j++) {
        const ku_column *c = u->column[j];
        double sum = 0, count = 0;
        u->flag[j] = !u->before[j];
        for (int64_t i = 0; i < c->rows; i++) {
            double value = ku_column_number(c, i);
            if (isnan(value)) continue;
            if (!isfinite(value) || fabs(value) > 1e100)
                return ku_error_set(err, KU_BAD_DATA, c->name,
                                    "row %lld holds no number of usual size", (long long)i + 1);
            if (value != 0 && value != 1) u->flag[j] = false;
            sum += value;
            count++;
        }
        u->mean[j] = count > 0 ? sum / count : 0;
        if (!u->before[j]) u->empty += c->nulls;
    }
    return KU_OK;
}

/* Its own columns from before, and those that belong to no metric. */
static void give_before(unit_reader *u, ab_metric *m)
{
    const ab_data *out = u->r->out;
    for (int j = 0; j < out->columns && m->record.before < KU_AB_BEFORE; j++) {
        if (!u->before[j]) continue;
        int of = starts_before(out->column[j]) ? ab_find_column(u->r, out->column[j] + 4) : -1;
        if (of >= 0 && !u->before[of] && of != m->y && of != m->d) continue;
        m->before[m->record.before] = j;
        m->record.shift[2 + m->record.before++] = u->mean[j];
    }
}

static ku_status choose_metrics(unit_reader *u, ku_error *err)
{
    ab_data *out = u->r->out;
    bool *metric = KU_ARRAY(u->r->arena, (size_t)out->columns + 1, bool);
    for (int j = 0; j < out->columns; j++) metric[j] = !u->before[j];
    KU_TRY(ab_choose_metrics(u->r, metric, err));
    for (int k = 0; k < out->metrics; k++) {
        ab_metric *m = &out->metric[k];
        if (m->record.kind == KU_AB_MEAN && u->flag[m->y]) m->record.kind = KU_AB_SHARE;
        m->record.shift[0] = m->record.kind == KU_AB_SHARE ? 0 : u->mean[m->y];
        m->record.shift[1] = m->d >= 0 ? u->mean[m->d] : 1;
        give_before(u, m);
    }
    return KU_OK;
}

/* ---- units ------------------------------------------------------------------------------------------- */

static int64_t unit_of(const unit_reader *u, int64_t row, int64_t *unnumbered)
{
    if (u->number != NULL && ku_column_valid(u->number, row)) return u->number->as.i64[row] - 1;
    return u->numbered + (*unnumbered)++;
}

static ku_status make_units(unit_reader *u, ku_error *err)
{
    ab_data *out = u->r->out;
    int64_t rows = u->records->rows, unnumbered = 0;
    for (int64_t i = 0; i < rows; i++) {
        if (u->number == NULL || !ku_column_valid(u->number, i))
            u->unnumbered++;
        else if (u->number->as.i64[i] > u->numbered)
            u->numbered = u->number->as.i64[i];
    }
    out->units = u->numbered + u->unnumbered;
    size_t n = (size_t)out->units;
    out->of = ku_arena_try(u->r->arena, n);
    u->came = ku_arena_try(u->r->arena, n);
    out->value = ku_arena_try(u->r->arena, (n * (size_t)out->columns + 1) * sizeof(double));
    if (!out->of || !u->came || !out->value)
        return ku_error_set(err, KU_NO_MEMORY, "units", "too many units for the memory");
    memset(out->of, NEW, n);
    memset(u->came, 0, n);
    for (int64_t i = 0; i < rows; i++) {
        int64_t at = unit_of(u, i, &unnumbered);
        int g = u->variant[u->variant_column->as.codes[i]];
        if (out->of[at] == NEW) {
            out->of[at] = (int8_t)g;
        } else if (out->of[at] != g && out->of[at] != OUT) {
            out->of[at] = OUT;
            u->crossed++;
        }
    }
    return KU_OK;
}

static void say_units(const unit_reader *u)
{
    ku_run_context *context = u->r->context;
    double share = (double)u->crossed / (double)u->r->out->units;
    if (u->crossed > 0)
        ku_run_remark(context, share > 0.01 ? KU_FAIL : KU_WARN, "crossed",
                      "%lld units of %lld were given more than one variant and are left out%s.",
                      (long long)u->crossed, (long long)u->r->out->units,
                      share > 0.01 ? "; so many say that assignment is broken" : "");
    if (u->empty > 0)
        ku_run_remark(context, KU_NOTE, "empty", "%lld empty values of metrics count as 0.",
                      (long long)u->empty);
}

/* ---- rows -------------------------------------------------------------------------------------------- */

void ab_record(const ab_data *data, const ab_metric *m, int64_t unit, double record[KU_AB_SIZE])
{
    const double *value = data->value + unit * data->columns;
    record[0] = value[m->y];
    record[1] = m->d >= 0 ? value[m->d] : 1;
    for (int k = 0; k < m->record.before; k++) record[2 + k] = value[m->before[k]];
}

static void put_unit(ab_data *data, int64_t unit, double sign)
{
    double record[KU_AB_SIZE];
    for (int k = 0; k < data->metrics; k++) {
        ab_record(data, &data->metric[k], unit, record);
        ku_ab_add(&data->metric[k].record,
                  data->arm + (size_t)k * (size_t)data->variants + data->of[unit], record, sign);
    }
}

static void take_row(unit_reader *u, int64_t row, double *value, bool first)
{
    for (int j = 0; j < u->r->out->columns; j++) {
        double x = ku_column_number(u->column[j], row);
        if (u->before[j]) {
            if (first) value[j] = isnan(x) ? u->mean[j] : x;
        } else if (first) {
            value[j] = isnan(x) ? 0 : x;
        } else if (!isnan(x)) {
            value[j] = u->flag[j] ? fmax(value[j], x) : value[j] + x;
        }
    }
}

static void add_rows(unit_reader *u)
{
    ab_data *out = u->r->out;
    const ku_column *date = ku_frame_column(u->records, "date");
    int64_t unnumbered = 0;
    ab_count_days(u->r, date);
    for (int64_t i = 0; i < u->records->rows; i++) {
        int64_t at = unit_of(u, i, &unnumbered);
        ab_next_day(u->r, ku_column_number(date, i), false);
        if (out->of[at] == OUT) continue;
        if (u->came[at]) put_unit(out, at, -1);
        take_row(u, i, out->value + at * out->columns, !u->came[at]);
        put_unit(out, at, 1);
        u->came[at] = true;
    }
    ab_next_day(u->r, NAN, true);
}

/* ---- segments ---------------------------------------------------------------------------------------- */

/* The column's values as segments; false where there are too many of them or only one. */
static bool name_segments(const ku_column *c, ab_split *split, int8_t *place, ku_arena *arena)
{
    for (int32_t code = 0; code < c->dictionary.size; code++) {
        int32_t length;
        const char *text = ku_dictionary_at(&c->dictionary, code, &length);
        const char *name = ku_arena_strndup(arena, text, (size_t)length);
        int at = 0;
        while (at < split->segments && strcmp(split->segment[at], name) != 0) at++;
        if (at == AB_SEGMENTS) return false;
        if (at == split->segments) split->segment[split->segments++] = name;
        place[code] = (int8_t)at;
    }
    return split->segments > 1;
}

static ku_status add_split(unit_reader *u, const ku_column *c, ku_error *err)
{
    ab_data *out = u->r->out;
    ku_arena *arena = u->r->arena;
    ab_split *split = &out->split[out->splits];
    int8_t place[4 * AB_SEGMENTS];
    int64_t unnumbered = 0;
    *split = (ab_split){.name = ku_arena_strdup(arena, c->name)};
    if (c->dictionary.size > 4 * AB_SEGMENTS || !name_segments(c, split, place, arena)) {
        if (split->segments > 1 || c->dictionary.size > 1)
            ku_run_remark(u->r->context, KU_NOTE, "segments",
                          "\"%.60s\" has more than %d values and is not taken for segments.",
                          c->name, AB_SEGMENTS);
        return KU_OK;
    }
    split->of = ku_arena_try(arena, (size_t)out->units);
    if (split->of == NULL)
        return ku_error_set(err, KU_NO_MEMORY, "units", "too many units for the memory");
    memset(split->of, NEW, (size_t)out->units);
    for (int64_t i = 0; i < c->rows; i++) {
        int64_t at = unit_of(u, i, &unnumbered);
        if (split->of[at] == NEW)
            split->of[at] = ku_column_valid(c, i) ? place[c->as.codes[i]] : OUT;
    }
    out->splits++;
    return KU_OK;
}

static ku_status find_splits(unit_reader *u, ku_error *err)
{
    for (int32_t i = 0; i < u->records->columns; i++) {
        const ku_column *c = &u->records->column[i];
        if (c->type == KU_TEXT && !is_own(c->name) && u->r->out->splits < AB_SPLITS)
            KU_TRY(add_split(u, c, err));
    }
    return KU_OK;
}

ku_status ab_read_units(ab_reader *r, const ku_frame *records, ku_error *err)
{
    unit_reader u = {.r = r,
                     .records = records,
                     .number = ku_frame_column(records, "number"),
                     .variant_column = ku_frame_column(records, "variant")};
    KU_TRY(ab_read_variants(r, u.variant_column, &u.variant, err));
    KU_TRY(ab_read_plan(r, err));
    KU_TRY(find_columns(&u, err));
    KU_TRY(measure_columns(&u, err));
    KU_TRY(choose_metrics(&u, err));
    KU_TRY(make_units(&u, err));
    say_units(&u);
    r->out->total = (double)r->out->units;
    add_rows(&u);
    return find_splits(&u, err);
}
