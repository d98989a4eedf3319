/* area.c - what is no record: the data bank, runs, settings, the log. One table says who may;
 * "user" is everyone who has signed in and the computer itself, "staff" every person. */
#include <string.h>

#include "access/authorize.h"

typedef struct area_right {
    const char *area, *role;
    unsigned actions;
} area_right;

enum { USE = KU_SEE | KU_ADD | KU_EXPORT, KEEP = USE | KU_CHANGE | KU_REMOVE };

static const area_right rights[] = {
    {"account", "user", KU_ALL_ACTIONS & ~KU_DECIDE}, /* one's own sessions, password, tokens */
    {"about", "user", KU_SEE},
    {"analyses", "user", KU_SEE},
    {"bank", "analyst", KEEP},
    {"bank", "director", USE},
    {"bank", "deputy-director", USE},
    {"bank", "head", KU_SEE | KU_EXPORT},
    {"bank", "specialist", KU_SEE},
    {"bank", "auditor", KU_SEE},
    {"runs", "analyst", KEEP},
    {"runs", "director", USE},
    {"runs", "deputy-director", USE},
    {"runs", "head", USE},
    {"runs", "specialist", KU_SEE | KU_ADD},
    {"runs", "auditor", KU_SEE},
    {"settings", "administrator", KU_SEE | KU_CHANGE | KU_ARRANGE},
    {"settings", "director", KU_SEE},
    {"settings", "auditor", KU_SEE},
    {"log", "director", KU_SEE | KU_EXPORT},
    {"log", "administrator", KU_SEE | KU_EXPORT},
    {"log", "auditor", KU_SEE | KU_EXPORT},
    {"backup", "administrator", KU_SEE | KU_ADD | KU_EXPORT | KU_ARRANGE},
};

enum { RIGHTS = sizeof rights / sizeof *rights };

/* A run asked for by a program takes a scope of its own. */
static unsigned scopes_for(const char *what, unsigned action)
{
    if (strcmp(what, "runs") == 0 && action == KU_ADD) return KU_SCOPE_RUN;
    if (action == KU_SEE) return KU_SCOPE_READ;
    return action == KU_EXPORT ? KU_SCOPE_EXPORT : KU_SCOPE_WRITE;
}

/* By which of the actor's grants; NULL with *by_itself where having signed in is enough. */
static const ku_grant *find_grant(const ku_actor *actor, const char *what, unsigned action,
                                  bool *by_itself)
{
    *by_itself = false;
    for (int i = 0; i < RIGHTS; i++) {
        const area_right *r = &rights[i];
        if (strcmp(r->area, what) != 0 || (r->actions & action) == 0) continue;
        if (strcmp(r->role, "user") == 0) {
            *by_itself = true;
            return NULL;
        }
        for (size_t g = 0; g < actor->grant_count; g++) {
            const ku_grant *grant = &actor->grants[g];
            bool carried = grant->delegation == 0 ||
                           (strcmp(grant->scope, "all") == 0 && action != KU_ARRANGE);
            if (carried && strcmp(grant->role, r->role) == 0) return grant;
        }
    }
    return NULL;
}

static const char *roles_for(const char *what, unsigned action, ku_arena *arena)
{
    const char *list = NULL;
    for (int i = 0; i < RIGHTS; i++) {
        if (strcmp(rights[i].area, what) != 0 || (rights[i].actions & action) == 0) continue;
        const ku_role *role = ku_role_find(rights[i].role);
        if (role == NULL) continue;
        list = list == NULL ? role->title : ku_arena_printf(arena, "%s, %s", list, role->title);
    }
    return list;
}

static ku_verdict refuse(const ku_actor *actor, const char *what, unsigned action,
                         const char *why, ku_arena *arena)
{
    return (ku_verdict){.because = ku_arena_printf(
                            arena, "%s may not %s here (%s): %s.",
                            actor->name != NULL ? actor->name : "Nobody", ku_action_name(action),
                            what, why)};
}

ku_verdict ku_authorize_area(const ku_actor *actor, const char *what, unsigned action,
                             ku_arena *arena)
{
    bool by_itself;
    if (actor->who.kind == KU_WHO_NOBODY)
        return refuse(actor, what, action, "nobody has signed in", arena);
    if ((actor->scopes & scopes_for(what, action)) == 0)
        return refuse(actor, what, action, "the token was not given this use when it was made",
                      arena);
    /* Programs do not look after a person's sessions, passwords and tokens. */
    if (strcmp(what, "account") == 0 && actor->who.kind == KU_WHO_TOKEN && action != KU_SEE)
        return refuse(actor, what, action, "people look after their own account", arena);
    const ku_grant *grant = find_grant(actor, what, action, &by_itself);
    if (grant == NULL && !by_itself) {
        const char *roles = roles_for(what, action, arena);
        return refuse(actor, what, action,
                      roles == NULL ? "nobody may"
                                    : ku_arena_printf(arena, "it takes one of these roles: %s",
                                                      roles),
                      arena);
    }
    return (ku_verdict){
        .allowed = true,
        .grant = grant,
        .because = ku_arena_printf(arena, "%s may %s here (%s): %s.", actor->name,
                                   ku_action_name(action), what,
                                   grant != NULL ? grant->because : "everyone who signs in may")};
}
