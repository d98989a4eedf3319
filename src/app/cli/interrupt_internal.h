/* interrupt_internal.h - hearing Ctrl-C; owns nothing. */
#ifndef KU_APP_CLI_INTERRUPT_INTERNAL_H
#define KU_APP_CLI_INTERRUPT_INTERNAL_H

/* From now on SIGINT and SIGTERM set what cli_interrupted() tells, and writing to a closed
 * pipe is an error and not the end of the process. */
void cli_interrupt_listen(void);

#endif
