/* import.c - kemudi import: files, or a result of a run, into the bank. Says how each file
 * is read and where each column goes before it counts what came of it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/cli/progress.h"
#include "app/cli/session.h"
#include "app/cli/table.h"
#include "bank/import.h"
#include "base/format.h"
#include "base/text.h"
#include "runs/as_fact.h"

/* ---- what is asked ------------------------------------------------------------------------ */

static ku_status fact_of(const cli_args *args, const ku_fact **fact, ku_error *err)
{
    const char *name = cli_operand_at(args, 0);
    *fact = ku_fact_find(name);
    if (*fact) return KU_OK;
    const ku_fact *near = ku_fact_nearest(name);
    return ku_error_set(err, KU_NOT_FOUND, NULL,
                        near ? "there is no fact \"%s\"; did you mean %s?"
                             : "there is no fact \"%s\"; kemudi facts lists them",
                        name, near ? near->name : "");
}

static ku_status mapping_of(cli_session *session, const cli_args *args, ku_import_options *options,
                            ku_error *err)
{
    size_t count = 0;
    while (cli_option_nth(args, "map", count)) count++;
    ku_mapping *mapping = KU_ARRAY(session->arena, count + 1, ku_mapping);
    for (size_t i = 0; i < count; i++) {
        const char *word = cli_option_nth(args, "map", i), *equals = strchr(word, '=');
        if (!equals || equals == word || !equals[1])
            return ku_error_set(err, KU_USAGE, NULL, "--map: found \"%s\", expected FIELD=COLUMN",
                                word);
        mapping[i].field = ku_arena_strndup(session->arena, word, (size_t)(equals - word));
        mapping[i].column = equals + 1;
    }
    options->mapping = mapping;
    options->mapping_count = count;
    return KU_OK;
}

static ku_status mark_of(const cli_args *args, const char *option, char *mark, ku_error *err)
{
    const char *text = cli_option_value(args, option);
    if (!text) return KU_OK;
    if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0)
        *mark = '\t';
    else if (strlen(text) == 1)
        *mark = text[0];
    else
        return ku_error_set(err, KU_USAGE, NULL,
                            "--%s: found \"%s\", expected one character or tab", option, text);
    return KU_OK;
}

static ku_status choice_of(const cli_args *args, const char *option, const char *const *choices,
                           const char **value, ku_error *err)
{
    const char *text = cli_option_value(args, option);
    *value = text;
    if (!text) return KU_OK;
    ku_text list = {0};
    for (size_t i = 0; choices[i]; i++) {
        if (strcmp(text, choices[i]) == 0) return ku_text_clear(&list), KU_OK;
        ku_text_addf(&list, "%s%s", i == 0 ? "" : choices[i + 1] ? ", " : " or ", choices[i]);
    }
    ku_error_set(err, KU_USAGE, NULL, "--%s: found \"%s\", expected %s", option, text,
                 ku_text_string(&list));
    ku_text_clear(&list);
    return KU_USAGE;
}

static ku_status options_of(cli_session *session, const cli_args *args, ku_import_options *options,
                            ku_error *err)
{
    static const char *const formats[] = {"csv", "parquet", "jsonl", "xlsx", NULL};
    static const char *const orders[] = {"ymd", "dmy", "mdy", NULL};
    static const char *const encodings[] = {"utf-8", "latin-1", "utf-16", NULL};
    static const char *const yes_no[] = {"yes", "no", NULL};
    static const char *const overlaps[] = {"once", "keep", NULL};
    const char *header, *overlap;
    size_t files = cli_operand_count(args) - 1;
    const char **paths = KU_ARRAY(session->arena, files, const char *);
    for (size_t i = 0; i < files; i++) paths[i] = cli_operand_at(args, i + 1);
    *options = (ku_import_options){.paths = paths,
                                   .path_count = files,
                                   .profile = cli_option_value(args, "profile"),
                                   .sheet = cli_option_value(args, "sheet"),
                                   .dry_run = cli_option_set(args, "dry-run"),
                                   .strict = cli_option_set(args, "strict"),
                                   .rejects_path = cli_option_value(args, "rejects"),
                                   .actor = "command line"};
    KU_TRY(fact_of(args, &options->fact, err));
    KU_TRY(mapping_of(session, args, options, err));
    KU_TRY(choice_of(args, "file-format", formats, &options->format, err));
    KU_TRY(choice_of(args, "encoding", encodings, &options->encoding, err));
    KU_TRY(choice_of(args, "date-order", orders, &options->date_order, err));
    KU_TRY(choice_of(args, "header", yes_no, &header, err));
    KU_TRY(choice_of(args, "overlap", overlaps, &overlap, err));
    options->header = header ? (strcmp(header, "yes") == 0 ? 1 : -1) : 0;
    options->overlap = overlap && strcmp(overlap, "keep") == 0 ? KU_OVERLAP_KEEP : KU_OVERLAP_ONCE;
    KU_TRY(mark_of(args, "delimiter", &options->delimiter, err));
    KU_TRY(mark_of(args, "quote", &options->quote, err));
    return mark_of(args, "decimal", &options->decimal, err);
}

/* ---- what is told -------------------------------------------------------------------------- */

static void say_source(const cli_session *session, const ku_import_source *source)
{
    cli_say(session, "%s: %s", source->path, source->format);
    if (strcmp(source->format, "csv") == 0) {
        cli_say(session, ", %s, ", source->encoding);
        if (source->delimiter == '\t')
            cli_say(session, "separated by tabs");
        else
            cli_say(session, "separated by \"%c\"", source->delimiter);
        cli_say(session, ", decimal mark \"%c\"", source->decimal ? source->decimal : '.');
        if (!source->header) cli_say(session, ", no heading line");
    }
    if (source->sheet) cli_say(session, ", sheet \"%s\"", source->sheet);
    if (source->date_order_how && strstr(source->date_order_how, "ambiguous"))
        cli_say(session, ", dates %s (%s)", source->date_order, source->date_order_how);
    else if (source->date_order)
        cli_say(session, ", dates %s", source->date_order);
    cli_say(session, "\n");
    if (source->already)
        cli_say(session, "  this very file was imported before, as batch %s\n", source->already);
}

/* "StockCode:5"; or the column in other letters than the mapping has it. */
static void say_part(const cli_session *session, const ku_import_match *match)
{
    const char *colon = strlen(match->source) > strlen(match->column) ? strrchr(match->source, ':')
                                                                      : NULL;
    if (colon)
        cli_say(session, "  %-16s from the first %s characters of %s (%s)\n", match->field,
                colon + 1, match->column, match->how);
    else
        cli_say(session, "  %-16s from %s (%s)\n", match->field, match->column, match->how);
}

/* The fields come in the order of the fact's columns. */
static void say_mapping(cli_session *session, const ku_fact *fact, const ku_import_report *report)
{
    cli_say(session, "columns:\n");
    for (size_t i = 0; i < report->match_count; i++) {
        const ku_import_match *match = &report->match[i];
        bool required = fact->columns[i].required && strcmp(match->how, "absent") == 0;
        if (required)
            cli_say(session, "  %-16s missing; say which column with --map %s=COLUMN\n",
                    match->field, match->field);
        if (match->source && match->source[0] == '=')
            cli_say(session, "  %-16s always \"%s\" (%s)\n", match->field, match->column,
                    match->how);
        else if (match->column && match->source && strcmp(match->source, match->column) != 0)
            say_part(session, match);
        else if (match->column)
            cli_say(session, "  %-16s from %s (%s)\n", match->field, match->column, match->how);
        else if (strcmp(match->how, "derived") == 0)
            cli_say(session, "  %-16s computed\n", match->field);
    }
}

static void say_counts(const cli_session *session, const char *heading,
                       const ku_import_count *counts, size_t count)
{
    char rows[KU_NUMBER_TEXT];
    for (size_t i = 0; i < count; i++)
        cli_say(session, "  %s%s: %s %s\n", heading, counts[i].what,
                ku_format_int(rows, counts[i].rows, NULL), counts[i].rows == 1 ? "row" : "rows");
}

static void say_result(cli_session *session, const ku_import_options *options,
                       const ku_import_report *report)
{
    char read[KU_NUMBER_TEXT], added[KU_NUMBER_TEXT], already[KU_NUMBER_TEXT];
    char refused[KU_NUMBER_TEXT], took[KU_NUMBER_TEXT];
    fprintf(
        session->out, "%s%s rows read, %s %s, %s already in the bank, %s refused (%s)\n",
        options->dry_run ? "dry run: " : "", ku_format_int(read, report->read, NULL),
        ku_format_int(added, report->added, NULL), options->dry_run ? "would be added" : "added",
        ku_format_int(already, report->already, NULL),
        ku_format_int(refused, report->refused, NULL), ku_format_duration(took, report->seconds));
    fflush(session->out); /* the remarks come after it, wherever both go */
    say_counts(session, "kept: ", report->flag, report->flag_count);
    say_counts(session, "refused: ", report->reason, report->reason_count);
    if (report->refused > 0 && report->rejects_path)
        cli_say(session, "  refused rows with their reasons: %s\n", report->rejects_path);
    if (report->batch && report->added > 0)
        cli_say(session, "batch %s (kemudi batches --undo %s takes it out)\n", report->batch,
                report->batch);
}

/* ---- the command ----------------------------------------------------------------------------- */

/* Keeps where each field came from, as far as a file says it, and what was forced. */
static ku_status save_profile(cli_session *session, ku_bank *bank, const char *name,
                              const ku_import_options *options, const ku_import_report *report,
                              ku_error *err)
{
    ku_import_options kept = *options;
    ku_mapping *mapping = KU_ARRAY(session->arena, report->match_count + 1, ku_mapping);
    kept.mapping_count = 0;
    for (size_t i = 0; i < report->match_count; i++)
        if (report->match[i].source)
            mapping[kept.mapping_count++] = (ku_mapping){report->match[i].field,
                                                         report->match[i].source};
    kept.mapping = mapping;
    KU_TRY(ku_profile_save(bank, name, NULL, &kept, err));
    cli_say(session, "kept as profile %s (next time: --profile %s)\n", name, name);
    return KU_OK;
}

static ku_status import(cli_session *session, ku_bank *bank, ku_import_options *options,
                        const char *profile, ku_error *err)
{
    ku_import_report report = {0};
    cli_progress progress;
    KU_TRY(ku_import_detect(bank, options, session->arena, &report, err));
    for (size_t i = 0; i < report.source_count; i++) say_source(session, &report.source[i]);
    say_mapping(session, options->fact, &report);
    cli_progress_init(&progress, session);
    options->progress = cli_progress_show;
    options->progress_data = &progress;
    ku_status status = ku_import_run(bank, options, session->arena, &report, err);
    cli_progress_end(&progress);
    if (status == KU_OK) say_result(session, options, &report);
    if (status == KU_OK && profile && !options->dry_run)
        status = save_profile(session, bank, profile, options, &report, err);
    return status;
}

static ku_status into_bank(cli_session *session, const cli_args *args, ku_workspace *workspace,
                           ku_import_options *options, ku_error *err)
{
    ku_bank *bank;
    KU_TRY(ku_workspace_bank(workspace, KU_BANK_WRITE, &bank, err));
    ku_status status = import(session, bank, options, cli_option_value(args, "save-profile"), err);
    ku_workspace_bank_done(workspace, bank);
    return status;
}

/* The result table of a run takes the way of a file, written for the moment. */
static ku_status import_run(cli_session *session, const cli_args *args, ku_workspace *workspace,
                            ku_import_options *options, ku_error *err)
{
    ku_import_options kept;
    KU_TRY(ku_run_as_fact(workspace, cli_option_value(args, "run"), cli_option_value(args, "table"),
                          options->fact, ku_workspace_path(workspace), session->arena, &kept, err));
    kept.mapping = options->mapping;
    kept.mapping_count = options->mapping_count;
    kept.dry_run = options->dry_run;
    kept.strict = options->strict;
    kept.overlap = options->overlap;
    kept.rejects_path = options->rejects_path;
    kept.actor = options->actor;
    ku_status status = into_bank(session, args, workspace, &kept, err);
    unlink(kept.paths[0]);
    return status;
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_import_options options;
    ku_workspace *workspace;
    bool of_run = cli_option_set(args, "run");
    if (!of_run && cli_operand_count(args) < 2)
        return ku_error_set(err, KU_USAGE, NULL,
                            "name the files to import, or with --run the run whose result to keep");
    if (of_run && cli_operand_count(args) > 1)
        return ku_error_set(err, KU_USAGE, NULL, "name either files or --run, not both");
    if (!of_run && cli_option_set(args, "table"))
        return ku_error_set(err, KU_USAGE, NULL, "--table names a result of --run");
    KU_TRY(options_of(session, args, &options, err));
    KU_TRY(cli_session_workspace(session, &workspace, err));
    return of_run ? import_run(session, args, workspace, &options, err)
                  : into_bank(session, args, workspace, &options, err);
}

static const cli_operand operands[] = {
    {.name = "FACT",
     .required = true,
     .word = CLI_WORD_FACT,
     .help = "What the files hold: sale, spend, customer, ...; kemudi facts lists them."},
    {.name = "FILE",
     .repeats = true,
     .word = CLI_WORD_FILE,
     .help = "CSV (also .gz, .zst), Parquet, JSON lines or XLSX."},
    {.name = NULL},
};

static const cli_option options[] = {
    {.name = "map",
     .value = "FIELD=COLUMN",
     .repeats = true,
     .help = "Take a field from this column of the file; FIELD==TEXT gives a fixed text, "
             "FIELD=COLUMN:5 the first 5 characters of the column."},
    {.name = "run",
     .value = "RUN",
     .help = "In place of files: a result of this run; kemudi runs lists them."},
    {.name = "table",
     .value = "TABLE",
     .help = "Which result table of --run; by itself the one that holds such rows."},
    {.name = "profile", .value = "NAME", .help = "A saved mapping; kemudi profiles lists them."},
    {.name = "save-profile",
     .value = "NAME",
     .help = "Keep how the columns were found under this name, for the next file of the kind."},
    {.name = "dry-run", .help = "Check every row and say what would happen; change nothing."},
    {.name = "strict", .help = "Import nothing if any row is refused."},
    {.name = "rejects",
     .value = "FILE",
     .word = CLI_WORD_FILE,
     .help = "Where refused rows go, with line, column, value and reason."},
    {.name = "overlap",
     .value = "once|keep",
     .help = "Rows that are in the bank already: count them once, or keep both. [once]"},
    {.name = "file-format",
     .value = "csv|parquet|jsonl|xlsx",
     .help = "Otherwise seen from the file."},
    {.name = "encoding", .value = "utf-8|latin-1|utf-16", .help = "Otherwise detected."},
    {.name = "delimiter", .value = "CHAR", .help = "Otherwise detected; tab for a tab."},
    {.name = "quote", .value = "CHAR", .help = "Otherwise detected."},
    {.name = "decimal", .value = "CHAR", .help = "Decimal mark, . or a comma; otherwise detected."},
    {.name = "date-order", .value = "ymd|dmy|mdy", .help = "Otherwise detected."},
    {.name = "header", .value = "yes|no", .help = "Whether the first line names the columns."},
    {.name = "sheet", .value = "NAME", .help = "Sheet of an XLSX file; the first one otherwise."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi import sale sales.csv -w shop --dry-run", "what would happen"},
    {"kemudi import sale 2024.csv.gz 2025.csv.gz -w shop", "both files as one batch"},
    {"kemudi import sale export.xlsx -w shop --map customer=Client --map amount=Total",
     "naming columns by hand"},
    {"kemudi import forecast --run r7k3m9q2 -w shop",
     "keep what a run forecast, to hold it against what comes"},
    {.line = NULL},
};

const cli_command cli_command_import = {
    .name = "import",
    .group = "Data",
    .order = 100,
    .summary = "bring files into the bank",
    .description =
        "Detects how each file is written, maps its columns to the fact's fields, checks "
        "every row. Refused rows go to a file with their reasons; the others go into the "
        "bank as one batch, whole or not at all. The same file, and rows that are there "
        "already, are counted once.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .run = run,
};
