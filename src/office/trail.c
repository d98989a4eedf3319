/* trail.c - what a change leaves in the log: which fields, from what to what. Values that not
 * everyone who sees the record may see go into the event sealed: those about a person under
 * that person's key, those of secret records under the workspace's. */
#include <string.h>

#include "access/event.h"
#include "office/store_internal.h"

/* The log cannot be rewritten, so what a record about a person is called may not stand in it
 * open: it could never be erased. */
static bool names_subject(const ku_entity *entity, const ku_field_spec *field)
{
    return entity->subject != NULL && field->type == KU_FIELD_TEXT &&
           strcmp(field->name, entity->label) == 0;
}

static bool is_guarded(const ku_entity *entity, const ku_field_spec *field, bool secret)
{
    return secret || field->sealed || field->secrecy >= KU_CLASS_PERSONAL ||
           names_subject(entity, field);
}

static json_t *from_to(const json_t *before, const json_t *after)
{
    json_t *pair = json_array();
    json_array_append_new(pair, before != NULL ? json_deep_copy(before) : json_null());
    json_array_append_new(pair, after != NULL ? json_deep_copy(after) : json_null());
    return pair;
}

static bool differ(const json_t *a, const json_t *b)
{
    bool none_a = a == NULL || json_is_null(a), none_b = b == NULL || json_is_null(b);
    return none_a || none_b ? none_a != none_b : !json_equal(a, b);
}

static void add_changes(const ku_entity *entity, const ku_row *before, const ku_row *after,
                        bool secret, json_t *open, json_t *guarded)
{
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++) {
        const json_t *was = before != NULL ? json_object_get(before->values, f->name) : NULL;
        const json_t *is = after != NULL ? json_object_get(after->values, f->name) : NULL;
        if (differ(was, is))
            json_object_set_new(is_guarded(entity, f, secret) ? guarded : open, f->name,
                                from_to(was, is));
    }
}

static void add_state(const ku_row *before, const ku_row *after, json_t *detail)
{
    const json_t *was = before != NULL ? json_object_get(before->values, "state") : NULL;
    const json_t *is = after != NULL ? json_object_get(after->values, "state") : NULL;
    const char *now = is != NULL ? json_string_value(is) : "";
    if (differ(was, is) && (was != NULL || (now != NULL && *now != '\0')))
        json_object_set_new(detail, "state", from_to(was, is));
}

ku_status ku_trail_write(ku_office *office, const ku_entity *entity, int64_t id, const char *action,
                         const ku_row *before, const ku_row *after, const json_t *asked,
                         const char *reason, const ku_grant *grant, ku_error *err)
{
    const ku_row *row = after != NULL ? after : before;
    bool secret = row->standing.secrecy == KU_CLASS_SECRET ||
                  (before != NULL && before->standing.secrecy == KU_CLASS_SECRET);
    json_t *detail = ku_office_hold(office, json_object());
    json_t *guarded = ku_office_hold(office, json_object());
    json_t *changed = json_object();
    add_state(before, after, detail);
    add_changes(entity, before, after, secret, changed, guarded);
    if (json_object_size(changed) > 0)
        json_object_set_new(detail, "changed", changed);
    else
        json_decref(changed);
    if (asked != NULL && json_object_size(asked) > 0)
        json_object_set_new(secret ? guarded : detail, "asked", json_deep_copy(asked));
    ku_event event = {
        .action = action,
        .entity = entity->name,
        .record = id,
        .before = before != NULL ? before->hash : NULL,
        .after = after != NULL ? after->hash : NULL,
        .reason = reason,
        .delegation = grant != NULL ? grant->delegation : 0,
        .stead = grant != NULL ? grant->stead : 0,
        .detail = detail,
        .sealed = json_object_size(guarded) > 0 ? guarded : NULL,
        .subject = secret ? 0 : ku_row_subject(entity, id, row->values),
    };
    return ku_event_add(office->workspace, office->db, office->actor, &event, NULL, err);
}
