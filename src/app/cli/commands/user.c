/* user.c - kemudi user: who can sign in. */
#include <inttypes.h>
#include <string.h>

#include "app/cli/session.h"
#include "app/cli/table.h"
#include "office/access/users.h"
#include "office/store.h"
#include "workspace/sql.h"

enum { LINK_HOURS = 48 };

/* ---- finding ------------------------------------------------------------------------------------- */

static ku_status find_by(ku_office *office, const char *entity, const char *field,
                         const char *value, json_t **record, ku_error *err)
{
    ku_page page;
    const ku_filter filter = {.field = field, .how = KU_CONTAINS, .value = value};
    const ku_query query = {.filters = &filter, .filter_count = 1, .closed = true};
    *record = NULL;
    KU_TRY(ku_records_list(office, ku_entity_find(entity), &query, &page, err));
    size_t at;
    json_t *item;
    json_array_foreach(page.items, at, item)
    {
        const char *found = json_string_value(json_object_get(item, field));
        if (found != NULL && strcasecmp(found, value) == 0) *record = item;
    }
    return KU_OK;
}

static int64_t id_of(const json_t *record)
{
    return json_integer_value(json_object_get(record, "id"));
}

static ku_status find_user(ku_office *office, const char *name, json_t **user, ku_error *err)
{
    KU_TRY(find_by(office, "app_user", "name", name, user, err));
    if (*user != NULL) return KU_OK;
    return ku_error_set(err, KU_NOT_FOUND, name, "there is no such user; kemudi user list");
}

/* ---- adding --------------------------------------------------------------------------------------- */

static ku_status add_record(ku_office *office, const char *entity, json_t *values, int64_t *id,
                            ku_error *err)
{
    ku_status status = ku_record_add(office, ku_entity_find(entity), values, NULL, id, err);
    json_decref(values);
    return status;
}

static ku_status find_or_add_person(ku_office *office, const char *name, int64_t *id, ku_error *err)
{
    json_t *person;
    KU_TRY(find_by(office, "person", "name", name, &person, err));
    if (person == NULL)
        return add_record(office, "person", json_pack("{s:s}", "name", name), id, err);
    *id = id_of(person);
    return KU_OK;
}

static ku_status give_role(ku_office *office, int64_t person, const cli_args *args, ku_error *err)
{
    const char *role = cli_option_value(args, "role"), *unit = cli_option_value(args, "unit");
    const char *highest = cli_option_value(args, "highest");
    int64_t id;
    if (role == NULL) return KU_OK;
    json_t *values = json_pack("{s:s, s:I, s:s}", "role", role, "person", (json_int_t)person,
                               "highest", highest != NULL ? highest : "internal");
    if (unit != NULL) json_object_set_new(values, "unit", json_string(unit));
    return add_record(office, "role_grant", values, &id, err);
}

static void print_link(cli_session *session, ku_office *office, const char *name, const char *link,
                       int64_t hours)
{
    const ku_settings *settings = ku_workspace_settings(office->workspace);
    cli_say(session, "%s opens this once, within %" PRId64 " hours, and chooses a password:\n",
            name, hours);
    fprintf(session->out, "http://localhost:%d/welcome?link=%s\n", settings->port, link);
}

static ku_status add_user(cli_session *session, ku_office *office, const char *name,
                          const cli_args *args, ku_error *err)
{
    const char *person_name = cli_option_value(args, "person"), *link;
    int64_t person, user, hours;
    if (person_name == NULL) person_name = name;
    KU_TRY(cli_option_int(args, "hours", 1, 720, LINK_HOURS, &hours, err));
    KU_TRY(find_or_add_person(office, person_name, &person, err));
    KU_TRY(add_record(office, "app_user",
                      json_pack("{s:s, s:I}", "name", name, "person", (json_int_t)person), &user,
                      err));
    KU_TRY(give_role(office, person, args, err));
    KU_TRY(ku_user_link(office, user, hours, &link, err));
    KU_TRY(ku_office_commit(office, err));
    print_link(session, office, person_name, link, hours);
    return KU_OK;
}

/* ---- the rest ---------------------------------------------------------------------------------------- */

static ku_status new_link(cli_session *session, ku_office *office, const char *name,
                          const cli_args *args, ku_error *err)
{
    json_t *user;
    const char *link;
    int64_t hours;
    KU_TRY(cli_option_int(args, "hours", 1, 720, LINK_HOURS, &hours, err));
    KU_TRY(find_user(office, name, &user, err));
    KU_TRY(ku_user_link(office, id_of(user), hours, &link, err));
    KU_TRY(ku_office_commit(office, err));
    print_link(session, office, name, link, hours);
    return KU_OK;
}

static ku_status connect_user(cli_session *session, ku_office *office, const char *name,
                              const cli_args *args, ku_error *err)
{
    json_t *user;
    const char *subject = cli_option_value(args, "subject");
    if (subject == NULL)
        return ku_error_set(err, KU_USAGE, "--subject",
                            "say by which subject the sign-in service knows them; empty: none");
    KU_TRY(find_user(office, name, &user, err));
    KU_TRY(ku_user_connect(office, id_of(user), subject, err));
    KU_TRY(ku_office_commit(office, err));
    cli_say(session,
            *subject != '\0' ? "%s signs in by the company's service\n"
                             : "%s signs in by password only\n",
            name);
    return KU_OK;
}

static ku_status move_user(cli_session *session, ku_office *office, const char *name,
                           const char *step, const cli_args *args, ku_error *err)
{
    json_t *user;
    const char *reason = cli_option_value(args, "reason");
    KU_TRY(find_user(office, name, &user, err));
    KU_TRY(ku_record_move(office, ku_entity_find("app_user"), id_of(user),
                          json_integer_value(json_object_get(user, "version")), step, NULL,
                          reason != NULL ? reason : "by the command line", err));
    KU_TRY(ku_office_commit(office, err));
    cli_say(session, "%s is %sed\n", name, step);
    return KU_OK;
}

static ku_status list_users(cli_session *session, ku_office *office, ku_error *err)
{
    enum { COLUMNS = 3, MOST = 200 };
    const char *cells[(MOST + 1) * COLUMNS] = {"User", "Person", "State"};
    const ku_query query = {.limit = MOST, .closed = true};
    ku_page page;
    size_t at;
    json_t *item;
    KU_TRY(ku_records_list(office, ku_entity_find("app_user"), &query, &page, err));
    json_array_foreach(page.items, at, item)
    {
        const char **row = &cells[(at + 1) * COLUMNS];
        const char *person = json_string_value(
            json_object_get(json_object_get(item, "labels"), "person"));
        row[0] = json_string_value(json_object_get(item, "name"));
        row[1] = person != NULL ? person : "";
        row[2] = json_string_value(json_object_get(item, "state"));
    }
    if (json_array_size(page.items) == 0) {
        cli_say(session, "Nobody can sign in yet; kemudi user add NAME --role administrator\n");
        return KU_OK;
    }
    cli_table_texts(session, cells, json_array_size(page.items) + 1, COLUMNS, NULL, session->out);
    return KU_OK;
}

static ku_status do_it(cli_session *session, ku_office *office, const cli_args *args, ku_error *err)
{
    const char *what = cli_operand_at(args, 0), *name = cli_operand_at(args, 1);
    if (strcmp(what, "list") == 0) return list_users(session, office, err);
    if (name == NULL) return ku_error_set(err, KU_USAGE, "NAME", "say which user");
    if (strcmp(what, "add") == 0) return add_user(session, office, name, args, err);
    if (strcmp(what, "link") == 0) return new_link(session, office, name, args, err);
    if (strcmp(what, "connect") == 0) return connect_user(session, office, name, args, err);
    if (strcmp(what, "lock") == 0 || strcmp(what, "unlock") == 0)
        return move_user(session, office, name, what, args, err);
    return ku_error_set(err, KU_USAGE, what, "expected add, list, link, connect, lock or unlock");
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_workspace *workspace;
    ku_office *office;
    const ku_who who = cli_session_who(session);
    KU_TRY(cli_session_workspace(session, &workspace, err));
    KU_TRY(ku_office_begin(workspace, &who, true, &office, err));
    ku_status status = do_it(session, office, args, err);
    ku_office_end(office);
    return status;
}

static const cli_operand operands[] = {
    {.name = "WHAT", .required = true, .help = "add, list, link, connect, lock or unlock."},
    {.name = "NAME", .help = "The user: what is typed to sign in."},
    {.name = NULL},
};

static const cli_option options[] = {
    {.name = "person", .value = "NAME", .help = "Who it is; made when there is no such person."},
    {.name = "role",
     .value = "ROLE",
     .help = "A role for them: administrator, director, head, ..."},
    {.name = "unit", .value = "UNIT", .help = "The role's unit, by name; else the whole company."},
    {.name = "highest",
     .value = "CLASS",
     .help = "Up to which class it reaches: open, internal, personal, secret."},
    {.name = "hours", .value = "N", .help = "How long the link is good; 48."},
    {.name = "subject",
     .value = "TEXT",
     .help = "connect: who they are to the company's sign-in service, its \"sub\"."},
    {.name = "reason", .value = "TEXT", .help = "Why, for the log."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi user add ana --person \"Ana Putri\" --role administrator -w shop",
     "the first user; prints a link to choose a password by"},
    {"kemudi user lock ana --reason \"has left\" -w shop", "ends their sessions at once"},
    {.line = NULL},
};

const cli_command cli_command_user = {
    .name = "user",
    .group = "Office",
    .order = 420,
    .summary = "who can sign in",
    .description = "A new user gets a link that is good once; with it they choose their own "
                   "password. From the first user on, the pages and the API take a sign-in; the "
                   "command line goes on as who sits at this computer, and is logged so.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .run = run,
};
