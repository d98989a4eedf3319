/* company.c - the simulation from options to a finished folder.
 *
 * A folder is either whole or not there: everything is written to DIR.part, held by a
 * lock so that two simulations cannot mix, and renamed at the end. What a killed
 * simulation left in DIR.part is swept away by the next one. */
#include "simulate/company.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "simulate/stream_internal.h"

/* ---- options ---------------------------------------------------------------------------- */

typedef struct sizes {
    int64_t customers, rows;
    int years;
    int32_t end;
} sizes;

bool ku_company_has(const char *fact)
{
    for (int f = 0; f < FACT_FILES; f++)
        if (strcmp(ku_sim_fact_files[f].name, fact) == 0) return true;
    return false;
}

static const char *file_name(const void *data, size_t i)
{
    (void)data;
    return ku_sim_fact_files[i].name;
}

static ku_status read_sizes(const ku_company_options *o, sizes *s, ku_error *err)
{
    s->customers = o->customers != 0 ? o->customers : KU_COMPANY_CUSTOMERS;
    s->years = o->years != 0 ? o->years : KU_COMPANY_YEARS;
    s->rows = o->rows;
    if (s->customers < 1 || s->customers > 1000000000)
        return ku_error_set(err, KU_USAGE, "customers",
                            "%lld customers cannot be simulated; give 1 to 1,000,000,000",
                            (long long)s->customers);
    if (s->years < 1 || s->years > 30)
        return ku_error_set(err, KU_USAGE, "years", "%d years cannot be simulated; give 1 to 30",
                            s->years);
    if (s->rows < 0 || s->rows > INT64_C(20000000000))
        return ku_error_set(err, KU_USAGE, "rows",
                            "%lld sale lines cannot be simulated; give 1 to 20,000,000,000",
                            (long long)s->rows);
    if (s->rows > 0 && o->customers != 0)
        return ku_error_set(err, KU_USAGE, "rows",
                            "give the number of customers or of rows, not both");
    const char *end = o->end != NULL ? o->end : KU_COMPANY_END;
    ku_error found = {0};
    if (ku_date_parse(end, strlen(end), KU_DATE_YMD, &s->end, &found) != KU_OK)
        return ku_error_set(err, KU_USAGE, "end", "%s", found.message);
    int year = ku_date_to_civil(s->end).year;
    if (year - s->years < 1950 || year > 2150)
        return ku_error_set(err, KU_USAGE, "end",
                            "the simulated years must lie between 1950 and 2150; the last day "
                            "given is %s",
                            end);
    return KU_OK;
}

static ku_status want_facts(const ku_company_options *o, plan *p, ku_error *err)
{
    for (int f = 0; f < FACT_FILES; f++) p->wanted[f] = o->only == NULL || o->only_count == 0;
    for (size_t i = 0; o->only != NULL && i < o->only_count; i++) {
        int f = 0;
        while (f < FACT_FILES && strcmp(ku_sim_fact_files[f].name, o->only[i]) != 0) f++;
        if (f < FACT_FILES) {
            p->wanted[f] = true;
            continue;
        }
        const char *near = ku_text_nearest(o->only[i], FACT_FILES, file_name, NULL);
        return ku_error_set(err, KU_USAGE, "only", "there is no fact called %s%s%s%s", o->only[i],
                            near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                            near != NULL ? "?" : "");
    }
    for (int f = 0; f < FACT_FILES; f++)
        if (p->wanted[f] && ku_sim_fact_files[f].needs_orders) p->orders = true;
    return KU_OK;
}

static ku_status read_format(const ku_company_options *o, plan *p, ku_error *err)
{
    const char *format = o->format != NULL ? o->format : "csv";
    p->parquet = strcmp(format, "parquet") == 0;
    if (p->parquet || strcmp(format, "csv") == 0) return KU_OK;
    return ku_error_set(err, KU_USAGE, "format", "the format is csv or parquet, not %s", format);
}

/* ---- folders ----------------------------------------------------------------------------- */

/* A file the simulator writes: <fact>.csv, <fact>.parquet or truth.json. */
static bool own_file(const char *name)
{
    if (strcmp(name, "truth.json") == 0) return true;
    for (int f = 0; f < FACT_FILES; f++) {
        size_t length = strlen(ku_sim_fact_files[f].name);
        if (strncmp(name, ku_sim_fact_files[f].name, length) != 0) continue;
        if (strcmp(name + length, ".csv") == 0 || strcmp(name + length, ".parquet") == 0)
            return true;
    }
    return false;
}

typedef ku_status visit_fn(void *data, const char *folder, const char *name, ku_error *err);

static ku_status each_entry(const char *folder, visit_fn *visit, void *data, ku_error *err)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) return ku_error_errno(err, errno, folder, "reading the folder");
    ku_status status = KU_OK;
    for (struct dirent *entry; status == KU_OK && (entry = readdir(dir)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = visit(data, folder, entry->d_name, err);
    closedir(dir);
    return status;
}

static ku_status count_entry(void *data, const char *folder, const char *name, ku_error *err)
{
    (void)folder, (void)name, (void)err;
    ++*(int *)data;
    return KU_OK;
}

static ku_status remove_own(void *data, const char *folder, const char *name, ku_error *err)
{
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!own_file(name)) {
        if (data == NULL) return KU_OK;
        return ku_error_set(err, KU_CONFLICT, folder,
                            "the folder holds %s, which no simulation wrote; move it away", name);
    }
    if (unlink(path) != 0) return ku_error_errno(err, errno, path, "removing an old file");
    return KU_OK;
}

static ku_status move_own(void *data, const char *folder, const char *name, ku_error *err)
{
    char from[PATH_ROOM], to[PATH_ROOM];
    int a = snprintf(from, sizeof from, "%s/%s", folder, name);
    int b = snprintf(to, sizeof to, "%s/%s", (const char *)data, name);
    if (a >= (int)sizeof from || b >= (int)sizeof to)
        return ku_error_set(err, KU_USAGE, folder, "the path is too long");
    if (rename(from, to) != 0) return ku_error_errno(err, errno, to, "moving a new file");
    return KU_OK;
}

static ku_status check_out(const ku_company_options *o, ku_error *err)
{
    if (o->out == NULL || o->out[0] == '\0')
        return ku_error_set(err, KU_USAGE, "out", "give the folder to write to");
    if (strlen(o->out) > PATH_ROOM - 64)
        return ku_error_set(err, KU_USAGE, "out", "the folder's name is too long");
    struct stat about;
    if (stat(o->out, &about) != 0) return KU_OK;
    if (!S_ISDIR(about.st_mode))
        return ku_error_set(err, KU_CONFLICT, o->out, "this is a file, not a folder");
    int entries = 0;
    KU_TRY(each_entry(o->out, count_entry, &entries, err));
    if (entries > 0 && !o->force)
        return ku_error_set(err, KU_CONFLICT, o->out,
                            "the folder is not empty; name another one, or replace an earlier "
                            "simulation with --force");
    return KU_OK;
}

/* Makes or takes over DIR.part, locked; the lock lasts as long as *lock is open. */
static ku_status take_part(const char *part, int *lock, ku_error *err)
{
    KU_TRY(ku_folder_make(part, 0755, err));
    *lock = open(part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*lock < 0) return ku_error_errno(err, errno, part, "opening the folder");
    if (flock(*lock, LOCK_EX | LOCK_NB) != 0) {
        close(*lock);
        *lock = -1;
        return ku_error_set(err, KU_BUSY, part, "another simulation is writing to this folder");
    }
    int strict = 1;
    return each_entry(part, remove_own, &strict, err);
}

static ku_status finish_folder(const char *part, const char *out, ku_error *err)
{
    if (rmdir(out) != 0 && errno != ENOENT) {
        KU_TRY(each_entry(out, remove_own, NULL, err));
        KU_TRY(each_entry(part, move_own, (void *)(uintptr_t)out, err));
        if (rmdir(part) != 0) return ku_error_errno(err, errno, part, "removing the folder");
        return KU_OK;
    }
    if (rename(part, out) != 0) return ku_error_errno(err, errno, out, "naming the folder");
    return KU_OK;
}

/* ---- sizes ------------------------------------------------------------------------------- */

/* Mean lines of a customer in a company of about this size, from a dozen of its blocks. */
static double lines_per_customer(const ku_company_options *o, const sizes *s, int64_t customers)
{
    enum { TRIALS = 12 };
    int64_t lived = 0, lines = 0;
    if (customers < TRIALS * BLOCK_CUSTOMERS) customers = TRIALS * BLOCK_CUSTOMERS;
    world *w = ku_sim_world_new(o->seed, customers, s->years, s->end);
    block *b = w != NULL ? malloc(sizeof *b) : NULL;
    if (b != NULL && ku_sim_block_init(b, w)) {
        for (int64_t k = 0; k < TRIALS; k++) {
            ku_sim_block_live(b, k * (ku_sim_block_count(w) / TRIALS), true);
            lived += b->count;
            lines += (int64_t)b->line_count;
        }
        ku_sim_block_clear(b);
    }
    free(b);
    ku_sim_world_free(w);
    return lived > 0 ? (double)lines / (double)lived : 0;
}

/* How many customers buy about so many lines; 0: no memory. Twice, because the number of
 * branches, and with it demand, depends on the number of customers. */
static int64_t customers_for(const ku_company_options *o, const sizes *s)
{
    int64_t customers = s->rows / (8 * s->years) + 1;
    for (int round = 0; round < 2 && customers > 0; round++) {
        double lines = lines_per_customer(o, s, customers);
        customers = lines > 0 ? (int64_t)ceil((double)s->rows / lines) : 0;
    }
    return customers;
}

/* ---- the whole ------------------------------------------------------------------------- */

static void fill_report(const plan *p, const out_file files[FACT_FILES], double seconds,
                        ku_company_report *report)
{
    const world *w = p->world;
    *report = (ku_company_report){.customers = w->customers, .seconds = seconds};
    memcpy(report->from, w->date[0], 11);
    memcpy(report->to, w->date[w->days - 1], 11);
    for (int f = 0; f < FACT_FILES; f++) {
        if (!files[f].wanted) continue;
        size_t k = report->file_count++;
        report->file[k].fact = ku_sim_fact_files[f].name;
        report->file[k].rows = files[f].rows;
        report->file[k].bytes = files[f].bytes;
    }
}

static ku_status write_company(plan *p, out_file files[FACT_FILES], ku_error *err)
{
    tally total;
    ku_status status = ku_sim_tally_init(&total, p->world)
                           ? KU_OK
                           : ku_error_errno(err, ENOMEM, NULL, "simulating");
    if (status == KU_OK) status = ku_sim_stream_company(p, files, &total, err);
    if (status == KU_OK) status = ku_sim_truth_write(p, &total, p->orders, err);
    ku_sim_tally_clear(&total);
    if (status == KU_OK && p->parquet) status = ku_sim_parquet_company(p, files, err);
    return status;
}

/* Writes into DIR.part and renames; a failure sweeps DIR.part away. */
static ku_status simulate_into(const ku_company_options *o, plan *p, out_file files[FACT_FILES],
                               ku_error *err)
{
    char part[PATH_ROOM];
    size_t length = strlen(o->out);
    while (length > 1 && o->out[length - 1] == '/') length--;
    snprintf(part, sizeof part, "%.*s.part", (int)length, o->out);
    int lock = -1;
    ku_status status = take_part(part, &lock, err);
    if (lock < 0) return status;
    if (status == KU_OK) {
        p->folder = part;
        status = write_company(p, files, err);
        if (status == KU_OK) status = finish_folder(part, o->out, err);
        if (status != KU_OK) {
            each_entry(part, remove_own, NULL, NULL);
            rmdir(part);
        }
    }
    close(lock);
    return status;
}

ku_status ku_simulate_company(const ku_company_options *options, ku_company_progress *progress,
                              void *progress_data, ku_company_report *report, ku_error *err)
{
    double started = ku_clock_seconds();
    sizes s;
    plan p = {.threads = options->threads, .progress = progress, .progress_data = progress_data};
    KU_TRY(check_out(options, err));
    KU_TRY(read_sizes(options, &s, err));
    KU_TRY(want_facts(options, &p, err));
    KU_TRY(read_format(options, &p, err));
    if (s.rows > 0) s.customers = customers_for(options, &s);
    world *w = s.customers > 0 ? ku_sim_world_new(options->seed, s.customers, s.years, s.end)
                               : NULL;
    if (w == NULL) return ku_error_errno(err, ENOMEM, NULL, "simulating");
    p.world = w;
    out_file files[FACT_FILES] = {0};
    ku_status status = simulate_into(options, &p, files, err);
    if (status == KU_OK && report != NULL)
        fill_report(&p, files, ku_clock_seconds() - started, report);
    ku_sim_world_free(w);
    return status;
}
