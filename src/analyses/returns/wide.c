/* wide.c - a wide table, one row a date and region, as rows.
 *
 * Users of other media-mix programs have such a table, and each program names its columns its
 * own way: Meridian by endings (Channel0_impression, Channel0_spend, Channel3_reach), Robyn by
 * one capital letter (tv_S spend, facebook_I impressions, search_clicks_P, competitor_sales_B),
 * PyMC-Marketing by x1, x2 for media and y for the outcome. What a name tells is taken from it;
 * what it does not, a parameter says; what neither does is left out, and that is said. */
#include <math.h>
#include <string.h>

#include "analyses/returns/data.h"
#include "base/number.h"
#include "base/text.h"

/* ---- what a name tells -------------------------------------------------------------------- */

typedef struct word {
    const char *text;
    ku_returns_part part;
} word;

/* The whole name. */
static const word whole[] = {
    {"date", KU_RETURNS_DATE},
    {"time", KU_RETURNS_DATE},
    {"week", KU_RETURNS_DATE},
    {"month", KU_RETURNS_DATE},
    {"day", KU_RETURNS_DATE},
    {"ds", KU_RETURNS_DATE},
    {"date_week", KU_RETURNS_DATE},
    {"week_start", KU_RETURNS_DATE},
    {"period", KU_RETURNS_DATE},
    {"geo", KU_RETURNS_REGION},
    {"region", KU_RETURNS_REGION},
    {"market", KU_RETURNS_REGION},
    {"dma", KU_RETURNS_REGION},
    {"state", KU_RETURNS_REGION},
    {"country", KU_RETURNS_REGION},
    {"location", KU_RETURNS_REGION},
    {"territory", KU_RETURNS_REGION},
    {"y", KU_RETURNS_OUTCOME_VALUE},
    {"kpi", KU_RETURNS_OUTCOME_VALUE},
    {"outcome", KU_RETURNS_OUTCOME_VALUE},
    {"revenue", KU_RETURNS_OUTCOME_VALUE},
    {"sales", KU_RETURNS_OUTCOME_VALUE},
    {"orders", KU_RETURNS_OUTCOME_VALUE},
    {"conversions", KU_RETURNS_OUTCOME_VALUE},
    {"units", KU_RETURNS_OUTCOME_VALUE},
    {"target", KU_RETURNS_OUTCOME_VALUE},
    {"population", KU_RETURNS_POPULATION},
    {"inhabitants", KU_RETURNS_POPULATION},
    {"value_per_unit", KU_RETURNS_REVENUE_PER_UNIT},
};

/* Endings after a separator. */
static const word endings[] = {
    {"spend", KU_RETURNS_SPEND},           {"cost", KU_RETURNS_SPEND},
    {"costs", KU_RETURNS_SPEND},           {"investment", KU_RETURNS_SPEND},
    {"impression", KU_RETURNS_EXPOSURE},   {"impressions", KU_RETURNS_EXPOSURE},
    {"clicks", KU_RETURNS_EXPOSURE},       {"views", KU_RETURNS_EXPOSURE},
    {"exposure", KU_RETURNS_EXPOSURE},     {"grp", KU_RETURNS_EXPOSURE},
    {"grps", KU_RETURNS_EXPOSURE},         {"reach", KU_RETURNS_REACH},
    {"frequency", KU_RETURNS_FREQUENCY},   {"control", KU_RETURNS_A_CONTROL},
    {"treatment", KU_RETURNS_A_TREATMENT}, {"event", KU_RETURNS_AN_EVENT},
    {"holiday", KU_RETURNS_AN_EVENT},
};

/* Robyn's: capitals only, as a small letter may end any word. */
static const struct {
    char letter;
    ku_returns_part part;
} letters[] = {
    {'S', KU_RETURNS_SPEND},    {'I', KU_RETURNS_EXPOSURE},  {'P', KU_RETURNS_EXPOSURE},
    {'O', KU_RETURNS_EXPOSURE}, {'B', KU_RETURNS_A_CONTROL},
};

static bool is_mark(char c)
{
    return c == '_' || c == '-' || c == '.' || c == ' ';
}

static ku_returns_part whole_part(const char *name)
{
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (ku_text_fold_equal(name, whole[i].text)) return whole[i].part;
    return KU_RETURNS_UNUSED;
}

/* Cuts a known ending off the name in place; tells what it was. */
static ku_returns_part cut_ending(char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i].text);
        if (length < n + 2 || !is_mark(name[length - n - 1])) continue;
        if (!ku_text_fold_equal(name + length - n, endings[i].text)) continue;
        name[length - n - 1] = '\0';
        return endings[i].part;
    }
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (length >= 3 && name[length - 2] == '_' && name[length - 1] == letters[i].letter) {
            name[length - 2] = '\0';
            return letters[i].part;
        }
    return KU_RETURNS_UNUSED;
}

static bool starts_folded(const char *name, const char *with)
{
    while (*with != '\0')
        if (ku_char_lower(*name++) != *with++) return false;
    return true;
}

/* "x1", "c2", "x1_Search-Ads": a letter and a number, then nothing or a name. */
static ku_returns_part numbered_part(char *name)
{
    char letter = ku_char_lower(name[0]);
    size_t digits = strspn(name + (name[0] != '\0'), "0123456789");
    if (digits == 0 || (letter != 'x' && letter != 'c')) return KU_RETURNS_UNUSED;
    const char *rest = name + 1 + digits;
    if (*rest != '\0' && (letter == 'c' || *rest != '_' || rest[1] == '\0'))
        return KU_RETURNS_UNUSED;
    if (*rest == '_') memmove(name, rest + 1, strlen(rest + 1) + 1);
    return letter == 'x' ? KU_RETURNS_SPEND : KU_RETURNS_A_CONTROL;
}

static ku_returns_part started_part(const char *name)
{
    static const word starts[] = {
        {"revenue_per", KU_RETURNS_REVENUE_PER_UNIT},
        {"value_per", KU_RETURNS_REVENUE_PER_UNIT},
        {"promo", KU_RETURNS_A_TREATMENT},
        {"discount", KU_RETURNS_A_TREATMENT},
        {"price", KU_RETURNS_A_TREATMENT},
        {"event_", KU_RETURNS_AN_EVENT},
        {"holiday", KU_RETURNS_AN_EVENT},
        {"events", KU_RETURNS_AN_EVENT},
        {"competitor", KU_RETURNS_A_CONTROL},
        {"temperature", KU_RETURNS_A_CONTROL},
    };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (starts_folded(name, starts[i].text)) return starts[i].part;
    return KU_RETURNS_UNUSED;
}

ku_returns_part ku_returns_column_part(const char *column, char *stem, size_t size)
{
    ku_text_copy(stem, size, column);
    ku_returns_part part = whole_part(stem);
    if (part != KU_RETURNS_UNUSED) return part;
    part = cut_ending(stem);
    if (part == KU_RETURNS_EXPOSURE) /* search_clicks_P is of search */
        while (cut_ending(stem) == KU_RETURNS_EXPOSURE) continue;
    if (part == KU_RETURNS_UNUSED) part = started_part(stem);
    if (part == KU_RETURNS_UNUSED) part = numbered_part(stem);
    return part;
}

/* ---- what the parameters tell ------------------------------------------------------------- */

/* Whether the list, parted by commas, has the name. */
static bool listed(const ku_params *params, const char *param, const char *name)
{
    const char *list = ku_param_set(params, param) ? ku_param_text_value(params, param) : "";
    while (*list != '\0') {
        size_t length = strcspn(list, ",");
        ku_span item = ku_text_trim(list, length);
        if (item.length == strlen(name) && memcmp(item.at, name, item.length) == 0) return true;
        list += length + (list[length] == ',');
    }
    return false;
}

/* A name of such a list that no column has, or NULL. */
static const char *listed_nowhere(const ku_frame *wide, const ku_params *params, const char *param,
                                  ku_arena *arena)
{
    const char *list = ku_param_set(params, param) ? ku_param_text_value(params, param) : "";
    while (*list != '\0') {
        size_t length = strcspn(list, ",");
        ku_span item = ku_text_trim(list, length);
        char *name = ku_arena_strndup(arena, item.at, item.length);
        if (item.length > 0 && ku_frame_column(wide, name) == NULL) return name;
        list += length + (list[length] == ',');
    }
    return NULL;
}

typedef struct wide_column {
    const ku_column *column;
    ku_returns_part part;
    bool organic;
    int number; /* of its channel or series */
    char stem[128];
} wide_column;

static const struct {
    const char *param;
    ku_returns_part part;
} naming[] = {
    {"ignore", KU_RETURNS_UNUSED},     {"outcome-column", KU_RETURNS_OUTCOME_VALUE},
    {"media", KU_RETURNS_SPEND},       {"organic", KU_RETURNS_EXPOSURE},
    {"control", KU_RETURNS_A_CONTROL}, {"treatment", KU_RETURNS_A_TREATMENT},
    {"event", KU_RETURNS_AN_EVENT},
};

static void name_column(const ku_params *params, wide_column *c)
{
    const char *name = c->column->name;
    c->part = ku_returns_column_part(name, c->stem, sizeof c->stem);
    c->organic = starts_folded(name, "organic") && c->part == KU_RETURNS_EXPOSURE;
    if (ku_param_set(params, "outcome-column") && c->part == KU_RETURNS_OUTCOME_VALUE)
        c->part = KU_RETURNS_UNUSED;
    for (size_t i = 0; i < sizeof naming / sizeof *naming; i++) {
        if (!listed(params, naming[i].param, name)) continue;
        bool media = naming[i].part == KU_RETURNS_SPEND || naming[i].part == KU_RETURNS_EXPOSURE;
        if (!media || c->part != naming[i].part) ku_text_copy(c->stem, sizeof c->stem, name);
        c->part = naming[i].part;
        c->organic = naming[i].part == KU_RETURNS_EXPOSURE;
        return;
    }
}

/* ---- dates and regions -------------------------------------------------------------------- */

static bool read_date(const ku_column *column, int64_t row, ku_arena *arena, int32_t *days)
{
    if (!ku_column_valid(column, row)) return false;
    if (column->type == KU_DATE) return *days = column->as.days[row], true;
    if (column->type != KU_TEXT) return false;
    const char *text = ku_column_text(column, row, arena);
    static const ku_date_order orders[] = {KU_DATE_YMD, KU_DATE_DMY, KU_DATE_MDY};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        int64_t micros;
        if (ku_timestamp_parse(text, strlen(text), orders[i], &micros, NULL) != KU_OK) continue;
        *days = ku_date_of(micros);
        return true;
    }
    return false;
}

static const char *region_text(const ku_column *column, int64_t row, ku_arena *arena)
{
    if (!ku_column_valid(column, row)) return "";
    if (column->type == KU_TEXT) return ku_column_text(column, row, arena);
    return ku_arena_printf(arena, "%.10g", ku_column_number(column, row));
}

static ku_status no_dates(const ku_frame *wide, ku_error *err)
{
    ku_text has = {0};
    for (int32_t i = 0; i < wide->columns && has.length < 200; i++)
        if (wide->column[i].nulls < wide->rows)
            ku_text_addf(&has, "%s%s", has.length > 0 ? ", " : "", wide->column[i].name);
    ku_status status = ku_error_set(
        err, KU_BAD_DATA, "wide",
        "no column says when: expected one called date, time, week, month or day. The file has %lld"
        " rows with %s. A return can only be had from how an outcome moved with spend over time;"
        " rows that stand for markets without dates cannot tell it from what else differs between"
        " markets",
        (long long)wide->rows, ku_text_string(&has));
    ku_text_clear(&has);
    return status;
}

/* ---- columns ------------------------------------------------------------------------------ */

typedef struct wide_table {
    const ku_frame *frame;
    const ku_params *params;
    ku_returns_findings *findings;
    ku_arena *arena;
    int columns;
    wide_column *column;
    const ku_column *date, *region, *value, *revenue, *population;
    ku_returns_rows *out;
} wide_table;

static ku_status check_params(const wide_table *w, ku_error *err)
{
    for (size_t i = 0; i < sizeof naming / sizeof *naming; i++) {
        const char *missing = listed_nowhere(w->frame, w->params, naming[i].param, w->arena);
        if (missing == NULL) continue;
        return ku_error_set(err, KU_USAGE, naming[i].param, "the file has no column called %s",
                            missing);
    }
    return KU_OK;
}

static bool is_number(const ku_column *column)
{
    return column->type == KU_DOUBLE || column->type == KU_INT64 || column->type == KU_BOOL;
}

static void place_column(wide_table *w, wide_column *c)
{
    ku_returns_rows *out = w->out;
    const ku_column **single[] = {[KU_RETURNS_DATE] = &w->date,
                                  [KU_RETURNS_REGION] = &w->region,
                                  [KU_RETURNS_OUTCOME_VALUE] = &w->value,
                                  [KU_RETURNS_REVENUE_PER_UNIT] = &w->revenue,
                                  [KU_RETURNS_POPULATION] = &w->population};
    if (c->part >= KU_RETURNS_DATE && c->part <= KU_RETURNS_POPULATION) {
        bool text_allowed = c->part <= KU_RETURNS_REGION;
        if (*single[c->part] != NULL || (!text_allowed && !is_number(c->column)))
            c->part = KU_RETURNS_UNUSED;
        else
            *single[c->part] = c->column;
        return;
    }
    if (!is_number(c->column) && c->part != KU_RETURNS_AN_EVENT) c->part = KU_RETURNS_UNUSED;
    if (c->part == KU_RETURNS_UNUSED) return;
    const char *stem = ku_arena_strdup(w->arena, c->stem);
    if (c->part >= KU_RETURNS_SPEND && c->part <= KU_RETURNS_FREQUENCY)
        c->number = ku_returns_name(&out->channel, stem, w->arena);
    else if (is_number(c->column))
        c->number = ku_returns_name(&out->series, stem, w->arena);
}

static void choose_columns(wide_table *w)
{
    w->column = KU_ARRAY(w->arena, (size_t)w->frame->columns + 1, wide_column);
    for (int32_t i = 0; i < w->frame->columns; i++) {
        wide_column *c = &w->column[w->columns];
        c->column = &w->frame->column[i];
        if (c->column->nulls == c->column->rows) continue; /* nothing in it */
        name_column(w->params, c);
        place_column(w, c);
        w->columns++;
    }
}

static ku_status check_columns(const wide_table *w, ku_error *err)
{
    int32_t day;
    if (w->date == NULL || (w->date->type != KU_TEXT && w->date->type != KU_DATE))
        return no_dates(w->frame, err);
    for (int64_t row = 0; row < w->frame->rows; row++)
        if (!read_date(w->date, row, w->arena, &day))
            return ku_error_set(
                err, KU_BAD_DATA, "wide",
                "row %lld, column %s: found '%s', expected a date such as"
                " 2026-11-23",
                (long long)row + 1, w->date->name,
                ku_column_valid(w->date, row) ? ku_column_text(w->date, row, w->arena) : "nothing");
    if (w->value == NULL)
        return ku_error_set(err, KU_BAD_DATA, "wide",
                            "no column is the outcome: expected one called revenue, sales,"
                            " conversions, orders, units, kpi or y; name yours with"
                            " --outcome-column");
    if (w->out->channel.count == 0)
        return ku_error_set(err, KU_BAD_DATA, "wide",
                            "no column is a channel: expected names that end in _spend or"
                            " _impression; name columns of money with --media and of what was"
                            " free with --organic");
    return KU_OK;
}

/* Columns that nothing tells the use of, in one sentence. */
static void tell_unused(const wide_table *w)
{
    ku_text names = {0};
    int count = 0;
    for (int i = 0; i < w->columns; i++) {
        const wide_column *c = &w->column[i];
        if (c->part != KU_RETURNS_UNUSED || listed(w->params, "ignore", c->column->name)) continue;
        ku_text_addf(&names, "%s%s", count++ > 0 ? ", " : "", c->column->name);
    }
    if (count > 0)
        ku_returns_find(w->findings, "Columns", "", KU_NOTE, count, "count",
                        ku_arena_printf(w->arena, "Not used: %s.", ku_text_string(&names)),
                        "Where one matters, name it with --media, --organic, --control,"
                        " --treatment or --event.");
    ku_text_clear(&names);
}

/* ---- rows ---------------------------------------------------------------------------------- */

static void set_part(ku_returns_media_row *media, ku_returns_part part, double value)
{
    switch (part) {
    case KU_RETURNS_SPEND:
        media->spend = value;
        break;
    case KU_RETURNS_EXPOSURE:
        media->exposure = value;
        break;
    case KU_RETURNS_REACH:
        media->reach = value;
        break;
    default:
        media->frequency = value;
        break;
    }
}

static void put_media(wide_table *w, int64_t row, int32_t day, int region)
{
    ku_returns_rows *out = w->out;
    ku_returns_media_row *first = out->media + out->media_count;
    for (int c = 0; c < out->channel.count; c++)
        first[c] = (ku_returns_media_row){day, region, c, NAN, NAN, NAN, NAN};
    for (int i = 0; i < w->columns; i++) {
        const wide_column *c = &w->column[i];
        if (c->part < KU_RETURNS_SPEND || c->part > KU_RETURNS_FREQUENCY) continue;
        set_part(&first[c->number], c->part, ku_column_number(c->column, row));
    }
    out->media_count += (size_t)out->channel.count;
}

static void put_control(wide_table *w, int32_t day, int region, int series, double value)
{
    if (!isfinite(value)) return;
    w->out->control[w->out->control_count++] = (ku_returns_control_row){day, region, series, value};
}

static bool is_nothing(const char *text)
{
    static const char *const words[] = {"", "na", "n/a", "none", "no", "0", "null", "nan"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ku_text_fold_equal(text, words[i])) return true;
    return false;
}

/* Each word of a column of events is an event of its own. */
static void put_event_words(wide_table *w, const ku_column *column, int64_t row, int32_t day)
{
    if (!ku_column_valid(column, row)) return;
    const char *text = ku_column_text(column, row, w->arena);
    if (is_nothing(text)) return;
    int series = ku_returns_name(&w->out->series, text, w->arena);
    put_control(w, day, -1, series, 1);
}

static void put_controls(wide_table *w, int64_t row, int32_t day, int region)
{
    for (int i = 0; i < w->columns; i++) {
        const wide_column *c = &w->column[i];
        if (c->part < KU_RETURNS_A_CONTROL) continue;
        if (!is_number(c->column))
            put_event_words(w, c->column, row, day);
        else
            put_control(w, day, region, c->number, ku_column_number(c->column, row));
    }
}

/* After the rows, as words may have become events on the way. */
static void set_kinds(wide_table *w)
{
    ku_returns_rows *out = w->out;
    int numbers = 0;
    out->kind = KU_ARRAY(w->arena, (size_t)out->series.count + 1, ku_returns_kind);
    out->organic = KU_ARRAY(w->arena, (size_t)out->channel.count + 1, bool);
    for (int i = 0; i < w->columns; i++) {
        const wide_column *c = &w->column[i];
        if (c->organic) out->organic[c->number] = true;
        if (c->part < KU_RETURNS_A_CONTROL || !is_number(c->column)) continue;
        numbers++;
        if (c->part == KU_RETURNS_A_TREATMENT) out->kind[c->number] = KU_RETURNS_TREATMENT;
        if (c->part == KU_RETURNS_AN_EVENT) out->kind[c->number] = KU_RETURNS_EVENT;
    }
    for (int s = numbers; s < out->series.count; s++) out->kind[s] = KU_RETURNS_EVENT;
}

static void put_rows(wide_table *w)
{
    ku_returns_rows *out = w->out;
    size_t rows = (size_t)w->frame->rows;
    out->media = KU_ARRAY(w->arena, rows * (size_t)out->channel.count + 1, ku_returns_media_row);
    out->outcome = KU_ARRAY(w->arena, rows + 1, ku_returns_outcome_row);
    out->control = KU_ARRAY(w->arena, rows * (size_t)w->columns + 1, ku_returns_control_row);
    for (int64_t row = 0; row < w->frame->rows; row++) {
        int32_t day = 0;
        read_date(w->date, row, w->arena, &day);
        int region = -1;
        if (w->region != NULL)
            region = ku_returns_name(&out->region, region_text(w->region, row, w->arena), w->arena);
        double revenue = w->revenue != NULL ? ku_column_number(w->revenue, row) : NAN;
        double population = w->population != NULL ? ku_column_number(w->population, row) : NAN;
        out->outcome[out->outcome_count++] = (ku_returns_outcome_row){
            day, region, ku_column_number(w->value, row), revenue, population};
        put_media(w, row, day, region);
        put_controls(w, row, day, region);
    }
    set_kinds(w);
}

ku_status ku_returns_read_wide(const ku_frame *wide, const ku_params *params,
                               ku_returns_findings *findings, ku_arena *arena, ku_returns_rows *out,
                               ku_error *err)
{
    wide_table w = {
        .frame = wide, .params = params, .findings = findings, .arena = arena, .out = out};
    KU_TRY(check_params(&w, err));
    choose_columns(&w);
    KU_TRY(check_columns(&w, err));
    tell_unused(&w);
    put_rows(&w);
    return KU_OK;
}
