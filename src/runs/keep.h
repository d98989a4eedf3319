/* keep.h - the tables of a run as the record has them: name, rows, hash, and the blob that
 * holds the bytes. Texts live in the arena given. Without a workspace (NULL) nothing is
 * written. */
#ifndef KU_RUNS_KEEP_H
#define KU_RUNS_KEEP_H

#include "runs/channel.h"
#include "runs/run.h"

/* Name, rows and hash of each frame. */
void ku_keep_describe(const ku_frames *frames, ku_arena *arena, ku_run_table **tables,
                      size_t *count);
/* One hash over the hashes of all tables. */
const char *ku_keep_hash(const ku_run_table *tables, size_t count, ku_arena *arena);

/* Stores the frame, or the frames of a sealed parcel, and notes their blobs. */
ku_status ku_keep_frame(ku_workspace *workspace, const ku_frame *frame, ku_run_table *table,
                        ku_arena *arena, ku_error *err);
ku_status ku_keep_parcel(ku_workspace *workspace, const ku_parcel *parcel, ku_run_table *tables,
                         ku_arena *arena, ku_error *err);
/* A new frame viewed in bytes of the arena. */
ku_status ku_keep_read(ku_workspace *workspace, const ku_run_table *table, ku_arena *arena,
                       ku_frame **frame, ku_error *err);

#endif
