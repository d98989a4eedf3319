/* fuzz_id_token.c - any identity token with any keys: refused, or signed and in order. The first
 * line is the key set, the rest the token. */
#include <string.h>

#include "access/oidc_internal.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ku_id_expected expected = {"https://login.example", "kemudi", "n-1", 1795521600};
    ku_error err = {0};
    ku_id_token out = {0};
    json_t *keys = NULL;
    const uint8_t *end = memchr(data, '\n', size);
    size_t length = end != NULL ? (size_t)(end - data) : size;
    ku_arena *arena = ku_arena_new();
    if (ku_json_parse((const char *)data, length, "keys", NULL, &keys, &err) == KU_OK) {
        const char *rest = end != NULL ? (const char *)end + 1 : "";
        const char *token = ku_arena_strndup(arena, rest, end != NULL ? size - length - 1 : 0);
        ku_status status = ku_id_token_check(keys, token, &expected, arena, &out, &err);
        if (status == KU_OK && (out.subject == NULL || *out.subject == '\0')) abort();
        if (status != KU_OK && status != KU_NOT_ALLOWED) abort();
        json_decref(keys);
    }
    ku_arena_free(arena);
    return 0;
}
