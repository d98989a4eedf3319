/* pack.h - a frame as one stretch of bytes: for shared memory, for blobs, for hashing.
 * The bytes belong to whoever provided them; a frame viewed in them owns only its
 * column table.
 *
 * Layout, all numbers little-endian, every part at a multiple of 64 bytes:
 *   header    magic, version, size in bytes, rows, number of columns, offset and length
 *             of the frame's name
 *   columns   per column: type, nulls, and offset and length of name, validity, values,
 *             dictionary offsets, dictionary bytes
 *   parts     the buffers, padded with zeros, so that equal frames give equal bytes
 *
 * Bits of a bitmap past the last row, and values under a null, are written as zero. */
#ifndef KU_FRAMES_PACK_H
#define KU_FRAMES_PACK_H

#include <stddef.h>

#include "base/hash.h"
#include "kemudi/frame.h"

/* Bytes the packed frame takes. */
size_t ku_pack_size(const ku_frame *frame);
/* Writes it to `to`: ku_pack_size bytes, aligned to 64. */
void ku_pack_write(const ku_frame *frame, void *to);
/* A new frame that reads the bytes in place; they must outlive it and stay unchanged, and
 * be aligned to 64. Everything is checked, so bytes from anyone may be given: lengths,
 * offsets, codes within the dictionary, counts of nulls, UTF-8. KU_BAD_DATA. */
ku_status ku_pack_view(const void *bytes, size_t length, ku_frame **frame, ku_error *err);
/* The same over bytes that the frame takes over and gives to `release` (also on failure). */
ku_status ku_pack_adopt(void *bytes, size_t length, void (*release)(void *bytes, size_t length),
                        ku_frame **frame, ku_error *err);

/* BLAKE2b-256 of the packed bytes without building them all at once in memory: depends on
 * name, column names, types and values, and on nothing else - text counts by its strings,
 * not by the order of the dictionary. */
void ku_frame_hash(const ku_frame *frame, char hex[KU_HASH_TEXT]);

#endif
