/* column.c - growing columns and the owners of frames. */
#include "frames/column.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64 };

/* ---- buffers -------------------------------------------------------------------- */

/* `copied` bytes of `from`, then zeros. */
static void *aligned_copy(size_t bytes, const void *from, size_t copied)
{
    size_t size = bytes == 0 ? ALIGN : (bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (size < bytes) return NULL;
    char *p = aligned_alloc(ALIGN, size);
    if (p == NULL) return NULL;
    if (copied > 0) memcpy(p, from, copied);
    memset(p + copied, 0, size - copied);
    return p;
}

bool ku_bytes_reserve(ku_bytes *bytes, size_t more)
{
    if (more <= bytes->capacity - bytes->length) return true;
    if (more > SIZE_MAX / 4 || bytes->capacity > SIZE_MAX / 4) return false;
    size_t wanted = bytes->length + more, capacity = bytes->capacity + bytes->capacity / 2;
    if (capacity < wanted) capacity = wanted;
    if (capacity < 1024) capacity = 1024;
    uint8_t *at = aligned_copy(capacity, bytes->at, bytes->length);
    if (at == NULL) return false;
    free(bytes->at);
    bytes->at = at;
    bytes->capacity = capacity;
    return true;
}

void ku_bytes_clear(ku_bytes *bytes)
{
    free(bytes->at);
    *bytes = (ku_bytes){0};
}

/* ---- dictionary ------------------------------------------------------------------- */

/* FNV-1a over 8 bytes at a time with a final mix: short strings, no adversary who gains
 * more than slowness. */
static uint32_t hash_of(const char *text, size_t length)
{
    uint64_t h = 0xcbf29ce484222325u ^ length;
    for (; length >= 8; text += 8, length -= 8) {
        uint64_t eight;
        memcpy(&eight, text, 8);
        h = (h ^ eight) * 0x100000001b3u;
        h ^= h >> 29;
    }
    for (; length > 0; text++, length--) h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    h ^= h >> 32;
    h *= 0x9fb21c651e98df25u;
    return (uint32_t)(h >> 32);
}

static const int32_t *offsets_of(const ku_words *words)
{
    return (const int32_t *)(const void *)words->offsets.at;
}

static bool widen(ku_words *words)
{
    size_t slots = words->slots == 0 ? 64 : words->slots * 2;
    uint32_t *slot = calloc(slots, sizeof *slot), *hash = malloc(slots * sizeof *hash);
    if (slot == NULL || hash == NULL) {
        free(slot);
        free(hash);
        return false;
    }
    for (size_t i = 0; i < words->slots; i++) {
        if (words->slot[i] == 0) continue;
        size_t at = words->hash[i] & (slots - 1);
        while (slot[at] != 0) at = (at + 1) & (slots - 1);
        slot[at] = words->slot[i];
        hash[at] = words->hash[i];
    }
    free(words->slot);
    free(words->hash);
    words->slot = slot;
    words->hash = hash;
    words->slots = slots;
    return true;
}

static bool append_offset(ku_words *words, int32_t offset)
{
    if (!ku_bytes_reserve(&words->offsets, sizeof offset)) return false;
    memcpy(words->offsets.at + words->offsets.length, &offset, sizeof offset);
    words->offsets.length += sizeof offset;
    return true;
}

static int32_t append_word(ku_words *words, const char *text, size_t length)
{
    if (words->size == INT32_MAX || length > (size_t)INT32_MAX - words->text.length) return -1;
    if (words->size == 0 && words->offsets.length == 0 && !append_offset(words, 0)) return -1;
    if (!ku_bytes_reserve(&words->text, length + 1)) return -1;
    if (length > 0) memcpy(words->text.at + words->text.length, text, length);
    words->text.length += length;
    if (!append_offset(words, (int32_t)words->text.length)) {
        words->text.length -= length;
        return -1;
    }
    return words->size++;
}

static bool is_word(const ku_words *words, int32_t code, const char *text, size_t length)
{
    const int32_t *offset = offsets_of(words) + code;
    return (size_t)(offset[1] - offset[0]) == length &&
           (length == 0 || memcmp(words->text.at + offset[0], text, length) == 0);
}

int32_t ku_words_code(ku_words *words, const char *text, size_t length)
{
    if ((size_t)words->size * 2 >= words->slots && !widen(words)) return -1;
    uint32_t hash = hash_of(text, length);
    size_t at = hash & (words->slots - 1);
    for (; words->slot[at] != 0; at = (at + 1) & (words->slots - 1))
        if (words->hash[at] == hash && is_word(words, (int32_t)(words->slot[at] - 1), text, length))
            return (int32_t)(words->slot[at] - 1);
    int32_t code = append_word(words, text, length);
    if (code < 0) return -1;
    words->slot[at] = (uint32_t)code + 1;
    words->hash[at] = hash;
    return code;
}

void ku_words_clear(ku_words *words)
{
    ku_bytes_clear(&words->offsets);
    ku_bytes_clear(&words->text);
    free(words->slot);
    free(words->hash);
    *words = (ku_words){0};
}

/* ---- growing ------------------------------------------------------------------------ */

void ku_grow_init(ku_grow *grow, ku_type type)
{
    *grow = (ku_grow){.type = type, .last_code = -1};
}

void ku_grow_clear(ku_grow *grow)
{
    ku_bytes_clear(&grow->values);
    ku_bytes_clear(&grow->validity);
    ku_words_clear(&grow->words);
}

static size_t width_of(ku_type type)
{
    switch (type) {
    case KU_INT64:
    case KU_TIMESTAMP:
    case KU_DOUBLE:
        return 8;
    case KU_DATE:
    case KU_TEXT:
        return 4;
    default:
        return 0; /* bits */
    }
}

size_t ku_values_size(ku_type type, int64_t rows)
{
    return type == KU_BOOL ? ku_bits_size(rows) : (size_t)rows * width_of(type);
}

/* Counts the row as present or missing; the value itself is in place (or zero) already. */
static void count_row(ku_grow *grow, bool present)
{
    int64_t row = grow->rows;
    if (!present && grow->nulls == 0) { /* the first null: all rows before are present */
        size_t size = ku_bits_size(row + 1);
        if (!ku_bytes_reserve(&grow->validity, size)) {
            grow->failed = true;
            return;
        }
        memset(grow->validity.at, 0xFF, (size_t)(row / 8));
        if (row % 8 != 0) grow->validity.at[row / 8] = (uint8_t)((1u << (row % 8)) - 1);
        grow->validity.length = size;
    } else if (grow->nulls > 0 && row % 8 == 0) {
        if (!ku_bytes_reserve(&grow->validity, 1)) {
            grow->failed = true;
            return;
        }
        grow->validity.length++;
    }
    if (!present)
        grow->nulls++;
    else if (grow->nulls > 0)
        grow->validity.at[row / 8] |= (uint8_t)(1u << (row % 8));
    grow->rows++;
}

static void append_value(ku_grow *grow, const void *value, bool present)
{
    size_t width = width_of(grow->type);
    if (grow->failed) return;
    if (!ku_bytes_reserve(&grow->values, width)) {
        grow->failed = true;
        return;
    }
    if (width > 0) memcpy(grow->values.at + grow->values.length, value, width); /* 0: unsettled */
    grow->values.length += width;
    count_row(grow, present);
}

static void append_bit(ku_grow *grow, bool value, bool present)
{
    if (grow->failed) return;
    if (grow->rows % 8 == 0) {
        if (!ku_bytes_reserve(&grow->values, 1)) {
            grow->failed = true;
            return;
        }
        grow->values.length++;
    }
    if (value) grow->values.at[grow->rows / 8] |= (uint8_t)(1u << (grow->rows % 8));
    count_row(grow, present);
}

void ku_grow_null(ku_grow *grow)
{
    static const int64_t zero = 0;
    if (grow->type == KU_BOOL)
        append_bit(grow, false, false);
    else
        append_value(grow, &zero, false);
}

void ku_grow_i64(ku_grow *grow, int64_t value)
{
    assert(grow->type == KU_INT64 || grow->type == KU_TIMESTAMP);
    append_value(grow, &value, true);
}

void ku_grow_f64(ku_grow *grow, double value)
{
    assert(grow->type == KU_DOUBLE);
    if (isnan(value))
        ku_grow_null(grow);
    else
        append_value(grow, &value, true);
}

void ku_grow_i32(ku_grow *grow, int32_t value)
{
    assert(grow->type == KU_DATE);
    append_value(grow, &value, true);
}

void ku_grow_bool(ku_grow *grow, bool value)
{
    assert(grow->type == KU_BOOL);
    append_bit(grow, value, true);
}

void ku_grow_code(ku_grow *grow, int32_t code)
{
    assert(grow->type == KU_TEXT && code >= 0 && code < grow->words.size);
    append_value(grow, &code, true);
}

void ku_grow_text(ku_grow *grow, const char *text, size_t length)
{
    assert(grow->type == KU_TEXT);
    if (grow->last_code < 0 || !is_word(&grow->words, grow->last_code, text, length))
        grow->last_code = ku_words_code(&grow->words, text, length);
    if (grow->last_code < 0)
        grow->failed = true;
    else
        ku_grow_code(grow, grow->last_code);
}

/* ---- owners ------------------------------------------------------------------------- */

struct ku_owner {
    void **block;
    size_t count, capacity;
};

ku_owner *ku_owner_new(void)
{
    return calloc(1, sizeof(ku_owner));
}

void ku_owner_free(ku_owner *owner)
{
    if (owner == NULL) return;
    for (size_t i = 0; i < owner->count; i++) free(owner->block[i]);
    free(owner->block);
    free(owner);
}

bool ku_owner_take(ku_owner *owner, void *block)
{
    if (owner->count == owner->capacity) {
        size_t capacity = owner->capacity == 0 ? 16 : owner->capacity * 2;
        void **grown = realloc(owner->block, capacity * sizeof *grown);
        if (grown == NULL) {
            free(block);
            return false;
        }
        owner->block = grown;
        owner->capacity = capacity;
    }
    owner->block[owner->count++] = block;
    return true;
}

void *ku_owner_alloc(ku_owner *owner, size_t bytes)
{
    void *block = aligned_copy(bytes, NULL, 0);
    return block != NULL && ku_owner_take(owner, block) ? block : NULL;
}

char *ku_owner_strdup(ku_owner *owner, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = ku_owner_alloc(owner, size);
    if (copy != NULL) memcpy(copy, text, size);
    return copy;
}

/* Moves a buffer to the owner. A buffer never filled becomes one of zeros, so that a
 * column's pointers are never NULL. */
static const void *give(ku_owner *owner, ku_bytes *bytes)
{
    void *at = bytes->at;
    *bytes = (ku_bytes){0};
    if (at == NULL) return ku_owner_alloc(owner, sizeof(int64_t));
    return ku_owner_take(owner, at) ? at : NULL;
}

bool ku_grow_finish(ku_grow *grow, ku_owner *owner, const char *name, ku_column *column)
{
    if (grow->failed) return false;
    *column = (ku_column){.name = ku_owner_strdup(owner, name),
                          .type = grow->type,
                          .rows = grow->rows,
                          .nulls = grow->nulls,
                          .as.data = give(owner, &grow->values)};
    bool whole = column->name != NULL && column->as.data != NULL;
    if (grow->nulls > 0) {
        column->validity = give(owner, &grow->validity);
        whole = whole && column->validity != NULL;
    }
    if (grow->type == KU_TEXT) {
        column->dictionary.size = grow->words.size;
        column->dictionary.offset = give(owner, &grow->words.offsets);
        column->dictionary.bytes = give(owner, &grow->words.text);
        whole = whole && column->dictionary.offset != NULL && column->dictionary.bytes != NULL;
    }
    ku_grow_clear(grow);
    return whole;
}

static void release_owner(void *owner)
{
    ku_owner_free(owner);
}

ku_frame *ku_frame_over(ku_owner *owner, const char *name, int64_t rows, const ku_column *columns,
                        size_t count)
{
    ku_frame *frame = calloc(1, sizeof *frame);
    ku_column *copy = ku_owner_alloc(owner, count * sizeof *columns);
    char *own_name = ku_owner_strdup(owner, name);
    if (frame == NULL || copy == NULL || own_name == NULL) {
        free(frame);
        ku_owner_free(owner);
        return NULL;
    }
    if (count > 0) memcpy(copy, columns, count * sizeof *columns);
    *frame = (ku_frame){.name = own_name,
                        .rows = rows,
                        .columns = (int32_t)count,
                        .column = copy,
                        .owner = owner,
                        .release = release_owner};
    return frame;
}
