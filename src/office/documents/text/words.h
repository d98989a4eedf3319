/* words.h - the words of a file, for search: taken out of PDF, Word, Excel, PowerPoint and
 * OpenDocument files, web pages and plain text. The words live in the caller's arena. */
#ifndef KU_OFFICE_DOCUMENTS_TEXT_WORDS_H
#define KU_OFFICE_DOCUMENTS_TEXT_WORDS_H

#include <stdint.h>

#include "kemudi/arena.h"
#include "office/documents/text/kind.h"

typedef struct ku_words_limits {
    size_t text_bytes;     /* 0: 4 MiB; what is beyond is left out */
    double seconds;        /* of the reader of PDF; 0: 20 */
    uint64_t memory;       /* of the reader of PDF, bytes; 0: 1 GiB */
    const char *pdftotext; /* the program; NULL: where Debian puts it */
} ku_words_limits;

typedef struct ku_words {
    const ku_content_kind *kind;
    const char *text; /* UTF-8; NULL when there is none */
    size_t length;
    bool cut;         /* there was more than the limit */
    const char *note; /* why there is no text, in a sentence; NULL when there is */
} ku_words;

/* Checks the file (ku_content_check) and takes its words out. A damaged or protected file is
 * no error: it has no words and `note` says why. `limits` may be NULL. */
ku_status ku_words_take(const void *bytes, size_t length, const ku_words_limits *limits,
                        ku_arena *arena, ku_words *words, ku_error *err);

#endif
