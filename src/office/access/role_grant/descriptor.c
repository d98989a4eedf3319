/* role_grant - a role that goes with a position or, by exception, with a person. */
#include "office/access/users.h"

static const ku_choice classes[] = {{"open", "Open"},
                                    {"internal", "Internal"},
                                    {"personal", "Personal"},
                                    {"secret", "Secret"},
                                    {.value = NULL}};

static const ku_field_spec fields[] = {
    {.name = "role", .type = KU_FIELD_CHOICE, .label = "Role", .required = true, .listed = true,
     .choices = ku_role_choices, .meaning = "What it allows."},
    {.name = "position", .type = KU_FIELD_REF, .label = "Position", .listed = true,
     .target = "position", .meaning = "Whoever holds it holds the role."},
    {.name = "person", .type = KU_FIELD_REF, .label = "Person", .listed = true,
     .target = "person", .meaning = "In place of a position, by exception."},
    {.name = "unit", .type = KU_FIELD_REF, .label = "Within", .listed = true,
     .target = "org_unit", .meaning = "This unit and all below it; none: the whole company."},
    {.name = "highest", .type = KU_FIELD_CHOICE, .label = "Up to class", .required = true,
     .listed = true, .choices = classes, .fallback = "internal",
     .meaning = "The most guarded records and fields it reaches."},
    {.name = "starts", .type = KU_FIELD_DATE, .label = "From", .listed = true,
     .meaning = "First day; none: from the beginning."},
    {.name = "ends", .type = KU_FIELD_DATE, .label = "Until", .listed = true,
     .meaning = "Last day; none: no end is set."},
    {.name = NULL},
};

static const ku_right rights[] = {
    {"administrator", KU_SEE | KU_ADD | KU_CHANGE | KU_REMOVE | KU_ARRANGE, KU_REACH_ALL,
     KU_CLASS_INTERNAL},
    {"director", KU_SEE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"hr", KU_SEE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"auditor", KU_SEE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {.role = NULL},
};

const ku_entity ku_entity_role_grant = {
    .name = "role_grant",
    .title = "Right",
    .plural = "Rights",
    .area = "Administration",
    .order = 20,
    .meaning = "A role that goes with a position or, by exception, with a person.",
    .fields = fields,
    .label = "role",
    .fixed_secrecy = KU_CLASS_INTERNAL,
    .rights = rights,
    .sort = "role",
    .check = ku_grant_check,
};
