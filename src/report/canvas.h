/* canvas.h - drawing on paper: cairo and pango in a few strokes. Internal to report. The
 * canvas owns its surface, its fonts and the texts it has drawn until canvas_clear. */
#ifndef KU_REPORT_CANVAS_H
#define KU_REPORT_CANVAS_H

#include <stdint.h>

#include "base/text.h"
#include "report/chart.h"

typedef enum canvas_side { CANVAS_LOW, CANVAS_MIDDLE, CANVAS_HIGH } canvas_side;

/* How a text stands at its point. `across` LOW: to the right of it; `down` LOW: below it. */
typedef struct canvas_type {
    double size;
    bool bold;
    uint32_t colour;
    canvas_side across, down;
    double width; /* cut with an ellipsis, or broken, beyond; 0: as long as it is */
    int lines;    /* at most so many when `width` is set; 0: one */
} canvas_type;

typedef struct canvas_point {
    double x, y;
} canvas_point;

typedef struct chart_canvas {
    ku_chart_format format;
    double width, height;
    struct _cairo_surface *surface;
    struct _cairo *cairo;
    struct _PangoFontMap *fonts;
    struct _PangoContext *context;
    ku_text bytes; /* what the surface wrote */
    ku_text words; /* every text drawn, in order, one a line */
} chart_canvas;

ku_status canvas_init(chart_canvas *canvas, ku_chart_format format, int width, int height,
                      uint32_t paper, ku_error *err);
void canvas_clear(chart_canvas *canvas);
/* The finished file in the arena. `title` and the drawn texts go along as the picture's
 * description, for search and for those who do not see it. */
ku_status canvas_finish(chart_canvas *canvas, const char *title, ku_arena *arena, void **bytes,
                        size_t *length, ku_error *err);

/* Draws the text and returns the width it took. A leading minus is set as one. */
double canvas_text(chart_canvas *canvas, double x, double y, canvas_type type, const char *text);
/* Its size when drawn. */
canvas_point canvas_measure(chart_canvas *canvas, canvas_type type, const char *text);

void canvas_rectangle(chart_canvas *canvas, double x, double y, double width, double height,
                      uint32_t colour);
/* `dash` 0: a whole line. */
void canvas_line(chart_canvas *canvas, double x1, double y1, double x2, double y2, double width,
                 double dash, uint32_t colour);
void canvas_path(chart_canvas *canvas, const canvas_point *points, size_t count, double width,
                 double dash, uint32_t colour);
void canvas_area(chart_canvas *canvas, const canvas_point *points, size_t count, uint32_t colour,
                 double opacity);
void canvas_dot(chart_canvas *canvas, double x, double y, double radius, uint32_t colour,
                uint32_t rim);

#endif
