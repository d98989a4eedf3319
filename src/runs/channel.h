/* channel.h - what passes between a program and the worker it starts: the job in sealed
 * shared memory, the result in a second one, short messages through a pipe. A ku_job and
 * a ku_result are owned by whoever made them. */
#ifndef KU_RUNS_CHANNEL_H
#define KU_RUNS_CHANNEL_H

#include <stdatomic.h>
#include <stdint.h>

#include "kemudi/analysis.h"

/* The worker's descriptors, counted from the FD of `--worker FD`. */
enum { KU_FD_JOB, KU_FD_RESULT, KU_FD_MESSAGES, KU_FD_CONTROL, KU_FD_COUNT };

/* The one page that both sides write. */
typedef struct ku_control {
    atomic_int cancel;
} ku_control;

/* ---- the job -------------------------------------------------------------------- */

typedef struct ku_job {
    const char *analysis; /* id */
    const ku_param_text *params;
    size_t param_count;
    uint64_t seed;
    unsigned threads;      /* at least 1 */
    uint64_t memory_limit; /* bytes the worker may allocate */
    int seconds;
    int64_t parent; /* pid of the program that started the worker */
} ku_job;

/* Frames packed one behind the other in shared memory that nobody can change. */
typedef struct ku_parcel {
    int fd;
    void *map; /* read only */
    size_t size;
    size_t count;
    struct ku_parcel_part {
        size_t offset, length;
    } * part; /* in the arena */
} ku_parcel;

/* Packs job and frames into a new sealed memory. */
ku_status ku_parcel_seal(const ku_job *job, const ku_frames *frames, ku_arena *arena,
                         ku_parcel *parcel, ku_error *err);
void ku_parcel_clear(ku_parcel *parcel);
/* The worker's side: maps it, reads the job (texts in place) and views the frames. */
ku_status ku_parcel_open(int fd, ku_arena *arena, ku_job *job, ku_frames *frames, ku_error *err);

/* ---- the result ----------------------------------------------------------------- */

/* A memory file of no size yet, for the worker to fill; -1 and errno on failure. */
int ku_memory_file(const char *name);
/* The worker's side: packs the frames into fd. KU_LIMIT when they are too large. */
ku_status ku_result_write(int fd, const ku_frames *frames, ku_error *err);
/* The parent's side, with the worker gone: new frames, viewed in place. Believes nothing:
 * KU_FAULT when the bytes are not what a worker writes. */
ku_status ku_result_read(int fd, ku_frames *frames, ku_error *err);

/* ---- messages ------------------------------------------------------------------- */

typedef enum ku_message_kind {
    KU_MESSAGE_PROGRESS, /* number: 0..1; text: what it is doing */
    KU_MESSAGE_REMARK,   /* number: ku_severity; where: the check; text */
    KU_MESSAGE_REFUSED,  /* number: the system call that was refused */
    KU_MESSAGE_END,      /* number: ku_status; where and text: of its error */
} ku_message_kind;

/* Small enough that each write to a pipe is whole (PIPE_BUF is 4,096 on Linux). */
typedef struct ku_message {
    uint32_t kind;
    uint32_t pad;
    double number;
    uint64_t peak_bytes; /* END only */
    char where[192];
    char text[1024];
} ku_message;

_Static_assert(sizeof(ku_message) <= 4096, "a message must be written whole");

/* The most memory a process had resident (VmHWM), from its open /proc/PID/status; 0 when
 * it cannot be read. (getrusage would count what the parent had before exec.) */
uint64_t ku_peak_bytes(int status_fd);

/* Sends one; safe in a signal handler. */
void ku_message_send(int fd, const ku_message *message);

#endif
