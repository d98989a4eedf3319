/* canvas.c - drawing on paper: cairo and pango in a few strokes.
 *
 * The same chart must give the same bytes wherever and whenever it is drawn: fonts are taken
 * unhinted, so that texts have the same width on paper and screen; nothing is drawn through
 * groups, whose names in SVG count the surfaces of the whole process; PDF gets a fixed date. */
#include "report/canvas.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <pango/pangocairo.h>
#include <string.h>

#define PNG_SCALE 2
#define FONT      "DejaVu Sans"

static cairo_status_t take_bytes(void *data, const unsigned char *bytes, unsigned int length)
{
    ku_text *text = data;
    ku_text_addn(text, (const char *)bytes, length);
    return text->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *surface_of(chart_canvas *canvas, int width, int height)
{
    switch (canvas->format) {
    case KU_CHART_SVG:
        return cairo_svg_surface_create_for_stream(take_bytes, &canvas->bytes, width, height);
    case KU_CHART_PDF:
        return cairo_pdf_surface_create_for_stream(take_bytes, &canvas->bytes, width, height);
    case KU_CHART_PNG:
        break;
    }
    return cairo_image_surface_create(CAIRO_FORMAT_RGB24, width * PNG_SCALE, height * PNG_SCALE);
}

static void open_fonts(chart_canvas *canvas)
{
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    canvas->fonts = pango_cairo_font_map_new();
    pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(canvas->fonts), 72);
    canvas->context = pango_font_map_create_context(canvas->fonts);
    pango_cairo_context_set_font_options(canvas->context, options);
    pango_context_set_round_glyph_positions(canvas->context, FALSE);
    cairo_font_options_destroy(options);
}

static void use_colour(chart_canvas *canvas, uint32_t colour, double opacity)
{
    cairo_set_source_rgba(canvas->cairo, (double)(colour >> 16 & 0xff) / 255,
                          (double)(colour >> 8 & 0xff) / 255, (double)(colour & 0xff) / 255,
                          opacity);
}

ku_status canvas_init(chart_canvas *canvas, ku_chart_format format, int width, int height,
                      uint32_t paper, ku_error *err)
{
    memset(canvas, 0, sizeof *canvas);
    canvas->format = format;
    canvas->width = width;
    canvas->height = height;
    canvas->surface = surface_of(canvas, width, height);
    canvas->cairo = cairo_create(canvas->surface);
    if (cairo_status(canvas->cairo) != CAIRO_STATUS_SUCCESS)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "a chart of %d by %d cannot be drawn: %s",
                            width, height, cairo_status_to_string(cairo_status(canvas->cairo)));
    open_fonts(canvas);
    if (format == KU_CHART_PNG) cairo_scale(canvas->cairo, PNG_SCALE, PNG_SCALE);
    use_colour(canvas, paper, 1);
    cairo_rectangle(canvas->cairo, 0, 0, width, height);
    cairo_fill(canvas->cairo);
    return KU_OK;
}

void canvas_clear(chart_canvas *canvas)
{
    if (canvas->context) g_object_unref(canvas->context);
    if (canvas->fonts) g_object_unref(canvas->fonts);
    if (canvas->cairo) cairo_destroy(canvas->cairo);
    if (canvas->surface) cairo_surface_destroy(canvas->surface);
    ku_text_clear(&canvas->bytes);
    ku_text_clear(&canvas->words);
    memset(canvas, 0, sizeof *canvas);
}

/* ---- the finished file -------------------------------------------------------------------- */

static void add_escaped(ku_text *out, const char *text)
{
    for (; *text; text++)
        if (*text == '<')
            ku_text_add(out, "&lt;");
        else if (*text == '>')
            ku_text_add(out, "&gt;");
        else if (*text == '&')
            ku_text_add(out, "&amp;");
        else if ((unsigned char)*text >= ' ' || *text == '\n')
            ku_text_addc(out, *text);
}

/* The drawing, its group named alike every time: cairo numbers the surfaces of a process. */
static void add_drawing(ku_text *out, const char *svg)
{
    static const char mark[] = "<g id=\"surface";
    const char *group = strstr(svg, mark);
    if (group) {
        ku_text_addn(out, svg, (size_t)(group - svg));
        ku_text_add(out, "<g id=\"chart");
        svg = group + sizeof mark - 1;
        svg += strspn(svg, "0123456789");
    }
    ku_text_add(out, svg);
}

/* Puts title and description behind the opening tag of the SVG. */
static void add_svg(ku_text *out, const chart_canvas *canvas, const char *title)
{
    const char *svg = ku_text_string(&canvas->bytes);
    const char *tag = strstr(svg, "<svg ");
    const char *end = tag ? strchr(tag, '>') : NULL;
    if (!end) return;
    ku_text_addn(out, svg, (size_t)(end - svg));
    ku_text_add(out, " role=\"img\">\n<title>");
    add_escaped(out, title);
    ku_text_add(out, "</title>\n<desc>");
    add_escaped(out, ku_text_string(&canvas->words));
    ku_text_add(out, "</desc>");
    add_drawing(out, end + 1);
}

static ku_status copy_out(const ku_text *text, ku_arena *arena, void **bytes, size_t *length,
                          ku_error *err)
{
    KU_TRY(ku_text_check(text, err));
    void *copy = ku_arena_try(arena, text->length + 1);
    if (!copy) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the chart");
    memcpy(copy, ku_text_string(text), text->length + 1);
    *bytes = copy;
    *length = text->length;
    return KU_OK;
}

ku_status canvas_finish(chart_canvas *canvas, const char *title, ku_arena *arena, void **bytes,
                        size_t *length, ku_error *err)
{
    ku_text svg = {0};
    if (canvas->format == KU_CHART_PDF) {
        cairo_pdf_surface_set_metadata(canvas->surface, CAIRO_PDF_METADATA_TITLE, title);
        cairo_pdf_surface_set_metadata(canvas->surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                       "2000-01-01T00:00:00Z");
    }
    cairo_show_page(canvas->cairo);
    if (canvas->format == KU_CHART_PNG)
        cairo_surface_write_to_png_stream(canvas->surface, take_bytes, &canvas->bytes);
    cairo_surface_finish(canvas->surface);
    if (cairo_surface_status(canvas->surface) != CAIRO_STATUS_SUCCESS && !canvas->bytes.failed)
        return ku_error_set(err, KU_FAULT, NULL, "the chart could not be drawn: %s",
                            cairo_status_to_string(cairo_surface_status(canvas->surface)));
    if (canvas->format != KU_CHART_SVG) return copy_out(&canvas->bytes, arena, bytes, length, err);
    if (!canvas->bytes.failed)
        add_svg(&svg, canvas, title);
    else
        svg.failed = true;
    ku_status status = copy_out(&svg, arena, bytes, length, err);
    ku_text_clear(&svg);
    return status;
}

/* ---- texts ----------------------------------------------------------------------------------- */

static PangoLayout *layout_of(chart_canvas *canvas, canvas_type type, const char *text)
{
    PangoLayout *layout = pango_layout_new(canvas->context);
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, FONT);
    pango_font_description_set_absolute_size(font, type.size * PANGO_SCALE);
    pango_font_description_set_weight(font, type.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    if (type.width > 0) {
        pango_layout_set_width(layout, (int)(type.width * PANGO_SCALE));
        pango_layout_set_height(layout, type.lines > 1 ? -type.lines : -1);
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    }
    pango_layout_set_alignment(layout, type.across == CANVAS_LOW      ? PANGO_ALIGN_LEFT
                                       : type.across == CANVAS_MIDDLE ? PANGO_ALIGN_CENTER
                                                                      : PANGO_ALIGN_RIGHT);
    pango_layout_set_text(layout, text, -1);
    return layout;
}

static canvas_point size_of(PangoLayout *layout)
{
    PangoRectangle logical;
    pango_layout_get_extents(layout, NULL, &logical);
    return (canvas_point){(double)logical.width / PANGO_SCALE,
                          (double)logical.height / PANGO_SCALE};
}

/* "-12" and "€-12" are set with a minus as wide as a plus. */
static void set_minus(ku_text *out, const char *text)
{
    const char *dash = text[0] == '-' && text[1] != '\0' && text[1] != ' ' ? text : NULL;
    if (dash) ku_text_add(out, "−");
    ku_text_add(out, dash ? dash + 1 : text);
}

canvas_point canvas_measure(chart_canvas *canvas, canvas_type type, const char *text)
{
    ku_text set = {0};
    set_minus(&set, text);
    PangoLayout *layout = layout_of(canvas, type, ku_text_string(&set));
    canvas_point size = size_of(layout);
    g_object_unref(layout);
    ku_text_clear(&set);
    return size;
}

double canvas_text(chart_canvas *canvas, double x, double y, canvas_type type, const char *text)
{
    ku_text set = {0};
    PangoRectangle logical;
    set_minus(&set, text);
    PangoLayout *layout = layout_of(canvas, type, ku_text_string(&set));
    canvas_point size = size_of(layout);
    pango_layout_get_extents(layout, NULL, &logical);
    x -= size.x * (int)type.across / 2 + (double)logical.x / PANGO_SCALE;
    y -= size.y * (int)type.down / 2;
    use_colour(canvas, type.colour, 1);
    cairo_move_to(canvas->cairo, x, y);
    pango_cairo_show_layout(canvas->cairo, layout);
    cairo_new_path(canvas->cairo);
    g_object_unref(layout);
    if (canvas->words.length) ku_text_addc(&canvas->words, '\n');
    ku_text_add(&canvas->words, ku_text_string(&set));
    ku_text_clear(&set);
    return size.x;
}

/* ---- strokes ---------------------------------------------------------------------------------- */

void canvas_rectangle(chart_canvas *canvas, double x, double y, double width, double height,
                      uint32_t colour)
{
    use_colour(canvas, colour, 1);
    cairo_rectangle(canvas->cairo, x, y, width, height);
    cairo_fill(canvas->cairo);
}

static void stroke(chart_canvas *canvas, double width, double dash, uint32_t colour)
{
    use_colour(canvas, colour, 1);
    cairo_set_line_width(canvas->cairo, width);
    cairo_set_line_join(canvas->cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(canvas->cairo, dash > 0 ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
    cairo_set_dash(canvas->cairo, &dash, dash > 0 ? 1 : 0, 0);
    cairo_stroke(canvas->cairo);
}

void canvas_line(chart_canvas *canvas, double x1, double y1, double x2, double y2, double width,
                 double dash, uint32_t colour)
{
    cairo_move_to(canvas->cairo, x1, y1);
    cairo_line_to(canvas->cairo, x2, y2);
    stroke(canvas, width, dash, colour);
}

static void trace(chart_canvas *canvas, const canvas_point *points, size_t count)
{
    cairo_new_path(canvas->cairo);
    for (size_t i = 0; i < count; i++) cairo_line_to(canvas->cairo, points[i].x, points[i].y);
}

void canvas_path(chart_canvas *canvas, const canvas_point *points, size_t count, double width,
                 double dash, uint32_t colour)
{
    trace(canvas, points, count);
    stroke(canvas, width, dash, colour);
}

void canvas_area(chart_canvas *canvas, const canvas_point *points, size_t count, uint32_t colour,
                 double opacity)
{
    trace(canvas, points, count);
    cairo_close_path(canvas->cairo);
    use_colour(canvas, colour, opacity);
    cairo_fill(canvas->cairo);
}

void canvas_dot(chart_canvas *canvas, double x, double y, double radius, uint32_t colour,
                uint32_t rim)
{
    cairo_new_sub_path(canvas->cairo);
    cairo_arc(canvas->cairo, x, y, radius, 0, 6.283185307179586);
    use_colour(canvas, colour, 1);
    cairo_fill_preserve(canvas->cairo);
    stroke(canvas, 1.5, 0, rim);
}
