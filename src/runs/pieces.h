/* pieces.h - a run whose input is too large for one piece of memory: each piece of it has a
 * worker of its own, one after the other, and the results are joined on the disk. Lives in
 * the task's arena; ku_pieces_clear lets go of its files. */
#ifndef KU_RUNS_PIECES_H
#define KU_RUNS_PIECES_H

#include "runs/task_internal.h"

/* Rows of a piece: some 100 MiB of input, a few times that in the worker. */
#define KU_PIECE_ROWS INT64_C(4000000)

typedef struct ku_pieces ku_pieces;

ku_pieces *ku_pieces_new(ku_task *task);
/* How the bank is to cut the input; every piece is run as it comes. */
ku_cut ku_pieces_cut(ku_pieces *pieces);
/* Runs the stored pieces of a recorded run once more. */
ku_status ku_pieces_again(ku_pieces *pieces, const ku_run_table *input, size_t count, int64_t total,
                          ku_error *err);
/* Whether the input was cut. */
bool ku_pieces_any(const ku_pieces *pieces);
/* The results of all pieces, table by table; fills the record's input, times and remarks. */
ku_status ku_pieces_join(ku_pieces *pieces, ku_frames *out, ku_error *err);
void ku_pieces_clear(ku_pieces *pieces);

#endif
