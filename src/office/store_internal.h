/* store_internal.h - the parts of the store: the transaction, values, rows, rules. What they
 * hand out lives in the office's arena, JSON with the office (ku_office_hold). */
#ifndef KU_OFFICE_STORE_INTERNAL_H
#define KU_OFFICE_STORE_INTERNAL_H

#include "office/store.h"

/* Keeps a new reference until the office ends and returns it. NULL stands for no memory and
 * ends the process, as small requests do (arena.h). */
json_t *ku_office_hold(ku_office *office, json_t *json);

/* Statements asked again and again, prepared once a transaction. _take hands one out (NULL: there
 * is none yet; prepare it), _give keeps it for the next, or finalizes it; NULL is safe. */
typedef enum ku_kept { KEPT_ROW, KEPT_LABEL } ku_kept;
sqlite3_stmt *ku_office_take(ku_office *office, const ku_entity *entity, ku_kept what);
void ku_office_give(ku_office *office, const ku_entity *entity, ku_kept what,
                    sqlite3_stmt *statement);

/* ---- value.c: one field's value as JSON, as text and in the database ------------------------ */

/* What came in, checked against the field and made canonical (a new reference): JSON of the
 * field's kind, or a text to be read as one. Empty texts are null. */
ku_status ku_value_check(ku_office *office, const ku_field_spec *field, const json_t *in,
                         json_t **out, ku_error *err);
/* The value of a new record that says nothing (a new reference; null when there is none). */
ku_status ku_value_fallback(ku_office *office, const ku_field_spec *field, json_t **out,
                            ku_error *err);
/* Binds a canonical value to place `at`; a sealed field's is sealed under `subject`. */
ku_status ku_value_bind(ku_office *office, sqlite3_stmt *statement, int at, const ku_entity *entity,
                        const ku_field_spec *field, int64_t id, int64_t subject,
                        const json_t *value, ku_error *err);
/* Reads column `at` (a new reference). A sealed value is opened; null once its key is gone. */
ku_status ku_value_column(ku_office *office, sqlite3_stmt *statement, int at,
                          const ku_entity *entity, const ku_field_spec *field, int64_t id,
                          int64_t subject, json_t **value, ku_error *err);
/* The value a filter compares with, bound at `at`. */
ku_status ku_value_bind_text(ku_office *office, sqlite3_stmt *statement, int at,
                             const ku_field_spec *field, const char *text, ku_error *err);

/* ---- row.c: whole records ---------------------------------------------------------------------- */

typedef struct ku_row {
    json_t *values;   /* the whole record, every field, sealed ones opened; held */
    const char *hash; /* of it as it is stored; within a writing office only */
    int64_t version;
    ku_standing standing;
} ku_row;

/* KU_NOT_FOUND: "there is no such person". */
ku_status ku_row_load(ku_office *office, const ku_entity *entity, int64_t id, ku_row *row,
                      ku_error *err);
/* Adds (`insert`) or overwrites all columns of the record. */
ku_status ku_row_store(ku_office *office, const ku_entity *entity, int64_t id, json_t *values,
                       bool insert, ku_error *err);
ku_status ku_row_new_id(ku_office *office, const ku_entity *entity, int64_t *id, ku_error *err);
void ku_row_standing(const ku_entity *entity, int64_t id, const json_t *values,
                     ku_standing *standing);
/* Whether records of the kind are found by words. */
bool ku_row_searched(const ku_entity *entity);
/* The person whose key seals it; 0: the workspace's. */
int64_t ku_row_subject(const ku_entity *entity, int64_t id, const json_t *values);

/* ---- rule.c: authority over records, with what they are a part of --------------------------------- */

ku_status ku_rule_check(ku_office *office, const ku_entity *entity, unsigned action,
                        const ku_standing *standing, const json_t *values, const ku_grant **grant,
                        ku_error *err);
bool ku_rule_field(ku_office *office, const ku_entity *entity, unsigned action,
                   const ku_standing *standing, const ku_field_spec *field);
/* The condition on `alias`, its parents' included. */
void ku_rule_sql(ku_office *office, const ku_entity *entity, unsigned action, const char *alias,
                 ku_text *sql);
/* Fills listed: whether the actor stands on the record's access list. */
ku_status ku_rule_listed(ku_office *office, const ku_entity *entity, ku_standing *standing,
                         ku_error *err);

/* ---- view.c: a record as the actor may see it -------------------------------------------------------- */

/* A new object with what may be seen, "hidden" and "labels"; `listed` leaves long texts out. */
ku_status ku_view_record(ku_office *office, const ku_entity *entity, int64_t id,
                         const json_t *values, const ku_standing *standing, bool listed,
                         json_t **view, ku_error *err);
/* What a record is called; NULL when the actor may not know. */
ku_status ku_view_label(ku_office *office, const ku_entity *entity, int64_t id, const char **label,
                        ku_error *err);

/* ---- moves.c: the steps a record can take ----------------------------------------------------------- */

/* Adds "moves" to the view: those whose state fits and whose right the actor has, each with
 * what it asks for and, when the guard would refuse it, why. */
ku_status ku_moves_add(ku_office *office, const ku_entity *entity, const ku_row *row, json_t *view,
                       ku_error *err);
/* Whether the transition starts from this state. */
bool ku_move_fits(const ku_transition *transition, const char *state);

/* ---- trail.c: what a change leaves in the log ------------------------------------------------------------ */

ku_status ku_trail_write(ku_office *office, const ku_entity *entity, int64_t id, const char *action,
                         const ku_row *before, const ku_row *after, const json_t *asked,
                         const char *reason, const ku_grant *grant, ku_error *err);

#endif
