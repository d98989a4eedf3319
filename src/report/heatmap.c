/* heatmap.c - a value for each pair of names as colour, and as a number where there is room.
 * Values on both sides of zero run from orange over the paper's own tone to blue. */
#include <math.h>
#include <string.h>

#include "report/page.h"

#define MOST_ROWS    60
#define MOST_COLUMNS 60
#define MOST_NUMBERS 400

typedef struct heat {
    chart_page *page;
    int rows, columns;
    double lo, hi;
    double cell_width, cell_height, label;
    double size; /* of the numbers in the cells; 0: there is no room for them */
} heat;

static uint32_t colour_of(const heat *h, double value)
{
    const ku_look *look = h->page->look;
    if (h->lo < 0 && h->hi > 0) {
        double reach = fmax(-h->lo, h->hi);
        return ku_look_mix(look->heat_low, value < 0 ? look->heat_minus : look->heat_high,
                           fabs(value) / reach);
    }
    return ku_look_mix(look->heat_low, look->heat_high,
                       h->hi > h->lo ? (value - h->lo) / (h->hi - h->lo) : 0.5);
}

static void look_over(heat *h)
{
    chart_page *page = h->page;
    const chart_reading *r = page->reading;
    h->rows = r->name_count < MOST_ROWS ? r->name_count : MOST_ROWS;
    h->columns = r->key_count < MOST_COLUMNS ? r->key_count : MOST_COLUMNS;
    h->lo = INFINITY;
    h->hi = -INFINITY;
    for (size_t i = 0; i < r->count; i++) {
        h->lo = fmin(h->lo, r->point[i].y);
        h->hi = fmax(h->hi, r->point[i].y);
    }
    bool ahead = false;
    for (size_t i = 0; i < r->count; i++) ahead |= r->point[i].forecast;
    if (ahead) page->note = "Smaller cells are projections.";
    if (h->rows < r->name_count || h->columns < r->key_count)
        page->note = ku_arena_printf(page->arena, "%d of %d rows and %d of %d columns are shown.",
                                     h->rows, r->name_count, h->columns, r->key_count);
}

/* The largest size at which every number fits its cell. */
static double size_of_numbers(const heat *h)
{
    chart_page *page = h->page;
    canvas_point room = {0, 0};
    canvas_type type = chart_type(page, CANVAS_LOW, CANVAS_LOW);
    type.size = 10;
    for (size_t i = 0; i < page->reading->count; i++) {
        canvas_point size = canvas_measure(&page->canvas, type,
                                           chart_value(page, page->reading->point[i].y));
        room = (canvas_point){fmax(room.x, size.x), fmax(room.y, size.y)};
    }
    double fits = 10 * fmin((h->cell_width - 6) / room.x, (h->cell_height - 2) / room.y);
    return fits < 8 ? 0 : fmin(fits, 11);
}

static void draw_cell(heat *h, const chart_point *point)
{
    chart_page *page = h->page;
    if (point->series >= h->rows || point->key >= h->columns || isnan(point->y)) return;
    double x = page->area.left + point->key * h->cell_width;
    double y = page->area.top + point->series * h->cell_height;
    uint32_t colour = colour_of(h, point->y);
    double gap = point->forecast ? fmin(3, h->cell_height / 6) : 0.5;
    canvas_rectangle(&page->canvas, x + gap, y + gap, h->cell_width - 2 * gap,
                     h->cell_height - 2 * gap, colour);
    if (h->size == 0) return;
    canvas_type type = chart_type(page, CANVAS_MIDDLE, CANVAS_MIDDLE);
    type.size = h->size;
    type.colour = ku_look_ink_on(colour);
    canvas_text(&page->canvas, x + h->cell_width / 2, y + h->cell_height / 2, type,
                chart_value(page, point->y));
}

static void draw_names(heat *h)
{
    chart_page *page = h->page;
    const chart_reading *r = page->reading;
    int every = (int)ceil((r->dated ? 62 : 70) / h->cell_width);
    int every_row = (int)ceil(16 / h->cell_height); /* names that stand under each other */
    for (int row = 0; row < h->rows; row += every_row) {
        canvas_type type = chart_type(page, CANVAS_HIGH, CANVAS_MIDDLE);
        type.colour = page->look->ink2;
        type.width = h->label;
        canvas_text(&page->canvas, page->area.left - 8,
                    page->area.top + (row + 0.5) * h->cell_height, type, r->name[row]);
    }
    for (int column = 0; column < h->columns; column += every) {
        canvas_type type = chart_type(page, CANVAS_MIDDLE, CANVAS_LOW);
        type.width = h->cell_width * every - 6;
        canvas_text(&page->canvas, page->area.left + (column + 0.5) * h->cell_width,
                    page->area.bottom + 6, type, r->key[column]);
    }
}

static void draw_key(heat *h)
{
    chart_page *page = h->page;
    double x = page->area.left, y = page->area.bottom + 34;
    canvas_type type = chart_type(page, CANVAS_LOW, CANVAS_MIDDLE);
    x += canvas_text(&page->canvas, x, y, type, chart_column_title(page, page->reading->y)) + 14;
    x += canvas_text(&page->canvas, x, y, type, chart_value(page, h->lo)) + 8;
    double width = fmin(160, fmax(20, page->area.right - x - 70));
    for (int i = 0; i < 40; i++)
        canvas_rectangle(&page->canvas, x + i * width / 40, y - 6, width / 40 + 0.2, 12,
                         colour_of(h, h->lo + (h->hi - h->lo) * (i + 0.5) / 40));
    canvas_text(&page->canvas, x + width + 8, y, type, chart_value(page, h->hi));
}

void chart_draw_heatmap(chart_page *page)
{
    heat h = {.page = page};
    canvas_type type = chart_type(page, CANVAS_LOW, CANVAS_LOW);
    look_over(&h);
    for (int row = 0; row < h.rows; row++)
        h.label = fmax(h.label, canvas_measure(&page->canvas, type, page->reading->name[row]).x);
    h.label = fmin(h.label, 180);
    page->area.left += h.label + 10;
    page->area.bottom -= 52;
    h.cell_width = fmin((page->area.right - page->area.left) / h.columns, 110);
    h.cell_height = fmin((page->area.bottom - page->area.top) / h.rows, 44);
    page->area.bottom = page->area.top + h.cell_height * h.rows;
    h.size = page->reading->count <= MOST_NUMBERS ? size_of_numbers(&h) : 0;
    for (size_t i = 0; i < page->reading->count; i++) draw_cell(&h, &page->reading->point[i]);
    draw_names(&h);
    draw_key(&h);
}
