/* test_paper.c - papers: what is added is on them, page after page, and the same every time. */
#include <string.h>

#include "check.h"
#include "office/documents/text/words.h"
#include "report/paper.h"

static ku_arena *arena;

typedef struct file {
    void *bytes;
    size_t length;
} file;

static file finish(ku_paper *paper)
{
    file f;
    ku_error err = {0};
    check_ok(ku_paper_finish(paper, arena, &f.bytes, &f.length, &err), &err);
    ku_paper_free(paper);
    return f;
}

static ku_paper *begin(void)
{
    ku_paper *paper = NULL;
    ku_error err = {0};
    check_ok(ku_paper_new("Order 7", &paper, &err), &err);
    return paper;
}

/* What another program reads from it. */
static const char *words_of(file f)
{
    ku_words words;
    ku_error err = {0};
    if (access("/usr/bin/pdftotext", X_OK) != 0) {
        print_message("skipped: no pdftotext\n");
        skip();
    }
    check_ok(ku_words_take(f.bytes, f.length, NULL, arena, &words, &err), &err);
    assert_non_null(words.text);
    return words.text;
}

/* The foot of each page bears the title. */
static size_t pages_of(file f)
{
    size_t count = 0;
    for (const char *at = words_of(f); (at = strstr(at, "Order 7")) != NULL; at++) count++;
    return count;
}

static file short_paper(void)
{
    static const char *const heads[] = {"Who", "When"};
    static const double shares[] = {2, 1};
    ku_paper *paper = begin();
    ku_paper_heading(paper, 1, "On the fair");
    ku_paper_field(paper, "Number", "ORD-2026-007");
    ku_paper_text(paper, "First line.\n\nSecond paragraph.");
    ku_paper_table(paper, 2, heads, shares);
    ku_paper_row(paper, (const char *const[]){"Ana Putri", NULL});
    ku_paper_signature(paper, "Marketing director", "Date");
    return finish(paper);
}

static void what_is_added_is_there(void **state)
{
    static const char *const expected[] = {"On the fair",      "Number",    "ORD-2026-007",
                                           "Second paragraph", "Ana Putri", "Marketing director",
                                           "Order 7"};
    (void)state;
    const char *words = words_of(short_paper());
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        if (strstr(words, expected[i]) == NULL) print_error("missing: %s\n", expected[i]);
        assert_non_null(strstr(words, expected[i]));
    }
}

static void the_same_paper_is_the_same_file(void **state)
{
    (void)state;
    file one = short_paper(), two = short_paper();
    assert_int_equal(one.length, two.length);
    assert_memory_equal(one.bytes, two.bytes, one.length);
    assert_int_equal(pages_of(one), 1);
}

static void long_papers_run_on(void **state)
{
    static const char *const heads[] = {"No.", "Name"};
    static const double shares[] = {1, 4};
    (void)state;
    ku_paper *paper = begin();
    ku_paper_table(paper, 2, heads, shares);
    for (int i = 1; i <= 120; i++) {
        const char *cells[] = {ku_arena_printf(arena, "%d", i),
                               ku_arena_printf(arena, "Person%d", i)};
        ku_paper_row(paper, cells);
    }
    file f = finish(paper);
    assert_int_equal(pages_of(f), 4);
    const char *words = words_of(f);
    assert_non_null(strstr(words, "Person1\n"));
    assert_non_null(strstr(words, "Person120"));
    int heads_seen = 0;
    for (const char *at = words; (at = strstr(at, "No.")) != NULL; at++) heads_seen++;
    assert_int_equal(heads_seen, 4); /* the head stands on every page */
}

static void long_paragraphs_are_parted(void **state)
{
    (void)state;
    size_t length = 20000;
    char *text = ku_arena_alloc(arena, length + 1);
    for (size_t i = 0; i < length; i++) text[i] = i % 6 == 5 ? ' ' : 'a';
    memcpy(text + length - 5, "omega", 6);
    ku_paper *paper = begin();
    ku_paper_text(paper, text);
    file f = finish(paper);
    assert_true(pages_of(f) >= 4);
    assert_non_null(strstr(words_of(f), "omega"));
    /* Without a single blank it still ends. */
    memset(text, 'x', length);
    paper = begin();
    ku_paper_text(paper, text);
    assert_true(pages_of(finish(paper)) >= 1);
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_is_there),
        cmocka_unit_test(the_same_paper_is_the_same_file),
        cmocka_unit_test(long_papers_run_on),
        cmocka_unit_test(long_paragraphs_are_parted),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
