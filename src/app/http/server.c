/* server.c - starting and stopping.
 *
 * Threads: a few run MHD's epoll loops and never wait for anything but sockets; a few
 * run handlers that wait for files and databases (jobs); one keeps event streams and
 * deadlines; one runs imports; one does the office's chores. They take no signals, so the program's own handling of
 * Ctrl-C stays where it was set up. */
#include "app/http/server_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

#define SOCKET_THREADS         4
#define JOB_THREADS            8
#define CONNECTIONS            512u
#define CONNECTIONS_AN_ADDRESS 256u
#define CONNECTION_MEMORY      32768u /* holds a request's head; a longer one is answered 431 */
#define SILENCE_SECONDS        60u

/* ---- the socket -------------------------------------------------------------------------------- */

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

static ku_status read_address(const char *listen, int port, address *to, socklen_t *length,
                              ku_error *err)
{
    memset(to, 0, sizeof *to);
    if (strcmp(listen, "localhost") == 0) listen = "127.0.0.1";
    if (inet_pton(AF_INET, listen, &to->v4.sin_addr) == 1) {
        to->v4.sin_family = AF_INET;
        to->v4.sin_port = htons((uint16_t)port);
        *length = sizeof to->v4;
        if (ntohl(to->v4.sin_addr.s_addr) >> 24 == 127) return KU_OK;
    } else if (inet_pton(AF_INET6, listen, &to->v6.sin6_addr) == 1) {
        to->v6.sin6_family = AF_INET6;
        to->v6.sin6_port = htons((uint16_t)port);
        *length = sizeof to->v6;
        if (IN6_IS_ADDR_LOOPBACK(&to->v6.sin6_addr)) return KU_OK;
    } else {
        return ku_error_set(err, KU_USAGE, "listen",
                            "expected an address like 127.0.0.1, found \"%.60s\"", listen);
    }
    return ku_error_set(
        err, KU_NOT_ALLOWED, "listen",
        "Kemudi listens only on this computer (127.0.0.1) until sign-in is set up: on %.60s "
        "everyone on the network could read and change the company's data",
        listen);
}

static ku_status bind_failed(int port, int errnum, ku_error *err)
{
    if (errnum == EADDRINUSE) {
        return ku_error_set(
            err, KU_CONFLICT, "port",
            "%d is in use by another program; stop it or choose another with --port", port);
    }
    if (errnum == EACCES) {
        return ku_error_set(err, KU_NOT_ALLOWED, "port",
                            "port %d is kept for the system's administrator; choose one above 1023",
                            port);
    }
    return ku_error_errno(err, errnum, "listen", "listening");
}

static ku_status open_socket(ku_server *server, const char *listen_on, int port, ku_error *err)
{
    address to;
    socklen_t length;
    int on = 1;
    if (port < 0 || port > 65535) {
        return ku_error_set(err, KU_USAGE, "port", "expected a port from 0 to 65535, found %d",
                            port);
    }
    KU_TRY(read_address(listen_on, port, &to, &length, err));
    server->listen_fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (server->listen_fd < 0) return ku_error_errno(err, errno, "listen", "opening a socket");
    setsockopt(server->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server->listen_fd, &to.any, length) != 0 || listen(server->listen_fd, 128) != 0) {
        return bind_failed(port, errno, err);
    }
    if (getsockname(server->listen_fd, &to.any, &length) != 0) {
        return ku_error_errno(err, errno, "listen", "reading the port");
    }
    bool six = to.any.sa_family == AF_INET6;
    char text[INET6_ADDRSTRLEN] = "";
    server->port = ntohs(six ? to.v6.sin6_port : to.v4.sin_port);
    inet_ntop(to.any.sa_family, six ? (void *)&to.v6.sin6_addr : (void *)&to.v4.sin_addr, text,
              sizeof text);
    snprintf(server->url, sizeof server->url, six ? "http://[%s]:%d/" : "http://%s:%d/", text,
             server->port);
    return KU_OK;
}

/* ---- MHD ------------------------------------------------------------------------------------------ */

static void connection_changed(void *data, struct MHD_Connection *connection, void **context,
                               enum MHD_ConnectionNotificationCode what)
{
    ku_server *server = data;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        http_watch_end(*context);
        *context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    http_watch *watch = info != NULL ? http_watch_begin(server->streams, info->connect_fd) : NULL;
    http_watch_deadline(watch, server->read_ms / 1000.0);
    *context = watch;
}

/* The address is taken apart by url.c, once; MHD is to leave it as it is. */
static size_t leave_escaped(void *data, struct MHD_Connection *connection, char *text)
{
    (void)data;
    (void)connection;
    return strlen(text);
}

static void mhd_says(void *data, const char *format, va_list args)
{
    const ku_server *server = data;
    const ku_log log = {.fd = STDERR_FILENO, .level = KU_LOG_INFO};
    char text[256];
    if (server->quiet) return;
    vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\n")] = '\0';
    ku_log_event(&log, KU_LOG_WARN, "http", KU_LOG_TEXT("message", text));
}

static ku_status start_daemon(ku_server *server, ku_error *err)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
                     MHD_USE_ERROR_LOG;
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, http_request_step, server, MHD_OPTION_EXTERNAL_LOGGER, mhd_says,
        server, MHD_OPTION_LISTEN_SOCKET, server->listen_fd, MHD_OPTION_THREAD_POOL_SIZE,
        (unsigned)SOCKET_THREADS, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, CONNECTIONS_AN_ADDRESS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, SILENCE_SECONDS, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_URI_LOG_CALLBACK, http_request_begin,
        server, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        http_request_end, server, MHD_OPTION_NOTIFY_CONNECTION, connection_changed, server,
        MHD_OPTION_END);
    if (server->daemon == NULL)
        return ku_error_set(err, KU_IO, "listen", "the server could not be started");
    server->listen_fd = -1; /* MHD closes it now */
    return KU_OK;
}

/* ---- start and stop ---------------------------------------------------------------------------------- */

static ku_status start_parts(ku_server *server, const ku_server_options *options, ku_error *err)
{
    server->memory = http_memory_new();
    server->shelf = http_shelf_new();
    server->streams = http_streams_new(options->keep_alive_ms > 0 ? options->keep_alive_ms : 15000);
    server->jobs = http_jobs_new(JOB_THREADS);
    server->clock = http_clock_new(server->workspace, server->quiet, 0, 0);
    if (server->memory == NULL || server->shelf == NULL || server->streams == NULL ||
        server->jobs == NULL || server->clock == NULL) {
        return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory or no threads for the server");
    }
    KU_TRY(http_statics_new(options->dev_assets, &server->statics, err));
    KU_TRY(http_uploads_new(ku_workspace_path(server->workspace), &server->uploads, err));
    KU_TRY(http_imports_new(server->workspace, &server->imports, err));
    return start_daemon(server, err);
}

ku_status ku_server_start(ku_workspace *workspace, ku_run_queue *queue,
                          const ku_server_options *options, ku_server **out, ku_error *err)
{
    sigset_t all, before;
    ku_server *server = calloc(1, sizeof *server);
    if (server == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    server->workspace = workspace;
    server->queue = queue;
    server->quiet = options->quiet;
    server->read_ms = options->read_ms > 0 ? options->read_ms : 10000;
    server->listen_fd = -1;
    ku_status status = open_socket(server, options->listen != NULL ? options->listen : "127.0.0.1",
                                   options->port, err);
    if (status == KU_OK) {
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        status = start_parts(server, options, err);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    if (status == KU_OK)
        *out = server;
    else
        ku_server_stop(server);
    return status;
}

/* The order matters: first nothing new comes in, then everything that has suspended a
 * connection ends and resumes it (MHD must not stop before), then MHD closes what is
 * left and nothing refers to the parts any more. */
void ku_server_stop(ku_server *server)
{
    if (server == NULL) return;
    atomic_store(&server->stopping, true);
    int listener = server->daemon != NULL ? MHD_quiesce_daemon(server->daemon) : server->listen_fd;
    http_imports_cancel_all(server->imports);
    if (server->streams != NULL) http_streams_close(server->streams);
    if (server->jobs != NULL) http_jobs_close(server->jobs);
    http_jobs_free(server->jobs);
    if (server->daemon != NULL) MHD_stop_daemon(server->daemon);
    if (listener >= 0) close(listener);
    http_clock_free(server->clock);
    http_imports_free(server->imports);
    http_uploads_free(server->uploads);
    http_statics_free(server->statics);
    http_memory_free(server->memory);
    http_shelf_free(server->shelf);
    http_streams_free(server->streams);
    free(server);
}

int ku_server_port(const ku_server *server)
{
    return server->port;
}

const char *ku_server_url(const ku_server *server)
{
    return server->url;
}
