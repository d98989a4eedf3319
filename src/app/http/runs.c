/* runs.c - starting runs, following them, finding them again. */
#include "app/http/server_internal.h"

#include "app/http/handlers.h"
#include "base/date.h"
#include "base/number.h"

/* ---- a run as JSON ----------------------------------------------------------------------------------- */

static json_t *run_params(const ku_run_record *r)
{
    json_t *params = json_object();
    for (size_t i = 0; i < r->param_count; i++) {
        if (r->params[i].value == NULL) continue;
        json_object_set_new(params, r->params[i].name, json_string(r->params[i].value));
    }
    return params;
}

static json_t *run_remarks(const ku_run_record *r)
{
    static const char *const names[] = {[KU_NOTE] = "note", [KU_WARN] = "warn", [KU_FAIL] = "fail"};
    json_t *remarks = json_array();
    for (size_t i = 0; i < r->remark_count; i++) {
        const ku_remark *remark = &r->remark[i];
        json_array_append_new(remarks,
                              json_pack("{s:s, s:s, s:o}", "severity", names[remark->severity],
                                        "check", remark->check != NULL ? remark->check : "", "text",
                                        http_json_text(remark->text)));
    }
    return remarks;
}

static json_t *run_tables(const ku_run_table *tables, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0, next; i < count; i = next) {
        int64_t rows;
        next = ku_run_table_group(tables, count, i, &rows);
        json_array_append_new(
            list, json_pack("{s:s, s:I}", "name", tables[i].name, "rows", (json_int_t)rows));
    }
    return list;
}

json_t *http_json_run(const ku_run_record *r)
{
    bool failed = r->state == KU_RUN_FAILED || r->state == KU_RUN_CANCELLED;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:f, s:f, s:I, s:f, s:o, "
        "s:o, s:o, s:o, s:o,"
        " s:o, s:o}",
        "id", r->id, "analysis", r->analysis, "version", r->version != NULL ? r->version : "",
        "program", r->program != NULL ? r->program : "", "state", ku_run_state_name(r->state),
        "params", run_params(r), "seed", (json_int_t)r->seed, "input_hash",
        http_json_text(r->input_hash), "output_hash", http_json_text(r->output_hash), "as_of",
        http_json_time(r->as_of), "started", http_json_time(r->started), "ended",
        http_json_time(r->ended), "seconds", r->seconds, "cpu_seconds", r->cpu_seconds,
        "peak_bytes", (json_int_t)r->peak_bytes, "progress", r->progress, "doing",
        http_json_text(r->doing), "actor", http_json_text(r->actor), "again_of",
        http_json_text(r->again_of), "failure",
        failed ? http_json_failure(&r->failure) : json_null(), "remarks", run_remarks(r), "inputs",
        run_tables(r->input, r->input_count), "outputs", run_tables(r->output, r->output_count));
}

static bool run_over(const ku_run_record *record)
{
    return record->state == KU_RUN_DONE || record->state == KU_RUN_FAILED ||
           record->state == KU_RUN_CANCELLED;
}

/* ---- finding --------------------------------------------------------------------------------------------- */

ku_status http_list_runs(http_call *call, ku_error *err)
{
    ku_run_record *records;
    size_t count, limit = (size_t)http_int(call, "limit");
    KU_TRY(ku_run_list(call->server->workspace, http_text(call, "analysis"),
                       http_text(call, "cursor"), limit + 1, call->arena, &records, &count, err));
    bool more = count > limit;
    json_t *items = json_array();
    for (size_t i = 0; i < count && i < limit; i++)
        json_array_append_new(items, http_json_run(&records[i]));
    return http_reply_json(call, 200, http_json_list(items, more ? records[limit - 1].id : NULL),
                           err);
}

/* The run as it stands now, not as it was last written down. */
static ku_status run_now(http_call *call, const char *id, ku_run_record *record, ku_error *err)
{
    uint64_t version = 0;
    return ku_run_watch(call->server->queue, id, &version, 0, call->arena, record, err);
}

ku_status http_get_run(http_call *call, ku_error *err)
{
    ku_run_record record;
    KU_TRY(run_now(call, http_path(call, "id"), &record, err));
    return http_reply_json(call, 200, http_json_run(&record), err);
}

/* ---- starting ----------------------------------------------------------------------------------------------- */

/* A value of the body as the text the descriptor's parser reads. */
static ku_status param_text(const json_t *value, const char *name, ku_arena *arena,
                            const char **text, ku_error *err)
{
    char number[KU_DOUBLE_TEXT];
    switch (json_typeof(value)) {
    case JSON_STRING:
        *text = json_string_value(value);
        return KU_OK;
    case JSON_TRUE:
        *text = "true";
        return KU_OK;
    case JSON_FALSE:
        *text = "false";
        return KU_OK;
    case JSON_INTEGER:
        *text = ku_arena_printf(arena, "%lld", (long long)json_integer_value(value));
        return KU_OK;
    case JSON_REAL:
        ku_double_print(json_real_value(value), number);
        *text = ku_arena_strdup(arena, number);
        return KU_OK;
    default:
        return ku_error_set(err, KU_USAGE, ku_arena_printf(arena, "body.params.%s", name),
                            "expected a text, a number, true or false");
    }
}

static ku_status read_params(http_call *call, ku_run_request *request, ku_error *err)
{
    const char *name;
    json_t *value, *params = json_object_get(call->body, "params");
    ku_param_text *texts = KU_ARRAY(call->arena, json_object_size(params) + 1, ku_param_text);
    request->params = texts;
    json_object_foreach(params, name, value)
    {
        if (json_is_null(value)) continue; /* null: the default */
        texts[request->param_count].name = name;
        KU_TRY(param_text(value, name, call->arena, &texts[request->param_count++].value, err));
    }
    return KU_OK;
}

/* The id of an upload, or {"run", "table"}. */
static ku_status read_input(http_call *call, const json_t *input, ku_table_file *file,
                            ku_error *err)
{
    const char *run = json_string_value(json_object_get(input, "run"));
    const char *result = json_string_value(json_object_get(input, "table"));
    if (json_is_string(input))
        return http_upload_path(call->server->uploads, json_string_value(input), call->arena,
                                &file->path, err);
    if (run == NULL || result == NULL || json_object_size(input) != 2)
        return ku_error_set(err, KU_USAGE,
                            ku_arena_printf(call->arena, "body.inputs.%s", file->table),
                            "expected the id of an upload, or {\"run\": id, \"table\": name}");
    file->path = ku_arena_printf(call->arena, "run:%s/%s", run, result);
    return KU_OK;
}

static ku_status read_files(http_call *call, ku_run_request *request, ku_error *err)
{
    const char *table;
    json_t *input, *inputs = json_object_get(call->body, "inputs");
    ku_table_file *files = KU_ARRAY(call->arena, json_object_size(inputs) + 1, ku_table_file);
    request->files = files;
    json_object_foreach(inputs, table, input)
    {
        files[request->file_count].table = table;
        KU_TRY(read_input(call, input, &files[request->file_count++], err));
    }
    return KU_OK;
}

static ku_status answer_started(http_call *call, const char *id, ku_error *err)
{
    ku_run_record record;
    KU_TRY(run_now(call, id, &record, err));
    http_reply_header(call, "Location", ku_arena_printf(call->arena, HTTP_API "/runs/%s", id));
    return http_reply_json(call, 202, http_json_run(&record), err);
}

ku_status http_new_run(http_call *call, ku_error *err)
{
    char id[KU_RUN_ID];
    const char *name = http_body_text(call, "analysis");
    json_t *seed = json_object_get(call->body, "seed"),
           *threads = json_object_get(call->body, "threads");
    ku_run_request request = {
        .analysis = ku_analysis_find(name), .seed = 1, .actor = http_actor_name(call)};
    if (request.analysis == NULL) {
        const char *near = ku_analysis_nearest(name);
        return ku_error_set(err, KU_USAGE, "body.analysis", "there is no analysis \"%.60s\"%s%s%s",
                            name, near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
                            near != NULL ? "\"?" : "");
    }
    if (json_is_integer(seed)) request.seed = (uint64_t)json_integer_value(seed);
    if (json_is_integer(threads)) request.threads = (unsigned)json_integer_value(threads);
    KU_TRY(read_params(call, &request, err));
    KU_TRY(read_files(call, &request, err));
    KU_TRY(ku_run_submit(call->server->queue, &request, id, err));
    return answer_started(call, id, err);
}

ku_status http_cancel_run(http_call *call, ku_error *err)
{
    const char *id = http_path(call, "id");
    KU_TRY(ku_run_cancel(call->server->queue, id, err));
    return answer_started(call, id, err);
}

ku_status http_run_again(http_call *call, ku_error *err)
{
    char id[KU_RUN_ID];
    KU_TRY(ku_run_submit_again(call->server->queue, http_path(call, "id"), http_actor_name(call),
                               id, err));
    return answer_started(call, id, err);
}

/* ---- following -------------------------------------------------------------------------------------------------- */

typedef struct run_source {
    ku_run_queue *queue;
    ku_arena *arena;
    uint64_t version;
    bool told;
    char id[96];
} run_source;

static ku_status run_news(void *state, ku_text *out, bool *last, ku_error *err)
{
    run_source *source = state;
    ku_run_record record = {0};
    uint64_t before = source->version;
    ku_arena_reset(source->arena);
    KU_TRY(
        ku_run_watch(source->queue, source->id, &source->version, 0, source->arena, &record, err));
    *last = run_over(&record);
    if (source->told && source->version == before && !*last) return KU_OK;
    source->told = true;
    return http_event(out, "run", http_json_run(&record), err);
}

static void free_source(void *state)
{
    run_source *source = state;
    ku_arena_free(source->arena);
    free(source);
}

ku_status http_watch_run(http_call *call, ku_error *err)
{
    ku_run_record record;
    KU_TRY(run_now(call, http_path(call, "id"), &record,
                   err)); /* an unknown run is a 404, not an empty stream */
    run_source *source = calloc(1, sizeof *source);
    if (source != NULL) source->arena = ku_arena_new();
    if (source == NULL || source->arena == NULL) {
        free(source);
        return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    }
    source->queue = call->server->queue;
    ku_text_copy(source->id, sizeof source->id, http_path(call, "id"));
    http_reply_events(call, run_news, source, free_source);
    return KU_OK;
}
