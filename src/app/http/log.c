/* log.c - the event log over HTTP, its signed heads, and why someone may or may not. */
#include "office/log.h"

#include "access/event.h"
#include "app/http/handlers.h"
#include "app/http/server_internal.h"
#include "base/date.h"

/* ---- events ----------------------------------------------------------------------------------- */

static ku_status list(http_call *call, ku_office *office, ku_error *err)
{
    json_t *items;
    int64_t next;
    ku_log_query query = {.entity = http_text(call, "entity"),
                          .record = http_int(call, "record"),
                          .person = http_int(call, "person"),
                          .action = http_text(call, "action"),
                          .before = http_int(call, "cursor"),
                          .limit = (int)http_int(call, "limit")};
    KU_TRY(ku_log_list(office, &query, &items, &next, err));
    const char *cursor = next != 0 ? ku_arena_printf(call->arena, "%lld", (long long)next) : NULL;
    return http_reply_json(call, 200, http_json_list(json_incref(items), cursor), err);
}

ku_status http_list_events(http_call *call, ku_error *err)
{
    ku_office *office;
    KU_TRY(ku_office_begin(call->server->workspace, &call->who, false, &office, err));
    ku_status status = list(call, office, err);
    ku_office_end(office);
    return status;
}

/* ---- heads ------------------------------------------------------------------------------------- */

static ku_status heads(http_call *call, ku_office *office, ku_error *err)
{
    json_t *items;
    ku_verdict verdict = ku_authorize_area(office->actor, "log", KU_EXPORT, office->arena);
    if (!verdict.allowed) return ku_error_set(err, KU_NOT_ALLOWED, "log", "%s", verdict.because);
    /* The days that have ended since the last event are signed first. */
    KU_TRY(ku_events_seal_days(office->workspace, office->db, office->now, err));
    KU_TRY(ku_events_heads(office->db, &items, err));
    KU_TRY(http_reply_json(call, 200, http_json_list(items, NULL), err));
    return ku_office_commit(office, err);
}

ku_status http_list_heads(http_call *call, ku_error *err)
{
    ku_office *office;
    KU_TRY(ku_office_begin(call->server->workspace, &call->who, true, &office, err));
    ku_status status = heads(call, office, err);
    ku_office_end(office);
    return status;
}

/* ---- why --------------------------------------------------------------------------------------- */

static ku_status explain(http_call *call, ku_office *office, ku_error *err)
{
    json_t *explained;
    const char *name = http_path(call, "entity"), *action = http_text(call, "action");
    const ku_entity *entity = ku_entity_find(name);
    unsigned asked = KU_SEE;
    if (entity == NULL)
        return ku_error_set(err, KU_NOT_FOUND, "path, entity",
                            "there are no records of the kind \"%s\"", name);
    while (asked < KU_ARRANGE && strcmp(ku_action_name(asked), action) != 0) asked <<= 1;
    KU_TRY(ku_record_explain(office, entity, strtoll(http_path(call, "id"), NULL, 10), asked,
                             http_int(call, "person"), &explained, err));
    return http_reply_json(call, 200, json_incref(explained), err);
}

ku_status http_explain_record(http_call *call, ku_error *err)
{
    ku_office *office;
    KU_TRY(ku_office_begin(call->server->workspace, &call->who, false, &office, err));
    ku_status status = explain(call, office, err);
    ku_office_end(office);
    return status;
}
