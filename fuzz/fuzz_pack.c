/* fuzz_pack.c - any bytes as a packed frame: refused, or every cell can be read and the
 * frame packs and hashes again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "frames/csv.h"
#include "frames/json.h"
#include "frames/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const ku_frame *frame)
{
    ku_text out = {0};
    char hex[KU_HASH_TEXT];
    ku_frame_csv_heading(frame, KU_CSV_GUARDED, &out);
    ku_frame_csv_rows(frame, 0, frame->rows, KU_CSV_GUARDED, &out);
    ku_frame_json_rows(frame, 0, frame->rows, &out);
    ku_frame_hash(frame, hex);
    size_t packed = ku_pack_size(frame);
    void *bytes = aligned_alloc(64, packed);
    ku_frame *view;
    ku_pack_write(frame, bytes);
    if (ku_pack_view(bytes, packed, &view, NULL) != KU_OK) abort();
    ku_frame_free(view);
    free(bytes);
    ku_text_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Exactly as large as the input, so that one byte past its end is seen. */
    void *bytes;
    ku_frame *frame;
    if (posix_memalign(&bytes, 64, size == 0 ? 1 : size) != 0) return 0;
    memcpy(bytes, data, size);
    if (ku_pack_view(bytes, size, &frame, NULL) == KU_OK) {
        use(frame);
        ku_frame_free(frame);
    }
    free(bytes);
    return 0;
}
