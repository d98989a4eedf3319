/* docx.c - the least a word processor opens: three parts in a zip file (ECMA-376, part 1). */
#include "demo/docx.h"

#include <string.h>
#include <zip.h>

#include "base/text.h"

static const char types[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
    "<Default Extension=\"rels\""
    " ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
    "<Override PartName=\"/word/document.xml\" ContentType=\"application/"
    "vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
static const char relations[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
    "<Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
    "relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>";

static void add_escaped(ku_text *out, const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '&')
            ku_text_add(out, "&amp;");
        else if (line[i] == '<')
            ku_text_add(out, "&lt;");
        else
            ku_text_addc(out, line[i]);
    }
}

static void add_body(ku_text *out, const char *text)
{
    ku_text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><w:document"
                     " xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">"
                     "<w:body>");
    for (const char *line = text; line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        const char *look = line == text ? "<w:rPr><w:b/><w:sz w:val=\"32\"/></w:rPr>" : "";
        ku_text_addf(out, "<w:p><w:r>%s<w:t xml:space=\"preserve\">", look);
        add_escaped(out, line, length);
        ku_text_add(out, "</w:t></w:r></w:p>");
        line += length + (line[length] == '\n');
    }
    ku_text_add(out, "</w:body></w:document>");
}

static bool add_part(zip_t *zip, const char *name, const char *bytes, size_t length)
{
    zip_source_t *source = zip_source_buffer(zip, bytes, length, 0);
    if (source == NULL) return false;
    zip_int64_t at = zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8);
    if (at < 0) {
        zip_source_free(source);
        return false;
    }
    /* The same bytes on every day. */
    return zip_file_set_mtime(zip, (zip_uint64_t)at, 1767225600, 0) == 0;
}

static bool write_parts(zip_source_t *target, const ku_text *body)
{
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, NULL);
    if (zip == NULL) {
        zip_source_free(target);
        return false;
    }
    if (add_part(zip, "[Content_Types].xml", types, sizeof types - 1) &&
        add_part(zip, "_rels/.rels", relations, sizeof relations - 1) &&
        add_part(zip, "word/document.xml", body->bytes, body->length) && zip_close(zip) == 0)
        return true;
    zip_discard(zip);
    return false;
}

static bool take_bytes(zip_source_t *target, ku_arena *arena, const void **bytes, size_t *length)
{
    if (zip_source_open(target) != 0) return false;
    bool good = zip_source_seek(target, 0, SEEK_END) == 0;
    *length = good ? (size_t)zip_source_tell(target) : 0;
    void *to = ku_arena_alloc(arena, *length + 1);
    good = good && zip_source_seek(target, 0, SEEK_SET) == 0 &&
           zip_source_read(target, to, *length) == (zip_int64_t)*length;
    zip_source_close(target);
    *bytes = to;
    return good;
}

ku_status ku_demo_docx(const char *text, ku_arena *arena, const void **bytes, size_t *length,
                       ku_error *err)
{
    ku_text body = {0};
    add_body(&body, text);
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, NULL);
    bool good = !body.failed && target != NULL && write_parts(target, &body) &&
                take_bytes(target, arena, bytes, length);
    zip_source_free(target);
    ku_text_clear(&body);
    return good ? KU_OK : ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for a document");
}
