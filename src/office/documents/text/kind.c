/* kind.c - telling a file's kind by its bytes, and refusing what may not be kept. */
#include "office/documents/text/kind.h"

#include <string.h>

#include "base/text.h"
#include "office/documents/text/text_internal.h"

enum { NAME_MAX_CHARACTERS = 200, LOOK_AHEAD = 4096 };

static const ku_content_kind kinds[] = {
    {"bytes", "application/octet-stream", "File", KU_WORDS_NONE, false},
    {"text", "text/plain; charset=utf-8", "Text", KU_WORDS_PLAIN, false},
    {"html", "text/html; charset=utf-8", "Web page", KU_WORDS_MARKUP, false},
    {"xml", "application/xml", "XML", KU_WORDS_MARKUP, false},
    {"svg", "image/svg+xml", "SVG picture", KU_WORDS_MARKUP, false},
    {"pdf", "application/pdf", "PDF document", KU_WORDS_PDF, false},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
     "Word document", KU_WORDS_PARTS, false},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel workbook",
     KU_WORDS_PARTS, false},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation",
     "PowerPoint presentation", KU_WORDS_PARTS, false},
    {"odt", "application/vnd.oasis.opendocument.text", "OpenDocument text", KU_WORDS_PARTS, false},
    {"zip", "application/zip", "Zip archive", KU_WORDS_NONE, false},
    {"gzip", "application/gzip", "Packed file", KU_WORDS_NONE, false},
    {"ole", "application/x-ole-storage", "Older Office document", KU_WORDS_NONE, false},
    {"rtf", "application/rtf", "Rich text", KU_WORDS_NONE, false},
    {"png", "image/png", "Picture", KU_WORDS_NONE, false},
    {"jpeg", "image/jpeg", "Picture", KU_WORDS_NONE, false},
    {"gif", "image/gif", "Picture", KU_WORDS_NONE, false},
    {"webp", "image/webp", "Picture", KU_WORDS_NONE, false},
    {"tiff", "image/tiff", "Picture", KU_WORDS_NONE, false},
    {"elf", "application/octet-stream", "Program", KU_WORDS_NONE, true},
    {"exe", "application/octet-stream", "Program", KU_WORDS_NONE, true},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const struct beginning {
    const char *bytes;
    size_t length, at;
    const char *kind;
} beginnings[] = {
    {"%PDF-", 5, 0, "pdf"},
    {"PK\3\4", 4, 0, "zip"},
    {"PK\5\6", 4, 0, "zip"},
    {"\x1f\x8b", 2, 0, "gzip"},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, 0, "ole"},
    {"{\\rtf", 5, 0, "rtf"},
    {"\x89PNG\r\n\x1a\n", 8, 0, "png"},
    {"\xff\xd8\xff", 3, 0, "jpeg"},
    {"GIF87a", 6, 0, "gif"},
    {"GIF89a", 6, 0, "gif"},
    {"WEBP", 4, 8, "webp"},
    {"II*\0", 4, 0, "tiff"},
    {"MM\0*", 4, 0, "tiff"},
    {"\x7f"
     "ELF",
     4, 0, "elf"},
    {"MZ", 2, 0, "exe"},
};

const ku_content_kind *ku_content_kind_find(const char *name)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
    return &kinds[0];
}

/* ---- texts and markup -------------------------------------------------------------------- */

static bool begins(ku_span text, const char *word)
{
    size_t length = strlen(word);
    if (text.length < length) return false;
    for (size_t i = 0; i < length; i++)
        if (ku_char_lower(text.at[i]) != word[i]) return false;
    return true;
}

static bool holds(ku_span text, const char *word)
{
    size_t most = text.length < LOOK_AHEAD ? text.length : LOOK_AHEAD;
    for (size_t i = 0; i < most; i++)
        if (begins((ku_span){text.at + i, text.length - i}, word)) return true;
    return false;
}

/* Behind white space and a byte order mark. */
static ku_span first_words(const char *bytes, size_t length)
{
    ku_span text = {bytes, length};
    if (begins(text, "\xef\xbb\xbf")) text = (ku_span){bytes + 3, length - 3};
    while (text.length > 0 && strchr(" \t\r\n\f", *text.at) != NULL && *text.at != '\0') {
        text.at++;
        text.length--;
    }
    return text;
}

static const char *markup_kind(ku_span text)
{
    static const char *const pages[] = {"<!doctype html", "<html", "<head", "<body", "<script"};
    if (text.length == 0 || *text.at != '<') return NULL;
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (begins(text, pages[i])) return "html";
    bool declared = begins(text, "<?xml") || begins(text, "<!--") || begins(text, "<!doctype");
    if (begins(text, "<svg") || (declared && holds(text, "<svg"))) return "svg";
    if (declared) return holds(text, "<html") ? "html" : "xml";
    return NULL;
}

static bool has_utf16_mark(const unsigned char *b, size_t length)
{
    return length >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff));
}

/* Letters and the few control characters that texts have. */
static bool is_text(const unsigned char *bytes, size_t length)
{
    if (length == 0) return false;
    if (has_utf16_mark(bytes, length)) return true;
    for (size_t i = 0; i < length; i++)
        if (bytes[i] < 0x20 && strchr("\t\r\n\f\x1b", bytes[i]) == NULL) return false;
    return memchr(bytes, '\0', length) == NULL;
}

const ku_content_kind *ku_content_kind_of(const void *content, size_t length)
{
    const char *bytes = content;
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        const struct beginning *b = &beginnings[i];
        if (length < b->at + b->length || memcmp(bytes + b->at, b->bytes, b->length) != 0) continue;
        if (strcmp(b->kind, "webp") == 0 && memcmp(bytes, "RIFF", 4) != 0) continue;
        /* "MZ" may begin a text too; a program has bytes that no text has. */
        if (strcmp(b->kind, "exe") == 0 && is_text(content, length)) continue;
        const char *parts = strcmp(b->kind, "zip") == 0 ? ku_parts_kind(bytes, length) : NULL;
        return ku_content_kind_find(parts != NULL ? parts : b->kind);
    }
    if (!is_text(content, length)) return &kinds[0];
    const char *markup = markup_kind(first_words(bytes, length));
    return ku_content_kind_find(markup != NULL ? markup : "text");
}

/* ---- refusing ---------------------------------------------------------------------------- */

ku_status ku_content_check(const ku_content_kind *kind, const void *bytes, size_t length,
                           ku_error *err)
{
    if (kind->program)
        return ku_error_set(err, KU_BAD_DATA, "file",
                            "this is a program, not a document; it is not taken in");
    if (strcmp(kind->name, "svg") == 0 || strcmp(kind->name, "xml") == 0)
        return ku_xml_check_still(bytes, length, err);
    if (strcmp(kind->name, "zip") != 0 && kind->way != KU_WORDS_PARTS) return KU_OK;
    zip_t *zip;
    ku_status status = ku_zip_open(bytes, length, &zip, err);
    if (status == KU_OK) zip_discard(zip);
    return status == KU_NOT_FOUND ? KU_OK : status;
}

static ku_status bad_name(ku_error *err, const char *what)
{
    return ku_error_set(err, KU_BAD_DATA, "name", "the file's name %s", what);
}

ku_status ku_content_name_check(const char *name, ku_error *err)
{
    size_t length = strlen(name);
    ku_span trimmed = ku_text_trim(name, length);
    if (trimmed.length == 0) return bad_name(err, "is empty");
    if (trimmed.length != length) return bad_name(err, "begins or ends with white space");
    if (!ku_utf8_valid(name, length, NULL)) return bad_name(err, "is not UTF-8 text");
    if (ku_utf8_count(name, length) > NAME_MAX_CHARACTERS)
        return bad_name(err, "is longer than 200 characters");
    if (strchr(name, '/') != NULL || strchr(name, '\\') != NULL)
        return bad_name(err, "names a folder; give the name alone");
    if (*name == '.') return bad_name(err, "begins with a dot");
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < 0x20 || strchr("<>:\"|?*\x7f", name[i]) != NULL)
            return bad_name(err, "holds a character that names may not have");
    return KU_OK;
}
