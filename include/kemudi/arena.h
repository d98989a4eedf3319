/* arena.h - memory that lives as long as one job or one request and is freed at
 * once. The arena owns everything allocated from it; nothing is freed singly.
 * One arena belongs to one thread at a time. */
#ifndef KEMUDI_ARENA_H
#define KEMUDI_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "kemudi/error.h"

typedef struct ku_arena ku_arena;

/* A new arena, or NULL when there is no memory. `ku_arena_free(NULL)` is safe. */
ku_arena *ku_arena_new(void);
void ku_arena_free(ku_arena *arena);
/* Forgets every allocation, keeps one block for the next job. */
void ku_arena_reset(ku_arena *arena);
/* Bytes handed out since creation or reset. */
size_t ku_arena_used(const ku_arena *arena);

/* Memory aligned to 64 bytes for sizes of 64 and more, else to 16; zeroed for
 * `_zero`. Never returns NULL: an exhausted machine ends the process (the worker's
 * death is contained and reported by its parent), as small requests cannot fail
 * usefully. `ku_arena_try` returns NULL instead: use it for sizes that data decide. */
void *ku_arena_alloc(ku_arena *arena, size_t bytes);
void *ku_arena_zero(ku_arena *arena, size_t bytes);
void *ku_arena_try(ku_arena *arena, size_t bytes);
/* count * size with an overflow check; zeroed. */
void *ku_arena_array(ku_arena *arena, size_t count, size_t size);

char *ku_arena_strdup(ku_arena *arena, const char *text);
char *ku_arena_strndup(ku_arena *arena, const char *text, size_t length);
char *ku_arena_printf(ku_arena *arena, const char *format, ...) KU_PRINTF(2, 3);
char *ku_arena_vprintf(ku_arena *arena, const char *format, va_list args) KU_PRINTF(2, 0);

#define KU_NEW(arena, type)          ((type *)ku_arena_zero((arena), sizeof(type)))
#define KU_ARRAY(arena, count, type) ((type *)ku_arena_array((arena), (count), sizeof(type)))

#endif
