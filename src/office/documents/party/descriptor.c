/* descriptor.c - party: clients, suppliers and authorities we write to and contract with. */
#include "office/documents/documents.h"

static const ku_choice kinds[] = {{"client", "Client"},   {"supplier", "Supplier"},
                                  {"agency", "Agency"},   {"authority", "Authority"},
                                  {"partner", "Partner"}, {"other", "Other"},
                                  {.value = NULL}};

static const ku_field_spec fields[] = {
    {.name = "name",
     .type = KU_FIELD_TEXT,
     .label = "Name",
     .meaning = "As on its papers.",
     .required = true,
     .searched = true,
     .listed = true},
    {.name = "kind",
     .type = KU_FIELD_CHOICE,
     .label = "Kind",
     .meaning = "What it is to us.",
     .required = true,
     .listed = true,
     .choices = kinds,
     .fallback = "other"},
    {.name = "tax",
     .type = KU_FIELD_TEXT,
     .label = "Tax number",
     .meaning = "By which authorities know it.",
     .searched = true,
     .max = 40},
    {.name = "address",
     .type = KU_FIELD_LONG,
     .label = "Address",
     .meaning = "Where it sits.",
     .searched = true,
     .max = 500},
    {.name = "email",
     .type = KU_FIELD_TEXT,
     .label = "Mail",
     .meaning = "Its office's address, not a person's.",
     .listed = true},
    {.name = "phone",
     .type = KU_FIELD_TEXT,
     .label = "Telephone",
     .meaning = "Its office's number, not a person's.",
     .max = 40},
    {.name = "notes",
     .type = KU_FIELD_LONG,
     .label = "Notes",
     .meaning = "What else to know.",
     .max = 4000},
    {.name = NULL},
};

static const ku_state states[] = {
    {"active", "Active", false}, {"closed", "Closed", true}, {.name = NULL}};

static const ku_transition transitions[] = {
    {.name = "close",
     .label = "Close",
     .help = "Nothing more is done with it.",
     .from = "active",
     .to = "closed",
     .action = KU_CHANGE},
    {.name = "reopen", .label = "Reopen", .from = "closed", .to = "active", .action = KU_CHANGE},
    {.name = NULL},
};

enum { KEEP = KU_SEE | KU_ADD | KU_CHANGE | KU_EXPORT };
static const ku_right rights[] = {
    {"staff", KU_SEE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"specialist", KU_SEE | KU_ADD, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"head", KEEP, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"director", KEEP | KU_REMOVE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"deputy-director", KEEP, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"clerk", KEEP | KU_REMOVE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"lawyer", KEEP, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"auditor", KU_SEE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {.role = NULL},
};

const ku_entity ku_entity_party = {
    .name = "party",
    .title = "Party",
    .plural = "Parties",
    .area = "Documents",
    .order = 50,
    .meaning = "Clients, suppliers, agencies and authorities.",
    .fields = fields,
    .label = "name",
    .fixed_secrecy = KU_CLASS_INTERNAL,
    .states = states,
    .initial = "active",
    .transitions = transitions,
    .rights = rights,
    .board = "kind",
    .sort = "name",
};
