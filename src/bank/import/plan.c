/* plan.c - opening a file the way its plan says. */
#include "bank/import/plan.h"

#include "bank/import/parquet.h"
#include "bank/import/xlsx.h"

ku_status ku_plan_open(const ku_plan *plan, ku_stream_gauge *gauge, ku_stream **stream,
                       ku_error *err)
{
    switch (plan->format) {
    case KU_FORMAT_CSV:
    case KU_FORMAT_JSONL:
        return ku_stream_text(plan->path, plan->packing, plan->encoding, gauge, stream, err);
    case KU_FORMAT_XLSX:
        return ku_xlsx_open(plan->path, plan->sheet, gauge, stream, err);
    case KU_FORMAT_PARQUET:
        return ku_parquet_open(plan->path, gauge, stream, err);
    }
    return ku_error_set(err, KU_FAULT, plan->path, "unknown format");
}
