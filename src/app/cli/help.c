/* help.c - one layout for every help text: what it is, how to call it, what each word
 * means, examples. */
#include "app/cli/help.h"

#include <string.h>

enum { INDENT = 2, COLUMN = 28 };

static void add_heading(ku_text *out, const char *text, bool colour)
{
    ku_text_addf(out, colour ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}

static void add_spaces(ku_text *out, size_t count)
{
    while (count-- > 0) ku_text_addc(out, ' ');
}

/* Words of `text` from column `at` on, continued on new lines at `indent`. */
static void add_wrapped(ku_text *out, const char *text, size_t at, size_t indent, size_t width)
{
    while (*text) {
        size_t length = strcspn(text, " \n");
        size_t columns = ku_utf8_width(text, length);
        if (at + columns > width && at > indent) {
            ku_text_addc(out, '\n');
            add_spaces(out, indent);
            at = indent;
        }
        ku_text_addn(out, text, length);
        at += columns;
        text += length;
        if (*text == '\n') {
            ku_text_addc(out, '\n');
            add_spaces(out, indent);
            at = indent;
            text++;
        } else if (*text == ' ') {
            ku_text_addc(out, ' ');
            at++;
            text++;
        }
    }
    ku_text_addc(out, '\n');
}

/* A name in the left column, its explanation in the right one. */
static void add_entry(ku_text *out, const char *name, const char *text, size_t width)
{
    size_t taken = INDENT + ku_utf8_width(name, strlen(name));
    add_spaces(out, INDENT);
    ku_text_add(out, name);
    if (taken + 2 > COLUMN) {
        ku_text_addc(out, '\n');
        taken = 0;
    }
    add_spaces(out, COLUMN - taken);
    add_wrapped(out, text, COLUMN, COLUMN, width);
}

static void add_option(ku_text *out, const cli_option *option, size_t width)
{
    ku_text name = {0};
    if (option->letter) ku_text_addf(&name, "-%c, ", option->letter);
    ku_text_addf(&name, "--%s", option->name);
    if (option->value) ku_text_addf(&name, " %s", option->value);
    if (option->repeats) ku_text_add(&name, " ...");
    add_entry(out, ku_text_string(&name), option->help, width);
    ku_text_clear(&name);
}

static void add_options(ku_text *out, const char *heading, const cli_option *options, size_t width,
                        bool colour)
{
    if (!options || !options->name) return;
    add_heading(out, heading, colour);
    for (; options->name; options++) add_option(out, options, width);
}

/* ---- an analysis ---------------------------------------------------------------------- */

static void add_choices(ku_text *text, const ku_param_spec *param)
{
    ku_text_add(text, " (");
    for (const ku_choice *c = param->choices; c && c->value; c++)
        ku_text_addf(text, "%s%s", c == param->choices ? "" : ", ", c->value);
    if (param->min != 0 || param->max != 0)
        ku_text_addf(text, ", or %g to %g", param->min, param->max);
    ku_text_add(text, ")");
}

static void add_param(ku_text *out, const ku_param_spec *param, size_t width)
{
    static const char *const value_name[] = {"N", "X", "yes|no", "TEXT", "DATE", "WORD"};
    ku_text name = {0}, text = {0};
    ku_text_addf(&name, "--%s %s", param->name, value_name[param->type]);
    ku_text_add(&text, param->help);
    if (param->type == KU_PARAM_CHOICE)
        add_choices(&text, param);
    else if ((param->type == KU_PARAM_INT || param->type == KU_PARAM_REAL) &&
             (param->min != 0 || param->max != 0))
        ku_text_addf(&text, " (%g to %g)", param->min, param->max);
    if (param->default_value) ku_text_addf(&text, " [%s]", param->default_value);
    add_entry(out, ku_text_string(&name), ku_text_string(&text), width);
    ku_text_clear(&name);
    ku_text_clear(&text);
}

static void add_input(ku_text *out, const ku_table_spec *table, size_t width)
{
    ku_text name = {0}, text = {0};
    ku_text_addf(&name, "--in %s=FILE", table->name);
    ku_text_addf(&text, "%s", table->meaning);
    if (table->result)
        ku_text_addf(&text,
                     " Without a file: of the latest run of %s. A certain run's: %s=run:RUN/TABLE.",
                     table->result, table->name);
    else if (table->fact || table->query)
        ku_text_add(&text, " Without a file: from the workspace.");
    ku_text_add(&text, "\nColumns: ");
    for (const ku_column_spec *c = table->columns; c->name; c++)
        ku_text_addf(&text, "%s%s%s (%s)", c == table->columns ? "" : ", ",
                     c->required ? "" : "optional ", c->name, ku_type_name(c->type));
    if (table->further) ku_text_addf(&text, "\n%s", table->further);
    add_entry(out, ku_text_string(&name), ku_text_string(&text), width);
    ku_text_clear(&name);
    ku_text_clear(&text);
}

static void add_analysis(ku_text *out, const ku_analysis *analysis, size_t width, bool colour)
{
    add_heading(out, "Parameters", colour);
    for (const ku_param_spec *p = analysis->params; p && p->name; p++) add_param(out, p, width);
    add_heading(out, "Input", colour);
    for (const ku_table_spec *t = analysis->inputs; t->name; t++) add_input(out, t, width);
    add_heading(out, "Results", colour);
    for (const ku_table_spec *t = analysis->outputs; t->name; t++)
        add_entry(out, t->name, t->meaning, width);
}

/* ---- a command ------------------------------------------------------------------------ */

void cli_help_usage(const cli_command *command, ku_text *out)
{
    ku_text_addf(out, "kemudi %s", command->name);
    for (const cli_operand *o = command->operands; o && o->name; o++)
        ku_text_addf(out, o->required ? " %s%s" : " [%s]%s", o->name, o->repeats ? "..." : "");
    for (const cli_option *o = command->options; o && o->name; o++)
        ku_text_addf(out, " [--%s%s%s]%s", o->name, o->value ? " " : "", o->value ? o->value : "",
                     o->repeats ? "..." : "");
    if (command->analysis_flags) ku_text_add(out, " [--PARAM VALUE]...");
}

static void add_examples(ku_text *out, const cli_example *examples, bool colour)
{
    if (!examples || !examples->line) return;
    add_heading(out, "Examples", colour);
    for (; examples->line; examples++)
        ku_text_addf(out, "  %s\n      %s\n", examples->line, examples->what);
}

void cli_help_command(const cli_command *command, const ku_analysis *analysis, int width,
                      bool colour, ku_text *out)
{
    size_t columns = width > 40 ? (size_t)width : 40;
    ku_text usage = {0};
    cli_help_usage(command, &usage);
    if (analysis)
        ku_text_addf(out, "%s: %s\n\n", analysis->title, analysis->question);
    else
        ku_text_addf(out, "kemudi %s: %s\n\n", command->name, command->summary);
    add_wrapped(out, ku_text_string(&usage), 0, 4, columns);
    ku_text_clear(&usage);
    ku_text_addc(out, '\n');
    add_wrapped(out, analysis ? analysis->summary : command->description, 0, 0, columns);
    if (command->operands && command->operands->name && !analysis) {
        add_heading(out, "Words", colour);
        for (const cli_operand *o = command->operands; o->name; o++)
            add_entry(out, o->name, o->help, columns);
    }
    if (analysis) add_analysis(out, analysis, columns, colour);
    add_options(out, "Options", command->options, columns, colour);
    add_options(out, "Everywhere", cli_common_options, columns, colour);
    add_examples(out, command->examples, colour);
}

void cli_help_all(ku_text *out, bool colour)
{
    ku_text_add(out,
                "kemudi: the marketing director's system\n\nkemudi COMMAND [words and options]\n");
    const char *group = NULL;
    for (const cli_command *const *at = cli_commands(); *at; at++) {
        const cli_command *command = *at;
        if (command->hidden) continue;
        if (!group || strcmp(group, command->group) != 0) add_heading(out, command->group, colour);
        group = command->group;
        add_entry(out, command->name, command->summary, 100);
    }
    ku_text_add(out, "\nkemudi COMMAND --help tells more; kemudi run ANALYSIS --help tells what an "
                     "analysis wants.\n");
}
