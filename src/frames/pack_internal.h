/* pack_internal.h - the layout of packed bytes (pack.h), shared by those who write them.
 * Plain values; nothing is owned. */
#ifndef KU_FRAMES_PACK_INTERNAL_H
#define KU_FRAMES_PACK_INTERNAL_H

#include "frames/column.h"
#include "frames/pack.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "packed frames are little-endian");

enum { KU_PACK_ALIGN = 64, KU_PACK_VERSION = 1, KU_PACK_COLUMNS = 4096 };

static const char ku_pack_magic[8] = "kuframe";

/* A stretch of the packed bytes. */
typedef struct ku_packed_part {
    uint64_t offset, length;
} ku_packed_part;

typedef struct ku_packed_column {
    uint32_t type, reserved;
    uint64_t nulls;
    ku_packed_part name, validity, values, offsets, bytes;
} ku_packed_column;

typedef struct ku_packed_header {
    char magic[8];
    uint32_t version, columns;
    uint64_t size, rows;
    ku_packed_part name;
} ku_packed_header;

/* Bytes of the header and the table of columns, padded. */
static inline uint64_t ku_packed_table(int32_t columns)
{
    uint64_t size = sizeof(ku_packed_header) + (uint64_t)columns * sizeof(ku_packed_column);
    return (size + KU_PACK_ALIGN - 1) / KU_PACK_ALIGN * KU_PACK_ALIGN;
}

#endif
