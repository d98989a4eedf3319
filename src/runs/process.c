/* process.c - starting a worker, watching it, and saying in words how it ended.
 *
 * The parent never trusts the worker to end by itself: it cancels politely by a flag in
 * shared memory and, after a moment's grace, kills; it kills when the time is over. The
 * worker's end shows as the end of its message pipe, which nobody else holds. Whether the
 * run is good is decided by the worker's last message alone: a process that died without
 * one has no result. */
#include "runs/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"
#include "base/format.h"
#include "base/text.h"
#include "runs/sandbox.h"

enum {
    TICK_MS = 100,
    WORKER_FD = 10,     /* the first descriptor in the worker */
    SPARE_FD = 32,      /* ours are moved here first, clear of the worker's */
    REMARKS_MAX = 1000, /* a flood is cut */
    MOST_MESSAGES = 256 /* taken at a time */
};
static const double grace_seconds = 2.0;

typedef struct worker {
    pid_t pid;
    int result, messages, errors; /* our ends */
    int theirs[KU_FD_COUNT];
    ku_control *control;
    double started, cancelled_at; /* cancelled_at 0: not cancelled */
    bool cancelled, late;
    uint64_t peak_bytes; /* as last seen from here */
    ku_message end;      /* the last message, when ended */
    bool ended, refused;
    int refused_call;
    unsigned remarks;
    int wait_status;
    char said[256]; /* the last line of its standard error */
} worker;

/* ---- starting ------------------------------------------------------------------- */

static ku_status no_descriptor(ku_error *err)
{
    return ku_error_errno(err, errno, NULL, "starting a worker");
}

static ku_status make_control(worker *w, ku_error *err)
{
    int fd = ku_memory_file("kemudi-control");
    /* Sealed to its size: a worker that shrank it would have us touch a page that is gone. */
    if (fd < 0 || ftruncate(fd, sizeof(ku_control)) != 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        if (fd >= 0) close(fd);
        return no_descriptor(err);
    }
    void *page = mmap(NULL, sizeof(ku_control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    w->theirs[KU_FD_CONTROL] = fd;
    if (page == MAP_FAILED) return no_descriptor(err);
    w->control = page;
    return KU_OK;
}

/* All descriptors are above those the worker gets, so that none is run over. */
static int spare(int fd)
{
    if (fd < 0) return fd;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, SPARE_FD);
    close(fd);
    return moved;
}

static ku_status make_descriptors(worker *w, const ku_parcel *parcel, ku_error *err)
{
    int pipe_ends[2];
    w->result = w->messages = w->errors = -1;
    for (int i = 0; i < KU_FD_COUNT; i++) w->theirs[i] = -1;
    KU_TRY(make_control(w, err));
    w->theirs[KU_FD_CONTROL] = spare(w->theirs[KU_FD_CONTROL]);
    w->theirs[KU_FD_JOB] = fcntl(parcel->fd, F_DUPFD_CLOEXEC, SPARE_FD);
    w->theirs[KU_FD_RESULT] = spare(ku_memory_file("kemudi-result"));
    w->errors = spare(ku_memory_file("kemudi-errors"));
    if (pipe2(pipe_ends, O_CLOEXEC) != 0) return no_descriptor(err);
    w->messages = pipe_ends[0];
    w->theirs[KU_FD_MESSAGES] = spare(pipe_ends[1]);
    w->result = fcntl(w->theirs[KU_FD_RESULT], F_DUPFD_CLOEXEC, SPARE_FD);
    bool good = w->errors >= 0 && w->result >= 0;
    for (int i = 0; i < KU_FD_COUNT; i++) good = good && w->theirs[i] >= 0;
    if (!good) return no_descriptor(err);
    fcntl(w->messages, F_SETFL, O_NONBLOCK);
    return KU_OK;
}

static void close_theirs(worker *w)
{
    for (int i = 0; i < KU_FD_COUNT; i++) {
        if (w->theirs[i] >= 0) close(w->theirs[i]);
        w->theirs[i] = -1;
    }
}

static int add_actions(posix_spawn_file_actions_t *actions, const worker *w)
{
    int failed = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (failed == 0)
        failed = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
    if (failed == 0) failed = posix_spawn_file_actions_adddup2(actions, w->errors, 2);
    for (int i = 0; i < KU_FD_COUNT && failed == 0; i++)
        failed = posix_spawn_file_actions_adddup2(actions, w->theirs[i], WORKER_FD + i);
    return failed;
}

/* A group of its own: Ctrl-C in a terminal reaches the parent only, which cancels. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF);
}

/* Nothing of our environment is passed on but where libraries are found. BLAS runs on one
 * thread: ours are the analysis' own, and sums must not depend on their number. */
static int spawn_with(worker *w, const char *program, posix_spawn_file_actions_t *actions,
                      posix_spawnattr_t *attributes)
{
    char number[16], libraries[4096] = "";
    snprintf(number, sizeof number, "%d", WORKER_FD);
    const char *path = getenv("LD_LIBRARY_PATH");
    if (path != NULL) snprintf(libraries, sizeof libraries, "LD_LIBRARY_PATH=%s", path);
    char *argv[] = {"kemudi", "--worker", number, NULL};
    char *env[] = {"OPENBLAS_NUM_THREADS=1",
                   "OMP_NUM_THREADS=1",
                   "LC_ALL=C",
                   "TZ=UTC",
                   "KEMUDI_WORKER=1",
                   libraries[0] != '\0' ? libraries : NULL,
                   NULL};
    int failed = add_actions(actions, w);
    if (failed == 0) failed = set_attributes(attributes);
    if (failed == 0)
        failed = posix_spawn(&w->pid, program != NULL ? program : "/proc/self/exe", actions,
                             attributes, argv, env);
    return failed;
}

static ku_status start(worker *w, const char *program, ku_error *err)
{
    /* A program whose main does not know --worker would start itself for ever. */
    if (getenv("KEMUDI_WORKER") != NULL)
        return ku_error_set(err, KU_FAULT, NULL,
                            "a worker cannot start a run; does this program's main call "
                            "ku_worker_main?");
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    w->started = ku_clock_seconds();
    int failed = spawn_with(w, program, &actions, &attributes);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close_theirs(w);
    if (failed == 0) return KU_OK;
    w->pid = 0;
    return ku_error_errno(err, failed, program, "starting a worker");
}

/* ---- watching ------------------------------------------------------------------- */

static void take_message(worker *w, const ku_watch *watch, ku_message *m)
{
    m->where[sizeof m->where - 1] = '\0';
    m->text[sizeof m->text - 1] = '\0';
    switch (m->kind) {
    case KU_MESSAGE_PROGRESS:
        if (!(m->number >= 0)) m->number = 0;
        if (m->number > 1) m->number = 1;
        if (watch->progress != NULL && !watch->progress(watch->data, m->number, m->text))
            w->cancelled = true;
        break;
    case KU_MESSAGE_REMARK:
        if (watch->remark == NULL || w->remarks++ >= REMARKS_MAX) break;
        watch->remark(watch->data,
                      m->number == KU_WARN   ? KU_WARN
                      : m->number == KU_FAIL ? KU_FAIL
                                             : KU_NOTE,
                      m->where, m->text);
        break;
    case KU_MESSAGE_REFUSED:
        w->refused = true;
        kill(w->pid, SIGKILL);
        w->refused_call = m->number >= 0 && m->number < 1e6 ? (int)m->number : -1;
        break;
    case KU_MESSAGE_END:
        w->end = *m;
        w->ended = true;
        break;
    default:
        break;
    }
}

/* Reads what is there; false at the end of the pipe. Messages are written whole, so they
 * are read whole. After some of them the limits want a look: a flood must not hold them up. */
static bool take_messages(worker *w, const ku_watch *watch)
{
    for (int taken = 0; taken < MOST_MESSAGES; taken++) {
        ku_message m;
        ssize_t n = read(w->messages, &m, sizeof m);
        if (n == (ssize_t)sizeof m) {
            take_message(w, watch, &m);
            continue;
        }
        if (n < 0 && errno == EINTR) continue;
        return n < 0 && errno == EAGAIN;
    }
    return true;
}

static void keep_to_limits(worker *w, const ku_job *job)
{
    double now = ku_clock_seconds();
    if (w->cancelled && w->cancelled_at <= 0) {
        w->cancelled_at = now;
        atomic_store(&w->control->cancel, 1);
    }
    if (w->cancelled && now > w->cancelled_at + grace_seconds) kill(w->pid, SIGKILL);
    if (now > w->started + job->seconds + (w->ended ? grace_seconds : 0)) {
        w->late = !w->ended;
        kill(w->pid, SIGKILL);
    }
}

/* What a worker that dies without a word will have used. */
static void look_at_memory(worker *w)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/status", (long)w->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint64_t peak = ku_peak_bytes(fd);
    if (fd >= 0) close(fd);
    if (peak > w->peak_bytes) w->peak_bytes = peak;
}

static void watch_worker(worker *w, const ku_job *job, const ku_watch *watch)
{
    double told = 0;
    struct pollfd pipe_end = {.fd = w->messages, .events = POLLIN};
    do {
        poll(&pipe_end, 1, TICK_MS);
        double now = ku_clock_seconds();
        if (now > told + TICK_MS / 1000.0) {
            told = now;
            look_at_memory(w);
            if (!w->cancelled && watch->progress != NULL && !watch->progress(watch->data, -1, NULL))
                w->cancelled = true;
        }
        keep_to_limits(w, job);
    } while (take_messages(w, watch));
}

/* The pipe is closed: the process has ended, or closed it and must be ended. */
static void reap(worker *w, ku_usage *usage)
{
    struct rusage used;
    double until = ku_clock_seconds() + grace_seconds;
    pid_t got;
    while ((got = wait4(w->pid, &w->wait_status, WNOHANG, &used)) == 0 ||
           (got < 0 && errno == EINTR)) {
        if (ku_clock_seconds() > until) kill(w->pid, SIGKILL);
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
    if (got != w->pid) return;
    usage->cpu_seconds = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    usage->peak_bytes = w->ended ? w->end.peak_bytes : w->peak_bytes;
}

/* ---- how it ended --------------------------------------------------------------- */

/* The last line it wrote to standard error: an assertion, "out of memory". */
static void read_last_words(worker *w)
{
    char tail[sizeof w->said];
    off_t size = lseek(w->errors, 0, SEEK_END);
    off_t from = size > (off_t)sizeof tail ? size - (off_t)sizeof tail : 0;
    ssize_t n = pread(w->errors, tail, sizeof tail, from);
    if (n <= 0) return;
    ku_span line = ku_text_trim(tail, (size_t)n);
    const char *newline = memrchr(line.at, '\n', line.length);
    if (newline != NULL) {
        line.length -= (size_t)(newline + 1 - line.at);
        line.at = newline + 1;
    }
    ku_text_copyn(w->said, sizeof w->said, line.at, line.length);
    for (char *c = w->said; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20) *c = ' ';
}

static ku_status too_much_memory(const ku_job *job, ku_error *err)
{
    char text[KU_NUMBER_TEXT];
    return ku_error_set(err, KU_LIMIT, NULL, "the analysis needed more memory than its limit of %s",
                        ku_format_bytes(text, (double)job->memory_limit));
}

static ku_status too_much_time(const ku_job *job, ku_error *err)
{
    char text[KU_NUMBER_TEXT];
    return ku_error_set(err, KU_LIMIT, NULL, "the analysis took longer than its limit of %s",
                        ku_format_duration(text, job->seconds));
}

static ku_status died_of_signal(const worker *w, const ku_job *job, ku_error *err)
{
    const char *because = w->said[0] != '\0' ? ": " : "";
    switch (WTERMSIG(w->wait_status)) {
    case SIGXCPU:
        return too_much_time(job, err);
    case SIGSYS:
        return ku_error_set(err, KU_FAULT, NULL, "the analysis tried to %s, which none may do",
                            ku_sandbox_attempt(-1));
    case SIGKILL:
        return ku_error_set(err, KU_LIMIT, NULL,
                            "the analysis was ended from outside; perhaps "
                            "the computer ran out of memory");
    case SIGABRT:
        return ku_error_set(err, KU_FAULT, NULL, "the analysis found a fault in itself%s%s",
                            because, w->said);
    case SIGSEGV:
    case SIGBUS:
        return ku_error_set(err, KU_FAULT, NULL,
                            "the analysis crashed: it used memory that is not its own");
    default:
        return ku_error_set(err, KU_FAULT, NULL, "the analysis crashed (%s)",
                            sigdescr_np(WTERMSIG(w->wait_status)));
    }
}

/* The worker's own account of its end. */
static ku_status told_end(const worker *w, const ku_job *job, ku_error *err)
{
    double code = w->end.number;
    ku_status status = code >= 0 && code < KU_STATUS_COUNT ? (ku_status)code : KU_FAULT;
    if (status == KU_OK) return KU_OK;
    if (status == KU_NO_MEMORY) return too_much_memory(job, err);
    const char *text = ku_utf8_valid(w->end.text, strlen(w->end.text), NULL)
                           ? w->end.text
                           : ku_status_text(status);
    return ku_error_set(err, status, w->end.where, "%s", text);
}

static ku_status judge(const worker *w, const ku_job *job, ku_error *err)
{
    if (w->cancelled) return ku_error_set(err, KU_CANCELLED, NULL, "the run was cancelled");
    if (w->refused)
        return ku_error_set(err, KU_FAULT, NULL, "the analysis tried to %s, which none may do",
                            ku_sandbox_attempt(w->refused_call));
    if (w->late) return too_much_time(job, err);
    if (w->ended) return told_end(w, job, err);
    if (WIFSIGNALED(w->wait_status)) return died_of_signal(w, job, err);
    if (strstr(w->said, "out of memory") != NULL) return too_much_memory(job, err);
    return ku_error_set(err, KU_FAULT, NULL, "the analysis ended without a result%s%s",
                        w->said[0] != '\0' ? ": " : "", w->said);
}

static void clear(worker *w)
{
    close_theirs(w);
    if (w->result >= 0) close(w->result);
    if (w->messages >= 0) close(w->messages);
    if (w->errors >= 0) close(w->errors);
    if (w->control != NULL) munmap(w->control, sizeof *w->control);
}

ku_status ku_worker_run(const char *program, const ku_job *job, const ku_parcel *parcel,
                        const ku_watch *watch, ku_frames *out, ku_usage *usage, ku_error *err)
{
    worker w = {0};
    ku_status status = make_descriptors(&w, parcel, err);
    if (status == KU_OK) status = start(&w, program, err);
    if (status == KU_OK) {
        watch_worker(&w, job, watch);
        reap(&w, usage);
        read_last_words(&w);
        status = judge(&w, job, err);
    }
    if (status == KU_OK) status = ku_result_read(w.result, out, err);
    clear(&w);
    return status;
}
