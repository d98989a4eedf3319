/* cli.h - the command line: a thin adapter over registry, bank and runs. */
#ifndef KU_APP_CLI_CLI_H
#define KU_APP_CLI_CLI_H

/* Runs one command and returns the process's exit code. */
int ku_cli_main(int argc, char **argv);

#endif
