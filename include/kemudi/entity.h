/* entity.h - the registry of entities: what a record of the office (a person, a document, an
 * order) tells about itself. Descriptors are constants and live for ever.
 *
 * An entity is one folder, src/office/<group>/<name>/, whose descriptor.c defines
 * `const ku_entity ku_entity_<name>`. The build finds it. Storage of its rows, checking,
 * authorization, the event log, HTTP, OpenAPI, import and export, search and the web's
 * lists, boards, calendars and forms all come from the descriptor. Its table is made by a
 * numbered file of src/workspace/schema; a test holds the two together. Besides a column
 * for each field a table has
 *
 *     id INTEGER PRIMARY KEY, version INTEGER, state TEXT, created INTEGER, changed INTEGER
 *
 * and, when a field is `searched`, an FTS5 table <table>_search (text, body) with the record's
 * id as rowid; the store keeps `text`, `body` is for the workflow (the words of a file). Columns
 * of TEXT a list is sorted by have an index COLLATE NOCASE. */
#ifndef KEMUDI_ENTITY_H
#define KEMUDI_ENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/analysis.h" /* ku_choice */
#include "kemudi/error.h"

/* How widely a thing may be known: everyone who signs in; staff by their unit; whom it is
 * about and who looks after people; a named list, with every reading written down. */
typedef enum ku_class {
    KU_CLASS_OPEN,
    KU_CLASS_INTERNAL,
    KU_CLASS_PERSONAL,
    KU_CLASS_SECRET,
    KU_CLASS_COUNT
} ku_class;

typedef enum ku_field_type {
    KU_FIELD_TEXT,   /* one line of at most `max` characters (0: 200) */
    KU_FIELD_LONG,   /* lines of text, at most `max` characters (0: 20,000) */
    KU_FIELD_INT,    /* stored INTEGER */
    KU_FIELD_REAL,   /* stored REAL */
    KU_FIELD_BOOL,   /* stored 0 or 1 */
    KU_FIELD_DATE,   /* "2026-11-24", stored as that text */
    KU_FIELD_TIME,   /* "2026-11-24T09:00:00Z", stored as microseconds since 1970 */
    KU_FIELD_CHOICE, /* one of `choices` */
    KU_FIELD_REF,    /* id of a record of `target` */
    KU_FIELD_MONEY,  /* "1234.50" of the workspace's currency, stored as minor units */
    KU_FIELD_COUNT
} ku_field_type;

typedef struct ku_field_spec {
    const char *name; /* the column; NULL ends the list */
    ku_field_type type;
    const char *unit; /* as ku_column_spec's; "" or NULL: none */
    const char *label;
    const char *meaning;      /* one sentence */
    ku_class secrecy;         /* OPEN also where nothing is said: the record's class counts then */
    bool required;            /* never empty */
    bool fixed;               /* set when the record is added, not changed by hand after */
    bool derived;             /* written by the program only */
    bool searched;            /* found by words; OPEN and INTERNAL fields only */
    bool listed;              /* a column of the list */
    bool sealed;              /* stored encrypted under the subject's key (KU_CLASS_PERSONAL) */
    bool unique;              /* no two records share it */
    double min, max;          /* numbers, and lengths of texts; both 0: no limit of its own */
    const ku_choice *choices; /* CHOICE */
    const char *target;       /* REF: an entity's name */
    const char *fallback;     /* value of a new record that says nothing: as text; "today" for a
                                   date, "me" for a REF to person, "now" for a time */
    const char *const *aliases; /* other headings a file may give the column; NULL-terminated */
} ku_field_spec;

/* What one may do with a record; a mask. */
enum {
    KU_SEE = 1,
    KU_ADD = 2,
    KU_CHANGE = 4,
    KU_REMOVE = 8,
    KU_DECIDE = 16,  /* transitions that commit the company: approve, sign, register */
    KU_EXPORT = 32,  /* take lists of it out */
    KU_ARRANGE = 64, /* settings, rights, forms: what others then work by */
    KU_ALL_ACTIONS = 127
};

typedef enum ku_reach {
    KU_REACH_OWN,  /* records whose owner field is the person */
    KU_REACH_UNIT, /* records whose unit is within the units of the grant */
    KU_REACH_ALL
} ku_reach;

/* What holders of a role may do with an entity's records. "staff" is everyone who has
 * signed in and is a person of the company. */
typedef struct ku_right {
    const char *role; /* NULL ends the list */
    unsigned actions;
    ku_reach reach;
    ku_class highest; /* of records and fields it reaches; the grant may say less */
} ku_right;

typedef struct ku_change ku_change; /* office/store.h */
typedef ku_status ku_change_fn(ku_change *change, ku_error *err);

/* A step from one state to another. */
typedef struct ku_transition {
    const char *name;  /* "approve"; NULL ends the list */
    const char *label; /* "Approve": the button */
    const char *help;  /* one sentence; may be NULL */
    const char *from;  /* states, separated by blanks; "*": any */
    const char *to;    /* NULL: stays where it is */
    unsigned action;   /* which right it takes: KU_CHANGE, KU_DECIDE, ... */
    bool reason;       /* a reason must be given */
    bool sign;         /* only by one who has just confirmed who they are; decision is signed */
    bool not_owner;    /* never by the record's owner: nobody approves their own */
    const ku_field_spec *asks; /* what else must be said; values reach guard and effect */
    ku_change_fn *guard; /* refuses (KU_CONFLICT, KU_NOT_ALLOWED) in plain words; changes nothing */
    ku_change_fn *effect; /* within the transaction, after the state has been written */
} ku_transition;

typedef struct ku_state {
    const char *name; /* NULL ends the list */
    const char *label;
    bool closed; /* nothing more is to be done; left out of lists by default */
} ku_state;

typedef struct ku_entity {
    const char *name;   /* "person": as in addresses and the table's name */
    const char *title;  /* "Person" */
    const char *plural; /* "People" */
    const char *area;   /* "Organisation": where it stands in the sidebar */
    int order;          /* place in its area */
    const char *meaning;
    const ku_field_spec *fields;
    const char *label;   /* the field that names a record to people: "name" */
    const char *owner;   /* a REF to person, or NULL; "id" on person itself */
    const char *unit;    /* a REF to org_unit, or NULL: belongs to all; "id" on org_unit */
    const char *within;  /* a REF to the record it is a part of, or NULL: who may not see that
                            one sees no part of it either */
    const char *subject; /* a REF to the person the sealed fields are about; "id" on person */
    const char *secrecy; /* a CHOICE field open|internal|personal|secret with the record's own
                            class, or NULL: `fixed_secrecy` */
    ku_class fixed_secrecy;
    const ku_state *states; /* NULL: records have no course; state is '' */
    const char *initial;
    const ku_transition *transitions;
    const ku_right *rights;
    const char *board;         /* CHOICE field by which cards stand in columns; NULL: state */
    const char *starts, *ends; /* date fields that place it in a calendar; or NULL */
    const char *sort;          /* "name", "-created": the list's first order; NULL: newest first */
    bool hidden;               /* part of another's page: no list of its own in the sidebar */
    bool internal;             /* never added or changed by hand: only workflow writes it */
    ku_change_fn *check;       /* before an addition or change is written: may refuse, may set
                                    derived values in change->values */
    ku_change_fn *after;       /* after it was written, within the transaction */
} ku_entity;

/* All entities by name; *count of them. */
const ku_entity *const *ku_entities(size_t *count);
const ku_entity *ku_entity_find(const char *name);    /* or NULL */
const ku_entity *ku_entity_nearest(const char *name); /* the nearest known, or NULL */
const ku_field_spec *ku_entity_field(const ku_entity *entity, const char *name);      /* or NULL */
const ku_transition *ku_entity_transition(const ku_entity *entity, const char *name); /* or NULL */
const ku_state *ku_entity_state(const ku_entity *entity, const char *name);           /* or NULL */

const char *ku_class_name(ku_class secrecy); /* "open", ... */
bool ku_class_find(const char *name, ku_class *secrecy);
/* "see", "add", ...; for one bit. */
const char *ku_action_name(unsigned action);

#endif
