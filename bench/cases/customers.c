/* customers.c - models of repeat buying: a million simulated customers (KEMUDI_BENCH_CUSTOMERS names
 * another number, for which the targets are in proportion) fitted and scored by each model, and CDNOW's 23,570 customers fitted against lifetimes and PyMC-Marketing's MAP. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <zlib.h>

#include "../process.h"
#include "base/date.h"
#include "base/text.h"
#include "customers/fit.h"

enum { MASTER = 23570, TURNS = 9, MOST_TIMES = 4096 };

/* ---- a million customers ------------------------------------------------------------------- */

/* Of about the size of CDNOW's, time in days; BG/BB in years' opportunities. */
static const struct truth {
    const char *model;
    double parameter[5];
} truths[] = {
    {"nbd", {0.385, 84.5}},
    {"bgnbd", {0.243, 30.9, 0.793, 2.426}},
    {"mbgnbd", {0.525, 43.3, 0.891, 1.614}},
    {"pareto", {0.553, 74.0, 0.606, 81.7}},
    {"ggompertz", {0.553, 74.0, 0.002, 0.603, 0.16}},
    {"bgbb", {1.204, 0.750, 0.657, 2.783}},
};

typedef struct crowd {
    size_t size;
    double *x, *t_x, *T, *weight, *out;
} crowd;

/* Customers come over a year and are seen to the end of the second; days are whole. */
static void live(const ku_buying_model *model, const double *parameter, crowd *c)
{
    static double times[MOST_TIMES];
    for (size_t i = 0; i < c->size; i++) {
        ku_rng rng = ku_rng_make(17, i);
        double T = model->discrete ? 6 : 365 + (double)ku_rng_below(&rng, 365);
        int bought = model->draw(parameter, 0, 0, 0, T, &rng, times, MOST_TIMES);
        c->x[i] = c->t_x[i] = 0;
        for (int k = 0; k < bought && k < MOST_TIMES; k++) {
            double day = model->discrete ? times[k] : floor(times[k]) + 1;
            if (day > T || (k > 0 && day <= c->t_x[i])) continue;
            c->t_x[i] = day;
            c->x[i]++;
        }
        c->T[i] = T;
        c->weight[i] = 1;
    }
}

static void measure_million(const ku_buying_model *model, const double *parameter, crowd *c)
{
    ku_error err = {0};
    ku_arena *arena = ku_arena_new();
    ku_buying_fit fit;
    live(model, parameter, c);
    ku_buyers buyers = {c->size, c->x, c->t_x, c->T, c->weight};
    double began = processor_seconds(), horizon = model->discrete ? 5 : 365;
    ku_buyers joined = ku_buyers_compress(&buyers, arena, NULL);
    if (ku_buying_estimate(model, &joined, NULL, arena, NULL, &fit, &err) != KU_OK) {
        fprintf(stderr, "%s: %s\n", model->name, err.message);
        exit(1);
    }
    double fitted = processor_seconds() - began;
    if (model->alive != NULL) model->alive(fit.parameter, &buyers, 0, buyers.rows, c->out);
    model->expected(fit.parameter, &buyers, 0, buyers.rows, horizon, c->out);
    double seconds = processor_seconds() - began;
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    double millions = (double)c->size / 1e6;
    printf("%s, %zu customers\t%.2f\ts of CPU\t<= %g\tfit %.2f s on %zu different rows, then "
           "chance to be there and expected purchases of each; converged: %s\n",
           model->title, c->size, seconds, 5 * millions, fitted, joined.rows,
           fit.converged ? "yes" : "no");
    printf("%s, memory up to here\t%.0f\tMiB\t<= %g\tpeak of the process, the customers "
           "themselves %.0f MiB of it\n",
           model->title, (double)use.ru_maxrss / 1024, 1024 * millions,
           (double)(5 * c->size * sizeof(double)) / 1048576);
    ku_arena_free(arena);
}

static void measure_all(void)
{
    const char *asked = getenv("KEMUDI_BENCH_CUSTOMERS");
    crowd c = {.size = asked != NULL ? strtoull(asked, NULL, 10) : 1000000};
    double **column[] = {&c.x, &c.t_x, &c.T, &c.weight, &c.out};
    for (int k = 0; k < 5; k++)
        if ((*column[k] = malloc(c.size * sizeof(double))) == NULL) exit(1);
    for (int m = 0; m < ku_buying_model_count; m++)
        for (size_t t = 0; t < sizeof truths / sizeof *truths; t++)
            if (strcmp(truths[t].model, ku_buying_models[m]->name) == 0)
                measure_million(ku_buying_models[m], truths[t].parameter, &c);
    for (int k = 0; k < 5; k++) free(*column[k]);
}

/* ---- CDNOW --------------------------------------------------------------------------------- */

typedef struct seen {
    int id, first, last, days;
} seen;

/* Lines are customer, date, pieces, money, by customer and date. */
static size_t read_master(const char *path, double *x, double *t_x, double *T)
{
    gzFile file = gzopen(path, "r");
    static seen who[MASTER + 1];
    char line[256];
    size_t count = 0;
    int last_day = 0;
    if (file == NULL) return 0;
    while (gzgets(file, line, sizeof line) != NULL) {
        int id, date;
        if (sscanf(line, "%d %d", &id, &date) != 2) continue;
        int day = ku_date_from_civil(date / 10000, date / 100 % 100, date % 100);
        if (count == 0 || who[count - 1].id != id) {
            if (count == MASTER) break;
            who[count++] = (seen){id, day, day, 1};
        } else if (day != who[count - 1].last) {
            who[count - 1].last = day;
            who[count - 1].days++;
        }
        if (day > last_day) last_day = day;
    }
    gzclose(file);
    for (size_t i = 0; i < count; i++) {
        x[i] = who[i].days - 1;
        t_x[i] = (who[i].last - who[i].first) / 7.0;
        T[i] = (last_day - who[i].first) / 7.0;
    }
    return count;
}

static bool write_rows(const char *path, const ku_buyers *b)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) return false;
    fprintf(file, "x,t_x,T\n");
    for (size_t i = 0; i < b->rows; i++)
        fprintf(file, "%.17g,%.17g,%.17g\n", b->x[i], b->t_x[i], b->T[i]);
    return fclose(file) == 0;
}

/* Ours, its standard errors included. */
static double time_fit(const ku_buying_model *model, const ku_buyers *buyers, double *loglik)
{
    double best = INFINITY;
    for (int turn = 0; turn < TURNS; turn++) {
        ku_error err = {0};
        ku_arena *arena = ku_arena_new();
        ku_buying_fit fit;
        double began = processor_seconds();
        if (ku_buying_estimate(model, buyers, NULL, arena, NULL, &fit, &err) != KU_OK) exit(1);
        best = fmin(best, processor_seconds() - began);
        *loglik = fit.loglik;
        ku_arena_free(arena);
    }
    return best;
}

/* The customers one a row, and with equal ones joined and weighted. */
typedef struct master {
    const char *name[2];
    ku_buyers rows[2];
} master;

/* The fastest of the peer's answers, lines `model rows seconds parameters`, that is an answer:
 * its likelihood within `slack` of the largest. */
static double best_answer(const char *answers, const ku_buying_model *model, const char *rows,
                          const ku_buyers *buyers, double largest, double slack, double *loglik)
{
    FILE *file = fopen(answers, "r");
    char line[256], name[32], which[32];
    double best = INFINITY, seconds, p[4];
    if (file == NULL) return best;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%31s %31s %lf %lf %lf %lf %lf", name, which, &seconds, &p[0], &p[1],
                   &p[2], &p[3]) != 7 ||
            strcmp(name, model->name) != 0 || strcmp(which, rows) != 0)
            continue;
        double value = model->loglik(p, buyers, 0, buyers->rows, NULL);
        fprintf(stderr, "%s, %s: %.3f s, log-likelihood %.4f\n", name, rows, seconds, value);
        if (!(value >= largest - slack) || seconds >= best) continue;
        best = seconds;
        *loglik = value;
    }
    fclose(file);
    return best;
}

static void compare(const char *peer, const char *answers, const char *target, double slack,
                    int kinds, const master *m)
{
    static const char *const models[] = {"bgnbd", "pareto"};
    for (int k = 0; k < 2 * kinds; k++) {
        const ku_buying_model *model = ku_buying_find(models[k % 2]);
        const char *rows = m->name[k / 2];
        const ku_buyers *buyers = &m->rows[k / 2];
        double ours, theirs = NAN, mine = time_fit(model, buyers, &ours);
        double seconds = best_answer(answers, model, rows, buyers, ours, slack, &theirs);
        if (isinf(seconds))
            printf("%s on CDNOW against %s, %s rows\tskipped\tx\t%s\tno fit of the peer's came "
                   "within %g of our log-likelihood, %.4f\n",
                   model->title, peer, rows, target, slack, ours);
        else
            printf(
                "%s on CDNOW against %s, %s rows\t%.0f\tx\t%s\t%zu rows given to both; %.2f ms "
                "with standard errors against %.0f ms of CPU; log-likelihood %.4f against %.4f\n",
                model->title, peer, rows, seconds / mine, target, buyers->rows, 1e3 * mine,
                1e3 * seconds, ours, theirs);
    }
}

/* `kinds`: of rows that the peer can take, all or all and joined. */
static void against(const char *peer, const char *tool, const char *target, double slack, int kinds,
                    const char *rows, const master *m)
{
    const char *source = getenv("KEMUDI_SOURCE"), *scratch = getenv("KEMUDI_SCRATCH");
    char venv[600], setup[600], script[600], python[700], answers[600];
    snprintf(venv, sizeof venv, "%s/build/bench/%s", source, tool);
    snprintf(setup, sizeof setup, "%s/bench/peers/%s_setup", source, tool);
    snprintf(script, sizeof script, "%s/bench/peers/%s_peer.py", source, tool);
    snprintf(python, sizeof python, "%s/bin/python", venv);
    snprintf(answers, sizeof answers, "%s/%s.txt", scratch, tool);
    const char *const set_up[] = {setup, venv, NULL};
    const char *const ask[] = {python, script, rows, answers, NULL};
    if (run_program(set_up) != 0 || run_program(ask) != 0)
        printf("fits on CDNOW against %s\tskipped\tx\t%s\tthe peer could not be run\n", peer,
               target);
    else
        compare(peer, answers, target, slack, kinds, m);
}

int main(void)
{
    static double x[MASTER], t_x[MASTER], T[MASTER], weight[MASTER];
    const char *data = getenv("KEMUDI_DATA"), *scratch = getenv("KEMUDI_SCRATCH");
    char path[600], rows[600];
    measure_all();
    snprintf(path, sizeof path, "%s/customers/cdnow/CDNOW_master.txt.gz", data ? data : "");
    snprintf(rows, sizeof rows, "%s/cdnow.csv", scratch);
    ku_buyers buyers = {read_master(path, x, t_x, T), x, t_x, T, weight};
    for (size_t i = 0; i < MASTER; i++) weight[i] = 1;
    if (buyers.rows == 0 || !write_rows(rows, &buyers)) {
        printf("fits on CDNOW\tskipped\tx\t\tno data %s\n", path);
        return 0;
    }
    ku_arena *arena = ku_arena_new();
    master m = {{"all", "joined"}, {buyers, ku_buyers_compress(&buyers, arena, NULL)}};
    /* The second peer has priors, which move its maximum a little. */
    against("lifetimes", "lifetimes", ">= 200", 1, 2, rows, &m);
    against("PyMC-Marketing's MAP", "pymc_marketing", ">= 50", 20, 1, rows, &m);
    ku_arena_free(arena);
    return 0;
}
