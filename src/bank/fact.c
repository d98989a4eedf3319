/* fact.c - looking facts and dimensions up in the generated list. */
#include "bank/fact.h"

#include <string.h>

#include "bank/fact_internal.h"
#include "base/text.h"

const ku_fact *const *ku_facts(size_t *count)
{
    size_t n = 0;
    while (ku_registry_facts[n] != NULL) n++;
    *count = n;
    return ku_registry_facts;
}

const ku_fact *ku_fact_find(const char *name)
{
    for (const ku_fact *const *f = ku_registry_facts; *f != NULL; f++)
        if (strcmp((*f)->name, name) == 0) return *f;
    return NULL;
}

static const char *name_at(const void *list, size_t i)
{
    return ((const ku_fact *const *)list)[i]->name;
}

const ku_fact *ku_fact_nearest(const char *name)
{
    size_t count;
    const ku_fact *const *list = ku_facts(&count);
    const char *nearest = ku_text_nearest(name, count, name_at, list);
    return nearest != NULL ? ku_fact_find(nearest) : NULL;
}
