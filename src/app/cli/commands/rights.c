/* rights.c - kemudi rights: why someone may or may not, in a sentence. */
#include <string.h>
#include <unistd.h>

#include "app/cli/table.h"
#include "base/number.h"
#include "office/log.h"
#include "workspace/sql.h"

/* ---- what the words mean ---------------------------------------------------------------------- */

/* A person's number, or the name if only one has it. */
static ku_status find_person(sqlite3 *db, const char *word, int64_t *person, ku_error *err)
{
    sqlite3_stmt *statement;
    bool row;
    if (ku_parse_int(word, strlen(word), person, NULL) == KU_OK) return KU_OK;
    KU_TRY(ku_sql_prepare(db, &statement, err,
                          "SELECT id FROM person WHERE name = ?1 COLLATE NOCASE LIMIT 2", "s",
                          word));
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return ku_error_set(err, KU_NOT_FOUND, "PERSON", "there is no \"%.60s\"", word);
    *person = sqlite3_column_int64(statement, 0);
    KU_TRY(ku_sql_step(&statement, &row, err));
    if (!row) return KU_OK;
    sqlite3_finalize(statement);
    return ku_error_set(err, KU_USAGE, "PERSON",
                        "more than one is called \"%.60s\"; give the number", word);
}

static ku_status find_action(const char *word, unsigned *action, ku_error *err)
{
    for (*action = KU_SEE; *action <= KU_ARRANGE; *action <<= 1)
        if (strcmp(ku_action_name(*action), word) == 0) return KU_OK;
    return ku_error_set(err, KU_USAGE, "ACTION",
                        "expected see, add, change, remove, decide, export or arrange, found "
                        "\"%.40s\"",
                        word);
}

static ku_status find_entity(const char *word, const ku_entity **entity, ku_error *err)
{
    *entity = ku_entity_find(word);
    if (*entity != NULL) return KU_OK;
    const ku_entity *near = ku_entity_nearest(word);
    return ku_error_set(err, KU_USAGE, "ENTITY", "there are no records of the kind \"%.40s\"%s%s%s",
                        word, near != NULL ? "; did you mean \"" : "",
                        near != NULL ? near->name : "", near != NULL ? "\"?" : "");
}

static ku_status find_record(const char *word, int64_t *id, ku_error *err)
{
    *id = 0;
    if (word == NULL) return KU_OK;
    if (ku_parse_int(word, strlen(word), id, NULL) == KU_OK && *id > 0) return KU_OK;
    return ku_error_set(err, KU_USAGE, "ID", "expected a record's number, found \"%.40s\"", word);
}

/* ---- the answer --------------------------------------------------------------------------------- */

static const char *text(const json_t *json, const char *key)
{
    const char *value = json_string_value(json_object_get(json, key));
    return value != NULL ? value : "";
}

static void show(cli_session *session, const json_t *explained)
{
    size_t i;
    json_t *item;
    FILE *out = session->out;
    fprintf(out, "%s\n\nRoles\n", text(explained, "because"));
    json_array_foreach(json_object_get(explained, "roles"), i, item)
    {
        fprintf(out, "  %-20s %s, up to %s\n", text(item, "role"), text(item, "because"),
                text(item, "highest"));
    }
    fputs("\nActions\n", out);
    json_array_foreach(json_object_get(explained, "actions"), i, item)
    {
        fprintf(out, "  %-8s %-4s %s\n", text(item, "action"),
                json_is_true(json_object_get(item, "allowed")) ? "yes" : "no",
                text(item, "because"));
    }
}

static ku_status explain(cli_session *session, const cli_args *args, ku_office *office,
                         ku_error *err)
{
    int64_t person, id;
    unsigned action;
    json_t *explained;
    const ku_entity *entity;
    KU_TRY(find_person(office->db, cli_operand_at(args, 0), &person, err));
    KU_TRY(find_action(cli_operand_at(args, 1), &action, err));
    KU_TRY(find_entity(cli_operand_at(args, 2), &entity, err));
    KU_TRY(find_record(cli_operand_at(args, 3), &id, err));
    KU_TRY(ku_record_explain(office, entity, id, action, person, &explained, err));
    show(session, explained);
    return KU_OK;
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_workspace *workspace;
    ku_office *office;
    ku_who who = {.kind = KU_WHO_LOCAL, .via = "cli", .name = getlogin()};
    KU_TRY(cli_session_workspace(session, &workspace, err));
    KU_TRY(ku_office_begin(workspace, &who, false, &office, err));
    ku_status status = explain(session, args, office, err);
    ku_office_end(office);
    return status;
}

static const cli_operand operands[] = {
    {.name = "PERSON", .required = true, .help = "Whose rights: a name or a number."},
    {.name = "ACTION",
     .required = true,
     .help = "see, add, change, remove, decide, export or arrange."},
    {.name = "ENTITY", .required = true, .help = "The kind of record: person, document, ..."},
    {.name = "ID", .help = "The record's number; without it any record of the kind is meant."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi rights \"Ana Putri\" decide document 7 -w shop", "why she may, or may not"},
    {.line = NULL},
};

const cli_command cli_command_rights = {
    .name = "rights",
    .group = "Workspace",
    .order = 66,
    .summary = "why someone may or may not do something",
    .description = "Asks the one rule that decides over every page, list, export and call, as that "
                   "person at this moment, and prints its sentence; then the roles the person "
                   "holds with how they came about, and every action.",
    .operands = operands,
    .examples = examples,
    .run = run,
};
