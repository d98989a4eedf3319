/* worker.c - the child process: reads its job, shuts itself in, runs the kernel, packs
 * the result, tells how it ended. It never returns to the program's own main. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/number.h"
#include "base/text.h"
#include "runs/context.h"
#include "runs/run.h"
#include "runs/sandbox.h"

bool ku_worker_asked(int argc, char **argv, int *fd)
{
    int64_t number;
    if (argc != 3 || strcmp(argv[1], "--worker") != 0) return false;
    if (ku_parse_int(argv[2], strlen(argv[2]), &number, NULL) != KU_OK || number < 3 ||
        number > 1000)
        return false;
    *fd = (int)number;
    return true;
}

static void tell_end(int fd, const ku_error *err, int status_fd)
{
    ku_message message = {
        .kind = KU_MESSAGE_END, .number = err->code, .peak_bytes = ku_peak_bytes(status_fd)};
    ku_text_copy(message.where, sizeof message.where, err->where);
    ku_text_copy(message.text, sizeof message.text, err->message);
    ku_message_send(fd, &message);
}

/* Everything that needs the outside: before the doors close. */
static ku_status prepare(int fd, ku_worker_lookup_fn *lookup, ku_run_context *context, ku_job *job,
                         ku_params **params, ku_frames *in, ku_error *err)
{
    KU_TRY(ku_parcel_open(fd + KU_FD_JOB, context->arena, job, in, err));
    KU_TRY(ku_sandbox_begin(job->parent, fd, fd + KU_FD_COUNT - 1, err));
    void *page = mmap(NULL, sizeof(ku_control), PROT_READ, MAP_SHARED, fd + KU_FD_CONTROL, 0);
    if (page == MAP_FAILED) return ku_error_errno(err, errno, NULL, "sharing memory");
    context->control = page;
    context->analysis = lookup != NULL ? lookup(job->analysis) : ku_analysis_find(job->analysis);
    if (context->analysis == NULL)
        return ku_error_set(err, KU_FAULT, NULL, "the worker does not know the analysis %s",
                            job->analysis);
    context->seed = job->seed;
    KU_TRY(ku_params_parse(context->analysis, job->params, job->param_count, context->arena, params,
                           err));
    context->pool = ku_pool_new(job->threads);
    if (context->pool == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "the computer cannot start more threads");
    return KU_OK;
}

static ku_status work(int fd, ku_worker_lookup_fn *lookup, ku_run_context *context, int *status_fd,
                      ku_error *err)
{
    ku_job job;
    ku_params *params;
    ku_frames in, out;
    ku_frames_init(&in);
    ku_frames_init(&out);
    KU_TRY(prepare(fd, lookup, context, &job, &params, &in, err));
    *status_fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC); /* for its end */
    uint64_t cpu = ((uint64_t)job.seconds + 5) * job.threads;
    KU_TRY(ku_sandbox_lock(job.memory_limit, cpu, context->messages, err));
    KU_TRY(context->analysis->run(&in, params, context, &out, err));
    return ku_result_write(fd + KU_FD_RESULT, &out, err);
}

int ku_worker_main(int fd, ku_worker_lookup_fn *lookup)
{
    int status_fd = -1;
    ku_error err = {.code = KU_OK};
    ku_run_context context = {.arena = ku_arena_new(), .messages = fd + KU_FD_MESSAGES};
    ku_status status = context.arena != NULL
                           ? work(fd, lookup, &context, &status_fd, &err)
                           : ku_error_set(&err, KU_NO_MEMORY, NULL, "no memory to begin");
    if (status != KU_OK && err.code != status) /* a kernel that failed without a word */
        ku_error_set(&err, status, NULL, "%s", ku_status_text(status));
    if (status == KU_OK) err = (ku_error){.code = KU_OK};
    tell_end(context.messages, &err, status_fd);
    _exit(ku_status_exit(status));
}
