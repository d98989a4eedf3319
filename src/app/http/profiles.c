/* profiles.c - saved ways to read and map files. */
#include "app/http/facts.h"
#include "app/http/imports.h"
#include "app/http/server_internal.h"
#include "base/json.h"

static json_t *member(const json_t *json, const char *name)
{
    json_t *value = json_object_get(json, name);
    return json_is_object(value) ? json_incref(value) : json_object();
}

static json_t *profile_json(const ku_profile *profile)
{
    ku_error err;
    json_t *json = NULL;
    if (profile->json != NULL)
        ku_json_parse(profile->json, strlen(profile->json), profile->name, NULL, &json, &err);
    json_t *made = json_pack("{s:s, s:s, s:o, s:b, s:o, s:o}", "name", profile->name, "fact",
                             profile->fact, "note", http_json_text(profile->note), "built_in",
                             profile->built_in, "mapping", member(json, "mapping"), "options",
                             member(json, "options"));
    json_decref(json);
    return made;
}

static ku_status read_profiles(http_call *call, ku_profile **profiles, size_t *count, ku_error *err)
{
    ku_bank *bank;
    KU_TRY(ku_workspace_bank(call->server->workspace, KU_BANK_READ, &bank, err));
    ku_status status = ku_profiles(bank, call->arena, profiles, count, err);
    ku_workspace_bank_done(call->server->workspace, bank);
    return status;
}

ku_status http_list_profiles(http_call *call, ku_error *err)
{
    const char *fact = http_text(call, "fact");
    ku_profile *profiles;
    size_t count;
    KU_TRY(read_profiles(call, &profiles, &count, err));
    json_t *items = json_array();
    for (size_t i = 0; i < count; i++) {
        if (fact != NULL && strcmp(profiles[i].fact, fact) != 0) continue;
        json_array_append_new(items, profile_json(&profiles[i]));
    }
    return http_reply_json(call, 200, http_json_list(items, NULL), err);
}

ku_status http_save_profile(http_call *call, ku_error *err)
{
    const char *name = http_path(call, "name"), *fact = http_body_text(call, "fact");
    ku_import_options options = {.fact = ku_fact_find(fact)};
    ku_profile *profiles;
    ku_bank *bank;
    size_t count;
    if (options.fact == NULL) return http_no_fact(fact, "body.fact", KU_USAGE, err);
    http_read_how(call, &options);
    KU_TRY(ku_workspace_bank(call->server->workspace, KU_BANK_WRITE, &bank, err));
    ku_status status = ku_profile_save(bank, name, http_body_text(call, "note"), &options, err);
    ku_workspace_bank_done(call->server->workspace, bank);
    KU_TRY(status);
    KU_TRY(read_profiles(call, &profiles, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(profiles[i].name, name) == 0)
            return http_reply_json(call, 200, profile_json(&profiles[i]), err);
    }
    return ku_error_set(err, KU_FAULT, name, "the profile was saved and is not there");
}
