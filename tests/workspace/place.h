/* place.h - a folder for one test program, removed at its end. The name belongs to the
 * caller's buffer. */
#ifndef KU_TESTS_WORKSPACE_PLACE_H
#define KU_TESTS_WORKSPACE_PLACE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

enum { PLACE = 512 };

/* Leaves a test whose ground is missing here. (cmocka's skip() writes "not ok".) */
#define PLACE_SKIP(why)                                                                            \
    do {                                                                                           \
        printf("# skipped: %s\n", (why));                                                          \
        skip();                                                                                    \
    } while (0)

static inline void place_make(char place[PLACE])
{
    const char *top = getenv("TMPDIR");
    snprintf(place, PLACE, "%s/kemudi-test-XXXXXX", top != NULL ? top : "/tmp");
    if (mkdtemp(place) == NULL) abort();
}

static inline const char *place_path(const char place[PLACE], const char *name,
                                     char path[2 * PLACE])
{
    snprintf(path, 2 * PLACE, "%s/%s", place, name);
    return path;
}

static inline void place_remove(const char place[PLACE])
{
    ku_folder_remove(place, NULL);
}

#endif
