/* test_inputs.c - an analysis' inputs from files of every kind and from facts, and what is
 * said when a file is not as it should be. */
#include "bank/support.h"

#include <unistd.h>
#include <zip.h>

#include "base/date.h"

static ku_analysis_fn no_run;
static ku_status no_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                        ku_frames *out, ku_error *err)
{
    (void)in, (void)params, (void)context, (void)out, (void)err;
    return KU_OK;
}

static const ku_analysis series_analysis = {
    .id = "test.series",
    .run = no_run,
    .inputs =
        (const ku_table_spec[]){
            {.name = "series",
             .columns =
                 (const ku_column_spec[]){{.name = "series", .type = KU_TEXT, .required = true},
                                          {.name = "date", .type = KU_DATE, .required = true},
                                          {.name = "value", .type = KU_DOUBLE, .required = true},
                                          {.name = "note", .type = KU_TEXT},
                                          {.name = NULL}}},
            {.name = "events",
             .optional = true,
             .columns =
                 (const ku_column_spec[]){{.name = "date", .type = KU_DATE, .required = true},
                                          {.name = NULL}}},
            {.name = NULL}},
};

/* Keeps what else a file has; dates may be numbers, values may be empty. */
static const ku_analysis open_analysis = {
    .id = "test.open",
    .run = no_run,
    .inputs =
        (const ku_table_spec[]){
            {.name = "series",
             .further = "Any other column.",
             .blank = "value",
             .query = "series",
             .columns =
                 (const ku_column_spec[]){
                     {.name = "series", .type = KU_TEXT, .required = true},
                     {.name = "date", .type = KU_DATE_OR_INT64, .required = true},
                     {.name = "value", .type = KU_DOUBLE, .required = true},
                     {.name = "complete", .type = KU_BOOL},
                     {.name = NULL}}},
            {.name = NULL}},
};

static const ku_analysis sale_analysis = {
    .id = "test.sale",
    .run = no_run,
    .inputs =
        (const ku_table_spec[]){
            {.name = "sale",
             .fact = "sale",
             .columns =
                 (const ku_column_spec[]){{.name = "time", .type = KU_DATE, .required = true},
                                          {.name = "customer", .type = KU_TEXT},
                                          {.name = "product", .type = KU_TEXT},
                                          {.name = "region", .type = KU_TEXT},
                                          {.name = "amount", .type = KU_DOUBLE, .required = true},
                                          {.name = "cost", .type = KU_DOUBLE},
                                          {.name = NULL}}},
            {.name = "product",
             .fact = "product",
             .optional = true,
             .columns =
                 (const ku_column_spec[]){{.name = "product", .type = KU_TEXT, .required = true},
                                          {.name = NULL}}},
            {.name = NULL}},
};

/* ---- helpers ---------------------------------------------------------------------------- */

typedef struct place {
    char folder[64];
    char path[128];
    ku_bank *bank;
} place;

static int place_new(void **state)
{
    place *p = calloc(1, sizeof *p);
    folder_new(p->folder);
    p->bank = memory_bank();
    *state = p;
    return 0;
}

static int place_end(void **state)
{
    place *p = *state;
    ku_bank_close(p->bank);
    folder_end(p->folder);
    free(p);
    return 0;
}

static const char *file_with(place *p, const char *name, const char *text, size_t length)
{
    snprintf(p->path, sizeof p->path, "%s/%s", p->folder, name);
    assert_ok(ku_file_write, p->path, text, length, 0600);
    return p->path;
}

static ku_status read_path(place *p, const ku_analysis *analysis, const char *table,
                           const char *path, ku_frames *frames, ku_error *err)
{
    ku_params *params = NULL;
    ku_arena *arena = ku_arena_new();
    const ku_table_file file = {.table = table, .path = path};
    ku_status status = ku_params_parse(analysis, NULL, 0, arena, &params, err);
    if (status == KU_OK)
        status = ku_bank_inputs(p->bank, analysis, params, &file, path != NULL, frames, err);
    ku_arena_free(arena);
    return status;
}

static ku_frame *read_series(place *p, ku_frames *frames, const char *name, const char *text)
{
    ku_frames_init(frames);
    assert_ok(read_path, p, &series_analysis, "series", file_with(p, name, text, strlen(text)),
              frames);
    ku_frame *f = ku_frames_find(frames, "series");
    assert_non_null(f);
    return f;
}

/* The CSV must be refused with these words. */
static void refused_by(const ku_analysis *analysis, place *p, const char *name, const char *text,
                       ku_status code, const char *where, const char *words)
{
    ku_frames frames;
    ku_error err = {0};
    ku_frames_init(&frames);
    read_path(p, analysis, "series", file_with(p, name, text, strlen(text)), &frames, &err);
    assert_says(&err, code, where, words);
    if (code != KU_NOT_FOUND) assert_non_null(strstr(err.where, p->folder));
    assert_int_equal(frames.count, 0);
}

static void refused(place *p, const char *name, const char *text, ku_status code, const char *where,
                    const char *words)
{
    refused_by(&series_analysis, p, name, text, code, where, words);
}

static void assert_two_rows(const ku_frame *f)
{
    assert_int_equal(f->rows, 2);
    assert_int_equal(f->columns, 4);
    assert_text_at(f, "series", 0, "007");
    assert_text_at(f, "series", 1, "1e5");
    assert_int_equal(ku_frame_column(f, "date")->as.days[1], ku_date_from_civil(2024, 2, 29));
    assert_true(ku_frame_column(f, "value")->as.f64[0] == -1.5);
    assert_true(ku_frame_column(f, "value")->as.f64[1] == 1200);
    assert_int_equal(ku_frame_column(f, "note")->nulls, 2);
}

/* ---- a small workbook ------------------------------------------------------------------- */

static void add_part(zip_t *zip, const char *name, const char *text)
{
    zip_source_t *source = zip_source_buffer(zip, text, strlen(text), 0);
    assert_non_null(source);
    assert_true(zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) >= 0);
}

/* The two rows of the other tests with `last` as the second value; cells as text and as
 * numbers, an empty cell left out, text with quotes and a line break. */
static void workbook_new(const char *path, const char *last)
{
    char sheet[2048];
    snprintf(sheet, sizeof sheet,
             "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
             "<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>series</t></is></c>"
             "<c r=\"B1\" t=\"inlineStr\"><is><t>a, \"b\"</t></is></c>"
             "<c r=\"C1\" t=\"inlineStr\"><is><t>date</t></is></c>"
             "<c r=\"D1\" t=\"inlineStr\"><is><t>value</t></is></c></row>"
             "<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>007</t></is></c>"
             "<c r=\"C2\" t=\"inlineStr\"><is><t>2024-01-31</t></is></c>"
             "<c r=\"D2\"><v>-1.5</v></c></row>"
             "<row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t>1e5</t></is></c>"
             "<c r=\"B3\" t=\"inlineStr\"><is><t>x \"y\", z</t></is></c>"
             "<c r=\"C3\" t=\"inlineStr\"><is><t>2024-02-29</t></is></c>"
             "<c r=\"D3\" t=\"inlineStr\"><is><t>%s</t></is></c></row></sheetData></worksheet>",
             last);
    int error = 0;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    add_part(zip, "[Content_Types].xml",
             "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
             "<Default Extension=\"rels\" "
             "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
             "<Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>");
    add_part(
        zip, "_rels/.rels",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
        "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/"
        "2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
    add_part(zip, "xl/workbook.xml",
             "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" "
             "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">"
             "<sheets><sheet name=\"Data\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>");
    add_part(
        zip, "xl/_rels/workbook.xml.rels",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
        "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/"
        "2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>");
    add_part(zip, "xl/worksheets/sheet1.xml", sheet);
    assert_int_equal(zip_close(zip), 0);
}

/* ---- files that are well ---------------------------------------------------------------- */

static void csv_in_its_many_forms(void **state)
{
    place *p = *state;
    static const char *const texts[] = {
        "series,date,value\n007,2024-01-31,-1.5\n1e5,2024-02-29,1.2e3\n",
        "\xEF\xBB\xBFseries,date,value\r\n007,2024-01-31,-1.5\r\n1e5,2024-02-29,1200\r\n",
        "Value;Series;Date\n-1,5;007;2024-01-31\n1200;1e5;2024-02-29",
        "DATE\tother\tvalue \tseries\n2024-01-31\tx\t-1.5\t007\n2024-02-29\ty\t1200\t1e5\n",
        "\"series\",\"date\",\"a, \"\"b\"\"\",\"value\"\n\"007\",2024-01-31,\"x\n,y\",\"-1.5\"\n"
        "1e5,2024-02-29,,1200\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ku_frames frames;
        char name[32];
        snprintf(name, sizeof name, "it's %zu [x]*.csv", i);
        assert_two_rows(read_series(p, &frames, name, texts[i]));
        assert_null(ku_frames_find(&frames, "events"));
        ku_frames_clear(&frames);
    }
}

static void json_lines(void **state)
{
    place *p = *state;
    ku_frames frames;
    assert_two_rows(read_series(p, &frames, "a.jsonl",
                                "{\"series\":\"007\",\"date\":\"2024-01-31\",\"value\":-1.5}\n"
                                "{\"value\":1200,\"series\":\"1e5\",\"date\":\"2024-02-29\"}\n"));
    ku_frames_clear(&frames);
}

/* Written by the engine itself in the formats it knows. */
static void compressed_and_parquet(void **state)
{
    place *p = *state;
    static const char *const forms[][2] = {
        {"a.csv.gz", "HEADER, COMPRESSION gzip"},
        {"a.csv.zst", "HEADER, COMPRESSION zstd"},
        {"a.parquet", "FORMAT parquet"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        ku_session *s = NULL;
        ku_frames frames;
        char sql[512];
        snprintf(p->path, sizeof p->path, "%s/%s", p->folder, forms[i][0]);
        snprintf(sql, sizeof sql,
                 "COPY (SELECT * FROM (VALUES ('007', DATE '2024-01-31', -1.5), "
                 "('1e5', DATE '2024-02-29', 1200)) AS t(series, date, value)) TO '%s' (%s)",
                 p->path, forms[i][1]);
        assert_ok(ku_session_open, p->bank, &s);
        assert_ok(ku_session_exec, s, sql, NULL, 0, NULL);
        ku_session_close(s);
        ku_frames_init(&frames);
        assert_ok(read_path, p, &series_analysis, "series", p->path, &frames);
        assert_two_rows(ku_frames_find(&frames, "series"));
        ku_frames_clear(&frames);
    }
}

static void a_file_may_speak_the_facts_other_names(void **state)
{
    place *p = *state;
    static const char text[] =
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
        "489434,85048,BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom\n"
        "C489449,22087,PAPER BUNTING,-12,2009-12-01 10:33:00,2.95,,Australia\n";
    ku_frames frames;
    ku_frames_init(&frames);
    assert_ok(read_path, p, &sale_analysis, "sale", file_with(p, "r.csv", text, strlen(text)),
              &frames);
    const ku_frame *f = ku_frames_find(&frames, "sale");
    assert_int_equal(f->rows, 2);
    assert_int_equal(ku_frame_column(f, "time")->as.days[0], ku_date_from_civil(2009, 12, 1));
    assert_text_at(f, "customer", 0, "13085");
    assert_text_at(f, "customer", 1, NULL);
    assert_text_at(f, "region", 1, "Australia");
    assert_true(ku_frame_column(f, "amount")->as.f64[0] == 12 * 6.95);
    assert_true(ku_frame_column(f, "amount")->as.f64[1] == -12 * 2.95);
    assert_int_equal(ku_frame_column(f, "cost")->nulls, 2);
    ku_frames_clear(&frames);
}

/* ---- files that are not ----------------------------------------------------------------- */

static void wrong_values_are_named_with_their_line(void **state)
{
    place *p = *state;
    refused(p, "a.csv", "series,date,value\na,2024-01-01,1\nb,2024-01-02,abc\nc,2024-01-03,x\n",
            KU_BAD_DATA, "a.csv, line 3, column value", "found 'abc', expected a number");
    refused(p, "a.csv", "series,date,Value\na,31.02.2024,1\n", KU_BAD_DATA,
            "a.csv, line 2, column date", "found '31.02.2024', expected a date such as");
    refused(p, "a.csv", "series,date,value\na,2024-02-31,1\n", KU_BAD_DATA, "line 2, column date",
            "found '2024-02-31'");
    refused(p, "a.csv", "series;date;value\na;2024-01-01;1.234,5\n", KU_BAD_DATA,
            "line 2, column value", "found '1.234,5', expected a number");
    refused(p, "a.csv", "series,date,value\na,2024-01-01,1\n\"two\nlines\",2024-01-01,1\nb,x,2\n",
            KU_BAD_DATA, "line 5, column date", "found 'x'");
    refused(p, "a.jsonl",
            "{\"series\":\"a\",\"date\":\"2024-01-01\",\"value\":1}\n"
            "{\"series\":\"a\",\"date\":\"2024-01-02\",\"value\":\"much\"}\n",
            KU_BAD_DATA, "a.jsonl, line 2, column value", "found 'much', expected a number");
}

static void missing_values_and_columns_are_named(void **state)
{
    place *p = *state;
    refused(p, "a.csv", "series,date,value\na,2024-01-01,1\nb,2024-01-02,\n", KU_BAD_DATA,
            "a.csv, line 3, column value", "found nothing, expected a number");
    refused(p, "a.csv", "series,date,value\na,2024-01-01,nan\n", KU_BAD_DATA,
            "line 2, column value", "found nothing, expected a number");
    refused(p, "a.csv", "series,date,vlaue\na,2024-01-01,1\n", KU_BAD_DATA, "a.csv",
            "'value' is missing (is it 'vlaue'?); the file has: series, date, vlaue");
    refused(p, "a.csv", "a,2024-01-01,1\n", KU_BAD_DATA, "a.csv", "'series' is missing");
    refused(p, "a.csv", "series,date,value\na,2024-01-01\n", KU_BAD_DATA, "a.csv, line 2",
            "found 2 values, expected 3");
    refused(p, "a.csv", "series,date,value\na,2024-01-01,1,5\n", KU_BAD_DATA, "a.csv, line 2",
            "found 4 values, expected 3");
}

static void files_that_are_no_tables(void **state)
{
    place *p = *state;
    refused(p, "a.csv", "", KU_BAD_DATA, "a.csv", "the file is empty");
    refused(p, "a.csv", "series,date,value\n", KU_BAD_DATA, "a.csv", "no rows");
    refused(p, "a.doc", "x", KU_USAGE, "a.doc", "expected .csv");
    refused(p, "a.parquet", "not parquet at all", KU_BAD_DATA, "a.parquet", "cannot be read");
    refused(p, "a.jsonl", "{\"series\":\n", KU_BAD_DATA, "a.jsonl", "");
    refused(p, "a.csv.gz", "not gzip", KU_BAD_DATA, "a.csv.gz", "cannot be read");
    refused(p, "a.csv", "series,date,value\nG\xF6teborg,2024-01-01,1\n", KU_BAD_DATA, "a.csv",
            "UTF-8");
    ku_frames frames;
    ku_frames_init(&frames);
    ku_error err = {0};
    read_path(p, &series_analysis, "series", "/nowhere/a.csv", &frames, &err);
    assert_says(&err, KU_NOT_FOUND, "/nowhere/a.csv", "");
    read_path(p, &series_analysis, "series", p->folder, &frames, &err);
    assert_says(&err, KU_USAGE, p->folder, "not a file");
    read_path(p, &series_analysis, "serie", "a.csv", &frames, &err);
    assert_says(&err, KU_USAGE, "serie", "is it 'series'?");
    read_path(p, &series_analysis, NULL, NULL, &frames, &err);
    assert_says(&err, KU_USAGE, "series", "--in series=FILE");
}

/* A wrong value far behind the beginning, in a file large enough to be read in parallel. */
static void a_late_wrong_value_is_found(void **state)
{
    place *p = *state;
    enum { LINES = 400000 };
    ku_text text = {0};
    ku_text_add(&text, "series,date,value\n");
    for (int i = 0; i < LINES; i++)
        ku_text_addf(&text, "s%d,2024-01-01,%s\n", i % 100, i == 350000 ? "1.2.3" : "12.5");
    ku_frames frames;
    ku_frames_init(&frames);
    ku_error err = {0};
    read_path(p, &series_analysis, "series",
              file_with(p, "big.csv", ku_text_string(&text), text.length), &frames, &err);
    assert_says(&err, KU_BAD_DATA, "big.csv, line 350002, column value", "found '1.2.3'");
    ku_text_clear(&text);
}

/* ---- open tables ------------------------------------------------------------------------ */

static ku_frame *read_open(place *p, ku_frames *frames, const char *name, const char *text)
{
    ku_frames_init(frames);
    assert_ok(read_path, p, &open_analysis, "series", file_with(p, name, text, strlen(text)),
              frames);
    return ku_frames_find(frames, "series");
}

static void further_columns_are_kept(void **state)
{
    place *p = *state;
    ku_frames frames;
    ku_frame *f = read_open(p, &frames, "a.csv",
                            "Price,date,series,shop,,value,promo,nothing,late\n"
                            ",2024-01-01,a,north,7,1,true,,\n"
                            "2.5,2024-01-02,a,,8,,FALSE,,\n"
                            "nan,2024-01-03,a,south,9,3,,,4\n");
    assert_int_equal(f->columns, 4 + 5);
    assert_true(ku_frame_column(f, "date")->type == KU_DATE);
    assert_true(ku_frame_column(f, "Price")->type == KU_DOUBLE);
    assert_int_equal(ku_frame_column(f, "Price")->nulls, 2);
    assert_true(ku_frame_column(f, "Price")->as.f64[1] == 2.5);
    assert_text_at(f, "shop", 2, "south");
    assert_true(ku_frame_column(f, "promo")->type == KU_BOOL);
    assert_true(ku_column_bool(ku_frame_column(f, "promo"), 0));
    assert_int_equal(ku_frame_column(f, "value")->nulls, 1);
    assert_int_equal(ku_frame_column(f, "complete")->nulls, 3);
    assert_int_equal(ku_frame_column(f, "nothing")->nulls, 3);
    assert_true(ku_frame_column(f, "late")->as.f64[2] == 4);
    ku_frames_clear(&frames);
    f = read_open(p, &frames, "a.jsonl",
                  "{\"series\":\"a\",\"date\":4,\"value\":1,\"price\":2.5,\"promo\":true}\n"
                  "{\"series\":\"a\",\"date\":5,\"value\":null,\"price\":3,\"promo\":false}\n");
    assert_true(ku_frame_column(f, "date")->as.i64[1] == 5);
    assert_true(ku_frame_column(f, "price")->as.f64[1] == 3);
    assert_true(ku_frame_column(f, "promo")->type == KU_BOOL);
    ku_frames_clear(&frames);
}

/* A column without a value in the first rows is looked through to its first one. */
static void a_late_first_value_decides(void **state)
{
    place *p = *state;
    ku_text text = {0};
    ku_text_add(&text, "series,date,value,word,number\n");
    for (int i = 0; i < 3000; i++)
        ku_text_addf(&text, "a,%d,1,%s,%s\n", i, i == 2500 ? "x" : "", i == 2900 ? "-1e3" : "");
    ku_frames frames;
    ku_frame *f = read_open(p, &frames, "a.csv", ku_text_string(&text));
    assert_true(ku_frame_column(f, "date")->type == KU_INT64);
    assert_true(ku_frame_column(f, "date")->as.i64[2999] == 2999);
    assert_text_at(f, "word", 2500, "x");
    assert_true(ku_frame_column(f, "number")->as.f64[2900] == -1000);
    ku_frames_clear(&frames);
    ku_text_clear(&text);
}

static void further_columns_are_held_to_their_first_value(void **state)
{
    place *p = *state;
    refused_by(&open_analysis, p, "a.csv", "series,date,value,price\na,1,1,2\na,2,1,much\n",
               KU_BAD_DATA, "line 3, column price", "found 'much', expected a number");
    refused_by(&open_analysis, p, "a.csv", "series,date,value,promo\na,1,1,true\na,2,1,5x\n",
               KU_BAD_DATA, "line 3, column promo", "expected true or false");
    refused_by(&open_analysis, p, "a.csv", "series,date,value\na,1,1\na,2024-01-01,1\n",
               KU_BAD_DATA, "line 3, column date", "found '2024-01-01', expected a whole number");
    refused_by(&open_analysis, p, "a.csv", "series,date,value\na,2024-01-01,1\na,7,1\n",
               KU_BAD_DATA, "line 3, column date", "found '7', expected a date");
    refused_by(&open_analysis, p, "a.csv", "series,date,value\na,1,1\na,2,x\n", KU_BAD_DATA,
               "line 3, column value", "found 'x', expected a number");
    refused_by(&open_analysis, p, "a.csv", "series,date,value\na,,1\na,2,x\n", KU_BAD_DATA,
               "column", "");
    refused_by(&open_analysis, p, "a.csv", "series,date,value,p,P\na,1,1,2,3\n", KU_BAD_DATA,
               "a.csv", "two columns are called 'P'");
    refused_by(&open_analysis, p, "a.csv", "series,date,p\na,1,1\n", KU_BAD_DATA, "a.csv",
               "'value' is missing");
}

static void truncated_files_are_refused(void **state)
{
    place *p = *state;
    static const char *const packings[][2] = {{"gz", "gzip"}, {"zst", "zstd"}};
    for (size_t i = 0; i < 2; i++) {
        ku_session *s = NULL;
        char sql[512];
        snprintf(p->path, sizeof p->path, "%s/cut.csv.%s", p->folder, packings[i][0]);
        snprintf(sql, sizeof sql,
                 "COPY (SELECT 's' || i AS series, DATE '2024-01-01' AS date, hash(i) / 7.0 AS "
                 "value FROM range(100000) t(i)) TO '%s' (HEADER, COMPRESSION %s)",
                 p->path, packings[i][1]);
        assert_ok(ku_session_open, p->bank, &s);
        assert_ok(ku_session_exec, s, sql, NULL, 0, NULL);
        ku_session_close(s);
        uint64_t size = 0;
        assert_ok(ku_file_size, p->path, &size);
        assert_int_equal(truncate(p->path, (off_t)(size / 2)), 0);
        ku_frames frames;
        ku_frames_init(&frames);
        ku_error err = {0};
        read_path(p, &series_analysis, "series", p->path, &frames, &err);
        assert_says(&err, KU_BAD_DATA, p->path, "");
        assert_int_equal(frames.count, 0);
    }
}

static void a_workbook_is_read_by_its_first_sheet(void **state)
{
    place *p = *state;
    snprintf(p->path, sizeof p->path, "%s/a.xlsx", p->folder);
    workbook_new(p->path, "1200");
    ku_frames frames;
    ku_frames_init(&frames);
    assert_ok(read_path, p, &series_analysis, "series", p->path, &frames);
    assert_two_rows(ku_frames_find(&frames, "series"));
    ku_frames_clear(&frames);
    workbook_new(p->path, "much \"more\"");
    ku_error err = {0};
    read_path(p, &series_analysis, "series", p->path, &frames, &err);
    assert_says(&err, KU_BAD_DATA, "a.xlsx, line 3, column value",
                "found 'much \"more\"', expected a number");
}

/* ---- facts ------------------------------------------------------------------------------ */

static void facts_come_in_the_columns_asked_for(void **state)
{
    place *p = *state;
    ku_frames frames;
    ku_frames_init(&frames);
    ku_error err = {0};
    read_path(p, &sale_analysis, NULL, NULL, &frames, &err);
    assert_says(&err, KU_BAD_DATA, "sale", "import sale first");
    ku_session *s = NULL;
    assert_ok(ku_session_open, p->bank, &s);
    assert_ok(ku_session_exec, s,
              "INSERT INTO sale (time, customer, quantity, amount, batch) VALUES "
              "('2024-02-29 23:59:59', 'c', 2, 9.5, 1), "
              "('2024-03-01', NULL, -1, -4.75, 1)",
              NULL, 0, NULL);
    ku_session_close(s);
    assert_ok(read_path, p, &sale_analysis, NULL, NULL, &frames);
    const ku_frame *f = ku_frames_find(&frames, "sale");
    assert_int_equal(f->rows, 2);
    assert_int_equal(f->columns, 6);
    assert_int_equal(ku_frame_column(f, "time")->as.days[0], ku_date_from_civil(2024, 2, 29));
    assert_true(ku_frame_column(f, "amount")->as.f64[1] == -4.75);
    assert_null(ku_frames_find(&frames, "product"));
    ku_frames_clear(&frames);
}

/* The result of an earlier run beside a bank that is open for reading only. */
static void a_frame_may_stand_for_a_table(void **state)
{
    place *p = *state;
    char path[128];
    const ku_bank_options read_only = {.mode = KU_BANK_READ};
    ku_arena *arena = ku_arena_new();
    ku_params *params = NULL;
    ku_frames made, frames;
    ku_bank *bank = NULL;
    ku_frame *series = read_series(p, &made, "s.csv",
                                   "series,date,value\na,2024-01-01,1\nb,2024-01-02,2.5\n");
    const ku_table_frame given = {.table = "series", .frame = series};
    snprintf(path, sizeof path, "%s/bank.duckdb", p->folder);
    assert_ok(ku_bank_open, path, NULL, &bank);
    ku_bank_close(bank);
    assert_ok(ku_bank_open, path, &read_only, &bank);
    assert_ok(ku_params_parse, &series_analysis, NULL, 0, arena, &params);
    ku_frames_init(&frames);
    assert_ok(ku_bank_inputs_cut, bank, &series_analysis, params, NULL, 0, &given, 1, NULL,
              &frames);
    const ku_frame *found = ku_frames_find(&frames, "series");
    assert_int_equal(found->rows, 2);
    assert_true(ku_frame_column(found, "value")->as.f64[1] == 2.5);
    ku_frames_clear(&frames);
    ku_frames_clear(&made);
    ku_bank_close(bank);
    ku_arena_free(arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_new, place_end)
    const struct CMUnitTest tests[] = {
        TEST(csv_in_its_many_forms),
        TEST(json_lines),
        TEST(compressed_and_parquet),
        TEST(a_file_may_speak_the_facts_other_names),
        TEST(wrong_values_are_named_with_their_line),
        TEST(missing_values_and_columns_are_named),
        TEST(files_that_are_no_tables),
        TEST(a_late_wrong_value_is_found),
        TEST(further_columns_are_kept),
        TEST(a_late_first_value_decides),
        TEST(further_columns_are_held_to_their_first_value),
        TEST(truncated_files_are_refused),
        TEST(a_workbook_is_read_by_its_first_sheet),
        TEST(facts_come_in_the_columns_asked_for),
        TEST(a_frame_may_stand_for_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
