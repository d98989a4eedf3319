/* args.h - the words of a command line against a command's descriptor. A cli_args lives in
 * the arena it was parsed into and points into argv. */
#ifndef KU_APP_CLI_ARGS_H
#define KU_APP_CLI_ARGS_H

#include "app/cli/command.h"

/* Parses the words after the command's name. `--name value`, `--name=value`, `-w value`,
 * `-wvalue`; `--` ends the options. With `analysis_flags` the analysis is the first
 * operand and its parameters are flags too (--no-NAME turns a yes/no parameter off).
 * KU_USAGE for an unknown option (with the nearest one), a missing value, a missing or
 * surplus operand. `--help` anywhere sets cli_args_help and checks nothing else. */
ku_status cli_args_parse(const cli_command *command, int count, char *const *words, ku_arena *arena,
                         cli_args **args, ku_error *err);

bool cli_args_help(const cli_args *args);
/* The analysis of a command with analysis_flags; may be NULL with --help. */
const ku_analysis *cli_args_analysis(const cli_args *args);

size_t cli_operand_count(const cli_args *args);
const char *cli_operand_at(const cli_args *args, size_t index); /* NULL beyond the last */

/* An option's value, the last one given, or NULL; a switch gives "" when set. */
const char *cli_option_value(const cli_args *args, const char *name);
bool cli_option_set(const cli_args *args, const char *name);
/* The i-th value of an option that repeats, or NULL. */
const char *cli_option_nth(const cli_args *args, const char *name, size_t index);
/* As cli_option_value, checked: a whole number within [min, max], or `missing`. */
ku_status cli_option_int(const cli_args *args, const char *name, int64_t min, int64_t max,
                         int64_t missing, int64_t *value, ku_error *err);

/* Parameters of the analysis that were given. */
const ku_param_text *cli_args_params(const cli_args *args, size_t *count);

#endif
