/* main.c - the program's entry: hands over to the command line, or to the worker when it
 * was started as one. */
#include "app/cli/cli.h"
#include "runs/run.h"

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    return ku_cli_main(argc, argv);
}
