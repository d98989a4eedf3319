/* unit.c - looking a unit up. */
#include "base/unit.h"

#include <stddef.h>
#include <string.h>

const char *ku_unit_word(const char *unit)
{
    static const char *const units[][2] = {
#define ENTRY(name, word) {name, word},
        KU_UNIT_MAP(ENTRY)
#undef ENTRY
    };
    for (size_t i = 0; unit != NULL && i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i][0], unit) == 0) return units[i][1];
    return NULL;
}
