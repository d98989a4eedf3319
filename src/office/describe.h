/* describe.h - entities as JSON, for clients that build their lists and forms from it. New
 * references; the caller's. */
#ifndef KU_OFFICE_DESCRIBE_H
#define KU_OFFICE_DESCRIBE_H

#include <jansson.h>

#include "access/actor.h"

json_t *ku_field_json(const ku_field_spec *field);
json_t *ku_fields_json(const ku_field_spec *fields); /* a list; NULL: an empty one */
/* With "may": what the actor may do with records of the kind, with any of them at all. */
json_t *ku_entity_json(const ku_entity *entity, const ku_actor *actor, ku_arena *arena);
/* What a record of the kind may hold, as JSON Schema (draft 2020-12). */
json_t *ku_entity_schema(const ku_entity *entity);

#endif
