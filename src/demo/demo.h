/* demo.h - a workspace with a simulated company in it, ready to be looked at. Options are
 * the caller's; the workspace belongs to its folder. */
#ifndef KU_DEMO_DEMO_H
#define KU_DEMO_DEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "kemudi/error.h"

typedef struct ku_demo_options {
    const char *workspace; /* the folder; made when it is absent or empty */
    uint64_t seed;
    int64_t customers; /* 0: 20,000 */
    int years;         /* 0: 3 */
    const char *end;   /* last day, ISO; NULL: the last day of the month before today */
    unsigned threads;  /* 0: all */
    bool (*progress)(void *data, double done, const char *doing); /* false cancels; or NULL */
    void *progress_data;
} ku_demo_options;

typedef struct ku_demo_report {
    bool already; /* the workspace was there; nothing was done */
    int64_t rows; /* brought into the bank */
    double seconds;
} ku_demo_report;

/* Simulates a company, makes the workspace and imports every fact. The workspace appears
 * under its name only when it is complete; a start that fails, is cancelled or killed leaves
 * none, and the next one begins anew. A workspace that is there is left as it is
 * (`already`). Its truth.json is kept in the workspace. KU_CONFLICT: the folder holds
 * something else; KU_BUSY: another demo is being prepared there; else as
 * ku_simulate_company and ku_import_run. `report` may be NULL. */
ku_status ku_demo_prepare(const ku_demo_options *options, ku_demo_report *report, ku_error *err);

#endif
