/* findings.c - what was looked at and found, and names as numbers. */
#include <string.h>

#include "analyses/returns/data.h"
#include "base/text.h"

void ku_returns_find(ku_returns_findings *all, const char *check, const char *about,
                     ku_severity verdict, double figure, const char *unit, const char *meaning,
                     const char *advice)
{
    if (all->count == all->room) {
        size_t room = all->room > 0 ? 2 * all->room : 32;
        ku_returns_finding *wider = KU_ARRAY(all->arena, room, ku_returns_finding);
        if (all->count > 0) memcpy(wider, all->item, all->count * sizeof *wider);
        all->item = wider;
        all->room = room;
    }
    all->item[all->count++] = (ku_returns_finding){check, about,   verdict, figure,
                                                   unit,  meaning, advice};
}

const char *ku_returns_verdict(ku_severity verdict)
{
    static const char *const words[] = {
        [KU_NOTE] = "good", [KU_WARN] = "take care", [KU_FAIL] = "not usable"};
    return words[verdict];
}

int ku_returns_name(ku_returns_names *names, const char *name, ku_arena *arena)
{
    for (int i = 0; i < names->count; i++)
        if (strcmp(names->name[i], name) == 0) return i;
    if (names->count == names->room) {
        int room = names->room > 0 ? 2 * names->room : 16;
        const char **wider = KU_ARRAY(arena, (size_t)room, const char *);
        if (names->count > 0) memcpy(wider, names->name, (size_t)names->count * sizeof *wider);
        names->name = wider;
        names->room = room;
    }
    names->name[names->count] = name;
    return names->count++;
}

int ku_returns_name_find(const ku_returns_names *names, const char *name)
{
    for (int i = 0; i < names->count; i++)
        if (strcmp(names->name[i], name) == 0) return i;
    for (int i = 0; i < names->count; i++)
        if (ku_text_fold_equal(names->name[i], name)) return i;
    return -1;
}
