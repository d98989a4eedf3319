/* baskets.c - all frequent sets of the simulated company's ten million sale lines, against the
 * fastest of Borgelt's algorithms (PyFIM: fpgrowth, eclat, LCM, apriori) on the same baskets. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../process.h"
#include "base/text.h"
#include "customers/baskets/baskets.h"

enum { MOST = 16000000, SIZE = KU_SET_SIZE, TURNS = 3 };

typedef struct sale {
    int64_t lines, baskets;
    int32_t products;
    int64_t *basket;
    int32_t *product;
} sale;

/* ---- the lines ---------------------------------------------------------------------------- */

/* Product codes are a letter and a number, order numbers ascend. */
static bool read_sale(const char *path, sale *s)
{
    FILE *file = fopen(path, "r");
    char line[1024], last[64] = "";
    s->basket = malloc(MOST * sizeof *s->basket);
    s->product = malloc(MOST * sizeof *s->product);
    if (file == NULL || s->basket == NULL || s->product == NULL) return false;
    if (fgets(line, sizeof line, file) == NULL) return false;
    while (s->lines < MOST && fgets(line, sizeof line, file) != NULL) {
        char *rest = NULL;
        strtok_r(line, ",", &rest);
        const char *order = strsep(&rest, ","), *customer = strsep(&rest, ",");
        const char *product = strsep(&rest, ",");
        (void)customer;
        if (strcmp(order, last) != 0) {
            s->baskets++;
            ku_text_copy(last, sizeof last, order);
        }
        s->basket[s->lines] = s->baskets - 1;
        s->product[s->lines] = (int32_t)strtol(product + 1, NULL, 10);
        if (s->product[s->lines] >= s->products) s->products = s->product[s->lines] + 1;
        s->lines++;
    }
    fclose(file);
    return s->lines > 0;
}

/* Pairs of int32 for the peer. */
static bool write_lines(const sale *s, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) return false;
    for (int64_t i = 0; i < s->lines; i++) {
        int32_t pair[2] = {(int32_t)s->basket[i], s->product[i]};
        fwrite(pair, sizeof pair, 1, file);
    }
    return fclose(file) == 0;
}

/* ---- ours --------------------------------------------------------------------------------- */

static double time_ours(const sale *s, int64_t least, size_t *sets)
{
    ku_arena *arena = ku_arena_new();
    ku_error err = {0};
    ku_baskets baskets;
    ku_basket_sets found;
    double began = processor_seconds();
    if (ku_baskets_make(s->basket, s->product, s->lines, s->baskets, s->products, least, arena,
                        &baskets, &err) != KU_OK ||
        ku_baskets_search(&baskets, least, SIZE, (size_t)1 << 30, arena, NULL, &found, &err) !=
            KU_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    double seconds = processor_seconds() - began;
    *sets = found.count + (size_t)baskets.products; /* the peer counts single products too */
    ku_arena_free(arena);
    return seconds;
}

/* ---- the peer ----------------------------------------------------------------------------- */

/* The peer prints `least algorithm sets seconds`; the fastest of each least counts. */
static void compare(const sale *s, const char *answers)
{
    static const int64_t least[] = {1000, 100, 10};
    for (size_t i = 0; i < sizeof least / sizeof *least; i++) {
        FILE *file = fopen(answers, "r");
        char line[256], algorithm[32], best_name[32] = "";
        double best = 1e300, ours = 1e300, seconds;
        size_t sets = 0, theirs = 0, count;
        long bound;
        if (file == NULL) return;
        while (fgets(line, sizeof line, file) != NULL)
            if (sscanf(line, "%ld %31s %zu %lf", &bound, algorithm, &count, &seconds) == 4 &&
                bound == least[i] && seconds < best) {
                best = seconds;
                theirs = count;
                ku_text_copy(best_name, sizeof best_name, algorithm);
            }
        fclose(file);
        for (int turn = 0; turn < TURNS; turn++) ours = fmin(ours, time_ours(s, least[i], &sets));
        printf("frequent sets, %ld baskets\t%.2f\tx\t>= 1\t%zu sets (peer %zu), %.2f s of CPU "
               "against PyFIM's %s, its fastest, %.2f s\n",
               (long)least[i], best / ours, sets, theirs, ours, best_name, best);
    }
}

int main(void)
{
    const char *kemudi = getenv("KEMUDI"), *scratch = getenv("KEMUDI_SCRATCH");
    const char *source = getenv("KEMUDI_SOURCE");
    char folder[512], path[600], lines[600], answers[600], venv[600], setup[600], peer[600];
    sale s = {0};
    snprintf(folder, sizeof folder, "%s/company", scratch);
    snprintf(path, sizeof path, "%s/sale.csv", folder);
    snprintf(lines, sizeof lines, "%s/lines.bin", scratch);
    snprintf(answers, sizeof answers, "%s/answers.txt", scratch);
    snprintf(venv, sizeof venv, "%s/build/bench/pyfim", source);
    snprintf(setup, sizeof setup, "%s/bench/peers/pyfim_setup", source);
    snprintf(peer, sizeof peer, "%s/bench/peers/pyfim_peer.py", source);
    const char *const simulate[] = {kemudi, "simulate", "company", "--rows", "10000000", "--only",
                                    "sale", "--out",    folder,    "-q",     NULL};
    const char *const set_up[] = {setup, venv, NULL};
    if (run_program(simulate) != 0 || !read_sale(path, &s) || !write_lines(&s, lines)) return 1;
    if (run_program(set_up) != 0) {
        printf("frequent sets\tskipped\tx\t>= 1\tPyFIM could not be installed\n");
        return 0;
    }
    char python[700];
    snprintf(python, sizeof python, "%s/bin/python", venv);
    const char *const ask[] = {python, peer, lines, answers, "1000", "100", "10", NULL};
    if (run_program(ask) != 0) return 1;
    compare(&s, answers);
    free(s.basket);
    free(s.product);
    return 0;
}
