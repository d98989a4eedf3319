/* docx.h - a plain Word document made of lines. The bytes live in the arena. */
#ifndef KU_DEMO_DOCX_H
#define KU_DEMO_DOCX_H

#include "kemudi/arena.h"

/* Each line of `text` is a paragraph, the first of them the title. */
ku_status ku_demo_docx(const char *text, ku_arena *arena, const void **bytes, size_t *length,
                       ku_error *err);

#endif
