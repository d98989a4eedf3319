/* registry_internal.h - the generated list of entities, NULL-terminated, sorted by name.
 * Constants. */
#ifndef KU_OFFICE_REGISTRY_INTERNAL_H
#define KU_OFFICE_REGISTRY_INTERNAL_H

#include "kemudi/entity.h"

extern const ku_entity *const ku_registry_entities[];

#endif
