/* app_user - one who signs in. Passwords and second factors are no fields: they are set by
 * their owner alone (src/access/credential.h). */
#include "office/access/users.h"

static const ku_field_spec fields[] = {
    {.name = "name",
     .type = KU_FIELD_TEXT,
     .label = "User name",
     .required = true,
     .listed = true,
     .searched = true,
     .unique = true,
     .min = 2,
     .max = 60,
     .meaning = "What is typed to sign in."},
    {.name = "person",
     .type = KU_FIELD_REF,
     .label = "Person",
     .required = true,
     .listed = true,
     .unique = true,
     .fixed = true,
     .target = "person",
     .meaning = "Who it is."},
    {.name = NULL},
};

static const ku_state states[] = {{"invited", "Invited", false},
                                  {"active", "Active", false},
                                  {"locked", "Locked", true},
                                  {.name = NULL}};

static const ku_transition transitions[] = {
    {.name = "lock",
     .label = "Lock",
     .from = "invited active",
     .to = "locked",
     .action = KU_CHANGE,
     .reason = true,
     .guard = ku_user_lock,
     .effect = ku_user_locked,
     .help = "Ends their sessions and tokens at once."},
    {.name = "unlock",
     .label = "Unlock",
     .from = "locked",
     .to = "active",
     .action = KU_CHANGE,
     .reason = true},
    {.name = NULL},
};

static const ku_right rights[] = {
    {"staff", KU_SEE, KU_REACH_OWN, KU_CLASS_INTERNAL},
    {"administrator", KU_SEE | KU_ADD | KU_CHANGE | KU_ARRANGE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"director", KU_SEE, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {"auditor", KU_SEE | KU_EXPORT, KU_REACH_ALL, KU_CLASS_INTERNAL},
    {.role = NULL},
};

const ku_entity ku_entity_app_user = {
    .name = "app_user",
    .title = "User",
    .plural = "Users",
    .area = "Administration",
    .order = 10,
    .meaning = "One who signs in.",
    .fields = fields,
    .label = "name",
    .owner = "person",
    .subject = "person",
    .fixed_secrecy = KU_CLASS_INTERNAL,
    .states = states,
    .initial = "invited",
    .transitions = transitions,
    .rights = rights,
    .sort = "name",
};
