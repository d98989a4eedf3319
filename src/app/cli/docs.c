/* docs.c - the index, a page for each fact, and the page of the commands.
 *
 * Nothing here knows a particular analysis, fact or command: what the pages say is what the
 * program itself goes by, so they cannot fall behind it. */
#include "app/cli/docs.h"

#include <math.h>
#include <string.h>

#include "app/cli/help.h"
#include "base/number.h"

/* ---- parts ---------------------------------------------------------------------------------- */

void cli_docs_add(ku_text *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("|*_<[`\\", *text)) ku_text_addc(out, '\\');
        ku_text_addc(out, *text == '\n' ? ' ' : *text);
    }
}

void cli_docs_row(ku_text *out, const char *const *cells)
{
    for (; *cells; cells++) ku_text_addf(out, "| %s ", *cells);
    ku_text_add(out, "|\n");
}

void cli_docs_heading_row(ku_text *out, const char *const *cells)
{
    cli_docs_row(out, cells);
    for (; *cells; cells++) ku_text_add(out, "| --- ");
    ku_text_add(out, "|\n");
}

const char *cli_docs_unit(const char *unit)
{
    if (strcmp(unit, "share") == 0) return "share, shown in %";
    if (strcmp(unit, "change") == 0) return "relative change, shown in %";
    return unit[0] ? unit : "–";
}

void cli_docs_columns(ku_text *out, const ku_column_spec *columns, bool input)
{
    cli_docs_heading_row(out, (const char *[]){"Column", "Type", "Unit", "Meaning", NULL});
    for (const ku_column_spec *c = columns; c->name; c++) {
        ku_text_addf(out, "| `%s`%s | %s | %s | ", c->name,
                     input && c->required ? ", required" : "", ku_type_name(c->type),
                     cli_docs_unit(c->unit));
        cli_docs_add(out, c->meaning);
        ku_text_add(out, " |\n");
    }
    ku_text_addc(out, '\n');
}

/* ---- the index ---------------------------------------------------------------------------------- */

static void add_facts(ku_text *out, ku_fact_kind kind)
{
    size_t count;
    const ku_fact *const *facts = ku_facts(&count);
    cli_docs_heading_row(out, (const char *[]){"Table", "What it holds", NULL});
    for (size_t i = 0; i < count; i++) {
        if (facts[i]->kind != kind) continue;
        ku_text_addf(out, "| [%s](facts/%s.md) | ", facts[i]->name, facts[i]->name);
        cli_docs_add(out, facts[i]->meaning);
        ku_text_add(out, " |\n");
    }
    ku_text_addc(out, '\n');
}

void cli_docs_index(ku_text *out)
{
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    ku_text_add(out, "# Kemudi: reference\n\n## Questions it answers\n\n");
    cli_docs_heading_row(out, (const char *[]){"Analysis", "Area", "Question", NULL});
    for (size_t i = 0; i < count; i++) {
        ku_text_addf(out, "| [%s](analyses/%s.md) | ", all[i]->title, all[i]->id);
        cli_docs_add(out, all[i]->area);
        ku_text_add(out, " | ");
        cli_docs_add(out, all[i]->question);
        ku_text_add(out, " |\n");
    }
    ku_text_add(out, "\n## What the bank holds\n\nFacts are what happened.\n\n");
    add_facts(out, KU_FACT);
    ku_text_add(out, "Dimensions are what facts refer to.\n\n");
    add_facts(out, KU_DIMENSION);
    ku_text_add(out, "## The command line\n\n");
    for (const cli_command *const *c = cli_commands(); *c; c++)
        if (!(*c)->hidden) {
            ku_text_addf(out, "- [kemudi %s](commands.md#kemudi-%s): ", (*c)->name, (*c)->name);
            cli_docs_add(out, (*c)->summary);
            ku_text_addc(out, '\n');
        }
}

/* ---- facts ------------------------------------------------------------------------------------------ */

static void add_range(ku_text *out, const ku_fact_column *c)
{
    ku_text_add(out, c->outside == KU_REJECT ? " Refused unless " : " Usually ");
    if (isfinite(c->min)) ku_text_add_double(out, c->min);
    if (isfinite(c->min))
        ku_text_add(out, isfinite(c->max) ? " to " : " or more");
    else
        ku_text_add(out, "at most ");
    if (isfinite(c->max)) ku_text_add_double(out, c->max);
    ku_text_addc(out, '.');
}

static void add_rule(ku_text *out, const ku_fact_column *c)
{
    if (c->required) ku_text_add(out, " Required: a row without it is refused.");
    if (c->missing_flag) {
        ku_text_add(out, " Missing values are kept and counted as \"");
        cli_docs_add(out, c->missing_flag);
        ku_text_add(out, "\".");
    }
    if (c->min != 0 || c->max != 0) add_range(out, c);
    if (c->derive) ku_text_addf(out, " When absent: `%s`.", c->derive);
}

static void add_aliases(ku_text *out, const ku_fact_column *c)
{
    for (const char *const *a = c->aliases; a && *a; a++) {
        if (a != c->aliases) ku_text_add(out, ", ");
        cli_docs_add(out, *a);
    }
}

static void add_readers(ku_text *out, const ku_fact *fact)
{
    size_t count;
    const ku_analysis *const *all = ku_analyses(&count);
    bool any = false;
    for (size_t i = 0; i < count; i++)
        for (const ku_table_spec *t = all[i]->inputs; t->name; t++) {
            if (!t->fact || strcmp(t->fact, fact->name) != 0) continue;
            ku_text_add(out, any ? "" : "## Read by\n\n");
            ku_text_addf(out, "- [%s](../analyses/%s.md)\n", all[i]->title, all[i]->id);
            any = true;
        }
    if (any) ku_text_addc(out, '\n');
}

void cli_docs_fact(const ku_fact *fact, ku_text *out)
{
    ku_text_addf(out, "# %s\n\n`%s`, a %s. ", fact->title, fact->name,
                 fact->kind == KU_FACT ? "fact" : "dimension");
    cli_docs_add(out, fact->meaning);
    if (fact->time_column) ku_text_addf(out, " Its rows are dated by `%s`.", fact->time_column);
    for (const char *const *k = fact->key; k && *k; k++)
        ku_text_addf(out, "%s`%s`",
                     k == fact->key ? " A later row replaces an earlier one of the same " : ", ",
                     *k);
    if (fact->key && *fact->key) ku_text_addc(out, '.');
    ku_text_add(out, "\n\n## Columns\n\n");
    cli_docs_heading_row(
        out, (const char *[]){"Column", "Type", "Unit", "Meaning", "Also called", NULL});
    for (const ku_fact_column *c = fact->columns; c->name; c++) {
        ku_text_addf(out, "| `%s` | %s | %s | ", c->name, ku_type_name(c->type),
                     cli_docs_unit(c->unit));
        cli_docs_add(out, c->meaning);
        add_rule(out, c);
        ku_text_add(out, " | ");
        add_aliases(out, c);
        ku_text_add(out, " |\n");
    }
    ku_text_addf(out, "\n## Bringing it in\n\n```\nkemudi import %s FILE...\n```\n\n", fact->name);
    add_readers(out, fact);
    ku_text_add(out, "[All pages](../index.md)\n");
}

/* ---- commands ----------------------------------------------------------------------------------------- */

static void add_option(ku_text *out, const cli_option *o)
{
    ku_text_add(out, "- `");
    if (o->letter) ku_text_addf(out, "-%c, ", o->letter);
    ku_text_addf(out, "--%s%s%s`%s: ", o->name, o->value ? " " : "", o->value ? o->value : "",
                 o->repeats ? ", any number of times" : "");
    cli_docs_add(out, o->help);
    ku_text_addc(out, '\n');
}

static void add_command(ku_text *out, const cli_command *command)
{
    ku_text_addf(out, "## kemudi %s\n\n", command->name);
    cli_docs_add(out, command->summary);
    ku_text_add(out, ".\n\n```\n");
    cli_help_usage(command, out);
    ku_text_add(out, "\n```\n\n");
    cli_docs_add(out, command->description);
    ku_text_add(out, "\n\n");
    for (const cli_operand *o = command->operands; o && o->name; o++) {
        ku_text_addf(out, "- `%s`: ", o->name);
        cli_docs_add(out, o->help);
        ku_text_addc(out, '\n');
    }
    for (const cli_option *o = command->options; o && o->name; o++) add_option(out, o);
    if (command->analysis_flags)
        ku_text_add(out, "- the parameters of the analysis, as on [its page](index.md).\n");
    if (command->examples && command->examples->line) ku_text_add(out, "\n```\n");
    for (const cli_example *e = command->examples; e && e->line; e++)
        ku_text_addf(out, "%s\n    # %s\n", e->line, e->what);
    ku_text_add(out, command->examples && command->examples->line ? "```\n\n" : "\n");
}

static void add_exit_codes(ku_text *out, ku_arena *arena)
{
    ku_text_add(out, "## Exit codes\n\n");
    cli_docs_heading_row(out, (const char *[]){"Code", "Meaning", NULL});
    for (int code = 0; code < 256; code++) {
        const char *texts = NULL;
        for (int status = 0; status < KU_STATUS_COUNT; status++)
            if (ku_status_exit((ku_status)status) == code)
                texts = ku_arena_printf(arena, "%s%s%s", texts ? texts : "", texts ? "; " : "",
                                        ku_status_text((ku_status)status));
        if (texts) ku_text_addf(out, "| %d | %s |\n", code, texts);
    }
    ku_text_add(out, "\n[All pages](index.md)\n");
}

void cli_docs_commands(ku_text *out, ku_arena *arena)
{
    const char *group = "";
    ku_text_add(out, "# The command line\n\nEvery command knows these:\n\n");
    for (const cli_option *o = cli_common_options; o->name; o++) add_option(out, o);
    ku_text_addc(out, '\n');
    for (const cli_command *const *c = cli_commands(); *c; c++) {
        if ((*c)->hidden) continue;
        if (strcmp(group, (*c)->group) != 0) ku_text_addf(out, "*%s*\n\n", (*c)->group);
        group = (*c)->group;
        add_command(out, *c);
    }
    add_exit_codes(out, arena);
}
