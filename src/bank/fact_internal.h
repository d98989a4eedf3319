/* fact_internal.h - the generated list of facts and dimensions, NULL-terminated,
 * facts first, then dimensions, each sorted by name. Constants. */
#ifndef KU_BANK_FACT_INTERNAL_H
#define KU_BANK_FACT_INTERNAL_H

#include "bank/fact.h"

extern const ku_fact *const ku_registry_facts[];

/* A NULL-terminated list of names that lives for ever. */
#define NAMES(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

#endif
