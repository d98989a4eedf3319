/* records.c - records of the office, whatever they are: one set of addresses for all
 * entities, answered by the store alone. */
#include "app/http/handlers.h"
#include "app/http/server_internal.h"
#include "base/number.h"
#include "office/describe.h"
#include "office/export.h"
#include "office/store.h"

/* ---- what all of them begin with ------------------------------------------------------------------ */

static ku_status find_entity(const http_call *call, const ku_entity **entity, ku_error *err)
{
    const char *name = http_path(call, "entity");
    *entity = ku_entity_find(name);
    if (*entity != NULL) return KU_OK;
    const ku_entity *near = ku_entity_nearest(name);
    return ku_error_set(err, KU_NOT_FOUND, "path, entity",
                        "there are no records of the kind \"%s\"%s%s%s", name,
                        near != NULL ? "; did you mean \"" : "", near != NULL ? near->name : "",
                        near != NULL ? "\"?" : "");
}

static ku_status begin(http_call *call, bool write, ku_office **office, ku_error *err)
{
    return ku_office_begin(call->server->workspace, &call->who, write, office, err);
}

static int64_t record_id(const http_call *call)
{
    return strtoll(http_path(call, "id"), NULL, 10);
}

/* The version the client saw. Without it a change could undo another's unseen. */
static ku_status seen_version(http_call *call, int64_t *version, ku_error *err)
{
    const char *etag = call->if_match;
    if (etag == NULL) {
        call->reply.status = 428;
        return ku_error_set(err, KU_CONFLICT, "header If-Match",
                            "say which version you saw: its ETag");
    }
    size_t length = strlen(etag);
    bool quoted = length > 2 && etag[0] == '"' && etag[length - 1] == '"';
    if (quoted && ku_parse_int(etag + 1, length - 2, version, NULL) == KU_OK) return KU_OK;
    return ku_error_set(err, KU_USAGE, "header If-Match",
                        "expected an ETag such as \"3\", found %.40s", etag);
}

/* A version that is no longer the last has its own status. */
static ku_status stale(http_call *call, ku_status status, const ku_error *err)
{
    if (status == KU_CONFLICT && err != NULL && strcmp(err->where, "If-Match") == 0)
        call->reply.status = 412;
    return status;
}

static ku_status reply_record(http_call *call, ku_office *office, const ku_entity *entity,
                              int64_t id, int status, ku_error *err)
{
    json_t *record;
    KU_TRY(ku_record_get(office, entity, id, &record, err));
    json_int_t version = json_integer_value(json_object_get(record, "version"));
    KU_TRY(http_reply_json(call, status, json_incref(record), err));
    http_reply_header(call, "ETag", ku_arena_printf(call->arena, "\"%lld\"", version));
    return KU_OK;
}

/* What was done, shown as it now is to the one who did it; who may no longer see it (it was
 * moved to another's unit) is told only that it was done. The answer goes out once it is
 * committed. */
static ku_status finish(http_call *call, ku_office *office, const ku_entity *entity, int64_t id,
                        int status, ku_error *err)
{
    ku_error why = {0};
    ku_status shown = reply_record(call, office, entity, id, status, &why);
    if (shown == KU_NOT_FOUND || shown == KU_NOT_ALLOWED)
        http_reply_empty(call, 204);
    else if (shown != KU_OK) {
        *err = why;
        return shown;
    }
    return ku_office_commit(office, err);
}

/* ---- kinds ------------------------------------------------------------------------------------------- */

ku_status http_list_entities(http_call *call, ku_error *err)
{
    ku_office *office;
    size_t count;
    KU_TRY(begin(call, false, &office, err));
    json_t *items = json_array();
    const ku_entity *const *all = ku_entities(&count);
    for (size_t i = 0; i < count; i++) {
        if (ku_authorize(office->actor, all[i], KU_SEE, NULL, NULL, office->arena).allowed)
            json_array_append_new(items, ku_entity_json(all[i], office->actor, office->arena));
    }
    ku_office_end(office);
    return http_reply_json(call, 200, http_json_list(items, NULL), err);
}

/* ---- lists -------------------------------------------------------------------------------------------- */

static const struct {
    const char *prefix;
    int how;
} comparisons[] = {{"filter.", KU_IS},
                   {"not.", KU_IS_NOT},
                   {"from.", KU_FROM},
                   {"to.", KU_TO},
                   {"has.", KU_CONTAINS}};

static bool read_filter(const http_pair *pair, ku_filter *filter)
{
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
        if (!ku_text_starts(pair->name, comparisons[i].prefix)) continue;
        *filter = (ku_filter){.field = pair->name + strlen(comparisons[i].prefix),
                              .value = pair->value};
        filter->how = comparisons[i].how;
        if (*pair->value == '\0') filter->how = KU_EMPTY;
        return true;
    }
    return false;
}

void http_record_query(http_call *call, ku_query *query)
{
    ku_filter *filters = KU_ARRAY(call->arena, call->url.pair_count + 1, ku_filter);
    *query = (ku_query){.words = http_text(call, "q"),
                        .sort = http_text(call, "sort"),
                        .closed = http_bool(call, "closed"),
                        .filters = filters};
    for (size_t i = 0; i < call->url.pair_count; i++)
        query->filter_count += read_filter(&call->url.pair[i], &filters[query->filter_count]);
}

static ku_status list(http_call *call, ku_office *office, const ku_entity *entity, ku_error *err)
{
    ku_query query;
    ku_page page;
    int64_t count;
    bool more;
    http_record_query(call, &query);
    query.limit = (int)http_int(call, "limit");
    query.cursor = http_text(call, "cursor");
    KU_TRY(ku_records_list(office, entity, &query, &page, err));
    json_t *json = http_json_list(json_incref(page.items), page.next);
    if (http_bool(call, "count")) {
        ku_status status = ku_records_count(office, entity, &query, &count, &more, err);
        if (status != KU_OK) {
            json_decref(json);
            return status;
        }
        json_object_set_new(json, "count", json_integer(count));
        json_object_set_new(json, "more", json_boolean(more));
    }
    return http_reply_json(call, 200, json, err);
}

ku_status http_list_records(http_call *call, ku_error *err)
{
    const ku_entity *entity;
    ku_office *office;
    KU_TRY(find_entity(call, &entity, err));
    KU_TRY(begin(call, false, &office, err));
    ku_status status = list(call, office, entity, err);
    ku_office_end(office);
    return status;
}

ku_status http_export_records(http_call *call, ku_error *err)
{
    const ku_entity *entity;
    ku_office *office;
    ku_query query;
    ku_text csv = {0};
    KU_TRY(find_entity(call, &entity, err));
    http_record_query(call, &query);
    KU_TRY(begin(call, true, &office, err));
    ku_status status = ku_records_export(office, entity, &query, &csv, err);
    if (status == KU_OK) status = ku_office_commit(office, err);
    ku_office_end(office);
    if (status == KU_OK) status = http_reply_text(call, 200, "text/csv; charset=utf-8", &csv, err);
    ku_text_clear(&csv);
    KU_TRY(status);
    http_reply_header(
        call, "Content-Disposition",
        ku_arena_printf(call->arena, "attachment; filename=\"%s.csv\"", entity->name));
    return KU_OK;
}

/* ---- one ---------------------------------------------------------------------------------------------- */

/* Reading a secret is written down, so it takes a writing turn; all else does not. */
static ku_status begin_reading(http_call *call, const ku_entity *entity, int64_t id,
                               ku_office **office, ku_error *err)
{
    ku_standing standing;
    KU_TRY(begin(call, false, office, err));
    ku_status status = ku_record_standing(*office, entity, id, &standing, err);
    if (status == KU_OK && standing.secrecy != KU_CLASS_SECRET) return KU_OK;
    ku_office_end(*office);
    KU_TRY(status);
    return begin(call, true, office, err);
}

ku_status http_get_record(http_call *call, ku_error *err)
{
    const ku_entity *entity;
    ku_office *office;
    int64_t id = record_id(call);
    KU_TRY(find_entity(call, &entity, err));
    KU_TRY(begin_reading(call, entity, id, &office, err));
    ku_status status = reply_record(call, office, entity, id, 200, err);
    if (status == KU_OK) status = ku_office_commit(office, err);
    ku_office_end(office);
    return status;
}

ku_status http_record_history(http_call *call, ku_error *err)
{
    const ku_entity *entity;
    ku_office *office;
    json_t *items;
    KU_TRY(find_entity(call, &entity, err));
    KU_TRY(begin(call, false, &office, err));
    ku_status status = ku_record_history(office, entity, record_id(call), &items, err);
    if (status == KU_OK)
        status = http_reply_json(call, 200, http_json_list(json_incref(items), NULL), err);
    ku_office_end(office);
    return status;
}

/* ---- changes --------------------------------------------------------------------------------------------- */

static ku_status add(http_call *call, ku_office *office, const ku_entity *entity, ku_error *err)
{
    int64_t id;
    KU_TRY(ku_record_add(office, entity, json_object_get(call->body, "values"),
                         http_body_text(call, "reason"), &id, err));
    KU_TRY(finish(call, office, entity, id, 201, err));
    http_reply_header(
        call, "Location",
        ku_arena_printf(call->arena, HTTP_API "/records/%s/%lld", entity->name, (long long)id));
    return KU_OK;
}

ku_status http_add_record(http_call *call, ku_error *err)
{
    const ku_entity *entity;
    ku_office *office;
    KU_TRY(find_entity(call, &entity, err));
    KU_TRY(begin(call, true, &office, err));
    ku_status status = add(call, office, entity, err);
    ku_office_end(office);
    return status;
}

static ku_status change(http_call *call, ku_office *office, const ku_entity *entity,
                        int64_t version, ku_error *err)
{
    int64_t id = record_id(call);
    KU_TRY(ku_record_change(office, entity, id, version, json_object_get(call->body, "values"),
                            http_body_text(call, "reason"), err));
    return finish(call, office, entity, id, 200, err);
}

static ku_status move(http_call *call, ku_office *office, const ku_entity *entity, int64_t version,
                      ku_error *err)
{
    int64_t id = record_id(call);
    KU_TRY(ku_record_move(office, entity, id, version, http_path(call, "transition"),
                          json_object_get(call->body, "asked"), http_body_text(call, "reason"),
                          err));
    return finish(call, office, entity, id, 200, err);
}

static ku_status take_out(http_call *call, ku_office *office, const ku_entity *entity,
                          int64_t version, ku_error *err)
{
    KU_TRY(
        ku_record_remove(office, entity, record_id(call), version, http_text(call, "reason"), err));
    http_reply_empty(call, 204);
    return ku_office_commit(office, err);
}

typedef ku_status change_fn(http_call *call, ku_office *office, const ku_entity *entity,
                            int64_t version, ku_error *err);

static ku_status with_version(http_call *call, change_fn *how, ku_error *err)
{
    const ku_entity *entity;
    ku_office *office;
    int64_t version;
    ku_error why = {0};
    KU_TRY(find_entity(call, &entity, err));
    KU_TRY(seen_version(call, &version, err));
    KU_TRY(begin(call, true, &office, err));
    ku_status status = how(call, office, entity, version, &why);
    ku_office_end(office);
    if (status != KU_OK) *err = why;
    return stale(call, status, &why);
}

ku_status http_change_record(http_call *call, ku_error *err)
{
    return with_version(call, change, err);
}

ku_status http_move_record(http_call *call, ku_error *err)
{
    return with_version(call, move, err);
}

ku_status http_remove_record(http_call *call, ku_error *err)
{
    return with_version(call, take_out, err);
}
