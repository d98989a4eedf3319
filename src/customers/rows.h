/* rows.h - fewer rows that say the same of customers, or nearly. All arrays come from the
 * arena; the rows given are not touched. */
#ifndef KU_CUSTOMERS_ROWS_H
#define KU_CUSTOMERS_ROWS_H

#include <stdint.h>

#include "customers/model.h"
#include "kemudi/arena.h"

/* The same customers with those who share x, t_x and T joined to one row, sorted by them;
 * unless NULL, row_of[i] becomes the joined row of row i. Arrays come from the arena. */
ku_buyers ku_buyers_compress(const ku_buyers *buyers, ku_arena *arena, uint32_t *row_of);

/* Equal rows that follow closely joined, in one quick pass: not all of them, but most where
 * there are many of each. Nothing is lost but the order. Where the first thousand rows
 * hardly repeat, the buyers come back as they are. */
ku_buyers ku_buyers_join(const ku_buyers *buyers, ku_arena *arena);

/* How finely ku_buyers_cells looks: purchases are told apart one by one below `exact`, then
 * in `doubling` classes to each doubling; times seen in `times` classes, and the moment of
 * the last purchase, as a share of it, in `shares`. */
typedef struct ku_cells {
    int exact, doubling, times, shares;
} ku_cells;

/* A few hundred rows with the weights and means of the customers in cells of a grid: their
 * likelihood is nearly that of all, so that a search may begin with them. With `whole` all
 * times are whole numbers. */
ku_buyers ku_buyers_cells(const ku_buyers *buyers, ku_cells grid, bool whole, ku_arena *arena);

#endif
