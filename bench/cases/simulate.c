/* simulate.c - how fast the simulator writes sale lines, and that its memory does not
 * grow with them. Each size runs in a child of its own, whose peak memory the system
 * counts. With KEMUDI_FULL set, 100 million lines (10 GB) are written as well. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "simulate/company.h"

typedef struct measured {
    double rows, seconds;
    double peak; /* MiB */
} measured;

static void simulate(const char *folder, int64_t lines, const char *format, int to)
{
    const char *only[] = {"sale"};
    ku_company_options options = {.out = folder,
                                  .rows = lines,
                                  .format = format,
                                  .only = only,
                                  .only_count = 1,
                                  .force = true};
    ku_company_report report;
    ku_error err = {0};
    if (ku_simulate_company(&options, NULL, NULL, &report, &err) != KU_OK) {
        fprintf(stderr, "%s: %s\n", err.where, err.message);
        _exit(1);
    }
    double found[2] = {(double)report.file[0].rows, report.seconds};
    _exit(write(to, found, sizeof found) == (ssize_t)sizeof found ? 0 : 1);
}

static measured measure(const char *folder, int64_t lines, const char *format)
{
    int pipes[2], status = 0;
    struct rusage usage = {0};
    if (pipe(pipes) != 0) exit(1);
    pid_t child = fork();
    if (child == 0) simulate(folder, lines, format, pipes[1]);
    close(pipes[1]);
    double found[2] = {0};
    if (read(pipes[0], found, sizeof found) != (ssize_t)sizeof found) exit(1);
    close(pipes[0]);
    if (wait4(child, &status, 0, &usage) != child || status != 0) exit(1);
    ku_folder_remove(folder, NULL);
    return (measured){found[0], found[1], (double)usage.ru_maxrss / 1024.0};
}

static void tell(const char *what, measured m, const char *rate_target, const char *note)
{
    printf("%s, rate\t%.2f\tM lines/s\t%s\t%.2f s for %.0f lines, %s\n", what,
           m.rows / m.seconds / 1e6, rate_target, m.seconds, m.rows, note);
    printf("%s, peak memory\t%.0f\tMiB\t\t%s\n", what, m.peak, note);
}

int main(void)
{
    const char *scratch = getenv("KEMUDI_SCRATCH");
    if (scratch == NULL) return 2;
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/company", scratch);
    measured small = measure(folder, 1000000, "csv");
    measured large = measure(folder, 10000000, "csv");
    tell("simulate 1 M sale lines", small, ">= 1", "CSV, all processors");
    tell("simulate 10 M sale lines", large, ">= 1", "CSV, all processors");
    printf("simulate, memory at 10 M over 1 M\t%.2f\tx\t<= 1.3\tpeak resident sizes\n",
           large.peak / small.peak);
    tell("simulate 10 M lines, Parquet", measure(folder, 10000000, "parquet"), "",
         "Parquet with zstd");
    if (getenv("KEMUDI_FULL") == NULL) return 0;
    measured vast = measure(folder, 100000000, "csv");
    tell("simulate 100 M sale lines", vast, ">= 1", "CSV, all processors");
    printf("simulate, memory at 100 M over 1 M\t%.2f\tx\t<= 1.3\tpeak resident sizes\n",
           vast.peak / small.peak);
    return 0;
}
