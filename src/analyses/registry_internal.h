/* registry_internal.h - the generated list of analyses, NULL-terminated, sorted by
 * id. Constants. */
#ifndef KU_ANALYSES_REGISTRY_INTERNAL_H
#define KU_ANALYSES_REGISTRY_INTERNAL_H

#include "kemudi/analysis.h"

extern const ku_analysis *const ku_registry_analyses[];

#endif
