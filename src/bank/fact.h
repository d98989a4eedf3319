/* fact.h - the canonical facts and dimensions: what the bank holds and what each
 * means. One file per fact in bank/facts/, found by the build; tables, import,
 * `kemudi facts`, the API and the docs come from these descriptors. They are
 * constants and live for ever. */
#ifndef KU_BANK_FACT_H
#define KU_BANK_FACT_H

#include <stdbool.h>
#include <stddef.h>

#include "kemudi/frame.h"

/* What a value outside its range or a missing value does to its row on import. */
typedef enum ku_rule {
    KU_KEEP,   /* kept as it is; counted and shown as a remark when `flag` is set */
    KU_REJECT, /* the row goes to the rejects file */
} ku_rule;

typedef struct ku_fact_column {
    const char *name; /* NULL ends the list */
    ku_type type;
    const char *unit;         /* as in ku_column_spec */
    bool required;            /* a row without it is refused */
    double min, max;          /* numbers; both 0 means no limit */
    ku_rule outside;          /* what a number outside does */
    const char *missing_flag; /* "no customer": counted when absent, row kept */
    const char *outside_flag; /* "return": counted when outside, row kept */
    const char *derive;       /* SQL over the other columns that fills it when it is absent
                            ("quantity * unit_price"), or NULL */
    const char *label;
    const char *meaning;
    const char *const *aliases; /* usual foreign names, NULL-terminated, for automatic mapping */
} ku_fact_column;

typedef enum ku_fact_kind { KU_FACT, KU_DIMENSION } ku_fact_kind;

typedef struct ku_fact {
    const char *name;
    ku_fact_kind kind;
    const char *title;
    const char *meaning;
    const char *time_column; /* the column that dates a row; NULL for dimensions */
    const char *const *key;  /* a dimension's key columns: a later row replaces an earlier */
    const ku_fact_column *columns;
    /* What someone believed or decided, not what happened: it comes from this program's own
     * runs and people, so no simulated company brings it along. */
    bool belief;
} ku_fact;

const ku_fact *const *ku_facts(size_t *count); /* sorted by kind, then name */
const ku_fact *ku_fact_find(const char *name);
const ku_fact *ku_fact_nearest(const char *name);

#endif
