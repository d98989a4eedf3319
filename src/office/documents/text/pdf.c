/* pdf.c - the words of a PDF, taken out by the program pdftotext in a process of its own.
 *
 * A PDF from a stranger is the likeliest thing here to carry an attack on its reader, so the
 * reader gets a process that can do little: the file in a sealed piece of memory, another
 * for the words, an empty environment, limits of processor time, clock time, memory and
 * output, a filter of system calls that leaves it no network, no other program and no file it
 * could write, and (Landlock, where the kernel has it) no file to read but the system's own:
 * else a PDF that takes the reader over could hand our keys out as its words. All of it is put
 * together before the fork: in the child of a program with threads only plain system calls
 * are safe. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "office/documents/text/text_internal.h"

enum { FILTER_MAX = 4096 };

typedef struct reader {
    int pdf, words;               /* memory files */
    int rules;                    /* of Landlock; -1: the kernel has none */
    struct sock_filter *filter;   /* in `space` */
    unsigned short filter_length; /* instructions */
    struct sock_filter space[FILTER_MAX];
    pid_t pid;
} reader;

/* ---- the filter ------------------------------------------------------------------------------ */

static const int refused[] = {
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(clone),
    SCMP_SYS(clone3),
    SCMP_SYS(kill),
    SCMP_SYS(tkill),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(creat),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),
    SCMP_SYS(fchown),
    SCMP_SYS(lchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(truncate),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(bpf),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(openat2),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(shmget),
};

static int refuse_writing(scmp_filter_ctx filter, int call, unsigned at)
{
    uint32_t no = SCMP_ACT_ERRNO(EPERM);
    static const int flags[] = {O_WRONLY, O_RDWR};
    int failed = 0;
    for (size_t i = 0; i < 2 && failed == 0; i++)
        failed = seccomp_rule_add(filter, no, call, 1,
                                  (struct scmp_arg_cmp){.arg = at,
                                                        .op = SCMP_CMP_MASKED_EQ,
                                                        .datum_a = O_ACCMODE,
                                                        .datum_b = (scmp_datum_t)flags[i]});
    if (failed == 0)
        failed = seccomp_rule_add(
            filter, no, call, 1,
            (struct scmp_arg_cmp){
                .arg = at, .op = SCMP_CMP_MASKED_EQ, .datum_a = O_CREAT, .datum_b = O_CREAT});
    return failed == -EDOM ? 0 : failed;
}

static int add_rules(scmp_filter_ctx filter)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof refused / sizeof *refused && failed == 0; i++) {
        failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
        if (failed == -EDOM) failed = 0; /* not on this processor */
    }
    if (failed == 0) failed = refuse_writing(filter, SCMP_SYS(open), 1);
    if (failed == 0) failed = refuse_writing(filter, SCMP_SYS(openat), 2);
    return failed;
}

/* Writes the instructions into a memory file and takes them back as bytes. */
static int export_filter(scmp_filter_ctx filter, reader *r)
{
    int fd = memfd_create("kemudi-filter", MFD_CLOEXEC);
    if (fd < 0) return -errno;
    int failed = seccomp_export_bpf(filter, fd);
    off_t size = lseek(fd, 0, SEEK_END);
    if (failed == 0 && (size <= 0 || (size_t)size > sizeof r->space)) failed = -E2BIG;
    if (failed == 0 && pread(fd, r->space, (size_t)size, 0) != size) failed = -EIO;
    close(fd);
    r->filter = r->space;
    r->filter_length = (unsigned short)((size_t)size / sizeof *r->space);
    return failed;
}

static ku_status make_filter(reader *r, ku_error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the fence");
    int failed = add_rules(filter);
    if (failed == 0) failed = export_filter(filter, r);
    seccomp_release(filter);
    if (failed == 0) return KU_OK;
    return ku_error_set(err, KU_FAULT, NULL,
                        "this computer does not let Kemudi fence the reader of PDF in (%s)",
                        strerrordesc_np(-failed));
}

/* ---- what it may read ------------------------------------------------------------------------- */

static void allow_below(int rules, const char *path)
{
    struct landlock_path_beneath_attr below = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE |
                                                                 LANDLOCK_ACCESS_FS_READ_DIR |
                                                                 LANDLOCK_ACCESS_FS_EXECUTE,
                                               .parent_fd = open(path, O_PATH | O_CLOEXEC)};
    if (below.parent_fd < 0) return; /* not on this computer */
    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
    close(below.parent_fd);
}

/* Programs, libraries and fonts; -1 where the kernel cannot. */
static int make_rules(const char *program)
{
    static const char *const readable[] = {
        "/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/fonts"};
    struct landlock_ruleset_attr all = {
        .handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                             LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (rules < 0) return -1;
    for (size_t i = 0; i < sizeof readable / sizeof *readable; i++) allow_below(rules, readable[i]);
    struct landlock_path_beneath_attr own = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE |
                                                               LANDLOCK_ACCESS_FS_EXECUTE,
                                             .parent_fd = open(program, O_PATH | O_CLOEXEC)};
    if (own.parent_fd >= 0) {
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &own, 0);
        close(own.parent_fd);
    }
    return rules;
}

/* ---- the child: system calls only --------------------------------------------------------------- */

static int limit(int which, rlim_t value)
{
    struct rlimit r = {value, value}, now;
    if (getrlimit(which, &now) == 0 && value > now.rlim_max) r.rlim_max = r.rlim_cur = now.rlim_max;
    return setrlimit(which, &r);
}

static _Noreturn void become_reader(const reader *r, const ku_words_limits *limits, pid_t parent)
{
    /* _exit may be wrapped by a library that takes locks. */
    static char *const env[] = {NULL};
    char *const argv[] = {"pdftotext",       "-q", "-enc", "UTF-8", "-l", "5000",
                          "/proc/self/fd/0", "-",  NULL};
    struct sock_fprog program = {.len = r->filter_length, .filter = r->filter};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool good = getppid() == parent && dup2(r->pdf, 0) == 0 && dup2(r->words, 1) == 1;
    int nothing = open("/dev/null", O_WRONLY);
    good = good && nothing >= 0 && dup2(nothing, 2) == 2;
    good = good && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    if (r->rules >= 0) good = good && syscall(SYS_landlock_restrict_self, r->rules, 0) == 0;
    syscall(SYS_close_range, 3, UINT_MAX, CLOSE_RANGE_UNSHARE);
    good = good && chdir("/") == 0;
    good = good && limit(RLIMIT_CORE, 0) == 0;
    good = good && limit(RLIMIT_CPU, (rlim_t)limits->seconds + 1) == 0;
    good = good && limit(RLIMIT_AS, (rlim_t)limits->memory) == 0;
    good = good && limit(RLIMIT_FSIZE, (rlim_t)limits->text_bytes + 4096) == 0;
    good = good && limit(RLIMIT_NOFILE, 32) == 0;
    good = good && setpriority(PRIO_PROCESS, 0, 10) == 0;
    good = good && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
    if (good) execve(limits->pdftotext, argv, env);
    syscall(SYS_exit_group, 126);
    __builtin_unreachable();
}

/* ---- the parent ------------------------------------------------------------------------------------- */

static ku_status make_files(reader *r, const void *bytes, size_t length, ku_error *err)
{
    r->pdf = memfd_create("kemudi-pdf", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    r->words = memfd_create("kemudi-words", MFD_CLOEXEC);
    if (r->pdf < 0 || r->words < 0) return ku_error_errno(err, errno, NULL, "reading the PDF");
    KU_TRY(ku_write_all(r->pdf, bytes, length, "PDF", err));
    if (fcntl(r->pdf, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0 ||
        lseek(r->pdf, 0, SEEK_SET) != 0)
        return ku_error_errno(err, errno, NULL, "reading the PDF");
    return KU_OK;
}

/* Waits for the child, killing it when its time is over; *how as waitpid's. */
static bool wait_for(pid_t pid, double seconds, int *how)
{
    double until = ku_clock_seconds() + seconds;
    bool late = false;
    pid_t got;
    while ((got = waitpid(pid, how, WNOHANG)) == 0 || (got < 0 && errno == EINTR)) {
        if (!late && ku_clock_seconds() > until) {
            kill(pid, SIGKILL);
            late = true;
        }
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    return !late && got == pid;
}

static ku_status take_words(const reader *r, size_t limit_bytes, ku_text *out, bool *cut,
                            ku_error *err)
{
    char block[65536];
    off_t at = 0;
    ssize_t n;
    while ((n = pread(r->words, block, sizeof block, at)) > 0) {
        ku_text_addn(out, block, (size_t)n);
        at += n;
    }
    *cut = (size_t)at >= limit_bytes;
    return n < 0 ? ku_error_errno(err, errno, NULL, "reading the PDF's words") : KU_OK;
}

static const char *why_none(bool in_time, int how)
{
    if (!in_time || (WIFSIGNALED(how) && WTERMSIG(how) == SIGXCPU))
        return "taking the PDF's words out took too long";
    if (WIFEXITED(how) && WEXITSTATUS(how) == 126)
        return "the program pdftotext is not installed (Debian package poppler-utils)";
    if (WIFEXITED(how) && WEXITSTATUS(how) == 3)
        return "the PDF does not allow its text to be taken";
    return "the PDF is damaged or protected by a password";
}

static ku_status run(reader *r, const ku_words_limits *limits, ku_text *out, bool *cut,
                     const char **note, ku_error *err)
{
    int how = 0;
    pid_t parent = getpid();
    r->pid = fork();
    if (r->pid < 0) return ku_error_errno(err, errno, NULL, "starting the reader of PDF");
    if (r->pid == 0) become_reader(r, limits, parent);
    bool in_time = wait_for(r->pid, limits->seconds, &how);
    /* Stopped at the limit of its output it has still given that much. */
    bool full = WIFSIGNALED(how) && WTERMSIG(how) == SIGXFSZ;
    if (!in_time || !(full || (WIFEXITED(how) && WEXITSTATUS(how) == 0)))
        *note = why_none(in_time, how);
    if (in_time && (WIFEXITED(how) || full))
        return take_words(r, limits->text_bytes, out, cut, err);
    return KU_OK;
}

ku_status ku_words_pdf(const void *bytes, size_t length, const ku_words_limits *limits,
                       ku_text *out, bool *cut, const char **note, ku_error *err)
{
    if (access(limits->pdftotext, X_OK) != 0) {
        *note = "the program pdftotext is not installed (Debian package poppler-utils)";
        return KU_OK;
    }
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    reader *r = KU_NEW(arena, reader);
    r->pdf = r->words = -1;
    r->rules = make_rules(limits->pdftotext);
    ku_status status = make_files(r, bytes, length, err);
    if (status == KU_OK) status = make_filter(r, err);
    if (status == KU_OK) status = run(r, limits, out, cut, note, err);
    if (r->pdf >= 0) close(r->pdf);
    if (r->words >= 0) close(r->words);
    if (r->rules >= 0) close(r->rules);
    ku_arena_free(arena);
    return status;
}
