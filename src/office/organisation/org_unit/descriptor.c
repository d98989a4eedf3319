/* org_unit - a part of the company: a department, a bureau, a group; all below one company. */
#include "office/organisation/organisation.h"

static const ku_choice kinds[] = {{"company", "Company"}, {"department", "Department"},
                                  {"bureau", "Bureau"},   {"group", "Group"},
                                  {"other", "Other"},     {.value = NULL}};

static const ku_field_spec fields[] = {
    {.name = "name",
     .type = KU_FIELD_TEXT,
     .label = "Name",
     .required = true,
     .listed = true,
     .searched = true,
     .max = 120,
     .meaning = "As it stands on papers.",
     .aliases = (const char *const[]){"unit", "department", NULL}},
    {.name = "code",
     .type = KU_FIELD_TEXT,
     .label = "Code",
     .required = true,
     .listed = true,
     .searched = true,
     .unique = true,
     .max = 16,
     .meaning = "The short sign used in numbers of papers and in budgets."},
    {.name = "kind",
     .type = KU_FIELD_CHOICE,
     .label = "Kind",
     .required = true,
     .listed = true,
     .choices = kinds,
     .fallback = "department",
     .meaning = "What kind of unit it is."},
    {.name = "parent",
     .type = KU_FIELD_REF,
     .label = "Part of",
     .listed = true,
     .target = "org_unit",
     .meaning = "The unit it belongs to; none: the company itself."},
    {.name = "purpose",
     .type = KU_FIELD_LONG,
     .label = "Purpose",
     .max = 2000,
     .searched = true,
     .meaning = "What the unit is there for."},
    {.name = NULL},
};

/* A unit within itself would have no head and would make every question of authority
 * endless. */
static ku_status check(ku_change *change, ku_error *err)
{
    int64_t parent = json_integer_value(json_object_get(change->values, "parent"));
    bool within;
    if (parent == 0) return KU_OK;
    KU_TRY(ku_org_within(change->office, change->id, parent, &within, err));
    if (!within) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "parent", "Part of: this unit would be a part of itself");
}

static const ku_state states[] = {
    {"active", "Active", false}, {"closed", "Closed", true}, {.name = NULL}};

static const ku_transition transitions[] = {
    {.name = "close",
     .label = "Close the unit",
     .from = "active",
     .to = "closed",
     .action = KU_CHANGE,
     .reason = true,
     .guard = ku_org_unit_empty,
     .help = "It keeps its papers and its past; nobody can be assigned to it any more."},
    {.name = "reopen",
     .label = "Open again",
     .from = "closed",
     .to = "active",
     .action = KU_CHANGE,
     .reason = true},
    {.name = NULL},
};

static const ku_right rights[] = {
    {"staff", KU_SEE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"director", KU_SEE | KU_ADD | KU_CHANGE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"hr", KU_SEE | KU_ADD | KU_CHANGE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"administrator", KU_SEE | KU_ADD | KU_CHANGE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {.role = NULL},
};

const ku_entity ku_entity_org_unit = {
    .name = "org_unit",
    .title = "Unit",
    .plural = "Units",
    .area = "Organisation",
    .order = 20,
    .meaning = "A part of the company: a department, a bureau, a group.",
    .fields = fields,
    .label = "name",
    .unit = "id",
    .fixed_secrecy = KU_CLASS_OPEN,
    .states = states,
    .initial = "active",
    .transitions = transitions,
    .rights = rights,
    .board = "kind",
    .sort = "name",
    .check = check,
};
