/* pareto.c - how much the largest bring: cumulative share over rank share, with the point
 * everyone asks for, the first 20 %, read off in words, and the line of equal shares. */
#include <math.h>

#include "report/page.h"

typedef struct curve {
    chart_page *page;
    ku_scale x, y;
} curve;

static canvas_point place(const curve *c, double x, double y)
{
    const chart_area *area = &c->page->area;
    return (canvas_point){ku_scale_place(&c->x, x, area->left, area->right),
                          chart_y(c->page, &c->y, y)};
}

static void axis_x(curve *c)
{
    char text[KU_NUMBER_TEXT];
    chart_page *page = c->page;
    canvas_type type = chart_type(page, CANVAS_MIDDLE, CANVAS_LOW);
    for (int i = 0; i < c->x.count; i++) {
        double tick = ku_scale_tick(&c->x, i);
        canvas_text(&page->canvas, place(c, tick, c->y.lo).x, page->area.bottom + 6, type,
                    ku_scale_label(&c->x, tick, page->reading->x->unit, text));
    }
    canvas_text(&page->canvas, (page->area.left + page->area.right) / 2, page->area.bottom + 24,
                type, chart_column_title(page, page->reading->x));
}

static void draw_curve(curve *c)
{
    chart_page *page = c->page;
    const chart_reading *r = page->reading;
    canvas_point *path = KU_ARRAY(page->arena, r->count + 2, canvas_point);
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++)
        if (!isnan(r->point[i].y)) path[count++] = place(c, r->point[i].x, r->point[i].y);
    path[count] = (canvas_point){path[count - 1].x, page->area.bottom};
    path[count + 1] = (canvas_point){path[0].x, page->area.bottom};
    canvas_area(&page->canvas, path, count + 2, page->look->series[0], 0.1);
    canvas_path(&page->canvas, path, count, 2.4, 0, page->look->series[0]);
}

static const chart_point *nearest_fifth(const chart_reading *r)
{
    const chart_point *best = NULL;
    for (size_t i = 0; i < r->count; i++)
        if (!isnan(r->point[i].y) && (!best || fabs(r->point[i].x - 0.2) < fabs(best->x - 0.2)))
            best = &r->point[i];
    return best;
}

static void read_off(curve *c)
{
    char few[KU_NUMBER_TEXT], much[KU_NUMBER_TEXT];
    chart_page *page = c->page;
    const chart_point *point = nearest_fifth(page->reading);
    const ku_format format = {.brief = true};
    if (!point || point->x <= 0 || point->x >= 1) return;
    canvas_point at = place(c, point->x, point->y);
    canvas_line(&page->canvas, at.x, at.y, at.x, page->area.bottom, 1, 3, page->look->axis);
    canvas_line(&page->canvas, page->area.left, at.y, at.x, at.y, 1, 3, page->look->axis);
    canvas_dot(&page->canvas, at.x, at.y, 5, page->look->series[0], page->look->paper);
    ku_format_number(few, point->x, "share", &format);
    ku_format_number(much, point->y, "share", &format);
    canvas_type type = chart_type(page, CANVAS_LOW, CANVAS_LOW);
    type.colour = page->look->ink;
    type.bold = true;
    type.size = 13;
    canvas_text(&page->canvas, at.x + 14, at.y + 6, type,
                ku_arena_printf(page->arena, "The top %s bring %s", few, much));
}

static void draw_equal(curve *c)
{
    canvas_point from = place(c, 0, 0), to = place(c, 1, 1);
    chart_page *page = c->page;
    canvas_line(&page->canvas, from.x, from.y, to.x, to.y, 1, 4, page->look->others);
    canvas_point label = place(c, 0.72, 0.72);
    canvas_type type = chart_type(page, CANVAS_LOW, CANVAS_LOW);
    canvas_text(&page->canvas, label.x + 10, label.y + 4, type, "if all brought the same");
}

void chart_draw_pareto(chart_page *page)
{
    curve c = {.page = page, .x = {.lo = 0, .hi = 1, .step = 0.2, .count = 6}};
    page->area.bottom -= CHART_DATES_HEIGHT + 2;
    page->area.right -= 16;
    c.y = chart_axis_y(page, 0, 1, true);
    axis_x(&c);
    draw_equal(&c);
    draw_curve(&c);
    read_off(&c);
}
