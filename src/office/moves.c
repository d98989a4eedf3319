/* moves.c - the steps a record can take from where it stands. */
#include <string.h>

#include "office/describe.h"
#include "office/store_internal.h"

bool ku_move_fits(const ku_transition *transition, const char *state)
{
    if (strcmp(transition->from, "*") == 0) return true;
    size_t length = strlen(state);
    for (const char *at = transition->from; (at = strstr(at, state)) != NULL; at += length) {
        bool begins = at == transition->from || at[-1] == ' ';
        bool ends = at[length] == ' ' || at[length] == '\0';
        if (length > 0 && begins && ends) return true;
    }
    return false;
}

static json_t *move_json(const ku_transition *t)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:b, s:o}", "name", t->name, "label", t->label, "help",
                     t->help != NULL ? t->help : "", "reason", t->reason, "sign", t->sign, "asks",
                     ku_fields_json(t->asks));
}

/* Guards change nothing, so they can be asked beforehand; one that needs what is still to be
 * said is asked again when it has been. */
static ku_status ask_guard(ku_office *office, const ku_entity *entity, const ku_row *row,
                           const ku_transition *t, json_t *move, ku_error *err)
{
    ku_error why = {0};
    if (t->not_owner && row->standing.owner != 0 && row->standing.owner == office->actor->person) {
        json_object_set_new(move, "refused", json_string("Nobody decides on what is their own."));
        return KU_OK;
    }
    ku_change change = {.office = office,
                        .entity = entity,
                        .id = row->standing.id,
                        .before = row->values,
                        .values = row->values,
                        .transition = t};
    ku_status status = t->guard != NULL && t->asks == NULL ? t->guard(&change, &why) : KU_OK;
    bool refused = status == KU_CONFLICT || status == KU_NOT_ALLOWED || status == KU_BAD_DATA;
    json_object_set_new(move, "refused", refused ? json_string(why.message) : json_null());
    if (status == KU_OK || refused) return KU_OK;
    if (err != NULL) *err = why;
    return status;
}

ku_status ku_moves_add(ku_office *office, const ku_entity *entity, const ku_row *row, json_t *view,
                       ku_error *err)
{
    json_t *moves = json_array();
    json_object_set_new(view, "moves", moves);
    for (const ku_transition *t = entity->transitions; t != NULL && t->name != NULL; t++) {
        if (!ku_move_fits(t, row->standing.state)) continue;
        if (!ku_authorize(office->actor, entity, t->action, &row->standing, NULL, office->arena)
                 .allowed)
            continue;
        json_t *move = move_json(t);
        json_array_append_new(moves, move);
        KU_TRY(ask_guard(office, entity, row, t, move, err));
    }
    return KU_OK;
}
