/* axis.c - what all kinds of chart share: value and date axes, legends, labels at the ends
 * of lines. Every text is measured before it is placed, so that none covers another. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/page.h"

#define GAP 8.0

canvas_type chart_type(const chart_page *page, canvas_side across, canvas_side down)
{
    return (canvas_type){
        .size = CHART_TEXT, .colour = page->look->axis, .across = across, .down = down};
}

const char *chart_column_title(const chart_page *page, const ku_column_spec *column)
{
    if (!column) return "";
    const char *unit = ku_format_unit_heading(column->unit, &page->format);
    if (unit[0] == '\0' || unit[0] == '%' || ku_text_fold_equal(unit, column->label))
        return column->label;
    if (strcmp(column->unit, "money/unit") == 0)
        unit = ku_arena_printf(page->arena, "%s per unit", unit);
    return ku_arena_printf(page->arena, "%s, %s", column->label, unit);
}

const char *chart_value(const chart_page *page, double value)
{
    char text[KU_NUMBER_TEXT];
    const char *unit = page->reading->y->unit;
    /* Two significant digits of the largest number are what a label is read for. */
    double grain = page->largest >= 100 ? 1 : page->largest >= 10 ? 0.1 : 0;
    if (grain > 0 && strcmp(unit, "share") != 0 && strcmp(unit, "change") != 0)
        value = round(value / grain) * grain;
    return ku_arena_strdup(page->arena, ku_format_number(text, value, unit, &page->format));
}

/* ---- y ------------------------------------------------------------------------------------- */

static bool counted_whole(const char *unit)
{
    return strcmp(unit, "orders") == 0 || strcmp(unit, "customers") == 0 ||
           strcmp(unit, "lines") == 0 || strcmp(unit, "count") == 0;
}

double chart_y(const chart_page *page, const ku_scale *scale, double value)
{
    return ku_scale_place(scale, value, page->area.bottom, page->area.top);
}

static double widest_tick(chart_page *page, const ku_scale *scale, const char *unit)
{
    char text[KU_NUMBER_TEXT];
    double widest = 0;
    for (int i = 0; i < scale->count; i++) {
        ku_scale_label(scale, ku_scale_tick(scale, i), unit, text);
        widest = fmax(
            widest,
            canvas_measure(&page->canvas, chart_type(page, CANVAS_HIGH, CANVAS_MIDDLE), text).x);
    }
    return widest;
}

ku_scale chart_axis_y(chart_page *page, double lo, double hi, bool from_zero)
{
    char text[KU_NUMBER_TEXT];
    const char *unit = page->reading->y->unit;
    if (from_zero) lo = fmin(lo, 0), hi = fmax(hi, 0);
    canvas_text(&page->canvas, page->area.left, page->area.top,
                chart_type(page, CANVAS_LOW, CANVAS_LOW),
                chart_column_title(page, page->reading->y));
    page->area.top += 28;
    int most = (int)fmin(8, fmax(3, (page->area.bottom - page->area.top) / 48));
    ku_scale scale = ku_scale_nice(lo, hi, most, counted_whole(unit));
    page->area.left += widest_tick(page, &scale, unit) + GAP;
    for (int i = 0; i < scale.count; i++) {
        double tick = ku_scale_tick(&scale, i), y = chart_y(page, &scale, tick);
        canvas_line(&page->canvas, page->area.left, y, page->area.right, y, 1, 0,
                    tick == 0 ? page->look->axis : page->look->grid);
        canvas_text(&page->canvas, page->area.left - GAP, y,
                    chart_type(page, CANVAS_HIGH, CANVAS_MIDDLE),
                    ku_scale_label(&scale, tick, unit, text));
    }
    return scale;
}

/* ---- dates ----------------------------------------------------------------------------------- */

/* Month or day of a period, and its year where it is the first label or a new year begins. */
typedef struct date_label {
    char text[KU_PERIOD_TEXT];
    char year[KU_PERIOD_TEXT];
} date_label;

static date_label date_text(ku_period period, int32_t days, const int32_t *before)
{
    date_label label = {.year = ""};
    char shown[KU_PERIOD_TEXT];
    ku_civil civil = ku_date_to_civil(days);
    bool new_year = !before || ku_date_to_civil(*before).year != civil.year;
    ku_period_label(period == KU_PERIOD_WEEK ? KU_PERIOD_DAY : period, days, shown);
    if (period == KU_PERIOD_YEAR) {
        ku_text_copy(label.text, sizeof label.text, shown);
        return label;
    }
    char *year = strrchr(shown, ' '); /* "23 Nov 2026", "Nov 2026", "Q4 2026" */
    if (year) *year = '\0';
    ku_text_copy(label.text, sizeof label.text, shown);
    if (new_year && year) ku_text_copy(label.year, sizeof label.year, year + 1);
    return label;
}

/* The longest period that every tick begins: days that are all the first of a month are
 * labelled as months, those that are all New Year as years. */
static ku_period period_of_ticks(ku_period period, const int32_t *ticks, int count)
{
    static const ku_period longer[] = {KU_PERIOD_YEAR, KU_PERIOD_MONTH};
    for (int l = 0; l < 2 && count > 1; l++) {
        int begins = 0;
        if (longer[l] <= period || (longer[l] == KU_PERIOD_MONTH && period > KU_PERIOD_WEEK))
            continue;
        while (begins < count && ku_period_floor(longer[l], ticks[begins]) == ticks[begins])
            begins++;
        if (begins == count) return longer[l];
    }
    return period;
}

void chart_axis_dates(chart_page *page, int32_t from, int32_t to,
                      double (*place)(const chart_page *page, int32_t days))
{
    int32_t ticks[64];
    int most = (int)fmin(64, fmax(1, (page->area.right - page->area.left) / 58));
    int count = ku_scale_dates(page->reading->period, from, to, most, ticks);
    ku_period period = period_of_ticks(page->reading->period, ticks, count);
    for (int i = 0; i < count; i++) {
        date_label label = date_text(period, ticks[i], i ? &ticks[i - 1] : NULL);
        double x = place(page, ticks[i]), y = page->area.bottom;
        canvas_type type = chart_type(page, CANVAS_MIDDLE, CANVAS_LOW);
        canvas_line(&page->canvas, x, y, x, y + 4, 1, 0, page->look->axis);
        canvas_text(&page->canvas, x, y + 6, type, label.text);
        type.bold = true;
        if (label.year[0]) canvas_text(&page->canvas, x, y + 21, type, label.year);
    }
}

/* ---- legends ------------------------------------------------------------------------------------ */

static void draw_mark(chart_page *page, const chart_entry *entry, double x, double y)
{
    canvas_point box[] = {{x, y - 5}, {x + 14, y - 5}, {x + 14, y + 5}, {x, y + 5}};
    if (entry->mark == CHART_MARK_LINE)
        canvas_line(&page->canvas, x, y, x + 14, y, 2.5, 0, entry->colour);
    else
        canvas_area(&page->canvas, box, 4, entry->colour,
                    entry->mark == CHART_MARK_BAND ? entry->opacity : 1);
}

void chart_legend(chart_page *page, const chart_entry *entries, int count)
{
    double x = page->area.left, y = page->area.top + 8, row = 20;
    for (int i = 0; i < count; i++) {
        canvas_type type = chart_type(page, CANVAS_LOW, CANVAS_MIDDLE);
        type.colour = page->look->ink2;
        type.width = 220;
        double width = 20 + canvas_measure(&page->canvas, type, entries[i].text).x;
        if (x > page->area.left && x + width > page->area.right) x = page->area.left, y += row;
        draw_mark(page, &entries[i], x, y);
        canvas_text(&page->canvas, x + 20, y, type, entries[i].text);
        x += width + 18;
    }
    page->area.top = y + row;
}

/* ---- labels at the ends of lines -------------------------------------------------------------------- */

static int by_height(const void *a, const void *b)
{
    const chart_end_label *p = a, *q = b;
    return (p->y > q->y) - (p->y < q->y);
}

#define END_LINE 16.0

/* Moves labels down until none touches the one above, then the whole back up when the last
 * one fell below the area. */
static void move_apart(const chart_page *page, chart_end_label *labels, int count)
{
    for (int i = 1; i < count; i++) labels[i].y = fmax(labels[i].y, labels[i - 1].y + END_LINE);
    double floor = page->area.bottom;
    for (int i = count; i-- > 0; floor = labels[i].y - END_LINE)
        labels[i].y = fmin(labels[i].y, floor);
}

void chart_end_labels(chart_page *page, chart_end_label *labels, int count, double width)
{
    qsort(labels, (size_t)count, sizeof *labels, by_height);
    move_apart(page, labels, count);
    for (int i = 0; i < count; i++) {
        canvas_type type = chart_type(page, CANVAS_LOW, CANVAS_MIDDLE);
        type.colour = labels[i].colour;
        type.bold = labels[i].bold;
        type.width = width;
        canvas_text(&page->canvas, page->area.right + GAP, labels[i].y, type, labels[i].text);
    }
}
