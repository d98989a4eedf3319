/* fuzz_rules.c - rules of segments from arbitrary text: they are read or refused with a place
 * and a message, and what is read can be held against customers. */
#include <stdlib.h>
#include <string.h>

#include "customers/segments/rules.h"

enum { CUSTOMERS = 3 };

static const ku_rule_word words[] = {
    {"purchases", KU_RULE_NUMBER, "count", "Purchases", "days with a purchase"},
    {"first", KU_RULE_DATE, "", "First purchase", "day of it"},
    {"region", KU_RULE_TEXT, "", "Region", "where they live"},
    {"allowed", KU_RULE_YES, "", "Allowed", "may be contacted"},
    {"age", KU_RULE_NUMBER, "", "Age", "in years; the data have none"},
    {.name = NULL},
};

static const double purchases[] = {1, 6, 40}, first[] = {20000, 20100, 20200},
                    allowed[] = {1, 0, 1};
static const int32_t region[] = {0, 1, -1}, offset[] = {0, 4, 8};
static const ku_dictionary regions = {2, offset, "JavaBali"};
static const ku_rule_column columns[] = {
    {.number = purchases}, {.number = first}, {NULL, region, &regions},
    {.number = allowed},   {.number = NULL},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ku_arena *arena = ku_arena_new();
    char *text = ku_arena_strndup(arena, (const char *)data, size);
    ku_rules *rules = NULL;
    ku_error err = {0};
    ku_status status = ku_rules_parse(text, words, arena, &rules, &err);
    if (status != KU_OK) {
        if (status != KU_USAGE || err.message[0] == '\0') abort();
    } else {
        int32_t segment[CUSTOMERS], held[CUSTOMERS];
        ku_rule_stranger stranger[2];
        ku_rules_assign(rules, columns, CUSTOMERS, arena, NULL, segment, held);
        ku_rules_strangers(rules, columns, arena, stranger, 2);
        for (int i = 0; i < CUSTOMERS; i++)
            if (segment[i] >= ku_rules_count(rules) || (segment[i] < 0) != (held[i] == 0)) abort();
    }
    ku_arena_free(arena);
    return 0;
}
