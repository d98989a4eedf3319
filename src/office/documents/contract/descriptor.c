/* descriptor.c - contract: what is agreed with a party, for how much, from when to when. */
#include <string.h>

#include "base/money.h"
#include "office/documents/documents.h"

static const ku_field_spec fields[] = {
    {.name = "title",
     .type = KU_FIELD_TEXT,
     .label = "Subject",
     .meaning = "What it is about.",
     .required = true,
     .searched = true,
     .listed = true},
    {.name = "party",
     .type = KU_FIELD_REF,
     .label = "With",
     .meaning = "The other side.",
     .target = "party",
     .required = true,
     .listed = true},
    {.name = "document",
     .type = KU_FIELD_REF,
     .label = "Document",
     .meaning = "The text of the contract.",
     .target = "document"},
    {.name = "amount",
     .type = KU_FIELD_MONEY,
     .unit = "money",
     .label = "Amount",
     .meaning = "All of it, without tax.",
     .listed = true,
     .min = 0,
     .max = 1e12},
    {.name = "starts",
     .type = KU_FIELD_DATE,
     .label = "From",
     .meaning = "Its first day.",
     .listed = true},
    {.name = "ends",
     .type = KU_FIELD_DATE,
     .label = "Until",
     .meaning = "Its last day.",
     .listed = true},
    {.name = "owner",
     .type = KU_FIELD_REF,
     .label = "Owner",
     .meaning = "Who looks after it.",
     .target = "person",
     .required = true,
     .fixed = true,
     .listed = true,
     .fallback = "me"},
    {.name = "unit",
     .type = KU_FIELD_REF,
     .label = "Unit",
     .meaning = "Whose work it is.",
     .target = "org_unit"},
    {.name = "signed",
     .type = KU_FIELD_DATE,
     .label = "Signed on",
     .meaning = "When we signed it.",
     .derived = true},
    {.name = "summary",
     .type = KU_FIELD_LONG,
     .label = "Summary",
     .meaning = "The main terms in a few sentences.",
     .searched = true,
     .max = 4000},
    {.name = NULL},
};

static const ku_state states[] = {{"draft", "Draft", false},
                                  {"agreed", "Agreed", false},
                                  {"signed", "Signed", false},
                                  {"in_force", "In force", false},
                                  {"ended", "Ended", true},
                                  {"dropped", "Dropped", true},
                                  {.name = NULL}};

/* ---- steps ---------------------------------------------------------------------------------- */

static ku_status has_amount(ku_change *change, ku_error *err)
{
    if (ku_member_text(change->before, "amount") != NULL) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "amount", "the amount is not filled in");
}

/* Who signs in another's stead signs up to the order's amount. */
static ku_status within_limit(ku_change *change, ku_error *err)
{
    const ku_currency *currency = ku_currency_find(
        ku_workspace_settings(change->office->workspace)->currency);
    const char *text = ku_member_text(change->before, "amount");
    ku_money amount;
    KU_TRY(has_amount(change, err));
    if (change->grant == NULL || change->grant->delegation == 0 || change->grant->limit < 0)
        return KU_OK;
    KU_TRY(ku_money_parse(text, strlen(text), '.', currency, &amount, err));
    if (amount.minor <= change->grant->limit) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "amount",
                        "the order of deputising does not reach to an amount of %s", text);
}

static ku_status write_signed(ku_change *change, ku_error *err)
{
    json_t *values = json_pack("{s:s}", "signed", ku_office_today(change->office));
    ku_status status = ku_workflow_write(change->office, &ku_entity_contract, change->id,
                                         "signed on", values, NULL, err);
    json_decref(values);
    return status;
}

static ku_status has_dates(ku_change *change, ku_error *err)
{
    if (ku_member_text(change->before, "starts") != NULL) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "starts", "its first day is not filled in");
}

static const ku_transition transitions[] = {
    {.name = "agree",
     .label = "Agree",
     .help = "Both sides agree on the text.",
     .from = "draft",
     .to = "agreed",
     .action = KU_CHANGE,
     .guard = has_amount},
    {.name = "reopen",
     .label = "Back to draft",
     .from = "agreed",
     .to = "draft",
     .action = KU_CHANGE,
     .reason = true},
    {.name = "sign",
     .label = "Sign",
     .help = "Commits the company.",
     .from = "agreed",
     .to = "signed",
     .action = KU_DECIDE,
     .sign = true,
     .not_owner = true,
     .guard = within_limit,
     .effect = write_signed},
    {.name = "enforce",
     .label = "Put into force",
     .from = "signed",
     .to = "in_force",
     .action = KU_CHANGE,
     .guard = has_dates},
    {.name = "end",
     .label = "End",
     .help = "Run out, fulfilled or terminated.",
     .from = "in_force",
     .to = "ended",
     .action = KU_DECIDE,
     .reason = true},
    {.name = "drop",
     .label = "Drop",
     .from = "draft agreed",
     .to = "dropped",
     .action = KU_CHANGE,
     .reason = true},
    {.name = NULL},
};

enum { KEEP = KU_SEE | KU_ADD | KU_CHANGE | KU_EXPORT };
static const ku_right rights[] = {
    {"staff", KU_SEE, KU_REACH_OWN, KU_CLASS_INTERNAL},
    {"specialist", KU_SEE | KU_ADD, KU_REACH_UNIT, KU_CLASS_INTERNAL},
    {"specialist", KU_CHANGE, KU_REACH_OWN, KU_CLASS_INTERNAL},
    {"head", KEEP | KU_DECIDE, KU_REACH_UNIT, KU_CLASS_INTERNAL},
    {"director", KEEP | KU_DECIDE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"deputy-director", KEEP | KU_DECIDE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"lawyer", KEEP, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"clerk", KU_SEE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"auditor", KU_SEE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {.role = NULL},
};

/* What both sides agreed on is not altered by one of them. */
static ku_status check(ku_change *change, ku_error *err)
{
    static const char *const agreed[] = {"title", "party", "amount", "starts", "ends", "document"};
    const char *starts = ku_member_text(change->values, "starts");
    const char *ends = ku_member_text(change->values, "ends");
    if (starts != NULL && ends != NULL && strcmp(ends, starts) < 0)
        return ku_error_set(err, KU_BAD_DATA, "ends", "the last day is before the first");
    if (change->before == NULL || strcmp(ku_member_text(change->before, "state"), "draft") == 0)
        return KU_OK;
    for (size_t i = 0; i < sizeof agreed / sizeof *agreed; i++)
        if (!ku_member_same(change->before, change->values, agreed[i]))
            return ku_error_set(err, KU_CONFLICT, agreed[i],
                                "the contract is agreed; take it back to draft to change this");
    return KU_OK;
}

const ku_entity ku_entity_contract = {
    .name = "contract",
    .title = "Contract",
    .plural = "Contracts",
    .area = "Documents",
    .order = 30,
    .meaning = "What is agreed with whom, for how much, and until when.",
    .fields = fields,
    .label = "title",
    .owner = "owner",
    .unit = "unit",
    .fixed_secrecy = KU_CLASS_INTERNAL,
    .states = states,
    .initial = "draft",
    .transitions = transitions,
    .rights = rights,
    .starts = "starts",
    .ends = "ends",
    .sort = "-id",
    .check = check,
};
