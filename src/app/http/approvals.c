/* approvals.c - what waits for the one who asks, the route a thing would take, and whether the
 * signatures hold. */
#include "office/approvals/approvals.h"
#include "app/http/handlers.h"
#include "app/http/server_internal.h"
#include "base/date.h"
#include "base/money.h"
#include "office/organisation/organisation.h"

/* ---- the inbox ---------------------------------------------------------------------------------- */

/* Open records of a kind that name me in a field, as entries of the inbox. */
static ku_status add_mine(ku_office *office, const char *name, const char *field, const char *state,
                          const char *due, json_t *items, ku_error *err)
{
    const ku_entity *entity = ku_entity_find(name);
    const ku_filter filters[] = {{.field = field, .how = KU_IS, .value = "me"},
                                 {.field = "state", .how = KU_IS, .value = state}};
    const ku_query query = {.filters = filters, .filter_count = 2, .limit = 100};
    ku_page page;
    size_t at;
    json_t *item;
    KU_TRY(ku_records_list(office, entity, &query, &page, err));
    json_array_foreach(page.items, at, item)
    {
        json_t *title = json_object_get(json_object_get(item, "labels"), entity->label);
        if (title == NULL) title = json_object_get(item, entity->label);
        json_t *day = due != NULL ? json_object_get(item, due) : NULL;
        json_array_append_new(items,
                              json_pack("{s:s, s:O, s:O, s:n, s:o, s:n, s:n, s:n}", "entity", name,
                                        "id", json_object_get(item, "id"), "title", title, "amount",
                                        "due", day != NULL ? json_incref(day) : json_null(), "from",
                                        "stead", "order"));
    }
    return KU_OK;
}

/* Absences that are mine to agree to. */
static ku_status add_absences(ku_office *office, json_t *items, ku_error *err)
{
    const ku_entity *entity = ku_entity_find("absence");
    const ku_filter filter = {.field = "state", .how = KU_IS, .value = "asked"};
    const ku_query query = {
        .filters = &filter, .filter_count = 1, .limit = 100, .action = KU_DECIDE};
    ku_page page;
    size_t at;
    json_t *item;
    if (!ku_authorize(office->actor, entity, KU_DECIDE, NULL, NULL, office->arena).allowed)
        return KU_OK;
    KU_TRY(ku_records_list(office, entity, &query, &page, err));
    json_array_foreach(page.items, at, item)
    {
        const char *person = json_string_value(
            json_object_get(json_object_get(item, "labels"), "person"));
        if (json_integer_value(json_object_get(item, "person")) == office->actor->person) continue;
        json_array_append_new(
            items, json_pack("{s:s, s:O, s:s, s:n, s:O, s:s?, s:n, s:n}", "entity", "absence", "id",
                             json_object_get(item, "id"), "title", "Absence", "amount", "due",
                             json_object_get(item, "starts"), "from", person, "stead", "order"));
    }
    return KU_OK;
}

static ku_status gather(ku_office *office, json_t **items, ku_error *err)
{
    KU_TRY(ku_approval_waiting(office, items, err));
    KU_TRY(add_absences(office, *items, err));
    KU_TRY(add_mine(office, "ack", "person", "asked", "due", *items, err));
    return add_mine(office, "approval", "asked_by", "returned", NULL, *items, err);
}

ku_status http_inbox(http_call *call, ku_error *err)
{
    ku_office *office;
    json_t *items = NULL;
    KU_TRY(ku_office_begin(call->server->workspace, &call->who, false, &office, err));
    ku_status status = KU_OK;
    if (office->actor->person != 0)
        status = gather(office, &items, err);
    else
        items = json_array(); /* who is no person has nothing to decide */
    ku_office_end(office);
    if (status == KU_OK) return http_reply_json(call, 200, http_json_list(items, NULL), err);
    json_decref(items);
    return status;
}

/* ---- the simulator --------------------------------------------------------------------------------- */

static ku_status read_amount(const http_call *call, ku_signing *signing, ku_error *err)
{
    ku_money money;
    const char *amount = http_text(call, "amount");
    const ku_currency *currency = ku_currency_find(
        ku_workspace_settings(call->server->workspace)->currency);
    if (amount == NULL || *amount == '\0') return KU_OK;
    KU_TRY(ku_money_parse(amount, strlen(amount), '.', currency, &money, err));
    signing->has_amount = true;
    signing->amount = money.minor;
    return KU_OK;
}

ku_status http_signers(http_call *call, ku_error *err)
{
    ku_office *office;
    json_t *route, *faults;
    int32_t day;
    ku_signing signing = {.kind = http_text(call, "kind"),
                          .category = http_text(call, "category"),
                          .unit = http_int(call, "unit"),
                          .date = http_text(call, "date")};
    KU_TRY(read_amount(call, &signing, err));
    if (signing.date != NULL && *signing.date != '\0')
        KU_TRY(ku_date_parse(signing.date, strlen(signing.date), KU_DATE_YMD, &day, err));
    KU_TRY(ku_office_begin(call->server->workspace, &call->who, false, &office, err));
    if (signing.date == NULL || *signing.date == '\0') signing.date = ku_office_today(office);
    ku_status status = ku_authorize_or_refuse(office->actor, ku_entity_find("route_rule"), KU_SEE,
                                              NULL, NULL, office->arena, err);
    if (status == KU_OK) status = ku_approval_route(office, &signing, &route, err);
    if (status == KU_OK) status = ku_approval_matrix_faults(office, &faults, err);
    if (status == KU_OK)
        status = http_reply_json(
            call, 200,
            json_pack("{s:s, s:o, s:o}", "date", signing.date, "steps", route, "faults", faults),
            err);
    ku_office_end(office);
    return status;
}

/* ---- signatures --------------------------------------------------------------------------------------- */

ku_status http_verify_approval(http_call *call, ku_error *err)
{
    ku_office *office;
    json_t *items, *approval;
    int64_t id = strtoll(http_path(call, "id"), NULL, 10);
    KU_TRY(ku_office_begin(call->server->workspace, &call->who, false, &office, err));
    ku_status status = ku_record_get(office, ku_entity_find("approval"), id, &approval, err);
    if (status == KU_OK) status = ku_approval_verify(office, id, &items, err);
    ku_office_end(office);
    KU_TRY(status);
    return http_reply_json(call, 200, http_json_list(items, NULL), err);
}
