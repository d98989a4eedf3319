/* map.h - which column of a file is which field of the fact. Everything returned lives in
 * the arena. */
#ifndef KU_BANK_IMPORT_MAP_H
#define KU_BANK_IMPORT_MAP_H

#include "bank/import.h"
#include "bank/import/plan.h"

/* Pairs of field and column. A field may stand several times: its columns are then
 * alternatives, the first one that the file has is taken. */
typedef struct ku_mappings {
    const ku_mapping *pair;
    size_t count;
} ku_mappings;

/* Fills plan->field and plan->time_field and tells for every field of the fact where it
 * comes from. Pairs of `given` must fit the file (KU_USAGE for an unknown field,
 * KU_BAD_DATA when the file has none of a field's columns); those of `profile` need not. */
ku_status ku_map_fields(const ku_fact *fact, ku_mappings given, ku_mappings profile,
                        ku_arena *arena, ku_plan *plan, ku_import_match *match, ku_error *err);

/* KU_BAD_DATA when a required field is neither mapped nor derivable; the message lists
 * the file's columns and the nearest. */
ku_status ku_map_check(const ku_fact *fact, const ku_plan *plan, ku_arena *arena, ku_error *err);

/* Number of columns of a fact. */
size_t ku_fact_width(const ku_fact *fact);

#endif
