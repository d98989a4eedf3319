/* line.c - lines over time, with what is expected ahead and how sure that is.
 *
 * One series with a forecast: the past in ink, the forecast in colour with its 80 % and 95 %
 * intervals as bands behind it, a mark where the past ends. Several series: the largest
 * eight, each with its name at its end; forecasts dashed. */
#include <math.h>
#include <string.h>

#include "report/page.h"

#define MOST_LINES 8
#define WIDE_BAND  0.16
#define INNER_BAND 0.24

typedef struct lines {
    chart_page *page;
    ku_scale y;
    int32_t shown[MOST_LINES];
    int count;
    bool single, past, ahead; /* one series; rows of the past; rows of the forecast */
    bool wide, inner;         /* which bands there are */
    canvas_point *path;       /* scratch, twice the points */
} lines;

/* ---- which lines ---------------------------------------------------------------------------- */

static void choose(lines *l)
{
    const chart_reading *r = l->page->reading;
    double *size = KU_ARRAY(l->page->arena, (size_t)r->name_count, double);
    bool *taken = KU_ARRAY(l->page->arena, (size_t)r->name_count, bool);
    for (size_t i = 0; i < r->count; i++)
        if (!isnan(r->point[i].y)) size[r->point[i].series] += fabs(r->point[i].y);
    int most = r->name_count < MOST_LINES ? r->name_count : MOST_LINES;
    for (int n = 0; n < most; n++) {
        int32_t best = -1;
        for (int32_t i = 0; i < r->name_count; i++)
            if (!taken[i] && (best < 0 || size[i] > size[best])) best = i;
        taken[best] = true;
    }
    for (int32_t i = 0; i < r->name_count; i++)
        if (taken[i]) l->shown[l->count++] = i;
    if (r->name_count > most)
        l->page->note = ku_arena_printf(l->page->arena, "The %d largest of %d are shown.", most,
                                        r->name_count);
}

static void look_over(lines *l)
{
    const chart_reading *r = l->page->reading;
    l->single = r->name_count == 1;
    for (size_t i = 0; i < r->count; i++) {
        const chart_point *p = &r->point[i];
        *(p->forecast ? &l->ahead : &l->past) = true;
        l->wide |= !isnan(p->lo) && !isnan(p->hi);
        l->inner |= !isnan(p->lo_inner) && !isnan(p->hi_inner);
    }
}

static bool is_shown(const lines *l, int32_t series)
{
    for (int i = 0; i < l->count; i++)
        if (l->shown[i] == series) return true;
    return false;
}

static void range_of(const lines *l, double *lo, double *hi)
{
    const chart_reading *r = l->page->reading;
    *lo = INFINITY;
    *hi = -INFINITY;
    for (size_t i = 0; i < r->count; i++) {
        const chart_point *p = &r->point[i];
        if (!is_shown(l, p->series)) continue;
        *lo = fmin(*lo, fmin(p->y, fmin(p->lo, p->lo_inner)));
        *hi = fmax(*hi, fmax(p->y, fmax(p->hi, p->hi_inner)));
    }
}

static uint32_t colour_of(const lines *l, int shown, bool forecast)
{
    if (l->single && l->ahead && !forecast) return l->page->look->actual;
    return l->page->look->series[shown % KU_LOOK_SERIES];
}

/* ---- places ------------------------------------------------------------------------------------ */

static double place_x(const chart_page *page, double x)
{
    const chart_reading *r = page->reading;
    double from = r->point[0].x, to = r->point[r->count - 1].x;
    if (to <= from) return (page->area.left + page->area.right) / 2;
    return page->area.left + (x - from) / (to - from) * (page->area.right - page->area.left);
}

static double place_day(const chart_page *page, int32_t days)
{
    return place_x(page, days);
}

static double place_key(const chart_page *page, int32_t key)
{
    if (page->reading->key_count < 2) return (page->area.left + page->area.right) / 2;
    return page->area.left +
           (page->area.right - page->area.left) * key / (page->reading->key_count - 1);
}

static canvas_point place(const lines *l, const chart_point *point, double value)
{
    double x = isnan(point->x) ? place_key(l->page, point->key) : place_x(l->page, point->x);
    return (canvas_point){x, chart_y(l->page, &l->y, value)};
}

/* ---- x axes -------------------------------------------------------------------------------------- */

static void axis_names(chart_page *page)
{
    const chart_reading *r = page->reading;
    double slot = (page->area.right - page->area.left) / fmax(1, r->key_count - 1);
    int every = (int)ceil(80 / fmax(slot, 0.1));
    for (int32_t i = 0; i < r->key_count; i += every) {
        canvas_type type = chart_type(page, CANVAS_MIDDLE, CANVAS_LOW);
        type.width = slot * every - 6;
        type.lines = 2;
        double x = place_key(page, i), half = type.width / 2;
        canvas_text(&page->canvas, x - half, page->area.bottom + 6,
                    (canvas_type){.size = type.size,
                                  .colour = type.colour,
                                  .across = CANVAS_LOW,
                                  .width = type.width,
                                  .lines = 2},
                    r->key[i]);
    }
}

static void axis_numbers(chart_page *page)
{
    const chart_reading *r = page->reading;
    char text[KU_NUMBER_TEXT];
    ku_scale scale = ku_scale_nice(r->point[0].x, r->point[r->count - 1].x, 8, false);
    canvas_type type = chart_type(page, CANVAS_MIDDLE, CANVAS_LOW);
    for (int i = 0; i < scale.count; i++) {
        double tick = ku_scale_tick(&scale, i);
        if (tick < r->point[0].x || tick > r->point[r->count - 1].x) continue;
        canvas_text(&page->canvas, place_x(page, tick), page->area.bottom + 6, type,
                    ku_scale_label(&scale, tick, r->x->unit, text));
    }
    canvas_text(&page->canvas, (page->area.left + page->area.right) / 2, page->area.bottom + 22,
                type, chart_column_title(page, r->x));
}

static void axis_x(chart_page *page)
{
    const chart_reading *r = page->reading;
    if (r->dated)
        chart_axis_dates(page, (int32_t)floor(r->point[0].x),
                         (int32_t)floor(r->point[r->count - 1].x), place_day);
    else if (isnan(r->point[0].x))
        axis_names(page);
    else
        axis_numbers(page);
}

/* ---- lines and bands -------------------------------------------------------------------------------- */

static void draw_band(lines *l, int shown, bool inner)
{
    const chart_reading *r = l->page->reading;
    size_t count = 0, back = 0;
    for (size_t i = 0; i < r->count; i++) {
        const chart_point *p = &r->point[i];
        double hi = inner ? p->hi_inner : p->hi, lo = inner ? p->lo_inner : p->lo;
        if (p->series == l->shown[shown] && !isnan(hi) && !isnan(lo))
            l->path[count++] = place(l, p, hi);
    }
    for (size_t i = r->count; i-- > 0;) {
        const chart_point *p = &r->point[i];
        double hi = inner ? p->hi_inner : p->hi, lo = inner ? p->lo_inner : p->lo;
        if (p->series == l->shown[shown] && !isnan(hi) && !isnan(lo))
            l->path[count + back++] = place(l, p, lo);
    }
    if (count == 1) { /* a single period still has a width to be seen */
        l->path[0].x -= 3, l->path[1].x += 3;
        l->path[2] = (canvas_point){l->path[0].x, l->path[1].y};
        l->path[3] = l->path[0];
        l->path[0] = (canvas_point){l->path[1].x, l->path[3].y};
        canvas_area(&l->page->canvas, l->path, 4, colour_of(l, shown, true),
                    inner ? INNER_BAND : WIDE_BAND);
    } else if (count > 1)
        canvas_area(&l->page->canvas, l->path, count + back, colour_of(l, shown, true),
                    inner ? INNER_BAND : WIDE_BAND);
}

/* The past or the forecast of a series; a forecast begins at the last point of the past.
 * Returns the last point drawn, or NULL. */
static const chart_point *draw_line(lines *l, int shown, bool forecast)
{
    const chart_reading *r = l->page->reading;
    const chart_point *last = NULL, *before = NULL;
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++) {
        const chart_point *p = &r->point[i];
        if (p->series != l->shown[shown] || isnan(p->y)) continue;
        if (forecast && !p->forecast) before = p;
        if (p->forecast != forecast) continue;
        if (count == 0 && before) l->path[count++] = place(l, before, before->y);
        l->path[count++] = place(l, p, p->y);
        last = p;
    }
    uint32_t colour = colour_of(l, shown, forecast);
    if (count > 1)
        canvas_path(&l->page->canvas, l->path, count, 2.2, forecast && !l->single ? 5 : 0, colour);
    else if (count == 1)
        canvas_dot(&l->page->canvas, l->path[0].x, l->path[0].y, 3.5, colour, l->page->look->paper);
    return last;
}

static void mark_forecast(lines *l)
{
    const chart_reading *r = l->page->reading;
    const chart_area *area = &l->page->area;
    for (size_t i = 0; i < r->count; i++) {
        if (!r->point[i].forecast) continue;
        double x = place(l, &r->point[i], 0).x;
        canvas_line(&l->page->canvas, x, area->top, x, area->bottom, 1, 3, l->page->look->axis);
        return;
    }
}

/* ---- names ---------------------------------------------------------------------------------------------- */

static void legend_of_one(lines *l)
{
    chart_page *page = l->page;
    uint32_t colour = colour_of(l, 0, true);
    chart_entry entries[4];
    int count = 0;
    if (l->past && l->ahead)
        entries[count++] = (chart_entry){CHART_MARK_LINE, page->look->actual, 1, "Actual"};
    if (l->ahead) entries[count++] = (chart_entry){CHART_MARK_LINE, colour, 1, "Forecast"};
    if (l->inner)
        entries[count++] = (chart_entry){CHART_MARK_BAND, colour, WIDE_BAND + INNER_BAND,
                                         "80 % interval"};
    if (l->wide)
        entries[count++] = (chart_entry){CHART_MARK_BAND, colour, WIDE_BAND, "95 % interval"};
    if (count) chart_legend(page, entries, count);
}

static double room_for_names(lines *l)
{
    double widest = 0;
    for (int i = 0; i < l->count && !l->single; i++) {
        canvas_type type = chart_type(l->page, CANVAS_LOW, CANVAS_MIDDLE);
        type.bold = true;
        widest = fmax(
            widest, canvas_measure(&l->page->canvas, type, l->page->reading->name[l->shown[i]]).x);
    }
    return fmin(widest, 170);
}

static void draw_lines(lines *l, double names)
{
    chart_end_label labels[MOST_LINES];
    int count = 0;
    for (int i = 0; i < l->count; i++) {
        draw_band(l, i, false);
        draw_band(l, i, true);
    }
    if (l->past && l->ahead) mark_forecast(l);
    for (int i = 0; i < l->count; i++) {
        const chart_point *past = draw_line(l, i, false), *ahead = draw_line(l, i, true);
        const chart_point *last = ahead ? ahead : past;
        if (last)
            labels[count++] = (chart_end_label){place(l, last, last->y).y, colour_of(l, i, true),
                                                true, l->page->reading->name[l->shown[i]]};
    }
    if (!l->single) chart_end_labels(l->page, labels, count, names);
}

void chart_draw_line(chart_page *page)
{
    double lo, hi;
    lines l = {.page = page};
    l.path = KU_ARRAY(page->arena, page->reading->count * 2 + 4, canvas_point);
    choose(&l);
    look_over(&l);
    if (l.single) legend_of_one(&l);
    double names = room_for_names(&l);
    page->area.right -= names > 0 ? names + 12 : 10;
    page->area.bottom -= CHART_DATES_HEIGHT;
    range_of(&l, &lo, &hi);
    bool from_zero = !ku_scale_far_from_zero(lo, hi);
    l.y = chart_axis_y(page, lo, hi, from_zero);
    axis_x(page);
    draw_lines(&l, names);
    if (l.y.lo > 0 || l.y.hi < 0)
        page->note = page->note ? ku_arena_printf(page->arena,
                                                  "%s The axis does not begin at zero.", page->note)
                                : "The axis does not begin at zero.";
}
