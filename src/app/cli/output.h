/* output.h - a run's tables in the form that was asked for. Owns nothing. */
#ifndef KU_APP_CLI_OUTPUT_H
#define KU_APP_CLI_OUTPUT_H

#include "app/cli/session.h"
#include "runs/run.h"

/* The options --format, --table, --rows and --out of the commands that show tables. */
#define CLI_OUTPUT_OPTIONS                                                                         \
    {.name = "format",                                                                             \
     .value = "table|csv|json",                                                                    \
     .word = CLI_WORD_FORMAT,                                                                      \
     .help = "How to print: aligned for people, or for machines. [table]"},                        \
        {.name = "table",                                                                          \
         .value = "NAME",                                                                          \
         .help = "Print this result table only; csv prints one, the first unless named."},         \
        {.name = "rows", .value = "N", .help = "Rows of each printed table, 0 for all. [40]"},     \
    {                                                                                              \
        .name = "out", .letter = 'o', .value = "DIR", .word = CLI_WORD_FOLDER,                     \
        .help = "Write each result table as DIR/TABLE.csv and print no tables."                    \
    }

/* Checks the options before any work is done: KU_USAGE for an unknown format or table. */
ku_status cli_output_check(const cli_args *args, const ku_analysis *analysis, ku_error *err);

/* Prints or writes the tables. `currency` NULL: no currency is known. */
ku_status cli_output_tables(cli_session *session, const cli_args *args, const ku_analysis *analysis,
                            const ku_run_record *record, const ku_frames *tables,
                            const char *currency, ku_error *err);

/* Remarks of the run, warnings first, to the message stream. */
void cli_output_remarks(cli_session *session, const ku_run_record *record);

#endif
