/* entities.c - kemudi entities: the kinds of records the office keeps. */
#include "app/cli/session.h"
#include "app/cli/table.h"
#include "kemudi/entity.h"

static void list_entities(cli_session *session)
{
    size_t count;
    const ku_entity *const *all = ku_entities(&count);
    const char **cells = KU_ARRAY(session->arena, 3 * (count + 1), const char *);
    cells[0] = "Kind";
    cells[1] = "Area";
    cells[2] = "Meaning";
    for (size_t i = 0; i < count; i++) {
        cells[3 * (i + 1)] = all[i]->name;
        cells[3 * (i + 1) + 1] = all[i]->area;
        cells[3 * (i + 1) + 2] = all[i]->meaning;
    }
    cli_table_texts(session, cells, count + 1, 3, NULL, session->out);
}

static const char *words_of(const cli_session *session, const ku_field_spec *f)
{
    static const char *const kinds[KU_FIELD_COUNT] = {
        "text", "lines of text", "whole number", "number", "yes or no",
        "date", "time",          "choice",       "record", "money"};
    return ku_arena_printf(session->arena, "%s%s%s%s%s", kinds[f->type],
                           f->target != NULL ? " of " : "", f->target != NULL ? f->target : "",
                           f->required ? ", required" : "", f->sealed ? ", sealed" : "");
}

static void show_entity(cli_session *session, const ku_entity *entity)
{
    size_t count = 0;
    while (entity->fields[count].name != NULL) count++;
    const char **cells = KU_ARRAY(session->arena, 3 * (count + 1), const char *);
    cells[0] = "Field";
    cells[1] = "Holds";
    cells[2] = "Meaning";
    for (size_t i = 0; i < count; i++) {
        const ku_field_spec *f = &entity->fields[i];
        cells[3 * (i + 1)] = f->name;
        cells[3 * (i + 1) + 1] = words_of(session, f);
        cells[3 * (i + 1) + 2] = f->meaning != NULL ? f->meaning : f->label;
    }
    fprintf(session->out, "%s: %s\n\n", entity->title, entity->meaning);
    cli_table_texts(session, cells, count + 1, 3, NULL, session->out);
    if (entity->transitions != NULL) fputs("\nSteps:\n", session->out);
    for (const ku_transition *t = entity->transitions; t != NULL && t->name != NULL; t++)
        fprintf(session->out, "  %-12s %s: from %s to %s\n", t->name, t->label, t->from,
                t->to != NULL ? t->to : "the same");
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    const char *name = cli_operand_at(args, 0);
    if (name == NULL) {
        list_entities(session);
        return KU_OK;
    }
    const ku_entity *entity = ku_entity_find(name);
    if (entity != NULL) {
        show_entity(session, entity);
        return KU_OK;
    }
    const ku_entity *near = ku_entity_nearest(name);
    return ku_error_set(err, KU_NOT_FOUND, NULL,
                        near != NULL ? "there are no records of the kind \"%s\"; did you mean %s?"
                                     : "there are no records of the kind \"%s\"; kemudi entities "
                                       "lists the kinds",
                        name, near != NULL ? near->name : "");
}

static const cli_operand operands[] = {
    {.name = "KIND", .help = "One kind: its fields and the steps its records take."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi entities", "every kind of record"},
    {"kemudi entities delegation", "what a deputising order holds"},
    {.line = NULL},
};

const cli_command cli_command_entities = {
    .name = "entities",
    .group = "Office",
    .order = 410,
    .summary = "the kinds of records the office keeps, and what each holds",
    .description = "People, positions, orders, documents, approvals: each kind has fields, states "
                   "and steps, and says who may do what with it.",
    .operands = operands,
    .examples = examples,
    .run = run,
};
