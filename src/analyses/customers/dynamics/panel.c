/* panel.c - cells from the extracts: complete months, attributes worth knowing, measures. */
#include "analyses/customers/dynamics/panel.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/date.h"
#include "base/text.h"

enum { SLACK_DAYS = 3, MOST_VALUES = 20000, MOST_SHARES = 6 };

int32_t panel_month(int32_t days)
{
    ku_civil c = ku_date_to_civil(days);
    return c.year * 12 + c.month - 1;
}

int32_t panel_day(int32_t month)
{
    return ku_date_from_civil(month / 12, month % 12 + 1, 1);
}

void panel_add(const panel *p, const measure *m, int64_t cell, sums *to)
{
    double y = p->y[cell];
    if (m->kind == MEASURE_LOST) { /* of all that were booked */
        double lost = 1 - p->kept[cell];
        to->n += 1, to->x += lost, to->xx += lost;
        to->y += y, to->yy += y * y, to->xy += lost * y;
        return;
    }
    double n = p->kept[cell];
    if (!(n > 0)) return;
    double yy = p->yy != NULL ? p->yy[cell] : y * y;
    double x, xx, xy;
    if (m->kind == MEASURE_SHARE) {
        bool is = p->attribute[m->attribute].code[cell] == m->value;
        x = is ? n : 0, xx = x, xy = is ? y : 0;
    } else if (m->kind == MEASURE_COUNT) {
        x = n, xx = n, xy = y;
    } else if (m->kind == MEASURE_MONEY) {
        x = y, xx = yy, xy = yy;
    } else {
        x = m->x[cell];
        if (isnan(x)) return;
        xx = m->xx != NULL ? m->xx[cell] : x * x;
        xy = m->xy != NULL ? m->xy[cell] : x * y;
    }
    to->n += n, to->x += x, to->xx += xx;
    to->y += y, to->yy += yy, to->xy += xy;
}

/* ---- labels ------------------------------------------------------------------------------- */

/* "required_car_parking_spaces" as "Required car parking spaces". */
static const char *label_of(const char *column, ku_arena *arena)
{
    char *label = ku_arena_strdup(arena, column);
    for (char *c = label; *c != '\0'; c++)
        if (*c == '_') *c = ' ';
    label[0] = (char)toupper((unsigned char)label[0]);
    return label;
}

/* What people write for "nothing". */
static bool is_nothing(const char *text, int32_t length)
{
    static const char *const words[] = {"", "NULL", "NA", "N/A", "nan", "None", "Undefined", "-"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if ((int32_t)strlen(words[i]) == length && memcmp(text, words[i], (size_t)length) == 0)
            return true;
    return false;
}

/* ---- attributes ------------------------------------------------------------------------------ */

typedef struct reader {
    panel *p;
    ku_arena *arena;
    double least;
    int32_t *raw; /* codes of an attribute as they were read: room for all cells */
} reader;

/* Keeps the values with enough visits, the most frequent first; false when none tell visits
 * apart. `raw` are codes below `size`, names by `name`. */
static bool keep_values(const reader *r, attribute *a, const int32_t *raw, int32_t size,
                        const char *const *name)
{
    const panel *p = r->p;
    double *visits = KU_ARRAY(r->arena, (size_t)size + 1, double);
    int32_t *place = KU_ARRAY(r->arena, (size_t)size + 1, int32_t);
    for (int64_t i = 0; i < p->cells; i++)
        if (raw[i] >= 0 && p->month[i] >= 0) visits[raw[i]] += p->kept[i];
    for (int32_t v = 0; v < size; v++) place[v] = -1;
    a->value = KU_ARRAY(r->arena, PANEL_VALUES, const char *);
    while (a->values < PANEL_VALUES) {
        int32_t best = -1;
        for (int32_t v = 0; v < size; v++)
            if (place[v] < 0 && visits[v] >= r->least && (best < 0 || visits[v] > visits[best]))
                best = v;
        if (best < 0) break;
        place[best] = a->values;
        a->value[a->values++] = name[best];
    }
    if (a->values == 0) return false;
    a->code = KU_ARRAY(r->arena, (size_t)p->cells + 1, int32_t);
    for (int64_t i = 0; i < p->cells; i++) a->code[i] = raw[i] >= 0 ? place[raw[i]] : -1;
    return true;
}

static void add_text(const reader *r, const ku_column *column)
{
    const ku_dictionary *d = &column->dictionary;
    panel *p = r->p;
    if (p->attributes == PANEL_ATTRIBUTES || d->size > MOST_VALUES) return;
    attribute *a = &p->attribute[p->attributes];
    *a = (attribute){
        .label = label_of(column->name, r->arena), .column = column->name, .makes_segments = true};
    const char **name = KU_ARRAY(r->arena, (size_t)d->size + 1, const char *);
    for (int32_t v = 0; v < d->size; v++) {
        int32_t length;
        const char *text = ku_dictionary_at(d, v, &length);
        name[v] = is_nothing(text, length) ? NULL
                                           : ku_arena_strndup(r->arena, text, (size_t)length);
    }
    int32_t *raw = r->raw;
    for (int64_t i = 0; raw != NULL && i < p->cells; i++) {
        int32_t code = ku_column_valid(column, i) ? column->as.codes[i] : -1;
        raw[i] = code >= 0 && name[code] != NULL ? code : -1;
    }
    if (raw != NULL && keep_values(r, a, raw, d->size, name)) p->attributes++;
}

static void add_bool(const reader *r, const ku_column *column)
{
    static const char *const name[] = {"no", "yes"};
    panel *p = r->p;
    if (p->attributes == PANEL_ATTRIBUTES) return;
    attribute *a = &p->attribute[p->attributes];
    *a = (attribute){
        .label = label_of(column->name, r->arena), .column = column->name, .makes_segments = true};
    int32_t *raw = r->raw;
    for (int64_t i = 0; raw != NULL && i < p->cells; i++)
        raw[i] = ku_column_valid(column, i) ? ku_column_bool(column, i) : -1;
    if (raw != NULL && keep_values(r, a, raw, 2, name)) p->attributes++;
}

/* Whether the attribute only says whether the visit took place. */
static bool tells_outcome(const panel *p, const ku_column *column)
{
    double kept[2] = {0, 0};
    bool mixed = false, off = false, on = false;
    if (column->type != KU_TEXT || column->dictionary.size > 12) return false;
    for (int32_t v = 0; v < column->dictionary.size; v++) {
        kept[0] = kept[1] = 0;
        for (int64_t i = 0; i < p->cells; i++)
            if (ku_column_valid(column, i) && column->as.codes[i] == v) kept[p->kept[i] > 0] += 1;
        mixed |= kept[0] > 0 && kept[1] > 0;
        off |= kept[0] > 0;
        on |= kept[1] > 0;
    }
    return !mixed && off && on;
}

/* ---- months ----------------------------------------------------------------------------------- */

/* The first and last month that the data reach over, a few days closed aside. */
static void complete_months(panel *p, int32_t first_day, int32_t last_day)
{
    int32_t first = panel_month(first_day), last = panel_month(last_day);
    if (first_day - panel_day(first) > SLACK_DAYS) first++;
    if (panel_day(last + 1) - 1 - last_day > SLACK_DAYS) last--;
    p->first = first;
    p->months = last >= first ? last - first + 1 : 0;
}

static void place_cells(panel *p, const ku_column *month, ku_arena *arena)
{
    p->month = KU_ARRAY(arena, (size_t)p->cells + 1, int);
    for (int64_t i = 0; i < p->cells; i++) {
        int at = ku_column_valid(month, i) ? panel_month(month->as.days[i]) - p->first : -1;
        p->month[i] = at >= 0 && at < p->months ? at : -1;
    }
}

static ku_status check_months(const panel *p, ku_error *err)
{
    if (p->months > 0) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, p->visits, "there is no complete month among the %s",
                        p->visits);
}

/* ---- measures ---------------------------------------------------------------------------------- */

static measure *add_measure(panel *p, measure_kind kind, const char *label, const char *unit)
{
    if (p->measures == PANEL_MEASURES) return NULL;
    measure *m = &p->measure[p->measures++];
    *m = (measure){.kind = kind, .label = label, .unit = unit, .attribute = -1};
    return m;
}

/* How often the most frequent values are chosen. */
static void add_shares(const reader *r, int at)
{
    panel *p = r->p;
    const attribute *a = &p->attribute[at];
    for (int v = 0; v < a->values && v < MOST_SHARES && a->values > 1; v++) {
        measure *m = add_measure(p, MEASURE_SHARE,
                                 ku_arena_printf(r->arena, "Share of %s", a->value[v]), "share");
        if (m == NULL) return;
        m->attribute = at;
        m->value = v;
    }
}

/* ---- visits ------------------------------------------------------------------------------------- */

static bool is_known_column(const char *name)
{
    static const char *const known[] = {"day", "kept", "amount"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], name) == 0) return true;
    return false;
}

static const char *unit_of(const char *column)
{
    if (strcmp(column, "price_per_night") == 0) return "money";
    if (strcmp(column, "lead_time") == 0 || strncmp(column, "days", 4) == 0) return "days";
    return "";
}

static bool has_numbers(const ku_column *column)
{
    double first = NAN;
    for (int64_t i = 0; i < column->rows; i++) {
        double x = ku_column_number(column, i);
        if (isnan(x)) continue;
        if (isnan(first)) first = x;
        if (x < first || x > first) return true;
    }
    return false;
}

/* Rows without a day or an amount say nothing of behaviour. */
static void set_aside(panel *p, const ku_frame *visit, ku_arena *arena)
{
    const ku_column *day = ku_frame_column(visit, "day");
    const ku_column *amount = ku_frame_column(visit, "amount");
    double *y = KU_ARRAY(arena, (size_t)p->cells + 1, double);
    for (int64_t i = 0; i < p->cells; i++) {
        y[i] = ku_column_number(amount, i);
        if (!isnan(y[i]) && ku_column_valid(day, i)) continue;
        p->left_out++;
        p->month[i] = -1;
        y[i] = 0;
    }
    p->y = y;
}

static void add_columns(const reader *r, const ku_frame *visit)
{
    panel *p = r->p;
    for (int32_t c = 0; c < visit->columns; c++) {
        const ku_column *column = &visit->column[c];
        if (is_known_column(column->name) || column->nulls == column->rows) continue;
        if (column->type == KU_TEXT && !tells_outcome(p, column)) add_text(r, column);
        if (column->type == KU_BOOL) add_bool(r, column);
        if ((column->type != KU_DOUBLE && column->type != KU_INT64) || !has_numbers(column))
            continue;
        measure *m = add_measure(
            p, MEASURE_NUMBER,
            strcmp(column->name, "nights") == 0 ? "Nights" : label_of(column->name, r->arena),
            unit_of(column->name));
        if (m == NULL) continue;
        double *x = KU_ARRAY(r->arena, (size_t)p->cells + 1, double);
        for (int64_t i = 0; i < p->cells; i++) x[i] = ku_column_number(column, i);
        m->x = x;
    }
}

static int32_t edge_day(const ku_column *day, bool last)
{
    int32_t edge = last ? INT32_MIN : INT32_MAX;
    for (int64_t i = 0; i < day->rows; i++) {
        if (!ku_column_valid(day, i)) continue;
        int32_t at = day->as.days[i];
        if (last ? at > edge : at < edge) edge = at;
    }
    return edge;
}

ku_status panel_of_visits(const ku_frame *visit, double least, ku_arena *arena, panel *out,
                          ku_error *err)
{
    reader r = {out, arena, least,
                ku_arena_try(arena, ((size_t)visit->rows + 1) * sizeof(int32_t))};
    const ku_column *day = ku_frame_column(visit, "day");
    *out = (panel){.cells = visit->rows, .visit = "visit", .visits = "visits", .every = 1};
    if (day->nulls == day->rows)
        return ku_error_set(err, KU_BAD_DATA, "visits",
                            "no visit has a day; expected a column date, or the columns"
                            " arrival_date_year, arrival_date_month, arrival_date_day_of_month");
    const ku_column *amount = ku_frame_column(visit, "amount");
    if (amount->nulls == amount->rows)
        return ku_error_set(err, KU_BAD_DATA, "visits",
                            "no visit has an amount; expected a column amount, or adr (the price"
                            " of a night) and the nights");
    complete_months(out, edge_day(day, false), edge_day(day, true));
    place_cells(out, day, arena);
    KU_TRY(check_months(out, err));
    const ku_column *kept = ku_frame_column(visit, "kept");
    out->kept = kept->as.f64;
    set_aside(out, visit, arena);
    bool lost = false;
    for (int64_t i = 0; i < visit->rows && !lost; i++) lost = !(out->kept[i] > 0);
    add_measure(out, MEASURE_COUNT, "Number of visits", "count");
    add_measure(out, MEASURE_MONEY, "Revenue of a visit", "money");
    if (lost) add_measure(out, MEASURE_LOST, "Cancelled", "share");
    add_columns(&r, visit);
    for (int a = 0; a < out->attributes; a++)
        if (strstr(out->attribute[a].column, "channel") != NULL) add_shares(&r, a);
    return KU_OK;
}

/* ---- purchases ------------------------------------------------------------------------------------ */

static void add_cell_measure(const reader *r, const ku_frame *cell, const char *name,
                             const char *label, const char *unit)
{
    measure *m = add_measure(r->p, MEASURE_NUMBER, label, unit);
    m->x = ku_frame_column(cell, name)->as.f64;
    m->xx = ku_frame_column(cell, ku_arena_printf(r->arena, "%s_square", name))->as.f64;
    m->xy = ku_frame_column(cell, ku_arena_printf(r->arena, "%s_amount", name))->as.f64;
}

ku_status panel_of_cells(const ku_frame *cell, double every, int32_t first_day, int32_t last_day,
                         double least, ku_arena *arena, panel *out, ku_error *err)
{
    reader r = {out, arena, least / every,
                ku_arena_try(arena, ((size_t)cell->rows + 1) * sizeof(int32_t))};
    *out = (panel){.cells = cell->rows,
                   .of_customers = true,
                   .visit = "purchase",
                   .visits = "purchases",
                   .every = every};
    complete_months(out, first_day, last_day);
    KU_TRY(check_months(out, err));
    place_cells(out, ku_frame_column(cell, "month"), arena);
    out->kept = ku_frame_column(cell, "purchases")->as.f64;
    out->y = ku_frame_column(cell, "amount")->as.f64;
    out->yy = ku_frame_column(cell, "amount_square")->as.f64;
    const ku_column *margin = ku_frame_column(cell, "margin");
    if (margin->nulls == 0) out->margin = margin->as.f64;
    add_measure(out, MEASURE_MEMBERS, "Purchases a customer and month", "orders");
    add_measure(out, MEASURE_MONEY, "Amount of a purchase", "money");
    add_cell_measure(&r, cell, "lines", "Lines of a purchase", "lines");
    for (int32_t c = 1; c < cell->columns; c++) {
        const ku_column *column = &cell->column[c];
        if (column->nulls == column->rows) continue;
        int before = out->attributes;
        if (column->type == KU_TEXT) add_text(&r, column);
        if (column->type == KU_BOOL) add_bool(&r, column);
        if (out->attributes == before) continue;
        attribute *a = &out->attribute[before];
        a->makes_segments = column->type == KU_TEXT && strcmp(column->name, "channel") != 0;
        if (strcmp(column->name, "channel") == 0) add_shares(&r, before);
    }
    for (int a = 0; a < out->attributes; a++)
        if (strcmp(out->attribute[a].column, "weekend") == 0)
            for (int v = 0; v < out->attribute[a].values; v++)
                if (strcmp(out->attribute[a].value[v], "yes") == 0) {
                    measure *m = add_measure(out, MEASURE_SHARE, "Bought at weekends", "share");
                    if (m != NULL) m->attribute = a, m->value = v;
                }
    return KU_OK;
}

/* ---- what is wanted ------------------------------------------------------------------------------- */

/* Letters and digits only, in lower case: "Lead time" and lead_time are the same. */
static void plain_word(char to[80], const char *from, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length && n + 1 < 80; i++)
        if (isalnum((unsigned char)from[i])) to[n++] = (char)tolower((unsigned char)from[i]);
    to[n] = '\0';
}

/* Whether one of the comma-separated names is this one. */
static bool is_named(const char *list, const char *name)
{
    char wanted[80], here[80];
    plain_word(here, name, strlen(name));
    for (const char *at = list; *at != '\0';) {
        size_t length = strcspn(at, ",");
        plain_word(wanted, at, length);
        if (strcmp(wanted, here) == 0) return true;
        at += length + (at[length] == ',');
    }
    return false;
}

/* Each name of the list must be one of `name`. */
static ku_status check_names(const char *list, const char *const *name, int count,
                             const char *setting, ku_arena *arena, ku_error *err)
{
    ku_text all = {0};
    for (int i = 0; i < count; i++) ku_text_addf(&all, "%s%s", i > 0 ? ", " : "", name[i]);
    const char *known = ku_arena_strdup(arena, ku_text_string(&all));
    ku_text_clear(&all);
    for (const char *at = list; *at != '\0';) {
        size_t length = strcspn(at, ",");
        bool found = false;
        for (int i = 0; i < count; i++)
            found |= is_named(ku_arena_strndup(arena, at, length), name[i]);
        if (!found)
            return ku_error_set(err, KU_USAGE, setting, "found \"%.*s\", expected some of: %s",
                                (int)(length > 60 ? 60 : length), at, known);
        at += length + (at[length] == ',');
    }
    return KU_OK;
}

static ku_status choose_attributes(panel *p, const char *list, ku_arena *arena, ku_error *err)
{
    const char *name[PANEL_ATTRIBUTES];
    int count = 0;
    for (int a = 0; a < p->attributes; a++)
        if (p->attribute[a].makes_segments) name[count++] = p->attribute[a].label;
    KU_TRY(check_names(list, name, count, "attributes", arena, err));
    for (int a = 0; a < p->attributes; a++)
        p->attribute[a].makes_segments &= is_named(list, p->attribute[a].label);
    return KU_OK;
}

static ku_status choose_measures(panel *p, const char *list, ku_arena *arena, ku_error *err)
{
    const char *name[PANEL_MEASURES];
    int kept = 0;
    for (int m = 0; m < p->measures; m++) name[m] = p->measure[m].label;
    KU_TRY(check_names(list, name, p->measures, "measures", arena, err));
    for (int m = 0; m < p->measures; m++)
        if (is_named(list, p->measure[m].label)) p->measure[kept++] = p->measure[m];
    p->measures = kept;
    return KU_OK;
}

ku_status panel_choose(panel *p, const panel_choice *choice, ku_arena *arena, ku_error *err)
{
    if (choice->attributes != NULL) KU_TRY(choose_attributes(p, choice->attributes, arena, err));
    if (choice->measures != NULL) KU_TRY(choose_measures(p, choice->measures, arena, err));
    return KU_OK;
}
