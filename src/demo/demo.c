/* demo.c - prepares the demo: simulate, make a workspace, import.
 *
 * All of it happens in PATH.part, which holds the files and the workspace in the making
 * and is locked meanwhile; at the end the workspace takes its name in one step and
 * PATH.part goes. So "is there a workspace?" is the whole memory of whether the work is
 * done, and the second start is instant. */
#include "demo/demo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bank/import.h"
#include "base/date.h"
#include "base/file.h"
#include "demo/documents.h"
#include "demo/staff.h"
#include "simulate/company.h"
#include "workspace/folder.h"
#include "workspace/workspace.h"

/* The part of the work that simulating is; the rest is importing. */
static const double simulating = 0.12;

typedef struct preparation {
    const ku_demo_options *options;
    ku_arena *arena;
    const char *part, *facts, *workspace; /* folders */
    ku_company_report company;
    int64_t all_rows, rows; /* to import, imported */
    const ku_fact *fact;    /* in hand */
    int64_t fact_rows;
} preparation;

/* ---- progress ---------------------------------------------------------------------------- */

static bool tell(const preparation *p, double done, const char *doing)
{
    const ku_demo_options *o = p->options;
    return o->progress == NULL || o->progress(o->progress_data, done, doing);
}

static bool tell_simulating(void *data, double done, const char *doing)
{
    return tell(data, simulating * done, doing);
}

static bool tell_importing(void *data, double done, const char *doing)
{
    const preparation *p = data;
    char text[96];
    (void)doing;
    snprintf(text, sizeof text, "bringing in %s", p->fact->title);
    double rows = (double)p->rows + done * (double)p->fact_rows;
    return tell(p, simulating + (1 - simulating) * rows / (double)p->all_rows, text);
}

/* ---- steps ------------------------------------------------------------------------------- */

static ku_status simulate(preparation *p, ku_error *err)
{
    const ku_demo_options *o = p->options;
    char last_month[KU_DATE_TEXT];
    ku_date_format(ku_period_floor(KU_PERIOD_MONTH, ku_today()) - 1, last_month);
    ku_company_options company = {.out = p->facts,
                                  .seed = o->seed,
                                  .customers = o->customers,
                                  .years = o->years,
                                  .threads = o->threads,
                                  .end = o->end != NULL ? o->end : last_month};
    KU_TRY(ku_simulate_company(&company, tell_simulating, p, &p->company, err));
    for (size_t k = 0; k < p->company.file_count; k++) p->all_rows += p->company.file[k].rows;
    return KU_OK;
}

/* The simulator's files are known to the letter, so nothing needs to be detected, and a
 * refused row is a fault. */
static ku_status import_fact(preparation *p, ku_bank *bank, const char *name, ku_error *err)
{
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    const char *path = ku_arena_printf(arena, "%s/%s.csv", p->facts, name);
    ku_import_options import = {.fact = p->fact,
                                .paths = &path,
                                .path_count = 1,
                                .format = "csv",
                                .encoding = "utf-8",
                                .delimiter = ',',
                                .quote = '"',
                                .decimal = '.',
                                .date_order = "ymd",
                                .header = 1,
                                .overlap = KU_OVERLAP_KEEP,
                                .strict = true,
                                .actor = "demo",
                                .progress = tell_importing,
                                .progress_data = p};
    ku_import_report report = {0};
    ku_status status = ku_import_run(bank, &import, arena, &report, err);
    if (status == KU_OK) p->rows += report.added;
    ku_arena_free(arena);
    return status;
}

/* Dimensions first, so that at every moment facts find what they name. */
static ku_status import_all(preparation *p, ku_bank *bank, ku_error *err)
{
    static const ku_fact_kind kinds[] = {KU_DIMENSION, KU_FACT};
    for (int pass = 0; pass < 2; pass++)
        for (size_t k = 0; k < p->company.file_count; k++) {
            p->fact = ku_fact_find(p->company.file[k].fact);
            p->fact_rows = p->company.file[k].rows;
            if (p->fact == NULL || p->fact->kind != kinds[pass]) continue;
            if (p->fact_rows == 0) continue; /* a small company may have run no experiment */
            KU_TRY(import_fact(p, bank, p->fact->name, err));
        }
    return KU_OK;
}

static ku_status fill_workspace(preparation *p, ku_error *err)
{
    ku_settings settings = {.company = "Sunda Roasters (simulated)", .currency = "EUR"};
    KU_TRY(ku_workspace_init(p->workspace, &settings, err));
    ku_workspace *workspace = NULL;
    KU_TRY(ku_workspace_open(p->workspace, &workspace, err));
    ku_bank *bank = NULL;
    ku_status status = ku_workspace_bank(workspace, KU_BANK_WRITE, &bank, err);
    if (status == KU_OK) {
        status = import_all(p, bank, err);
        ku_workspace_bank_done(workspace, bank);
    }
    if (status == KU_OK) status = ku_demo_staff(workspace, err);
    if (status == KU_OK) status = ku_demo_documents(workspace, err);
    ku_workspace_close(workspace);
    return status;
}

static ku_status keep_truth(const preparation *p, ku_error *err)
{
    const char *from = ku_arena_printf(p->arena, "%s/truth.json", p->facts);
    const char *to = ku_arena_printf(p->arena, "%s/truth.json", p->workspace);
    if (rename(from, to) != 0) return ku_error_errno(err, errno, to, "keeping the truth");
    return KU_OK;
}

static ku_status sweep(const preparation *p, ku_error *err)
{
    KU_TRY(ku_folder_remove(p->facts, err));
    return ku_folder_remove(p->workspace, err);
}

static ku_status prepare(preparation *p, ku_error *err)
{
    KU_TRY(sweep(p, err)); /* what a killed start left */
    KU_TRY(simulate(p, err));
    KU_TRY(fill_workspace(p, err));
    KU_TRY(keep_truth(p, err));
    return ku_folder_appear(p->workspace, p->options->workspace, err);
}

/* ---- the whole ---------------------------------------------------------------------------- */

static ku_status lock_part(const preparation *p, int *lock, ku_error *err)
{
    KU_TRY(ku_folder_make(p->part, 0700, err));
    *lock = open(p->part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0) return ku_error_errno(err, errno, p->part, "opening the folder");
    if (flock(*lock, LOCK_EX | LOCK_NB) == 0) return KU_OK;
    close(*lock);
    *lock = -1;
    return ku_error_set(err, KU_BUSY, p->options->workspace,
                        "this demo is being prepared by another start of the program");
}

static bool there_already(const char *path, ku_status *status, ku_error *err)
{
    ku_workspace *workspace = NULL;
    ku_error found = {0};
    *status = ku_workspace_open(path, &workspace, &found);
    ku_workspace_close(workspace);
    if (*status != KU_OK && *status != KU_NOT_FOUND && err != NULL) *err = found;
    return *status != KU_NOT_FOUND;
}

static void name_folders(preparation *p)
{
    const char *path = p->options->workspace;
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    p->part = ku_arena_printf(p->arena, "%.*s.part", (int)length, path);
    p->facts = ku_arena_printf(p->arena, "%s/facts", p->part);
    p->workspace = ku_arena_printf(p->arena, "%s/workspace", p->part);
}

static ku_status prepare_locked(preparation *p, ku_error *err)
{
    int lock = -1;
    name_folders(p);
    KU_TRY(lock_part(p, &lock, err));
    ku_status status = prepare(p, err);
    sweep(p, NULL);
    rmdir(p->part);
    close(lock);
    return status;
}

ku_status ku_demo_prepare(const ku_demo_options *options, ku_demo_report *report, ku_error *err)
{
    double started = ku_clock_seconds();
    ku_status status;
    if (there_already(options->workspace, &status, err)) {
        if (status == KU_OK && report != NULL) *report = (ku_demo_report){.already = true};
        return status;
    }
    KU_TRY(ku_folder_check_free(options->workspace, err));
    ku_arena *arena = ku_arena_new();
    if (arena == NULL) return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory");
    preparation p = {.options = options, .arena = arena};
    status = prepare_locked(&p, err);
    if (status == KU_OK && report != NULL)
        *report = (ku_demo_report){.rows = p.rows, .seconds = ku_clock_seconds() - started};
    ku_arena_free(arena);
    return status;
}
