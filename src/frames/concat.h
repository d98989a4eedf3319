/* concat.h - frames of the same columns, one behind the other, as one frame in a file: for
 * tables that were made piece by piece. The new frame owns its mapping of the file; the
 * pieces stay their owner's and may be freed. */
#ifndef KU_FRAMES_CONCAT_H
#define KU_FRAMES_CONCAT_H

#include "kemudi/frame.h"

/* Writes the packed frame (pack.h) of all rows into `fd`, an empty file open for reading
 * and writing that this function closes, and maps it as a new frame. Of the table only
 * the texts of one column at a time are in memory. The pieces, at least one, have equal
 * columns (KU_FAULT when not). KU_LIMIT for more than 2 GiB of different texts in a
 * column, KU_NO_SPACE and KU_IO from the disk. */
ku_status ku_frames_concat(const ku_frame *const *pieces, size_t count, int fd, ku_frame **frame,
                           ku_error *err);

#endif
