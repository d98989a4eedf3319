/* hash.c - the hash of a frame: what it says, however it is stored.
 *
 * Two frames with the same rows may hold their texts in dictionaries of different order;
 * so each text column is hashed as its strings in order of first appearance followed by
 * codes renumbered the same way. Everything else is hashed as pack.c would write it. */
#include <stdlib.h>
#include <string.h>

#include "frames/column.h"
#include "frames/pack.h"

enum { PORTION = 1024 };

static void add_u64(ku_hash *hash, uint64_t value)
{
    ku_hash_add(hash, &value, sizeof value);
}

static void add_text(ku_hash *hash, const char *text, size_t length)
{
    add_u64(hash, length);
    ku_hash_add(hash, text, length);
}

/* Validity as bits, whether or not there is a bitmap. */
static void add_validity(ku_hash *hash, const ku_column *column)
{
    add_u64(hash, (uint64_t)column->nulls);
    if (column->nulls == 0) return;
    ku_hash_add(hash, column->validity, (size_t)(column->rows / 8));
    unsigned spare = (unsigned)(column->rows % 8);
    if (spare == 0) return;
    uint8_t last = column->validity[column->rows / 8] & (uint8_t)((1u << spare) - 1);
    ku_hash_add(hash, &last, 1);
}

/* Values of fixed width in portions, with zeros under nulls. */
static void add_values(ku_hash *hash, const ku_column *column)
{
    size_t width = ku_values_size(column->type, 1);
    char portion[PORTION * sizeof(int64_t)];
    const char *data = column->as.data;
    for (int64_t first = 0; first < column->rows; first += PORTION) {
        int64_t n = column->rows - first < PORTION ? column->rows - first : PORTION;
        memcpy(portion, data + (size_t)first * width, (size_t)n * width);
        for (int64_t i = 0; column->nulls > 0 && i < n; i++)
            if (!ku_column_valid(column, first + i)) memset(portion + (size_t)i * width, 0, width);
        ku_hash_add(hash, portion, (size_t)n * width);
    }
}

static void add_bools(ku_hash *hash, const ku_column *column)
{
    for (int64_t row = 0; row < column->rows; row++) {
        char bit = ku_column_valid(column, row) && ku_column_bool(column, row);
        ku_hash_add(hash, &bit, 1);
    }
}

/* Without memory for renumbering, each row's string is hashed in full under another mark;
 * the hash then differs, which repeats a computation but never confuses two tables. */
static void add_rows_of_text(ku_hash *hash, const ku_column *column)
{
    add_u64(hash, UINT64_MAX);
    for (int64_t row = 0; row < column->rows; row++) {
        int32_t length = 0;
        const char *text = "";
        if (ku_column_valid(column, row))
            text = ku_dictionary_at(&column->dictionary, column->as.codes[row], &length);
        add_text(hash, text, (size_t)length);
    }
}

static void add_texts(ku_hash *hash, const ku_column *column)
{
    int32_t *number = calloc((size_t)column->dictionary.size + 1, sizeof *number);
    if (number == NULL) {
        add_rows_of_text(hash, column);
        return;
    }
    int32_t seen = 0, portion[PORTION];
    size_t n = 0;
    for (int64_t row = 0; row < column->rows; row++) {
        int32_t renumbered = 0; /* a null */
        if (ku_column_valid(column, row)) {
            int32_t code = column->as.codes[row];
            if (number[code] == 0) {
                int32_t length;
                const char *text = ku_dictionary_at(&column->dictionary, code, &length);
                add_text(hash, text, (size_t)length);
                number[code] = ++seen;
            }
            renumbered = number[code];
        }
        portion[n++] = renumbered;
        if (n == PORTION || row + 1 == column->rows) {
            ku_hash_add(hash, portion, n * sizeof *portion);
            n = 0;
        }
    }
    free(number);
}

void ku_frame_hash(const ku_frame *frame, char hex[KU_HASH_TEXT])
{
    ku_hash hash;
    ku_hash_init(&hash);
    add_text(&hash, frame->name, strlen(frame->name));
    add_u64(&hash, (uint64_t)frame->rows);
    add_u64(&hash, (uint64_t)frame->columns);
    for (int32_t i = 0; i < frame->columns; i++) {
        const ku_column *column = &frame->column[i];
        add_text(&hash, column->name, strlen(column->name));
        add_u64(&hash, column->type);
        add_validity(&hash, column);
        if (column->type == KU_TEXT)
            add_texts(&hash, column);
        else if (column->type == KU_BOOL)
            add_bools(&hash, column);
        else
            add_values(&hash, column);
    }
    ku_hash_finish(&hash, hex);
}
