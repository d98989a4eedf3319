/* fuzz_json.c - any bytes as JSON: parsing never crashes, and what was parsed, written and
 * parsed again is written the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *root, *again;
    ku_error err = {0};
    if (ku_json_parse((const char *)data, size, "input", NULL, &root, &err) != KU_OK) return 0;
    ku_text first = {0}, second = {0};
    ku_json_dump(root, &first);
    if (ku_json_parse(first.bytes, first.length, "dump", NULL, &again, &err) != KU_OK) abort();
    ku_json_dump(again, &second);
    if (first.length != second.length || memcmp(first.bytes, second.bytes, first.length) != 0)
        abort();
    ku_text_clear(&first);
    ku_text_clear(&second);
    json_decref(root);
    json_decref(again);
    return 0;
}
