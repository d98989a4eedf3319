/* streams.c - event streams and deadlines.
 *
 * An event stream costs a connection and nothing else: MHD asks its reader for bytes, the
 * reader has none and suspends the connection. Every tenth of a second one thread asks
 * each stream's source for news, puts it into the stream's buffer and resumes the
 * connection. While suspended MHD does not see a client go away; the thread looks at the
 * socket itself. It also sends a comment line now and then, so that proxies and dead
 * peers show themselves.
 *
 * MHD's own timeout begins anew with every byte, so a client that sends one byte at a
 * time would hold its connection for ever. A watch has a fixed deadline for the whole
 * head or body; past it the socket is shut, and MHD cleans up as for any lost client.
 *
 * Locks: the keeper's lock guards both lists and is held only for list work; a stream's
 * lock guards its buffer and flags. The source is asked without any lock, by the keeper's
 * thread alone. */
#include "app/http/streams.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#include "base/date.h"

#define TICK_STREAMS 0.1
#define TICK_WATCHES 0.5
#define BUFFER_LIMIT (1 << 20)

typedef struct stream {
    struct stream *next, *previous;
    http_streams *home;
    struct MHD_Connection *connection;
    int socket;
    pthread_mutex_t lock;
    ku_text buffer;
    size_t sent;
    bool suspended, ended, closed;
    int references; /* the response's, and the keeper's while it works on it */
    double spoke;   /* when something was last put into the buffer */
    http_events_fn *events;
    void *state;
    void (*free_state)(void *);
} stream;

struct http_watch {
    struct http_watch *next, *previous;
    http_streams *home;
    int socket;
    double deadline; /* 0: none */
};

struct http_streams {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    stream *first;
    http_watch *watch;
    size_t count;
    double keep_alive;
    bool closing;
};

/* ---- streams ------------------------------------------------------------------------------ */

/* The keeper's lock is held. */
static void unlink_stream(stream *one)
{
    if (one->previous != NULL)
        one->previous->next = one->next;
    else
        one->home->first = one->next;
    if (one->next != NULL) one->next->previous = one->previous;
    one->home->count--;
}

static void release(stream *one)
{
    http_streams *home = one->home;
    pthread_mutex_lock(&home->lock);
    bool last = --one->references == 0;
    if (last) unlink_stream(one);
    pthread_mutex_unlock(&home->lock);
    if (!last) return;
    if (one->free_state != NULL) one->free_state(one->state);
    ku_text_clear(&one->buffer);
    pthread_mutex_destroy(&one->lock);
    free(one);
}

/* MHD's reader: bytes, or 0 after suspending the connection, or the end. */
static ssize_t read_stream(void *data, uint64_t position, char *to, size_t room)
{
    stream *one = data;
    (void)position;
    pthread_mutex_lock(&one->lock);
    size_t left = one->buffer.length - one->sent;
    ssize_t given = 0;
    if (left > 0) {
        given = (ssize_t)(left < room ? left : room);
        memcpy(to, one->buffer.bytes + one->sent, (size_t)given);
        one->sent += (size_t)given;
        if (one->sent == one->buffer.length) {
            ku_text_empty(&one->buffer);
            one->sent = 0;
        }
    } else if (one->ended) {
        given = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        one->suspended = true;
        MHD_suspend_connection(one->connection);
    }
    pthread_mutex_unlock(&one->lock);
    return given;
}

static void close_stream(void *data)
{
    stream *one = data;
    pthread_mutex_lock(&one->lock);
    one->ended = one->closed = true;
    pthread_mutex_unlock(&one->lock);
    release(one);
}

static void add_stream(http_streams *streams, stream *one)
{
    pthread_mutex_lock(&streams->lock);
    one->ended = streams->closing;
    one->next = streams->first;
    if (one->next != NULL) one->next->previous = one;
    streams->first = one;
    streams->count++;
    pthread_cond_signal(&streams->changed);
    pthread_mutex_unlock(&streams->lock);
}

struct MHD_Response *http_streams_response(http_streams *streams, struct MHD_Connection *connection,
                                           http_reply *reply)
{
    stream *one = calloc(1, sizeof *one);
    if (one == NULL) return NULL;
    *one = (stream){.home = streams,
                    .connection = connection,
                    .references = 1,
                    .spoke = ku_clock_seconds(),
                    .events = reply->events,
                    .state = reply->state,
                    .free_state = reply->free_state};
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    one->socket = info != NULL ? info->connect_fd : -1;
    pthread_mutex_init(&one->lock, NULL);
    reply->free_state = NULL;
    add_stream(streams, one);
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, 16384, read_stream, one, close_stream);
    if (response == NULL) close_stream(one);
    return response;
}

size_t http_streams_count(http_streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    size_t count = streams->count;
    pthread_mutex_unlock(&streams->lock);
    return count;
}

static bool peer_gone(int socket)
{
    char byte;
    ssize_t got = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

/* Resumes the connection when there is something to send or nothing will come. The
 * stream's lock is held. */
static void wake(stream *one)
{
    if (!one->suspended || (one->buffer.length == one->sent && !one->ended)) return;
    one->suspended = false;
    MHD_resume_connection(one->connection);
}

static void say(stream *one, const ku_text *news, bool last, double keep_alive, double now)
{
    pthread_mutex_lock(&one->lock);
    if (news->length > 0) {
        ku_text_addn(&one->buffer, news->bytes, news->length);
        one->spoke = now;
    } else if (now - one->spoke >= keep_alive) {
        ku_text_add(&one->buffer, ": still here\n\n");
        one->spoke = now;
    }
    if (one->suspended && peer_gone(one->socket)) last = true;
    one->ended = one->ended || last || one->buffer.failed;
    wake(one);
    pthread_mutex_unlock(&one->lock);
}

static bool wants_news(stream *one)
{
    pthread_mutex_lock(&one->lock);
    bool wants = !one->ended && one->buffer.length - one->sent < BUFFER_LIMIT;
    pthread_mutex_unlock(&one->lock);
    return wants;
}

static void look_after(stream *one, double keep_alive)
{
    ku_text news = {0};
    ku_error err = {0};
    bool last = false;
    if (wants_news(one) && one->events(one->state, &news, &last, &err) != KU_OK) last = true;
    say(one, &news, last, keep_alive, ku_clock_seconds());
    ku_text_clear(&news);
}

/* ---- deadlines ----------------------------------------------------------------------------- */

http_watch *http_watch_begin(http_streams *streams, int socket)
{
    http_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) return NULL;
    watch->home = streams;
    watch->socket = socket;
    pthread_mutex_lock(&streams->lock);
    watch->next = streams->watch;
    if (watch->next != NULL) watch->next->previous = watch;
    streams->watch = watch;
    pthread_cond_signal(&streams->changed);
    pthread_mutex_unlock(&streams->lock);
    return watch;
}

void http_watch_end(http_watch *watch)
{
    if (watch == NULL) return;
    http_streams *home = watch->home;
    pthread_mutex_lock(&home->lock);
    if (watch->previous != NULL)
        watch->previous->next = watch->next;
    else
        home->watch = watch->next;
    if (watch->next != NULL) watch->next->previous = watch->previous;
    pthread_mutex_unlock(&home->lock);
    free(watch);
}

void http_watch_deadline(http_watch *watch, double seconds)
{
    if (watch == NULL) return;
    pthread_mutex_lock(&watch->home->lock);
    watch->deadline = seconds > 0 ? ku_clock_seconds() + seconds : 0;
    pthread_mutex_unlock(&watch->home->lock);
}

/* The keeper's lock is held. */
static void cut_late(http_streams *streams, double now)
{
    for (http_watch *watch = streams->watch; watch != NULL; watch = watch->next) {
        if (watch->deadline == 0 || now < watch->deadline) continue;
        watch->deadline = 0;
        shutdown(watch->socket, SHUT_RDWR);
    }
}

/* ---- the keeper ------------------------------------------------------------------------------ */

static void wait_for_work(http_streams *streams)
{
    if (streams->first == NULL && streams->watch == NULL) {
        pthread_cond_wait(&streams->changed, &streams->lock);
        return;
    }
    double tick = streams->first != NULL ? TICK_STREAMS : TICK_WATCHES;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(tick * 1e9);
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&streams->changed, &streams->lock, &until);
}

/* The keeper's lock is held, and let go while a stream is worked on. References keep the
 * stream, and so its place in the list, alive meanwhile. */
static void visit_streams(http_streams *streams)
{
    stream *one = streams->first;
    if (one != NULL) one->references++;
    while (one != NULL) {
        pthread_mutex_unlock(&streams->lock);
        look_after(one, streams->keep_alive);
        pthread_mutex_lock(&streams->lock);
        stream *next = one->next;
        if (next != NULL) next->references++;
        pthread_mutex_unlock(&streams->lock);
        release(one);
        pthread_mutex_lock(&streams->lock);
        one = next;
    }
}

static void *keep(void *data)
{
    http_streams *streams = data;
    pthread_mutex_lock(&streams->lock);
    while (!streams->closing) {
        visit_streams(streams);
        cut_late(streams, ku_clock_seconds());
        if (!streams->closing) wait_for_work(streams);
    }
    pthread_mutex_unlock(&streams->lock);
    return NULL;
}

http_streams *http_streams_new(int keep_alive_ms)
{
    pthread_condattr_t clock;
    http_streams *streams = calloc(1, sizeof *streams);
    if (streams == NULL) return NULL;
    streams->keep_alive = keep_alive_ms / 1000.0;
    pthread_mutex_init(&streams->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&streams->changed, &clock);
    pthread_condattr_destroy(&clock);
    if (pthread_create(&streams->thread, NULL, keep, streams) == 0) return streams;
    streams->closing = true;
    http_streams_free(streams);
    return NULL;
}

void http_streams_close(http_streams *streams)
{
    pthread_mutex_lock(&streams->lock);
    streams->closing = true;
    pthread_cond_signal(&streams->changed);
    pthread_mutex_unlock(&streams->lock);
    pthread_join(streams->thread, NULL);
    pthread_mutex_lock(&streams->lock);
    for (stream *one = streams->first; one != NULL; one = one->next) {
        pthread_mutex_lock(&one->lock);
        one->ended = true;
        wake(one);
        pthread_mutex_unlock(&one->lock);
    }
    pthread_mutex_unlock(&streams->lock);
}

void http_streams_free(http_streams *streams)
{
    if (streams == NULL) return;
    pthread_cond_destroy(&streams->changed);
    pthread_mutex_destroy(&streams->lock);
    free(streams);
}
