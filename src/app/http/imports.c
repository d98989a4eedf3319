/* imports.c - looking at files, importing them, following and undoing imports. */
#include "app/http/imports.h"

#include "app/http/facts.h"
#include "app/http/server_internal.h"

#define FILES 50

/* ---- the body ------------------------------------------------------------------------------------------ */

static char one_char(const json_t *options, const char *name)
{
    const char *text = json_string_value(json_object_get(options, name));
    return text != NULL ? text[0] : '\0';
}

static void read_options(const json_t *from, ku_import_options *to)
{
    json_t *header = json_object_get(from, "header");
    to->format = json_string_value(json_object_get(from, "format"));
    to->encoding = json_string_value(json_object_get(from, "encoding"));
    to->date_order = json_string_value(json_object_get(from, "date_order"));
    to->sheet = json_string_value(json_object_get(from, "sheet"));
    to->delimiter = one_char(from, "delimiter");
    to->quote = one_char(from, "quote");
    to->decimal = one_char(from, "decimal");
    if (json_is_boolean(header)) to->header = json_is_true(header) ? 1 : -1;
}

static void read_mapping(http_call *call, ku_import_options *to)
{
    const char *field;
    json_t *column, *from = json_object_get(call->body, "mapping");
    ku_mapping *mapping = KU_ARRAY(call->arena, json_object_size(from) + 1, ku_mapping);
    to->mapping = mapping;
    json_object_foreach(from, field, column)
    {
        mapping[to->mapping_count++] = (ku_mapping){.field = field,
                                                    .column = json_string_value(column)};
    }
}

void http_read_how(http_call *call, ku_import_options *to)
{
    read_options(json_object_get(call->body, "options"), to);
    read_mapping(call, to);
}

static ku_status read_uploads(http_call *call, ku_import_options *to, ku_error *err)
{
    size_t i;
    json_t *id, *uploads = json_object_get(call->body, "uploads");
    size_t count = json_array_size(uploads);
    if (count == 0 || count > FILES) {
        return ku_error_set(err, KU_USAGE, "body.uploads", "expected 1 to %d uploads, found %zu",
                            FILES, count);
    }
    const char **paths = KU_ARRAY(call->arena, count, const char *);
    json_array_foreach(uploads, i, id)
    {
        KU_TRY(http_upload_path(call->server->uploads, json_string_value(id), call->arena,
                                &paths[i], err));
    }
    to->paths = paths;
    to->path_count = count;
    return KU_OK;
}

static ku_status read_body(http_call *call, ku_import_options *to, ku_error *err)
{
    const char *fact = http_body_text(call, "fact"), *overlap = http_body_text(call, "overlap");
    *to = (ku_import_options){.fact = ku_fact_find(fact), .actor = http_actor_name(call)};
    if (to->fact == NULL) return http_no_fact(fact, "body.fact", KU_USAGE, err);
    to->profile = http_body_text(call, "profile");
    to->overlap = overlap != NULL && strcmp(overlap, "keep") == 0 ? KU_OVERLAP_KEEP
                                                                  : KU_OVERLAP_ONCE;
    to->dry_run = http_body_bool(call, "dry_run", false);
    to->strict = http_body_bool(call, "strict", false);
    http_read_how(call, to);
    return read_uploads(call, to, err);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* ---- detection -------------------------------------------------------------------------------------------- */

static json_t *char_json(char c)
{
    return c != '\0' ? json_stringn(&c, 1) : json_null();
}

static json_t *row_json(const char *const *cells, size_t count)
{
    json_t *row = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(row, http_json_text(cells[i]));
    return row;
}

static json_t *source_json(const ku_import_source *s)
{
    json_t *sample = json_array();
    for (size_t i = 0; i < s->sample_rows; i++) {
        json_array_append_new(sample, row_json(s->sample + i * s->column_count, s->column_count));
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:s, s:o, s:o, s:o}", "name",
                     base_name(s->path), "format", s->format, "encoding",
                     http_json_text(s->encoding), "delimiter", char_json(s->delimiter), "quote",
                     char_json(s->quote), "decimal", char_json(s->decimal), "date_order",
                     http_json_text(s->date_order), "header", s->header, "sheet",
                     http_json_text(s->sheet), "hash", s->hash != NULL ? s->hash : "", "already",
                     http_json_text(s->already), "columns", row_json(s->columns, s->column_count),
                     "sample", sample);
}

static json_t *report_json(const ku_import_report *report)
{
    json_t *sources = json_array(), *matches = json_array();
    for (size_t i = 0; i < report->source_count; i++) {
        json_array_append_new(sources, source_json(&report->source[i]));
    }
    for (size_t i = 0; i < report->match_count; i++) {
        const ku_import_match *match = &report->match[i];
        json_array_append_new(matches, json_pack("{s:s, s:o, s:o, s:s}", "field", match->field,
                                                 "column", http_json_text(match->column), "source",
                                                 http_json_text(match->source), "how", match->how));
    }
    return json_pack("{s:o, s:o}", "sources", sources, "matches", matches);
}

ku_status http_detect_import(http_call *call, ku_error *err)
{
    ku_import_options options;
    ku_import_report report = {0};
    ku_bank *bank;
    KU_TRY(read_body(call, &options, err));
    KU_TRY(ku_workspace_bank(call->server->workspace, KU_BANK_READ, &bank, err));
    ku_status status = ku_import_detect(bank, &options, call->arena, &report, err);
    ku_workspace_bank_done(call->server->workspace, bank);
    KU_TRY(status);
    return http_reply_json(call, 200, report_json(&report), err);
}

/* ---- importing ---------------------------------------------------------------------------------------------- */

ku_status http_new_import(http_call *call, ku_error *err)
{
    char id[HTTP_IMPORT_ID];
    ku_import_options options;
    KU_TRY(read_body(call, &options, err));
    const char **files = KU_ARRAY(call->arena, options.path_count, const char *);
    for (size_t i = 0; i < options.path_count; i++) files[i] = base_name(options.paths[i]);
    KU_TRY(http_import_submit(call->server->imports, &options, files, id, err));
    http_reply_header(call, "Location", ku_arena_printf(call->arena, HTTP_API "/imports/%s", id));
    return http_reply_json(call, 202, http_import_json(call->server->imports, id, NULL, NULL), err);
}

/* ---- batches --------------------------------------------------------------------------------------------------- */

static json_t *split_files(const char *files)
{
    json_t *list = json_array();
    while (files != NULL && *files != '\0') {
        size_t length = strcspn(files, "\n,");
        ku_span name = ku_text_trim(files, length);
        if (name.length > 0) json_array_append_new(list, json_stringn(name.at, name.length));
        files += length + (files[length] != '\0');
    }
    return list;
}

static json_t *batch_json(http_call *call, const ku_batch *b)
{
    bool rejects = http_import_rejects_path(call->server->imports, b->id, call->arena) != NULL;
    return json_pack("{s:s, s:s, s:b, s:s, s:o, s:f, s:n, s:I, s:I, s:I, s:I, s:[], s:[], s:b, "
                     "s:f, s:o, s:o, s:b, s:n, s:s}",
                     "id", b->id, "state", "done", "dry_run", 0, "fact", b->fact, "files",
                     split_files(b->files), "progress", 1.0, "doing", "read", (json_int_t)b->read,
                     "added", (json_int_t)b->added, "already", (json_int_t)b->already, "refused",
                     (json_int_t)b->refused, "flags", "reasons", "rejects", rejects, "seconds", 0.0,
                     "at", http_json_time(b->at), "actor", http_json_text(b->actor), "undone",
                     b->undone, "failure", "batch", b->id);
}

static ku_status read_batches(http_call *call, ku_batch **batches, size_t *count, ku_error *err)
{
    ku_bank *bank;
    KU_TRY(ku_workspace_bank(call->server->workspace, KU_BANK_READ, &bank, err));
    ku_status status = ku_import_batches(bank, call->arena, batches, count, err);
    ku_workspace_bank_done(call->server->workspace, bank);
    return status;
}

static ku_status find_batch(http_call *call, const char *id, const ku_batch **found, ku_error *err)
{
    ku_batch *batches;
    size_t count;
    KU_TRY(read_batches(call, &batches, &count, err));
    for (size_t i = 0; i < count; i++) {
        *found = &batches[i];
        if (strcmp(batches[i].id, id) == 0) return KU_OK;
    }
    return ku_error_set(err, KU_NOT_FOUND, "path, id", "there is no import \"%.40s\"", id);
}

static int newer_first(const void *a, const void *b)
{
    const ku_batch *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? 1 : -1;
    return strcmp(y->id, x->id);
}

ku_status http_list_imports(http_call *call, ku_error *err)
{
    ku_batch *batches;
    size_t count, from = 0, limit = (size_t)http_int(call, "limit");
    const char *cursor = http_text(call, "cursor");
    KU_TRY(read_batches(call, &batches, &count, err));
    if (count > 0) qsort(batches, count, sizeof *batches, newer_first);
    while (cursor != NULL && from < count && strcmp(batches[from].id, cursor) != 0) from++;
    if (cursor != NULL && from == count)
        return ku_error_set(err, KU_USAGE, "query, cursor", "the cursor is not known");
    if (cursor != NULL) from++;
    json_t *items = cursor == NULL ? http_import_open(call->server->imports) : json_array();
    size_t end = count - from > limit ? from + limit : count;
    for (size_t i = from; i < end; i++) json_array_append_new(items, batch_json(call, &batches[i]));
    return http_reply_json(call, 200,
                           http_json_list(items, end < count ? batches[end - 1].id : NULL), err);
}

ku_status http_get_import(http_call *call, ku_error *err)
{
    const char *id = http_path(call, "id");
    const ku_batch *batch;
    json_t *json = http_import_json(call->server->imports, id, NULL, NULL);
    if (json != NULL) return http_reply_json(call, 200, json, err);
    KU_TRY(find_batch(call, id, &batch, err));
    return http_reply_json(call, 200, batch_json(call, batch), err);
}

ku_status http_cancel_import(http_call *call, ku_error *err)
{
    const char *id = http_path(call, "id");
    KU_TRY(http_import_cancel(call->server->imports, id, err));
    return http_reply_json(call, 202, http_import_json(call->server->imports, id, NULL, NULL), err);
}

ku_status http_undo_import(http_call *call, ku_error *err)
{
    const char *id = http_path(call, "id");
    const char *batch_id = http_import_batch(call->server->imports, id, call->arena);
    const ku_batch *batch;
    ku_bank *bank;
    if (batch_id == NULL) batch_id = id;
    KU_TRY(find_batch(call, batch_id, &batch, err));
    KU_TRY(ku_workspace_bank(call->server->workspace, KU_BANK_WRITE, &bank, err));
    ku_status status = ku_import_undo(bank, batch_id, http_actor_name(call), err);
    ku_workspace_bank_done(call->server->workspace, bank);
    KU_TRY(status);
    http_import_undone(call->server->imports, batch_id);
    KU_TRY(find_batch(call, batch_id, &batch, err));
    return http_reply_json(call, 200, batch_json(call, batch), err);
}

/* ---- following ---------------------------------------------------------------------------------------------------- */

typedef struct import_source {
    http_imports *imports;
    json_t *batch; /* one that ended long ago: told once; NULL: followed */
    uint64_t version;
    bool told;
    char id[96];
} import_source;

static void free_source(void *state)
{
    import_source *source = state;
    json_decref(source->batch);
    free(source);
}

static ku_status import_news(void *state, ku_text *out, bool *last, ku_error *err)
{
    import_source *source = state;
    uint64_t version = 0;
    if (source->batch != NULL) {
        *last = true;
        return http_event(out, "import", json_incref(source->batch), err);
    }
    json_t *json = http_import_json(source->imports, source->id, &version, last);
    if (json == NULL) return ku_error_set(err, KU_NOT_FOUND, NULL, "the import is forgotten");
    if (source->told && version == source->version && !*last) {
        json_decref(json);
        return KU_OK;
    }
    source->told = true;
    source->version = version;
    return http_event(out, "import", json, err);
}

ku_status http_watch_import(http_call *call, ku_error *err)
{
    const char *id = http_path(call, "id");
    const ku_batch *batch = NULL;
    json_t *json = http_import_json(call->server->imports, id, NULL, NULL);
    if (json == NULL) KU_TRY(find_batch(call, id, &batch, err));
    json_decref(json);
    import_source *source = calloc(1, sizeof *source);
    if (source == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    source->imports = call->server->imports;
    source->batch = batch != NULL ? batch_json(call, batch) : NULL;
    ku_text_copy(source->id, sizeof source->id, id);
    http_reply_events(call, import_news, source, free_source);
    return KU_OK;
}
