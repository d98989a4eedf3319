/* arrow.h - frames across the Arrow C Data Interface
 * (https://arrow.apache.org/docs/format/CDataInterface.html). What is exported belongs to
 * the receiver, who calls its release; what is imported is taken over here, also when the
 * import fails. */
#ifndef KU_FRAMES_ARROW_H
#define KU_FRAMES_ARROW_H

#include <stddef.h>
#include <stdint.h>

#include "kemudi/frame.h"

/* The two structures are the interface's ABI, as its specification gives them. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE           2
#define ARROW_FLAG_MAP_KEYS_SORTED    4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

/* The frame as a struct array, without a copy of its values: int64 "l", double "g", bool
 * "b", date "tdD", timestamp "tsu:", text dictionary-coded "i" over "u".
 * Takes the frame over: it lives until the array is released, or ends here on failure. */
ku_status ku_arrow_export(ku_frame *frame, struct ArrowSchema *schema, struct ArrowArray *array,
                          ku_error *err);

/* A new frame called `name` from record batches of one schema. One batch keeps its int64,
 * double, bool, date and microsecond buffers (the frame then holds on to the array, and its
 * buffers have the producer's alignment); several batches are joined. Understood: c C s S i
 * I l L (whole numbers; L beyond int64 is KU_BAD_DATA), f g, b, tdD tdm, tss: tsm: tsu:
 * tsn: (any zone; values are UTC), u U vu, dictionaries of u or U, d:p,s[,64|128] (whole
 * when s is 0 and all values fit, else double). NaN becomes a null. Other formats are
 * KU_BAD_DATA naming the column. The producer is trusted to follow the interface. */
ku_status ku_arrow_import(const char *name, struct ArrowSchema *schema, struct ArrowArray *batches,
                          size_t count, ku_frame **frame, ku_error *err);

#endif
