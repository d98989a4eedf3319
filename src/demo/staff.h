/* staff.h - the people of the simulated company. Owns nothing. */
#ifndef KU_DEMO_STAFF_H
#define KU_DEMO_STAFF_H

#include "workspace/workspace.h"

/* Fills an empty office in one transaction: units, positions, duties, people, their roles,
 * absences and deputising orders. Nobody can sign in by it; kemudi user adds users. */
ku_status ku_demo_staff(ku_workspace *workspace, ku_error *err);

#endif
