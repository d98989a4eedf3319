/* man.c - kemudi man: the manual page in roff, generated from the descriptors. `make
 * install` puts it in place. */
#include "app/cli/help.h"
#include "app/cli/session.h"
#include "base/text.h"
#include "kemudi/kemudi.h"

/* Text as roff means it: backslashes and leading dots and quotes are escaped. */
static void add_roff(ku_text *out, const char *text)
{
    bool start = true;
    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\'')) ku_text_add(out, "\\&");
        if (*text == '\\')
            ku_text_add(out, "\\e");
        else if (*text == '-')
            ku_text_add(out, "\\-");
        else
            ku_text_addc(out, *text);
        start = *text == '\n';
    }
}

static void add_term(ku_text *out, const char *term, const char *value, const char *text)
{
    ku_text_add(out, ".TP\n.B ");
    add_roff(out, term);
    if (value) {
        ku_text_add(out, " \\fI");
        add_roff(out, value);
        ku_text_add(out, "\\fR");
    }
    ku_text_addc(out, '\n');
    add_roff(out, text);
    ku_text_addc(out, '\n');
}

static void add_options(ku_text *out, const cli_option *options, ku_arena *arena)
{
    for (; options && options->name; options++) {
        const char *term = options->letter
                               ? ku_arena_printf(arena, "-%c, --%s", options->letter, options->name)
                               : ku_arena_printf(arena, "--%s", options->name);
        add_term(out, term, options->value, options->help);
    }
}

static void add_command(ku_text *out, const cli_command *command, ku_arena *arena)
{
    ku_text usage = {0};
    cli_help_usage(command, &usage);
    ku_text_addf(out, ".SS %s\n", command->name);
    ku_text_add(out, ".PP\n.B ");
    add_roff(out, ku_text_string(&usage));
    ku_text_add(out, "\n.PP\n");
    add_roff(out, command->description);
    ku_text_addc(out, '\n');
    for (const cli_operand *o = command->operands; o && o->name; o++)
        add_term(out, o->name, NULL, o->help);
    add_options(out, command->options, arena);
    for (const cli_example *e = command->examples; e && e->line; e++) {
        ku_text_add(out, ".PP\n.EX\n");
        add_roff(out, e->line);
        ku_text_add(out, "\n.EE\n");
        add_roff(out, e->what);
        ku_text_addc(out, '\n');
    }
    ku_text_clear(&usage);
}

static void add_analysis(ku_text *out, const ku_analysis *analysis, ku_arena *arena)
{
    ku_text_addf(out, ".SS %s\n", analysis->id);
    add_roff(out, analysis->question);
    ku_text_add(out, "\n.PP\n");
    add_roff(out, analysis->summary);
    ku_text_addc(out, '\n');
    for (const ku_param_spec *p = analysis->params; p && p->name; p++)
        add_term(out, ku_arena_printf(arena, "--%s", p->name), p->default_value, p->help);
}

/* One entry an exit code, with the texts of all statuses that end with it. */
static void add_exit_codes(ku_text *out, ku_arena *arena)
{
    ku_text_add(out, ".SH EXIT STATUS\n");
    for (int code = 0; code < 256; code++) {
        const char *texts = NULL;
        for (int status = 0; status < KU_STATUS_COUNT; status++)
            if (ku_status_exit((ku_status)status) == code)
                texts = ku_arena_printf(arena, "%s%s%s", texts ? texts : "", texts ? "; " : "",
                                        ku_status_text((ku_status)status));
        if (texts) add_term(out, ku_arena_printf(arena, "%d", code), NULL, texts);
    }
}

static void add_page(ku_text *out, ku_arena *arena)
{
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    ku_text_addf(out, ".TH KEMUDI 1 \"\" \"kemudi %s\" \"User commands\"\n", KEMUDI_VERSION);
    ku_text_add(out, ".SH NAME\nkemudi \\- the marketing director's system\n"
                     ".SH SYNOPSIS\n.B kemudi\n.I COMMAND\n[words and options]\n"
                     ".SH DESCRIPTION\nKeeps the department's facts, answers questions about them "
                     "and remembers every answer it gave.\n.SH COMMANDS\n");
    for (const cli_command *const *c = cli_commands(); *c; c++)
        if (!(*c)->hidden) add_command(out, *c, arena);
    ku_text_add(out, ".SH OPTIONS OF EVERY COMMAND\n");
    add_options(out, cli_common_options, arena);
    ku_text_add(out, ".SH ANALYSES\n");
    for (size_t i = 0; i < count; i++) add_analysis(out, all[i], arena);
    add_exit_codes(out, arena);
    ku_text_add(out, ".SH ENVIRONMENT\n");
    add_term(out, "KEMUDI_WORKSPACE", NULL, "The workspace when none is named with -w.");
    add_term(out, "NO_COLOR", NULL, "When set, nothing is printed in colour.");
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_text text = {0};
    (void)args;
    (void)err;
    add_page(&text, session->arena);
    fwrite(ku_text_string(&text), 1, text.length, session->out);
    ku_text_clear(&text);
    return KU_OK;
}

static const cli_example examples[] = {
    {"kemudi man | man -l -", "read it now"},
    {.line = NULL},
};

const cli_command cli_command_man = {
    .name = "man",
    .group = "Help",
    .order = 410,
    .summary = "the manual page",
    .description = "Prints the whole manual as a man page.",
    .examples = examples,
    .run = run,
};
