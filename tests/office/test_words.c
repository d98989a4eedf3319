/* test_words.c - kinds of files told by their bytes, their words taken out, and files that are
 * built to do harm refused. */
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "made_files.h"
#include "office/documents/text/words.h"

static ku_arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = ku_arena_new();
    return arena == NULL;
}

static int free_arena(void **state)
{
    (void)state;
    ku_arena_free(arena);
    return 0;
}

static void check_kind(const char *expected, made_file file)
{
    assert_string_equal(ku_content_kind_of(file.bytes, file.length)->name, expected);
}

static ku_words take(made_file file)
{
    ku_words words;
    ku_error err = {0};
    check_ok(ku_words_take(file.bytes, file.length, NULL, arena, &words, &err), &err);
    return words;
}

static void check_refused(made_file file, ku_status status, const char *why)
{
    ku_words words;
    ku_error err = {0};
    check_fails(status, why, ku_words_take(file.bytes, file.length, NULL, arena, &words, &err),
                &err);
}

static void kinds_are_told_by_bytes(void **state)
{
    (void)state;
    check_kind("pdf", made_text("%PDF-1.7 and so on"));
    check_kind("docx", made_docx(arena, "x"));
    check_kind("png", made_text("\x89PNG\r\n\x1a\n"));
    check_kind("webp", (made_file){"RIFF\1\2\3\4WEBPVP8 ", 16});
    check_kind("html", made_text("  <!DOCTYPE html><p>x"));
    check_kind("svg", made_text("<?xml version='1.0'?><!-- a --><svg/>"));
    check_kind("xml", made_text("<?xml version='1.0'?><a/>"));
    check_kind("text", made_text("Dear Sir,\nthe price is 3 < 4."));
    check_kind("text", (made_file){"\xff\xfeh\0i\0", 6});
    check_kind("bytes", (made_file){"a\0b", 3});
    check_kind("bytes", (made_file){"", 0});
    check_kind("elf", made_text("\x7f"
                                "ELF\2\1"));
    check_kind("exe", (made_file){"MZ\x90\0\3", 5});
    check_kind("text", made_text("MZ is how this letter begins"));
    made_part parts[] = {{"notes.txt", "hello", 0}, {.name = NULL}};
    check_kind("zip", made_zip(arena, parts));
}

static void words_come_out_of_every_kind(void **state)
{
    (void)state;
    assert_string_equal(take(made_docx(arena, "Prices rise &amp; fall")).text,
                        "Prices rise & fall");
    assert_string_equal(take(made_text("\xef\xbb\xbfone  two\r\n\r\nthree")).text,
                        "one two\nthree");
    assert_string_equal(take((made_file){"\xff\xfe\xe4\0\x3d\xd8\0\xde", 8}).text,
                        "\xc3\xa4\xf0\x9f\x98\x80");
    assert_string_equal(take(made_text("caf\xe9")).text, "caf\xc3\xa9");
    assert_string_equal(take(made_text("<html><style>p{}</style><script>if (a<b) x('</p>')</script>"
                                       "<p title='a>b'>Gr&uuml;<b>ner</b> &#x54;ee &copy;</p>"))
                            .text,
                        "Gr\xc3\xbcner Tee &copy;");
    made_part sheet[] = {{"xl/workbook.xml", "<workbook/>", 0},
                         {"xl/sharedStrings.xml",
                          "<sst><si><t>Name</t></si><si><r><t>Um</t></r><r><t>satz</t></r></si>"
                          "</sst>",
                          0},
                         {.name = NULL}};
    assert_string_equal(take(made_zip(arena, sheet)).text, "Name\nUmsatz");
    made_part odt[] = {
        {"mimetype", "application/vnd.oasis.opendocument.text", 0},
        {"content.xml", "<o><text:p xmlns:text='t'>An<text:s/>order</text:p></o>", 0},
        {.name = NULL}};
    assert_string_equal(take(made_zip(arena, odt)).text, "An order");
}

static void pdf_words_come_from_a_process_of_its_own(void **state)
{
    (void)state;
    if (access("/usr/bin/pdftotext", X_OK) != 0) {
        print_message("skipped: no pdftotext\n");
        skip();
    }
    ku_words words = take(made_pdf(arena, "Discount of seven percent"));
    assert_non_null(words.text);
    assert_string_equal(words.text, "Discount of seven percent");
    words = take(made_text("%PDF-1.4 and then nothing of the kind"));
    assert_null(words.text);
    assert_non_null(strstr(words.note, "damaged"));
}

/* A program in pdftotext's place tells what it was given, and tries what it should not. */
static const char *write_script(const char *body)
{
    static char path[] = "/tmp/kemudi-words-XXXXXX";
    ku_text_copy(path, sizeof path, "/tmp/kemudi-words-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    const char *script = ku_arena_printf(arena, "#!/bin/bash\n%s\n", body);
    ku_error err = {0};
    check_ok(ku_file_write(path, script, strlen(script), 0700, &err), &err);
    return path;
}

static ku_words run_script(const char *body, ku_words_limits limits)
{
    ku_words words;
    ku_error err = {0};
    limits.pdftotext = write_script(body);
    made_file pdf = made_pdf(arena, "x");
    check_ok(ku_words_take(pdf.bytes, pdf.length, &limits, arena, &words, &err), &err);
    unlink(limits.pdftotext);
    return words;
}

static void the_reader_of_pdf_is_fenced_in(void **state)
{
    (void)state;
    setenv("KEMUDI_SECRET_OF_TEST", "visible", 1);
    ku_words words = run_script("echo \"[$KEMUDI_SECRET_OF_TEST]\"; read -N 5 -r a; echo \"$a\"",
                                (ku_words_limits){0});
    assert_string_equal(words.text, "[]\n%PDF-"); /* no environment; the file */
    words = run_script("echo begun; (echo forked); echo end", (ku_words_limits){0});
    assert_true(words.text == NULL || strstr(words.text, "forked") == NULL);
    words = run_script("exec 3<>/dev/tcp/127.0.0.1/9 && echo net; echo x > /tmp/kemudi-words-made; "
                       "[ -e /tmp/kemudi-words-made ] && echo written; echo end",
                       (ku_words_limits){0});
    assert_string_equal(words.text, "end");
    /* Nor does it read what is not the system's own, were it told to. */
    ku_error err = {0};
    const char *secret = ku_arena_printf(arena, "/tmp/kemudi-words-secret-%d", (int)getpid());
    check_ok(ku_file_write(secret, "the key", 7, 0600, &err), &err);
    words = run_script(ku_arena_printf(arena, "a=none; read -r a < %s; echo \"$a\"", secret),
                       (ku_words_limits){0});
    unlink(secret);
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0) /* the kernel's version */
        assert_string_equal(words.text, "none");
    else
        print_message("skipped: this kernel has no Landlock\n");
    double began = ku_clock_seconds();
    words = run_script("while :; do :; done", (ku_words_limits){.seconds = 0.3});
    assert_null(words.text);
    assert_non_null(strstr(words.note, "too long"));
    assert_true(ku_clock_seconds() - began < 5);
    words = run_script("while echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; do :; done",
                       (ku_words_limits){.text_bytes = 10000});
    assert_true(words.cut);
    assert_in_range(words.length, 5000, 10000);
}

static void no_words_are_said_to_be_none(void **state)
{
    (void)state;
    ku_words words = take(made_text("\x89PNG\r\n\x1a\n"));
    assert_null(words.text);
    assert_non_null(strstr(words.note, "hold no words"));
    made_part broken[] = {{"word/document.xml", "<w:p><w:t>half", 0}, {.name = NULL}};
    words = take(made_zip(arena, broken));
    assert_string_equal(words.text, "half"); /* what could be read is found */
    assert_null(take(made_text("PK\3\4 is no archive")).text);
}

static void bombs_are_refused(void **state)
{
    (void)state;
    size_t size = (size_t)64 << 20;
    char *zeros = calloc(1, size);
    made_part bomb[] = {{"word/document.xml", zeros, size}, {.name = NULL}};
    made_file file = made_zip(arena, bomb);
    free(zeros);
    assert_true(file.length < 200000);
    check_refused(file, KU_TOO_LARGE, "unpacks to more");
}

/* An archive that says little of itself and unpacks to much. */
static void what_an_archive_says_is_not_believed(void **state)
{
    (void)state;
    size_t size = (size_t)32 << 20;
    char *xml = malloc(size);
    memset(xml, ' ', size);
    memcpy(xml, "<a>", 3);
    made_part bomb[] = {{"word/document.xml", xml, size}, {.name = NULL}};
    made_file file = made_zip(arena, bomb);
    free(xml);
    unsigned char *bytes = (unsigned char *)(uintptr_t)file.bytes;
    const unsigned char small[4] = {0x10, 0, 0, 0};
    for (size_t i = 0; i + 46 < file.length; i++) {
        if (memcmp(bytes + i, "PK\1\2", 4) == 0) memcpy(bytes + i + 24, small, 4);
        if (memcmp(bytes + i, "PK\3\4", 4) == 0) memcpy(bytes + i + 22, small, 4);
    }
    ku_words words;
    ku_error err = {0};
    double began = ku_clock_seconds();
    ku_status status = ku_words_take(file.bytes, file.length, NULL, arena, &words, &err);
    assert_true(status == KU_TOO_LARGE || (status == KU_OK && words.text == NULL));
    assert_true(ku_clock_seconds() - began < 5);
}

static void archives_that_lead_out_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"../evil.sh", "/etc/passwd", "a/../../b", "c:\\x"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        made_part parts[] = {{names[i], "x", 0}, {.name = NULL}};
        check_refused(made_zip(arena, parts), KU_BAD_DATA, "outside of its folder");
    }
}

static void entities_and_depth_are_refused(void **state)
{
    (void)state;
    made_part laughs[] = {{"word/document.xml",
                           "<!DOCTYPE w [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><w><t>&b;</t></w>",
                           0},
                          {.name = NULL}};
    check_refused(made_zip(arena, laughs), KU_BAD_DATA, "no office program writes it");
    char *deep = ku_arena_alloc(arena, 3001);
    for (int i = 0; i < 1000; i++) memcpy(deep + 3 * i, "<a>", 4);
    made_part nested[] = {{"word/document.xml", deep, 0}, {.name = NULL}};
    check_refused(made_zip(arena, nested), KU_BAD_DATA, "no office program writes it");
}

static void pictures_with_scripts_are_refused(void **state)
{
    (void)state;
    static const char *const active[] = {
        "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "<svg onload='alert(1)'/>",
        "<svg><a xlink:href=' java\tscript:alert(1)'/></svg>",
        "<svg><a href='&#106;avascript:alert(1)'/></svg>",
        "<svg><foreignObject><p/></foreignObject></svg>",
        "<svg><set attributeName='href' to='javascript:x'/></svg>",
        "<svg><image href='data:image/svg+xml;base64,AA=='/></svg>",
        "<?xml-stylesheet href='x.xsl' type='text/xsl'?><svg/>",
        "<!DOCTYPE svg [<!ENTITY x 'y'>]><svg>&x;</svg>",
        "<?xml version='1.0'?><x:SCRIPT xmlns:x='http://www.w3.org/1999/xhtml'/>",
        "<svg><unclosed></svg>",
    };
    for (size_t i = 0; i < sizeof active / sizeof *active; i++)
        check_refused(made_text(active[i]), KU_BAD_DATA, "not taken in");
    assert_string_equal(take(made_text("<svg><text>Our logo</text><a href='#x'/>"
                                       "<image href='data:image/png;base64,AA=='/></svg>"))
                            .text,
                        "Our logo");
    check_refused(made_text("\x7f"
                            "ELF\2\1"),
                  KU_BAD_DATA, "a program");
}

static void names_with_folders_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "../x.pdf", "a/b.pdf", "a\\b.pdf", ".htaccess",
                                      "a\nb", " a.pdf",   "a\xff",   "a:b",      "x\x7f"};
    ku_error err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        check_fails(KU_BAD_DATA, "the file's name", ku_content_name_check(bad[i], &err), &err);
        assert_string_equal(err.where, "name");
    }
    check_ok(ku_content_name_check("Prices 2027 \xe2\x80\x93 draft (3).docx", &err), &err);
    char *longest = ku_arena_alloc(arena, 202);
    memset(longest, 'a', 201);
    longest[201] = '\0';
    check_fails(KU_BAD_DATA, "longer than 200", ku_content_name_check(longest, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_told_by_bytes),
        cmocka_unit_test(words_come_out_of_every_kind),
        cmocka_unit_test(pdf_words_come_from_a_process_of_its_own),
        cmocka_unit_test(the_reader_of_pdf_is_fenced_in),
        cmocka_unit_test(no_words_are_said_to_be_none),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(what_an_archive_says_is_not_believed),
        cmocka_unit_test(archives_that_lead_out_are_refused),
        cmocka_unit_test(entities_and_depth_are_refused),
        cmocka_unit_test(pictures_with_scripts_are_refused),
        cmocka_unit_test(names_with_folders_are_refused),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
