/* kind.h - what a file is, told by its bytes: never by its name, which a stranger chose. Kinds
 * are constants; functions own nothing. */
#ifndef KU_OFFICE_DOCUMENTS_TEXT_KIND_H
#define KU_OFFICE_DOCUMENTS_TEXT_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "kemudi/error.h"

/* How a kind's words are taken out. */
typedef enum ku_words_way {
    KU_WORDS_NONE,
    KU_WORDS_PLAIN,  /* it is text */
    KU_WORDS_MARKUP, /* text between tags */
    KU_WORDS_PARTS,  /* XML parts within a zip file */
    KU_WORDS_PDF     /* by pdftotext */
} ku_words_way;

typedef struct ku_content_kind {
    const char *name;  /* "pdf" */
    const char *media; /* "application/pdf" */
    const char *title; /* "PDF document" */
    ku_words_way way;
    bool program; /* would run when opened; not taken in */
} ku_content_kind;

/* Never NULL: what is known as nothing else is "bytes". */
const ku_content_kind *ku_content_kind_of(const void *bytes, size_t length);
/* By the name of the kind, as it is stored; "bytes" for an unknown one. */
const ku_content_kind *ku_content_kind_find(const char *name);

/* Refuses what may not be kept as a document: a program, a picture (SVG) that carries a
 * script, a zip file that unpacks without end or whose parts are named out of their folder.
 * KU_BAD_DATA, KU_TOO_LARGE. */
ku_status ku_content_check(const ku_content_kind *kind, const void *bytes, size_t length,
                           ku_error *err);

/* A file's name as it may be kept: no folder, no control character, not hidden, at most 200
 * characters of UTF-8. KU_BAD_DATA with "name" as the place. */
ku_status ku_content_name_check(const char *name, ku_error *err);

#endif
