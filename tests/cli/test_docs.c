/* test_docs.c - kemudi docs: every analysis, fact and command has its page or its chapter, and
 * every link on every page leads somewhere. */
#include <dirent.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include "app/cli/command.h"
#include "bank/fact.h"
#include "base/file.h"
#include "base/text.h"
#include "check.h"
#include "kemudi/analysis.h"

#define MOST_PAGE ((size_t)4 << 20)

typedef struct fixture {
    ku_arena *arena;
    char folder[64];
} fixture;

static int run_docs(const char *folder)
{
    extern char **environ;
    pid_t pid;
    int status;
    char *argv[] = {getenv("KEMUDI"), "docs", "--quiet", "--out", (char *)folder, NULL};
    assert_non_null(argv[0]);
    assert_int_equal(posix_spawn(&pid, argv[0], NULL, NULL, argv, environ), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->arena = ku_arena_new();
    snprintf(f->folder, sizeof f->folder, "/tmp/kemudi-docs-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    *state = f;
    return run_docs(f->folder);
}

static int tear_down(void **state)
{
    fixture *f = *state;
    ku_error err = {0};
    check_ok(ku_folder_remove(f->folder, &err), &err);
    ku_arena_free(f->arena);
    free(f);
    return 0;
}

static char *page(const fixture *f, const char *path)
{
    char *bytes;
    size_t length;
    ku_error err = {0};
    check_ok(ku_file_read(ku_arena_printf(f->arena, "%s/%s", f->folder, path), MOST_PAGE, f->arena,
                          &bytes, &length, &err),
             &err);
    return bytes;
}

static void expect_on(const char *page, const char *name, const char *words)
{
    if (strstr(page, words)) return;
    print_error("page %s: expected \"%s\"\n", name, words);
    fail();
}

/* ---- what must be there ---------------------------------------------------------------------- */

static void test_every_analysis_has_its_page(void **state)
{
    const fixture *f = *state;
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    for (size_t i = 0; i < count; i++) {
        const char *name = ku_arena_printf(f->arena, "analyses/%s.md", all[i]->id);
        const char *text = page(f, name);
        expect_on(text, name, all[i]->question);
        for (const ku_param_spec *p = all[i]->params; p && p->name; p++)
            expect_on(text, name, ku_arena_printf(f->arena, "| `--%s` |", p->name));
        for (const ku_table_spec *t = all[i]->outputs; t->name; t++)
            if (!t->optional)
                expect_on(text, name, ku_arena_printf(f->arena, "results/%s.csv", t->name));
        for (const char *word = "What is assumed\0Sources\0How to read it\0Worked example\0"; *word;
             word += strlen(word) + 1)
            expect_on(text, name, word);
        expect_on(page(f, "index.md"), "index.md", ku_arena_printf(f->arena, "(%s)", name));
    }
}

static void test_every_fact_has_its_page(void **state)
{
    const fixture *f = *state;
    size_t count;
    const ku_fact *const *all = ku_facts(&count);
    for (size_t i = 0; i < count; i++) {
        const char *name = ku_arena_printf(f->arena, "facts/%s.md", all[i]->name);
        const char *text = page(f, name);
        for (const ku_fact_column *c = all[i]->columns; c->name; c++)
            expect_on(text, name, ku_arena_printf(f->arena, "| `%s` |", c->name));
        expect_on(page(f, "index.md"), "index.md", ku_arena_printf(f->arena, "(%s)", name));
    }
}

static void test_every_command_has_its_chapter(void **state)
{
    const fixture *f = *state;
    const char *text = page(f, "commands.md");
    for (const cli_command *const *c = cli_commands(); *c; c++) {
        if ((*c)->hidden) continue;
        expect_on(text, "commands.md", ku_arena_printf(f->arena, "\n## kemudi %s\n", (*c)->name));
        for (const cli_option *o = (*c)->options; o && o->name; o++)
            expect_on(text, "commands.md", ku_arena_printf(f->arena, "--%s", o->name));
    }
}

/* ---- links --------------------------------------------------------------------------------------- */

/* Whether a page has the heading of an anchor: letters lower, spaces as dashes. */
static bool has_heading(const char *text, const char *anchor)
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line != '#') continue;
        const char *at = line + strspn(line, "# "), *want = anchor;
        for (; *at && *at != '\n'; at++) {
            char c = *at == ' ' ? '-' : ku_char_lower(*at);
            if (c != *want++) break;
        }
        if (*want == '\0' && (*at == '\n' || *at == '\0')) return true;
    }
    return false;
}

/* A link as seen from the folder of its page ("" or "facts/"). */
static void check_link(const fixture *f, const char *name, const char *at, const char *link)
{
    if (strstr(link, "://")) return;
    const char *mark = strchr(link, '#');
    const char *file = ku_arena_strndup(f->arena, link,
                                        mark ? (size_t)(mark - link) : strlen(link));
    const char *path = ku_arena_printf(f->arena, "%s%s", at, file);
    if (!ku_file_exists(ku_arena_printf(f->arena, "%s/%s", f->folder, path)) ||
        (mark && !has_heading(page(f, path), mark + 1))) {
        print_error("page %s: the link \"%s\" leads nowhere\n", name, link);
        fail();
    }
}

static int check_page(const fixture *f, const char *at, const char *file)
{
    int links = 0;
    const char *name = ku_arena_printf(f->arena, "%s%s", at, file);
    for (const char *text = page(f, name); (text = strstr(text, "](")) != NULL; links++) {
        text += 2;
        size_t length = strcspn(text, ")\n");
        assert_int_equal(text[length], ')');
        check_link(f, name, at, ku_arena_strndup(f->arena, text, length));
    }
    return links;
}

static int check_folder(const fixture *f, const char *at)
{
    int links = 0;
    DIR *folder = opendir(ku_arena_printf(f->arena, "%s/%s", f->folder, at));
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (ku_text_ends(entry->d_name, ".md")) links += check_page(f, at, entry->d_name);
    closedir(folder);
    return links;
}

static void test_no_link_is_broken(void **state)
{
    const fixture *f = *state;
    size_t analyses, facts;
    ku_analyses(&analyses);
    ku_facts(&facts);
    int links = check_folder(f, "") + check_folder(f, "facts/") + check_folder(f, "analyses/");
    assert_true(links > (int)(2 * (analyses + facts)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_analysis_has_its_page),
        cmocka_unit_test(test_every_fact_has_its_page),
        cmocka_unit_test(test_every_command_has_its_chapter),
        cmocka_unit_test(test_no_link_is_broken),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
