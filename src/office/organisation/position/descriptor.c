/* position - a place in the staffing table. Authority belongs to it, not to whoever holds it. */
#include "office/organisation/organisation.h"

static const ku_field_spec fields[] = {
    {.name = "title",
     .type = KU_FIELD_TEXT,
     .label = "Title",
     .required = true,
     .listed = true,
     .searched = true,
     .max = 120,
     .meaning = "As in the staffing table."},
    {.name = "unit",
     .type = KU_FIELD_REF,
     .label = "Unit",
     .required = true,
     .listed = true,
     .target = "org_unit",
     .meaning = "Where it stands."},
    {.name = "reports_to",
     .type = KU_FIELD_REF,
     .label = "Reports to",
     .listed = true,
     .target = "position",
     .meaning = "The position above it."},
    {.name = "head",
     .type = KU_FIELD_BOOL,
     .label = "Head of the unit",
     .required = true,
     .listed = true,
     .fallback = "no",
     .meaning = "Whether its holder leads the unit."},
    {.name = "fte",
     .type = KU_FIELD_REAL,
     .label = "Full-time places",
     .required = true,
     .listed = true,
     .min = 0.05,
     .max = 100,
     .fallback = "1",
     .meaning = "How many full-time people it is for."},
    {.name = NULL},
};

static ku_status check(ku_change *change, ku_error *err)
{
    int64_t above = json_integer_value(json_object_get(change->values, "reports_to"));
    bool under;
    if (above == 0) return KU_OK;
    KU_TRY(ku_position_under(change->office, change->id, above, &under, err));
    if (!under) return KU_OK;
    return ku_error_set(err, KU_CONFLICT, "reports_to",
                        "Reports to: this position would report to itself");
}

static const ku_state states[] = {
    {"active", "In the staffing table", false}, {"closed", "Closed", true}, {.name = NULL}};

static const ku_transition transitions[] = {
    {.name = "close",
     .label = "Take out of the staffing table",
     .from = "active",
     .to = "closed",
     .action = KU_CHANGE,
     .reason = true,
     .guard = ku_position_vacant},
    {.name = "reopen",
     .label = "Put back",
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

const ku_entity ku_entity_position = {
    .name = "position",
    .title = "Position",
    .plural = "Positions",
    .area = "Organisation",
    .order = 30,
    .meaning = "A place in the staffing table; rights and duties belong to it.",
    .fields = fields,
    .label = "title",
    .unit = "unit",
    .fixed_secrecy = KU_CLASS_OPEN,
    .states = states,
    .initial = "active",
    .transitions = transitions,
    .rights = rights,
    .sort = "title",
    .check = check,
};
