/* workbook.c - one sheet of a workbook as a CSV file that DuckDB can read, and the check
 * that a packed file is whole.
 *
 * The workbook's reader gives cells between control characters; here each becomes a quoted
 * cell of an ordinary CSV file in a temporary folder, one line a row of the sheet. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bank/duckdb/attach_internal.h"
#include "bank/import/blocks.h"
#include "bank/import/xlsx.h"

enum { PORTION = 1 << 18 };

/* ---- whole or cut off ------------------------------------------------------------------- */

static ku_status read_to_end(ku_stream *stream, ku_error *err)
{
    char *bytes = malloc(PORTION);
    if (bytes == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory to read the file");
    ku_status status = KU_OK;
    size_t got = 1;
    while (status == KU_OK && got > 0) status = ku_stream_read(stream, bytes, PORTION, &got, err);
    free(bytes);
    return status;
}

static ku_status packing_of(const char *path, ku_packing *packing, ku_error *err)
{
    char bytes[8];
    size_t got = 0;
    ku_stream *stream = NULL;
    KU_TRY(ku_stream_file(path, NULL, &stream, err));
    ku_status status = ku_stream_fill(stream, bytes, sizeof bytes, &got, err);
    if (status == KU_OK) *packing = ku_packing_of(bytes, got);
    ku_stream_free(stream);
    return status;
}

ku_status ku_attach_check_whole(const char *path, ku_error *err)
{
    ku_packing packing = KU_PLAIN;
    ku_stream *stream = NULL;
    KU_TRY(packing_of(path, &packing, err));
    if (packing == KU_PLAIN) return KU_OK;
    KU_TRY(ku_stream_file(path, NULL, &stream, err));
    KU_TRY(ku_stream_unpack(stream, packing, &stream, err));
    ku_error found = {0};
    ku_status status = read_to_end(stream, &found);
    ku_stream_free(stream);
    return status == KU_OK ? KU_OK : ku_error_set(err, status, path, "%s", found.message);
}

/* ---- workbooks -------------------------------------------------------------------------- */

/* Where the translation stands between two portions. */
typedef struct cells {
    FILE *out;
    bool quoted;    /* within quotes of the reader */
    bool open;      /* our own quote is open: the cell has had a byte */
    bool maybe_end; /* a quote within quotes: the end, or the first of two */
} cells;

static void put_byte(cells *c, char byte)
{
    if (!c->open) fputc('"', c->out);
    c->open = true;
    if (byte == '"') fputc('"', c->out);
    fputc(byte, c->out);
}

static void end_cell(cells *c, char with)
{
    if (c->open) fputc('"', c->out);
    fputc(with, c->out);
    c->open = c->quoted = c->maybe_end = false;
}

static void translate(cells *c, const char *bytes, size_t length)
{
    const ku_dialect inner = KU_DIALECT_INNER;
    for (size_t i = 0; i < length; i++) {
        char b = bytes[i];
        if (c->quoted && !c->maybe_end) {
            if (b == inner.quote)
                c->maybe_end = true;
            else
                put_byte(c, b);
        } else if (c->maybe_end && b == inner.quote) {
            c->maybe_end = false;
            put_byte(c, b);
        } else if (b == inner.delimiter) {
            end_cell(c, ',');
        } else if (b == inner.newline) {
            end_cell(c, '\n');
        } else if (b == inner.quote && !c->open) {
            c->quoted = true;
        } else {
            put_byte(c, b);
        }
    }
}

static ku_status copy_cells(ku_stream *stream, FILE *out, const char *path, ku_error *err)
{
    char *bytes = malloc(PORTION);
    if (bytes == NULL) return ku_error_set(err, KU_NO_MEMORY, path, "no memory to read the file");
    cells c = {.out = out};
    ku_status status = KU_OK;
    size_t got = 1;
    while (status == KU_OK && got > 0) {
        status = ku_stream_read(stream, bytes, PORTION, &got, err);
        if (status == KU_OK) translate(&c, bytes, got);
    }
    free(bytes);
    if (status == KU_OK && (fflush(out) != 0 || ferror(out)))
        status = ku_error_errno(err, errno, path, "unpack the workbook");
    return status;
}

ku_status ku_attach_workbook(ku_attaching *a, ku_error *err)
{
    const char *folder = getenv("TMPDIR"), *sheet = NULL, *path = a->file->path;
    ku_stream *stream = NULL;
    KU_TRY(ku_xlsx_sheet(path, NULL, a->arena, &sheet, err));
    KU_TRY(ku_xlsx_open(path, sheet, NULL, &stream, err));
    char *name = ku_arena_printf(a->arena, "%s/kemudi-sheet-XXXXXX",
                                 folder != NULL && folder[0] == '/' ? folder : "/tmp");
    int fd = mkstemp(name);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    ku_status status = KU_OK;
    if (out == NULL) {
        status = ku_error_errno(err, errno, name, "unpack the workbook");
        if (fd >= 0) close(fd);
    } else {
        status = copy_cells(stream, out, path, err);
        fclose(out);
    }
    if (fd >= 0) a->unpacked = name;
    ku_stream_free(stream);
    return status;
}
