/* main.c - the program's entry: hands over to the command line. */
#include "app/cli/cli.h"

int main(int argc, char **argv)
{
    return ku_cli_main(argc, argv);
}
