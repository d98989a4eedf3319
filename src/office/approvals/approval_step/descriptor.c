/* approval_step - one step of an approval's route, as the matrix had it when it was asked for. */
#include "office/approvals/approvals.h"

static const ku_field_spec fields[] = {
    {.name = "approval",
     .type = KU_FIELD_REF,
     .label = "Approval",
     .required = true,
     .target = "approval",
     .meaning = "Whose step it is."},
    {.name = "place",
     .type = KU_FIELD_INT,
     .label = "Step",
     .required = true,
     .listed = true,
     .meaning = "Steps of one number are asked side by side."},
    {.name = "position",
     .type = KU_FIELD_REF,
     .label = "Signs",
     .required = true,
     .listed = true,
     .target = "position",
     .meaning = "Whose holder signs."},
    {.name = "needed",
     .type = KU_FIELD_INT,
     .label = "How many",
     .listed = true,
     .meaning = "How many of the step's positions must approve; empty: all."},
    {.name = "days",
     .type = KU_FIELD_INT,
     .label = "Within days",
     .required = true,
     .unit = "days",
     .listed = true,
     .meaning = "How long it may take."},
    {.name = NULL},
};

static const ku_state states[] = {{"waiting", "Later", false},
                                  {"open", "Asked", false},
                                  {"approved", "Approved", true},
                                  {"closed", "Not needed any more", true},
                                  {.name = NULL}};

static const ku_right rights[] = {
    {"staff", KU_SEE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"auditor", KU_SEE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {.role = NULL},
};

const ku_entity ku_entity_approval_step = {
    .name = "approval_step",
    .title = "Step",
    .plural = "Steps of its route",
    .area = "Approvals",
    .order = 90,
    .meaning = "The route it takes, as the signing matrix had it when it was asked for.",
    .fields = fields,
    .label = "position",
    .within = "approval",
    .fixed_secrecy = KU_CLASS_INTERNAL,
    .states = states,
    .initial = "waiting",
    .rights = rights,
    .sort = "place",
    .hidden = true,
    .internal = true,
};
