/* fuzz_hierarchy.c - names of series as paths, and tables of groups, into hierarchies. The
 * first byte is the separator; then lines: "name" for a series, "name|level|member" for a
 * row of groups. Whatever is accepted must add up. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/demand/hierarchy/structure.h"
#include "kemudi/arena.h"

enum { MOST = 200 };

typedef struct lines {
    const char *leaf[MOST];
    int leaves;
    ku_frame_builder *groups;
    int rows;
} lines;

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void take_line(lines *l, char *line)
{
    char *level = strchr(line, '|'), *member = level ? strchr(level + 1, '|') : NULL;
    if (level == NULL) {
        if (l->leaves < MOST && line[0] != '\0') l->leaf[l->leaves++] = line;
        return;
    }
    *level = '\0';
    if (member != NULL) *member = '\0';
    ku_build_text(l->groups, 0, line);
    ku_build_text(l->groups, 1, level + 1);
    ku_build_text(l->groups, 2, member ? member + 1 : "");
    ku_build_row(l->groups);
    l->rows++;
}

static void read_lines(lines *l, char *text)
{
    for (char *at = text; at != NULL;) {
        char *end = strchr(at, '\n');
        if (end != NULL) *end = '\0';
        take_line(l, at);
        at = end ? end + 1 : NULL;
    }
    if (l->leaves > 0) qsort(l->leaf, (size_t)l->leaves, sizeof *l->leaf, compare);
    int kept = 0;
    for (int i = 0; i < l->leaves; i++)
        if (kept == 0 || strcmp(l->leaf[kept - 1], l->leaf[i]) != 0) l->leaf[kept++] = l->leaf[i];
    l->leaves = kept;
}

/* With every leaf 1 each level that all leaves are on must add up to their number. */
static void check(const structure *s, ku_arena *arena)
{
    const ku_hierarchy *h = s->h;
    double *leaf = KU_ARRAY(arena, (size_t)h->leaves, double);
    double *sum = KU_ARRAY(arena, (size_t)h->aggregates + 1, double);
    for (int i = 0; i < h->leaves; i++) leaf[i] = 1;
    ku_hierarchy_sum(h, leaf, sum);
    if (ku_hierarchy_total(h) < 0) abort();
    for (int l = 0; l < h->levels; l++) {
        double all = 0;
        for (int g = h->first[l]; g < h->first[l + 1]; g++) {
            if (sum[g] < 1 || h->above[g] >= g) abort();
            all += sum[g];
        }
        if (all > h->leaves) abort();
    }
    for (int i = 0; i < h->nodes; i++)
        if (s->node[i] == NULL || s->level_of[i] < 0 || s->level_of[i] > h->levels) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ku_field fields[] = {{"series", KU_TEXT}, {"level", KU_TEXT}, {"member", KU_TEXT}};
    if (size < 2 || size > 4096) return 0;
    ku_arena *arena = ku_arena_new();
    ku_error err = {0};
    ku_frame *groups = NULL;
    structure s;
    lines l = {.groups = ku_frame_builder_new("groups", fields, 3)};
    char separator[2] = {(char)data[0], '\0'};
    read_lines(&l, ku_arena_strndup(arena, (const char *)data + 1, size - 1));
    structure_options options = {.separator = separator, .cross = data[1] & 1};
    if (ku_frame_builder_finish(l.groups, &groups, &err) == KU_OK && l.leaves > 0 &&
        structure_read(groups, l.leaf, l.leaves, &options, arena, &s, &err) == KU_OK)
        check(&s, arena);
    ku_frame_free(groups);
    ku_arena_free(arena);
    return 0;
}
