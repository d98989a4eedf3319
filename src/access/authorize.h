/* authorize.h - the one door: who may do what with which record and field. Pure: reads the
 * actor, the descriptor and the record's few facts that count; the same rule as SQL for
 * lists. Verdicts live in the caller's arena. */
#ifndef KU_ACCESS_AUTHORIZE_H
#define KU_ACCESS_AUTHORIZE_H

#include "access/actor.h"
#include "base/text.h"

/* What of a record counts for authority. */
typedef struct ku_standing {
    int64_t id;    /* 0: a record about to be added, or none in particular */
    int64_t owner; /* person; 0: none */
    int64_t unit;  /* 0: the whole company's */
    ku_class secrecy;
    const char *state;
    bool listed; /* the person stands on a secret record's access list */
} ku_standing;

typedef struct ku_verdict {
    bool allowed;
    const char *because;   /* one sentence: "Ana Putri may change this document: as Head of
                               Advertising she may change documents of her unit." */
    const ku_grant *grant; /* by which; NULL: as owner or staff, or not allowed */
} ku_verdict;

/* One action on one record (`standing` NULL: on any record at all, for menus); `field` NULL:
 * the record. `arena` NULL: `because` is not made. */
ku_verdict ku_authorize(const ku_actor *actor, const ku_entity *entity, unsigned action,
                        const ku_standing *standing, const ku_field_spec *field, ku_arena *arena);
/* As ku_authorize; KU_NOT_ALLOWED with the verdict's sentence when not. Where the actor may
 * not even see the record the answer is KU_NOT_FOUND: that it exists is not told. */
ku_status ku_authorize_or_refuse(const ku_actor *actor, const ku_entity *entity, unsigned action,
                                 const ku_standing *standing, const ku_field_spec *field,
                                 ku_arena *arena, ku_error *err);
/* The same rule as a condition on the entity's table under the name `alias`: appends SQL that
 * is true for the records the action is allowed on. Only numbers are written into it. */
void ku_authorize_sql(const ku_actor *actor, const ku_entity *entity, unsigned action,
                      const char *alias, ku_text *sql);

/* Things that are no records: the bank, analyses, runs, settings. `what` is one of the names in
 * area.c's table ("account", "analyses", "bank", "runs", "settings", "log", "backup"). */
ku_verdict ku_authorize_area(const ku_actor *actor, const char *what, unsigned action,
                             ku_arena *arena);

#endif
