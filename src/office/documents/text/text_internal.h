/* text_internal.h - what the readers of files share. Nothing here is owned by a reader: the
 * bytes are the caller's, words go to the caller's ku_text. */
#ifndef KU_OFFICE_DOCUMENTS_TEXT_TEXT_INTERNAL_H
#define KU_OFFICE_DOCUMENTS_TEXT_TEXT_INTERNAL_H

#include <zip.h>

#include "base/text.h"
#include "office/documents/text/words.h"

/* A file of an office suite stays far below these. */
#define KU_ZIP_ENTRIES    10000
#define KU_ZIP_PART_BYTES (UINT64_C(256) << 20) /* one part, unpacked */
#define KU_ZIP_ALL_BYTES  (UINT64_C(2) << 30)   /* all parts, as they say of themselves */
#define KU_ZIP_RATIO      200                   /* unpacked to packed, of sizes above: */
#define KU_ZIP_RATIO_FROM (UINT64_C(16) << 20)
#define KU_XML_DEPTH      256

/* Opens the bytes as a zip file, checked against the limits above and for names that lead out
 * of a folder; the caller discards it. KU_NOT_FOUND: not a zip file that can be read. */
ku_status ku_zip_open(const void *bytes, size_t length, zip_t **zip, ku_error *err);

/* "docx", "xlsx", "pptx", "odt" by the parts the file holds, else NULL. */
const char *ku_parts_kind(const void *bytes, size_t length);

/* Each adds the words to `out` and stops at limits->text_bytes (*cut then); *note says in a
 * few words, for people, why there are none. */
ku_status ku_words_parts(const char *kind, const void *bytes, size_t length,
                         const ku_words_limits *limits, ku_text *out, bool *cut, const char **note,
                         ku_error *err);
ku_status ku_words_pdf(const void *bytes, size_t length, const ku_words_limits *limits,
                       ku_text *out, bool *cut, const char **note, ku_error *err);
void ku_words_markup(const char *bytes, size_t length, size_t limit, ku_text *out, bool *cut);
/* UTF-8, UTF-16 with its mark, or else taken as ISO 8859-1. */
void ku_words_plain(const char *bytes, size_t length, size_t limit, ku_text *out, bool *cut);

/* An XML picture or text that carries a script, or may fetch or change what it shows. */
ku_status ku_xml_check_still(const char *bytes, size_t length, ku_error *err);

#endif
