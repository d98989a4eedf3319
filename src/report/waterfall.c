/* waterfall.c - from one total to another: what each step added or took away.
 *
 * Totals stand on zero. When the steps are small against the totals they would be slivers, so
 * the axis then begins nearer to them; the totals are cut visibly and a note says so. */
#include <math.h>
#include <string.h>

#include "report/page.h"

typedef struct fall {
    const char *label;
    double from, to, value;
    bool total;
} fall;

typedef struct steps {
    chart_page *page;
    fall *at;
    int count;
    ku_scale y;
    double slot;
} steps;

static void read_steps(steps *s)
{
    const chart_reading *r = s->page->reading;
    double level = 0;
    s->at = KU_ARRAY(s->page->arena, r->count + 1, fall);
    for (size_t i = 0; i < r->count; i++) {
        const chart_point *p = &r->point[i];
        if (isnan(p->y)) continue;
        bool total = i == 0 || i + 1 == r->count;
        double from = total ? 0 : level;
        level = total ? p->y : level + p->y;
        s->at[s->count++] = (fall){r->key[p->key], from, level, p->y, total};
    }
}

/* The lowest and the highest level reached by steps, totals counted by their tops. */
static void levels(const steps *s, double *lo, double *hi)
{
    *lo = INFINITY;
    *hi = -INFINITY;
    for (int i = 0; i < s->count; i++) {
        const fall *t = &s->at[i];
        *lo = fmin(*lo, t->total ? t->to : fmin(t->from, t->to));
        *hi = fmax(*hi, t->total ? t->to : fmax(t->from, t->to));
    }
}

static uint32_t colour_of(const steps *s, const fall *step)
{
    const ku_look *look = s->page->look;
    return step->total ? look->total : step->value >= 0 ? look->up : look->down;
}

static const char *label_of(const steps *s, const fall *step)
{
    const char *value = chart_value(s->page, step->value);
    return step->total || step->value <= 0 ? value : ku_arena_printf(s->page->arena, "+%s", value);
}

/* A white slash across a total whose foot is not at zero. */
static void cut(steps *s, double left, double right)
{
    double y = s->page->area.bottom - 14;
    canvas_point slash[] = {
        {left - 2, y + 4}, {right + 2, y - 4}, {right + 2, y}, {left - 2, y + 8}};
    canvas_area(&s->page->canvas, slash, 4, s->page->look->paper, 1);
}

static void draw_step(steps *s, int i)
{
    chart_page *page = s->page;
    const fall *step = &s->at[i];
    double width = fmin(72, s->slot * 0.62), middle = page->area.left + (i + 0.5) * s->slot;
    double left = middle - width / 2, zero = fmax(0, s->y.lo);
    double a = chart_y(page, &s->y, step->total ? zero : step->from),
           b = chart_y(page, &s->y, step->to);
    double top = fmin(a, b), bottom = fmax(a, b);
    canvas_rectangle(&page->canvas, left, top, width, fmax(1.5, bottom - top), colour_of(s, step));
    if (step->total && s->y.lo > 0) cut(s, left, left + width);
    if (i + 1 < s->count)
        canvas_line(&page->canvas, left + width + 1, b, middle + s->slot - width / 2 - 1, b, 1, 2.5,
                    page->look->axis);
    canvas_type type = chart_type(page, CANVAS_MIDDLE, CANVAS_HIGH);
    type.colour = page->look->ink;
    type.bold = true;
    const char *label = label_of(s, step);
    double wide = canvas_measure(&page->canvas, type, label).x;
    if (wide > s->slot - 4) type.size = fmax(8, type.size * (s->slot - 4) / wide);
    canvas_text(&page->canvas, middle, top - 4, type, label);
}

static void draw_names(steps *s)
{
    chart_page *page = s->page;
    for (int i = 0; i < s->count; i++) {
        canvas_type type = chart_type(page, CANVAS_MIDDLE, CANVAS_LOW);
        type.colour = page->look->ink2;
        type.width = s->slot - 8;
        type.lines = 3;
        canvas_text(&page->canvas, page->area.left + (i + 0.5) * s->slot, page->area.bottom + 8,
                    type, s->at[i].label);
    }
}

static double height_of_names(const steps *s, double slot)
{
    double height = 0;
    for (int i = 0; i < s->count; i++) {
        canvas_type type = chart_type(s->page, CANVAS_MIDDLE, CANVAS_LOW);
        type.width = slot - 8;
        type.lines = 3;
        height = fmax(height, canvas_measure(&s->page->canvas, type, s->at[i].label).y);
    }
    return height;
}

void chart_draw_waterfall(chart_page *page)
{
    steps s = {.page = page};
    double lo, hi;
    read_steps(&s);
    levels(&s, &lo, &hi);
    bool from_zero = lo <= 0.7 * hi || hi <= 0;
    page->area.bottom -= height_of_names(&s, (page->area.right - page->area.left - 60) / s.count) +
                         10;
    /* Room below the lowest step for the cut, above the highest for its label. */
    double room = (hi - lo) * 0.4;
    s.y = chart_axis_y(page, from_zero ? fmin(lo, 0) : fmax(0, lo - room),
                       hi + (hi - fmin(lo, from_zero ? 0 : lo)) * 0.06, from_zero);
    s.slot = (page->area.right - page->area.left) / s.count;
    for (int i = 0; i < s.count; i++) draw_step(&s, i);
    draw_names(&s);
    if (s.y.lo > 0) page->note = "The axis does not begin at zero; the totals are cut.";
}
