/* lock.c - who may use a bank's file at this moment.
 *
 * DuckDB guards its file with a POSIX record lock, which belongs to a process: a second
 * opening within one process is not noticed, and closing any descriptor of the file drops
 * the lock. So a file of its own beside the bank carries a flock, which belongs to an
 * opening. It stays there empty; removing it could let two processes lock two files of
 * one name. Who holds it is read from /proc/locks, so nothing is written that could be
 * out of date after a crash. */
#include "bank/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/date.h"

enum { FIRST_PAUSE_MS = 5, LONGEST_PAUSE_MS = 100 };

/* The command line of a process with spaces between its words; "" when it is gone. */
static void command_of(int pid, char *to, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    to[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t n = read(fd, to, size - 1);
    close(fd);
    if (n < 0) n = 0;
    for (ssize_t i = 0; i + 1 < n; i++)
        if (to[i] == '\0') to[i] = ' ';
    to[n] = '\0';
}

/* The first process in /proc/locks with a flock on this file, or 0. A line is
 * "1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF"; one that waits begins "1: ->". */
static int holder_of(int fd)
{
    struct stat st;
    FILE *locks = fstat(fd, &st) == 0 ? fopen("/proc/locks", "re") : NULL;
    if (locks == NULL) return 0;
    char line[256];
    int found = 0;
    while (found == 0 && fgets(line, sizeof line, locks) != NULL) {
        int pid;
        unsigned major_number, minor_number;
        unsigned long long inode;
        if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%llu", &pid, &major_number, &minor_number,
                   &inode) == 4 &&
            inode == (unsigned long long)st.st_ino && major_number == major(st.st_dev) &&
            minor_number == minor(st.st_dev))
            found = pid;
    }
    fclose(locks);
    return found;
}

static ku_status busy(const char *path, int fd, ku_error *err)
{
    int pid = holder_of(fd);
    if (pid <= 0) return ku_error_set(err, KU_BUSY, path, "the bank is in use by another process");
    char command[160];
    command_of(pid, command, sizeof command);
    return ku_error_set(err, KU_BUSY, path, "the bank is in use by process %d%s%s%s", pid,
                        command[0] != '\0' ? " (" : "", command, command[0] != '\0' ? ")" : "");
}

static int open_lock(const char *path, bool exclusive)
{
    char name[4096];
    int length = snprintf(name, sizeof name, "%s.lock", path);
    if (length < 0 || (size_t)length >= sizeof name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && !exclusive) fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return fd;
}

static void pause_ms(int ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

ku_status ku_bank_lock(const char *path, bool exclusive, int wait_ms, int *fd, ku_error *err)
{
    *fd = open_lock(path, exclusive);
    if (*fd < 0 && !exclusive && (errno == ENOENT || errno == EROFS || errno == EACCES))
        return KU_OK;
    if (*fd < 0) return ku_error_errno(err, errno, path, "lock the bank");
    double until = ku_clock_seconds() + wait_ms / 1000.0;
    int pause = FIRST_PAUSE_MS;
    while (flock(*fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
        int why = errno;
        if (why == EINTR) continue;
        ku_status status = KU_OK;
        if (why != EWOULDBLOCK)
            status = ku_error_errno(err, why, path, "lock the bank");
        else if (ku_clock_seconds() >= until)
            status = busy(path, *fd, err);
        if (status != KU_OK) {
            close(*fd);
            *fd = -1;
            return status;
        }
        pause_ms(pause);
        pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
    }
    return KU_OK;
}

void ku_bank_unlock(int fd)
{
    if (fd >= 0) close(fd);
}
