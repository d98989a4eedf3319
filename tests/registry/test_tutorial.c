/* test_tutorial.c - an analysis nobody has listed anywhere: the one of the tutorial in
 * CONTRIBUTING.md, built into a second program, shows up by itself in the command line, the
 * reference and the API, and its worked example comes out. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <jansson.h>

#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "check.h"
#include "kemudi/arena.h"

#define MOST_OUTPUT ((size_t)8 << 20)

typedef struct fixture {
    ku_arena *arena;
    char folder[64];
    pid_t server; /* while it runs, else 0 */
} fixture;

/* ---- running programs --------------------------------------------------------------------------- */

static pid_t start(const fixture *f, char *const *argv)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    pid_t pid;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, ku_arena_printf(f->arena, "%s/out", f->folder),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    assert_int_equal(posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static char *read_file(const fixture *f, const char *name)
{
    char *bytes;
    size_t length;
    ku_error err = {0};
    check_ok(ku_file_read(ku_arena_printf(f->arena, "%s/%s", f->folder, name), MOST_OUTPUT,
                          f->arena, &bytes, &length, &err),
             &err);
    return bytes;
}

/* Runs the words of a line, separated by spaces, and returns what was printed. */
static char *run(const fixture *f, const char *format, ...) KU_PRINTF(2, 3);
static char *run(const fixture *f, const char *format, ...)
{
    char *argv[32] = {NULL}, *rest = NULL;
    int count = 0, status;
    va_list args;
    va_start(args, format);
    char *line = ku_arena_vprintf(f->arena, format, args);
    va_end(args);
    const char *said = ku_arena_strdup(f->arena, line);
    for (char *at = strtok_r(line, " ", &rest); at && count < 31; at = strtok_r(NULL, " ", &rest))
        argv[count++] = at;
    assert_int_equal(waitpid(start(f, argv), &status, 0) > 0, 1);
    char *out = read_file(f, "out");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        print_error("%s: status %d:\n%s\n", said, status, out);
        fail();
    }
    return out;
}

static void expect(const char *text, const char *words)
{
    if (strstr(text, words)) return;
    print_error("expected \"%s\", found:\n%.2000s\n", words, text);
    fail();
}

/* ---- the second program --------------------------------------------------------------------------- */

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    char script[512], build[512];
    assert_non_null(getenv("KEMUDI"));
    f->arena = ku_arena_new();
    snprintf(f->folder, sizeof f->folder, "/tmp/kemudi-tutorial-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    ku_text_copy(build, sizeof build, getenv("KEMUDI"));
    *strrchr(build, '/') = '\0';
    unsetenv("KEMUDI_WORKSPACE");
    *state = f;
    run(f, "%s %s %s/new", source_path("tests/registry/build-tutorial", script, sizeof script),
        build, f->folder);
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    ku_error err = {0};
    if (f->server > 0) kill(f->server, SIGKILL);
    check_ok(ku_folder_remove(f->folder, &err), &err);
    ku_arena_free(f->arena);
    free(f);
    return 0;
}

static void test_worked_examples(void **state)
{
    const fixture *f = *state;
    expect(run(f, "%s/new/examples", f->folder), "ok 1 - test_examples");
}

static void test_command_line(void **state)
{
    const fixture *f = *state;
    const char *program = ku_arena_printf(f->arena, "%s/new/kemudi", f->folder);
    expect(run(f, "%s analyses", program), "sales.returns");
    const char *help = run(f, "%s run sales.returns --help", program);
    expect(help, "--level");
    expect(help, "Leave out products with fewer lines sold.");
    const char *csv = run(
        f,
        "%s run sales.returns -q --least 7 --format csv --in sale=%s/new/tree/src/"
        "analyses/sales/returns/example/sale.csv",
        program, f->folder);
    expect(csv, "product,sold,returned,rate,lo,hi\nUmbrella,10,3,0.3,0.10779");
    expect(run(f, "%s completion bash", program), "sales.returns) words+=\" --level --least");
    expect(run(f, "%s completion zsh", program), "sales.returns");
    expect(run(f, "%s completion fish", program), "sales.returns");
    const char *manual = run(f, "%s man", program);
    expect(manual, ".SS sales.returns");
    expect(manual, "Which products come back?");
}

static void test_reference(void **state)
{
    const fixture *f = *state;
    run(f, "%s/new/kemudi docs -q --out %s/docs", f->folder, f->folder);
    expect(read_file(f, "docs/index.md"), "analyses/sales.returns.md");
    const char *page = read_file(f, "docs/analyses/sales.returns.md");
    expect(page, "| `--least` |");
    expect(page, "two products differ when their intervals do not overlap");
    expect(page, "| Umbrella | 10 lines | 3 lines | 30.0 % | 10.8 % | 60.3 % |");
    expect(read_file(f, "docs/analyses/sales.returns/rates.svg"), "What comes back");
}

/* The program it was not built into does not know it: what was found is not left over. */
static void test_only_the_new_program(void **state)
{
    const fixture *f = *state;
    assert_null(strstr(run(f, "%s analyses", getenv("KEMUDI")), "sales.returns"));
}

/* ---- the API ------------------------------------------------------------------------------------------ */

/* Waits for the address that the server prints; its port. */
static int port_of(const fixture *f)
{
    for (int tries = 0; tries < 200; tries++) {
        const char *at = strstr(read_file(f, "out"), "http://127.0.0.1:");
        int port;
        if (at && sscanf(at + 17, "%d%*[/ \n]", &port) == 1) return port;
        usleep(50000);
    }
    fail_msg("the server printed no address in ten seconds");
    return 0;
}

static char *get(const fixture *f, int port, const char *path)
{
    char bytes[8192];
    ssize_t got;
    ku_text answer = {0};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    const char *request = ku_arena_printf(f->arena, "GET %s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\n\r\n",
                                          path, port);
    assert_int_equal(send(fd, request, strlen(request), 0), (ssize_t)strlen(request));
    while ((got = recv(fd, bytes, sizeof bytes, 0)) > 0) ku_text_addn(&answer, bytes, (size_t)got);
    close(fd);
    char *copy = ku_arena_strdup(f->arena, ku_text_string(&answer));
    ku_text_clear(&answer);
    return copy;
}

static json_t *get_json(const fixture *f, int port, const char *path)
{
    json_error_t problem;
    const char *answer = get(f, port, path), *body = strstr(answer, "\r\n\r\n");
    if (!strstr(answer, " 200 ") || !body) print_error("%s:\n%.2000s\n", path, answer);
    assert_non_null(body);
    json_t *value = json_loads(body + 4, 0, &problem);
    assert_non_null(value);
    return value;
}

/* Whether a text is anywhere in the value, as a key or as a string. */
static bool holds(json_t *value, const char *words)
{
    const char *key;
    json_t *part;
    size_t i;
    if (json_is_string(value)) return strstr(json_string_value(value), words) != NULL;
    json_array_foreach(value, i, part) if (holds(part, words)) return true;
    json_object_foreach(value, key, part) if (strstr(key, words) || holds(part, words)) return true;
    return false;
}

static void check_api(const fixture *f, int port)
{
    static const char *const paths[] = {"/api/v1/analyses", "/api/v1/analyses/sales.returns",
                                        "/api/v1/openapi.json"};
    for (int i = 0; i < 3; i++) {
        json_t *value = get_json(f, port, paths[i]);
        if (!holds(value, "sales.returns")) fail_msg("%s: there is no sales.returns", paths[i]);
        if (i > 0 && !holds(value, "least")) fail_msg("%s: the parameter is missing", paths[i]);
        json_decref(value);
    }
}

static void test_api(void **state)
{
    fixture *f = *state;
    int status;
    char *program = ku_arena_printf(f->arena, "%s/new/kemudi", f->folder);
    char *shop = ku_arena_printf(f->arena, "%s/shop", f->folder);
    run(f, "%s init %s", program, shop);
    char serve[] = "serve", where[] = "-w", port[] = "--port", any[] = "0";
    f->server = start(f, (char *[]){program, serve, where, shop, port, any, NULL});
    check_api(f, port_of(f));
    kill(f->server, SIGTERM);
    assert_int_equal(waitpid(f->server, &status, 0), f->server);
    f->server = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worked_examples),
        cmocka_unit_test(test_command_line),
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_only_the_new_program),
        cmocka_unit_test(test_api),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
