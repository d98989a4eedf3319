/* parts.c - the words of Word, Excel, PowerPoint and OpenDocument files.
 *
 * All of them are zip files with XML parts. The reader wants the text and where lines end,
 * nothing else. Bytes are counted as they unpack; a document type declaration, by which XML
 * can grow without end or name other files, ends the reading and refuses the file; so does
 * nesting that no real document has. */
#include <expat.h>
#include <string.h>

#include "office/documents/text/text_internal.h"

enum { CHUNK = 65536 };

static const struct suite {
    const char *kind, *mark; /* the part that tells the kind */
    const char *parts[7];    /* beginnings of the parts with words */
    bool all;                /* any text counts, else that of <t> alone */
} suites[] = {
    {"docx",
     "word/document.xml",
     {"word/document.xml", "word/header", "word/footer", "word/footnotes.xml", "word/endnotes.xml",
      "word/comments.xml", NULL},
     false},
    {"xlsx", "xl/workbook.xml", {"xl/sharedStrings.xml", "xl/worksheets/sheet", NULL}, false},
    {"pptx", "ppt/presentation.xml", {"ppt/slides/slide", "ppt/notesSlides/notes", NULL}, false},
    {"odt", "content.xml", {"content.xml", NULL}, true},
};
enum { SUITES = sizeof suites / sizeof *suites };

const char *ku_parts_kind(const void *bytes, size_t length)
{
    const char *kind = NULL;
    zip_t *zip;
    if (ku_zip_open(bytes, length, &zip, NULL) != KU_OK) return NULL;
    for (size_t i = 0; i < SUITES && kind == NULL; i++) {
        bool there = zip_name_locate(zip, suites[i].mark, 0) >= 0;
        /* "content.xml" alone may be of anything. */
        if (there && suites[i].all) there = zip_name_locate(zip, "mimetype", 0) >= 0;
        if (there) kind = suites[i].kind;
    }
    zip_discard(zip);
    return kind;
}

/* ---- one part ------------------------------------------------------------------------------ */

typedef struct reading {
    XML_Parser parser;
    const struct suite *suite;
    ku_text *out;
    size_t limit;
    bool cut, hostile;
    int depth, text_depth; /* text_depth: of the <t> we are in; 0: none */
} reading;

static const char *local_name(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

static void on_start(void *data, const char *name, const char **attributes)
{
    reading *r = data;
    (void)attributes;
    name = local_name(name);
    if (++r->depth > KU_XML_DEPTH) {
        r->hostile = true;
        XML_StopParser(r->parser, XML_FALSE);
    }
    if (r->text_depth == 0 && strcmp(name, "t") == 0) r->text_depth = r->depth;
    if (strcmp(name, "tab") == 0 || strcmp(name, "br") == 0 || strcmp(name, "cr") == 0 ||
        strcmp(name, "s") == 0 || strcmp(name, "line-break") == 0)
        ku_text_addc(r->out, ' ');
}

static void on_end(void *data, const char *name)
{
    static const char *const ends[] = {"p", "si", "h", "c", "tc", "table-cell"};
    reading *r = data;
    name = local_name(name);
    if (r->text_depth == r->depth) r->text_depth = 0;
    r->depth--;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strcmp(name, ends[i]) == 0) ku_text_addc(r->out, '\n');
}

static void on_text(void *data, const char *text, int length)
{
    reading *r = data;
    if (r->text_depth == 0 && !r->suite->all) return;
    ku_text_addn(r->out, text, (size_t)length);
    if (r->out->length <= r->limit) return;
    r->cut = true;
    XML_StopParser(r->parser, XML_FALSE);
}

static void on_doctype(void *data, const char *name, const char *system, const char *public_id,
                       int has_internal)
{
    reading *r = data;
    (void)name;
    (void)system;
    (void)public_id;
    (void)has_internal;
    r->hostile = true;
    XML_StopParser(r->parser, XML_FALSE);
}

typedef enum outcome { READ_WELL, READ_DAMAGED, READ_TOO_LARGE } outcome;

static outcome read_stream(reading *r, zip_file_t *file, uint64_t limit)
{
    uint64_t unpacked = 0;
    for (;;) {
        void *buffer = XML_GetBuffer(r->parser, CHUNK);
        zip_int64_t got = buffer != NULL ? zip_fread(file, buffer, CHUNK) : -1;
        if (got < 0) return READ_DAMAGED;
        unpacked += (uint64_t)got;
        if (unpacked > limit) return READ_TOO_LARGE;
        enum XML_Status parsed = XML_ParseBuffer(r->parser, (int)got, got == 0);
        if (r->cut || r->hostile) return READ_WELL;
        if (parsed != XML_STATUS_OK) return READ_DAMAGED;
        if (got == 0) return READ_WELL;
    }
}

static outcome read_part(reading *r, zip_t *zip, zip_uint64_t index)
{
    zip_stat_t info;
    if (zip_stat_index(zip, index, 0, &info) != 0) return READ_DAMAGED;
    uint64_t packed = (info.valid & ZIP_STAT_COMP_SIZE) != 0 ? info.comp_size : 0;
    uint64_t limit = packed * KU_ZIP_RATIO;
    if (limit < KU_ZIP_RATIO_FROM) limit = KU_ZIP_RATIO_FROM;
    if (limit > KU_ZIP_PART_BYTES) limit = KU_ZIP_PART_BYTES;
    zip_file_t *file = zip_fopen_index(zip, index, 0);
    if (file == NULL) return READ_DAMAGED;
    r->parser = XML_ParserCreate(NULL);
    r->depth = r->text_depth = 0;
    outcome how = READ_DAMAGED;
    if (r->parser != NULL) {
        XML_SetUserData(r->parser, r);
        XML_SetElementHandler(r->parser, on_start, on_end);
        XML_SetCharacterDataHandler(r->parser, on_text);
        XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
        how = read_stream(r, file, limit);
        XML_ParserFree(r->parser);
    }
    zip_fclose(file);
    return how;
}

/* ---- the file -------------------------------------------------------------------------------- */

static bool has_words(const struct suite *suite, const char *name)
{
    for (const char *const *part = suite->parts; *part != NULL; part++)
        if (ku_text_starts(name, *part) && ku_text_ends(name, ".xml")) return true;
    return false;
}

static ku_status read_parts(reading *r, zip_t *zip, const char **note, ku_error *err)
{
    zip_int64_t count = zip_get_num_entries(zip, 0);
    for (zip_int64_t i = 0; i < count && !r->cut; i++) {
        const char *name = zip_get_name(zip, (zip_uint64_t)i, 0);
        if (name == NULL || !has_words(r->suite, name)) continue;
        outcome how = read_part(r, zip, (zip_uint64_t)i);
        if (r->hostile)
            return ku_error_set(err, KU_BAD_DATA, "file",
                                "the document is built as no office program writes it (%.60s); it "
                                "is not taken in",
                                name);
        if (how == READ_TOO_LARGE)
            return ku_error_set(err, KU_TOO_LARGE, "file",
                                "the file unpacks to more than any real document does; it is not "
                                "taken in");
        if (how == READ_DAMAGED) *note = "the file is damaged or protected by a password";
        ku_text_addc(r->out, '\n');
    }
    return KU_OK;
}

ku_status ku_words_parts(const char *kind, const void *bytes, size_t length,
                         const ku_words_limits *limits, ku_text *out, bool *cut, const char **note,
                         ku_error *err)
{
    zip_t *zip;
    reading r = {.out = out, .limit = limits->text_bytes};
    for (size_t i = 0; i < SUITES; i++)
        if (strcmp(suites[i].kind, kind) == 0) r.suite = &suites[i];
    ku_status status = ku_zip_open(bytes, length, &zip, err);
    if (status == KU_NOT_FOUND) {
        *note = "the file is damaged";
        return KU_OK;
    }
    KU_TRY(status);
    status = read_parts(&r, zip, note, err);
    zip_discard(zip);
    *cut = r.cut;
    return status;
}
