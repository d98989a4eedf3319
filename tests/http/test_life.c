/* test_life.c - the server's life: where it listens and where it refuses to, many clients
 * at once, clients that are slow on purpose, the web app's pages and their policy, and
 * stopping while somebody is still listening. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include "runs/run.h"
#include "served.h"

enum { CLIENTS = 64, ASKED_EACH = 12, HEAD_MS = 400 };
static const double stop_seconds = 2.0; /* generous: a tenth is usual */

/* ---- where it listens ------------------------------------------------------------------- */

typedef struct place {
    const char *listen;
    int port;
    ku_status status;
    const char *words;
} place;

static void only_this_computer_is_listened_to(void **state)
{
    (void)state;
    static const place places[] = {{"0.0.0.0", 0, KU_NOT_ALLOWED, "only on this computer"},
                                   {"::", 0, KU_NOT_ALLOWED, "only on this computer"},
                                   {"192.168.1.5", 0, KU_NOT_ALLOWED, "only on this computer"},
                                   {"shop.example", 0, KU_USAGE, "an address like 127.0.0.1"},
                                   {"127.0.0.1", 65536, KU_USAGE, "from 0 to 65535"},
                                   {"127.0.0.1", -1, KU_USAGE, "from 0 to 65535"}};
    served s;
    served_begin(&s, NULL);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        ku_error err = {0};
        ku_server *none;
        ku_server_options o = {.listen = places[i].listen, .port = places[i].port, .quiet = true};
        check_fails(places[i].status, places[i].words,
                    ku_server_start(s.workspace, s.queue, &o, &none, &err), &err);
    }
    ku_error err = {0};
    ku_server *second;
    ku_server_options taken = {.port = ku_server_port(s.server), .quiet = true};
    check_fails(KU_CONFLICT, "in use by another program",
                ku_server_start(s.workspace, s.queue, &taken, &second, &err), &err);
    served_end(&s);
}

static void each_loopback_address_serves(void **state)
{
    (void)state;
    static const char *const listens[] = {"127.0.0.1", "localhost", "127.0.0.2", "::1"};
    for (size_t i = 0; i < sizeof listens / sizeof *listens; i++) {
        served s;
        client c;
        ku_server_options options = {.listen = listens[i], .quiet = true};
        if (strcmp(listens[i], "::1") == 0 && access("/proc/net/if_inet6", R_OK) != 0) continue;
        served_begin(&s, &options);
        client_begin(&c, &s);
        const char *url = ku_server_url(s.server);
        asked a = {.header = {"Host: localhost"}}; /* 127.0.0.2 is not a name of its own */
        expect(ask_url(&c, ku_arena_printf(c.arena, "%sapi/v1/health", url), a), 200);
        client_end(&c);
        served_end(&s);
    }
}

/* ---- pages ---------------------------------------------------------------------------------- */

static void pages_carry_a_strict_policy(void **state)
{
    (void)state;
    served s;
    client c;
    served_begin(&s, NULL);
    client_begin(&c, &s);
    static const char *const pages[] = {"/", "/sales", "/runs/r123", "/data/import"};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        answer a = get(&c, "%s", pages[i]);
        expect(a, 200);
        assert_string_equal(header(&c, &a, "Content-Type"), "text/html; charset=utf-8");
        const char *policy = header(&c, &a, "Content-Security-Policy");
        assert_non_null(strstr(policy, "default-src 'self'"));
        assert_non_null(strstr(policy, "script-src 'self';"));
        assert_non_null(strstr(policy, "object-src 'none'"));
        assert_non_null(strstr(policy, "frame-ancestors 'none'"));
        assert_null(strstr(policy, "unsafe-eval"));
        assert_null(strstr(policy, "http:"));
        assert_string_equal(header(&c, &a, "Cache-Control"), "no-cache");
        assert_string_equal(header(&c, &a, "X-Content-Type-Options"), "nosniff");
    }
    answer api = get(&c, API "/health");
    assert_string_equal(header(&c, &api, "Content-Security-Policy"),
                        "default-src 'none'; frame-ancestors 'none'");
    assert_string_equal(header(&c, &api, "Cache-Control"), "no-store");
    assert_string_equal(header(&c, &api, "X-Frame-Options"), "DENY");
    expect_problem(&c, get(&c, "/missing.js"), 404, "NOT_FOUND", "no such file");
    answer posted = post(&c, "/", "{}");
    expect_problem(&c, posted, 405, "NOT_ALLOWED", "does not take POST");
    client_end(&c);
    served_end(&s);
}

/* ---- a developer's folder --------------------------------------------------------------------- */

static void a_developers_folder_is_served(void **state)
{
    (void)state;
    served s;
    client c;
    ku_error err = {0};
    char folder[] = "/tmp/kemudi-assets-XXXXXX";
    assert_non_null(mkdtemp(folder));
    ku_server_options options = {.quiet = true, .dev_assets = folder};
    served_begin(&s, &options);
    client_begin(&c, &s);
    check_ok(ku_folder_make(ku_arena_printf(c.arena, "%s/assets", folder), 0700, &err), &err);
    check_ok(ku_file_write(ku_arena_printf(c.arena, "%s/assets/app-1a2b.js", folder), "1;", 2, 0600,
                           &err),
             &err);
    answer a = get(&c, "/assets/app-1a2b.js");
    expect(a, 200);
    assert_string_equal(a.body.bytes, "1;");
    assert_string_equal(header(&c, &a, "Content-Type"), "text/javascript; charset=utf-8");
    expect(get(&c, "/assets/../kemudi.toml"), 400);
    expect(get(&c, "/assets/none.js"), 404);
    client_end(&c);
    served_end(&s);
    check_ok(ku_folder_remove(folder, &err), &err);
}

/* ---- many at once ----------------------------------------------------------------------------- */

typedef struct many {
    const served *s;
    const char *run;
    int good;
} many;

static void *one_of_many(void *data)
{
    many *m = data;
    client c;
    client_begin(&c, m->s);
    for (int i = 0; i < ASKED_EACH; i++) {
        answer a = i % 3 == 0   ? get(&c, API "/runs/%s/tables/members", m->run)
                   : i % 3 == 1 ? get(&c, API "/facts")
                                : get(&c, API "/analyses/sales.overview");
        m->good += a.status == 200 && a.json != NULL;
    }
    client_end(&c);
    return NULL;
}

static void many_clients_are_served_at_once(void **state)
{
    (void)state;
    served s;
    client c;
    many each[CLIENTS];
    pthread_t thread[CLIENTS];
    served_begin(&s, NULL);
    client_begin(&c, &s);
    const char *run = member(run_overview(&c), "id");
    for (int i = 0; i < CLIENTS; i++) {
        each[i] = (many){.s = &s, .run = run};
        assert_int_equal(pthread_create(&thread[i], NULL, one_of_many, &each[i]), 0);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(each[i].good, ASKED_EACH);
    }
    client_end(&c);
    served_end(&s);
}

/* ---- slow on purpose ----------------------------------------------------------------------------- */

static int connect_to(const served *s)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)ku_server_port(s->server)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Sends a byte now and then until the server hangs up; returns how long that took. */
static double trickle(int fd, const char *bytes)
{
    double began = ku_clock_seconds();
    char byte;
    for (; *bytes != '\0'; bytes++) {
        if (send(fd, bytes, 1, MSG_NOSIGNAL) != 1) break;
        usleep(50000);
        ssize_t got = recv(fd, &byte, 1, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno == ECONNRESET)) break;
    }
    assert_true(*bytes != '\0'); /* it never came to the end */
    return ku_clock_seconds() - began;
}

static void a_slow_head_is_cut_off(void **state)
{
    (void)state;
    served s;
    client c;
    char head[256];
    ku_server_options options = {.quiet = true, .read_ms = HEAD_MS};
    served_begin(&s, &options);
    client_begin(&c, &s);
    memset(head, 'x', sizeof head);
    memcpy(head, "GET / HTTP/1.1\r\nX: ", 19);
    head[sizeof head - 1] = '\0';
    int fd = connect_to(&s), silent = connect_to(&s);
    double took = trickle(fd, head);
    assert_true(took >= HEAD_MS / 1000.0 - 0.1 && took < 5);
    char byte;
    assert_true(recv(silent, &byte, 1, 0) <= 0); /* and who says nothing at all */
    close(fd);
    close(silent);
    expect(get(&c, API "/health"), 200);
    client_end(&c);
    served_end(&s);
}

/* What is no HTTP at all leaves the server as it was. */
static void noise_is_survived(void **state)
{
    (void)state;
    static const char *const noise[] = {"\r\n\r\n\r\n",
                                        "\x16\x03\x01\x02",
                                        "GET\r\n\r\n",
                                        "GET /\r\n\r\n",
                                        "GET / HTTP/9.9\r\n\r\n",
                                        "GET http://evil/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                        "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\n"
                                        "Content-Length: -5\r\n\r\n",
                                        "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\n"
                                        "Content-Length: 5\r\nContent-Length: 6\r\n\r\nab",
                                        "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\n"
                                        "Transfer-Encoding: chunked\r\n\r\nzz\r\n"};
    served s;
    client c;
    served_begin(&s, NULL);
    client_begin(&c, &s);
    for (size_t i = 0; i < sizeof noise / sizeof *noise; i++) {
        int fd = connect_to(&s);
        assert_true(send(fd, noise[i], strlen(noise[i]), MSG_NOSIGNAL) > 0);
        usleep(20000);
        close(fd);
    }
    expect(get(&c, API "/health"), 200);
    client_end(&c);
    served_end(&s);
}

/* ---- stopping ------------------------------------------------------------------------------------- */

typedef struct listener {
    client c;
    const char *path;
    answer got;
} listener;

static void *listen_on(void *data)
{
    listener *l = data;
    l->got = get(&l->c, "%s", l->path);
    return NULL;
}

/* A run that waits behind a long one stays queued, so its stream stays open. */
static const char *a_waiting_run(client *c)
{
    ku_text text = {0};
    ku_text_add(&text, "series,date,value\n");
    for (int i = 0; i < 2000; i++) {
        for (int m = 0; m < 60; m++)
            ku_text_addf(&text, "s%d,%d-%02d-01,%d\n", i, 2015 + m / 12, m % 12 + 1,
                         100 + (i * 31 + m * m * 17) % 97);
    }
    const char *id = upload(c, "series.csv", settle(c, &text).bytes);
    const char *body = ku_arena_printf(
        c->arena, "{\"analysis\":\"demand.forecast\",\"inputs\":{\"series\":\"%s\"}}", id);
    expect(post(c, API "/runs", body), 202);
    return member(post(c, API "/runs", body).json, "id");
}

static void stopping_ends_open_streams(void **state)
{
    (void)state;
    served s;
    listener l;
    pthread_t thread;
    served_begin(&s, NULL);
    client_begin(&l.c, &s);
    l.path = ku_arena_printf(l.c.arena, API "/runs/%s/events", a_waiting_run(&l.c));
    assert_int_equal(pthread_create(&thread, NULL, listen_on, &l), 0);
    usleep(500000);
    double began = ku_clock_seconds();
    served_stop(&s);
    double took = ku_clock_seconds() - began;
    pthread_join(thread, NULL);
    if (took >= stop_seconds) print_error("stopping took %.1f s\n", took);
    assert_true(took < stop_seconds);
    expect(l.got, 200);
    json_t *last = last_event(&l.c, &l.got, "run");
    assert_string_equal(member(last, "state"), "queued");
    client_end(&l.c);
    /* What waited goes on when it starts again; stop at once, then. */
    served_start(&s, NULL);
    served_end(&s);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_this_computer_is_listened_to),
        cmocka_unit_test(each_loopback_address_serves),
        cmocka_unit_test(pages_carry_a_strict_policy),
        cmocka_unit_test(a_developers_folder_is_served),
        cmocka_unit_test(many_clients_are_served_at_once),
        cmocka_unit_test(a_slow_head_is_cut_off),
        cmocka_unit_test(noise_is_survived),
        cmocka_unit_test(stopping_ends_open_streams),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
