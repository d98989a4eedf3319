/* chores.c - the list of what the office does by itself. */
#include "office/chores.h"

#include "office/documents/documents.h"

static ku_status remind(ku_workspace *workspace, ku_error *err)
{
    const ku_who program = {.kind = KU_WHO_PROGRAM, .via = "program"};
    ku_office *office;
    int64_t written;
    KU_TRY(ku_office_begin(workspace, &program, true, &office, err));
    ku_status status = ku_reminders_due(office, &written, err);
    if (status == KU_OK) status = ku_office_commit(office, err);
    ku_office_end(office);
    return status;
}

const ku_chore ku_chores[] = {
    {"reminders", remind},
    {"stored files nobody needs", ku_blobs_sweep},
    {.name = NULL},
};
