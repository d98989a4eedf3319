/* help.h - help texts, generated from the descriptors. Owns nothing. */
#ifndef KU_APP_CLI_HELP_H
#define KU_APP_CLI_HELP_H

#include "app/cli/command.h"
#include "base/text.h"

/* The list of commands by group. */
void cli_help_all(ku_text *out, bool colour);
/* One command; with `analysis` (or NULL) also what that analysis is and its parameters.
 * Lines are wrapped at `width` columns. */
void cli_help_command(const cli_command *command, const ku_analysis *analysis, int width,
                      bool colour, ku_text *out);
/* "kemudi run ANALYSIS [--in TABLE=FILE]... [--PARAM VALUE]..." */
void cli_help_usage(const cli_command *command, ku_text *out);

#endif
