/* keep.c - describing and storing tables. */
#include "runs/keep.h"

#include <stdlib.h>

#include "frames/pack.h"

void ku_keep_describe(const ku_frames *frames, ku_arena *arena, ku_run_table **tables,
                      size_t *count)
{
    char hex[KU_HASH_TEXT];
    *tables = KU_ARRAY(arena, frames->count + 1, ku_run_table);
    *count = frames->count;
    for (size_t i = 0; i < frames->count; i++) {
        const ku_frame *frame = frames->frame[i];
        ku_frame_hash(frame, hex);
        (*tables)[i] = (ku_run_table){.name = ku_arena_strdup(arena, frame->name),
                                      .rows = frame->rows,
                                      .hash = ku_arena_strdup(arena, hex)};
    }
}

const char *ku_keep_hash(const ku_run_table *tables, size_t count, ku_arena *arena)
{
    ku_hash all;
    char hex[KU_HASH_TEXT];
    ku_hash_init(&all);
    for (size_t i = 0; i < count; i++) ku_hash_add(&all, tables[i].hash, sizeof hex);
    ku_hash_finish(&all, hex);
    return ku_arena_strdup(arena, hex);
}

static ku_status keep_bytes(ku_workspace *workspace, const void *bytes, size_t length,
                            ku_run_table *table, ku_arena *arena, ku_error *err)
{
    char id[KU_BLOB_ID];
    if (workspace == NULL) return KU_OK;
    KU_TRY(ku_blob_put(workspace, bytes, length, id, err));
    table->blob = ku_arena_strdup(arena, id);
    return KU_OK;
}

ku_status ku_keep_frame(ku_workspace *workspace, const ku_frame *frame, ku_run_table *table,
                        ku_arena *arena, ku_error *err)
{
    if (workspace == NULL) return KU_OK;
    size_t size = ku_pack_size(frame);
    void *bytes = aligned_alloc(64, (size + 63) / 64 * 64);
    if (bytes == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory to keep the result");
    ku_pack_write(frame, bytes);
    ku_status status = keep_bytes(workspace, bytes, size, table, arena, err);
    free(bytes);
    return status;
}

ku_status ku_keep_parcel(ku_workspace *workspace, const ku_parcel *parcel, ku_run_table *tables,
                         ku_arena *arena, ku_error *err)
{
    for (size_t i = 0; i < parcel->count; i++)
        KU_TRY(keep_bytes(workspace, (const char *)parcel->map + parcel->part[i].offset,
                          parcel->part[i].length, &tables[i], arena, err));
    return KU_OK;
}

ku_status ku_keep_read(ku_workspace *workspace, const ku_run_table *table, ku_arena *arena,
                       ku_frame **frame, ku_error *err)
{
    void *bytes;
    size_t length;
    KU_TRY(ku_blob_get(workspace, table->blob, arena, &bytes, &length, err));
    return ku_pack_view(bytes, length, frame, err);
}
