/* Packed files, JSON lines, Parquet and Excel workbooks: the same rows, the same checks,
 * whatever they come in. Workbooks are put together here from their parts. */
#include <zip.h>
#include <zlib.h>
#include <zstd.h>

#include "bank/import/xlsx_internal.h"
#include "import_support.h"

static const char three_rows[] = "time,product,quantity,amount\n"
                                 "2024-01-01,A,1,2.5\n"
                                 "2024-01-02,B,-1,-2.5\n"
                                 "2024-01-03,C,1,x\n";

static void check_three_rows(import_test *t, const char *path, const char *format)
{
    assert_imported(t, import_file(t, "sale", path));
    assert_string_equal(t->report.source[0].format, format);
    assert_int_equal(t->report.read, 3);
    assert_int_equal(t->report.added, 2);
    assert_int_equal(t->report.refused, 1);
    assert_string_equal(t->report.reason[0].what, "amount: not a number with a decimal point");
    assert_int_equal(count_in(t->report.flag, t->report.flag_count, "return"), 1);
    assert_string_equal(text_of(t, "SELECT max(time)::VARCHAR FROM sale"), "2024-01-02 00:00:00");
}

/* ---- packed ---------------------------------------------------------------------------------- */

static size_t gzip_bytes(const char *text, size_t length, char *to, size_t capacity)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)text;
    z.avail_in = (unsigned)length;
    z.next_out = (unsigned char *)to;
    z.avail_out = (unsigned)capacity;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return capacity - z.avail_out;
}

static void test_gzip(void **state)
{
    (void)state;
    import_test t;
    char packed[4096];
    import_begin(&t);
    size_t n = gzip_bytes(three_rows, sizeof three_rows - 1, packed, sizeof packed);
    check_three_rows(&t, write_bytes(&t, "in.csv.gz", packed, n), "csv");
    assert_string_equal(t.report.source[0].packing, "gzip");
    import_end(&t);
}

/* Two members one after the other are one file, as gzip itself has it. */
static void test_gzip_members(void **state)
{
    (void)state;
    import_test t;
    char packed[4096];
    import_begin(&t);
    size_t half = 50, n = gzip_bytes(three_rows, half, packed, sizeof packed);
    n += gzip_bytes(three_rows + half, sizeof three_rows - 1 - half, packed + n, sizeof packed - n);
    check_three_rows(&t, write_bytes(&t, "in.csv.gz", packed, n), "csv");
    import_end(&t);
}

static void test_zstd(void **state)
{
    (void)state;
    import_test t;
    char packed[4096];
    import_begin(&t);
    size_t n = ZSTD_compress(packed, sizeof packed, three_rows, sizeof three_rows - 1, 3);
    assert_false(ZSTD_isError(n));
    check_three_rows(&t, write_bytes(&t, "in.csv.zst", packed, n), "csv");
    assert_string_equal(t.report.source[0].packing, "zstd");
    for (size_t cut = 5; cut < n; cut += 7) {
        const char *path = write_bytes(&t, "cut.csv.zst", packed, cut);
        assert_int_equal(import_file(&t, "sale", path), KU_BAD_DATA);
    }
    import_end(&t);
}

static void test_truncated_gzip(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    ku_text text = {0};
    ku_text_add(&text, "time,product,quantity,amount\n");
    for (int i = 0; i < 200000; i++)
        ku_text_addf(&text, "2024-01-01,P%d,1,%d.25\n", i * 7919 % 100003, i % 977);
    char *packed = malloc(text.length);
    size_t n = gzip_bytes(text.bytes, text.length, packed, text.length);
    const char *path = write_bytes(&t, "in.csv.gz", packed, n - n / 4);
    assert_int_equal(import_file(&t, "sale", path), KU_BAD_DATA);
    assert_says(&t.err, KU_BAD_DATA, "in.csv.gz", "the packed file ends too early");
    packed[n / 2] ^= 0x55;
    path = write_bytes(&t, "in.csv.gz", packed, n);
    assert_int_equal(import_file(&t, "sale", path), KU_BAD_DATA);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale"), 0);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM batch"), 0);
    free(packed);
    ku_text_clear(&text);
    import_end(&t);
}

/* ---- JSON lines and Parquet -------------------------------------------------------------------- */

static void test_json_lines(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    check_three_rows(&t,
                     write_text(&t, "in.jsonl",
                                "{\"time\":\"2024-01-01\",\"product\":\"A\",\"quantity\":1,"
                                "\"amount\":2.5}\n"
                                "{\"amount\":-2.5,\"quantity\":-1,\"product\":\"B\","
                                "\"time\":\"2024-01-02T00:00:00Z\",\"extra\":{\"a\":[1]}}\n\n"
                                "{\"time\":\"2024-01-03\",\"quantity\":1,\"amount\":\"x\"}"),
                     "jsonl");
    assert_imported(&t, import_file(&t, "sale",
                                    write_text(&t, "two.jsonl",
                                               "{\"time\":\"2024-02-01\",\"quantity\":1,"
                                               "\"amount\":0.1}\n{\"time\": oh\n[1,2]\n")));
    assert_int_equal(t.report.refused, 2);
    assert_string_equal(t.report.reason[0].what, "not a JSON object on one line");
    import_end(&t);
}

static void test_parquet(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = in_folder(&t, "in[1]*.parquet");
    ku_session *session = NULL;
    ku_text sql = {0};
    ku_text_add(&sql, "COPY (SELECT * FROM (VALUES (DATE '2024-01-01', 'A', 1, '2.5'), "
                      "(DATE '2024-01-02', 'B', -1, '-2.5'), (DATE '2024-01-03', "
                      "chr(30) || chr(31) || '\"', 1, 'x')) AS v(time, product, quantity, amount)) "
                      "TO ");
    ku_sql_literal(&sql, path);
    ku_text_add(&sql, " (FORMAT parquet)");
    assert_ok(ku_session_open, t.bank, &session);
    assert_ok(ku_session_exec, session, ku_text_string(&sql), NULL, 0, NULL);
    ku_session_close(session);
    ku_text_clear(&sql);
    check_three_rows(&t, path, "parquet");

    char *bytes = NULL;
    size_t length = 0;
    assert_ok(ku_file_read, path, 1 << 20, t.arena, &bytes, &length);
    path = write_bytes(&t, "cut.parquet", bytes, length / 2);
    assert_int_equal(import_file(&t, "sale", path), KU_BAD_DATA);
    assert_says(&t.err, KU_BAD_DATA, "cut.parquet", "the Parquet file cannot be read");
    import_end(&t);
}

/* ---- workbooks ------------------------------------------------------------------------------------- */

#define WORKBOOK                                                                                   \
    "<?xml version='1.0'?><workbook xmlns='m' xmlns:r='r'><sheets>"                                \
    "<sheet name='Notes' sheetId='1' state='hidden' r:id='rId1'/>"                                 \
    "<sheet name='Sales' sheetId='2' r:id='rId2'/></sheets></workbook>"
#define RELATIONS                                                                                  \
    "<Relationships><Relationship Id='rId1' Target='worksheets/sheet1.xml'/>"                      \
    "<Relationship Id='rId2' Target='/xl/worksheets/sheet2.xml'/></Relationships>"
#define STYLES                                                                                     \
    "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='dd\\.mm\\.yyyy'/></numFmts>"          \
    "<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs><cellXfs><xf numFmtId='0'/>"                  \
    "<xf numFmtId='164'/><xf numFmtId='22'/></cellXfs></styleSheet>"
#define STRINGS                                                                                    \
    "<sst><si><t>time</t></si><si><r><t>quan</t></r><r><t>tity</t></r></si>"                       \
    "<si><t>amount</t><rPh><t>reading</t></rPh></si><si><t>A &lt;&quot;1&quot;&gt;</t></si></sst>"

/* A workbook whose second sheet has these rows; `more` is an added part, or NULL. */
static const char *write_workbook(import_test *t, const char *sheet, const char *strings)
{
    const char *path = in_folder(t, "in.xlsx");
    const char *const parts[][2] = {
        {"xl/workbook.xml", WORKBOOK},
        {"xl/_rels/workbook.xml.rels", RELATIONS},
        {"xl/styles.xml", STYLES},
        {"xl/sharedStrings.xml", strings},
        {"xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>"},
        {"xl/worksheets/sheet2.xml", sheet}};
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        zip_source_t *source = zip_source_buffer(zip, parts[i][1], strlen(parts[i][1]), 0);
        assert_true(zip_file_add(zip, parts[i][0], source, 0) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
    return path;
}

static void test_workbook(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    /* 45292 is 2024-01-01 in Excel's numbering; row 4 is empty and left out, as Excel does. */
    const char *path = write_workbook(
        &t,
        "<worksheet><sheetData>"
        "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='inlineStr'><is><t>product</t></is></c>"
        "<c r='C1' t='s'><v>1</v></c><c r='D1' t='s'><v>2</v></c></row>"
        "<row r='2'><c r='A2' s='1'><v>45292</v></c><c r='B2' t='s'><v>3</v></c><c "
        "r='C2'><v>1</v></c>"
        "<c r='D2'><v>2.5</v></c></row>"
        "<row r='3'><c r='A3' s='2'><v>45293.5</v></c><c r='C3'><v>-1</v></c>"
        "<c r='D3' t='str'><f>1+1</f><v>-2.5</v></c></row>"
        "<row r='5'><c r='A5' s='1'><v>45294</v></c><c r='C5'><v>1</v></c>"
        "<c r='D5' t='e'><v>#DIV/0!</v></c></row>"
        "<row r='6'><c r='A6' s='1'><v>45295</v></c><c r='C6'><v>1</v></c></row>"
        "</sheetData></worksheet>",
        STRINGS);
    const char *rejects = in_folder(&t, "out.csv");
    ku_import_options options = import_options("sale", &path, 1);
    options.rejects_path = rejects;
    assert_imported(&t, import_with(&t, &options));
    assert_string_equal(t.report.source[0].format, "xlsx");
    assert_string_equal(t.report.source[0].sheet, "Sales");
    assert_int_equal(t.report.added, 2);
    assert_int_equal(t.report.refused, 2);
    assert_string_equal(text_of(&t, "SELECT product FROM sale WHERE product IS NOT NULL"),
                        "A <\"1\">");
    assert_string_equal(
        text_of(&t, "SELECT string_agg(time::VARCHAR, ' ' ORDER BY time) FROM sale"),
        "2024-01-01 00:00:00 2024-01-02 12:00:00");
    char *text = NULL;
    size_t length = 0;
    assert_ok(ku_file_read, rejects, 100000, t.arena, &text, &length);
    assert_non_null(strstr(text, "in.xlsx,5,amount,\"\",missing,\"2024-01-03,,1,\"\n"));
    assert_non_null(strstr(text, "in.xlsx,6,amount,\"\",missing,\"2024-01-04,,1\"\n"));

    options.sheet = "Sale";
    assert_int_equal(import_with(&t, &options), KU_BAD_DATA);
    assert_says(&t.err, KU_BAD_DATA, "in.xlsx",
                "there is no sheet Sale; the sheets are: Notes, Sales");
    import_end(&t);
}

static void check_workbook_fails(const char *sheet, const char *strings, ku_status status,
                                 const char *words)
{
    import_test t;
    import_begin(&t);
    const char *path = write_workbook(&t, sheet, strings);
    assert_int_equal(import_file(&t, "sale", path), status);
    assert_says(&t.err, status, "in.xlsx", words);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale"), 0);
    import_end(&t);
}

/* A few kilobytes that unpack to 64 MiB. */
static void test_workbook_bomb(void **state)
{
    (void)state;
    size_t length = (size_t)64 << 20;
    char *strings = malloc(length + 32);
    assert_non_null(strings);
    memset(strings, ' ', length);
    memcpy(strings, "<sst><si><t>", 12);
    memcpy(strings + length, "</t></si></sst>", 16);
    check_workbook_fails("<worksheet><sheetData/></worksheet>", strings, KU_TOO_LARGE,
                         "unpacks to more than any real one");
    free(strings);
}

static void test_workbook_tricks(void **state)
{
    (void)state;
    /* Another file, and entities that grow by naming each other. */
    check_workbook_fails("<!DOCTYPE w [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
                         "<worksheet><sheetData><row><c t='str'><v>&x;</v></c></row></sheetData>"
                         "</worksheet>",
                         STRINGS, KU_BAD_DATA, "document type declaration");
    check_workbook_fails("<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>99</v></c></row>"
                         "</sheetData></worksheet>",
                         STRINGS, KU_BAD_DATA, "damaged");
    check_workbook_fails("<worksheet><sheetData><row r='99999999'><c r='A1'><v>1</v></c></row>"
                         "</sheetData></worksheet>",
                         STRINGS, KU_TOO_LARGE, "more rows than Excel allows");
    check_workbook_fails("<worksheet><sheetData><row r='1'><c r='ZZZZZ1'><v>1</v></c></row>"
                         "</sheetData></worksheet>",
                         STRINGS, KU_BAD_DATA, "damaged");
    check_workbook_fails("<worksheet><sheetData><row>", STRINGS, KU_BAD_DATA, "damaged");
    check_workbook_fails("<worksheet><sheetData/></worksheet>", STRINGS, KU_BAD_DATA, "no rows");
}

static void test_not_a_workbook(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = write_text(&t, "in.xlsx", "PK\x03\x04 and then nothing of the kind");
    assert_int_equal(import_file(&t, "sale", path), KU_BAD_DATA);
    assert_says(&t.err, KU_BAD_DATA, "in.xlsx", "not an Excel workbook");
    path = write_bytes(&t, "old.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
    assert_int_equal(import_file(&t, "sale", path), KU_BAD_DATA);
    assert_says(&t.err, KU_BAD_DATA, "old.xls", "old Excel workbook");
    import_end(&t);
}

/* Serial numbers and their dates: Microsoft's documentation of DATEVALUE (39813 is
 * 2008-12-31) and of the two systems (1900-01-01 is 1; 1904-01-02 is 1 in the other). */
static void test_excel_dates(void **state)
{
    (void)state;
    static const struct {
        double serial;
        bool from_1904;
        const char *expected;
    } cases[] = {{1, false, "1900-01-01"},
                 {59, false, "1900-02-28"},
                 {61, false, "1900-03-01"},
                 {39813, false, "2008-12-31"},
                 {45292.75, false, "2024-01-01 18:00:00"},
                 {40148.323611111111, false, "2009-12-01 07:46:00"},
                 {1, true, "1904-01-02"},
                 {2958465, false, "9999-12-31"}};
    char text[40];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(ku_xlsx_date_text(cases[i].serial, cases[i].from_1904, text) > 0);
        assert_string_equal(text, cases[i].expected);
    }
    assert_int_equal(ku_xlsx_date_text(-1, false, text), 0);
    assert_int_equal(ku_xlsx_date_text(3e6, false, text), 0);
    assert_true(ku_xlsx_date_format("yyyy-mm-dd"));
    assert_true(ku_xlsx_date_format("[$-407]d. mmmm"));
    assert_true(ku_xlsx_date_format("[h]:mm"));
    assert_false(ku_xlsx_date_format("General"));
    assert_false(ku_xlsx_date_format("#,##0.00 \"days\""));
    assert_false(ku_xlsx_date_format("[Red]0.00E+00"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_gzip_members),
        cmocka_unit_test(test_zstd),
        cmocka_unit_test(test_truncated_gzip),
        cmocka_unit_test(test_json_lines),
        cmocka_unit_test(test_parquet),
        cmocka_unit_test(test_workbook),
        cmocka_unit_test(test_workbook_bomb),
        cmocka_unit_test(test_workbook_tricks),
        cmocka_unit_test(test_not_a_workbook),
        cmocka_unit_test(test_excel_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
