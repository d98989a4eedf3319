/* made_files.h - small files made for tests: a PDF of one line, zip files of given parts. What
 * is made lives in the arena. */
#ifndef KU_TESTS_OFFICE_MADE_FILES_H
#define KU_TESTS_OFFICE_MADE_FILES_H

#include <string.h>
#include <zip.h>

#include "check.h"
#include "kemudi/arena.h"

typedef struct made_file {
    const char *bytes;
    size_t length;
} made_file;

static inline made_file made_text(const char *text)
{
    return (made_file){text, strlen(text)};
}

/* A page with one line of Helvetica; no brackets or backslashes in `line`. */
static inline made_file made_pdf(ku_arena *arena, const char *line)
{
    const char *stream = ku_arena_printf(arena, "BT /F1 12 Tf 72 720 Td (%s) Tj ET", line);
    size_t at[6];
    const char *objects[] = {
        "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        ku_arena_printf(arena, "<< /Length %zu >>\nstream\n%s\nendstream", strlen(stream), stream),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"};
    const char *whole = "%PDF-1.4\n";
    for (int i = 0; i < 5; i++) {
        at[i] = strlen(whole);
        whole = ku_arena_printf(arena, "%s%d 0 obj\n%s\nendobj\n", whole, i + 1, objects[i]);
    }
    size_t table = strlen(whole);
    whole = ku_arena_printf(arena, "%sxref\n0 6\n0000000000 65535 f \n", whole);
    for (int i = 0; i < 5; i++) whole = ku_arena_printf(arena, "%s%010zu 00000 n \n", whole, at[i]);
    return made_text(ku_arena_printf(
        arena, "%strailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", whole, table));
}

typedef struct made_part {
    const char *name; /* NULL ends the list */
    const void *bytes;
    size_t length; /* 0: a text */
} made_part;

static inline made_file made_zip(ku_arena *arena, const made_part *parts)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    for (; parts->name != NULL; parts++) {
        size_t length = parts->length > 0 ? parts->length : strlen(parts->bytes);
        zip_source_t *source = zip_source_buffer(zip, parts->bytes, length, 0);
        assert_true(zip_file_add(zip, parts->name, source, ZIP_FL_ENC_UTF_8) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(zip_source_open(target), 0);
    assert_int_equal(zip_source_seek(target, 0, SEEK_END), 0);
    size_t size = (size_t)zip_source_tell(target);
    char *bytes = ku_arena_alloc(arena, size);
    assert_int_equal(zip_source_seek(target, 0, SEEK_SET), 0);
    assert_int_equal(zip_source_read(target, bytes, size), (zip_int64_t)size);
    zip_source_close(target);
    zip_source_free(target);
    zip_error_fini(&error);
    return (made_file){bytes, size};
}

/* A Word document of one paragraph. */
static inline made_file made_docx(ku_arena *arena, const char *line)
{
    const char *body = ku_arena_printf(
        arena,
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"urn:w\"><w:body><w:p><w:r><w:t>%s</w:t>"
        "</w:r></w:p></w:body></w:document>",
        line);
    made_part parts[] = {
        {"[Content_Types].xml", "<Types/>", 0}, {"word/document.xml", body, 0}, {.name = NULL}};
    return made_zip(arena, parts);
}

#endif
