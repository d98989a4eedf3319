/* documents.h - the demo's documents: orders, policies, letters, a secret regulation, contracts.
 * Everything belongs to the workspace. */
#ifndef KU_DEMO_DOCUMENTS_H
#define KU_DEMO_DOCUMENTS_H

#include "workspace/workspace.h"

/* Adds forms, parties, a dozen documents with their files, acknowledgements and contracts, held
 * by the people who are there (KU_CONFLICT when there is nobody). Does nothing when there are
 * forms already. */
ku_status ku_demo_documents(ku_workspace *workspace, ku_error *err);

#endif
