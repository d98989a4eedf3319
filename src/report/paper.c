/* paper.c - papers: one column of text from top to bottom, page after page.
 *
 * Everything added knows its height before it is drawn. What does not fit on the rest of the
 * page goes to the next; a paragraph longer than that is parted at a blank. */
#include "report/paper.h"

#include <cairo.h>
#include <stdlib.h>
#include <string.h>

#include "report/canvas.h"
#include "report/look.h"

enum { WIDTH = 595, HEIGHT = 842, LEFT = 64, RIGHT = 531, TOP = 60, BOTTOM = 780 };
enum { MANY_LINES = 10000 };
static const double text_size = 10, line_gap = 4, label_width = 130;

struct ku_paper {
    chart_canvas canvas;
    const ku_look *look;
    char *title;
    double y;
    int page;
    size_t columns; /* of the table in hand; 0: none */
    char *head[KU_PAPER_COLUMNS];
    double share[KU_PAPER_COLUMNS];
};

static void end_table(ku_paper *paper)
{
    for (size_t i = 0; i < paper->columns; i++) free(paper->head[i]);
    paper->columns = 0;
}

ku_status ku_paper_new(const char *title, ku_paper **out, ku_error *err)
{
    ku_paper *paper = calloc(1, sizeof *paper);
    if (paper != NULL) paper->title = strdup(title);
    if (paper == NULL || paper->title == NULL) {
        free(paper);
        return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for a paper");
    }
    paper->look = ku_look_of(false);
    paper->y = TOP;
    paper->page = 1;
    ku_status status = canvas_init(&paper->canvas, KU_CHART_PDF, WIDTH, HEIGHT, 0xffffff, err);
    if (status == KU_OK)
        *out = paper;
    else
        ku_paper_free(paper);
    return status;
}

void ku_paper_free(ku_paper *paper)
{
    if (paper == NULL) return;
    end_table(paper);
    canvas_clear(&paper->canvas);
    free(paper->title);
    free(paper);
}

/* ---- pages ---------------------------------------------------------------------------------- */

static canvas_type type_of(const ku_paper *paper, double size, bool bold, double width)
{
    return (canvas_type){.size = size,
                         .bold = bold,
                         .colour = paper->look->ink,
                         .width = width,
                         .lines = MANY_LINES};
}

static void draw_foot(ku_paper *paper)
{
    char number[16];
    canvas_type left = type_of(paper, 8, false, 380), right = left;
    left.colour = right.colour = paper->look->ink2;
    left.lines = 1;
    right.width = 0;
    right.across = CANVAS_HIGH;
    snprintf(number, sizeof number, "%d", paper->page);
    canvas_line(&paper->canvas, LEFT, BOTTOM + 14, RIGHT, BOTTOM + 14, 0.5, 0, paper->look->grid);
    canvas_text(&paper->canvas, LEFT, BOTTOM + 20, left, paper->title);
    canvas_text(&paper->canvas, RIGHT, BOTTOM + 20, right, number);
}

static void turn_page(ku_paper *paper)
{
    draw_foot(paper);
    cairo_show_page(paper->canvas.cairo);
    paper->page++;
    paper->y = TOP;
}

/* Room for so much; what is higher than a page begins on a new one all the same. */
static void need(ku_paper *paper, double height)
{
    if (paper->y + height > BOTTOM && paper->y > TOP) turn_page(paper);
}

static double height_of(ku_paper *paper, canvas_type type, const char *text)
{
    return canvas_measure(&paper->canvas, type, *text != '\0' ? text : " ").y;
}

/* ---- text -------------------------------------------------------------------------------------- */

void ku_paper_space(ku_paper *paper, double points)
{
    paper->y += points;
    if (paper->y > BOTTOM) turn_page(paper);
}

void ku_paper_heading(ku_paper *paper, int level, const char *text)
{
    static const double sizes[] = {18, 13, 11};
    canvas_type type = type_of(paper,
                               sizes[level < 1   ? 0
                                     : level > 3 ? 2
                                                 : level - 1],
                               true, RIGHT - LEFT);
    end_table(paper);
    if (paper->y > TOP) paper->y += level == 1 ? 18 : 12;
    double height = height_of(paper, type, text);
    need(paper, height + 40); /* not alone at the foot of a page */
    canvas_text(&paper->canvas, LEFT, paper->y, type, text);
    paper->y += height + 6;
}

/* The longest beginning that ends at a blank and fits; the whole when it does. */
static size_t fitting(ku_paper *paper, canvas_type type, const char *text, double room)
{
    size_t length = strlen(text), low = 0, high = length;
    if (height_of(paper, type, text) <= room) return length;
    char *part = malloc(length + 1);
    while (part != NULL && low < high) {
        size_t middle = (low + high + 1) / 2;
        memcpy(part, text, middle);
        part[ku_utf8_cut(text, length, middle)] = '\0';
        if (height_of(paper, type, part) <= room)
            low = middle;
        else
            high = middle - 1;
    }
    free(part);
    while (low > 0 && text[low] != ' ') low--;
    return low;
}

static void add_paragraph(ku_paper *paper, const char *text)
{
    canvas_type type = type_of(paper, text_size, false, RIGHT - LEFT);
    while (*text != '\0') {
        size_t length = fitting(paper, type, text, BOTTOM - paper->y);
        if (length == 0 && paper->y > TOP) {
            turn_page(paper);
            continue;
        }
        if (length == 0) length = strlen(text); /* no blank on a whole page: it is cut */
        char *part = strndup(text, length);
        if (part == NULL) return;
        canvas_text(&paper->canvas, LEFT, paper->y, type, part);
        paper->y += height_of(paper, type, part) + line_gap;
        free(part);
        text += length;
        text += strspn(text, " ");
    }
}

void ku_paper_text(ku_paper *paper, const char *text)
{
    end_table(paper);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char *line = strndup(text, length);
        if (line == NULL) return;
        if (length == 0)
            ku_paper_space(paper, text_size);
        else
            add_paragraph(paper, line);
        free(line);
        text += length + (text[length] == '\n');
    }
}

void ku_paper_field(ku_paper *paper, const char *label, const char *value)
{
    canvas_type left = type_of(paper, text_size, false, label_width - 10);
    canvas_type right = type_of(paper, text_size, false, RIGHT - LEFT - label_width);
    left.colour = paper->look->ink2;
    end_table(paper);
    double low = height_of(paper, left, label), high = height_of(paper, right, value);
    double height = low > high ? low : high;
    need(paper, height);
    canvas_text(&paper->canvas, LEFT, paper->y, left, label);
    canvas_text(&paper->canvas, LEFT + label_width, paper->y, right, value);
    paper->y += height + line_gap;
}

void ku_paper_signature(ku_paper *paper, const char *name, const char *note)
{
    canvas_type type = type_of(paper, 9, false, 220);
    type.colour = paper->look->ink2;
    end_table(paper);
    need(paper, 60);
    paper->y += 36;
    canvas_line(&paper->canvas, LEFT, paper->y, LEFT + 220, paper->y, 0.7, 0, paper->look->ink);
    canvas_line(&paper->canvas, LEFT + 247, paper->y, RIGHT, paper->y, 0.7, 0, paper->look->ink);
    canvas_text(&paper->canvas, LEFT, paper->y + 3, type, name);
    canvas_text(&paper->canvas, LEFT + 247, paper->y + 3, type, note);
    paper->y += 24;
}

/* ---- tables ----------------------------------------------------------------------------------------- */

static double cell_width(const ku_paper *paper, size_t column)
{
    return paper->share[column] * (RIGHT - LEFT);
}

static void draw_row(ku_paper *paper, const char *const *cells, bool bold)
{
    double height = 0, x = LEFT;
    for (size_t i = 0; i < paper->columns; i++) {
        canvas_type type = type_of(paper, 9, bold, cell_width(paper, i) - 8);
        double own = height_of(paper, type, cells[i] != NULL ? cells[i] : "");
        if (own > height) height = own;
    }
    for (size_t i = 0; i < paper->columns; i++) {
        canvas_type type = type_of(paper, 9, bold, cell_width(paper, i) - 8);
        if (cells[i] != NULL) canvas_text(&paper->canvas, x, paper->y + 4, type, cells[i]);
        x += cell_width(paper, i);
    }
    paper->y += height + 8;
    canvas_line(&paper->canvas, LEFT, paper->y, RIGHT, paper->y, 0.5, 0,
                bold ? paper->look->axis : paper->look->grid);
}

static double row_height(ku_paper *paper, const char *const *cells)
{
    double height = 0;
    for (size_t i = 0; i < paper->columns; i++) {
        canvas_type type = type_of(paper, 9, false, cell_width(paper, i) - 8);
        double own = height_of(paper, type, cells[i] != NULL ? cells[i] : "");
        if (own > height) height = own;
    }
    return height + 8;
}

void ku_paper_table(ku_paper *paper, size_t columns, const char *const *heads, const double *shares)
{
    double all = 0;
    end_table(paper);
    for (size_t i = 0; i < columns && i < KU_PAPER_COLUMNS; i++) {
        paper->head[i] = strdup(heads[i]);
        if (paper->head[i] == NULL) break;
        paper->columns = i + 1;
        all += shares[i];
    }
    for (size_t i = 0; i < paper->columns; i++) paper->share[i] = shares[i] / all;
    need(paper, 50);
    draw_row(paper, (const char *const *)paper->head, true);
}

void ku_paper_row(ku_paper *paper, const char *const *cells)
{
    if (paper->y + row_height(paper, cells) > BOTTOM && paper->y > TOP) {
        turn_page(paper);
        draw_row(paper, (const char *const *)paper->head, true);
    }
    draw_row(paper, cells, false);
}

ku_status ku_paper_finish(ku_paper *paper, ku_arena *arena, void **bytes, size_t *length,
                          ku_error *err)
{
    end_table(paper);
    draw_foot(paper);
    return canvas_finish(&paper->canvas, paper->title, arena, bytes, length, err);
}
