/* sandbox.c - a worker may compute and nothing else.
 *
 * Analyses are pure functions: frames in, frames out. So a worker needs memory, its
 * threads' locks, clocks, and to write to the descriptors it was given. Everything else
 * ends it: a list of calls that would reach out (files, network, programs, other
 * processes) is trapped, so that the run can say in words what was tried; whatever is on
 * no list kills the process. The pool's threads are started before, so even starting a
 * thread is refused.
 *
 * Memory is limited by RLIMIT_DATA, which counts writable private memory: the allocator's
 * and the stacks', not the shared input. */
#include "runs/sandbox.h"

#include <errno.h>
#include <limits.h>
#include <linux/close_range.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runs/channel.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

bool ku_sandbox_limits_memory(void)
{
    return !SANITIZED;
}

/* ---- the beginning -------------------------------------------------------------- */

ku_status ku_sandbox_begin(int64_t parent, int first, int last, ku_error *err)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != (pid_t)parent) /* it died before we asked to die with it */
        return ku_error_set(err, KU_FAULT, NULL, "the program that started the worker is gone");
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NAME, "kemudi-worker");
    if (first > 3) close_range(3, (unsigned)first - 1, 0);
    close_range((unsigned)last + 1, UINT_MAX, 0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return ku_error_errno(err, errno, NULL, "giving up rights");
    return KU_OK;
}

/* ---- limits --------------------------------------------------------------------- */

/* Writable private memory in use now: the sixth number of statm is data and stack. */
static uint64_t data_in_use(uint64_t *all)
{
    unsigned long long size = 0, data = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file != NULL) {
        if (fscanf(file, "%llu %*u %*u %*u %*u %llu", &size, &data) != 2) size = data = 0;
        fclose(file);
    }
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    *all = size * page;
    return data * page;
}

static ku_status limit(int which, uint64_t value, ku_error *err)
{
    struct rlimit r;
    if (getrlimit(which, &r) == 0 && value > r.rlim_max) value = r.rlim_max;
    r = (struct rlimit){value, value};
    if (setrlimit(which, &r) == 0) return KU_OK;
    return ku_error_errno(err, errno, NULL, "setting limits");
}

static ku_status set_limits(uint64_t memory, uint64_t cpu_seconds, ku_error *err)
{
    uint64_t all, data = data_in_use(&all);
    signal(SIGXFSZ, SIG_IGN); /* too large a result is an error, not a crash */
    KU_TRY(limit(RLIMIT_CORE, 0, err));
    KU_TRY(limit(RLIMIT_FSIZE, memory, err));
    KU_TRY(limit(RLIMIT_NOFILE, 0, err));
    KU_TRY(limit(RLIMIT_CPU, cpu_seconds, err));
    if (!ku_sandbox_limits_memory()) return KU_OK;
    /* Addresses: what exists, twice the memory (the result is shared, the allocator
     * reserves ahead), and slack. A second fence only, wider than the first. */
    KU_TRY(limit(RLIMIT_AS, all + 2 * memory + (UINT64_C(4) << 30), err));
    return limit(RLIMIT_DATA, data + memory, err);
}

/* ---- system calls --------------------------------------------------------------- */

static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(close),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(gettid),
    SCMP_SYS(getcpu),
    SCMP_SYS(getrandom),
    SCMP_SYS(sysinfo),
    SCMP_SYS(getrusage),
    SCMP_SYS(getrlimit),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(membarrier),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* Asked by the C library on the way to something else; a plain "no" does no harm. */
static const int declined[] = {
    SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(ioctl),    SCMP_SYS(prctl),
    SCMP_SYS(fcntl), SCMP_SYS(mlock),      SCMP_SYS(readlink),
};

static const struct attempt {
    int system_call;
    const char *what;
} attempts[] = {
    {SCMP_SYS(open), "open a file"},
    {SCMP_SYS(openat), "open a file"},
    {SCMP_SYS(openat2), "open a file"},
    {SCMP_SYS(creat), "open a file"},
    {SCMP_SYS(memfd_create), "open a file"},
    {SCMP_SYS(stat), "look at a file"},
    {SCMP_SYS(lstat), "look at a file"},
    {SCMP_SYS(statx), "look at a file"},
    {SCMP_SYS(access), "look at a file"},
    {SCMP_SYS(faccessat2), "look at a file"},
    {SCMP_SYS(unlink), "remove a file"},
    {SCMP_SYS(unlinkat), "remove a file"},
    {SCMP_SYS(rename), "rename a file"},
    {SCMP_SYS(renameat2), "rename a file"},
    {SCMP_SYS(mkdir), "make a folder"},
    {SCMP_SYS(mkdirat), "make a folder"},
    {SCMP_SYS(socket), "use the network"},
    {SCMP_SYS(socketpair), "use the network"},
    {SCMP_SYS(connect), "use the network"},
    {SCMP_SYS(sendto), "use the network"},
    {SCMP_SYS(bind), "use the network"},
    {SCMP_SYS(io_uring_setup), "use the network"},
    {SCMP_SYS(fork), "start a program"},
    {SCMP_SYS(vfork), "start a program"},
    {SCMP_SYS(execve), "start a program"},
    {SCMP_SYS(execveat), "start a program"},
    {SCMP_SYS(clone), "start a thread or program"},
    {SCMP_SYS(clone3), "start a thread or program"},
    {SCMP_SYS(kill), "signal another program"},
    {SCMP_SYS(tkill), "signal another program"},
    {SCMP_SYS(ptrace), "look into another program"},
    {SCMP_SYS(process_vm_readv), "look into another program"},
    {SCMP_SYS(rt_sigaction), "change how it can be stopped"},
    {SCMP_SYS(setrlimit), "change its limits"},
};
enum {
    ALLOWED = sizeof allowed / sizeof *allowed,
    DECLINED = sizeof declined / sizeof *declined,
    ATTEMPTS = sizeof attempts / sizeof *attempts,
};

const char *ku_sandbox_attempt(int system_call)
{
    for (size_t i = 0; i < ATTEMPTS; i++)
        if (attempts[i].system_call == system_call) return attempts[i].what;
    return "do something that analyses have no need of";
}

/* Which descriptor reports refused calls: a signal handler has no other way to know it. */
static volatile sig_atomic_t report_fd = -1;

static void refused(int signal_number, siginfo_t *info, void *context)
{
    (void)signal_number;
    (void)context;
    ku_message message = {.kind = KU_MESSAGE_REFUSED, .number = info->si_syscall};
    ku_message_send((int)report_fd, &message);
    /* Straight to the kernel: _exit may be wrapped by a library that takes locks. */
    syscall(SYS_exit_group, ku_status_exit(KU_FAULT));
}

/* Some calls are missing on some processors; libseccomp says so with EDOM. */
static int add_rule(scmp_filter_ctx filter, uint32_t action, int system_call)
{
    int failed = seccomp_rule_add(filter, action, system_call, 0);
    return failed == -EDOM ? 0 : failed;
}

static int add_plain_rules(scmp_filter_ctx filter)
{
    int failed = 0;
    for (size_t i = 0; i < ALLOWED && failed == 0; i++)
        failed = add_rule(filter, SCMP_ACT_ALLOW, allowed[i]);
    for (size_t i = 0; i < DECLINED && failed == 0; i++)
        failed = add_rule(filter, SCMP_ACT_ERRNO(EPERM), declined[i]);
    for (size_t i = 0; i < ATTEMPTS && failed == 0; i++)
        failed = add_rule(filter, SCMP_ACT_TRAP, attempts[i].system_call);
    return failed;
}

/* Memory that is not executable; abort(), which signals only itself; reading limits. */
static int add_argument_rules(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp plain = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, plain);
    if (failed == 0)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, plain);
    if (failed == 0)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 2,
                                  SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0),
                                  SCMP_A2(SCMP_CMP_EQ, SIGABRT, 0));
    if (failed == 0)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1,
                                  SCMP_A2(SCMP_CMP_EQ, 0, 0));
    return failed;
}

static ku_status load_filter(ku_error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the fence");
    int failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (failed == 0) failed = add_plain_rules(filter);
    if (failed == 0) failed = add_argument_rules(filter);
    if (failed == 0) failed = seccomp_load(filter);
    seccomp_release(filter);
    if (failed == 0) return KU_OK;
    return ku_error_set(err, KU_FAULT, NULL,
                        "this computer does not let Kemudi fence its workers in (seccomp: %s)",
                        strerrordesc_np(-failed));
}

ku_status ku_sandbox_lock(uint64_t memory, uint64_t cpu_seconds, int messages, ku_error *err)
{
    struct sigaction action = {.sa_sigaction = refused, .sa_flags = SA_SIGINFO};
    report_fd = messages;
    if (sigaction(SIGSYS, &action, NULL) != 0)
        return ku_error_errno(err, errno, NULL, "setting up the fence");
    KU_TRY(set_limits(memory, cpu_seconds, err));
    return load_filter(err);
}
