/* page.h - one chart while it is drawn: what the view's table says, read into points, and
 * where on the paper it goes. Internal to report. Everything lives in the chart's arena. */
#ifndef KU_REPORT_PAGE_H
#define KU_REPORT_PAGE_H

#include "base/date.h"
#include "report/canvas.h"
#include "report/look.h"
#include "report/scale.h"

/* One row of the view's table. Missing numbers are NaN. */
typedef struct chart_point {
    int32_t key; /* its place along x: of a category, or of a period from the first one on */
    int32_t series;
    double x; /* a number, or days */
    double y, lo, hi, lo_inner, hi_inner;
    bool forecast;
} chart_point;

typedef struct chart_reading {
    const ku_column_spec *x, *y, *series, *filter; /* NULL: the view has none */
    const char *filter_value;
    chart_point *point; /* in the table's order; dated ones by date */
    size_t count;
    const char **name; /* of the series, in order of first sight; "" when there is one only */
    int32_t name_count;
    const char **key; /* along x, when it is not a number */
    int32_t key_count;
    bool dated;
    ku_period period;
    int32_t first_day; /* of the first period */
} chart_reading;

/* KU_USAGE when the filter's value is not in the table. */
ku_status chart_read(const ku_chart *chart, ku_arena *arena, chart_reading *reading, ku_error *err);

/* The part of the paper that the data are drawn in. */
typedef struct chart_area {
    double left, top, right, bottom;
} chart_area;

typedef struct chart_page {
    const ku_chart *chart;
    const ku_look *look;
    const chart_reading *reading;
    ku_arena *arena;
    ku_format format; /* numbers in labels: with the currency's sign, brief */
    chart_canvas canvas;
    chart_area area;  /* a kind narrows it by its axes and labels */
    double largest;   /* of the numbers, without sign */
    const char *note; /* told below the chart, or NULL */
} chart_page;

#define CHART_TEXT 12.0 /* size of labels */
#define CHART_ROW  34.0 /* height of a lying bar with its gap */

canvas_type chart_type(const chart_page *page, canvas_side across, canvas_side down);

/* ---- axes (axis.c) ---------------------------------------------------------------------- */

/* "Revenue, EUR": a column with its unit. */
const char *chart_column_title(const chart_page *page, const ku_column_spec *column);
/* A number in the unit of y, short, for a label; all labels of a chart are rounded alike. */
const char *chart_value(const chart_page *page, double value);
/* Draws the y axis: its title at the top, grid lines and tick labels at the left, and
 * narrows the area. The tick count follows the height. */
ku_scale chart_axis_y(chart_page *page, double lo, double hi, bool from_zero);
double chart_y(const chart_page *page, const ku_scale *scale, double value);
/* Labels the dates below the area; `place(page, days)` says where. */
void chart_axis_dates(chart_page *page, int32_t from, int32_t to,
                      double (*place)(const chart_page *page, int32_t days));
/* Room for two lines of dates below the area. */
#define CHART_DATES_HEIGHT 40.0

/* ---- legends (axis.c) ------------------------------------------------------------------- */

typedef enum chart_mark { CHART_MARK_BOX, CHART_MARK_LINE, CHART_MARK_BAND } chart_mark;
typedef struct chart_entry {
    chart_mark mark;
    uint32_t colour;
    double opacity;
    const char *text;
} chart_entry;
/* A row (or more) at the top of the area, which shrinks by it. */
void chart_legend(chart_page *page, const chart_entry *entries, int count);

/* Texts at the right of the area at the heights wanted, moved apart where they would touch. */
typedef struct chart_end_label {
    double y;
    uint32_t colour;
    bool bold;
    const char *text;
} chart_end_label;
void chart_end_labels(chart_page *page, chart_end_label *labels, int count, double width);

/* ---- kinds --------------------------------------------------------------------------------- */

void chart_draw_line(chart_page *page);
void chart_draw_bar(chart_page *page);
double chart_bar_height(const chart_reading *reading); /* that lying bars can use */
void chart_draw_waterfall(chart_page *page);
void chart_draw_pareto(chart_page *page);
void chart_draw_heatmap(chart_page *page);

#endif
