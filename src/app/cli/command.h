/* command.h - what a command tells about itself. One file per command in commands/, found
 * by the build; dispatch, checks of options, --help, shell completion, man pages and the
 * docs all come from these descriptors. They are constants and live for ever. */
#ifndef KU_APP_CLI_COMMAND_H
#define KU_APP_CLI_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "kemudi/analysis.h"
#include "kemudi/arena.h"
#include "kemudi/error.h"

/* What a value is, for completion. */
typedef enum cli_word {
    CLI_WORD_ANY,
    CLI_WORD_FILE,
    CLI_WORD_FOLDER,
    CLI_WORD_FACT,
    CLI_WORD_ANALYSIS,
    CLI_WORD_SHELL,
    CLI_WORD_FORMAT,
} cli_word;

typedef struct cli_option {
    const char *name;  /* "out": --out; NULL ends the list */
    char letter;       /* 'w': -w; 0: none */
    const char *value; /* "DIR": what follows; NULL: a switch */
    cli_word word;
    bool repeats;
    const char *help;
} cli_option;

typedef struct cli_operand {
    const char *name; /* "FILE"; NULL ends the list */
    bool required;
    bool repeats; /* the last one only */
    cli_word word;
    const char *help;
} cli_operand;

typedef struct cli_example {
    const char *line; /* NULL ends the list */
    const char *what;
} cli_example;

typedef struct cli_args cli_args;       /* args.h */
typedef struct cli_session cli_session; /* session.h */

typedef struct cli_command {
    const char *name;
    const char *group;       /* heading under which `kemudi --help` lists it */
    int order;               /* place in that list; groups are runs of neighbours */
    const char *summary;     /* one line, no full stop */
    const char *description; /* paragraphs separated by an empty line */
    const cli_operand *operands;
    const cli_option *options;
    const cli_example *examples;
    bool analysis_flags; /* the analysis named first brings its parameters as flags */
    bool hidden;
    ku_status (*run)(cli_session *session, const cli_args *args, ku_error *err);
} cli_command;

/* Options that every command knows: --help, --quiet, -w. */
extern const cli_option cli_common_options[];

/* All commands in the order of `kemudi --help`, NULL-terminated. */
const cli_command *const *cli_commands(void);
const cli_command *cli_command_find(const char *name);    /* or NULL */
const cli_command *cli_command_nearest(const char *name); /* or NULL */

#endif
