/* test_files.c - the files people bring: names in place of codes, mappings by hand, and
 * everything that can be wrong with a file, each with its exit code and words. */
#include "cli_support.h"

/* ---- writing files ---------------------------------------------------------------------- */

static const char *write_bytes(const fixture *f, const char *name, const char *bytes, size_t length)
{
    ku_error err = {0};
    const char *path = ku_arena_printf(f->arena, "%s/%s", f->folder, name);
    check_ok(ku_file_write(path, bytes, length, 0600, &err), &err);
    return path;
}

static const char *write_text(const fixture *f, const char *name, const char *text)
{
    return write_bytes(f, name, text, strlen(text));
}

static const char *new_workspace(const fixture *f, const char *name)
{
    const char *w = ku_arena_printf(f->arena, "%s/%s", f->folder, name);
    assert_int_equal(kemudi(f, "init -w %s -q", w).code, 0);
    return w;
}

/* Forty days of two articles: one is in the list of products, one only on the lines. */
static const char *write_sales(const fixture *f)
{
    ku_text text = {0};
    ku_text_add(&text, "time,product,description,channel,quantity,amount\n");
    for (int day = 0; day < 40; day++)
        ku_text_addf(&text,
                     "2026-%02d-%02d,85123A,HOLDER,www,%d,%d\n"
                     "2026-%02d-%02d,22086B,PAPER CHAIN,pos,%d,%d\n",
                     1 + day / 28, 1 + day % 28, 3 + day % 7, 30 + day % 5, 1 + day / 28,
                     1 + day % 28, 2 + day % 3, 12 + day % 4);
    const char *path = write_text(f, "codes.csv", ku_text_string(&text));
    ku_text_clear(&text);
    return path;
}

/* ---- names ------------------------------------------------------------------------------- */

static void test_names_in_place_of_codes(void **state)
{
    const fixture *f = *state;
    const char *w = new_workspace(f, "named");
    const char *channels = write_text(f, "channels.csv", "channel,name\nwww,Web shop\npos,Shops\n");
    const char *products = write_text(f, "products.csv",
                                      "product,name\n85123A,White T-light holder\n");
    expect(kemudi(f, "import sale %s -w %s", write_sales(f), w), 0, "");
    expect_out(kemudi(f, "run sales.overview -w %s --table members --format csv", w),
               "\nchannel,www,");
    expect(kemudi(f, "import channel %s -w %s", channels, w), 0, "");
    expect(kemudi(f, "import product %s -w %s", products, w), 0, "");
    outcome members = kemudi(f, "run sales.overview -w %s --table members --format csv", w);
    expect_out(members, "\nchannel,Web shop,");
    expect_out(members, "\nchannel,Shops,");
    outcome channel = kemudi(f, "run demand.forecast --by channel -w %s --format csv", w);
    expect_out(channel, "\nWeb shop,2026-");
    outcome product = kemudi(f, "run demand.forecast --by product -w %s --format csv", w);
    expect_out(product, "\n85123A White T-light holder,2026-");
    expect_out(product, "\n22086B PAPER CHAIN,2026-");
}

/* Two channels of one name stay two. */
static void test_shared_names(void **state)
{
    const fixture *f = *state;
    const char *w = new_workspace(f, "shared");
    const char *channels = write_text(f, "twins.csv", "channel,name\nwww,Shop\npos,Shop\n");
    expect(kemudi(f, "import sale %s -w %s", write_sales(f), w), 0, "");
    expect(kemudi(f, "import channel %s -w %s", channels, w), 0, "");
    outcome members = kemudi(f, "run sales.overview -w %s --table members --format csv", w);
    expect_out(members, "\nchannel,www,");
    expect_out(members, "\nchannel,pos,");
}

static void test_the_others_are_one_line(void **state)
{
    const fixture *f = *state;
    ku_text text = {0};
    ku_text_add(&text, "time,region,quantity,amount\n");
    for (int i = 0; i < 6; i++) ku_text_addf(&text, "2026-01-31,R%d,1,%d\n", i, 10 + i);
    const char *path = write_text(f, "regions.csv", ku_text_string(&text));
    ku_text_clear(&text);
    outcome all = kemudi(f, "run sales.overview --in sale=%s --table members --format csv", path);
    expect_out(all, "\nregion,R5,15,");
    expect_out(all, "\nregion,R0,10,");
    outcome few = kemudi(f, "run sales.overview --most 2 --in sale=%s --table members --format csv",
                         path);
    expect_out(few, "\nregion,R4,14,");
    expect_out(few, "\nregion,4 other regions,46,");
    assert_null(strstr(few.out, "R3"));
    /* one alone keeps its name */
    outcome five = kemudi(
        f, "run sales.overview --most 5 --in sale=%s --table members --format csv", path);
    expect_out(five, "\nregion,R0,10,");
}

/* ---- mappings ---------------------------------------------------------------------------- */

static void test_beginning_of_a_column(void **state)
{
    const fixture *f = *state;
    const char *w = new_workspace(f, "families");
    outcome import = kemudi(
        f, "import sale %s -w %s --map product_group=product:5 --map region==North", write_sales(f),
        w);
    expect(import, 0, "product_group    from the first 5 characters of product");
    expect(import, 0, "product          from product");
    expect(import, 0, "region           always \"North\"");
    outcome members = kemudi(f, "run sales.overview -w %s --table members --format csv", w);
    expect_out(members, "\nproduct group,85123,");
    expect_out(members, "\nproduct group,22086,");
    expect_out(members, "\nregion,North,");
}

static void test_saved_profile(void **state)
{
    const fixture *f = *state;
    const char *w = new_workspace(f, "till");
    const char *first = write_text(f, "till1.csv", "wann;was;menge;wert\n31.01.2026;Ab1;1;2,50\n");
    const char *second = write_text(f, "till2.csv", "wann;was;menge;wert\n01.02.2026;Cd2;1;3,50\n");
    expect(kemudi(f,
                  "import sale %s -w %s --map time=wann --map product=was --map quantity=menge "
                  "--map amount=wert --map product_group=was:2 --save-profile till",
                  first, w),
           0, "kept as profile till");
    expect_out(kemudi(f, "profiles -w %s", w), "till");
    outcome next = kemudi(f, "import sale %s -w %s --profile till", second, w);
    expect_out(next, "1 added");
    expect(next, 0, "from the first 2 characters of was (profile)");
    expect(kemudi(f, "import sale %s -w %s --profile tull", second, w), 5, "did you mean till?");
}

/* ---- bad files --------------------------------------------------------------------------- */

static void test_refused_files(void **state)
{
    const fixture *f = *state;
    static const char garbage[] = "\x01\x02\0\xff\x80PK\0\0binary\0\0\x7f\x13\x37\0";
    const char *w = new_workspace(f, "bad");
    const struct {
        const char *path, *words;
    } bad[] = {
        {write_text(f, "no_quantity.csv", "time,amount\n2026-01-01,1\n"), "--map quantity=COLUMN"},
        {write_text(f, "twice.csv", "time,amount,amount,quantity\n2026-01-01,1,2,3\n"),
         "two columns are named amount"},
        {write_text(f, "empty.csv", ""), "the file is empty"},
        {write_text(f, "header.csv", "time,quantity,amount\n"), "names of columns but no rows"},
        {write_text(f, "open.csv", "time,quantity,amount\n\"2026-01-01,1,2\n"), "never closed"},
        {write_text(f, "feb.csv", "time;quantity;amount\n31.02.2026;1;2\n"),
         "no such day in the calendar"},
        {write_text(f, "list.json", "[{\"time\":\"2026-01-01\",\"quantity\":1,\"amount\":2}]"),
         "one object a line"},
        {write_text(f, "far.csv", "time,quantity,amount\n9999-12-31,1,2\n"), "the year"},
        {write_bytes(f, "garbage.csv", garbage, sizeof garbage), "binary data"},
        {write_text(f, "cut.parquet", "PAR1 this is not PAR1"), "Parquet"},
        {f->folder, "this is a folder"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        outcome import = kemudi(f, "import sale %s -w %s", bad[i].path, w);
        expect(import, 3, bad[i].words);
        assert_null(strstr(import.say, "/proc/"));
    }
    expect(kemudi(f, "import sale %s/absent.csv -w %s", f->folder, w), 5, "there is no such file");
    expect(kemudi(f, "import slae %s -w %s", f->sales, w), 5, "did you mean sale?");
    expect_out(kemudi(f, "verify -w %s", w), "bank.duckdb: good, 0 rows");
    expect_out(kemudi(f, "batches -w %s", w), "");
}

static void test_refused_rows(void **state)
{
    const fixture *f = *state;
    const char *w = new_workspace(f, "rows");
    const char *path = write_text(f, "rows.csv",
                                  "time;quantity;amount\n"
                                  "31.02.2026;1;2,50\n"
                                  "01.03.2026;2;3,5,0\n"
                                  "01.03.2026;2;3,50\n");
    outcome strict = kemudi(f, "import sale %s -w %s --strict", path, w);
    expect(strict, 3, "2 of 3 rows are refused");
    expect_out(kemudi(f, "verify -w %s", w), "bank.duckdb: good, 0 rows");
    outcome kept = kemudi(f, "import sale %s -w %s --rejects %s/rows.rejects", path, w, f->folder);
    expect_out(kept, "3 rows read, 1 added, 0 already in the bank, 2 refused");
    expect(kept, 0, "no such day in the calendar: 1 row\n");
    const char *rejects = slurp(f, "rows.rejects");
    assert_non_null(strstr(rejects, "rows.csv,2,time,31.02.2026,no such day in the calendar,"));
    assert_non_null(strstr(rejects, "rows.csv,3,amount,\"3,5,0\",two decimal marks in a number,"));
}

static void test_wrong_words(void **state)
{
    const fixture *f = *state;
    const char *w = new_workspace(f, "words");
    expect(kemudi(f, "import sale %s -w %s --encoding ebcdic", f->sales, w), 2,
           "expected utf-8, latin-1 or utf-16");
    expect(kemudi(f, "import sale %s -w %s --map foo=bar", f->sales, w), 2,
           "sale has no field foo");
    expect(kemudi(f, "import sale %s -w %s --map amount=total", f->sales, w), 3,
           "there is no column total");
    expect(kemudi(f, "import sale %s -w %s --profle x", f->sales, w), 2, "did you mean --profile?");
    expect(kemudi(f, "import sale %s -w %s", f->sales, f->sales), 5, "this is a file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_in_place_of_codes),
        cmocka_unit_test(test_shared_names),
        cmocka_unit_test(test_the_others_are_one_line),
        cmocka_unit_test(test_beginning_of_a_column),
        cmocka_unit_test(test_saved_profile),
        cmocka_unit_test(test_refused_files),
        cmocka_unit_test(test_refused_rows),
        cmocka_unit_test(test_wrong_words),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
