/* chart.c - one view on one sheet: title, what it is of, the chart, where it comes from. */
#include "report/chart.h"

#include <math.h>
#include <string.h>

#include "report/page.h"

#define MARGIN  24.0
#define WIDTH   900
#define HEIGHT  480
#define LARGEST 10000

ku_status ku_chart_format_of(const char *path, ku_chart_format *format, ku_error *err)
{
    static const char *const endings[] = {".svg", ".png", ".pdf"};
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot && i < 3; i++)
        if (ku_text_fold_equal(dot, endings[i])) {
            *format = (ku_chart_format)i;
            return KU_OK;
        }
    return ku_error_set(err, KU_USAGE, NULL, "\"%s\": a chart is a .svg, .png or .pdf file", path);
}

/* ---- finding the view --------------------------------------------------------------------- */

static bool draws(const ku_view_spec *view)
{
    return view->kind != KU_VIEW_TABLE && view->kind != KU_VIEW_FIGURES;
}

static ku_status no_such_view(const ku_analysis *analysis, const char *name, ku_error *err)
{
    ku_text known = {0};
    for (const ku_view_spec *v = analysis->views; v && v->name; v++)
        if (draws(v)) ku_text_addf(&known, "%s%s", known.length ? ", " : "", v->name);
    ku_status status = known.length == 0
                           ? ku_error_set(err, KU_USAGE, analysis->id, "this analysis has no chart")
                           : ku_error_set(err, KU_USAGE, analysis->id,
                                          "found chart \"%s\", expected one of: %s", name,
                                          ku_text_string(&known));
    ku_text_clear(&known);
    return status;
}

ku_status ku_chart_view(const ku_analysis *analysis, const char *name, const ku_view_spec **view,
                        ku_error *err)
{
    for (const ku_view_spec *v = analysis->views; v && v->name; v++)
        if (draws(v) && (!name || strcmp(name, v->name) == 0)) {
            *view = v;
            return KU_OK;
        }
    return no_such_view(analysis, name ? name : "", err);
}

/* ---- the sheet ------------------------------------------------------------------------------ */

/* "Jan 2023 to Jun 2026, by month", or "" when x is no date. */
static const char *span_of(const chart_page *page)
{
    const chart_reading *r = page->reading;
    if (!r->dated || r->key_count == 0) return "";
    if (r->key_count == 1) return r->key[0];
    return ku_arena_printf(page->arena, "%s to %s, by %s", r->key[0], r->key[r->key_count - 1],
                           ku_period_name(r->period));
}

static const char *subtitle_of(const chart_page *page)
{
    const chart_reading *r = page->reading;
    const char *span = span_of(page);
    if (!r->filter || !r->filter_value) return span;
    return ku_arena_printf(page->arena, "%s: %s%s%s", r->filter->label, r->filter_value,
                           span[0] ? "  ·  " : "", span);
}

static void draw_head(chart_page *page)
{
    canvas_type title = {.size = 18,
                         .bold = true,
                         .colour = page->look->ink,
                         .width = page->canvas.width - 2 * MARGIN};
    canvas_type under = {.size = 13, .colour = page->look->ink2, .width = title.width};
    const char *subtitle = subtitle_of(page);
    canvas_text(&page->canvas, MARGIN, MARGIN - 6, title, page->chart->view->title);
    page->area.top = MARGIN + 22;
    if (subtitle[0]) {
        canvas_text(&page->canvas, MARGIN, page->area.top, under, subtitle);
        page->area.top += 20;
    }
    page->area.top += 12;
}

static void draw_foot(chart_page *page)
{
    canvas_type type = {.size = 10,
                        .colour = page->look->axis,
                        .down = CANVAS_HIGH,
                        .width = page->canvas.width - 2 * MARGIN};
    const char *text = page->chart->analysis->title;
    if (page->note) text = ku_arena_printf(page->arena, "%s  ·  %s", text, page->note);
    canvas_text(&page->canvas, MARGIN, page->canvas.height - 10, type, text);
}

static void draw_empty(chart_page *page)
{
    canvas_type type = {
        .size = 14, .colour = page->look->ink2, .across = CANVAS_MIDDLE, .down = CANVAS_MIDDLE};
    canvas_text(&page->canvas, page->canvas.width / 2, (page->area.top + page->area.bottom) / 2,
                type, "There is nothing to draw: no data for this choice.");
}

static void draw_kind(chart_page *page)
{
    switch (page->chart->view->kind) {
    case KU_VIEW_LINE:
        chart_draw_line(page);
        break;
    case KU_VIEW_BAR:
        chart_draw_bar(page);
        break;
    case KU_VIEW_WATERFALL:
        chart_draw_waterfall(page);
        break;
    case KU_VIEW_PARETO:
        chart_draw_pareto(page);
        break;
    case KU_VIEW_HEATMAP:
        chart_draw_heatmap(page);
        break;
    case KU_VIEW_TABLE:
    case KU_VIEW_FIGURES:
        break;
    }
}

static double largest_of(const chart_reading *reading)
{
    double largest = 0;
    for (size_t i = 0; i < reading->count; i++) largest = fmax(largest, fabs(reading->point[i].y));
    return largest;
}

/* A few lying bars need no whole sheet. */
static int usual_height(const ku_chart *chart, const chart_reading *reading)
{
    if (chart->view->kind != KU_VIEW_BAR || reading->dated || reading->count == 0) return HEIGHT;
    return (int)fmin(HEIGHT, fmax(200, ceil(chart_bar_height(reading)) + 130));
}

static ku_status draw_sheet(chart_page *page, ku_chart_format format, int width, int height,
                            void **bytes, size_t *length, ku_error *err)
{
    KU_TRY(canvas_init(&page->canvas, format, width, height, page->look->paper, err));
    page->area = (chart_area){MARGIN, MARGIN, width - MARGIN, height - MARGIN - 6};
    draw_head(page);
    if (page->reading->count == 0)
        draw_empty(page);
    else
        draw_kind(page);
    draw_foot(page);
    return canvas_finish(&page->canvas, page->chart->view->title, page->arena, bytes, length, err);
}

ku_status ku_chart_draw(const ku_chart *chart, ku_chart_format format, ku_arena *arena,
                        void **bytes, size_t *length, ku_error *err)
{
    chart_reading reading;
    if (!draws(chart->view)) return no_such_view(chart->analysis, chart->view->name, err);
    KU_TRY(chart_read(chart, arena, &reading, err));
    int width = chart->width ? chart->width : WIDTH;
    int height = chart->height ? chart->height : usual_height(chart, &reading);
    if (width < 240 || height < 180 || width > LARGEST || height > LARGEST)
        return ku_error_set(err, KU_USAGE, NULL,
                            "found a chart of %d by %d, expected 240 by 180 to %d by %d", width,
                            height, LARGEST, LARGEST);
    chart_page page = {.chart = chart,
                       .look = ku_look_of(chart->dark),
                       .reading = &reading,
                       .arena = arena,
                       .largest = largest_of(&reading),
                       .format = {.currency = chart->currency, .brief = true}};
    ku_status status = draw_sheet(&page, format, width, height, bytes, length, err);
    canvas_clear(&page.canvas);
    return status;
}
