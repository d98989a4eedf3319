/* rejects.c - the rows an import refused: the file itself, or its first rows for a page. */
#include "app/http/server_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "app/http/handlers.h"

#define PIECE 65536

/* ---- the file as it is ------------------------------------------------------------------------------- */

typedef struct file_source {
    int fd;
} file_source;

static ku_status file_piece(void *state, ku_text *out, ku_error *err)
{
    file_source *source = state;
    char bytes[PIECE];
    ssize_t got = read(source->fd, bytes, sizeof bytes);
    if (got < 0) return ku_error_errno(err, errno, NULL, "reading the refused rows");
    ku_text_addn(out, bytes, (size_t)got);
    return KU_OK;
}

static void free_file(void *state)
{
    file_source *source = state;
    close(source->fd);
    free(source);
}

static ku_status answer_file(http_call *call, const char *path, ku_error *err)
{
    file_source *source = malloc(sizeof *source);
    if (source == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "out of memory");
    source->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (source->fd < 0) {
        free(source);
        return ku_error_errno(err, errno, NULL, "opening the refused rows");
    }
    http_reply_stream(call, "text/csv; charset=utf-8", file_piece, source, free_file);
    http_reply_header(call, "Content-Disposition",
                      ku_arena_printf(call->arena, "attachment; filename=\"rejects-%s.csv\"",
                                      http_path(call, "id")));
    return KU_OK;
}

/* ---- its first rows -------------------------------------------------------------------------------------- */

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
        json_t *text = json_stringn(ku_text_string(field), field->length);
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
    FILE *file = fopen(path, "re");
    ku_text field = {0};
    if (file == NULL) return ku_error_errno(err, errno, NULL, "opening the refused rows");
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
