/* explain.c - why someone may or may not: the rule itself is asked, as that person, and its
 * own words are given. Nothing is worked out a second time, so the answer is always the true one. */
#include "office/log.h"

#include <string.h>

#include "office/store_internal.h"

/* What an action on the record comes to: allowed, and the sentence. */
typedef struct answer {
    bool allowed;
    const char *because;
} answer;

static ku_status ask(ku_office *office, const ku_entity *entity, const ku_row *row, unsigned action,
                     answer *to, ku_error *err)
{
    ku_error why = {0};
    const ku_standing *standing = row != NULL ? &row->standing : NULL;
    ku_verdict verdict = ku_authorize(office->actor, entity, action, standing, NULL, office->arena);
    to->allowed = verdict.allowed;
    to->because = verdict.because;
    if (!verdict.allowed || row == NULL) return KU_OK;
    /* The record's own rule says yes; the one it is a part of may still say no. */
    ku_status status = ku_rule_check(office, entity, action, standing, row->values, NULL, &why);
    if (status == KU_OK) return KU_OK;
    if (status != KU_NOT_FOUND && status != KU_NOT_ALLOWED) {
        if (err != NULL) *err = why;
        return status;
    }
    to->allowed = false;
    to->because = "What it is a part of may not be seen.";
    return KU_OK;
}

static json_t *roles_json(const ku_actor *actor)
{
    json_t *roles = json_array();
    for (size_t i = 0; i < actor->grant_count; i++) {
        const ku_role *role = ku_role_find(actor->grants[i].role);
        json_array_append_new(roles, json_pack("{s:s, s:s, s:s}", "role",
                                               role != NULL ? role->title : "Staff", "because",
                                               actor->grants[i].because, "highest",
                                               ku_class_name(actor->grants[i].highest)));
    }
    return roles;
}

static ku_status explain(ku_office *office, const ku_entity *entity, const ku_row *row,
                         unsigned action, json_t **explained, ku_error *err)
{
    answer asked;
    json_t *actions = json_array();
    json_t *out = ku_office_hold(office, json_object());
    json_object_set_new(out, "actions", actions);
    for (unsigned a = KU_SEE; a <= KU_ARRANGE; a <<= 1) {
        answer one;
        KU_TRY(ask(office, entity, row, a, &one, err));
        json_array_append_new(actions, json_pack("{s:s, s:b, s:s}", "action", ku_action_name(a),
                                                 "allowed", one.allowed, "because", one.because));
    }
    KU_TRY(ask(office, entity, row, action, &asked, err));
    json_object_set_new(out, "person", json_string(office->actor->name));
    json_object_set_new(out, "action", json_string(ku_action_name(action)));
    json_object_set_new(out, "allowed", json_boolean(asked.allowed));
    json_object_set_new(out, "because", json_string(asked.because));
    json_object_set_new(out, "roles", roles_json(office->actor));
    *explained = out;
    return KU_OK;
}

/* As the asker: may they see the record, and ask about this person? */
static ku_status check_asker(ku_office *office, const ku_entity *entity, const ku_row *row,
                             int64_t person, ku_error *err)
{
    const ku_who *who = &office->actor->who;
    /* At the computer itself; the answer tells nothing of the record but its class. */
    if (who->kind == KU_WHO_LOCAL && who->via != NULL && strcmp(who->via, "cli") == 0) return KU_OK;
    if (row != NULL)
        KU_TRY(ku_rule_check(office, entity, KU_SEE, &row->standing, row->values, NULL, err));
    if (person == 0 || person == office->actor->person) return KU_OK;
    ku_verdict verdict = ku_authorize_area(office->actor, "log", KU_SEE, office->arena);
    if (verdict.allowed) return KU_OK;
    return ku_error_set(err, KU_NOT_ALLOWED, "person",
                        "only who may read the log may ask about the rights of others");
}

ku_status ku_record_explain(ku_office *office, const ku_entity *entity, int64_t id, unsigned action,
                            int64_t person, json_t **explained, ku_error *err)
{
    ku_row row;
    ku_actor *asker = office->actor;
    if (id != 0) KU_TRY(ku_row_load(office, entity, id, &row, err));
    KU_TRY(check_asker(office, entity, id != 0 ? &row : NULL, person, err));
    if (person != 0)
        KU_TRY(ku_actor_of_person(office->db, person, office->now, office->arena, &office->actor,
                                  err));
    /* Anew, as that person: whether they stand on its list is theirs. */
    ku_status status = id != 0 ? ku_row_load(office, entity, id, &row, err) : KU_OK;
    if (status == KU_OK)
        status = explain(office, entity, id != 0 ? &row : NULL, action, explained, err);
    office->actor = asker;
    return status;
}
