/* approvals.h - the signing matrix at work: which route a thing takes, who may decide now, the
 * signed decisions. Everything belongs to the office it is asked of. */
#ifndef KU_OFFICE_APPROVALS_APPROVALS_H
#define KU_OFFICE_APPROVALS_APPROVALS_H

#include "office/store.h"

extern const ku_choice ku_approval_kinds[];

ku_change_fn ku_route_rule_check;
ku_change_fn ku_approval_check, ku_approval_begun;
ku_change_fn ku_approval_may_decide, ku_approval_approve, ku_approval_refuse, ku_approval_return;

/* What a thing to be signed is, as the matrix asks. */
typedef struct ku_signing {
    const char *kind, *category; /* category NULL: none */
    bool has_amount;
    int64_t amount;   /* minor units */
    int64_t unit;     /* 0: none */
    const char *date; /* "2026-11-24": on which day */
} ku_signing;

/* The route it would take and who could sign each step on that day: a new array of
 * {place, needed, days, position, title, people: [{person, name, up_to, order, stead, until}],
 * gap: text or null}. An empty array: the matrix has no route. */
ku_status ku_approval_route(ku_office *office, const ku_signing *signing, json_t **route,
                            ku_error *err);

/* Holes and overlaps of the amount bands of each kind: a new array of sentences. */
ku_status ku_approval_matrix_faults(ku_office *office, json_t **faults, ku_error *err);

/* The open approvals that the actor may decide now: a new array of {id, title, amount, due,
 * asked_by, stead, order}. */
ku_status ku_approval_waiting(ku_office *office, json_t **items, ku_error *err);

/* Looks at every decision of one approval (0: all): a new array of {approval, title, person,
 * decision, holds, why}: the signature, the key, the content, the right at that time. */
ku_status ku_approval_verify(ku_office *office, int64_t approval, json_t **items, ku_error *err);

/* Open ones whose day is over become expired; how many. */
ku_status ku_approval_expire(ku_office *office, int64_t *count, ku_error *err);

#endif
