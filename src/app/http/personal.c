/* personal.c - all that is held on a person, over HTTP, for them. */
#include "office/personal/personal.h"

#include "app/http/handlers.h"
#include "app/http/server_internal.h"

static ku_status give_out(http_call *call, ku_office *office, ku_error *err)
{
    json_t *held;
    KU_TRY(ku_personal_export(office, strtoll(http_path(call, "id"), NULL, 10), &held, err));
    KU_TRY(http_reply_json(call, 200, json_incref(held), err));
    return ku_office_commit(office, err);
}

ku_status http_held_on_person(http_call *call, ku_error *err)
{
    ku_office *office;
    KU_TRY(ku_office_begin(call->server->workspace, &call->who, true, &office, err));
    ku_status status = give_out(call, office, err);
    ku_office_end(office);
    return status;
}
