/* xlsx.c - placeholder until the reader lands (next commit). */
#include "bank/import/xlsx.h"
ku_status ku_xlsx_sheet(const char *path, const char *wanted, ku_arena *arena, const char **sheet, ku_error *err)
{ (void)arena;(void)wanted;(void)sheet; return ku_error_set(err, KU_BAD_DATA, path, "workbooks cannot be read yet"); }
ku_status ku_xlsx_open(const char *path, const char *sheet, ku_stream_gauge *gauge, ku_stream **stream, ku_error *err)
{ (void)gauge;(void)stream;(void)sheet; return ku_error_set(err, KU_BAD_DATA, path, "workbooks cannot be read yet"); }
