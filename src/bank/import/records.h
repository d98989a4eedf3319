/* records.h - the records of a block as cells: CSV lines or JSON objects. A reader belongs
 * to one thread, which frees it; cells point into the block or into the reader's memory
 * and are good until ku_records_forget. */
#ifndef KU_BANK_IMPORT_RECORDS_H
#define KU_BANK_IMPORT_RECORDS_H

#include "bank/import/plan.h"
#include "kemudi/arena.h"

typedef struct ku_cell {
    ku_span text;
    bool quoted; /* text still holds the marks that double another */
} ku_cell;

typedef struct ku_record {
    ku_cell *cell;
    size_t cells;
    int64_t line;
    ku_span raw;         /* as it stands in the file, without its end */
    const char *problem; /* why it could not be split, or NULL */
} ku_record;

typedef struct ku_records ku_records;

ku_records *ku_records_new(const ku_plan *plan); /* NULL: no memory */
void ku_records_free(ku_records *records);       /* NULL is safe */
/* Starts on a block, which must stay as it is until it is read to its end. */
void ku_records_begin(ku_records *records, const ku_block *block);
/* The next record that is not blank; false at the end of the block. */
bool ku_records_next(ku_records *records, ku_record *record);
/* The cell's text with doubled quotation marks made one. */
ku_span ku_records_text(ku_records *records, ku_cell cell);
/* The bytes of the block that have not been read yet are kept, older cells are not. */
void ku_records_forget(ku_records *records);

#endif
