/* table.c - a table is first all texts, then widths, then lines. A page of rows is laid
 * out at a time, so that a long table costs little memory and begins at once. */
#include "app/cli/table.h"

#include <math.h>
#include <string.h>

#include "base/money.h"
#include "base/text.h"
#include "frames/show.h"

enum { PAGE = 2000, WIDEST = 48, GAP = 2 };

typedef struct layout {
    const ku_frame *frame;
    const ku_column_spec **spec; /* of each shown column, or NULL */
    int32_t *shown;              /* column index */
    size_t count;
    int *decimals; /* of each shown column; -1: each cell its own */
    const ku_column *row_unit;
    const ku_format *format;
} layout;

static bool is_number(ku_type type)
{
    return type == KU_INT64 || type == KU_DOUBLE;
}

static const ku_column_spec *spec_of(const ku_column_spec *columns, const char *name)
{
    for (; columns && columns->name; columns++)
        if (strcmp(columns->name, name) == 0) return columns;
    return NULL;
}

/* ---- texts ------------------------------------------------------------------------------ */

static void add_padded(ku_text *line, const char *text, size_t width, bool right, bool last)
{
    size_t taken = ku_utf8_width(text, strlen(text));
    size_t pad = width > taken ? width - taken : 0;
    if (right)
        for (size_t i = 0; i < pad; i++) ku_text_addc(line, ' ');
    ku_text_add(line, text);
    if (!right && !last)
        for (size_t i = 0; i < pad; i++) ku_text_addc(line, ' ');
}

static void measure(const char *const *cells, size_t rows, size_t columns, size_t *width)
{
    for (size_t i = 0; i < rows * columns; i++) {
        size_t w = ku_utf8_width(cells[i], strlen(cells[i]));
        if (w > width[i % columns]) width[i % columns] = w;
    }
}

static void add_rule(ku_text *line, const size_t *width, size_t columns)
{
    for (size_t c = 0; c < columns; c++) {
        for (size_t i = 0; i < width[c]; i++) ku_text_add(line, "─");
        if (c + 1 < columns) ku_text_add(line, "  ");
    }
    ku_text_addc(line, '\n');
}

static void add_row(ku_text *line, const char *const *cells, size_t columns, const size_t *width,
                    const bool *right)
{
    for (size_t c = 0; c < columns; c++) {
        add_padded(line, cells[c], width[c], right && right[c], c + 1 == columns);
        if (c + 1 < columns) ku_text_add(line, "  ");
    }
    ku_text_addc(line, '\n');
}

static void print_rows(cli_session *session, const char *const *cells, size_t rows, size_t columns,
                       const bool *right, const size_t *width, bool heading, FILE *out)
{
    ku_text text = {0};
    for (size_t r = 0; r < rows; r++) {
        bool bold = heading && r == 0 && session->out_colour;
        if (bold) ku_text_add(&text, "\033[1m");
        add_row(&text, cells + r * columns, columns, width, right);
        if (bold) ku_text_add(&text, "\033[0m");
        if (heading && r == 0) add_rule(&text, width, columns);
    }
    fwrite(ku_text_string(&text), 1, text.length, out);
    ku_text_clear(&text);
}

void cli_table_texts(cli_session *session, const char *const *cells, size_t rows, size_t columns,
                     const bool *right, FILE *out)
{
    size_t *width = KU_ARRAY(session->arena, columns, size_t);
    measure(cells, rows, columns, width);
    print_rows(session, cells, rows, columns, right, width, true, out);
}

/* ---- frames ----------------------------------------------------------------------------- */

static void layout_init(layout *l, const ku_frame *frame, const ku_column_spec *columns,
                        const ku_format *format, ku_arena *arena)
{
    size_t most = (size_t)frame->columns;
    *l = (layout){.frame = frame, .format = format};
    l->spec = KU_ARRAY(arena, most, const ku_column_spec *);
    l->shown = KU_ARRAY(arena, most, int32_t);
    for (int32_t c = 0; c < frame->columns; c++) {
        const ku_column *column = &frame->column[c];
        if (strcmp(column->name, "unit") == 0 && column->type == KU_TEXT) {
            l->row_unit = column;
            continue;
        }
        l->spec[l->count] = spec_of(columns, column->name);
        l->shown[l->count++] = c;
    }
}

/* "New customers" says its unit, "customers", itself. */
static bool says(const char *label, const char *unit)
{
    size_t length = strlen(label), tail = strlen(unit);
    return tail <= length && ku_text_fold_equal(label + length - tail, unit);
}

static const char *heading_of(const layout *l, size_t shown, ku_arena *arena)
{
    const ku_column_spec *spec = l->spec[shown];
    if (!spec) return l->frame->column[l->shown[shown]].name;
    const char *unit = ku_format_unit_heading(spec->unit, l->format);
    if (*unit == '\0' || strcmp(spec->unit, "change") == 0 || says(spec->label, unit))
        return spec->label;
    return ku_arena_printf(arena, "%s, %s", spec->label, unit);
}

/* ---- decimals: as many in every cell of a column, so that the marks stand under each other --- */

enum { MOST_DECIMALS = 4 };

typedef struct sizes {
    double largest, logarithms; /* sum of log10 |value| */
    int64_t count;              /* values other than zero */
    bool whole;
} sizes;

static sizes sizes_of(const ku_column *column, int64_t rows, double scale)
{
    sizes s = {.whole = true};
    for (int64_t r = 0; r < rows; r++) {
        double size = ku_column_valid(column, r) ? fabs(column->as.f64[r] * scale) : 0;
        if (!isfinite(size) || size == 0) continue;
        if (size > s.largest) s.largest = size;
        s.whole = s.whole && size == floor(size);
        s.logarithms += log10(size);
        s.count++;
    }
    return s;
}

/* About four significant digits of a value of middling size; money to its minor unit below
 * a million; shares in percent to one place. */
static int decimals_of(const layout *l, size_t shown, int64_t rows)
{
    const ku_column *column = &l->frame->column[l->shown[shown]];
    const char *unit = l->spec[shown] ? l->spec[shown]->unit : "";
    if (column->type != KU_DOUBLE || strcmp(unit, "change") == 0) return -1;
    if (l->row_unit && *unit == '\0') return -1;
    sizes s = sizes_of(column, rows, strcmp(unit, "share") == 0 ? 100 : 1);
    if (strcmp(unit, "share") == 0) return s.largest < 1 ? 2 : 1;
    if (strncmp(unit, "money", 5) == 0) {
        const ku_currency *currency = l->format && l->format->currency
                                          ? ku_currency_find(l->format->currency)
                                          : NULL;
        return s.largest >= 1e6 ? 0 : currency ? currency->digits : 2;
    }
    if (s.whole) return 0;
    int decimals = 3 - (int)floor(s.logarithms / (double)s.count);
    return decimals < 0 ? 0 : decimals > MOST_DECIMALS ? MOST_DECIMALS : decimals;
}

/* In a table the heading says the unit; a row's own unit is said in its cell. */
static const char *cell_of(const layout *l, size_t shown, int64_t row, ku_arena *arena)
{
    const ku_column *column = &l->frame->column[l->shown[shown]];
    const ku_column_spec *spec = l->spec[shown];
    ku_format bare = l->format ? *l->format : (ku_format){0};
    if (l->decimals[shown] >= 0 && ku_column_valid(column, row)) {
        char number[KU_NUMBER_TEXT];
        double scale = spec && strcmp(spec->unit, "share") == 0 ? 100 : 1;
        return ku_arena_strdup(arena, ku_format_fixed(number, column->as.f64[row] * scale,
                                                      l->decimals[shown], l->format));
    }
    const char *unit = spec ? spec->unit : "";
    if (l->row_unit && is_number(column->type) && *unit == '\0')
        unit = ku_column_text(l->row_unit, row, arena);
    else if (strcmp(unit, "change") != 0)
        bare.bare = true;
    const char *text = ku_frame_show(column, row, unit ? unit : "", &bare, arena);
    size_t cut = ku_utf8_cut(text, strlen(text), WIDEST);
    return text[cut] == '\0'
               ? text
               : ku_arena_printf(arena, "%.*s…", (int)ku_utf8_cut(text, cut, WIDEST - 1), text);
}

static const char **page_of(const layout *l, int64_t first, int64_t count, bool heading,
                            ku_arena *arena)
{
    size_t rows = (size_t)count + heading;
    const char **cells = KU_ARRAY(arena, rows * l->count, const char *);
    const char **at = cells;
    for (size_t c = 0; heading && c < l->count; c++) *at++ = heading_of(l, c, arena);
    for (int64_t r = first; r < first + count; r++)
        for (size_t c = 0; c < l->count; c++) *at++ = cell_of(l, c, r, arena);
    return cells;
}

/* Columns from the left that fit; the others are named below the table. */
static size_t fitting(const size_t *width, size_t columns, size_t room)
{
    size_t taken = 0, c = 0;
    while (c < columns && taken + width[c] + (c ? GAP : 0) <= room) {
        taken += width[c] + (c ? GAP : 0);
        c++;
    }
    return c > 0 ? c : 1;
}

static void say_hidden(cli_session *session, const layout *l, size_t fit, FILE *out)
{
    if (fit == l->count) return;
    ku_text text = {0};
    for (size_t c = fit; c < l->count; c++)
        ku_text_addf(&text, "%s%s", c == fit ? "" : ", ", heading_of(l, c, session->arena));
    fprintf(out, "(not shown for want of room: %s)\n", ku_text_string(&text));
    ku_text_clear(&text);
}

void cli_table_print(cli_session *session, const ku_frame *frame, const ku_column_spec *columns,
                     const ku_format *format, int64_t limit, FILE *out)
{
    ku_arena *arena = session->arena;
    char more[KU_NUMBER_TEXT];
    layout l;
    layout_init(&l, frame, columns, format, arena);
    int64_t rows = limit > 0 && limit < frame->rows ? limit : frame->rows;
    int64_t page = rows < PAGE ? rows : PAGE;
    l.decimals = KU_ARRAY(arena, l.count + 1, int);
    for (size_t c = 0; c < l.count; c++) l.decimals[c] = decimals_of(&l, c, rows);
    const char **cells = page_of(&l, 0, page, true, arena);
    size_t *width = KU_ARRAY(arena, l.count + 1, size_t);
    bool *right = KU_ARRAY(arena, l.count + 1, bool);
    measure(cells, (size_t)page + 1, l.count, width);
    for (size_t c = 0; c < l.count; c++) right[c] = is_number(frame->column[l.shown[c]].type);
    size_t all = l.count;
    size_t fit = session->out_terminal ? fitting(width, all, (size_t)session->width) : all;
    l.count = fit;
    for (int64_t first = 0; first < rows || first == 0; first += page) {
        int64_t count = rows - first < page ? rows - first : page;
        ku_arena *own = ku_arena_new();
        cells = page_of(&l, first, count, first == 0, own);
        print_rows(session, cells, (size_t)count + (first == 0), fit, right, width, first == 0,
                   out);
        ku_arena_free(own);
        if (page == 0) break;
    }
    l.count = all;
    if (rows < frame->rows)
        fprintf(out, "… and %s more; --rows 0 shows all\n",
                ku_format_int(more, frame->rows - rows, NULL));
    say_hidden(session, &l, fit, out);
}
