/* organisation.h - the workflow of the organisation's entities: checks, guards, effects, and
 * the questions they ask. Everything belongs to the office it is asked of. */
#ifndef KU_OFFICE_ORGANISATION_ORGANISATION_H
#define KU_OFFICE_ORGANISATION_ORGANISATION_H

#include "office/store.h"

/* Whether `unit` is `within` or lies above it: making `unit` a part of `within` would close
 * a ring. */
ku_status ku_org_within(ku_office *office, int64_t unit, int64_t within, bool *answer,
                        ku_error *err);
/* The same for positions and whom they report to. */
ku_status ku_position_under(ku_office *office, int64_t position, int64_t above, bool *answer,
                            ku_error *err);
/* The position of a person on a day ("2026-11-24"), the largest share first, and its unit; 0
 * when they hold none. */
ku_status ku_position_of(ku_office *office, int64_t person, const char *day, int64_t *position,
                         int64_t *unit, ku_error *err);
/* A person's name; NULL when there is no such person. */
ku_status ku_person_name(ku_office *office, int64_t person, const char **name, ku_error *err);
/* Today, as dates are stored. */
const char *ku_office_today(const ku_office *office);

ku_change_fn ku_org_unit_empty, ku_person_left, ku_position_vacant;
ku_change_fn ku_duty_weights, ku_assignment_check;
ku_change_fn ku_absence_check, ku_absence_covered;
ku_change_fn ku_delegation_check, ku_delegation_sound;
ku_change_fn ku_delegation_registered, ku_delegation_ended;

#endif
