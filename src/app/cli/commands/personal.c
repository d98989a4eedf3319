/* personal.c - kemudi personal: what is held on a person, given out or taken back for good. */
#include "office/personal/personal.h"

#include <string.h>
#include <unistd.h>

#include "app/cli/session.h"
#include "base/file.h"
#include "base/number.h"

static ku_status person_number(const cli_args *args, int64_t *person, ku_error *err)
{
    const char *word = cli_operand_at(args, 1);
    if (ku_parse_int(word, strlen(word), person, NULL) == KU_OK && *person > 0) return KU_OK;
    return ku_error_set(err, KU_USAGE, "PERSON", "expected a person's number, found \"%.40s\"",
                        word);
}

/* ---- giving out ------------------------------------------------------------------------------- */

static ku_status write_out(cli_session *session, const char *path, const json_t *held,
                           ku_error *err)
{
    ku_text text = {0};
    ku_json_dump(held, &text);
    ku_text_addc(&text, '\n');
    ku_status status = ku_text_check(&text, err);
    if (status == KU_OK && path != NULL)
        status = ku_file_write(path, text.bytes, text.length, 0600, err);
    else if (status == KU_OK)
        fputs(ku_text_string(&text), session->out);
    ku_text_clear(&text);
    return status;
}

static ku_status give_out(cli_session *session, ku_office *office, const cli_args *args,
                          int64_t person, ku_error *err)
{
    json_t *held;
    const char *path = cli_option_value(args, "out");
    KU_TRY(ku_personal_export(office, person, &held, err));
    KU_TRY(ku_office_commit(office, err));
    KU_TRY(write_out(session, path, held, err));
    if (path != NULL) cli_say(session, "%s holds all that is held on this person.", path);
    return KU_OK;
}

/* ---- taking back --------------------------------------------------------------------------------- */

static ku_status erase(cli_session *session, ku_office *office, const cli_args *args,
                       int64_t person, ku_error *err)
{
    const char *reason = cli_option_value(args, "reason");
    if (reason == NULL)
        return ku_error_set(err, KU_USAGE, "--reason",
                            "say why: by which request of the person, by which rule");
    if (!cli_option_set(args, "yes"))
        return ku_error_set(err, KU_USAGE, "--yes",
                            "this cannot be taken back; give --yes when you are sure");
    KU_TRY(ku_personal_erase(office, person, reason, err));
    KU_TRY(ku_office_commit(office, err));
    cli_say(session, "Erased. Backups made before still hold the person; delete them when their "
                     "time is over.");
    return KU_OK;
}

static ku_status act(cli_session *session, ku_workspace *workspace, const cli_args *args,
                     bool erasing, ku_error *err)
{
    int64_t person;
    ku_office *office;
    ku_who who = {.kind = KU_WHO_LOCAL, .via = "cli", .name = getlogin()};
    KU_TRY(person_number(args, &person, err));
    KU_TRY(ku_office_begin(workspace, &who, true, &office, err));
    ku_status status = erasing ? erase(session, office, args, person, err)
                               : give_out(session, office, args, person, err);
    ku_office_end(office);
    return status == KU_OK && erasing ? ku_personal_sweep(workspace, err) : status;
}

static ku_status run(cli_session *session, const cli_args *args, ku_error *err)
{
    ku_workspace *workspace;
    const char *what = cli_operand_at(args, 0);
    bool erasing = strcmp(what, "erase") == 0;
    if (!erasing && strcmp(what, "export") != 0)
        return ku_error_set(err, KU_USAGE, "WHAT", "expected export or erase, found \"%.40s\"",
                            what);
    KU_TRY(cli_session_workspace(session, &workspace, err));
    return act(session, workspace, args, erasing, err);
}

static const cli_operand operands[] = {
    {.name = "WHAT", .required = true, .help = "export or erase."},
    {.name = "PERSON", .required = true, .help = "The person's number."},
    {.name = NULL},
};

static const cli_option options[] = {
    {.name = "out",
     .letter = 'o',
     .value = "FILE",
     .word = CLI_WORD_FILE,
     .help = "Write to this file, for its owner only, in place of the terminal."},
    {.name = "reason", .value = "TEXT", .help = "Why the person is erased; goes into the log."},
    {.name = "yes", .help = "Erase without asking again."},
    {.name = NULL},
};

static const cli_example examples[] = {
    {"kemudi personal export 17 --out 17.json -w shop", "all that is held on one person"},
    {"kemudi personal erase 17 --reason \"request 4\" --yes -w shop", "takes it back for good"},
    {.line = NULL},
};

const cli_command cli_command_personal = {
    .name = "personal",
    .group = "Workspace",
    .order = 67,
    .summary = "give out or erase what is held on a person",
    .description = "export writes every record that names the person, with all that is personal to "
                   "them opened, their sign-ins and the events by and about them, as JSON. Giving "
                   "it out is itself an event.\n\n"
                   "erase destroys the key under which everything personal to them is sealed, "
                   "overwrites their name and takes their sign-in away. Records, counts and the "
                   "event log stay whole. Only who has left is erased.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .run = run,
};
