/* person - someone who works for the company. Only the name is plain; all else is sealed
 * under the person's own key, so that erasing them is destroying that key. */
#include "office/organisation/organisation.h"

static const ku_choice languages[] = {
    {"en", "English"}, {"id", "Indonesian"}, {"other", "Other"}, {.value = NULL}};

#define SEALED .secrecy = KU_CLASS_PERSONAL, .sealed = true

static const ku_field_spec fields[] = {
    {.name = "name",
     .type = KU_FIELD_TEXT,
     .label = "Name",
     .required = true,
     .listed = true,
     .searched = true,
     .max = 120,
     .meaning = "First and family name.",
     .aliases = (const char *const[]){"full name", "employee", NULL}},
    {.name = "language",
     .type = KU_FIELD_CHOICE,
     .label = "Language",
     .choices = languages,
     .fallback = "en",
     .meaning = "In which they are written to."},
    {.name = "email",
     .type = KU_FIELD_TEXT,
     .label = "E-mail",
     SEALED,
     .meaning = "Where reminders go."},
    {.name = "phone",
     .type = KU_FIELD_TEXT,
     .label = "Phone",
     SEALED,
     .max = 40,
     .meaning = "At work."},
    {.name = "birthday", .type = KU_FIELD_DATE, .label = "Date of birth", SEALED},
    {.name = "address",
     .type = KU_FIELD_LONG,
     .label = "Address",
     SEALED,
     .max = 500,
     .meaning = "Where they live."},
    {.name = "number", .type = KU_FIELD_TEXT, .label = "Staff number", SEALED, .max = 40},
    {.name = "pay",
     .type = KU_FIELD_MONEY,
     .label = "Monthly pay",
     SEALED,
     .unit = "money",
     .meaning = "Before tax."},
    {.name = "notes",
     .type = KU_FIELD_LONG,
     .label = "Notes",
     SEALED,
     .max = 4000,
     .meaning = "What else must be known about them, and may be."},
    {.name = NULL},
};

static const ku_state states[] = {{"active", "With the company", false},
                                  {"left", "Left", true},
                                  {"erased", "Erased", true},
                                  {.name = NULL}};

static const ku_transition transitions[] = {
    {.name = "leave",
     .label = "Has left",
     .from = "active",
     .to = "left",
     .action = KU_CHANGE,
     .reason = true,
     .effect = ku_person_left,
     .help = "Ends their assignments today and locks their sign-in at once."},
    {.name = "return",
     .label = "Has come back",
     .from = "left",
     .to = "active",
     .action = KU_CHANGE,
     .reason = true},
    {.name = NULL},
};

static const ku_right rights[] = {
    {"staff", KU_SEE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"staff", KU_SEE, KU_REACH_OWN, KU_CLASS_PERSONAL},
    {"director", KU_SEE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_PERSONAL},
    {"hr", KU_SEE | KU_ADD | KU_CHANGE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_PERSONAL},
    {"administrator", KU_SEE | KU_ADD | KU_CHANGE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {.role = NULL},
};

const ku_entity ku_entity_person = {
    .name = "person",
    .title = "Person",
    .plural = "People",
    .area = "Organisation",
    .order = 10,
    .meaning = "Someone who works for the company.",
    .fields = fields,
    .label = "name",
    .owner = "id",
    .subject = "id",
    .fixed_secrecy = KU_CLASS_INTERNAL,
    .states = states,
    .initial = "active",
    .transitions = transitions,
    .rights = rights,
    .sort = "name",
};
