/* arena.c - memory in blocks, freed at once.
 *
 * Blocks grow from 64 KiB to 4 MiB, so that a small request costs one block and a large
 * job few. A request larger than a quarter of the next block gets a block of its own,
 * so that it does not waste the rest of the current one. */
#include "kemudi/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_BLOCK = 64 * 1024, LARGEST_BLOCK = 4 * 1024 * 1024, LINE = 64 };

typedef struct block {
    struct block *next;
    size_t size; /* bytes after the header */
    size_t used;
    char pad[LINE - 3 * sizeof(size_t)];
} block;

struct ku_arena {
    block *current; /* the block small requests come from; heads the list */
    size_t used;
    size_t next_size;
};

_Static_assert(sizeof(block) == LINE, "data after the header must be aligned");

static block *block_new(size_t size)
{
    if (size > SIZE_MAX - 2 * LINE) return NULL;
    size = (size + LINE - 1) / LINE * LINE;
    block *b = aligned_alloc(LINE, sizeof(block) + size);
    if (b != NULL) *b = (block){.size = size};
    return b;
}

ku_arena *ku_arena_new(void)
{
    ku_arena *arena = calloc(1, sizeof *arena);
    if (arena != NULL) arena->next_size = FIRST_BLOCK;
    return arena;
}

static void free_blocks(block *b)
{
    while (b != NULL) {
        block *next = b->next;
        free(b);
        b = next;
    }
}

void ku_arena_free(ku_arena *arena)
{
    if (arena == NULL) return;
    free_blocks(arena->current);
    free(arena);
}

void ku_arena_reset(ku_arena *arena)
{
    block *kept = arena->current;
    if (kept != NULL) {
        free_blocks(kept->next);
        kept->next = NULL;
        kept->used = 0;
    }
    arena->used = 0;
}

size_t ku_arena_used(const ku_arena *arena)
{
    return arena->used;
}

static void *take(block *b, size_t bytes, size_t align)
{
    size_t start = (b->used + align - 1) / align * align;
    if (start > b->size || bytes > b->size - start) return NULL;
    b->used = start + bytes;
    return (char *)(b + 1) + start;
}

/* A block for one large request, put behind the current one. */
static void *take_alone(ku_arena *arena, size_t bytes)
{
    block *b = block_new(bytes);
    if (b == NULL) return NULL;
    b->used = bytes;
    if (arena->current != NULL) {
        b->next = arena->current->next;
        arena->current->next = b;
    } else {
        arena->current = b;
    }
    return b + 1;
}

static void *take_from_new(ku_arena *arena, size_t bytes, size_t align)
{
    block *b = block_new(arena->next_size);
    if (b == NULL) return NULL;
    if (arena->next_size < LARGEST_BLOCK) arena->next_size *= 2;
    b->next = arena->current;
    arena->current = b;
    return take(b, bytes, align);
}

void *ku_arena_try(ku_arena *arena, size_t bytes)
{
    if (bytes == 0) bytes = 1;
    size_t align = bytes >= LINE ? LINE : 16;
    void *p = arena->current != NULL ? take(arena->current, bytes, align) : NULL;
    if (p == NULL)
        p = bytes > arena->next_size / 4 ? take_alone(arena, bytes)
                                         : take_from_new(arena, bytes, align);
    if (p != NULL) arena->used += bytes;
    return p;
}

static _Noreturn void out_of_memory(void)
{
    static const char text[] = "kemudi: out of memory\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    _exit(ku_status_exit(KU_NO_MEMORY));
}

void *ku_arena_alloc(ku_arena *arena, size_t bytes)
{
    void *p = ku_arena_try(arena, bytes);
    if (p == NULL) out_of_memory();
    return p;
}

void *ku_arena_zero(ku_arena *arena, size_t bytes)
{
    return memset(ku_arena_alloc(arena, bytes), 0, bytes);
}

void *ku_arena_array(ku_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) out_of_memory();
    return ku_arena_zero(arena, bytes);
}

char *ku_arena_strdup(ku_arena *arena, const char *text)
{
    return ku_arena_strndup(arena, text, strlen(text));
}

char *ku_arena_strndup(ku_arena *arena, const char *text, size_t length)
{
    length = strnlen(text, length);
    char *copy = ku_arena_alloc(arena, length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *ku_arena_vprintf(ku_arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) return ku_arena_strdup(arena, "");
    char *text = ku_arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, args);
    return text;
}

char *ku_arena_printf(ku_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = ku_arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}
