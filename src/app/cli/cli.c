/* cli.c - finds the command, checks its words, runs it, tells what went wrong. Results go
 * to standard output, everything else to standard error; the exit code is the status's. */
#include "app/cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/cli/help.h"
#include "app/cli/interrupt_internal.h"
#include "app/cli/session.h"
#include "kemudi/kemudi.h"

const cli_option cli_common_options[] = {
    {.name = "workspace",
     .letter = 'w',
     .value = "FOLDER",
     .word = CLI_WORD_FOLDER,
     .help = "The workspace; otherwise KEMUDI_WORKSPACE or the current folder."},
    {.name = "quiet",
     .letter = 'q',
     .help = "No messages and no progress, only results and errors."},
    {.name = "help", .letter = 'h', .help = "This text."},
    {.name = NULL},
};

static bool wants_colour(int fd)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    if (no_colour && *no_colour) return false;
    return isatty(fd) && !(term && strcmp(term, "dumb") == 0);
}

static int terminal_width(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    if (columns && strlen(columns) < 6) {
        long value = strtol(columns, NULL, 10);
        if (value >= 20) return (int)value;
    }
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
    return 100;
}

static void session_init(cli_session *session)
{
    *session = (cli_session){
        .arena = ku_arena_new(),
        .out = stdout,
        .say = stderr,
        .out_colour = wants_colour(STDOUT_FILENO),
        .say_colour = wants_colour(STDERR_FILENO),
        .out_terminal = isatty(STDOUT_FILENO) != 0,
        .say_terminal = isatty(STDERR_FILENO) != 0,
        .width = terminal_width(),
    };
}

static void session_clear(cli_session *session)
{
    ku_workspace_close(session->workspace);
    ku_arena_free(session->arena);
}

static int print_text(ku_text *text, FILE *to)
{
    fwrite(text->bytes ? text->bytes : "", 1, text->length, to);
    ku_text_clear(text);
    return 0;
}

static int print_help(const cli_session *session, const cli_command *command, const cli_args *args)
{
    ku_text text = {0};
    if (command)
        cli_help_command(command, args ? cli_args_analysis(args) : NULL, session->width,
                         session->out_colour, &text);
    else
        cli_help_all(&text, session->out_colour);
    return print_text(&text, session->out);
}

static int print_error(const cli_session *session, const ku_error *err)
{
    const char *red = session->say_colour ? "\033[31m" : "";
    const char *plain = session->say_colour ? "\033[0m" : "";
    fprintf(session->say, "%skemudi:%s %s%s%s\n", red, plain, err->where, *err->where ? ": " : "",
            err->message);
    return ku_status_exit(err->code);
}

static ku_status unknown_command(const char *name, ku_error *err)
{
    const cli_command *near = cli_command_nearest(name);
    return ku_error_set(err, KU_USAGE, NULL,
                        near ? "there is no command \"%s\"; did you mean kemudi %s?"
                             : "there is no command \"%s\"; kemudi --help lists them",
                        name, near ? near->name : "");
}

/* A reader that went away (head, less) is no failure; a full disk is. */
static ku_status flush_results(cli_session *session, ku_error *err)
{
    if (fflush(session->out) == 0 && !ferror(session->out)) return KU_OK;
    if (errno == EPIPE) return KU_OK;
    return ku_error_errno(err, errno, "standard output", "writing the result");
}

static int run_command(cli_session *session, const cli_command *command, int count, char **words)
{
    ku_error err = {0};
    cli_args *args = NULL;
    ku_status status = cli_args_parse(command, count, words, session->arena, &args, &err);
    if (status == KU_OK && cli_args_help(args)) return print_help(session, command, args);
    if (status == KU_OK) {
        session->workspace_path = cli_option_value(args, "workspace");
        session->quiet = cli_option_set(args, "quiet");
        status = command->run(session, args, &err);
    }
    if (status == KU_OK) status = flush_results(session, &err);
    return status == KU_OK ? 0 : print_error(session, &err);
}

static int run_words(cli_session *session, int argc, char **argv)
{
    ku_error err = {0};
    if (argc < 2) {
        ku_text text = {0};
        cli_help_all(&text, session->say_colour);
        print_text(&text, session->say);
        return ku_status_exit(KU_USAGE);
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        const cli_command *about = argc > 2 ? cli_command_find(argv[2]) : NULL;
        return print_help(session, about, NULL);
    }
    if (strcmp(word, "--version") == 0) {
        fprintf(session->out, "kemudi %s\n", KEMUDI_VERSION);
        return 0;
    }
    const cli_command *command = cli_command_find(word);
    if (command) return run_command(session, command, argc - 2, argv + 2);
    unknown_command(word, &err);
    return print_error(session, &err);
}

int ku_cli_main(int argc, char **argv)
{
    cli_session session;
    cli_interrupt_listen();
    session_init(&session);
    int code = run_words(&session, argc, argv);
    session_clear(&session);
    return code;
}
