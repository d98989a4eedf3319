/* How CSV files are read: what is detected, how columns are found, what is refused and
 * what is kept with a remark. */
#include "import_support.h"

#define assert_imports(t, text)                                                                    \
    assert_imported((t), import_file((t), "sale", write_text((t), "in.csv", (text))))

/* ---- detection --------------------------------------------------------------------------- */

static void test_plain(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    assert_imports(&t, "time,order_id,quantity,unit_price\n"
                       "2024-03-01 10:00:00,A1,2,1.50\n"
                       "2024-03-02,A2,-1,4\n");
    assert_int_equal(t.report.added, 2);
    assert_string_equal(t.report.batch, "1");
    const ku_import_source *s = &t.report.source[0];
    assert_string_equal(s->format, "csv");
    assert_string_equal(s->encoding, "utf-8");
    assert_int_equal(s->delimiter, ',');
    assert_true(s->header);
    assert_int_equal(s->column_count, 4);
    assert_string_equal(s->sample[1], "A1");
    assert_int_equal(strlen(s->hash), 64);
    assert_string_equal(match_of(&t.report, "amount")->how, "derived");
    assert_string_equal(match_of(&t.report, "customer")->how, "absent");
    assert_int_equal(count_in(t.report.flag, t.report.flag_count, "return"), 1);
    assert_int_equal(number_of(&t, "SELECT round(sum(amount) * 100)::BIGINT FROM sale"), -100);
    assert_string_equal(text_of(&t, "SELECT max(time)::VARCHAR FROM sale"), "2024-03-02 00:00:00");
    import_end(&t);
}

static void test_decimal_comma_and_german_dates(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    assert_imports(&t, "Datum;InvoiceDate;Menge;quantity;amount\n"
                       "x;01.02.2024 14:05;x;2;1.234,50\n"
                       "x;28.02.2024;x;1.000;0,99\n");
    const ku_import_source *s = &t.report.source[0];
    assert_int_equal(s->delimiter, ';');
    assert_int_equal(s->decimal, ',');
    assert_string_equal(s->date_order, "dmy");
    assert_non_null(strstr(s->date_order_how, "can only be read so"));
    assert_string_equal(match_of(&t.report, "time")->how, "alias");
    assert_int_equal(number_of(&t, "SELECT round(sum(amount) * 100)::BIGINT FROM sale"), 123549);
    assert_int_equal(number_of(&t, "SELECT sum(quantity)::BIGINT FROM sale"), 1002);
    assert_string_equal(text_of(&t, "SELECT min(time)::VARCHAR FROM sale"), "2024-02-01 14:05:00");
    import_end(&t);
}

static void test_american_dates(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    assert_imports(&t, "date,qty,amount\n12/1/2010 8:26,1,2.5\n12/13/2010 8:28,1,2.5\n");
    assert_string_equal(t.report.source[0].date_order, "mdy");
    assert_string_equal(text_of(&t, "SELECT max(time)::VARCHAR FROM sale"), "2010-12-13 08:28:00");
    import_end(&t);
}

/* No day is above 12, so the values alone cannot tell; the rows' order can. */
static void test_ambiguous_dates(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    assert_imports(&t, "date,qty,amount\n01/02/2010,1,1\n01/11/2010,1,1\n02/03/2010,1,1\n");
    assert_string_equal(t.report.source[0].date_order, "mdy");
    assert_non_null(strstr(t.report.source[0].date_order_how, "in order of time"));
    import_end(&t);

    import_begin(&t);
    const char *path = write_text(&t, "in.csv", "date,qty,amount\n01/02/2010,1,1\n");
    ku_import_options options = import_options("sale", &path, 1);
    assert_imported(&t, import_with(&t, &options));
    assert_non_null(strstr(t.report.source[0].date_order_how, "the day is taken to stand first"));
    assert_string_equal(text_of(&t, "SELECT time::DATE::VARCHAR FROM sale"), "2010-02-01");
    assert_ok(ku_import_undo, t.bank, "1", NULL);
    options.date_order = "mdy";
    assert_imported(&t, import_with(&t, &options));
    assert_string_equal(text_of(&t, "SELECT time::DATE::VARCHAR FROM sale"), "2010-01-02");
    import_end(&t);
}

static void check_encoding(const char *bytes, size_t length, const char *expected)
{
    import_test t;
    import_begin(&t);
    const char *path = write_bytes(&t, "in.csv", bytes, length);
    assert_imported(&t, import_file(&t, "sale", path));
    assert_string_equal(t.report.source[0].encoding, expected);
    assert_string_equal(text_of(&t, "SELECT product FROM sale"), "K\u00e4se");
    import_end(&t);
}

/* The text in UTF-16, low or high byte first. */
static size_t to_utf16(const char *latin1, bool big, bool mark, char *to)
{
    size_t n = 0;
    if (mark) {
        to[n++] = big ? '\xFE' : '\xFF';
        to[n++] = big ? '\xFF' : '\xFE';
    }
    for (; *latin1 != '\0'; latin1++) {
        to[n + big] = *latin1;
        to[n + !big] = '\0';
        n += 2;
    }
    return n;
}

static void test_encodings(void **state)
{
    (void)state;
    static const char utf8[] =
        "\xEF\xBB\xBFtime,product,quantity,amount\n2024-01-01,K\u00e4se,1,2\n";
    static const char latin1[] = "time,product,quantity,amount\r\n2024-01-01,K\xE4se,1,2\r\n";
    char wide[256];
    check_encoding(utf8, sizeof utf8 - 1, "utf-8");
    check_encoding(latin1, sizeof latin1 - 1, "latin-1");
    check_encoding(wide, to_utf16(latin1, false, true, wide), "utf-16le");
    check_encoding(wide, to_utf16(latin1, true, true, wide), "utf-16be");
    check_encoding(wide, to_utf16(latin1, false, false, wide), "utf-16le");
}

static void test_windows_1252(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    assert_imports(&t, "time;product;quantity;amount\n2024-01-01;\x80 100;1;2\n");
    assert_string_equal(text_of(&t, "SELECT product FROM sale"), "\u20ac 100");
    import_end(&t);
}

/* A byte that is not UTF-8 behind the part that is looked at refuses its row only. */
static void test_encoding_breaks_late(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    ku_text text = {0};
    ku_text_add(&text, "time,product,quantity,amount\n");
    for (int i = 0; i < 60000; i++) ku_text_add(&text, "2024-01-01,\u00e4pfel,1,2.00\n");
    ku_text_add(&text, "2024-01-01,\xE4pfel,1,2.00\n");
    const char *path = write_bytes(&t, "in.csv", text.bytes, text.length);
    ku_text_clear(&text);
    assert_imported(&t, import_file(&t, "sale", path));
    assert_int_equal(t.report.added, 60000);
    assert_int_equal(t.report.refused, 1);
    assert_non_null(strstr(t.report.reason[0].what, "encoding"));
    import_end(&t);
}

static void test_quotes(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    assert_imports(&t, "time,product,description,quantity,amount\n"
                       "2024-01-01,A,\"6\"\" pipe, \"\"long\"\"\",1,2\n"
                       "2024-01-01,B,6\" pipe,1,2\n"
                       "2024-01-01,C,\"two\nlines\",1,x\n"
                       "2024-01-01,D,\"\",1,2");
    assert_int_equal(t.report.added, 3);
    assert_string_equal(text_of(&t, "SELECT description FROM sale WHERE product = 'A'"),
                        "6\" pipe, \"long\"");
    assert_string_equal(text_of(&t, "SELECT description FROM sale WHERE product = 'B'"),
                        "6\" pipe");
    assert_null(text_of(&t, "SELECT description FROM sale WHERE product = 'D'"));
    import_end(&t);
}

static void test_other_dialects(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    assert_imports(&t, "time\tproduct\tquantity\tamount\r\n2024-01-01\tA, B\t1\t2\r\n");
    assert_int_equal(t.report.source[0].delimiter, '\t');
    assert_imports(&t, "time|product|quantity|amount\n2024-01-02|'A|B'|1|2\n");
    assert_int_equal(t.report.source[0].quote, '\'');
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale WHERE product = 'A|B'"), 1);
    assert_imports(&t, "time,product,quantity,amount\r2024-01-03,C,1,2\r");
    assert_int_equal(t.report.added, 1);
    import_end(&t);
}

static void test_no_header(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = write_text(&t, "in.csv", "2024-01-01,A,1,2\n2024-01-02,B,1,2\n");
    assert_int_equal(import_file(&t, "sale", path), KU_BAD_DATA);
    assert_says(&t.err, KU_BAD_DATA, "in.csv", "there is no row of names");
    const ku_mapping mapping[] = {{"time", "column1"},
                                  {"product", "column2"},
                                  {"quantity", "column3"},
                                  {"amount", "column4"}};
    ku_import_options options = import_options("sale", &path, 1);
    options.mapping = mapping;
    options.mapping_count = 4;
    assert_imported(&t, import_with(&t, &options));
    assert_int_equal(t.report.added, 2);
    assert_false(t.report.source[0].header);
    assert_string_equal(match_of(&t.report, "time")->how, "given");
    import_end(&t);
}

/* ---- mapping -------------------------------------------------------------------------------- */

static void test_mapping_errors(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = write_text(&t, "in.csv",
                                  "timme,product,quantity,amount\n2024-01-01,A,1,2\n");
    assert_int_equal(import_file(&t, "sale", path), KU_BAD_DATA);
    assert_says(&t.err, KU_BAD_DATA, "in.csv",
                "no column holds time (Time), which every row needs; the nearest is timme; the "
                "columns are: timme, product, quantity, amount");
    ku_import_options options = import_options("sale", &path, 1);
    const ku_mapping wrong_column = {"time", "timm"}, wrong_field = {"tyme", "timme"};
    options.mapping_count = 1;
    options.mapping = &wrong_column;
    assert_int_equal(import_with(&t, &options), KU_BAD_DATA);
    assert_says(&t.err, KU_BAD_DATA, "in.csv", "there is no column timm (did you mean timme?)");
    options.mapping = &wrong_field;
    assert_int_equal(import_with(&t, &options), KU_USAGE);
    assert_says(&t.err, KU_USAGE, "tyme", "did you mean time?");
    assert_int_equal(number_of(&t, "SELECT count(*) FROM batch"), 0);
    import_end(&t);
}

static void test_constants_and_order(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = write_text(&t, "in.csv",
                                  "date,time,quantity,amount\n2024-01-01,2024-01-05,1,2\n");
    const ku_mapping mapping[] = {{"channel", "=web"}, {"time", "date"}};
    ku_import_options options = import_options("sale", &path, 1);
    options.mapping = mapping;
    options.mapping_count = 2;
    assert_imported(&t, import_with(&t, &options));
    assert_string_equal(text_of(&t, "SELECT channel FROM sale"), "web");
    assert_string_equal(text_of(&t, "SELECT time::DATE::VARCHAR FROM sale"), "2024-01-01");
    import_end(&t);
}

static void test_profiles(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = write_text(&t, "in.csv", "wann;was;menge;wert\n03.04.2024;A;1;2,5\n");
    const ku_mapping mapping[] = {
        {"time", "wann"}, {"product", "was"}, {"quantity", "menge"}, {"amount", "wert"}};
    ku_import_options options = import_options("sale", &path, 1);
    options.mapping = mapping;
    options.mapping_count = 4;
    options.delimiter = ';';
    options.date_order = "mdy";
    assert_ok(ku_profile_save, t.bank, "kasse", NULL, &options);
    ku_import_options by_name = import_options("sale", &path, 1);
    by_name.profile = "kasse";
    assert_imported(&t, import_with(&t, &by_name));
    assert_string_equal(match_of(&t.report, "product")->how, "profile");
    assert_string_equal(text_of(&t, "SELECT time::DATE::VARCHAR FROM sale"), "2024-03-04");

    ku_profile *profiles = NULL;
    size_t count = 0;
    assert_ok(ku_profiles, t.bank, t.arena, &profiles, &count);
    bool built_in = false, saved = false;
    for (size_t i = 0; i < count; i++) {
        built_in |= strcmp(profiles[i].name, "online-retail") == 0 && profiles[i].built_in;
        saved |= strcmp(profiles[i].name, "kasse") == 0 && !profiles[i].built_in;
    }
    assert_true(built_in);
    assert_true(saved);

    by_name.profile = "online-retial";
    assert_int_equal(import_with(&t, &by_name), KU_NOT_FOUND);
    assert_says(&t.err, KU_NOT_FOUND, "", "did you mean online-retail?");
    by_name.profile = "online-retail";
    by_name.fact = ku_fact_find("spend");
    assert_int_equal(import_with(&t, &by_name), KU_USAGE);
    import_end(&t);
}

/* ---- refused rows ------------------------------------------------------------------------------ */

static void test_refused_rows(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = write_text(&t, "in.csv",
                                  "time,product,quantity,amount\n"
                                  "2024-01-01,A,1,2\n"        /* 2 */
                                  "31.02.2024,B,1,2\n"        /* 3 */
                                  "2024-02-30,C,1,2\n"        /* 4 */
                                  "\n"                        /* 5: blank */
                                  "2024-01-01,\"D\nD\",1,2\n" /* 6, 7 */
                                  "2024-01-01,E,1,1.2.3\n"    /* 8 */
                                  "2024-01-01,F,,2\n"         /* 9 */
                                  "2024-01-01,G,1\n"          /* 10 */
                                  "2024-01-01,H,1,2,3\n"      /* 11 */
                                  "2024-01-01,I,1,2,,\n");    /* 12 */
    const char *rejects = in_folder(&t, "out.csv");
    ku_import_options options = import_options("sale", &path, 1);
    options.rejects_path = rejects;
    assert_imported(&t, import_with(&t, &options));
    assert_int_equal(t.report.read, 9);
    assert_int_equal(t.report.added, 3);
    assert_int_equal(t.report.refused, 6);
    assert_int_equal(t.report.read, t.report.added + t.report.already + t.report.refused);
    assert_int_equal(
        count_in(t.report.reason, t.report.reason_count, "amount: two decimal marks in a number"),
        1);

    char *text = NULL;
    size_t length = 0;
    assert_ok(ku_file_read, rejects, 100000, t.arena, &text, &length);
    const char *expected = ku_arena_printf(
        t.arena,
        "file,line,column,value,reason,row\n"
        "%s,3,time,31.02.2024,no such day in the calendar,\"31.02.2024,B,1,2\"\n"
        "%s,4,time,2024-02-30,no such day in the calendar,\"2024-02-30,C,1,2\"\n"
        "%s,8,amount,1.2.3,two decimal marks in a number,\"2024-01-01,E,1,1.2.3\"\n"
        "%s,9,quantity,\"\",missing,\"2024-01-01,F,,2\"\n"
        "%s,10,\"\",\"\",fewer values than the header has columns,\"2024-01-01,G,1\"\n"
        "%s,11,\"\",\"\",more values than the header has columns,\"2024-01-01,H,1,2,3\"\n",
        path, path, path, path, path, path);
    assert_string_equal(text, expected);
    import_end(&t);
}

static void test_ranges(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = write_text(&t, "in.csv", "product,list_price\nA,5\nB,-1\nC,\n");
    assert_imported(&t, import_file(&t, "product", path));
    assert_int_equal(t.report.added, 2);
    assert_string_equal(t.report.reason[0].what,
                        "list_price: below 0, the least that list_price may be");
    import_end(&t);
}

static void test_missing_values(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    assert_imports(&t, "time,customer,product,quantity,unit_price,amount\n"
                       "2024-01-01,nan,NULL,1,3,\n"
                       "2024-01-01,NA,A,1,N/A,4\n"
                       "2024-01-01,C,A,1,,\n");
    assert_int_equal(t.report.added, 2);
    assert_int_equal(t.report.refused, 1);
    assert_string_equal(t.report.reason[0].what,
                        "amount: missing, and cannot be worked out from the other columns");
    assert_int_equal(count_in(t.report.flag, t.report.flag_count, "no customer"), 1);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale WHERE customer = 'NA'"), 1);
    assert_int_equal(number_of(&t, "SELECT sum(amount)::BIGINT FROM sale"), 7);
    import_end(&t);
}

static void test_number_forms(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    assert_imports(&t, "time,quantity,amount\n"
                       "2024-01-01,1,\"1,234.50\"\n"
                       "2024-01-01,1,(10.25)\n"
                       "2024-01-01,1,$5\n"
                       "2024-01-01,1,7.5 EUR\n"
                       "2024-01-01,1,1e2\n"
                       "2024-01-01,1,3.00-\n");
    assert_int_equal(t.report.added, 6);
    assert_int_equal(number_of(&t, "SELECT round(sum(amount) * 100)::BIGINT FROM sale"),
                     123450 - 1025 + 500 + 750 + 10000 - 300);
    import_end(&t);
}

static void test_strict(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = write_text(&t, "in.csv", "time,quantity,amount\n2024-01-01,1,2\nx,1,2\n");
    ku_import_options options = import_options("sale", &path, 1);
    options.strict = true;
    assert_int_equal(import_with(&t, &options), KU_BAD_DATA);
    assert_says(&t.err, KU_BAD_DATA, "in.csv", "1 of 2 rows are refused");
    assert_true(ku_file_exists(t.report.rejects_path));
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale"), 0);
    options.strict = false;
    assert_imported(&t, import_with(&t, &options));
    assert_int_equal(t.report.added, 1);
    import_end(&t);
}

/* ---- dry run and looking ------------------------------------------------------------------------- */

static void test_dry_run(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = write_text(&t, "in.csv", "time,quantity,amount\n2024-01-01,1,2\nx,1,2\n");
    ku_import_options options = import_options("sale", &path, 1);
    options.dry_run = true;
    assert_imported(&t, import_with(&t, &options));
    assert_null(t.report.batch);
    assert_null(t.report.rejects_path);
    assert_int_equal(t.report.added, 1);
    assert_int_equal(t.report.refused, 1);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM sale"), 0);
    assert_int_equal(number_of(&t, "SELECT count(*) FROM batch"), 0);
    assert_false(ku_file_exists(in_folder(&t, "rejects/import-1.csv")));
    import_end(&t);
}

static void test_detect_only(void **state)
{
    (void)state;
    import_test t;
    import_begin(&t);
    const char *path = write_text(&t, "in.csv", "when;quantity;amount\n2024-01-01;1;2,5\n");
    ku_import_options options = import_options("sale", &path, 1);
    assert_ok(ku_import_detect, t.bank, &options, t.arena, &t.report);
    assert_int_equal(t.report.source_count, 1);
    assert_int_equal(t.report.source[0].decimal, ',');
    assert_string_equal(match_of(&t.report, "time")->how, "absent");
    assert_string_equal(match_of(&t.report, "amount")->column, "amount");
    import_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_decimal_comma_and_german_dates),
        cmocka_unit_test(test_american_dates),
        cmocka_unit_test(test_ambiguous_dates),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_windows_1252),
        cmocka_unit_test(test_encoding_breaks_late),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_other_dialects),
        cmocka_unit_test(test_no_header),
        cmocka_unit_test(test_mapping_errors),
        cmocka_unit_test(test_constants_and_order),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_refused_rows),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_missing_values),
        cmocka_unit_test(test_number_forms),
        cmocka_unit_test(test_strict),
        cmocka_unit_test(test_dry_run),
        cmocka_unit_test(test_detect_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
