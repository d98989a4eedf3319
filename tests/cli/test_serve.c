/* test_serve.c - kemudi serve as a person starts and stops it: the real program, its
 * address, its exit codes, its end on Ctrl-C and on the system's asking, its access log. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include <curl/curl.h>

#include "bank/bank.h"
#include "base/date.h"
#include "base/file.h"
#include "check.h"

enum { START_SECONDS = 20, MOST_ARGS = 12, MOST_OUTPUT = 1 << 20 };
static const double stop_seconds = 1.0;

typedef struct fixture {
    ku_arena *arena;
    char folder[64], shop[80];
} fixture;

typedef struct serving {
    pid_t pid;
    int out;       /* the program's standard output */
    char url[128]; /* as it was printed; "" when it ended before */
    char *say;     /* where its standard error goes */
} serving;

/* ---- the program ------------------------------------------------------------------------- */

/* Starts kemudi with these words and reads its first line. */
static serving start(fixture *f, const char *name, const char *const *words)
{
    extern char **environ;
    char *argv[MOST_ARGS] = {getenv("KEMUDI")};
    int pipes[2], count = 1;
    serving s = {.say = ku_arena_printf(f->arena, "%s/%s", f->folder, name)};
    posix_spawn_file_actions_t actions;
    assert_non_null(argv[0]);
    for (; words[count - 1] != NULL; count++)
        argv[count] = ku_arena_strdup(f->arena, words[count - 1]);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, s.say, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(posix_spawn(&s.pid, argv[0], &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(pipes[1]);
    s.out = pipes[0];
    struct pollfd wait = {.fd = s.out, .events = POLLIN};
    if (poll(&wait, 1, START_SECONDS * 1000) == 1) {
        ssize_t got = read(s.out, s.url, sizeof s.url - 1);
        s.url[got > 0 ? got : 0] = '\0';
        s.url[strcspn(s.url, "\n")] = '\0';
    }
    return s;
}

/* Waits for the end; returns the exit code, and in *took how long it was. */
static int ended(serving *s, double *took)
{
    int status;
    double began = ku_clock_seconds();
    assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
    if (took != NULL) *took = ku_clock_seconds() - began;
    close(s->out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int stopped_by(serving *s, int signal, double *took)
{
    kill(s->pid, signal);
    return ended(s, took);
}

static const char *said(fixture *f, const serving *s)
{
    char *bytes;
    size_t length;
    ku_error err = {0};
    check_ok(ku_file_read(s->say, MOST_OUTPUT, f->arena, &bytes, &length, &err), &err);
    return bytes;
}

static size_t drop(char *bytes, size_t size, size_t count, void *data)
{
    (void)bytes;
    (void)data;
    return size * count;
}

static long status_of(const char *url, const char *path, long seconds)
{
    char whole[256];
    long status = 0;
    CURL *curl = curl_easy_init();
    snprintf(whole, sizeof whole, "%s%s", url, path);
    curl_easy_setopt(curl, CURLOPT_URL, whole);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    return status;
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void it_says_where_and_stops_when_asked(void **state)
{
    fixture *f = *state;
    static const int signals[] = {SIGTERM, SIGINT};
    const char *const words[] = {"serve", "-w", f->shop, "--port", "0", NULL};
    for (size_t i = 0; i < 2; i++) {
        double took;
        serving s = start(f, "say", words);
        assert_int_equal(strncmp(s.url, "http://127.0.0.1:", 17), 0);
        assert_int_equal(status_of(s.url, "", 10), 200);
        assert_int_equal(status_of(s.url, "api/v1/health", 10), 200);
        assert_int_equal(stopped_by(&s, signals[i], &took), 0);
        if (took >= stop_seconds) print_error("stopping took %.2f s\n", took);
        assert_true(took < stop_seconds);
        assert_non_null(strstr(said(f, &s), "Only this computer can reach Kemudi"));
        assert_null(strstr(said(f, &s), "health")); /* no log unless asked for */
    }
}

static void it_logs_requests_when_asked(void **state)
{
    fixture *f = *state;
    const char *const words[] = {"serve", "-w", f->shop, "--port", "0", "--log", NULL};
    serving s = start(f, "say", words);
    assert_int_equal(status_of(s.url, "api/v1/health", 10), 200);
    assert_int_equal(status_of(s.url, "api/v1/nothing", 10), 404);
    status_of(s.url, "welcome?link=secret-one", 10);
    status_of(s.url, "api/v1/session/oidc/callback?code=secret-two&state=x", 10);
    assert_int_equal(stopped_by(&s, SIGTERM, NULL), 0);
    const char *log = said(f, &s);
    const char *found = strstr(log, "/api/v1/nothing");
    assert_non_null(strstr(log, "/api/v1/health"));
    assert_non_null(found);
    assert_non_null(strstr(found, "404"));
    assert_non_null(strstr(log, "/session/oidc/callback"));
    assert_null(strstr(log, "secret-")); /* one-time links and codes are not for the log */
}

static void a_port_in_use_is_said_plainly(void **state)
{
    fixture *f = *state;
    const char *const first_words[] = {"serve", "-w", f->shop, "--port", "0", NULL};
    serving first = start(f, "say", first_words);
    const char *port = strrchr(first.url, ':');
    assert_non_null(port);
    char number[8] = "";
    snprintf(number, sizeof number, "%.*s", (int)strcspn(port + 1, "/"), port + 1);
    const char *const words[] = {"serve", "-w", f->shop, "--port", number, NULL};
    serving second = start(f, "second", words);
    assert_int_equal(ended(&second, NULL), 6);
    assert_non_null(strstr(said(f, &second), number));
    assert_non_null(strstr(said(f, &second), "is in use by another program"));
    assert_int_equal(status_of(first.url, "api/v1/health", 10), 200);
    assert_int_equal(stopped_by(&first, SIGTERM, NULL), 0);
}

static void other_addresses_are_refused(void **state)
{
    fixture *f = *state;
    const char *const words[] = {"serve", "-w",       f->shop,   "--port",
                                 "0",     "--listen", "0.0.0.0", NULL};
    serving s = start(f, "say", words);
    assert_string_equal(s.url, "");
    assert_int_equal(ended(&s, NULL), 4);
    assert_non_null(strstr(said(f, &s), "only on this computer"));
}

/* Even while a request waits for a bank that another program holds. */
static void it_stops_at_once_while_somebody_waits(void **state)
{
    fixture *f = *state;
    ku_bank *bank;
    ku_error err = {0};
    double took;
    const char *const words[] = {"serve", "-w", f->shop, "--port", "0", NULL};
    ku_bank_options writing = {.mode = KU_BANK_WRITE, .wait_ms = 10000};
    serving s = start(f, "say", words);
    const char *path = ku_arena_printf(f->arena, "%s/bank.duckdb", f->shop);
    check_ok(ku_bank_open(path, &writing, &bank, &err), &err);
    assert_int_equal(status_of(s.url, "api/v1/facts", 1), 0); /* no answer within a second */
    assert_int_equal(stopped_by(&s, SIGTERM, &took), 0);
    ku_bank_close(bank);
    if (took >= stop_seconds) print_error("stopping took %.2f s\n", took);
    assert_true(took < stop_seconds);
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->arena = ku_arena_new();
    snprintf(f->folder, sizeof f->folder, "/tmp/kemudi-serve-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->shop, sizeof f->shop, "%s/shop", f->folder);
    unsetenv("KEMUDI_WORKSPACE");
    const char *const words[] = {"init", "-w", f->shop, NULL};
    serving made = start(f, "init", words);
    assert_int_equal(ended(&made, NULL), 0);
    *state = f;
    return 0;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_where_and_stops_when_asked),
        cmocka_unit_test(it_logs_requests_when_asked),
        cmocka_unit_test(a_port_in_use_is_said_plainly),
        cmocka_unit_test(other_addresses_are_refused),
        cmocka_unit_test(it_stops_at_once_while_somebody_waits),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
