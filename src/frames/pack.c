/* pack.c - a frame as one stretch of bytes.
 *
 * Writing lays the parts out one after the other; a first pass finds their places, so
 * size and writing cannot disagree. Reading trusts nothing: after ku_pack_view has passed
 * a frame, every access the frame's users can make stays inside the bytes. */
#include "frames/pack.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "frames/pack_internal.h"

/* ---- writing ---------------------------------------------------------------------------- */

/* Where the next part goes; `to` is NULL while places are only counted. */
typedef struct writer {
    char *to;
    uint64_t at;
} writer;

static ku_packed_part put(writer *w, const void *bytes, size_t length)
{
    ku_packed_part p = {w->at, length};
    uint64_t padded = (length + KU_PACK_ALIGN - 1) / KU_PACK_ALIGN * KU_PACK_ALIGN;
    if (w->to != NULL) {
        if (length > 0) memcpy(w->to + w->at, bytes, length);
        memset(w->to + w->at + length, 0, padded - length);
    }
    w->at += padded;
    return p;
}

/* Zeroes what lies under nulls and after the last row, so that equal frames give equal
 * bytes. Works on the copy just put down. */
static void tidy(const ku_column *column, char *values, char *validity)
{
    int64_t spare = column->rows % 8;
    uint8_t keep = (uint8_t)((1u << spare) - 1);
    if (validity != NULL && spare != 0) validity[column->rows / 8] &= (char)keep;
    if (column->type == KU_BOOL) {
        if (spare != 0) values[column->rows / 8] &= (char)keep;
        for (size_t i = 0; validity != NULL && i < ku_bits_size(column->rows); i++)
            values[i] &= validity[i];
        return;
    }
    size_t width = ku_values_size(column->type, 1);
    for (int64_t row = 0; validity != NULL && row < column->rows; row++)
        if (!ku_column_valid(column, row)) memset(values + (size_t)row * width, 0, width);
}

static ku_packed_column put_column(writer *w, const ku_column *column)
{
    ku_packed_column p = {.type = column->type, .nulls = (uint64_t)column->nulls};
    bool bitmap = column->nulls > 0;
    p.name = put(w, column->name, strlen(column->name));
    p.validity = put(w, column->validity, bitmap ? ku_bits_size(column->rows) : 0);
    p.values = put(w, column->as.data, ku_values_size(column->type, column->rows));
    if (w->to != NULL)
        tidy(column, w->to + p.values.offset, bitmap ? w->to + p.validity.offset : NULL);
    if (column->type == KU_TEXT) {
        const ku_dictionary *d = &column->dictionary;
        static const int32_t none = 0;
        const int32_t *offset = d->size > 0 ? d->offset : &none;
        assert(offset[0] == 0);
        p.offsets = put(w, offset, ((size_t)d->size + 1) * sizeof *offset);
        p.bytes = put(w, d->bytes, (size_t)offset[d->size]);
    }
    return p;
}

static uint64_t write_frame(const ku_frame *frame, char *to)
{
    writer w = {to, ku_packed_table(frame->columns)};
    if (to != NULL) memset(to, 0, w.at);
    ku_packed_part name = put(&w, frame->name, strlen(frame->name));
    for (int32_t i = 0; i < frame->columns; i++) {
        ku_packed_column p = put_column(&w, &frame->column[i]);
        if (to != NULL) memcpy(to + sizeof(ku_packed_header) + (size_t)i * sizeof p, &p, sizeof p);
    }
    ku_packed_header h = {.version = KU_PACK_VERSION,
                          .columns = (uint32_t)frame->columns,
                          .size = w.at,
                          .rows = (uint64_t)frame->rows,
                          .name = name};
    memcpy(h.magic, ku_pack_magic, sizeof ku_pack_magic);
    if (to != NULL) memcpy(to, &h, sizeof h);
    return w.at;
}

size_t ku_pack_size(const ku_frame *frame)
{
    return write_frame(frame, NULL);
}

void ku_pack_write(const ku_frame *frame, void *to)
{
    assert((uintptr_t)to % KU_PACK_ALIGN == 0 && frame->columns <= KU_PACK_COLUMNS);
    write_frame(frame, to);
}

/* ---- viewing ------------------------------------------------------------------------------ */

typedef struct reader {
    const char *bytes;
    uint64_t length, rows;
    ku_error *err;
} reader;

static ku_status damaged(const reader *r, const char *what)
{
    return ku_error_set(r->err, KU_BAD_DATA, NULL, "the stored table is damaged: %s", what);
}

/* The part's bytes, when it lies inside, is aligned and has the length it must have. */
static const void *part_at(const reader *r, ku_packed_part p, uint64_t expected)
{
    bool inside = p.offset <= r->length && p.length <= r->length - p.offset;
    return inside && p.offset % KU_PACK_ALIGN == 0 && p.length == expected ? r->bytes + p.offset
                                                                           : NULL;
}

static ku_status view_name(const reader *r, ku_packed_part p, ku_owner *owner, const char **name)
{
    const char *bytes = part_at(r, p, p.length);
    if (bytes == NULL || p.length == 0 || p.length > 1000 ||
        memchr(bytes, '\0', p.length) != NULL || !ku_utf8_valid(bytes, p.length, NULL))
        return damaged(r, "a name cannot be read");
    char *copy = ku_owner_alloc(owner, p.length + 1);
    if (copy == NULL) return ku_error_set(r->err, KU_NO_MEMORY, NULL, "no memory to read a table");
    memcpy(copy, bytes, p.length);
    *name = copy;
    return KU_OK;
}

static uint64_t count_present(const uint8_t *validity, uint64_t rows)
{
    uint64_t present = 0;
    for (uint64_t i = 0; i < rows / 8; i++) present += (unsigned)__builtin_popcount(validity[i]);
    if (rows % 8 != 0)
        present += (unsigned)__builtin_popcount(validity[rows / 8] & ((1u << rows % 8) - 1));
    return present;
}

static ku_status view_validity(const reader *r, const ku_packed_column *p, ku_column *column)
{
    if (p->nulls == 0) return p->validity.length == 0 ? KU_OK : damaged(r, "a bitmap too many");
    column->validity = part_at(r, p->validity, ku_bits_size((int64_t)r->rows));
    if (column->validity == NULL) return damaged(r, "a bitmap of missing values is out of place");
    if (p->nulls > r->rows || count_present(column->validity, r->rows) != r->rows - p->nulls)
        return damaged(r, "the count of missing values is wrong");
    column->nulls = (int64_t)p->nulls;
    return KU_OK;
}

static ku_status view_dictionary(const reader *r, const ku_packed_column *p, ku_column *column)
{
    ku_dictionary *d = &column->dictionary;
    uint64_t entries = p->offsets.length / sizeof(int32_t);
    d->offset = part_at(r, p->offsets, entries * sizeof(int32_t));
    d->bytes = part_at(r, p->bytes, p->bytes.length);
    if (d->offset == NULL || d->bytes == NULL || entries == 0 || entries > INT32_MAX)
        return damaged(r, "the texts of a column are out of place");
    d->size = (int32_t)(entries - 1);
    if (d->offset[0] != 0 || (uint64_t)(int64_t)d->offset[d->size] != p->bytes.length)
        return damaged(r, "the texts of a column have a wrong length");
    for (int32_t i = 0; i < d->size; i++) {
        if (d->offset[i + 1] < d->offset[i]) return damaged(r, "the texts of a column overlap");
        int32_t length;
        const char *text = ku_dictionary_at(d, i, &length);
        if ((uint64_t)(int64_t)d->offset[i + 1] > p->bytes.length ||
            !ku_utf8_valid(text, (size_t)length, NULL))
            return damaged(r, "a text is not UTF-8");
    }
    for (uint64_t row = 0; row < r->rows; row++) {
        int32_t code = column->as.codes[row];
        /* Under a null the code is zero, which need not exist. */
        bool valid = ku_column_valid(column, (int64_t)row);
        if (code < 0 || (valid ? code >= d->size : code != 0))
            return damaged(r, "a text is missing");
    }
    return KU_OK;
}

static ku_status view_doubles(const reader *r, const ku_column *column)
{
    for (uint64_t row = 0; row < r->rows; row++)
        if (isnan(column->as.f64[row])) return damaged(r, "a number is not a number");
    return KU_OK;
}

static ku_status view_column(const reader *r, const ku_packed_column *p, ku_owner *owner,
                             ku_column *column)
{
    if (p->type >= KU_TYPE_COUNT) return damaged(r, "a column has an unknown type");
    *column = (ku_column){.type = (ku_type)p->type, .rows = (int64_t)r->rows};
    KU_TRY(view_name(r, p->name, owner, &column->name));
    KU_TRY(view_validity(r, p, column));
    column->as.data = part_at(r, p->values, ku_values_size(column->type, (int64_t)r->rows));
    if (column->as.data == NULL) return damaged(r, "the values of a column are out of place");
    if (column->type == KU_DOUBLE) return view_doubles(r, column);
    return column->type == KU_TEXT ? view_dictionary(r, p, column) : KU_OK;
}

static ku_status view_header(const reader *r, ku_packed_header *h)
{
    if (r->length < sizeof *h || (uintptr_t)r->bytes % KU_PACK_ALIGN != 0)
        return damaged(r, "it is too short");
    memcpy(h, r->bytes, sizeof *h);
    if (memcmp(h->magic, ku_pack_magic, sizeof ku_pack_magic) != 0)
        return damaged(r, "it is not a table");
    if (h->version != KU_PACK_VERSION)
        return ku_error_set(r->err, KU_BAD_DATA, NULL,
                            "the stored table has version %u, this program reads version %d",
                            h->version, KU_PACK_VERSION);
    /* Rows are bounded by the bytes, as every column takes at least a bit a row. */
    if (h->size != r->length || h->columns > KU_PACK_COLUMNS || h->rows > r->length * 8 ||
        ku_packed_table((int32_t)h->columns) > r->length)
        return damaged(r, "its length is wrong");
    return KU_OK;
}

static ku_status view_columns(reader *r, const ku_packed_header *h, ku_owner *owner,
                              ku_column *columns, const char **name)
{
    r->rows = h->rows;
    KU_TRY(view_name(r, h->name, owner, name));
    for (uint32_t i = 0; i < h->columns; i++) {
        ku_packed_column p;
        memcpy(&p, r->bytes + sizeof *h + i * sizeof p, sizeof p);
        KU_TRY(view_column(r, &p, owner, &columns[i]));
    }
    return KU_OK;
}

ku_status ku_pack_view(const void *bytes, size_t length, ku_frame **frame, ku_error *err)
{
    reader r = {bytes, length, 0, err};
    ku_packed_header h;
    KU_TRY(view_header(&r, &h));
    ku_owner *owner = ku_owner_new();
    ku_column *columns = owner == NULL ? NULL : ku_owner_alloc(owner, h.columns * sizeof *columns);
    const char *name = NULL;
    ku_status status = columns == NULL
                           ? ku_error_set(err, KU_NO_MEMORY, NULL, "no memory to read a table")
                           : view_columns(&r, &h, owner, columns, &name);
    if (status != KU_OK) {
        ku_owner_free(owner);
        return status;
    }
    *frame = ku_frame_over(owner, name, (int64_t)h.rows, columns, h.columns);
    return *frame != NULL ? KU_OK
                          : ku_error_set(err, KU_NO_MEMORY, NULL, "no memory to read a table");
}

/* A frame's own release and the bytes beneath it. */
typedef struct adopted {
    void *owner;
    void (*release_owner)(void *);
    void *bytes;
    size_t length;
    void (*release)(void *bytes, size_t length);
} adopted;

static void release_adopted(void *data)
{
    adopted *a = data;
    a->release_owner(a->owner);
    a->release(a->bytes, a->length);
    free(a);
}

ku_status ku_pack_adopt(void *bytes, size_t length, void (*release)(void *bytes, size_t length),
                        ku_frame **frame, ku_error *err)
{
    adopted *a = malloc(sizeof *a);
    ku_status status = a == NULL
                           ? ku_error_set(err, KU_NO_MEMORY, NULL, "no memory to read a table")
                           : ku_pack_view(bytes, length, frame, err);
    if (status != KU_OK) {
        free(a);
        release(bytes, length);
        return status;
    }
    *a = (adopted){(*frame)->owner, (*frame)->release, bytes, length, release};
    (*frame)->owner = a;
    (*frame)->release = release_adopted;
    return KU_OK;
}
