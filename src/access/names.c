/* names.c - words for classes and actions. */
#include <string.h>

#include "kemudi/entity.h"

static const char *const class_names[KU_CLASS_COUNT] = {"open", "internal", "personal", "secret"};

const char *ku_class_name(ku_class secrecy)
{
    return class_names[secrecy];
}

bool ku_class_find(const char *name, ku_class *secrecy)
{
    for (int i = 0; i < KU_CLASS_COUNT; i++) {
        if (strcmp(class_names[i], name) != 0) continue;
        *secrecy = (ku_class)i;
        return true;
    }
    return false;
}

const char *ku_action_name(unsigned action)
{
    static const char *const names[] = {"see",    "add",    "change", "remove",
                                        "decide", "export", "arrange"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (action == 1u << i) return names[i];
    return "?";
}
