/* registry.c - looking analyses up in the generated list. */
#include <stdio.h>
#include <string.h>

#include "analyses/registry_internal.h"
#include "base/asset.h"
#include "base/text.h"
#include "base/unit.h"

const ku_analysis *const *ku_analyses(size_t *count)
{
    size_t n = 0;
    while (ku_registry_analyses[n] != NULL) n++;
    *count = n;
    return ku_registry_analyses;
}

const ku_analysis *ku_analysis_find(const char *id)
{
    for (const ku_analysis *const *a = ku_registry_analyses; *a != NULL; a++)
        if (strcmp((*a)->id, id) == 0) return *a;
    return NULL;
}

static const char *id_at(const void *list, size_t i)
{
    return ((const ku_analysis *const *)list)[i]->id;
}

const char *ku_analysis_nearest(const char *id)
{
    size_t count;
    const ku_analysis *const *list = ku_analyses(&count);
    return ku_text_nearest(id, count, id_at, list);
}

static const char *file_in(const char *folder, const char *path, size_t *length)
{
    char full[512];
    int size = snprintf(full, sizeof full, "src/analyses/%s/%s", folder, path);
    if (size < 0 || (size_t)size >= sizeof full) return NULL;
    return ku_asset(full, length);
}

const char *ku_analysis_file(const ku_analysis *analysis, const char *path, size_t *length)
{
    /* "demand.cohort-size" lives in src/analyses/demand/cohort_size/. */
    char folder[128];
    ku_text_copy(folder, sizeof folder, analysis->id);
    for (char *c = folder; *c != '\0'; c++) *c = *c == '.' ? '/' : *c == '-' ? '_' : *c;
    const char *own = file_in(folder, path, length);
    if (own != NULL || strncmp(path, "queries/", 8) != 0) return own;
    /* What the analyses of a domain ask alike lies in the domain's folder. */
    *strchr(folder, '/') = '\0';
    return file_in(folder, path, length);
}

bool ku_unit_known(const char *unit)
{
    return ku_unit_word(unit) != NULL;
}
