/* facts.c - kemudi facts: what the bank can hold, and what each column means. */
#include "app/cli/session.h"
#include "bank/fact.h"

static void list_facts(FILE *out)
{
    size_t count;
    const ku_fact *const *facts = ku_facts(&count);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%-12s %-11s %s\n", facts[i]->name,
                facts[i]->kind == KU_FACT ? "fact" : "dimension", facts[i]->meaning);
}

static void show_fact(const ku_fact *fact, FILE *out)
{
    fprintf(out, "%s: %s\n\n", fact->name, fact->meaning);
    for (const ku_fact_column *c = fact->columns; c->name; c++)
        fprintf(out, "%-16s %-10s %-10s %s%s\n", c->name, ku_type_name(c->type), c->unit,
                c->required ? "Required. " : "", c->meaning);
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    const char *name = cli_operand_at(args, 0);
    if (!name) {
        list_facts(session->out);
        return KU_OK;
    }
    const ku_fact *fact = ku_fact_find(name), *near = fact ? NULL : ku_fact_nearest(name);
    if (fact) {
        show_fact(fact, session->out);
        return KU_OK;
    }
    return ku_error_set(err, KU_NOT_FOUND, NULL,
                        near ? "there is no fact \"%s\"; did you mean %s?"
                             : "there is no fact \"%s\"; kemudi facts lists them",
                        name, near ? near->name : "");
}

static const cli_operand operands[] = {
    {.name = "FACT", .word = CLI_WORD_FACT, .help = "One fact: its columns with type and meaning."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi facts", "every fact and dimension"},
    {"kemudi facts sale", "the columns of a sales file"},
    {.line = NULL},
};

const cli_command cli_command_facts = {
    .name = "facts",
    .group = "Data",
    .order = 110,
    .summary = "what the bank can hold, and what each column means",
    .description = "Facts are what happened (a sale, a visit, an amount spent); dimensions are "
                   "what facts refer to (a product, an outlet).",
    .operands = operands,
    .examples = examples,
    .run = run,
};
