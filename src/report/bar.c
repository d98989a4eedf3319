/* bar.c - bars: upright over time, lying down for names, which are long.
 *
 * Several series stand on each other when that makes a sum (over time, nothing negative),
 * else side by side. There is room for so many names and series; the smallest of the others
 * are added up as "Others" where adding up makes sense, and only counted where it does not
 * (shares, scores, averages). */
#include <math.h>
#include <string.h>

#include "report/page.h"

#define MOST_KEYS   12
#define MOST_SERIES 6

typedef struct bars {
    chart_page *page;
    const char **key, **name; /* those shown, "Others" last */
    int keys, names;
    double *value;   /* keys x names, NaN: none */
    double *lo, *hi; /* the same, or NULL without intervals */
    bool stacked, more_keys, more_names;
} bars;

/* ---- choosing what is shown -------------------------------------------------------------------- */

static bool adds_up(const char *unit)
{
    static const char *const units[] = {"money", "units", "orders", "lines", "count"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i]) == 0) return true;
    return false;
}

/* Where each of `count` things goes: the `most` largest keep their order, the others share
 * the place after them (most) or none (-1). Returns the number of places. */
static int largest(ku_arena *arena, const double *size, int count, int most, bool add, int *place)
{
    bool *taken = KU_ARRAY(arena, (size_t)count, bool);
    int keep = count <= most ? count : most - (add ? 1 : 0), at = 0;
    for (int n = 0; n < keep; n++) {
        int best = -1;
        for (int i = 0; i < count; i++)
            if (!taken[i] && (best < 0 || size[i] > size[best])) best = i;
        taken[best] = true;
    }
    for (int i = 0; i < count; i++) place[i] = taken[i] ? at++ : add ? keep : -1;
    return keep + (add && keep < count);
}

static const char **names_at(const bars *b, const char *const *from, int count, const int *place,
                             int places, bool others)
{
    const char **names = KU_ARRAY(b->page->arena, (size_t)places + 1, const char *);
    int added = 0;
    for (int i = 0; i < count; i++) {
        bool other = others && place[i] == places - 1;
        added += other;
        if (place[i] >= 0 && !other) names[place[i]] = from[i];
    }
    if (others) names[places - 1] = ku_arena_printf(b->page->arena, "Others (%d)", added);
    return names;
}

static void sizes_of(const chart_reading *r, double *of_key, double *of_name)
{
    for (size_t i = 0; i < r->count; i++)
        if (!isnan(r->point[i].y)) {
            of_key[r->point[i].key] += fabs(r->point[i].y);
            of_name[r->point[i].series] += fabs(r->point[i].y);
        }
}

static void note_missing(bars *b, int keys, int names)
{
    const chart_reading *r = b->page->reading;
    if (keys < r->key_count && !b->more_keys)
        b->page->note = ku_arena_printf(b->page->arena, "The %d largest of %d are shown.", keys,
                                        r->key_count);
    else if (names < r->name_count && !b->more_names)
        b->page->note = ku_arena_printf(b->page->arena, "The %d largest of %d series are shown.",
                                        names, r->name_count);
}

static void fill(bars *b, const int *key_place, const int *name_place)
{
    const chart_reading *r = b->page->reading;
    size_t cells = (size_t)b->keys * (size_t)b->names;
    b->value = KU_ARRAY(b->page->arena, cells, double);
    b->lo = KU_ARRAY(b->page->arena, cells, double);
    b->hi = KU_ARRAY(b->page->arena, cells, double);
    for (size_t i = 0; i < cells; i++) b->value[i] = b->lo[i] = b->hi[i] = NAN;
    for (size_t i = 0; i < r->count; i++) {
        const chart_point *p = &r->point[i];
        int key = key_place[p->key], name = name_place[p->series];
        if (key < 0 || name < 0 || isnan(p->y)) continue;
        size_t cell = (size_t)key * (size_t)b->names + (size_t)name;
        bool first = isnan(b->value[cell]);
        b->value[cell] = first ? p->y : b->value[cell] + p->y;
        /* Limits of a sum are not the sums of the limits. */
        b->lo[cell] = first ? p->lo : NAN;
        b->hi[cell] = first ? p->hi : NAN;
    }
}

static void choose(bars *b)
{
    const chart_reading *r = b->page->reading;
    ku_arena *arena = b->page->arena;
    double *of_key = KU_ARRAY(arena, (size_t)r->key_count, double);
    double *of_name = KU_ARRAY(arena, (size_t)r->name_count, double);
    int *key_place = KU_ARRAY(arena, (size_t)r->key_count, int);
    int *name_place = KU_ARRAY(arena, (size_t)r->name_count, int);
    bool add = adds_up(r->y->unit);
    sizes_of(r, of_key, of_name);
    int most = r->dated ? r->key_count : MOST_KEYS;
    b->keys = largest(arena, of_key, r->key_count, most, add, key_place);
    b->names = largest(arena, of_name, r->name_count, MOST_SERIES, add, name_place);
    b->more_keys = add && r->key_count > most;
    b->more_names = add && r->name_count > MOST_SERIES;
    b->key = names_at(b, r->key, r->key_count, key_place, b->keys, b->more_keys);
    b->name = names_at(b, r->name, r->name_count, name_place, b->names, b->more_names);
    note_missing(b, b->keys, b->names);
    fill(b, key_place, name_place);
}

static uint32_t colour_of(const bars *b, int key, int name)
{
    bool others = (b->more_names && name == b->names - 1) || (b->more_keys && key == b->keys - 1);
    return others ? b->page->look->others : b->page->look->series[name % KU_LOOK_SERIES];
}

static double value_at(const bars *b, int key, int name)
{
    return b->value[(size_t)key * (size_t)b->names + (size_t)name];
}

/* ---- the range of values --------------------------------------------------------------------------- */

static void range_of(const bars *b, double *lo, double *hi)
{
    *lo = *hi = 0;
    for (int k = 0; k < b->keys; k++) {
        double sum = 0;
        for (int n = 0; n < b->names; n++) {
            size_t cell = (size_t)k * (size_t)b->names + (size_t)n;
            double value = b->value[cell];
            if (isnan(value)) continue;
            sum = b->stacked ? sum + value : value;
            *lo = fmin(*lo, fmin(sum, b->lo[cell]));
            *hi = fmax(*hi, fmax(sum, b->hi[cell]));
        }
    }
}

static bool nothing_negative(const bars *b)
{
    for (size_t i = 0; i < (size_t)b->keys * (size_t)b->names; i++)
        if (b->value[i] < 0) return false;
    return true;
}

static void legend(bars *b)
{
    chart_entry entries[MOST_SERIES + 1];
    if (b->names < 2) return;
    for (int n = 0; n < b->names; n++)
        entries[n] = (chart_entry){CHART_MARK_BOX, colour_of(b, 0, n), 1, b->name[n]};
    chart_legend(b->page, entries, b->names);
}

/* ---- upright, over time -------------------------------------------------------------------------------- */

static double slot_of(const chart_page *page)
{
    return (page->area.right - page->area.left) / page->reading->key_count;
}

static double place_day(const chart_page *page, int32_t days)
{
    const chart_reading *r = page->reading;
    int64_t key = ku_period_between(r->period, r->first_day, days);
    return page->area.left + ((double)key + 0.5) * slot_of(page);
}

static void draw_upright_key(bars *b, const ku_scale *y, int key)
{
    chart_page *page = b->page;
    double slot = slot_of(page), width = fmin(slot * 0.76, 48), sum = 0;
    double left = page->area.left + ((double)key + 0.5) * slot - width / 2;
    double each = b->stacked ? width : width / b->names;
    for (int n = 0; n < b->names; n++) {
        double value = value_at(b, key, n);
        if (isnan(value)) continue;
        double base = chart_y(page, y, sum), top = chart_y(page, y, sum + value);
        double x = b->stacked ? left : left + n * each;
        canvas_rectangle(&page->canvas, x, fmin(base, top), each, fabs(base - top),
                         colour_of(b, key, n));
        size_t cell = (size_t)key * (size_t)b->names + (size_t)n;
        if (!isnan(b->lo[cell]) && !isnan(b->hi[cell]) && !b->stacked)
            canvas_line(&page->canvas, x + each / 2, chart_y(page, y, b->lo[cell]), x + each / 2,
                        chart_y(page, y, b->hi[cell]), 1.5, 0, page->look->ink);
        if (b->stacked) sum += value;
    }
}

static void draw_upright(bars *b)
{
    double lo, hi;
    chart_page *page = b->page;
    legend(b);
    page->area.bottom -= CHART_DATES_HEIGHT;
    range_of(b, &lo, &hi);
    ku_scale y = chart_axis_y(page, lo, hi, true);
    for (int key = 0; key < b->keys; key++) draw_upright_key(b, &y, key);
    double zero = chart_y(page, &y, 0);
    canvas_line(&page->canvas, page->area.left, zero, page->area.right, zero, 1, 0,
                page->look->axis);
    int32_t first = page->reading->first_day;
    chart_axis_dates(page, first, ku_period_add(page->reading->period, first, b->keys - 1),
                     place_day);
}

/* ---- lying, by name --------------------------------------------------------------------------------------- */

typedef struct lying {
    ku_scale x;
    double row;          /* height */
    double label, names; /* width of the names, and their right end */
} lying;

static double across(const bars *b, const lying *l, double value)
{
    return ku_scale_place(&l->x, value, b->page->area.left, b->page->area.right);
}

/* "30 %", or "30 % (11 % to 60 %)" where there is an interval. */
static const char *label_of(const bars *b, size_t cell)
{
    const char *value = chart_value(b->page, b->value[cell]);
    if (isnan(b->lo[cell]) || isnan(b->hi[cell])) return value;
    return ku_arena_printf(b->page->arena, "%s (%s to %s)", value,
                           chart_value(b->page, b->lo[cell]), chart_value(b->page, b->hi[cell]));
}

static void draw_whisker(bars *b, const lying *l, size_t cell, double y)
{
    if (isnan(b->lo[cell]) || isnan(b->hi[cell])) return;
    double from = across(b, l, b->lo[cell]), to = across(b, l, b->hi[cell]);
    uint32_t ink = b->page->look->ink;
    canvas_line(&b->page->canvas, from, y, to, y, 1.5, 0, ink);
    canvas_line(&b->page->canvas, from, y - 4, from, y + 4, 1.5, 0, ink);
    canvas_line(&b->page->canvas, to, y - 4, to, y + 4, 1.5, 0, ink);
}

static void draw_lying_bar(bars *b, const lying *l, int key, int name, double y, double height)
{
    chart_page *page = b->page;
    size_t cell = (size_t)key * (size_t)b->names + (size_t)name;
    double value = b->value[cell], zero = across(b, l, 0);
    if (isnan(value)) return;
    double end = across(b, l, value), far = end;
    canvas_rectangle(&page->canvas, fmin(zero, end), y, fmax(1, fabs(end - zero)), height,
                     colour_of(b, key, name));
    draw_whisker(b, l, cell, y + height / 2);
    if (value >= 0 && !isnan(b->hi[cell])) far = fmax(far, across(b, l, b->hi[cell]));
    if (value < 0 && !isnan(b->lo[cell])) far = fmin(far, across(b, l, b->lo[cell]));
    canvas_type type = chart_type(page, value < 0 ? CANVAS_HIGH : CANVAS_LOW, CANVAS_MIDDLE);
    type.colour = page->look->ink2;
    if (height < 13) type.size = 9;
    canvas_text(&page->canvas, far + (value < 0 ? -6 : 6), y + height / 2, type, label_of(b, cell));
}

static void draw_lying_key(bars *b, const lying *l, int key)
{
    chart_page *page = b->page;
    double top = page->area.top + key * l->row, height = fmin(l->row * 0.74, 22 * b->names);
    double each = height / b->names, y = top + (l->row - height) / 2;
    canvas_type type = chart_type(page, CANVAS_HIGH, CANVAS_MIDDLE);
    type.colour = page->look->ink2;
    type.width = l->label;
    canvas_text(&page->canvas, l->names, top + l->row / 2, type, b->key[key]);
    for (int n = 0; n < b->names; n++)
        draw_lying_bar(b, l, key, n, y + n * each, fmax(1, each - (b->names > 1 ? 1 : 0)));
}

/* Widths of the longest name and of the longest value. */
static void widths(bars *b, double *name, double *value)
{
    canvas_type type = chart_type(b->page, CANVAS_LOW, CANVAS_LOW);
    *name = *value = 0;
    for (int k = 0; k < b->keys; k++) {
        *name = fmax(*name, canvas_measure(&b->page->canvas, type, b->key[k]).x);
        for (int n = 0; n < b->names; n++) {
            size_t cell = (size_t)k * (size_t)b->names + (size_t)n;
            if (!isnan(b->value[cell]))
                *value = fmax(*value, canvas_measure(&b->page->canvas, type, label_of(b, cell)).x);
        }
    }
}

static void draw_lying(bars *b)
{
    double lo, hi, name, value;
    chart_page *page = b->page;
    legend(b);
    canvas_text(&page->canvas, page->area.left, page->area.top,
                chart_type(page, CANVAS_LOW, CANVAS_LOW),
                chart_column_title(page, page->reading->y));
    page->area.top += 26;
    widths(b, &name, &value);
    range_of(b, &lo, &hi);
    if (lo == hi) hi = lo + 1;
    lying l = {.x = {.lo = lo, .hi = hi},
               .label = fmin(name, (page->area.right - page->area.left) * 0.36)};
    l.row = fmin((page->area.bottom - page->area.top) / b->keys,
                 CHART_ROW * fmax(1, b->names * 0.6));
    l.names = page->area.left + l.label;
    page->area.left += l.label + 10 + (lo < 0 ? value + 10 : 0);
    page->area.right -= value + 10;
    for (int key = 0; key < b->keys; key++) draw_lying_key(b, &l, key);
    double zero = across(b, &l, 0);
    canvas_line(&page->canvas, zero, page->area.top, zero, page->area.top + l.row * b->keys, 1, 0,
                page->look->axis);
}

double chart_bar_height(const chart_reading *reading)
{
    int names = reading->name_count < MOST_SERIES ? reading->name_count : MOST_SERIES;
    int keys = reading->key_count < MOST_KEYS ? reading->key_count : MOST_KEYS;
    return keys * CHART_ROW * fmax(1, names * 0.6) + (names > 1 ? 28 : 0) + 26;
}

void chart_draw_bar(chart_page *page)
{
    bars b = {.page = page};
    choose(&b);
    b.stacked = page->reading->dated && b.names > 1 && adds_up(page->reading->y->unit) &&
                nothing_negative(&b);
    if (page->reading->dated)
        draw_upright(&b);
    else
        draw_lying(&b);
}
