/* actor.h - an analysis for tests that does whatever it is told: compute, misbehave,
 * die. Its descriptor and kernel are constants; the test program brings them to its
 * workers by actor_find. */
#ifndef KU_TESTS_RUNS_ACTOR_H
#define KU_TESTS_RUNS_ACTOR_H

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <fcntl.h>

#include "frames/pack.h"
#include "runs/run.h"

static const ku_column_spec actor_number_columns[] = {
    {"key", KU_TEXT, "", false, "Key", "A name."},
    {"x", KU_DOUBLE, "", true, "X", "A number."},
    {0},
};
static const ku_table_spec actor_inputs[] = {
    {.name = "numbers", .meaning = "Numbers.", .columns = actor_number_columns, .optional = true},
    {0},
};
static const ku_column_spec actor_result_columns[] = {
    {"name", KU_TEXT, "", true, "Name", "What."},
    {"value", KU_DOUBLE, "", false, "Value", "How much."},
    {0},
};
static const ku_column_spec actor_draw_columns[] = {
    {"i", KU_INT64, "", true, "I", "Which."},
    {"draw", KU_DOUBLE, "", true, "Draw", "A random number."},
    {0},
};
static const ku_table_spec actor_outputs[] = {
    {.name = "result", .meaning = "The result.", .columns = actor_result_columns},
    {.name = "draws",
     .meaning = "Random numbers.",
     .columns = actor_draw_columns,
     .optional = true},
    {0},
};
static const ku_param_spec actor_params[] = {
    {.name = "act", .type = KU_PARAM_TEXT, .default_value = "sum", .label = "Act", .help = "What."},
    {.name = "count",
     .type = KU_PARAM_INT,
     .default_value = "1000",
     .label = "Count",
     .help = "How many."},
    {0},
};

/* ---- computing -------------------------------------------------------------------- */

static ku_status actor_give(ku_run_context *context, const char *name, double value, ku_frames *out,
                            ku_error *err)
{
    ku_frame *frame;
    ku_frame_builder *b = ku_run_output(context, "result");
    ku_build_text(b, 0, name);
    ku_build_double(b, 1, value);
    ku_build_row(b);
    KU_TRY(ku_frame_builder_finish(b, &frame, err));
    return ku_frames_add(out, frame, err);
}

typedef struct actor_work {
    ku_run_context *context;
    double *draw;
    size_t count;
} actor_work;

static void actor_draw(void *data, size_t item, unsigned thread)
{
    actor_work *w = data;
    (void)thread;
    ku_rng rng = ku_run_rng(w->context, item);
    double sum = 0;
    for (int i = 0; i < 100; i++) sum += ku_rng_normal(&rng);
    w->draw[item] = sum;
    if (item % 16 == 0)
        ku_run_progress(w->context, (double)item / (double)w->count, "drawing numbers");
}

static double actor_term(void *data, size_t item)
{
    return ((actor_work *)data)->draw[item] * 1.1 + 1e-9;
}

/* Random numbers on all threads, their sum, and the input's sum. */
static ku_status actor_sum(const ku_frames *in, const ku_params *params, ku_run_context *context,
                           ku_frames *out, ku_error *err)
{
    actor_work w = {context, NULL, (size_t)ku_param_int(params, "count")};
    w.draw = KU_ARRAY(ku_run_arena(context), w.count, double);
    ku_pool_each(ku_run_pool(context), w.count, 0, actor_draw, &w);
    double sum = ku_pool_sum(ku_run_pool(context), w.count, actor_term, &w);
    const ku_frame *numbers = ku_frames_find(in, "numbers");
    const ku_column *x = numbers != NULL ? ku_frame_column(numbers, "x") : NULL;
    for (int64_t i = 0; x != NULL && i < x->rows; i++) sum += ku_column_number(x, i);
    ku_frame_builder *b = ku_run_output(context, "draws");
    for (size_t i = 0; i < w.count; i++) {
        ku_build_int(b, 0, (int64_t)i);
        ku_build_double(b, 1, w.draw[i]);
        ku_build_row(b);
    }
    ku_frame *frame;
    KU_TRY(ku_frame_builder_finish(b, &frame, err));
    KU_TRY(ku_frames_add(out, frame, err));
    ku_run_remark(context, KU_NOTE, "input", "%lld numbers were given",
                  x != NULL ? (long long)x->rows : 0);
    ku_run_remark(context, KU_WARN, "draws", "these are random");
    return actor_give(context, "sum", sum, out, err);
}

/* ---- misbehaving ------------------------------------------------------------------ */

static void actor_spin(ku_run_context *context, bool listen)
{
    volatile uint64_t n = 0;
    while (!listen || !ku_run_cancelled(context))
        if (++n % 1000000 == 0) ku_run_progress(context, 0.5, "going round");
}

static void actor_balloon(void)
{
    for (;;) {
        char *p = malloc(1 << 20);
        if (p == NULL) abort();
        memset(p, 1, 1 << 20);
    }
}

static int actor_deep(volatile char *before)
{
    volatile char here[4096];
    here[0] = before[0];
    return before[0] == 0 ? actor_deep(here) + here[0] : 0;
}

/* Each returns only when the fence has a hole; the result then says so. */
static void actor_outside(const char *act)
{
    char byte;
    if (strcmp(act, "open") == 0) fopen("/etc/passwd", "r");
    if (strcmp(act, "creat") == 0) creat("/tmp/kemudi-escaped", 0600);
    if (strcmp(act, "unlink") == 0) unlink("/tmp/kemudi-nothing");
    if (strcmp(act, "stat") == 0) access("/etc/passwd", R_OK);
    if (strcmp(act, "socket") == 0) socket(AF_INET, SOCK_STREAM, 0);
    if (strcmp(act, "unix") == 0) socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0});
    if (strcmp(act, "fork") == 0 && fork() == 0) _exit(0);
    if (strcmp(act, "system") == 0 && system("true") != 0) _exit(9);
    if (strcmp(act, "exec") == 0) execl("/bin/true", "true", (char *)NULL);
    if (strcmp(act, "kill") == 0) kill(getppid(), SIGTERM);
    if (strcmp(act, "killself") == 0) kill(0, SIGUSR1);
    if (strcmp(act, "thread") == 0) syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (strcmp(act, "signal") == 0) syscall(SYS_rt_sigaction, SIGSYS, NULL, NULL, 8);
    if (strcmp(act, "limits") == 0)
        setrlimit(RLIMIT_DATA, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    if (strcmp(act, "code") == 0)
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (strcmp(act, "memfd") == 0) memfd_create("x", 0);
    if (strcmp(act, "ptrace") == 0) syscall(SYS_ptrace, 0, 0, 0, 0);
    if (strcmp(act, "uname") == 0) syscall(SYS_uname, &byte);
}

static void actor_die(const char *act, ku_run_context *context)
{
    if (strcmp(act, "segv") == 0) *(volatile int *)(uintptr_t)(getpid() & 1) = 1;
    if (strcmp(act, "fpe") == 0) raise(SIGFPE);
    if (strcmp(act, "abort") == 0) abort();
    if (strcmp(act, "assert") == 0) {
        fprintf(stderr, "kernel.c:12: weights add to one\n");
        abort();
    }
    if (strcmp(act, "stack") == 0) actor_deep(&(char){0});
    if (strcmp(act, "exit") == 0) _exit(0);
    if (strcmp(act, "spin") == 0) actor_spin(context, false);
    if (strcmp(act, "listen") == 0) actor_spin(context, true);
    if (strcmp(act, "sleep") == 0)
        for (;;) sleep(100);
    if (strcmp(act, "balloon") == 0) actor_balloon();
    if (strcmp(act, "arena") == 0)
        for (;;) memset(ku_arena_alloc(ku_run_arena(context), 1 << 20), 1, 1 << 20);
    if (strcmp(act, "flood") == 0)
        for (int i = 0; i < 100000; i++) ku_run_remark(context, KU_NOTE, "flood", "%d", i);
    if (strcmp(act, "hangup") == 0)
        for (int fd = 3; fd < 100; fd++) close(fd);
    if (strcmp(act, "hangup") == 0) actor_spin(context, false);
}

/* ---- giving wrong results ---------------------------------------------------------- */

static ku_status actor_add(ku_frames *out, const char *table, const ku_field *fields, size_t count,
                           ku_error *err)
{
    ku_frame *frame;
    ku_frame_builder *b = ku_frame_builder_new(table, fields, count);
    KU_TRY(ku_frame_builder_finish(b, &frame, err));
    return ku_frames_add(out, frame, err);
}

static ku_status actor_wrong(const char *act, ku_run_context *context, ku_frames *out,
                             ku_error *err)
{
    static const ku_field renamed[] = {{"name", KU_TEXT}, {"worth", KU_DOUBLE}};
    static const ku_field retyped[] = {{"name", KU_TEXT}, {"value", KU_INT64}};
    static const ku_field more[] = {{"name", KU_TEXT}, {"value", KU_DOUBLE}, {"z", KU_INT64}};
    if (strcmp(act, "nothing") == 0) return KU_OK;
    if (strcmp(act, "inf") == 0) return actor_give(context, "x", INFINITY, out, err);
    if (strcmp(act, "renamed") == 0) return actor_add(out, "result", renamed, 2, err);
    if (strcmp(act, "retyped") == 0) return actor_add(out, "result", retyped, 2, err);
    if (strcmp(act, "fewer") == 0) return actor_add(out, "result", renamed, 1, err);
    if (strcmp(act, "more") == 0) return actor_add(out, "result", more, 3, err);
    if (strcmp(act, "extra") == 0) KU_TRY(actor_add(out, "surprise", renamed, 2, err));
    if (strcmp(act, "refuse") == 0)
        return ku_error_set(err, KU_BAD_DATA, "numbers, row 7", "there are too few weeks");
    if (strcmp(act, "silent") == 0) return KU_BAD_DATA;
    if (strcmp(act, "nomemory") == 0) return ku_error_set(err, KU_NO_MEMORY, NULL, "none");
    return actor_give(context, act, 1, out, err);
}

/* What a worker can see of the outside. */
static ku_status actor_look(ku_run_context *context, ku_frames *out, ku_error *err)
{
    extern char **environ;
    int open_fds = 0, variables = 0, known = 0;
    for (int fd = 0; fd < 256; fd++) open_fds += lseek(fd, 0, SEEK_CUR) >= 0 || errno != EBADF;
    for (char **e = environ; *e != NULL; e++) {
        variables++;
        known += strncmp(*e, "OPENBLAS_NUM_THREADS=1", 22) == 0;
    }
    ku_run_remark(context, KU_NOTE, "descriptors", "%d", open_fds);
    ku_run_remark(context, KU_NOTE, "secret", "%s", getenv("ACTOR_SECRET") ? "seen" : "unseen");
    ku_run_remark(context, KU_NOTE, "blas", "%d", known);
    return actor_give(context, "look", variables, out, err);
}

static ku_status actor_run(const ku_frames *in, const ku_params *params, ku_run_context *context,
                           ku_frames *out, ku_error *err)
{
    const char *act = ku_param_text_value(params, "act");
    if (strcmp(act, "sum") == 0) return actor_sum(in, params, context, out, err);
    if (strcmp(act, "look") == 0) return actor_look(context, out, err);
    actor_outside(act);
    actor_die(act, context);
    if (ku_run_cancelled(context)) return ku_error_set(err, KU_CANCELLED, NULL, "stopped");
    return actor_wrong(act, context, out, err);
}

static const ku_analysis actor = {
    .id = "test.actor",
    .version = "1",
    .title = "Actor",
    .area = "Test",
    .question = "Does it hold?",
    .summary = "Does what it is told.",
    .inputs = actor_inputs,
    .params = actor_params,
    .outputs = actor_outputs,
    .run = actor_run,
};

static inline const ku_analysis *actor_find(const char *id)
{
    return strcmp(id, actor.id) == 0 ? &actor : NULL;
}

#endif
