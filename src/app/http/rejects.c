/* rejects.c - the rows an import refused: the whole file, or its first rows for a page.
 *
 * The import names each file by its path, which for an upload is a folder of the server
 * that nobody outside needs to know: both answers show the file's name alone. */
#include "app/http/server_internal.h"

#include <errno.h>

#include "app/http/handlers.h"
#include "base/csv.h"

#define PORTION 500 /* rows at a time */

/* ---- reading the file ------------------------------------------------------------------ */

/* Reads one field of our own CSV (RFC 4180) into `field`; returns what ended it: ',' or
 * '\n', or EOF at the end of the file before any character. */
static int read_field(FILE *file, ku_text *field)
{
    int c = getc(file);
    bool quoted = c == '"';
    ku_text_empty(field);
    if (c == EOF) return EOF;
    if (quoted) c = getc(file);
    for (; c != EOF; c = getc(file)) {
        if (quoted && c == '"') {
            c = getc(file);
            if (c != '"') quoted = false;
        }
        if (!quoted && (c == ',' || c == '\n' || c == EOF)) break;
        if (quoted || c != '\r') ku_text_addc(field, (char)c);
    }
    return c == ',' ? ',' : '\n';
}

/* The name without its folders. */
static const char *name_alone(const ku_text *path)
{
    const char *text = ku_text_string(path), *slash = strrchr(text, '/');
    return slash != NULL ? slash + 1 : text;
}

static ku_status open_rejects(const char *path, FILE **file, ku_error *err)
{
    *file = fopen(path, "re");
    return *file != NULL ? KU_OK : ku_error_errno(err, errno, NULL, "opening the refused rows");
}

/* ---- the whole file ---------------------------------------------------------------------- */

typedef struct file_source {
    FILE *file;
    ku_text field;
} file_source;

/* Copies one line; false at the end. What a spreadsheet might take for a formula is
 * guarded already. */
static bool copy_line(FILE *file, ku_text *field, ku_text *out)
{
    size_t at = 0;
    for (int end = ','; end == ','; at++) {
        end = read_field(file, field);
        if (end == EOF) break;
        const char *text = at == 0 ? name_alone(field) : ku_text_string(field);
        if (at > 0) ku_text_addc(out, ',');
        ku_csv_add(out, text, strlen(text), KU_CSV_EXACT);
    }
    if (at > 0) ku_text_addc(out, '\n');
    return at > 0;
}

static ku_status file_piece(void *state, ku_text *out, ku_error *err)
{
    file_source *source = state;
    for (int i = 0; i < PORTION && copy_line(source->file, &source->field, out); i++) continue;
    if (ferror(source->file))
        return ku_error_set(err, KU_IO, NULL, "reading the refused rows failed");
    return KU_OK;
}

static void free_file(void *state)
{
    file_source *source = state;
    fclose(source->file);
    ku_text_clear(&source->field);
    free(source);
}

static ku_status answer_file(http_call *call, const char *path, ku_error *err)
{
    file_source *source = calloc(1, sizeof *source);
    if (source == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    ku_status status = open_rejects(path, &source->file, err);
    if (status != KU_OK) {
        free(source);
        return status;
    }
    http_reply_stream(call, "text/csv; charset=utf-8", file_piece, source, free_file);
    http_reply_header(call, "Content-Disposition",
                      ku_arena_printf(call->arena, "attachment; filename=\"rejects-%s.csv\"",
                                      http_path(call, "id")));
    return KU_OK;
}

/* ---- its first rows ------------------------------------------------------------------------ */

static const char *const columns[] = {"file", "line", "column", "value", "reason", "row"};
#define COLUMNS (sizeof columns / sizeof *columns)

/* One line as an object; NULL at the end. */
static json_t *read_line(FILE *file, ku_text *field)
{
    json_t *row = NULL;
    size_t at = 0;
    for (int end = ','; end == ','; at++) {
        end = read_field(file, field);
        if (end == EOF) break;
        if (row == NULL) row = json_object();
        json_t *text = json_string(at == 0 ? name_alone(field) : ku_text_string(field));
        if (at < COLUMNS)
            json_object_set_new(row, columns[at], text != NULL ? text : json_string(""));
        else
            json_decref(text);
    }
    for (; row != NULL && at < COLUMNS; at++)
        json_object_set_new(row, columns[at], json_string(""));
    return row;
}

static ku_status answer_page(http_call *call, const char *path, ku_error *err)
{
    FILE *file;
    ku_text field = {0};
    KU_TRY(open_rejects(path, &file, err));
    json_t *items = json_array(), *row;
    json_decref(read_line(file, &field)); /* the headings */
    for (int64_t left = http_int(call, "limit");
         left > 0 && (row = read_line(file, &field)) != NULL; left--) {
        json_array_append_new(items, row);
    }
    fclose(file);
    ku_text_clear(&field);
    return http_reply_json(call, 200, http_json_list(items, NULL), err);
}

ku_status http_import_rejects(http_call *call, ku_error *err)
{
    const char *path = http_import_rejects_path(call->server->imports, http_path(call, "id"),
                                                call->arena);
    if (path == NULL) {
        return ku_error_set(err, KU_NOT_FOUND, "path, id",
                            "no refused rows are kept for import \"%.40s\"", http_path(call, "id"));
    }
    bool csv = strcmp(http_text(call, "format"), "csv") == 0;
    return csv ? answer_file(call, path, err) : answer_page(call, path, err);
}
