/* server.c - the serving program as it stands on a desk: how much memory it keeps when it
 * has worked and is idle, and how fast a small page of a table comes when 16 clients ask
 * at once. The workspace is the demo's. */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "base/date.h"
#include "kemudi/status.h"

enum { CLIENTS = 16, MOST = 400000, ANSWER = 1 << 18, IDLE_SECONDS = 5, RUN_SECONDS = 120 };
static const double seconds = 4.0;

typedef struct bench {
    const char *program, *folder;
    char shop[512], run[32];
    int port;
    pid_t pid;
} bench;

static void give_up(const char *why)
{
    fprintf(stderr, "server: %s\n", why);
    exit(1);
}

/* ---- the program ------------------------------------------------------------------------- */

static pid_t start(char *const *argv, int out)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    pid_t pid;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) != 0)
        give_up("cannot start kemudi");
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static void make_demo(bench *b)
{
    char demo[] = "demo", option[] = "-w", stay[] = "--no-serve";
    char *argv[] = {(char *)(uintptr_t)b->program, demo, option, b->shop, stay, NULL};
    int status;
    waitpid(start(argv, 2), &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) give_up("the demo could not be made");
}

static void serve(bench *b)
{
    char command[] = "serve", option[] = "-w", port[] = "--port", any[] = "0", url[128];
    char *argv[] = {(char *)(uintptr_t)b->program, command, option, b->shop, port, any, NULL};
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC) != 0) give_up("no pipe");
    b->pid = start(argv, pipes[1]);
    close(pipes[1]);
    ssize_t got = read(pipes[0], url, sizeof url - 1);
    url[got > 0 ? got : 0] = '\0';
    if (sscanf(url, "http://127.0.0.1:%d/", &b->port) != 1) give_up("the server did not start");
}

/* A line of /proc/PID/status in MiB. */
static double memory_of(pid_t pid, const char *name)
{
    char path[64], line[256];
    double kib = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    size_t width = strlen(name);
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, width) == 0) kib = strtod(line + width + 1, NULL);
    }
    if (file != NULL) fclose(file);
    return kib / 1024.0;
}

static bool holds_bank(pid_t pid)
{
    char folder[64], to[512];
    bool found = false;
    snprintf(folder, sizeof folder, "/proc/%d/fd", (int)pid);
    DIR *fds = opendir(folder);
    struct dirent *entry;
    while (fds != NULL && (entry = readdir(fds)) != NULL) {
        ssize_t n = readlinkat(dirfd(fds), entry->d_name, to, sizeof to - 1);
        to[n > 0 ? n : 0] = '\0';
        found = found || strstr(to, "bank.duckdb") != NULL;
    }
    if (fds != NULL) closedir(fds);
    return found;
}

/* ---- a client -------------------------------------------------------------------------------- */

static int connect_to(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) give_up("cannot connect");
    return fd;
}

/* Sends a request over a connection that stays open and reads its answer; returns where
 * its body begins in `to`, NULL when it is not a success. */
static char *exchange(int fd, const char *request, size_t length, char to[ANSWER])
{
    size_t have = 0, want = 0;
    char *body = NULL;
    if (send(fd, request, length, MSG_NOSIGNAL) != (ssize_t)length) return NULL;
    while (body == NULL || have < want) {
        ssize_t got = have < ANSWER - 1 ? recv(fd, to + have, ANSWER - 1 - have, 0) : 0;
        if (got <= 0) return NULL;
        have += (size_t)got;
        to[have] = '\0';
        if (body == NULL && (body = strstr(to, "\r\n\r\n")) != NULL) {
            const char *said = strcasestr(to, "content-length:");
            body += 4;
            if (said == NULL) return NULL;
            want = (size_t)(body - to) + strtoul(said + 15, NULL, 10);
        }
    }
    return strncmp(to, "HTTP/1.1 2", 10) == 0 ? body : NULL;
}

static json_t *ask(const bench *b, const char *method, const char *path, const char *body)
{
    static const char head[] = "%s /api/v1%s HTTP/1.1\r\nHost: localhost\r\nX-Kemudi: 1\r\n"
                               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s";
    char request[1024], *answer = malloc(ANSWER);
    int length = snprintf(request, sizeof request, head, method, path, strlen(body), body);
    int fd = connect_to(b->port);
    char *found = answer != NULL ? exchange(fd, request, (size_t)length, answer) : NULL;
    json_t *json = found != NULL ? json_loads(found, 0, NULL) : NULL;
    close(fd);
    free(answer);
    if (json == NULL) give_up(path);
    return json;
}

static void run_overview(bench *b)
{
    char path[64];
    json_t *run = ask(b, "POST", "/runs", "{\"analysis\":\"sales.overview\"}");
    snprintf(b->run, sizeof b->run, "%s", json_string_value(json_object_get(run, "id")));
    snprintf(path, sizeof path, "/runs/%s", b->run);
    for (int i = 0; i < RUN_SECONDS * 5; i++) {
        const char *state = json_string_value(json_object_get(run, "state"));
        if (strcmp(state, "done") == 0) break;
        if (strcmp(state, "failed") == 0) give_up("the run failed");
        json_decref(run);
        usleep(200000);
        run = ask(b, "GET", path, "");
    }
    json_decref(run);
    json_decref(ask(b, "GET", "/workspace", ""));
}

/* ---- many clients ------------------------------------------------------------------------------ */

typedef struct asking {
    pthread_t thread;
    const bench *bench;
    double until;
    float *took; /* milliseconds */
    size_t count;
    bool failed;
} asking;

static void *keep_asking(void *data)
{
    asking *a = data;
    char request[256], *answer = malloc(ANSWER);
    int fd = connect_to(a->bench->port);
    int length = snprintf(request, sizeof request,
                          "GET /api/v1/runs/%s/tables/figures?limit=20 HTTP/1.1\r\n"
                          "Host: localhost\r\n\r\n",
                          a->bench->run);
    double now = ku_clock_seconds();
    while (answer != NULL && !a->failed && now < a->until && a->count < MOST / CLIENTS) {
        double began = now;
        a->failed = exchange(fd, request, (size_t)length, answer) == NULL;
        now = ku_clock_seconds();
        a->took[a->count++] = (float)((now - began) * 1e3);
    }
    close(fd);
    free(answer);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void measure_pages(const bench *b)
{
    asking each[CLIENTS];
    float *all = calloc(MOST, sizeof *all);
    size_t count = 0;
    if (all == NULL) give_up("no memory");
    double began = ku_clock_seconds();
    for (int i = 0; i < CLIENTS; i++) {
        each[i] = (asking){.bench = b, .until = began + seconds, .took = all + MOST / CLIENTS * i};
        if (pthread_create(&each[i].thread, NULL, keep_asking, &each[i]) != 0) give_up("no thread");
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(each[i].thread, NULL);
        if (each[i].failed) give_up("a page did not come");
        memmove(all + count, each[i].took, each[i].count * sizeof *all);
        count += each[i].count;
    }
    double took = ku_clock_seconds() - began;
    qsort(all, count, sizeof *all, by_size);
    printf("server, pages of a table\t%.0f\ta second\t\t16 clients on this machine, kept open\n",
           (double)count / took);
    printf("server, median page\t%.2f\tms\t\t%zu requests\n", (double)all[count / 2], count);
    printf("server, slowest of 100\t%.2f\tms\t\tthe 99th percentile\n",
           (double)all[count * 99 / 100]);
    free(all);
}

int main(void)
{
    bench b = {.program = getenv("KEMUDI"), .folder = getenv("KEMUDI_SCRATCH")};
    int status;
    if (b.program == NULL || b.folder == NULL) give_up("KEMUDI and KEMUDI_SCRATCH are not set");
    snprintf(b.shop, sizeof b.shop, "%s/shop", b.folder);
    make_demo(&b);
    serve(&b);
    printf("server, just started\t%.1f\tMiB\t\tresident\n", memory_of(b.pid, "VmRSS:"));
    run_overview(&b);
    sleep(IDLE_SECONDS);
    printf("server, idle after a run\t%.1f\tMiB\t<= 150\tresident; bank %s, most %.0f MiB\n",
           memory_of(b.pid, "VmRSS:"), holds_bank(b.pid) ? "STILL OPEN" : "closed",
           memory_of(b.pid, "VmHWM:"));
    measure_pages(&b);
    double began = ku_clock_seconds();
    kill(b.pid, SIGTERM);
    waitpid(b.pid, &status, 0);
    printf("server, stopping\t%.2f\ts\t<= 1\tfrom SIGTERM to the end, exit %d\n",
           ku_clock_seconds() - began, WEXITSTATUS(status));
    return 0;
}
