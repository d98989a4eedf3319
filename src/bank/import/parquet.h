/* parquet.h - the rows of a Parquet file as text. Streams are owned by their caller. */
#ifndef KU_BANK_IMPORT_PARQUET_H
#define KU_BANK_IMPORT_PARQUET_H

#include "bank/import/stream.h"

/* The names of the columns and then the rows, in KU_DIALECT_INNER. KU_BAD_DATA when the
 * file is damaged. */
ku_status ku_parquet_open(const char *path, ku_stream_gauge *gauge, ku_stream **stream,
                          ku_error *err);

#endif
