/* chores.h - what the office does by itself while the server runs: reminding, clearing away.
 * Constants; each chore opens and ends its own transaction. */
#ifndef KU_OFFICE_CHORES_H
#define KU_OFFICE_CHORES_H

#include "workspace/workspace.h"

typedef struct ku_chore {
    const char *name; /* NULL ends the list */
    ku_status (*run)(ku_workspace *workspace, ku_error *err);
} ku_chore;

/* To be run again and again, every few minutes; what is done already is not done twice. */
extern const ku_chore ku_chores[];

#endif
