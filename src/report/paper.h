/* paper.h - a paper of several A4 pages as PDF: headings, paragraphs, named values, tables,
 * lines to sign on. What is added runs on from page to page; every page bears the title and
 * its number. The ku_paper is the caller's; the finished bytes live in the arena given. */
#ifndef KU_REPORT_PAPER_H
#define KU_REPORT_PAPER_H

#include <stddef.h>

#include "kemudi/arena.h"

typedef struct ku_paper ku_paper;

#define KU_PAPER_COLUMNS 8

/* `title` stands at the foot of each page and in the file's properties. */
ku_status ku_paper_new(const char *title, ku_paper **paper, ku_error *err);
void ku_paper_free(ku_paper *paper); /* NULL is allowed */

void ku_paper_heading(ku_paper *paper, int level, const char *text); /* 1, 2 or 3 */
/* Lines of text; an empty line parts paragraphs. */
void ku_paper_text(ku_paper *paper, const char *text);
/* "Number    ORD-2026-001" */
void ku_paper_field(ku_paper *paper, const char *label, const char *value);
/* A line under which the name stands, for a signature by hand; `note` to its right. */
void ku_paper_signature(ku_paper *paper, const char *name, const char *note);
void ku_paper_space(ku_paper *paper, double points);

/* A table: its columns with their shares of the width, then rows of as many cells (NULL:
 * empty). The head is repeated on every page. */
void ku_paper_table(ku_paper *paper, size_t columns, const char *const *heads,
                    const double *shares);
void ku_paper_row(ku_paper *paper, const char *const *cells);

/* The whole of it; nothing may be added after. */
ku_status ku_paper_finish(ku_paper *paper, ku_arena *arena, void **bytes, size_t *length,
                          ku_error *err);

#endif
