/* company.h - simulates a trading company and writes every canonical fact about it,
 * with the truth that made them. Options and report are plain values owned by the
 * caller; the files belong to the folder they were written to. */
#ifndef KU_SIMULATE_COMPANY_H
#define KU_SIMULATE_COMPANY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kemudi/error.h"

/* What is simulated when an option is 0 or NULL. */
#define KU_COMPANY_CUSTOMERS 20000
#define KU_COMPANY_YEARS     3
#define KU_COMPANY_END       "2025-12-31"

typedef struct ku_company_options {
    const char *out;         /* folder to make; it must be absent or empty */
    uint64_t seed;           /* the same seed and sizes give the same bytes; 0 is a seed too */
    int64_t customers;       /* 1 .. 1,000,000,000 */
    int years;               /* 1 .. 30 */
    int64_t rows;            /* choose `customers` for about so many sale lines; 0: do not */
    const char *format;      /* "csv" (default) or "parquet" */
    const char *end;         /* last day, ISO; default KU_COMPANY_END */
    const char *const *only; /* names of facts to write; NULL: all */
    size_t only_count;
    bool force;       /* replace the files of an earlier simulation in `out` */
    unsigned threads; /* 0: one per processor; the bytes do not depend on it */
} ku_company_options;

#define KU_COMPANY_FILES 24

typedef struct ku_company_report {
    struct {
        const char *fact; /* static */
        int64_t rows, bytes;
    } file[KU_COMPANY_FILES];
    size_t file_count;
    int64_t customers;
    char from[11], to[11]; /* ISO dates of the simulated period */
    double seconds;
} ku_company_report;

/* Called about every tenth of a second from the calling thread with the share done
 * and a few words; returning false cancels. */
typedef bool ku_company_progress(void *data, double done, const char *doing);

/* Writes DIR/<fact>.csv (or .parquet) for every fact and DIR/truth.json. Everything is
 * written to DIR.part, which becomes DIR at the very end: a simulation that fails or is
 * cancelled leaves nothing. Memory does not grow with the number of customers.
 * KU_USAGE: a senseless option (`where` names it); KU_CONFLICT: the folder is not empty;
 * KU_CANCELLED; KU_NO_SPACE, KU_IO. `progress` and `report` may be NULL. */
ku_status ku_simulate_company(const ku_company_options *options, ku_company_progress *progress,
                              void *progress_data, ku_company_report *report, ku_error *err);

/* True for the name of a fact the simulator writes. */
bool ku_company_has(const char *fact);

#endif
