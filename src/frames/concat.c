/* concat.c - packing many frames as one, column by column, straight into a file.
 *
 * A packed frame holds its columns one after the other, so each is written when the one
 * before it is done: its dictionary is merged from those of the pieces, its codes are
 * translated block by block. The header comes last, when all places are known. */
#include "frames/concat.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "frames/pack_internal.h"

enum { BLOCK = 1 << 16 }; /* rows translated at a time */

typedef struct merger {
    const ku_frame *const *pieces;
    size_t count;
    int64_t rows;
    int fd;
    uint64_t at; /* how far the file is written */
    ku_error *err;
} merger;

/* What becomes of the texts of one column. */
typedef struct texts {
    ku_words words;
    int32_t **code; /* by piece: the new code of each old one */
} texts;

static ku_status no_memory(const merger *m)
{
    return ku_error_set(m->err, KU_NO_MEMORY, NULL, "no memory to join the parts of a table");
}

/* ---- the file ------------------------------------------------------------------------- */

static ku_status put(merger *m, const void *bytes, size_t length)
{
    KU_TRY(ku_write_all(m->fd, bytes, length, "scratch file", m->err));
    m->at += length;
    return KU_OK;
}

/* Ends a part that began at p->offset. */
static ku_status end_part(merger *m, ku_packed_part *p)
{
    static const char zeros[KU_PACK_ALIGN];
    p->length = m->at - p->offset;
    return put(m, zeros, (size_t)(-m->at % KU_PACK_ALIGN));
}

static ku_status put_part(merger *m, const void *bytes, size_t length, ku_packed_part *p)
{
    p->offset = m->at;
    KU_TRY(put(m, bytes, length));
    return end_part(m, p);
}

/* ---- bits ------------------------------------------------------------------------------ */

static bool bit(const uint8_t *bits, int64_t row)
{
    return bits[row >> 3] >> (row & 7) & 1;
}

/* The validity of all rows, or with `values` the column's booleans (false under a null). */
static ku_status put_bits(merger *m, int32_t column, bool values, ku_packed_part *p)
{
    uint8_t *bits = calloc(ku_bits_size(m->rows) + 1, 1);
    if (bits == NULL) return no_memory(m);
    int64_t at = 0;
    for (size_t i = 0; i < m->count; i++) {
        const ku_column *c = &m->pieces[i]->column[column];
        for (int64_t row = 0; row < c->rows; row++, at++)
            if (ku_column_valid(c, row) && (!values || bit(c->as.bits, row)))
                bits[at >> 3] |= (uint8_t)(1u << (at & 7));
    }
    ku_status status = put_part(m, bits, ku_bits_size(m->rows), p);
    free(bits);
    return status;
}

/* ---- numbers and codes ------------------------------------------------------------------ */

static void translate(const ku_column *c, int64_t from, int64_t rows, const int32_t *code,
                      int32_t *to)
{
    for (int64_t i = 0; i < rows; i++)
        to[i] = ku_column_valid(c, from + i) ? code[c->as.codes[from + i]] : 0;
}

/* Values of fixed width, zero under a null. */
static void copy_values(const ku_column *c, int64_t from, int64_t rows, char *to)
{
    size_t width = ku_values_size(c->type, 1);
    memcpy(to, (const char *)c->as.data + (size_t)from * width, (size_t)rows * width);
    for (int64_t i = 0; c->nulls > 0 && i < rows; i++)
        if (!ku_column_valid(c, from + i)) memset(to + (size_t)i * width, 0, width);
}

static ku_status put_values(merger *m, int32_t column, const texts *t, ku_packed_part *p)
{
    size_t width = ku_values_size(m->pieces[0]->column[column].type, 1);
    char *block = malloc(BLOCK * width);
    if (block == NULL) return no_memory(m);
    ku_status status = KU_OK;
    p->offset = m->at;
    for (size_t i = 0; i < m->count; i++) {
        const ku_column *c = &m->pieces[i]->column[column];
        for (int64_t from = 0; status == KU_OK && from < c->rows; from += BLOCK) {
            int64_t rows = c->rows - from < BLOCK ? c->rows - from : BLOCK;
            if (c->type == KU_TEXT)
                translate(c, from, rows, t->code[i], (int32_t *)(void *)block);
            else
                copy_values(c, from, rows, block);
            status = put(m, block, (size_t)rows * width);
        }
    }
    free(block);
    return status == KU_OK ? end_part(m, p) : status;
}

/* ---- texts ------------------------------------------------------------------------------- */

static ku_status merge_piece(merger *m, const ku_dictionary *d, texts *t, int32_t **code)
{
    *code = malloc(((size_t)d->size + 1) * sizeof **code);
    if (*code == NULL) return no_memory(m);
    for (int32_t i = 0; i < d->size; i++) {
        int32_t length;
        const char *text = ku_dictionary_at(d, i, &length);
        (*code)[i] = ku_words_code(&t->words, text, (size_t)length);
        if ((*code)[i] < 0)
            return ku_error_set(m->err, KU_LIMIT, NULL,
                                "the joined table has more than 2 GiB of different texts in a "
                                "column, or memory is short");
    }
    return KU_OK;
}

static ku_status merge_texts(merger *m, int32_t column, texts *t)
{
    t->code = calloc(m->count, sizeof *t->code);
    if (t->code == NULL) return no_memory(m);
    for (size_t i = 0; i < m->count; i++)
        KU_TRY(merge_piece(m, &m->pieces[i]->column[column].dictionary, t, &t->code[i]));
    return KU_OK;
}

static void texts_clear(texts *t, size_t count)
{
    for (size_t i = 0; t->code != NULL && i < count; i++) free(t->code[i]);
    free(t->code);
    ku_words_clear(&t->words);
}

static ku_status put_texts(merger *m, const texts *t, ku_packed_column *p)
{
    static const int32_t none = 0;
    bool any = t->words.size > 0;
    KU_TRY(put_part(m, any ? (const void *)t->words.offsets.at : &none,
                    ((size_t)t->words.size + 1) * sizeof none, &p->offsets));
    return put_part(m, t->words.text.at, any ? t->words.text.length : 0, &p->bytes);
}

/* ---- columns ------------------------------------------------------------------------------ */

static ku_status put_column_texts(merger *m, int32_t column, ku_packed_column *p)
{
    texts t = {0};
    ku_status status = merge_texts(m, column, &t);
    if (status == KU_OK) status = put_values(m, column, &t, &p->values);
    if (status == KU_OK) status = put_texts(m, &t, p);
    texts_clear(&t, m->count);
    return status;
}

static ku_status put_column(merger *m, int32_t column, ku_packed_column *p)
{
    const ku_column *first = &m->pieces[0]->column[column];
    p->type = first->type;
    for (size_t i = 0; i < m->count; i++) p->nulls += (uint64_t)m->pieces[i]->column[column].nulls;
    KU_TRY(put_part(m, first->name, strlen(first->name), &p->name));
    p->validity.offset = m->at;
    if (p->nulls > 0) KU_TRY(put_bits(m, column, false, &p->validity));
    if (p->type == KU_TEXT) return put_column_texts(m, column, p);
    return p->type == KU_BOOL ? put_bits(m, column, true, &p->values)
                              : put_values(m, column, NULL, &p->values);
}

static ku_status put_all(merger *m, ku_packed_column *columns)
{
    const ku_frame *first = m->pieces[0];
    ku_packed_header h = {
        .version = KU_PACK_VERSION, .columns = (uint32_t)first->columns, .rows = (uint64_t)m->rows};
    memcpy(h.magic, ku_pack_magic, sizeof ku_pack_magic);
    m->at = ku_packed_table(first->columns);
    if (lseek(m->fd, (off_t)m->at, SEEK_SET) < 0)
        return ku_error_errno(m->err, errno, NULL, "joining the parts of a table");
    KU_TRY(put_part(m, first->name, strlen(first->name), &h.name));
    for (int32_t i = 0; i < first->columns; i++) KU_TRY(put_column(m, i, &columns[i]));
    h.size = m->at;
    if (lseek(m->fd, 0, SEEK_SET) < 0)
        return ku_error_errno(m->err, errno, NULL, "joining the parts of a table");
    KU_TRY(ku_write_all(m->fd, &h, sizeof h, "scratch file", m->err));
    return ku_write_all(m->fd, columns, (size_t)first->columns * sizeof *columns, "scratch file",
                        m->err);
}

static bool same_columns(const ku_frame *a, const ku_frame *b)
{
    if (a->columns != b->columns) return false;
    for (int32_t i = 0; i < a->columns; i++)
        if (a->column[i].type != b->column[i].type ||
            strcmp(a->column[i].name, b->column[i].name) != 0)
            return false;
    return true;
}

static void unmap(void *bytes, size_t length)
{
    munmap(bytes, length);
}

static ku_status map_frame(merger *m, ku_frame **frame)
{
    void *bytes = mmap(NULL, (size_t)m->at, PROT_READ, MAP_SHARED, m->fd, 0);
    if (bytes == MAP_FAILED) return ku_error_errno(m->err, errno, NULL, "reading the joined table");
    return ku_pack_adopt(bytes, (size_t)m->at, unmap, frame, m->err);
}

ku_status ku_frames_concat(const ku_frame *const *pieces, size_t count, int fd, ku_frame **frame,
                           ku_error *err)
{
    assert(count > 0);
    merger m = {.pieces = pieces, .count = count, .fd = fd, .err = err};
    ku_status status = KU_OK;
    for (size_t i = 0; status == KU_OK && i < count; i++) {
        m.rows += pieces[i]->rows;
        if (!same_columns(pieces[0], pieces[i]))
            status = ku_error_set(err, KU_FAULT, pieces[0]->name,
                                  "the parts of a table have different columns");
    }
    ku_packed_column *columns = calloc((size_t)pieces[0]->columns + 1, sizeof *columns);
    if (columns == NULL && status == KU_OK) status = no_memory(&m);
    if (status == KU_OK) status = put_all(&m, columns);
    if (status == KU_OK) status = map_frame(&m, frame);
    free(columns);
    close(fd);
    return status;
}
