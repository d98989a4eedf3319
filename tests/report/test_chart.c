/* test_chart.c - every chart of every analysis' worked example, and charts of made-up tables
 * for what the examples do not reach: many names, negative values, heat maps, no rows. */
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "check.h"
#include "report/chart.h"
#include "report/look.h"
#include "runs/run.h"

/* ---- charts of the worked examples ----------------------------------------------------------- */

static void run_example(const ku_analysis *analysis, ku_arena *arena, ku_frames *out)
{
    ku_error err = {0};
    ku_table_file files[16];
    ku_param_text params[32];
    ku_run_record record;
    char folder[] = "/tmp/kemudi-chart-XXXXXX";
    ku_run_request request = {.analysis = analysis, .params = params, .files = files, .seed = 1};
    assert_non_null(mkdtemp(folder));
    for (const ku_table_spec *t = analysis->inputs; t->name; t++) {
        size_t length;
        const char *bytes = ku_analysis_file(
            analysis, ku_arena_printf(arena, "example/%s.csv", t->name), &length);
        const char *path = ku_arena_printf(arena, "%s/%s.csv", folder, t->name);
        if (!bytes) continue;
        check_ok(ku_file_write(path, bytes, length, 0600, &err), &err);
        files[request.file_count++] = (ku_table_file){t->name, path};
    }
    for (const char *const *a = analysis->example->args; a && a[0]; a += 2)
        params[request.param_count++] = (ku_param_text){a[0] + 2, a[1]};
    check_ok(ku_run_now(NULL, &request, NULL, NULL, arena, &record, out, &err), &err);
    check_ok(ku_folder_remove(folder, &err), &err);
}

static char *draw(const ku_chart *chart, ku_chart_format format, ku_arena *arena, size_t *length)
{
    ku_error err = {0};
    void *bytes = NULL;
    check_ok(ku_chart_draw(chart, format, arena, &bytes, length, &err), &err);
    assert_non_null(bytes);
    return bytes;
}

static void check_view(const ku_analysis *analysis, const ku_view_spec *view, const ku_frame *frame,
                       ku_arena *arena)
{
    static const unsigned char png[] = {0x89, 'P', 'N', 'G'};
    ku_chart chart = {.analysis = analysis, .view = view, .frame = frame, .currency = "EUR"};
    size_t length, again;
    char *svg = draw(&chart, KU_CHART_SVG, arena, &length);
    char *twice = draw(&chart, KU_CHART_SVG, arena, &again);
    assert_non_null(strstr(svg, view->title));
    assert_non_null(strstr(svg, analysis->title));
    if (strstr(svg, "nothing to draw") != NULL)
        fail_msg("%s: view %s has nothing to draw", analysis->id, view->name);
    assert_non_null(strstr(svg, "</svg>"));
    assert_int_equal(length, again);
    assert_memory_equal(svg, twice, length);
    chart.dark = true;
    char *picture = draw(&chart, KU_CHART_PNG, arena, &length);
    assert_memory_equal(picture, png, sizeof png);
    /* An empty sheet of this size takes less than 3,000 bytes. */
    if (length <= 8000)
        fail_msg("%s: view %s is almost empty: %zu bytes", analysis->id, view->name, length);
    char *pdf = draw(&chart, KU_CHART_PDF, arena, &length);
    char *pdf_twice = draw(&chart, KU_CHART_PDF, arena, &again);
    assert_memory_equal(pdf, "%PDF", 4);
    assert_int_equal(length, again);
    assert_memory_equal(pdf, pdf_twice, length);
}

/* A table that a run may be without, and that this example is without. */
static bool left_out(const ku_analysis *analysis, const ku_frames *out, const char *table)
{
    const ku_table_spec *spec = analysis->outputs;
    const ku_frame *frame = ku_frames_find(out, table);
    while (strcmp(spec->name, table) != 0) spec++;
    return spec->optional && (frame == NULL || frame->rows == 0);
}

static void test_every_example(void **state)
{
    (void)state;
    size_t count, drawn = 0;
    const ku_analysis *const *all = ku_analyses(&count);
    for (size_t i = 0; i < count; i++) {
        ku_arena *arena = ku_arena_new();
        ku_frames out;
        ku_frames_init(&out);
        run_example(all[i], arena, &out);
        for (const ku_view_spec *v = all[i]->views; v->name; v++)
            if (v->kind != KU_VIEW_TABLE && v->kind != KU_VIEW_FIGURES &&
                !left_out(all[i], &out, v->table)) {
                check_view(all[i], v, ku_frames_find(&out, v->table), arena);
                drawn++;
            }
        ku_frames_clear(&out);
        ku_arena_free(arena);
    }
    assert_true(drawn > 0);
}

/* ---- a made-up analysis -------------------------------------------------------------------------- */

static const ku_column_spec columns[] = {
    {"name", KU_TEXT, "", true, "Name", "Whose."},
    {"day", KU_DATE, "", true, "Day", "When."},
    {"kind", KU_TEXT, "", true, "Kind", "actual or forecast."},
    {"value", KU_DOUBLE, "money", true, "Takings", "How much."},
    {"rate", KU_DOUBLE, "share", true, "Rate", "How much of it."},
    {"lo", KU_DOUBLE, "money", false, "Low", "Lower end."},
    {"hi", KU_DOUBLE, "money", false, "High", "Upper end."},
    {.name = NULL},
};
static const ku_table_spec outputs[] = {{.name = "made", .meaning = "Made up.", .columns = columns},
                                        {.name = NULL}};
static const ku_view_spec views[] = {
    {.name = "heat",
     .title = "Heat",
     .kind = KU_VIEW_HEATMAP,
     .table = "made",
     .x = "day",
     .y = "value",
     .series = "name"},
    {.name = "bars",
     .title = "Bars",
     .kind = KU_VIEW_BAR,
     .table = "made",
     .x = "name",
     .y = "value"},
    {.name = "rates",
     .title = "Rates",
     .kind = KU_VIEW_BAR,
     .table = "made",
     .x = "name",
     .y = "rate"},
    {.name = "lines",
     .title = "Lines",
     .kind = KU_VIEW_LINE,
     .table = "made",
     .x = "day",
     .y = "value",
     .series = "name",
     .lo = "lo",
     .hi = "hi",
     .kind_column = "kind"},
    {.name = "fall",
     .title = "Fall",
     .kind = KU_VIEW_WATERFALL,
     .table = "made",
     .x = "name",
     .y = "value"},
    {.name = "one",
     .title = "One",
     .kind = KU_VIEW_LINE,
     .table = "made",
     .x = "day",
     .y = "value",
     .filter = "name"},
    {.name = "table", .title = "Table", .kind = KU_VIEW_TABLE, .table = "made"},
    {.name = NULL},
};
static const ku_analysis made = {
    .id = "made.up", .title = "Made up & <tested>", .outputs = outputs, .views = views};

static const ku_view_spec *view_of(const char *name)
{
    ku_error err = {0};
    const ku_view_spec *view = NULL;
    check_ok(ku_chart_view(&made, name, &view, &err), &err);
    return view;
}

/* `names` names of `days` months each; every third value is negative when wanted. */
static ku_frame *frame_of(int names, int days, bool negative)
{
    ku_error err = {0};
    ku_frame *frame = NULL;
    ku_field fields[7];
    for (int i = 0; i < 7; i++) fields[i] = (ku_field){columns[i].name, columns[i].type};
    ku_frame_builder *b = ku_frame_builder_new("made", fields, 7);
    for (int n = 0; n < names; n++)
        for (int d = 0; d < days; d++) {
            char name[32];
            double value = (n + 1) * 1000 + d * 10;
            snprintf(name, sizeof name, "Name %c%c", 'A' + n / 26, 'a' + n % 26);
            ku_build_text(b, 0, name);
            ku_build_date(b, 1, ku_period_add(KU_PERIOD_MONTH, ku_date_from_civil(2024, 1, 1), d));
            ku_build_text(b, 2, d + 1 < days ? "actual" : "forecast");
            ku_build_double(b, 3, negative && (n + d) % 3 == 1 ? -value : value);
            ku_build_double(b, 4, 0.01 * (n + 1));
            ku_build_double(b, 5, value * 0.9);
            ku_build_double(b, 6, value * 1.1);
            ku_build_row(b);
        }
    check_ok(ku_frame_builder_finish(b, &frame, &err), &err);
    return frame;
}

/* The texts drawn, one a line. */
static const char *texts_of(const char *view, const ku_frame *frame, const char *filter,
                            ku_arena *arena)
{
    size_t length;
    ku_chart chart = {.analysis = &made,
                      .view = view_of(view),
                      .frame = frame,
                      .filter = filter,
                      .currency = "EUR"};
    char *svg = draw(&chart, KU_CHART_SVG, arena, &length);
    char *from = strstr(svg, "<desc>"), *to = from ? strstr(from, "</desc>") : NULL;
    assert_non_null(to);
    *to = '\0';
    return from + 6;
}

static void expect_texts(const char *view, const ku_frame *frame, const char *const *expected)
{
    ku_arena *arena = ku_arena_new();
    const char *texts = texts_of(view, frame, NULL, arena);
    for (; *expected; expected++)
        if (!strstr(texts, *expected)) {
            print_error("chart %s: expected the text \"%s\", found:\n%s\n", view, *expected, texts);
            fail();
        }
    ku_arena_free(arena);
}

#define TEXTS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static void test_made_up_charts(void **state)
{
    (void)state;
    ku_frame *many = frame_of(30, 1, false), *grid = frame_of(12, 14, true),
             *few = frame_of(3, 14, false);
    /* The eleven largest of thirty; the sum of 1,000 to 19,000 is 190,000. */
    expect_texts("bars", many,
                 TEXTS("Takings, EUR", "Name Bd", "Name At", "Others (19)", "€190 k"));
    /* Rates do not add up: the twelve largest, and a note. */
    expect_texts("rates", many, TEXTS("Name Bd", "30 %", "The 12 largest of 30 are shown."));
    expect_texts("heat", grid, TEXTS("Jan 2024 to Feb 2025, by month", "Name Aa", "Takings, EUR"));
    expect_texts(
        "lines", few,
        TEXTS("Name Aa", "Name Ac", "Takings, EUR", "2025", "Made up &amp; &lt;tested&gt;"));
    expect_texts("lines", grid, TEXTS("The 8 largest of 12 are shown."));
    expect_texts("fall", few, TEXTS("€1 k", "+€"));
    expect_texts("one", few, TEXTS("Name: Name Aa", "The axis does not begin at zero."));
    ku_frame_free(many);
    ku_frame_free(grid);
    ku_frame_free(few);
}

static void test_negative_values_are_signed(void **state)
{
    (void)state;
    ku_frame *frame = frame_of(5, 1, true);
    expect_texts("bars", frame, TEXTS("−€2 k"));
    expect_texts("fall", frame, TEXTS("−€2 k", "+€3 k"));
    ku_frame_free(frame);
}

static void test_nothing_to_draw(void **state)
{
    (void)state;
    ku_frame *frame = frame_of(0, 0, false);
    for (const ku_view_spec *v = views; v->name; v++)
        if (v->kind != KU_VIEW_TABLE) {
            expect_texts(v->name, frame, TEXTS(v->title, "There is nothing to draw"));
            expect_texts(v->name, NULL, TEXTS(v->title, "There is nothing to draw"));
        }
    ku_frame_free(frame);
}

/* ---- asking wrongly ---------------------------------------------------------------------------------- */

static void test_filter(void **state)
{
    (void)state;
    ku_error err = {0};
    void *bytes;
    size_t length;
    ku_arena *arena = ku_arena_new();
    ku_frame *frame = frame_of(3, 5, false);
    ku_chart chart = {
        .analysis = &made, .view = view_of("one"), .frame = frame, .filter = "Name Ab"};
    assert_non_null(strstr(texts_of("one", frame, "Name Ab", arena), "Name: Name Ab"));
    chart.filter = "Nobody";
    check_fails(KU_USAGE, "Name Aa, Name Ab, Name Ac",
                ku_chart_draw(&chart, KU_CHART_SVG, arena, &bytes, &length, &err), &err);
    chart.view = view_of("bars");
    check_fails(KU_USAGE, "one chart only",
                ku_chart_draw(&chart, KU_CHART_SVG, arena, &bytes, &length, &err), &err);
    ku_frame_free(frame);
    ku_arena_free(arena);
}

static void test_views_and_formats(void **state)
{
    (void)state;
    ku_error err = {0};
    const ku_view_spec *view = NULL;
    ku_chart_format format;
    assert_string_equal(view_of(NULL)->name, "heat");
    check_fails(KU_USAGE, "heat, bars", ku_chart_view(&made, "table", &view, &err), &err);
    check_ok(ku_chart_format_of("a/b.PDF", &format, &err), &err);
    assert_int_equal(format, KU_CHART_PDF);
    check_fails(KU_USAGE, ".svg, .png or .pdf", ku_chart_format_of("chart.gif", &format, &err),
                &err);
    check_fails(KU_USAGE, ".svg, .png or .pdf", ku_chart_format_of("svg", &format, &err), &err);
}

static void test_sizes(void **state)
{
    (void)state;
    ku_error err = {0};
    void *bytes;
    size_t length;
    ku_arena *arena = ku_arena_new();
    ku_frame *frame = frame_of(12, 14, true);
    for (const ku_view_spec *v = views; v->name; v++) {
        if (v->kind == KU_VIEW_TABLE) continue;
        ku_chart chart = {
            .analysis = &made, .view = v, .frame = frame, .width = 240, .height = 180};
        draw(&chart, KU_CHART_SVG, arena, &length);
        chart.width = 100;
        check_fails(KU_USAGE, "100 by 180",
                    ku_chart_draw(&chart, KU_CHART_SVG, arena, &bytes, &length, &err), &err);
    }
    ku_frame_free(frame);
    ku_arena_free(arena);
}

/* ---- colours -------------------------------------------------------------------------------------------- */

static void expect_colour(const char *css, const char *name, uint32_t colour)
{
    char line[64];
    snprintf(line, sizeof line, "--%s: #%06x;", name, colour);
    if (!strstr(css, line)) {
        print_error("web/src/app.css: expected \"%s\"\n", line);
        fail();
    }
}

/* Paper and screen have the same colours, light and dark. */
static void test_colours_are_those_of_the_web(void **state)
{
    (void)state;
    char path[512], name[16];
    ku_error err = {0};
    char *css = NULL;
    size_t length;
    ku_arena *arena = ku_arena_new();
    check_ok(ku_file_read(source_path("web/src/app.css", path, sizeof path), 1 << 20, arena, &css,
                          &length, &err),
             &err);
    for (int dark = 0; dark < 2; dark++) {
        const ku_look *look = ku_look_of(dark);
        for (int i = 0; i < KU_LOOK_SERIES; i++) {
            snprintf(name, sizeof name, "chart-%d", i + 1);
            expect_colour(css, name, look->series[i]);
        }
        expect_colour(css, "chart-up", look->up);
        expect_colour(css, "chart-down", look->down);
        expect_colour(css, "chart-total", look->total);
        expect_colour(css, "chart-actual", look->actual);
        expect_colour(css, "chart-grid", look->grid);
        expect_colour(css, "chart-axis", look->axis);
        expect_colour(css, "heat-low", look->heat_low);
        expect_colour(css, "heat-high", look->heat_high);
    }
    ku_arena_free(arena);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_example),
        cmocka_unit_test(test_made_up_charts),
        cmocka_unit_test(test_negative_values_are_signed),
        cmocka_unit_test(test_nothing_to_draw),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_views_and_formats),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_colours_are_those_of_the_web),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
