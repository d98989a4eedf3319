/* The direction of dependence: reads what every file below src and include includes and
 * fails on an arrow that runs back up; and compiles every header alone. */
#include <dirent.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/text.h"
#include "check.h"

extern char **environ;

/* Which modules each may include, besides itself and the public headers. A new module must
 * say here where it stands. */
static const struct {
    const char *module;
    const char *below[13];
} rules[] = {
    {"base", {NULL}},
    {"frames", {"base", NULL}},
    {"num", {"base", "frames", NULL}},
    {"forecast", {"base", "frames", "num", NULL}},
    {"customers", {"base", "frames", "num", NULL}},
    {"returns", {"base", "frames", "num", NULL}},
    {"analyses", {"base", "frames", "num", "forecast", "customers", "returns", NULL}},
    {"bank", {"base", "frames", NULL}},
    {"simulate", {"base", "frames", "num", "bank", NULL}},
    {"report", {"base", "frames", NULL}},
    {"workspace", {"base", "frames", "bank", NULL}},
    {"access", {"base", "workspace", "bank", NULL}},
    {"office", {"base", "workspace", "access", "bank", NULL}},
    {"runs", {"base", "frames", "bank", "workspace", "analyses", NULL}},
    {"demo", {"base", "frames", "bank", "simulate", "workspace", "access", "office", NULL}},
    {"app",
     {"base", "frames", "analyses", "bank", "simulate", "report", "workspace", "runs", "demo",
      "access", "office", NULL}},
};

enum { RULES = sizeof rules / sizeof *rules };

static int rule_of(const char *module)
{
    for (int i = 0; i < RULES; i++)
        if (strcmp(rules[i].module, module) == 0) return i;
    return -1;
}

static bool may_include(const char *module, const char *included)
{
    if (strcmp(module, included) == 0 || strcmp(included, "kemudi") == 0) return true;
    int rule = rule_of(module);
    if (rule < 0 || rule_of(included) < 0) return false;
    for (const char *const *below = rules[rule].below; *below != NULL; below++)
        if (strcmp(*below, included) == 0) return true;
    return false;
}

/* ---- walking the sources ---------------------------------------------------------------- */

typedef struct tally {
    int files, wrong;
} tally;

typedef void visit_fn(const char *path, const char *module, tally *t);

static bool is_source(const char *name)
{
    return ku_text_ends(name, ".c") || ku_text_ends(name, ".h");
}

static void walk(const char *folder, const char *module, visit_fn *visit, tally *t)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[1024];
        struct stat st;
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        assert_int_equal(stat(path, &st), 0);
        if (S_ISDIR(st.st_mode))
            walk(path, module != NULL ? module : entry->d_name, visit, t);
        else if (is_source(entry->d_name))
            visit(path, module != NULL ? module : "app", t); /* src/main.c is of the app */
    }
    closedir(dir);
}

/* ---- includes ------------------------------------------------------------------------------ */

/* The first folder of `#include "folder/file.h"`, or nothing. */
static bool included_module(const char *line, char to[64])
{
    static const char start[] = "#include \"";
    if (!ku_text_starts(line, start)) return false;
    const char *name = line + sizeof start - 1;
    size_t length = strcspn(name, "/\"\n");
    if (name[length] != '/') return false;
    ku_text_copyn(to, 64, name, length);
    return true;
}

/* An analysis' own tests, test.c and test_<subject>.c in its folder, may use the library's
 * inside as every test may. */
static bool is_test(const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    return strcmp(name, "test.c") == 0 || ku_text_starts(name, "test_");
}

static void check_includes(const char *path, const char *module, tally *t)
{
    ku_arena *arena = ku_arena_new();
    char *bytes, included[64];
    size_t length;
    ku_error err = {0};
    check_ok(ku_file_read(path, 1 << 24, arena, &bytes, &length, &err), &err);
    t->files++;
    for (char *line = bytes; line != NULL; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        if (!included_module(line, included) || is_test(path) || may_include(module, included))
            continue;
        print_error("%s includes %s, which %s may not\n", path, included, module);
        t->wrong++;
    }
    ku_arena_free(arena);
}

static void no_include_runs_back_up(void **state)
{
    (void)state;
    char folder[512];
    tally t = {0, 0};
    walk(source_path("src", folder, sizeof folder), NULL, check_includes, &t);
    walk(source_path("include", folder, sizeof folder), "kemudi", check_includes, &t);
    assert_true(t.files > 50);
    assert_int_equal(t.wrong, 0);
}

static void the_rule_itself_is_sound(void **state)
{
    (void)state;
    assert_false(may_include("base", "frames"));
    assert_false(may_include("analyses", "bank"));
    assert_false(may_include("runs", "app"));
    assert_false(may_include("base", "unheard-of"));
    assert_true(may_include("app", "runs"));
    /* No two modules may include each other. */
    for (int a = 0; a < RULES; a++)
        for (int b = 0; b < RULES; b++)
            if (a != b && may_include(rules[a].module, rules[b].module))
                assert_false(may_include(rules[b].module, rules[a].module));
}

/* ---- headers ----------------------------------------------------------------------------------- */

static int compile_alone(const char *path)
{
    char include[512], src[512], banned[512], duckdb[512];
    char flag_include[540], flag_src[540], flag_duckdb[540];
    snprintf(flag_include, sizeof flag_include, "-I%s",
             source_path("include", include, sizeof include));
    snprintf(flag_src, sizeof flag_src, "-I%s", source_path("src", src, sizeof src));
    snprintf(flag_duckdb, sizeof flag_duckdb, "-isystem%s",
             source_path("build/third_party/duckdb", duckdb, sizeof duckdb));
    source_path("src/base/banned.h", banned, sizeof banned);
    const char *compiler = getenv("CC") != NULL ? getenv("CC") : "cc";
    const char *args[] = {compiler,
                          "-std=gnu17",
                          "-D_GNU_SOURCE",
                          "-Wall",
                          "-Wextra",
                          "-Werror",
                          "-fsyntax-only",
                          "-include",
                          banned,
                          flag_include,
                          flag_src,
                          flag_duckdb,
                          "-I/usr/include/cairo",
                          "-xc",
                          "-include",
                          path,
                          "/dev/null",
                          NULL};
    pid_t child;
    int status;
    if (posix_spawnp(&child, compiler, NULL, NULL, (char *const *)args, environ) != 0) return -1;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_header(const char *path, const char *module, tally *t)
{
    (void)module;
    if (!ku_text_ends(path, ".h")) return;
    t->files++;
    if (compile_alone(path) == 0) return;
    print_error("%s does not compile alone\n", path);
    t->wrong++;
}

static void every_header_compiles_alone(void **state)
{
    (void)state;
    char folder[512];
    tally t = {0, 0};
    walk(source_path("include", folder, sizeof folder), "kemudi", check_header, &t);
    walk(source_path("src", folder, sizeof folder), NULL, check_header, &t);
    assert_true(t.files > 20);
    assert_int_equal(t.wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_include_runs_back_up),
        cmocka_unit_test(the_rule_itself_is_sound),
        cmocka_unit_test(every_header_compiles_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
