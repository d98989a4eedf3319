/* chores.c - the list of what the office does by itself. */
#include "office/chores.h"

#include "office/approvals/approvals.h"
#include "office/documents/documents.h"

typedef ku_status chore_fn(ku_office *office, int64_t *count, ku_error *err);

static ku_status as_program(ku_workspace *workspace, chore_fn *chore, ku_error *err)
{
    const ku_who program = {.kind = KU_WHO_PROGRAM, .via = "program"};
    ku_office *office;
    int64_t count;
    KU_TRY(ku_office_begin(workspace, &program, true, &office, err));
    ku_status status = chore(office, &count, err);
    if (status == KU_OK) status = ku_office_commit(office, err);
    ku_office_end(office);
    return status;
}

static ku_status remind(ku_workspace *workspace, ku_error *err)
{
    return as_program(workspace, ku_reminders_due, err);
}

static ku_status expire(ku_workspace *workspace, ku_error *err)
{
    return as_program(workspace, ku_approval_expire, err);
}

const ku_chore ku_chores[] = {
    {"reminders", remind},
    {"approvals whose day is over", expire},
    {"stored files nobody needs", ku_blobs_sweep},
    {.name = NULL},
};
