/* role.c - the roles there are. What each may do with a kind of record is said by the kind's
 * descriptor; areas that are no records by authorize.c. */
#include <string.h>

#include "access/actor.h"

const ku_role ku_roles[] = {
    {"administrator", "Administrator",
     "Looks after users, rights and settings. Decides nothing and sees no personal data."},
    {"director", "Marketing director", "Sees the whole of marketing, arranges it and decides."},
    {"deputy-director", "Deputy director", "Sees what the director sees and decides beside them."},
    {"head", "Head of a unit", "Sees, changes and decides within the unit."},
    {"specialist", "Specialist", "Works on what is their own and their unit's."},
    {"analyst", "Analyst", "Imports data, asks the analyses and keeps the data bank."},
    {"clerk", "Clerk", "Registers documents, keeps the registers and the acknowledgements."},
    {"hr", "Personnel", "Looks after people: their data, positions, absences and orders."},
    {"lawyer", "Lawyer", "Looks after contracts and holds documents back from destruction."},
    {"auditor", "Auditor", "Sees all that is not personal or secret, and the log; changes nothing."},
    {.name = NULL},
};

const ku_role *ku_role_find(const char *name)
{
    for (const ku_role *role = ku_roles; role->name != NULL; role++)
        if (strcmp(role->name, name) == 0) return role;
    return NULL;
}
