/* registry.c - looking entities, their fields, states and transitions up. */
#include <string.h>

#include "base/text.h"
#include "office/registry_internal.h"

const ku_entity *const *ku_entities(size_t *count)
{
    size_t n = 0;
    while (ku_registry_entities[n] != NULL) n++;
    *count = n;
    return ku_registry_entities;
}

const ku_entity *ku_entity_find(const char *name)
{
    for (const ku_entity *const *e = ku_registry_entities; *e != NULL; e++)
        if (strcmp((*e)->name, name) == 0) return *e;
    return NULL;
}

static const char *name_at(const void *list, size_t i)
{
    return ((const ku_entity *const *)list)[i]->name;
}

const ku_entity *ku_entity_nearest(const char *name)
{
    size_t count;
    const ku_entity *const *list = ku_entities(&count);
    const char *nearest = ku_text_nearest(name, count, name_at, list);
    return nearest != NULL ? ku_entity_find(nearest) : NULL;
}

const ku_field_spec *ku_entity_field(const ku_entity *entity, const char *name)
{
    for (const ku_field_spec *f = entity->fields; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0) return f;
    return NULL;
}

const ku_transition *ku_entity_transition(const ku_entity *entity, const char *name)
{
    if (entity->transitions == NULL) return NULL;
    for (const ku_transition *t = entity->transitions; t->name != NULL; t++)
        if (strcmp(t->name, name) == 0) return t;
    return NULL;
}

const ku_state *ku_entity_state(const ku_entity *entity, const char *name)
{
    if (entity->states == NULL) return NULL;
    for (const ku_state *s = entity->states; s->name != NULL; s++)
        if (strcmp(s->name, name) == 0) return s;
    return NULL;
}
