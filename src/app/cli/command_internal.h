/* command_internal.h - the generated list of commands, NULL-terminated. Constants. */
#ifndef KU_APP_CLI_COMMAND_INTERNAL_H
#define KU_APP_CLI_COMMAND_INTERNAL_H

#include "app/cli/command.h"

extern const cli_command *const cli_registry_commands[];

#endif
