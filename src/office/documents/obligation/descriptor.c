/* descriptor.c - obligation: what one side of a contract owes the other, until when. */
#include <string.h>

#include "office/documents/documents.h"

static const ku_choice sides[] = {{"them", "They owe it"}, {"us", "We owe it"}, {.value = NULL}};

static const ku_field_spec fields[] = {
    {.name = "contract",
     .type = KU_FIELD_REF,
     .label = "Contract",
     .meaning = "By which it is owed.",
     .target = "contract",
     .required = true,
     .fixed = true,
     .listed = true},
    {.name = "deliverable",
     .type = KU_FIELD_TEXT,
     .label = "What",
     .meaning = "What is owed.",
     .required = true,
     .listed = true},
    {.name = "side",
     .type = KU_FIELD_CHOICE,
     .label = "Who owes it",
     .meaning = "Which side.",
     .required = true,
     .listed = true,
     .choices = sides,
     .fallback = "them"},
    {.name = "due",
     .type = KU_FIELD_DATE,
     .label = "Due",
     .meaning = "Until when.",
     .listed = true},
    {.name = "amount",
     .type = KU_FIELD_MONEY,
     .unit = "money",
     .label = "Amount",
     .meaning = "What is paid for it, without tax.",
     .listed = true,
     .min = 0,
     .max = 1e12},
    {.name = "owner",
     .type = KU_FIELD_REF,
     .label = "Owner",
     .meaning = "Who sees to it.",
     .target = "person",
     .required = true,
     .listed = true,
     .fallback = "me"},
    {.name = "delivered",
     .type = KU_FIELD_DATE,
     .label = "Delivered on",
     .meaning = "When it came.",
     .derived = true},
    {.name = "accepted_by",
     .type = KU_FIELD_REF,
     .label = "Accepted by",
     .meaning = "Who found it to be as agreed.",
     .target = "person",
     .derived = true,
     .listed = true},
    {.name = "accepted",
     .type = KU_FIELD_DATE,
     .label = "Accepted on",
     .meaning = "When.",
     .derived = true},
    {.name = NULL},
};

static const ku_state states[] = {{"open", "Open", false},
                                  {"delivered", "Delivered", false},
                                  {"accepted", "Accepted", true},
                                  {"waived", "Waived", true},
                                  {.name = NULL}};

/* ---- steps ----------------------------------------------------------------------------------- */

static ku_status write_day(ku_change *change, json_t *values, ku_error *err)
{
    ku_status status = ku_workflow_write(change->office, &ku_entity_obligation, change->id,
                                         change->transition->name, values, NULL, err);
    json_decref(values);
    return status;
}

static ku_status in_force(ku_change *change, ku_error *err)
{
    json_t *contract;
    KU_TRY(ku_workflow_read(change->office, &ku_entity_contract,
                            ku_member_id(change->before, "contract"), &contract, err));
    const char *state = ku_member_text(contract, "state");
    if (strcmp(state, "in_force") == 0 || strcmp(state, "ended") == 0) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "contract", "the contract is not in force");
}

static ku_status write_delivered(ku_change *change, ku_error *err)
{
    return write_day(change, json_pack("{s:s}", "delivered", ku_office_today(change->office)), err);
}

static ku_status write_accepted(ku_change *change, ku_error *err)
{
    int64_t person = change->office->actor->person;
    return write_day(change,
                     json_pack("{s:s, s:I}", "accepted", ku_office_today(change->office),
                               "accepted_by", (json_int_t)person),
                     err);
}

static ku_status clear_delivered(ku_change *change, ku_error *err)
{
    return write_day(change, json_pack("{s:n}", "delivered"), err);
}

static const ku_transition transitions[] = {
    {.name = "deliver",
     .label = "Delivered",
     .from = "open",
     .to = "delivered",
     .action = KU_CHANGE,
     .guard = in_force,
     .effect = write_delivered},
    {.name = "accept",
     .label = "Accept",
     .help = "It is as agreed.",
     .from = "delivered",
     .to = "accepted",
     .action = KU_DECIDE,
     .not_owner = true,
     .effect = write_accepted},
    {.name = "return",
     .label = "Send back",
     .help = "It is not as agreed.",
     .from = "delivered",
     .to = "open",
     .action = KU_DECIDE,
     .reason = true,
     .effect = clear_delivered},
    {.name = "waive",
     .label = "Waive",
     .from = "open delivered",
     .to = "waived",
     .action = KU_DECIDE,
     .reason = true,
     .not_owner = true},
    {.name = NULL},
};

/* Which of them one sees follows from the contract they are a part of. */
enum { KEEP = KU_SEE | KU_ADD | KU_CHANGE | KU_EXPORT };
static const ku_right rights[] = {
    {"staff", KU_SEE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"staff", KU_CHANGE, KU_REACH_OWN, KU_CLASS_INTERNAL},
    {"specialist", KU_SEE | KU_ADD, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"head", KEEP | KU_DECIDE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"director", KEEP | KU_DECIDE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"deputy-director", KEEP | KU_DECIDE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"lawyer", KEEP, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"auditor", KU_SEE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {.role = NULL},
};

const ku_entity ku_entity_obligation = {
    .name = "obligation",
    .title = "Obligation",
    .plural = "Obligations",
    .area = "Documents",
    .order = 31,
    .meaning = "What is owed by contracts, until when, and whether it was accepted.",
    .fields = fields,
    .label = "deliverable",
    .owner = "owner",
    .within = "contract",
    .fixed_secrecy = KU_CLASS_INTERNAL,
    .states = states,
    .initial = "open",
    .transitions = transitions,
    .rights = rights,
    .ends = "due",
    .sort = "due",
};
