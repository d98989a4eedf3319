/* cli_support.h - running the real program and looking at what it says. What it returns
 * lives in the fixture's arena. */
#ifndef KU_TESTS_CLI_SUPPORT_H
#define KU_TESTS_CLI_SUPPORT_H

#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include <jansson.h>

#include "base/file.h"
#include "base/text.h"
#include "check.h"
#include "kemudi/analysis.h"

enum { MOST_ARGS = 24, MOST_OUTPUT = 4 << 20 };

typedef struct outcome {
    int code;
    char *out, *say; /* in the arena */
} outcome;

typedef struct fixture {
    ku_arena *arena;
    char folder[64];
    char *sales; /* a small file of sales */
} fixture;

/* ---- running the program -------------------------------------------------------------- */

static inline char *slurp(const fixture *f, const char *name)
{
    char *bytes;
    size_t length;
    ku_error err = {0};
    const char *path = ku_arena_printf(f->arena, "%s/%s", f->folder, name);
    check_ok(ku_file_read(path, MOST_OUTPUT, f->arena, &bytes, &length, &err), &err);
    return bytes;
}

static inline outcome run_program(const fixture *f, const char *program, char *const *argv)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;
    const char *out = ku_arena_printf(f->arena, "%s/out", f->folder);
    const char *say = ku_arena_printf(f->arena, "%s/say", f->folder);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, say, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(posix_spawnp(&pid, program, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return (outcome){WEXITSTATUS(status), slurp(f, "out"), slurp(f, "say")};
}

/* kemudi with the words of `line`, separated by spaces; %s stands for the folder. */
static inline outcome kemudi(const fixture *f, const char *format, ...) KU_PRINTF(2, 3);
static inline outcome kemudi(const fixture *f, const char *format, ...)
{
    char *argv[MOST_ARGS] = {getenv("KEMUDI")}, *rest = NULL;
    int count = 1;
    va_list args;
    assert_non_null(argv[0]);
    va_start(args, format);
    char *line = ku_arena_vprintf(f->arena, format, args);
    va_end(args);
    for (char *at = strtok_r(line, " ", &rest); at; at = strtok_r(NULL, " ", &rest)) {
        assert_true(count < MOST_ARGS - 1);
        argv[count++] = at;
    }
    return run_program(f, argv[0], argv);
}

static inline void expect_at(outcome found, int code, const char *words, const char *file, int line)
{
    if (found.code == code && strstr(found.say, words)) return;
    print_error("expected exit %d and \"%s\"; found exit %d and:\n%s\n", code, words, found.code,
                found.say);
    _fail(file, line);
}
#define expect(outcome, code, words) expect_at((outcome), (code), (words), __FILE__, __LINE__)

static inline void expect_out_at(outcome found, const char *words, const char *file, int line)
{
    if (found.code == 0 && strstr(found.out, words)) return;
    print_error("expected \"%s\"; found exit %d and:\n%s\n%s\n", words, found.code, found.out,
                found.say);
    _fail(file, line);
}
#define expect_out(outcome, words) expect_out_at((outcome), (words), __FILE__, __LINE__)

/* ---- fixture ---------------------------------------------------------------------------- */

static inline const char *sales_overview_example(void)
{
    return ku_analysis_file(ku_analysis_find("sales.overview"), "example/sale.csv", NULL);
}

static inline int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    ku_error err = {0};
    f->arena = ku_arena_new();
    snprintf(f->folder, sizeof f->folder, "/tmp/kemudi-cli-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->sales = ku_arena_printf(f->arena, "%s/sales.csv", f->folder);
    const char *text = sales_overview_example();
    check_ok(ku_file_write(f->sales, text, strlen(text), 0600, &err), &err);
    unsetenv("KEMUDI_WORKSPACE");
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    fixture *f = *state;
    ku_error err = {0};
    check_ok(ku_folder_remove(f->folder, &err), &err);
    ku_arena_free(f->arena);
    free(f);
    return 0;
}

#endif
