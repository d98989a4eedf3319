/* mix.c - the media-mix model: Meridian's demonstration against the clock, and wall time per
 * effective draw against PyMC-Marketing (with nutpie) and Meridian, each on the model and the data
 * of its own examples, one after the other on the same processors. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "../process.h"
#include "base/date.h"
#include "num/chains.h"
#include "returns/mix/mix.h"

enum { COLUMNS = 48, ROWS = 8192, NAME = 48, PARAMETERS = 16, CHANNELS = 8 };

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- tables ------------------------------------------------------------------------------------ */

typedef struct table {
    int rows, columns;
    char name[COLUMNS][NAME];
    double value[COLUMNS][ROWS];
    char place[ROWS][16];
    int day[ROWS];
} table;

static void read_row(table *t, char *line)
{
    char *rest = line, *field;
    for (int c = 0; (field = strsep(&rest, ",\n")) != NULL && c < t->columns; c++) {
        t->value[c][t->rows] = strtod(field, NULL);
        if (strcmp(t->name[c], "geo") == 0) snprintf(t->place[t->rows], 16, "%s", field);
        int year, month, day;
        if (sscanf(field, "%d-%d-%d", &year, &month, &day) == 3)
            t->day[t->rows] = ku_date_from_civil(year, month, day);
    }
    t->rows++;
}

/* A table of numbers, with a place and a day beside them; false when it is not there. */
static bool read_table(const char *name, table *t)
{
    const char *folder = getenv("KEMUDI_DATA");
    char path[600], line[4096], *rest = line, *field;
    snprintf(path, sizeof path, "%s/returns/%s", folder ? folder : "", name);
    gzFile file = gzopen(path, "r");
    t->rows = t->columns = 0;
    if (file == NULL) return false;
    if (gzgets(file, line, sizeof line) != NULL)
        while ((field = strsep(&rest, ",\n")) != NULL && t->columns < COLUMNS)
            snprintf(t->name[t->columns++], NAME, "%s", field);
    while (t->rows < ROWS && gzgets(file, line, sizeof line) != NULL) read_row(t, line);
    gzclose(file);
    return t->rows > 0;
}

static int column_of(const table *t, const char *name)
{
    for (int c = 0; c < t->columns; c++)
        if (strcmp(t->name[c], name) == 0) return c;
    return -1;
}

/* Rows by place and day become a grid by day and place. */
static const double *grid_of(const table *t, const char *name, int regions, ku_arena *arena)
{
    int column = column_of(t, name), periods = t->rows / regions;
    double *grid = KU_ARRAY(arena, (size_t)t->rows, double);
    for (int i = 0; i < t->rows && column >= 0; i++)
        grid[i % periods * regions + i / periods] = t->value[column][i];
    return grid;
}

/* ---- models ------------------------------------------------------------------------------------- */

/* Meridian's own columns: Channel0_impression, Channel0_spend, .., x_control. */
static ku_mix_data *meridian_data(const table *t, ku_arena *arena)
{
    ku_mix_data *d = KU_NEW(arena, ku_mix_data);
    ku_mix_channel *channel = KU_ARRAY(arena, CHANNELS, ku_mix_channel);
    ku_mix_series *control = KU_ARRAY(arena, COLUMNS, ku_mix_series);
    const char **region = KU_ARRAY(arena, (size_t)t->rows, const char *);
    d->regions = 0;
    for (int i = 0; i < t->rows; i++)
        if (i == 0 || strcmp(t->place[i], t->place[i - 1]) != 0) region[d->regions++] = t->place[i];
    d->periods = t->rows / d->regions;
    double *population = KU_ARRAY(arena, (size_t)d->regions, double);
    int heads = column_of(t, "population");
    for (int g = 0; g < d->regions && heads >= 0; g++)
        population[g] = t->value[heads][g * d->periods];
    for (int c = 0; c < t->columns; c++) {
        size_t length = strlen(t->name[c]);
        if (length > 8 && strcmp(t->name[c] + length - 8, "_control") == 0)
            control[d->controls++] = (ku_mix_series){
                t->name[c], grid_of(t, t->name[c], d->regions, arena), false};
        if (length <= 6 || strcmp(t->name[c] + length - 6, "_spend") != 0) continue;
        const char *name = ku_arena_strndup(arena, t->name[c], length - 6);
        channel[d->channels++] = (ku_mix_channel){
            .name = name,
            .exposure = grid_of(t, ku_arena_printf(arena, "%s_impression", name), d->regions,
                                arena),
            .spend = grid_of(t, t->name[c], d->regions, arena)};
    }
    d->channel = channel;
    d->control = control;
    d->region = region;
    d->population = heads >= 0 ? population : NULL;
    d->outcome = grid_of(t, "conversions", d->regions, arena);
    d->revenue_per_unit = grid_of(t, "revenue_per_conversion", d->regions, arena);
    return d;
}

static ku_mix_data *pymc_data(const table *t, ku_arena *arena)
{
    static const char *const channels[] = {"x1", "x2"};
    static const char *const controls[] = {"event_1", "event_2", "t"};
    static const char *const everywhere[] = {"everywhere"};
    ku_mix_data *d = KU_NEW(arena, ku_mix_data);
    ku_mix_channel *channel = KU_ARRAY(arena, 2, ku_mix_channel);
    ku_mix_series *control = KU_ARRAY(arena, 3, ku_mix_series);
    double *year = KU_ARRAY(arena, (size_t)t->rows, double);
    const double *day = grid_of(t, "dayofyear", 1, arena);
    *d = (ku_mix_data){.regions = 1, .periods = t->rows, .channels = 2, .controls = 3};
    for (int m = 0; m < 2; m++) {
        const double *x = grid_of(t, channels[m], 1, arena);
        channel[m] = (ku_mix_channel){.name = channels[m], .exposure = x, .spend = x};
    }
    for (int c = 0; c < 3; c++)
        control[c] = (ku_mix_series){controls[c], grid_of(t, controls[c], 1, arena), false};
    for (int i = 0; i < t->rows; i++) year[i] = day[i] / 365.25;
    d->channel = channel;
    d->control = control;
    d->region = everywhere;
    d->year = year;
    d->outcome = grid_of(t, "y", 1, arena);
    return d;
}

/* ---- a fit ---------------------------------------------------------------------------------------- */

typedef struct parameter {
    char name[NAME];
    double mean, sd, ess;
} parameter;

typedef struct answer {
    double wall, cpu, rhat, ess; /* of all unknowns and returns; the peers': of the parameters */
    int parameters, divergent;
    parameter parameter[PARAMETERS];
} answer;

static void summarise(const ku_mix_fit *fit, int channel, ku_mix_part part, const char *name,
                      answer *to, ku_arena *arena)
{
    size_t draws = ku_mix_draws(fit);
    double *x = KU_ARRAY(arena, draws, double);
    double *work = KU_ARRAY(arena, ku_chains_room(fit->nuts.chains, fit->nuts.draws), double);
    int unknown = ku_mix_find(fit->model, channel, part);
    for (size_t i = 0; i < draws; i++)
        x[i] = ku_mix_natural(fit->model, unknown, ku_mix_draw(fit, i)[unknown]);
    ku_chains chains = {fit->nuts.chains, fit->nuts.draws, x, (size_t)fit->nuts.draws, 1};
    ku_chain_summary s = ku_chains_summarise(&chains, work);
    parameter *p = &to->parameter[to->parameters++];
    *p = (parameter){.mean = s.mean, .sd = s.sd, .ess = s.ess_bulk};
    snprintf(p->name, sizeof p->name, "%s", name);
}

static bool fit_model(const ku_mix_data *data, const ku_mix_spec *spec, int draws, double accept,
                      ku_arena *arena, ku_mix_fit *fit, answer *to)
{
    ku_error err = {0};
    const ku_mix_model *model;
    ku_mix_options options = {.chains = 4, .draws = draws, .accept = accept, .seed = 1};
    ku_pool *pool = ku_pool_new(2);
    double wall = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    ku_status status = ku_mix_new(data, spec, arena, &model, &err);
    if (status == KU_OK) status = ku_mix_sample(model, &options, pool, NULL, arena, fit, &err);
    *to = (answer){.wall = seconds_of(CLOCK_MONOTONIC) - wall,
                   .cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu};
    ku_pool_free(pool);
    if (status != KU_OK) {
        fprintf(stderr, "%s\n", err.message);
        return false;
    }
    to->rhat = fit->rhat;
    to->ess = fit->ess;
    to->divergent = fit->divergent;
    return true;
}

/* ---- Meridian's demonstration ---------------------------------------------------------------------- */

static void demonstration(table *t, ku_arena *arena)
{
    ku_mix_fit fit;
    answer a;
    if (!read_table("meridian_sim/geo_all_channels.csv.gz", t)) {
        printf("Meridian's demonstration\tskipped\ts\t<= 180\tno data\n");
        return;
    }
    ku_mix_data *data = meridian_data(t, arena);
    if (!fit_model(data, ku_mix_spec_meridian(data, arena), 0, 0, arena, &fit, &a)) exit(1);
    printf("Meridian's demonstration, %d regions, %d weeks, %d channels\t%.1f\ts\t<= 180\t%d "
           "unknowns, %zu draws, 2 threads, %.1f s of CPU, %d divergent (Meridian on a GPU: 869 "
           "s)\n",
           data->regions, data->periods, data->channels, a.wall, ku_mix_unknowns(fit.model),
           ku_mix_draws(&fit), a.cpu, a.divergent);
    printf("its worst R-hat\t%.4f\t\t<= 1.01\tof all unknowns and returns\n", a.rhat);
    printf(
        "its least ESS\t%.0f\tdraws\t>= 400\tof all unknowns and returns, bulk and tail; returns "
        "alone %.0f\n",
        a.ess, fit.ess_returns);
}

/* ---- peers ------------------------------------------------------------------------------------------ */

static bool read_answer(const char *path, answer *a)
{
    FILE *file = fopen(path, "r");
    parameter p;
    *a = (answer){.ess = INFINITY};
    if (file == NULL) return false;
    while (a->parameters < PARAMETERS &&
           fscanf(file, "%47s %lf %lf %lf", p.name, &p.mean, &p.sd, &p.ess) == 4) {
        if (strcmp(p.name, "seconds") == 0) {
            a->wall = p.mean;
            a->cpu = p.sd;
            continue;
        }
        a->parameter[a->parameters++] = p;
        a->ess = fmin(a->ess, p.ess);
    }
    fclose(file);
    return a->parameters > 0 && a->wall > 0;
}

static bool ask(const char *setup, const char *script, const char *rows, answer *to)
{
    const char *source = getenv("KEMUDI_SOURCE"), *scratch = getenv("KEMUDI_SCRATCH");
    const char *data = getenv("KEMUDI_DATA");
    char venv[600], install[600], program[600], python[700], path[600], answers[600];
    snprintf(venv, sizeof venv, "%s/build/bench/%s", source, setup);
    snprintf(install, sizeof install, "%s/bench/peers/%s_setup", source, setup);
    snprintf(program, sizeof program, "%s/bench/peers/%s_peer.py", source, script);
    snprintf(python, sizeof python, "%s/bin/python", venv);
    snprintf(path, sizeof path, "%s/returns/%s", data, rows);
    snprintf(answers, sizeof answers, "%s/%s.txt", scratch, script);
    const char *const set_up[] = {install, venv, NULL};
    const char *const answer_me[] = {python, program, path, answers, NULL};
    return run_program(set_up) == 0 && run_program(answer_me) == 0 && read_answer(answers, to);
}

/* The parameters of both, in the same order; the largest difference of their means in the
 * errors of both together. */
static double farthest(const answer *ours, const answer *theirs)
{
    double most = 0;
    for (int i = 0; i < ours->parameters && i < theirs->parameters; i++) {
        const parameter *a = &ours->parameter[i], *b = &theirs->parameter[i];
        double error = sqrt(a->sd * a->sd / a->ess + b->sd * b->sd / b->ess);
        fprintf(stderr, "%-24s %9.4f (%.4f, ESS %5.0f)  %9.4f (%.4f, ESS %5.0f)\n", b->name,
                a->mean, a->sd, a->ess, b->mean, b->sd, b->ess);
        most = fmax(most, fabs(a->mean - b->mean) / error);
    }
    return most;
}

static void compare(const char *what, const char *target, const answer *ours, const answer *theirs)
{
    double least = INFINITY, far = farthest(ours, theirs);
    for (int i = 0; i < ours->parameters; i++) least = fmin(least, ours->parameter[i].ess);
    printf(
        "%s\t%.0f\tx\t%s\twall time per effective draw of the slowest parameter: %.2f s for %.0f "
        "against %.1f s for %.0f; of CPU %.2f s against %.1f s; means apart by at most %.1f of "
        "their errors\n",
        what, theirs->wall / theirs->ess / (ours->wall / least), target, ours->wall, least,
        theirs->wall, theirs->ess, ours->cpu, theirs->cpu, far);
}

static void against_pymc(table *t, ku_arena *arena)
{
    static const char what[] = "PyMC-Marketing's example against PyMC-Marketing with nutpie";
    static const ku_mix_part parts[] = {KU_MIX_PART_CARRY, KU_MIX_PART_HALF, KU_MIX_PART_EFFECT};
    ku_mix_fit fit;
    answer ours, theirs;
    if (!read_table("pymc_mmm_example/mmm_example.csv", t)) {
        printf("%s\tskipped\tx\t>= 10\tno data\n", what);
        return;
    }
    ku_mix_data *data = pymc_data(t, arena);
    ku_mix_spec *spec = ku_mix_spec_pymc(data, arena);
    spec->fourier = 2;
    /* Where the second channel hardly saturates its slope and ceiling trade off in a curved valley:
     * small steps. */
    if (!fit_model(data, spec, 1000, 0.95, arena, &fit, &ours)) exit(1);
    for (size_t p = 0; p < 3; p++)
        for (int m = 0; m < 2; m++) summarise(&fit, m, parts[p], "", &ours, arena);
    if (!ask("pymc_marketing", "pymc_marketing_mix", "pymc_mmm_example/mmm_example.csv", &theirs))
        printf("%s\tskipped\tx\t>= 10\tthe peer could not be run\n", what);
    else
        compare(what, ">= 10", &ours, &theirs);
}

static void against_meridian(table *t, ku_arena *arena)
{
    static const char what[] = "Meridian's national example against Meridian";
    static const ku_mix_part parts[] = {KU_MIX_PART_EFFECT, KU_MIX_PART_CARRY, KU_MIX_PART_HALF};
    ku_mix_fit fit;
    answer ours, theirs;
    if (!read_table("meridian_sim/national_media.csv", t)) {
        printf("%s\tskipped\tx\t>= 20\tno data\n", what);
        return;
    }
    ku_mix_data *data = meridian_data(t, arena);
    if (!fit_model(data, ku_mix_spec_meridian(data, arena), 1000, 0, arena, &fit, &ours)) exit(1);
    for (size_t p = 0; p < 3; p++)
        for (int m = 0; m < data->channels; m++) summarise(&fit, m, parts[p], "", &ours, arena);
    if (!ask("meridian", "meridian", "meridian_sim/national_media.csv", &theirs))
        printf("%s\tskipped\tx\t>= 20\tthe peer could not be run\n", what);
    else
        compare(what, ">= 20", &ours, &theirs);
}

int main(void)
{
    static table rows;
    ku_arena *arena = ku_arena_new();
    demonstration(&rows, arena);
    against_pymc(&rows, arena);
    against_meridian(&rows, arena);
    ku_arena_free(arena);
    return 0;
}
