/* rejects.h - the file of refused rows: file,line,column,value,reason,row. Owned by the
 * import; it appears under its name only when it is finished. */
#ifndef KU_BANK_IMPORT_REJECTS_H
#define KU_BANK_IMPORT_REJECTS_H

#include "base/file.h"
#include "base/text.h"

/* More refused rows than this are counted but not written: a file that is refused as a
 * whole needs no second copy of itself. */
#define KU_REJECTS_LIMIT INT64_C(1000000)

typedef struct ku_rejects ku_rejects;

/* Nothing is written before the first refused row. */
ku_status ku_rejects_new(const char *path, ku_rejects **rejects, ku_error *err);
void ku_rejects_free(ku_rejects *rejects); /* drops what is not finished; NULL is safe */

/* Appends one line of the file to `out`, which a thread keeps for a block. Bytes that are
 * not UTF-8 become U+FFFD; a very long value or row is cut. */
void ku_rejects_line(ku_text *out, const char *file, int64_t line, const char *column,
                     ku_span value, const char *reason, ku_span row);

/* Hands over the lines of one block, empty or not; every block of a file must be handed
 * over once, in any order: they are written in the order of `sequence`. Thread-safe.
 * `lines` is empty afterwards. */
ku_status ku_rejects_add(ku_rejects *rejects, uint64_t sequence, ku_text *lines, int64_t count,
                         ku_error *err);
/* The blocks of the next file count from 0 again. */
void ku_rejects_next_file(ku_rejects *rejects);

/* Gives the file its name; *written tells whether there was anything to write. */
ku_status ku_rejects_finish(ku_rejects *rejects, bool *written, ku_error *err);

#endif
