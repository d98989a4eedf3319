/* rows.c - rows that come without a file: a run's result that is to be kept, and a few rows
 * typed in a page. Both are written as a file among the uploads and take the way of every
 * import, so that they are checked, counted once and undone like the others. */
#include "app/http/facts.h"
#include "app/http/import_jobs.h"
#include "app/http/imports.h"
#include "app/http/server_internal.h"
#include "app/http/uploads.h"
#include "base/file.h"
#include "runs/as_fact.h"

#define MOST_ROWS 10000

static ku_status find_fact(const char *name, const char *where, ku_status missing,
                           const ku_fact **fact, ku_error *err)
{
    *fact = ku_fact_find(name);
    return *fact != NULL ? KU_OK : http_no_fact(name, where, missing, err);
}

/* Queues the import of the one file in options->paths. */
static ku_status submit(http_call *call, ku_import_options *options, ku_error *err)
{
    char id[HTTP_IMPORT_ID];
    const char *file = strrchr(options->paths[0], '/') + 1;
    options->actor = http_actor_name(call);
    options->dry_run = http_body_bool(call, "dry_run", false);
    KU_TRY(http_import_submit(call->server->imports, options, &file, id, err));
    http_reply_header(call, "Location", ku_arena_printf(call->arena, HTTP_API "/imports/%s", id));
    return http_reply_json(call, 202, http_import_json(call->server->imports, id, NULL, NULL), err);
}

ku_status http_keep_run_table(http_call *call, ku_error *err)
{
    const ku_fact *fact;
    const char *folder;
    ku_import_options options, given = {0};
    KU_TRY(find_fact(http_body_text(call, "fact"), "body.fact", KU_USAGE, &fact, err));
    KU_TRY(http_upload_folder(call->server->uploads, call->arena, &folder, err));
    ku_status status = ku_run_as_fact(call->server->workspace, http_path(call, "id"),
                                      http_path(call, "table"), fact, folder, call->arena, &options,
                                      err);
    if (status != KU_OK) {
        ku_folder_remove(folder, NULL);
        return status;
    }
    http_read_how(call, &given);
    options.mapping = given.mapping;
    options.mapping_count = given.mapping_count;
    return submit(call, &options, err);
}

/* ---- rows of a page ------------------------------------------------------------------------ */

static ku_status check_row(const json_t *row, size_t at, ku_error *err)
{
    const char *name;
    const json_t *value;
    json_object_foreach((json_t *)row, name, value)
    {
        if (!json_is_array(value) && !json_is_object(value)) continue;
        char where[160];
        snprintf(where, sizeof where, "body.rows[%zu].%.80s", at, name);
        return ku_error_set(err, KU_USAGE, where, "expected a text, a number, true, false or null");
    }
    return KU_OK;
}

/* One JSON object a line. */
static ku_status write_rows(const json_t *rows, const char *path, ku_error *err)
{
    ku_text text = {0};
    ku_status status = KU_OK;
    for (size_t i = 0; i < json_array_size(rows) && status == KU_OK; i++) {
        const json_t *row = json_array_get(rows, i);
        status = check_row(row, i, err);
        char *line = status == KU_OK ? json_dumps(row, JSON_COMPACT) : NULL;
        if (line != NULL) ku_text_addf(&text, "%s\n", line);
        free(line);
    }
    if (status == KU_OK) status = ku_text_check(&text, err);
    if (status == KU_OK) status = ku_file_write(path, text.bytes, text.length, 0600, err);
    ku_text_clear(&text);
    return status;
}

ku_status http_add_rows(http_call *call, ku_error *err)
{
    const ku_fact *fact;
    const char *folder;
    const json_t *rows = json_object_get(call->body, "rows");
    KU_TRY(find_fact(http_path(call, "name"), "path, name", KU_NOT_FOUND, &fact, err));
    if (json_array_size(rows) == 0 || json_array_size(rows) > MOST_ROWS)
        return ku_error_set(err, KU_USAGE, "body.rows", "expected 1 to %d rows, found %zu",
                            MOST_ROWS, json_array_size(rows));
    KU_TRY(http_upload_folder(call->server->uploads, call->arena, &folder, err));
    const char *path = ku_arena_printf(call->arena, "%s/%s.jsonl", folder, fact->name);
    ku_status status = write_rows(rows, path, err);
    if (status != KU_OK) {
        ku_folder_remove(folder, NULL);
        return status;
    }
    ku_import_options options = {.fact = fact,
                                 .paths = &path,
                                 .path_count = 1,
                                 .format = "jsonl",
                                 .date_order = "ymd",
                                 .strict = true};
    return submit(call, &options, err);
}
