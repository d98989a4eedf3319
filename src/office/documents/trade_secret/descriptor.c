/* descriptor.c - trade_secret: what the company keeps to itself, why, and how. A court asks
 * for exactly this: what is secret, what it is worth, which measures guard it, who knows it. */
#include "office/documents/documents.h"

static const ku_field_spec fields[] = {
    {.name = "what",
     .type = KU_FIELD_TEXT,
     .label = "What is secret",
     .meaning = "Named so that the entry itself gives nothing away.",
     .required = true,
     .listed = true},
    {.name = "document",
     .type = KU_FIELD_REF,
     .label = "Document",
     .meaning = "The secret document that holds it; its readers see this entry.",
     .target = "document",
     .required = true,
     .fixed = true,
     .listed = true},
    {.name = "why",
     .type = KU_FIELD_LONG,
     .label = "Why",
     .meaning = "What it is worth while others do not know it.",
     .required = true,
     .max = 4000},
    {.name = "measures",
     .type = KU_FIELD_LONG,
     .label = "Measures",
     .meaning = "What is done to keep it: marking, locks, agreements.",
     .required = true,
     .max = 4000},
    {.name = "holders",
     .type = KU_FIELD_LONG,
     .label = "Known outside to",
     .meaning = "Parties told under an agreement; people of the company are on the list of "
                "readers.",
     .max = 2000},
    {.name = "keeper",
     .type = KU_FIELD_REF,
     .label = "Keeper",
     .meaning = "Who looks after it.",
     .target = "person",
     .required = true,
     .listed = true,
     .fallback = "me"},
    {.name = "since",
     .type = KU_FIELD_DATE,
     .label = "Since",
     .meaning = "From when.",
     .listed = true,
     .fallback = "today"},
    {.name = "until",
     .type = KU_FIELD_DATE,
     .label = "Until",
     .meaning = "Empty: no end is set.",
     .listed = true},
    {.name = NULL},
};

static const ku_state states[] = {
    {"active", "Secret", false}, {"lifted", "No longer secret", true}, {.name = NULL}};

static const ku_transition transitions[] = {
    {.name = "lift",
     .label = "Lift",
     .help = "It need not be kept secret any more.",
     .from = "active",
     .to = "lifted",
     .action = KU_DECIDE,
     .reason = true,
     .sign = true},
    {.name = NULL},
};

static const ku_right rights[] = {
    {"staff", KU_SEE, KU_REACH_ALL, KU_CLASS_SECRET},
    {"staff", KU_ADD | KU_CHANGE, KU_REACH_OWN, KU_CLASS_SECRET},
    {"lawyer", KU_SEE | KU_ADD | KU_CHANGE, KU_REACH_ALL, KU_CLASS_SECRET},
    {"director", KU_SEE | KU_ADD | KU_CHANGE | KU_DECIDE, KU_REACH_ALL, KU_CLASS_SECRET},
    {.role = NULL},
};

static ku_status check(ku_change *change, ku_error *err)
{
    json_t *document;
    KU_TRY(ku_workflow_read(change->office, &ku_entity_document,
                            ku_member_id(change->values, "document"), &document, err));
    if (ku_member_secret(document)) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "document",
                        "the document is not secret; change its class first");
}

const ku_entity ku_entity_trade_secret = {
    .name = "trade_secret",
    .title = "Trade secret",
    .plural = "Trade secrets",
    .area = "Documents",
    .order = 40,
    .meaning = "The register of what the company keeps to itself; every reading is logged.",
    .fields = fields,
    .label = "what",
    .owner = "keeper",
    .within = "document",
    .fixed_secrecy = KU_CLASS_SECRET,
    .states = states,
    .initial = "active",
    .transitions = transitions,
    .rights = rights,
    .sort = "what",
    .check = check,
};
