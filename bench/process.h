/* process.h - for the cases: the processor time used so far, and peers run as programs of their
 * own. Owns nothing. */
#ifndef KU_BENCH_PROCESS_H
#define KU_BENCH_PROCESS_H

#include <spawn.h>
#include <stddef.h>
#include <sys/wait.h>
#include <time.h>

/* Of all threads of this program. */
static inline double processor_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Runs a program to its end; its status as of waitpid, or -1 where it could not be started. */
static inline int run_program(const char *const *argv)
{
    extern char **environ;
    pid_t pid;
    int status;
    if (posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid)
        return -1;
    return status;
}

#endif
