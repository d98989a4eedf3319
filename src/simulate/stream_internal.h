/* stream_internal.h - writing the files of a simulation in a folder. The output files are
 * plain values owned by the caller of ku_sim_stream_company. */
#ifndef KU_SIMULATE_STREAM_INTERNAL_H
#define KU_SIMULATE_STREAM_INTERNAL_H

#include "kemudi/error.h"
#include "simulate/company.h"
#include "simulate/facts_internal.h"

typedef struct out_file {
    bool wanted;
    int fd; /* -1: closed */
    int64_t rows, bytes;
} out_file;

/* What to write, where, and whom to tell. */
typedef struct plan {
    const world *world;
    const char *folder;
    bool wanted[FACT_FILES];
    bool orders; /* orders are needed */
    bool parquet;
    unsigned threads;
    ku_company_progress *progress;
    void *progress_data;
    double last_told; /* seconds of the clock */
} plan;

/* Tells the share done; KU_CANCELLED when the listener wants no more. */
ku_status ku_sim_plan_tell(plan *p, double done, const char *doing, ku_error *err);

/* Writes every wanted fact as <folder>/<fact>.csv and adds up the tally (initialised by
 * the caller). Blocks are made in parallel and stand in the files in their order, so the
 * bytes do not depend on the number of threads. */
ku_status ku_sim_stream_company(plan *p, out_file files[FACT_FILES], tally *total, ku_error *err);

/* Turns the CSV files into Parquet files of the same content and removes them. */
ku_status ku_sim_parquet_company(plan *p, out_file files[FACT_FILES], ku_error *err);

/* Writes <folder>/truth.json; `realised`: the tally is of real orders. */
ku_status ku_sim_truth_write(const plan *p, const tally *total, bool realised, ku_error *err);

/* <folder>/<fact>.<ending> into `to`; returns it. */
enum { PATH_ROOM = 4096 };
char *ku_sim_stream_path(char to[PATH_ROOM], const char *folder, const char *fact,
                         const char *ending);

#endif
