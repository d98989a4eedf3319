/* actor.h - who acts, and by what right, at one instant. A ku_who is a plain value that the
 * adapter fills in; a ku_actor lives in the arena it was loaded into and is never kept
 * longer than one transaction, so that a right taken away is gone at once. */
#ifndef KU_ACCESS_ACTOR_H
#define KU_ACCESS_ACTOR_H

#include <sqlite3.h>

#include "kemudi/arena.h"
#include "kemudi/entity.h"

typedef enum ku_who_kind {
    KU_WHO_NOBODY,
    KU_WHO_LOCAL,   /* at this computer's command line, or over HTTP while there are no users */
    KU_WHO_USER,    /* signed in: `session` */
    KU_WHO_TOKEN,   /* a program: `token` */
    KU_WHO_PROGRAM, /* Kemudi itself: reminders, expiries */
} ku_who_kind;

/* What came with the request; nothing in it is believed without looking it up. */
typedef struct ku_who {
    ku_who_kind kind;
    int64_t session, token; /* rows of user_session, api_token */
    const char *via;        /* "web", "api", "cli", "program" */
    const char *name;       /* LOCAL: the unix user */
} ku_who;

/* What an api token may be used for; a mask. Sessions have all. */
enum {
    KU_SCOPE_READ = 1,
    KU_SCOPE_WRITE = 2,
    KU_SCOPE_RUN = 4,
    KU_SCOPE_EXPORT = 8,
    KU_SCOPE_ALL = 15
};

/* One role held at this instant, and how it came about. "staff" is among them for every
 * person: once a position, over its unit, or once without any. One's own come first. */
typedef struct ku_grant {
    const char *role;
    ku_class highest;
    const int64_t *units; /* the grant's unit and all below it; NULL: the whole company */
    size_t unit_count;
    int64_t position;   /* it comes with this position; 0: given to the person */
    int64_t delegation; /* it is held in the stead of another; 0: one's own */
    int64_t stead;      /* that other person */
    int64_t limit;      /* delegation: highest amount in minor units; -1: none */
    const char *scope;  /* delegation: "all", "decide" or an entity's name; NULL: one's own */
    const char *
        because; /* "as Head of Advertising", "for Ana Putri by order D-2026-014 until 30 Nov 2026" */
} ku_grant;

typedef struct ku_actor {
    ku_who who;
    int64_t user, person; /* 0: none */
    const char *name;     /* for people: "Ana Putri", "this computer (root)" */
    unsigned scopes;
    bool fresh; /* confirmed who they are in the last five minutes: may sign */
    int64_t at; /* the instant, microseconds */
    const ku_grant *grants;
    size_t grant_count;
} ku_actor;

/* Looks everything up within the caller's transaction (or alone): session or token not
 * revoked or expired, user active, assignments, grants and delegations in force at `at`.
 * KU_NOT_ALLOWED says why not, in plain words. LOCAL gets the roles "administrator" and
 * "analyst" and is no person: it arranges, but decides and signs nothing. */
ku_status ku_actor_load(sqlite3 *db, const ku_who *who, int64_t at, ku_arena *arena,
                        ku_actor **actor, ku_error *err);
/* A person's rights at an instant, as if they had signed in: for explain and the simulator. */
ku_status ku_actor_of_person(sqlite3 *db, int64_t person, int64_t at, ku_arena *arena,
                             ku_actor **actor, ku_error *err);

/* Roles, their titles and what they are for; the one list. */
typedef struct ku_role {
    const char *name; /* NULL ends the list */
    const char *title, *meaning;
} ku_role;
extern const ku_role ku_roles[];
extern const ku_choice ku_role_choices[]; /* the same, for fields */
const ku_role *ku_role_find(const char *name); /* or NULL */

/* How the log names who acts: "user:3", "token:2", "local:root", "program", "nobody". */
const char *ku_actor_mark(const ku_actor *actor, ku_arena *arena);

#endif
