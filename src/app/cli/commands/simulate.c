/* simulate.c - kemudi simulate company: data to try the program on, with the truth known. */
#include <stdio.h>
#include <string.h>

#include "app/cli/progress.h"
#include "app/cli/session.h"
#include "base/format.h"
#include "simulate/company.h"

static ku_status only_of(cli_session *session, const cli_args *args, ku_company_options *options)
{
    const char *list = cli_option_value(args, "only");
    if (!list) return KU_OK;
    char *copy = ku_arena_strdup(session->arena, list), *rest = NULL;
    const char **names = KU_ARRAY(session->arena, strlen(list) + 1, const char *);
    for (char *at = strtok_r(copy, ",", &rest); at; at = strtok_r(NULL, ",", &rest))
        names[options->only_count++] = at;
    options->only = names;
    return KU_OK;
}

static ku_status options_of(cli_session *session, const cli_args *args, ku_company_options *options,
                            ku_error *err)
{
    int64_t seed, years, threads;
    *options = (ku_company_options){.out = cli_option_value(args, "out"),
                                    .format = cli_option_value(args, "file-format"),
                                    .end = cli_option_value(args, "end"),
                                    .force = cli_option_set(args, "force")};
    if (!options->out)
        return ku_error_set(err, KU_USAGE, NULL, "where to? kemudi simulate company --out FOLDER");
    KU_TRY(cli_option_int(args, "seed", 0, INT64_MAX, 1, &seed, err));
    KU_TRY(cli_option_int(args, "customers", 1, 1000000000, 0, &options->customers, err));
    KU_TRY(cli_option_int(args, "years", 1, 30, KU_COMPANY_YEARS, &years, err));
    KU_TRY(cli_option_int(args, "rows", 1, INT64_MAX, 0, &options->rows, err));
    KU_TRY(cli_option_int(args, "threads", 1, 1024, 0, &threads, err));
    options->seed = (uint64_t)seed;
    options->years = (int)years;
    options->threads = (unsigned)threads;
    return only_of(session, args, options);
}

static void say_report(cli_session *session, const ku_company_options *options,
                       const ku_company_report *report)
{
    char rows[KU_NUMBER_TEXT], bytes[KU_NUMBER_TEXT], took[KU_NUMBER_TEXT];
    for (size_t i = 0; i < report->file_count; i++)
        cli_say(session, "  %-12s %14s rows  %10s\n", report->file[i].fact,
                ku_format_int(rows, report->file[i].rows, NULL),
                ku_format_bytes(bytes, (double)report->file[i].bytes));
    cli_say(session, "%s: %s customers, %s to %s, in %s; truth.json has what made it\n",
            options->out, ku_format_int(rows, report->customers, NULL), report->from, report->to,
            ku_format_duration(took, report->seconds));
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_company_options options;
    ku_company_report report;
    cli_progress progress;
    if (strcmp(cli_operand_at(args, 0), "company") != 0)
        return ku_error_set(err, KU_USAGE, NULL, "found \"%s\", expected: kemudi simulate company",
                            cli_operand_at(args, 0));
    KU_TRY(options_of(session, args, &options, err));
    cli_progress_init(&progress, session);
    ku_status status = ku_simulate_company(&options, cli_progress_show, &progress, &report, err);
    cli_progress_end(&progress);
    if (status == KU_OK) say_report(session, &options, &report);
    return status;
}

static const cli_operand operands[] = {
    {.name = "company", .required = true, .help = "The word company: what is simulated."},
    {.name = NULL},
};

static const cli_option options[] = {
    {.name = "out",
     .letter = 'o',
     .value = "FOLDER",
     .word = CLI_WORD_FOLDER,
     .help = "Where to write one file a fact, and truth.json."},
    {.name = "seed", .value = "N", .help = "The same seed gives the same files. [1]"},
    {.name = "customers", .value = "N", .help = "How many customers the company ever had. [20000]"},
    {.name = "years", .value = "N", .help = "How long it is looked at. [3]"},
    {.name = "rows", .value = "N", .help = "So many sale lines, about, in place of --customers."},
    {.name = "end", .value = "DATE", .help = "Last day. [2025-12-31]"},
    {.name = "file-format", .value = "csv|parquet", .help = "Kind of files. [csv]"},
    {.name = "only", .value = "FACT,FACT", .help = "Only these facts."},
    {.name = "threads", .value = "N", .help = "Processors to use; the files do not depend on it."},
    {.name = "force", .help = "Replace an earlier simulation in the folder."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi simulate company --out company", "a small trading company, three years"},
    {"kemudi simulate company --out big --rows 10000000 --only sale,product",
     "ten million sale lines"},
    {.line = NULL},
};

const cli_command cli_command_simulate = {
    .name = "simulate",
    .group = "Try",
    .order = 320,
    .summary = "write the data of a company that never was",
    .description = "Customers come and go, seasons, prices, promotions and media move demand, "
                   "branches differ. Every parameter that was used is in truth.json, so that an "
                   "answer can be compared with the truth.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .run = run,
};
