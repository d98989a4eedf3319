/* role.c - the roles there are. What each may do with a kind of record is said by the kind's
 * descriptor; areas that are no records by area.c. */
#include <string.h>

#include "access/actor.h"

/* clang-format off */
#define ROLES(X)                                                                                   \
    X("administrator", "Administrator",                                                            \
      "Looks after users, rights and settings. Decides nothing and sees no personal data.")        \
    X("director", "Marketing director",                                                            \
      "Sees the whole of marketing, arranges it and decides.")                                     \
    X("deputy-director", "Deputy director",                                                        \
      "Sees what the director sees and decides beside them.")                                      \
    X("head", "Head of a unit", "Sees, changes and decides within the unit.")                      \
    X("specialist", "Specialist", "Works on what is their own and their unit's.")                  \
    X("analyst", "Analyst", "Imports data, asks the analyses and keeps the data bank.")            \
    X("clerk", "Clerk",                                                                            \
      "Registers documents, keeps the registers and the acknowledgements.")                        \
    X("hr", "Personnel",                                                                           \
      "Looks after people: their data, positions, absences and orders.")                           \
    X("lawyer", "Lawyer",                                                                          \
      "Looks after contracts and holds documents back from destruction.")                          \
    X("auditor", "Auditor",                                                                        \
      "Sees all that is not personal or secret, and the log; changes nothing.")
/* clang-format on */

#define ROLE(name, title, meaning) {name, title, meaning},
const ku_role ku_roles[] = {ROLES(ROLE){.name = NULL}};
#undef ROLE

#define CHOICE(name, title, meaning) {name, title},
const ku_choice ku_role_choices[] = {ROLES(CHOICE){.value = NULL}};
#undef CHOICE

const ku_role *ku_role_find(const char *name)
{
    for (const ku_role *role = ku_roles; role->name != NULL; role++)
        if (strcmp(role->name, name) == 0) return role;
    return NULL;
}
