/* interrupt.c - Ctrl-C. The one place with state of the whole process, as a signal has no
 * other way to say something: a flag that long work asks for. */
#include <signal.h>
#include <unistd.h>

#include "app/cli/interrupt_internal.h"
#include "app/cli/session.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
    if (interrupted) _exit(128 + signal);
    interrupted = 1;
}

void cli_interrupt_listen(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

bool cli_interrupted(void)
{
    return interrupted != 0;
}
