/* profile.c - saved ways to read the files of one source.
 *
 * A profile is a JSON object: the fact, a note, `mapping` (field: column, or a list of
 * columns of which the file has one) and `options` (what is forced). Built-in ones are
 * files of the program, bank/profiles/<name>.json; others are saved in the bank. */
#include <string.h>

#include "bank/import/job.h"
#include "base/asset.h"
#include "base/json.h"

#define FOLDER "src/bank/profiles/"

/* ---- finding ------------------------------------------------------------------------------ */

typedef struct found_profiles {
    ku_arena *arena;
    ku_profile *profile;
    size_t count, room;
    ku_status status;
    ku_error err;
} found_profiles;

static void add_profile(found_profiles *found, ku_profile profile)
{
    if (found->count == found->room) {
        size_t room = found->room == 0 ? 8 : found->room * 2;
        ku_profile *more = KU_ARRAY(found->arena, room, ku_profile);
        if (found->count > 0) memcpy(more, found->profile, found->count * sizeof *more);
        found->profile = more;
        found->room = room;
    }
    found->profile[found->count++] = profile;
}

static void add_built_in(void *data, const char *path)
{
    found_profiles *found = data;
    size_t length = 0, prefix = strlen(FOLDER), suffix = strlen(".json");
    const char *json = ku_asset(path, &length), *fact = "", *note = "";
    json_t *root = NULL;
    if (found->status != KU_OK || strlen(path) <= prefix + suffix) return;
    found->status = ku_json_parse(json, length, path, NULL, &root, &found->err);
    if (found->status != KU_OK) return;
    found->status = ku_json_text(root, "", "fact", &fact, &found->err);
    if (found->status == KU_OK)
        found->status = ku_json_text_opt(root, "", "note", &note, &found->err);
    add_profile(found, (ku_profile){.name = ku_arena_strndup(found->arena, path + prefix,
                                                             strlen(path) - prefix - suffix),
                                    .fact = ku_arena_strdup(found->arena, fact),
                                    .note = ku_arena_strdup(found->arena, note),
                                    .built_in = true,
                                    .json = json});
    json_decref(root);
}

static ku_status add_saved(ku_bank *bank, found_profiles *found, ku_error *err)
{
    ku_frame *frame = NULL;
    KU_TRY(ku_bank_query(bank, "profiles",
                         "SELECT name, fact, coalesce(note, '') AS note, json FROM profile "
                         "ORDER BY name",
                         NULL, 0, &frame, err));
    for (int64_t row = 0; row < frame->rows; row++)
        add_profile(found,
                    (ku_profile){.name = ku_column_text(&frame->column[0], row, found->arena),
                                 .fact = ku_column_text(&frame->column[1], row, found->arena),
                                 .note = ku_column_text(&frame->column[2], row, found->arena),
                                 .json = ku_column_text(&frame->column[3], row, found->arena)});
    ku_frame_free(frame);
    return KU_OK;
}

ku_status ku_profiles(ku_bank *bank, ku_arena *arena, ku_profile **profiles, size_t *count,
                      ku_error *err)
{
    found_profiles found = {.arena = arena};
    ku_asset_each(FOLDER, add_built_in, &found);
    if (found.status != KU_OK) {
        if (err != NULL) *err = found.err;
        return found.status;
    }
    KU_TRY(add_saved(bank, &found, err));
    *profiles = found.profile;
    *count = found.count;
    return KU_OK;
}

/* ---- reading one ---------------------------------------------------------------------------- */

typedef struct pairs {
    ku_mapping *pair;
    size_t count;
} pairs;

static ku_status add_pair(pairs *list, const char *field, const json_t *column, ku_arena *arena,
                          ku_error *err)
{
    if (!json_is_string(column))
        return ku_error_set(err, KU_BAD_DATA, field,
                            "a profile maps a field to the name of a column or a list of names");
    list->pair[list->count++] = (ku_mapping){ku_arena_strdup(arena, field),
                                             ku_arena_strdup(arena, json_string_value(column))};
    return KU_OK;
}

static ku_status read_mapping(json_t *mapping, ku_arena *arena, ku_mappings *out, ku_error *err)
{
    const char *field;
    json_t *column, *one;
    size_t i, room = 0;
    json_object_foreach(mapping, field, column)
        room += json_is_array(column) ? json_array_size(column) : 1;
    pairs list = {KU_ARRAY(arena, room + 1, ku_mapping), 0};
    json_object_foreach(mapping, field, column)
    {
        if (!json_is_array(column)) KU_TRY(add_pair(&list, field, column, arena, err));
        json_array_foreach(column, i, one) KU_TRY(add_pair(&list, field, one, arena, err));
    }
    *out = (ku_mappings){list.pair, list.count};
    return KU_OK;
}

/* A forced option of the profile, unless the caller forces another. */
static ku_status read_text(const json_t *options, const char *key, ku_arena *arena,
                           const char **value, ku_error *err)
{
    const char *text = NULL;
    KU_TRY(ku_json_text_opt(options, "options", key, &text, err));
    if (text != NULL && *value == NULL) *value = ku_arena_strdup(arena, text);
    return KU_OK;
}

static ku_status read_char(const json_t *options, const char *key, char *value, ku_error *err)
{
    const char *text = NULL;
    KU_TRY(ku_json_text_opt(options, "options", key, &text, err));
    if (text == NULL || *value != 0) return KU_OK;
    if (strlen(text) != 1)
        return ku_error_set(err, KU_BAD_DATA, key, "expected one character, found \"%s\"", text);
    *value = text[0];
    return KU_OK;
}

static ku_status read_options(const json_t *json, ku_arena *arena, ku_import_options *o,
                              ku_error *err)
{
    static const char *const keys[] = {"format",     "encoding", "delimiter", "quote", "decimal",
                                       "date_order", "header",   "sheet",     NULL};
    bool header = false;
    KU_TRY(ku_json_only(json, "options", keys, err));
    KU_TRY(read_text(json, "format", arena, &o->format, err));
    KU_TRY(read_text(json, "encoding", arena, &o->encoding, err));
    KU_TRY(read_text(json, "date_order", arena, &o->date_order, err));
    KU_TRY(read_text(json, "sheet", arena, &o->sheet, err));
    KU_TRY(read_char(json, "delimiter", &o->delimiter, err));
    KU_TRY(read_char(json, "quote", &o->quote, err));
    KU_TRY(read_char(json, "decimal", &o->decimal, err));
    if (json_object_get(json, "header") == NULL || o->header != 0) return KU_OK;
    KU_TRY(ku_json_bool(json, "options", "header", &header, err));
    o->header = header ? 1 : -1;
    return KU_OK;
}

static ku_status read_profile(const json_t *root, ku_arena *arena, ku_import_settings *settings,
                              ku_error *err)
{
    json_t *mapping = NULL, *options = NULL;
    const char *fact = NULL;
    KU_TRY(ku_json_text(root, "", "fact", &fact, err));
    if (strcmp(fact, settings->options.fact->name) != 0)
        return ku_error_set(err, KU_USAGE, "profile", "the profile %s is for %s, not for %s",
                            settings->options.profile, fact, settings->options.fact->name);
    KU_TRY(ku_json_object_opt(root, "", "mapping", &mapping, err));
    KU_TRY(ku_json_object_opt(root, "", "options", &options, err));
    if (mapping != NULL) KU_TRY(read_mapping(mapping, arena, &settings->profile, err));
    return options != NULL ? read_options(options, arena, &settings->options, err) : KU_OK;
}

static const char *profile_name(const void *data, size_t i)
{
    return ((const ku_profile *)data)[i].name;
}

static ku_status find_profile(ku_bank *bank, const char *name, ku_arena *arena, const char **json,
                              ku_error *err)
{
    ku_profile *list = NULL;
    size_t count = 0;
    KU_TRY(ku_profiles(bank, arena, &list, &count, err));
    for (size_t i = count; i-- > 0;) /* a saved one hides a built-in one */
        if (strcmp(list[i].name, name) == 0) {
            *json = list[i].json;
            return KU_OK;
        }
    const char *nearest = ku_text_nearest(name, count, profile_name, list);
    return ku_error_set(err, KU_NOT_FOUND, "profile", "there is no profile %s%s%s%s", name,
                        nearest ? "; did you mean " : "", nearest ? nearest : "",
                        nearest ? "?" : "");
}

ku_status ku_import_resolve(ku_bank *bank, const ku_import_options *options, ku_arena *arena,
                            ku_import_settings *settings, ku_error *err)
{
    *settings = (ku_import_settings){.options = *options,
                                     .given = {options->mapping, options->mapping_count}};
    if (options->profile == NULL) return KU_OK;
    const char *json = NULL;
    json_t *root = NULL;
    KU_TRY(find_profile(bank, options->profile, arena, &json, err));
    KU_TRY(ku_json_parse(json, strlen(json), options->profile, NULL, &root, err));
    ku_status status = read_profile(root, arena, settings, err);
    json_decref(root);
    return status;
}

/* ---- saving ------------------------------------------------------------------------------------ */

static void add_member(ku_text *json, const char *key, const char *value)
{
    if (value == NULL) return;
    if (json->bytes[json->length - 1] != '{') ku_text_addc(json, ',');
    ku_json_add(json, key);
    ku_text_addc(json, ':');
    ku_json_add(json, value);
}

static void add_char(ku_text *json, const char *key, char value)
{
    const char text[] = {value, '\0'};
    if (value != 0) add_member(json, key, text);
}

/* Several columns of one field become a list. */
static void add_mapping(ku_text *json, const ku_import_options *o)
{
    ku_text_add(json, "\"mapping\":{");
    bool first = true;
    for (size_t i = 0; i < o->mapping_count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen |= strcmp(o->mapping[k].field, o->mapping[i].field) == 0;
        if (seen) continue;
        if (!first) ku_text_addc(json, ',');
        first = false;
        ku_json_add(json, o->mapping[i].field);
        ku_text_add(json, ":[");
        for (size_t k = i; k < o->mapping_count; k++) {
            if (strcmp(o->mapping[k].field, o->mapping[i].field) != 0) continue;
            if (k > i) ku_text_addc(json, ',');
            ku_json_add(json, o->mapping[k].column);
        }
        ku_text_addc(json, ']');
    }
    ku_text_addc(json, '}');
}

static void write_profile(ku_text *json, const ku_import_options *o)
{
    ku_text_addc(json, '{');
    add_member(json, "fact", o->fact->name);
    ku_text_addc(json, ',');
    add_mapping(json, o);
    ku_text_add(json, ",\"options\":{");
    add_member(json, "format", o->format);
    add_member(json, "encoding", o->encoding);
    add_member(json, "date_order", o->date_order);
    add_member(json, "sheet", o->sheet);
    add_char(json, "delimiter", o->delimiter);
    add_char(json, "quote", o->quote);
    add_char(json, "decimal", o->decimal);
    if (o->header != 0)
        ku_text_addf(json, "%s\"header\":%s", json->bytes[json->length - 1] == '{' ? "" : ",",
                     o->header > 0 ? "true" : "false");
    ku_text_add(json, "}}");
}

/* A file of the program stands in the way of that name. */
static bool is_built_in(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, FOLDER "%s.json", name);
    return ku_asset(path, NULL) != NULL;
}

ku_status ku_profile_save(ku_bank *bank, const char *name, const char *note,
                          const ku_import_options *options, ku_error *err)
{
    if (name[0] == '\0' || strlen(name) > 64)
        return ku_error_set(err, KU_USAGE, "profile", "a profile's name has 1 to 64 characters");
    if (is_built_in(name))
        return ku_error_set(err, KU_CONFLICT, "profile",
                            "the profile %s comes with Kemudi; save yours under another name",
                            name);
    ku_text json = {0};
    write_profile(&json, options);
    const ku_bind binds[] = {
        {.name = "name", .type = KU_TEXT, .as.text = name},
        {.name = "fact", .type = KU_TEXT, .as.text = options->fact->name},
        {.name = "note", .type = KU_TEXT, .null = note == NULL, .as.text = note},
        {.name = "json", .type = KU_TEXT, .as.text = ku_text_string(&json)},
    };
    ku_session *session = NULL;
    ku_status status = ku_text_check(&json, err);
    if (status == KU_OK) status = ku_session_open(bank, &session, err);
    if (status == KU_OK)
        status = ku_session_exec(session,
                                 "INSERT INTO profile VALUES ($name, $fact, $note, $json) ON "
                                 "CONFLICT (name) DO UPDATE SET fact = excluded.fact, "
                                 "note = excluded.note, json = excluded.json",
                                 binds, 4, NULL, err);
    ku_session_close(session);
    ku_text_clear(&json);
    return status;
}
